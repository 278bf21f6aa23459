//! FETCH items of older dialects (RFC 1176, RFC 1730, RFC 2062).

use super::dialect::Dialect;
use super::item::{FetchItem, Section, SectionText, header_list, section_text};
use super::lexer::{Cursor, Read};
use super::literal::announced;
use super::wire;
use crate::mail::date::Timestamp;

/// The items of IMAP2 (RFC 1176, fetch_att).
const IMAP2: [&[u8]; 10] = [
    b"ENVELOPE",
    b"FLAGS",
    b"INTERNALDATE",
    b"RFC822",
    b"RFC822.HEADER",
    b"RFC822.SIZE",
    b"RFC822.TEXT",
    b"ALL",
    b"FAST",
    b"",
];

/// What IMAP4 has and IMAP2bis has not (RFC 1732, RFC 2061).
const NOT_IN_IMAP2BIS: [&[u8]; 7] = [
    b"UID",
    b"BODYSTRUCTURE",
    b"BODY.PEEK",
    b"RFC822.PEEK",
    b"RFC822.TEXT.PEEK",
    b"RFC822.HEADER.LINES",
    b"RFC822.HEADER.LINES.NOT",
];

/// True if the dialect has an item of this name, or if nobody has: then another fault says so.
pub fn is_known(word: &[u8], dialect: Dialect) -> bool {
    match dialect {
        Dialect::Imap2 | Dialect::Imap3 => IMAP2.contains(&word),
        Dialect::Imap2bis => !NOT_IN_IMAP2BIS.contains(&word),
        Dialect::Imap4 | Dialect::Rev1 | Dialect::Rev2 => true,
    }
}

/// The criteria of IMAP2 (RFC 1176, search).
const CRITERIA: [&[u8]; 24] = [
    b"ALL",
    b"ANSWERED",
    b"BCC",
    b"BEFORE",
    b"BODY",
    b"CC",
    b"DELETED",
    b"FLAGGED",
    b"FROM",
    b"KEYWORD",
    b"NEW",
    b"OLD",
    b"ON",
    b"RECENT",
    b"SEEN",
    b"SINCE",
    b"SUBJECT",
    b"TEXT",
    b"TO",
    b"UNANSWERED",
    b"UNDELETED",
    b"UNFLAGGED",
    b"UNKEYWORD",
    b"UNSEEN",
];

/// True if the dialect has a criterion of this name, or might not know that nobody has it.
pub fn is_search_key(word: &[u8], dialect: Dialect) -> bool {
    !dialect.is_old() || CRITERIA.contains(&word)
}

/// `dd-mmm-yy hh:mm:ss-zzz` (RFC 1176, date): a zone has a name; where it has none, the time is Greenwich's.
pub fn date(at: Timestamp) -> String {
    let zone = match at.offset_minutes {
        -240 => "EDT",
        -300 => "EST",
        -360 => "CST",
        -420 => "MST",
        -480 => "PST",
        _ => "GMT",
    };
    let shown = if zone == "GMT" { Timestamp { offset_minutes: 0, ..at } } else { at };
    // ` 2-Mar-1998 20:00:00 +0000` without the century, and with another zone.
    let text = shown.imap();
    let (day, rest) = text.split_at(text.len().min(7));
    let time = rest.get(5..13).unwrap_or_default();
    format!("{day}{} {time}-{zone}", rest.get(2..4).unwrap_or_default())
}

/// `"-" zone_name`, in minutes (RFC 2062, zone_name; a military zone has one letter).
///
/// # Errors
/// A fault if there is no such zone.
pub fn zone(cursor: &mut Cursor<'_>) -> Read<i16> {
    cursor.expect(b'-', "\"-\" and the name of a zone")?;
    let start = cursor.at();
    let name = cursor.run(|octet| octet.is_ascii_alphabetic()).to_ascii_uppercase();
    let hours = match name.as_slice() {
        b"UT" | b"GMT" | b"Z" => 0,
        b"AST" | b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" | b"YDT" => -8,
        b"YST" | b"HDT" => -9,
        b"HST" | b"BDT" => -10,
        b"BST" => -11,
        // J is left out.
        [letter @ b'A'..=b'I'] => i16::from(letter - b'A') + 1,
        [letter @ b'K'..=b'M'] => i16::from(letter - b'K') + 10,
        [letter @ b'N'..=b'Y'] => -(i16::from(letter - b'N') + 1),
        _ => return cursor.fault_against(start, "there is no zone of this name", "RFC 2062 §9"),
    };
    Ok(hours * 60)
}

/// The item, if this is one of the older forms.
///
/// # Errors
/// What is wrong with it.
pub fn item(word: &[u8], cursor: &mut Cursor<'_>) -> Read<Option<FetchItem>> {
    // RFC 1732: IMAP2bis has numbers of parts, and neither part 0 nor these names.
    if cursor.dialect() != Dialect::Imap4 {
        return Ok(None);
    }
    let older = |label: &str, text: SectionText| FetchItem::Older {
        label: label.to_owned(),
        section: Section { path: Vec::new(), text },
        peek: true,
    };
    Ok(match word {
        b"RFC822.PEEK" => Some(older("RFC822", SectionText::Whole)),
        b"RFC822.TEXT.PEEK" => Some(older("RFC822.TEXT", SectionText::Text)),
        b"RFC822.HEADER.LINES" => {
            Some(older("RFC822.HEADER", SectionText::Fields { names: header_list(cursor)?, not: false }))
        }
        b"RFC822.HEADER.LINES.NOT" => {
            Some(older("RFC822.HEADER", SectionText::Fields { names: header_list(cursor)?, not: true }))
        }
        b"BODY" | b"BODY.PEEK" => {
            let mut ahead = cursor.clone();
            let numbered = numbered(&mut ahead, word == b"BODY.PEEK")?;
            if numbered.is_some() {
                *cursor = ahead;
            }
            numbered
        }
        _ => None,
    })
}

