//! The encoder: octets of the terminal in, octets for the error-correcting line out.

use super::super::bits::Packer;
use super::dictionary::{Found, Node, Search};
use super::{ECM, EID, ETM, Escape, FIRST_WIDTH, FLUSH, Mode, Parameters, RESET, STEPUP};

/// Who decides between the modes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switching {
    /// The compressibility test of the encoder.
    ByTest,
    /// Whoever calls [`Encoder::enter`]; a way to see what the test is good for.
    ByHand,
}

/// Compresses one direction of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoder {
    parameters: Parameters,
    search: Search,
    mode: Mode,
    escape: Escape,
    packer: Packer,
    /// How many bits a codeword has now (C2).
    pub(super) width: u32,
    switching: Switching,
    test: Test,
}

impl Encoder {
    /// Starts in transparent mode with a dictionary of single octets.
    #[must_use]
    pub fn new(parameters: Parameters, switching: Switching) -> Self {
        Self {
            parameters,
            search: Search::new(parameters),
            mode: Mode::Transparent,
            escape: Escape::default(),
            packer: Packer::default(),
            width: FIRST_WIDTH,
            switching,
            test: Test::default(),
        }
    }

    /// The mode it is in.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Compresses `octets`, and puts what is ready for the line behind `out`. Up to one string and 7 bits stay
    /// inside until more octets come, or [`Encoder::flush`].
    pub fn encode(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let mut rest = octets;
        while !rest.is_empty() {
            rest = match self.mode {
                Mode::Transparent => self.transparent(rest, out),
                Mode::Compressed => self.compressed(rest, out),
            };
        }
    }

    /// Octets as they are, until the test has another mode entered. Gives what stands behind.
    fn transparent<'a>(&mut self, octets: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        for (nth, &octet) in octets.iter().enumerate() {
            match self.search.step(octet) {
                None => self.carry(octet, out),
                Some(Found { node, whole: true }) => {
                    self.carry(octet, out);
                    self.string_ended(node, out);
                }
                Some(Found { node, whole: false }) => {
                    self.string_ended(node, out);
                    self.carry(octet, out);
                }
            }
            if self.mode == Mode::Compressed {
                return octets.get(nth + 1..).unwrap_or_default();
            }
        }
        &[]
    }

    /// Codewords of strings, until the test has another mode entered. Gives what stands behind.
    fn compressed<'a>(&mut self, octets: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        for (nth, &octet) in octets.iter().enumerate() {
            let Some(Found { node, whole }) = self.search.step(octet) else { continue };
            self.string_ended(node, out);
            if self.mode == Mode::Transparent {
                // An octet that its string's codeword does not carry is the first to go as it is.
                let (coded, rest) = octets.split_at(nth + usize::from(whole));
                self.escape.pass(coded);
                let Some((first, rest)) = rest.split_first().filter(|_| !whole) else { return rest };
                self.carry(*first, out);
                return rest;
            }
        }
        self.escape.pass(octets);
        &[]
    }

    /// Sends what is begun, up to a whole octet: the terminal pauses.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        if self.mode == Mode::Transparent {
            return;
        }
        let begun = self.search.end();
        if begun != 0 {
            self.put(begun, out);
            self.test.string(self.search.dictionary.length(begun), self.width);
        }
        if !self.packer.is_aligned() {
            self.packer.put(u32::from(FLUSH), self.width, out);
        }
        self.packer.align(out);
    }

    /// What [`Encoder::flush`] would send now.
    pub fn peek_flush(&self, out: &mut Vec<u8>) {
        if self.mode == Mode::Transparent {
            return;
        }
        let (mut packer, mut width) = (self.packer, self.width);
        if self.search.begun() != 0 {
            put(&mut packer, &mut width, self.search.begun(), out);
        }
        if !packer.is_aligned() {
            packer.put(u32::from(FLUSH), width, out);
        }
        packer.align(out);
    }

    /// Changes the mode, if it is another, between two octets.
    pub fn enter(&mut self, mode: Mode, out: &mut Vec<u8>) {
        if mode == self.mode {
            return;
        }
        let begun = self.search.end();
        if self.mode == Mode::Compressed && begun != 0 {
            self.put(begun, out);
        }
        self.switch(mode, out);
    }

    /// Makes both ends start again with an empty dictionary, in transparent mode.
    pub fn reset(&mut self, out: &mut Vec<u8>) {
        self.enter(Mode::Transparent, out);
        out.extend([self.escape.0, RESET]);
        *self = Self::new(self.parameters, self.switching);
    }

    /// An octet of data as it is; in compressed mode its string's codeword carries it.
    #[inline]
    fn carry(&mut self, octet: u8, out: &mut Vec<u8>) {
        let escaped = self.escape.sees(octet);
        if self.mode == Mode::Transparent {
            out.push(octet);
            if escaped {
                out.push(EID);
            }
        }
    }

    #[inline]
    fn string_ended(&mut self, node: Node, out: &mut Vec<u8>) {
        let bits = self.width.max(u16::BITS - node.leading_zeros());
        if self.mode == Mode::Compressed {
            self.put(node, out);
        }
        self.test.string(self.search.dictionary.length(node), bits);
        if self.switching == Switching::ByTest {
            let wanted = self.test.verdict(self.mode);
            if wanted != self.mode {
                self.switch(wanted, out);
            }
        }
    }

    /// Changes the mode where a string has just ended.
    fn switch(&mut self, mode: Mode, out: &mut Vec<u8>) {
        match mode {
            Mode::Transparent => {
                self.packer.put(u32::from(ETM), self.width, out);
                self.packer.align(out);
            }
            Mode::Compressed => out.extend([self.escape.0, ECM]),
        }
        self.mode = mode;
    }

    #[inline]
    fn put(&mut self, code: Node, out: &mut Vec<u8>) {
        put(&mut self.packer, &mut self.width, code, out);
    }
}

/// Sends a codeword, after announcing longer codewords if it needs them.
#[inline]
fn put(packer: &mut Packer, width: &mut u32, code: Node, out: &mut Vec<u8>) {
    while u32::from(code) >> *width != 0 {
        packer.put(u32::from(STEPUP), *width, out);
        *width += 1;
    }
    packer.put(u32::from(code), *width, out);
}

/// The compressibility test. No source prescribes one; this is *ours*: sums of what went in and of what codewords
/// took or would have taken, in which the past fades.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Test {
    /// Bits of data.
    plain: u32,
    /// Bits of their codewords.
    coded: u32,
}

impl Test {
    /// The past counts half after so many bits of data.
    const MEMORY_BITS: u32 = 8 * 256;
    /// Nothing is decided on fewer bits of data.
    const LEAST_BITS: u32 = 8 * 64;

    #[inline]
    fn string(&mut self, length: u8, bits: u32) {
        self.plain += 8 * u32::from(length);
        self.coded += bits;
        if self.plain >= 2 * Self::MEMORY_BITS {
            self.plain /= 2;
            self.coded /= 2;
        }
    }

    /// Compression has to gain a sixteenth before it begins, and to lose before it ends.
    #[inline]
    fn verdict(&self, mode: Mode) -> Mode {
        if self.plain < Self::LEAST_BITS {
            return mode;
        }
        match mode {
            Mode::Transparent if 16 * self.coded < 15 * self.plain => Mode::Compressed,
            Mode::Compressed if self.coded > self.plain => Mode::Transparent,
            same => same,
        }
    }
}
