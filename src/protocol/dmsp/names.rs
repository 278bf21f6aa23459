//! Names: which are legal, and which mailbox goes by which (RFC 1056 §4.1).
//!
//! PCMAIL knows no INBOX: a user starts with one mailbox of his own name. So INBOX goes by the user's name here.
//! A mailbox that IMAP has given a name which is no legal argument, with a space or a slash in it, cannot be
//! named here, and is not listed.

use crate::mail::store::{MailboxId, Store, UserId};

/// The longest argument (RFC 1056 §4.1).
pub const NAME_OCTETS_MAX: usize = 64;

/// Whether a name may be given to something new: letters, digits, dash, underscore and period, 1 to 64 of them.
#[must_use]
pub fn is_legal(name: &str) -> bool {
    (1..=NAME_OCTETS_MAX).contains(&name.len())
        && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_.".contains(&octet))
}

/// A user's mailboxes that can be named here, with their names: INBOX first, then in order of name.
pub fn mailboxes(store: &Store, user: UserId) -> Vec<(MailboxId, &str)> {
    let inbox = store
        .inbox(user)
        .filter(|_| !store.is_inbox_hidden(user))
        .map(|inbox| (inbox, store.user_name(user)));
    let others = store
        .mailboxes_of(user)
        .map(|(id, mailbox)| (id, mailbox.name.as_str()))
        .filter(|(_, name)| is_legal(name) && *name != "INBOX")
        .filter(|(_, name)| !name.eq_ignore_ascii_case(store.user_name(user)));
    inbox.into_iter().chain(others).collect()
}

/// A user's mailbox of this name, in any case of letters; as written comes first.
#[must_use]
pub fn mailbox(store: &Store, user: UserId, name: &str) -> Option<MailboxId> {
    let all = mailboxes(store, user);
    let exactly = all.iter().find(|(_, known)| *known == name);
    exactly.or_else(|| all.iter().find(|(_, known)| known.eq_ignore_ascii_case(name))).map(|(id, _)| *id)
}
