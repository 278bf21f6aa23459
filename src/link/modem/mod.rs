//! Modems and bearers: how the octets of frames become bits on a line, and when.

mod bits;
pub mod compressor;
pub mod mnp5;
pub mod v42bis;

use compressor::{Compression, Compressor};

use super::bearer::blocks::{self, Lane, Way};
use super::bearer::noise::Noise;
use super::bearer::{Carrier, cells, shared};
use super::line::{Direction, Transit};
use super::spec::LinkSpec;
use super::tcp::Side;
use crate::time::{Duration, Instant};

/// A frame on its way to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// So many octets: nobody asked which.
    Length(u32),
    /// These octets.
    Octets(&'a [u8]),
    /// So many octets, and so many zeros between their bits: a synchronous frame.
    Stuffed(u32, u32),
}

impl Frame<'_> {
    /// How many octets it has.
    #[must_use]
    pub const fn octets(&self) -> u32 {
        match self {
            Self::Length(octets) | Self::Stuffed(octets, _) => *octets,
            Self::Octets(octets) => octets.len() as u32,
        }
    }

    /// How many bits it is, with so many for an octet.
    #[must_use]
    pub fn bits(&self, per_octet: u8) -> u64 {
        let zeros = if let Self::Stuffed(_, zeros) = self { *zeros } else { 0 };
        u64::from(self.octets()) * u64::from(per_octet) + u64::from(zeros)
    }
}

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Octets before the modem touched them, with what the bearer itself puts around a packet.
    pub octets: u32,
    /// Bits on the line, repeats included.
    pub bits: u64,
    /// When they go.
    pub transit: Transit,
    /// Whether a bit arrived wrong, and nobody sent it again: the frame's check, or TCP's sum, finds that out.
    pub ruined: bool,
}

/// The pair of modems or the radio between two serial ports, both directions.
#[derive(Clone, Debug, PartialEq)]
pub enum Modem {
    /// Each octet by itself, in as many bits: 10 on an asynchronous line (start bit, 8 data bits, stop bit), else 8.
    Bits {
        /// Line bits for one octet.
        per_octet: u8,
    },
    /// The same behind a compressor, by the end that sends.
    Compressed {
        /// Line bits for one octet.
        per_octet: u8,
        /// What compresses, flushed at each packet's end.
        compressors: Box<[Compressor; 2]>,
    },
    /// An asynchronous line to a pad, which forwards packets that are not full only after a wait.
    Pad {
        /// Line bits for one octet.
        per_octet: u8,
        /// Octets of a full packet.
        data: u32,
        /// How long a short one waits, as a part of the delay.
        wait: Duration,
    },
    /// Numbered blocks, by the end that sends.
    Blocks {
        /// What they look like.
        rules: blocks::Rules,
        /// Both directions.
        lanes: Box<[Lane; 2]>,
    },
    /// ATM cells.
    Cells(cells::Rules),
    /// A radio channel for both directions.
    Shared {
        /// How stations behave.
        rules: shared::Rules,
        /// Its state.
        channel: shared::Channel,
    },
}

impl Modem {
    /// The modems of a link, just connected.
    #[must_use]
    pub fn new(link: &LinkSpec) -> Self {
        let per_octet = link.bits_per_octet;
        let compression = link.bearer.compression;
        match link.bearer.carrier {
            Carrier::Octets if compression == Compression::None => Self::Bits { per_octet },
            Carrier::Octets => {
                let compressors = [Compressor::new(compression), Compressor::new(compression)];
                Self::Compressed { per_octet, compressors: Box::new(compressors) }
            }
            Carrier::Pad { data, wait } => Self::Pad { per_octet, data, wait },
            Carrier::Blocks(rules) => {
                Self::Blocks { rules, lanes: Box::new([Lane::new(compression), Lane::new(compression)]) }
            }
            Carrier::Cells(rules) => Self::Cells(rules),
            Carrier::Shared(rules) => Self::Shared { rules, channel: shared::Channel::default() },
        }
    }

    /// True if the time on the line depends on which octets a frame has.
    #[must_use]
    pub const fn looks_at_octets(&self) -> bool {
        match self {
            Self::Bits { .. } | Self::Pad { .. } | Self::Cells(_) => false,
            Self::Compressed { .. } | Self::Blocks { .. } | Self::Shared { .. } => true,
        }
    }

    /// Puts a frame on the line: what it took, and when it goes. `jitter` is added to the delay, and `noise` says
    /// what goes wrong.
    pub fn send(
        &mut self,
        lines: &mut [Direction; 2],
        now: Instant,
        from: Side,
        frame: Frame<'_>,
        jitter: Duration,
        noise: &mut Noise,
    ) -> Carried {
        let direction = from.index();
        let octets = frame.octets();
        let data: &[u8] = match frame {
            Frame::Octets(data) => data,
            Frame::Length(_) | Frame::Stuffed(..) => &[],
        };
        match self {
            Self::Bits { per_octet } => {
                let bits = frame.bits(*per_octet);
                plain(&mut lines[direction], (now, direction), (octets, bits), jitter, noise)
            }
            Self::Compressed { per_octet, compressors } => {
                let mut compressed = Vec::with_capacity(data.len());
                compressors[direction].encode(data, &mut compressed);
                compressors[direction].flush(&mut compressed);
                let bits = compressed.len() as u64 * u64::from(*per_octet);
                plain(&mut lines[direction], (now, direction), (octets, bits), jitter, noise)
            }
            Self::Pad { per_octet, data, wait } => {
                let bits = u64::from(octets) * u64::from(*per_octet);
                let mut carried =
                    plain(&mut lines[direction], (now, direction), (octets, bits), jitter, noise);
                if octets.is_multiple_of((*data).max(1)) {
                    carried.transit.arrive = Instant::from_nanos(
                        carried.transit.arrive.as_nanos().saturating_sub(wait.as_nanos()),
                    );
                }
                carried
            }
            Self::Blocks { rules, lanes } => {
                let back = Lane::back(&lines[1 - direction]);
                let mut way = Way { line: &mut lines[direction], back, direction, noise };
                let (bits, transit) = lanes[direction].send(*rules, &mut way, now, data, jitter);
                Carried { octets, bits, transit, ruined: false }
            }
            Self::Cells(rules) => {
                let octets = rules.octets(octets);
                let bits = 8 * u64::from(octets);
                plain(&mut lines[direction], (now, direction), (octets, bits), jitter, noise)
            }
            Self::Shared { rules, channel } => {
                let line = (&mut lines[direction], direction);
                let (octets, bits, transit) = channel.send(*rules, line, now, data, jitter, noise);
                Carried { octets, bits, transit, ruined: false }
            }
        }
    }
}

/// Bits one after the other, which nobody sends again.
fn plain(
    line: &mut Direction,
    (now, direction): (Instant, usize),
    (octets, bits): (u32, u64),
    jitter: Duration,
    noise: &mut Noise,
) -> Carried {
    let (start, end) = line.clock(noise.silence(now), bits);
    let transit = line.carry(now, start, end, line.delay + jitter);
    Carried { octets, bits, transit, ruined: noise.hit(direction, bits) }
}
