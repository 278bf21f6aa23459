//! How a command ended: the tagged response (RFC 3501 §7.1).

use std::fmt::Display;

use super::dialect::Dialect;
use super::wire;
use crate::session::Output;

/// How a command ended: the tagged response without its tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `OK`: done.
    Ok(String),
    /// `NO`: understood, and not done.
    No(String),
    /// `BAD`: the client must not ask for this.
    Bad(String),
}

impl Reply {
    /// `OK ... completed`
    pub fn done(word: &str) -> Self {
        Self::Ok(format!("{word} completed"))
    }

    /// `BAD` for what stands behind `at` octets of the command, and the rule.
    pub fn bad_at(at: usize, what: impl Display, clause: &str) -> Self {
        Self::Bad(format!("column {}: {what} ({clause})", at + 1))
    }

    /// `NO` with a reason.
    pub fn no(why: impl Into<String>) -> Self {
        Self::No(why.into())
    }

    /// With only those codes in brackets that a dialect knows.
    #[must_use]
    pub fn with_codes_of(self, dialect: Dialect) -> Self {
        let known: &[&str] = match dialect {
            // RFC 1064 has none.
            Dialect::Imap3 => &[],
            // RFC 1176, SELECT: custom. draft-ietf-imap-imap2bis-02 has TRYCREATE, too: its servers said it untagged.
            Dialect::Imap2 | Dialect::Imap2bis => &["READ-ONLY", "READ-WRITE"],
            // RFC 1730 §9, resp_text_code
            Dialect::Imap4 => &["READ-ONLY", "READ-WRITE", "TRYCREATE"],
            Dialect::Rev1 | Dialect::Rev2 => return self,
        };
        let plain = |text: String| match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((code, rest)) if !known.contains(&code) => rest.to_owned(),
            _ => text,
        };
        match self {
            Self::Ok(text) => Self::Ok(plain(text)),
            Self::No(text) => Self::No(plain(text)),
            Self::Bad(text) => Self::Bad(text),
        }
    }

    /// Says it.
    pub fn write(&self, tag: &[u8], out: &mut Output) {
        let (word, text) = match self {
            Self::Ok(text) => (" OK ", text),
            Self::No(text) => (" NO ", text),
            Self::Bad(text) => (" BAD ", text),
        };
        out.write([tag, word.as_bytes(), wire::seven_bit(text).as_bytes(), b"\r\n"].concat());
    }
}
