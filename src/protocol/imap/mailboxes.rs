//! Commands on mailboxes by name: LIST, STATUS, CREATE, APPEND and their like (RFC 3501 §6.3).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::command::{Command, FlagName, StatusItem};
use super::state::Reply;
use super::{names, wire};
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{Mailbox, Store, UserId};
use crate::session::Output;
use crate::time::Instant;

/// What divides the levels of a name (RFC 3501 §5.1.1).
const DELIMITER: char = '/';
/// The longest name that a client can make, in octets.
const NAME_MAX: usize = 500;

/// Does what the command says.
pub fn run(user: UserId, command: Command, now: Instant, store: &mut Store, out: &mut Output) -> Reply {
    match command {
        Command::List { reference, pattern, subscribed } => {
            list(user, &reference, &pattern, subscribed, store, out)
        }
        Command::Status { mailbox, items } => status(user, &mailbox, &items, store, out),
        Command::Create { mailbox } => create(user, &mailbox, store),
        Command::Delete { mailbox } => delete(user, &mailbox, store),
        Command::Rename { from, to } => rename(user, &from, &to, store),
        Command::Subscribe { mailbox } => subscribe(user, &mailbox, store),
        Command::Unsubscribe { mailbox } => {
            store.unsubscribe(user, &mailbox);
            Reply::done("UNSUBSCRIBE")
        }
        Command::Append { mailbox, flags, date, message } => {
            let Some(id) = store.mailbox_named(user, &mailbox) else {
                return Reply::no(format!("[TRYCREATE] {}", no_such_mailbox(store, user, &mailbox)));
            };
            let mut set = Flags::NONE;
            for name in flags {
                let flag = match name {
                    FlagName::System(flag) => Some(flag),
                    FlagName::Keyword(name) => store.keyword(id, &name),
                };
                match flag {
                    Some(flag) => set |= flag,
                    None => return Reply::no("this mailbox has all the keywords that it can have"),
                }
            }
            let date = date.unwrap_or_else(|| store.clock(now));
            match store.append(id, Arc::new(Message::new(message)), set, date) {
                Some(_) => Reply::done("APPEND"),
                None => Reply::no("the mailbox has no UIDs left"),
            }
        }
        _ => Reply::Bad("not in this state".to_owned()),
    }
}

/// That there is no such mailbox, with the name that was perhaps meant.
pub fn no_such_mailbox(store: &Store, user: UserId, name: &str) -> String {
    let shown: String = name.chars().take(60).collect();
    let near =
        crate::lesson::nearest(name, store.mailboxes_of(user).map(|(_, mailbox)| mailbox.name.as_str()));
    let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
    format!("there is no mailbox {shown}{hint}")
}

