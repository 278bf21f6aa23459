//! When calls can be made: at certain hours, or while a satellite is above the horizon.

use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant, NANOS_PER_SECOND};

const WEEK_MINUTES: i64 = 7 * 24 * 60;

/// When calls can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Windows {
    /// At these hours of the clock on the wall.
    Hours(Vec<Hours>),
    /// During passes.
    Passes(Passes),
}

/// Hours of certain days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    /// For each day from Monday whether it is meant. Hours over midnight belong to the day of the moment itself.
    pub days: [bool; 7],
    /// When they begin, in minutes after midnight.
    pub from: u32,
    /// When they end; no later than `from`: on the next day.
    pub to: u32,
}

/// Passes of a satellite, the same again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    /// When the first rises, after the start.
    pub first: Duration,
    /// From one rising to the next; above zero.
    pub every: Duration,
    /// From rising to setting; shorter than `every`.
    pub lasts: Duration,
}

/// Whether a call can be made at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It can, until the window closes, if it ever does.
    Open {
        /// When it closes.
        until: Option<Instant>,
    },
    /// It cannot before this moment, if ever.
    Closed {
        /// When it opens.
        until: Option<Instant>,
    },
}

impl Hours {
    fn hold(&self, minute_of_week: i64) -> bool {
        let (day, minute) = (minute_of_week / 1440, minute_of_week % 1440);
        let (begun, not_over) = (i64::from(self.from) <= minute, minute < i64::from(self.to));
        let in_hours = if self.from < self.to { begun && not_over } else { begun || not_over };
        in_hours && usize::try_from(day).ok().and_then(|day| self.days.get(day)).is_some_and(|meant| *meant)
    }
}

impl Windows {
    pub(super) fn at(&self, epoch: Timestamp, now: Instant) -> Opening {
        match self {
            Self::Hours(hours) => at_hours(hours, epoch, now),
            Self::Passes(passes) => passes.at(now),
        }
    }
}

impl Passes {
    fn at(&self, now: Instant) -> Opening {
        let (since, first, every) = (now.as_nanos(), self.first.as_nanos(), self.every.as_nanos().max(1));
        if since < first {
            return Opening::Closed { until: Some(Instant::from_nanos(first)) };
        }
        let risen = since - (since - first) % every;
        let sets = risen.saturating_add(self.lasts.as_nanos());
        if since < sets {
            return Opening::Open { until: Some(Instant::from_nanos(sets)) };
        }
        Opening::Closed { until: risen.checked_add(every).map(Instant::from_nanos) }
    }
}

fn at_hours(hours: &[Hours], epoch: Timestamp, now: Instant) -> Opening {
    let is_open = |minute: i64| hours.iter().any(|one| one.hold(minute.rem_euclid(WEEK_MINUTES)));
    // 1 January 1970 was a Thursday: a week that begins on Monday is three days ahead of it.
    let second = local_second(epoch, now) + 3 * 86_400;
    let minute = second.div_euclid(60);
    let open = is_open(minute);
    let change = (1..=WEEK_MINUTES).find(|later| is_open(minute + later) != open);
    let until = change.map(|minutes| {
        let seconds = (minutes * 60 - second.rem_euclid(60)).unsigned_abs();
        let whole = Instant::from_nanos(now.as_nanos() - now.as_nanos() % NANOS_PER_SECOND);
        whole + Duration::from_secs(seconds)
    });
    if open { Opening::Open { until } } else { Opening::Closed { until } }
}

/// What the clock on the wall shows, in seconds since 1970 began on it.
pub(super) fn local_second(epoch: Timestamp, now: Instant) -> i64 {
    let shown = epoch.at(now);
    shown.unix.saturating_add(i64::from(shown.offset_minutes) * 60)
}

pub(super) fn second_of_day(epoch: Timestamp, now: Instant) -> i64 {
    local_second(epoch, now).rem_euclid(86_400)
}
