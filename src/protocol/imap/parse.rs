//! Octets to commands, under the rules of RFC 3501 §9. Arguments are read strictly: what a client gets wrong is
//! said back with its column.

use super::capability::{Extension, row_of};
use super::command::{COMMANDS, Command, Password, StateName, Verb};
use super::dialect::Dialect;
use super::imap3;
use super::lexer::{Cursor, Grammar, Read};
use crate::lesson::nearest;
use crate::protocol::{CommandRow, row_named};

mod append;
mod date;
mod mailbox;
mod message;
mod question;

pub use date::date;
pub use mailbox::name_text;
pub use message::{flag, flags, looks_like_a_set, sequence_set};

use mailbox::mailbox;

/// The command's word, which must be known and legal in this state.
///
/// # Errors
/// A fault that names the nearest command, or the states in which it is legal.
pub fn verb(cursor: &mut Cursor<'_>, state: StateName) -> Read<&'static CommandRow<Verb, StateName>> {
    cursor.space("a command")?;
    let start = cursor.at();
    let word = cursor.atom("a command")?;
    let row = row_named(COMMANDS, word);
    let Some(row) = row.filter(|row| is_known(row.kind, cursor)) else {
        let missing = row
            .filter(|_| cursor.dialect().takes_extensions())
            .and_then(|row| row.kind.extension())
            .and_then(row_of);
        let word = String::from_utf8_lossy(word).to_ascii_uppercase().chars().take(40).collect::<String>();
        if let Some(extension) = missing {
            let what = format!("{word} needs {}, which this server does not offer", extension.name);
            return cursor.fault_against(start, what, extension.clause);
        }
        if let Some(what) =
            row.and_then(|row| imap3::missing(row.kind, cursor.dialect(), cursor.grammar().imap3))
        {
            return cursor.fault_against(start, what, "RFC 1203");
        }
        if let Some(row) = row {
            let what = format!("{} is not a command of {}", row.word, cursor.dialect());
            return cursor.fault_against(start, what, cursor.dialect().clause());
        }
        if let Some(first) = row_named(COMMANDS, cursor.before(start).trim_ascii()) {
            let what = format!(
                "no command is called {word}; a tag stands before the command, as in a1 {}",
                first.word
            );
            return cursor.fault_against(start, what, "RFC 3501 §2.2.1");
        }
        let known = COMMANDS.iter().filter(|row| is_known(row.kind, cursor)).map(|row| row.word);
        let hint = match elsewhere(&word) {
            Some(here) => format!("; in IMAP that is {here}"),
            None => nearest(&word, known).map_or(String::new(), |near| format!("; did you mean {near}?")),
        };
        return cursor.fault_against(start, format!("no command is called {word}{hint}"), "RFC 3501 §6");
    };
    if !row.states.contains(&state) {
        let legal: Vec<String> = row.states.iter().map(ToString::to_string).collect();
        let first = match state {
            StateName::NotAuthenticated => ": first LOGIN",
            StateName::Authenticated if row.states.contains(&StateName::Selected) => {
                ": first SELECT a mailbox"
            }
            _ => "",
        };
        let what =
            format!("{} is for the {} state; this session is {state}{first}", row.word, legal.join(" or "));
        return cursor.fault_against(start, what, row.clause);
    }
    Ok(row)
}

/// What a word of another mail protocol is called here.
fn elsewhere(word: &str) -> Option<&'static str> {
    Some(match word {
        "RETR" | "TOP" => "FETCH",
        "DELE" => "STORE with \\Deleted, and then EXPUNGE",
        "QUIT" => "LOGOUT",
        "USER" | "PASS" | "HELO" => "LOGIN",
        "STAT" | "UIDL" => "STATUS, or SELECT and FETCH",
        _ => return None,
    })
}

/// True if there is a command of this word under such a grammar.
pub fn takes(word: &str, grammar: Grammar) -> bool {
    let cursor = Cursor::new(b"", grammar);
    row_named(COMMANDS, word.as_bytes()).is_some_and(|row| is_known(row.kind, &cursor))
}

/// True if the session's dialect and extensions have the command.
fn is_known(verb: Verb, cursor: &Cursor<'_>) -> bool {
    if !cursor.dialect().knows(verb) {
        return false;
    }
    match verb {
        Verb::ReadOnly
        | Verb::ReadWrite
        | Verb::Flags
        | Verb::SetFlags
        | Verb::Send
        | Verb::AddMessage
        | Verb::Renumber
        | Verb::SetEol => cursor.grammar().imap3.is_some_and(|chosen| imap3::has_command(verb, &chosen)),
        // RFC 1064 has neither; RFC 1203 brings them with version 3.0.
        Verb::Find | Verb::Bboard if cursor.dialect() == Dialect::Imap3 => cursor.grammar().imap3.is_some(),
        Verb::Thread => {
            cursor.has(Extension::ThreadOrderedSubject) || cursor.has(Extension::ThreadReferences)
        }
        verb => verb.extension().is_none_or(|extension| cursor.has(extension)),
    }
}

