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
//! Amounts are exact to 10⁻⁹ of the currency; what is smaller is dropped. Currencies are never added.

mod read;
#[cfg(test)]
mod tests;
mod week;

use std::fmt;

pub use super::sourced::Confidence;
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant, NANOS_PER_SECOND};
use crate::units::Money;
use week::{MINUTE, Run, Week};

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

/// An answered call as the exchange sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// When the bill begins: the answer, or the dialling where airtime counts from there.
    pub answered: Instant,
    /// When it ends.
    pub ended: Instant,
    /// Bytes of IP packets towards the server.
    pub bytes_up: u64,
    /// Bytes of IP packets towards the client.
    pub bytes_down: u64,
    /// How many calls this is at once (multilink); each pays set-up, time and minimum.
    pub channels: u32,
}

/// What calls cost, line by line; the total is the sum of the lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// The set-up charge.
    pub setup: Money,
    /// C(T): the connected time as if it were sold by the nanosecond.
    pub time: Money,
    /// What the units and the first block cost beyond `time`.
    pub rounding: Money,
    /// What lacked to the minimum charge.
    pub minimum: Money,
    /// The bytes carried, each counted.
    pub volume: Money,
    /// What rounding up to blocks of bytes adds.
    pub volume_rounding: Money,
    /// The charge for days of use.
    pub per_day: Money,
    /// Units bought; seconds begun where time is billed by the second.
    pub units: u64,
    /// The time that was bought: as long as the call or longer. Of channels used at once it counts one.
    pub billed: Duration,
}

impl Bill {
    /// The sum of all lines.
    #[must_use]
    pub fn total(&self) -> Money {
        self.lines().map(|(_, amount)| amount).sum()
    }

    /// The lines with their names, in the order of the bill; also those that are zero.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, Money)> {
        [
            ("set-up", self.setup),
            ("time", self.time),
            ("rounding", self.rounding),
            ("minimum charge", self.minimum),
            ("volume", self.volume),
            ("volume rounding", self.volume_rounding),
            ("daily charge", self.per_day),
        ]
        .into_iter()
    }
}

impl std::ops::Add for Bill {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            setup: self.setup + other.setup,
            time: self.time + other.time,
            rounding: self.rounding + other.rounding,
            minimum: self.minimum + other.minimum,
            volume: self.volume + other.volume,
            volume_rounding: self.volume_rounding + other.volume_rounding,
            per_day: self.per_day + other.per_day,
            units: self.units.saturating_add(other.units),
            billed: self.billed + other.billed,
        }
    }
}

impl Tariff {
    /// The bill of one call by itself. A session of several calls is billed by a [`Meter`], which knows the days
    /// that are already paid. `epoch` is what the clock on the wall shows at [`Instant::START`].
    #[must_use]
    pub fn bill(&self, epoch: Timestamp, call: &CallRecord) -> Bill {
        Meter::default().bill(self, epoch, call)
    }

