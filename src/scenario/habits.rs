//! What a reader does, as a scenario's `[reader]` table says it: independent of any mailbox.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::lesson::Lesson;
use crate::mail::summary::Key;
use crate::time::Duration;

/// How often a reader calls again after calls that failed or dropped, unless a scenario says otherwise.
pub const REDIALS: u32 = 9;

/// How long a reader waits before calling again, unless a scenario says otherwise.
pub const REDIAL_PAUSE: Duration = Duration::from_secs(60);

/// The reader's habits. Put together with a mailbox they make a [`super::Reader`].
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    /// Which messages get read.
    pub reads: Choice,
    /// Whether reading a message means all of it, or its text only.
    pub opens: Opens,
    /// Time for each message read, whatever its length.
    pub think: Duration,
    /// Time on top for each 1,000 octets of text in the message; attachments take no reading time.
    pub think_per_kb: Duration,
    /// Which of the messages read get an answer.
    pub answers: Choice,
    /// Length of an answer in octets, header included.
    pub answer_octets: u32,
    /// Time for writing one answer.
    pub write: Duration,
    /// What goes for good.
    pub deletes: Deletes,
    /// How often the reader comes; at least once.
    pub visits: u32,
    /// From the start of one visit to the start of the next.
    pub every: Duration,
    /// How often the reader calls again, within a visit, after calls that failed or dropped.
    pub redials: u32,
    /// How long the reader waits before.
    pub redial_pause: Duration,
}

impl Default for Habits {
    /// Reads everything at once in one visit, answers nothing, deletes nothing.
    fn default() -> Self {
        Self {
            reads: Choice::Share(1.0),
            opens: Opens::All,
            think: Duration::ZERO,
            think_per_kb: Duration::ZERO,
            answers: Choice::Count(0),
            answer_octets: 1000,
            write: Duration::ZERO,
            deletes: Deletes::None,
            visits: 1,
            every: Duration::from_secs(24 * 3600),
            redials: REDIALS,
            redial_pause: REDIAL_PAUSE,
        }
    }
}

/// How messages are chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// This share of the candidates, 0 to 1, rounded to whole messages. Which ones is drawn by the scenario's
    /// seed, and whoever is chosen for a small share is chosen for a larger one as well.
    Share(f64),
    /// This many of the candidates, or all if there are fewer; drawn as for a share.
    Count(u32),
    /// The messages with these numbers, counted from 1 in the order of the mailbox.
    Numbers(BTreeSet<u32>),
    /// Messages whose subject contains this text, ASCII letters in any case.
    Subject(String),
}

/// How much of a message the reader looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// All of it, attachments too.
    All,
    /// Its text; attachments stay closed.
    Text,
}

/// What the reader deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletes {
    /// Nothing.
    None,
    /// What has been read.
    Read,
    /// Everything, read or not.
    All,
}

/// One message that may be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its number in the mailbox, from 1.
    pub number: u32,
    /// What tells it from others.
    pub key: Key,
    /// Its subject, as it stands in the header.
    pub subject: Vec<u8>,
}

/// What a draw is for. Each purpose has a random stream of its own, so that who is answered does not depend on
/// how many are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choosing what to read.
    Reads,
    /// Choosing what to answer.
    Answers,
}

impl Choice {
    /// The keys of the chosen ones. `key_name` is the scenario's key, for messages to people.
    ///
    /// # Errors
    /// A lesson when a number is asked for that `messages`, the size of the mailbox, does not reach.
    pub fn choose(
        &self,
        candidates: &[Candidate],
        purpose: Purpose,
        seed: u64,
        messages: usize,
    ) -> Result<BTreeSet<Key>, Lesson> {
        Ok(match self {
            Self::Share(share) => {
                let wanted = libm::round(share.clamp(0.0, 1.0) * candidates.len() as f64) as usize;
                drawn(candidates, purpose, seed, wanted)
            }
            Self::Count(count) => drawn(candidates, purpose, seed, *count as usize),
            Self::Numbers(numbers) => {
                if let Some(beyond) =
                    numbers.iter().find(|number| **number == 0 || **number as usize > messages)
                {
                    return Err(Lesson::new(format!(
                        "the scenario's reader {} message {beyond}",
                        purpose.verb()
                    ))
                    .note(format!("this mailbox holds {}", counted(messages)))
                    .hint(
                        "number messages from 1 in the order of the mailbox, or give a share such as 0.4",
                    ));
                }
                candidates.iter().filter(|one| numbers.contains(&one.number)).map(|one| one.key).collect()
            }
            Self::Subject(text) => {
                candidates.iter().filter(|one| contains(&one.subject, text)).map(|one| one.key).collect()
            }
        })
    }
}

