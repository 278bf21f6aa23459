//! What a client asked for, read from its octets.

use std::collections::BTreeSet;

use super::wire::{self, Set, Value};

/// What STORE does with the flags it names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    Replace,
    Add,
    Remove,
}

/// A message that is appended.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    pub flags: BTreeSet<String>,
    pub date: Option<String>,
    pub octets: Vec<u8>,
}

/// A command, as far as the oracle has to know it.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Login,
    Enable(Vec<String>),
    /// `known`: UIDVALIDITY, modification sequence and UIDs of a QRESYNC.
    Select {
        name: String,
        read_only: bool,
        known: Option<(u32, u64, Option<Set>)>,
    },
    Close,
    Unselect,
    Noop,
    Idle,
    Logout,
    Create(String),
    Delete(String),
    Rename(String, String),
    List,
    Status(String),
    Append(String, Vec<Letter>),
    Expunge(Option<Set>),
    Fetch {
        by_uid: bool,
        set: Set,
        items: Vec<String>,
        since: Option<u64>,
        vanished: bool,
    },
    Store {
        by_uid: bool,
        set: Set,
        mode: Mode,
        silent: bool,
        flags: BTreeSet<String>,
        since: Option<u64>,
    },
    Search {
        by_uid: bool,
        returns: Option<Vec<String>>,
        keys: Vec<Value>,
    },
    Copy {
        by_uid: bool,
        set: Set,
        name: String,
        moves: bool,
    },
    /// Nothing that the oracle follows.
    Other,
}

impl Command {
    /// True if no message may lose its number while it is answered (RFC 3501 §7.4.1).
    pub fn holds_numbers(&self) -> bool {
        matches!(
            self,
            Self::Fetch { by_uid: false, .. }
                | Self::Store { by_uid: false, .. }
                | Self::Search { by_uid: false, .. }
        )
    }

    /// True if it is given a mailbox's messages by number or UID, and needs one to be open.
    pub fn needs_mailbox(&self) -> bool {
        matches!(
            self,
            Self::Fetch { .. }
                | Self::Store { .. }
                | Self::Search { .. }
                | Self::Copy { .. }
                | Self::Expunge(_)
                | Self::Close
                | Self::Unselect
        )
    }
}

/// Tag and command of one complete line with its literals.
pub fn read(line: &[u8]) -> Option<(String, Command)> {
    let values = wire::values(line).ok()?;
    let tag = values.first()?.text();
    Some((tag, command(values.get(1..)?).unwrap_or(Command::Other)))
}

fn command(words: &[Value]) -> Option<Command> {
    let (by_uid, words) = match words.first()?.upper().as_str() {
        "UID" => (true, words.get(1..)?),
        _ => (false, words),
    };
    let rest = words.get(1..)?;
    let name = |at: usize| rest.get(at).map(|value| mailbox_name(&value.text()));
    Some(match words.first()?.upper().as_str() {
        "LOGIN" => Command::Login,
        "ENABLE" => Command::Enable(rest.iter().map(Value::upper).collect()),
        word @ ("SELECT" | "EXAMINE") => {
            let known = rest.get(1).map(Value::list).and_then(known);
            Command::Select { name: name(0)?, read_only: word == "EXAMINE", known }
        }
        "CLOSE" => Command::Close,
        "UNSELECT" => Command::Unselect,
        "NOOP" | "CHECK" => Command::Noop,
        "IDLE" => Command::Idle,
        "LOGOUT" => Command::Logout,
        "CREATE" => Command::Create(name(0)?),
        "DELETE" => Command::Delete(name(0)?),
        "RENAME" => Command::Rename(name(0)?, name(1)?),
        "LIST" => Command::List,
        "STATUS" => Command::Status(name(0)?),
        "APPEND" => Command::Append(name(0)?, letters(rest.get(1..)?)),
        "EXPUNGE" => Command::Expunge(if by_uid { Some(wire::set(&rest.first()?.text())?) } else { None }),
        "FETCH" => fetch(by_uid, rest)?,
        "STORE" => store(by_uid, rest)?,
        "SEARCH" => {
            let returns = (rest.first()?.upper() == "RETURN")
                .then(|| rest.get(1).map(|list| list.list().iter().map(Value::upper).collect()))
                .flatten();
            let keys = if returns.is_some() { rest.get(2..)? } else { rest };
            Command::Search { by_uid, returns, keys: keys.to_vec() }
        }
        word @ ("COPY" | "MOVE") => {
            let set = wire::set(&rest.first()?.text())?;
            Command::Copy { by_uid, set, name: name(1)?, moves: word == "MOVE" }
        }
        _ => Command::Other,
    })
}

/// `(QRESYNC (67890007 20050715194045000 41,43:211))`
fn known(options: &[Value]) -> Option<(u32, u64, Option<Set>)> {
    let at = options.iter().position(|option| option.upper() == "QRESYNC")?;
    let given = options.get(at + 1)?.list();
    let uids = given.get(2).and_then(|uids| wire::set(&uids.text()));
    Some((u32::try_from(given.first()?.number()?).ok()?, given.get(1)?.number()?, uids))
}

fn letters(mut words: &[Value]) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut flags = BTreeSet::new();
    let mut date = None;
    while let [word, rest @ ..] = words {
        match word {
            Value::List(names) => flags = names.iter().map(flag_name).collect(),
            // A date is quoted, and as long as dates are; our messages are longer.
            Value::Text(octets) if octets.len() == 26 => date = Some(word.text()),
            Value::Text(octets) => letters.push(Letter {
                flags: std::mem::take(&mut flags),
                date: date.take(),
                octets: octets.clone(),
            }),
            Value::Atom(_) => {}
        }
        words = rest;
    }
    letters
}

fn fetch(by_uid: bool, rest: &[Value]) -> Option<Command> {
    let set = wire::set(&rest.first()?.text())?;
    let items = match rest.get(1)? {
        Value::List(items) => items.iter().map(Value::upper).collect(),
        item => vec![item.upper()],
    };
    let modifiers = rest.get(2).map(Value::list).unwrap_or_default();
    let since = after(modifiers, "CHANGEDSINCE");
    let vanished = modifiers.iter().any(|word| word.upper() == "VANISHED");
    Some(Command::Fetch { by_uid, set, items, since, vanished })
}

fn store(by_uid: bool, rest: &[Value]) -> Option<Command> {
    let set = wire::set(&rest.first()?.text())?;
    let (since, rest) = match rest.get(1)? {
        Value::List(modifiers) => (after(modifiers, "UNCHANGEDSINCE"), rest.get(2..)?),
        Value::Atom(_) | Value::Text(_) => (None, rest.get(1..)?),
    };
    let word = rest.first()?.upper();
    let mode = match word.as_bytes().first()? {
        b'+' => Mode::Add,
        b'-' => Mode::Remove,
        _ => Mode::Replace,
    };
    let flags = rest.get(1)?.list().iter().map(flag_name).collect();
    Some(Command::Store { by_uid, set, mode, silent: word.ends_with(".SILENT"), flags, since })
}

fn after(words: &[Value], word: &str) -> Option<u64> {
    let at = words.iter().position(|known| known.upper() == word)?;
    words.get(at + 1)?.number()
}

/// Flags are compared in any case of letters (RFC 3501 §9, note 1).
pub fn flag_name(value: &Value) -> String {
    value.text().to_ascii_lowercase()
}

/// INBOX is INBOX in any case of letters (RFC 3501 §5.1).
pub fn mailbox_name(name: &str) -> String {
    if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name.to_owned() }
}
