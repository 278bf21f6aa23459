//! APPEND: flags, a date, and where the message's octets come from (RFC 3501 §6.3.11, RFC 3502, RFC 4469).

use super::date::date_time;
use super::mailbox::mailbox;
use super::message::{flag_list, set_number};
use crate::protocol::imap::capability::Extension;
use crate::protocol::imap::command::{Appended, Command, MessageUrl, Piece};
use crate::protocol::imap::dialect::Dialect;
use crate::protocol::imap::item::section_text;
use crate::protocol::imap::lexer::{Cursor, Read};
use crate::protocol::imap::names;
use crate::protocol::imap::set::SequenceSet;

/// More pieces than anybody puts into one message.
const PIECES_MAX: usize = 500;

/// `"APPEND" SP mailbox 1*([SP flag-list] [SP date-time] SP append-data)`
pub fn append(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mailbox = mailbox(cursor)?;
    let mut messages = vec![message(cursor)?];
    while cursor.has(Extension::MultiAppend) && cursor.peek() == Some(b' ') {
        messages.push(message(cursor)?);
    }
    Ok(Command::Append { mailbox, messages })
}

/// `"REPLACE" SP seq-number SP mailbox append-message`: one number, and no range (RFC 8508 §5).
pub fn replace(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let what = if by_uid { "a UID" } else { "a message number" };
    cursor.space(what)?;
    let at = cursor.at();
    let number = set_number(cursor, what)?;
    if matches!(cursor.peek(), Some(b':' | b',')) {
        return cursor.fault_against(cursor.at(), "REPLACE takes one message", "RFC 8508 §5");
    }
    let set = SequenceSet { ranges: vec![(number, number)], at };
    Ok(Command::Replace { by_uid, set, mailbox: mailbox(cursor)?, message: message(cursor)? })
}

fn message(cursor: &mut Cursor<'_>) -> Read<Appended> {
    // Servers of 1993 took the message alone; flags and a date came with IMAP4 (RFC 1732).
    if cursor.dialect() == Dialect::Imap2bis {
        cursor.space("the message as a literal")?;
        let text = Piece::Text(cursor.message_literal()?);
        return Ok(Appended { flags: Vec::new(), date: None, pieces: vec![text] });
    }
    cursor.space("flags, a date or the message")?;
    let mut flags = Vec::new();
    if cursor.peek() == Some(b'(') {
        flags = flag_list(cursor)?;
        cursor.space("a date or the message")?;
    }
    let mut date = None;
    if cursor.peek() == Some(b'"') {
        date = Some(date_time(cursor)?);
        cursor.space("the message as a literal")?;
    }
    Ok(Appended { flags, date, pieces: data(cursor)? })
}

/// `literal / literal8 / "CATENATE" SP "(" ... ")" / "UTF8" SP "(" literal8 ")"`
fn data(cursor: &mut Cursor<'_>) -> Read<Vec<Piece>> {
    let start = cursor.at();
    match cursor.peek() {
        Some(b'~') => Ok(vec![Piece::Text(literal8(cursor)?)]),
        Some(octet) if octet.is_ascii_alphabetic() => {
            match cursor.atom("the message")?.to_ascii_uppercase().as_slice() {
                b"CATENATE" if cursor.has(Extension::Catenate) => catenate(cursor),
                b"UTF8" if cursor.grammar().utf8 => {
                    cursor.space("the message in parentheses")?;
                    cursor.expect(b'(', "\"(\" and the message")?;
                    let text = literal8(cursor)?;
                    cursor.expect(b')', "\")\" behind the message")?;
                    Ok(vec![Piece::Text(text)])
                }
                _ => cursor.fault_at(start, "expected the message as a literal, as {length}"),
            }
        }
        _ => Ok(vec![Piece::Text(cursor.message_literal()?)]),
    }
}

/// `"~" literal`: octets that may hold NUL (RFC 3516 §4.4, RFC 6855 §4).
fn literal8(cursor: &mut Cursor<'_>) -> Read<std::ops::Range<usize>> {
    if !cursor.has(Extension::Binary) && !cursor.grammar().utf8 {
        return cursor.fault_against(
            cursor.at(),
            "BINARY is not among this server's capabilities",
            "RFC 3516 §4.4",
        );
    }
    cursor.expect(b'~', "a literal with ~ before it")?;
    cursor.message_literal()
}

