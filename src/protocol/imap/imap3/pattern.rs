//! Patterns of FIND, with a way to say what they would else mean (RFC 1203, FIND).

use super::super::lexer::{Cursor, Read};

/// A pattern: `*` is any run of characters, `%` one of them, and `\` takes the meaning from what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Piece>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    This(char),
}

impl Pattern {
    /// Longer than any name that it could match.
    const MAX: usize = 1000;

    /// The pattern that this text writes; `None` if a `\` stands before anything but `*`, `%` and `\`, or if it
    /// is too long.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            pieces.push(match c {
                '*' => Piece::Any,
                '%' => Piece::One,
                '\\' => Piece::This(chars.next().filter(|c| matches!(c, '*' | '%' | '\\'))?),
                c => Piece::This(c),
            });
        }
        (pieces.len() <= Self::MAX).then_some(Self(pieces))
    }

    /// True if a name matches as a whole, in any case of letters. Work is the product of the lengths.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        // Which beginnings of the name the pattern so far matches.
        let mut reached = vec![false; name.len() + 1];
        if let Some(first) = reached.first_mut() {
            *first = true;
        }
        for piece in &self.0 {
            let mut open = false;
            let mut before = false;
            for (at, place) in reached.iter_mut().enumerate() {
                let was = *place;
                open |= was;
                *place = match piece {
                    Piece::Any => open,
                    Piece::One => before,
                    Piece::This(wanted) => {
                        before
                            && at
                                .checked_sub(1)
                                .and_then(|at| name.get(at))
                                .is_some_and(|c| c.eq_ignore_ascii_case(wanted))
                    }
                };
                before = was;
            }
        }
        reached.last() == Some(&true)
    }
}

/// `pattern`: bare, in quotes, or a literal. A quoted string of RFC 1203 has no escapes, so a `\` in it is the
/// pattern's own.
pub fn pattern(cursor: &mut Cursor<'_>) -> Read<Pattern> {
    cursor.space("a pattern")?;
    let start = cursor.at();
    let text = match cursor.peek() {
        Some(b'{') => cursor.literal()?.to_vec(),
        Some(b'"') => {
            cursor.skip(b'"');
            let text = cursor.run(|octet| octet != b'"').to_vec();
            cursor.expect(b'"', "the closing quote of the pattern")?;
            text
        }
        _ => cursor.run(|octet| octet > b' ' && octet != 0x7f).to_vec(),
    };
    let pattern = if text.is_empty() { None } else { Pattern::new(&String::from_utf8_lossy(&text)) };
    match pattern {
        Some(pattern) => Ok(pattern),
        None => cursor.fault_against(
            start,
            "a pattern has *, % and characters; a backslash stands before *, % or a backslash",
            "RFC 1203, FIND",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn a_backslash_takes_the_meaning_from_a_wildcard() {
        for (pattern, name, matches) in [
            ("FOO*BAR", "FOOBAR", true),
            ("FOO*BAR", "FOOD.ON.THE.BAR", true),
            ("FOO*BAR", "FOO.BAR", true),
            ("FOO%BAR", "FOO.BAR", true),
            ("FOO%BAR", "FOOBAR", false),
            ("FOO%BA*", "foo.bazzar", true),
            ("*", "", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a\\%", "a%", true),
            ("\\\\", "\\", true),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().matches(name), matches, "{pattern} {name}");
        }
        assert_eq!(Pattern::new("a\\b"), None);
        assert_eq!(Pattern::new("a\\"), None);
    }
}
