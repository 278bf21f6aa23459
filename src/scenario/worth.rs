//! What a scenario's mail is worth to its reader: by this runs are measured.

use super::Prepared;
use super::prepared::batch;
use super::wanted::wanted_ranges;
use crate::mail::body::BodyLost;
use crate::mail::message::{Message, MessageId};
use crate::mail::summary::{Key, Summary};
use crate::measure::bound::Need;
use crate::measure::{Interest, Worth};
use crate::time::Instant;

impl Prepared {
    /// For each message, which of its octets are worth having. Of messages that look the same the reader wants
    /// the first.
    #[must_use]
    pub fn interest(&self) -> Interest {
        let mut seen = std::collections::BTreeSet::new();
        let mut worth = |message: &Message| {
            let key = key(message);
            let ranges = wanted_ranges(message, self.reader.habits().opens);
            let shown: u64 =
                ranges.iter().map(|range| u64::from(range.end.saturating_sub(range.start))).sum();
            let header = message.header().len() as u64;
            Worth {
                wanted: self.reader.wants(&key) && seen.insert(key),
                looked_at: (shown + header).min(u64::from(message.size())),
                header,
            }
        };
        let messages = (0..).map(MessageId).zip(self.mail.iter().map(|new| worth(&new.message))).collect();
        Interest { messages }
    }

    /// What has to cross the line whatever the strategy: the wanted octets and the answers of each visit.
    ///
    /// Only the time for reading counts as thinking: a strategy might have all writing done after the last
    /// message is read.
    ///
    /// # Errors
    /// [`BodyLost`] when a wanted message can no longer be read.
    pub fn need(&self) -> Result<Need, BodyLost> {
        let (mut content, mut answers) = (Vec::new(), Vec::new());
        let mut seen = std::collections::BTreeSet::new();
        for visit in 0..self.reader.visits() {
            let (mut wanted, mut written) = (Vec::new(), Vec::new());
            for new in batch(&self.mail, visit, self.reader.visits()) {
                let key = key(&new.message);
                if !self.reader.wants(&key) || !seen.insert(key) {
                    continue;
                }
                let octets = new.message.octets()?;
                for range in wanted_ranges(&new.message, self.reader.habits().opens) {
                    wanted.extend_from_slice(
                        octets.get(range.start as usize..range.end as usize).unwrap_or_default(),
                    );
                }
                if let Some(answer) = self.reader.answer(&key, self.reader.visit_start(visit)) {
                    written.extend_from_slice(&answer.octets);
                }
            }
            content.push(wanted);
            answers.push(written);
        }
        // The last visit that brings anything to read: until then the reader cannot be done.
        let last = content.iter().rposition(|wanted| !wanted.is_empty()).unwrap_or(0);
        let last_visit = self.reader.visit_start(last as u32);
        Ok(Need::new(&content, &answers, self.reader.all_reading_time(), last_visit.since(Instant::START)))
    }
}

fn key(message: &Message) -> Key {
    Summary::of(message).key()
}
