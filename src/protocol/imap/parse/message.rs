//! Arguments that name messages: FETCH, STORE, COPY (RFC 3501 §6.4).

use super::mailbox::mailbox;
use crate::mail::flags::Flags;
use crate::mail::store::FlagChange;
use crate::protocol::imap::capability::Extension;
use crate::protocol::imap::command::{Changed, Command, FlagName};
use crate::protocol::imap::item::{FetchItem, fetch_items};
use crate::protocol::imap::lexer::{Cursor, Read};
use crate::protocol::imap::set::{SequenceSet, SetNumber};

/// `("COPY" / "MOVE") SP sequence-set SP mailbox`
pub fn copy(cursor: &mut Cursor<'_>, by_uid: bool, moves: bool) -> Read<Command> {
    let set = spaced_set(cursor, by_uid)?;
    Ok(Command::Copy { by_uid, set, mailbox: mailbox(cursor)?, moves })
}

/// `"FETCH" SP sequence-set SP (macro / items) [SP "(" fetch-modifier *(SP fetch-modifier) ")"]`
pub fn fetch(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let set = spaced_set(cursor, by_uid)?;
    cursor.space("data items")?;
    let mut items = fetch_items(cursor)?;
    let mut changed = None;
    if cursor.peek() == Some(b' ') && cursor.rest().get(1).is_some_and(u8::is_ascii_alphabetic) {
        return cursor.fault("several data items stand in parentheses, as (FLAGS UID)");
    }
    if cursor.peek() == Some(b' ') && cursor.has(Extension::Condstore) {
        changed = Some(modifiers(cursor, by_uid)?);
        // RFC 7162 §3.1.4.1: CHANGEDSINCE asks for MODSEQ as well.
        if !items.contains(&FetchItem::ModSeq) {
            items.push(FetchItem::ModSeq);
        }
    }
    Ok(Command::Fetch { by_uid, set, items, changed })
}

/// `"PARTIAL" SP nz-number SP item SP number SP number`: octets are counted from 1 (RFC 2062 §6.4.OBS.1).
pub fn partial(cursor: &mut Cursor<'_>) -> Read<Command> {
    const CLAUSE: &str = "RFC 2062 §6.4.OBS.1";
    cursor.space("a message number")?;
    let at = cursor.at();
    let number = SetNumber::Number(cursor.nz_number("a message number")?);
    cursor.space("a data item")?;
    let start = cursor.at();
    let mut items = fetch_items(cursor)?;
    cursor.space("the first octet")?;
    let first_at = cursor.at();
    let first = cursor.number("the first octet")?;
    cursor.space("how many octets")?;
    let octets = cursor.number("how many octets")?;
    let Some(first) = first.checked_sub(1) else {
        return cursor.fault_against(first_at, "the first octet is 1", CLAUSE);
    };
    let [item] = items.as_mut_slice() else {
        return cursor.fault_against(start, "PARTIAL takes one data item", CLAUSE);
    };
    if !item.is_text() {
        return cursor.fault_against(start, "PARTIAL takes RFC822, its parts, or BODY[section]", CLAUSE);
    }
    let item = FetchItem::Partial { item: Box::new(item.clone()), first, octets };
    let set = SequenceSet { ranges: vec![(number, number)], at };
    Ok(Command::Fetch { by_uid: false, set, items: vec![item], changed: None })
}

