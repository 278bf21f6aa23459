//! The part of a file that is being looked at.

use std::ops::Range;

/// Octets of a file from some offset on. Offsets count from the file's first octet.
#[derive(Debug, Default)]
pub(super) struct Window {
    octets: Vec<u8>,
    at: u64,
}

impl Window {
    /// Adds the next piece of the file.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.octets.extend_from_slice(piece);
    }

    /// How many octets are in memory.
    pub(super) const fn len(&self) -> usize {
        self.octets.len()
    }

    /// The offset behind the last octet that is known.
    pub(super) const fn end(&self) -> u64 {
        self.at + self.octets.len() as u64
    }

    /// The octets of a range, as far as they are in memory.
    pub(super) fn slice(&self, range: Range<u64>) -> &[u8] {
        self.octets.get(self.index(range.start)..self.index(range.end)).unwrap_or_default()
    }

    /// The offset behind the first LF at or after `from`; `None` if there is none yet.
    pub(super) fn line_end(&self, from: u64) -> Option<u64> {
        let rest = self.slice(from..self.end());
        memchr::memchr(b'\n', rest).map(|at| from.max(self.at) + at as u64 + 1)
    }

    /// Forgets what stands before `offset`.
    pub(super) fn drop_until(&mut self, offset: u64) {
        let used = self.index(offset);
        self.octets.drain(..used);
        self.at += used as u64;
    }

    /// Forgets what stands before `offset` if that is most of the window: moving the rest to the front then costs
    /// less than what is forgotten did.
    pub(super) fn drop_if_worthwhile(&mut self, offset: u64) {
        if self.index(offset) > self.octets.len() / 2 {
            self.drop_until(offset);
        }
    }

    fn index(&self, offset: u64) -> usize {
        let index = usize::try_from(offset.saturating_sub(self.at));
        index.map_or(self.octets.len(), |index| index.min(self.octets.len()))
    }
}
