//! Bulletin boards of a scenario: mailboxes that everybody may read (RFC 1056 §3.1, RFC 1082).

use serde::Deserialize;
use toml::Spanned;

use super::{MailSource, NewMail, Scenario};
use crate::config::Document;
use crate::lesson::Lesson;
use crate::mail::generate::{self, Generator, Period};

/// A bulletin board, with what was posted on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Board {
    /// Its name, which no other board has.
    pub name: String,
    /// How many messages are on it, of the mailbox's period.
    pub messages: u32,
    /// What they weigh on average, in octets; `None`: what the period's mail weighs.
    pub mean_octets: Option<u32>,
}

/// The most messages on a board.
const MESSAGES_MAX: u32 = 10_000;
/// The most boards.
const BOARDS_MAX: usize = 100;
/// The longest name: DMSP's longest argument (RFC 1056 §4.1).
const NAME_MAX: usize = 64;
/// Mail of a mailbox that is not generated is of this period's kind.
const PERIOD: &str = "1988";
/// Boards have mail of their own: the seed of the first is so far from the scenario's.
const SEEDS_BETWEEN: u64 = 0x0b0a_4d00;

/// `[[board]]` of a scenario file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardTable {
    name: Spanned<String>,
    messages: Spanned<u32>,
    mean_bytes: Option<Spanned<u32>>,
}

/// The boards of a file.
///
/// # Errors
/// A lesson with the line and a caret: a name that cannot be a board's, or is another's; a number out of its range.
pub(super) fn read(document: &Document<'_>, tables: &[BoardTable]) -> Result<Vec<Board>, Lesson> {
    let mut boards: Vec<Board> = Vec::new();
    for table in tables {
        let name = table.name.get_ref();
        let at = |what: String, allowed: &str| Err(document.lesson(table.name.span(), what, allowed));
        let legal = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() > NAME_MAX || !name.bytes().all(legal) {
            return at(format!("`{name}` cannot be a board's name"), "1 to 64 of A-Z a-z 0-9 - _ .");
        }
        if boards.iter().any(|known| known.name.eq_ignore_ascii_case(name)) {
            return at(format!("there are two boards called {name}"), "each board has a name of its own");
        }
        if boards.len() >= BOARDS_MAX {
            return at("these are too many boards".to_owned(), "at most 100");
        }
        boards.push(Board {
            name: name.clone(),
            messages: super::file::within(document, &table.messages, 0, MESSAGES_MAX)?,
            mean_octets: match &table.mean_bytes {
                Some(mean) => {
                    Some(super::file::within(document, mean, super::file::MEAN_MIN, Generator::EXACT_MAX)?)
                }
                None => None,
            },
        });
    }
    Ok(boards)
}

impl Board {
    /// What is on it: the `nth` board of a scenario.
    ///
    /// # Errors
    /// An unknown period, which a scenario that was read does not have.
    pub(super) fn mail(&self, nth: u64, scenario: &Scenario) -> Result<Vec<NewMail>, Lesson> {
        let period = match &scenario.mailbox {
            MailSource::Generated { period, .. } => period.as_str(),
            _ => PERIOD,
        };
        let seed = scenario.seed.wrapping_add(SEEDS_BETWEEN).wrapping_add(nth);
        let generator = Generator::new(Period::named(period)?, seed, self.messages).with_attachments(0.0);
        let generator = match self.mean_octets {
            Some(octets) => generator.with_mean_size(octets),
            None => generator,
        };
        Ok(generate::messages(std::sync::Arc::new(generator)).map(NewMail::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::{Prepared, Scenario};

    fn scenario(boards: &str) -> Result<Scenario, String> {
        let text = format!(
            "format = \"maillab-scenario/1\"\nseed = 3\n[mailbox]\nperiod = \"1988\"\nmessages = 2\n{boards}"
        );
        Scenario::read("s.toml", text.as_bytes()).map_err(|lesson| lesson.to_string())
    }

    #[test]
    fn a_board_is_there_with_mail_of_its_own() {
        let two =
            "[[board]]\nname = \"sf-lovers\"\nmessages = 5\n[[board]]\nname = \"tcp-ip\"\nmessages = 5\n";
        let scenario = scenario(two).unwrap();
        let ready = Prepared::new(&scenario, scenario.mail().unwrap()).unwrap();
        let board = |name: &str| ready.store.mailbox(ready.store.board(name).unwrap()).unwrap();
        let subjects = |name: &str| -> Vec<Vec<u8>> {
            board(name).entries.iter().map(|entry| entry.message.header().to_vec()).collect()
        };
        assert_eq!(subjects("sf-lovers").len(), 5);
        assert_ne!(subjects("sf-lovers"), subjects("TCP-IP"));
        assert_eq!(ready.mail.len(), 2, "the reader's own mail is no other than without boards");
    }

    #[test]
    fn what_cannot_be_a_board_is_refused_with_its_place() {
        let board = |name: &str, more: &str| {
            scenario(&format!("[[board]]\nname = \"{name}\"\nmessages = 5\n{more}")).unwrap_err()
        };
        assert!(board("no board", "").contains("s.toml:7"), "{}", board("no board", ""));
        assert!(board("", "").contains("cannot be a board's name"));
        assert!(board(&"x".repeat(65), "").contains("1 to 64"));
        assert!(scenario(&format!("[[board]]\nname = \"{}\"\nmessages = 10000", "x".repeat(64))).is_ok());
        assert!(board("a", "[[board]]\nname = \"A\"\nmessages = 1\n").contains("two boards"));
        assert!(board("a", "mesages = 3\n").contains("messages"));
        let many = "[[board]]\nname = \"a\"\nmessages = 10001\n";
        assert!(scenario(many).unwrap_err().contains("0 to 10000"));
    }
}
