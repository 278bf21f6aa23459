//! A maildrop as one session sees it: frozen when it was opened, with the marks that the session has made.

use std::io::{self, Write as _};

use super::command::MessageNumber;
use super::envelope;
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
    /// Somebody else's: read and never written (RFC 1082).
    is_group: bool,
    /// This session has the lock of its owner's maildrop, and nobody else.
    has_lock: bool,
    /// The highest number that RETR or DELE named in this session or in those before (RFC 1460 §5, LAST).
    last: u32,
    /// What `last` was when the session began.
    last_before: u32,
    /// What RETR has sent, where that is kept account of (RFC 2449 §6.7, EXPIRE 0).
    retrieved: Marks,
    /// The client reads UTF-8 (RFC 6856 §2).
    pub(super) utf8: bool,
}

/// How a maildrop is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Only mail whose envelope names this recipient: SDPS's `USER user@host`.
    pub recipient: Option<Vec<u8>>,
    /// The client reads UTF-8.
    pub utf8: bool,
    /// LAST begins at 0 each time, as in Berkeley's popper.
    pub forgets_last: bool,
}

impl Maildrop {
    /// Locks and opens a user's maildrop (RFC 1939 §4).
    ///
    /// # Errors
    /// [`Refusal::InUse`] if another session has it.
    pub fn open(owner: UserId, opening: &Opening, store: &mut Store) -> Result<Self, Refusal> {
        let inbox = store.inbox(owner).ok_or(Refusal::Denied)?;
        let mut maildrop = Self::view(owner, inbox, false, store)?;
        if let Some(recipient) = &opening.recipient {
            maildrop
                .entries
                .retain(|entry| envelope::recipient(entry.message.header()).eq_ignore_ascii_case(recipient));
            maildrop.unmark_all();
        }
        let last_read = store.last_read(owner).filter(|_| !opening.forgets_last);
        maildrop.last =
            last_read.map_or(0, |uid| maildrop.entries.partition_point(|entry| entry.uid <= uid) as u32);
        maildrop.last_before = maildrop.last;
        maildrop.utf8 = opening.utf8;
        store.lock_maildrop(owner).map_err(|_| Refusal::InUse)?;
        maildrop.has_lock = true;
        Ok(maildrop)
    }

    /// Opens another mailbox in place of this one, which is closed as by QUIT: a group, which is only read (RFC
    /// 1082), or a folder of one's own.
    ///
    /// # Errors
    /// [`Refusal::Denied`] if the mailbox is gone; nothing has changed then.
    pub fn change(&mut self, mailbox: MailboxId, is_group: bool, store: &mut Store) -> Result<(), Refusal> {
        store.mailbox(mailbox).ok_or(Refusal::Denied)?;
        self.commit(store);
        // In a group the maildrop of one's own is closed, and others may have it.
        let keeps_lock = self.has_lock && !is_group;
        if self.has_lock && is_group {
            store.unlock_maildrop(self.owner);
        }
        let next = Self::view(self.owner, mailbox, is_group, store)?;
        *self = Self { utf8: self.utf8, has_lock: keeps_lock, ..next };
        Ok(())
    }

    fn view(owner: UserId, mailbox: MailboxId, is_group: bool, store: &Store) -> Result<Self, Refusal> {
        let found = store.mailbox(mailbox).ok_or(Refusal::Denied)?;
        Ok(Self {
            owner,
            mailbox,
            uid_validity: found.uid_validity,
            entries: found.entries.clone(),
            marks: Marks::default(),
            octets: found.octets(),
            is_group,
            has_lock: false,
            last: 0,
            last_before: 0,
            retrieved: Marks::default(),
            utf8: false,
        })
    }

    /// Gives messages ids of this session only, as servers did that made them from numbers or times.
    pub const fn disguise(&mut self, session: u32) {
        self.uid_validity = self.uid_validity.wrapping_add(session.wrapping_mul(0x9e37_79b1));
    }

    /// Somebody else's, of which nothing can be removed.
    #[must_use]
    pub const fn is_group(&self) -> bool {
        self.is_group
    }

