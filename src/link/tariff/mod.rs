//! Tariffs: what a call costs, and why.
//!
//! ```text
//!   answer                                                     hang-up
//!     |-- first block --|-- unit --|-- unit --|-- unit --|-- un|it --|
//!     |<---------------------- connected --------------------->|
//!     |<----------------- time: C(T) ------------------------->|     |
//!                                                     rounding |<--->|
//! ```
//!
//! Time is sold in units (a minute, a pulse of 90 s), and each unit costs what holds when it begins. To say what a
//! part of a call cost, time is counted as if it were sold by the nanosecond: C(t) is the price of the first t of a
//! call, and the part from a to b costs C(b) − C(a). These parts add up to C(T); what the units bought cost beyond
//! that is *rounding*. Set-up, minimum and volume are lines of their own, so that the bill adds up exactly.
//!
//! ```
//! use maillab::link::tariff::{CallRecord, Tariff};
//! use maillab::mail::date::Timestamp;
//! use maillab::time::{Duration, Instant};
//!
//! // Half an hour on a Monday at 20:00: pulses of 12 Pf every 150 s, the first at the answer.
//! let answered = Instant::START;
//! let ended = answered + Duration::from_secs(30 * 60);
//! let call = CallRecord { answered, ended, bytes_up: 2_000, bytes_down: 90_000, channels: 1 };
//! let bill = Tariff::named("de-dtag-1996-city")?.bill(Timestamp::DEFAULT_START, &call);
//! assert_eq!((bill.units, bill.total().to_string()), (13, "1.56".to_owned()));
//! # Ok::<(), maillab::lesson::Lesson>(())
//! ```
//!
//! Amounts are exact to 10⁻⁹ of the currency; what is smaller is dropped. Currencies are never added.

mod bill;
mod prices;
mod read;
#[cfg(test)]
mod tests;
mod week;

use std::fmt;

pub use super::sourced::Confidence;
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant, NANOS_PER_SECOND};
use crate::units::Money;
pub use bill::{Bill, CallRecord, Meter};
pub use prices::Prices;
use week::{MINUTE, Week};

/// The price list of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// The name by which it is chosen: `bt-local-1997`.
    pub name: String,
    /// What it is, in a few words.
    pub title: String,
    /// Country code, or `INT`.
    pub country: String,
    /// The year of the prices; 0 for no year in particular.
    pub year: u32,
    /// Currency code: `GBP`. Amounts of two currencies are never added.
    pub currency: String,
    /// How the time of a call becomes units.
    pub rounding: Rounding,
    /// Charged for each answered call.
    pub setup_fee: Money,
    /// The least that an answered call costs, volume and daily charge apart.
    pub minimum_charge: Money,
    /// The least time that counts, behind the first block; [`Rounding::Ceil`] only.
    pub minimum: Duration,
    /// The time that the first block covers; zero if there is none.
    pub first_block: Duration,
    /// What the first block costs.
    pub first_block_price: Money,
    /// Price of 1024 bytes of IP packets, both directions.
    pub per_kb: Money,
    /// Volume is rounded up to this many kB a call; 0 counts each byte.
    pub kb_block: u32,
    /// Charged once on each local day of use.
    pub per_day: Money,
    /// Charged for a message, if that is how the service is sold.
    pub message: Option<MessagePrice>,
    /// Monthly fee, for information: no call contains it.
    pub monthly: Money,
    /// Where the numbers come from.
    pub sources: Vec<String>,
    /// How far they can be trusted; illustrative prices stay out of headline results.
    pub confidence: Confidence,
    /// What the sources add.
    pub note: String,
    /// What a unit costs outside all windows of time.
    base: week::Rate,
    week: Week,
}

/// How the time of a call becomes units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Each started unit is paid: a call of exactly n units costs n.
    Ceil,
    /// A pulse at the start of each interval: a call of exactly n intervals costs n + 1.
    Pulse,
    /// In proportion to the time, each second at the rate that holds when it begins.
    PerSecond,
}

/// The price of a message where messages are sold and not time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePrice {
    /// Price of a message up to `characters`.
    pub price: Money,
    /// How many characters that covers.
    pub characters: u32,
    /// Price of each started block of `extra_characters` beyond.
    pub extra_price: Money,
    /// Characters of such a block.
    pub extra_characters: u32,
}

impl Tariff {
    /// C(t): the price of the first `t` of a call (one channel) that was answered at `answered`, as if time were
    /// sold by the nanosecond. It never decreases with `t`; the part of a call from a to b costs C(b) − C(a).
    #[must_use]
    pub fn cumulative(&self, epoch: Timestamp, answered: Instant, t: Duration) -> Money {
        Prices::new(self, epoch, answered, t).upto(t)
    }

