//! FETCH items of older dialects (RFC 1176, RFC 1730, RFC 2062).

use super::dialect::Dialect;
use super::item::{FetchItem, Section, SectionText, header_list};
use super::lexer::{Cursor, Read};
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
    fn dates_are_written_as_in_1990() {
        assert_eq!(date(Timestamp::DEFAULT_START), " 2-Mar-98 20:00:00-GMT");
        let pacific = Timestamp { offset_minutes: -480, ..Timestamp::DEFAULT_START };
        assert_eq!(date(pacific), " 2-Mar-98 12:00:00-PST");
        let berlin = Timestamp { offset_minutes: 60, ..Timestamp::DEFAULT_START };
        assert_eq!(date(berlin), " 2-Mar-98 20:00:00-GMT");
    }
}
