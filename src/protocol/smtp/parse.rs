//! Octets to commands. Each function stands under the rule it follows.

use super::command::{COMMANDS, Chunk, Command, Keyword, Manner, Node, Parameter, Row};
use super::dialect::Dialect;
use super::error::Refusal;
use super::path::{Grammar, Wrong, forward_path, reverse_path, whole_domain};
use crate::lesson::nearest;
use crate::protocol::row_named;

/// The command word of a line, and its argument field, empty if there is none.
///
/// "Command codes and the argument fields are separated by one or more spaces" (RFC 821 §4.1.2); spaces at the
/// end of the line mean nothing (RFC 1123 §5.2 asks for tolerance).
///
/// # Errors
/// [`Refusal::BareLineEnd`] and [`Refusal::Unknown`].
pub fn keyword(line: &[u8], dialect: Dialect) -> Result<(&'static Row, &[u8]), Refusal> {
    if memchr::memchr3(b'\r', b'\n', 0, line).is_some() {
        return Err(Refusal::BareLineEnd);
    }
    let (word, arguments) = match memchr::memchr(b' ', line) {
        Some(space) => (&line[..space], trimmed(&line[space..])),
        None => (line, &line[line.len()..]),
    };
    let known = row_named(COMMANDS, word).filter(|row| dialect.knows(row.kind));
    known.map(|row| (row, arguments)).ok_or_else(|| {
        let upper = String::from_utf8_lossy(word).to_ascii_uppercase();
        let words = COMMANDS.iter().filter(|row| dialect.knows(row.kind)).map(|row| row.word);
        Refusal::Unknown { word: word.to_vec(), nearest: nearest(&upper, words) }
    })
}

/// The command that a row and its argument field make.
///
/// # Errors
/// [`Refusal::Syntax`], [`Refusal::Path`], [`Refusal::ChunkSize`].
pub fn arguments(row: &'static Row, field: &[u8], grammar: Grammar) -> Result<Command, Refusal> {
    let domain = || {
        let wrong = |wrong| Refusal::Path { row, text: field.to_vec(), wrong };
        if field.is_empty() { Err(Refusal::Syntax(row)) } else { whole_domain(field, grammar).map_err(wrong) }
    };
    let alone = |command| if field.is_empty() { Ok(command) } else { Err(Refusal::Syntax(row)) };
    let some = |command: fn(Vec<u8>) -> Command| {
        if field.is_empty() { Err(Refusal::Syntax(row)) } else { Ok(command(field.to_vec())) }
    };
    let from = |manner| {
        path(row, b"FROM:", field, |text| reverse_path(text, grammar))
            .map(|(from, more)| Command::Mail(manner, from, more))
    };
    match row.kind {
        Keyword::Helo => domain().map(Command::Helo),
        Keyword::Ehlo | Keyword::Lhlo => domain().map(Command::Ehlo),
        Keyword::Mail => from(Manner::Mail),
        Keyword::Send => from(Manner::Send),
        Keyword::Soml => from(Manner::SendOrMail),
        Keyword::Saml => from(Manner::SendAndMail),
        Keyword::Rcpt => path(row, b"TO:", field, |text| forward_path(text, grammar))
            .map(|(to, more)| Command::Rcpt(to, more)),
        Keyword::Data => alone(Command::Data),
        Keyword::Bdat => chunk(field).map(Command::Bdat).ok_or(Refusal::ChunkSize),
        Keyword::Rset => alone(Command::Rset),
        Keyword::Vrfy => some(Command::Vrfy),
        Keyword::Expn => some(Command::Expn),
        Keyword::Help => Ok(Command::Help((!field.is_empty()).then(|| field.to_vec()))),
        // "NOOP [ SP String ]": what stands behind it is ignored (RFC 5321 §4.1.1.9).
        Keyword::Noop if grammar.dialect == Dialect::Rfc821 => alone(Command::Noop),
        Keyword::Noop => Ok(Command::Noop),
        Keyword::Starttls => alone(Command::Starttls),
        Keyword::Auth => auth(row, field),
        Keyword::Etrn => node(row, field, grammar).map(Command::Etrn),
        Keyword::Turn => alone(Command::Turn),
        Keyword::Quit => alone(Command::Quit),
    }
}

