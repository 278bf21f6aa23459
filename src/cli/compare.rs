//! `maillab compare`: strategies × links × tariffs on one mailbox.

mod asked;
mod map;
mod record;

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use super::capture::CaptureArgs;
use super::interrupt::Interrupt;
use super::output::TableArgs;
use super::parallel::{self, ThreadArgs};
use super::progress::Progress;
use super::{CliError, Format, Outcome, Output, atomic};
use crate::compare::{self, Comparison, Grain, Run};
use crate::lesson::{Lesson, Place};
use crate::scenario::Scenario;

pub(super) use asked::{drops, mail, mail_from, named_scenario, tariff, tariffs};
pub(super) use record::rerun;

/// What stands at the end of `maillab compare --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab compare                                  eight strategies over eight links
  maillab compare --mail ~/Mail/inbox --reads 0.3  your own mail: you read three in ten
  maillab compare --links isdn-64k --strategies imap-online,imap-fetch-all
  maillab compare --links rate=9600,delay=300ms,mtu=576 --tariffs sat-iridium-2013
  maillab compare --bill imap-online --links v22bis-2400 --tariffs us-att-1989-0926
  maillab compare --map imap-fetch-all,imap-headers-first --judge money --samples 3
  maillab compare faq-two-calls --format csv > runs.csv
  maillab compare --record traces --no-files       a trace of each run, for `maillab replay` and `maillab trace`
  maillab compare --drop byte=20000 --no-files     the line drops once in every run
  maillab compare --links v22bis-2400 --strategies imap-online --pcapng captures

Tables go to stdout; charts, results.csv and results.json to the folder of --out.
`maillab strategies`, `maillab links` and `maillab tariffs` list the names.";

/// Which mail is fetched by whom, how, over what.
const COMPARED: &str = "What is compared";
/// What the runs depend on besides.
const RUNS: &str = "How it is run";
/// What is shown instead of the comparison.
const INSTEAD: &str = "A bill or a map instead";
/// Where results go, and as what.
const RESULTS: &str = "Results";

/// The arguments of `maillab compare`.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
    /// A scenario file, or the name of a built-in scenario [default: default]
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<String>,

    /// Your own mail: an mbox file, a Maildir, or a folder of .eml files; it is only read
    #[arg(long, value_name = "PATH", help_heading = COMPARED)]
    pub mail: Option<PathBuf>,
    /// Which share of the mail gets read, 0 to 1
    #[arg(long, value_name = "SHARE", help_heading = COMPARED, value_parser = share)]
    pub reads: Option<f64>,
    /// Strategies, separated by commas [default: the scenario's, or all eight]
    #[arg(long, value_name = "A,B", help_heading = COMPARED)]
    pub strategies: Option<String>,
    /// Links by name or by numbers, separated by commas [default: the scenario's, or eight of five decades]
    #[arg(long, visible_alias = "link", value_name = "A,B", help_heading = COMPARED)]
    pub links: Option<String>,
    /// Tariffs by name, or files of tariffs, separated by commas [default: the scenario's, or four of four countries]
    #[arg(long, visible_alias = "tariff", value_name = "A,B", help_heading = COMPARED)]
    pub tariffs: Option<String>,

    /// The seed for whatever is drawn [default: the scenario's]
    #[arg(long, value_name = "N", help_heading = RUNS)]
    pub seed: Option<u64>,
    /// Let calls fail, lines drop and delays jitter, as each link's data say
    #[arg(long, help_heading = RUNS)]
    pub chance: bool,
    /// Let the line drop: at=90s or byte=10000, with ,call=2 or ,call=every; with --chance also rate=0.5 an hour
    #[arg(long, value_name = "WHEN", help_heading = RUNS)]
    pub drop: Vec<String>,
    /// The TCP of both ends: linux or bsd-1990
    #[arg(long, value_name = "NAME", default_value = "linux", help_heading = RUNS)]
    pub stack: String,
    /// How long the server thinks about each command, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, help_heading = RUNS)]
    pub server_thinks: u32,
    /// How many threads work.
    #[command(flatten, next_help_heading = RUNS)]
    pub threads: ThreadArgs,

    /// Itemise the bill of this strategy, over the first link and by the first tariff
    #[arg(long, value_name = "STRATEGY", help_heading = INSTEAD, conflicts_with_all = ["map", "strategies"])]
    pub bill: Option<String>,
    /// Draw the map of who wins where, for these two strategies
    #[arg(long, value_name = "A,B", help_heading = INSTEAD, conflicts_with = "strategies")]
    pub map: Option<String>,
    /// What the map is over
    #[arg(long, value_enum, default_value_t, help_heading = INSTEAD)]
    pub over: Over,
    /// By what the map's winner wins
    #[arg(long, value_enum, default_value_t, help_heading = INSTEAD)]
    pub judge: JudgeArg,
    /// Grid lines of the map each way
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(2..=65))]
    #[arg(help_heading = INSTEAD)]
    pub samples: u32,
    /// Messages in the generated mailbox of a map over the mail
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=1000))]
    #[arg(help_heading = INSTEAD)]
    pub messages: u32,

    /// The folder for charts and tables
    #[arg(long, value_name = "DIR", default_value = "maillab-out", help_heading = RESULTS)]
    pub out: PathBuf,
    /// Where the packets go.
    #[command(flatten, next_help_heading = RESULTS)]
    pub capture: CaptureArgs,
    /// Write no files
    #[arg(long, help_heading = RESULTS)]
    pub no_files: bool,
    /// Write a trace of each run into this folder, STRATEGY@LINK.trace
    #[arg(long, value_name = "DIR", help_heading = RESULTS, conflicts_with_all = ["map", "bill"])]
    pub record: Option<PathBuf>,
    /// Print a row for each run and tariff, or for each command of a bill, not the summary
    #[arg(long, help_heading = RESULTS)]
    pub all: bool,
    /// How tables are printed.
    #[command(flatten, next_help_heading = RESULTS)]
    pub table: TableArgs,
}