/// What a response says, with quoted strings as older clients read them: before IMAP4 they have no escapes, so what
/// holds `"`, `\\`, `%` or `{` goes as a literal (RFC 1176, CHARACTER; RFC 1732, RFC 2061).
#[must_use]
pub fn with_plain_quotes(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'"', b'{', rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        if let Some((octets, after)) = quoted(from) {
            match octets.iter().any(|octet| b"\"\\%{".contains(octet)) {
                true => wire::literal(&mut out, &octets),
                false => out.extend_from_slice(&from[..from.len() - after.len()]),
            }
            rest = after;
        } else {
            // A literal, which is copied as it stands; or a brace that is none.
            let end = memchr::memchr(b'\n', from).filter(|_| from.starts_with(b"{"));
            let announced = end.and_then(|end| announced(from.get(..end)?.strip_suffix(b"\r")?));
            let length = match (end, announced) {
                (Some(end), Some(literal)) => (end + 1).saturating_add(literal.octets as usize),
                _ => 1,
            };
            let (literal, after) = from.split_at(length.min(from.len()));
            out.extend_from_slice(literal);
            rest = after;
        }
    }
    out.extend_from_slice(rest);
    out
}

/// A quoted string at the beginning, without its escapes, and what follows it.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = text.strip_prefix(b"\"")?;
    let mut octets = Vec::new();
    loop {
        let at = memchr::memchr2(b'"', b'\\', rest)?;
        octets.extend_from_slice(&rest[..at]);
        if rest.get(at) == Some(&b'"') {
            return Some((octets, rest.get(at + 1..)?));
        }
        octets.push(*rest.get(at + 1)?);
        rest = rest.get(at + 2..)?;
    }
}

/// `section ::= nz_number ["." section]`: part numbers alone, without names and without `<0.100>` (RFC 1730 §9,
/// section; draft-ietf-imap-imap2bis-02, body_section).
pub fn body_section(cursor: &mut Cursor<'_>, peek: bool) -> Read<FetchItem> {
    let start = cursor.at();
    let section = section_text(cursor)?;
    let is_numbers = !section.path.is_empty() && section.text == SectionText::Whole;
    if !is_numbers || cursor.peek() == Some(b'<') {
        let what = "a section is part numbers alone, as BODY[1.2]";
        return cursor.fault_against(start, what, cursor.dialect().clause());
    }
    Ok(FetchItem::Section { section, partial: None, peek })
}

/// `BODY[1.0]`: part 0 is the header of the message that the numbers before it name (RFC 2062 §6.4.5.OBS.1).
fn numbered(cursor: &mut Cursor<'_>, peek: bool) -> Read<Option<FetchItem>> {
    if !cursor.skip(b'[') {
        return Ok(None);
    }
    let digits = cursor.run(|octet| octet.is_ascii_digit() || octet == b'.');
    let Some(path) = digits.strip_suffix(b"0").filter(|path| path.is_empty() || path.ends_with(b".")) else {
        return Ok(None);
    };
    if !cursor.skip(b']') {
        return Ok(None);
    }
    let label = format!("BODY[{}]", String::from_utf8_lossy(digits));
    let mut numbers = Vec::new();
    for number in path.split(|octet| *octet == b'.').filter(|number| !number.is_empty()) {
        match std::str::from_utf8(number).ok().and_then(|number| number.parse().ok()).filter(|n| *n > 0) {
            Some(number) => numbers.push(number),
            None => return cursor.fault("a part number is above 0"),
        }
        if numbers.len() > 100 {
            return cursor.fault("more than 100 part numbers");
        }
    }
    let section = Section { path: numbers, text: SectionText::Header };
    Ok(Some(FetchItem::Older { label, section, peek }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_clients_read_no_escapes() {
        for (text, plain) in [
            (r#"("a" NIL "b c")"#, r#"("a" NIL "b c")"#),
            (r#"("a \"b\"" "c")"#, "({5}\r\na \"b\" \"c\")"),
            (r#"("50% off" "\\")"#, "({7}\r\n50% off {1}\r\n\\)"),
            ("({4}\r\n\"\\\"x \"y\")", "({4}\r\n\"\\\"x \"y\")"),
            ("\"open", "\"open"),
            ("{x} {99}\r\nshort", "{x} {99}\r\nshort"),
        ] {
            assert_eq!(String::from_utf8_lossy(&with_plain_quotes(text.as_bytes())), plain, "{text}");
        }
    }

    #[test]
    fn dates_are_written_as_in_1990() {
        assert_eq!(date(Timestamp::DEFAULT_START), " 2-Mar-98 20:00:00-GMT");
        let pacific = Timestamp { offset_minutes: -480, ..Timestamp::DEFAULT_START };
        assert_eq!(date(pacific), " 2-Mar-98 12:00:00-PST");
        let berlin = Timestamp { offset_minutes: 60, ..Timestamp::DEFAULT_START };
        assert_eq!(date(berlin), " 2-Mar-98 20:00:00-GMT");
    }
}
