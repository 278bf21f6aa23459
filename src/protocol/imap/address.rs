//! Addresses in header fields, as ENVELOPE takes them apart (RFC 3501 §7.4.2; RFC 822 §6, RFC 5322 §3.4, §4.4).
//!
//! What people wrote is not always what the grammar has; an address is then taken as it comes, and nothing fails.

use super::wire;

/// One member of an address list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Somebody.
    Mailbox {
        /// The name of the person, encoded-words as they stand.
        name: Option<Vec<u8>>,
        /// The source route, `@a,@b` (RFC 822 §6.2.7).
        route: Option<Vec<u8>>,
        /// What stands before the `@`.
        local: Vec<u8>,
        /// What stands behind it; empty if there is none, for NIL marks a group.
        host: Vec<u8>,
        /// A remark in parentheses that is not the name: only IMAP3 shows it (RFC 1203).
        comment: Option<Vec<u8>>,
    },
    /// A group of this name begins.
    GroupStart(Vec<u8>),
    /// The group ends.
    GroupEnd,
}

impl Address {
    /// `address`: `(name route mailbox host)`
    pub fn write(&self, out: &mut Vec<u8>) {
        let [name, route, local, host, _] = self.members();
        write_members(out, &[name, route, local, host]);
    }

    /// `(name route mailbox host comment)` (RFC 1203, ENVELOPE).
    pub fn write_with_comment(&self, out: &mut Vec<u8>) {
        write_members(out, &self.members());
    }

    fn members(&self) -> [Option<&[u8]>; 5] {
        match self {
            Self::Mailbox { name, route, local, host, comment } => {
                [name.as_deref(), route.as_deref(), Some(local), Some(host), comment.as_deref()]
            }
            Self::GroupStart(name) => [None, None, Some(name), None, None],
            Self::GroupEnd => [None; 5],
        }
    }
}

fn write_members(out: &mut Vec<u8>, members: &[Option<&[u8]>]) {
    out.push(b'(');
    for (nth, member) in members.iter().enumerate() {
        if nth > 0 {
            out.push(b' ');
        }
        wire::nstring(out, *member);
    }
    out.push(b')');
}

/// A piece of an address field: comments stand for themselves, for some hold the name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// An atom, as it stands.
    Atom(Vec<u8>),
    /// A quoted string or domain literal, without its quotes.
    Quoted(Vec<u8>),
    /// A comment, without its parentheses.
    Comment(Vec<u8>),
    /// `< > @ , : ;` or a dot.
    Special(u8),
}

/// An address of more words than this is cut: nobody's name has so many.
const TOKENS_MAX: usize = 10_000;

/// The addresses of a field, which must be unfolded, one after the other: a field can be long.
pub fn addresses(field: &[u8]) -> Addresses<'_> {
    Addresses { tokens: Tokens { field, at: 0 }, in_group: false, group_ends: false }
}

/// The addresses of a field.
#[derive(Clone, Debug)]
pub struct Addresses<'a> {
    tokens: Tokens<'a>,
    in_group: bool,
    /// The group ends behind the address that was given last.
    group_ends: bool,
}

impl Iterator for Addresses<'_> {
    type Item = Address;

    fn next(&mut self) -> Option<Address> {
        let mut pending: Vec<Token> = Vec::new();
        let mut in_angle = false;
        loop {
            if std::mem::take(&mut self.group_ends) {
                return Some(Address::GroupEnd);
            }
            let token = self.tokens.next();
            match token {
                Some(Token::Special(b'<')) => in_angle = true,
                Some(Token::Special(b'>')) => in_angle = false,
                Some(Token::Special(b':')) if !in_angle && !self.in_group => {
                    self.in_group = true;
                    return Some(Address::GroupStart(phrase(&pending)));
                }
                Some(Token::Special(b',' | b';')) | None if !in_angle || token.is_none() => {
                    let is_last = token.is_none();
                    if token != Some(Token::Special(b',')) {
                        self.group_ends = std::mem::take(&mut self.in_group);
                    }
                    let found = mailbox(&std::mem::take(&mut pending));
                    if found.is_some() || (is_last && !self.group_ends) {
                        return found;
                    }
                    continue;
                }
                _ => {}
            }
            if pending.len() < TOKENS_MAX {
                pending.extend(token);
            }
        }
    }
}

