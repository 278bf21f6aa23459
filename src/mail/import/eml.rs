//! One message in a file of its own.

use super::lines::{begins_with_field, is_blank, split_line};
use super::mbox::{self, Decoding};
use super::{Imported, ImportedMessage, MESSAGE_MAX, Origin, Problem, date_of_header, status};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;

/// Reads a file that is one message: an `.eml` file, or one of a Maildir.
///
/// `received` and `flags` are what the storage knows; without a date the message's own `Date` counts. A file that
/// is empty, too large or no mail at all gives a problem and no message. Some programs save a message with the
/// "From " line of an mbox before it; such a file is read as an mbox.
#[must_use]
pub fn read(file: &str, octets: &[u8], received: Option<Timestamp>, flags: Flags) -> Imported {
    if mbox::is_first_line(octets) {
        return mbox::read(file, octets, None);
    }
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
    let message = Message::new(Decoding::LINE_ENDS.decode(octets));
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

/// True if the text begins with a header that has at least one of the fields that mail has. Much that is not mail
/// begins with a word and a colon; this tells it apart.
#[must_use]
pub fn has_mail_field(text: &[u8]) -> bool {
    const FIELDS: [&[u8]; 14] = [
        b"from",
        b"to",
        b"cc",
        b"bcc",
        b"subject",
        b"date",
        b"message-id",
        b"received",
        b"return-path",
        b"sender",
        b"reply-to",
        b"delivered-to",
        b"mime-version",
        b"content-type",
    ];
    let mut rest = text;
    while let Some((line, next)) = split_line(rest).filter(|(line, _)| !is_blank(line)) {
        let name = line.split(|octet| *octet == b':').next().unwrap_or_default().trim_ascii_end();
        if name.len() < line.len() && FIELDS.iter().any(|field| field.eq_ignore_ascii_case(name)) {
            return true;
        }
        rest = next;
    }
    false
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(octets: &[u8]) -> Imported {
        read("a.eml", octets, None, Flags::SEEN)
    }

    #[test]
    fn a_message_keeps_its_octets_and_gets_its_own_date() {
        let imported = check(b"Date: 2 Mar 1998 20:00 +0000\nA: b\r\n\r\n>From me\n\0\xe9\r\r\nno end");
        let message = &imported.messages[0];
        let octets = message.message.octets().unwrap();
        assert_eq!(
            &octets[..],
            b"Date: 2 Mar 1998 20:00 +0000\r\nA: b\r\n\r\n>From me\r\n\0\xe9\r\r\nno end"
        );
        assert_eq!((message.flags, message.received), (Flags::SEEN, Timestamp::DEFAULT_START));
    }

    #[test]
    fn what_is_no_message_is_a_problem_with_the_file_s_name() {
        for no_mail in [&b""[..], b"hello\n", b"\x7fELF\0", b"\n"] {
            let imported = check(no_mail);
            assert!(imported.messages.is_empty());
            assert!(imported.problems.iter().next().unwrap().to_string().starts_with("a.eml: "));
        }
    }

    #[test]
    fn a_from_line_before_the_message_is_no_part_of_it() {
        let imported = check(b"From - Mon Mar  2 20:00:00 1998\nA: b\n\nhi\n\n");
        assert_eq!(&imported.messages[0].message.octets().unwrap()[..], b"A: b\r\n\r\nhi\r\n");
    }
}