/// What a map is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Over {
    /// Share of the mail that is read × mean size of a message.
    #[default]
    Mail,
    /// Round trip × rate of the line.
    Line,
}

/// By what the map's winner wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum JudgeArg {
    /// Time until all wanted mail is read.
    #[default]
    Done,
    /// Time until the first message is read.
    FirstRead,
    /// Time on line.
    Online,
    /// What the calls cost.
    Money,
}

impl Args {
    /// The folder that takes the files, made if need be; `None` if no files are wanted. Asked for before the work,
    /// so that nobody waits for results that find no place.
    fn folder(&self) -> Result<Option<&Path>, Lesson> {
        if self.no_files {
            return Ok(None);
        }
        make_folder(&self.out).map(|()| Some(self.out.as_path()))
    }
}

/// Reads a share.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share is a number from 0 to 1, such as 0.3".to_owned())
}

/// Compares.
///
/// # Errors
/// Slips in names, numbers and files; a folder that takes no files.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let interrupt = Interrupt::watch()?;
    let scenario = asked::scenario(args)?;
    match &args.map {
        Some(pair) => map::run(args, pair, &scenario, &interrupt, output),
        None if args.bill.is_some() => bill(args, &scenario, output),
        None => compare(args, &scenario, &interrupt, output),
    }
}

/// The itemised bill of the one strategy over the first link, by the first tariff.
fn bill(args: &Args, scenario: &Scenario, output: &mut Output) -> Result<Outcome, CliError> {
    let comparison = asked::comparison(args, scenario, output)?;
    let tariff = comparison.tariffs.first().ok_or_else(|| Lesson::new("a bill needs a tariff"))?;
    let each = args.all || args.table.format != Format::Text;
    let grain = if each { Grain::Command } else { Grain::Kind };
    output.table(&compare::itemised(&comparison, comparison.job(0, 0), tariff, grain)?, args.table)?;
    Ok(Outcome::Fine)
}