    /// The price of the first `bytes` of a call's IP packets, each byte counted. The charge of the bytes from a to
    /// b is the difference, so charges add up to [`Bill::volume`].
    #[must_use]
    pub fn cumulative_volume(&self, bytes: u64) -> Money {
        Money::from_nanos(share(self.per_kb, bytes, 1024))
    }

    /// Whether a call can be billed by this tariff.
    ///
    /// # Errors
    /// A service that sells messages, and neither time nor bytes, says nothing about what a call costs.
    pub fn check_calls(&self) -> Result<(), Lesson> {
        if self.message.is_none() || self.charges_calls() || self.per_kb > Money::ZERO {
            return Ok(());
        }
        let what = format!("tariff {} prices messages, not calls", self.name);
        Err(Lesson::new(what)
            .note(
                "a session over a line is a call: it has seconds and bytes, but the service counted messages",
            )
            .hint("`maillab tariffs` lists tariffs for calls; `free` charges nothing"))
    }

    /// Whether no price list of the time stands behind the prices: they stay out of headline results.
    #[must_use]
    pub fn is_illustrative(&self) -> bool {
        self.confidence == Confidence::Illustrative
    }

    /// Whether a call ever costs anything, volume and daily charge apart.
    #[must_use]
    pub fn charges_calls(&self) -> bool {
        let block = self.first_block_price > Money::ZERO;
        block || self.setup_fee > Money::ZERO || self.minimum_charge > Money::ZERO || self.week.is_priced()
    }
}

/// The part `of` / `whole` of a price, in 10⁻⁹ of the currency, rounded down. `of` may be more than `whole`.
fn share(price: Money, of: u64, whole: u64) -> i128 {
    quotient(price.as_nanos() * i128::from(of), whole.max(1))
}

/// A product of 128 bits divided by a number of 64, rounded towards zero. Nearly all products fit into 64 bits, whose
/// division takes a fraction of the time: itemised bills divide for every span of every packet.
fn quotient(product: i128, by: u64) -> i128 {
    match u64::try_from(product) {
        Ok(small) => i128::from(small / by),
        Err(_) => product / i128::from(by),
    }
}

/// What the clock on the wall shows, in seconds since 1970 began on it.
fn local_seconds(moment: Timestamp) -> i64 {
    moment.unix.saturating_add(i64::from(moment.offset_minutes) * 60)
}

fn moment_of_week(epoch: Timestamp, now: Instant) -> u64 {
    week::nanos_of_week(local_seconds(epoch), now.as_nanos())
}

impl fmt::Display for Tariff {
    /// The prices in a line: `DEM: 0.12 per pulse of 90 s; other prices at other hours`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (price, unit) = (self.base.price, length(Duration::from_nanos(self.base.unit)));
        let mut parts = Vec::new();
        if self.setup_fee > Money::ZERO {
            parts.push(format!("{} a call", self.setup_fee));
        }
        if self.first_block > Duration::ZERO {
            parts.push(format!("{} for the first {}", self.first_block_price, length(self.first_block)));
        }
        match self.rounding {
            _ if price == Money::ZERO => {}
            Rounding::Ceil => parts.push(format!("{price} per started {unit}")),
            Rounding::Pulse => parts.push(format!("{price} per pulse of {unit}")),
            Rounding::PerSecond => parts.push(format!("{price} a minute, by the second")),
        }
        if self.minimum_charge > Money::ZERO {
            parts.push(format!("at least {}", self.minimum_charge));
        }
        if self.per_kb > Money::ZERO {
            parts.push(match self.kb_block {
                0 => format!("{} per kB", self.per_kb),
                block => format!("{} per kB in blocks of {block} kB", self.per_kb),
            });
        }
        if self.per_day > Money::ZERO {
            parts.push(format!("{} a day of use", self.per_day));
        }
        if let Some(message) = self.message {
            parts.push(format!("{} a message", message.price));
        }
        if parts.is_empty() {
            parts.push("no charge for use".to_owned());
        }
        if self.monthly > Money::ZERO {
            parts.push(format!("{} a month besides", self.monthly));
        }
        write!(f, "{}: {}", self.currency, parts.join(", "))?;
        if self.week.is_constant() { Ok(()) } else { f.write_str("; other prices at other hours") }
    }
}

/// The length of a unit as a price list has it: `90 s`, `25.6 s`, `6 min`.
fn length(span: Duration) -> String {
    let (nanos, minutes) = (span.as_nanos(), span.as_nanos() / MINUTE);
    if minutes > 2 && nanos.is_multiple_of(MINUTE) {
        return format!("{minutes} min");
    }
    let (seconds, fraction) = (nanos / NANOS_PER_SECOND, format!("{:09}", nanos % NANOS_PER_SECOND));
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds} s"),
        digits => format!("{seconds}.{digits} s"),
    }
}
