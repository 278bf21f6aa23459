//! The values in a response of IMAP (RFC 3501 §4): atoms, strings, literals, lists. Whatever stands there is some
//! value: nothing is refused.

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Atom(Vec<u8>),
    Quoted(Vec<u8>),
    Literal(Vec<u8>),
    List(Vec<Self>),
    /// The response is over.
    Nothing,
}

impl Value {
    /// The octets of a value that is no list.
    pub(super) fn octets(&self) -> Vec<u8> {
        match self {
            Self::Atom(octets) | Self::Quoted(octets) | Self::Literal(octets) => octets.clone(),
            Self::List(_) | Self::Nothing => Vec::new(),
        }
    }
}

/// Lists deeper than this are read as atoms.
const DEPTH_MAX: usize = 32;

/// Reads values one by one.
pub(super) struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    fn skip_spaces(&mut self) {
        while self.rest().first() == Some(&b' ') {
            self.at += 1;
        }
    }

    /// The next word, up to a space or the line's end.
    pub(super) fn word(&mut self) -> Vec<u8> {
        self.skip_spaces();
        let rest = self.rest();
        let end = rest.iter().position(|octet| matches!(octet, b' ' | b'\r' | b'\n')).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default().to_vec()
    }

    /// A response code in brackets, without them.
    pub(super) fn code(&mut self) -> Option<Vec<u8>> {
        self.skip_spaces();
        let rest = self.rest().strip_prefix(b"[")?;
        let end = memchr::memchr(b']', rest)?;
        self.at += end + 2;
        rest.get(..end).map(<[u8]>::to_vec)
    }

    /// All that is left of the line.
    pub(super) fn line(&mut self) -> Vec<u8> {
        self.skip_spaces();
        let rest = self.rest();
        self.at = self.octets.len();
        let rest = rest.strip_suffix(b"\n").unwrap_or(rest);
        rest.strip_suffix(b"\r").unwrap_or(rest).to_vec()
    }

    /// The next value.
    pub(super) fn value(&mut self) -> Value {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Value {
        self.skip_spaces();
        match self.rest().first() {
            None | Some(b'\r' | b'\n') => Value::Nothing,
            Some(b'(') if depth < DEPTH_MAX => {
                self.at += 1;
                let mut values = Vec::new();
                loop {
                    self.skip_spaces();
                    match self.rest().first() {
                        Some(b')') => {
                            self.at += 1;
                            break;
                        }
                        None | Some(b'\r' | b'\n') => break,
                        Some(_) => values.push(self.nested(depth + 1)),
                    }
                }
                Value::List(values)
            }
            Some(b'"') => self.quoted(),
            Some(b'{') => self.literal().unwrap_or_else(|| self.atom()),
            Some(_) => self.atom(),
        }
    }

    fn quoted(&mut self) -> Value {
        self.at += 1;
        let mut octets = Vec::new();
        while let Some(octet) = self.rest().first().copied() {
            self.at += 1;
            match octet {
                b'"' => break,
                b'\\' => {
                    octets.extend(self.rest().first());
                    self.at += 1;
                }
                b'\r' | b'\n' => break,
                other => octets.push(other),
            }
        }
        Value::Quoted(octets)
    }

    fn literal(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = memchr::memchr(b'\n', rest)? + 1;
        let octets = usize::try_from(super::imap::literal(rest.get(..end)?)?.octets).ok()?;
        let literal = rest.get(end..end.checked_add(octets)?)?;
        self.at += end + octets;
        Some(Value::Literal(literal.to_vec()))
    }

    /// Up to a space or a parenthesis; in a section's brackets these belong to it: `BODY[HEADER.FIELDS (FROM)]<0>`.
    fn atom(&mut self) -> Value {
        let rest = self.rest();
        let mut brackets = 0_usize;
        let mut end = 0;
        for octet in rest {
            match octet {
                b'\r' | b'\n' => break,
                b'[' => brackets += 1,
                b']' => brackets = brackets.saturating_sub(1),
                b' ' | b'(' | b')' | b'"' if brackets == 0 && end > 0 => break,
                _ => {}
            }
            end += 1;
        }
        self.at += end.max(1);
        Value::Atom(rest.get(..end.max(1)).unwrap_or_default().to_vec())
    }
}
