//! `maillab claims`: what the sources claim, tried.

use std::cell::RefCell;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::interrupt::Interrupt;
use super::output::TableArgs;
use super::parallel::{self, ThreadArgs};
use super::progress::Progress;
use super::{CliError, Format, Outcome, Output, compare};
use crate::chart::{Cell, Column, Table};
use crate::claims::{self, Claim, Failure, Findings, Stopped, Trial, Workers};
use crate::lesson::Lesson;

/// What stands at the end of `maillab claims --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab claims                     all claims: who made them, and which can be tried now
  maillab claims show c21            one claim, its source, and how it is tried
  maillab claims run c21             try it: the verdict, where it holds, and the figures
  maillab claims run                 try all that can be tried
  maillab claims run --format csv    the verdicts as a table for a spreadsheet

A claim that fails is a finding, not an error: the exit code is 0 whatever the verdict.";

/// The arguments of `maillab claims`.
#[derive(ClapArgs, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// All claims, with their sources
    List(ListArgs),
    /// All about some claims
    Show(ShowArgs),
    /// Try claims, and judge
    Run(RunArgs),
}

/// The arguments of `maillab claims list`.
#[derive(ClapArgs, Clone, Debug, Default)]
struct ListArgs {
    #[command(flatten)]
    table: TableArgs,
}

/// The arguments of `maillab claims show`.
#[derive(ClapArgs, Clone, Debug)]
struct ShowArgs {
    /// Which claims
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    #[command(flatten)]
    table: TableArgs,
}

/// The arguments of `maillab claims run`.
#[derive(ClapArgs, Clone, Debug)]
struct RunArgs {
    /// Which claims [default: all that can be tried]
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Write charts and figures to this folder, as SVG, CSV and JSON
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    table: TableArgs,
    #[command(flatten)]
    threads: ThreadArgs,
}

/// Lists, shows or tries claims.
///
/// # Errors
/// An unknown claim, or one that cannot be tried yet; a folder that takes no files.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    match &args.command {
        None => list(&args.list, output),
        Some(Command::List(args)) => list(args, output),
        Some(Command::Show(args)) => show(args, output),
        Some(Command::Run(args)) => try_out(args, output),
    }
}

fn list(args: &ListArgs, output: &mut Output) -> Result<Outcome, CliError> {
    output.table(&list_table(), args.table)?;
    Ok(Outcome::Fine)
}

fn list_table() -> Table {
    let can_run = claims::all().iter().filter(|claim| claim.trial().is_some()).count();
    let mut table = Table::listing(
        format!("What the sources claim: {} claims, {can_run} can be tried now", claims::all().len()),
        vec![
            Column::text("id"),
            Column::text("year"),
            Column::text("source"),
            Column::text("about"),
            Column::text("claim"),
            Column::flag("can_run"),
            Column::text("needs").detail(),
        ],
    );
    for claim in claims::all() {
        table.push(vec![
            claim.id.as_str().into(),
            claim.year().into(),
            claim.letters().into(),
            claim.topic.as_str().into(),
            claim.text.as_str().into(),
            claim.trial().is_some().into(),
            claim.needs.clone().into(),
        ]);
    }
    let mut sources: Vec<String> = claims::all()
        .iter()
        .flat_map(|claim| &claim.documents)
        .map(|document| format!("{}: {}", document.id, document.title))
        .collect();
    sources.sort();
    sources.dedup();
    table.note(format!("Sources: {}.", sources.join("; ")));
    table.note("`maillab claims run ID` tries one; `maillab claims show ID` says how, or what is missing.");
    table
}

fn show(args: &ShowArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let claims = named(&args.ids)?;
    let mut table = Table::listing(
        "Claims",
        vec![
            Column::text("id"),
            Column::text("claim"),
            Column::text("about"),
            Column::text("source"),
            Column::flag("can_run"),
            Column::text("needs"),
            Column::text("tried_by"),
        ],
    );
    table.in_blocks = true;
    for claim in claims {
        let sources: Vec<&str> = claim.documents.iter().map(|document| document.title.as_str()).collect();
        table.push(vec![
            claim.id.as_str().into(),
            claim.text.as_str().into(),
            claim.topic.as_str().into(),
            sources.join("; ").into(),
            claim.trial().is_some().into(),
            claim.needs.clone().into(),
            claim.trial().map(|trial| trial.tried).into(),
        ]);
    }
    output.table(&table, args.table)?;
    Ok(Outcome::Fine)
}

