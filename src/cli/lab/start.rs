//! `maillab lab start`: hands a lab out.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use super::folder::{Folder, PACK_FILE, read_some};
use super::say;
use crate::cli::{CliError, Outcome, Output, atomic};
use crate::lab::{self, Course, Edition, Given, Handout, PACK_MAX, Pack, Progress, Started, seed};
use crate::lesson::{Lesson, Place, nearest};

/// The arguments of `maillab lab start`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The lab
    #[arg(value_name = "LAB")]
    pub lab: String,
    /// Your name, as the class list has it; needed once in a folder
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The class pack that your teacher gave you; needed once in a folder
    #[arg(long, value_name = "FILE")]
    pub pack: Option<PathBuf>,
}

/// Hands a lab out into a folder of its own.
///
/// # Errors
/// No name; a pack that is not understood; a lab that is begun; a folder that cannot be written. Then nothing is.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let mut folder = Folder::find()?;
    let (pack, octets) = match &args.pack {
        Some(path) => {
            let (pack, octets) = read_pack(path)?;
            if pack.edition == Edition::Teacher {
                return Err(Lesson::new(
                    "this is the teacher's edition of a class pack: it holds the solutions",
                )
                .at(Place::file(path.display().to_string()))
                .hint("a class gets the file that `maillab lab pack` writes without --teacher")
                .into());
            }
            (Some(pack), Some(octets))
        }
        None => (None, None),
    };
    let progress = progress(args, folder.progress(), pack.as_ref(), output)?;
    let labs = match &pack {
        Some(pack) => &pack.labs,
        None => folder.labs()?,
    };
    let lab = lab::named(labs, args.lab.trim_end_matches(['/', '\\']))?.clone();
    let seed = progress.seed(lab.id());
    let files = Handout::new(&lab, &progress.student, seed)?.files()?;
    let target = folder.root().join(lab.id());
    if progress.lab(lab.id()).is_some() && target.exists() {
        return Err(Lesson::new(format!("{} is begun already", lab.title()))
            .at(Place::file(target.display().to_string()))
            .hint(format!("`maillab lab check {}` checks what is there", lab.id()))
            .hint("to have its files anew, move the folder away; your prediction stays locked")
            .into());
    }

    if let Some(octets) = octets {
        atomic::write(&folder.root().join(PACK_FILE), |file| file.write_all(&octets))?;
    }
    write_folder(&target, &files)?;
    let mut progress = progress;
    if progress.lab(lab.id()).is_none() {
        progress.labs.push(Started { id: lab.id().to_owned(), seed, ..Started::default() });
    }
    let student = progress.student.clone();
    folder.set(progress, pack);
    folder.save()?;

    say(
        output,
        "",
        &format!("{}, about {} minutes, for {student}. {}", lab.title(), lab.minutes(), lab.question()),
    )?;
    let shown = |name: &str| PathBuf::from(lab.id()).join(name).display().to_string();
    say(output, "", &format!("Read {} first; it says what to do.", shown("LAB.md")))?;
    let sheet = shown(lab::answers::FILE);
    match lab.begins_with() {
        Some(file) => say(output, "", &format!("Predict in {sheet}, then work in {}.", shown(file)))?,
        None => say(output, "", &format!("Predict in {sheet}, and answer there."))?,
    }
    say(output, "", "Then, and as often as you like:")?;
    output.data(&format!("  maillab lab check {}\n", lab.id()))?;
    Ok(Outcome::Fine)
}

pub(super) fn read_pack(path: &Path) -> Result<(Pack, Vec<u8>), Lesson> {
    let shown = path.display().to_string();
    let octets = read_some(path, PACK_MAX as u64)?.ok_or_else(|| {
        Lesson::new("there is no such class pack")
            .at(Place::file(&shown))
            .hint("give the file's name with its folder")
    })?;
    Ok((Pack::read(&shown, &octets)?, octets))
}

/// The progress to go on with, or a new one.
fn progress(
    args: &Args,
    before: Option<&Progress>,
    pack: Option<&Pack>,
    output: &mut Output,
) -> Result<Progress, Lesson> {
    let named = args.name.as_deref().map(seed::student_name).transpose()?;
    if let Some(before) = before {
        if let Some(name) = named.filter(|name| *name != before.student) {
            return Err(Lesson::new(format!("this folder is {}'s, not {name}'s", before.student))
                .note("numbers come from the name, so every student has a folder of their own")
                .hint("make another folder, and start there"));
        }
        if let Some(pack) = pack.filter(|pack| pack.course != before.course) {
            return Err(Lesson::new("this folder was begun without this class pack, or with another")
                .note(format!("the pack is for the class \"{}\"", pack.course.class))
                .hint("make another folder, and start there with --pack and --name"));
        }
        return Ok(before.clone());
    }
    let name = match named {
        Some(name) => name,
        None => ask_name(args, output)?,
    };
    let Some(pack) = pack else { return Ok(Progress::new(name, Course::default())) };
    if !pack.students.is_empty() && !pack.students.contains(&name) {
        let lesson = Lesson::new(format!("{name} is not on the list of the class \"{}\"", pack.course.class))
            .note("the name decides your numbers, so it must be as on the list");
        return Err(match nearest(&name, pack.students.iter().map(String::as_str)) {
            Some(near) => lesson.hint(format!("did you mean --name \"{near}\"?")),
            None => lesson.hint("ask your teacher how you are listed"),
        });
    }
    Ok(Progress::new(name, pack.course.clone()))
}

/// Asks whoever sits at the terminal.
fn ask_name(args: &Args, output: &mut Output) -> Result<String, Lesson> {
    if io::stdin().is_terminal() {
        output.talk("Your name, as the class list has it:");
        let mut line = String::new();
        // A line longer than any name is no name.
        let read = io::Read::take(io::stdin(), 1000);
        if io::BufRead::read_line(&mut io::BufReader::new(read), &mut line).is_ok() && !line.trim().is_empty()
        {
            return seed::student_name(&line);
        }
    }
    Err(Lesson::new("whose lab is it?")
        .note("your numbers come from your name, so that neighbours have others")
        .hint(format!(
            "`maillab lab start {} --name \"YOUR NAME\"`: once, then it is remembered here",
            args.lab
        )))
}

/// Writes a folder whole or not at all: beside its place, then renamed.
fn write_folder(target: &Path, files: &[Given]) -> Result<(), Lesson> {
    let failed = |error: io::Error| {
        Lesson::new(format!("the lab's folder cannot be made: {error}"))
            .at(Place::file(target.display().to_string()))
            .note("nothing was written")
            .hint("move away what is there, or start in a folder that you may write to")
    };
    if target.exists() {
        return Err(failed(io::ErrorKind::AlreadyExists.into()));
    }
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let write = || -> io::Result<()> {
        fs::create_dir(&beside)?;
        for file in files {
            let path = beside.join(&file.name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, &file.octets)?;
        }
        fs::rename(&beside, target)
    };
    write().map_err(|error| {
        let _ = fs::remove_dir_all(&beside);
        failed(error)
    })
}
