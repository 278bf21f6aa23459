//! Octets to commands. Each function stands under the rule it follows.

use super::command::{COMMANDS, Command, Keyword, Parameter, Row};
use super::error::Refusal;
use super::path::{Wrong, forward_path, reverse_path, whole_domain};
use crate::lesson::nearest;
use crate::protocol::row_named;

/// The command word of a line, and its argument field, empty if there is none.
///
/// "Command codes and the argument fields are separated by one or more spaces" (RFC 821 §4.1.2); spaces at the
/// end of the line mean nothing (RFC 1123 §5.2 asks for tolerance).
///
/// # Errors
/// [`Refusal::BareLineEnd`] and [`Refusal::Unknown`].
pub fn keyword(line: &[u8]) -> Result<(&'static Row, &[u8]), Refusal> {
    if memchr::memchr3(b'\r', b'\n', 0, line).is_some() {
        return Err(Refusal::BareLineEnd);
    }
    let (word, arguments) = match memchr::memchr(b' ', line) {
        Some(space) => (&line[..space], trimmed(&line[space..])),
        None => (line, &line[line.len()..]),
    };
    row_named(COMMANDS, word).map(|row| (row, arguments)).ok_or_else(|| {
        let upper = String::from_utf8_lossy(word).to_ascii_uppercase();
        let nearest = nearest(&upper, COMMANDS.iter().map(|row| row.word));
        Refusal::Unknown { word: word.to_vec(), nearest }
    })
}

/// The command that a row and its argument field make.
///
/// # Errors
/// [`Refusal::Syntax`], [`Refusal::Path`], and [`Refusal::NotImplemented`] for a row that is offered nowhere.
pub fn arguments(row: &'static Row, field: &[u8]) -> Result<Command, Refusal> {
    let domain = || {
        let wrong = |wrong| Refusal::Path { row, text: field.to_vec(), wrong };
        if field.is_empty() { Err(Refusal::Syntax(row)) } else { whole_domain(field).map_err(wrong) }
    };
    let alone = |command| if field.is_empty() { Ok(command) } else { Err(Refusal::Syntax(row)) };
    match row.kind {
        Keyword::Helo => domain().map(Command::Helo),
        Keyword::Ehlo => domain().map(Command::Ehlo),
        Keyword::Mail => {
            path(row, b"FROM:", field, reverse_path).map(|(from, more)| Command::Mail(from, more))
        }
        Keyword::Rcpt => path(row, b"TO:", field, forward_path).map(|(to, more)| Command::Rcpt(to, more)),
        Keyword::Data => alone(Command::Data),
        Keyword::Rset => alone(Command::Rset),
        Keyword::Vrfy if field.is_empty() => Err(Refusal::Syntax(row)),
        Keyword::Vrfy => Ok(Command::Vrfy(field.to_vec())),
        Keyword::Help => Ok(Command::Help((!field.is_empty()).then(|| field.to_vec()))),
        Keyword::Noop => alone(Command::Noop),
        Keyword::Starttls => alone(Command::Starttls),
        Keyword::Quit => alone(Command::Quit),
        Keyword::Send | Keyword::Soml | Keyword::Saml | Keyword::Expn | Keyword::Turn => {
            Err(Refusal::NotImplemented(row))
        }
    }
}

/// `FROM:<reverse-path>` or `TO:<forward-path>`, in any case of letters (RFC 821 §4.1.2), then parameters.
fn path<'a, T>(
    row: &'static Row,
    prefix: &[u8],
    field: &'a [u8],
    read: impl FnOnce(&'a [u8]) -> Result<(T, &'a [u8]), Wrong>,
) -> Result<(T, Vec<Parameter>), Refusal> {
    let text = match field.split_at_checked(prefix.len()) {
        Some((start, text)) if start.eq_ignore_ascii_case(prefix) => text,
        _ => return Err(Refusal::Syntax(row)),
    };
    let wrong = |wrong| Refusal::Path { row, text: text.to_vec(), wrong };
    let (path, rest) = read(text).map_err(wrong)?;
    if !rest.is_empty() && !rest.starts_with(b" ") {
        return Err(wrong(Wrong { at: text.len() - rest.len(), wanted: "nothing more, or a space" }));
    }
    Ok((path, rest.split(|octet| *octet == b' ').filter(|word| !word.is_empty()).map(parameter).collect()))
}

/// `esmtp-parameter ::= esmtp-keyword ["=" esmtp-value]` (RFC 1869 §6)
fn parameter(word: &[u8]) -> Parameter {
    let word = String::from_utf8_lossy(word);
    match word.split_once('=') {
        Some((keyword, value)) => {
            Parameter { keyword: keyword.to_ascii_uppercase(), value: Some(value.into()) }
        }
        None => Parameter { keyword: word.to_ascii_uppercase(), value: None },
    }
}

fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|octet| *octet != b' ').unwrap_or(text.len());
    let end = text.iter().rposition(|octet| *octet != b' ').map_or(start, |last| last + 1);
    &text[start..end]
}
