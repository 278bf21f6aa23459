//! A cursor over one command, which knows where it stands and what it expected there.
//!
//! The command's text holds its literals in place: `{5}`, CR LF, five octets, and the line goes on. A literal
//! that stands at the end of the text has not come yet; the cursor then stops with [`Stop::Literal`].

use std::borrow::Cow;
use std::ops::Range;

use super::capability::{Extension, Extensions};
use super::dialect::Dialect;

/// Why a command was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// So far all is well, and a literal comes next.
    Literal {
        /// Its length.
        octets: u64,
        /// True if it is a message that is to be appended.
        is_message: bool,
        /// True if its client waits for leave: not `{5+}` (RFC 7888 §4).
        waits: bool,
    },
    /// The command is wrong.
    Fault(Fault),
}

/// What is wrong with a command, where, and what is allowed there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// How many octets of the command stand before the place.
    pub at: usize,
    /// What was expected or is not allowed, for people.
    pub what: Cow<'static, str>,
    /// The rule: `RFC 3501 §9`.
    pub clause: &'static str,
}

/// The formal syntax: where most faults are explained.
pub const SYNTAX: &str = "RFC 3501 §9";

/// Which words and forms exist for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// What is added to the dialect.
    pub extensions: Extensions,
    /// Names and quoted strings are UTF-8 (RFC 6855 §3, RFC 9051 §4.3).
    pub utf8: bool,
    /// Strings are UTF-8 and nothing else: UTF8=ACCEPT was enabled (RFC 6855 §3).
    pub utf8_only: bool,
    /// Which IMAP is spoken.
    pub dialect: Dialect,
    /// Version 3.0 of IMAP3 was chosen, and what with it (RFC 1203, SELECT.VERSION).
    pub imap3: Option<super::imap3::Chosen>,
}

/// RFC 3501 alone.
impl Default for Grammar {
    fn default() -> Self {
        Self {
            extensions: Extensions::NONE,
            utf8: false,
            utf8_only: false,
            dialect: Dialect::Rev1,
            imap3: None,
        }
    }
}

/// Reads a command from left to right; each method stands under its grammar rule of RFC 3501 §9.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    grammar: Grammar,
}

/// The longest literal that LITERAL- lets go without leave (RFC 7888 §5).
const LITERAL_MINUS_MAX: u32 = 4096;

/// What a rule gives.
pub type Read<T> = Result<T, Stop>;

impl<'a> Cursor<'a> {
    /// At the beginning of `text`.
    #[must_use]
    pub const fn new(text: &'a [u8], grammar: Grammar) -> Self {
        Self { text, at: 0, grammar }
    }

    /// Which words and forms exist.
    #[must_use]
    pub const fn grammar(&self) -> Grammar {
        self.grammar
    }

