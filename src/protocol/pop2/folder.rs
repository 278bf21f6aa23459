//! An open mailbox: frozen when it was selected, with the messages that ACKD has named.

use crate::mail::store::{Entry, MailboxId, Store, Uid, UserId};
use crate::persist::CowList;

/// A mailbox as one session sees it. Messages are not renumbered while it is open (RFC 937, ACKD).
#[derive(Clone, Debug, PartialEq)]
pub struct Folder {
    owner: UserId,
    /// `None` for one that does not exist.
    mailbox: Option<MailboxId>,
    /// This session has taken the lock of the owner's maildrop.
    has_lock: bool,
    /// Somebody else's: ACKD changes nothing.
    is_read_only: bool,
    entries: CowList<Entry>,
    /// The current message, from 1.
    current: u32,
    /// The UIDs of what was named by ACKD, in the order in which it came.
    doomed: CowList<Uid>,
}

/// The maildrop is in use.
pub struct InUse;

impl Folder {
    /// Opens a mailbox of the user's: INBOX with its lock, another without; a bulletin board if there is no such
    /// mailbox; or nothing at all.
    ///
    /// # Errors
    /// [`InUse`] if it is the INBOX and another session has it.
    pub fn open(owner: UserId, name: &str, store: &mut Store) -> Result<Self, InUse> {
        let is_inbox = name.eq_ignore_ascii_case("INBOX");
        let own = if is_inbox { store.inbox(owner) } else { store.mailbox_named(owner, name) };
        let board = if own.is_none() { store.board(name) } else { None };
        if is_inbox {
            store.lock_maildrop(owner).map_err(|_| InUse)?;
        }
        let mailbox = own.or(board);
        let entries = mailbox.and_then(|id| store.mailbox(id)).map(|found| found.entries.clone());
        Ok(Self {
            owner,
            mailbox,
            has_lock: is_inbox,
            is_read_only: own.is_none(),
            entries: entries.unwrap_or_default(),
            current: 1,
            doomed: CowList::default(),
        })
    }

    /// A mailbox that holds nothing.
    #[must_use]
    pub fn nothing(owner: UserId) -> Self {
        Self {
            owner,
            mailbox: None,
            has_lock: false,
            is_read_only: true,
            entries: CowList::default(),
            current: 1,
            doomed: CowList::default(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn owner(&self) -> UserId {
        self.owner
    }

    /// How many messages it held when it was opened.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.entries.len()
    }

    /// Makes a message current.
    pub const fn select(&mut self, number: u32) {
        self.current = number;
    }

    /// The current message, unless it does not exist or ACKD has named it.
    #[must_use]
    pub fn entry(&self) -> Option<&Entry> {
        let entry = self.entries.get((self.current as usize).checked_sub(1)?)?;
        (!self.doomed.iter().any(|uid| *uid == entry.uid)).then_some(entry)
    }

    /// Octets of the current message; 0 if there is none.
    #[must_use]
    pub fn octets(&self) -> u32 {
        self.entry().map_or(0, |entry| entry.message.size())
    }

    /// Goes on to the next message, after marking this one if `deletes` says so and the user may.
    pub fn acknowledge(&mut self, deletes: bool) {
        if let Some(uid) = self.entry().map(|entry| entry.uid).filter(|_| deletes && !self.is_read_only) {
            self.doomed.push(uid);
        }
        self.current = self.current.saturating_add(1);
    }

    /// Releases the mailbox: what ACKD has named is removed, the lock given back.
    pub fn release(self, store: &mut Store) {
        if let Some(mailbox) = self.mailbox.filter(|_| !self.doomed.is_empty()) {
            let mut doomed: Vec<Uid> = self.doomed.iter().copied().collect();
            doomed.sort_unstable();
            store.expunge(mailbox, |entry| doomed.binary_search(&entry.uid).is_ok());
        }
        self.abandon(store);
    }

    /// Gives back the lock, and removes nothing.
    pub fn abandon(self, store: &mut Store) {
        if self.has_lock {
            store.unlock_maildrop(self.owner);
        }
    }
}
