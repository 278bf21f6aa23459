//! Paths: who sends, who receives (RFC 821 §4.1.2). Each function stands under its grammar rule.

use std::fmt;

use super::dialect::Dialect;

/// A mailbox on a host: `local-part@domain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The local part, without quotes and backslashes.
    pub local: String,
    /// The domain as written.
    pub domain: String,
}

/// Where a message comes from. `<>` is nobody: what says that a message could not be delivered must not itself
/// be answered (RFC 821 §3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReversePath(pub Option<Mailbox>);

/// A path that is none: what was expected, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The place in the text, in octets from 0.
    pub at: usize,
    /// What should stand there.
    pub wanted: &'static str,
}

/// By which grammar paths are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grammar {
    /// The text that has it.
    pub dialect: Dialect,
    /// UTF-8 may stand where ASCII does (RFC 6531 §3.3).
    pub utf8: bool,
}

/// What was read, and the rest of the text behind it.
pub type Read<'a, T> = Result<(T, &'a [u8]), Wrong>;

/// `<reverse-path> ::= <path>`, or `<>`.
///
/// # Errors
/// [`Wrong`] says where and what.
pub fn reverse_path(text: &[u8], grammar: Grammar) -> Read<'_, ReversePath> {
    if let Some(rest) = text.strip_prefix(b"<>") {
        return Ok((ReversePath(None), rest));
    }
    let mut reader = Reader { text, at: 0, grammar };
    let mailbox = reader.path()?;
    Ok((ReversePath(Some(mailbox)), text.get(reader.at..).unwrap_or_default()))
}

/// `<forward-path> ::= <path>`, or `<Postmaster>` without a domain: it means the host that reads it (RFC 5321
/// §4.1.1.3), and its domain is empty here.
///
/// # Errors
/// [`Wrong`] says where and what.
pub fn forward_path(text: &[u8], grammar: Grammar) -> Read<'_, Mailbox> {
    const POSTMASTER: &[u8] = b"<postmaster>";
    if let Some((start, rest)) = text.split_at_checked(POSTMASTER.len())
        && start.eq_ignore_ascii_case(POSTMASTER)
    {
        return Ok((Mailbox { local: "Postmaster".into(), domain: String::new() }, rest));
    }
    let mut reader = Reader { text, at: 0, grammar };
    let mailbox = reader.path()?;
    Ok((mailbox, text.get(reader.at..).unwrap_or_default()))
}

/// An address without angle brackets, and nothing else.
///
/// # Errors
/// [`Wrong`] says where and what.
pub fn whole_mailbox(text: &[u8], grammar: Grammar) -> Result<Mailbox, Wrong> {
    let mut reader = Reader { text, at: 0, grammar };
    let mailbox = reader.mailbox()?;
    if reader.at == text.len() { Ok(mailbox) } else { Err(reader.wrong("the end of the address")) }
}

/// `<domain>`, and nothing else.
///
/// # Errors
/// [`Wrong`] says where and what.
pub fn whole_domain(text: &[u8], grammar: Grammar) -> Result<String, Wrong> {
    let mut reader = Reader { text, at: 0, grammar };
    let domain = reader.domain()?;
    if reader.at == text.len() { Ok(domain) } else { Err(reader.wrong("the end of the domain")) }
}

impl Mailbox {
    /// The address as a store knows it: no quotes.
    #[must_use]
    pub fn address(&self) -> Vec<u8> {
        if self.domain.is_empty() {
            return self.local.clone().into_bytes();
        }
        format!("{}@{}", self.local, self.domain).into_bytes()
    }

    /// True if an extension is needed to write it (RFC 6531 §3.4).
    #[must_use]
    pub fn needs_utf8(&self) -> bool {
        !self.local.is_ascii() || !self.domain.is_ascii()
    }
}

