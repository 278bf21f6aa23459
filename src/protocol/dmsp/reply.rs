//! Replies: three digits, words for people, and for some codes a list (RFC 1056 §4.2).

use super::error::Refusal;
use crate::mail::message::MessageId;
use crate::protocol::lines::dot_stuffed;
use crate::session::Output;

/// No request or response line is longer, CR LF included (RFC 1056 §4.1).
pub const LINE_OCTETS_MAX: usize = 512;

/// All reply codes with their meanings: RFC 1056 appendix III, and 241 and 401, which only appendix I has.
pub const CODES: &[(u16, &str)] = &[
    (100, "help text follows"),
    (200, "operation carried out"),
    (220, "list of clients follows"),
    (221, "logged in, but the client has been inactive for more than a week: it should be reset"),
    (230, "list of mailboxes follows"),
    (240, "list of subscriptions follows"),
    (241, "list of all bulletin boards follows"),
    (250, "list of descriptors follows"),
    (251, "text of a message follows"),
    (260, "list of addresses follows"),
    (350, "send the text, end it with a line that is a single period"),
    (400, "a message cannot be copied onto itself"),
    (401, "no such printer"),
    (402, "internal error: nothing has changed"),
    (403, "illegal name, or the text is no message"),
    (404, "wrong password, or not allowed"),
    (405, "the client is in use"),
    (406, "log in first"),
    (410, "logged in already"),
    (411, "no such user"),
    (420, "the client exists"),
    (421, "no such client"),
    (430, "the mailbox exists"),
    (431, "no such mailbox"),
    (440, "the name is a bulletin board's, or the subscription exists"),
    (441, "no such subscription"),
    (451, "no such message"),
    (460, "the address exists"),
    (461, "no such address"),
    (500, "no such operation, not these arguments, or another version"),
];

/// What an operation answers when it is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A line.
    Line(u16, String),
    /// A line, and a list.
    List(u16, String, Vec<u8>),
    /// A line, and a message's text.
    Message {
        /// The words.
        words: String,
        /// The message.
        id: MessageId,
        /// Its octets.
        octets: bytes::Bytes,
    },
}

impl Reply {
    /// `200 Command OK`.
    #[must_use]
    pub fn ok() -> Self {
        Self::Line(200, "Command OK".to_owned())
    }

    /// A list of lines, which must not hold line ends.
    pub fn list<L: AsRef<[u8]>>(code: u16, words: &str, lines: impl IntoIterator<Item = L>) -> Self {
        let mut text = Vec::new();
        for line in lines {
            text.extend_from_slice(line.as_ref());
            text.extend_from_slice(b"\r\n");
        }
        Self::List(code, words.to_owned(), text)
    }

    /// Says it.
    pub fn write(self, out: &mut Output) {
        match self {
            Self::Line(code, words) => out.write(first_line(code, &words)),
            Self::List(code, words, list) => {
                let mut all = first_line(code, &words);
                all.append(&mut dot_stuffed(&list).0);
                out.write(all);
            }
            Self::Message { words, id, octets } => {
                out.write(first_line(251, &words));
                out.write_about(dot_stuffed(&octets).0, id, octets.len() as u32);
            }
        }
    }
}

/// Says why not.
pub fn refuse(refusal: &Refusal, out: &mut Output) {
    out.write(first_line(refusal.code(), &refusal.to_string()));
}

fn first_line(code: u16, words: &str) -> Vec<u8> {
    let words =
        words.bytes().map(|octet| if octet.is_ascii_graphic() || octet == b' ' { octet } else { b'?' });
    let mut line = format!("{code} ").into_bytes();
    line.extend(words.take(LINE_OCTETS_MAX - 6));
    line.extend_from_slice(b"\r\n");
    line
}
