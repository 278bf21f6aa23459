//! What becomes of calls: when one may be made, what ends it before its time, and whether another one follows.
//!
//! ```text
//!   window open? ──no──> fails, or waits
//!        │ yes
//!       dial ──> ring ──> train ──> negotiate ──> log in ──> up ──> hang up
//!        │        └ no answer, by hour                        ├── idle too long: the provider hangs up
//!        │                                                    ├── drop: at a moment, at a byte, at random
//!        └── budget spent: refused                            ├── the window closes: the satellite has set
//!                                                             └── the budget is spent: cut
//! ```
//!
//! A [`CallPlan`] holds for every call of a world. Without one, calls are as the link's data have them.

mod hours;
mod phases;
#[cfg(test)]
mod tests;
mod text;

pub use hours::{Hours, Opening, Passes, Windows};
pub use phases::{CallPhase, phases};

use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};

/// What becomes of calls, beside what the link's own data say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPlan {
    /// The provider hangs up when nothing was sent for so long.
    pub idle: Option<Duration>,
    /// Drops that happen for certain.
    pub drops: Vec<Drop>,
    /// Drops by chance in a million connected hours, in place of the link's number.
    pub drops_per_million_hours: Option<u64>,
    /// How many of a million attempts fail, by the hour of the day, in place of the link's number.
    pub fails_per_million: Option<[u32; 24]>,
    /// When calls can be made; none: always.
    pub windows: Option<Windows>,
    /// What becomes of dialling outside of them.
    pub outside: Outside,
    /// Whether a call ends with its window, as when a satellite sets.
    pub ends_with_window: bool,
    /// How long all calls together may last.
    pub budget: Option<Budget>,
}

/// A drop that happens for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drop {
    /// When in a call.
    pub when: DropWhen,
    /// In which of a workstation's calls that come up, from 1; none: in every one.
    pub call: Option<u32>,
}

/// When in a call the line drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropWhen {
    /// So long after packets could flow.
    After(Duration),
    /// While this byte of IP packets is on the line, of both directions together, from 1.
    Byte(u64),
}

/// What becomes of dialling when no call can be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outside {
    /// It waits until one can.
    #[default]
    Wait,
    /// It fails at once.
    Fail,
}

/// How long all calls together may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Connected time, counted from the answer.
    pub connected: Duration,
    /// For how long it is given. A call counts where it is answered.
    pub per: BudgetPeriod,
    /// What happens when it is spent.
    pub over: Over,
}

/// How often a budget is given anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BudgetPeriod {
    /// Once.
    #[default]
    Run,
    /// At midnight.
    Day,
    /// On Monday at midnight.
    Week,
}

/// What happens when a budget is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Over {
    /// The call ends, and no other comes about.
    #[default]
    Cut,
    /// Nothing, but results say so.
    Mark,
}

impl CallPlan {
    /// Whether a call can be made now. `epoch` is what the clock shows at [`Instant::START`].
    #[must_use]
    pub fn opening(&self, epoch: Timestamp, now: Instant) -> Opening {
        self.windows.as_ref().map_or(Opening::Open { until: None }, |windows| windows.at(epoch, now))
    }

    /// How many of a million attempts fail at this hour; none if the link's own number holds.
    #[must_use]
    pub fn fails_at(&self, epoch: Timestamp, now: Instant) -> Option<u32> {
        let hour = hours::second_of_day(epoch, now) / 3600;
        self.fails_per_million.and_then(|hours| hours.get(hour as usize).copied())
    }

    /// The drops that are meant for a workstation's `nth` call, from 1.
    pub fn drops_in(&self, nth: u32) -> impl Iterator<Item = DropWhen> + '_ {
        self.drops.iter().filter(move |drop| drop.call.is_none_or(|call| call == nth)).map(|drop| drop.when)
    }
}

impl Budget {
    /// The number of the period in which a moment lies.
    #[must_use]
    pub fn period(&self, epoch: Timestamp, at: Instant) -> i64 {
        let day = hours::local_second(epoch, at).div_euclid(86_400);
        match self.per {
            BudgetPeriod::Run => 0,
            BudgetPeriod::Day => day,
            // 1 January 1970 was a Thursday.
            BudgetPeriod::Week => (day + 3).div_euclid(7),
        }
    }
}
