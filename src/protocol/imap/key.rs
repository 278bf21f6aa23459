//! What SEARCH can be asked for, and how a client writes it (RFC 3501 §6.4.4; §9, search-key).

use jiff::civil::Date;

use super::capability::Extension;
use super::lexer::{Cursor, Read};
use super::object::object_id;
use super::obsolete;
use super::parse::{date, looks_like_a_set, sequence_set};
use super::set::SequenceSet;
use crate::mail::flags::Flags;

/// One condition on a message.
#[derive(Clone, Debug, PartialEq)]
pub enum SearchKey {
    /// All of these hold; with none, every message matches.
    And(Vec<SearchKey>),
    /// One of these holds.
    Or(Box<SearchKey>, Box<SearchKey>),
    /// This does not hold.
    Not(Box<SearchKey>),
    /// The message's number is in the set.
    Numbers(SequenceSet),
    /// Its UID is.
    Uids(SequenceSet),
    /// It has this system flag.
    Flag(Flags),
    /// It has this keyword.
    Keyword(String),
    /// It is recent.
    Recent,
    /// The day of its internal date, compared with this day.
    Internal(DateIs, Date),
    /// The day in its Date field, compared with this day.
    Sent(DateIs, Date),
    /// It has more octets.
    Larger(u64),
    /// It has fewer octets.
    Smaller(u64),
    /// A header field of this name contains the text.
    Header(Vec<u8>, Vec<u8>),
    /// The header contains the text, in whatever field (RFC 1203, SEARCH).
    AnyHeader(Vec<u8>),
    /// The body contains the text.
    Body(Vec<u8>),
    /// The header or the body does.
    Text(Vec<u8>),
    /// It changed at this modification sequence or later (RFC 7162 §3.1.5).
    ModSeq(u64),
    /// It has these octets: their EMAILID (RFC 8474 §6).
    EmailId(String),
    /// It belongs to this conversation: its THREADID (RFC 8474 §6).
    ThreadId(String),
    /// It came in so many seconds ago, or longer ago (RFC 5032 §2).
    Older(u32),
    /// It came in within so many seconds (RFC 5032 §2).
    Younger(u32),
}

impl SearchKey {
    /// True if it speaks of message numbers (RFC 7162 §3.2.10.2).
    #[must_use]
    pub fn names_numbers(&self) -> bool {
        self.any(&|key| matches!(key, Self::Numbers(_)))
    }

    /// True if it asks for modification sequences.
    #[must_use]
    pub fn names_modseq(&self) -> bool {
        self.any(&|key| matches!(key, Self::ModSeq(_)))
    }

    fn any(&self, holds: &impl Fn(&Self) -> bool) -> bool {
        match self {
            Self::And(keys) => keys.iter().any(|key| key.any(holds)),
            Self::Or(a, b) => a.any(holds) || b.any(holds),
            Self::Not(key) => key.any(holds),
            key => holds(key),
        }
    }
}

/// How a day stands to another; times and zones are disregarded (RFC 3501 §6.4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateIs {
    /// Earlier.
    Before,
    /// The same day.
    On,
    /// The same day or later.
    Since,
}

/// Deeper nesting than anybody writes by hand or program.
const DEPTH_MAX: usize = 50;
/// Each key is tried on each message: more than this is no question but a load.
const KEYS_MAX: usize = 500;

/// `search-key *(SP search-key)`: all of them together.
pub fn search_keys(cursor: &mut Cursor<'_>) -> Read<SearchKey> {
    let mut keys = vec![search_key(cursor, 0, &mut 0)?];
    let mut count = 0;
    while cursor.peek().is_some() {
        cursor.space("a search key")?;
        keys.push(search_key(cursor, 0, &mut count)?);
    }
    Ok(SearchKey::And(keys))
}

