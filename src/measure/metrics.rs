//! The figures of a run, in the words that tables, charts and expectations share.

use std::collections::BTreeMap;

use super::{Interest, chain};
use crate::desk::Note;
use crate::link::path::Fate;
use crate::link::tcp::Side;
use crate::mail::message::MessageId;
use crate::time::{Duration, Instant};
use crate::world::{Conn, World};

/// What a run took. Up is towards the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Client bursts: maximal runs of client data with no server data between, seen at the client.
    pub turns: u64,
    /// Changes of direction of application data, seen at the client.
    pub dir_changes: u64,
    /// How often the chain of causes crosses the link and comes back, from the first SYN to the last wanted byte.
    pub round_trips: u64,
    /// TCP payload, each byte once.
    pub app_bytes: UpDown,
    /// IP packets.
    pub ip_bytes: UpDown,
    /// Packets that repeat something sent before.
    pub repeated_packets: UpDown,
    /// Packets that did not arrive: ruined on the line, without a place in its queue, or not to be read after a loss
    /// (VJ, Deflate).
    pub lost_packets: UpDown,
    /// What occupied the line: packets, framing and escapes.
    pub line_bytes: UpDown,
    /// Bits on the line, start and stop bits included.
    pub line_bits: UpDown,
    /// Octets of messages' own content in `app_bytes`, as far as they arrived.
    pub content_bytes: UpDown,
    /// Answer to hang-up, over all calls.
    pub connected: Duration,
    /// Calls answered.
    pub calls: u64,
    /// From the first dialling until the first message was read, think time included.
    pub first_read: Option<Duration>,
    /// From the first dialling until the last wanted message was read, think time included.
    pub done: Option<Duration>,
    /// The part of `done` that was on line.
    pub online: Duration,
    /// Message content that arrived and was never looked at, or arrived twice.
    pub wasted_bytes: u64,
    /// Messages read.
    pub read: u64,
    /// Messages answered.
    pub answered: u64,
}

/// A count for each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpDown {
    /// Towards the server.
    pub up: u64,
    /// Towards the client.
    pub down: u64,
}

impl UpDown {
    /// Both directions together.
    #[must_use]
    pub const fn sum(self) -> u64 {
        self.up + self.down
    }

    /// The count of one direction, named by who sends.
    pub const fn of(&mut self, from: Side) -> &mut u64 {
        match from {
            Side::Client => &mut self.up,
            Side::Server => &mut self.down,
        }
    }
}

impl Metrics {
    /// Measures one workstation of a world whose clients have ended.
    #[must_use]
    pub fn of(world: &World, workstation: usize, interest: &Interest) -> Self {
        let mut metrics = Self::default();
        let conns = || world.conns().iter().filter(|conn| conn.workstation == workstation);
        for conn in conns() {
            metrics.count_turns(conn);
            metrics.app_bytes.up += conn.stream(Side::Client).end();
            metrics.app_bytes.down += conn.stream(Side::Server).end();
        }
        for packet in world.journal().packets.iter() {
            if world.conn(packet.conn).is_none_or(|conn| conn.workstation != workstation) {
                continue;
            }
            *metrics.ip_bytes.of(packet.from) += u64::from(packet.ip_octets);
            *metrics.repeated_packets.of(packet.from) += u64::from(packet.segment.again);
            *metrics.lost_packets.of(packet.from) += u64::from(packet.fate != Fate::Arrives);
            *metrics.line_bytes.of(packet.from) += u64::from(packet.line_octets);
            *metrics.line_bits.of(packet.from) += packet.line_bits;
        }
        let delivered = delivered_content(conns().map(|conn| &**conn));
        metrics.content_bytes.down = delivered.values().sum();
        metrics.wasted_bytes = delivered
            .iter()
            .map(|(message, octets)| {
                octets - (*octets).min(interest.messages.get(message).map_or(0, |m| m.useful()))
            })
            .sum();
        metrics.count_time(world, workstation);
        metrics.round_trips = chain::round_trips(world, workstation, interest);
        metrics
    }

    fn count_turns(&mut self, conn: &Conn) {
        let client = conn.stream(Side::Client).writes.iter().map(|write| (write.at, 1, Side::Client));
        let server = conn.stream(Side::Server).arrivals.iter().map(|arrival| (arrival.at, 0, Side::Server));
        let mut seen: Vec<(Instant, u8, Side)> = client.chain(server).collect();
        // At one instant what arrives comes first: the client answers it.
        seen.sort_by_key(|(at, order, _)| (*at, *order));
        let mut before = None;
        for (_, _, side) in seen {
            if before != Some(side) {
                self.dir_changes += u64::from(before.is_some());
                self.turns += u64::from(side == Side::Client);
            }
            before = Some(side);
        }
    }

    fn count_time(&mut self, world: &World, workstation: usize) {
        let calls = || world.journal().calls.iter().filter(|call| call.workstation == workstation);
        let Some(start) = calls().map(|call| call.dialled).min() else { return };
        let on_line: Vec<(Instant, Instant)> = calls()
            .filter_map(|call| {
                call.answered.map(|answered| (answered, call.ended.unwrap_or_else(|| world.now())))
            })
            .collect();
        self.calls = on_line.len() as u64;
        self.connected = on_line.iter().map(|(from, to)| to.since(*from)).sum();
        for taken in world.journal().notes.iter().filter(|taken| taken.workstation == workstation) {
            match taken.note {
                Note::Read(_) => {
                    self.read += 1;
                    self.first_read = self.first_read.or(Some(taken.at.since(start)));
                    self.done = Some(taken.at.since(start));
                }
                Note::Answered(_) => self.answered += 1,
                Note::Remark(_) | Note::Visit(_) | Note::Saved(..) => {}
            }
        }
        let end = start + self.done.unwrap_or_default();
        self.online = on_line.iter().map(|(from, to)| (*to).min(end).since(*from)).sum();
    }
}

/// Octets of each message's own content that reached the client.
fn delivered_content<'a>(conns: impl Iterator<Item = &'a Conn>) -> BTreeMap<MessageId, u64> {
    let mut delivered = BTreeMap::new();
    for conn in conns {
        let stream = conn.stream(Side::Server);
        let arrived = stream.arrivals.last().map_or(0, |arrival| arrival.upto);
        for write in stream.writes.iter() {
            let Some(about) = write.about.filter(|about| about.content > 0) else { continue };
            let missing = write.end().saturating_sub(arrived);
            let octets = u64::from(about.content).saturating_sub(missing);
            *delivered.entry(about.message).or_default() += octets;
        }
    }
    delivered
}