/// `phrase <@route:local@host>` or `local@host (name)`; `None` for nothing at all.
fn mailbox(tokens: &[Token]) -> Option<Address> {
    let open = tokens.iter().position(|token| *token == Token::Special(b'<'));
    let Some(open) = open else {
        let name = comments(tokens).next_back();
        let (local, host) = addr_spec(tokens);
        let is_empty = local.is_empty() && host.is_empty();
        // The last comment is the name; one before it is no more than a comment.
        let comment = comments(tokens).rev().nth(1);
        return (!is_empty).then_some(Address::Mailbox { name, route: None, local, host, comment });
    };
    let name = phrase(&tokens[..open]);
    let close = tokens[open..].iter().position(|token| *token == Token::Special(b'>'));
    let inner = &tokens[open + 1..close.map_or(tokens.len(), |at| open + at)];
    let colon = inner.iter().position(|token| *token == Token::Special(b':'));
    let (route, spec) = match colon {
        Some(at) => (Some(joined(&inner[..at])), &inner[at + 1..]),
        None => (None, inner),
    };
    let (local, host) = addr_spec(spec);
    if local.is_empty() && host.is_empty() && name.is_empty() {
        return None;
    }
    let comment = comments(tokens).next_back();
    Some(Address::Mailbox { name: (!name.is_empty()).then_some(name), route, local, host, comment })
}

fn comments(tokens: &[Token]) -> impl DoubleEndedIterator<Item = Vec<u8>> + '_ {
    tokens.iter().filter_map(|token| match token {
        Token::Comment(text) => Some(text.clone()),
        _ => None,
    })
}

/// `local-part "@" domain`: the last `@` divides them.
fn addr_spec(tokens: &[Token]) -> (Vec<u8>, Vec<u8>) {
    match tokens.iter().rposition(|token| *token == Token::Special(b'@')) {
        Some(at) => (joined(&tokens[..at]), joined(&tokens[at + 1..])),
        None => (joined(tokens), Vec::new()),
    }
}

/// Atoms, dots and what was in quotes, one behind the other.
fn joined(tokens: &[Token]) -> Vec<u8> {
    let mut text = Vec::new();
    for token in tokens {
        match token {
            Token::Atom(word) | Token::Quoted(word) => text.extend_from_slice(word),
            Token::Special(octet) if !matches!(octet, b'<' | b'>') => text.push(*octet),
            _ => {}
        }
    }
    text
}

/// Words with one space between them. A dot joins the word before it: `John Q. Public`.
fn phrase(tokens: &[Token]) -> Vec<u8> {
    let mut text: Vec<u8> = Vec::new();
    for token in tokens {
        match token {
            Token::Atom(word) | Token::Quoted(word) => {
                if !text.is_empty() {
                    text.push(b' ');
                }
                text.extend_from_slice(word);
            }
            Token::Special(octet) => text.push(*octet),
            Token::Comment(_) => {}
        }
    }
    text
}