/// The arguments of a command whose word has been read.
///
/// # Errors
/// What is wrong with them, or a literal that has not come yet.
pub fn arguments(verb: Verb, cursor: &mut Cursor<'_>) -> Read<Command> {
    if let Some(chosen) = cursor.grammar().imap3
        && let Some(command) = imap3::arguments(verb, &chosen, cursor)?
    {
        cursor.end()?;
        return Ok(command);
    }
    let command = match verb {
        Verb::Capability => Command::Capability,
        Verb::Noop => Command::Noop,
        Verb::Logout => Command::Logout,
        Verb::Starttls => Command::Starttls,
        Verb::Unauthenticate => Command::Unauthenticate,
        Verb::Check => Command::Check,
        Verb::Close => Command::Close,
        Verb::Unselect => Command::Unselect,
        Verb::Expunge => Command::Expunge { uids: None },
        Verb::Namespace => Command::Namespace,
        Verb::Idle => Command::Idle,
        Verb::Id => id(cursor)?,
        Verb::Enable => enable(cursor)?,
        Verb::Compress => compress(cursor)?,
        Verb::Authenticate => authenticate(cursor)?,
        Verb::Login => login(cursor)?,
        Verb::Select => mailbox::select(cursor, false)?,
        Verb::Examine => mailbox::select(cursor, true)?,
        Verb::Create => mailbox::create(cursor)?,
        Verb::Delete => Command::Delete { mailbox: mailbox(cursor)? },
        Verb::Rename => Command::Rename { from: mailbox(cursor)?, to: mailbox(cursor)? },
        Verb::Subscribe => Command::Subscribe { mailbox: mailbox::subscribed(cursor)? },
        Verb::Unsubscribe => Command::Unsubscribe { mailbox: mailbox::subscribed(cursor)? },
        Verb::Find => mailbox::find(cursor)?,
        Verb::Bboard => Command::Bboard { board: mailbox(cursor)? },
        Verb::Partial => message::partial(cursor)?,
        Verb::SupportedVersions => Command::SupportedVersions,
        Verb::SelectVersion => select_version(cursor)?,
        Verb::SelectFeatures => select_features(cursor)?,
        Verb::ReadOnly
        | Verb::ReadWrite
        | Verb::Flags
        | Verb::SetFlags
        | Verb::Send
        | Verb::AddMessage
        | Verb::Renumber
        | Verb::SetEol => return cursor.fault_against(0, "SELECT.VERSION (3 0) comes first", "RFC 1203"),
        Verb::List => mailbox::list(cursor)?,
        Verb::Lsub => mailbox::lsub(cursor)?,
        Verb::Status => mailbox::status(cursor)?,
        Verb::Append => append::append(cursor)?,
        Verb::Search => question::search(cursor, false)?,
        Verb::Sort => question::sort(cursor, false)?,
        Verb::Thread => question::thread(cursor, false)?,
        Verb::Fetch => message::fetch(cursor, false)?,
        Verb::Store => message::store(cursor, false)?,
        Verb::Copy => message::copy(cursor, false, false)?,
        Verb::Move => message::copy(cursor, false, true)?,
        Verb::Replace => append::replace(cursor, false)?,
        Verb::CancelUpdate => cancel_update(cursor)?,
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

/// `"AUTHENTICATE" SP auth-type [SP (base64 / "=")]` (RFC 3501 §6.2.2, RFC 4959 §3)
fn authenticate(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("a mechanism")?;
    let mechanism = cursor.atom("a mechanism")?.to_vec();
    let mut initial = None;
    if cursor.has(Extension::SaslIr) && cursor.skip(b' ') {
        // What it says is for the mechanism to judge.
        initial = Some(Password(cursor.run(|octet| octet != b' ').to_vec()));
    }
    Ok(Command::Authenticate { mechanism, initial })
}

/// `"UID" SP (copy / fetch / search / store)`, and what extensions add.
fn uid(cursor: &mut Cursor<'_>) -> Read<Command> {
    const WANTED: &str = "COPY, FETCH, STORE or SEARCH";
    cursor.space(WANTED)?;
    let start = cursor.at();
    let word = cursor.atom(WANTED)?.to_ascii_uppercase();
    match word.as_slice() {
        b"COPY" => message::copy(cursor, true, false),
        b"FETCH" => message::fetch(cursor, true),
        b"STORE" => message::store(cursor, true),
        b"SEARCH" => question::search(cursor, true),
        b"MOVE" if is_known(Verb::Move, cursor) => message::copy(cursor, true, true),
        b"REPLACE" if is_known(Verb::Replace, cursor) => append::replace(cursor, true),
        b"SORT" if is_known(Verb::Sort, cursor) => question::sort(cursor, true),
        b"THREAD" if is_known(Verb::Thread, cursor) => question::thread(cursor, true),
        b"EXPUNGE" if cursor.has(Extension::UidPlus) => {
            cursor.space("a UID")?;
            Ok(Command::Expunge { uids: Some(sequence_set(cursor, "a UID")?) })
        }
        _ => {
            let mut known = vec!["COPY", "FETCH", "STORE"];
            known.extend(cursor.has(Extension::UidPlus).then_some("EXPUNGE"));
            known.extend(
                [
                    (Verb::Move, "MOVE"),
                    (Verb::Replace, "REPLACE"),
                    (Verb::Sort, "SORT"),
                    (Verb::Thread, "THREAD"),
                ]
                .iter()
                .filter(|(verb, _)| is_known(*verb, cursor))
                .map(|(_, word)| *word),
            );
            let what = format!("UID goes with {} and SEARCH", known.join(", "));
            cursor.fault_against(start, what, "RFC 3501 §6.4.8")
        }
    }
}

/// `"ID" SP (nil / "(" [string SP nstring *(SP string SP nstring)] ")")`: at most 30 fields, names of at most 30
/// octets, values of at most 1024 (RFC 2971 §3.3).
fn id(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("NIL or fields in parentheses")?;
    if !cursor.skip(b'(') {
        let start = cursor.at();
        return match cursor.atom("NIL or fields in parentheses")?.eq_ignore_ascii_case(b"NIL") {
            true => Ok(Command::Id),
            false => cursor.fault_against(start, "expected NIL or fields in parentheses", "RFC 2971 §4"),
        };
    }
    let mut fields = 0;
    while !cursor.skip(b')') {
        if fields > 0 {
            cursor.space("a field name, or \")\"")?;
        }
        let start = cursor.at();
        fields += 1;
        if fields > 30 {
            return cursor.fault_against(start, "at most 30 fields", "RFC 2971 §3.3");
        }
        if cursor.string("a field name")?.len() > 30 {
            return cursor.fault_against(start, "a field name has at most 30 octets", "RFC 2971 §3.3");
        }
        cursor.space("the field's value, or NIL")?;
        let start = cursor.at();
        if cursor.nstring("the field's value, or NIL")?.is_some_and(|value| value.len() > 1024) {
            return cursor.fault_against(start, "a value has at most 1024 octets", "RFC 2971 §3.3");
        }
    }
    Ok(Command::Id)
}

/// `"SELECT.VERSION" SP "(" number SP number ")"` (RFC 1203)
fn select_version(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("a version, as (2 0)")?;
    cursor.expect(b'(', "a version, as (2 0)")?;
    let major = cursor.number("a version")?;
    cursor.space("the version's second number")?;
    let minor = cursor.number("the version's second number")?;
    cursor.expect(b')', "\")\" behind the version")?;
    Ok(Command::SelectVersion { major, minor })
}

/// `"CANCELUPDATE" 1*(SP quoted)` (RFC 5267 §5)
fn cancel_update(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mut tags = Vec::new();
    loop {
        cursor.space("the tag of a SEARCH, in quotes")?;
        tags.push(cursor.string("the tag of a SEARCH")?.into_owned());
        if cursor.peek().is_none() {
            return Ok(Command::CancelUpdate { tags });
        }
    }
}

/// `"SELECT.FEATURES" 1#feature` (RFC 1203)
fn select_features(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mut words = Vec::new();
    loop {
        cursor.space("a feature")?;
        words.push(String::from_utf8_lossy(cursor.atom("a feature")?).into_owned());
        if cursor.peek().is_none() {
            return Ok(Command::SelectFeatures { words });
        }
    }
}

/// `"ENABLE" 1*(SP capability)`
fn enable(cursor: &mut Cursor<'_>) -> Read<Command> {
    let mut words = Vec::new();
    loop {
        cursor.space("a capability")?;
        words.push(String::from_utf8_lossy(cursor.atom("a capability")?).into_owned());
        if cursor.peek().is_none() {
            return Ok(Command::Enable { words });
        }
    }
}

/// `"COMPRESS" SP "DEFLATE"`
fn compress(cursor: &mut Cursor<'_>) -> Read<Command> {
    cursor.space("DEFLATE")?;
    let start = cursor.at();
    if cursor.atom("DEFLATE")?.eq_ignore_ascii_case(b"DEFLATE") {
        return Ok(Command::Compress);
    }
    cursor.fault_against(start, "DEFLATE is the only compression there is", "RFC 4978 §3")
}
