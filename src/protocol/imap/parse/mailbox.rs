//! Arguments that name mailboxes: SELECT, LIST, STATUS (RFC 3501 §6.3).

use std::borrow::Cow;

use super::message::sequence_set;
use crate::protocol::imap::capability::Extension;
use crate::protocol::imap::command::{Command, Find, ListQuery, Resync, StatusItem};
use crate::protocol::imap::dialect::Dialect;
use crate::protocol::imap::lexer::{Cursor, Read};
use crate::protocol::imap::names;

/// `SP mailbox`
pub fn mailbox(cursor: &mut Cursor<'_>) -> Read<String> {
    cursor.space("a mailbox name")?;
    let start = cursor.at();
    let name = cursor.astring("a mailbox name")?;
    name_text(cursor, start, &name)
}

/// A name of a mailbox is 7-bit, what else it holds in modified UTF-7; or UTF-8, once that is agreed on.
pub fn name_text(cursor: &Cursor<'_>, start: usize, name: &[u8]) -> Read<String> {
    if cursor.grammar().utf8 {
        return match std::str::from_utf8(name) {
            Ok(name) if !name.contains(char::is_control) => Ok(name.to_owned()),
            _ => cursor.fault_against(start, "a mailbox name is UTF-8 without controls", "RFC 6855 §3"),
        };
    }
    Ok(names::decoded(name).unwrap_or_else(|| names::unreadable(name)))
}

/// `("SELECT" / "EXAMINE") SP mailbox [SP "(" select-param *(SP select-param) ")"]`
pub fn select(cursor: &mut Cursor<'_>, read_only: bool) -> Read<Command> {
    let mailbox = mailbox(cursor)?;
    let (mut condstore, mut resync) = (false, None);
    if cursor.peek() == Some(b' ') && cursor.rest().get(1).is_some_and(u8::is_ascii_alphanumeric) {
        return cursor.fault("expected the end of the command; a name with a space stands in quotes");
    }
    if cursor.peek() == Some(b' ') && cursor.has(Extension::Condstore) {
        cursor.space("parameters in parentheses")?;
        cursor.expect(b'(', "\"(\" and parameters")?;
        loop {
            let start = cursor.at();
            match cursor.atom("CONDSTORE or QRESYNC")?.to_ascii_uppercase().as_slice() {
                b"CONDSTORE" => condstore = true,
                b"QRESYNC" if cursor.has(Extension::Qresync) => resync = Some(known_before(cursor)?),
                _ => {
                    return cursor.fault_against(
                        start,
                        "the parameters are CONDSTORE and QRESYNC (...)",
                        "RFC 7162 §7",
                    );
                }
            }
            if cursor.skip(b')') {
                break;
            }
            cursor.space("a parameter, or \")\"")?;
        }
    }
    Ok(Command::Select { mailbox, read_only, condstore, resync })
}

/// `SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP "(" set SP set ")"] ")"` (RFC 7162 §7)
fn known_before(cursor: &mut Cursor<'_>) -> Read<Resync> {
    cursor.space("what is known, in parentheses")?;
    cursor.expect(b'(', "\"(\" and what is known")?;
    let uid_validity = cursor.nz_number("a UIDVALIDITY")?;
    cursor.space("a modification sequence")?;
    let start = cursor.at();
    let modseq = cursor.modseq()?;
    if modseq == 0 {
        return cursor.fault_against(start, "the first modification sequence is 1", "RFC 7162 §7");
    }
    let mut resync = Resync { uid_validity, modseq, known: None, matched: None };
    if cursor.peek() == Some(b' ') && cursor.rest().get(1) != Some(&b'(') {
        cursor.space("known UIDs")?;
        resync.known = Some(sequence_set(cursor, "a known UID")?);
    }
    if cursor.skip(b' ') {
        cursor.expect(b'(', "\"(\", message numbers and their UIDs")?;
        let numbers = sequence_set(cursor, "a message number")?;
        cursor.space("their UIDs")?;
        resync.matched = Some((numbers, sequence_set(cursor, "a UID")?));
        cursor.expect(b')', "\")\" behind the UIDs")?;
    }
    cursor.expect(b')', "\")\" behind what is known")?;
    Ok(resync)
}

