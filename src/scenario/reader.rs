//! The reader: somebody's habits put together with a mailbox.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{self, Answer};
use super::habits::{Candidate, Deletes, Habits, Opens, Purpose};
use super::{Account, NewMail, wanted};
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::mail::summary::{Key, Look, Summary};
use crate::time::{Duration, Instant};

/// Who reads which message, for how long, and what becomes of it. All choices are made once, before anything
/// is fetched, and found again by a message's [`Key`]: every strategy thus serves the same reader. Messages
/// with one key look the same, and who has read one has read them all.
#[derive(Clone, Debug, PartialEq)]
pub struct Reader {
    readings: BTreeMap<Key, Reading>,
    /// Keys by what a list shows that has no Message-ID: the look and the size.
    listed: BTreeMap<(Look, u32), Key>,
    habits: Habits,
    account: Account,
    start: Timestamp,
}

/// What the reader does with one message.
#[derive(Clone, Debug, PartialEq)]
struct Reading {
    time: Duration,
    /// Whom the answer goes to, if there is one.
    answer_to: Option<String>,
}

impl Reader {
    /// The reader with these habits of this mail, whose owner has `account`. `seed` is the scenario's, `start`
    /// what the clock on the wall shows at its start.
    ///
    /// # Errors
    /// A lesson when the habits name a message by a number that the mailbox does not have.
    pub fn new(
        habits: &Habits,
        mail: &[NewMail],
        account: &Account,
        seed: u64,
        start: Timestamp,
    ) -> Result<Self, Lesson> {
        let mut candidates: Vec<Candidate> =
            (1..).zip(mail).map(|(number, new)| candidate(number, new)).collect();
        let reads = habits.reads.choose(&candidates, Purpose::Reads, seed, mail.len())?;
        candidates.retain(|one| reads.contains(&one.key));
        let answers = habits.answers.choose(&candidates, Purpose::Answers, seed, mail.len())?;
        let mut readings = BTreeMap::new();
        for one in &candidates {
            let Some(new) = mail.get(one.number as usize - 1) else { continue };
            readings
                .entry(one.key)
                .or_insert_with(|| reading(habits, new, account, answers.contains(&one.key)));
        }
        let listed = mail.iter().map(|new| {
            let (header, size) = (new.message.header(), new.message.size());
            ((Look::of_header(header), size), Summary::of_header(header).key())
        });
        Ok(Self {
            listed: listed.collect(),
            readings,
            habits: habits.clone(),
            account: account.clone(),
            start,
        })
    }

    /// True if the reader reads the message.
    #[must_use]
    pub fn wants(&self, key: &Key) -> bool {
        self.readings.contains_key(key)
    }

    /// The key of a message that a list shows by its look and its size alone.
    #[must_use]
    pub fn key_listed(&self, look: &Look, octets: u32) -> Option<Key> {
        self.listed.get(&(look.clone(), octets)).copied()
    }

    /// True if the reader, when reading a message, looks at its attachments too.
    #[must_use]
    pub fn opens_attachments(&self) -> bool {
        self.habits.opens == Opens::All
    }

    /// How long the reader reads the message; nothing for one that is not read.
    #[must_use]
    pub fn reading_time(&self, key: &Key) -> Duration {
        self.readings.get(key).map_or(Duration::ZERO, |reading| reading.time)
    }

    /// True if the reader answers the message.
    #[must_use]
    pub fn answers(&self, key: &Key) -> bool {
        self.readings.get(key).is_some_and(|reading| reading.answer_to.is_some())
    }

    /// How long the reader writes at an answer.
    #[must_use]
    pub fn writing_time(&self) -> Duration {
        self.habits.write
    }

    /// The answer to the message, dated `now`, if there is one.
    #[must_use]
    pub fn answer(&self, key: &Key, now: Instant) -> Option<Answer> {
        let to = self.readings.get(key)?.answer_to.as_deref()?;
        Some(answer::answer(*key, &self.account.address, to, self.habits.answer_octets, self.start.at(now)))
    }

    /// True if the reader deletes the message once the visit's reading is done.
    #[must_use]
    pub fn deletes(&self, key: &Key) -> bool {
        match self.habits.deletes {
            Deletes::None => false,
            Deletes::Read => self.wants(key),
            Deletes::All => true,
        }
    }

    /// How often the reader calls again, within a visit, after calls that failed or dropped, and after which pause.
    #[must_use]
    pub const fn redials(&self) -> (u32, Duration) {
        (self.habits.redials, self.habits.redial_pause)
    }

    /// How often the reader comes: visits are numbered from 0.
    #[must_use]
    pub const fn visits(&self) -> u32 {
        self.habits.visits
    }

    /// When a visit begins, unless the one before it is still going on.
    #[must_use]
    pub const fn visit_start(&self, visit: u32) -> Instant {
        Instant::from_nanos(self.habits.every.saturating_mul(visit as u64).as_nanos())
    }

    /// The keys of all messages that get read, in order of key.
    pub fn keys_wanted(&self) -> impl Iterator<Item = Key> {
        self.readings.keys().copied()
    }

    /// How many answers the reader writes: one for each key.
    #[must_use]
    pub fn answers_count(&self) -> usize {
        self.readings.values().filter(|reading| reading.answer_to.is_some()).count()
    }

    /// All addresses that answers go to, each once.
    #[must_use]
    pub fn correspondents(&self) -> BTreeSet<&str> {
        self.readings.values().filter_map(|reading| reading.answer_to.as_deref()).collect()
    }

    /// The time that reading and writing take in all, however the mail is fetched.
    #[must_use]
    pub fn busy_time(&self) -> Duration {
        self.all_reading_time() + self.habits.write.saturating_mul(self.answers_count() as u64)
    }

    /// The time that reading takes in all.
    #[must_use]
    pub fn all_reading_time(&self) -> Duration {
        self.readings.values().map(|reading| reading.time).sum()
    }

    /// The habits behind it.
    #[must_use]
    pub const fn habits(&self) -> &Habits {
        &self.habits
    }
}

fn candidate(number: u32, new: &NewMail) -> Candidate {
    let summary = Summary::of(&new.message);
    Candidate { number, key: summary.key(), subject: summary.subject }
}

fn reading(habits: &Habits, new: &NewMail, account: &Account, answered: bool) -> Reading {
    let text = u128::from(wanted::text_octets(&new.message));
    let by_length = u128::from(habits.think_per_kb.as_nanos()) * text / 1000;
    Reading {
        time: habits.think + Duration::from_nanos(u64::try_from(by_length).unwrap_or(u64::MAX)),
        answer_to: answered.then(|| answer::answer_address(new.message.header(), &account.address)),
    }
}
