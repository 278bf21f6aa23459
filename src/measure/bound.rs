//! The lower bound: what no strategy can undercut.
//!
//! The wanted content, raw or deflated as one stream (whichever is less), crosses the line at line rate; the
//! answers cross it the other way; each visit of the reader takes one call. No header, no round trip, no wait.

use crate::link::spec::LinkSpec;
use crate::link::tariff::{CallRecord, Meter, Tariff};
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};
use crate::units::Money;

/// What must be carried and spent whatever the strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Octets of wanted content, by visit: the lesser of raw and deflated as one stream.
    pub down: Vec<u64>,
    /// Octets of answers, by visit: the lesser of raw and deflated.
    pub up: Vec<u64>,
    /// How long the user reads and writes until the last wanted message is read, over all visits.
    pub thinking: Duration,
    /// When the last visit begins, from the start.
    pub last_visit: Duration,
}

/// The least of each metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bound {
    /// Octets on the line towards the client.
    pub line_bytes_down: u64,
    /// Octets on the line towards the server.
    pub line_bytes_up: u64,
    /// Time on line.
    pub connected: Duration,
    /// Until the last wanted message is read.
    pub done: Duration,
}

impl Need {
    /// The need for `content`, wanted at each visit, and `answers`, written at each visit.
    #[must_use]
    pub fn new(content: &[Vec<u8>], answers: &[Vec<u8>], thinking: Duration, last_visit: Duration) -> Self {
        let least = |octets: &Vec<u8>| octets.len().min(deflated(octets)) as u64;
        Self {
            down: content.iter().map(least).collect(),
            up: answers.iter().map(least).collect(),
            thinking,
            last_visit,
        }
    }

    /// How long each visit's call must last at least, from the answer on.
    fn connected(&self, link: &LinkSpec) -> impl Iterator<Item = Duration> {
        let bits = u64::from(link.bits_per_octet.min(8));
        let (down, up) = (link.rate_down, link.rate_up);
        let visits = self.down.len().max(self.up.len());
        let billed = link.call.billed;
        (0..visits).map(move |visit| {
            let wanted = self.down.get(visit).copied().unwrap_or(0);
            let written = self.up.get(visit).copied().unwrap_or(0);
            if wanted + written == 0 {
                return Duration::ZERO;
            }
            // The line is full duplex: both directions can be busy at once.
            billed + down.serialization_delay(wanted * bits).max(up.serialization_delay(written * bits))
        })
    }

    /// The least that a run over this link can take.
    #[must_use]
    pub fn bound(&self, link: &LinkSpec) -> Bound {
        let wanted: u64 = self.down.iter().sum();
        let setup = if wanted > 0 { link.call.total() } else { Duration::ZERO };
        let bits = u64::from(link.bits_per_octet.min(8));
        let last = link.rate_down.serialization_delay(self.down.last().copied().unwrap_or(0) * bits);
        Bound {
            line_bytes_down: wanted,
            line_bytes_up: self.up.iter().sum(),
            connected: self.connected(link).sum(),
            done: (self.last_visit + setup + last).max(self.thinking),
        }
    }

    /// The least that a run over this link can cost, whenever within a week its calls are made.
    #[must_use]
    pub fn price(&self, link: &LinkSpec, tariff: &Tariff, epoch: Timestamp) -> Money {
        const HALF_HOURS_A_WEEK: u64 = 2 * 24 * 7;
        let spans: Vec<Duration> = self.connected(link).filter(|span| *span > Duration::ZERO).collect();
        let holiday = tariff.on_holidays();
        let cheapest = |span: &Duration| {
            let times = (0..HALF_HOURS_A_WEEK).map(|nth| (nth, tariff));
            times
                .chain(holiday.iter().flat_map(|tariff| (0..HALF_HOURS_A_WEEK).map(move |nth| (nth, tariff))))
                .map(|(nth, tariff)| {
                    let answered = Instant::START + Duration::from_secs(nth * 1800);
                    let call = CallRecord {
                        answered,
                        ended: answered + *span,
                        bytes_up: 0,
                        bytes_down: 0,
                        segments: 0,
                        channels: link.call.channels,
                    };
                    // A day of use is charged once for all calls of the day: it is no part of each.
                    let bill = Meter::default().bill(tariff, epoch, &call);
                    bill.total() - tariff.with_surcharge(bill.per_day)
                })
                .min()
                .unwrap_or_default()
        };
        let bytes = self.down.iter().chain(&self.up).sum();
        // What is included may cover all bytes, call after call.
        let volume = tariff.included.map_or_else(|| tariff.cumulative_volume(bytes), |_| Money::ZERO);
        spans.iter().map(cheapest).sum::<Money>() + tariff.with_surcharge(volume)
    }
}

fn deflated(octets: &[u8]) -> usize {
    miniz_oxide::deflate::compress_to_vec(octets, 9).len()
}
