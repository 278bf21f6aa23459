//! mbox: one file, many messages, and four ways to tell where each ends.
//!
//! ```text
//!   From alice@example.org Mon Mar  2 20:00:00 1998     the "From " line: sender and date, no part of the message
//!   From: alice@example.org                             header
//!   Content-Length: 26                                  mboxcl and mboxcl2 only: octets of the body as stored
//!                                                       an empty line
//!   >From here it looks like:                           body; quoted, but for mboxcl2
//!                                                       exactly one empty line ends the message
//!   From bob@example.org Mon Mar  2 20:05:00 1998
//! ```
//!
//! There is no standard. What counts here as the beginning of a message: a line `From sender date` at the start of
//! the file or after an empty line, or wherever a Content-Length leads exactly to such a line. A "From " line
//! without a date is text, unless the file's first line is of that kind (recent Thunderbird writes it so); then one
//! begins a message if it stands after an empty line and a header field follows. A "From " line that lacks only
//! the empty line before it is text too, and is reported: a file damaged in that way should be repaired by hand.
//!
//! Content-Length fields are believed message by message, and only when they are right. In mboxcl and mboxcl2 the
//! field that framed the message is taken out of it, as the "From " line and the quoting are.

mod decode;
mod evidence;
mod from_line;
mod scan;
mod starts;
#[cfg(test)]
mod tests;
mod window;

use std::ops::Range;
use std::sync::Arc;

pub use decode::Decoding;
pub use evidence::{Grounds, Variant, Verdict};

use self::decode::Quotes;
use self::evidence::Evidence;
use self::scan::{Found, Length, Scanner, Stored};
use super::{Imported, ImportedMessage, Origin, Problem, date_of_header, status};
use crate::mail::date::Timestamp;
use crate::mail::message::Message;

/// How much of a file in memory is looked at in one go.
const PIECE: usize = 256 * 1024;

/// Reads a whole mbox that is in memory. `variant` is what its owner says it is; `None` finds out.
///
/// `file` is the name that problems and origins carry.
#[must_use]
pub fn read(file: &str, octets: &[u8], variant: Option<Variant>) -> Imported {
    let mut importer = Importer::new(file, variant, InMemory(octets));
    octets.chunks(PIECE).for_each(|piece| importer.push(piece));
    importer.finish()
}

/// True if the line can be the first of an mbox.
#[must_use]
pub fn is_first_line(line: &[u8]) -> bool {
    from_line::begins(line)
}

/// True if a line of the form `From sender date` stands in the text, at its beginning or after an empty line.
#[must_use]
pub fn has_from_line(text: &[u8]) -> bool {
    let mut after_blank = true;
    let mut rest = text;
    while let Some((line, next)) = super::lines::split_line(rest) {
        if after_blank && from_line::date(line).is_some() {
            return true;
        }
        after_blank = super::lines::is_blank(line);
        rest = next;
    }
    false
}

/// Where the octets of imported messages are kept, and how stored ones are had again.
pub trait Keep {
    /// Makes the message whose octets are `octets`, decoded by `decoding` from the range `at` of the file.
    fn keep(&mut self, at: Range<u64>, decoding: Decoding, octets: Vec<u8>) -> Message;

    /// The range `at` of the file once more; `None` if it cannot be had.
    fn stored_again(&mut self, at: Range<u64>) -> Option<Vec<u8>>;
}

/// Reads an mbox piece by piece, in one pass and in linear time. It holds the messages that it made and, beside
/// them, at most one stored message and one piece of the file.
#[derive(Debug)]
pub struct Importer<K> {
    keep: K,
    scanner: Scanner,
    told: Option<Variant>,
    evidence: Evidence,
    file: Arc<str>,
    imported: Imported,
    /// Messages that another verdict would read otherwise.
    open_to_doubt: Vec<Doubt>,
    /// Lines of messages whose Content-Length is missing or wrong, which matters in mboxcl and mboxcl2 only.
    without_length: Vec<(usize, Length)>,
}

#[derive(Debug)]
struct Doubt {
    message: usize,
    at: Range<u64>,
    framed: bool,
    read_by: Decoding,
}

impl<K: Keep> Importer<K> {
    /// An importer for the file of this name. `variant` is what its owner says it is; `None` finds out.
    pub fn new(file: &str, variant: Option<Variant>, keep: K) -> Self {
        Self {
            keep,
            scanner: Scanner::new(variant.is_some_and(|variant| !variant.has_length())),
            told: variant,
            evidence: Evidence::default(),
            file: file.into(),
            imported: Imported::default(),
            open_to_doubt: Vec::new(),
            without_length: Vec::new(),
        }
    }

    /// Takes the next piece of the file, of any size.
    pub fn push(&mut self, piece: &[u8]) {
        self.scanner.push(piece);
        self.take_what_was_found();
    }

