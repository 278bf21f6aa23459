//! Modems and bearers: how the octets of frames become bits on a line, and when.

mod bits;
pub mod mnp5;
pub mod v42bis;

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
}

impl Frame<'_> {
    /// How many octets it has.
    #[must_use]
    pub const fn octets(&self) -> u32 {
        match self {
            Self::Length(octets) => *octets,
            Self::Octets(octets) => octets.len() as u32,
        }
    }
}

/// The pair of modems or the radio between two serial ports, both directions.
#[derive(Clone, Debug, PartialEq)]
pub enum Modem {
    /// Each octet by itself, in as many bits: 10 on an asynchronous line (start bit, 8 data bits, stop bit), else 8.
    Bits {
        /// Line bits for one octet.
        per_octet: u8,
    },
}

impl Modem {
    /// The modems of a link, just connected.
    #[must_use]
    pub const fn new(link: &LinkSpec) -> Self {
        Self::Bits { per_octet: link.bits_per_octet }
    }

    /// True if the time on the line depends on which octets a frame has.
    #[must_use]
    pub const fn looks_at_octets(&self) -> bool {
        match self {
            Self::Bits { .. } => false,
        }
    }

    /// Puts a frame on the line: how many bits it took, and when they go. `jitter` is added to the delay.
    pub fn send(
        &mut self,
        lines: &mut [Direction; 2],
        now: Instant,
        from: Side,
        frame: Frame<'_>,
        jitter: Duration,
    ) -> (u64, Transit) {
        match self {
            Self::Bits { per_octet } => {
                let bits = u64::from(frame.octets()) * u64::from(*per_octet);
                (bits, lines[from.index()].send(now, bits, jitter))
            }
        }
    }
}
