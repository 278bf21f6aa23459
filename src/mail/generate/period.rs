//! What mail of a period was like: the presets of `data/mail-periods.toml`.

use std::sync::LazyLock;

use jiff::civil;
use serde::Deserialize;

use crate::lesson::{self, Lesson};
use crate::mail::date::Timestamp;

const DATA: &str = include_str!("../../../data/mail-periods.toml");

/// The mail of some years: how long, how much, and what it was made of. The data file explains each number.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Its name: `1998`, `2003-office`.
    pub name: String,
    /// Whose mail it is, in half a sentence.
    pub about: String,
    /// Median of the text in octets.
    pub body_median: f64,
    /// Standard deviation of the logarithm of the text's octets.
    pub body_sigma: f64,
    /// Median of the header in octets.
    pub header_median: f64,
    /// Share of messages with an attachment, 0 to 1.
    pub attach_share: f64,
    /// Median of an attachment in octets before it is encoded.
    pub attach_median: f64,
    /// Standard deviation of the logarithm of an attachment's octets.
    pub attach_sigma: f64,
    /// The largest attachment in octets before it is encoded.
    pub attach_max: f64,
    /// Messages received on a day.
    pub per_day_received: f64,
    /// Messages sent on a day, where known.
    pub per_day_sent: Option<f64>,
    /// Share of messages deleted unread, 0 to 1.
    pub unread_deleted: f64,
    /// What kind of number the sizes are: `illustrative` if fitted by us.
    pub size_confidence: String,
    /// What the sizes were fitted to.
    pub size_source: String,
    /// When the newest message of a mailbox was received.
    newest: String,
    /// Share of messages that answer an earlier one.
    pub reply_share: f64,
    /// Share of messages that came through a mailing list.
    pub list_share: f64,
    /// Share of messages with text and HTML side by side.
    pub html_share: f64,
    /// Share of messages with letters beyond ASCII.
    pub eight_bit_share: f64,
    /// Share of the attachments that are uuencoded in the text.
    pub uuencode_share: f64,
    /// Whether mail programs wrote MIME header lines.
    pub mime: bool,
    /// What kind of number the shares of content are.
    pub content_confidence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mail_period: Vec<Period>,
}

/// A test reads the embedded file; should it be broken all the same, there are no periods and no panic.
static PERIODS: LazyLock<Vec<Period>> =
    LazyLock::new(|| toml::from_str::<File>(DATA).map(|file| file.mail_period).unwrap_or_default());

impl Period {
    /// All periods, oldest first.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &PERIODS
    }

    /// The period of this name.
    ///
    /// # Errors
    /// A lesson with the names there are, if there is none of this name.
    pub fn named(name: &str) -> Result<&'static Self, Lesson> {
        Self::all().iter().find(|period| period.name == name).ok_or_else(|| {
            let names = || Self::all().iter().map(|period| period.name.as_str());
            let lesson = Lesson::new(format!("there is no mail of the period `{name}`"))
                .note(format!("periods: {}", names().collect::<Vec<_>>().join(", ")));
            match lesson::nearest(name, names()) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson,
            }
        })
    }

    /// When the newest message of a mailbox was received; clocks stand at UTC.
    #[must_use]
    pub fn newest(&self) -> Timestamp {
        self.newest
            .parse::<civil::DateTime>()
            .map_or(Timestamp::DEFAULT_START, |local| Timestamp::from_civil(local, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_file_is_whole() {
        let file: File = toml::from_str(DATA).unwrap();
        assert_eq!(file.mail_period.len(), 6);
        for period in &file.mail_period {
            assert!(period.newest.parse::<civil::DateTime>().is_ok(), "{}", period.name);
            let shares = [
                period.attach_share,
                period.unread_deleted,
                period.reply_share,
                period.list_share,
                period.html_share,
                period.eight_bit_share,
                period.uuencode_share,
            ];
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{}", period.name);
            assert!(period.name.starts_with(&period.newest[..4]), "{}", period.name);
            assert!(!period.size_confidence.is_empty() && !period.content_confidence.is_empty());
        }
    }

    #[test]
    fn a_misspelt_period_is_told_the_nearest() {
        assert_eq!(Period::named("1998").unwrap().body_median as u32, 1400);
        assert!(Period::named("2003-ofice").unwrap_err().to_string().contains("did you mean `2003-office`?"));
        assert!(Period::named("1977-arpa").is_err());
    }

    #[test]
    fn mail_of_1998_ends_before_the_default_evening_begins() {
        assert!(Period::named("1998").unwrap().newest().unix < Timestamp::DEFAULT_START.unix);
    }
}
