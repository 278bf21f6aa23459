//! What calls cost, line by line.

use super::{Rounding, Tariff, local_seconds, moment_of_week};
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};
use crate::units::Money;

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
            |(price, units, end), run| {
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
        let bought_until =
            if self.rounding == Rounding::PerSecond { connected } else { Duration::from_nanos(end) };
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
            billed: bought_until.max(self.first_block),
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

/// The local day on which `now` lies, in days since 1970.
fn local_day(epoch: Timestamp, now: Instant) -> i64 {
    local_seconds(epoch.at(now)).div_euclid(86_400)
}
