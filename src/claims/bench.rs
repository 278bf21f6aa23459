//! The bench on which trials are made: comparisons put together from names, and their jobs handed to workers.

use std::sync::OnceLock;

use super::Failure;
use crate::compare::{Comparison, Options, Run};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::scenario::{NewMail, Scenario};
use crate::strategy::{self, StrategyRow};
use crate::time::Duration;
use crate::units::Money;

/// Whoever does the jobs of a trial, on any number of threads and in any order.
pub trait Workers {
    /// Does the jobs `0..jobs`.
    ///
    /// # Errors
    /// [`Stopped`] if the work was given up before all were done.
    fn each(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), Stopped>;
}

/// The work was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

/// Does one job after the other.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Workers for Alone {
    fn each(&self, jobs: usize, job: &(dyn Fn(usize) + Sync)) -> Result<(), Stopped> {
        (0..jobs).for_each(job);
        Ok(())
    }
}

/// Does jobs, and gives their results in the order of the jobs.
pub(super) fn collect<T: Send + Sync>(
    workers: &dyn Workers,
    jobs: usize,
    job: impl Fn(usize) -> Result<T, Lesson> + Sync,
) -> Result<Vec<T>, Failure> {
    let slots: Vec<OnceLock<Result<T, Lesson>>> = (0..jobs).map(|_| OnceLock::new()).collect();
    workers.each(jobs, &|nth| {
        if let Some(slot) = slots.get(nth) {
            // A job that is given out twice has the same result.
            let _ = slot.set(job(nth));
        }
    })?;
    slots.into_iter().map(|slot| slot.into_inner().ok_or(Failure::Stopped)?.map_err(Failure::from)).collect()
}

/// A comparison of things given by their names.
pub(super) fn comparison(
    scenario: &Scenario,
    mail: &[NewMail],
    strategies: &[&str],
    links: &[&str],
    tariffs: &[&str],
) -> Result<Comparison, Lesson> {
    Comparison::new(
        scenario,
        mail.to_vec(),
        strategies.iter().map(|name| strategy::named(name)).collect::<Result<Vec<&StrategyRow>, _>>()?,
        links.iter().map(|name| preset::resolve(name)).collect::<Result<Vec<LinkSpec>, _>>()?,
        tariffs.iter().map(|name| Tariff::named(name).cloned()).collect::<Result<Vec<_>, _>>()?,
        Options::default(),
    )
}

/// The runs of one comparison.
pub(super) struct Runs {
    /// What was compared.
    pub comparison: Comparison,
    runs: Vec<Run>,
}

impl Runs {
    /// The run of a strategy over a link, by their places in the comparison.
    pub fn of(&self, strategy: usize, link: usize) -> &Run {
        &self.runs[self.comparison.job(strategy, link)]
    }

    /// What a strategy's calls cost over a link, by a tariff.
    pub fn cost(&self, strategy: usize, link: usize, tariff: usize) -> Money {
        self.of(strategy, link).bills.get(tariff).map_or(Money::ZERO, |bill| bill.total())
    }

    /// How long a strategy has the line up.
    pub fn connected(&self, strategy: usize, link: usize) -> Duration {
        self.of(strategy, link).metrics.connected
    }

    /// What the mail weighs.
    pub fn octets(&self) -> u64 {
        octets(&self.comparison.prepared.mail)
    }
}

/// What the mail weighs.
pub(super) fn octets(mail: &[NewMail]) -> u64 {
    mail.iter().map(|new| u64::from(new.message.size())).sum()
}

/// Runs all jobs of all comparisons.
pub(super) fn run(workers: &dyn Workers, comparisons: Vec<Comparison>) -> Result<Vec<Runs>, Failure> {
    let jobs: Vec<(usize, usize)> = comparisons
        .iter()
        .enumerate()
        .flat_map(|(at, comparison)| (0..comparison.jobs()).map(move |job| (at, job)))
        .collect();
    let mut done =
        collect(workers, jobs.len(), |nth| one(&comparisons[jobs[nth].0], jobs[nth].1))?.into_iter();
    Ok(comparisons
        .into_iter()
        .map(|comparison| Runs { runs: done.by_ref().take(comparison.jobs()).collect(), comparison })
        .collect())
}

/// Runs one job, which must end well.
pub(super) fn one(comparison: &Comparison, job: usize) -> Result<Run, Lesson> {
    let run = comparison.run(job).map_err(|diverged| Lesson::new(diverged.to_string()))?;
    match &run.outcome {
        Ok(()) => Ok(run),
        Err(trouble) => Err(Lesson::new(format!(
            "{} over {} did not finish: {trouble}",
            comparison.strategies[run.strategy].name, comparison.links[run.link].name
        ))),
    }
}

/// The last of `1..=most` for which something holds that, once false, stays so; 0 if it holds for none.
pub(super) fn last_that(
    most: u32,
    mut holds: impl FnMut(u32) -> Result<bool, Lesson>,
) -> Result<u32, Lesson> {
    let (mut good, mut bad) = (0, most + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(good)
}

/// How long each call of one job was, from answer to hang-up, in order.
pub(super) fn calls(comparison: &Comparison, job: usize) -> Result<Vec<Duration>, Lesson> {
    let mut lab = comparison.lab(job, false);
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let calls = lab.world().journal().calls.iter();
    Ok(calls.filter_map(|call| Some(call.ended?.since(call.answered?))).collect())
}