impl fmt::Display for Mailbox {
    /// As a path has it, without the angle brackets; quoted where it must be.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.domain.is_empty() {
            return f.write_str(&self.local);
        }
        let plain = !self.local.is_empty()
            && self
                .local
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|octet| is_c(octet) || !octet.is_ascii()));
        if plain {
            return write!(f, "{}@{}", self.local, self.domain);
        }
        f.write_str("\"")?;
        for c in self.local.chars() {
            let escape = if matches!(c, '"' | '\\' | '\r' | '\n') { "\\" } else { "" };
            write!(f, "{escape}{c}")?;
        }
        write!(f, "\"@{}", self.domain)
    }
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(mailbox) => write!(f, "<{mailbox}>"),
            None => f.write_str("<>"),
        }
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    grammar: Grammar,
}

impl Reader<'_> {
    const fn wrong(&self, wanted: &'static str) -> Wrong {
        Wrong { at: self.at, wanted }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, octet: u8) -> bool {
        let eaten = self.peek() == Some(octet);
        self.at += usize::from(eaten);
        eaten
    }

    fn expect(&mut self, octet: u8, wanted: &'static str) -> Result<(), Wrong> {
        if self.eat(octet) { Ok(()) } else { Err(self.wrong(wanted)) }
    }

    fn while_octet(&mut self, is: impl Fn(u8) -> bool) -> &[u8] {
        let start = self.at;
        while self.peek().is_some_and(&is) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    /// `<path> ::= "<" [ <a-d-l> ":" ] <mailbox> ">"`. A source route is read and not followed: hosts know the
    /// way by themselves since RFC 1123 §5.3.3.
    fn path(&mut self) -> Result<Mailbox, Wrong> {
        self.expect(b'<', "`<`, right after the colon")?;
        if self.peek() == Some(b'@') {
            self.at_domain()?;
            while self.eat(b',') {
                self.at_domain()?;
            }
            self.expect(b':', "`:` between the source route and the mailbox")?;
        }
        let mailbox = self.mailbox()?;
        self.expect(b'>', "`>`")?;
        Ok(mailbox)
    }

    /// `<at-domain> ::= "@" <domain>`
    fn at_domain(&mut self) -> Result<(), Wrong> {
        self.expect(b'@', "`@` and the next host of the source route")?;
        self.domain().map(drop)
    }

    /// `<mailbox> ::= <local-part> "@" <domain>`
    fn mailbox(&mut self) -> Result<Mailbox, Wrong> {
        let local = if self.peek() == Some(b'"') { self.quoted_string()? } else { self.dot_string()? };
        self.expect(b'@', "`@` and a domain")?;
        Ok(Mailbox { local, domain: self.domain()? })
    }

    /// `<dot-string> ::= <string> | <string> "." <dot-string>`
    fn dot_string(&mut self) -> Result<String, Wrong> {
        let mut local = self.string()?;
        while self.eat(b'.') {
            local.push('.');
            local += &self.string()?;
        }
        Ok(local)
    }

    /// `<string> ::= <char> | <char> <string>`, `<char> ::= <c> | "\\" <x>`
    fn string(&mut self) -> Result<String, Wrong> {
        let mut string = Vec::new();
        loop {
            match self.peek() {
                Some(b'\\') => string.push(self.escaped()?),
                Some(octet) if is_c(octet) || self.is_foreign(octet) => {
                    string.push(octet);
                    self.at += 1;
                }
                _ if string.is_empty() => return Err(self.wrong("a mailbox name")),
                _ => return self.in_utf8(string),
            }
        }
    }

    /// `<quoted-string> ::= """ <qtext> """`
    fn quoted_string(&mut self) -> Result<String, Wrong> {
        self.expect(b'"', "a quote")?;
        let mut string = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') if !string.is_empty() => {
                    self.at += 1;
                    return self.in_utf8(string);
                }
                Some(b'\\') => string.push(self.escaped()?),
                Some(octet)
                    if self.is_foreign(octet)
                        || (octet.is_ascii() && !matches!(octet, b'"' | b'\r' | b'\n')) =>
                {
                    string.push(octet);
                    self.at += 1;
                }
                _ => return Err(self.wrong("more of the quoted name, and its closing quote")),
            }
        }
    }

    /// An octet of a character beyond ASCII, where such may stand (RFC 6531 §3.3).
    const fn is_foreign(&self, octet: u8) -> bool {
        self.grammar.utf8 && !octet.is_ascii()
    }

    fn in_utf8(&self, octets: Vec<u8>) -> Result<String, Wrong> {
        String::from_utf8(octets).map_err(|_| self.wrong("UTF-8"))
    }

    /// `"\" <x>`: any ASCII character. A line end never gets here.
    fn escaped(&mut self) -> Result<u8, Wrong> {
        self.expect(b'\\', "a backslash")?;
        let escaped =
            self.peek().filter(u8::is_ascii).ok_or(self.wrong("a character after the backslash"))?;
        self.at += 1;
        Ok(escaped)
    }

    /// `<domain> ::= <element> | <element> "." <domain>`
    fn domain(&mut self) -> Result<String, Wrong> {
        let start = self.at;
        self.element()?;
        while self.eat(b'.') {
            self.element()?;
        }
        self.in_utf8(self.text.get(start..self.at).unwrap_or_default().to_vec())
    }

    /// `<element> ::= <name> | "#" <number> | "[" <dotnum> "]"`
    fn element(&mut self) -> Result<(), Wrong> {
        match self.peek() {
            Some(b'#') => {
                self.at += 1;
                if self.while_octet(|octet| octet.is_ascii_digit()).is_empty() {
                    return Err(self.wrong("the digits of a host number"));
                }
                Ok(())
            }
            Some(b'[') => {
                self.at += 1;
                self.literal()?;
                self.expect(b']', "`]`")
            }
            _ => self.name(),
        }
    }

    /// What stands within brackets: an address of four numbers, or a tag and what it makes of the rest, as
    /// `IPv6:` does (RFC 5321 §4.1.3).
    fn literal(&mut self) -> Result<(), Wrong> {
        let starts_with_digit = self.peek().is_none_or(|octet| octet.is_ascii_digit());
        if self.grammar.dialect == Dialect::Rfc821 || starts_with_digit {
            return self.dotnum();
        }
        self.name()?;
        self.expect(b':', "`:` behind the tag of an address")?;
        let is_dcontent = |octet: u8| octet.is_ascii_graphic() && !b"[\\]".contains(&octet);
        if self.while_octet(is_dcontent).is_empty() {
            Err(self.wrong("an address behind its tag"))
        } else {
            Ok(())
        }
    }

    /// `<dotnum> ::= <snum> "." <snum> "." <snum> "." <snum>`, each from 0 to 255.
    fn dotnum(&mut self) -> Result<(), Wrong> {
        for nth in 0..4 {
            if nth > 0 {
                self.expect(b'.', "`.` between the numbers of an address")?;
            }
            let digits = self.while_octet(|octet| octet.is_ascii_digit());
            let number: Option<u8> = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
            number.ok_or(self.wrong("a number from 0 to 255"))?;
        }
        Ok(())
    }

    /// `<name> ::= <a> <ldh-str> <let-dig>`: letters, digits and hyphens, the hyphen neither first nor last. A
    /// digit may be first and one character is enough since RFC 1123 §2.1.
    fn name(&mut self) -> Result<(), Wrong> {
        let utf8 = self.grammar.utf8;
        let name = self.while_octet(|octet| {
            octet.is_ascii_alphanumeric() || octet == b'-' || (utf8 && !octet.is_ascii())
        });
        let hyphens = name.first() == Some(&b'-') || name.last() == Some(&b'-');
        if name.is_empty() || hyphens {
            Err(self.wrong("a name of letters, digits and inner hyphens"))
        } else {
            Ok(())
        }
    }
}