/// `SP "(" cat-part *(SP cat-part) ")"`
fn catenate(cursor: &mut Cursor<'_>) -> Read<Vec<Piece>> {
    cursor.space("pieces in parentheses")?;
    cursor.expect(b'(', "\"(\" and pieces")?;
    let mut pieces = Vec::new();
    loop {
        let start = cursor.at();
        match cursor.atom("TEXT or URL")?.to_ascii_uppercase().as_slice() {
            b"TEXT" => {
                cursor.space("the text as a literal")?;
                let text = match cursor.peek() {
                    Some(b'~') => literal8(cursor)?,
                    _ => cursor.message_literal()?,
                };
                pieces.push(Piece::Text(text));
            }
            b"URL" => {
                cursor.space("a URL")?;
                pieces.push(url(&cursor.astring("a URL")?, cursor));
            }
            _ => return cursor.fault_against(start, "a piece is TEXT or URL", "RFC 4469 §5"),
        }
        if pieces.len() > PIECES_MAX {
            return cursor.fault_at(start, format!("more than {PIECES_MAX} pieces of one message"));
        }
        if cursor.skip(b')') {
            return Ok(pieces);
        }
        cursor.space("a piece, or \")\"")?;
    }
}

/// `/INBOX;UIDVALIDITY=785799047/;UID=113330/;SECTION=1.5.9`: a URL relative to this server and user.
fn url(octets: &[u8], cursor: &Cursor<'_>) -> Piece {
    let text = String::from_utf8_lossy(octets).into_owned();
    message_url(&text, cursor).map_or(Piece::BadUrl(text), Piece::Url)
}

fn message_url(text: &str, cursor: &Cursor<'_>) -> Option<MessageUrl> {
    let (place, rest) = split_parameter(text, ";UID=")?;
    let mut url = MessageUrl {
        text: text.to_owned(),
        mailbox: None,
        uid_validity: None,
        uid: 0,
        section: None,
        partial: None,
    };
    if !place.is_empty() {
        let place = place.strip_prefix('/')?.strip_suffix('/')?;
        let (name, validity) = match split_parameter(place, ";UIDVALIDITY=") {
            Some((name, number)) => (name, Some(number.parse().ok()?)),
            None => (place, None),
        };
        let name = percent_decoded(name)?;
        url.mailbox = Some(std::str::from_utf8(&name).ok().map(str::to_owned).or(names::decoded(&name))?);
        url.uid_validity = validity;
    }
    let (uid, rest) = rest.split_once('/').map_or((rest, None), |(uid, rest)| (uid, Some(rest)));
    url.uid = uid.parse().ok().filter(|uid| *uid > 0)?;
    for parameter in rest.into_iter().flat_map(|rest| rest.split('/')) {
        let (name, value) = parameter.strip_prefix(';')?.split_once('=')?;
        if name.eq_ignore_ascii_case("SECTION") {
            let value = [percent_decoded(value)?.as_slice(), b"]"].concat();
            let mut inner = Cursor::new(&value, cursor.grammar());
            url.section = Some(section_text(&mut inner).ok().filter(|_| inner.peek().is_none())?);
        } else if name.eq_ignore_ascii_case("PARTIAL") {
            let (first, most) = value.split_once('.').map_or((value, None), |(a, b)| (a, Some(b)));
            let most = most.map_or(Some(u32::MAX), |most| most.parse().ok())?;
            url.partial = Some((first.parse().ok()?, most));
        } else {
            // Anything else, as URLAUTH, is for other servers.
            return None;
        }
    }
    Some(url)
}

/// Splits at a parameter's name, in any case of letters.
fn split_parameter<'a>(text: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let at = text.to_ascii_uppercase().find(name)?;
    Some((text.get(..at)?, text.get(at + name.len()..)?))
}

/// `%20` is a space (RFC 3986 §2.1).
fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((octet, after)) = rest.split_first() {
        rest = after;
        if *octet == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            out.push(*octet);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::imap::lexer::Grammar;

    #[test]
    fn urls_name_a_mailbox_a_message_and_a_part() {
        let cursor = Cursor::new(b"", Grammar::default());
        let url = message_url("/My%20Mail;UIDVALIDITY=385759045/;UID=20/;section=1.HEADER", &cursor).unwrap();
        assert_eq!(
            (url.mailbox.as_deref(), url.uid_validity, url.uid),
            (Some("My Mail"), Some(385_759_045), 20)
        );
        assert_eq!(url.section.map(|section| section.path), Some(vec![1]));
        for bad in [
            "",
            "/INBOX",
            "/INBOX;UID=1",
            "/x/;UID=0",
            "/x/;UID=1/;SECTION=0",
            "/x/;UID=1/;URLAUTH=a",
            "/%4/;UID=1",
        ] {
            assert_eq!(message_url(bad, &cursor), None, "{bad}");
        }
        assert!(message_url(";UID=3", &cursor).is_some());
    }
}
