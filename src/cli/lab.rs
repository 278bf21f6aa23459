//! `maillab lab`: labs for one student or a class.

mod check;
mod folder;
mod marks;
mod own;
mod pack;
mod start;

use std::path::PathBuf;

use clap::Subcommand;

use super::claims::wrap;
use super::output::{Format, TableArgs};
use super::{CliError, Outcome, Output};
use crate::chart::{Column, Table};
use crate::lab::{self, Handout};
use crate::lesson::Lesson;
use crate::protocol::pop3::apop_digest;
use crate::protocol::sasl::base64;
use folder::Folder;

/// What stands at the end of `maillab lab --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab lab list                                  what there is, how long it takes, what it needs
  maillab lab start a-mailbox-by-hand --name Ada    hand it out into a folder below this one
  maillab lab check                                 lock the prediction, check what is there
  maillab lab hint                                  a hint, and then another
  maillab lab next                                  what to do now
  maillab lab pack --class 9b --out class.toml      for a teacher: one file with all that a class needs
  maillab lab pack ./my-lab --class 9b --out c.toml  the same, with a lab of your own
  maillab lab marks . > marks.csv                   for a teacher: points of all folders below this one

A lab works in a folder of its own below the one it was started in; maillab-labs.toml beside it keeps what was done.
Your numbers come from your name: neighbours have others.
Exit codes: 0 all is well, 1 a check is not passed yet, 2 something cannot be understood.";

/// The arguments of `maillab lab`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// What `maillab lab` does.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// The labs: minutes, level, what each needs, what is done
    List(ListArgs),
    /// Hand a lab out into a folder of its own
    Start(start::Args),
    /// Lock the prediction and check what has been done
    Check(check::Args),
    /// The next hint
    Hint(OneLab),
    /// What to do now
    Next,
    /// For a teacher: points of students' folders, checked anew
    Marks(marks::Args),
    /// For a teacher: one file with all that a class needs
    Pack(pack::Args),
    /// The APOP digest of every word of a list
    Digest(DigestArgs),
    /// What base64 says: AUTH's challenges and responses are written in it
    Decode(DecodeArgs),
}

/// The arguments of `maillab lab list`.
#[derive(clap::Args, Clone, Debug)]
pub struct ListArgs {
    /// The labs of this class pack [default: those of the class whose folder this is, or those in the program]
    #[arg(long, value_name = "FILE")]
    pub pack: Option<PathBuf>,
    /// How the table is written.
    #[command(flatten)]
    pub table: TableArgs,
}

/// One lab, or the one that is meant.
#[derive(clap::Args, Clone, Debug)]
pub struct OneLab {
    /// The lab [default: the one whose folder this is, or the one begun last]
    #[arg(value_name = "LAB")]
    pub lab: Option<String>,
}

/// The arguments of `maillab lab decode`.
#[derive(clap::Args, Clone, Debug)]
pub struct DecodeArgs {
    /// The text, as it stands in a trace behind `+ ` or in the client's answer
    pub text: String,
}

/// The arguments of `maillab lab digest`.
#[derive(clap::Args, Clone, Debug)]
pub struct DigestArgs {
    /// The timestamp of the server's greeting, with its angle brackets
    #[arg(value_name = "TIMESTAMP")]
    pub timestamp: String,
    /// A text with a word on each line
    #[arg(value_name = "WORDS")]
    pub words: PathBuf,
}

/// Does what is asked.
///
/// # Errors
/// An unknown lab, files that are not understood or cannot be written.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    match &args.command {
        Command::List(args) => list(args, output),
        Command::Start(args) => start::run(args, output),
        Command::Check(args) => check::run(args, output),
        Command::Hint(args) => hint(args, output),
        Command::Next => next(output),
        Command::Marks(args) => marks::run(args, output),
        Command::Pack(args) => pack::run(args, output),
        Command::Digest(args) => digest(args, output),
        Command::Decode(args) => decode(args, output),
    }
}

/// How many characters a paragraph's lines have here.
fn width(output: &Output) -> usize {
    output.width().unwrap_or(80).min(100)
}

/// Writes a paragraph, broken into lines.
fn say(output: &mut Output, lead: &str, paragraph: &str) -> Result<(), CliError> {
    let width = width(output);
    let mut text = String::new();
    for line in paragraph.lines() {
        // What is set off with blanks is a line to be typed, or a picture: it stays as it is.
        if line.starts_with("  ") {
            text.push_str(&format!("{line}\n"));
        } else {
            text.push_str(&wrap(line, lead, width));
        }
    }
    output.data(&text)
}

