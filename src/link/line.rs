//! One direction of a line: when a packet is clocked out, and when it arrives.

use crate::time::{Duration, Instant};
use crate::units::{BitRate, Pacer};

/// One direction of a line: a serial transmitter, and the way to the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direction {
    /// Line bits per second.
    pub rate: BitRate,
    /// Time from the last bit's leaving to its arriving: propagation and modem latency.
    pub delay: Duration,
    pacer: Pacer,
    /// The latest arrival so far: jitter never lets packets overtake each other.
    latest: Instant,
}

/// What happens to one packet on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transit {
    /// It is ready to leave.
    pub queued: Instant,
    /// Its first bit leaves.
    pub start: Instant,
    /// Its last bit has left.
    pub end: Instant,
    /// Its last bit arrives.
    pub arrive: Instant,
}

impl Direction {
    /// An idle direction.
    #[must_use]
    pub fn new(rate: BitRate, delay: Duration) -> Self {
        Self { rate, delay, pacer: Pacer::default(), latest: Instant::START }
    }

    /// Sends `bits`, which queue behind whatever was sent before. `jitter` is added to the delay.
    pub fn send(&mut self, now: Instant, bits: u64, jitter: Duration) -> Transit {
        let (start, end) = self.clock(now, bits);
        self.carry(now, start, end, self.delay + jitter)
    }

    /// Clocks out a part of a packet, no sooner than `ready`: when it starts and when it ends.
    pub fn clock(&mut self, ready: Instant, bits: u64) -> (Instant, Instant) {
        self.pacer.send(ready, bits, self.rate)
    }

    /// Enters a packet whose parts were clocked out from `start` to `end`, and which arrives `delay` later, but
    /// never before one that was sent earlier.
    pub fn carry(&mut self, queued: Instant, start: Instant, end: Instant, delay: Duration) -> Transit {
        self.latest = self.latest.max(end + delay);
        Transit { queued, start, end, arrive: self.latest }
    }

    /// What was clocked out so far, to come back to with [`Direction::rewind`].
    #[must_use]
    pub const fn pacer(&self) -> Pacer {
        self.pacer
    }

    /// Takes back what was clocked out since: it has not begun to leave.
    pub const fn rewind(&mut self, pacer: Pacer) {
        self.pacer = pacer;
    }

    /// Forgets what is still queued: the call is over.
    pub fn reset(&mut self) {
        self.pacer = Pacer::default();
        self.latest = Instant::START;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_waits_for_the_one_before_it() {
        let mut line = Direction::new(BitRate::new(8000).unwrap(), Duration::from_millis(100));
        let first = line.send(Instant::START, 8 * 500, Duration::ZERO);
        assert_eq!(first.end.as_nanos(), 500_000_000);
        assert_eq!(first.arrive.as_nanos(), 600_000_000);
        let second = line.send(Instant::START, 8 * 500, Duration::ZERO);
        assert_eq!((second.start, second.arrive), (first.end, first.end + Duration::from_millis(600)));
    }

    #[test]
    fn jitter_delays_and_never_reorders() {
        let mut line = Direction::new(BitRate::new(1_000_000).unwrap(), Duration::from_millis(10));
        let late = line.send(Instant::START, 8, Duration::from_secs(1));
        let next = line.send(Instant::START, 8, Duration::ZERO);
        assert_eq!(next.arrive, late.arrive);
    }
}
