//! Virtual time: the only time there is.
//!
//! Time is an argument. Nothing below the edges asks a clock; the world tells
//! every session and every link what time it is. An [`Instant`] counts
//! nanoseconds from the scenario's start; 64 bits last 584 years.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// Nanoseconds in one second.
pub const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A moment, in nanoseconds after the scenario's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

/// A span of time in nanoseconds; never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

impl Instant {
    /// The scenario's start.
    pub const START: Self = Self(0);
    /// The end of time: later than any event.
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment `nanos` nanoseconds after the start.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The span from `earlier` to `self`; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration(self.0.saturating_sub(earlier.0))
    }
}

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `nanos` nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of `micros` microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// A span of `millis` milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// A span of `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(NANOS_PER_SECOND))
    }

    /// A span of `secs` seconds, rounded to the nearest nanosecond. `None` for a negative number, for one
    /// that is not finite and for more than 584 years.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Option<Self> {
        let nanos = libm::round(secs * NANOS_PER_SECOND as f64);
        (nanos >= 0.0 && nanos < u64::MAX as f64).then_some(Self(nanos as u64))
    }

    /// Nanoseconds.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds, for display and charts; decisions are made in nanoseconds.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / NANOS_PER_SECOND as f64
    }

    /// The span `times` times as long, or the longest there is.
    #[must_use]
    pub const fn saturating_mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }

    /// The span without `other`, or zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

impl Sub for Instant {
    type Output = Duration;
    fn sub(self, earlier: Self) -> Duration {
        self.since(earlier)
    }
}

impl Add for Duration {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Duration {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Duration {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Duration {
    /// Three digits that matter, with the unit that suits: `1.24 s`, `83.3 ms`, `7 min 12 s`, `2 h 05 min`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0 / NANOS_PER_SECOND;
        match self.0 {
            0 => write!(f, "0 s"),
            n if n < 1_000_000 => write!(f, "{:.0} µs", n as f64 / 1e3),
            n if n < NANOS_PER_SECOND => write!(f, "{:.1} ms", n as f64 / 1e6),
            n if n < 120 * NANOS_PER_SECOND => write!(f, "{:.2} s", n as f64 / 1e9),
            n if n < 7200 * NANOS_PER_SECOND => {
                write!(f, "{} min {:02} s", n / NANOS_PER_SECOND / 60, secs % 60)
            }
            _ => write!(f, "{} h {:02} min", secs / 3600, secs / 60 % 60),
        }
    }
}

impl fmt::Display for Instant {
    /// Seconds after the start with millisecond resolution: `12.345 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03} s", self.0 / NANOS_PER_SECOND, self.0 / 1_000_000 % 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_like_a_person_would_say_it() {
        for (nanos, said) in [
            (0, "0 s"),
            (4_000, "4 µs"),
            (83_300_000, "83.3 ms"),
            (1_240_000_000, "1.24 s"),
            (432_000_000_000, "7 min 12 s"),
            (7_500_000_000_000, "2 h 05 min"),
        ] {
            assert_eq!(Duration::from_nanos(nanos).to_string(), said);
        }
    }

    #[test]
    fn seconds_that_make_no_span_are_refused() {
        assert_eq!(Duration::from_secs_f64(0.1), Some(Duration::from_millis(100)));
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e12] {
            assert_eq!(Duration::from_secs_f64(bad), None, "{bad}");
        }
    }
}
