//! From a stored message to the message: line ends, quoting, and the field that framed it.

use super::Variant;
use super::starts::content_length;
use crate::mail::import::lines::{is_blank, push_line, split_line};

/// How a stored message becomes the message again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoding {
    quoting: Quoting,
    /// The last Content-Length of the header framed the message in its file and is no part of it.
    drop_length: bool,
}

/// Which lines lose one `>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// None: they are stored as they are.
    Plain,
    /// Those that begin with `>From `.
    One,
    /// Those that begin with any number of `>` and `From `.
    Any,
}

impl Decoding {
    /// Each line ended by CR LF, and nothing else.
    pub const LINE_ENDS: Self = Self { quoting: Quoting::Plain, drop_length: false };

    /// How messages of this variant are read; `framed` if the message was found by its Content-Length.
    pub(super) const fn new(variant: Variant, framed: bool) -> Self {
        let (quoting, has_length) = match variant {
            Variant::Mboxo => (Quoting::One, false),
            Variant::Mboxrd => (Quoting::Any, false),
            Variant::Mboxcl => (Quoting::Any, true),
            Variant::Mboxcl2 => (Quoting::Plain, true),
        };
        Self { quoting, drop_length: has_length && framed }
    }

    /// The message: its lines ended by CR LF, unquoted, without its frame.
    #[must_use]
    pub fn decode(self, stored: &[u8]) -> Vec<u8> {
        let mut message = Vec::with_capacity(stored.len() + stored.len() / 32);
        let mut rest = self.decode_header(stored, &mut message);
        while let Some((line, next)) = split_line(rest) {
            push_line(
                &mut message,
                if self.unquotes(line) { line.get(1..).unwrap_or_default() } else { line },
            );
            rest = next;
        }
        message.shrink_to_fit();
        message
    }

    /// Gives what follows the header.
    fn decode_header<'a>(self, stored: &'a [u8], message: &mut Vec<u8>) -> &'a [u8] {
        if !self.drop_length {
            return stored;
        }
        let mut rest = stored;
        let mut frame = 0..0;
        while let Some((line, next)) = split_line(rest).filter(|(line, _)| !is_blank(line)) {
            let line_at = message.len();
            push_line(message, line);
            if content_length(line).is_some() {
                frame = line_at..message.len();
            }
            rest = next;
        }
        message.drain(frame);
        rest
    }

    fn unquotes(self, line: &[u8]) -> bool {
        match self.quoting {
            Quoting::Plain => false,
            Quoting::One => line.starts_with(b">From "),
            Quoting::Any => depth(line) > 0,
        }
    }
}

/// How many `>` stand before `From ` at the beginning of the line; 0 for any other line.
fn depth(line: &[u8]) -> usize {
    let marks = line.iter().take_while(|octet| **octet == b'>').count();
    if line.get(marks..).is_some_and(|rest| rest.starts_with(b"From ")) { marks } else { 0 }
}

/// Lines in a stored message that show how it is quoted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quotes {
    /// `From ` at the beginning of a line.
    pub(super) bare: usize,
    /// `>From `.
    pub(super) once: usize,
    /// `>>From ` and more.
    pub(super) twice: usize,
}

impl Quotes {
    pub(super) fn of(stored: &[u8]) -> Self {
        let mut quotes = Self::default();
        for at in memchr::memmem::find_iter(stored, b"From ") {
            let before = stored.get(..at).unwrap_or_default();
            let marks = before.iter().rev().take_while(|octet| **octet == b'>').count();
            if before.len() > marks && before.get(before.len() - marks - 1) != Some(&b'\n') {
                continue;
            }
            match marks {
                0 => quotes.bare += 1,
                1 => quotes.once += 1,
                _ => quotes.twice += 1,
            }
        }
        quotes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(variant: Variant, stored: &str) -> String {
        String::from_utf8(Decoding::new(variant, true).decode(stored.as_bytes())).unwrap()
    }

    #[test]
    fn each_variant_undoes_its_own_quoting() {
        let stored = "A: b\n\nFrom x\n>From x\n>>From x\n>Fro\n";
        assert_eq!(decoded(Variant::Mboxo, stored), "A: b\r\n\r\nFrom x\r\nFrom x\r\n>>From x\r\n>Fro\r\n");
        assert_eq!(decoded(Variant::Mboxrd, stored), "A: b\r\n\r\nFrom x\r\nFrom x\r\n>From x\r\n>Fro\r\n");
        assert_eq!(decoded(Variant::Mboxcl, stored), decoded(Variant::Mboxrd, stored));
        assert_eq!(
            decoded(Variant::Mboxcl2, stored),
            "A: b\r\n\r\nFrom x\r\n>From x\r\n>>From x\r\n>Fro\r\n"
        );
    }

    #[test]
    fn only_the_length_that_framed_the_message_goes() {
        let stored = "Content-Length: 1\nA: b\ncontent-length: 5 \nB: c\n\nContent-Length: 9\n";
        let left = "Content-Length: 1\r\nA: b\r\nB: c\r\n\r\nContent-Length: 9\r\n";
        assert_eq!(decoded(Variant::Mboxcl2, stored), left);
        assert!(decoded(Variant::Mboxrd, stored).contains("content-length: 5"));
    }

    #[test]
    fn line_ends_become_cr_lf_and_nothing_else_changes() {
        let stored = "a\r\nb\nc\rd\r\r\n\0\u{e9}";
        assert_eq!(decoded(Variant::Mboxrd, stored), "a\r\nb\r\nc\rd\r\r\n\0\u{e9}");
    }

    #[test]
    fn quotes_are_counted_at_line_starts_only() {
        let quotes = Quotes::of(b"From a\n>From b\n>>>From c\nx From d\nx>From e\nFrom\n\nFrom f");
        assert_eq!(quotes, Quotes { bare: 2, once: 1, twice: 1 });
    }
}