fn compare(
    args: &Args,
    scenario: &Scenario,
    interrupt: &Interrupt,
    output: &mut Output,
) -> Result<Outcome, CliError> {
    let comparison = asked::comparison(args, scenario, output)?;
    let folder = args.folder()?;
    if let Some(folder) = &args.record {
        make_folder(folder)?;
    }
    let progress = Progress::new("runs", comparison.jobs());
    let finished =
        parallel::run(comparison.jobs(), args.threads, interrupt, &progress, |job| match &args.record {
            Some(folder) => record::run(args, &comparison, job, folder),
            None => comparison.run(job).map_err(|diverged| Lesson::new(diverged.to_string())),
        })?;
    drop(progress);
    let outcome = finished.outcome();
    let runs: Vec<Option<Run>> =
        finished.results.into_iter().map(Option::transpose).collect::<Result<_, _>>()?;
    if let Some(folder) = &args.record {
        let traces = runs.iter().flatten().count();
        output.talk(&format!("{traces} traces written to {}", folder.display()));
    }
    show(args, &comparison, &runs, output)?;
    if let Some(folder) = args.capture.pcapng.as_deref().filter(|_| outcome == Outcome::Fine) {
        write_packets(args, &comparison, folder, output)?;
    }
    if let Some(folder) = folder.filter(|_| outcome == Outcome::Fine) {
        write_files(folder, &files(&comparison, &runs), output)?;
    }
    Ok(outcome)
}

/// Runs every job again and writes its packets, since no run keeps them: `STRATEGY.LINK.pcapng`.
fn write_packets(
    args: &Args,
    comparison: &Comparison,
    folder: &Path,
    output: &mut Output,
) -> Result<(), CliError> {
    make_folder(folder)?;
    for (link, spec) in comparison.links.iter().enumerate() {
        for (strategy, row) in comparison.strategies.iter().enumerate() {
            let mut lab = comparison.lab(comparison.job(strategy, link), false);
            lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
            let fits = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '_' };
            let link: String = spec.name.chars().map(fits).collect();
            let file = folder.join(format!("{}.{link}.pcapng", row.name));
            args.capture.write(lab.world(), comparison.start, &file)?;
        }
    }
    output.talk(&format!("packets of {} runs written to {}", comparison.jobs(), folder.display()));
    Ok(())
}

/// Prints the tables, marked if not all runs were finished.
fn show(
    args: &Args,
    comparison: &Comparison,
    runs: &[Option<Run>],
    output: &mut Output,
) -> Result<(), CliError> {
    let mut tables = if args.all || args.table.format != Format::Text {
        vec![compare::results_table(comparison, runs)]
    } else {
        vec![compare::summary_table(comparison, runs), compare::prices_table(comparison, runs)]
    };
    let done = runs.iter().flatten().count();
    if done < runs.len() {
        let partial = format!(
            "PARTIAL: interrupted when {done} of {} runs were done. No files were written.",
            runs.len()
        );
        output.talk(&partial);
        if let Some(last) = tables.last_mut() {
            last.notes.insert(0, partial);
        }
    }
    for (nth, table) in tables.iter().enumerate() {
        if nth > 0 {
            output.data("\n\n")?;
        }
        output.table(table, args.table)?;
    }
    Ok(())
}

/// All charts, and the results as tables.
fn files(comparison: &Comparison, runs: &[Option<Run>]) -> Vec<(String, String)> {
    let results = compare::results_table(comparison, runs);
    let charts =
        compare::charts(comparison, runs).into_iter().map(|(name, svg)| (format!("{name}.svg"), svg));
    let tables =
        [("results.csv".to_owned(), results.to_csv()), ("results.json".to_owned(), results.to_json())];
    charts.chain(tables).collect()
}

/// Makes a folder if need be.
fn make_folder(folder: &Path) -> Result<(), Lesson> {
    if folder.exists() && !folder.is_dir() {
        return Err(Lesson::new("this is a file, and a folder is needed")
            .at(Place::file(folder.display().to_string()))
            .hint("choose another with --out"));
    }
    std::fs::create_dir_all(folder).map_err(|error| {
        Lesson::new(format!("the folder cannot be made: {error}"))
            .at(Place::file(folder.display().to_string()))
            .hint("choose another with --out")
    })
}

/// Writes files into a folder, which is made if need be, and says so.
pub(super) fn write_files(
    folder: &Path,
    files: &[(String, String)],
    output: &mut Output,
) -> Result<(), Lesson> {
    make_folder(folder)?;
    for (name, content) in files {
        atomic::write(&folder.join(name), |file| file.write_all(content.as_bytes()))?;
    }
    let written: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    output.talk(&format!("written to {}: {}", folder.display(), written.join(", ")));
    Ok(())
}
