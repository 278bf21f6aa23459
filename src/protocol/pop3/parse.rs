//! Octets to commands. Each function stands under the rule it follows.

use std::num::NonZeroU32;

use super::command::{COMMANDS, Command, Extension, Keyword, MessageNumber, Password, Row};
use super::dialect::Dialect;
use super::error::Refusal;
use crate::lesson::nearest;
use crate::protocol::row_named;

/// The keyword of a line, and what stands behind it: `None` if nothing does, not even a space.
///
/// "Commands in the POP3 consist of a case-insensitive keyword, possibly followed by one or more arguments",
/// each separated by a single SPACE (RFC 1939 §3).
///
/// # Errors
/// [`Refusal::BareLineEnd`] and [`Refusal::Unknown`].
pub fn keyword(line: &[u8], dialect: Dialect) -> Result<(&'static Row, Option<&[u8]>), Refusal> {
    if memchr::memchr3(b'\r', b'\n', 0, line).is_some() {
        return Err(Refusal::BareLineEnd);
    }
    let (word, arguments) = match memchr::memchr(b' ', line) {
        Some(space) => (&line[..space], Some(&line[space + 1..])),
        None => (line, None),
    };
    match row_named(COMMANDS, word).filter(|row| dialect.knows(row.kind)) {
        Some(row) => Ok((row, arguments)),
        None => Err(Refusal::Unknown { word: word.to_vec(), nearest: nearest_word(word, dialect) }),
    }
}

/// The command that a row and its arguments make.
///
/// # Errors
/// [`Refusal::Syntax`] and [`Refusal::Number`].
pub fn arguments(row: &'static Row, arguments: Option<&[u8]>) -> Result<Command, Refusal> {
    let arguments = Arguments { row, left: arguments };
    match row.kind {
        Keyword::User => arguments.one().map(|name| Command::User(name.to_vec())),
        Keyword::Pass => arguments.rest().map(|string| Command::Pass(Password(string.to_vec()))),
        Keyword::Apop => {
            arguments.two().and_then(|(name, hex)| Ok(Command::Apop(name.to_vec(), digest(row, hex)?)))
        }
        Keyword::Stat => arguments.none(Command::Stat),
        Keyword::List => arguments.optional_number().map(Command::List),
        Keyword::Retr => arguments.one().and_then(|msg| message_number(row, msg)).map(Command::Retr),
        Keyword::Dele => arguments.one().and_then(|msg| message_number(row, msg)).map(Command::Dele),
        Keyword::Noop => arguments.none(Command::Noop),
        Keyword::Rset => arguments.none(Command::Rset),
        Keyword::Top => {
            arguments.two().and_then(|(msg, n)| Ok(Command::Top(message_number(row, msg)?, number(row, n)?)))
        }
        Keyword::Uidl => arguments.optional_number().map(Command::Uidl),
        Keyword::Capa => arguments.none(Command::Capa),
        Keyword::Stls => arguments.none(Command::Stls),
        Keyword::Auth => arguments
            .one_or_two()
            .map(|(mechanism, initial)| Command::Auth(mechanism.to_vec(), initial.map(<[u8]>::to_vec))),
        Keyword::Utf8 => arguments.none(Command::Utf8),
        Keyword::Lang if arguments.left.is_none() => Ok(Command::Lang(None)),
        Keyword::Lang => arguments.one().map(|language| Command::Lang(Some(language.to_vec()))),
        Keyword::Last => arguments.none(Command::Last),
        Keyword::Rpop => arguments.one().map(|name| Command::Rpop(name.to_vec())),
        Keyword::Xtnd => arguments.one_or_two().map(|(word, name)| Command::Xtnd(extension(word, name))),
        Keyword::Env => arguments.one().and_then(|msg| message_number(row, msg)).map(Command::Env),
        Keyword::Lfld => arguments.none(Command::Lfld),
        Keyword::Sfld => arguments.one().map(|name| Command::Sfld(name.to_vec())),
        Keyword::Cfld => arguments.one().map(|name| Command::Cfld(name.to_vec())),
        Keyword::Dfld => arguments.one().map(|name| Command::Dfld(name.to_vec())),
        Keyword::Renf => arguments.two().map(|(old, new)| Command::Renf(old.to_vec(), new.to_vec())),
        Keyword::Move | Keyword::Copy => arguments.two().and_then(|(msgs, name)| {
            Ok(Command::Carry(row.kind == Keyword::Move, message_numbers(row, msgs)?, name.to_vec()))
        }),
        Keyword::Stor => arguments.one().map(|name| Command::Stor(name.to_vec())),
        Keyword::Quit => arguments.none(Command::Quit),
    }
}

/// The line as it may be shown to people: with `***` for a password, even where PASS is misplaced or misspelt.
#[must_use]
pub fn without_password(line: &[u8]) -> Vec<u8> {
    let blanks = line.iter().take_while(|octet| octet.is_ascii_whitespace()).count();
    let word = &line[blanks..];
    let end = word.iter().position(|octet| !octet.is_ascii_alphanumeric()).unwrap_or(word.len());
    let word = &word[..end];
    let like_pass = match row_named(COMMANDS, word) {
        // What follows the mechanism's name may be PLAIN's message.
        Some(row) if row.kind == Keyword::Auth => return without_response(line),
        Some(row) => row.kind == Keyword::Pass,
        None => nearest_word(word, Dialect::Now) == Some("PASS"),
    };
    if like_pass && blanks + end < line.len() {
        [&line[..blanks + end], b" ***"].concat()
    } else {
        line.to_vec()
    }
}

