//! The itemised bill: what each command, message and pause of a session cost.
//!
//! Money telescopes: C(t) is the price of the first t nanoseconds of a call if time were sold by the
//! nanosecond, and an interval costs C(b) − C(a). What the tariff adds (set-up charge, rounding up to whole
//! units, minimum) are lines of their own, so the items and these lines sum to the total exactly.

use super::timeline::{self, Layer, Span};
use crate::link::tariff::{self, CallRecord, Meter, Prices, Tariff};
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};
use crate::units::Money;
use crate::world::{Call, CallId, World};

/// A session's bill under one tariff: every answered call of a workstation, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionBill {
    /// The calls.
    pub calls: Vec<CallBill>,
}

/// One call's bill.
#[derive(Clone, Debug, PartialEq)]
pub struct CallBill {
    /// Which call.
    pub call: CallId,
    /// Who used its time and bytes, and for what; in order of owner and layer.
    pub items: Vec<Item>,
    /// The tariff's own lines.
    pub bill: tariff::Bill,
}

/// One line of the bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Who.
    pub owner: timeline::Owner,
    /// For what.
    pub layer: Layer,
    /// How long.
    pub time: Duration,
    /// What that time cost.
    pub money: Money,
}

impl SessionBill {
    /// What everything cost.
    #[must_use]
    pub fn total(&self) -> Money {
        self.calls.iter().map(|call| call.bill.total()).sum()
    }

    /// How long the time was that was bought.
    #[must_use]
    pub fn billed(&self) -> Duration {
        self.calls.iter().map(|call| call.bill.billed).sum()
    }

    /// The tariff's lines, summed over the calls.
    #[must_use]
    pub fn lines(&self) -> tariff::Bill {
        self.calls.iter().fold(tariff::Bill::default(), |sum, call| sum + call.bill)
    }
}

/// The calls of a workstation as the exchange sees them, in order, with their numbers. Segments are counted as
/// large as the tariff has them ([`Tariff::segment_bytes`]).
pub fn call_records(
    world: &World,
    workstation: usize,
    segment_bytes: u32,
) -> impl Iterator<Item = (CallId, CallRecord)> {
    let calls = world.journal().calls.iter().enumerate();
    calls.filter(move |(_, call)| call.workstation == workstation).filter_map(move |(number, call)| {
        let id = CallId(number as u32);
        record(world, id, call, segment_bytes).map(|record| (id, record))
    })
}

fn record(world: &World, id: CallId, call: &Call, segment_bytes: u32) -> Option<CallRecord> {
    let link = world.workstations().get(call.workstation)?.link();
    let answered = call.answered?;
    let ended = call.ended.unwrap_or_else(|| world.now());
    let (mut octets, mut segments) = ([0_u64; 2], 0);
    let first = world.journal().packets.partition_point(|packet| packet.transit.queued < call.dialled);
    for packet in world.journal().packets.iter_from(first).take_while(|packet| packet.transit.queued <= ended)
    {
        if packet.call == id {
            octets[packet.from.index()] += u64::from(packet.ip_octets);
            segments += u64::from(packet.ip_octets.div_ceil(segment_bytes.max(1)));
        }
    }
    let answered = if link.call.billed_from_dial { call.dialled } else { answered };
    Some(CallRecord {
        answered,
        ended: ended.max(answered),
        bytes_up: octets[0],
        bytes_down: octets[1],
        segments: if segment_bytes > 0 { segments } else { 0 },
        channels: link.call.channels,
    })
}

/// The bill of a workstation's calls without items: what tables show.
#[must_use]
pub fn totals(world: &World, workstation: usize, tariff: &Tariff, epoch: Timestamp) -> tariff::Bill {
    let mut meter = Meter::default();
    call_records(world, workstation, tariff.segment_bytes())
        .fold(tariff::Bill::default(), |sum, (_, record)| sum + meter.bill(tariff, epoch, &record))
}

/// The itemised bill of a workstation's calls.
#[must_use]
pub fn itemised(world: &World, workstation: usize, tariff: &Tariff, epoch: Timestamp) -> SessionBill {
    let mut meter = Meter::default();
    let calls = call_records(world, workstation, tariff.segment_bytes())
        .map(|(call, record)| {
            let items = items(&timeline::of_call(world, call), tariff, epoch, &record);
            CallBill { call, items, bill: meter.bill(tariff, epoch, &record) }
        })
        .collect();
    SessionBill { calls }
}

/// Prices the spans of a call and sums them by owner and layer.
fn items(spans: &[Span], tariff: &Tariff, epoch: Timestamp, record: &CallRecord) -> Vec<Item> {
    let connected = record.ended.since(record.answered);
    let mut prices = Prices::new(tariff, epoch, record.answered, connected);
    let mut price = |at: Instant| {
        let since = at.clamp(record.answered, record.ended).since(record.answered);
        prices.upto(since).times(i128::from(record.channels))
    };
    let mut items = Vec::new();
    let mut before = Money::ZERO;
    // An owner's spans follow each other, and few owners come back later: sum them up as they come.
    for spans in spans.chunk_by(|a, b| a.owner == b.owner) {
        let Some(owner) = spans.first().map(|span| span.owner) else { continue };
        let mut sums = [(Duration::ZERO, Money::ZERO); Layer::ALL.len()];
        for span in spans {
            let after = price(span.to);
            let sum = &mut sums[span.layer as usize];
            sum.0 += span.to.since(span.from);
            sum.1 += after - before;
            before = after;
        }
        let used = Layer::ALL.into_iter().zip(sums).filter(|(_, (time, _))| *time > Duration::ZERO);
        items.extend(used.map(|(layer, (time, money))| Item { owner, layer, time, money }));
    }
    items.sort_by_key(|item| (item.owner, item.layer));
    items.dedup_by(|later, first| {
        let same = (later.owner, later.layer) == (first.owner, first.layer);
        if same {
            first.time += later.time;
            first.money += later.money;
        }
        same
    });
    items
}
