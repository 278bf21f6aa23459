//! Chance, one named stream for each purpose and message.
//!
//! A message is a pure function of the seed and its number: whoever asks for the size of message 7 or for its
//! thread draws from a stream of its own, and no draw for one purpose moves the draws for another.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What chance is for. The number is part of the stream's name and must never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// Octets of header, text and attachment.
    Size = 1,
    /// Which earlier message is answered.
    Thread = 2,
    /// When the message came.
    Time = 3,
    /// Which form the message has: HTML beside text, letters beyond ASCII, mailing list.
    Form = 4,
    /// Header lines.
    Header = 5,
    /// The words of the text.
    Text = 6,
    /// The words of the HTML part.
    Html = 7,
    /// Name and type of the attachment.
    Attachment = 8,
    /// Who wrote it; the subject and the mailing list of a thread.
    People = 9,
    /// What is in the attachment.
    Content = 10,
    /// Greeting, quotation and signature around the words of a text.
    Letter = 11,
    /// Delimiters of a multipart.
    Boundary = 12,
    /// Whether an attachment is uuencoded.
    Encoding = 13,
    /// Name, address and host of a person.
    Person = 14,
}

/// All streams of one seed.
#[derive(Clone, Debug)]
pub struct Streams(ChaCha8Rng);

/// One stream of chance.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

impl Streams {
    /// The streams of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut key = *b"........maillab mail generator 1";
        for (slot, octet) in key.iter_mut().zip(seed.to_le_bytes()) {
            *slot = octet;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// The stream for one purpose of message `index`, from its beginning.
    #[must_use]
    pub fn of(&self, purpose: Purpose, index: u32) -> Stream {
        let mut stream = self.0.clone();
        stream.set_stream((u64::from(purpose as u32) << 32) | u64::from(index));
        Stream(stream)
    }
}

impl Stream {
    /// 32 bits.
    pub fn bits(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number below `limit`, or 0 if that is 0. The bias is below `limit` ÷ 2³².
    pub fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.bits()) * u64::from(limit)) >> 32) as u32
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True with this probability, in steps of 2⁻³².
    pub fn chance(&mut self, probability: f64) -> bool {
        f64::from(self.bits()) < probability * 4_294_967_296.0
    }

    /// A number from 0 to 1, 1 not included.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of `items`; `None` only if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u32) as usize)
    }

    /// One of `words`, or nothing if there are none.
    pub fn word(&mut self, words: &[&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// A standard normal number (G. Box and M. Muller, 1958), with mathematics that is the same on each machine.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// A log-normal number.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// Fills `octets` with octets that no compressor makes smaller.
    pub fn fill(&mut self, octets: &mut [u8]) {
        self.0.fill_bytes(octets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_purpose_and_message_and_on_nothing_else() {
        let first = |seed, purpose, index| Streams::new(seed).of(purpose, index).bits();
        let here = first(1, Purpose::Size, 0);
        assert_eq!(here, first(1, Purpose::Size, 0));
        for other in [first(2, Purpose::Size, 0), first(1, Purpose::Time, 0), first(1, Purpose::Size, 1)] {
            assert_ne!(here, other);
        }
    }

    #[test]
    fn a_log_normal_number_has_its_median_and_its_spread() {
        let mut stream = Streams::new(7).of(Purpose::Size, 0);
        let mut drawn: Vec<f64> = (0..20_000).map(|_| stream.log_normal(1000.0, 1.0)).collect();
        drawn.sort_by(f64::total_cmp);
        // Medians of 20 000 draws scatter by 0.9 %, the 84th percentile (median × e) by 1.1 %.
        assert!((drawn[10_000] / 1000.0 - 1.0).abs() < 0.04, "{}", drawn[10_000]);
        assert!((drawn[16_827] / 2718.3 - 1.0).abs() < 0.05, "{}", drawn[16_827]);
    }

    #[test]
    fn a_number_below_a_limit_stays_below_and_reaches_every_value() {
        let mut stream = Streams::new(7).of(Purpose::Text, 3);
        let mut seen = [0; 5];
        (0..1000).for_each(|_| seen[stream.below(5) as usize] += 1);
        assert!(seen.iter().all(|n| *n > 150), "{seen:?}");
        assert_eq!((stream.below(0), stream.between(4, 4)), (0, 4));
    }
}
