//! The tariff's week: which rate holds at which time, and how many units a call buys.

use std::ops::Range;

use crate::time::NANOS_PER_SECOND;
use crate::units::Money;

/// Minutes in a week.
const WEEK_MINUTES: u32 = 7 * DAY_MINUTES;
/// Minutes in a day.
pub(super) const DAY_MINUTES: u32 = 24 * 60;
/// Nanoseconds in a minute.
pub(super) const MINUTE: u64 = 60 * NANOS_PER_SECOND;
/// Nanoseconds in a week.
const WEEK: u64 = WEEK_MINUTES as u64 * MINUTE;

/// What time costs while it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Price of one unit; of one minute where a tariff is billed by the second.
    pub price: Money,
    /// How long one unit lasts, in nanoseconds. Zero: time is free, no unit begins while this rate holds.
    pub unit: u64,
}

/// A part of the week with a rate of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// For each day from Monday whether it is meant.
    pub days: [bool; 7],
    /// When it begins, in minutes after midnight.
    pub from: u32,
    /// When it ends, in minutes after midnight. A window that ends no later than it begins goes from its beginning
    /// to midnight and from midnight to its end, on each of its days.
    pub to: u32,
    /// What holds then.
    pub rate: Rate,
}

impl Window {
    fn holds(&self, minute_of_week: u32) -> bool {
        let (day, minute) = (minute_of_week / DAY_MINUTES, minute_of_week % DAY_MINUTES);
        let (begun, not_over) = (self.from <= minute, minute < self.to);
        let in_hours = if self.from < self.to { begun && not_over } else { begun || not_over };
        in_hours && self.days.get(day as usize).copied().unwrap_or(false)
    }
}

/// The rates of a week that begins on Monday at midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week {
    /// When each rate begins to hold, in nanoseconds after the week's start; the first at 0. Ascending.
    changes: Vec<(u64, Rate)>,
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

impl Week {
    /// The week in which `base` holds but for the `windows`, of which the last that matches wins.
    pub fn new(base: Rate, windows: &[Window]) -> Self {
        let mut minutes = vec![0];
        for day in 0..7 {
            minutes.push(day * DAY_MINUTES);
            minutes.extend(windows.iter().flat_map(|w| [w.from, w.to]).map(|m| day * DAY_MINUTES + m));
        }
        minutes.retain(|minute| *minute < WEEK_MINUTES);
        minutes.sort_unstable();
        minutes.dedup();
        let rate_at = |minute| windows.iter().rev().find(|w| w.holds(minute)).map_or(base, |w| w.rate);
        let mut changes: Vec<_> = minutes.into_iter().map(|m| (u64::from(m) * MINUTE, rate_at(m))).collect();
        changes.dedup_by_key(|(_, rate)| *rate);
        Self { changes }
    }

    /// Whether any hour has a price.
    pub fn is_priced(&self) -> bool {
        self.changes.iter().any(|(_, rate)| rate.price > Money::ZERO)
    }

    /// Whether all hours are alike.
    pub fn is_constant(&self) -> bool {
        self.changes.len() == 1
    }

    /// The rate that holds at `at` nanoseconds after a week's start, and how long it goes on to hold.
    pub fn rate_at(&self, at: u64) -> Option<(Rate, u64)> {
        let next = self.changes.partition_point(|(begin, _)| *begin <= at);
        let (_, rate) = self.changes.get(next.checked_sub(1)?)?;
        let until = match self.changes.get(next) {
            Some((change, _)) => *change,
            None if self.changes.len() == 1 => u64::MAX,
            None => WEEK,
        };
        Some((*rate, until.saturating_sub(at)))
    }

