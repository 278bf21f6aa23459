//! LIST and LSUB (RFC 3501 §6.3.8, §6.3.9), and the many things that LIST can be asked since (RFC 5258, RFC 5819,
//! RFC 6154).

use std::collections::{BTreeMap, BTreeSet};

use super::capability::Extension;
use super::command::{Find, ListQuery};
use super::mailboxes::{DELIMITER, NAME_MAX, status_text, write_name};
use super::state::{Loan, Reply};
use super::{obsolete, older};
use crate::mail::store::{Store, UserId};

/// Mailboxes whose name says what they are for (RFC 6154 §2).
const USES: [(&str, &str); 6] = [
    ("Archive", "\\Archive"),
    ("Drafts", "\\Drafts"),
    ("Flagged", "\\Flagged"),
    ("Junk", "\\Junk"),
    ("Sent", "\\Sent"),
    ("Trash", "\\Trash"),
];

/// A name, and what it is.
#[derive(Clone, Copy, Debug, Default)]
struct Name {
    exists: bool,
    subscribed: bool,
    /// Mailboxes of other names are below it.
    has_children: bool,
}

/// Answers LIST and LSUB.
pub fn list(user: UserId, query: &ListQuery, loan: &mut Loan<'_>) -> Reply {
    let word = if query.lsub { "LSUB" } else { "LIST" };
    // An empty pattern asks for the delimiter.
    if !query.extended && query.patterns.iter().all(String::is_empty) {
        loan.out.write(format!("* {word} (\\Noselect) \"{DELIMITER}\" \"\"\r\n"));
        return Reply::done(word);
    }
    let patterns: Vec<String> =
        query.patterns.iter().map(|pattern| format!("{}{pattern}", query.reference)).collect();
    let total: usize = patterns.iter().map(String::len).sum();
    if total > 2 * NAME_MAX {
        return Reply::no(format!("patterns of more than {} octets match no name", 2 * NAME_MAX));
    }
    let matches = |name: &str| patterns.iter().any(|pattern| matches_pattern(pattern, name));
    let names = match query.lsub {
        true => subscribed_names(user, patterns.iter().any(|pattern| pattern.contains('%')), loan.store),
        false => all_names(user, loan.store),
    };
    let subscribed: BTreeSet<&str> =
        names.iter().filter(|(_, name)| name.subscribed).map(|(name, _)| name.as_str()).collect();
    let utf8 = loan.enabled.utf8 || loan.enabled.rev2;
    let mut text = Vec::new();
    for (name, what) in names.iter().filter(|(name, _)| matches(name)) {
        let below = format!("{name}{DELIMITER}");
        let mut children =
            subscribed.range(below.as_str()..).take_while(|other| other.starts_with(&below)).peekable();
        // RFC 9051 §6.3.9.6: a name that is not subscribed to is shown for those below it that are not shown themselves.
        let recursive = query.recursive && query.subscribed;
        let child_info = recursive && children.peek().is_some();
        if !is_chosen(name, *what, child_info && children.any(|other| !matches(other)), query) {
            continue;
        }
        let attributes = attributes(name, *what, query, loan);
        text.extend_from_slice(format!("* {word} ({attributes}) \"{DELIMITER}\" ").as_bytes());
        write_name(&mut text, name, utf8);
        if child_info {
            text.extend_from_slice(b" (\"CHILDINFO\" (\"SUBSCRIBED\"))");
        }
        text.extend_from_slice(b"\r\n");
        if let Some(items) = query.status.as_ref().filter(|_| what.exists)
            && let Some(mailbox) = loan.store.mailbox_named(user, name).and_then(|id| loan.store.mailbox(id))
        {
            text.extend_from_slice(&status_text(mailbox, items, utf8, loan.settings));
        }
    }
    if !text.is_empty() {
        loan.out.write(text);
    }
    Reply::done(word)
}

/// FIND: names without attributes, in the order of LIST (RFC 1176, RFC 2062 §6.3.OBS.1).
pub fn find(user: UserId, what: Find, pattern: &str, loan: &mut Loan<'_>) -> Reply {
    if pattern.len() > 2 * NAME_MAX {
        return Reply::no("this pattern matches no name");
    }
    let has_subscriptions = loan.settings.dialect.has_obsolete_syntax();
    let mut text = Vec::new();
    for (name, known) in all_names(user, loan.store) {
        let is_meant = match what {
            Find::All => known.exists,
            Find::Mailboxes if has_subscriptions => known.subscribed,
            Find::Mailboxes => known.exists && name != "INBOX",
            Find::Boards => false,
        };
        if is_meant && matches_old_pattern(pattern, &name) {
            text.extend_from_slice(b"* MAILBOX ");
            write_name(&mut text, &name, false);
            text.extend_from_slice(b"\r\n");
        }
    }
    for name in older::boards(what, loan).filter(|name| matches_old_pattern(pattern, name)) {
        text.extend_from_slice(b"* BBOARD ");
        write_name(&mut text, name, false);
        text.extend_from_slice(b"\r\n");
    }
    if loan.settings.dialect.has_plain_quotes() {
        text = obsolete::with_plain_quotes(&text);
    }
    if !text.is_empty() {
        loan.out.write(text);
    }
    Reply::done("FIND")
}

