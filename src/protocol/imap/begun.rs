//! A command that is not whole yet, and how it is refused.

use super::dialect::Dialect;
use super::lexer::{Cursor, Fault, Grammar};
use super::wire;
use crate::session::Output;

/// A command that is not whole yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Begun {
    /// Its octets, literals in place.
    pub text: Vec<u8>,
    /// How many octets of the stream it took.
    pub octets: u64,
    /// How many octets of its literal have not come.
    pub literal: usize,
    /// How many literals it has.
    pub literals: u32,
    /// Octets of the message that is being appended: they do not count against the limit of a command.
    pub message: usize,
    /// What it is refused with, once its last literal is passed over.
    pub refusal: Vec<u8>,
}

impl Begun {
    /// Refuses it.
    pub fn refuse(&self, response: &[u8], out: &mut Output) {
        out.command(self.octets, self.shown());
        out.write([response, b"\r\n"].concat());
    }

    /// The first line for people. Passwords do not show, even when tag or command are forgotten or misspelt.
    pub fn shown(&self) -> Vec<u8> {
        let end = memchr::memchr(b'\r', &self.text).unwrap_or(self.text.len());
        let line = &self.text[..end];
        let words: Vec<&[u8]> = line.splitn(3, |octet| *octet == b' ').collect();
        let login = words.iter().take(2).position(|word| {
            let word = String::from_utf8_lossy(word).to_ascii_uppercase();
            crate::lesson::nearest(&word, ["LOGIN", "AUTHENTICATE"]).is_some()
        });
        let Some(at) = login else { return line.to_vec() };
        let head: usize = words.iter().take(at + 1).map(|word| word.len() + 1).sum();
        let mut cursor = Cursor::new(line.get(head..).unwrap_or_default(), Grammar::default());
        if cursor.astring("a user name").is_err() {
            // A literal is announced and does not show; anything else might be a password.
            let is_announced =
                line.ends_with(b"}") && line.get(head..).is_some_and(|rest| rest.starts_with(b"{"));
            return if is_announced { line.to_vec() } else { [&line[..head.min(end)], b"***"].concat() };
        }
        if cursor.rest().is_empty() {
            return line.to_vec();
        }
        [&line[..(head + cursor.at()).min(end)], b" ***"].concat()
    }
}

/// `BAD column 14: expected a message number; 0 is not allowed (RFC 3501 section 9)`
pub fn refusal(tag: &[u8], fault: &Fault, dialect: Dialect) -> Vec<u8> {
    // An older server knows nothing of the document in which a newer one reads the rule.
    let clause = match dialect {
        Dialect::Rev1 | Dialect::Rev2 => fault.clause,
        older if fault.clause.starts_with("RFC 3501") => older.clause(),
        _ => fault.clause,
    };
    let text = format!(" BAD column {}: {} ({clause})", fault.at + 1, fault.what);
    [tag, wire::seven_bit(&text).as_bytes()].concat()
}

/// How many octets follow a line that ends in `{n+}`: its client does not wait for leave.
pub fn literal_without_leave(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"+}")?;
    let open = memchr::memrchr(b'{', line)?;
    let digits = std::str::from_utf8(line.get(open + 1..)?).ok()?;
    if digits.bytes().all(|digit| digit.is_ascii_digit()) { digits.parse().ok() } else { None }
}
