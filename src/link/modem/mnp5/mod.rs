//! MNP 5: the data compression of Microcom's modems since 1987, on the octets that really go through it.
//!
//! ```text
//! octets ─> runs: after three equal octets ─> rank of each octet by  ─> header of 3 bits and
//!           comes a count of further ones     how often it occurred     body of 1 to 7 bits
//! ```
//!
//! 1. **Runs.** After the third equal octet in a row comes a count, 0 to 250, of how many more followed.
//! 2. **Frequencies.** Both ends count each octet, the counts of runs too, and keep a list with the most frequent
//!    first. When a count would pass 255, all are halved.
//! 3. **Codewords.** The place in the list is what is sent. The first two places take 4 bits, the last ones 10. So
//!    data in which all octets are equally frequent grow: there is no transparent mode.
//!
//! The codewords are from secondary sources, see the page "Compression in the modem" of the book. A reconstruction,
//! because no source gives it: how a list is mended after a count (one exchange with the first of the same count),
//! and that the spare codeword fills up the last octet when the terminal pauses.

mod table;
#[cfg(test)]
mod tests;

use super::bits::{Packer, Unpacker};
use table::Table;

/// After so many equal octets a count follows.
const RUN: u8 = 3;
/// The highest count of further equal octets.
const COUNT_MAX: u8 = 250;

/// The header of 3 bits that begins the longest codewords.
const LONGEST_HEADER: u32 = 7;
/// Their body of 7 bits that is followed by one more bit: 0 for the last place, 1 for the spare codeword.
const EXTENDED_BODY: u32 = 0x7F;

/// Equal octets in a row, seen alike by both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    octet: u8,
    /// How many came: 0 to 3. With the third a count is due.
    length: u8,
}

impl Run {
    /// Sees an octet that is sent as itself. True if it is the third equal one.
    fn sees(&mut self, octet: u8) -> bool {
        self.length = if self.octet == octet && self.length > 0 { self.length + 1 } else { 1 };
        self.octet = octet;
        self.length == RUN
    }
}

/// Compresses one direction of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoder {
    table: Table,
    run: Run,
    /// How many octets followed the third equal one so far.
    more: u8,
    packer: Packer,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { table: Table::new(), run: Run::default(), more: 0, packer: Packer::default() }
    }
}

impl Encoder {
    /// Compresses `octets`, and puts what is ready for the line behind `out`.
    pub fn encode(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        for &octet in octets {
            if self.run.length == RUN {
                if octet == self.run.octet && self.more < COUNT_MAX {
                    self.more += 1;
                    continue;
                }
                self.end_run(out);
            }
            self.run.sees(octet);
            self.put(octet, out);
        }
    }

    /// Sends what is begun, up to a whole octet: the terminal pauses.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        if self.run.length == RUN {
            self.end_run(out);
        }
        if !self.packer.is_aligned() {
            self.packer.put(LONGEST_HEADER | EXTENDED_BODY << 3 | 1 << 10, 11, out);
        }
        self.packer.align(out);
    }

    fn end_run(&mut self, out: &mut Vec<u8>) {
        let count = std::mem::take(&mut self.more);
        self.run = Run::default();
        self.put(count, out);
    }

    fn put(&mut self, octet: u8, out: &mut Vec<u8>) {
        let rank = u32::from(self.table.sees(octet));
        let header = rank.max(1).ilog2();
        let (body, width) = if header == 0 { (rank, 1) } else { (rank - (1 << header), header) };
        // Place 255 has the body of seven ones, and then a bit 0.
        let width = if rank == 255 { width + 1 } else { width };
        self.packer.put(header | body << 3, 3 + width, out);
    }
}

/// Undoes what an [`Encoder`] did. Every octet on the line means something, so it never fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder {
    table: Table,
    run: Run,
    unpacker: Unpacker,
    /// The header whose body has not come yet.
    header: Option<u32>,
    /// Whether the last body was seven ones: a bit more decides.
    extended: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            table: Table::new(),
            run: Run::default(),
            unpacker: Unpacker::default(),
            header: None,
            extended: false,
        }
    }
}

impl Decoder {
    /// Decodes `line`, cut anywhere, and puts the data behind `out`.
    pub fn decode(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let mut rest = line;
        loop {
            rest = self.unpacker.feed(rest);
            while self.step(out) {}
            if rest.is_empty() {
                return;
            }
        }
    }

    /// One header, body or bit more. False if it has not come yet.
    fn step(&mut self, out: &mut Vec<u8>) -> bool {
        if self.extended {
            let Some(spare) = self.unpacker.take(1) else { return false };
            self.extended = false;
            if spare == 1 {
                self.unpacker.align();
            } else {
                self.place(255, out);
            }
            return true;
        }
        let Some(header) = self.header.or_else(|| self.unpacker.take(3)) else { return false };
        self.header = Some(header);
        let Some(body) = self.unpacker.take(header.max(1)) else { return false };
        self.header = None;
        if header == LONGEST_HEADER && body == EXTENDED_BODY {
            self.extended = true;
        } else {
            let rank = if header == 0 { body } else { body + (1 << header) };
            self.place(rank as u8, out);
        }
        true
    }

    /// The octet at a place of the list: data, or the count of a run.
    fn place(&mut self, rank: u8, out: &mut Vec<u8>) {
        let octet = self.table.at(rank);
        self.table.sees(octet);
        if self.run.length == RUN {
            out.resize(out.len() + usize::from(octet), self.run.octet);
            self.run = Run::default();
        } else {
            self.run.sees(octet);
            out.push(octet);
        }
    }
}