/// RFC 7162 §3.1.4.1, §3.2.6
fn modifiers(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Changed> {
    const CLAUSE: &str = "RFC 7162 §3.2.6";
    cursor.space("modifiers in parentheses")?;
    cursor.expect(b'(', "\"(\" and modifiers")?;
    let opened = cursor.at();
    let (mut since, mut vanished) = (None, false);
    loop {
        let start = cursor.at();
        match cursor.atom("CHANGEDSINCE")?.to_ascii_uppercase().as_slice() {
            b"CHANGEDSINCE" => {
                cursor.space("a modification sequence")?;
                let start = cursor.at();
                since = Some(cursor.modseq()?);
                if since == Some(0) {
                    return cursor.fault_against(
                        start,
                        "the first modification sequence is 1",
                        "RFC 7162 §7",
                    );
                }
            }
            b"VANISHED" if cursor.has(Extension::Qresync) => {
                if !by_uid {
                    return cursor.fault_against(start, "VANISHED goes with UID FETCH only", CLAUSE);
                }
                vanished = true;
            }
            _ => {
                let what = "the modifiers are CHANGEDSINCE and, with QRESYNC, VANISHED";
                return cursor.fault_against(start, what, "RFC 7162 §7");
            }
        }
        if cursor.skip(b')') {
            break;
        }
        cursor.space("a modifier, or \")\"")?;
    }
    match since {
        Some(since) => Ok(Changed { since, vanished }),
        None => cursor.fault_against(opened, "VANISHED needs CHANGEDSINCE beside it", CLAUSE),
    }
}

/// `"STORE" SP sequence-set [SP "(" modifiers ")"] SP ["+" / "-"] "FLAGS" [".SILENT"] SP (flag-list / (flag *(SP
/// flag)))`
pub fn store(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let set = spaced_set(cursor, by_uid)?;
    cursor.space("FLAGS, +FLAGS or -FLAGS")?;
    let mut unchanged_since = None;
    if cursor.has(Extension::Condstore) && cursor.skip(b'(') {
        let start = cursor.at();
        if !cursor.atom("UNCHANGEDSINCE")?.eq_ignore_ascii_case(b"UNCHANGEDSINCE") {
            return cursor.fault_against(start, "the modifier is UNCHANGEDSINCE", "RFC 7162 §3.1.3");
        }
        cursor.space("a modification sequence")?;
        unchanged_since = Some(cursor.modseq()?);
        cursor.expect(b')', "\")\" behind the modifier")?;
        cursor.space("FLAGS, +FLAGS or -FLAGS")?;
    }
    let start = cursor.at();
    let change = match cursor.peek() {
        Some(b'+') => FlagChange::Add,
        Some(b'-') => FlagChange::Remove,
        _ => FlagChange::Replace,
    };
    if change != FlagChange::Replace {
        cursor.skip(b'+');
        cursor.skip(b'-');
    }
    let has_silent = !cursor.dialect().is_old();
    let silent = match cursor.atom("FLAGS, +FLAGS or -FLAGS")?.to_ascii_uppercase().as_slice() {
        b"FLAGS" => false,
        b"FLAGS.SILENT" if has_silent => true,
        _ => return cursor.fault_at(start, "expected FLAGS, +FLAGS or -FLAGS, with or without .SILENT"),
    };
    cursor.space("flags")?;
    let flags = flags(cursor)?;
    Ok(Command::Store { by_uid, set, change, silent, flags, unchanged_since })
}

/// `flag-list / (flag *(SP flag))`
pub fn flags(cursor: &mut Cursor<'_>) -> Read<Vec<FlagName>> {
    if cursor.peek() == Some(b'(') {
        return flag_list(cursor);
    }
    let mut flags = vec![flag(cursor)?];
    while cursor.peek().is_some() {
        cursor.space("a flag")?;
        flags.push(flag(cursor)?);
    }
    Ok(flags)
}

fn spaced_set(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<SequenceSet> {
    let what = if by_uid { "a UID" } else { "a message number" };
    cursor.space(what)?;
    sequence_set(cursor, what)
}

/// True if what comes begins like a sequence set and not like a word.
pub fn looks_like_a_set(cursor: &Cursor<'_>) -> bool {
    cursor.peek().is_some_and(|octet| {
        octet == b'*'
            || octet.is_ascii_digit()
            || (octet == b'$'
                && cursor.has(Extension::SearchRes)
                && matches!(cursor.rest().get(1), None | Some(b' ' | b')')))
    })
}

/// `sequence-set`: numbers and ranges, separated by commas; or `$`, the result that was kept (RFC 5182 §2.1).
pub fn sequence_set(cursor: &mut Cursor<'_>, what: &'static str) -> Read<SequenceSet> {
    if cursor.has(Extension::SearchRes) && cursor.skip(b'$') {
        return Ok(SequenceSet::SAVED);
    }
    let at = cursor.at();
    let mut ranges = Vec::new();
    loop {
        let first = set_number(cursor, what)?;
        let last = if cursor.skip(b':') { set_number(cursor, what)? } else { first };
        ranges.push((first, last));
        if !cursor.skip(b',') {
            return Ok(SequenceSet { ranges, at });
        }
    }
}

/// `seq-number`: nz-number or `*`
pub fn set_number(cursor: &mut Cursor<'_>, what: &'static str) -> Read<SetNumber> {
    // RFC 1732, RFC 2061: the star came with IMAP4.
    if cursor.peek() == Some(b'*') && cursor.dialect().is_old() {
        return cursor.fault_against(cursor.at(), "a sequence has numbers only, no *", "RFC 1176");
    }
    if cursor.skip(b'*') { Ok(SetNumber::Largest) } else { Ok(SetNumber::Number(cursor.nz_number(what)?)) }
}

/// `flag-list`: `"(" [flag *(SP flag)] ")"`
pub fn flag_list(cursor: &mut Cursor<'_>) -> Read<Vec<FlagName>> {
    cursor.expect(b'(', "\"(\" and flags")?;
    let mut flags = Vec::new();
    if cursor.skip(b')') {
        return Ok(flags);
    }
    loop {
        flags.push(flag(cursor)?);
        if cursor.skip(b')') {
            return Ok(flags);
        }
        cursor.space("a flag, or \")\"")?;
    }
}

/// `flag`: a system flag or a keyword; `\Recent` is the server's own (RFC 3501 §2.3.2).
pub fn flag(cursor: &mut Cursor<'_>) -> Read<FlagName> {
    let start = cursor.at();
    if !cursor.skip(b'\\') {
        return Ok(FlagName::Keyword(String::from_utf8_lossy(cursor.atom("a flag")?).into_owned()));
    }
    let word = cursor.atom("the name of a flag")?;
    if word.eq_ignore_ascii_case(b"Recent") {
        return cursor.fault_against(start, "\\Recent is set by the server only", "RFC 3501 §2.3.2");
    }
    // \Draft came with IMAP4 (RFC 1730).
    let exists = |flag: Flags| flag != Flags::DRAFT || !cursor.dialect().is_old();
    match system_flag(word).filter(|flag| exists(*flag)) {
        Some(flag) => Ok(FlagName::System(flag)),
        None => {
            let known = Flags::SYSTEM.iter().filter(|(flag, _)| exists(*flag)).map(|(_, name)| *name);
            let known = known.collect::<Vec<_>>().join(" ");
            cursor.fault_against(
                start,
                format!("the system flags are {known}; keywords have no \\"),
                "RFC 3501 §2.3.2",
            )
        }
    }
}

/// The system flag of this name, given without its `\`.
pub fn system_flag(word: &[u8]) -> Option<Flags> {
    Flags::SYSTEM
        .iter()
        .find(|(_, name)| name.as_bytes().get(1..).is_some_and(|name| name.eq_ignore_ascii_case(word)))
        .map(|(flag, _)| *flag)
}
