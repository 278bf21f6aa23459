//! What chance does to a line: wrong bits, and modems that train again.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use crate::time::{Duration, Instant};

/// Bit errors of one direction: how many good bits are left until the next wrong one.
#[derive(Clone, Debug, PartialEq)]
pub struct BitErrors {
    /// How many of 10⁹ bits are wrong.
    per_billion: u32,
    good: u64,
    random: ChaCha8Rng,
}

impl BitErrors {
    /// Errors at random, each bit by itself; `None` if no bit is ever wrong. `random` is for this alone.
    #[must_use]
    pub fn new(per_billion: u32, random: ChaCha8Rng) -> Option<Self> {
        (per_billion > 0).then(|| {
            let mut errors = Self { per_billion, good: 0, random };
            errors.good = errors.draw();
            errors
        })
    }

    /// Sends so many bits. True if one of them arrives wrong.
    pub fn hit(&mut self, bits: u64) -> bool {
        let mut left = bits;
        let mut hit = false;
        while left > self.good {
            left -= self.good + 1;
            self.good = self.draw();
            hit = true;
        }
        self.good -= left;
        hit
    }

    /// The gaps between independent errors are geometric.
    fn draw(&mut self) -> u64 {
        let wrong = f64::from(self.per_billion.min(999_999_999)) / 1e9;
        (libm::log(uniform(&mut self.random)) / libm::log1p(-wrong)) as u64
    }
}

/// Times at which both modems fall silent and train again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retrains {
    mean_gap: Duration,
    length: Duration,
    next: Instant,
    random: ChaCha8Rng,
}

impl Retrains {
    /// Retrains at random, so many in a million hours, each of some `length`; `None` if there are none. `random` is for this alone.
    #[must_use]
    pub fn new(per_million_hours: u64, length: Duration, random: ChaCha8Rng) -> Option<Self> {
        const MILLION_HOURS_S: u64 = 3_600_000_000;
        (per_million_hours > 0).then(|| {
            let mean_gap =
                Duration::from_nanos((MILLION_HOURS_S * 1_000_000 / per_million_hours).saturating_mul(1000));
            let mut retrains = Self { mean_gap, length, next: Instant::START, random };
            retrains.next = retrains.draw(Instant::START);
            retrains
        })
    }

    /// When something that would leave at `ready` can leave.
    pub fn silence(&mut self, ready: Instant) -> Instant {
        while self.next + self.length <= ready {
            self.next = self.draw(self.next + self.length);
        }
        if self.next <= ready { self.next + self.length } else { ready }
    }

    fn draw(&mut self, from: Instant) -> Instant {
        let gap = -libm::log(uniform(&mut self.random)) * self.mean_gap.as_nanos() as f64;
        from + Duration::from_nanos((gap as u64).max(1))
    }
}

/// More than 0, at most 1.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    ((random.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// All that may go wrong on the lines of one path, if chance is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Noise {
    /// By the end that sends.
    pub errors: [Option<BitErrors>; 2],
    /// Of both directions at once.
    pub retrains: Option<Retrains>,
}

impl Noise {
    /// Sends so many bits in one direction. True if one of them arrives wrong.
    pub fn hit(&mut self, direction: usize, bits: u64) -> bool {
        self.errors.get_mut(direction).and_then(Option::as_mut).is_some_and(|errors| errors.hit(bits))
    }

    /// When something that would leave at `ready` can leave.
    pub fn silence(&mut self, ready: Instant) -> Instant {
        self.retrains.as_mut().map_or(ready, |retrains| retrains.silence(ready))
    }
}

#[cfg(test)]
mod tests {
    use rand_core::SeedableRng;

    use super::*;

    #[test]
    fn as_many_bits_are_wrong_as_were_asked_for() {
        let mut errors = BitErrors::new(10_000, ChaCha8Rng::seed_from_u64(1)).unwrap();
        let hit = (0..10_000).filter(|_| errors.hit(1000)).count();
        // A frame of 1000 bits survives with probability (1 - 10⁻⁵)¹⁰⁰⁰ = 0.990.
        assert!((70..130).contains(&hit), "{hit}");
        assert_eq!(BitErrors::new(0, ChaCha8Rng::seed_from_u64(1)), None);
    }

    #[test]
    fn a_line_that_trains_again_is_silent_for_that_long() {
        let length = Duration::from_secs(8);
        let mut retrains = Retrains::new(60_000_000, length, ChaCha8Rng::seed_from_u64(1)).unwrap();
        let mut silent = 0;
        for second in 0..36_000 {
            let ready = Instant::START + Duration::from_secs(second);
            let leaves = retrains.silence(ready);
            assert!(leaves <= ready + length);
            silent += u32::from(leaves > ready);
        }
        // One a minute besides its 8 s: 8 of 68 seconds.
        assert!((3600..4900).contains(&silent), "{silent}");
    }
}
