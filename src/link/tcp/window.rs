//! The receive window: how much more the peer may send.
//!
//! BSD offers what is free of a fixed buffer. Linux counts the memory that packets take, not their octets: half of
//! the buffer is for overhead until it has seen full segments (`ratio`); it offers no more than a second limit that
//! grows with the data that comes (`open`), and where tuning is on the buffer itself doubles when a round trip brought
//! more than the one before (linux net/ipv4/tcp_input.c: `tcp_grow_window`, `tcp_rcv_space_adjust`;
//! tcp_output.c: `__tcp_select_window`).

use super::clock::micros;
use crate::time::{Duration, Instant};

/// How a stack's receive buffer is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveBuffer {
    /// So many octets of data, all of them offered.
    Fixed(u32),
    /// So much memory for packets.
    Memory {
        /// At first.
        octets: u32,
        /// At most.
        octets_max: u32,
        /// Whether it grows with what comes.
        tuned: bool,
    },
}

/// Memory that the kernel takes for a packet of so many octets on a device without buffers of its own: the data with
/// room for headers and bookkeeping, rounded up as the allocator does, and the packet's descriptor.
pub const fn memory(packet_octets: u32) -> u64 {
    const ROOM: u64 = 64 + 320;
    const SMALL: u64 = 704;
    const DESCRIPTOR: u64 = 256;
    let head = packet_octets as u64 + ROOM;
    (if head <= SMALL { SMALL } else { head.next_power_of_two() }) + DESCRIPTOR
}

/// What an end knows about the window that it offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    policy: ReceiveBuffer,
    scale: u8,
    mss: u64,
    /// Memory that packets may take, and what they take now.
    buffer: u64,
    held: u64,
    /// Octets of data in 256 octets of memory.
    ratio: u64,
    clamp: u64,
    open: u64,
    /// The window offered last, and the number from which it counts.
    offered: u64,
    offered_at: u64,
    /// Tuning: octets read in a round trip, since when, and the receiver's own estimate of that round trip, times 8.
    space: u64,
    space_from: u64,
    space_since: Instant,
    round_trip: u64,
    measure_upto: u64,
    measure_since: Option<Instant>,
    last_echo: Option<u32>,
}

impl Window {
    pub const fn new(policy: ReceiveBuffer) -> Self {
        Self {
            policy,
            scale: 0,
            mss: 0,
            buffer: match policy {
                ReceiveBuffer::Fixed(octets) | ReceiveBuffer::Memory { octets, .. } => octets as u64,
            },
            held: 0,
            ratio: 128,
            clamp: u64::MAX,
            open: 0,
            offered: 0,
            offered_at: 0,
            space: 0,
            space_from: 0,
            space_since: Instant::START,
            round_trip: 0,
            measure_upto: 0,
            measure_since: None,
            last_echo: None,
        }
    }

    /// The window on a SYN: whole segments, and what 16 bits can say.
    pub fn first(&mut self, mss: u32) -> u32 {
        if self.offered == 0 {
            let mss = u64::from(mss.max(1));
            let space = self.full_space();
            let whole = match self.policy {
                ReceiveBuffer::Memory { .. } if space > mss => space / mss * mss,
                _ => space,
            };
            self.offered = whole.min(0xFFFF);
            self.open = self.offered;
        }
        self.offered as u32
    }

    /// The handshake is done: from here on the window may be scaled.
    pub fn established(&mut self, now: Instant, mss: u32, scale: u8, expected: u64) {
        (self.mss, self.scale) = (u64::from(mss), scale);
        self.offered_at = expected;
        (self.space_from, self.space_since) = (expected, now);
        let widest = self.full_space();
        self.clamp = widest.min(0xFFFF << scale);
        if self.clamp > 2 * self.mss && self.clamp + self.mss > widest {
            // A segment's room is kept back.
            self.clamp = (widest.saturating_sub(self.mss)).max(2 * self.mss);
        }
        self.open = self.open.min(self.clamp);
        self.space = self.open.min(self.offered).min(10 * self.mss);
    }

