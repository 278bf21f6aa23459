//! A maildrop as one session sees it: frozen when it was opened, with the marks that the session has made.

use std::io::{self, Write as _};

use super::command::MessageNumber;
use super::error::Refusal;
use super::marks::Marks;
use crate::mail::store::{Entry, MailboxId, Store, Uid, UserId};
use crate::persist::CowList;

/// A locked maildrop. Mail that arrives later is not in it, and keeps no number from changing (RFC 1939 §4).
///
/// A clone costs a few pointers: the entries are shared with the store, the marks with earlier clones.
#[derive(Clone, Debug, PartialEq)]
pub struct Maildrop {
    owner: UserId,
    mailbox: MailboxId,
    uid_validity: u32,
    entries: CowList<Entry>,
    marks: Marks,
    octets: u64,
}

impl Maildrop {
    /// Locks and opens a user's maildrop (RFC 1939 §4).
    ///
    /// # Errors
    /// [`Refusal::InUse`] if another session has it.
    pub fn open(owner: UserId, store: &mut Store) -> Result<Self, Refusal> {
        let inbox = store.inbox(owner).and_then(|id| Some((id, store.mailbox(id)?)));
        let (mailbox, inbox) = inbox.ok_or(Refusal::Denied)?;
        let maildrop = Self {
            owner,
            mailbox,
            uid_validity: inbox.uid_validity,
            entries: inbox.entries.clone(),
            marks: Marks::default(),
            octets: inbox.octets(),
        };
        store.lock_maildrop(owner).map_err(|_| Refusal::InUse)?;
        Ok(maildrop)
    }

    /// Whose maildrop it is.
    #[must_use]
    pub const fn owner(&self) -> UserId {
        self.owner
    }

    /// Messages that are not marked as deleted.
    #[must_use]
    pub fn messages(&self) -> usize {
        self.entries.len() - self.marks.len()
    }

    /// Octets of the messages that are not marked as deleted.
    #[must_use]
    pub const fn octets(&self) -> u64 {
        self.octets
    }

    /// The message with this number.
    ///
    /// # Errors
    /// [`Refusal::NoSuchMessage`] and [`Refusal::Deleted`].
    pub fn entry(&self, number: MessageNumber) -> Result<&Entry, Refusal> {
        let no_such = || Refusal::NoSuchMessage { number, messages: self.entries.len() };
        let entry = self.entries.get(number.index()).ok_or_else(no_such)?;
        if self.marks.has(number.index()) { Err(Refusal::Deleted(number)) } else { Ok(entry) }
    }

    /// Marks a message as deleted.
    ///
    /// # Errors
    /// As [`Maildrop::entry`].
    pub fn mark(&mut self, number: MessageNumber) -> Result<(), Refusal> {
        let size = self.entry(number)?.message.size();
        self.marks.add(number.index());
        self.octets -= u64::from(size);
        Ok(())
    }

    /// Unmarks all messages.
    pub fn unmark_all(&mut self) {
        self.octets = self.entries.iter().map(|entry| u64::from(entry.message.size())).sum();
        self.marks = Marks::default();
    }

    /// The scan listings of all messages that are not marked: number and size (RFC 1939 §5, LIST).
    #[must_use]
    pub fn scan_listings(&self) -> Vec<u8> {
        self.listings(|entry, line| write!(line, "{}", entry.message.size()))
    }

    /// The unique-id listings of all messages that are not marked (RFC 1939 §7, UIDL).
    #[must_use]
    pub fn unique_id_listings(&self) -> Vec<u8> {
        self.listings(|entry, line| self.write_unique_id(entry, line))
    }

    fn listings(&self, about: impl Fn(&Entry, &mut Vec<u8>) -> io::Result<()>) -> Vec<u8> {
        let mut lines = Vec::with_capacity(self.messages() * 16);
        for (index, entry) in self.entries.iter().enumerate().filter(|(index, _)| !self.marks.has(*index)) {
            // Writing to a vector cannot fail.
            let _ = write!(lines, "{} ", index + 1).and_then(|()| about(entry, &mut lines));
            lines.extend_from_slice(b"\r\n");
        }
        lines
    }

    /// The unique-id of a message: UIDVALIDITY and UID, the identity that IMAP shows as well, so that it holds
    /// for ever and from the very first session on. Sixteen hexadecimal digits, of the 1 to 70 characters from
    /// 0x21 to 0x7E that are allowed; always as many, so that what a UIDL costs does not depend on chance.
    #[must_use]
    pub fn unique_id(&self, entry: &Entry) -> String {
        let mut id = Vec::new();
        let _ = self.write_unique_id(entry, &mut id);
        String::from_utf8_lossy(&id).into_owned()
    }

    fn write_unique_id(&self, entry: &Entry, line: &mut Vec<u8>) -> io::Result<()> {
        write!(line, "{:08x}{:08x}", self.uid_validity, entry.uid.0)
    }

    /// UPDATE: removes the marked messages from the store, gives back the lock, and says how many messages the
    /// mailbox holds now (RFC 1939 §6). They are found by UID: mail that came in meanwhile stays, and mail that
    /// somebody else removed meanwhile is no error.
    pub fn update(self, store: &mut Store) -> usize {
        let marked: Vec<Uid> =
            self.marks.iter().filter_map(|index| self.entries.get(index)).map(|entry| entry.uid).collect();
        if !marked.is_empty() {
            // Entries, and so these UIDs too, stand in order of UID.
            store.expunge(self.mailbox, |entry| marked.binary_search(&entry.uid).is_ok());
        }
        store.unlock_maildrop(self.owner);
        store.mailbox(self.mailbox).map_or(0, |mailbox| mailbox.entries.len())
    }

    /// Gives back the lock, and removes nothing (RFC 1939 §6).
    pub fn abandon(self, store: &mut Store) {
        store.unlock_maildrop(self.owner);
    }
}
