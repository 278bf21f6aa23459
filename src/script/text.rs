//! How octets are written in a script, and what an expected line may look like.
//!
//! [`ESCAPES`] says how what is no printable ASCII is written.

use std::fmt;

/// How octets are written that are no printable characters, and what stands for itself in an expected line.
pub const ESCAPES: [(&str, &str); 6] = [
    ("\\xNN", "the octet with this hexadecimal number"),
    ("\\r \\n \\t", "CR, LF, TAB"),
    ("\\\\", "a backslash"),
    ("*", "in an expected line: any run of octets"),
    ("?", "in an expected line: one octet"),
    ("\\* \\?", "in an expected line: these two themselves"),
];

/// A slip in a line's text: from which character on, how many, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The first character that is wrong, counted from 0.
    pub column: usize,
    /// How many are.
    pub width: usize,
    /// What is wrong.
    pub what: String,
    /// What is allowed.
    pub allowed: String,
}

/// One piece of an expected line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Octet(u8),
    One,
    Run,
}

/// What a line of the server should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

/// Reads octets.
///
/// # Errors
/// A backslash that is followed by something else than the table above has.
pub fn octets(text: &str) -> Result<Vec<u8>, Slip> {
    let mut octets = Vec::with_capacity(text.len());
    for piece in pieces(text, false)? {
        if let Piece::Octet(octet) = piece {
            octets.push(octet);
        }
    }
    Ok(octets)
}

/// Octets as a script has them: what is no printable ASCII becomes an escape.
#[must_use]
pub fn escaped(octets: &[u8]) -> String {
    with_backslash_as("\\\\", octets)
}

/// Octets as the prompt shows them, where a backslash is typed as one: whoever types `\Seen` as he reads it is right.
#[must_use]
pub fn shown(octets: &[u8]) -> String {
    with_backslash_as("\\", octets)
}

fn with_backslash_as(backslash: &str, octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for octet in octets {
        match octet {
            b'\\' => text.push_str(backslash),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b' '..=b'~' => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\x{octet:02X}")),
        }
    }
    text
}

/// A line as an expectation that only this line meets.
#[must_use]
pub fn expected(line: &[u8]) -> String {
    escaped(line).replace('*', "\\*").replace('?', "\\?")
}

fn pieces(text: &str, wild: bool) -> Result<Vec<Piece>, Slip> {
    let mut pieces = Vec::with_capacity(text.len());
    let mut characters = text.chars().enumerate();
    while let Some((column, character)) = characters.next() {
        let octet = match character {
            '*' if wild => {
                if pieces.last() != Some(&Piece::Run) {
                    pieces.push(Piece::Run);
                }
                continue;
            }
            '?' if wild => {
                pieces.push(Piece::One);
                continue;
            }
            '\\' => escape(column, &mut characters, wild)?,
            other => {
                let mut utf8 = [0; 4];
                pieces.extend(other.encode_utf8(&mut utf8).bytes().map(Piece::Octet));
                continue;
            }
        };
        pieces.push(Piece::Octet(octet));
    }
    Ok(pieces)
}

fn escape(
    column: usize,
    characters: &mut impl Iterator<Item = (usize, char)>,
    wild: bool,
) -> Result<u8, Slip> {
    let slip = |width| Slip {
        column,
        width,
        what: "a backslash begins an escape, and this is none".to_owned(),
        allowed: if wild { r"one of \xNN \r \n \t \\ \* \?" } else { r"one of \xNN \r \n \t \\" }.to_owned(),
    };
    match characters.next().map(|(_, character)| character) {
        Some('r') => Ok(b'\r'),
        Some('n') => Ok(b'\n'),
        Some('t') => Ok(b'\t'),
        Some('\\') => Ok(b'\\'),
        Some('*') if wild => Ok(b'*'),
        Some('?') if wild => Ok(b'?'),
        Some('x') => {
            let mut digit = || characters.next().and_then(|(_, digit)| digit.to_digit(16));
            match (digit(), digit()) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).map_err(|_| slip(4)),
                _ => Err(slip(4)),
            }
        }
        Some(_) => Err(slip(2)),
        None => Err(slip(1)),
    }
}

impl Pattern {
    /// Reads an expected line.
    ///
    /// # Errors
    /// As [`octets`].
    pub fn parse(text: &str) -> Result<Self, Slip> {
        Ok(Self { pieces: pieces(text, true)? })
    }

    /// Is this line as expected?
    ///
    /// Left to right with the last `*` as the only place to come back to: a run that was made as short as
    /// possible never needs to be looked at again once the next one has begun.
    #[must_use]
    pub fn matches(&self, line: &[u8]) -> bool {
        let (mut at, mut piece) = (0, 0);
        let mut last_run: Option<(usize, usize)> = None;
        while let Some(octet) = line.get(at) {
            match self.pieces.get(piece) {
                Some(Piece::Run) => {
                    last_run = Some((piece, at));
                    piece += 1;
                }
                Some(Piece::One) => {
                    at += 1;
                    piece += 1;
                }
                Some(Piece::Octet(wanted)) if wanted == octet => {
                    at += 1;
                    piece += 1;
                }
                _ => {
                    let Some((run, upto)) = last_run else { return false };
                    last_run = Some((run, upto + 1));
                    at = upto + 1;
                    piece = run + 1;
                }
            }
        }
        self.pieces.iter().skip(piece).all(|left| *left == Piece::Run)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Octet(octet) => f.write_str(&expected(&[*octet]))?,
                Piece::One => f.write_str("?")?,
                Piece::Run => f.write_str("*")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_run_and_a_question_mark_one_octet() {
        for (pattern, line, meets) in [
            ("+OK *", "+OK 3 messages", true),
            ("+OK *", "+OK", false),
            ("+OK*", "+OK", true),
            ("* LIST *", "anything LIST x", true),
            ("? ?", "a b", true),
            ("? ?", "ab", false),
            ("*ab*ab", "xxabyabab", true),
            ("*ab*ab", "xxab", false),
            (r"\* 3 EXISTS", "* 3 EXISTS", true),
            (r"\* 3 EXISTS", "+ 3 EXISTS", false),
            ("", "", true),
            ("", "x", false),
            (r"caf\xE9", "caf", false),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(line.as_bytes()), meets, "{pattern} {line}");
        }
        assert!(Pattern::parse(r"caf\xE9\\").unwrap().matches(b"caf\xE9\\"));
    }

    #[test]
    fn every_octet_survives_being_written_and_read() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(octets(&escaped(&all)).unwrap(), all);
        assert!(Pattern::parse(&expected(&all)).unwrap().matches(&all));
    }

    #[test]
    fn an_unknown_escape_is_shown_where_it_stands() {
        let slip = octets(r"é\q").unwrap_err();
        assert_eq!((slip.column, slip.width), (1, 2));
        assert!(slip.allowed.contains(r"\xNN"));
        assert!(octets(r"\x4").is_err() && octets("\\").is_err() && octets(r"\xZZ").is_err());
        assert!(octets(r"\*").is_err() && Pattern::parse(r"\*").is_ok());
    }
}
