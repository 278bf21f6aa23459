//! Data that came out of order, and how an end tells of it (SACK, RFC 2018; duplicates, RFC 2883).

use super::segment::Sack;
use super::window::memory;

/// A stretch of numbers that has come while something before it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Island {
    from: u64,
    to: u64,
    memory: u64,
}

/// More than so many stretches are not kept apart: what would make one more is dropped, and its sender repeats it.
const ISLANDS_MAX: usize = 1024;

/// How many stretches a header can tell of.
const TOLD_MAX: usize = 4;

/// What waits for something before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reassembly {
    /// In order, none touching the next.
    islands: Vec<Island>,
    /// The stretches that changed last, newest first.
    told: Vec<(u64, u64)>,
    /// What came twice, to be told once.
    twice: Option<(u64, u64)>,
}

impl Reassembly {
    /// True if nothing waits.
    pub const fn is_empty(&self) -> bool {
        self.islands.is_empty()
    }

    /// Memory that it takes.
    pub fn memory(&self) -> u64 {
        self.islands.iter().map(|island| island.memory).sum()
    }

    /// How far behind `expected` the last of it ends.
    pub fn reach(&self, expected: u64) -> u64 {
        self.islands.last().map_or(0, |island| island.to.saturating_sub(expected))
    }

    /// Notes that `from..to` came though it was there.
    pub const fn came_twice(&mut self, from: u64, to: u64) {
        self.twice = Some((from, to));
    }

    /// New data begins to be looked at: what came twice before is old news.
    pub const fn forget_twice(&mut self) {
        self.twice = None;
    }

    /// Keeps `from..to`. False if there is no place for it.
    pub fn keep(&mut self, from: u64, to: u64, packet_octets: u32) -> bool {
        let first = self.islands.partition_point(|island| island.to < from);
        let last = self.islands.partition_point(|island| island.from <= to);
        let mut merged = Island { from, to, memory: memory(packet_octets) };
        for island in self.islands.get(first..last).unwrap_or_default() {
            let overlap = (from.max(island.from), to.min(island.to));
            if overlap.0 < overlap.1 {
                self.twice = Some(overlap);
                if overlap == (from, to) {
                    merged.memory = 0;
                }
            }
            merged.from = merged.from.min(island.from);
            merged.to = merged.to.max(island.to);
            merged.memory += island.memory;
        }
        if first == last && self.islands.len() >= ISLANDS_MAX {
            return false;
        }
        self.islands.splice(first..last, [merged]);
        self.told.retain(|&(start, end)| end < merged.from || start > merged.to);
        self.told.insert(0, (merged.from, merged.to));
        self.told.truncate(TOLD_MAX);
        true
    }

    /// Everything up to `expected` is there now: gives how far that goes on without a hole.
    pub fn advance(&mut self, mut expected: u64) -> u64 {
        let mut taken = 0;
        for island in &self.islands {
            if island.from > expected {
                break;
            }
            if island.from < expected {
                self.twice = Some((island.from, island.to.min(expected)));
            }
            expected = expected.max(island.to);
            taken += 1;
        }
        if taken > 0 {
            self.islands.drain(..taken);
        }
        self.told.retain(|&(start, _)| start > expected);
        expected
    }

    /// The option that tells of it, for a segment that acknowledges `ack`; at most so many blocks.
    pub fn sack(&mut self, ack: u64, blocks_max: usize) -> Sack {
        let mut sack = Sack::default();
        let twice = self.twice.take();
        for (from, to) in twice.into_iter().chain(self.told.iter().copied()).take(blocks_max) {
            sack.push(ack, from, to);
        }
        sack
    }

    /// How many octets the option of [`Reassembly::sack`] would take.
    pub fn told_octets(&self, blocks_max: usize) -> u32 {
        let blocks = (self.told.len() + usize::from(self.twice.is_some())).min(blocks_max);
        if blocks == 0 { 0 } else { 4 + 8 * blocks as u32 }
    }

    /// True if the next segment carries a SACK option.
    pub const fn has_news(&self) -> bool {
        self.twice.is_some() || !self.told.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_and_the_newest_is_told_first() {
        let mut held = Reassembly::default();
        assert!(held.keep(20, 30, 50) && held.keep(40, 50, 50) && held.keep(60, 70, 50));
        let told = |held: &mut Reassembly| held.sack(10, 3).blocks(10).collect::<Vec<_>>();
        assert_eq!(told(&mut held), [(60, 70), (40, 50), (20, 30)]);
        assert!(held.keep(30, 40, 50));
        assert_eq!(told(&mut held), [(20, 50), (60, 70)]);
        assert!(held.keep(45, 65, 50));
        assert_eq!(held.twice, Some((60, 65)));
        assert_eq!(told(&mut held)[0], (60, 65), "what came twice stands first (RFC 2883 §4)");
        assert_eq!(told(&mut held), [(20, 70)]);
        assert_eq!(held.advance(15), 15);
        assert_eq!(held.advance(20), 70);
        assert!(held.is_empty() && !held.has_news());
    }
}