fn search_key(cursor: &mut Cursor<'_>, depth: usize, count: &mut usize) -> Read<SearchKey> {
    *count += 1;
    if depth > DEPTH_MAX {
        return cursor.fault(format!("search keys nest deeper than {DEPTH_MAX}"));
    }
    if *count > KEYS_MAX {
        return cursor.fault(format!("more than {KEYS_MAX} search keys"));
    }
    // Sets and parentheses came with IMAP4 (RFC 1730 §9, search_new).
    let is_old = cursor.dialect().is_old();
    if !is_old && cursor.skip(b'(') {
        let mut keys = vec![search_key(cursor, depth + 1, count)?];
        while !cursor.skip(b')') {
            cursor.space("a search key, or \")\"")?;
            keys.push(search_key(cursor, depth + 1, count)?);
        }
        return Ok(SearchKey::And(keys));
    }
    if !is_old && looks_like_a_set(cursor) {
        return Ok(SearchKey::Numbers(sequence_set(cursor, "a message number")?));
    }
    let start = cursor.at();
    let word = cursor.atom("a search key")?.to_ascii_uppercase();
    if !obsolete::is_search_key(&word, cursor.dialect()) {
        let dialect = cursor.dialect();
        let what = format!("{} is no search key of {dialect}", String::from_utf8_lossy(&word));
        return cursor.fault_against(start, what, dialect.clause());
    }
    let not = |key| SearchKey::Not(Box::new(key));
    Ok(match word.as_slice() {
        b"ALL" => SearchKey::And(Vec::new()),
        b"ANSWERED" => SearchKey::Flag(Flags::ANSWERED),
        b"DELETED" => SearchKey::Flag(Flags::DELETED),
        b"DRAFT" => SearchKey::Flag(Flags::DRAFT),
        b"FLAGGED" => SearchKey::Flag(Flags::FLAGGED),
        b"SEEN" => SearchKey::Flag(Flags::SEEN),
        b"UNANSWERED" => not(SearchKey::Flag(Flags::ANSWERED)),
        b"UNDELETED" => not(SearchKey::Flag(Flags::DELETED)),
        b"UNDRAFT" => not(SearchKey::Flag(Flags::DRAFT)),
        b"UNFLAGGED" => not(SearchKey::Flag(Flags::FLAGGED)),
        b"UNSEEN" => not(SearchKey::Flag(Flags::SEEN)),
        b"RECENT" => SearchKey::Recent,
        b"OLD" => not(SearchKey::Recent),
        b"NEW" => SearchKey::And(vec![SearchKey::Recent, not(SearchKey::Flag(Flags::SEEN))]),
        b"KEYWORD" => SearchKey::Keyword(keyword(cursor)?),
        b"UNKEYWORD" => not(SearchKey::Keyword(keyword(cursor)?)),
        b"BCC" | b"CC" | b"FROM" | b"TO" | b"SUBJECT" => {
            SearchKey::Header(word.to_ascii_lowercase(), text(cursor)?)
        }
        b"HEADER" => {
            cursor.space("a field name")?;
            let name = cursor.astring("a field name")?.to_ascii_lowercase();
            SearchKey::Header(name, text(cursor)?)
        }
        b"BODY" => SearchKey::Body(text(cursor)?),
        b"TEXT" => SearchKey::Text(text(cursor)?),
        b"BEFORE" => SearchKey::Internal(DateIs::Before, day(cursor)?),
        b"ON" => SearchKey::Internal(DateIs::On, day(cursor)?),
        b"SINCE" => SearchKey::Internal(DateIs::Since, day(cursor)?),
        b"SENTBEFORE" => SearchKey::Sent(DateIs::Before, day(cursor)?),
        b"SENTON" => SearchKey::Sent(DateIs::On, day(cursor)?),
        b"SENTSINCE" => SearchKey::Sent(DateIs::Since, day(cursor)?),
        b"LARGER" => SearchKey::Larger(size(cursor)?),
        b"SMALLER" => SearchKey::Smaller(size(cursor)?),
        b"MODSEQ" if cursor.has(Extension::Condstore) => SearchKey::ModSeq(modseq(cursor)?),
        b"OLDER" if cursor.has(Extension::Within) => SearchKey::Older(seconds(cursor)?),
        b"YOUNGER" if cursor.has(Extension::Within) => SearchKey::Younger(seconds(cursor)?),
        b"EMAILID" if cursor.has(Extension::ObjectId) => SearchKey::EmailId(object_id(cursor)?),
        b"THREADID" if cursor.has(Extension::ObjectId) => SearchKey::ThreadId(object_id(cursor)?),
        b"UID" => {
            cursor.space("a set of UIDs")?;
            SearchKey::Uids(sequence_set(cursor, "a UID")?)
        }
        b"NOT" => {
            cursor.space("a search key")?;
            not(search_key(cursor, depth + 1, count)?)
        }
        b"OR" => {
            cursor.space("a search key")?;
            let first = search_key(cursor, depth + 1, count)?;
            cursor.space("the second search key of OR")?;
            SearchKey::Or(Box::new(first), Box::new(search_key(cursor, depth + 1, count)?))
        }
        other => {
            let word = String::from_utf8_lossy(other).chars().take(40).collect::<String>();
            let hint = match crate::lesson::nearest(&word, WORDS) {
                _ if word == "AND" => "; keys stand one behind the other, and all must hold".to_owned(),
                _ if word == "UNREAD" => "; what was not read is UNSEEN".to_owned(),
                Some(near) => format!("; did you mean {near}?"),
                None => "; a text of several words stands in quotes".to_owned(),
            };
            return cursor.fault_against(
                start,
                format!("no search key is called {word}{hint}"),
                "RFC 3501 §6.4.4",
            );
        }
    })
}