fn named(ids: &[String]) -> Result<Vec<&'static Claim>, Lesson> {
    ids.iter().map(|id| claims::named(id)).collect()
}

/// The claims that are to be tried, each with its trial.
fn chosen(ids: &[String]) -> Result<Vec<(&'static Claim, &'static Trial)>, Lesson> {
    let claims = if ids.is_empty() { claims::all().iter().collect() } else { named(ids)? };
    let with_trial = |claim: &'static Claim| claim.trial().map(|trial| (claim, trial));
    if let Some(missing) = claims.iter().find(|claim| !ids.is_empty() && claim.trial().is_none()) {
        let can: Vec<&str> = claims::TRIALS.iter().map(|trial| trial.id).collect();
        return Err(Lesson::new(format!("claim {} cannot be tried in this version", missing.id))
            .note(format!("\"{}\"", missing.text))
            .note(format!("it needs {}", missing.needs.as_deref().unwrap_or("more")))
            .hint(format!("those that can be tried are {}", can.join(", "))));
    }
    Ok(claims.into_iter().filter_map(with_trial).collect())
}

/// The threads of `cli::parallel` as the workers of a trial.
struct Threads<'a> {
    args: ThreadArgs,
    interrupt: &'a Interrupt,
    name: &'a str,
    /// What kept the work from being begun, if anything did.
    trouble: RefCell<Option<Lesson>>,
}

impl Workers for Threads<'_> {
    fn each(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), Stopped> {
        let progress = Progress::new(self.name, jobs);
        match parallel::run(jobs, self.args, self.interrupt, &progress, job) {
            Ok(finished) if finished.outcome() == Outcome::Fine => Ok(()),
            Ok(_) => Err(Stopped),
            Err(lesson) => {
                self.trouble.replace(Some(lesson));
                Err(Stopped)
            }
        }
    }
}

fn try_out(args: &RunArgs, output: &mut Output) -> Result<Outcome, CliError> {
    let chosen = chosen(&args.ids)?;
    let interrupt = Interrupt::watch()?;
    let mut tried: Vec<(&Claim, Findings)> = Vec::new();
    let mut partial = false;
    for (claim, trial) in chosen {
        let threads = Threads {
            args: args.threads,
            interrupt: &interrupt,
            name: &claim.id,
            trouble: RefCell::default(),
        };
        match trial.run(&threads) {
            Ok(findings) => {
                if args.table.format == Format::Text {
                    output.data(&report(claim, &findings, output.width()))?;
                }
                if let Some(folder) = &args.out {
                    compare::write_files(folder, &files(claim, &findings), output)?;
                }
                tried.push((claim, findings));
            }
            Err(Failure::Lesson(lesson)) => return Err(lesson.into()),
            Err(Failure::Stopped) => {
                if let Some(lesson) = threads.trouble.take() {
                    return Err(lesson.into());
                }
                partial = true;
                break;
            }
        }
    }
    if args.table.format != Format::Text {
        output.table(&verdicts(&tried), args.table)?;
    } else if tried.len() > 1 {
        output.data(&format!("\n{}", summary(&tried).to_text(output.width())))?;
    }
    if partial {
        output.talk("interrupted: what is shown is what was finished");
        return Ok(Outcome::Partial);
    }
    Ok(Outcome::Fine)
}

