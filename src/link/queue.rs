//! The queue in front of a line: what finds no room in it is dropped.

use std::collections::VecDeque;

use crate::time::Instant;

/// How much may wait for a line, what is in transmission included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Packets.
    pub packets: u32,
    /// Bytes of packets and of what framing adds to each, escapes apart.
    pub octets: u32,
}

impl Queue {
    /// Room for everything.
    pub const ENDLESS: Self = Self { packets: u32::MAX, octets: u32::MAX };

    /// Room for so many packets of any length.
    #[must_use]
    pub const fn of_packets(packets: u32) -> Self {
        Self { packets, ..Self::ENDLESS }
    }

    /// Room for so many bytes in any number of packets.
    #[must_use]
    pub const fn of_octets(octets: u32) -> Self {
        Self { octets, ..Self::ENDLESS }
    }
}

/// What waits in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    queue: Queue,
    /// When each packet will have left, and its bytes, oldest first. Kept only where there is an end to the room.
    leaving: VecDeque<(Instant, u32)>,
    /// Bytes of all these.
    octets: u64,
}

impl Waiting {
    /// An empty queue.
    #[must_use]
    pub const fn new(queue: Queue) -> Self {
        Self { queue, leaving: VecDeque::new(), octets: 0 }
    }

    /// True if one more packet of so many bytes has room.
    pub fn has_room(&mut self, now: Instant, octets: u32) -> bool {
        while let Some((_, left)) = self.leaving.pop_front_if(|(end, _)| *end <= now) {
            self.octets -= u64::from(left);
        }
        self.leaving.len() < self.queue.packets as usize
            && self.octets + u64::from(octets) <= u64::from(self.queue.octets)
    }

    /// A packet of so many bytes waits, and will have left at `end`.
    pub fn add(&mut self, end: Instant, octets: u32) {
        if self.queue != Queue::ENDLESS {
            self.leaving.push_back((end, octets));
            self.octets += u64::from(octets);
        }
    }

    /// Forgets what waits: the call is over.
    pub fn clear(&mut self) {
        *self = Self::new(self.queue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Duration;

    #[test]
    fn packets_and_bytes_find_room_as_others_leave() {
        let at = |seconds| Instant::START + Duration::from_secs(seconds);
        let mut waiting = Waiting::new(Queue { packets: 3, octets: 1000 });
        for (end, octets) in [(1, 500), (2, 400)] {
            assert!(waiting.has_room(at(0), octets));
            waiting.add(at(end), octets);
        }
        assert!(!waiting.has_room(at(0), 101), "101 bytes beside 900 are more than 1000");
        assert!(waiting.has_room(at(0), 100));
        waiting.add(at(3), 100);
        assert!(!waiting.has_room(at(0), 0), "three packets wait");
        assert!(waiting.has_room(at(1), 500), "the first has left");
    }

    #[test]
    fn an_endless_queue_keeps_no_books() {
        let mut waiting = Waiting::new(Queue::ENDLESS);
        waiting.add(Instant::START + Duration::from_secs(1), 1500);
        assert_eq!(waiting, Waiting::new(Queue::ENDLESS));
    }
}
