//! The round-trip estimate and the retransmission timeout that follows from it (RFC 6298).

use super::profile::Profile;
use crate::time::{Duration, Instant};

/// Smoothed round trip and its variation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundTrip {
    smoothed: Option<Duration>,
    variation: Duration,
    initial: Duration,
    least: Duration,
    /// With timestamps every acknowledgement gives a sample; without them one segment a window is timed.
    every_ack: bool,
    timed: Option<(u64, Instant)>,
}

impl RoundTrip {
    pub fn new(profile: &Profile) -> Self {
        Self {
            smoothed: None,
            variation: Duration::ZERO,
            initial: profile.timeout_initial,
            least: profile.timeout_min,
            every_ack: profile.modern_options,
            timed: None,
        }
    }

    /// A segment that ends at `end` was sent.
    pub fn sent(&mut self, end: u64, now: Instant) {
        if self.timed.is_none() {
            self.timed = Some((end, now));
        }
    }

    /// The segment sent at `sent` and ending at `end` was acknowledged by `ack`.
    pub fn acknowledged(&mut self, sent: Instant, end: u64, ack: u64, now: Instant, next: u64) {
        if self.every_ack {
            // One sample for each acknowledgement: from the newest segment that it covers.
            if end == ack || ack == next {
                self.sample(now.since(sent));
            }
        } else if let Some((timed, at)) = self.timed.filter(|(timed, _)| *timed <= ack) {
            debug_assert!(timed <= ack);
            self.sample(now.since(at));
        } else {
            return;
        }
        self.timed = None;
    }

    /// RFC 6298 §2.2 and §2.3, with alpha 1/8 and beta 1/4.
    fn sample(&mut self, round_trip: Duration) {
        let measured = round_trip.as_nanos();
        match self.smoothed {
            None => {
                self.smoothed = Some(round_trip);
                self.variation = Duration::from_nanos(measured / 2);
            }
            Some(smoothed) => {
                let smoothed = smoothed.as_nanos();
                let deviation = smoothed.abs_diff(measured);
                self.variation = Duration::from_nanos(self.variation.as_nanos() / 4 * 3 + deviation / 4);
                self.smoothed = Some(Duration::from_nanos(smoothed / 8 * 7 + measured / 8));
            }
        }
    }

    /// The smoothed round trip, once there is one.
    pub const fn smoothed(&self) -> Option<Duration> {
        self.smoothed
    }

    /// The retransmission timeout: smoothed round trip plus four variations, which count as no less than the
    /// stack's least timeout.
    pub fn timeout(&self) -> Duration {
        match self.smoothed {
            None => self.initial,
            Some(smoothed) => smoothed + self.variation.saturating_mul(4).max(self.least),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tcp::LINUX;

    #[test]
    fn the_timeout_follows_the_round_trip() {
        let mut round_trip = RoundTrip::new(&LINUX);
        assert_eq!(round_trip.timeout(), Duration::from_secs(1));
        round_trip.sent(10, Instant::START);
        round_trip.acknowledged(Instant::START, 10, 10, Instant::START + Duration::from_millis(400), 10);
        assert_eq!(round_trip.smoothed(), Some(Duration::from_millis(400)));
        assert_eq!(round_trip.timeout(), Duration::from_millis(1200));
        for _ in 0..200 {
            round_trip.acknowledged(Instant::START, 10, 10, Instant::START + Duration::from_millis(400), 10);
        }
        assert!(round_trip.timeout() < Duration::from_millis(601), "the floor of the variation holds");
        assert!(round_trip.timeout() >= Duration::from_millis(599));
    }
}