/// `<c>`: any ASCII character but the special ones, space and control characters.
fn is_c(octet: u8) -> bool {
    octet.is_ascii_graphic() && !b"<>()[]\\.,;:@\"".contains(&octet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_of_the_text_are_read() {
        for (text, address, shown) in [
            ("<Smith@USC-ISIF.ARPA>", "Smith@USC-ISIF.ARPA", "Smith@USC-ISIF.ARPA"),
            ("<@USC-ISIE.ARPA:Jones@BBN-VAX.ARPA>", "Jones@BBN-VAX.ARPA", "Jones@BBN-VAX.ARPA"),
            ("<@CHARLIE.ARPA,@BAKER.ARPA:JOE@ABLE.ARPA>", "JOE@ABLE.ARPA", "JOE@ABLE.ARPA"),
            ("<Joe\\,Smith@h>", "Joe,Smith@h", "\"Joe,Smith\"@h"),
            ("<\"Joe \\\"x\\\" Smith\"@h>", "Joe \"x\" Smith@h", "\"Joe \\\"x\\\" Smith\"@h"),
            ("<a.b@[10.0.0.255]>", "a.b@[10.0.0.255]", "a.b@[10.0.0.255]"),
            ("<a@#123>", "a@#123", "a@#123"),
            ("<a@3com.example>", "a@3com.example", "a@3com.example"),
            ("<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]"),
            ("<PostMaster>", "Postmaster", "Postmaster"),
            ("<!#$%&'*+-/=?^_`{|}~@x>", "!#$%&'*+-/=?^_`{|}~@x", "!#$%&'*+-/=?^_`{|}~@x"),
        ] {
            let (mailbox, rest) = forward_path(text.as_bytes(), Grammar::default()).unwrap();
            assert_eq!((mailbox.address(), rest), (address.as_bytes().to_vec(), &b""[..]));
            assert_eq!(mailbox.to_string(), shown);
        }
        assert_eq!(reverse_path(b"<> SIZE=1", Grammar::default()), Ok((ReversePath(None), &b" SIZE=1"[..])));
    }

    #[test]
    fn what_is_no_path_is_refused_where_it_goes_wrong() {
        for (text, at) in [
            ("", 0),
            ("a@b", 0),
            (" <a@b>", 0),
            ("<>", 1),
            ("<a>", 2),
            ("<@b>", 3),
            ("<a@>", 3),
            ("<a@b", 4),
            ("<a..b@c>", 3),
            ("<.a@c>", 1),
            ("<a.@c>", 3),
            ("<a b@c>", 2),
            ("<a@b..c>", 5),
            ("<a@-b>", 5),
            ("<a@b_c>", 4),
            ("<\"\"@c>", 2),
            ("<\"a@c>", 6),
            ("<a@[1.2.3]>", 9),
            ("<a@[1.2.3.256]>", 13),
            ("<a@x,@y:b@c>", 4),
            ("<caf\u{e9}@x>", 4),
        ] {
            assert_eq!(
                forward_path(text.as_bytes(), Grammar::default()).map_err(|wrong| wrong.at),
                Err(at),
                "{text}"
            );
        }
    }

    #[test]
    fn another_script_is_read_where_the_extension_is() {
        let utf8 = Grammar { utf8: true, ..Grammar::default() };
        for (text, right) in [
            ("<j\u{f6}rg@h>".as_bytes(), true),
            ("<\"j \u{f6}\"@h>".as_bytes(), true),
            ("<a@b\u{fc}cher.example>".as_bytes(), true),
            (b"<j\xf6rg@h>", false),
            (b"<a@\xff>", false),
        ] {
            assert_eq!(forward_path(text, utf8).is_ok(), right, "{text:?}");
            assert!(forward_path(text, Grammar::default()).is_err());
        }
        let (mailbox, _) = forward_path("<j\u{f6}rg@h>".as_bytes(), utf8).unwrap();
        assert!(mailbox.needs_utf8() && mailbox.to_string() == "j\u{f6}rg@h");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(local in "[ -~]{1,12}", domain in "[a-z]([a-z0-9-]{0,5}[a-z0-9])?(\\.[a-z]{1,3}){0,2}") {
            let mailbox = Mailbox { local, domain };
            let shown = format!("<{mailbox}>");
            prop_assert_eq!(forward_path(shown.as_bytes(), Grammar::default()), Ok((mailbox, &b""[..])));
        }

        #[test]
        fn noise_is_read_or_refused(noise in prop::collection::vec(prop::sample::select(b"<>@,:.\\\"[]#-a1 \xff".to_vec()), 0..30), utf8: bool) {
            if let Err(wrong) = forward_path(&noise, Grammar { utf8, ..Grammar::default() }) {
                prop_assert!(wrong.at <= noise.len());
            }
        }
    }
}
