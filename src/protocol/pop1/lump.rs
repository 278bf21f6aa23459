//! A whole mailbox as one run of octets.

use bytes::Bytes;

use crate::mail::date::Timestamp;
use crate::mail::message::MessageId;
use crate::mail::store::{Entry, MailboxId, Store, Uid, UserId};
use crate::persist::CowList;

/// A mailbox that is open and, if it is the INBOX, locked.
#[derive(Clone, Debug, PartialEq)]
pub struct Lump {
    owner: UserId,
    mailbox: Option<MailboxId>,
    has_lock: bool,
    entries: CowList<Entry>,
    /// RDEL: the mail goes when the client has it.
    pub deletes: bool,
}

/// The maildrop is in use.
pub struct InUse;

impl Lump {
    /// Opens a mailbox. One that does not exist is empty.
    ///
    /// # Errors
    /// [`InUse`] if it is the INBOX and another session has it.
    pub fn open(owner: UserId, name: &str, deletes: bool, store: &mut Store) -> Result<Self, InUse> {
        let is_inbox = name.eq_ignore_ascii_case("INBOX");
        let mailbox = if is_inbox { store.inbox(owner) } else { store.mailbox_named(owner, name) };
        if is_inbox {
            store.lock_maildrop(owner).map_err(|_| InUse)?;
        }
        let entries = mailbox.and_then(|id| store.mailbox(id)).map(|found| found.entries.clone());
        Ok(Self { owner, mailbox, has_lock: is_inbox, entries: entries.unwrap_or_default(), deletes })
    }

    /// Whose it is.
    #[must_use]
    pub const fn owner(&self) -> UserId {
        self.owner
    }

    /// How many octets RCEV will send.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.entries.iter().map(|entry| separator(entry).len() as u64 + u64::from(entry.message.size())).sum()
    }

    /// The octets, piece by piece: what stands before each message, and the message. `None` in place of one that can
    /// no longer be read.
    pub fn pieces(&self) -> impl Iterator<Item = Option<(MessageId, Vec<u8>, Bytes)>> + '_ {
        self.entries.iter().map(|entry| Some((entry.id, separator(entry), entry.message.octets().ok()?)))
    }

    /// The client has it all: after RDEL it goes.
    pub fn received(self, store: &mut Store) {
        if let Some(mailbox) = self.mailbox.filter(|_| self.deletes && !self.entries.is_empty()) {
            let uids: Vec<Uid> = self.entries.iter().map(|entry| entry.uid).collect();
            store.expunge(mailbox, |entry| uids.binary_search(&entry.uid).is_ok());
        }
        self.give_back(store);
    }

    /// The mailbox stays as it was.
    pub fn give_back(self, store: &mut Store) {
        if self.has_lock {
            store.unlock_maildrop(self.owner);
        }
    }
}

/// `From - 1985-02-01 12:00:00 +0000`: the line before a message, as an mbox has it.
fn separator(entry: &Entry) -> Vec<u8> {
    let date: Timestamp = entry.internal_date;
    format!("From - {}\r\n", date.rfc5322()).into_bytes()
}