    /// Which IMAP is spoken.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.grammar.dialect
    }

    /// True if the extension is among the capabilities.
    #[must_use]
    pub fn has(&self, extension: Extension) -> bool {
        self.grammar.extensions.has(extension)
    }

    /// The octets at a place, which were read before.
    #[must_use]
    pub fn slice(&self, place: &Range<usize>) -> &'a [u8] {
        self.text.get(place.clone()).unwrap_or_default()
    }

    /// Where the cursor stands.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The octet under the cursor.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// What is left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// What stands before a place.
    #[must_use]
    pub fn before(&self, at: usize) -> &'a [u8] {
        self.text.get(..at).unwrap_or_default()
    }

    /// A fault at the cursor.
    pub fn fault<T>(&self, what: impl Into<Cow<'static, str>>) -> Read<T> {
        self.fault_at(self.at, what)
    }

    /// A fault at an earlier place.
    pub fn fault_at<T>(&self, at: usize, what: impl Into<Cow<'static, str>>) -> Read<T> {
        Err(Stop::Fault(Fault { at, what: what.into(), clause: SYNTAX }))
    }

    /// A fault at an earlier place, against another clause than the formal syntax.
    pub fn fault_against<T>(
        &self,
        at: usize,
        what: impl Into<Cow<'static, str>>,
        clause: &'static str,
    ) -> Read<T> {
        Err(Stop::Fault(Fault { at, what: what.into(), clause }))
    }

    /// Steps over `octet` if it is next.
    pub fn skip(&mut self, octet: u8) -> bool {
        let is_next = self.peek() == Some(octet);
        self.at += usize::from(is_next);
        is_next
    }

    /// Steps over `octet`, which must be next.
    ///
    /// # Errors
    /// A fault that says `what` was expected.
    pub fn expect(&mut self, octet: u8, what: &'static str) -> Read<()> {
        if self.skip(octet) { Ok(()) } else { self.fault(format!("expected {what}, found {}", self.found())) }
    }

    /// `SP`: one space, not two and no tab.
    ///
    /// # Errors
    /// A fault that says before what the space is missing.
    pub fn space(&mut self, before: &'static str) -> Read<()> {
        if !self.skip(b' ') {
            return self.fault(format!("expected a space and {before}, found {}", self.found()));
        }
        if self.peek() == Some(b' ') {
            return self.fault("one space separates arguments, not two");
        }
        Ok(())
    }

    /// The command must end here.
    ///
    /// # Errors
    /// A fault at whatever comes.
    pub fn end(&self) -> Read<()> {
        if self.peek().is_none() {
            return Ok(());
        }
        self.fault(format!("expected the end of the command, found {}", self.found()))
    }

    /// What stands under the cursor, for people.
    #[must_use]
    pub fn found(&self) -> String {
        match self.peek() {
            None => "the end of the line".to_owned(),
            Some(b' ') => "a space".to_owned(),
            Some(b'"') => "a quoted string".to_owned(),
            Some(octet @ 0x21..=0x7e) => format!("\"{}\"", octet as char),
            Some(octet) => format!("octet {octet:02X}"),
        }
    }

    /// As many octets as `belongs` accepts; may be none.
    pub fn run(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|octet| !belongs(*octet)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// `atom`: at least one ATOM-CHAR.
    ///
    /// # Errors
    /// A fault that says `what` was expected.
    pub fn atom(&mut self, what: &'static str) -> Read<&'a [u8]> {
        self.some(is_atom_char, what)
    }

    /// `tag`: at least one ASTRING-CHAR, none of them `+`.
    ///
    /// # Errors
    /// A fault if there is none.
    pub fn tag(&mut self) -> Read<&'a [u8]> {
        self.some(|octet| is_astring_char(octet) && octet != b'+', "a tag")
    }

    fn some(&mut self, belongs: impl Fn(u8) -> bool, what: &'static str) -> Read<&'a [u8]> {
        let word = self.run(belongs);
        if word.is_empty() {
            self.fault(format!("expected {what}, found {}", self.found()))
        } else {
            Ok(word)
        }
    }

    /// `astring`: ASTRING-CHARs or a string.
    ///
    /// # Errors
    /// A fault that says `what` was expected, or a literal that has not come yet.
    pub fn astring(&mut self, what: &'static str) -> Read<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string(what),
            _ => self.some(is_astring_char, what).map(Cow::Borrowed),
        }
    }

    /// `list-mailbox`: list-chars, which include the wildcards, or a string.
    ///
    /// # Errors
    /// As [`Cursor::astring`].
    pub fn list_mailbox(&mut self) -> Read<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"' | b'{') => self.string("a mailbox pattern"),
            _ => self
                .some(|octet| is_astring_char(octet) || matches!(octet, b'%' | b'*'), "a mailbox pattern")
                .map(Cow::Borrowed),
        }
    }

    /// `string`: quoted or a literal.
    ///
    /// # Errors
    /// As [`Cursor::astring`].
    pub fn string(&mut self, what: &'static str) -> Read<Cow<'a, [u8]>> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{') => self.literal().map(Cow::Borrowed),
            _ => self.fault(format!("expected {what} in quotes or as a literal, found {}", self.found())),
        }
    }

    /// `nstring`: NIL, or a string.
    ///
    /// # Errors
    /// As [`Cursor::astring`].
    pub fn nstring(&mut self, what: &'static str) -> Read<Option<Cow<'a, [u8]>>> {
        if matches!(self.peek(), Some(b'"' | b'{')) {
            return self.string(what).map(Some);
        }
        let start = self.at;
        match self.atom(what)?.eq_ignore_ascii_case(b"NIL") {
            true => Ok(None),
            false => self.fault_at(start, format!("expected {what}")),
        }
    }

    /// `quoted`: 7-bit text without CR and LF; `\` stands before `"` and `\` only.
    fn quoted(&mut self) -> Read<Cow<'a, [u8]>> {
        let opened = self.at;
        self.at += 1;
        let (utf8, plain) = (self.grammar.utf8, self.grammar.dialect.has_plain_quotes());
        // Before IMAP4 a backslash was no escape: servers took it as it stands (RFC 1732, RFC 2061).
        let belongs =
            move |octet| is_quoted_char(octet) || (utf8 && octet >= 0x80) || (plain && octet == b'\\');
        let plain = self.run(belongs);
        if self.skip(b'"') {
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_vec();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => {
                    self.at += 1;
                    match self.peek() {
                        Some(octet @ (b'"' | b'\\')) => text.push(octet),
                        _ => return self.fault("in quotes, \\ stands before \" or \\ only"),
                    }
                    self.at += 1;
                }
                Some(octet) if belongs(octet) => text.extend_from_slice(self.run(belongs)),
                None => return self.fault_at(opened, "this quoted string does not end in its line"),
                Some(octet) => {
                    return self.fault(format!("octet {octet:02X} cannot stand in quotes; send a literal"));
                }
            }
        }
    }

    /// `literal`: `{` number `}` CR LF and as many octets.
    ///
    /// # Errors
    /// [`Stop::Literal`] if its octets have not come yet; a fault if its length makes no sense.
    pub fn literal(&mut self) -> Read<&'a [u8]> {
        self.literal_place(false).map(|place| self.slice(&place))
    }

    /// A literal that holds a message or a part of one: where its octets stand.
    ///
    /// # Errors
    /// As [`Cursor::literal`].
    pub fn message_literal(&mut self) -> Read<Range<usize>> {
        self.literal_place(true)
    }

    fn literal_place(&mut self, is_message: bool) -> Read<Range<usize>> {
        self.expect(b'{', "a literal, as {length}")?;
        let length = self.number("the literal's length in octets")?;
        let waits = self.peek() != Some(b'+');
        if !waits {
            self.check_literal_without_leave(length)?;
            self.at += 1;
        }
        self.expect(b'}', "\"}\" after the literal's length")?;
        if self.peek().is_none() {
            return Err(Stop::Literal { octets: u64::from(length), is_message, waits });
        }
        let start = self.at + 2;
        let end = start.saturating_add(length as usize);
        if self.rest().starts_with(b"\r\n") && end <= self.text.len() {
            self.at = end;
            return Ok(start..end);
        }
        self.fault("the line must end after a literal's length")
    }

    /// `{5+}`: whether and how long is for the capabilities to say (RFC 7888).
    fn check_literal_without_leave(&self, length: u32) -> Read<()> {
        if self.has(Extension::LiteralPlus) {
            return Ok(());
        }
        if !self.has(Extension::LiteralMinus) {
            return self.fault_against(
                self.at,
                "LITERAL+ is not among this server's capabilities",
                "RFC 7888 §4",
            );
        }
        if length > LITERAL_MINUS_MAX {
            let what = format!("with LITERAL- at most {LITERAL_MINUS_MAX} octets go without leave");
            return self.fault_against(self.at, what, "RFC 7888 §5");
        }
        Ok(())
    }

    /// `number`: 32 bits, not negative.
    ///
    /// # Errors
    /// A fault that says `what` was expected.
    pub fn number(&mut self, what: &'static str) -> Read<u32> {
        let start = self.at;
        let digits = self.some(|octet| octet.is_ascii_digit(), what)?;
        let number = digits
            .iter()
            .try_fold(0_u32, |number, digit| number.checked_mul(10)?.checked_add(u32::from(digit - b'0')));
        number.map_or_else(|| self.fault_at(start, format!("{what} must be below 4294967296")), Ok)
    }

    /// `number64`: 63 bits, where IMAP4rev2 is spoken; else `number` (RFC 9051 §9).
    ///
    /// # Errors
    /// A fault that says `what` was expected.
    pub fn number64(&mut self, what: &'static str) -> Read<u64> {
        if !self.grammar.utf8 || self.grammar.utf8_only {
            return self.number(what).map(u64::from);
        }
        let start = self.at;
        let digits = self.some(|octet| octet.is_ascii_digit(), what)?;
        let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
        match number.filter(|number| *number < 1 << 63) {
            Some(number) => Ok(number),
            None => self.fault_at(start, format!("{what} must be below 9223372036854775808")),
        }
    }

    /// `mod-sequence-valzer`: 63 bits (RFC 7162 §7).
    ///
    /// # Errors
    /// A fault that says what was expected.
    pub fn modseq(&mut self) -> Read<u64> {
        let start = self.at;
        let digits = self.some(|octet| octet.is_ascii_digit(), "a modification sequence")?;
        let number = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
        match number.filter(|number| *number < 1 << 63) {
            Some(number) => Ok(number),
            None => self.fault_against(
                start,
                "a modification sequence is below 9223372036854775808",
                "RFC 7162 §7",
            ),
        }
    }

    /// `nz-number`: 32 bits, not 0.
    ///
    /// # Errors
    /// A fault that says `what` was expected.
    pub fn nz_number(&mut self, what: &'static str) -> Read<u32> {
        let start = self.at;
        match self.number(what)? {
            number if number > 0 && self.text.get(start) == Some(&b'0') => {
                self.fault_at(start, format!("expected {what}; it does not begin with 0"))
            }
            0 => self.fault_at(start, format!("expected {what}; 0 is not allowed")),
            number => Ok(number),
        }
    }
}

/// ATOM-CHAR: any 7-bit character but controls, space and `( ) { % * " \ ]`.
#[must_use]
pub const fn is_atom_char(octet: u8) -> bool {
    matches!(octet, 0x21..=0x7e) && !matches!(octet, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

/// ASTRING-CHAR: ATOM-CHAR or `]`.
#[must_use]
pub const fn is_astring_char(octet: u8) -> bool {
    is_atom_char(octet) || octet == b']'
}

const fn is_quoted_char(octet: u8) -> bool {
    matches!(octet, 1..=0x7f) && !matches!(octet, b'"' | b'\\' | b'\r' | b'\n')
}
