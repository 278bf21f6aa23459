//! `maillab compare --map A,B`: who wins where.

use super::asked::{links, mail, names, options, strategies, tariffs};
use super::{Args, JudgeArg, Over, write_files};
use crate::cli::interrupt::Interrupt;
use crate::cli::progress::Progress;
use crate::cli::{CliError, Outcome, Output, parallel};
use crate::compare::{DEFAULT_TARIFFS, Field, Judge, MapAsk, MapPlan, MapResult};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::scenario::Scenario;

/// The link of a map over the mail, unless told otherwise.
const LINK: &str = "v34-28800:plain";

/// Draws the map.
///
/// # Errors
/// Slips in names; a folder that takes no files.
pub fn run(
    args: &Args,
    pair: &str,
    scenario: &Scenario,
    interrupt: &Interrupt,
    output: &mut Output,
) -> Result<Outcome, CliError> {
    let plan = MapPlan::new(ask(args, pair, scenario, output)?)?;
    let folder = args.folder()?;
    let progress = Progress::new("points", plan.points());
    let points = parallel::run(plan.points(), args.threads, interrupt, &progress, |nth| plan.point(nth))?;
    drop(progress);
    let done = points.results.iter().flatten().count();
    let mut result = plan.grid(points.results.into_iter().flatten().collect());
    let complete = done == plan.points() && search(args, &plan, &mut result, interrupt)?;
    let mut table = plan.table(&result);
    if !complete {
        table.notes.insert(
            0,
            format!(
                "PARTIAL: interrupted when {done} of {} points were done and {} borders found. No chart was drawn.",
                plan.points(),
                result.crossings.len()
            ),
        );
    }
    output.table(&table, args.table)?;
    if let Some(folder) = folder.filter(|_| complete) {
        let over = if args.over == Over::Mail { "mail" } else { "line" };
        let name = format!("map-{over}-{}.svg", judge_name(args.judge));
        write_files(folder, &[(name, plan.chart(&result).svg())], output)?;
    }
    Ok(if complete { Outcome::Fine } else { Outcome::Partial })
}

/// Finds the borders between the grid's points, and says whether all were looked for.
fn search(
    args: &Args,
    plan: &MapPlan,
    result: &mut MapResult,
    interrupt: &Interrupt,
) -> Result<bool, Lesson> {
    let stretches = plan.stretches(result);
    let progress = Progress::new("borders", stretches);
    let found = parallel::run(stretches, args.threads, interrupt, &progress, |nth| plan.search(result, nth))?;
    let complete = found.outcome() == Outcome::Fine;
    result.crossings = found.results.into_iter().flatten().flatten().collect();
    Ok(complete)
}

fn ask(args: &Args, pair: &str, scenario: &Scenario, output: &mut Output) -> Result<MapAsk, Lesson> {
    let pair = strategies(&preset::split_list(pair))?;
    let [first, second] = pair[..] else {
        return Err(Lesson::new(format!("a map is of two strategies, not of {}", pair.len()))
            .hint("`--map pop3-fetch-all-delete,imap-online`"));
    };
    let field = match args.over {
        Over::Mail => {
            let link = links(&names(args.links.as_deref(), &scenario.links, &[LINK]))?.swap_remove(0);
            Field::ShareSize { messages: args.messages, link: Box::new(link) }
        }
        Over::Line => Field::TripRate { mail: mail(scenario, output)? },
    };
    let judge = match args.judge {
        JudgeArg::Done => Judge::Done,
        JudgeArg::FirstRead => Judge::FirstRead,
        JudgeArg::Online => Judge::Connected,
        JudgeArg::Money => Judge::Money,
    };
    let tariffs = tariffs(&names(args.tariffs.as_deref(), &scenario.tariffs, &DEFAULT_TARIFFS))?;
    let tariff = tariffs.into_iter().next().ok_or_else(|| {
        Lesson::new("there is no tariff in what --tariffs names")
            .hint("`maillab tariffs` lists those built in")
    })?;
    tariff.check_calls()?;
    Ok(MapAsk {
        strategies: [first, second],
        field,
        judge,
        tariff,
        scenario: scenario.clone(),
        options: options(args)?,
        samples: args.samples,
    })
}

const fn judge_name(judge: JudgeArg) -> &'static str {
    match judge {
        JudgeArg::Done => "done",
        JudgeArg::FirstRead => "first-read",
        JudgeArg::Online => "online",
        JudgeArg::Money => "money",
    }
}
