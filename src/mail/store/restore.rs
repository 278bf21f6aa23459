//! Bringing back what a store once held: for hosts that keep it between two runs.

use std::sync::Arc;

use super::{Change, ChangeKind, Entry, Exists, MailboxId, Store, Uid, UserId};
use crate::persist::Log;

/// What a mailbox was, beside its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxState {
    /// Its UIDVALIDITY.
    pub uid_validity: u32,
    /// What named it, if that was kept (RFC 8474 §4).
    pub object: Option<u64>,
    /// The UID that the next entry will get.
    pub uid_next: Uid,
    /// Entries from this UID on have not been seen by any session.
    pub first_recent: Uid,
    /// The names of its keywords, in the order of their flags.
    pub keywords: Vec<String>,
}

impl Store {
    /// Makes a mailbox that was known before; one that is there already, as INBOX is, becomes it.
    ///
    /// # Errors
    /// [`Exists`] if it is there already and has mail.
    pub fn restore_mailbox(
        &mut self,
        owner: UserId,
        name: &str,
        state: MailboxState,
    ) -> Result<MailboxId, Exists> {
        let id = match self.mailbox_named(owner, name) {
            Some(id) => id,
            None => self.create(owner, name)?,
        };
        let Some(mailbox) = self.mailboxes.get_mut(id.0 as usize).map(Arc::make_mut) else {
            return Err(Exists(name.to_owned()));
        };
        if !mailbox.entries.is_empty() {
            return Err(Exists(name.to_owned()));
        }
        mailbox.uid_validity = state.uid_validity;
        mailbox.object = state.object.unwrap_or(mailbox.object);
        mailbox.uid_next = state.uid_next;
        mailbox.first_recent = state.first_recent;
        mailbox.keywords = Arc::new(state.keywords);
        Ok(id)
    }

    /// Puts an entry back, with the UID and the modification sequence that it had. False if that cannot be: its
    /// UID is not above those before it.
    pub fn restore_entry(&mut self, at: MailboxId, entry: Entry) -> bool {
        let Some(mailbox) = self.mailboxes.get_mut(at.0 as usize).map(Arc::make_mut) else { return false };
        let Some(after) = entry.uid.0.checked_add(1) else { return false };
        if mailbox.entries.last().is_some_and(|last| last.uid >= entry.uid) {
            return false;
        }
        self.messages = self.messages.max(entry.id.0.saturating_add(1));
        mailbox.uid_next = mailbox.uid_next.max(Uid(after));
        mailbox.highest_modseq = mailbox.highest_modseq.max(entry.modseq);
        mailbox.entries.push(entry);
        true
    }

    /// Writes the log anew, once all entries are back: what is known of each entry that is there, and these
    /// expunges. No modification sequence up to `last` is ever given again.
    pub fn restore_changes(&mut self, expunged: impl IntoIterator<Item = Change>, last: super::ModSeq) {
        let mut changes: Vec<Change> = expunged.into_iter().collect();
        for (at, mailbox) in (0..).zip(&self.mailboxes) {
            changes.extend(mailbox.entries.iter().map(|entry| Change {
                modseq: entry.modseq,
                mailbox: MailboxId(at),
                uid: entry.uid,
                kind: ChangeKind::Flags,
            }));
        }
        changes.sort_by_key(|change| change.modseq);
        changes.dedup_by_key(|change| change.modseq);
        if changes.last().is_none_or(|change| change.modseq < last) && last.0 > 0 {
            // A mark for the last number that was given: it is about no entry.
            let (mailbox, uid) = (MailboxId(u32::MAX), Uid(0));
            changes.push(Change { modseq: last, mailbox, uid, kind: ChangeKind::Expunged });
        }
        for change in &changes {
            if let Some(mailbox) = self.mailboxes.get_mut(change.mailbox.0 as usize) {
                let mailbox = Arc::make_mut(mailbox);
                mailbox.highest_modseq = mailbox.highest_modseq.max(change.modseq);
            }
        }
        self.changes = Log::default();
        for change in changes {
            self.changes.push(change);
        }
    }

    /// The highest UIDVALIDITY that was ever given to a mailbox made here.
    #[must_use]
    pub const fn last_uid_validity(&self) -> u32 {
        self.uid_validities
    }

