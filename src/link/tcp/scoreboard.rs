//! What was sent and is not acknowledged yet, segment by segment, with what is known or guessed of each.
//!
//! ```text
//! in flight = sent − (arrived out of order + lost) + sent again
//! ```
//!
//! (linux net/ipv4/tcp_input.c, `tcp_sacktag_write_queue`; RFC 6675 calls it the pipe.)

use std::collections::VecDeque;

use crate::time::Instant;

/// A segment that is not acknowledged yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its first number.
    pub seq: u64,
    /// The number after its last.
    pub end: u64,
    /// When it left last.
    pub at: Instant,
    /// A SACK block says that it arrived.
    pub arrived: bool,
    /// It is taken to be lost.
    pub lost: bool,
    /// It was sent again, and that is still in flight.
    pub again: bool,
    /// It was ever sent again.
    pub repeated: bool,
    /// It carries PSH.
    pub push: bool,
}

/// All of them, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scoreboard {
    queue: VecDeque<Sent>,
    /// How many arrived out of order; without SACK, how many duplicate acknowledgements say so.
    pub arrived: u32,
    /// How many are lost.
    pub lost: u32,
    /// How many were sent again and are in flight.
    pub again: u32,
}

impl Scoreboard {
    /// How many there are.
    pub fn count(&self) -> u32 {
        self.queue.len() as u32
    }

    /// True if all is acknowledged.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many segments are on their way.
    pub fn in_flight(&self) -> u32 {
        (self.count() + self.again).saturating_sub(self.arrived + self.lost)
    }

    /// How many have left the line, one way or the other.
    pub const fn left(&self) -> u32 {
        self.arrived + self.lost
    }

    /// A new segment leaves.
    pub fn push(&mut self, sent: Sent) {
        self.queue.push_back(sent);
    }

    /// The oldest.
    pub fn first(&self) -> Option<&Sent> {
        self.queue.front()
    }

    /// One of them, oldest first.
    pub fn get(&self, index: usize) -> Option<&Sent> {
        self.queue.get(index)
    }

    /// Takes the oldest away, as it is acknowledged.
    pub fn pop(&mut self) -> Option<Sent> {
        let sent = self.queue.pop_front()?;
        self.lost -= u32::from(sent.lost);
        self.again -= u32::from(sent.again);
        self.arrived = self.arrived.saturating_sub(u32::from(sent.arrived));
        Some(sent)
    }

    /// The oldest is acknowledged up to `ack`, but not whole.
    pub fn trim(&mut self, ack: u64) {
        if let Some(first) = self.queue.front_mut().filter(|first| first.seq < ack && ack < first.end) {
            first.seq = ack;
        }
    }

    /// The number after the last one that arrived out of order; `otherwise` if none did.
    pub fn highest_arrived(&self, otherwise: u64) -> u64 {
        if self.arrived == 0 {
            return otherwise;
        }
        self.queue.iter().rev().find(|sent| sent.arrived).map_or(otherwise, |sent| sent.seq)
    }

    /// The places of the segments that lie within `from..to` altogether.
    pub fn within(&self, from: u64, to: u64) -> std::ops::Range<usize> {
        let first = self.queue.partition_point(|sent| sent.seq < from);
        let last = self.queue.partition_point(|sent| sent.end <= to);
        first..last.max(first)
    }

    /// Marks one as arrived out of order. True if that is news.
    pub fn mark_arrived(&mut self, index: usize) -> Option<Sent> {
        let sent = self.queue.get_mut(index).filter(|sent| !sent.arrived)?;
        let before = *sent;
        sent.arrived = true;
        self.arrived += 1;
        if before.lost {
            sent.lost = false;
            self.lost -= 1;
            if before.again {
                sent.again = false;
                self.again -= 1;
            }
        }
        Some(before)
    }

    /// A segment that had arrived, or was only late, turned out to have been sent again for nothing.
    pub fn forget_again(&mut self, index: usize) {
        if let Some(sent) = self.queue.get_mut(index).filter(|sent| sent.again) {
            sent.again = false;
            self.again -= 1;
        }
    }

    /// Takes one to be lost, or lost again. True if that is news.
    pub fn mark_lost(&mut self, index: usize) -> bool {
        let Some(sent) = self.queue.get_mut(index).filter(|sent| !sent.arrived) else { return false };
        if !sent.lost {
            sent.lost = true;
            self.lost += 1;
            return true;
        }
        if sent.again {
            sent.again = false;
            self.again -= 1;
            return true;
        }
        false
    }

    /// Nothing was lost after all.
    pub fn forget_losses(&mut self) {
        for sent in &mut self.queue {
            sent.lost = false;
        }
        self.lost = 0;
    }

    /// The receiver has thrown away what it had told of (RFC 2018 §8).
    pub fn forget_arrivals(&mut self) {
        for sent in &mut self.queue {
            sent.arrived = false;
        }
        self.arrived = 0;
    }

    /// One leaves again at `now`, with as many short ones behind it as make `room` octets; gives what leaves.
    /// `counts` is false for a probe.
    pub fn send_again(&mut self, index: usize, now: Instant, room: u64, counts: bool) -> Option<Sent> {
        let mut sent = *self.queue.get(index)?;
        while let Some(next) = self.queue.get(index + 1).filter(|next| !next.arrived && !sent.arrived) {
            if next.end - sent.seq > room {
                break;
            }
            (sent.end, sent.push) = (next.end, sent.push || next.push);
            sent.repeated |= next.repeated;
            self.lost -= u32::from(next.lost);
            self.again -= u32::from(next.again);
            self.queue.remove(index + 1);
        }
        sent.at = now;
        sent.repeated = true;
        if counts {
            self.again += u32::from(!sent.again);
            sent.again = true;
        }
        if let Some(place) = self.queue.get_mut(index) {
            *place = sent;
        }
        Some(sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(nth: u64) -> Sent {
        let (seq, end) = (nth * 10, nth * 10 + 10);
        let at = Instant::from_nanos(nth);
        Sent { seq, end, at, arrived: false, lost: false, again: false, repeated: false, push: false }
    }

    #[test]
    fn the_count_in_flight_follows_every_mark() {
        let mut board = Scoreboard::default();
        (0..6).for_each(|nth| board.push(sent(nth)));
        assert_eq!(board.within(15, 45), 2..4, "only whole segments");
        assert!(board.mark_arrived(3).is_some() && board.mark_arrived(3).is_none());
        assert_eq!((board.in_flight(), board.highest_arrived(0)), (5, 30));
        assert!(board.mark_lost(0) && !board.mark_lost(0) && !board.mark_lost(3));
        assert_eq!(board.in_flight(), 4);
        assert_eq!(board.send_again(0, Instant::from_nanos(9), 10, true).map(|sent| sent.end), Some(10));
        assert_eq!(board.in_flight(), 5);
        assert!(board.mark_lost(0), "lost again");
        assert_eq!(board.in_flight(), 4);
        board.pop();
        assert_eq!((board.in_flight(), board.lost, board.again), (4, 0, 0));
        // Two of three short ones fit into one segment; the third has arrived.
        let joined = board.send_again(0, Instant::from_nanos(9), 25, true);
        assert_eq!(joined.map(|sent| (sent.seq, sent.end)), Some((10, 30)));
        assert_eq!((board.count(), board.in_flight()), (4, 4));
    }
}
