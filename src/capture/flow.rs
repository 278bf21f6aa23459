//! Connections out of segments: two streams of octets, and when each part of them was seen.

use std::collections::BTreeMap;
use std::ops::Range;

use super::packet::{Address, Segment};
use super::read::refuse;
use crate::lesson::Lesson;
use crate::link::tcp::Side;

/// More connections than this are refused.
const FLOWS_MAX: usize = 4096;
/// No stream leaps ahead further than this many octets: the largest window of TCP (RFC 7323 §2.2).
const LEAP_MAX: u32 = 1 << 30;

/// Packets with fewer octets of data tell little of the line.
const LONG: u64 = 200;
/// So many pairs of packets tell something of it.
const PAIRS_MIN: usize = 2;
/// Octets of a packet's headers: IP, TCP and its timestamps.
const HEADERS: u64 = 52;

/// A connection.
#[derive(Clone, Debug, Default)]
pub struct Flow<'a> {
    /// When its first packet was seen.
    pub begun: u64,
    /// The streams, by the end that writes.
    pub streams: [Stream<'a>; 2],
    /// Everything that was newly seen, by either end, in order.
    pub parts: Vec<Part>,
    /// How long after it was seen on the way to an end something that the end sends at once is seen on the way back,
    /// by that end, as the handshake showed it; zero if there was none.
    pub round_trips: [u64; 2],
    opened: [Option<u64>; 2],
    is_open: bool,
    closed: [bool; 2],
    is_reset: bool,
}

/// Octets of a stream that a packet showed for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Who wrote them.
    pub from: Side,
    /// Which they are.
    pub offsets: Range<u64>,
    /// When they were seen.
    pub nanos: u64,
    /// In which packet.
    pub number: u32,
    /// Whether their writer had no more to send at the moment.
    pub push: bool,
    /// Whether the peer had acknowledged all that stood before them.
    pub was_idle: bool,
}

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
pub struct Stream<'a> {
    /// The octets that follow each other without a gap, in pieces.
    pieces: Vec<&'a [u8]>,
    /// Where each piece begins.
    offsets: Vec<u64>,
    /// How many octets that is.
    end: u64,
    /// The sequence number of the next octet.
    next: Option<u32>,
    /// What has come too early, by its offset.
    early: BTreeMap<u64, Segment<'a>>,
    /// Up to where the peer has acknowledged.
    acknowledged: u64,
}

impl Part {
    /// How many octets it has.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.offsets.end - self.offsets.start
    }
}

/// The connections of a capture, in the order of their first packets.
#[derive(Clone, Debug, Default)]
pub struct Flows<'a> {
    /// The connections.
    pub flows: Vec<Flow<'a>>,
    /// Which is the newest between two ends: client, server.
    by_ends: BTreeMap<(Address, Address), usize>,
}

impl<'a> Flows<'a> {
    /// Takes a segment in.
    ///
    /// # Errors
    /// Too many connections; a segment that fits nowhere in its stream, or that contradicts what was seen before.
    pub fn add(&mut self, segment: Segment<'a>) -> Result<(), Lesson> {
        let there = (segment.source, segment.destination);
        let back = (segment.destination, segment.source);
        let opens = segment.syn && segment.ack.is_none();
        // A SYN between the same ends as before begins another connection, once that is over.
        let known = |ends| self.by_ends.get(&ends).copied().filter(|nth| !opens || !self.is_over(*nth));
        let (nth, from) = match (known(there), known(back)) {
            (Some(nth), _) => (nth, Side::Client),
            (_, Some(nth)) => (nth, Side::Server),
            _ if segment.payload.is_empty() && !segment.syn => return Ok(()),
            // Without a SYN the end with the lower port is taken for the server.
            _ if opens || (!segment.syn && segment.source.1 > segment.destination.1) => {
                (self.begin(there, &segment)?, Side::Client)
            }
            _ => (self.begin(back, &segment)?, Side::Server),
        };
        match self.flows.get_mut(nth) {
            Some(flow) => flow.add(segment, from),
            None => Ok(()),
        }
    }

    fn is_over(&self, nth: usize) -> bool {
        self.flows.get(nth).is_none_or(|flow| flow.is_reset || flow.closed == [true; 2])
    }

    fn begin(&mut self, ends: (Address, Address), segment: &Segment<'_>) -> Result<usize, Lesson> {
        if self.flows.len() >= FLOWS_MAX {
            let lesson = refuse(segment.number, format!("this is connection {}", FLOWS_MAX + 1));
            return Err(lesson.hint("cut the capture down: `tshark -r OLD -w NEW -Y 'tcp.port == 110'`"));
        }
        self.flows.push(Flow { begun: segment.nanos, ..Flow::default() });
        self.by_ends.insert(ends, self.flows.len() - 1);
        Ok(self.flows.len() - 1)
    }
}

impl<'a> Flow<'a> {
    fn add(&mut self, segment: Segment<'a>, from: Side) -> Result<(), Lesson> {
        if segment.nanos < self.begun {
            return Err(refuse(segment.number, "it was seen before the first packet of its connection"));
        }
        self.time_handshake(&segment, from);
        let (mine, peers) = match from {
            Side::Client => (0, 1),
            Side::Server => (1, 0),
        };
        if segment.syn {
            self.streams[mine].next.get_or_insert(segment.seq.wrapping_add(1));
        }
        if let Some(ack) = segment.ack {
            self.streams[peers].acknowledge(ack);
        }
        let first = segment.seq.wrapping_add(segment.syn.into());
        let next = *self.streams[mine].next.get_or_insert(first);
        if !segment.payload.is_empty() {
            self.streams[mine].place(Segment { seq: first, ..segment }, next)?;
            self.take_in(segment.nanos, from);
        }
        self.closed[mine] |= segment.fin;
        self.is_reset |= segment.reset;
        Ok(())
    }

