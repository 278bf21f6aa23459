//! A trace of each run, and a run from the head of a trace.

use std::path::Path;

use clap::FromArgMatches;

use super::{Args, asked};
use crate::cli::{Output, atomic};
use crate::compare::{Comparison, Run};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::trace::{HeadKey, Luck, Trace};

/// Does a job and writes its trace.
pub(super) fn run(args: &Args, comparison: &Comparison, job: usize, folder: &Path) -> Result<Run, Lesson> {
    let (run, world) = comparison.run_recorded(job).map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let strategy = comparison.strategies.get(run.strategy).map_or("", |row| row.name);
    let link = comparison.links.get(run.link).map_or("", |link| &link.name);
    let mut trace = Trace::of(&world, 0)
        .with(HeadKey::Scenario, scenario(args))
        .with(HeadKey::Strategy, strategy)
        .with(HeadKey::Version, env!("CARGO_PKG_VERSION"));
    if let Some(tariff) = comparison.tariffs.first() {
        trace = trace.with(HeadKey::Tariff, tariff.name.as_str());
    }
    let path = folder.join(file_name(strategy, link));
    atomic::write(&path, |file| file.write_all(trace.to_text().as_bytes()))?;
    Ok(run)
}

/// `STRATEGY@LINK.trace`; what a system takes in no file's name becomes `_`.
fn file_name(strategy: &str, link: &str) -> String {
    let refused = |c: char| c.is_control() || "/\\\"*?<>|".contains(c) || (cfg!(windows) && c == ':');
    format!("{strategy}@{link}.trace").replace(refused, "_")
}

/// The scenario as the command line had it, with what changes it.
fn scenario(args: &Args) -> String {
    let mut words = vec![args.scenario.clone().unwrap_or_else(|| "default".to_owned())];
    if let Some(path) = &args.mail {
        words.extend(["--mail".to_owned(), path.display().to_string()]);
    }
    if let Some(share) = args.reads {
        words.extend(["--reads".to_owned(), share.to_string()]);
    }
    if args.server_thinks > 0 {
        words.extend(["--server-thinks".to_owned(), args.server_thinks.to_string()]);
    }
    words.join(" ")
}

/// The comparison that runs a trace's strategy over other links: scenario, seed, strategy and stack stand in its head.
///
/// # Errors
/// A lesson if something is missing there or is not known.
pub fn rerun(trace: &Trace, links: &[String], output: &mut Output) -> Result<Comparison, Lesson> {
    let (Some(scenario), Some(strategy)) = (trace.head(HeadKey::Scenario), trace.head(HeadKey::Strategy))
    else {
        return Err(Lesson::new("this trace names no scenario and strategy that could be run again")
            .note("`maillab compare --record DIR` writes traces that do")
            .hint("leave --rerun away: the replay needs neither"));
    };
    let command = <Args as clap::Args>::augment_args(clap::Command::new("compare").no_binary_name(true));
    let unusable = |what: String| {
        Lesson::new(what)
            .note(format!("the trace's line is `scenario {scenario}`"))
            .hint("leave --rerun away: the replay needs no scenario")
    };
    let parsed = command
        .try_get_matches_from(scenario.split(' '))
        .and_then(|matches| Args::from_arg_matches(&matches))
        .map_err(|_| unusable("the scenario in this trace's head is not understood".to_owned()))?;
    let args = Args {
        strategies: Some(strategy.to_owned()),
        links: Some(links.join(",")),
        seed: trace.head(HeadKey::Seed).and_then(|seed| seed.parse().ok()),
        stack: trace.head(HeadKey::Stack).unwrap_or("linux").to_owned(),
        chance: trace.rests_on(Luck::Chance),
        ..parsed
    };
    debug_assert_eq!(preset::split_list(&links.join(",")), links);
    asked::comparison(&args, &asked::scenario(&args)?, output)
}
