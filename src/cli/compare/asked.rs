//! What was asked for on the command line, as values: scenario, mail, strategies, links, tariffs.

use std::path::Path;

use super::Args;
use crate::cli::{Output, mail_source};
use crate::compare::{self, Comparison, Options};
use crate::lesson::{Lesson, Place};
use crate::link::call::CallPlan;
use crate::link::preset::{self, DEFAULT_LINKS};
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::link::tcp::Profile;
use crate::scenario::{self, Choice, MailSource, NewMail, Scenario};
use crate::strategy::{self, STRATEGIES, StrategyRow};
use crate::time::Duration;

/// The scenario of a file, or the built-in one of this name.
pub fn named_scenario(name: &str) -> Result<Scenario, Lesson> {
    let path = Path::new(name);
    if path.exists() && !scenario::BUILT_IN.iter().any(|known| known.name == name) {
        let bytes = std::fs::read(path).map_err(|error| {
            let lesson = Lesson::new(format!("the scenario cannot be read: {error}")).at(Place::file(name));
            lesson.hint("a scenario is a TOML file or a built-in name; mail of your own is given with --mail")
        })?;
        return Scenario::read(name, &bytes);
    }
    scenario::built_in(name)
}

/// The scenario that is compared.
pub(super) fn scenario(args: &Args) -> Result<Scenario, Lesson> {
    let mut scenario = named_scenario(args.scenario.as_deref().unwrap_or("default"))?;
    if let Some(seed) = args.seed {
        scenario.seed = seed;
    }
    scenario.calls = drops(scenario.calls, &args.drop, args.chance)?;
    if let Some(share) = args.reads {
        scenario.habits.reads = Choice::Share(share);
    }
    if let Some(path) = &args.mail {
        mail_from(&mut scenario, path);
    }
    Ok(scenario)
}

/// Lets a scenario's mail be the user's own.
pub fn mail_from(scenario: &mut Scenario, path: &Path) {
    scenario.mailbox = MailSource::Path(path.display().to_string());
    scenario.name = path.display().to_string();
}

/// The mail of a scenario, read from the disk if it lies there.
pub fn mail(scenario: &Scenario, output: &mut Output) -> Result<Vec<NewMail>, Lesson> {
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

/// The names that were given, or else the scenario's, or else the default ones.
pub(super) fn names(given: Option<&str>, scenario: &[String], default: &[&str]) -> Vec<String> {
    match given {
        Some(list) => preset::split_list(list),
        None if scenario.is_empty() => default.iter().map(ToString::to_string).collect(),
        None => scenario.to_vec(),
    }
}

/// The strategies of these names.
pub(super) fn strategies(names: &[String]) -> Result<Vec<&'static StrategyRow>, Lesson> {
    names.iter().map(|name| strategy::named(name.trim())).collect()
}

/// The links of these names or numbers.
pub(super) fn links(names: &[String]) -> Result<Vec<LinkSpec>, Lesson> {
    names.iter().map(|name| preset::resolve(name.trim())).collect()
}

/// A plan of calls with the drops that are asked for.
pub fn drops(plan: CallPlan, drops: &[String], chance: bool) -> Result<CallPlan, Lesson> {
    if let Some(rate) = drops.iter().find(|drop| drop.contains("rate")).filter(|_| !chance) {
        let place = Place::line("--drop", 1, rate.as_str()).caret(0, rate.chars().count(), "with --chance");
        return Err(Lesson::new("drops come at random only when chance is let in")
            .at(place)
            .hint("add `--chance`"));
    }
    drops.iter().try_fold(plan, |plan, drop| plan.with_drop(drop, "--drop"))
}

/// The tariff of this name, or the only one of this file.
pub fn tariff(name: &str) -> Result<Tariff, Lesson> {
    let mut tariffs = tariffs(&[name.to_owned()])?;
    match (tariffs.pop(), tariffs.len()) {
        (Some(tariff), 0) => Ok(tariff),
        _ => Err(Lesson::new("one tariff is needed here, and this file has none or several")
            .at(Place::file(name))
            .hint("put the one you mean into a file of its own")),
    }
}

/// The tariffs of these names and files.
pub fn tariffs(names: &[String]) -> Result<Vec<Tariff>, Lesson> {
    let mut tariffs = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        if name.ends_with(".toml") {
            let bytes = std::fs::read(name).map_err(|error| {
                Lesson::new(format!("the tariffs cannot be read: {error}"))
                    .at(Place::file(name))
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

/// What else the runs depend on.
pub(super) fn options(args: &Args) -> Result<Options, Lesson> {
    Ok(Options {
        stack: Profile::resolve(&args.stack)?,
        server_thinks: Duration::from_millis(args.server_thinks.into()),
        chance: args.chance,
    })
}

/// All that is to be compared.
pub(super) fn comparison(
    args: &Args,
    scenario: &Scenario,
    output: &mut Output,
) -> Result<Comparison, Lesson> {
    let all: Vec<&str> = STRATEGIES.iter().map(|row| row.name).collect();
    // A bill is of one strategy, and no others need to be run for it.
    let strategy_names = match &args.bill {
        Some(bill) => vec![bill.clone()],
        None => names(args.strategies.as_deref(), &scenario.strategies, &all),
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
