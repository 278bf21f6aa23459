//! Replies to octets.

use super::error::Refusal;
use crate::session::Output;

/// "The maximum total length of a reply line including the reply code and the CRLF is 512 characters"
/// (RFC 821 §4.5.3).
pub const REPLY_OCTETS_MAX: usize = 512;

/// A reply: a code for machines, lines for people (RFC 821 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// The text, at least one line.
    pub lines: Vec<String>,
}

impl Reply {
    /// A reply of one line.
    #[must_use]
    pub fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, lines: vec![text.into()] }
    }

    /// Writes the reply, all its lines at once: a hyphen stands behind the code in all lines but the last (RFC
    /// 821 appendix E).
    pub fn write(&self, out: &mut Output) {
        let mut octets = Vec::new();
        for (nth, text) in self.lines.iter().enumerate() {
            let separator = if nth + 1 < self.lines.len() { '-' } else { ' ' };
            let start = octets.len();
            octets.extend_from_slice(format!("{:03}{separator}", self.code).as_bytes());
            for c in text.chars() {
                match c {
                    ' '..='~' => octets.push(c as u8),
                    '§' => octets.extend_from_slice(b"section "),
                    _ => octets.push(b'?'),
                }
            }
            octets.truncate(start + REPLY_OCTETS_MAX - 2);
            octets.extend_from_slice(b"\r\n");
        }
        out.write(octets);
    }
}

impl From<&Refusal> for Reply {
    fn from(refusal: &Refusal) -> Self {
        Self::new(refusal.code(), refusal.to_string())
    }
}
