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

/// True if a line of the server says how a command ended: a tag, and then OK, NO or BAD (RFC 3501 §7.1). IMAP3 has
/// data with tags as well (RFC 1203).
#[must_use]
pub fn completes(line: &[u8]) -> bool {
    let mut words = line.split(|octet| matches!(octet, b' ' | b'\r' | b'\n'));
    let tag = words.next().unwrap_or_default();
    let word = words.next().unwrap_or_default();
    !tag.is_empty()
        && !tag.starts_with(b"+")
        && tag != b"*"
        && [&b"OK"[..], b"NO", b"BAD"].iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_alone_completes_nothing() {
        for line in ["a OK done", "a no", "A001 BAD column 3", "a OK\r\n"] {
            assert!(completes(line.as_bytes()), "{line}");
        }
        for line in ["* OK hi", "+ OK", "a 19 EXISTS", "a FLAGS (OK)", "a", "", " OK"] {
            assert!(!completes(line.as_bytes()), "{line}");
        }
    }

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
