//! Octets to commands of version 3.0 (RFC 1203, "Formal Syntax").

use super::super::command::{self, Find, FlagName, Verb};
use super::super::lexer::{Cursor, Read};
use super::super::parse::{flag, flags, name_text, sequence_set};
use super::super::set::SequenceSet;
use super::command::{Change, Command, Order, Wanted};
use super::criteria::criteria;
use super::feature::{Chosen, Eol, Feature};
use super::key::Key;
use super::pattern::pattern;
use crate::mail::store::FlagChange;

/// The document that all of this stands in.
pub const CLAUSE: &str = "RFC 1203";

/// More keys than anybody fetches at once.
const ITEMS_MAX: usize = 100;

/// The arguments of a command of version 3.0; `None` if it is one that reads and writes no mail, and is the same in
/// every version.
///
/// # Errors
/// What is wrong with them, or a literal that has not come yet.
pub fn arguments(verb: Verb, chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<Option<command::Command>> {
    let read = match verb {
        Verb::Select => Command::Select { mailbox: mailbox(cursor)?, board: false },
        Verb::Bboard => Command::Select { mailbox: mailbox(cursor)?, board: true },
        Verb::Check => Command::Check,
        Verb::Expunge => Command::Expunge,
        Verb::Copy => Command::Copy { set: set(cursor)?, mailbox: mailbox(cursor)? },
        Verb::Fetch => fetch(chosen, cursor)?,
        Verb::Store => store(chosen, cursor)?,
        Verb::Search => criteria(chosen, cursor)?,
        Verb::Find => find(cursor)?,
        Verb::ReadOnly => Command::ReadOnly,
        Verb::ReadWrite => Command::ReadWrite,
        Verb::Flags => Command::Flags,
        Verb::SetFlags => {
            cursor.space("flags")?;
            Command::SetFlags(user_flags(cursor)?)
        }
        Verb::Send => {
            format(cursor)?;
            Command::Send(text(cursor)?)
        }
        Verb::AddMessage => {
            let mailbox = mailbox(cursor)?;
            format(cursor)?;
            Command::AddMessage { mailbox, text: text(cursor)? }
        }
        Verb::Renumber => renumber(chosen, cursor)?,
        Verb::SetEol => set_eol(cursor)?,
        _ => return Ok(None),
    };
    Ok(Some(command::Command::Imap3(Box::new(read))))
}

/// `SP mailbox`
fn mailbox(cursor: &mut Cursor<'_>) -> Read<String> {
    cursor.space("a mailbox name")?;
    let start = cursor.at();
    let name = cursor.astring("a mailbox name")?;
    name_text(cursor, start, &name)
}

fn set(cursor: &mut Cursor<'_>) -> Read<SequenceSet> {
    cursor.space("a message number")?;
    sequence_set(cursor, "a message number")
}

/// `"FETCH" SP sequence SP ("ALL" / "FAST" / fetch_att / "(" 1#fetch_att ")")`
fn fetch(chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<Command> {
    let set = set(cursor)?;
    cursor.space("a key")?;
    let mut items = Vec::new();
    if cursor.skip(b'(') {
        loop {
            let item = wanted(chosen, cursor)?;
            if !items.contains(&item) {
                items.push(item);
            }
            if items.len() > ITEMS_MAX {
                return cursor.fault(format!("more than {ITEMS_MAX} keys in one FETCH"));
            }
            if cursor.skip(b')') {
                break;
            }
            cursor.space("a key, or \")\"")?;
        }
        return Ok(Command::Fetch { set, items });
    }
    let mut ahead = cursor.clone();
    let mut named = vec![Key::Flags, Key::InternalDate, Key::Rfc822Size];
    match ahead.astring("a key")?.to_ascii_uppercase().as_slice() {
        b"FAST" => {}
        b"ALL" => named.push(Key::Envelope),
        _ => return Ok(Command::Fetch { set, items: vec![wanted(chosen, cursor)?] }),
    }
    *cursor = ahead;
    let items = named.into_iter().map(|key| Wanted { key, range: None }).collect();
    Ok(Command::Fetch { set, items })
}

/// `fetch_key / (fetch_key SP NUMBER ":" NUMBER)`: the second form with INDEXABLE.FIELDS.
fn wanted(chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<Wanted> {
    let start = cursor.at();
    let key = key(chosen, cursor)?;
    let is_range = cursor.peek() == Some(b' ') && cursor.rest().get(1).is_some_and(u8::is_ascii_digit);
    if !is_range {
        return Ok(Wanted { key, range: None });
    }
    if !chosen.has(Feature::IndexableFields) {
        let what = "some octets of a key need SELECT.FEATURES INDEXABLE.FIELDS";
        return cursor.fault_against(cursor.at() + 1, what, CLAUSE);
    }
    if !key.is_text() {
        return cursor.fault_against(start, "only of text some octets can be had", CLAUSE);
    }
    cursor.space("the first octet")?;
    let range_at = cursor.at();
    let first = cursor.number("the first octet")?;
    cursor.expect(b':', "\":\" and the last octet")?;
    let last = cursor.number("the last octet")?;
    if last < first {
        return cursor.fault_against(range_at, "the last octet is not before the first", CLAUSE);
    }
    Ok(Wanted { key, range: Some((first, last)) })
}

/// `generic_key / canonical_key / concrete_key`
fn key(chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<Key> {
    let start = cursor.at();
    let name = cursor.astring("a key")?;
    if [&b"ALL"[..], b"FAST"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
        return cursor.fault_against(start, "ALL and FAST stand alone, without parentheses", CLAUSE);
    }
    Ok(Key::named(&name, chosen))
}

/// `"STORE" SP sequence SP ([+|-]"FLAGS" SP flag_list / key SP string)`
fn store(chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<Command> {
    let set = set(cursor)?;
    cursor.space("FLAGS, +FLAGS, -FLAGS or a key")?;
    let start = cursor.at();
    let word = cursor.astring("FLAGS, +FLAGS, -FLAGS or a key")?;
    let kind = match word.to_ascii_uppercase().as_slice() {
        b"FLAGS" => FlagChange::Replace,
        b"+FLAGS" => FlagChange::Add,
        b"-FLAGS" => FlagChange::Remove,
        _ => {
            let key = Key::named(&word, chosen);
            if !can_be_stored(&key) {
                let what = "what the server computes cannot be stored; store a header field, HEADER or TEXT";
                return cursor.fault_against(start, what, CLAUSE);
            }
            return Ok(Command::Store { set, change: Change::Key(key, value(cursor)?) });
        }
    };
    cursor.space("flags")?;
    Ok(Command::Store { set, change: Change::Flags(kind, flags(cursor)?) })
}

const fn can_be_stored(key: &Key) -> bool {
    !matches!(
        key,
        Key::Envelope | Key::InternalDate | Key::Rfc822Size | Key::Size | Key::Canonical(_) | Key::Encoding
    )
}

/// `SP string`, in which a bare NIL stands for nothing.
fn value(cursor: &mut Cursor<'_>) -> Read<Option<Vec<u8>>> {
    let mut ahead = cursor.clone();
    if ahead.skip(b' ') && ahead.rest().eq_ignore_ascii_case(b"NIL") {
        ahead.run(|_| true);
        *cursor = ahead;
        return Ok(None);
    }
    text(cursor).map(Some)
}

/// `SP string`: as long as a message may be, if it is a literal.
fn text(cursor: &mut Cursor<'_>) -> Read<Vec<u8>> {
    cursor.space("a string")?;
    if cursor.peek() == Some(b'{') {
        let place = cursor.message_literal()?;
        return Ok(cursor.slice(&place).to_vec());
    }
    Ok(cursor.astring("a string")?.into_owned())
}

/// `SP message_format`: RFC822 is the only one there is.
fn format(cursor: &mut Cursor<'_>) -> Read<()> {
    cursor.space("RFC822")?;
    let start = cursor.at();
    match cursor.atom("RFC822")?.eq_ignore_ascii_case(b"RFC822") {
        true => Ok(()),
        false => cursor.fault_against(start, "RFC822 is the only format of messages", CLAUSE),
    }
}

/// `flag_list` of SET.FLAGS: system flags are passed over, whatever they are.
fn user_flags(cursor: &mut Cursor<'_>) -> Read<Vec<FlagName>> {
    let in_list = cursor.skip(b'(');
    let mut found = Vec::new();
    if in_list && cursor.skip(b')') {
        return Ok(found);
    }
    loop {
        let is_recent = cursor.rest().get(..7).is_some_and(|word| word.eq_ignore_ascii_case(b"\\Recent"));
        if is_recent {
            cursor.run(|octet| octet != b' ' && octet != b')');
        } else {
            found.push(flag(cursor)?);
        }
        if in_list && cursor.skip(b')') || cursor.peek().is_none() {
            return Ok(found);
        }
        cursor.space("a flag")?;
    }
}

/// `"FIND" SP ("BBOARDS" / "MAILBOXES") SP pattern`
fn find(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("MAILBOXES or BBOARDS")?;
    let start = cursor.at();
    let what = match cursor.atom("MAILBOXES or BBOARDS")?.to_ascii_uppercase().as_slice() {
        b"MAILBOXES" => Find::Mailboxes,
        b"BBOARDS" => Find::Boards,
        _ => return cursor.fault_against(start, "FIND finds MAILBOXES or BBOARDS", CLAUSE),
    };
    Ok(Command::Find { what, pattern: pattern(cursor)? })
}

/// `"RENUMBER" SP field_name SP ordering_type`
fn renumber(chosen: &Chosen, cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("a key")?;
    let key = key(chosen, cursor)?;
    cursor.space("ALPHA, DATE or NUMERIC")?;
    let start = cursor.at();
    let order = match cursor.atom("ALPHA, DATE or NUMERIC")?.to_ascii_uppercase().as_slice() {
        b"ALPHA" => Order::Alpha,
        b"DATE" => Order::Date,
        b"NUMERIC" => Order::Numeric,
        _ => return cursor.fault_against(start, "the orders are ALPHA, DATE and NUMERIC", CLAUSE),
    };
    Ok(Command::Renumber { key, order })
}

/// `"SET.EOL" 1#character`, where a character is CR, LF or the decimal value of one.
fn set_eol(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mut octets = Vec::new();
    loop {
        cursor.space("CR, LF or a number")?;
        let start = cursor.at();
        let word = cursor.atom("CR, LF or a number")?.to_ascii_uppercase();
        octets.push(match word.as_slice() {
            b"CR" => b'\r',
            b"LF" => b'\n',
            digits => {
                let digits = std::str::from_utf8(digits).ok().filter(|word| word.len() < 4);
                match digits.and_then(|word| word.parse::<u8>().ok()) {
                    Some(octet) => octet,
                    None => {
                        return cursor.fault_against(
                            start,
                            "a character is CR, LF, or a number up to 255",
                            CLAUSE,
                        );
                    }
                }
            }
        });
        if cursor.peek().is_none() {
            return Ok(Command::SetEol(Eol::new(&octets)));
        }
    }
}