/// For people: the verdict first, then where it holds, then the figures.
fn report(claim: &Claim, findings: &Findings, width: Option<usize>) -> String {
    let width_of_text = width.unwrap_or(100).min(100);
    let mut text = String::new();
    text.push_str(&wrap(&format!("{}: {}", claim.id, claim.text), "", width_of_text));
    let said: Vec<&str> = claim.documents.iter().map(|document| document.title.as_str()).collect();
    text.push_str(&wrap(&format!("Said by {}.", said.join("; ")), "     ", width_of_text));
    text.push_str(&wrap(&format!("Verdict: {}.", findings.verdict), "\n", width_of_text));
    text.push('\n');
    for line in &findings.region {
        text.push_str(&wrap(line, "  ", width_of_text));
    }
    if let Some(trial) = claim.trial() {
        text.push_str(&wrap(&format!("How it was tried: {}", trial.tried), "\n", width_of_text));
    }
    for table in &findings.tables {
        text.push('\n');
        text.push_str(&table.to_text(width));
    }
    text.push('\n');
    text
}

/// Breaks a paragraph into lines of at most `width` characters, the first behind `lead`, a line break in `lead`
/// standing for an empty line before it.
pub(super) fn wrap(paragraph: &str, lead: &str, width: usize) -> String {
    let indent = " ".repeat(lead.chars().filter(|c| *c == ' ').count());
    let mut text = lead.replace(' ', "");
    let mut line = String::new();
    for word in paragraph.split_whitespace() {
        if !line.is_empty() && indent.len() + line.chars().count() + 1 + word.chars().count() > width {
            text.push_str(&format!("{indent}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    text.push_str(&format!("{indent}{line}\n"));
    text
}

/// For programs: a record a claim.
fn verdicts(tried: &[(&Claim, Findings)]) -> Table {
    let mut table = Table::results(
        "What came of trying the claims",
        vec![
            Column::text("claim"),
            Column::text("year"),
            Column::text("source"),
            Column::text("text"),
            Column::text("verdict"),
            Column::text("depends_on"),
            Column::text("region"),
            Column::text("version"),
        ],
    );
    for (claim, findings) in tried {
        let (verdict, depends_on) = match &findings.verdict {
            claims::Verdict::DependsOn(what) => ("depends", Cell::from(what.as_str())),
            other => (if *other == claims::Verdict::Holds { "holds" } else { "fails" }, Cell::Empty),
        };
        table.push(vec![
            claim.id.as_str().into(),
            claim.year().into(),
            claim.letters().into(),
            claim.text.as_str().into(),
            verdict.into(),
            depends_on,
            findings.region.join(" ").into(),
            env!("CARGO_PKG_VERSION").into(),
        ]);
    }
    table.note("The figures behind each verdict are written by --out DIR.");
    table
}

/// For people, after several claims.
fn summary(tried: &[(&Claim, Findings)]) -> Table {
    let mut table = Table::results("The verdicts", vec![Column::text("claim"), Column::text("verdict")]);
    for (claim, findings) in tried {
        table.push(vec![claim.id.as_str().into(), findings.verdict.to_string().into()]);
    }
    table
}

/// Charts and figures as files, each with the claim's name before its own.
fn files(claim: &Claim, findings: &Findings) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        findings.charts.iter().map(|(name, svg)| (format!("{}-{name}.svg", claim.id), svg.clone())).collect();
    for (number, table) in (1..).zip(&findings.tables) {
        files.push((format!("{}-{number}.csv", claim.id), table.to_csv()));
        files.push((format!("{}-{number}.json", claim.id), table.to_json()));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_broken_and_indented() {
        assert_eq!(wrap("one two three", "  ", 9), "  one two\n  three\n");
        assert_eq!(wrap("one", "\n", 9), "\none\n");
    }

    #[test]
    fn the_list_is_as_it_was() {
        let list = list_table().to_text(Some(100));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/claims-list.txt");
            std::fs::write(path, &list).unwrap();
            return;
        }
        let golden = include_str!("../../tests/snapshots/claims-list.txt").replace("\r\n", "\n");
        assert!(list == golden, "UPDATE_GOLDEN=1 writes it anew; it is now:\n{list}");
    }

    #[test]
    fn a_claim_that_cannot_be_tried_says_what_it_needs() {
        let lesson = chosen(&["c21".to_owned(), "c26".to_owned()]).unwrap_err().to_string();
        assert!(
            lesson.contains("c26 cannot be tried") && lesson.contains("it needs terminal sessions"),
            "{lesson}"
        );
        assert_eq!(chosen(&[]).unwrap().len(), claims::TRIALS.len());
    }
}
