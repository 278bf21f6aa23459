//! What calls cost, line by line.

use super::clock::DAY;
use super::included::{Asked, Used};
use super::schedule::Run;
use super::{Rounding, Tariff, share};
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
    /// Segments of all packets, each packet's last one counted whole, as large as [`Tariff::segment_bytes`] says. Of
    /// fewer than the bytes need, those that the bytes need are charged.
    pub segments: u64,
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
    /// What the units and the first block cost beyond `time`; below zero where a unit that is not over is not paid.
    pub rounding: Money,
    /// What lacked to the minimum charge.
    pub minimum: Money,
    /// The bytes carried, each counted.
    pub volume: Money,
    /// What rounding up to blocks of bytes or to segments adds.
    pub volume_rounding: Money,
    /// The charge for days of use.
    pub per_day: Money,
    /// What of all this is included and not charged: zero or less.
    pub included: Money,
    /// What is added in per cent.
    pub surcharge: Money,
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
            ("included", self.included),
            ("surcharge", self.surcharge),
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
            included: self.included + other.included,
            surcharge: self.surcharge + other.surcharge,
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
            Rounding::PerSecond | Rounding::Completed => counted,
        };
        let mut runs = self.schedule.runs(self.clock(epoch, answered), block..end);
        let bought = |(price, units, last): (Money, u64, u64), mut run: Run| {
            // Only the last unit can be still going on when the call ends.
            if self.rounding == Rounding::Completed && run.end() > counted {
                run.units -= 1;
            }
            let until = if run.units > 0 { last.max(run.end()) } else { last };
            (price + run.rate.price.times(run.units.into()), units + run.units, until)
        };
        let from = if self.rounding == Rounding::Completed { 0 } else { counted };
        runs.by_ref().fold((Money::ZERO, 0, from), bought)
    }

    /// The lines of one call but for what the days of use and the calls before it decide, with the bytes as charged.
    fn lines(&self, epoch: Timestamp, call: &CallRecord) -> (Bill, u64) {
        let connected = call.ended - call.answered;
        let time = self.cumulative(epoch, call.answered, connected);
        let (bought, units, end) = self.units(epoch, call.answered, connected.as_nanos());
        // Time by the second is paid as it is used; only a first block can be left over.
        let rounding = match self.rounding {
            Rounding::PerSecond if connected >= self.first_block => Money::ZERO,
            Rounding::PerSecond => self.first_block_price - time,
            Rounding::Ceil | Rounding::Pulse | Rounding::Completed => self.first_block_price + bought - time,
        };
        let bought_until =
            if self.rounding == Rounding::PerSecond { connected } else { Duration::from_nanos(end) };
        let channels = i128::from(call.channels);
        let bytes = call.bytes_up.saturating_add(call.bytes_down);
        let charged = self.whole_blocks(bytes);
        let volume = self.cumulative_volume(bytes);
        let bill = Bill {
            setup: self.setup_fee.times(channels),
            time: time.times(channels),
            rounding: rounding.times(channels),
            volume,
            volume_rounding: self.price_of_bytes(charged) + self.price_of_segments(bytes, call.segments)
                - volume,
            units: units.saturating_mul(call.channels.into()),
            billed: bought_until.max(self.first_block),
            ..Bill::default()
        };
        (bill, charged)
    }

    /// `bytes` rounded up to what is sold.
    fn whole_blocks(&self, bytes: u64) -> u64 {
        match u64::from(self.kb_block) * 1024 {
            0 => bytes,
            block => bytes.div_ceil(block).saturating_mul(block),
        }
    }

    /// What bytes cost by the kB.
    pub(super) fn price_of_bytes(&self, bytes: u64) -> Money {
        Money::from_nanos(share(self.per_kb, bytes, 1024))
    }

    fn price_of_segments(&self, bytes: u64, counted: u64) -> Money {
        let Some(segment) = self.segment else { return Money::ZERO };
        let block = u64::from(segment.block.max(1));
        let segments = counted.max(bytes.div_ceil(u64::from(segment.bytes.max(1))));
        segment.price.times(i128::from(segments.div_ceil(block)) * i128::from(block))
    }
}

/// Bills several calls in their order, and knows which days are already paid and what is left of a bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// The last local day that has been charged, in days since 1970.
    last_day: Option<i128>,
    used: Used,
}

impl Meter {
    /// The bill of the next call; it begins no earlier than the calls billed before.
    pub fn bill(&mut self, tariff: &Tariff, epoch: Timestamp, call: &CallRecord) -> Bill {
        let (mut bill, bytes) = tariff.lines(epoch, call);
        let free = tariff.free(
            &mut self.used,
            &Asked {
                epoch,
                answered: call.answered,
                connected: call.ended - call.answered,
                units: bill.units / u64::from(call.channels.max(1)),
                channels: call.channels,
                bytes,
            },
        );
        bill.included = -(free.time + free.volume);
        if !free.covers_time {
            let least = tariff.minimum_charge.times(call.channels.into());
            bill.minimum = (least - (bill.setup + bill.time + bill.rounding - free.time)).max(Money::ZERO);
        }
        bill.per_day = self.days(tariff, epoch, call);
        bill.included = bill.included - tariff.allowance(&mut self.used, bill.total());
        bill.surcharge = tariff.surcharge_on(bill.total());
        bill
    }

    /// The charge for days of use that no call before has paid.
    fn days(&mut self, tariff: &Tariff, epoch: Timestamp, call: &CallRecord) -> Money {
        let last_moment = Instant::from_nanos(call.ended.as_nanos().saturating_sub(1)).max(call.answered);
        let mut clock = tariff.clock(epoch, call.answered);
        let first = clock.at(0).local.div_euclid(DAY);
        let last = clock.at((last_moment - call.answered).as_nanos()).local.div_euclid(DAY);
        let unpaid = self.last_day.map_or(first, |paid| first.max(paid + 1));
        if unpaid > last {
            return Money::ZERO;
        }
        self.last_day = Some(last);
        tariff.per_day.times(last - unpaid + 1)
    }
}