    /// What the peer may still send beyond `expected`.
    pub const fn left(&self, expected: u64) -> u64 {
        (self.offered_at + self.offered).saturating_sub(expected)
    }

    /// The window offered last, whatever of it has been used since.
    pub const fn offered(&self) -> u64 {
        self.offered
    }

    /// The number from which the window offered last counts.
    pub const fn offered_at(&self) -> u64 {
        self.offered_at
    }

    /// The window that a segment leaving now offers. It never shrinks (RFC 1122 §4.2.2.16). `segment` is the peer's
    /// segment size.
    pub fn offer(&mut self, expected: u64, segment: u64) -> u32 {
        let standing = self.left(expected);
        let window = self.select(segment);
        let unit = 1_u64 << self.scale;
        self.offered = if window < standing { standing.next_multiple_of(unit) } else { window };
        self.offered_at = expected;
        self.offered.min(0xFFFF << self.scale) as u32
    }

    /// True if what may be offered now is no less than what was offered last.
    pub fn is_whole(&self, segment: u64) -> bool {
        self.select(segment) >= self.offered
    }

    /// True if the window has opened so far since it was offered that the peer should hear of it.
    pub fn is_worth_telling(&self, expected: u64, segment: u64) -> bool {
        let left = self.left(expected);
        match self.policy {
            // BSD: by two segments, or by half the buffer (RFC 1122 §4.2.3.3).
            ReceiveBuffer::Fixed(_) => {
                let opens = self.buffer.saturating_sub(left);
                opens >= 2 * self.mss || 2 * opens >= self.buffer
            }
            ReceiveBuffer::Memory { .. } => {
                2 * left <= self.clamp && {
                    let window = self.select(segment);
                    window > 0 && window >= 2 * left
                }
            }
        }
    }

    /// True if there is so little room that acknowledgements should be few.
    pub fn is_tight(&self) -> bool {
        matches!(self.policy, ReceiveBuffer::Memory { .. })
            && self.free() < self.clamp.min(self.full_space()) / 2
    }

    fn select(&self, segment: u64) -> u64 {
        if let ReceiveBuffer::Fixed(octets) = self.policy {
            return u64::from(octets);
        }
        let full = self.clamp.min(self.full_space());
        let segment = segment.min(full).max(1);
        let unit = 1_u64 << self.scale;
        let mut free = self.free();
        if free < full / 2 {
            free = free / unit * unit;
            if free < self.full_space() / 16 || free < segment {
                return 0;
            }
        }
        free = free.min(self.open);
        if self.scale > 0 {
            return free.next_multiple_of(unit);
        }
        // Whole segments, and no change for less than one.
        if self.offered + segment <= free || self.offered > free {
            free / segment * segment
        } else {
            self.offered
        }
    }

    fn full_space(&self) -> u64 {
        self.octets_in(self.buffer)
    }

    fn free(&self) -> u64 {
        self.octets_in(self.buffer.saturating_sub(self.held))
    }

    fn octets_in(&self, memory: u64) -> u64 {
        match self.policy {
            ReceiveBuffer::Fixed(_) => memory,
            ReceiveBuffer::Memory { .. } => memory * self.ratio / 256,
        }
    }

    /// A packet's memory is taken.
    pub const fn hold(&mut self, memory: u64) {
        self.held += memory;
    }

    /// The program has read everything but what waits out of order.
    pub const fn read(&mut self, kept: u64) {
        self.held = kept;
    }

    /// True if one more packet may be kept.
    pub const fn has_memory(&self) -> bool {
        matches!(self.policy, ReceiveBuffer::Fixed(_)) || self.held <= self.buffer
    }

