//! The round-trip estimate and the retransmission timeout that follows from it.
//!
//! Linux keeps it in microseconds and takes care that the timeout does not fall quickly (linux net/ipv4/tcp_input.c,
//! `tcp_rtt_estimator`); BSD counts ticks of half a second (Jacobson 1988, RFC 6298 with a coarse clock).

/// What Linux knows about round trips, in microseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundTrip {
    /// Smoothed, times 8; zero before the first sample.
    smoothed8: u64,
    /// Smoothed deviation, times 4.
    deviation4: u64,
    /// Its greatest value in this round trip, and the value that the timeout is made of.
    deviation_max: u64,
    variation: u64,
    /// Where this round trip ends.
    round_end: u64,
    least: u64,
    /// The shortest that was seen.
    shortest: Option<u64>,
}

impl RoundTrip {
    /// Nothing is known; `least` is what the variation counts at least.
    pub const fn new(least: u64) -> Self {
        Self {
            smoothed8: 0,
            deviation4: 0,
            deviation_max: 0,
            variation: 0,
            round_end: 0,
            least,
            shortest: None,
        }
    }

    /// A segment was acknowledged after so long. `unacknowledged` and `next` are the sender's numbers.
    pub fn sample(&mut self, micros: u64, unacknowledged: u64, next: u64) {
        if self.smoothed8 == 0 {
            self.smoothed8 = (micros * 8).max(1);
            self.deviation4 = micros * 2;
            self.variation = self.deviation4.max(self.least);
            self.deviation_max = self.variation;
            self.round_end = next;
            return;
        }
        let error = micros as i64 - (self.smoothed8 / 8) as i64;
        self.smoothed8 = self.smoothed8.saturating_add_signed(error).max(1);
        let mut step = error.abs() - (self.deviation4 / 4) as i64;
        if error < 0 && step > 0 {
            // A shorter round trip is no reason for a longer timeout.
            step /= 8;
        }
        self.deviation4 = self.deviation4.saturating_add_signed(step);
        if self.deviation4 > self.deviation_max {
            self.deviation_max = self.deviation4;
            self.variation = self.variation.max(self.deviation_max);
        }
        if unacknowledged > self.round_end {
            if self.deviation_max < self.variation {
                self.variation -= (self.variation - self.deviation_max) / 4;
            }
            self.round_end = next;
            self.deviation_max = self.least;
        }
    }

    /// Notes a round trip that may be the shortest.
    pub fn note_shortest(&mut self, micros: u64) {
        self.shortest = Some(self.shortest.map_or(micros, |shortest| shortest.min(micros)).max(1));
    }

    /// The shortest round trip seen, in microseconds.
    pub const fn shortest(&self) -> Option<u64> {
        self.shortest
    }

    /// The smoothed round trip in microseconds, once there is one.
    pub fn smoothed(&self) -> Option<u64> {
        (self.smoothed8 > 0).then_some(self.smoothed8 / 8)
    }

    /// Twice the smoothed round trip in microseconds.
    pub const fn twice_smoothed(&self) -> u64 {
        self.smoothed8 / 4
    }

    /// No sample came from the handshake: the variation is taken to be so long (RFC 6298 §5.7).
    pub const fn assume(&mut self, micros: u64) {
        (self.variation, self.deviation4, self.deviation_max) = (micros, micros, micros);
    }

    /// The retransmission timeout in microseconds, before any backoff.
    pub const fn timeout(&self) -> u64 {
        self.smoothed8 / 8 + self.variation
    }
}

/// What BSD knows about round trips, in ticks of its slow timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticks {
    /// Smoothed, times 8; zero before the first sample.
    smoothed8: u64,
    /// Mean deviation, times 4.
    variation4: u64,
    least: u64,
    most: u64,
}

impl Ticks {
    /// Nothing is known: the first timeout is `initial` ticks, later ones lie between `least` and `most`.
    pub const fn new(initial: u64, least: u64, most: u64) -> Self {
        Self { smoothed8: 0, variation4: initial, least, most }
    }

    /// A segment was acknowledged after so many ticks, the first one begun counting as one.
    pub fn sample(&mut self, ticks: u64) {
        if self.smoothed8 == 0 {
            (self.smoothed8, self.variation4) = (ticks * 8, ticks * 2);
            return;
        }
        let error = ticks as i64 - 1 - (self.smoothed8 / 8) as i64;
        self.smoothed8 = self.smoothed8.saturating_add_signed(error).max(1);
        let step = error.abs() - (self.variation4 / 4) as i64;
        self.variation4 = self.variation4.saturating_add_signed(step).max(1);
    }

    /// The timeout in ticks after so many in a row: doubled each time, up to 64 times (RFC 1122 §4.2.3.1).
    pub fn timeout(&self, backoff: u32) -> u64 {
        let plain = self.smoothed8 / 8 + self.variation4;
        (plain << backoff.min(6)).clamp(self.least, self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_follows_the_round_trip() {
        let mut round_trip = RoundTrip::new(200_000);
        round_trip.sample(400_000, 1, 10);
        assert_eq!(round_trip.smoothed(), Some(400_000));
        assert_eq!(round_trip.timeout(), 1_200_000, "thrice the first round trip");
        for number in 0..200 {
            round_trip.sample(400_000, 10 * number + 11, 10 * number + 20);
        }
        assert!(round_trip.timeout() < 601_000, "the floor of the variation holds");
        assert!(round_trip.timeout() >= 599_000);
    }

    #[test]
    fn bsd_counts_half_seconds() {
        let mut ticks = Ticks::new(12, 2, 128);
        assert_eq!([0, 1, 2, 9].map(|backoff| ticks.timeout(backoff)), [12, 24, 48, 128]);
        ticks.sample(1);
        assert_eq!(ticks.timeout(0), 3, "a round trip below a tick: 1 to 1.5 s");
        (0..50).for_each(|_| ticks.sample(1));
        assert_eq!(ticks.timeout(0), 3, "and so it stays: rounding keeps the variation up");
    }
}