    /// C(t): the price of the first `t` of a call (one channel) that was answered at `answered`, as if time were
    /// sold by the nanosecond. It never decreases with `t`; the part of a call from a to b costs C(b) − C(a).
    #[must_use]
    pub fn cumulative(&self, epoch: Timestamp, answered: Instant, t: Duration) -> Money {
        let (t, block) = (t.as_nanos(), self.first_block.as_nanos());
        let started = if t < block {
            Money::from_nanos(share(self.first_block_price, t, block))
        } else {
            self.first_block_price
        };
        let mut units = 0_i128;
        let mut by_minute = 0_i128;
        for run in self.week.runs(moment_of_week(epoch, answered), block..t) {
            let used = run.end().min(t) - run.begin;
            match self.rounding {
                Rounding::PerSecond => by_minute += i128::from(used) * run.rate.price.as_nanos(),
                Rounding::Ceil | Rounding::Pulse => units += share(run.rate.price, used, run.rate.unit),
            }
        }
        started + Money::from_nanos(units + by_minute / i128::from(MINUTE))
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
    pub fn check_calls(&self) -> Result<(), crate::lesson::Lesson> {
        if self.message.is_none() || self.charges_calls() || self.per_kb > Money::ZERO {
            return Ok(());
        }
        let what = format!("tariff {} prices messages, not calls", self.name);
        Err(crate::lesson::Lesson::new(what)
            .note(
                "a session over a line is a call: it has seconds and bytes, but the service counted messages",
            )
            .hint("`maillab tariffs` lists tariffs for calls; `free` charges nothing"))
    }

    /// Whether a call ever costs anything, volume and daily charge apart.
    #[must_use]
    pub fn charges_calls(&self) -> bool {
        let block = self.first_block_price > Money::ZERO;
        block || self.setup_fee > Money::ZERO || self.minimum_charge > Money::ZERO || self.week.is_priced()
    }

    /// What the units of a call of `connected` cost, how many there are, and when the last one ends (in
    /// nanoseconds after the answer).
    fn units(&self, epoch: Timestamp, answered: Instant, connected: u64) -> (Money, u64, u64) {
        let block = self.first_block.as_nanos();
        let counted = connected.max(block);
        let end = match self.rounding {
            Rounding::Ceil => block.saturating_add((counted - block).max(self.minimum.as_nanos())),
            Rounding::Pulse => counted.saturating_add(1),
            Rounding::PerSecond => counted,
        };
        self.week.runs(moment_of_week(epoch, answered), block..end).fold(
            (Money::ZERO, 0, counted),
            |(price, units, end), run: Run| {
                (price + run.rate.price.times(run.units.into()), units + run.units, end.max(run.end()))
            },
        )
    }

    /// The lines of one call but for the daily charge.
    fn lines(&self, epoch: Timestamp, call: &CallRecord) -> Bill {
        let connected = call.ended - call.answered;
        let time = self.cumulative(epoch, call.answered, connected);
        let (bought, units, end) = self.units(epoch, call.answered, connected.as_nanos());
        // Time by the second is paid as it is used; only a first block can be left over.
        let rounding = match self.rounding {
            Rounding::PerSecond if connected >= self.first_block => Money::ZERO,
            Rounding::PerSecond => self.first_block_price - time,
            Rounding::Ceil | Rounding::Pulse => self.first_block_price + bought - time,
        };
        let minimum = (self.minimum_charge - (self.setup_fee + time + rounding)).max(Money::ZERO);
        let channels = i128::from(call.channels);
        let bytes = call.bytes_up.saturating_add(call.bytes_down);
        let volume = self.cumulative_volume(bytes);
        Bill {
            setup: self.setup_fee.times(channels),
            time: time.times(channels),
            rounding: rounding.times(channels),
            minimum: minimum.times(channels),
            volume,
            volume_rounding: self.cumulative_volume(self.whole_blocks(bytes)) - volume,
            per_day: Money::ZERO,
            units: units.saturating_mul(call.channels.into()),
            billed: Duration::from_nanos(end),
        }
    }

    /// `bytes` rounded up to what is sold.
    fn whole_blocks(&self, bytes: u64) -> u64 {
        match u64::from(self.kb_block) * 1024 {
            0 => bytes,
            block => bytes.div_ceil(block).saturating_mul(block),
        }
    }
}

/// Bills several calls in their order, and knows which days are already paid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// The last local day that has been charged, in days since 1970.
    last_day: Option<i64>,
}

impl Meter {
    /// The bill of the next call; it begins no earlier than the calls billed before.
    pub fn bill(&mut self, tariff: &Tariff, epoch: Timestamp, call: &CallRecord) -> Bill {
        let mut bill = tariff.lines(epoch, call);
        let last_moment = Instant::from_nanos(call.ended.as_nanos().saturating_sub(1)).max(call.answered);
        let (first, last) = (local_day(epoch, call.answered), local_day(epoch, last_moment));
        let unpaid = self.last_day.map_or(first, |paid| first.max(paid + 1));
        if unpaid <= last {
            bill.per_day = tariff.per_day.times(i128::from(last - unpaid) + 1);
            self.last_day = Some(last);
        }
        bill
    }
}

/// The part `of` / `whole` of a price, in 10⁻⁹ of the currency, rounded down. `of` may be more than `whole`.
fn share(price: Money, of: u64, whole: u64) -> i128 {
    price.as_nanos() * i128::from(of) / i128::from(whole.max(1))
}

/// The local day on which `now` lies, in days since 1970.
fn local_day(epoch: Timestamp, now: Instant) -> i64 {
    local_seconds(epoch.at(now)).div_euclid(86_400)
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