    /// A longer segment than ever has come: now it is known how much memory data takes.
    pub fn learn_ratio(&mut self, len: u64, memory: u64) {
        let before = std::mem::replace(&mut self.ratio, (len * 256 / memory.max(1)).clamp(1, 255));
        if self.ratio == before || matches!(self.policy, ReceiveBuffer::Fixed(_)) {
            return;
        }
        let clamp = self.octets_in(self.buffer).min(0xFFFF << self.scale);
        self.open =
            if clamp < self.clamp { self.open.min(clamp) } else { self.open.max(self.offered.min(clamp)) };
        self.clamp = clamp;
        self.space = self.space.min(self.clamp);
    }

    /// Opens the window after data of `len` octets has come. True if it did.
    pub fn grow(&mut self, len: u64, memory: u64, segment: u64) -> bool {
        let ReceiveBuffer::Memory { octets_max, .. } = self.policy else { return false };
        let room = self.clamp.min(self.free()).saturating_sub(self.open);
        if room == 0 {
            return false;
        }
        let step = if self.octets_in(memory) <= len {
            2 * self.mss
        } else {
            let (mut cost, mut reach) = (self.octets_in(memory) / 2, self.octets_in(octets_max.into()) / 2);
            loop {
                if self.open > reach {
                    return false;
                }
                if cost <= len {
                    break 2 * segment;
                }
                (cost, reach) = (cost / 2, reach / 2);
            }
        };
        self.open += room.min(step.max(2 * len));
        true
    }

    /// Times the peer's round trip by the window: the last octet of the one offered takes at least as long.
    pub fn measure(&mut self, now: Instant, expected: u64) {
        if let Some(since) = self.measure_since {
            if expected < self.measure_upto {
                return;
            }
            let sample = micros(since, now).max(1) * 8;
            if self.round_trip == 0 || sample < self.round_trip {
                self.round_trip = sample;
            }
        }
        (self.measure_upto, self.measure_since) = (expected + self.offered, Some(now));
    }

    /// Times it by the timestamp that a full segment echoes.
    pub fn measure_echo(&mut self, clock: u32, echo: u32, is_full: bool) {
        if self.last_echo.replace(echo) == Some(echo) || !is_full {
            return;
        }
        let sample = u64::from(clock.saturating_sub(echo)) * 1_000;
        if sample == 0 {
            return;
        }
        self.round_trip = if self.round_trip == 0 || 8 * sample < self.round_trip {
            8 * sample
        } else {
            self.round_trip - self.round_trip / 8 + sample
        };
    }

    /// An acknowledgement alone echoes: nothing is timed, but the echo is seen.
    pub const fn echo_seen(&mut self, echo: u32) {
        self.last_echo = Some(echo);
    }

    /// The program has read a packet up to `copied`: once a round trip the buffer may grow (dynamic right-sizing). While
    /// data waits for what is missing nothing is read, and nothing is measured.
    pub fn tune(&mut self, now: Instant, copied: u64, waiting: u64) {
        if self.round_trip == 0 || micros(self.space_since, now) < self.round_trip / 8 {
            return;
        }
        let read = copied - self.space_from;
        if read > self.space {
            self.grow_buffer(read, waiting);
        }
        (self.space_from, self.space_since) = (copied, now);
    }

    /// Data waits out of order: the buffer makes room for what is missing.
    pub fn make_room(&mut self, waiting: u64) {
        self.grow_buffer(self.space, waiting);
    }

    fn grow_buffer(&mut self, space: u64, waiting: u64) {
        let ReceiveBuffer::Memory { octets_max, tuned: true, .. } = self.policy else {
            self.space = space;
            return;
        };
        let before = std::mem::replace(&mut self.space, space).max(1);
        let mut window = 2 * space;
        // Below a round trip of a millisecond growth is slower.
        let short = Duration::from_millis(1).as_nanos() / 1_000;
        window += match self.round_trip / 8 {
            micros if micros < short => window * micros / short,
            _ => 2 * window * space.saturating_sub(before) / before,
        };
        let buffer = ((window + waiting) * 256 / self.ratio).min(octets_max.into());
        if buffer > self.buffer {
            self.buffer = buffer;
            self.clamp = self.octets_in(buffer);
        }
    }
}