/// `bdat-cmd ::= "BDAT" SP chunk-size [ SP end-marker ] CR LF` (RFC 3030 §2)
fn chunk(field: &[u8]) -> Option<Chunk> {
    let (size, last) = match memchr::memchr(b' ', field) {
        Some(space) => (field.get(..space)?, trimmed(field.get(space..)?).eq_ignore_ascii_case(b"LAST")),
        None => (field, false),
    };
    // What stands behind the size is the end marker or nothing.
    if !last && size.len() < field.len() {
        return None;
    }
    let is_number = !size.is_empty() && size.iter().all(u8::is_ascii_digit);
    let octets = std::str::from_utf8(size).ok().filter(|_| is_number)?.parse().ok()?;
    Some(Chunk { octets, last })
}

/// `"AUTH" SP mechanism [SP initial-response]` (RFC 4954 §4)
fn auth(row: &'static Row, field: &[u8]) -> Result<Command, Refusal> {
    let mut words = field.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
    match (words.next(), words.next(), words.next()) {
        (Some(mechanism), initial, None) => {
            Ok(Command::Auth(mechanism.to_vec(), initial.map(<[u8]>::to_vec)))
        }
        _ => Err(Refusal::Syntax(row)),
    }
}

/// `ETRN [<option character>]<node name>` (RFC 1985 §5.2)
fn node(row: &'static Row, field: &[u8], grammar: Grammar) -> Result<Node, Refusal> {
    let domain = |text: &[u8]| {
        let wrong = |wrong| Refusal::Path { row, text: text.to_vec(), wrong };
        if text.is_empty() { Err(Refusal::Syntax(row)) } else { whole_domain(text, grammar).map_err(wrong) }
    };
    match field.split_first() {
        Some((b'@', rest)) => domain(rest).map(Node::WithSubdomains),
        Some((b'#', rest)) if !rest.is_empty() && rest.iter().all(u8::is_ascii_graphic) => {
            Ok(Node::Queue(String::from_utf8_lossy(rest).into_owned()))
        }
        Some((b'#', _)) => Err(Refusal::Syntax(row)),
        _ => domain(field).map(Node::Domain),
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
    let words = rest.split(|octet| *octet == b' ').filter(|word| !word.is_empty());
    let more: Option<Vec<Parameter>> = words.map(parameter).collect();
    more.map(|more| (path, more)).ok_or(Refusal::Syntax(row))
}

/// `esmtp-param = esmtp-keyword ["=" esmtp-value]` (RFC 5321 §4.1.2); `None` where the keyword is none or the
/// value holds `=`, a control character, or what is no UTF-8.
fn parameter(word: &[u8]) -> Option<Parameter> {
    let word = std::str::from_utf8(word).ok()?;
    let (keyword, value) = match word.split_once('=') {
        Some((keyword, value)) => (keyword, Some(value)),
        None => (word, None),
    };
    let is_keyword = keyword.starts_with(|c: char| c.is_ascii_alphanumeric())
        && keyword.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
    // "esmtp-value = 1*(%d33-60 / %d62-126)"; UTF-8 beside (RFC 6531 §3.3).
    let is_value = |value: &str| {
        !value.is_empty() && value.chars().all(|c| c != '=' && !c.is_control() && !c.is_whitespace())
    };
    (is_keyword && value.is_none_or(is_value))
        .then(|| Parameter { keyword: keyword.to_ascii_uppercase(), value: value.map(str::to_owned) })
}

fn trimmed(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|octet| *octet != b' ').unwrap_or(text.len());
    let end = text.iter().rposition(|octet| *octet != b' ').map_or(start, |last| last + 1);
    &text[start..end]
}
