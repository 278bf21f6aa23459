//! `maillab compare`: strategies × links × tariffs on one mailbox.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

use super::interrupt::Interrupt;
use super::output::TableArgs;
use super::parallel::{self, ThreadArgs};
use super::progress::Progress;
use super::{CliError, Outcome, Output, atomic, mail_source};
use crate::compare::{self, Comparison, Field, Judge, MapAsk, MapPlan, Options, Run};
use crate::lesson::Lesson;
use crate::link::preset::{self, DEFAULT_LINKS};
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::link::tcp::{PROFILES, Profile};
use crate::scenario::{self, Choice, MailSource, NewMail, Scenario};
use crate::strategy::{self, STRATEGIES, StrategyRow};
use crate::time::Duration;

/// What stands at the end of `maillab compare --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab compare                                  eight strategies over eight links
  maillab compare --mail ~/Mail/inbox --reads 0.3  your own mail: you read three in ten
  maillab compare --links isdn-64k:plain --strategies imap-online,imap-fetch-all
  maillab compare --links rate=9600,delay=300ms,mtu=576 --tariffs sat-iridium-2013
  maillab compare --bill imap-online --links v22bis-2400 --tariffs us-att-1989-0926
  maillab compare --map imap-fetch-all,imap-headers-first --judge money --samples 3
  maillab compare faq-two-calls --format csv > runs.csv

Charts and tables go to the folder of --out. SCENARIO is a file, or a built-in name.";

/// The arguments of `maillab compare`.
#[derive(ClapArgs, Clone, Debug)]
pub struct Args {
    /// A scenario file, or the name of a built-in scenario [default: default]
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<String>,
    /// Your own mail: an mbox file, a Maildir, or a folder of .eml files
    #[arg(long, value_name = "PATH")]
    pub mail: Option<PathBuf>,
    /// Which share of the mail gets read, 0 to 1
    #[arg(long, value_name = "SHARE")]
    pub reads: Option<f64>,
    /// Strategies, separated by commas [default: all]
    #[arg(long, value_name = "A,B")]
    pub strategies: Option<String>,
    /// Links by name or by numbers, separated by commas [default: eight of five decades]
    #[arg(long, visible_alias = "link", value_name = "A,B")]
    pub links: Option<String>,
    /// Tariffs by name, or files of tariffs, separated by commas [default: four of four countries]
    #[arg(long, visible_alias = "tariff", value_name = "A,B")]
    pub tariffs: Option<String>,
    /// The seed for whatever is drawn
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Let calls fail, lines drop and delays jitter, as each link's data say
    #[arg(long)]
    pub chance: bool,
    /// The TCP of both ends: linux or bsd-1990
    #[arg(long, value_name = "NAME", default_value = "linux")]
    pub stack: String,
    /// How long the server thinks about each command, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub server_thinks: u32,
    /// Show the itemised bill of this strategy instead, over the first link and by the first tariff
    #[arg(long, value_name = "STRATEGY")]
    pub bill: Option<String>,
    /// Draw the map of who wins where for these two strategies instead
    #[arg(long, value_name = "A,B")]
    pub map: Option<String>,
    /// What the map is over: the mail (share read × mean size) or the line (round trip × rate)
    #[arg(long, value_enum, default_value_t)]
    pub over: Over,
    /// By what the map's winner wins
    #[arg(long, value_enum, default_value_t)]
    pub judge: JudgeArg,
    /// Grid lines of the map each way
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u32).range(2..=65))]
    pub samples: u32,
    /// Messages in the mailbox of a map over the mail
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub messages: u32,
    /// The folder for charts and tables
    #[arg(long, value_name = "DIR", default_value = "maillab-out")]
    pub out: PathBuf,
    /// Write no files
    #[arg(long)]
    pub no_files: bool,
    /// Print every figure of every run and tariff, not the summary
    #[arg(long)]
    pub all: bool,
    /// How tables are printed.
    #[command(flatten)]
    pub table: TableArgs,
    /// How many threads work.
    #[command(flatten)]
    pub threads: ThreadArgs,
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
    /// Until all wanted mail is read.
    #[default]
    Done,
    /// Until the first message is read.
    FirstRead,
    /// Time on line.
    Online,
    /// What the calls cost.
    Money,
}

