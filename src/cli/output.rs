//! Data to stdout, talk to stderr.

use std::io::{self, BufWriter, IsTerminal, Write};

use clap::{Args, ValueEnum};

use super::CliError;
use crate::chart::Table;

/// How a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// Comma-separated values, the columns' names first.
    Csv,
    /// One JSON object; its `format` says name and version.
    Json,
}

/// The options of every subcommand that prints a table.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct TableArgs {
    /// How the table is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub format: Format,
}

/// Where a subcommand writes.
pub struct Output {
    data: Box<dyn Write + Send>,
    talk: Box<dyn Write + Send>,
    /// Characters in a line of the screen; `None` if data go elsewhere.
    width: Option<usize>,
}

impl Output {
    /// Data to stdout, talk to stderr.
    #[must_use]
    pub fn to_terminal() -> Self {
        let (data, talk) = (Box::new(BufWriter::new(io::stdout())), Box::new(io::stderr()));
        Self { data, talk, width: Self::screen_width() }
    }

    /// Characters in a line of the screen that stdout writes to, as wide as it is now; `None` if it is no screen.
    #[must_use]
    pub fn screen_width() -> Option<usize> {
        if !io::stdout().is_terminal() {
            return None;
        }
        terminal_size::terminal_size().map(|(width, _)| usize::from(width.0).max(20))
    }

    /// Both to writers of your own, on lines of any length.
    #[must_use]
    pub fn to_writers(data: Box<dyn Write + Send>, talk: Box<dyn Write + Send>) -> Self {
        Self { data, talk, width: None }
    }

    /// Writes data as they are.
    ///
    /// # Errors
    /// [`CliError::ClosedPipe`] if nobody reads any more, [`CliError::Write`] if there is no room.
    pub fn data(&mut self, text: &str) -> Result<(), CliError> {
        Ok(self.data.write_all(text.as_bytes())?)
    }

    /// Writes a table.
    ///
    /// # Errors
    /// As [`Output::data`].
    pub fn table(&mut self, table: &Table, args: TableArgs) -> Result<(), CliError> {
        match args.format {
            Format::Text => self.data(&table.to_text(self.width)),
            Format::Csv => self.data(&table.to_csv()),
            Format::Json => self.data(&table.to_json()),
        }
    }

    /// Characters in a line of the screen; `None` if data go elsewhere.
    #[must_use]
    pub const fn width(&self) -> Option<usize> {
        self.width
    }

    /// Says something to the person in front of the screen. Data written before are shown first. If nobody can
    /// hear it, it is not said.
    pub fn talk(&mut self, text: &str) {
        let _ = self.data.flush();
        let _ = writeln!(self.talk, "{}", text.trim_end());
    }

    /// Sends on what is still held back.
    ///
    /// # Errors
    /// As [`Output::data`].
    pub fn flush(&mut self) -> Result<(), CliError> {
        Ok(self.data.flush()?)
    }
}
