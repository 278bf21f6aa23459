//! Numbered blocks that are repeated until they arrive: LAPM, MNP, X.25, the radio link protocols of GSM.
//!
//! ```text
//!  octets ─> compressor ─> │ 128 │ 128 │ 57 …  short: waits for more
//!                          └──┬──┴──┬──┴──┬──
//!                  header, number, data, check; stuffed, or in slots
//! ```
//!
//! 1. Octets fill blocks. A full block leaves as soon as the line is free; a short one when nothing more has come for
//!    a moment (the modem's forwarding delay). Octets that come before a short block leaves still get into it, and
//!    the compressor was then not flushed.
//! 2. At most a window of blocks is unacknowledged. Acknowledgements ride on the other direction's blocks or on its
//!    idle time; they take none of the line's time from data.
//! 3. A block with a wrong bit fails its check. The receiver rejects it when the next block shows the gap, or the
//!    sender's timer runs out if there is none; that block and all behind it are sent again.

use std::collections::VecDeque;

use crate::link::bearer::noise::Noise;
use crate::link::framing::fcs::Fcs16;
use crate::link::framing::stuffing::{FLAG_BITS, StuffedZeros};
use crate::link::line::{Direction, Transit};
use crate::link::modem::compressor::{Compression, Compressor};
use crate::time::{Duration, Instant};
use crate::units::Pacer;

/// What blocks look like, and when they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// How blocks are told apart.
    pub form: Form,
    /// How many blocks may be unacknowledged.
    pub window: u16,
    /// How long a short block waits for more; a part of the link's delay.
    pub wait: Duration,
    /// Octets that are put before each packet.
    pub packet_header: u8,
    /// Whether a block may carry the end of one packet and the beginning of the next.
    pub joins_packets: bool,
    /// What the first block takes to get a radio channel.
    pub access: Option<Access>,
}

/// How blocks are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A flag, a header, up to so many octets of data, a check; zeros are stuffed in.
    Stuffed {
        /// Octets before the data.
        header: u8,
        /// The most octets of data.
        data: u16,
    },
    /// A slot of a fixed length, full or not, on a grid of time: as many octets as the line's rate gives.
    Slots {
        /// From one slot to the next.
        every: Duration,
    },
}

/// A radio channel is given up after a while without data, and has to be asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// How long nothing was sent.
    pub idle: Duration,
    /// What asking takes: a part of the link's delay, which is spared while the channel is held.
    pub setup: Duration,
}

impl Rules {
    /// V.42's LAPM: address 1, control 2, check 2 and a flag around 128 octets, 15 blocks, 50 ms of forwarding delay.
    pub const LAPM: Self = Self {
        form: Form::Stuffed { header: 3, data: 128 },
        window: 15,
        wait: Duration::from_millis(50),
        packet_header: 0,
        joins_packets: true,
        access: None,
    };
    /// MNP 4: a header one octet shorter, 8 blocks.
    pub const MNP4: Self = Self { form: Form::Stuffed { header: 2, data: 128 }, window: 8, ..Self::LAPM };
    /// MNP 10, a reconstruction: as MNP 4 with blocks of 64 octets.
    pub const MNP10: Self = Self { form: Form::Stuffed { header: 2, data: 64 }, ..Self::MNP4 };
    /// X.25: LAPB's address and control, the packet's header of three octets, around 128; a window of two that is
    /// acknowledged from end to end. A packet of IP is a sequence of its own.
    pub const X25: Self = Self {
        form: Form::Stuffed { header: 5, data: 128 },
        window: 2,
        wait: Duration::ZERO,
        joins_packets: false,
        ..Self::LAPM
    };
    /// CDPD's mobile data link protocol, a reconstruction: frames of 130 octets with six of header.
    pub const CDPD: Self = Self {
        form: Form::Stuffed { header: 6, data: 130 },
        window: 8,
        wait: Duration::ZERO,
        joins_packets: false,
        ..Self::LAPM
    };
    /// GSM's radio link protocol: a frame of 240 bits each 20 ms, in which 24 octets of data are left at 9.6 kbit/s.
    pub const RLP: Self = Self {
        form: Form::Slots { every: Duration::from_millis(20) },
        window: 61,
        wait: Duration::ZERO,
        packet_header: 0,
        joins_packets: true,
        access: None,
    };
    /// GPRS: radio blocks each 20 ms; 4 octets of SNDCP and 6 of LLC before each packet. How long a channel is held
    /// and what asking for one takes: a reconstruction.
    pub const GPRS: Self = Self {
        packet_header: 10,
        access: Some(Access { idle: Duration::from_millis(500), setup: Duration::from_millis(200) }),
        ..Self::RLP
    };

