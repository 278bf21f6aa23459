//! AX.25 on a radio channel: both ends take turns, and each turn begins with keying up the transmitter.
//!
//! ```text
//!  A: |TXDELAY|frame|frame|frame|frame|                    |TXDELAY|frame…
//!  B:                                 |wait|TXDELAY|RR|
//! ```
//!
//! What is modelled: connected mode, alone on the channel, up to so many frames a turn, and an RR of the other end
//! behind each turn. Not modelled: other stations, collisions, digipeaters.

use crate::link::bearer::noise::Noise;
use crate::link::framing::stuffing::{FLAG_BITS, StuffedZeros};
use crate::link::line::{Direction, Transit};
use crate::time::{Duration, Instant};

/// How a station behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The most frames a turn (MAXFRAME).
    pub frames: u8,
    /// How long a station waits for an acknowledgement before it sends a frame again (FRACK).
    pub timer: Duration,
}

impl Rules {
    /// Four frames a turn, the usual setting; 3 s until a repeat.
    pub const USUAL: Self = Self { frames: 4, timer: Duration::from_secs(3) };
}

/// Addresses of 14 octets, control and protocol.
const HEADER: [u8; 16] = [
    b'S' << 1,
    b'E' << 1,
    b'R' << 1,
    b'V' << 1,
    b'E' << 1,
    b'R' << 1,
    0x60, // to
    b'C' << 1,
    b'L' << 1,
    b'I' << 1,
    b'E' << 1,
    b'N' << 1,
    b'T' << 1,
    0x61, // from
    0x00,
    0xCC, // an information frame; IP
];
/// An RR: addresses, control, check, two flags: bits of 19 octets.
const RR_BITS: u64 = 8 * 19;

/// The channel, seen by both ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// From when on it is free.
    free: Instant,
    turn: Option<Turn>,
}

/// Who transmits, or did last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Turn {
    from: usize,
    frames: u8,
    end: Instant,
}

impl Channel {
    /// Sends a packet in a frame of its own: octets and bits of the frame, and when it goes.
    pub fn send(
        &mut self,
        rules: Rules,
        (line, from): (&mut Direction, usize),
        now: Instant,
        packet: &[u8],
        jitter: Duration,
        noise: &mut Noise,
    ) -> (u32, u64, Transit) {
        let mut zeros = StuffedZeros::default();
        let stuffed = zeros.add(&HEADER) + zeros.add(packet);
        let octets = (HEADER.len() + packet.len() + 2 + 2) as u32;
        let mut bits = 8 * u64::from(octets - 2) + stuffed + 2 * FLAG_BITS;
        // Keying up, and waiting for a free moment before: the link's delay. Nothing else takes time.
        let access = line.delay;
        let (start, frames) = match self.turn {
            Some(turn) if turn.from == from && now <= turn.end && turn.frames < rules.frames => {
                (turn.end, turn.frames + 1)
            }
            _ => (noise.silence(now.max(self.free)) + access + jitter, 1),
        };
        let once = line.rate.serialization_delay(bits);
        let mut end = start + once;
        let frame_bits = bits;
        while noise.hit(from, frame_bits) {
            end += rules.timer + access + once;
            bits += frame_bits;
        }
        self.turn = Some(Turn { from, frames, end });
        self.free = end + access + line.rate.serialization_delay(RR_BITS);
        (octets, bits, line.carry(now, start, end, Duration::ZERO))
    }
}
