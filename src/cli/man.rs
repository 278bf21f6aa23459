//! `maillab man`: manual pages, made from the command line itself.

use std::path::PathBuf;

use clap_mangen::Man;

use super::{CliError, Outcome, Output, atomic, command_line};
use crate::lesson::{Lesson, Place};

/// What stands at the end of `maillab man --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab man > maillab.1      the page of the program itself; `man ./maillab.1` shows it
  maillab man pages            that page and one for each subcommand, into the folder `pages`";

/// The arguments of `maillab man`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A folder for all pages; without it the program's own page is printed
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// Prints the program's page, or writes all pages.
///
/// # Errors
/// A folder that cannot be written to; an output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let program = command_line();
    let Some(folder) = &args.folder else {
        output.data(&page(program)?)?;
        return Ok(Outcome::Fine);
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        Lesson::new(format!("this folder cannot be made: {error}"))
            .at(Place::file(folder.display().to_string()))
            .hint("name a folder that you may write to")
    })?;
    // A built command line knows its subcommands as `maillab-play`.
    let subcommands = program.get_subcommands().cloned();
    let pages: Vec<clap::Command> = std::iter::once(program.clone()).chain(subcommands).collect();
    for command in &pages {
        let text = page(command.clone())?;
        let file =
            folder.join(format!("{}.1", command.get_display_name().unwrap_or_else(|| command.get_name())));
        atomic::write(&file, |to| to.write_all(text.as_bytes()))?;
    }
    output.talk(&format!("{} pages written into {}", pages.len(), folder.display()));
    Ok(Outcome::Fine)
}

fn page(command: clap::Command) -> Result<String, CliError> {
    let mut page = Vec::new();
    // Written into memory: only memory itself can run out.
    Man::new(command).section("1").render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
