//! What comes with a fee or with a call and is not charged: free units, bundles, allowances.

use super::clock::{DAY, date};
use super::schedule::Run;
use super::{Rounding, Tariff};
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};
use crate::units::Money;

/// Units and bytes that are not charged. What is used beyond them is charged as if there were none: the overage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Included {
    /// So many units of time; of a tariff by the second, so many seconds (or what `increment_s` says).
    pub units: u64,
    /// So many bytes of IP packets, counted as they are charged: rounded up to whole blocks.
    pub bytes: u64,
    /// So much money, whatever it would have bought.
    pub money: Money,
    /// For how long that lasts. What is left over is lost.
    pub per: Period,
}

/// How often what is included begins anew. A call belongs to the period in which it was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// With each call; of several channels, with each of them.
    #[default]
    Call,
    /// At midnight.
    Day,
    /// On Monday at midnight.
    Week,
    /// On the first of the month at midnight.
    Month,
}

/// What has been used of what is included, in the current period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    period: i64,
    units: u64,
    bytes: u64,
    money: Money,
}

/// What of a call is included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Free {
    /// The price of its time that is not charged.
    pub time: Money,
    /// The price of its bytes that is not charged.
    pub volume: Money,
    /// All of its units are included: no minimum is charged for it.
    pub covers_time: bool,
}

impl Included {
    /// What is left in the period of a call that was answered on this local day.
    fn left(&self, used: &mut Used, local: i128) -> Self {
        let period = self.per.number(local.div_euclid(DAY));
        if self.per == Period::Call || used.period != period {
            *used = Used { period, ..Used::default() };
        }
        Self {
            units: self.units.saturating_sub(used.units),
            bytes: self.bytes.saturating_sub(used.bytes),
            money: (self.money - used.money).max(Money::ZERO),
            per: self.per,
        }
    }
}

impl Period {
    /// The number of the period in which a local day lies (days since 1970).
    fn number(self, day: i128) -> i64 {
        let number = match self {
            Self::Call => 0,
            Self::Day => day,
            // 1 January 1970 was a Thursday.
            Self::Week => (day + 3).div_euclid(7),
            Self::Month => {
                date(day).map_or(day, |date| i128::from(date.year()) * 12 + i128::from(date.month()))
            }
        };
        i64::try_from(number).unwrap_or(i64::MAX)
    }

    /// As it stands in a description: `a month`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Call => "a call",
            Self::Day => "a day",
            Self::Week => "a week",
            Self::Month => "a month",
        }
    }
}

/// A call whose share of what is included is asked for.
pub(super) struct Asked {
    pub epoch: Timestamp,
    pub answered: Instant,
    pub connected: Duration,
    /// Units bought on each channel.
    pub units: u64,
    pub channels: u32,
    /// Bytes as they are charged.
    pub bytes: u64,
}

impl Tariff {
    /// What of a call is included, and takes it from what was left.
    pub(super) fn free(&self, used: &mut Used, call: &Asked) -> Free {
        let Some(included) = self.included else { return Free::default() };
        let left = included.left(used, self.clock(call.epoch, call.answered).at(0).local);
        let channels = u64::from(call.channels.max(1));
        // What comes with a call comes with each channel: each is a call.
        let on_each = if included.per == Period::Call { left.units } else { left.units / channels };
        let units = on_each.min(call.units);
        let bytes = left.bytes.min(call.bytes);
        used.units = used.units.saturating_add(units.saturating_mul(channels));
        used.bytes = used.bytes.saturating_add(bytes);
        Free {
            time: self.price_of_first(units, call).times(call.channels.into()),
            volume: self.price_of_bytes(bytes),
            covers_time: on_each > 0 && call.units <= on_each,
        }
    }

    /// How much of `amount` the included money covers, and takes it from what was left.
    pub(super) fn allowance(&self, used: &mut Used, amount: Money) -> Money {
        let Some(included) = self.included else { return Money::ZERO };
        let covered = amount.min(included.money - used.money).max(Money::ZERO);
        used.money += covered;
        covered
    }

    /// What the first units of a call cost.
    fn price_of_first(&self, units: u64, call: &Asked) -> Money {
        if units == 0 {
            return Money::ZERO;
        }
        let block = self.first_block.as_nanos();
        let times = block..call.connected.as_nanos().max(block).saturating_add(self.minimum.as_nanos() + 1);
        let mut left = units;
        let mut runs = self.schedule.runs(self.clock(call.epoch, call.answered), times);
        let taken = std::iter::from_fn(|| {
            let run = runs.next().filter(|_| left > 0)?;
            let units = run.units.min(left);
            left -= units;
            Some(Run { units, ..run })
        });
        if self.rounding == Rounding::PerSecond {
            let Some(end) = taken.last().map(|run| run.end().min(call.connected.as_nanos())) else {
                return Money::ZERO;
            };
            let upto = |t| self.cumulative(call.epoch, call.answered, Duration::from_nanos(t));
            return (upto(end.max(block)) - upto(block)).max(Money::ZERO);
        }
        taken.map(|run| run.rate.price.times(run.units.into())).sum()
    }
}
