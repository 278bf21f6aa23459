//! Replies to octets.

use bytes::Bytes;

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
}

impl Reply {
    /// Writes the reply.
    pub fn write(self, out: &mut Output) {
        match self {
            Self::Line(text) => out.write(status_line("+OK", &text)),
            Self::Listing(text, lines) => {
                let mut octets = status_line("+OK", &text);
                octets.extend_from_slice(&lines);
                octets.extend_from_slice(b".\r\n");
                out.write(octets);
            }
            Self::Mail(text, message, content) => {
                out.write(status_line("+OK", &text));
                let (octets, _) = dot_stuffed(&content);
                out.write_about(octets, message, u32::try_from(content.len()).unwrap_or(u32::MAX));
            }
        }
    }
}

/// Writes `-ERR` and why.
pub fn refuse(refusal: &Refusal, out: &mut Output) {
    out.write(status_line("-ERR", &refusal.to_string()));
}

/// A status indicator and its text as one line, cut where it would become too long. `§` becomes `section`,
/// and what is not printable ASCII `?`.
fn status_line(indicator: &str, text: &str) -> Vec<u8> {
    let mut line = Vec::with_capacity(indicator.len() + text.len() + 3);
    line.extend_from_slice(indicator.as_bytes());
    if !text.is_empty() {
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
