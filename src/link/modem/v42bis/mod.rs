//! V.42bis: the data compression of modems since 1990, on the octets that really go through it.
//!
//! ```text
//!                    ECM: enough to gain
//!  TRANSPARENT ────────────────────────────> COMPRESSED
//!  octets as they are, an escape            codewords of 9 bits and more,
//!  before each command                      each for a string of the dictionary
//!              <────────────────────────────
//!                    ETM: nothing to gain
//! ```
//!
//! 1. Both ends keep the same dictionary: a tree whose nodes are strings. It starts with all strings of
//!    one octet, and after each string that was found it takes in that string with the next octet behind it.
//! 2. The encoder finds the longest string that the dictionary knows and sends its codeword. The string that was
//!    taken in last may not be used: the decoder learns it one codeword later.
//! 3. When the dictionary is full, the oldest strings that no other string builds on make room, in the order of
//!    their numbers.
//! 4. Codewords begin with 9 bits. One that needs more is announced by STEPUP.
//! 5. Data without repetition would grow. The encoder watches what compression gains, in either mode, and changes
//!    the mode. The dictionary grows in either mode.
//! 6. When the terminal pauses, FLUSH sends what is begun, up to a whole octet.
//!
//! The rules are from secondary sources, see the page "Compression in the modem" of the book. Where they leave
//! something to the implementer, the compressibility test above all, it says *ours*.

mod decoder;
mod dictionary;
mod encoder;
#[cfg(test)]
mod tests;

pub use decoder::{Broken, Decoder};
pub use encoder::{Encoder, Switching};

/// What two modems agree on when they connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    codewords: u16,
    longest_string: u8,
}

impl Parameters {
    /// What most modems of the 1990s offered: 2048 codewords (P1), strings of up to 32 octets (P2).
    pub const USUAL: Self = Self { codewords: 2048, longest_string: 32 };
    /// What every modem must be able to do: 512 codewords, strings of up to 6 octets.
    pub const SMALLEST: Self = Self { codewords: 512, longest_string: 6 };

    /// The most that is built: 4096 codewords, strings of up to 250 octets.
    pub const LARGEST: Self = Self { codewords: 4096, longest_string: 250 };

    /// `codewords` (P1): 512, 1024, 2048 or 4096; `longest_string` (P2): 6 to 250. `None` outside of that.
    #[must_use]
    pub const fn new(codewords: u16, longest_string: u8) -> Option<Self> {
        if matches!(codewords, 512 | 1024 | 2048 | 4096) && longest_string >= 6 && longest_string <= 250 {
            Some(Self { codewords, longest_string })
        } else {
            None
        }
    }

    /// How many codewords there are at most (P1, N2).
    #[must_use]
    pub const fn codewords(self) -> u16 {
        self.codewords
    }

    /// How long a string of the dictionary may be, in octets (P2, N7).
    #[must_use]
    pub const fn longest_string(self) -> u8 {
        self.longest_string
    }
}

/// Which form the data have on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Octets as they are.
    Transparent,
    /// Codewords.
    Compressed,
}

/// Enter transparent mode: control codeword 0.
const ETM: u16 = 0;
/// The data end here for now; zeros follow up to a whole octet: control codeword 1.
const FLUSH: u16 = 1;
/// Codewords are one bit longer from here on: control codeword 2.
const STEPUP: u16 = 2;

/// Enter compressed mode: command 0 behind an escape.
const ECM: u8 = 0;
/// The escape character itself, as data: command 1 behind it.
const EID: u8 = 1;
/// Start again with an empty dictionary: command 2 behind an escape.
const RESET: u8 = 2;

/// The first codewords have 9 bits.
const FIRST_WIDTH: u32 = 9;

/// The escape character of transparent mode moves on whenever it occurs in the data, so that no data can be made
/// of nothing but escapes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Escape(u8);

impl Escape {
    /// How far it moves, modulo 256.
    const STEP: u8 = 51;

    /// Looks at an octet of data. True if it was the escape character, which has then moved on.
    #[inline]
    fn sees(&mut self, octet: u8) -> bool {
        let same = octet == self.0;
        if same {
            self.0 = self.0.wrapping_add(Self::STEP);
        }
        same
    }

    /// Looks at octets of data that went by codewords, where nothing is put in for the escape character.
    fn pass(&mut self, octets: &[u8]) {
        let mut rest = octets;
        while let Some(at) = memchr::memchr(self.0, rest) {
            self.0 = self.0.wrapping_add(Self::STEP);
            rest = rest.get(at + 1..).unwrap_or_default();
        }
    }
}
