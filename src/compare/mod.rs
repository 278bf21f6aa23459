//! Strategies × links × tariffs on one scenario: what is run, and what came of it.
//!
//! ```text
//! Scenario + mail ──> Comparison ──job 0..n──> Run ──> tables, charts
//!                          └──────────────────────────> map: who wins where
//! ```
//!
//! A [`Comparison`] is a value and each of its jobs stands alone: whoever runs them may do so in any order and
//! on any number of threads. A tariff changes no packet, so all tariffs are applied to the same runs.

mod charts;
mod itemised;
mod map;
mod summary;
mod tables;

use std::sync::{Arc, OnceLock};

use crate::desk::{Service, Trouble};
use crate::lesson::Lesson;
use crate::link::call::CallPlan;
use crate::link::spec::LinkSpec;
use crate::link::tariff::{Bill, Tariff};
use crate::link::tcp::{LINUX, Profile};
use crate::mail::date::Timestamp;
use crate::mail::queue::BRANCH;
use crate::measure::bound::Bound;
use crate::measure::metrics::Metrics;
use crate::measure::{Interest, bill};
use crate::protocol::Server;
use crate::protocol::dmsp::{Dmsp, DmspSettings};
use crate::protocol::imap::{Imap, ImapSettings};
use crate::protocol::pop2::{Pop2, Pop2Settings};
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::scenario::{NewMail, Prepared, Scenario};
use crate::strategy::{self, StrategyRow};
use crate::time::Duration;
use crate::units::Money;
use crate::world::lab::{Diverged, Lab};
use crate::world::{Host, World};

pub use charts::charts;
pub use itemised::{Grain, itemised};
pub use map::{Ask as MapAsk, Field, Judge, MapPlan, MapResult, Point, Verdict};
pub use summary::{prices_table, summary_table};
pub use tables::{bounds_table, results_table};

/// The tariffs that `compare` applies unless told otherwise: the ones of the FAQ's two calls, as a call of the
/// time was charged in four countries.
pub const DEFAULT_TARIFFS: [&str; 4] =
    ["us-att-1989-0926", "de-dtag-1995-local", "bt-local-1997", "au-local-1999"];

/// What a run depends on beside scenario, strategy and link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The TCP of both ends.
    pub stack: &'static Profile,
    /// How long the server thinks about each command.
    pub server_thinks: Duration,
    /// Whether calls fail, lines drop and delays jitter as each link's data say.
    pub chance: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { stack: &LINUX, server_thinks: Duration::ZERO, chance: false }
    }
}

/// All that is to be compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The scenario's name.
    pub name: String,
    /// The scenario's seed.
    pub seed: u64,
    /// What the clock on the wall shows at the start.
    pub start: Timestamp,
    /// The scenario, ready to run.
    pub prepared: Prepared,
    /// The strategies.
    pub strategies: Vec<&'static StrategyRow>,
    /// The links.
    pub links: Vec<Arc<LinkSpec>>,
    /// The tariffs.
    pub tariffs: Vec<Tariff>,
    /// What becomes of calls.
    pub calls: CallPlan,
    /// What else the runs depend on.
    pub options: Options,
    interest: Interest,
    bounds: OnceLock<Bounds>,
}

/// What no strategy can undercut, worked out when first asked for: by link, and by link and tariff.
#[derive(Clone, Debug)]
struct Bounds {
    times: Vec<Bound>,
    prices: Vec<Vec<Money>>,
}

/// What came of one strategy over one link.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Which strategy, by its place in the comparison.
    pub strategy: usize,
    /// Which link, by its place.
    pub link: usize,
    /// How the client ended.
    pub outcome: Result<(), Trouble>,
    /// The figures.
    pub metrics: Metrics,
    /// What the calls cost, by tariff.
    pub bills: Vec<Bill>,
    /// By how much the calls went over the scenario's budget.
    pub over_budget: Duration,
}