    /// The mailbox behind it.
    #[must_use]
    pub const fn mailbox(&self) -> MailboxId {
        self.mailbox
    }

    /// The highest number that was ever accessed (RFC 1460 §5, LAST).
    #[must_use]
    pub const fn last(&self) -> u32 {
        self.last
    }

    /// RSET: "the highest number accessed is also reset to the value determined at the beginning" (RFC 1081).
    pub const fn reset_last(&mut self, to_zero: bool) {
        self.last = if to_zero { 0 } else { self.last_before };
    }

    /// RETR has sent this message; `expires` if QUIT removes it for that.
    pub fn note_retrieved(&mut self, number: MessageNumber, expires: bool) {
        self.last = self.last.max(number.0.get());
        if expires {
            self.retrieved.add(number.index());
        }
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
        let entry = self.any_entry(number)?;
        if self.marks.has(number.index()) { Err(Refusal::Deleted(number)) } else { Ok(entry) }
    }

    /// The message with this number, marked or not.
    ///
    /// # Errors
    /// [`Refusal::NoSuchMessage`].
    pub fn any_entry(&self, number: MessageNumber) -> Result<&Entry, Refusal> {
        let no_such = || Refusal::NoSuchMessage { number, messages: self.entries.len() };
        self.entries.get(number.index()).ok_or_else(no_such)
    }

    /// Marks a message as deleted.
    ///
    /// # Errors
    /// As [`Maildrop::entry`].
    pub fn mark(&mut self, number: MessageNumber) -> Result<(), Refusal> {
        let size = self.entry(number)?.message.size();
        if self.is_group {
            // "DELE ... is a no-op" in a group (RFC 1082).
            return Ok(());
        }
        self.last = self.last.max(number.0.get());
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
        self.listings(|entry, line| write!(line, "{}", self.scan(entry)))
    }

    /// What a scan listing says of a message behind its number: its size, in a group also its MAXIMA, the number
    /// that it keeps for ever (RFC 1082).
    #[must_use]
    pub fn scan(&self, entry: &Entry) -> String {
        let size = entry.message.size();
        if self.is_group { format!("{size} {}", entry.uid.0) } else { size.to_string() }
    }

    /// All numbers from the first to the last that are not marked.
    ///
    /// # Errors
    /// As [`Maildrop::entry`], for the first that is wrong.
    pub fn run(
        &self,
        first: MessageNumber,
        last: MessageNumber,
    ) -> Result<Vec<(MessageNumber, Uid)>, Refusal> {
        self.entry(last)?;
        (first.0.get()..=last.0.get())
            .filter_map(std::num::NonZeroU32::new)
            .map(|number| Ok((MessageNumber(number), self.entry(MessageNumber(number))?.uid)))
            .collect()
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
    pub fn update(mut self, store: &mut Store) -> usize {
        self.commit(store);
        let mailbox = self.mailbox;
        self.abandon(store);
        store.mailbox(mailbox).map_or(0, |mailbox| mailbox.entries.len())
    }

    /// Removes what is marked, and notes how far the user has read.
    fn commit(&mut self, store: &mut Store) {
        if self.is_group {
            return;
        }
        let uid = |index: usize| self.entries.get(index).map(|entry| entry.uid);
        let last_index = (self.last as usize).checked_sub(1);
        if let Some(uid) = last_index.and_then(uid).filter(|_| self.last > self.last_before) {
            store.set_last_read(self.owner, uid);
        }
        let mut marked: Vec<Uid> = self.marks.iter().chain(self.retrieved.iter()).filter_map(uid).collect();
        marked.sort_unstable();
        if !marked.is_empty() {
            store.expunge(self.mailbox, |entry| marked.binary_search(&entry.uid).is_ok());
        }
    }

    /// Gives back the lock, and removes nothing (RFC 1939 §6).
    pub fn abandon(self, store: &mut Store) {
        if self.has_lock {
            store.unlock_maildrop(self.owner);
        }
    }
}