    /// The file is at its end: gives what came of it.
    #[must_use]
    pub fn finish(mut self) -> Imported {
        self.scanner.finish();
        self.take_what_was_found();
        let verdict = self.verdict();
        self.read_doubtful_messages_again(verdict.variant);
        if verdict.variant.has_length() {
            self.report_missing_lengths();
        }
        self.imported.verdict = Some(verdict);
        self.imported
    }

    fn verdict(&self) -> Verdict {
        let why = "that variant was asked for";
        self.told.map_or_else(
            || self.evidence.verdict(),
            |variant| Verdict { variant, grounds: Grounds::Told, why },
        )
    }

    fn take_what_was_found(&mut self) {
        while let Some(found) = self.scanner.next() {
            match found {
                Found::Problem(line, what) => {
                    self.imported.problems.push(Problem { file: self.file.clone(), line: Some(line), what });
                }
                Found::Message(stored) => {
                    let quotes = Quotes::of(stored.octets);
                    self.evidence.add(stored.length, quotes);
                    let framed = stored.length == Length::Right;
                    let variant = self.told.unwrap_or_else(|| self.evidence.verdict().variant);
                    let read_by = Decoding::new(variant, framed);
                    let message = self.keep.keep(stored.at.clone(), read_by, read_by.decode(stored.octets));
                    let index = self.imported.messages.len();
                    if !self.imported.take(&self.file, &stored, message) {
                        continue;
                    }
                    if self.told.is_none() && (framed || quotes != Quotes::default()) {
                        self.open_to_doubt.push(Doubt { message: index, at: stored.at, framed, read_by });
                    }
                    if !framed && self.without_length.len() < super::PROBLEMS_MAX {
                        self.without_length.push((stored.line, stored.length));
                    }
                }
            }
        }
    }

    /// The variant is known for certain only at the end of the file; what was read by another guess is read anew.
    fn read_doubtful_messages_again(&mut self, variant: Variant) {
        for doubt in std::mem::take(&mut self.open_to_doubt) {
            let decoding = Decoding::new(variant, doubt.framed);
            let Some(entry) =
                self.imported.messages.get_mut(doubt.message).filter(|_| decoding != doubt.read_by)
            else {
                continue;
            };
            if let Some(stored) = self.keep.stored_again(doubt.at.clone()) {
                entry.message = Arc::new(self.keep.keep(doubt.at, decoding, decoding.decode(&stored)));
            } else {
                let what = "the file changed while it was read; this message may be read wrongly".to_owned();
                let line = Some(entry.origin.line);
                self.imported.problems.push(Problem { file: self.file.clone(), line, what });
            }
        }
    }

    fn report_missing_lengths(&mut self) {
        for (line, length) in std::mem::take(&mut self.without_length) {
            let what = match length {
                Length::Absent => "this message has no Content-Length; the next \"From \" line ends it",
                Length::Wrong | Length::Right => {
                    "this message's Content-Length does not lead to the next message; the next \"From \" line ends it"
                }
            };
            self.imported.problems.push(Problem {
                file: self.file.clone(),
                line: Some(line),
                what: what.to_owned(),
            });
        }
    }
}

impl Imported {
    /// Adds a message; false if it is none.
    fn take(&mut self, file: &Arc<str>, stored: &Stored<'_>, message: Message) -> bool {
        let origin = Origin { file: file.clone(), line: stored.line };
        if let Some(why) = stored.cut_off {
            let what = format!("{why}; the message that begins here was kept as far as it goes");
            self.problems.push(Problem { file: origin.file.clone(), line: Some(origin.line), what });
        }
        let header = message.header();
        if is_folder_data(header) {
            let what = "this is a mail program's note about the folder, not mail; it was left out".to_owned();
            self.problems.push(Problem { file: origin.file, line: Some(origin.line), what });
            return false;
        }
        let received = from_line::date(stored.from_line).or_else(|| date_of_header(header));
        self.messages.push(ImportedMessage {
            flags: status::flags(header),
            received: received.unwrap_or(Timestamp::DEFAULT_START),
            message: Arc::new(message),
            origin,
        });
        true
    }
}

/// Pine and the UW IMAP server keep such a message at the top of their folders.
fn is_folder_data(header: &[u8]) -> bool {
    let field = |name| crate::mail::summary::field(header, name);
    field(b"x-imap").is_some()
        && field(b"subject").is_some_and(|subject| subject.ends_with(b"FOLDER INTERNAL DATA"))
}

/// Messages kept in memory, from a file that is there too.
struct InMemory<'a>(&'a [u8]);

impl Keep for InMemory<'_> {
    fn keep(&mut self, _: Range<u64>, _: Decoding, octets: Vec<u8>) -> Message {
        Message::new(octets)
    }

    fn stored_again(&mut self, at: Range<u64>) -> Option<Vec<u8>> {
        let range = usize::try_from(at.start).ok()?..usize::try_from(at.end).ok()?;
        self.0.get(range).map(<[u8]>::to_vec)
    }
}