fn list(args: &ListArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let folder = Folder::find()?;
    let pack = args.pack.as_deref().map(start::read_pack).transpose()?.map(|(pack, _)| pack);
    let labs = match &pack {
        Some(pack) => &pack.labs,
        None => folder.labs()?,
    };
    let mut table = Table::listing(
        "Labs",
        vec![
            Column::text("lab"),
            Column::text("title"),
            Column::integer("minutes", ""),
            Column::integer("level", ""),
            Column::text("needs"),
            Column::text("points"),
            Column::text("question").detail(),
        ],
    );
    for lab in labs {
        let points = match folder.progress().and_then(|progress| progress.lab(lab.id())) {
            Some(started) => format!("{} of {}", started.points(lab), lab.points()),
            None => format!("{}", lab.points()),
        };
        table.push(vec![
            lab.id().into(),
            lab.title().into(),
            lab.minutes().into(),
            lab.level().into(),
            lab.needs().collect::<Vec<_>>().join(" ").into(),
            points.into(),
            lab.question().into(),
        ]);
    }
    if args.table.format == Format::Text {
        table.note(
            "level: 1 for beginners, to 3. `maillab lab start LAB --name \"YOUR NAME\"` hands one out.",
        );
    }
    output.table(&table, args.table)?;
    Ok(Outcome::Fine)
}

fn next(output: &mut Output) -> Result<Outcome, CliError> {
    let folder = Folder::find()?;
    let labs = folder.labs()?;
    let Some(progress) = folder.progress() else {
        if let Some(first) = labs.first() {
            say(
                output,
                "",
                &format!(
                    "Nothing is begun in this folder. Begin with {}: {}",
                    first.title(),
                    first.question()
                ),
            )?;
            output.data(&format!("  maillab lab start {} --name \"YOUR NAME\"\n", first.id()))?;
        }
        return Ok(Outcome::Fine);
    };
    let Some(lab) = progress.next(labs) else {
        say(output, "", &format!("{}, all labs are done.", progress.student))?;
        return Ok(Outcome::Fine);
    };
    let about = format!("{} ({} minutes): {}", lab.title(), lab.minutes(), lab.question());
    let command = match progress.lab(lab.id()) {
        Some(_) => format!("check {}", lab.id()),
        None => format!("start {}", lab.id()),
    };
    let left: Vec<&str> = lab
        .needs()
        .filter(|id| labs.iter().any(|known| known.id() == *id && !progress.has_done(known)))
        .collect();
    say(output, "", &about)?;
    if !left.is_empty() {
        say(output, "", &format!("It builds on {}.", left.join(" and ")))?;
    }
    output.data(&format!("  maillab lab {command}\n"))?;
    Ok(Outcome::Fine)
}

fn hint(args: &OneLab, output: &mut Output) -> Result<Outcome, CliError> {
    let mut folder = Folder::find()?;
    let id = folder.meant(args.lab.as_deref())?;
    let labs = folder.labs()?.to_vec();
    let lab = lab::named(&labs, &id)?;
    let (student, started) = folder.started(&id)?;
    let (seed, given) = (started.seed, started.hints as usize);
    let mut handout = Handout::new(lab, &student, seed)?;
    let all = lab.hints();
    // Once all are given they are shown again.
    let range = if given < all { given..given + 1 } else { 0..all };
    for nth in range {
        if let Some(hint) = handout.hint(nth)? {
            say(output, "", &format!("Hint {} of {all}: {hint}", nth + 1))?;
        }
    }
    if given >= all {
        let more = lab.chapter().map(|page| format!(" The book's chapter says more: {page}."));
        say(output, "", &format!("That was every hint.{}", more.unwrap_or_default()))?;
    } else {
        folder.change(&id, |started| started.hints += 1)?;
        folder.save()?;
    }
    Ok(Outcome::Fine)
}

fn decode(args: &DecodeArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let Some(octets) = base64::decoded(args.text.trim().as_bytes()) else {
        return Err(Lesson::new(format!("`{}` is no base64", args.text))
            .note("base64 is made of letters, digits, + and /, in groups of four; = fills up the last one")
            .hint("take the text alone, without `+ ` before it and without quotes")
            .into());
    };
    let shown: String =
        octets.iter().flat_map(|octet| std::ascii::escape_default(*octet)).map(char::from).collect();
    output.data(&format!("{shown}\n"))?;
    Ok(Outcome::Fine)
}

fn digest(args: &DigestArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let words = folder::read_text(&args.words)?;
    for word in words.lines().map(str::trim_end).filter(|word| !word.is_empty()) {
        let digest = apop_digest(args.timestamp.as_bytes(), word.as_bytes());
        output.data(&format!("{} {word}\n", String::from_utf8_lossy(&digest)))?;
    }
    Ok(Outcome::Fine)
}