impl Purpose {
    const fn name(self) -> [u8; 8] {
        match self {
            Self::Reads => *b"reads   ",
            Self::Answers => *b"answers ",
        }
    }

    const fn verb(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Answers => "answers",
        }
    }
}

fn counted(messages: usize) -> String {
    match messages {
        0 => "no message".to_owned(),
        1 => "one message, number 1".to_owned(),
        n => format!("messages 1 to {n}"),
    }
}

/// The first candidates in the order of their draws, until `wanted` messages are chosen. Messages with one key
/// look the same in a list and are chosen together.
fn drawn(candidates: &[Candidate], purpose: Purpose, seed: u64, wanted: usize) -> BTreeSet<Key> {
    let mut ranked: Vec<(u64, Key)> =
        candidates.iter().map(|one| (draw(purpose, seed, one.key), one.key)).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(wanted).map(|(_, key)| key).collect()
}

/// The number drawn for one message: it depends on the seed, the purpose and the message alone, so that neither
/// the mailbox around it nor the protocol through which it is seen changes the choice.
fn draw(purpose: Purpose, seed: u64, key: Key) -> u64 {
    let mut named = [0; 32];
    named[..8].copy_from_slice(&seed.to_be_bytes());
    named[8..16].copy_from_slice(&purpose.name());
    let mut stream = ChaCha8Rng::from_seed(named);
    stream.set_stream(key.0);
    stream.next_u64()
}

fn contains(subject: &[u8], text: &str) -> bool {
    let (subject, text) = (subject.to_ascii_lowercase(), text.to_ascii_lowercase());
    memchr::memmem::find(&subject, text.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(count: u32) -> Vec<Candidate> {
        (1..=count)
            .map(|number| Candidate {
                number,
                key: Key(u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                subject: format!("Report {number}").into_bytes(),
            })
            .collect()
    }

    fn chosen(choice: &Choice, of: &[Candidate], seed: u64) -> Vec<u32> {
        let keys = choice.choose(of, Purpose::Reads, seed, of.len()).unwrap();
        of.iter().filter(|one| keys.contains(&one.key)).map(|one| one.number).collect()
    }

    #[test]
    fn a_share_is_exact_and_a_larger_one_contains_a_smaller_one() {
        let all = candidates(40);
        let mut smaller: Vec<u32> = Vec::new();
        for percent in 0..=100 {
            let larger = chosen(&Choice::Share(f64::from(percent) / 100.0), &all, 7);
            assert_eq!(larger.len(), (percent as usize * 40 + 50) / 100, "{percent} %");
            assert!(smaller.iter().all(|number| larger.contains(number)), "{percent} %");
            smaller = larger;
        }
    }

    #[test]
    fn the_choice_depends_on_the_seed_and_the_purpose_and_not_on_the_order() {
        let all = candidates(40);
        let half = Choice::Share(0.5);
        assert_ne!(chosen(&half, &all, 1), chosen(&half, &all, 2));
        let mut turned = all.clone();
        turned.reverse();
        let choose = |of: &[Candidate], purpose| half.choose(of, purpose, 1, 40).unwrap();
        assert_eq!(choose(&all, Purpose::Reads), choose(&turned, Purpose::Reads));
        assert_ne!(choose(&all, Purpose::Reads), choose(&all, Purpose::Answers));
    }

    #[test]
    fn messages_that_look_the_same_are_chosen_together() {
        let mut twins = candidates(3);
        twins[2].key = twins[0].key;
        for count in 1..=3 {
            let numbers = chosen(&Choice::Count(count), &twins, 5);
            assert_eq!(numbers.contains(&1), numbers.contains(&3), "{numbers:?}");
        }
    }

    #[test]
    fn subjects_are_found_in_any_case_and_numbers_beyond_the_end_are_explained() {
        let all = candidates(12);
        assert_eq!(chosen(&Choice::Subject("rEPORT 1".into()), &all, 0), [1, 10, 11, 12]);
        assert_eq!(chosen(&Choice::Numbers([2, 9].into()), &all, 0), [2, 9]);
        for bad in [0, 13] {
            let lesson =
                Choice::Numbers([bad].into()).choose(&all, Purpose::Answers, 0, 12).unwrap_err().to_string();
            assert!(
                lesson.contains(&format!("answers message {bad}")) && lesson.contains("1 to 12"),
                "{lesson}"
            );
        }
    }
}