/// `["MAILBOX" SP] mailbox`: the older form has a word more, and a mailbox may be called by it (RFC 2062 §6.3.OBS.3).
/// IMAP2bis has no other (draft-ietf-imap-imap2bis-02, SUBSCRIBE MAILBOX).
pub fn subscribed(cursor: &mut Cursor<'_>) -> Read<String> {
    if cursor.dialect() == Dialect::Imap2bis {
        cursor.space("MAILBOX and a mailbox name")?;
        let start = cursor.at();
        if !cursor.atom("MAILBOX")?.eq_ignore_ascii_case(b"MAILBOX") {
            let what = "expected MAILBOX and a mailbox name; there are no subscriptions to boards here";
            return cursor.fault_against(start, what, cursor.dialect().clause());
        }
        return mailbox(cursor);
    }
    let mut ahead = cursor.clone();
    let is_older = cursor.dialect().has_obsolete_syntax()
        && ahead.skip(b' ')
        && ahead.atom("").is_ok_and(|word| word.eq_ignore_ascii_case(b"MAILBOX"))
        && ahead.peek() == Some(b' ');
    if is_older {
        *cursor = ahead;
    }
    mailbox(cursor)
}

/// `"FIND" SP ("MAILBOXES" / "ALL.MAILBOXES" / "BBOARDS") SP pattern` (RFC 1176, RFC 2062 §6.3.OBS.1)
pub fn find(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("MAILBOXES or BBOARDS")?;
    let start = cursor.at();
    let word = cursor.atom("MAILBOXES or BBOARDS")?.to_ascii_uppercase();
    let what = match word.as_slice() {
        b"MAILBOXES" => Find::Mailboxes,
        b"ALL.MAILBOXES" if cursor.dialect().has_obsolete_syntax() => Find::All,
        b"BBOARDS" if cursor.dialect().is_old() => Find::Boards,
        b"ALL.BBOARDS" if cursor.dialect() == Dialect::Imap2bis => Find::Boards,
        _ => {
            let clause = cursor.dialect().clause();
            return cursor.fault_against(start, "FIND finds MAILBOXES, ALL.MAILBOXES or BBOARDS", clause);
        }
    };
    cursor.space("a pattern")?;
    let start = cursor.at();
    let pattern = cursor.list_mailbox()?;
    Ok(Command::Find { what, pattern: name_text(cursor, start, &pattern)? })
}

/// `"CREATE" SP mailbox`
pub fn create(cursor: &mut Cursor<'_>) -> Read<Command> {
    Ok(Command::Create { mailbox: mailbox(cursor)? })
}

/// `"LSUB" SP mailbox SP list-mailbox`
pub fn lsub(cursor: &mut Cursor<'_>) -> Read<Command> {
    let reference = reference(cursor)?;
    cursor.space("a mailbox pattern")?;
    let patterns = vec![pattern(cursor)?];
    Ok(Command::List(ListQuery { reference, patterns, lsub: true, ..ListQuery::default() }))
}

/// `SP mailbox`: below which name a pattern is meant; mostly `""` (RFC 3501 §6.3.8).
fn reference(cursor: &mut Cursor<'_>) -> Read<String> {
    const WANTED: &str = "a reference, as \"\", and a pattern";
    cursor.space(WANTED)?;
    let start = cursor.at();
    let name = cursor.astring(WANTED)?;
    name_text(cursor, start, &name)
}

fn pattern(cursor: &mut Cursor<'_>) -> Read<String> {
    let start = cursor.at();
    let pattern = cursor.list_mailbox()?;
    name_text(cursor, start, &pattern)
}

/// `"LIST" [SP "(" options ")"] SP mailbox SP (list-mailbox / "(" patterns ")") [SP "RETURN" SP "(" options ")"]`
pub fn list(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mut query = ListQuery::default();
    let is_extended = cursor.has(Extension::ListExtended);
    if is_extended && cursor.rest().starts_with(b" (") {
        cursor.space("selection options")?;
        selection_options(cursor, &mut query)?;
        query.extended = true;
    }
    query.reference = reference(cursor)?;
    cursor.space("a mailbox pattern")?;
    if is_extended && cursor.skip(b'(') {
        query.extended = true;
        loop {
            query.patterns.push(pattern(cursor)?);
            if cursor.skip(b')') {
                break;
            }
            cursor.space("a pattern, or \")\"")?;
        }
    } else {
        query.patterns.push(pattern(cursor)?);
    }
    if is_extended && cursor.peek().is_some() {
        cursor.space("RETURN")?;
        let start = cursor.at();
        if !cursor.atom("RETURN")?.eq_ignore_ascii_case(b"RETURN") {
            return cursor.fault_against(start, "expected RETURN", "RFC 5258 §6");
        }
        query.extended = true;
        return_options(cursor, &mut query)?;
    }
    Ok(Command::List(query))
}

