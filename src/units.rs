//! Units that keep themselves honest: bit rates and money.
//!
//! Bytes are plain `u64`; what they count stands in the name (`line_bytes_up`).

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use crate::time::{Duration, Instant, NANOS_PER_SECOND};

/// A rate in bits per second; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BitRate(std::num::NonZeroU64);

impl BitRate {
    /// A rate of `bits_per_second`; `None` for zero, and for more than 1 Tbit/s, beyond which a bit is shorter
    /// than the clock's nanosecond by so much that counting it means nothing.
    #[must_use]
    pub const fn new(bits_per_second: u64) -> Option<Self> {
        if bits_per_second > 1_000_000_000_000 {
            return None;
        }
        match std::num::NonZeroU64::new(bits_per_second) {
            Some(rate) => Some(Self(rate)),
            None => None,
        }
    }

    /// Bits per second.
    #[must_use]
    pub const fn bits_per_second(self) -> u64 {
        self.0.get()
    }

    /// How long `bits` take, rounded down to the nanosecond: the serialization delay.
    #[must_use]
    pub fn serialization_delay(self, bits: u64) -> Duration {
        Pacer::default().send(Instant::START, bits, self).1 - Instant::START
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bits_per_second() {
            r if r >= 1_000_000 && r % 100_000 == 0 => write!(f, "{} Mbit/s", r as f64 / 1e6),
            r if r >= 9_600 && r % 100 == 0 => write!(f, "{} kbit/s", r as f64 / 1e3),
            r => write!(f, "{r} bit/s"),
        }
    }
}

/// When a serial line is free again, exact over any number of packets: the remainder of
/// bits × 10⁹ ÷ rate is kept, so that a thousand packets sent back to back take as long as one of their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pacer {
    free_at: Instant,
    /// Bits × 10⁹ that `free_at` leaves unpaid: less than the rate.
    remainder: u64,
}

impl Pacer {
    /// The moment from which the line is idle.
    #[must_use]
    pub const fn free_at(self) -> Instant {
        self.free_at
    }

    /// Clocks out `bits` at `rate`, no sooner than `ready` and not before what was sent earlier.
    /// Gives the start and the end of the transmission.
    pub fn send(&mut self, ready: Instant, bits: u64, rate: BitRate) -> (Instant, Instant) {
        if ready > self.free_at {
            self.free_at = ready;
            self.remainder = 0;
        }
        let start = self.free_at;
        let rate = rate.bits_per_second();
        // Two gigabytes fit into 64 bits, which divide much faster.
        let short = bits.checked_mul(NANOS_PER_SECOND).and_then(|work| work.checked_add(self.remainder));
        let nanos = match short {
            Some(work) => {
                self.remainder = work % rate;
                work / rate
            }
            None => {
                let work = u128::from(bits) * u128::from(NANOS_PER_SECOND) + u128::from(self.remainder);
                self.remainder = (work % u128::from(rate)) as u64;
                u64::try_from(work / u128::from(rate)).unwrap_or(u64::MAX)
            }
        };
        self.free_at += Duration::from_nanos(nanos);
        (start, self.free_at)
    }
}

/// An amount of money in 10⁻⁹ of its currency, exact. The currency stands beside it, in the tariff: amounts of
/// two currencies are never added or converted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// 10⁻⁹ of the currency to one unit of it.
    pub const NANOS: i128 = 1_000_000_000;

    /// An amount in 10⁻⁹ of the currency.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Self(nanos)
    }

    /// The amount in 10⁻⁹ of the currency.
    #[must_use]
    pub const fn as_nanos(self) -> i128 {
        self.0
    }

    /// Reads decimal text as a data file has it: `0.0493`, `12`, `-3.5`. At most nine digits after the point
    /// and fifteen before it; no exponent, no thousands separator. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits_only = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 15
            || fraction.len() > 9
            || !digits_only(whole)
            || !digits_only(fraction)
        {
            return None;
        }
        let nanos = format!("{whole}{fraction:0<9}").parse::<i128>().ok()?;
        Some(Self(if negative { -nanos } else { nanos }))
    }

    /// The amount `times` times.
    #[must_use]
    pub const fn times(self, times: i128) -> Self {
        Self(self.0.saturating_mul(times))
    }

    /// The amount as a number of whole currency units, for charts; sums are made in [`Money`].
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / Self::NANOS as f64
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    /// All digits that matter and at least two: `0.46`, `0.0493`, `12.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) =
            (self.0.unsigned_abs() / 1_000_000_000, self.0.unsigned_abs() % 1_000_000_000);
        let digits = format!("{fraction:09}");
        let kept = digits.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{whole}.{}", &digits[..kept])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_to_back_packets_take_as_long_as_one_of_their_sum() {
        let rate = BitRate::new(28_800).unwrap();
        let mut pacer = Pacer::default();
        for _ in 0..1000 {
            pacer.send(Instant::START, 8 * 577, rate);
        }
        assert_eq!(pacer.free_at(), Instant::START + rate.serialization_delay(1000 * 8 * 577));
    }

    #[test]
    fn an_idle_line_starts_afresh() {
        let rate = BitRate::new(3).unwrap();
        let mut pacer = Pacer::default();
        assert_eq!(pacer.send(Instant::START, 1, rate).1.as_nanos(), 333_333_333);
        let later = Instant::from_nanos(2_000_000_000);
        assert_eq!(pacer.send(later, 1, rate), (later, Instant::from_nanos(2_333_333_333)));
    }

    #[test]
    fn money_reads_and_prints_its_decimal_text() {
        for (text, nanos) in [("0.0493", 49_300_000), ("12", 12_000_000_000), ("-3.5", -3_500_000_000)] {
            assert_eq!(Money::parse(text), Some(Money::from_nanos(nanos)));
        }
        for bad in ["", ".", "1.", "1e3", "1,5", "0.0000000001", "--1", " 1"] {
            assert_eq!(
                Money::parse(bad),
                if bad == "1." { Some(Money::from_nanos(1_000_000_000)) } else { None },
                "{bad}"
            );
        }
        assert_eq!(Money::parse("0.0493").unwrap().to_string(), "0.0493");
        assert_eq!(Money::parse("12").unwrap().to_string(), "12.00");
    }
}