/// `*` stands for any run of characters, `%` and `?` for one each (RFC 1176, RFC 2062 §6.3.OBS.1).
fn matches_old_pattern(pattern: &str, name: &str) -> bool {
    let mut reached: Vec<bool> = std::iter::once(true).chain(name.chars().map(|_| false)).collect();
    for wanted in pattern.chars() {
        let mut next = vec![false; reached.len()];
        let mut open = false;
        for (at, c) in std::iter::once(None).chain(name.chars().map(Some)).enumerate() {
            open |= reached.get(at) == Some(&true);
            let before = at > 0 && reached.get(at - 1) == Some(&true);
            let fits = match wanted {
                '*' => open,
                '%' | '?' => before,
                wanted => before && c.is_some_and(|c| c.eq_ignore_ascii_case(&wanted)),
            };
            if let Some(place) = next.get_mut(at) {
                *place = fits;
            }
        }
        reached = next;
    }
    reached.last() == Some(&true)
}

/// True if the selection options let the name be shown (RFC 5258 §3.1).
fn is_chosen(name: &str, what: Name, hides_children: bool, query: &ListQuery) -> bool {
    if query.lsub {
        return true;
    }
    if query.special_use && use_of(name).is_none() {
        return false;
    }
    match query.subscribed {
        true => what.subscribed || hides_children,
        false => what.exists || what.has_children,
    }
}

fn attributes(name: &str, what: Name, query: &ListQuery, loan: &Loan<'_>) -> String {
    let mut words = Vec::new();
    if query.lsub {
        return if what.exists { String::new() } else { "\\Noselect".to_owned() };
    }
    if !what.exists {
        // RFC 5258 §3: \NonExistent implies \Noselect, which older clients know.
        words.push(if query.extended || loan.enabled.rev2 { "\\NonExistent" } else { "\\Noselect" });
    }
    if loan.settings.has(Extension::Children) {
        words.push(if what.has_children { "\\HasChildren" } else { "\\HasNoChildren" });
    }
    if what.subscribed && (query.subscribed || query.shows_subscribed) {
        words.push("\\Subscribed");
    }
    if loan.settings.has(Extension::SpecialUse) && what.exists {
        words.extend(use_of(name));
    }
    words.join(" ")
}

fn use_of(name: &str) -> Option<&'static str> {
    USES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, what)| *what)
}

/// All mailboxes, the names above them, and the names that are subscribed to.
fn all_names(user: UserId, store: &Store) -> BTreeMap<String, Name> {
    let mut names: BTreeMap<String, Name> = BTreeMap::new();
    for (_, mailbox) in store.mailboxes_of(user) {
        names.entry(mailbox.name.clone()).or_default().exists = true;
        for (at, _) in mailbox.name.match_indices(DELIMITER) {
            // A superior that is no mailbox itself is a name without messages.
            names.entry(mailbox.name[..at].to_owned()).or_default().has_children = true;
        }
    }
    for name in store.subscriptions(user) {
        names.entry(name.to_owned()).or_default().subscribed = true;
        for (at, _) in name.match_indices(DELIMITER) {
            names.entry(name[..at].to_owned()).or_default();
        }
    }
    names
}

/// What LSUB shows: the names on the list, whether there are such mailboxes or not; with `%` also their superiors,
/// which are then `\Noselect` (RFC 3501 §6.3.9).
fn subscribed_names(user: UserId, with_parents: bool, store: &Store) -> BTreeMap<String, Name> {
    let mut names: BTreeMap<String, Name> = BTreeMap::new();
    for name in store.subscriptions(user) {
        let exists = store.mailbox_named(user, name).is_some();
        names.insert(name.to_owned(), Name { exists, subscribed: true, has_children: false });
    }
    if with_parents {
        for name in store.subscriptions(user) {
            for (at, _) in name.match_indices(DELIMITER) {
                names.entry(name[..at].to_owned()).or_default();
            }
        }
    }
    names
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
