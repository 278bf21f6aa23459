//! CUBIC (RFC 9438) and its hybrid slow start, in the fixed-point form of Linux (net/ipv4/tcp_cubic.c): the window
//! grows as a cubic of the time since the last loss, around the window at which that loss came.

use super::clock::{jiffies, jiffies_of_micros, micros};
use crate::time::Instant;

/// The factor by which a loss reduces the window, and the unit of such factors.
const BETA: u64 = 717;
const UNIT: u64 = 1024;
/// Ticks a second, and ticks of the cubic's time as a shift.
const HERTZ: u64 = 250;
const SHIFT: u32 = 10;
/// The cubic's scale: 0.4 in units of 1/1024.
const SCALE: u64 = 410;
/// 15/8 segments acknowledged let a Reno of the same reduction grow by one.
const RENO_SCALE: u64 = 15;
/// Hybrid slow start begins to look at this window, and after so many samples of a round.
const HYSTART_LEAST: u32 = 16;
const SAMPLES: u32 = 8;
/// Acknowledgements closer than this belong to a train.
const TRAIN_GAP_MICROS: u64 = 2_000;
/// What a sender that makes trains of segments itself adds to the length of one (linux `hystart_ack_delay`, at most).
const OWN_TRAIN_MICROS: u64 = 1_000;

/// What CUBIC remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cubic {
    /// The window before the last loss.
    last_max: u64,
    last_window: u64,
    last_time: u64,
    /// The plateau, when it is reached after the epoch began, and that beginning in ticks.
    origin: u64,
    plateau: u64,
    epoch: Option<u64>,
    /// Segments acknowledged for the next step.
    step: u64,
    acked: u64,
    reno_window: u64,
    /// The shortest round trip in microseconds.
    shortest: u64,
    hystart: Hystart,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Hystart {
    round_end: u64,
    round_start: Instant,
    last_ack: Instant,
    samples: u32,
    shortest: Option<u64>,
    found: bool,
}

impl Cubic {
    /// The threshold after a loss at window `window` (RFC 9438 §4.6, §4.7).
    pub fn reduce(&mut self, window: u32) -> u32 {
        let window = u64::from(window);
        self.epoch = None;
        self.last_max = if window < self.last_max { window * (UNIT + BETA) / (2 * UNIT) } else { window };
        ((window * BETA / UNIT) as u32).max(2)
    }

    /// A timeout: all is forgotten, and a new round begins that ends when `next` is acknowledged.
    pub fn reset(&mut self, now: Instant, next: u64) {
        *self = Self { hystart: Hystart::round(now, next), ..Self::default() };
    }

    /// The sender was idle since `last_sent` and begins again: the cubic's time stands still meanwhile.
    pub fn idle(&mut self, now: Instant, last_sent: Instant) {
        let idle = jiffies(now).saturating_sub(jiffies(last_sent));
        self.epoch = self.epoch.map(|epoch| (epoch + idle).min(jiffies(now)));
    }

    /// How many acknowledged segments make the window grow by one.
    pub fn update(&mut self, now: Instant, window: u32, acked: u32) -> u32 {
        let (time, window) = (jiffies(now), u64::from(window));
        self.acked += u64::from(acked);
        if self.last_window == window && time.saturating_sub(self.last_time) <= HERTZ / 32 {
            return self.step as u32;
        }
        if self.epoch.is_none() || time != self.last_time {
            (self.last_window, self.last_time) = (window, time);
            self.aim(time, window, acked.into());
        }
        // No slower than Reno would be (RFC 9438 §4.3).
        let each = window * RENO_SCALE / 8;
        while self.acked > each {
            self.acked -= each;
            self.reno_window += 1;
        }
        if self.reno_window > window {
            self.step = self.step.min(window / (self.reno_window - window));
        }
        self.step = self.step.max(2);
        self.step as u32
    }

    fn aim(&mut self, time: u64, window: u64, acked: u64) {
        let epoch = *self.epoch.get_or_insert_with(|| {
            (self.acked, self.reno_window) = (acked, window);
            if self.last_max <= window {
                (self.plateau, self.origin) = (0, window);
            } else {
                self.plateau = cube_root((1 << 40) / SCALE * (self.last_max - window));
                self.origin = self.last_max;
            }
            time
        });
        let since = ((time - epoch + jiffies_of_micros(self.shortest)) << SHIFT) / HERTZ;
        let off = since.abs_diff(self.plateau);
        let rise = ((u128::from(off) * u128::from(off) * u128::from(off) * u128::from(SCALE)) >> 40) as u64;
        let target = if since < self.plateau { self.origin.saturating_sub(rise) } else { self.origin + rise };
        self.step = if target > window { window / (target - window) } else { 100 * window };
        if self.last_max == 0 && self.step > 20 {
            self.step = 20;
        }
    }

