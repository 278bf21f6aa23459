//! Data that a server sends, asked or not (RFC 1203, "Responses").

use super::feature::{Chosen, Feature};
use super::fetch::head;
use super::open::{News, Open};
use crate::mail::flags::Flags;
use crate::mail::store::{Mailbox, Store};
use crate::session::Output;

/// `FLAGS (Meeting \Answered \Flagged \Deleted \Seen)`
pub fn flags(mark: &[u8], mailbox: Option<&Mailbox>) -> Vec<u8> {
    let system = Flags::SYSTEM.iter().filter(|(flag, _)| *flag != Flags::DRAFT).map(|(_, name)| *name);
    let names: Vec<&str> = mailbox.into_iter().flat_map(Mailbox::keywords_known).chain(system).collect();
    [mark, b" FLAGS (", names.join(" ").as_bytes(), b")\r\n"].concat()
}

/// `19 EXISTS`, `2 RECENT`
pub fn counts(mark: &[u8], open: &Open) -> Vec<u8> {
    let exists = format!(" {} EXISTS\r\n", open.entries().len());
    let recent = format!(" {} RECENT\r\n", open.recent_count());
    [mark, exists.as_bytes(), mark, recent.as_bytes()].concat()
}

/// `SEARCH (2 3 6) (FROM Crispin ~SEEN)`: the criteria come back, so that an answer can be understood that nobody
/// asked for.
pub fn search(mark: &[u8], numbers: &[u32], criteria: &[u8]) -> Vec<u8> {
    let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
    [mark, b" SEARCH (", numbers.join(" ").as_bytes(), b") (", criteria, b")\r\n"].concat()
}

/// `8 STORE (FLAGS (\Deleted \Seen))`: the state of a message has changed.
pub fn stored_flags(mark: &[u8], open: &Open, index: usize, store: &Store) -> Vec<u8> {
    let Some(entry) = open.entries().get(index) else { return Vec::new() };
    let mut text = head(mark, index, "STORE");
    open.write_flags(&mut text, entry, store);
    text.extend_from_slice(b")\r\n");
    text
}

/// Tells news that nobody asked for.
pub fn tell(open: &Open, news: &News, chosen: &Chosen, store: &Store, out: &mut Output) {
    let mut text = Vec::new();
    if news.keywords {
        text.extend_from_slice(&flags(b"*", store.mailbox(open.mailbox)));
    }
    for number in &news.gone {
        text.extend_from_slice(format!("* {number} EXPUNGE\r\n").as_bytes());
    }
    if let Some(first) = news.first_new {
        text.extend_from_slice(&counts(b"*", open));
        if chosen.has(Feature::NewMailNotify) {
            let recent =
                |index: &usize| open.entries().get(*index).is_some_and(|entry| open.is_recent(entry.uid));
            let new: Vec<u32> =
                (first - 1..open.entries().len()).filter(recent).map(|index| index as u32 + 1).collect();
            text.extend_from_slice(&search(b"*", &new, b"RECENT"));
        }
    }
    for index in &news.flags {
        text.extend_from_slice(&stored_flags(b"*", open, *index, store));
    }
    if !text.is_empty() {
        out.write(text);
    }
}
