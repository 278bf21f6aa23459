//! Criteria of SEARCH: any key, and `~` for the opposite (RFC 1203, SEARCH).

use super::super::key::{DateIs, SearchKey};
use super::super::lexer::{Cursor, Read};
use super::super::parse::date;
use super::command::Command;
use super::feature::Chosen;
use super::key::Key;
use super::parse::CLAUSE;
use crate::mail::flags::Flags;

/// Each criterion is tried on each message: more than this is no question but a load.
const CRITERIA_MAX: usize = 500;

/// `"SEARCH" SP 1#criterion`
pub fn criteria(chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("a criterion")?;
    let start = cursor.at();
    let mut keys = Vec::new();
    loop {
        let is_inverse = cursor.skip(b'~');
        let key = criterion(chosen, cursor)?;
        keys.push(if is_inverse { not(key) } else { key });
        if keys.len() > CRITERIA_MAX {
            return cursor.fault_against(cursor.at(), format!("more than {CRITERIA_MAX} criteria"), CLAUSE);
        }
        if cursor.peek().is_none() {
            break;
        }
        cursor.space("a criterion")?;
    }
    let criteria = cursor.slice(&(start..cursor.at())).to_vec();
    Ok(Command::Search { key: SearchKey::And(keys), criteria })
}

fn not(key: SearchKey) -> SearchKey {
    SearchKey::Not(Box::new(key))
}

fn criterion(chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<SearchKey> {
    let name = cursor.astring("a criterion")?;
    let flag = |flag: Flags| SearchKey::Flag(flag);
    Ok(match name.to_ascii_uppercase().as_slice() {
        b"ALL" => SearchKey::And(Vec::new()),
        b"ANSWERED" => flag(Flags::ANSWERED),
        b"DELETED" => flag(Flags::DELETED),
        b"FLAGGED" => flag(Flags::FLAGGED),
        b"SEEN" => flag(Flags::SEEN),
        b"RECENT" => SearchKey::Recent,
        b"OLD" => not(SearchKey::Recent),
        b"NEW" => SearchKey::And(vec![SearchKey::Recent, not(flag(Flags::SEEN))]),
        b"KEYWORD" => SearchKey::Keyword(keyword(cursor)?),
        // These stay for clients of version 2.0.
        b"UNANSWERED" => not(flag(Flags::ANSWERED)),
        b"UNDELETED" => not(flag(Flags::DELETED)),
        b"UNFLAGGED" => not(flag(Flags::FLAGGED)),
        b"UNKEYWORD" => not(SearchKey::Keyword(keyword(cursor)?)),
        b"UNSEEN" => not(flag(Flags::SEEN)),
        b"BEFORE" => day(cursor, DateIs::Before)?,
        b"ON" => day(cursor, DateIs::On)?,
        b"SINCE" => day(cursor, DateIs::Since)?,
        b"HEADER" => SearchKey::AnyHeader(text(cursor)?),
        b"BODY" => SearchKey::Body(text(cursor)?),
        b"TEXT" => SearchKey::Text(text(cursor)?),
        _ => keyed(&Key::named(&name, chosen), text(cursor)?),
    })
}

fn keyword(cursor: &mut Cursor<'_>) -> Read<String> {
    cursor.space("a keyword")?;
    Ok(String::from_utf8_lossy(cursor.atom("a keyword")?).into_owned())
}

fn day(cursor: &mut Cursor<'_>, is: DateIs) -> Read<SearchKey> {
    cursor.space("a date")?;
    Ok(SearchKey::Internal(is, date(cursor)?))
}

fn text(cursor: &mut Cursor<'_>) -> Read<Vec<u8>> {
    cursor.space("a string to look for")?;
    Ok(cursor.astring("a string to look for")?.into_owned())
}

/// `key SP string`: the key's value contains the string; a size is equal to it. A key that has no text matches
/// nothing.
fn keyed(key: &Key, text: Vec<u8>) -> SearchKey {
    let field = |name: &str| SearchKey::Header(name.as_bytes().to_vec(), text.clone());
    match key {
        Key::Addresses(name) => field(&name.to_ascii_lowercase()),
        Key::Subject => field("subject"),
        Key::Canonical(canonical) => {
            let mut fields = canonical.fields().iter();
            let first = fields
                .next()
                .map_or(SearchKey::Not(Box::new(SearchKey::And(Vec::new()))), |name| field(name));
            fields.fold(first, |key, name| SearchKey::Or(Box::new(key), Box::new(field(name))))
        }
        Key::Concrete(name) => SearchKey::Header(name.to_ascii_lowercase(), text),
        Key::Rfc822 => SearchKey::Text(text),
        Key::Rfc822Header => SearchKey::AnyHeader(text),
        Key::Rfc822Text => SearchKey::Body(text),
        Key::Size | Key::Rfc822Size => {
            let size: Option<u64> = std::str::from_utf8(&text).ok().and_then(|text| text.parse().ok());
            match size {
                Some(size) => {
                    SearchKey::And(vec![not(SearchKey::Larger(size)), not(SearchKey::Smaller(size))])
                }
                None => not(SearchKey::And(Vec::new())),
            }
        }
        _ => not(SearchKey::And(Vec::new())),
    }
}
