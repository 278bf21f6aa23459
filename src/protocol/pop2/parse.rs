//! Octets to commands, with the quoting of RFC 937: a back slash takes the next character as it is.

use super::command::{COMMANDS, Command, Keyword, Row};
use super::error::Garbage;
use crate::lesson::nearest;
use crate::protocol::row_named;

/// The keyword of a line, in any case of letters, and what stands behind it.
///
/// # Errors
/// [`Garbage::Unknown`].
pub fn keyword(line: &[u8]) -> Result<(&'static Row, Option<&[u8]>), Garbage> {
    let (word, arguments) = match memchr::memchr(b' ', line) {
        Some(space) => (&line[..space], Some(&line[space + 1..])),
        None => (line, None),
    };
    let known = || COMMANDS.iter().map(|row| row.word);
    let near = || nearest(&String::from_utf8_lossy(word).to_ascii_uppercase(), known());
    row_named(COMMANDS, word).map(|row| (row, arguments)).ok_or_else(|| Garbage::Unknown(near()))
}

/// The command that a row and its arguments make.
///
/// # Errors
/// [`Garbage::Syntax`].
pub fn arguments(row: &'static Row, arguments: Option<&[u8]>) -> Result<Command, Garbage> {
    let wrong = || Garbage::Syntax(row);
    if row.kind == Keyword::Fold {
        // <mailbox> = <string>: blanks within it need no quote.
        let name = arguments.and_then(unquoted).filter(|name| !name.is_empty());
        return name.map(Command::Fold).ok_or_else(wrong);
    }
    let given = arguments.map_or(Some(Vec::new()), words).ok_or_else(wrong)?;
    match (row.kind, &given[..]) {
        // <helo> = HELO <SP> <user> <SP> <password> <CRLF>
        (Keyword::Helo, [user, password]) => Ok(Command::Helo(user.clone(), password.clone())),
        (Keyword::Read, []) if arguments.is_none() => Ok(Command::Read(None)),
        (Keyword::Read, [number]) => self::number(number).map(|n| Command::Read(Some(n))).ok_or_else(wrong),
        (Keyword::Retr, []) if arguments.is_none() => Ok(Command::Retr),
        (Keyword::Acks, []) if arguments.is_none() => Ok(Command::Acks),
        (Keyword::Ackd, []) if arguments.is_none() => Ok(Command::Ackd),
        (Keyword::Nack, []) if arguments.is_none() => Ok(Command::Nack),
        (Keyword::Quit, []) if arguments.is_none() => Ok(Command::Quit),
        _ => Err(wrong()),
    }
}

/// A line as it may be shown to people: with `***` for HELO's password, even where HELO is misspelt a little.
#[must_use]
pub fn without_password(line: &[u8]) -> Vec<u8> {
    let word = line.split(|octet| *octet == b' ').next().unwrap_or_default();
    let like_helo = match keyword(word) {
        Ok((row, _)) => row.kind == Keyword::Helo,
        Err(Garbage::Unknown(near)) => near == Some("HELO"),
        Err(_) => false,
    };
    // Whatever stands behind the user's name is hidden: a password may hold blanks that were not quoted.
    match second_space(line) {
        Some(at) if like_helo => [&line[..at], b" ***"].concat(),
        _ => line.to_vec(),
    }
}

/// Where the second blank stands that is not quoted.
fn second_space(line: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut spaces = 0;
    line.iter().position(|octet| {
        let counts = *octet == b' ' && !quoted;
        quoted = *octet == b'\\' && !quoted;
        spaces += u8::from(counts);
        spaces == 2
    })
}

/// The words of an argument, quoting undone; `None` if two blanks stand together, one stands at the end, or a back
/// slash does.
fn words(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = vec![Vec::new()];
    let mut octets = text.iter();
    while let Some(octet) = octets.next() {
        match octet {
            b'\\' => words.last_mut()?.push(*octets.next()?),
            b' ' => words.push(Vec::new()),
            octet => words.last_mut()?.push(*octet),
        }
    }
    words.iter().all(|word| !word.is_empty()).then_some(words)
}

fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut found = Vec::with_capacity(text.len());
    let mut octets = text.iter();
    while let Some(octet) = octets.next() {
        found.push(if *octet == b'\\' { *octets.next()? } else { *octet });
    }
    Some(found)
}

/// A word with back slashes where it needs them: for clients.
#[must_use]
pub fn quoted(word: &[u8]) -> Vec<u8> {
    word.iter()
        .flat_map(|octet| if matches!(octet, b' ' | b'\\') { vec![b'\\', *octet] } else { vec![*octet] })
        .collect()
}

/// "All numbers in this memo and protocol are decimal": digits and nothing else. There is no message 0.
fn number(text: &[u8]) -> Option<u32> {
    let digits =
        std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|octet| octet.is_ascii_digit()))?;
    digits.parse().ok().filter(|number| *number > 0)
}
