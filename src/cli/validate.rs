//! `maillab validate`: what the model predicts for measured sessions, and how far it is off.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::output::TableArgs;
use super::{CliError, Outcome, Output};
use crate::lesson::{Lesson, Place};
use crate::validate::{Comparison, Csv, Row, Turn, compare, gunzip, table};

/// What stands at the end of `maillab validate --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab validate tests/measured                  median and worst error, and each session
  maillab validate tests/measured --format csv     for a spreadsheet

The folder holds results.csv, one row a session, and turns/ID.csv.gz or turns/ID.csv, one row a turn. Of a session's
own row and turns only link, stack, server, sizes and texts are used; its times and packets are compared with.";

/// The arguments of `maillab validate`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A folder of measured sessions
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// How the table is written
    #[command(flatten)]
    pub table: TableArgs,
}

/// Predicts every session of a folder and compares.
///
/// # Errors
/// A folder that cannot be read or is not of this format; an output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    output.table(&table(&compare_folder(&args.dir)?), args.table)?;
    Ok(Outcome::Fine)
}

/// Reads a folder of measured sessions and predicts each.
///
/// # Errors
/// As [`run`].
pub fn compare_folder(dir: &Path) -> Result<Vec<Comparison>, CliError> {
    let results = dir.join("results.csv");
    let name = results.display().to_string();
    let octets = fs::read(&results).map_err(|error| {
        unreadable(&name, &error)
            .note("a folder of measured sessions holds `results.csv` and a folder `turns`")
            .hint("`maillab validate tests/measured` in the source tree shows one")
    })?;
    let rows = Row::read_all(&Csv::read(&name, &gunzip(&name, &octets)?)?)?;
    let mut sessions = Vec::with_capacity(rows.len());
    for row in rows {
        let turns = turns(dir, &row.id)?;
        sessions.push((row, turns));
    }
    Ok(compare(&sessions))
}

/// The turns of a session, from `turns/ID.csv.gz` or `turns/ID.csv`.
fn turns(dir: &Path, id: &str) -> Result<Vec<Turn>, CliError> {
    if id.is_empty() || id.contains(['/', '\\']) || id.contains("..") {
        return Err(Lesson::new(format!("`{id}` cannot name a file of turns"))
            .note("an id has no slashes")
            .into());
    }
    let packed = dir.join("turns").join(format!("{id}.csv.gz"));
    let (path, octets) = match fs::read(&packed) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let plain = packed.with_extension("");
            let octets = fs::read(&plain);
            (plain, octets)
        }
        octets => (packed, octets),
    };
    let name = path.display().to_string();
    let octets = octets
        .map_err(|error| unreadable(&name, &error).note(format!("`results.csv` names the session {id}")))?;
    Ok(Turn::read_all(&Csv::read(&name, &gunzip(&name, &octets)?)?)?)
}

fn unreadable(name: &str, error: &io::Error) -> Lesson {
    Lesson::new(format!("this file cannot be read: {error}")).at(Place::file(name))
}
