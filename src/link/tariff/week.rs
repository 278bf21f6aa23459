//! The tariff's week: which rate holds at which hour of which day.

use crate::time::NANOS_PER_SECOND;
use crate::units::Money;

/// Minutes in a week.
const WEEK_MINUTES: u32 = 7 * DAY_MINUTES;
/// Minutes in a day.
pub(super) const DAY_MINUTES: u32 = 24 * 60;
/// Nanoseconds in a minute.
pub(super) const MINUTE: u64 = 60 * NANOS_PER_SECOND;
/// Nanoseconds in a week.
pub(super) const WEEK: u64 = WEEK_MINUTES as u64 * MINUTE;

/// What time costs while it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// Price of one unit; of one minute where a tariff is billed by the second.
    pub price: Money,
    /// How long one unit lasts, in nanoseconds. Zero: time is free, no unit begins while this rate holds.
    pub unit: u64,
}

/// What holds where no rule does, and how a price for a minute becomes the price that a rate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Priced {
    /// What holds where no rule does.
    pub rate: Rate,
    /// What is added to the price of every minute.
    pub surcharge: Money,
    /// Whether a rate's price is that of a minute, and not of a unit.
    pub by_minute: bool,
}

impl Priced {
    fn with_surcharge(self, rate: Rate, surcharge: Money) -> Rate {
        let a_minute = self.surcharge + surcharge;
        let added = if self.by_minute {
            a_minute
        } else {
            Money::from_nanos(a_minute.as_nanos() * i128::from(rate.unit) / i128::from(MINUTE))
        };
        Rate { price: rate.price + added, ..rate }
    }
}

/// A rule: in a part of the week, from some length of a call on, another rate holds or a surcharge comes on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// For each day from Monday whether it is meant.
    pub days: [bool; 7],
    /// Whether holidays are meant, on whatever day they fall.
    pub holidays: bool,
    /// When it begins, in minutes after midnight.
    pub from: u32,
    /// When it ends, in minutes after midnight. A window that ends no later than it begins goes from its beginning
    /// to midnight and from midnight to its end, on each of its days.
    pub to: u32,
    /// From how many nanoseconds of a call on it holds.
    pub after: u64,
    /// What holds then; none for a rule that only adds.
    pub rate: Option<Rate>,
    /// What is added to the price of a minute, whichever rate holds.
    pub surcharge: Money,
}

impl Rule {
    fn holds(&self, minute_of_week: u32, is_holiday: bool) -> bool {
        let (day, minute) = (minute_of_week / DAY_MINUTES, minute_of_week % DAY_MINUTES);
        let (begun, not_over) = (self.from <= minute, minute < self.to);
        let in_hours = if self.from < self.to { begun && not_over } else { begun || not_over };
        let on_day = self.days.get(day as usize).copied().unwrap_or(false);
        in_hours && (on_day || self.holidays && is_holiday)
    }
}

/// The rates of a week that begins on Monday at midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Week {
    /// When each rate begins to hold, in nanoseconds after the week's start; the first at 0. Ascending.
    changes: Vec<(u64, Rate)>,
}

