//! STORE, COPY, EXPUNGE and CLOSE: commands that change messages (RFC 3501 §6.4).

use super::command::FlagName;
use super::mailboxes;
use super::set::SequenceSet;
use super::state::Reply;
use super::view::View;
use crate::mail::flags::Flags;
use crate::mail::store::{FlagChange, MailboxId, Store, UserId};
use crate::session::Output;

/// What STORE is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The set holds UIDs.
    pub by_uid: bool,
    /// Replace, add or remove.
    pub kind: FlagChange,
    /// `.SILENT`: do not answer with the new flags.
    pub silent: bool,
    /// Which flags.
    pub flags: Vec<FlagName>,
}

const READ_ONLY: &str = "the mailbox was opened to read only; SELECT it to change it (RFC 3501 §6.3.2)";

/// STORE and UID STORE. Each message's new flags are answered, unless silence was asked for (RFC 3501 §6.4.6).
pub fn store_flags(
    view: &View,
    store: &mut Store,
    out: &mut Output,
    set: &SequenceSet,
    change: &Change,
) -> Reply {
    let ranges = match view.indices(set, change.by_uid) {
        Ok(ranges) => ranges,
        Err(reply) => return reply,
    };
    if view.read_only {
        return Reply::no(READ_ONLY);
    }
    let mut flags = Flags::NONE;
    for name in &change.flags {
        match flag(store, view.mailbox, name, change.kind) {
            Some(flag) => flags |= flag,
            None => {
                return Reply::no(format!(
                    "this mailbox has all its {} keywords already",
                    Flags::KEYWORDS_MAX
                ));
            }
        }
    }
    let mut gone = 0;
    for index in ranges.into_iter().flatten() {
        let Some(entry) = view.entries().get(index) else { continue };
        if store.change_flags(view.mailbox, entry.uid, change.kind, flags).is_none() {
            gone += 1;
            continue;
        }
        if !change.silent {
            let mut text = Vec::new();
            view.write_flags(index, entry, change.by_uid, &mut text, store.mailbox(view.mailbox));
            out.write_about(text, entry.id, 0);
        }
    }
    match gone {
        0 => Reply::done(if change.by_uid { "UID STORE" } else { "STORE" }),
        _ => Reply::no(format!(
            "done, but {gone} of the messages were expunged by another session (RFC 2180 §4.2.1)"
        )),
    }
}

/// The flag of this name; a keyword is made if need be, unless it is only to be removed.
fn flag(store: &mut Store, mailbox: MailboxId, name: &FlagName, change: FlagChange) -> Option<Flags> {
    match name {
        FlagName::System(flag) => Some(*flag),
        FlagName::Keyword(name) if change == FlagChange::Remove => {
            let known =
                store.mailbox(mailbox)?.keywords.iter().position(|known| known.eq_ignore_ascii_case(name));
            known.map_or(Some(Flags::NONE), Flags::keyword)
        }
        FlagName::Keyword(name) => store.keyword(mailbox, name),
    }
}

/// EXPUNGE: removes all messages marked `\Deleted`. The responses are among the news told afterwards.
pub fn expunge(view: &View, store: &mut Store) -> Reply {
    if view.read_only {
        return Reply::no(READ_ONLY);
    }
    store.expunge(view.mailbox, |entry| entry.flags.contains(Flags::DELETED));
    Reply::done("EXPUNGE")
}

/// CLOSE: as EXPUNGE, and nobody is told; after EXAMINE nothing is removed (RFC 3501 §6.4.2).
pub fn close(view: &View, store: &mut Store) {
    if !view.read_only {
        store.expunge(view.mailbox, |entry| entry.flags.contains(Flags::DELETED));
    }
}

/// COPY and UID COPY: all or nothing (RFC 3501 §6.4.7).
pub fn copy(
    view: &View,
    user: UserId,
    store: &mut Store,
    by_uid: bool,
    set: &SequenceSet,
    mailbox: &str,
) -> Reply {
    let ranges = match view.indices(set, by_uid) {
        Ok(ranges) => ranges,
        Err(reply) => return reply,
    };
    let Some(to) = store.mailbox_named(user, mailbox) else {
        return Reply::no(format!("[TRYCREATE] {}", mailboxes::no_such_mailbox(store, user, mailbox)));
    };
    let uids: Vec<_> = ranges
        .into_iter()
        .flatten()
        .filter_map(|index| view.entries().get(index))
        .map(|entry| entry.uid)
        .collect();
    let still_there = store
        .mailbox(view.mailbox)
        .is_some_and(|mailbox| uids.iter().all(|uid| mailbox.entry(*uid).is_some()));
    if !still_there {
        return Reply::no(
            "nothing was copied: another session has expunged some of the messages (RFC 2180 §4.4)",
        );
    }
    let room = store.mailbox(to).is_some_and(|to| (u32::MAX - to.uid_next.0) as usize > uids.len());
    if !room {
        return Reply::no("nothing was copied: the mailbox has no UIDs left");
    }
    for uid in uids {
        store.copy(view.mailbox, uid, to);
    }
    Reply::done(if by_uid { "UID COPY" } else { "COPY" })
}
