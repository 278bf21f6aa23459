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
//! let call = CallRecord { answered, ended, bytes_up: 2_000, bytes_down: 90_000, segments: 0, channels: 1 };
//! let bill = Tariff::named("de-dtag-1996-city")?.bill(Timestamp::DEFAULT_START, &call);
//! assert_eq!((bill.units, bill.total().to_string()), (13, "1.56".to_owned()));
//! # Ok::<(), maillab::lesson::Lesson>(())
//! ```
//!
//! What tariffs can say is the rule language of `data/tariffs.toml`, described in the book's page on it:
//!
//! ```text
//!   read.rs, rules.rs ──> Tariff ──> schedule.rs: which rate holds when  <── week.rs: hours and days
//!                                        │                               <── clock.rs: summer time, holidays
//!                    prices.rs: C(t) <───┴───> bill.rs: units, rounding, minimum, volume, days
//!                                                └── included.rs: what the monthly fee covers
//! ```
//!
//! Amounts are exact to 10⁻⁹ of the currency; what is smaller is dropped. Currencies are never added.

mod bill;
mod clock;
mod described;
mod included;
mod prices;
mod read;
mod rules;
mod schedule;
#[cfg(test)]
mod tests;
mod week;

pub use super::sourced::Confidence;
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};
use crate::units::Money;
pub use bill::{Bill, CallRecord, Meter};
use clock::{Clock, Holiday};
pub use included::{Included, Period};
use jiff::tz::TimeZone;
pub use prices::Prices;
use schedule::Schedule;

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
    /// Where packets are charged by segments: the price of one, and how many bytes it holds.
    pub segment: Option<Segment>,
    /// What comes with the fee or with the call, and is not charged.
    pub included: Option<Included>,
    /// Added to everything else, in 10⁻⁹ of a per cent: value-added tax, a hotel's mark-up.
    pub surcharge_percent: Money,
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
    /// What a unit costs where no rule holds.
    base: week::Rate,
    schedule: Schedule,
    /// When the clock is put forward and back; none if it never is.
    zone: Option<TimeZone>,
    holidays: Vec<Holiday>,
}

/// How the time of a call becomes units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Each started unit is paid: a call of exactly n units costs n.
    Ceil,
    /// A pulse at the start of each interval: a call of exactly n intervals costs n + 1.
    Pulse,
    /// A unit is paid when it is over: a call that ends within its first unit costs no unit.
    Completed,
    /// In proportion to the time, each second at the rate that holds when it begins.
    PerSecond,
}

/// The price of a segment of a packet: the last segment of each packet is paid whole, however little is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What a segment costs.
    pub price: Money,
    /// How many bytes of a packet make one.
    pub bytes: u32,
    /// Segments are sold in blocks of so many a call; 0 and 1 sell each.
    pub block: u32,
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
        let segments = self.segment.map_or(0, |segment| share(segment.price, bytes, segment.bytes.into()));
        Money::from_nanos(share(self.per_kb, bytes, 1024) + segments)
    }

    /// Whether a call can be billed by this tariff.
    ///
    /// # Errors
    /// A service that sells messages, and neither time nor bytes, says nothing about what a call costs.
    pub fn check_calls(&self) -> Result<(), Lesson> {
        let by_volume = self.per_kb > Money::ZERO || self.segment.is_some();
        if self.message.is_none() || self.charges_calls() || by_volume {
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
        block
            || self.setup_fee > Money::ZERO
            || self.minimum_charge > Money::ZERO
            || self.schedule.is_priced()
    }
}

impl Tariff {
    /// The bytes of a segment, by which packets have to be counted for a [`CallRecord`]; 0 if it does not matter.
    #[must_use]
    pub fn segment_bytes(&self) -> u32 {
        self.segment.map_or(0, |segment| segment.bytes)
    }

    /// Whether calls alone are charged: neither bytes nor messages nor days. On a line that nobody dials it charges
    /// nothing.
    #[must_use]
    pub fn is_for_calls(&self) -> bool {
        let by_bytes = self.per_kb != Money::ZERO || self.segment.is_some();
        !(by_bytes || self.message.is_some() || self.per_day != Money::ZERO)
    }

    /// The same tariff as it is on a holiday; `None` if it knows no holidays.
    #[must_use]
    pub fn on_holidays(&self) -> Option<Self> {
        let holiday = || Self { schedule: self.schedule.on_holidays(), ..self.clone() };
        (!self.holidays.is_empty()).then(holiday)
    }

    /// The clock on the wall during a call. `epoch` is what it shows at [`Instant::START`].
    fn clock(&self, epoch: Timestamp, answered: Instant) -> Clock<'_> {
        Clock::new(epoch, answered, self.zone.as_ref(), &self.holidays)
    }

    /// An amount with the surcharge in per cent on it.
    #[must_use]
    pub fn with_surcharge(&self, amount: Money) -> Money {
        amount + self.surcharge_on(amount)
    }

    /// What the surcharge on `amount` is.
    fn surcharge_on(&self, amount: Money) -> Money {
        let (whole, percent) = (100 * Money::NANOS, self.surcharge_percent.as_nanos());
        let (wholes, rest) = (amount.as_nanos().div_euclid(whole), amount.as_nanos().rem_euclid(whole));
        Money::from_nanos(wholes * percent + rest * percent / whole)
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
