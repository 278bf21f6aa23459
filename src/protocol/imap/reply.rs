//! How a command ended: the tagged response (RFC 3501 §7.1).

use std::fmt::Display;

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

    /// Without what stands in brackets, which older clients do not know; but READ-ONLY is custom (RFC 1176).
    #[must_use]
    pub fn without_code(self) -> Self {
        let plain = |text: String| match text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            Some((code, rest)) if code != "READ-ONLY" => rest.to_owned(),
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