/// The pieces of a field.
#[derive(Clone, Debug)]
struct Tokens<'a> {
    field: &'a [u8],
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let field = self.field;
        loop {
            let start = self.at;
            let octet = *field.get(start)?;
            self.at += 1;
            return Some(match octet {
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                b'<' | b'>' | b'@' | b',' | b':' | b';' | b'.' => Token::Special(octet),
                b'"' => Token::Quoted(enclosed(field, &mut self.at, None, b'"')),
                b'(' => {
                    let text = enclosed(field, &mut self.at, Some(b'('), b')');
                    Token::Comment(text.trim_ascii().to_vec())
                }
                b'[' => {
                    let mut literal = vec![b'['];
                    literal.extend(enclosed(field, &mut self.at, None, b']'));
                    literal.push(b']');
                    Token::Quoted(literal)
                }
                _ => {
                    while field.get(self.at).is_some_and(|octet| !b" \t\r\n<>@,:;.\"([".contains(octet)) {
                        self.at += 1;
                    }
                    Token::Atom(field.get(start..self.at).unwrap_or_default().to_vec())
                }
            });
        }
    }
}

/// What stands up to `close`; `\` keeps the next octet, and an inner `open` needs a `close` of its own.
fn enclosed(field: &[u8], at: &mut usize, open: Option<u8>, close: u8) -> Vec<u8> {
    let mut text = Vec::new();
    let mut depth = 0_usize;
    while let Some(octet) = field.get(*at) {
        *at += 1;
        match *octet {
            b'\\' if *at < field.len() => {
                text.push(field[*at]);
                *at += 1;
                continue;
            }
            octet if octet == close => {
                if depth == 0 {
                    return text;
                }
                depth -= 1;
            }
            octet if Some(octet) == open => depth += 1,
            _ => {}
        }
        text.push(*octet);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(field: &str) -> String {
        let mut out = Vec::new();
        for address in addresses(field.as_bytes()) {
            address.write(&mut out);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn addresses_are_taken_apart_as_the_envelope_has_them() {
        for (field, expected) in [
            ("Terry Gray <gray@cac.washington.edu>", r#"("Terry Gray" NIL "gray" "cac.washington.edu")"#),
            ("imap@cac.washington.edu", r#"(NIL NIL "imap" "cac.washington.edu")"#),
            ("gray@cac.washington.edu (Terry Gray)", r#"("Terry Gray" NIL "gray" "cac.washington.edu")"#),
            (r#""Gray, \"T\"" <gray@x>"#, r#"("Gray, \"T\"" NIL "gray" "x")"#),
            ("John Q. Public <jqp@x>, <b@y>", r#"("John Q. Public" NIL "jqp" "x")(NIL NIL "b" "y")"#),
            ("<@a.org,@b.org:c@d.org>", r#"(NIL "@a.org,@b.org" "c" "d.org")"#),
            (r#""a b"@[10.0.0.1]"#, r#"(NIL NIL "a b" "[10.0.0.1]")"#),
            ("root", r#"(NIL NIL "root" "")"#),
            ("a @ b . c (x (y) z)", r#"("x (y) z" NIL "a" "b.c")"#),
            (", ,", ""),
            ("", ""),
        ] {
            assert_eq!(written(field), expected, "{field}");
        }
    }

    #[test]
    fn a_group_begins_and_ends_with_a_nil_host() {
        assert_eq!(
            written("Friends: a@x, B <b@y>;, c@z"),
            r#"(NIL NIL "Friends" NIL)(NIL NIL "a" "x")("B" NIL "b" "y")(NIL NIL NIL NIL)(NIL NIL "c" "z")"#
        );
        assert_eq!(
            written("undisclosed-recipients:;"),
            r#"(NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)"#
        );
        assert_eq!(written("open: a@x"), r#"(NIL NIL "open" NIL)(NIL NIL "a" "x")(NIL NIL NIL NIL)"#);
    }

    proptest! {
        #[test]
        fn no_field_is_too_odd(field in r#"[a-c<>@,:;."()\\\[\] ]{0,40}"#) {
            let found: Vec<Address> = addresses(field.as_bytes()).collect();
            let starts = found.iter().filter(|a| matches!(a, Address::GroupStart(_))).count();
            let ends = found.iter().filter(|a| matches!(a, Address::GroupEnd)).count();
            prop_assert_eq!(starts, ends);
        }
    }
}