/// Compares.
///
/// # Errors
/// Slips in names, numbers and files; a folder that takes no files.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let interrupt = Interrupt::watch()?;
    let scenario = scenario(args)?;
    if let Some(pair) = &args.map {
        return map(args, &scenario, pair, &interrupt, output);
    }
    let comparison = comparison(args, &scenario, output)?;
    if let Some(name) = &args.bill {
        let strategy = strategy::named(name)?;
        let place = comparison.strategies.iter().position(|row| row.name == strategy.name).unwrap_or(0);
        let table = compare::itemised(&comparison, comparison.job(place, 0), &comparison.tariffs[0])?;
        output.table(&table, args.table)?;
        return Ok(Outcome::Fine);
    }
    let progress = Progress::new("runs", comparison.jobs());
    let finished =
        parallel::run(comparison.jobs(), args.threads, &interrupt, &progress, |job| comparison.run(job))?;
    let outcome = finished.outcome();
    let runs: Vec<Option<Run>> = finished
        .results
        .into_iter()
        .map(Option::transpose)
        .collect::<Result<_, _>>()
        .map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let results = compare::results_table(&comparison, &runs);
    let machine = args.table.format != super::Format::Text;
    let shown =
        if args.all || machine { results.clone() } else { compare::summary_table(&comparison, &runs) };
    output.table(&shown, args.table)?;
    if !args.no_files {
        let mut files: Vec<(String, String)> = compare::charts(&comparison, &runs)
            .into_iter()
            .map(|(name, svg)| (format!("{name}.svg"), svg))
            .collect();
        files.push(("results.csv".to_owned(), results.to_csv()));
        files.push(("results.json".to_owned(), results.to_json()));
        write_files(&args.out, &files, output)?;
    }
    if outcome == Outcome::Partial {
        output.talk("interrupted: what is shown is what was finished");
    }
    Ok(outcome)
}

/// The scenario of a file, or the built-in one of this name.
pub(super) fn named_scenario(name: &str) -> Result<Scenario, Lesson> {
    let path = Path::new(name);
    if path.exists() && !scenario::BUILT_IN.iter().any(|known| known.name == name) {
        let bytes = std::fs::read(path).map_err(|error| {
            Lesson::new(format!("the scenario {name} cannot be read: {error}"))
                .hint("give a TOML file, or a built-in name")
        })?;
        return Scenario::read(name, &bytes);
    }
    scenario::built_in(name)
}

fn scenario(args: &Args) -> Result<Scenario, Lesson> {
    let mut scenario = named_scenario(args.scenario.as_deref().unwrap_or("default"))?;
    if let Some(seed) = args.seed {
        scenario.seed = seed;
    }
    if let Some(share) = args.reads {
        if !(0.0..=1.0).contains(&share) {
            return Err(Lesson::new(format!("--reads {share} is no share"))
                .hint("a share is from 0 to 1: `--reads 0.3`"));
        }
        scenario.habits.reads = Choice::Share(share);
    }
    if let Some(path) = &args.mail {
        mail_from(&mut scenario, path);
    }
    Ok(scenario)
}

/// Lets a scenario's mail be the user's own.
pub(super) fn mail_from(scenario: &mut Scenario, path: &Path) {
    scenario.mailbox = MailSource::Path(path.display().to_string());
    scenario.name = path.display().to_string();
}

/// The mail of a scenario, read from the disk if it lies there.
pub(super) fn mail(scenario: &Scenario, output: &mut Output) -> Result<Vec<NewMail>, Lesson> {
    let MailSource::Path(path) = &scenario.mailbox else { return scenario.mail() };
    let imported = mail_source::read_path(Path::new(path))?;
    for problem in imported.problems.iter() {
        output.talk(&problem.to_string());
    }
    let new = |one: crate::mail::import::ImportedMessage| NewMail {
        message: one.message,
        flags: one.flags,
        received: one.received,
    };
    Ok(imported.messages.into_iter().map(new).collect())
}

fn names(given: Option<&str>, scenario: &[String], default: &[&str]) -> Vec<String> {
    match given {
        Some(list) => preset::split_list(list),
        None if scenario.is_empty() => default.iter().map(ToString::to_string).collect(),
        None => scenario.to_vec(),
    }
}

fn strategies(names: &[String]) -> Result<Vec<&'static StrategyRow>, Lesson> {
    names.iter().map(|name| strategy::named(name.trim())).collect()
}

fn links(names: &[String]) -> Result<Vec<LinkSpec>, Lesson> {
    names.iter().map(|name| preset::resolve(name.trim())).collect()
}

fn tariffs(names: &[String]) -> Result<Vec<Tariff>, Lesson> {
    let mut tariffs = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        if name.ends_with(".toml") {
            let bytes = std::fs::read(name).map_err(|error| {
                Lesson::new(format!("the tariffs {name} cannot be read: {error}"))
                    .hint("`maillab tariffs` lists those built in")
            })?;
            let text = crate::config::Document::from_bytes(name, &bytes)?.text().to_owned();
            tariffs.extend(Tariff::from_toml(&text, name)?);
        } else {
            tariffs.push(Tariff::named(name)?.clone());
        }
    }
    Ok(tariffs)
}