    /// How many octets of data a block holds on this line.
    fn data(&self, line: &Direction) -> usize {
        match self.form {
            Form::Stuffed { data, .. } => usize::from(data).max(1),
            Form::Slots { every } => {
                let bits =
                    u128::from(line.rate.bits_per_second()) * u128::from(every.as_nanos()) / 1_000_000_000;
                usize::try_from(bits / 8).unwrap_or(usize::MAX).max(1)
            }
        }
    }

    /// How many bits a block with these data takes.
    fn bits(&self, number: u8, data: &[u8], full: usize) -> u64 {
        let Form::Stuffed { header, .. } = self.form else { return 8 * full as u64 };
        // Address, and control fields that carry the number of this block and of the one expected.
        let head = [0x01, number << 1, 0x00, 0x10, 0x00, 0x00];
        let head = &head[..usize::from(header).min(head.len())];
        let (mut fcs, mut zeros) = (Fcs16::default(), StuffedZeros::default());
        fcs.add(head);
        fcs.add(data);
        let stuffed = zeros.add(head) + zeros.add(data) + zeros.add(&fcs.sent());
        FLAG_BITS + 8 * (head.len() + data.len() + 2) as u64 + stuffed
    }
}

/// The bits of an acknowledgement by itself: flag, address, control of two octets, check.
const ACK_BITS: u64 = 8 * 6;

/// One direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    compressor: Compressor,
    /// Octets that no block has taken for good.
    open: Vec<u8>,
    /// When the first of them came.
    opened: Instant,
    /// The short block at the end, as it will leave if nothing more comes in time.
    tail: Option<Tail>,
    number: u8,
    /// When the acknowledgements of the last blocks come, oldest first.
    acks: VecDeque<Instant>,
    /// When the last block had left.
    last: Instant,
}

/// A short block that can still be taken back.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tail {
    /// What the line had clocked out before it.
    before: Pacer,
    /// When it begins to leave.
    start: Instant,
    /// When it has left.
    end: Instant,
    bits: u64,
    blocks: usize,
}

/// What else there is besides the lane: the line, and what goes wrong on it.
pub struct Way<'a> {
    /// The line that carries the blocks.
    pub line: &'a mut Direction,
    /// From the last bit of a block's arrival until its acknowledgement is back.
    pub back: Duration,
    /// By the end that sends.
    pub direction: usize,
    /// What goes wrong.
    pub noise: &'a mut Noise,
}

/// Blocks that were clocked out one behind the other.
#[derive(Clone, Copy)]
struct Clocked {
    start: Instant,
    end: Instant,
    bits: u64,
}

impl Lane {
    /// A lane on which nothing was sent.
    #[must_use]
    pub fn new(compression: Compression) -> Self {
        Self {
            compressor: Compressor::new(compression),
            open: Vec::new(),
            opened: Instant::START,
            tail: None,
            number: 0,
            acks: VecDeque::new(),
            last: Instant::START,
        }
    }

