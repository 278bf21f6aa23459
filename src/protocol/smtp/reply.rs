//! Replies to octets: a code for machines, an enhanced status for better machines, a text for people.

use super::error::Refusal;
use crate::session::Output;

/// "The maximum total length of a reply line including the reply code and the CRLF is 512 characters"
/// (RFC 821 §4.5.3).
pub const REPLY_OCTETS_MAX: usize = 512;

/// Subject and detail of an enhanced status code (RFC 3463 §3); its class is the reply code's first digit.
pub type Detail = (u8, u8);

/// A reply (RFC 821 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits.
    pub code: u16,
    /// What RFC 3463 says more exactly, where it says anything: `(1, 1)` for the `1.1` of `5.1.1`.
    pub detail: Option<Detail>,
    /// The text, at least one line.
    pub lines: Vec<String>,
}

impl Reply {
    /// A reply of one line without an enhanced code: greetings, answers to HELO and EHLO, 3xx (RFC 2034 §4).
    #[must_use]
    pub fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, detail: None, lines: vec![text.into()] }
    }

    /// A reply of one line.
    #[must_use]
    pub fn of(code: u16, detail: Detail, text: impl Into<String>) -> Self {
        Self { code, detail: Some(detail), lines: vec![text.into()] }
    }

    /// A 250 with its enhanced code.
    #[must_use]
    pub fn ok(detail: Detail, text: impl Into<String>) -> Self {
        Self::of(250, detail, text)
    }

    /// The enhanced status code: `5.1.1`.
    #[must_use]
    pub fn status(&self) -> String {
        let (subject, detail) = self.detail.unwrap_or((0, 0));
        format!("{}.{subject}.{detail}", self.code / 100)
    }

    /// Writes the reply, all its lines at once: a hyphen stands behind the code in all lines but the last (RFC
    /// 821 appendix E). The enhanced code stands in each line (RFC 2034 §4), if the client knows of it.
    pub fn write(&self, enhanced: bool, out: &mut Output) {
        let status = self.detail.filter(|_| enhanced).map_or_else(String::new, |_| self.status() + " ");
        let mut octets = Vec::new();
        for (nth, text) in self.lines.iter().enumerate() {
            let separator = if nth + 1 < self.lines.len() { '-' } else { ' ' };
            let start = octets.len();
            octets.extend_from_slice(format!("{:03}{separator}{status}", self.code).as_bytes());
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

    /// Writes a line of an exchange: base64, as long as it needs to be (RFC 4954 §4).
    pub fn write_long(&self, out: &mut Output) {
        let text = self.lines.first().map_or("", String::as_str);
        out.write(format!("{} {text}\r\n", self.code));
    }
}

impl From<&Refusal> for Reply {
    fn from(refusal: &Refusal) -> Self {
        Self::of(refusal.code(), refusal.detail(), refusal.to_string())
    }
}