fn option<'a>(cursor: &mut Cursor<'a>, first: bool) -> Read<Option<Cow<'a, [u8]>>> {
    if cursor.skip(b')') {
        return Ok(None);
    }
    if !first {
        cursor.space("an option, or \")\"")?;
    }
    Ok(Some(cursor.atom("an option")?.to_ascii_uppercase().into()))
}

/// RFC 5258 §3.1
fn selection_options(cursor: &mut Cursor<'_>, query: &mut ListQuery) -> Read<()> {
    const CLAUSE: &str = "RFC 5258 §3.1";
    cursor.expect(b'(', "\"(\" and selection options")?;
    let opened = cursor.at();
    let mut first = true;
    loop {
        let start = cursor.at();
        let Some(word) = option(cursor, first)? else { break };
        first = false;
        match &*word {
            b"SUBSCRIBED" => query.subscribed = true,
            b"RECURSIVEMATCH" => query.recursive = true,
            // There are no mailboxes on other servers (RFC 2193): asked for, none are shown.
            b"REMOTE" => {}
            b"SPECIAL-USE" if cursor.has(Extension::SpecialUse) => query.special_use = true,
            _ => {
                return cursor.fault_against(
                    start,
                    "the selection options are SUBSCRIBED, REMOTE, RECURSIVEMATCH and SPECIAL-USE",
                    CLAUSE,
                );
            }
        }
    }
    if query.recursive && !(query.subscribed || query.special_use) {
        return cursor.fault_against(opened, "RECURSIVEMATCH needs another selection beside it", CLAUSE);
    }
    Ok(())
}

/// RFC 5258 §3.2, RFC 5819 §2
fn return_options(cursor: &mut Cursor<'_>, query: &mut ListQuery) -> Read<()> {
    cursor.space("return options")?;
    cursor.expect(b'(', "\"(\" and return options")?;
    let mut first = true;
    loop {
        let start = cursor.at();
        let Some(word) = option(cursor, first)? else { return Ok(()) };
        first = false;
        match &*word {
            b"SUBSCRIBED" => query.shows_subscribed = true,
            // They are shown anyway.
            b"CHILDREN" => {}
            b"SPECIAL-USE" if cursor.has(Extension::SpecialUse) => {}
            b"STATUS" if cursor.has(Extension::ListStatus) => query.status = Some(status_items(cursor)?),
            _ => {
                return cursor.fault_against(
                    start,
                    "the return options are SUBSCRIBED, CHILDREN, SPECIAL-USE and STATUS (...)",
                    "RFC 5258 §3.2",
                );
            }
        }
    }
}

/// `"STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"`
pub fn status(cursor: &mut Cursor<'_>) -> Read<Command> {
    Ok(Command::Status { mailbox: mailbox(cursor)?, items: status_items(cursor)? })
}

fn status_items(cursor: &mut Cursor<'_>) -> Read<Vec<StatusItem>> {
    cursor.space("what to count, in parentheses")?;
    cursor.expect(b'(', "\"(\" and what to count")?;
    let mut items = Vec::new();
    loop {
        let start = cursor.at();
        let word = cursor.atom("what to count")?;
        let known = StatusItem::ALL
            .iter()
            .filter(|(_, _, needs)| needs.is_none_or(|extension| cursor.has(extension)));
        let Some((item, _, _)) =
            known.clone().find(|(_, name, _)| name.as_bytes().eq_ignore_ascii_case(word))
        else {
            let known: Vec<&str> = known.map(|(_, name, _)| *name).collect();
            let what = format!("STATUS counts {}", known.join(", "));
            return cursor.fault_against(start, what, "RFC 3501 §6.3.10");
        };
        if !items.contains(item) {
            items.push(*item);
        }
        if cursor.skip(b')') {
            return Ok(items);
        }
        cursor.space("what to count, or \")\"")?;
    }
}
