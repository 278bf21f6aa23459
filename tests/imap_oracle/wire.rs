//! Octets to words: the oracle's own reading of the grammar (RFC 3501 §9), shared with nothing in the server.

/// One word of a command or a response.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Anything without quotes: atoms, numbers, sets, `BODY[HEADER.FIELDS (A B)]<0>`.
    Atom(String),
    /// A quoted string or a literal.
    Text(Vec<u8>),
    /// Words in parentheses.
    List(Vec<Value>),
}

/// What cannot be read.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It is in no grammar.
    Grammar(String),
    /// A literal does not end where it says (RFC 3501 §4.3).
    Literal(String),
}

impl Value {
    /// Its text, with or without quotes; of a list there is none.
    pub fn text(&self) -> String {
        match self {
            Self::Atom(text) => text.clone(),
            Self::Text(octets) => String::from_utf8_lossy(octets).into_owned(),
            Self::List(_) => String::new(),
        }
    }

    pub fn upper(&self) -> String {
        self.text().to_ascii_uppercase()
    }

    pub fn number(&self) -> Option<u64> {
        self.text().parse().ok()
    }

    pub fn list(&self) -> &[Self] {
        if let Self::List(values) = self { values } else { &[] }
    }

    /// The octets of a string; `None` for NIL and everything else.
    pub fn octets(&self) -> Option<&[u8]> {
        if let Self::Text(octets) = self { Some(octets) } else { None }
    }
}

/// Takes what is complete off a stream: lines, each with its literals, without the last CR LF.
pub fn complete(stream: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(end) = end_of_first(stream) {
        let mut first: Vec<u8> = stream.drain(..end).collect();
        first.truncate(end - 2);
        whole.push(first);
    }
    whole
}

fn end_of_first(stream: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let end = at + stream[at..].windows(2).position(|pair| pair == b"\r\n")?;
        at = end + 2;
        match announced(&stream[..end]) {
            Some(octets) if at + octets <= stream.len() => at += octets,
            Some(_) => return None,
            None => return Some(at),
        }
    }
}

/// How many octets a line announces at its end: `{5}`, `{5+}`, `~{5}`.
fn announced(line: &[u8]) -> Option<usize> {
    let open = line.iter().rposition(|octet| *octet == b'{')?;
    let inner = std::str::from_utf8(line[open + 1..].strip_suffix(b"}")?).ok()?;
    let digits = inner.strip_suffix('+').unwrap_or(inner);
    // A quoted brace at the end of a free text is not followed by octets; our texts have none.
    digits.parse().ok()
}

/// All words of one line.
pub fn values(line: &[u8]) -> Result<Vec<Value>, Fault> {
    let mut scanner = Scanner { line, at: 0 };
    let values = scanner.values(0)?;
    match scanner.peek() {
        None => Ok(values),
        Some(octet) => Err(Fault::Grammar(format!("{:?} stands where nothing opened it", char::from(octet)))),
    }
}

struct Scanner<'a> {
    line: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.line.get(self.at).copied()
    }

    fn values(&mut self, depth: usize) -> Result<Vec<Value>, Fault> {
        let mut values = Vec::new();
        loop {
            match self.peek() {
                None | Some(b')') => return Ok(values),
                Some(b' ') => self.at += 1,
                Some(_) => values.push(self.value(depth)?),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        match self.peek() {
            Some(b'(') => {
                self.at += 1;
                let values = self.values(depth + 1)?;
                if self.peek() != Some(b')') {
                    return Err(Fault::Grammar("a list has no end".to_owned()));
                }
                self.at += 1;
                Ok(Value::List(values))
            }
            Some(b'"') => self.quoted(),
            Some(b'{') => self.literal(depth),
            Some(b'~') if self.line.get(self.at + 1) == Some(&b'{') => {
                self.at += 1;
                self.literal(depth)
            }
            _ => self.atom(),
        }
    }

    fn quoted(&mut self) -> Result<Value, Fault> {
        let mut text = Vec::new();
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Value::Text(text));
                }
                Some(b'\\') => {
                    text.extend(self.line.get(self.at + 1));
                    self.at += 2;
                }
                Some(octet) => {
                    text.push(octet);
                    self.at += 1;
                }
                None => return Err(Fault::Grammar("a quoted string has no end".to_owned())),
            }
        }
    }

    /// A literal is followed by a blank, by the end of its list, or by the end of the line outside of lists. If it
    /// is not, its octets are not as many as were announced.
    fn literal(&mut self, depth: usize) -> Result<Value, Fault> {
        let rest = &self.line[self.at..];
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        let octets = end.and_then(|end| announced(&rest[..end]));
        let (Some(end), Some(octets)) = (end, octets) else {
            return Err(Fault::Grammar("{ begins no literal".to_owned()));
        };
        let start = self.at + end + 2;
        let Some(text) = self.line.get(start..start + octets) else {
            return Err(Fault::Literal("a literal is shorter than it says".to_owned()));
        };
        self.at = start + octets;
        match (self.peek(), depth) {
            (Some(b' ' | b')'), _) | (None, 0) => Ok(Value::Text(text.to_vec())),
            (next, _) => {
                let next =
                    next.map_or("the line's end".to_owned(), |octet| format!("{:?}", char::from(octet)));
                Err(Fault::Literal(format!("behind a literal of {octets} octets stands {next}")))
            }
        }
    }

    /// Brackets may hold blanks and parentheses: `BODY[HEADER.FIELDS (SUBJECT)]<0>`.
    fn atom(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(octet) = self.peek() {
            match octet {
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                b' ' | b'(' | b')' | b'\r' | b'\n' if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        if self.at == start || depth > 0 {
            return Err(Fault::Grammar(format!("no word can be read at octet {start}")));
        }
        Ok(Value::Atom(String::from_utf8_lossy(&self.line[start..self.at]).into_owned()))
    }
}

/// `2:4,7,9:*`, with `None` for the star.
pub type Set = Vec<(Option<u32>, Option<u32>)>;

/// Reads a set of numbers.
pub fn set(text: &str) -> Option<Set> {
    let number = |text: &str| match text {
        "*" => Some(None),
        digits => digits.parse().ok().map(Some),
    };
    text.split(',')
        .map(|part| match part.split_once(':') {
            Some((first, last)) => Some((number(first)?, number(last)?)),
            None => number(part).map(|number| (number, number)),
        })
        .collect()
}

/// The set's numbers in order, where the star is `largest`; a set is small here, or mostly beyond `largest`.
pub fn numbers(set: &Set, largest: u32) -> Vec<u32> {
    let mut all: Vec<u32> = set
        .iter()
        .flat_map(|(a, b)| {
            let (a, b) = (a.unwrap_or(largest), b.unwrap_or(largest));
            a.min(b)..=a.max(b).min(a.min(b).saturating_add(100_000))
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// True if the set holds the number.
pub fn holds(set: &Set, number: u32, largest: u32) -> bool {
    set.iter().any(|(a, b)| {
        let (a, b) = (a.unwrap_or(largest), b.unwrap_or(largest));
        (a.min(b)..=a.max(b)).contains(&number)
    })
}