    /// All units that begin in `times` (nanoseconds after the answer, which was `answered` nanoseconds after a
    /// week's start): the first at its start, each other where the one before it ends. Each has the rate that
    /// holds when it begins. The work grows with the changes of rate, not with the units.
    pub fn runs(&self, answered: u64, times: Range<u64>) -> impl Iterator<Item = Run> + '_ {
        let mut begin = times.start;
        std::iter::from_fn(move || {
            while begin < times.end {
                let at = (u128::from(answered) + u128::from(begin)) % u128::from(WEEK);
                let (rate, holds) = self.rate_at(at as u64)?;
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

/// Where in a week (which begins on Monday) the moment `nanos` after second `local` of the clock's epoch lies.
/// 1 January 1970 was a Thursday.
pub(super) fn nanos_of_week(local: i64, nanos: u64) -> u64 {
    let monday = i128::from(local) + 3 * 86_400;
    let at = monday * i128::from(NANOS_PER_SECOND) + i128::from(nanos);
    at.rem_euclid(i128::from(WEEK)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Rate = Rate { price: Money::from_nanos(9), unit: 90 * NANOS_PER_SECOND };
    const NIGHT: Rate = Rate { price: Money::from_nanos(2), unit: 240 * NANOS_PER_SECOND };
    const FREE: Rate = Rate { price: Money::ZERO, unit: 0 };
    const HOUR: u64 = 60 * MINUTE;

    fn nightly(rate: Rate) -> Week {
        Week::new(DAY, &[Window { days: [true; 7], from: 21 * 60, to: 5 * 60, rate }])
    }

    #[test]
    fn a_unit_keeps_the_rate_that_held_when_it_began() {
        let answered = 21 * HOUR - 100 * NANOS_PER_SECOND;
        let runs: Vec<_> = nightly(NIGHT).runs(answered, 0..400 * NANOS_PER_SECOND).collect();
        let night_begin = 180 * NANOS_PER_SECOND;
        assert_eq!(
            runs,
            [Run { rate: DAY, begin: 0, units: 2 }, Run { rate: NIGHT, begin: night_begin, units: 1 }]
        );
    }

    #[test]
    fn no_unit_begins_while_time_is_free() {
        let runs: Vec<_> = nightly(FREE).runs(4 * HOUR, 0..HOUR + 1).collect();
        assert_eq!(runs, [Run { rate: DAY, begin: HOUR, units: 1 }]);
        assert_eq!(Week::new(FREE, &[]).runs(0, 0..u64::MAX).count(), 0);
    }

    #[test]
    fn a_window_that_wraps_belongs_to_the_day_of_the_moment_itself() {
        let fridays = [false, false, false, false, true, false, false];
        let week = Week::new(DAY, &[Window { days: fridays, from: 18 * 60, to: 8 * 60, rate: NIGHT }]);
        let rate = |day: u64, hour: u64| week.rate_at((day * 24 + hour) * HOUR).unwrap().0;
        assert_eq!((rate(4, 7), rate(4, 8), rate(4, 18)), (NIGHT, DAY, NIGHT));
        assert_eq!((rate(5, 7), rate(3, 19)), (DAY, DAY));
    }

    proptest! {
        #[test]
        fn the_last_window_that_matches_wins_in_every_minute(
            raw in proptest::collection::vec((0..128_u8, 0..1440_u32, 1..=1440_u32), 0..6), minute in 0..7 * DAY_MINUTES,
        ) {
            let windows: Vec<Window> = raw
                .iter()
                .zip(1..)
                .map(|(&(days, from, to), nth)| Window {
                    days: std::array::from_fn(|day| days >> day & 1 == 1),
                    from,
                    to,
                    rate: Rate { price: Money::from_nanos(nth), unit: NANOS_PER_SECOND },
                })
                .collect();
            let (day, clock) = ((minute / DAY_MINUTES) as usize, minute % DAY_MINUTES);
            let matches = |w: &&Window| {
                w.days[day] && if w.from < w.to { (w.from..w.to).contains(&clock) } else { clock >= w.from || clock < w.to }
            };
            let expected = windows.iter().rfind(matches).map_or(DAY, |window| window.rate);
            let (rate, holds) = Week::new(DAY, &windows).rate_at(u64::from(minute) * MINUTE).unwrap();
            prop_assert_eq!(rate, expected);
            prop_assert!(holds > 0);
        }
    }

    #[test]
    fn the_week_begins_on_monday() {
        assert_eq!(nanos_of_week(4 * 86_400, 5), 5);
        assert_eq!(nanos_of_week(-1, 0), 3 * 24 * HOUR - NANOS_PER_SECOND);
    }

    #[test]
    fn a_long_call_takes_work_by_change_of_rate_and_not_by_unit() {
        let seconds = Rate { price: Money::from_nanos(1), unit: NANOS_PER_SECOND };
        let week = Week::new(seconds, &[Window { days: [true; 7], from: 0, to: 60, rate: NIGHT }]);
        assert_eq!(week.runs(0, 0..30 * 24 * HOUR).count(), 60);
    }
}
