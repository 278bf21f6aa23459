//! `maillab lab marks`: points of students' folders, for a teacher. Nothing in a folder is believed but predictions
//! and attempts: checks are made anew, on what lies there, with the numbers that belong to the name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::folder::Folder;
use super::start::read_pack;
use crate::chart::{Cell, Column, Table};
use crate::cli::output::Format;
use crate::cli::{CliError, Outcome, Output};
use crate::lab::{self, Handout, Lab, PROGRESS_FILE, Pack, Progress, Started};
use crate::lesson::{Lesson, Place};

/// The arguments of `maillab lab marks`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Students' folders, or folders that hold them
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// The class pack; its labs are checked whatever lies in the students' folders
    #[arg(long, value_name = "FILE")]
    pub pack: Option<PathBuf>,
    /// How the table is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Csv)]
    pub format: Format,
}

/// Writes a row for each lab that a student has begun.
///
/// # Errors
/// A folder that is none. What is wrong with one student's folder is said and does not stop the others.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let pack = args.pack.as_deref().map(read_pack).transpose()?.map(|(pack, _)| pack);
    let mut table = Table::results(
        "Marks",
        vec![
            Column::text("student"),
            Column::text("lab"),
            Column::text("predicted"),
            Column::text("measured"),
            Column::integer("points", ""),
            Column::integer("attempts", ""),
            Column::integer("seed", ""),
            Column::text("version"),
        ],
    );
    let folders = students(&args.folders)?;
    let mut outcome = Outcome::Fine;
    let mut seen: BTreeMap<String, PathBuf> = BTreeMap::new();
    // Each folder is checked by itself, on any thread; what is said of them comes in their order.
    let checked: Vec<Result<Marked, Lesson>> =
        folders.par_iter().map(|folder| one(folder, pack.as_ref())).collect();
    for (folder, marked) in folders.iter().zip(checked) {
        match marked {
            Ok(Marked { student, rows, notes }) => {
                notes.iter().for_each(|note| output.talk(note));
                if let Some(other) = seen.insert(student.to_lowercase(), folder.clone()) {
                    output.talk(&format!(
                        "note: {student} is in {} and in {}",
                        other.display(),
                        folder.display()
                    ));
                }
                rows.into_iter().for_each(|row| table.push(row));
            }
            Err(lesson) => {
                output.talk(&lesson.to_string());
                outcome = Outcome::Partial;
            }
        }
    }
    output.table(&table, crate::cli::output::TableArgs { format: args.format })?;
    Ok(outcome)
}

/// The folders with progress in them: those named, or those in them.
fn students(named: &[PathBuf]) -> Result<Vec<PathBuf>, Lesson> {
    let mut found = Vec::new();
    for path in named {
        if path.join(PROGRESS_FILE).exists() {
            found.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).map_err(|error| {
            Lesson::new(format!("this folder cannot be read: {error}"))
                .at(Place::file(path.display().to_string()))
                .hint("name the students' folders, or the folder that holds them")
        })?;
        let mut below: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join(PROGRESS_FILE).exists())
            .collect();
        below.sort();
        found.extend(below);
    }
    if found.is_empty() {
        return Err(Lesson::new(format!("no {PROGRESS_FILE} is in these folders, nor in folders of theirs"))
            .hint("name the students' folders, or the folder that holds them"));
    }
    Ok(found)
}

/// What came of one folder.
struct Marked {
    student: String,
    rows: Vec<Vec<Cell>>,
    /// What a teacher should know.
    notes: Vec<String>,
}

fn one(root: &Path, pack: Option<&Pack>) -> Result<Marked, Lesson> {
    let folder = Folder::at(root)?;
    let Some(progress) = folder.progress() else {
        return Err(Lesson::new("nothing is begun here").at(Place::file(root.display().to_string())));
    };
    let mut progress = progress.clone();
    let labs: &[Lab] = match pack {
        Some(pack) => {
            progress.course = pack.course.clone();
            &pack.labs
        }
        None => folder.labs()?,
    };
    let (mut rows, mut notes) = (Vec::new(), Vec::new());
    for started in &progress.labs {
        let lab = match lab::named(labs, &started.id) {
            Ok(lab) => lab,
            Err(lesson) => {
                notes.push(format!("note: {}: {}", progress.student, lesson.what()));
                continue;
            }
        };
        rows.push(row(&folder, &progress, lab, started, &mut notes)?);
    }
    Ok(Marked { student: progress.student, rows, notes })
}

fn row(
    folder: &Folder,
    progress: &Progress,
    lab: &Lab,
    started: &Started,
    notes: &mut Vec<String>,
) -> Result<Vec<Cell>, Lesson> {
    let seed = progress.seed(lab.id());
    let mut note = |what: &str| notes.push(format!("note: {}, {}: {what}", progress.student, lab.id()));
    if seed != started.seed {
        note("the folder has the numbers of another name or class; checked with those of this name");
    }
    let mut handout = Handout::new(lab, &progress.student, seed)?;
    let measured = handout.measured()?;
    let now = folder.files(lab.id()).and_then(|files| handout.check(&files));
    let mut checked = started.clone();
    match now {
        Ok(report) => {
            checked.passed =
                report.checks.iter().filter(|c| c.outcome.is_passed()).map(|c| c.id.clone()).collect();
        }
        Err(lesson) => {
            checked.passed.clear();
            note(&format!("cannot be checked: {}", lesson.what()));
        }
    }
    if checked.passed != started.passed {
        note("what lies there now passes other checks than the file says");
    }
    let joined = |numbers: &BTreeMap<String, lab::Decimal>| {
        let shown = measured.keys().map(|id| numbers.get(id).map(ToString::to_string).unwrap_or_default());
        shown.collect::<Vec<_>>().join("; ")
    };
    Ok(vec![
        progress.student.as_str().into(),
        lab.id().into(),
        joined(&started.predicted).into(),
        joined(&measured).into(),
        checked.points(lab).into(),
        started.attempts.into(),
        seed.into(),
        progress.version.as_str().into(),
    ])
}
