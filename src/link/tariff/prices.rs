//! C(t) along a call: what each moment has cost so far.

use super::schedule::Run;
use super::week::MINUTE;
use super::{Rounding, Tariff, quotient, share};
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};
use crate::units::Money;

/// The prices of a call's moments, asked for in order of time: to price all of them takes one pass over the call.
pub struct Prices<'a> {
    tariff: &'a Tariff,
    /// Units that are still to come.
    runs: Box<dyn Iterator<Item = Run> + 'a>,
    /// The units that are being used.
    run: Option<Run>,
    /// What the units before them cost.
    before: Used,
}

/// What time has cost behind the first block.
#[derive(Clone, Copy, Default)]
struct Used {
    /// Where units are sold: in 10⁻⁹ of the currency.
    units: i128,
    /// Where seconds are sold: price of a minute times nanoseconds.
    by_minute: i128,
}

impl std::fmt::Debug for Prices<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prices").field("tariff", &self.tariff.name).finish_non_exhaustive()
    }
}

impl<'a> Prices<'a> {
    /// The prices of a call (one channel) that was answered at `answered` and lasted for `connected`.
    #[must_use]
    pub fn new(tariff: &'a Tariff, epoch: Timestamp, answered: Instant, connected: Duration) -> Self {
        let times = tariff.first_block.as_nanos()..connected.as_nanos();
        let mut runs = Box::new(tariff.schedule.runs(tariff.clock(epoch, answered), times));
        Self { tariff, run: runs.next(), runs, before: Used::default() }
    }

    /// C(t), see [`Tariff::cumulative`]. `t` is within the call and no earlier than the one asked for before.
    pub fn upto(&mut self, t: Duration) -> Money {
        let (t, block) = (t.as_nanos(), self.tariff.first_block.as_nanos());
        let started = if t < block {
            Money::from_nanos(share(self.tariff.first_block_price, t, block))
        } else {
            self.tariff.first_block_price
        };
        while let Some(run) = self.run.filter(|run| run.end() <= t) {
            self.before = self.with(run, run.end());
            self.run = self.runs.next();
        }
        let used = match self.run {
            Some(run) if run.begin < t => self.with(run, t),
            _ => self.before,
        };
        started + Money::from_nanos(used.units + quotient(used.by_minute, MINUTE))
    }

    /// What it comes to when a run has been used up to `t`.
    fn with(&self, run: Run, t: u64) -> Used {
        let (used, mut sum) = (t - run.begin, self.before);
        match self.tariff.rounding {
            Rounding::PerSecond => sum.by_minute += i128::from(used) * run.rate.price.as_nanos(),
            Rounding::Ceil | Rounding::Pulse | Rounding::Completed => {
                sum.units += share(run.rate.price, used, run.rate.unit)
            }
        }
        sum
    }
}
