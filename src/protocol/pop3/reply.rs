//! Replies to octets.

use bytes::Bytes;

use super::dialect::Dialect;
use super::error::Refusal;
use crate::mail::message::MessageId;
use crate::protocol::lines::dot_stuffed;
use crate::session::Output;

/// "Responses may be up to 512 characters long, including the terminating CRLF" (RFC 1939 §3).
pub const REPLY_OCTETS_MAX: usize = 512;

/// A positive reply: a status line, and what follows it.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// `+OK text`
    Line(String),
    /// `+OK text`, then lines about messages, each with its CR LF, none beginning with a dot.
    Listing(String, Vec<u8>),
    /// `+OK text`, then octets of a message.
    Mail(String, MessageId, Bytes),
    /// `+ ` and a challenge in base64: the login goes on (RFC 5034 §4).
    Challenge(String),
}

impl Reply {
    /// Writes the reply; `spaced`: a space stands behind `+OK` though nothing follows it (RFC 1957).
    pub fn write(self, spaced: bool, out: &mut Output) {
        match self {
            Self::Line(text) => out.write(status_line("+OK", &text, spaced)),
            // The space stays where the challenge is empty (RFC 5034 §4).
            Self::Challenge(base64) => out.write(format!("+ {base64}\r\n")),
            Self::Listing(text, lines) => {
                let mut octets = status_line("+OK", &text, spaced);
                octets.extend_from_slice(&lines);
                octets.extend_from_slice(b".\r\n");
                out.write(octets);
            }
            Self::Mail(text, message, content) => {
                out.write(status_line("+OK", &text, spaced));
                let (octets, _) = dot_stuffed(&content);
                out.write_about(octets, message, u32::try_from(content.len()).unwrap_or(u32::MAX));
            }
        }
    }
}

/// Writes `-ERR` and why. Servers of old had no response codes, and could not name clauses of later RFCs.
pub fn refuse(refusal: &Refusal, dialect: Dialect, out: &mut Output) {
    let why = refusal.to_string();
    let text = match refusal.code().filter(|_| dialect.has_response_codes()) {
        Some(code) => format!("[{code}] {why}"),
        None if dialect.has_response_codes() => why,
        None => why.split(" (RFC ").next().unwrap_or_default().to_owned(),
    };
    out.write(status_line("-ERR", &text, false));
}

/// A status indicator and its text as one line, cut where it would become too long. `§` becomes `section`,
/// and what is not printable ASCII `?`.
fn status_line(indicator: &str, text: &str, spaced: bool) -> Vec<u8> {
    let mut line = Vec::with_capacity(indicator.len() + text.len() + 3);
    line.extend_from_slice(indicator.as_bytes());
    if spaced || !text.is_empty() {
        line.push(b' ');
    }
    for c in text.chars() {
        match c {
            ' '..='~' => line.push(c as u8),
            '§' => line.extend_from_slice(b"section "),
            _ => line.push(b'?'),
        }
    }
    line.truncate(REPLY_OCTETS_MAX - 2);
    line.extend_from_slice(b"\r\n");
    line
}