const WORDS: [&str; 41] = [
    "ALL",
    "ANSWERED",
    "BCC",
    "BEFORE",
    "BODY",
    "CC",
    "DELETED",
    "DRAFT",
    "EMAILID",
    "FLAGGED",
    "FROM",
    "HEADER",
    "KEYWORD",
    "LARGER",
    "MODSEQ",
    "NEW",
    "NOT",
    "OLD",
    "OLDER",
    "ON",
    "OR",
    "RECENT",
    "SEEN",
    "SENTBEFORE",
    "SENTON",
    "SENTSINCE",
    "SINCE",
    "SMALLER",
    "SUBJECT",
    "TEXT",
    "THREADID",
    "TO",
    "UID",
    "UNANSWERED",
    "UNDELETED",
    "UNDRAFT",
    "UNFLAGGED",
    "UNKEYWORD",
    "UNSEEN",
    "YOUNGER",
    "CHARSET",
];

fn keyword(cursor: &mut Cursor<'_>) -> Read<String> {
    cursor.space("a keyword")?;
    Ok(String::from_utf8_lossy(cursor.atom("a keyword")?).into_owned())
}

fn text(cursor: &mut Cursor<'_>) -> Read<Vec<u8>> {
    cursor.space("a string to look for")?;
    Ok(cursor.astring("a string to look for")?.into_owned())
}

fn day(cursor: &mut Cursor<'_>) -> Read<Date> {
    cursor.space("a date")?;
    date(cursor)
}

/// `[SP entry-name SP entry-type-req] SP mod-sequence-valzer`: one modification sequence stands for all of a
/// message here, so which entry is meant makes no difference (RFC 7162 §3.1.5).
fn modseq(cursor: &mut Cursor<'_>) -> Read<u64> {
    cursor.space("a modification sequence")?;
    if cursor.peek() == Some(b'"') {
        let start = cursor.at();
        let entry = cursor.string("an entry name")?;
        if !entry.to_ascii_lowercase().starts_with(b"/flags/") {
            return cursor.fault_against(start, "an entry is called \"/flags/name\"", "RFC 7162 §3.1.5");
        }
        cursor.space("priv, shared or all")?;
        let start = cursor.at();
        let kind = cursor.atom("priv, shared or all")?.to_ascii_lowercase();
        if ![&b"priv"[..], b"shared", b"all"].contains(&kind.as_slice()) {
            return cursor.fault_against(start, "expected priv, shared or all", "RFC 7162 §3.1.5");
        }
        cursor.space("a modification sequence")?;
    }
    cursor.modseq()
}

fn seconds(cursor: &mut Cursor<'_>) -> Read<u32> {
    cursor.space("a number of seconds")?;
    cursor.nz_number("a number of seconds")
}

fn size(cursor: &mut Cursor<'_>) -> Read<u64> {
    cursor.space("a number of octets")?;
    cursor.number64("a number of octets")
}