    /// All users, in order of entering.
    pub fn users(&self) -> impl Iterator<Item = UserId> {
        (0..self.users.len()).map(|at| UserId(at as u32))
    }

    /// All mailboxes that were ever made, those that were removed included.
    pub fn all_mailboxes(&self) -> impl Iterator<Item = (MailboxId, &super::Mailbox)> {
        (0..).zip(&self.mailboxes).map(|(at, mailbox)| (MailboxId(at), &**mailbox))
    }

    /// How many mailboxes were ever made: a larger number says that one was made since.
    #[must_use]
    pub fn mailbox_count(&self) -> usize {
        self.mailboxes.len()
    }

    /// True if both hold the same mailbox, unchanged: costs no look into it. False may mean that something was
    /// changed and changed back.
    #[must_use]
    pub fn has_same_mailbox(&self, other: &Self, at: MailboxId) -> bool {
        let find = |store: &Self| store.mailboxes.get(at.0 as usize).cloned();
        match (find(self), find(other)) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(&ours, &theirs),
            (ours, theirs) => ours.is_none() && theirs.is_none(),
        }
    }

    /// True if nothing was changed since `other` was cloned from this store, or the other way round: costs no look
    /// into anything.
    #[must_use]
    pub fn is_untouched_since(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.addresses, &other.addresses)
            && Arc::ptr_eq(&self.queue, &other.queue)
            && Arc::ptr_eq(&self.boards, &other.boards)
            && self.users.len() == other.users.len()
            && self.mailboxes.len() == other.mailboxes.len()
            && self.users.iter().zip(&other.users).all(|(ours, theirs)| Arc::ptr_eq(ours, theirs))
            && self.mailboxes.iter().zip(&other.mailboxes).all(|(ours, theirs)| Arc::ptr_eq(ours, theirs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::date::Timestamp;
    use crate::mail::flags::Flags;
    use crate::mail::message::{Message, MessageId};
    use crate::mail::store::ModSeq;

    #[test]
    fn what_is_brought_back_goes_on_where_it_was() {
        let mut store = Store::new(Timestamp::DEFAULT_START);
        let alice = store.add_user("alice", "secret").unwrap();
        let keywords = vec!["urgent".to_owned()];
        let state = MailboxState {
            uid_validity: 77,
            object: Some(5),
            uid_next: Uid(9),
            first_recent: Uid(9),
            keywords,
        };
        let inbox = store.restore_mailbox(alice, "INBOX", state).unwrap();
        let entry = |uid, modseq| Entry {
            uid: Uid(uid),
            flags: Flags::SEEN,
            id: MessageId(uid),
            internal_date: Timestamp::DEFAULT_START,
            modseq: ModSeq(modseq),
            message: Arc::new(Message::new("Subject: x\r\n\r\n")),
        };
        assert!(store.restore_entry(inbox, entry(3, 5)));
        assert!(!store.restore_entry(inbox, entry(3, 6)), "a UID is never given twice");
        assert!(store.restore_entry(inbox, entry(7, 2)));
        let gone = Change { modseq: ModSeq(4), mailbox: inbox, uid: Uid(5), kind: ChangeKind::Expunged };
        store.restore_changes([gone], ModSeq(20));
        assert_eq!(store.modseq(), ModSeq(20));
        let after: Vec<u32> = store.changes_since(ModSeq(2)).map(|change| change.uid.0).collect();
        assert_eq!(after, [5, 3, 0]);
        let before = store.clone();
        assert!(store.is_untouched_since(&before));
        let new = Arc::new(Message::new("\r\n"));
        assert_eq!(store.append(inbox, new, Flags::NONE, Timestamp::DEFAULT_START), Some(Uid(9)));
        assert!(!store.is_untouched_since(&before) && !store.has_same_mailbox(&before, inbox));
        assert_eq!(store.modseq(), ModSeq(21));
        let mailbox = store.mailbox(inbox).unwrap();
        assert_eq!(mailbox.entries.last().unwrap().id, MessageId(8));
        assert_eq!((mailbox.uid_validity, mailbox.object), (77, 5));
    }
}
