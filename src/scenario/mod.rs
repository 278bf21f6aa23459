//! Scenarios: a mailbox, a reader and a calendar, and which strategies, links and tariffs to try on them.
//!
//! ```text
//! scenario file ──> Scenario ─┬─ MailSource ──> mail ─┬─> Reader      who reads what, for how long
//!  (or built in)              ├─ Habits ──────────────┤
//!                             └─ start, seed ─────────┴─> Prepared    store, deliveries, account
//! ```
//!
//! A scenario says nothing about protocols. Whatever is run on it meets the same mail, the same reader and the
//! same choices; [`crate::strategy`] decides how the mail is fetched.

mod answer;
mod boards;
mod branch;
mod builtin;
mod calls;
mod file;
mod habits;
mod others;
mod prepared;
mod reader;
mod wanted;
mod worth;

use std::sync::Arc;

use crate::config::Document;
use crate::lesson::Lesson;
use crate::link::call::CallPlan;
use crate::mail::date::Timestamp;
use crate::mail::generate::{self, FileKind, Generator, Period};

pub use answer::{ANSWER_OCTETS_MIN, Answer, DOMAIN};
pub use boards::Board;
pub use branch::Branch;
pub use builtin::{BUILT_IN, BuiltIn, built_in};
pub use habits::{Choice, Deletes, Habits, Opens, REDIAL_PAUSE, REDIALS};
pub use prepared::{Account, NewMail, Prepared};
pub use reader::Reader;
pub use wanted::{text_parts, wanted_ranges};

/// One scenario: everything that stays the same while strategies, links and tariffs are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The built-in name, or the file's name as the user gave it.
    pub name: String,
    /// For all that is drawn: generated mail and the reader's choices.
    pub seed: u64,
    /// What the clock on the wall shows at the start. Tariffs charge by local time.
    pub start: Timestamp,
    /// Where the mail comes from.
    pub mailbox: MailSource,
    /// In which order the server holds it.
    pub order: Order,
    /// Bulletin boards beside the mailbox, which everybody may read.
    pub boards: Vec<Board>,
    /// What the reader does.
    pub habits: Habits,
    /// What becomes of calls.
    pub calls: CallPlan,
    /// Other users of the server, by name: each has an empty mailbox and the password `secret`.
    pub neighbours: Vec<String>,
    /// The branch office whose mail it is, if it is not one reader's.
    pub branch: Option<Branch>,
    /// Strategies to try, by name; empty means those that the caller takes by default.
    pub strategies: Vec<String>,
    /// Links to try; empty means the default.
    pub links: Vec<String>,
    /// Tariffs to apply; empty means the default.
    pub tariffs: Vec<String>,
}

/// Where a scenario's mail comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum MailSource {
    /// Made by the generator from the scenario's seed.
    Generated {
        /// The period's name: `1998`.
        period: String,
        /// How many messages.
        messages: u32,
        /// The share of messages with an attachment, 0 to 1; `None` is the period's own.
        attachments: Option<f64>,
        /// How large messages are.
        size: Size,
        /// An attachment that is there beside those of the period.
        attached: Option<Attached>,
    },
    /// The user's own: an mbox file, a Maildir or a folder of `.eml` files, which an edge has to read.
    Path(String),
    /// The default mailbox inside the program.
    Embedded,
}

/// One attachment that a generated mailbox has whatever chance says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The message that has it, counted from 1.
    pub to: u32,
    /// Its size in octets before it is encoded for the mail.
    pub octets: u32,
    /// What it is, if chance does not say that.
    pub kind: Option<FileKind>,
}

/// How large generated messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As the period has them.
    OfPeriod,
    /// So that the mean over many messages is this many octets.
    Mean(u32),
    /// Each exactly this many octets, header included.
    Exact(u32),
}

/// In which order the server holds the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the source gives it: generated mail in the order in which it was received.
    Received,
    /// The largest message stands before all others.
    LargestFirst,
}

impl Scenario {
    /// Reads a scenario file, called `name` in messages.
    ///
    /// # Errors
    /// A lesson with the line and a caret: bytes that are no UTF-8, what is no TOML, a misspelt key (with the
    /// nearest known one), a value out of its range, an unknown strategy, link or tariff.
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Lesson> {
        file::read(name, &Document::from_bytes(name, bytes)?)
    }

    /// The mail of a generated or the embedded mailbox, in order of receipt.
    ///
    /// # Errors
    /// An unknown period; a mailbox given by its path, which only an edge can read: hand such mail to
    /// [`Prepared::new`].
    pub fn mail(&self) -> Result<Vec<NewMail>, Lesson> {
        let generator = match &self.mailbox {
            MailSource::Embedded => generate::embedded(),
            MailSource::Generated { period, messages, attachments, size, attached } => {
                let mut generator = Generator::new(Period::named(period)?, self.seed, *messages);
                if let Some(share) = attachments {
                    generator = generator.with_attachments(*share);
                }
                let generator = match size {
                    Size::OfPeriod => generator,
                    Size::Mean(octets) => generator.with_mean_size(*octets),
                    Size::Exact(octets) => generator.of_exact_size(*octets),
                };
                Arc::new(match attached {
                    Some(Attached { to, octets, kind }) => {
                        generator.with_attachment_at(to.saturating_sub(1), *octets, *kind)
                    }
                    None => generator,
                })
            }
            MailSource::Path(path) => {
                return Err(Lesson::new(format!(
                    "the mail of this scenario is in {path}, and no files can be read here"
                ))
                .hint("run it by `maillab compare`, or generate a mailbox: `period` and `messages`"));
            }
        };
        Ok(generate::messages(generator).map(NewMail::from).collect())
    }
}

impl Default for Scenario {
    /// The embedded mailbox, read through in one visit.
    fn default() -> Self {
        Self {
            name: "unnamed".to_owned(),
            seed: 1998,
            start: Timestamp::DEFAULT_START,
            mailbox: MailSource::Embedded,
            order: Order::Received,
            boards: vec![],
            habits: Habits::default(),
            calls: CallPlan::default(),
            neighbours: vec![],
            branch: None,
            strategies: vec![],
            links: vec![],
            tariffs: vec![],
        }
    }
}

#[cfg(test)]
mod tests;