    /// SYN, SYN and ACK, ACK: each answers at once (RFC 793 §3.4).
    fn time_handshake(&mut self, segment: &Segment<'_>, from: Side) {
        if !self.parts.is_empty() || segment.fin || segment.reset {
            return;
        }
        if segment.syn {
            self.opened[from.index()].get_or_insert(segment.nanos);
        }
        let [client, server] = self.opened;
        match (from, client, server) {
            (Side::Server, Some(asked), Some(answered)) if segment.syn && answered == segment.nanos => {
                self.round_trips[1] = answered.saturating_sub(asked);
            }
            (Side::Client, Some(_), Some(answered)) if !segment.syn && !self.is_open => {
                self.round_trips[0] = segment.nanos.saturating_sub(answered);
                self.is_open = true;
            }
            _ => {}
        }
    }

    /// Notes what has become part of a stream, and what that fills the gap before.
    fn take_in(&mut self, nanos: u64, from: Side) {
        let stream = &mut self.streams[from.index()];
        while let Some(entry) = stream.early.first_entry().filter(|entry| *entry.key() <= stream.end) {
            let (offset, segment) = entry.remove_entry();
            let known = usize::try_from(stream.end - offset).unwrap_or(usize::MAX);
            let Some(fresh) = segment.payload.get(known..).filter(|fresh| !fresh.is_empty()) else {
                continue;
            };
            let was_idle = stream.acknowledged >= stream.end;
            let begin = stream.end;
            stream.offsets.push(begin);
            stream.pieces.push(fresh);
            stream.end += fresh.len() as u64;
            stream.next = stream.next.map(|next| next.wrapping_add(fresh.len() as u32));
            self.parts.push(Part {
                from,
                offsets: begin..stream.end,
                nanos,
                number: segment.number,
                push: segment.push,
                was_idle,
            });
        }
    }

    /// How long the line takes for an octet of this end's, in nanoseconds, as far as packets that came one behind the
    /// other show it where the capture was taken; 0 at the end itself, where they are seen before they are on the line.
    #[must_use]
    pub fn nanos_an_octet(&self, from: Side) -> u64 {
        let mut paces: Vec<u64> = self
            .parts
            .windows(2)
            .filter_map(|pair| match pair {
                [one, next] if one.from == from && next.from == from && next.octets() >= LONG => {
                    Some(next.nanos.saturating_sub(one.nanos) / (next.octets() + HEADERS))
                }
                _ => None,
            })
            .collect();
        paces.sort_unstable();
        // Whoever waits for a window or a program takes longer; the line is the quickest of what comes often.
        if paces.len() < PAIRS_MIN { 0 } else { paces.get(paces.len() / 4).copied().unwrap_or_default() }
    }

    /// The packet behind the first gap that was never filled, if there is one.
    #[must_use]
    pub fn gap(&self) -> Option<u32> {
        self.streams.iter().filter_map(|stream| stream.early.values().next()).map(|early| early.number).min()
    }
}

impl<'a> Stream<'a> {
    /// How many octets there are without a gap.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The octets from one offset up to another, in pieces.
    pub fn slices(&self, offsets: Range<u64>) -> impl Iterator<Item = &'a [u8]> + '_ {
        let first = self.offsets.partition_point(|begin| *begin <= offsets.start).saturating_sub(1);
        let begins = self.offsets.get(first..).unwrap_or_default().iter();
        let pieces = begins.zip(self.pieces.get(first..).unwrap_or_default());
        pieces.take_while(move |(begin, _)| **begin < offsets.end).map(move |(begin, piece)| {
            let from = offsets.start.saturating_sub(*begin) as usize;
            let to = (offsets.end - begin).min(piece.len() as u64) as usize;
            piece.get(from..to).unwrap_or_default()
        })
    }

    fn acknowledge(&mut self, ack: u32) {
        let Some(next) = self.next else { return };
        // `next` is the number of the octet at `end`: what is acknowledged lies before it.
        let behind = next.wrapping_sub(ack);
        if behind < LEAP_MAX {
            self.acknowledged = self.acknowledged.max(self.end.saturating_sub(behind.into()));
        }
    }

    /// Puts a segment where it belongs, and holds it against what is there.
    fn place(&mut self, segment: Segment<'a>, next: u32) -> Result<(), Lesson> {
        let ahead = segment.seq.wrapping_sub(next);
        let behind = next.wrapping_sub(segment.seq);
        if ahead < LEAP_MAX {
            let offset = self.end + u64::from(ahead);
            let longer =
                self.early.get(&offset).is_none_or(|known| known.payload.len() < segment.payload.len());
            if longer {
                self.early.insert(offset, segment);
            }
        } else if behind < LEAP_MAX {
            let Some(offset) = self.end.checked_sub(behind.into()) else { return Ok(()) };
            let known = segment.payload.len().min(behind as usize);
            let seen = self.slices(offset..offset + known as u64);
            let mut rest = segment.payload;
            for piece in seen {
                let Some(after) = rest.strip_prefix(piece) else {
                    return Err(refuse(segment.number, "it sends other octets again than were sent before"));
                };
                rest = after;
            }
            if !rest.is_empty() {
                self.early.insert(self.end, Segment { payload: rest, ..segment });
            }
        } else {
            return Err(refuse(segment.number, "its sequence number lies outside of every window"));
        }
        Ok(())
    }
}