/// LIST and LSUB (RFC 3501 §6.3.8, §6.3.9).
fn list(
    user: UserId,
    reference: &str,
    pattern: &str,
    subscribed: bool,
    store: &Store,
    out: &mut Output,
) -> Reply {
    let word = if subscribed { "LSUB" } else { "LIST" };
    // An empty pattern asks for the delimiter.
    if pattern.is_empty() {
        out.write(format!("* {word} (\\Noselect) \"{DELIMITER}\" \"\"\r\n"));
        return Reply::done(word);
    }
    let pattern = format!("{reference}{pattern}");
    if pattern.len() > 2 * NAME_MAX {
        return Reply::no(format!("a pattern of more than {} octets matches no name", 2 * NAME_MAX));
    }
    let mut names: BTreeMap<String, bool> = BTreeMap::new();
    let with_parents = !subscribed || pattern.contains('%');
    let listed: Vec<&str> = match subscribed {
        true => store.subscriptions(user).collect(),
        false => store.mailboxes_of(user).map(|(_, mailbox)| mailbox.name.as_str()).collect(),
    };
    for name in listed {
        names.insert(name.to_owned(), store.mailbox_named(user, name).is_some());
        if with_parents {
            // A superior that is no mailbox itself is a name without messages: \Noselect.
            for (at, _) in name.match_indices(DELIMITER) {
                let parent = &name[..at];
                let selectable = !subscribed && store.mailbox_named(user, parent).is_some();
                names.entry(parent.to_owned()).or_insert(selectable);
            }
        }
    }
    let mut text = Vec::new();
    for (name, selectable) in names.iter().filter(|(name, _)| matches_pattern(&pattern, name)) {
        let attributes = if *selectable { "" } else { "\\Noselect" };
        text.extend_from_slice(format!("* {word} ({attributes}) \"{DELIMITER}\" ").as_bytes());
        wire::astring(&mut text, names::encoded(name).as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    if !text.is_empty() {
        out.write(text);
    }
    Reply::done(word)
}

/// True if the name matches: `*` stands for anything, `%` for anything within one level. INBOX is INBOX in any
/// case of letters (RFC 3501 §5.1).
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let any_case = name == "INBOX";
    // Which beginnings of the name the pattern so far matches: work is the product of the lengths, never more.
    let name = name.as_bytes();
    let mut reached = vec![false; name.len() + 1];
    reached[0] = true;
    for octet in pattern.bytes() {
        let mut next = vec![false; name.len() + 1];
        let mut open = false;
        for at in 0..=name.len() {
            match octet {
                b'*' => {
                    open |= reached[at];
                    next[at] = open;
                }
                b'%' => {
                    open = reached[at] || (open && at > 0 && name[at - 1] != DELIMITER as u8);
                    next[at] = open;
                }
                _ => {
                    let same = at > 0
                        && (name[at - 1] == octet || (any_case && name[at - 1].eq_ignore_ascii_case(&octet)));
                    next[at] = same && reached[at - 1];
                }
            }
        }
        reached = next;
        if !reached.contains(&true) {
            return false;
        }
    }
    reached[name.len()]
}

/// STATUS (RFC 3501 §6.3.10).
fn status(user: UserId, name: &str, items: &[StatusItem], store: &Store, out: &mut Output) -> Reply {
    let Some(mailbox) = store.mailbox_named(user, name).and_then(|id| store.mailbox(id)) else {
        return Reply::no(no_such_mailbox(store, user, name));
    };
    let mut text = b"* STATUS ".to_vec();
    wire::astring(&mut text, names::encoded(&mailbox.name).as_bytes());
    for (nth, item) in items.iter().enumerate() {
        let word = StatusItem::ALL.iter().find(|(known, _)| known == item).map_or("", |(_, word)| *word);
        let gap = if nth == 0 { " (" } else { " " };
        text.extend_from_slice(format!("{gap}{word} {}", count(mailbox, *item)).as_bytes());
    }
    text.extend_from_slice(b")\r\n");
    out.write(text);
    Reply::done("STATUS")
}

fn count(mailbox: &Mailbox, item: StatusItem) -> u64 {
    let entries = &mailbox.entries;
    match item {
        StatusItem::Messages => entries.len() as u64,
        StatusItem::Recent => {
            (entries.len() - entries.partition_point(|entry| entry.uid < mailbox.first_recent)) as u64
        }
        StatusItem::UidNext => u64::from(mailbox.uid_next.0),
        StatusItem::UidValidity => u64::from(mailbox.uid_validity),
        StatusItem::Unseen => {
            entries.iter().filter(|entry| !entry.flags.contains(Flags::SEEN)).count() as u64
        }
    }
}

/// CREATE (RFC 3501 §6.3.3). A delimiter at the end only says that inferiors will follow.
fn create(user: UserId, name: &str, store: &mut Store) -> Reply {
    let name = name.strip_suffix(DELIMITER).unwrap_or(name);
    if let Some(why) = unfit(name) {
        return Reply::no(why);
    }
    match store.create(user, name) {
        Ok(_) => Reply::done("CREATE"),
        Err(_) => Reply::no("there is a mailbox of this name already"),
    }
}

/// Why a name cannot be given to a mailbox.
fn unfit(name: &str) -> Option<String> {
    if name.is_empty() || name.split(DELIMITER).any(str::is_empty) {
        return Some(format!("no level of a mailbox name is empty, and {DELIMITER} divides levels"));
    }
    if name.contains(['%', '*']) {
        return Some("% and * are wildcards of LIST and cannot be in a name (RFC 3501 §5.1)".to_owned());
    }
    (name.len() > NAME_MAX).then(|| format!("a mailbox name has at most {NAME_MAX} octets"))
}

fn has_inferiors(user: UserId, name: &str, store: &Store) -> bool {
    let prefix = format!("{name}{DELIMITER}");
    store.mailboxes_of(user).any(|(_, mailbox)| mailbox.name.starts_with(&prefix))
}

/// DELETE (RFC 3501 §6.3.4). The name of a mailbox with inferiors stays, without messages: `\Noselect`.
fn delete(user: UserId, name: &str, store: &mut Store) -> Reply {
    if name.eq_ignore_ascii_case("INBOX") {
        return Reply::no("INBOX cannot be deleted (RFC 3501 §6.3.4)");
    }
    if store.delete(user, name) {
        return Reply::done("DELETE");
    }
    if has_inferiors(user, name, store) {
        return Reply::no("this name has inferiors, and no messages of its own (RFC 3501 §6.3.4)");
    }
    Reply::no(no_such_mailbox(store, user, name))
}

/// RENAME (RFC 3501 §6.3.5). Inferiors go along; INBOX stays, and gives its messages away.
fn rename(user: UserId, from: &str, to: &str, store: &mut Store) -> Reply {
    let to = to.strip_suffix(DELIMITER).unwrap_or(to);
    if let Some(why) = unfit(to) {
        return Reply::no(why);
    }
    if store.mailbox_named(user, to).is_some() || has_inferiors(user, to, store) {
        return Reply::no("there is a mailbox of the new name already");
    }
    if from.eq_ignore_ascii_case("INBOX") {
        let (Some(inbox), Ok(id)) = (store.inbox(user), store.create(user, to)) else {
            return Reply::no("there is no INBOX");
        };
        let uids: Vec<_> = store
            .mailbox(inbox)
            .into_iter()
            .flat_map(|inbox| inbox.entries.iter())
            .map(|entry| entry.uid)
            .collect();
        for uid in uids {
            store.copy(inbox, uid, id);
        }
        store.expunge(inbox, |_| true);
        return Reply::done("RENAME");
    }
    let prefix = format!("{from}{DELIMITER}");
    if to.starts_with(&prefix) {
        return Reply::no("a mailbox cannot become its own inferior");
    }
    let moved: Vec<String> = store
        .mailboxes_of(user)
        .map(|(_, mailbox)| &mailbox.name)
        .filter(|name| *name == from || name.starts_with(&prefix))
        .cloned()
        .collect();
    if moved.is_empty() {
        return Reply::no(no_such_mailbox(store, user, from));
    }
    for name in moved {
        let new = format!("{to}{}", name.get(from.len()..).unwrap_or(""));
        store.rename(user, &name, &new);
    }
    Reply::done("RENAME")
}

/// SUBSCRIBE (RFC 3501 §6.3.6). The name stays on the list even if its mailbox is deleted later.
fn subscribe(user: UserId, name: &str, store: &mut Store) -> Reply {
    if store.mailbox_named(user, name).is_none() && !has_inferiors(user, name, store) {
        return Reply::no(no_such_mailbox(store, user, name));
    }
    store.subscribe(user, name);
    Reply::done("SUBSCRIBE")
}

#[cfg(test)]
mod tests {
    use super::matches_pattern;

    #[test]
    fn wildcards_match_whole_names() {
        for (pattern, name, matches) in [
            ("*", "a/b/c", true),
            ("%", "a/b", false),
            ("%", "a", true),
            ("a/%", "a/b", true),
            ("a/%", "a/b/c", false),
            ("a/%/c", "a/b/c", true),
            ("%/%", "a/b", true),
            ("*c", "a/b/c", true),
            ("a*", "b", false),
            ("inbox", "INBOX", true),
            ("in%", "INBOX", true),
            ("inbox", "INBOX/x", false),
            ("Work", "work", false),
            ("**%%*", "a/b", true),
        ] {
            assert_eq!(matches_pattern(pattern, name), matches, "{pattern} {name}");
        }
    }
}
