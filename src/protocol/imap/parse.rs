//! Octets to commands, under the rules of RFC 3501 §9. Arguments are read strictly: what a client gets wrong is
//! said back with its column.

use jiff::civil;

use super::command::{COMMANDS, Charset, Command, FlagName, Password, StateName, StatusItem, Verb};
use super::item::fetch_items;
use super::key::search_keys;
use super::lexer::{Cursor, Read, Stop};
use super::names;
use super::set::{SequenceSet, SetNumber};
use crate::lesson::nearest;
use crate::mail::date::{Timestamp, month_number};
use crate::mail::flags::Flags;
use crate::mail::store::FlagChange;
use crate::protocol::{CommandRow, row_named};

/// The command's word, which must be known and legal in this state.
///
/// # Errors
/// A fault that names the nearest command, or the states in which it is legal.
pub fn verb(cursor: &mut Cursor<'_>, state: StateName) -> Read<&'static CommandRow<Verb, StateName>> {
    cursor.space("a command")?;
    let start = cursor.at();
    let word = cursor.atom("a command")?;
    let Some(row) = row_named(COMMANDS, word) else {
        let word = String::from_utf8_lossy(word).to_ascii_uppercase().chars().take(40).collect::<String>();
        let hint = nearest(&word, COMMANDS.iter().map(|row| row.word));
        let hint = hint.map_or(String::new(), |near| format!("; did you mean {near}?"));
        return cursor.fault_against(start, format!("no command is called {word}{hint}"), "RFC 3501 §6");
    };
    if !row.states.contains(&state) {
        let legal: Vec<String> = row.states.iter().map(ToString::to_string).collect();
        let what = format!("{} is for the {} state; this session is {state}", row.word, legal.join(" or "));
        return cursor.fault_against(start, what, row.clause);
    }
    Ok(row)
}

/// The arguments of a command whose word has been read.
///
/// # Errors
/// What is wrong with them, or a literal that has not come yet.
pub fn arguments(verb: Verb, cursor: &mut Cursor<'_>) -> Read<Command> {
    let command = match verb {
        Verb::Capability => Command::Capability,
        Verb::Noop => Command::Noop,
        Verb::Logout => Command::Logout,
        Verb::Starttls => Command::Starttls,
        Verb::Check => Command::Check,
        Verb::Close => Command::Close,
        Verb::Expunge => Command::Expunge,
        Verb::Login => login(cursor)?,
        Verb::Select => Command::Select { mailbox: mailbox(cursor)?, read_only: false },
        Verb::Examine => Command::Select { mailbox: mailbox(cursor)?, read_only: true },
        Verb::Create => Command::Create { mailbox: mailbox(cursor)? },
        Verb::Delete => Command::Delete { mailbox: mailbox(cursor)? },
        Verb::Rename => Command::Rename { from: mailbox(cursor)?, to: mailbox(cursor)? },
        Verb::Subscribe => Command::Subscribe { mailbox: mailbox(cursor)? },
        Verb::Unsubscribe => Command::Unsubscribe { mailbox: mailbox(cursor)? },
        Verb::List => list(cursor, false)?,
        Verb::Lsub => list(cursor, true)?,
        Verb::Status => status(cursor)?,
        Verb::Append => append(cursor)?,
        Verb::Search => search(cursor, false)?,
        Verb::Fetch => fetch(cursor, false)?,
        Verb::Store => store(cursor, false)?,
        Verb::Copy => copy(cursor, false)?,
        Verb::Uid => uid(cursor)?,
    };
    cursor.end()?;
    Ok(command)
}

/// `"LOGIN" SP userid SP password`
fn login(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("a user name")?;
    let user = cursor.astring("a user name")?.into_owned();
    cursor.space("a password")?;
    let password = Password(cursor.astring("a password")?.into_owned());
    Ok(Command::Login { user, password })
}

/// `SP mailbox`
fn mailbox(cursor: &mut Cursor<'_>) -> Read<String> {
    cursor.space("a mailbox name")?;
    let start = cursor.at();
    let name = cursor.astring("a mailbox name")?;
    name_text(cursor, start, &name)
}

/// A name of a mailbox is 7-bit, what else it holds in modified UTF-7.
fn name_text(cursor: &Cursor<'_>, start: usize, name: &[u8]) -> Read<String> {
    match names::decoded(name) {
        Some(name) => Ok(name),
        None => {
            let what =
                "a mailbox name is 7-bit text, with & before anything else in modified UTF-7 (and &- for &)";
            cursor.fault_against(start, what, "RFC 3501 §5.1.3")
        }
    }
}

/// `"LIST" SP mailbox SP list-mailbox`
fn list(cursor: &mut Cursor<'_>, subscribed: bool) -> Read<Command> {
    let reference = mailbox(cursor)?;
    cursor.space("a mailbox pattern")?;
    let start = cursor.at();
    let pattern = cursor.list_mailbox()?;
    let pattern = name_text(cursor, start, &pattern)?;
    Ok(Command::List { reference, pattern, subscribed })
}

/// `"STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"`
fn status(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mailbox = mailbox(cursor)?;
    cursor.space("what to count, in parentheses")?;
    cursor.expect(b'(', "\"(\" and what to count")?;
    let mut items = Vec::new();
    loop {
        let start = cursor.at();
        let word = cursor.atom("what to count")?;
        let Some((item, _)) =
            StatusItem::ALL.iter().find(|(_, name)| name.as_bytes().eq_ignore_ascii_case(word))
        else {
            let known = StatusItem::ALL.map(|(_, name)| name).join(", ");
            return cursor.fault_against(start, format!("STATUS counts {known}"), "RFC 3501 §6.3.10");
        };
        if !items.contains(item) {
            items.push(*item);
        }
        if cursor.skip(b')') {
            return Ok(Command::Status { mailbox, items });
        }
        cursor.space("what to count, or \")\"")?;
    }
}

/// `"APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal`
fn append(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mailbox = mailbox(cursor)?;
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
    let message = cursor.literal().map_err(|stop| match stop {
        Stop::Literal { octets, .. } => Stop::Literal { octets, is_message: true },
        fault @ Stop::Fault(_) => fault,
    })?;
    Ok(Command::Append { mailbox, flags, date, message: message.to_vec() })
}

/// `"UID" SP (copy / fetch / search / store)`
fn uid(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("COPY, FETCH, STORE or SEARCH")?;
    let start = cursor.at();
    match cursor.atom("COPY, FETCH, STORE or SEARCH")?.to_ascii_uppercase().as_slice() {
        b"COPY" => copy(cursor, true),
        b"FETCH" => fetch(cursor, true),
        b"STORE" => store(cursor, true),
        b"SEARCH" => search(cursor, true),
        _ => cursor.fault_against(start, "UID goes with COPY, FETCH, STORE and SEARCH", "RFC 3501 §6.4.8"),
    }
}

/// `"COPY" SP sequence-set SP mailbox`
fn copy(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let set = spaced_set(cursor, by_uid)?;
    Ok(Command::Copy { by_uid, set, mailbox: mailbox(cursor)? })
}

/// `"FETCH" SP sequence-set SP (macro / items)`
fn fetch(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let set = spaced_set(cursor, by_uid)?;
    cursor.space("data items")?;
    Ok(Command::Fetch { by_uid, set, items: fetch_items(cursor)? })
}

/// `"STORE" SP sequence-set SP ["+" / "-"] "FLAGS" [".SILENT"] SP (flag-list / (flag *(SP flag)))`
fn store(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    let set = spaced_set(cursor, by_uid)?;
    cursor.space("FLAGS, +FLAGS or -FLAGS")?;
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
    let silent = match cursor.atom("FLAGS")?.to_ascii_uppercase().as_slice() {
        b"FLAGS" => false,
        b"FLAGS.SILENT" => true,
        _ => return cursor.fault_at(start, "expected FLAGS, +FLAGS or -FLAGS, with or without .SILENT"),
    };
    cursor.space("flags")?;
    let flags = if cursor.peek() == Some(b'(') {
        flag_list(cursor)?
    } else {
        let mut flags = vec![flag(cursor)?];
        while cursor.peek().is_some() {
            cursor.space("a flag")?;
            flags.push(flag(cursor)?);
        }
        flags
    };
    Ok(Command::Store { by_uid, set, change, silent, flags })
}

/// `"SEARCH" [SP "CHARSET" SP astring] 1*(SP search-key)`
fn search(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<Command> {
    cursor.space("a search key")?;
    let mut ahead = cursor.clone();
    let mut charset = Charset::Known;
    if ahead.atom("").is_ok_and(|word| word.eq_ignore_ascii_case(b"CHARSET")) {
        *cursor = ahead;
        cursor.space("the name of a character set")?;
        let name = cursor.astring("the name of a character set")?;
        if ![&b"US-ASCII"[..], b"UTF-8"].iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            charset = Charset::Unknown;
        }
        cursor.space("a search key")?;
    }
    Ok(Command::Search { by_uid, charset, key: search_keys(cursor)? })
}

fn spaced_set(cursor: &mut Cursor<'_>, by_uid: bool) -> Read<SequenceSet> {
    let what = if by_uid { "a UID" } else { "a message number" };
    cursor.space(what)?;
    sequence_set(cursor, what)
}

/// True if what comes begins like a sequence set and not like a word.
pub fn looks_like_a_set(cursor: &Cursor<'_>) -> bool {
    cursor.peek().is_some_and(|octet| octet == b'*' || octet.is_ascii_digit())
}

/// `sequence-set`: numbers and ranges, separated by commas.
pub fn sequence_set(cursor: &mut Cursor<'_>, what: &'static str) -> Read<SequenceSet> {
    let mut ranges = Vec::new();
    loop {
        let first = set_number(cursor, what)?;
        let last = if cursor.skip(b':') { set_number(cursor, what)? } else { first };
        ranges.push((first, last));
        if !cursor.skip(b',') {
            return Ok(SequenceSet(ranges));
        }
    }
}

/// `seq-number`: nz-number or `*`
fn set_number(cursor: &mut Cursor<'_>, what: &'static str) -> Read<SetNumber> {
    if cursor.skip(b'*') { Ok(SetNumber::Largest) } else { Ok(SetNumber::Number(cursor.nz_number(what)?)) }
}

/// `flag-list`: `"(" [flag *(SP flag)] ")"`
fn flag_list(cursor: &mut Cursor<'_>) -> Read<Vec<FlagName>> {
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
fn flag(cursor: &mut Cursor<'_>) -> Read<FlagName> {
    let start = cursor.at();
    if !cursor.skip(b'\\') {
        return Ok(FlagName::Keyword(String::from_utf8_lossy(cursor.atom("a flag")?).into_owned()));
    }
    let word = cursor.atom("the name of a flag")?;
    if word.eq_ignore_ascii_case(b"Recent") {
        return cursor.fault_against(start, "\\Recent is set by the server only", "RFC 3501 §2.3.2");
    }
    match Flags::SYSTEM
        .iter()
        .find(|(_, name)| name.as_bytes().get(1..).is_some_and(|name| name.eq_ignore_ascii_case(word)))
    {
        Some((flag, _)) => Ok(FlagName::System(*flag)),
        None => {
            let known = Flags::SYSTEM.map(|(_, name)| name).join(" ");
            cursor.fault_against(
                start,
                format!("the system flags are {known}; keywords have no \\"),
                "RFC 3501 §2.3.2",
            )
        }
    }
}

/// `date`: `d-Mmm-yyyy`, with or without quotes.
pub fn date(cursor: &mut Cursor<'_>) -> Read<civil::Date> {
    let quoted = cursor.skip(b'"');
    let date = date_text(cursor)?;
    if quoted {
        cursor.expect(b'"', "the closing quote of the date")?;
    }
    Ok(date)
}

fn date_text(cursor: &mut Cursor<'_>) -> Read<civil::Date> {
    let start = cursor.at();
    let day = cursor.number("a day of the month, as in 1-Feb-1994")?;
    cursor.expect(b'-', "a date such as 1-Feb-1994")?;
    let month = month_number(cursor.run(|octet| octet.is_ascii_alphabetic()));
    cursor.expect(b'-', "a date such as 1-Feb-1994")?;
    let year_at = cursor.at();
    let year = cursor.number("a year of four digits")?;
    let digits = cursor.at() - year_at;
    let date = (|| civil::Date::new(i16::try_from(year).ok()?, month?, i8::try_from(day).ok()?).ok())();
    match date {
        Some(date) if digits == 4 => Ok(date),
        _ => cursor.fault_at(start, "there is no such day; a date looks like 1-Feb-1994"),
    }
}

/// `date-time`: `"dd-Mmm-yyyy hh:mm:ss +zzzz"`, a day of one digit behind a space.
fn date_time(cursor: &mut Cursor<'_>) -> Read<Timestamp> {
    const LOOKS: &str = "a date-time such as \" 1-Feb-1994 20:00:00 +0100\"";
    let start = cursor.at();
    cursor.expect(b'"', LOOKS)?;
    cursor.skip(b' ');
    let date = date_text(cursor)?;
    cursor.space("a time such as 20:00:00")?;
    let mut time = [0_u32; 3];
    for (nth, part) in time.iter_mut().enumerate() {
        if nth > 0 {
            cursor.expect(b':', LOOKS)?;
        }
        *part = cursor.number(LOOKS)?;
    }
    cursor.space("a zone such as +0100")?;
    let east = match cursor.peek() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return cursor.fault("expected a zone such as +0100"),
    };
    cursor.skip(if east > 0 { b'+' } else { b'-' });
    let zone_at = cursor.at();
    let zone = cursor.number("a zone such as +0100")?;
    let digits = cursor.at() - zone_at;
    cursor.expect(b'"', "the closing quote of the date")?;
    // A leap second is shown as the second before it: the calendar here has none.
    let [hour, minute, second] =
        [time[0], time[1], time[2].min(59)].map(|part| i8::try_from(part).unwrap_or(i8::MAX));
    let local = civil::Time::new(hour, minute, second, 0).ok().map(|time| date.to_datetime(time));
    match local {
        Some(local) if digits == 4 && time[2] <= 60 && zone <= 2359 && zone % 100 < 60 => {
            let offset = east * (zone / 100 * 60 + zone % 100) as i16;
            Ok(Timestamp::from_civil(local, offset))
        }
        _ => cursor.fault_at(start, "there is no such time"),
    }
}
