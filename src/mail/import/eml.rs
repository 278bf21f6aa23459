//! One message in a file of its own.

use super::lines::{begins_with_field, is_blank, push_line, split_line};
use super::{Imported, ImportedMessage, MESSAGE_MAX, Origin, Problem, date_of_header, status};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;

/// Reads a file that is one message: an `.eml` file, or one of a Maildir.
///
/// `received` and `flags` are what the storage knows; without a date the message's own `Date` counts. A file that
/// is empty, too large or no mail at all gives a problem and no message.
#[must_use]
pub fn read(file: &str, octets: &[u8], received: Option<Timestamp>, flags: Flags) -> Imported {
    let mut imported = Imported::default();
    let problem = if octets.is_empty() {
        Some("the file is empty".to_owned())
    } else if octets.len() > MESSAGE_MAX {
        Some(format!("this message is larger than {} MB and was left out", MESSAGE_MAX / 1_000_000))
    } else if !is_message(octets) {
        Some("this is not a mail message: it does not begin with header fields; it was left out".to_owned())
    } else {
        None
    };
    if let Some(what) = problem {
        imported.problems.push(Problem { file: file.into(), line: None, what });
        return imported;
    }
    let message = Message::new(with_cr_lf(octets));
    let header = message.header();
    imported.messages.push(ImportedMessage {
        flags: flags | status::flags(header),
        received: received.or_else(|| date_of_header(header)).unwrap_or(Timestamp::DEFAULT_START),
        message: message.into(),
        origin: Origin { file: file.into(), line: 1 },
    });
    imported
}

/// True if the text begins as a message does: with a header field. A message without any header begins with an
/// empty line; nobody keeps such mail in a file, so it is not taken for one.
#[must_use]
pub fn is_message(text: &[u8]) -> bool {
    begins_with_field(text)
}

/// The text with each line ended by CR LF.
fn with_cr_lf(text: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(text.len() + text.len() / 32);
    let mut rest = text;
    while let Some((line, next)) = split_line(rest) {
        push_line(&mut message, line);
        rest = next;
    }
    message
}

/// The text without empty lines at its beginning.
#[must_use]
pub fn without_leading_blank_lines(text: &[u8]) -> &[u8] {
    let mut rest = text;
    while let Some((_, next)) = split_line(rest).filter(|(line, _)| is_blank(line)) {
        rest = next;
    }
    rest
}