    /// A round trip was measured. True if slow start should end here: the line is full.
    pub fn sample(
        &mut self,
        now: Instant,
        round_trip: u64,
        slow_start: bool,
        window: u32,
        numbers: (u64, u64),
    ) -> bool {
        if self.epoch.is_some_and(|epoch| jiffies(now).saturating_sub(epoch) < HERTZ) {
            return false;
        }
        let delay = round_trip.max(1);
        if self.shortest == 0 || delay < self.shortest {
            self.shortest = delay;
        }
        if !slow_start || self.hystart.found {
            return false;
        }
        // Rounds are counted from the first on, though their round trips matter only to a wide window.
        self.hystart.begin_round(now, numbers);
        window >= HYSTART_LEAST && self.hystart.look(now, delay, self.shortest)
    }
}

impl Hystart {
    /// A round that lasts until what has been sent by now is acknowledged.
    fn round(now: Instant, next: u64) -> Self {
        Self { round_end: next, round_start: now, last_ack: now, ..Self::default() }
    }

    fn begin_round(&mut self, now: Instant, (unacknowledged, next): (u64, u64)) {
        if unacknowledged > self.round_end {
            *self = Self::round(now, next);
        }
    }

    /// Looks for signs that the line is full: a train of acknowledgements as long as half a round trip, or round
    /// trips that grow (Ha and Rhee 2008; RFC 9406 keeps the second).
    fn look(&mut self, now: Instant, delay: u64, shortest: u64) -> bool {
        if micros(self.last_ack, now) <= TRAIN_GAP_MICROS {
            self.last_ack = now;
            self.found |= micros(self.round_start, now) > (shortest + OWN_TRAIN_MICROS) / 2;
        }
        if self.shortest.is_none_or(|least| delay < least) {
            self.shortest = Some(delay);
        }
        if self.samples < SAMPLES {
            self.samples += 1;
        } else if self.shortest.is_some_and(|least| least > shortest + (shortest / 8).clamp(4_000, 16_000)) {
            self.found = true;
        }
        self.found
    }
}

/// The cube root, rounded down.
fn cube_root(number: u64) -> u64 {
    let (mut low, mut high) = (0_u64, 1 << 21);
    while high - low > 1 {
        let middle = (low + high) / 2;
        if middle * middle * middle <= number { low = middle } else { high = middle }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Duration;

    #[test]
    fn the_window_comes_back_to_the_plateau_when_the_cubic_says() {
        assert_eq!((cube_root(26), cube_root(27), cube_root(0)), (2, 3, 0));
        // From 70 to 100 segments at C = 0.4: the plateau comes after (30 ÷ 0.4)^(1/3) = 4.2 s (RFC 9438 §4.2).
        let mut cubic = Cubic::default();
        assert_eq!(cubic.reduce(100), 70);
        let (mut window, mut credit, mut now) = (70, 0, Instant::START);
        for _ in 0..43 {
            now += Duration::from_millis(100);
            let acknowledged = window;
            for _ in 0..acknowledged {
                credit += 1;
                let step = cubic.update(now, window, 1);
                if credit >= step {
                    (credit, window) = (0, window + 1);
                }
            }
        }
        assert!((98..=102).contains(&window), "{window}");
    }

    /// Acknowledgements 100 ms apart whose round trips have doubled; each one moves the window by a segment. Gives the
    /// window at which slow start ended.
    fn window_at_the_end(first: u32, in_flight: u64) -> u32 {
        let mut cubic = Cubic::default();
        assert!(!cubic.sample(Instant::START, 100_000, true, first, (1, 1)));
        let (mut window, mut next, mut now) = (first, in_flight, Instant::START);
        for acknowledged in 2.. {
            now += Duration::from_millis(100);
            if cubic.sample(now, 200_000, true, window, (acknowledged, next)) {
                break;
            }
            (window, next) = (window + 1, next + 2);
        }
        window
    }

    #[test]
    fn slow_start_ends_in_a_round_that_began_with_a_window_below_the_least() {
        assert_eq!(window_at_the_end(16, 100), 24, "the ninth sample of a long round");
        // The round begins at window 10, and lasts for 10 acknowledgements; its four samples above 16 are too few. The
        // next one begins at window 20, and has its ninth sample at 28.
        assert_eq!(window_at_the_end(10, 11), 28);
    }
}
