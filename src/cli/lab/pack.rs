//! `maillab lab pack`: one file with all that a class needs.

use std::path::PathBuf;

use super::folder::read_text;
use super::own;
use crate::cli::{CliError, Outcome, Output, atomic};
use crate::lab::{self, Course, Edition, Lab, Pack, seed};
use crate::lesson::{Lesson, Place};

/// The arguments of `maillab lab pack`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The labs, in any order; a folder with a lab.toml is a lab of your own [default: all in the program]
    #[arg(value_name = "LAB|FOLDER")]
    pub labs: Vec<String>,
    /// The class; another class, or another year in its name, has other numbers
    #[arg(long, value_name = "NAME")]
    pub class: String,
    /// The class list: a text with a name on each line; others are then turned away
    #[arg(long, value_name = "FILE")]
    pub students: Option<PathBuf>,
    /// The teacher's edition: with solutions, notes and the answers of each student on the list
    #[arg(long)]
    pub teacher: bool,
    /// The file to be written
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Writes a class pack.
///
/// # Errors
/// An unknown lab; a name that cannot be one; a file that cannot be read or written.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let class = seed::student_name(&args.class)?;
    let labs = labs(args)?;
    let edition = if args.teacher { Edition::Teacher } else { Edition::Students };
    let salt = seed::seed(0, "class", &class);
    let pack = Pack { course: Course { class, salt }, edition, students: students(args)?, labs };
    let keys = if args.teacher { pack.keys()? } else { Vec::new() };
    let text = pack.to_text(&keys);
    // What cannot be read again is not given to a class.
    Pack::read(&args.out.display().to_string(), text.as_bytes())?;
    atomic::write(&args.out, |file| file.write_all(text.as_bytes()))?;
    let count = pack.labs.len();
    let what = if args.teacher {
        "the teacher's edition, with solutions"
    } else {
        "for the class, without solutions"
    };
    output.talk(&format!(
        "written: {}: {count} {}, {} students on the list; {what}",
        args.out.display(),
        if count == 1 { "lab" } else { "labs" },
        pack.students.len()
    ));
    if !args.teacher
        && let Some(first) = pack.labs.first()
    {
        output.talk(&format!(
            "each student begins with\n  maillab lab start {} --pack {} --name \"NAME\"",
            first.id(),
            args.out.display()
        ));
    }
    Ok(Outcome::Fine)
}

/// The labs that are asked for, in the order in which they are meant.
fn labs(args: &Args) -> Result<Vec<Lab>, Lesson> {
    if args.labs.is_empty() {
        return Ok(lab::built_in()?.to_vec());
    }
    let mut chosen: Vec<Lab> = Vec::new();
    for asked in &args.labs {
        let lab = match own::folder(asked) {
            Some(folder) => own::read(&folder)?,
            None => lab::named(lab::built_in()?, asked)?.clone(),
        };
        match chosen.iter().find(|known| known.id() == lab.id()) {
            Some(known) if known.files() != lab.files() => {
                return Err(Lesson::new(format!("two labs are called `{}`", lab.id()))
                    .at(Place::file(asked.clone()))
                    .hint("give your own another name: its folder's, and `id` in lab.toml"));
            }
            Some(_) => {}
            None => chosen.push(lab),
        }
    }
    Ok(lab::in_order(chosen))
}

/// The names of the class list; empty lines and remarks are passed over.
fn students(args: &Args) -> Result<Vec<String>, Lesson> {
    let Some(path) = &args.students else { return Ok(Vec::new()) };
    let shown = path.display().to_string();
    let text = read_text(path)?;
    let mut names: Vec<String> = Vec::new();
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let place = |note: &str| Place::line(&shown, number, line).caret(0, line.chars().count(), note);
        let name = seed::student_name(line).map_err(|lesson| {
            let note = "a name of letters, digits, blanks and . - ' _";
            Lesson::new(lesson.what()).at(place(note)).hint("a name stands alone on its line")
        })?;
        if names.iter().any(|known| known.to_lowercase() == name.to_lowercase()) {
            return Err(Lesson::new(format!("{name} is listed twice"))
                .at(place("listed above already"))
                .hint("two students of one name need something that tells them apart: a letter, a number"));
        }
        names.push(name);
    }
    Ok(names)
}