impl Week {
    /// The week in which `base` holds but for the rules: of those that match and have a rate the last wins, and the
    /// surcharges of all that match are added. `is_holiday`: every day is one.
    pub fn new(base: Priced, rules: &[&Rule], is_holiday: bool) -> Self {
        let mut minutes = vec![0];
        for day in 0..7 {
            minutes.push(day * DAY_MINUTES);
            minutes.extend(rules.iter().flat_map(|rule| [rule.from, rule.to]).map(|m| day * DAY_MINUTES + m));
        }
        minutes.retain(|minute| *minute < WEEK_MINUTES);
        minutes.sort_unstable();
        minutes.dedup();
        let rate_at = |minute| {
            let holding = || rules.iter().filter(|rule| rule.holds(minute, is_holiday));
            let rate = holding().rev().find_map(|rule| rule.rate).unwrap_or(base.rate);
            let surcharge = holding().map(|rule| rule.surcharge).sum();
            base.with_surcharge(rate, surcharge)
        };
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
}

/// Where in a week (which begins on Monday) a moment lies, given in nanoseconds since 1970 on the clock's face.
/// 1 January 1970 was a Thursday.
pub(super) fn nanos_of_week(local: i128) -> u64 {
    let monday = local + 3 * i128::from(DAY_MINUTES) * i128::from(MINUTE);
    monday.rem_euclid(i128::from(WEEK)) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: Rate = Rate { price: Money::from_nanos(9), unit: 90 * NANOS_PER_SECOND };
    const NIGHT: Rate = Rate { price: Money::from_nanos(2), unit: 240 * NANOS_PER_SECOND };
    const BY_DAY: Priced = Priced { rate: DAY, surcharge: Money::ZERO, by_minute: false };
    const HOUR: u64 = 60 * MINUTE;

    fn rule(days: [bool; 7], from: u32, to: u32, rate: Rate) -> Rule {
        Rule { days, holidays: false, from, to, after: 0, rate: Some(rate), surcharge: Money::ZERO }
    }

    #[test]
    fn a_window_that_wraps_belongs_to_the_day_of_the_moment_itself() {
        let fridays = [false, false, false, false, true, false, false];
        let week = Week::new(BY_DAY, &[&rule(fridays, 18 * 60, 8 * 60, NIGHT)], false);
        let rate = |day: u64, hour: u64| week.rate_at((day * 24 + hour) * HOUR).unwrap().0;
        assert_eq!((rate(4, 7), rate(4, 8), rate(4, 18)), (NIGHT, DAY, NIGHT));
        assert_eq!((rate(5, 7), rate(3, 19)), (DAY, DAY));
    }

    #[test]
    fn a_surcharge_comes_on_top_of_whichever_rate_holds() {
        let cheap = rule([true; 7], 21 * 60, 5 * 60, NIGHT);
        let dearer =
            Rule { rate: None, surcharge: Money::from_nanos(60), ..rule([true; 7], 20 * 60, 22 * 60, DAY) };
        let week = Week::new(BY_DAY, &[&cheap, &dearer], false);
        let price = |hour: u64| week.rate_at(hour * HOUR).unwrap().0.price.as_nanos();
        assert_eq!((price(19), price(20), price(21), price(22)), (9, 9 + 90, 2 + 240, 2));
    }

    #[test]
    fn a_rule_for_holidays_holds_on_no_other_day() {
        let holiday = Rule { holidays: true, ..rule([false; 7], 0, DAY_MINUTES, NIGHT) };
        let at_noon = |is_holiday| Week::new(BY_DAY, &[&holiday], is_holiday).rate_at(12 * HOUR).unwrap();
        assert_eq!((at_noon(false).0, at_noon(true).0), (DAY, NIGHT));
    }

    proptest! {
        #[test]
        fn the_last_rule_that_matches_wins_in_every_minute(
            raw in proptest::collection::vec((0..128_u8, 0..1440_u32, 1..=1440_u32), 0..6), minute in 0..7 * DAY_MINUTES,
        ) {
            let rules: Vec<Rule> = raw
                .iter()
                .zip(1..)
                .map(|(&(days, from, to), nth)| {
                    let rate = Rate { price: Money::from_nanos(nth), unit: NANOS_PER_SECOND };
                    rule(std::array::from_fn(|day| days >> day & 1 == 1), from, to, rate)
                })
                .collect();
            let (day, clock) = ((minute / DAY_MINUTES) as usize, minute % DAY_MINUTES);
            let matches = |w: &&Rule| {
                w.days[day] && if w.from < w.to { (w.from..w.to).contains(&clock) } else { clock >= w.from || clock < w.to }
            };
            let expected = rules.iter().rfind(matches).and_then(|rule| rule.rate).unwrap_or(DAY);
            let week = Week::new(BY_DAY, &rules.iter().collect::<Vec<_>>(), false);
            let (rate, holds) = week.rate_at(u64::from(minute) * MINUTE).unwrap();
            prop_assert_eq!(rate, expected);
            prop_assert!(holds > 0);
        }
    }

    #[test]
    fn the_week_begins_on_monday() {
        let second = i128::from(NANOS_PER_SECOND);
        assert_eq!(nanos_of_week(4 * 86_400 * second + 5), 5);
        assert_eq!(nanos_of_week(-second), 3 * 24 * HOUR - NANOS_PER_SECOND);
    }
}
