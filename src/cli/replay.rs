//! `maillab replay`: a recorded session over other links.

use std::path::PathBuf;
use std::sync::Arc;

use super::output::TableArgs;
use super::{CliError, Outcome, Output, atomic, compare, trace};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::spec::LinkSpec;
use crate::mail::date::Timestamp;
use crate::script::DEFAULT_TARIFF;
use crate::strategy;
use crate::trace::replay::report::{self, How, Session};
use crate::trace::replay::{self, Plan, Replayed};
use crate::trace::{HeadKey, Trace};
use crate::world::World;

/// What stands at the end of `maillab replay --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab compare --record traces --no-files --strategies imap-online --links v34-28800
  maillab replay traces/imap-online@v34-28800.trace --link v22bis-2400,isdn-64k
  maillab replay traces/imap-online@v34-28800.trace --link gsm-csd-9600 --rerun
  maillab replay traces/imap-online@v34-28800.trace --link leo-modern --chart replay.svg

A replay keeps what each write waited for and the times of thinking. Per link it is `valid`, or `doubtful` with the
reason: a timer of a server would pass, the line drops, the client goes by the clock, a choice depends on speed, ...";

/// The arguments of `maillab replay`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// A trace; `compare --record`, `play --record`, `:record` and `serve --record` write them
    #[arg(value_name = "TRACE")]
    pub trace: PathBuf,
    /// Links by name or by numbers, separated by commas [default: the one it was recorded on]
    #[arg(long, visible_alias = "links", value_name = "A,B")]
    pub link: Option<String>,
    /// Tariffs by name, or files of tariffs, separated by commas [default: the trace's, or bt-local-1997]
    #[arg(long, visible_alias = "tariffs", value_name = "A,B")]
    pub tariff: Option<String>,
    /// Run the strategy that the trace names as well, and show both
    #[arg(long)]
    pub rerun: bool,
    /// Draw whose seconds these were, as SVG
    #[arg(long, value_name = "FILE")]
    pub chart: Option<PathBuf>,
    /// How the table is written
    #[command(flatten)]
    pub table: TableArgs,
}

/// Replays.
///
/// # Errors
/// A trace that is not understood; links, tariffs or a strategy that are not known; a chart that finds no place.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let trace = trace::read(&args.trace)?;
    let plan = Plan::new(&trace)?;
    let names = match (&args.link, trace.head(HeadKey::Link)) {
        (Some(list), _) => preset::split_list(list),
        (None, Some(link)) => vec![link.to_owned()],
        (None, None) => {
            return Err(Lesson::new("this trace does not say over which link it was recorded")
                .hint("name one or more: `--link v34-28800:plain,isdn-64k:plain`; `maillab links` lists them")
                .into());
        }
    };
    let links: Vec<Arc<LinkSpec>> =
        names.iter().map(|name| preset::resolve(name.trim()).map(Arc::new)).collect::<Result<_, _>>()?;
    let tariff = args.tariff.as_deref().or(trace.head(HeadKey::Tariff)).unwrap_or(DEFAULT_TARIFF);
    let tariffs = compare::tariffs(&preset::split_list(tariff))?;
    for tariff in &tariffs {
        tariff.check_calls()?;
    }
    let mut replayed: Vec<Replayed> = links.iter().map(|link| plan.over(Arc::clone(link))).collect();
    let (reruns, start) = match args.rerun {
        true => rerun(&trace, &names, output)?,
        false => (Vec::new(), start(&trace)),
    };
    if let Some(recorded) = watched(&trace, &plan) {
        for (link, replayed) in links.iter().zip(&mut replayed) {
            let elsewhere = trace.head(HeadKey::Link) != Some(link.name.as_str());
            let units = tariffs.iter().filter(|_| elsewhere);
            let doubts =
                units.filter_map(|tariff| replay::units(tariff, &recorded.world, &replayed.world, start));
            replayed.doubts.extend(doubts.collect::<Vec<_>>());
        }
    }
    let mut sessions = Vec::new();
    for (nth, (link, replayed)) in links.iter().zip(&replayed).enumerate() {
        let (how, world) = (How::Replay, &replayed.world);
        sessions.push(Session { link: &link.name, how, world, doubts: &replayed.doubts });
        if let Some((world, trouble)) = reruns.get(nth) {
            sessions.push(Session { link: &link.name, how: How::Rerun(trouble.clone()), world, doubts: &[] });
        }
    }
    let title = title(&trace);
    let table = report::table(title.clone(), &sessions, &tariffs, start);
    output.table(&table, args.table)?;
    if let Some(path) = &args.chart {
        let svg = report::chart(title, &sessions, &table.notes).svg();
        atomic::write(path, |file| file.write_all(svg.as_bytes()))?;
        output.talk(&format!("written: {}", path.display()));
    }
    Ok(Outcome::Fine)
}

/// The session over its own link, if whoever made it may have watched the units of the calls. No built-in strategy
/// does.
fn watched(trace: &Trace, plan: &Plan) -> Option<Replayed> {
    let blind = trace.head(HeadKey::Strategy).is_some_and(|name| strategy::named(name).is_ok());
    let own = preset::resolve(trace.head(HeadKey::Link)?).ok()?;
    (!blind).then(|| plan.over(Arc::new(own)))
}

fn title(trace: &Trace) -> String {
    let what = trace.head(HeadKey::Strategy).unwrap_or("a session");
    match trace.head(HeadKey::Link) {
        Some(link) => format!("{what}, recorded over {link}, replayed"),
        None => format!("{what}, replayed"),
    }
}

/// What the clock on the wall showed at the start, where the trace's scenario is known: tariffs go by it.
fn start(trace: &Trace) -> Timestamp {
    let scenario = trace.head(HeadKey::Scenario).and_then(|words| words.split(' ').next());
    scenario
        .and_then(|name| compare::named_scenario(name).ok())
        .map_or(Timestamp::DEFAULT_START, |scenario| scenario.start)
}

/// The worlds in which the strategy of the trace was run over each link, with what became of it.
type Reruns = Vec<(World, Option<String>)>;

fn rerun(trace: &Trace, links: &[String], output: &mut Output) -> Result<(Reruns, Timestamp), Lesson> {
    let comparison = compare::rerun(trace, links, output)?;
    let mut worlds = Vec::with_capacity(links.len());
    for nth in 0..links.len() {
        let (run, world) = comparison
            .run_recorded(comparison.job(0, nth))
            .map_err(|diverged| Lesson::new(diverged.to_string()))?;
        worlds.push((world, run.outcome.err().map(|trouble| trouble.to_string())));
    }
    Ok((worlds, comparison.start))
}
