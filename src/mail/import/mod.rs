//! People's own mail on its way in: mbox files, Maildirs, single messages.
//!
//! ```text
//!   octets ──> mbox::Importer ─┐
//!   octets ──> eml::message   ─┼──> Imported: messages, and what could not be read, by file and line
//!   name   ──> maildir::parse ─┘
//! ```
//!
//! Nothing here opens a file: an edge reads and hands over octets. Whatever cannot be read becomes a [`Problem`]
//! and the rest goes on. Line ends become CR LF, and a CR LF that was stored stays one; NUL, a CR on its own and
//! octets above 127 stay as they are.

use std::fmt;
use std::sync::Arc;

use super::date::Timestamp;
use super::flags::Flags;
use super::message::Message;
use super::summary;
use crate::lesson::{Lesson, Place};

pub mod eml;
mod lines;
pub mod maildir;
pub mod mbox;
mod status;

/// A stored message larger than this, in octets, is left out and reported.
pub const MESSAGE_MAX: usize = 50_000_000;

/// Problems beyond this many are counted and not kept: a damaged file can have millions.
const PROBLEMS_MAX: usize = 1_000;

/// What came of reading somebody's mail.
#[derive(Debug, Default)]
pub struct Imported {
    /// The messages in the order in which they were found.
    pub messages: Vec<ImportedMessage>,
    /// What could not be read, or only by guessing.
    pub problems: Problems,
    /// For an mbox: how it is quoted, and how we know.
    pub verdict: Option<mbox::Verdict>,
}

/// A message with what its storage knows about it.
#[derive(Clone, Debug)]
pub struct ImportedMessage {
    /// The message.
    pub message: Arc<Message>,
    /// Its system flags, from the file's name (Maildir) or the header fields of mail programs (mbox).
    pub flags: Flags,
    /// When it was received: the storage's date, else its `Date` field, else [`Timestamp::DEFAULT_START`].
    pub received: Timestamp,
    /// Where it was found.
    pub origin: Origin,
}

/// A place in somebody's mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// The line where the message begins, counted from 1.
    pub line: usize,
}

/// Something that could not be read, or only by guessing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as the user named it.
    pub file: Arc<str>,
    /// The line, counted from 1; `None` when the whole file is meant.
    pub line: Option<usize>,
    /// What is wrong, and what was done about it.
    pub what: String,
}

/// The problems of an import, in the order in which they were met; at most 1000 are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    kept: Vec<Problem>,
    unkept: usize,
}

impl Problems {
    /// Notes a problem.
    pub fn push(&mut self, problem: Problem) {
        if self.kept.len() < PROBLEMS_MAX {
            self.kept.push(problem);
        } else {
            self.unkept += 1;
        }
    }

    /// Adds the problems of another file behind these.
    pub fn append(&mut self, others: Self) {
        self.unkept += others.unkept;
        others.kept.into_iter().for_each(|problem| self.push(problem));
    }

    /// The problems that were kept.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.kept.iter()
    }

    /// How many there were, kept or not.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.kept.len() + self.unkept
    }

    /// True if all went well.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many were counted and not kept.
    #[must_use]
    pub const fn unkept(&self) -> usize {
        self.unkept
    }
}

impl Problem {
    /// The problem as an error message, for when it is the whole outcome.
    #[must_use]
    pub fn lesson(&self) -> Lesson {
        let place = Place { line: self.line, ..Place::file(&*self.file) };
        Lesson::new(self.what.clone()).at(place)
    }
}

impl fmt::Display for Problem {
    /// One line: `inbox.mbox:1703: the file ends in the middle of a line; …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// When the message was received, as far as it says so itself: its `Date` field in either of the two forms
/// found there.
fn date_of_header(header: &[u8]) -> Option<Timestamp> {
    let date = summary::field(header, b"date")?;
    Timestamp::parse_rfc5322(&date).or_else(|| Timestamp::parse_asctime(&date))
}
