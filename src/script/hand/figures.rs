//! What a hand has used up so far: octets, time, money.

use super::Hand;
use crate::link::tariff::Bill;
use crate::link::tcp::Side;
use crate::mail::date::Timestamp;
use crate::measure::metrics::Metrics;
use crate::measure::{Interest, bill};
use crate::time::Instant;
use crate::trace::{HeadKey, Trace};
use crate::units::Money;

/// Line bytes, counted as packets come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    packets: usize,
    line_bytes: u64,
}

/// What has been used up so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// The time.
    pub at: Instant,
    /// Octets sent.
    pub up: u64,
    /// Octets that have arrived.
    pub down: u64,
    /// Octets that occupied the line, both ways, framing and acknowledgements included.
    pub line: u64,
    /// What the calls cost if the call that is up ended now.
    pub cost: Money,
}

impl Hand {
    /// What has been used up so far.
    pub fn used(&mut self) -> Used {
        let packets = &self.world.journal().packets;
        for packet in packets.iter_from(self.counted.packets) {
            self.counted.packets += 1;
            self.counted.line_bytes += u64::from(packet.line_octets);
        }
        let conns = self.world.conns();
        Used {
            at: self.world.now(),
            up: conns.iter().map(|conn| conn.stream(Side::Client).end()).sum(),
            down: conns
                .iter()
                .map(|conn| conn.stream(Side::Server).arrivals.last().map_or(0, |arrival| arrival.upto))
                .sum(),
            line: self.counted.line_bytes,
            cost: self.chairs.iter().map(|chair| self.bill_of(chair.workstation).total()).sum(),
        }
    }

    /// Ends an exchange and begins the next: what had been used up before it, and after it.
    pub(in crate::script) fn end_exchange(&mut self) -> (Used, Used) {
        let after = self.used();
        (std::mem::replace(&mut self.exchange_began, after), after)
    }

    /// The session so far as a trace.
    #[must_use]
    pub fn trace(&self) -> Trace {
        Trace::of(&self.world, self.workstation())
            .with(HeadKey::Tariff, self.tariff.name.clone())
            .with(HeadKey::Strategy, "by-hand")
            .with(HeadKey::Version, env!("CARGO_PKG_VERSION"))
    }

    /// The figures of this workstation so far. A script has no reader: those that need one are zero.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.world, self.workstation(), &Interest::default())
    }

    /// What the calls of this workstation cost if the call that is up ended now.
    #[must_use]
    pub fn bill(&self) -> Bill {
        self.bill_of(self.workstation())
    }

    /// True where the tariff has nothing to charge: it is for calls, and this line is dialled by nobody.
    #[must_use]
    pub fn is_free_of_charge(&self, workstation: usize) -> bool {
        let place = self.world.workstations().get(workstation);
        self.tariff.is_for_calls() && place.is_some_and(|place| !place.link().call.is_dialled())
    }

    fn bill_of(&self, workstation: usize) -> Bill {
        if self.is_free_of_charge(workstation) {
            return Bill::default();
        }
        bill::totals(&self.world, workstation, &self.tariff, self.start)
    }

    /// What the clock on the wall showed at the start.
    #[must_use]
    pub const fn start(&self) -> Timestamp {
        self.start
    }
}