    /// Sends the octets of a frame: how many bits that takes, and when they go.
    pub fn send(
        &mut self,
        rules: Rules,
        way: &mut Way<'_>,
        now: Instant,
        octets: &[u8],
        jitter: Duration,
    ) -> (u64, Transit) {
        let refund = self.settle(rules, way, now);
        let idle = now.since(self.last);
        let asks = rules.access.filter(|access| self.number == 0 || idle >= access.idle);
        let spared = match (rules.access, asks) {
            (Some(access), None) => access.setup,
            _ => Duration::ZERO,
        };
        if self.open.is_empty() {
            self.opened = now;
        }
        self.open.resize(self.open.len() + usize::from(rules.packet_header), 0);
        self.compressor.encode(octets, &mut self.open);
        let full = rules.data(way.line);
        let mut sent: Option<Clocked> = None;
        let mut open = std::mem::take(&mut self.open);
        let whole = open.len() / full * full;
        for data in open[..whole].chunks(full) {
            let block = self.clock(rules, way, now, data, full, true);
            sent = Some(join(sent, block));
        }
        if whole > 0 {
            open.drain(..whole);
            self.opened = now;
        }
        // The short block behind them, with what the compressor still holds.
        let mut short = open.clone();
        self.compressor.peek_flush(&mut short);
        let before = way.line.pacer();
        let mut tail: Option<Clocked> = None;
        let blocks = short.len().div_ceil(full);
        for data in short.chunks(full) {
            let ready = if data.len() < full { now.max(self.opened + rules.wait) } else { now };
            let block = self.clock(rules, way, ready, data, full, false);
            tail = Some(join(tail, block));
        }
        self.open = open;
        self.tail =
            tail.map(|tail| Tail { before, start: tail.start, end: tail.end, bits: tail.bits, blocks });
        if let Some(tail) = tail {
            sent = Some(join(sent, tail));
        }
        if !rules.joins_packets {
            self.commit();
        }
        let idle_line = Clocked { start: now, end: now, bits: 0 };
        let Clocked { mut start, mut end, bits } = sent.unwrap_or(idle_line);
        // A packet that took back the short block of the one before it counts from where that was to end.
        if let Some(taken_back) = refund {
            start = start.max(taken_back.end);
            end = end.max(start);
        }
        self.last = end;
        let delay = way.line.delay.saturating_sub(rules.wait).saturating_sub(spared);
        let bits = bits.saturating_sub(refund.map_or(0, |tail| tail.bits));
        (bits, way.line.carry(now, start, end, delay + jitter))
    }

    /// Decides about the short block of the packet before: it has begun to leave, or it is taken back and given.
    fn settle(&mut self, rules: Rules, way: &mut Way<'_>, now: Instant) -> Option<Tail> {
        let tail = self.tail?;
        if rules.joins_packets && now < tail.start {
            way.line.rewind(tail.before);
            self.acks.truncate(self.acks.len().saturating_sub(tail.blocks));
            self.number = self.number.wrapping_sub(tail.blocks as u8);
            self.tail = None;
            return Some(tail);
        }
        self.commit();
        None
    }

    /// The short block leaves as it is.
    fn commit(&mut self) {
        if self.tail.take().is_some() {
            self.compressor.flush(&mut Vec::new());
            self.open.clear();
        }
    }

    /// Clocks out a block, as often as it takes.
    fn clock(
        &mut self,
        rules: Rules,
        way: &mut Way<'_>,
        ready: Instant,
        data: &[u8],
        full: usize,
        more: bool,
    ) -> Clocked {
        let once = rules.bits(self.number, data, full);
        self.number = self.number.wrapping_add(1);
        let window = usize::from(rules.window);
        let acknowledged = self.acks.len().checked_sub(window).and_then(|oldest| self.acks.get(oldest));
        let mut ready = way.noise.silence(acknowledged.map_or(ready, |ack| ready.max(*ack)));
        if let Form::Slots { every } = rules.form {
            ready = on_grid(ready.max(way.line.pacer().free_at()), every);
        }
        let (start, mut end) = way.line.clock(ready, once);
        let mut bits = once;
        let round = way.line.delay + way.back;
        let block_time = way.line.rate.serialization_delay(once);
        while way.noise.hit(way.direction, once) {
            // Rejected behind the next block, or found missing by the timer.
            let found = if more { round + block_time } else { round + round + block_time };
            (_, end) = way.line.clock(end + found, once);
            bits += once;
        }
        self.acks.push_back(end + round);
        while self.acks.len() > window + 4 {
            self.acks.pop_front();
        }
        Clocked { start, end, bits }
    }

    /// How long an acknowledgement takes to come back over `line`.
    #[must_use]
    pub fn back(line: &Direction) -> Duration {
        line.delay + line.rate.serialization_delay(ACK_BITS)
    }
}

fn join(before: Option<Clocked>, block: Clocked) -> Clocked {
    match before {
        Some(before) => Clocked { start: before.start, end: block.end, bits: before.bits + block.bits },
        None => block,
    }
}

/// The first moment of the grid that is not before `at`.
fn on_grid(at: Instant, every: Duration) -> Instant {
    let every = every.as_nanos().max(1);
    Instant::from_nanos(at.as_nanos().next_multiple_of(every))
}

#[cfg(test)]
mod tests;