fn stack(name: &str) -> Result<&'static Profile, Lesson> {
    Profile::named(name).ok_or_else(|| {
        let known: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        let lesson = Lesson::new(format!("there is no TCP stack `{name}`"))
            .note(format!("known are {}", known.join(", ")));
        match crate::lesson::nearest(name, known) {
            Some(near) => lesson.hint(format!("did you mean `{near}`?")),
            None => lesson,
        }
    })
}

fn options(args: &Args) -> Result<Options, Lesson> {
    Ok(Options {
        stack: stack(&args.stack)?,
        server_thinks: Duration::from_millis(args.server_thinks.into()),
        chance: args.chance,
    })
}

fn comparison(args: &Args, scenario: &Scenario, output: &mut Output) -> Result<Comparison, Lesson> {
    let all: Vec<&str> = STRATEGIES.iter().map(|row| row.name).collect();
    // A bill is of one strategy, and no others need to be run for it.
    let strategy_names = match (&args.bill, &args.strategies) {
        (Some(bill), None) => vec![bill.clone()],
        (_, given) => names(given.as_deref(), &scenario.strategies, &all),
    };
    Comparison::new(
        scenario,
        mail(scenario, output)?,
        strategies(&strategy_names)?,
        links(&names(args.links.as_deref(), &scenario.links, &DEFAULT_LINKS))?,
        tariffs(&names(args.tariffs.as_deref(), &scenario.tariffs, &compare::DEFAULT_TARIFFS))?,
        options(args)?,
    )
}

fn map(
    args: &Args,
    scenario: &Scenario,
    pair: &str,
    interrupt: &Interrupt,
    output: &mut Output,
) -> Result<Outcome, CliError> {
    let pair = strategies(&preset::split_list(pair))?;
    let [first, second] = pair[..] else {
        return Err(Lesson::new(format!("a map is of two strategies, not of {}", pair.len()))
            .hint("`--map pop3-fetch-all-delete,imap-headers-first`")
            .into());
    };
    let field = match args.over {
        Over::Mail => Field::ShareSize {
            messages: args.messages,
            link: Box::new(
                links(&names(args.links.as_deref(), &scenario.links, &["v34-28800:plain"]))?.swap_remove(0),
            ),
        },
        Over::Line => Field::TripRate { mail: mail(scenario, output)? },
    };
    let judge = match args.judge {
        JudgeArg::Done => Judge::Done,
        JudgeArg::FirstRead => Judge::FirstRead,
        JudgeArg::Online => Judge::Connected,
        JudgeArg::Money => Judge::Money,
    };
    let tariff = tariffs(&names(args.tariffs.as_deref(), &scenario.tariffs, &compare::DEFAULT_TARIFFS))?
        .swap_remove(0);
    let ask = MapAsk {
        strategies: [first, second],
        field,
        judge,
        tariff,
        scenario: scenario.clone(),
        options: options(args)?,
        samples: args.samples,
    };
    let plan = MapPlan::new(ask)?;
    let progress = Progress::new("points", plan.points());
    let points = parallel::run(plan.points(), args.threads, interrupt, &progress, |nth| plan.point(nth))?;
    let partial = points.outcome() == Outcome::Partial;
    let points = points.results.into_iter().flatten().collect();
    let mut result = plan.grid(points);
    if !partial {
        let stretches = plan.stretches(&result);
        let progress = Progress::new("borders", stretches);
        let found =
            parallel::run(stretches, args.threads, interrupt, &progress, |nth| plan.search(&result, nth))?;
        result.crossings = found.results.into_iter().flatten().flatten().collect();
    }
    output.table(&plan.table(&result), args.table)?;
    if !args.no_files && !partial {
        let name = format!(
            "map-{}-{}",
            if args.over == Over::Mail { "mail" } else { "line" },
            judge_name(args.judge)
        );
        write_files(&args.out, &[(format!("{name}.svg"), plan.chart(&result).svg())], output)?;
    }
    if partial || interrupt.raised() {
        output.talk("interrupted: what is shown is what was finished");
        return Ok(Outcome::Partial);
    }
    Ok(Outcome::Fine)
}

const fn judge_name(judge: JudgeArg) -> &'static str {
    match judge {
        JudgeArg::Done => "done",
        JudgeArg::FirstRead => "first-read",
        JudgeArg::Online => "online",
        JudgeArg::Money => "money",
    }
}

/// Writes files into a folder, which is made if need be, and says so.
pub(super) fn write_files(
    folder: &Path,
    files: &[(String, String)],
    output: &mut Output,
) -> Result<(), Lesson> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Lesson::new(format!("the folder {} cannot be made: {error}", folder.display()))
            .hint("choose another with --out")
    })?;
    for (name, content) in files {
        atomic::write(&folder.join(name), |file| file.write_all(content.as_bytes()))?;
    }
    let written: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    output.talk(&format!("written to {}: {}", folder.display(), written.join(", ")));
    Ok(())
}