impl Comparison {
    /// A comparison over a scenario's mail.
    ///
    /// # Errors
    /// A lesson if the habits name a message that is not there, if a message cannot be read, or if a tariff
    /// charges no calls.
    pub fn new(
        scenario: &Scenario,
        mail: Vec<NewMail>,
        strategies: Vec<&'static StrategyRow>,
        links: Vec<LinkSpec>,
        tariffs: Vec<Tariff>,
        options: Options,
    ) -> Result<Self, Lesson> {
        for tariff in &tariffs {
            tariff.check_calls()?;
        }
        let prepared = Prepared::new(scenario, mail)?;
        let interest = prepared.interest();
        Ok(Self {
            name: scenario.name.clone(),
            seed: scenario.seed,
            start: scenario.start,
            prepared,
            strategies,
            links: links.into_iter().map(Arc::new).collect(),
            tariffs,
            calls: scenario.calls.clone(),
            options,
            interest,
            bounds: OnceLock::new(),
        })
    }

    /// How many jobs there are: one for each strategy over each link.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.strategies.len() * self.links.len()
    }

    /// The number of the job that runs a strategy over a link.
    #[must_use]
    pub fn job(&self, strategy: usize, link: usize) -> usize {
        link * self.strategies.len() + strategy
    }

    /// Does one job.
    ///
    /// # Errors
    /// [`Diverged`] if the strategy is no function of its answers.
    pub fn run(&self, job: usize) -> Result<Run, Diverged> {
        self.run_recorded(job).map(|(run, _)| run)
    }

    /// Does one job, and gives its world too: for those who want to look into it, or write its trace.
    ///
    /// # Errors
    /// As [`Comparison::run`].
    pub fn run_recorded(&self, job: usize) -> Result<(Run, World), Diverged> {
        let (link, strategy) = (job / self.strategies.len().max(1), job % self.strategies.len().max(1));
        let mut lab = self.lab(job, false);
        lab.run()?;
        let run = Run {
            strategy,
            link,
            outcome: lab.outcomes().next().flatten().cloned().unwrap_or(Err(Trouble::Stalled)),
            metrics: Metrics::of(lab.world(), 0, &self.interest),
            bills: self
                .tariffs
                .iter()
                .map(|tariff| bill::totals(lab.world(), 0, tariff, self.start))
                .collect(),
            over_budget: lab.world().over_budget(),
        };
        Ok((run, lab.world().clone()))
    }

    /// The lab of a job before anything has happened in it, with or without a history to go back in.
    #[must_use]
    pub fn lab(&self, job: usize, history: bool) -> Lab {
        let (link, strategy) = (job / self.strategies.len().max(1), job % self.strategies.len().max(1));
        let mut world =
            World::new(self.seed, self.prepared.store.clone(), self.host()).with_calls(self.calls.clone());
        if self.options.chance {
            world = world.with_chance();
        }
        let workstation = world.add_workstation(Arc::clone(&self.links[link]));
        let mut lab = if history { Lab::with_history(world) } else { Lab::new(world) };
        let reader = Arc::clone(&self.prepared.reader);
        lab.add_client(
            workstation,
            strategy::program(self.strategies[strategy], reader, self.prepared.account.clone()),
        );
        lab
    }

    fn host(&self) -> Host {
        let has_branch = !self.prepared.account.people.is_empty();
        let queued_domains = if has_branch { vec![BRANCH.to_owned()] } else { Vec::new() };
        let services = vec![
            (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
            (Service::Imap, Server::Imap(Imap::new(ImapSettings::default()))),
            (Service::Pop2, Server::Pop2(Pop2::new(Pop2Settings::default()))),
            (
                Service::Smtp,
                Server::Smtp(Smtp::new(SmtpSettings { queued_domains, ..SmtpSettings::default() })),
            ),
            (Service::Dmsp, Server::Dmsp(Dmsp::new(DmspSettings::default()))),
        ];
        Host {
            stack: self.options.stack,
            thinks: self.options.server_thinks,
            deliveries: self.prepared.deliveries.clone(),
            nodes: if has_branch { vec![(BRANCH.to_owned(), 0)] } else { Vec::new() },
            ..Host::new(services)
        }
    }

    /// What no strategy can undercut over a link.
    #[must_use]
    pub fn bound(&self, link: usize) -> Bound {
        self.bounds().times[link]
    }

    /// What no strategy can undercut over a link and by a tariff.
    #[must_use]
    pub fn least_price(&self, link: usize, tariff: usize) -> Money {
        self.bounds().prices[link][tariff]
    }

    fn bounds(&self) -> &Bounds {
        self.bounds.get_or_init(|| {
            // A message that can no longer be read needs nothing: the runs will say so.
            let need = self.prepared.need().unwrap_or_default();
            let price = |link: &Arc<LinkSpec>| {
                self.tariffs.iter().map(|tariff| need.price(link, tariff, self.start)).collect()
            };
            Bounds {
                times: self.links.iter().map(|link| need.bound(link)).collect(),
                prices: self.links.iter().map(price).collect(),
            }
        })
    }

    /// What the reader cares about in the mail.
    #[must_use]
    pub const fn interest(&self) -> &Interest {
        &self.interest
    }

    /// What the figures rest on: one line each for notes under tables and charts.
    #[must_use]
    pub fn rests_on(&self) -> Vec<String> {
        let messages = self.prepared.mail.len();
        let octets: u64 = self.prepared.mail.iter().map(|new| u64::from(new.message.size())).sum();
        let wanted = self.interest.messages.values().filter(|worth| worth.wanted).count();
        let mut lines = vec![format!(
            "maillab {}, scenario {}, seed {}: {messages} messages, {octets} bytes; the reader reads {wanted} and \
             answers {}; begins {}; both ends run TCP as {}.",
            env!("CARGO_PKG_VERSION"),
            self.name,
            self.seed,
            self.prepared.reader.answers_count(),
            self.start,
            self.options.stack.title,
        )];
        lines.extend(self.left_out());
        if self.calls != CallPlan::default() {
            lines.push(
                "Calls go by a plan of drops, windows, idle hang-up or budget, and not by the links alone."
                    .to_owned(),
            );
        }
        lines.push(self.left_to_chance());
        lines.extend(self.illustrative());
        lines
    }

    /// Which links go without which of their stages.
    fn left_out(&self) -> Option<String> {
        let parts: Vec<String> = self
            .links
            .iter()
            .filter_map(|link| {
                let left_out = link.plain.as_ref().filter(|left_out| !left_out.is_empty())?;
                Some(format!("{} goes without {}", link.name, left_out.join(", ")))
            })
            .collect();
        (!parts.is_empty()).then(|| format!("Left out: {}.", parts.join("; ")))
    }

    fn left_to_chance(&self) -> String {
        let mut line = if self.options.chance {
            let chances: Vec<String> =
                self.links.iter().map(|link| format!("{}: {}", link.name, link.chance)).collect();
            format!("Left to chance, by seed {}: {}.", self.seed, chances.join("; "))
        } else {
            "Nothing is left to chance: no call fails, no bit goes wrong, no packet is late.".to_owned()
        };
        for link in self.links.iter().filter(|link| link.loss.takes_packets()) {
            line.push_str(&format!(" {} loses packets as its numbers say.", link.name));
        }
        line
    }

    fn illustrative(&self) -> Option<String> {
        let names: Vec<&str> = self
            .tariffs
            .iter()
            .filter(|tariff| tariff.is_illustrative())
            .map(|tariff| tariff.name.as_str())
            .collect();
        (!names.is_empty())
            .then(|| format!("Illustrative, not from a price list of the time: {}.", names.join(", ")))
    }
}

#[cfg(test)]
mod tests;
