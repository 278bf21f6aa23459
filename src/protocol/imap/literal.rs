//! Literals, as the line before them announces them (RFC 3501 §4.3, RFC 7888).

/// A literal that is announced at the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// How many octets follow the line.
    pub octets: u64,
    /// `{5}`: a client waits for leave before it sends them. `{5+}` goes on at once.
    pub waits: bool,
}

/// What a line announces, given without its line end: `a LOGIN {5}`.
#[must_use]
pub fn announced(line: &[u8]) -> Option<Announced> {
    let line = line.strip_suffix(b"}")?;
    let open = memchr::memrchr(b'{', line)?;
    let inside = line.get(open + 1..)?;
    let digits = inside.strip_suffix(b"+").unwrap_or(inside);
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let octets = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(Announced { octets, waits: digits.len() == inside.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_announces_a_literal_by_its_last_braces() {
        let literal = |octets, waits| Some(Announced { octets, waits });
        for (line, wanted) in [
            ("a LOGIN {5}", literal(5, true)),
            ("a LOGIN {5+}", literal(5, false)),
            ("a APPEND {3} {310}", literal(310, true)),
            ("a LOGIN {5} ", None),
            ("a LOGIN {}", None),
            ("a LOGIN {+}", None),
            ("a LOGIN {+5}", None),
            ("a LOGIN {99999999999999999999}", None),
            ("5}", None),
            ("", None),
        ] {
            assert_eq!(announced(line.as_bytes()), wanted, "{line}");
        }
    }
}
