//! Values in a response, read from left to right over its literals (RFC 3501 §4).

use bytes::Bytes;

/// A value in a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `NIL`
    Nil,
    /// A bare word or number.
    Atom(Bytes),
    /// Quoted or literal.
    String(Bytes),
    /// In parentheses.
    List(Vec<Value>),
}

impl Value {
    /// Its octets, if it is a word or a string.
    #[must_use]
    pub const fn octets(&self) -> Option<&Bytes> {
        match self {
            Self::Atom(octets) | Self::String(octets) => Some(octets),
            Self::Nil | Self::List(_) => None,
        }
    }

    /// Its octets as text, empty if it has none.
    #[must_use]
    pub fn text(&self) -> String {
        self.octets().map_or_else(String::new, |octets| String::from_utf8_lossy(octets).into_owned())
    }

    /// The number that it is.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        match self {
            Self::Atom(octets) => number(octets),
            _ => None,
        }
    }

    /// The number that it is, of up to 64 bits.
    #[must_use]
    pub fn number64(&self) -> Option<u64> {
        let Self::Atom(octets) = self else { return None };
        let text = std::str::from_utf8(octets).ok()?;
        text.parse().ok().filter(|_| text.bytes().all(|octet| octet.is_ascii_digit()))
    }

    /// Its members, if it is a list.
    #[must_use]
    pub fn members(&self) -> &[Self] {
        match self {
            Self::List(members) => members,
            _ => &[],
        }
    }
}

/// Deeper nesting than any structure has.
const DEPTH_MAX: usize = 200;

/// Reads values from left to right, over the literals.
pub struct Scanner<'a> {
    pieces: &'a [Bytes],
    piece: usize,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// At `at` in the first line.
    pub const fn new(pieces: &'a [Bytes], at: usize) -> Self {
        Self { pieces, piece: 0, at }
    }

    fn line(&self) -> &[u8] {
        self.pieces.get(self.piece).and_then(|line| line.get(self.at..)).unwrap_or_default()
    }

    /// Steps over `octet` if it is next.
    pub fn skip(&mut self, octet: u8) -> bool {
        let is_next = self.line().first() == Some(&octet);
        self.at += usize::from(is_next);
        is_next
    }

    /// Steps over spaces.
    pub fn space(&mut self) {
        while self.skip(b' ') {}
    }

    fn take(&mut self, octets: usize) -> Bytes {
        let start = self.at;
        self.at += octets;
        self.pieces
            .get(self.piece)
            .map_or_else(Bytes::new, |line| line.slice(start.min(line.len())..self.at.min(line.len())))
    }

    /// Takes what stands before the next space, parenthesis, quote or literal.
    pub fn word(&mut self) -> Bytes {
        let length = self.line().iter().position(|octet| matches!(octet, b' ' | b'(' | b')' | b'"' | b'{'));
        self.take(length.unwrap_or(self.line().len()))
    }

    /// `BODY[HEADER.FIELDS (DATE FROM)]<0>`: spaces and parentheses in brackets belong to it. Field names that
    /// came as literals are not shown.
    pub fn label(&mut self) -> String {
        let mut text = String::from_utf8_lossy(&{
            let length = self.line().iter().position(|octet| matches!(octet, b' ' | b'(' | b')' | b'['));
            self.take(length.unwrap_or(self.line().len()))
        })
        .into_owned();
        if self.line().first() == Some(&b'[') {
            while let Some(end) = memchr::memchr2(b']', b'{', self.line()) {
                let is_literal = self.line().get(end) == Some(&b'{');
                text += &String::from_utf8_lossy(&self.take(end + usize::from(!is_literal)));
                if !is_literal {
                    break;
                }
                self.piece += 2;
                self.at = 0;
            }
            text += &String::from_utf8_lossy(&self.word());
        }
        text
    }

    /// All values up to the end.
    pub fn values(&mut self) -> Vec<Value> {
        let mut values = Vec::new();
        self.space();
        while !self.line().is_empty() {
            let Some(value) = self.value(0) else { break };
            values.push(value);
            self.space();
        }
        values
    }

    /// Takes a value; `None` if there is none, or it nests too deep.
    pub fn value(&mut self, depth: usize) -> Option<Value> {
        match self.line().first()? {
            b'(' if depth > DEPTH_MAX => None,
            b'(' => {
                self.at += 1;
                let mut members = Vec::new();
                loop {
                    self.space();
                    if self.skip(b')') {
                        return Some(Value::List(members));
                    }
                    members.push(self.value(depth + 1)?);
                }
            }
            b'"' => self.quoted().map(Value::String),
            // A literal that may hold NUL (RFC 3516 §4.2).
            b'~' if self.line().get(1) == Some(&b'{') => {
                self.at += 1;
                self.value(depth)
            }
            b'{' => {
                // The announcement ends its line; the literal and the next line are the next two pieces.
                let literal = self.pieces.get(self.piece + 1)?.clone();
                self.piece += 2;
                self.at = 0;
                Some(Value::String(literal))
            }
            _ => {
                let word = self.word();
                match word.eq_ignore_ascii_case(b"NIL") {
                    _ if word.is_empty() => None,
                    true => Some(Value::Nil),
                    false => Some(Value::Atom(word)),
                }
            }
        }
    }

    fn quoted(&mut self) -> Option<Bytes> {
        self.at += 1;
        let plain = memchr::memchr2(b'"', b'\\', self.line())?;
        if self.line().get(plain) == Some(&b'"') {
            let text = self.take(plain);
            self.at += 1;
            return Some(text);
        }
        let mut text = Vec::new();
        loop {
            let length = memchr::memchr2(b'"', b'\\', self.line())?;
            text.extend_from_slice(&self.take(length));
            if self.skip(b'"') {
                return Some(text.into());
            }
            self.at += 1;
            text.push(*self.line().first()?);
            self.at += 1;
        }
    }
}

/// The number that these digits spell.
pub fn number(octets: &[u8]) -> Option<u32> {
    std::str::from_utf8(octets).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}
