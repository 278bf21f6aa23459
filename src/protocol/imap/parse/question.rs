//! SEARCH, SORT and THREAD (RFC 3501 §6.4.4, RFC 4731, RFC 5256).

use crate::protocol::imap::capability::Extension;
use crate::protocol::imap::command::{Charset, Command, Question, Returns, SortBy, SortKey, ThreadAlgorithm};
use crate::protocol::imap::key::search_keys;
use crate::protocol::imap::lexer::{Cursor, Read};

/// `"SEARCH" [SP "RETURN" SP "(" options ")"] [SP "CHARSET" SP astring] 1*(SP search-key)`
pub fn search(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let returns = returns(cursor, Extension::Esearch)?;
    cursor.space("a search key")?;
    let mut ahead = cursor.clone();
    let mut charset = Charset::Known;
    // RFC 1732: character sets came with IMAP4.
    let has_charsets = !cursor.dialect().is_old();
    if has_charsets && ahead.atom("").is_ok_and(|word| word.eq_ignore_ascii_case(b"CHARSET")) {
        *cursor = ahead;
        cursor.space("the name of a character set")?;
        charset = named_charset(cursor)?;
        cursor.space("a search key")?;
    }
    Ok(Command::Search(Question { by_uid, returns, charset, key: search_keys(cursor)? }))
}

/// `"SORT" [SP "RETURN" SP "(" options ")"] SP "(" criteria ")" SP charset 1*(SP search-key)`
pub fn sort(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let returns = returns(cursor, Extension::Esort)?;
    cursor.space("criteria in parentheses")?;
    cursor.expect(b'(', "\"(\" and criteria")?;
    let mut order = Vec::new();
    loop {
        order.push(criterion(cursor)?);
        // RFC 5256 §3: later ones only decide between equals, so one of each is all that can matter.
        if order.len() > 2 * SortBy::ALL.len() {
            return cursor.fault_against(cursor.at(), "more criteria than there are", "RFC 5256 §3");
        }
        if cursor.skip(b')') {
            break;
        }
        cursor.space("a criterion, or \")\"")?;
    }
    let (charset, key) = charset_and_keys(cursor)?;
    Ok(Command::Sort { question: Question { by_uid, returns, charset, key }, order })
}

/// `["REVERSE" SP] sort-key`
fn criterion(cursor: &mut Cursor<'_>) -> Read<SortKey> {
    let mut start = cursor.at();
    let mut word = cursor.atom("a criterion")?;
    let reverse = word.eq_ignore_ascii_case(b"REVERSE");
    if reverse {
        cursor.space("what to reverse")?;
        start = cursor.at();
        word = cursor.atom("what to reverse")?;
    }
    match SortBy::ALL.iter().find(|(_, name)| name.as_bytes().eq_ignore_ascii_case(word)) {
        Some((by, _)) => Ok(SortKey { by: *by, reverse }),
        None => {
            let known = SortBy::ALL.map(|(_, name)| name).join(", ");
            cursor.fault_against(start, format!("messages are sorted by {known}"), "RFC 5256 §3")
        }
    }
}

/// `"THREAD" SP algorithm SP charset 1*(SP search-key)`
pub fn thread(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    cursor.space("an algorithm")?;
    let start = cursor.at();
    let algorithm = match cursor.atom("an algorithm")?.to_ascii_uppercase().as_slice() {
        b"ORDEREDSUBJECT" if cursor.has(Extension::ThreadOrderedSubject) => ThreadAlgorithm::OrderedSubject,
        b"REFERENCES" if cursor.has(Extension::ThreadReferences) => ThreadAlgorithm::References,
        _ => {
            let what = "the algorithms are those that CAPABILITY names, ORDEREDSUBJECT and REFERENCES";
            return cursor.fault_against(start, what, "RFC 5256 §3");
        }
    };
    let (charset, key) = charset_and_keys(cursor)?;
    Ok(Command::Thread { question: Question { by_uid, returns: None, charset, key }, algorithm })
}

fn charset_and_keys(cursor: &mut Cursor<'_>) -> Read<(Charset, super::super::key::SearchKey)> {
    cursor.space("the name of a character set")?;
    let charset = named_charset(cursor)?;
    cursor.space("a search key")?;
    Ok((charset, search_keys(cursor)?))
}

fn named_charset(cursor: &mut Cursor<'_>) -> Read<Charset> {
    let start = cursor.at();
    let name = cursor.astring("the name of a character set")?;
    if cursor.grammar().utf8_only && !name.eq_ignore_ascii_case(b"UTF-8") {
        // RFC 6855 §3: all strings are UTF-8 by then.
        return cursor.fault_against(start, "after ENABLE UTF8=ACCEPT strings are UTF-8", "RFC 6855 §3");
    }
    let is_known = [&b"US-ASCII"[..], b"UTF-8"].iter().any(|known| known.eq_ignore_ascii_case(&name));
    Ok(if is_known { Charset::Known } else { Charset::Unknown })
}

/// `[SP "RETURN" SP "(" [option *(SP option)] ")"]`
fn returns(cursor: &mut Cursor<'_>, needs: Extension) -> Read<Option<Returns>> {
    let mut ahead = cursor.clone();
    let is_there = cursor.has(needs)
        && ahead.skip(b' ')
        && ahead.atom("").is_ok_and(|word| word.eq_ignore_ascii_case(b"RETURN"));
    if !is_there {
        return Ok(None);
    }
    *cursor = ahead;
    cursor.space("result options in parentheses")?;
    cursor.expect(b'(', "\"(\" and result options")?;
    let mut returns = Returns::default();
    let context = if needs == Extension::Esort { Extension::ContextSort } else { Extension::ContextSearch };
    let opened = cursor.at();
    if cursor.skip(b')') {
        return Ok(Some(Returns::ALL));
    }
    loop {
        let start = cursor.at();
        match cursor.atom("MIN, MAX, ALL or COUNT")?.to_ascii_uppercase().as_slice() {
            b"MIN" => returns.min = true,
            b"MAX" => returns.max = true,
            b"ALL" => returns.all = true,
            b"COUNT" => returns.count = true,
            b"SAVE" if cursor.has(Extension::SearchRes) && needs == Extension::Esearch => returns.save = true,
            // A hint that more is to come (RFC 5267 §4.2): nothing here takes so long that it would help.
            b"CONTEXT" if cursor.has(context) => {}
            b"UPDATE" if cursor.has(context) => returns.update = true,
            b"PARTIAL" if cursor.has(context) && returns.partial.is_none() => {
                cursor.space("the first and the last result, as 1:20")?;
                let first = cursor.nz_number("the first result")?;
                cursor.expect(b':', "\":\" and the last result")?;
                let last = cursor.nz_number("the last result")?;
                // 4:2 is the same as 2:4 (RFC 5267 §6), and Dovecot's ImapTest wants to see it so.
                returns.partial = Some((first.min(last), first.max(last)));
            }
            _ => {
                return cursor.fault_against(
                    start,
                    "the result options are MIN, MAX, ALL, COUNT and one PARTIAL first:last, and SAVE and UPDATE for SEARCH",
                    "RFC 4731 §3.1",
                );
            }
        }
        if returns.all && returns.partial.is_some() {
            return cursor.fault_against(opened, "ALL and PARTIAL do not go together", "RFC 5267 §4.4");
        }
        if cursor.skip(b')') {
            return Ok(Some(returns));
        }
        cursor.space("a result option, or \")\"")?;
    }
}