/// `AUTH PLAIN ***`
fn without_response(line: &[u8]) -> Vec<u8> {
    match memchr::memchr_iter(b' ', line).nth(1) {
        Some(space) => [&line[..space], b" ***"].concat(),
        None => line.to_vec(),
    }
}

/// `BBOARDS name`, in any case of letters.
fn extension(word: &[u8], name: Option<&[u8]>) -> Extension {
    match (&*word.to_ascii_uppercase(), name.map(<[u8]>::to_vec)) {
        (b"BBOARDS", None) => Extension::Groups,
        (b"BBOARDS", Some(name)) => Extension::Group(name),
        (b"ARCHIVE", Some(name)) => Extension::Archive(name),
        (b"X-BBOARDS", Some(name)) => Extension::About(name),
        (b"XMIT", None) => Extension::Transmit,
        _ => Extension::Other(word.to_vec()),
    }
}

/// The keyword that may have been meant.
fn nearest_word(word: &[u8], dialect: Dialect) -> Option<&'static str> {
    nearest(&String::from_utf8_lossy(word).to_ascii_uppercase(), dialect.commands().map(|row| row.word))
}

struct Arguments<'a> {
    row: &'static Row,
    left: Option<&'a [u8]>,
}

impl<'a> Arguments<'a> {
    fn none(self, command: Command) -> Result<Command, Refusal> {
        if self.left.is_none() { Ok(command) } else { Err(Refusal::Syntax(self.row)) }
    }

    /// "A POP3 server may treat spaces in the argument as part of the password" (RFC 1939 §7, PASS).
    fn rest(self) -> Result<&'a [u8], Refusal> {
        self.left.filter(|left| !left.is_empty()).ok_or(Refusal::Syntax(self.row))
    }

    fn one(self) -> Result<&'a [u8], Refusal> {
        let row = self.row;
        self.rest().and_then(|one| if one.contains(&b' ') { Err(Refusal::Syntax(row)) } else { Ok(one) })
    }

    fn two(self) -> Result<(&'a [u8], &'a [u8]), Refusal> {
        let row = self.row;
        let mut parts = self.rest()?.split(|octet| *octet == b' ');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(one), Some(two), None) if !one.is_empty() && !two.is_empty() => Ok((one, two)),
            _ => Err(Refusal::Syntax(row)),
        }
    }

    fn one_or_two(self) -> Result<(&'a [u8], Option<&'a [u8]>), Refusal> {
        let row = self.row;
        let all = self.rest()?;
        match memchr::memchr(b' ', all) {
            None => Ok((all, None)),
            Some(space) => match (&all[..space], &all[space + 1..]) {
                (one, two) if !one.is_empty() && !two.is_empty() && !two.contains(&b' ') => {
                    Ok((one, Some(two)))
                }
                _ => Err(Refusal::Syntax(row)),
            },
        }
    }

    fn optional_number(self) -> Result<Option<MessageNumber>, Refusal> {
        let row = self.row;
        if self.left.is_none() {
            return Ok(None);
        }
        self.one().and_then(|msg| message_number(row, msg)).map(Some)
    }
}

/// "All message-numbers and message sizes are expressed in base-10" (RFC 1939 §4): digits and nothing else.
fn number(row: &'static Row, text: &[u8]) -> Result<u32, Refusal> {
    let wrong = || Refusal::Number { row, text: text.to_vec() };
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    std::str::from_utf8(text).ok().and_then(|digits| digits.parse().ok()).ok_or_else(wrong)
}

/// The first message is number 1 (RFC 1939 §4).
fn message_number(row: &'static Row, text: &[u8]) -> Result<MessageNumber, Refusal> {
    let wrong = || Refusal::Number { row, text: text.to_vec() };
    number(row, text).and_then(|number| NonZeroU32::new(number).ok_or_else(wrong)).map(MessageNumber)
}

/// `3`, `3-5`, `1,4-6`: runs of messages, at most a hundred of them.
fn message_numbers(row: &'static Row, text: &[u8]) -> Result<Vec<(MessageNumber, MessageNumber)>, Refusal> {
    let mut runs = Vec::new();
    for run in text.split(|octet| *octet == b',') {
        let (first, last) = match memchr::memchr(b'-', run) {
            Some(dash) => (message_number(row, &run[..dash])?, message_number(row, &run[dash + 1..])?),
            None => (message_number(row, run)?, message_number(row, run)?),
        };
        if first > last || runs.len() == 100 {
            return Err(Refusal::Syntax(row));
        }
        runs.push((first, last));
    }
    Ok(runs)
}

/// "A 16-octet value which is sent in hexadecimal format, using lower-case ASCII characters" (RFC 1939 §7).
fn digest(row: &'static Row, hex: &[u8]) -> Result<[u8; 32], Refusal> {
    let digits: [u8; 32] = hex.try_into().map_err(|_| Refusal::Syntax(row))?;
    if digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        Ok(digits)
    } else {
        Err(Refusal::Syntax(row))
    }
}
