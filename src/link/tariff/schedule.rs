//! Which rate holds when in a call, and how many units a call buys.
//!
//! ```text
//!   rules ──> a week for each length of a call ──┐
//!             (and one for holidays)             ├──> at this moment of this call: this rate, for so long
//!   the clock on the wall ───────────────────────┘
//! ```

use std::ops::Range;

use super::clock::Clock;
use super::week::{Priced, Rate, Rule, Week, nanos_of_week};

/// All rules of a tariff, worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// By the length of a call from which they hold; the first from 0. Ascending.
    stages: Vec<Stage>,
    /// Whether the hour of the answer decides for the whole call.
    by_answer: bool,
}

/// The weeks from some length of a call on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stage {
    after: u64,
    ordinary: Week,
    holiday: Week,
}

/// Units of one rate, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// What each of them costs and how long it lasts.
    pub rate: Rate,
    /// When the first of them begins, in nanoseconds after the answer.
    pub begin: u64,
    /// How many; at least one.
    pub units: u64,
}

impl Run {
    /// When the last unit ends, in nanoseconds after the answer.
    pub fn end(&self) -> u64 {
        self.begin.saturating_add(self.units.saturating_mul(self.rate.unit))
    }
}

impl Schedule {
    /// Works the rules out.
    pub fn new(base: Priced, rules: &[Rule], by_answer: bool) -> Self {
        let mut lengths: Vec<u64> = std::iter::once(0).chain(rules.iter().map(|rule| rule.after)).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let stage = |after| {
            let holding: Vec<&Rule> = rules.iter().filter(|rule| rule.after <= after).collect();
            let week = |is_holiday| Week::new(base, &holding, is_holiday);
            Stage { after, ordinary: week(false), holiday: week(true) }
        };
        Self { stages: lengths.into_iter().map(stage).collect(), by_answer }
    }

    /// The same with every day a holiday.
    pub fn on_holidays(&self) -> Self {
        let stage = |stage: &Stage| Stage { ordinary: stage.holiday.clone(), ..stage.clone() };
        Self { stages: self.stages.iter().map(stage).collect(), ..*self }
    }

    /// Whether any hour has a price.
    pub fn is_priced(&self) -> bool {
        self.stages.iter().any(|stage| stage.ordinary.is_priced() || stage.holiday.is_priced())
    }

    /// Whether all hours are alike, and all parts of a call.
    pub fn is_constant(&self) -> bool {
        self.stages.len() == 1
            && self.stages.iter().all(|stage| stage.ordinary.is_constant() && stage.holiday.is_constant())
    }

    /// The rate that holds `after` nanoseconds behind the answer, and how long it goes on to hold.
    pub fn rate_at(&self, clock: &mut Clock<'_>, after: u64) -> Option<(Rate, u64)> {
        let next = self.stages.partition_point(|stage| stage.after <= after);
        let stage = self.stages.get(next.checked_sub(1)?)?;
        let face = clock.at(if self.by_answer { 0 } else { after });
        let week = if face.is_holiday { &stage.holiday } else { &stage.ordinary };
        let (rate, holds) = week.rate_at(nanos_of_week(face.local))?;
        let holds = if self.by_answer { u64::MAX } else { holds.min(face.holds) };
        let until = self.stages.get(next).map_or(u64::MAX, |next| next.after);
        Some((rate, holds.min(until.saturating_sub(after)).max(1)))
    }

    /// All units that begin in `times` (nanoseconds after the answer): the first at its start, each other where the
    /// one before it ends. Each has the rate that holds when it begins. The work grows with the changes of rate,
    /// not with the units.
    pub fn runs<'a>(&'a self, mut clock: Clock<'a>, times: Range<u64>) -> impl Iterator<Item = Run> + 'a {
        let mut begin = times.start;
        std::iter::from_fn(move || {
            while begin < times.end {
                let (rate, holds) = self.rate_at(&mut clock, begin)?;
                if rate.unit == 0 {
                    begin = begin.saturating_add(holds);
                    continue;
                }
                let units = holds.min(times.end - begin).div_ceil(rate.unit);
                let run = Run { rate, begin, units };
                begin = run.end();
                return Some(run);
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::week::{DAY_MINUTES, MINUTE};
    use super::*;
    use crate::mail::date::Timestamp;
    use crate::time::{Instant, NANOS_PER_SECOND};
    use crate::units::Money;

    const DAY: Rate = Rate { price: Money::from_nanos(9), unit: 90 * NANOS_PER_SECOND };
    const NIGHT: Rate = Rate { price: Money::from_nanos(2), unit: 240 * NANOS_PER_SECOND };
    const FREE: Rate = Rate { price: Money::ZERO, unit: 0 };
    const HOUR: u64 = 60 * MINUTE;

    fn rule(from: u32, to: u32, rate: Rate) -> Rule {
        Rule {
            days: [true; 7],
            holidays: false,
            from,
            to,
            after: 0,
            rate: Some(rate),
            surcharge: Money::ZERO,
        }
    }

    fn schedule(base: Rate, rules: &[Rule]) -> Schedule {
        Schedule::new(Priced { rate: base, surcharge: Money::ZERO, by_minute: false }, rules, false)
    }

    /// The units of a call that was answered so long after midnight.
    fn runs(schedule: &Schedule, answered: u64, times: Range<u64>) -> Vec<Run> {
        let midnight = Timestamp { unix: 4 * 86_400, offset_minutes: 0 };
        schedule.runs(Clock::new(midnight, Instant::from_nanos(answered), None, &[]), times).collect()
    }

    #[test]
    fn a_unit_keeps_the_rate_that_held_when_it_began() {
        let answered = 21 * HOUR - 100 * NANOS_PER_SECOND;
        let nightly = schedule(DAY, &[rule(21 * 60, 5 * 60, NIGHT)]);
        let night_begin = 180 * NANOS_PER_SECOND;
        assert_eq!(
            runs(&nightly, answered, 0..400 * NANOS_PER_SECOND),
            [Run { rate: DAY, begin: 0, units: 2 }, Run { rate: NIGHT, begin: night_begin, units: 1 }]
        );
    }

    #[test]
    fn no_unit_begins_while_time_is_free() {
        let nightly = schedule(DAY, &[rule(21 * 60, 5 * 60, FREE)]);
        assert_eq!(runs(&nightly, 4 * HOUR, 0..HOUR + 1), [Run { rate: DAY, begin: HOUR, units: 1 }]);
        assert!(runs(&schedule(FREE, &[]), 0, 0..u64::MAX).is_empty());
    }

    #[test]
    fn another_rate_holds_after_some_length_of_a_call() {
        let later = Rule { after: 200 * NANOS_PER_SECOND, ..rule(0, DAY_MINUTES, NIGHT) };
        let found = runs(&schedule(DAY, &[later]), 0, 0..600 * NANOS_PER_SECOND);
        assert_eq!(
            found,
            [
                Run { rate: DAY, begin: 0, units: 3 },
                Run { rate: NIGHT, begin: 270 * NANOS_PER_SECOND, units: 2 }
            ]
        );
    }

    #[test]
    fn a_long_call_takes_work_by_change_of_rate_and_not_by_unit() {
        let seconds = Rate { price: Money::from_nanos(1), unit: NANOS_PER_SECOND };
        let hourly = schedule(seconds, &[rule(0, 60, NIGHT)]);
        assert_eq!(runs(&hourly, 0, 0..30 * 24 * HOUR).len(), 60);
    }
}
