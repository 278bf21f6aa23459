//! What happens to the messages in a mailbox: they enter, are copied and flagged, and go.

use std::sync::Arc;

use super::{Change, ChangeKind, MailboxId, ModSeq, Store, Uid};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::{Message, MessageId};

/// One message in one mailbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its identity in the mailbox; entries stand in order of UID.
    pub uid: Uid,
    /// Its flags and keywords.
    pub flags: Flags,
    /// The identity of the message, shared by its copies in other mailboxes.
    pub id: MessageId,
    /// When the server received it.
    pub internal_date: Timestamp,
    /// When it last changed.
    pub modseq: ModSeq,
    /// The message.
    pub message: Arc<Message>,
}

/// What a flag change does with the flags it names (RFC 3501 §6.4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagChange {
    /// `FLAGS`: exactly these.
    Replace,
    /// `+FLAGS`: these as well.
    Add,
    /// `-FLAGS`: these no longer.
    Remove,
}

impl Store {
    /// Puts a message into a mailbox. `None` if the mailbox is gone or its UIDs are used up.
    pub fn append(
        &mut self,
        mailbox: MailboxId,
        message: Arc<Message>,
        flags: Flags,
        internal_date: Timestamp,
    ) -> Option<Uid> {
        let id = MessageId(self.messages);
        let uid = self.enter(mailbox, id, message, flags, internal_date)?;
        self.messages += 1;
        Some(uid)
    }

    /// Sets identities aside for messages that will come later, and gives the first of them: whatever else comes
    /// in before, these messages are known by their identity now.
    pub fn reserve(&mut self, messages: u32) -> MessageId {
        let first = MessageId(self.messages);
        self.messages = self.messages.saturating_add(messages);
        first
    }

    /// Puts a message into a mailbox under an identity that was set aside. `None` as for [`Store::append`].
    pub fn append_as(
        &mut self,
        id: MessageId,
        mailbox: MailboxId,
        message: Arc<Message>,
        flags: Flags,
        internal_date: Timestamp,
    ) -> Option<Uid> {
        self.enter(mailbox, id, message, flags, internal_date)
    }

    /// Puts a copy of an entry into another mailbox, with its flags and internal date (RFC 3501 §6.4.7).
    /// Keywords are carried over by name. `None` if either is gone.
    pub fn copy(&mut self, from: MailboxId, uid: Uid, to: MailboxId) -> Option<Uid> {
        let source = self.mailbox(from)?;
        let entry = source.entry(uid)?.clone();
        let names: Vec<String> = source.keyword_names(entry.flags).map(str::to_owned).collect();
        let mut flags =
            entry.flags & (Flags::SEEN | Flags::ANSWERED | Flags::FLAGGED | Flags::DELETED | Flags::DRAFT);
        for name in names {
            if let Some(keyword) = self.keyword(to, &name) {
                flags |= keyword;
            }
        }
        self.enter(to, entry.id, entry.message, flags, entry.internal_date)
    }

    fn enter(
        &mut self,
        at: MailboxId,
        id: MessageId,
        message: Arc<Message>,
        flags: Flags,
        internal_date: Timestamp,
    ) -> Option<Uid> {
        let modseq = ModSeq(self.modseq().0 + 1);
        let mailbox = self.mailboxes.get_mut(at.0 as usize).map(Arc::make_mut)?;
        let uid = mailbox.uid_next;
        mailbox.uid_next = Uid(uid.0.checked_add(1)?);
        mailbox.entries.push(Entry { uid, flags, id, internal_date, modseq, message });
        mailbox.highest_modseq = modseq;
        self.changes.push(Change { modseq, mailbox: at, uid, kind: ChangeKind::Added });
        Some(uid)
    }

    /// The keyword's flag in this mailbox, made if need be. `None` if the mailbox has all it can have.
    pub fn keyword(&mut self, at: MailboxId, name: &str) -> Option<Flags> {
        let mailbox = self.mailboxes.get_mut(at.0 as usize)?;
        if let Some(known) = mailbox.keywords.iter().position(|known| known.eq_ignore_ascii_case(name)) {
            return Flags::keyword(known);
        }
        let free = mailbox.keywords.iter().position(String::is_empty);
        let made = Flags::keyword(free.unwrap_or(mailbox.keywords.len()))?;
        let keywords = Arc::make_mut(&mut Arc::make_mut(mailbox).keywords);
        match free.and_then(|free| keywords.get_mut(free)) {
            Some(place) => name.clone_into(place),
            None => keywords.push(name.to_owned()),
        }
        Some(made)
    }

    /// Takes a keyword away from a mailbox and from all its messages; its place is free for another (RFC 1203,
    /// SET.FLAGS). Gives the UIDs of the messages that had it.
    pub fn remove_keyword(&mut self, at: MailboxId, name: &str) -> Vec<Uid> {
        let Some(mailbox) = self.mailbox(at) else { return Vec::new() };
        let known = mailbox.keywords.iter().position(|known| known.eq_ignore_ascii_case(name));
        let Some((place, flag)) = known.and_then(|place| Some((place, Flags::keyword(place)?))) else {
            return Vec::new();
        };
        let had = mailbox.entries.iter().filter(|entry| entry.flags.contains(flag));
        let had: Vec<Uid> = had.map(|entry| entry.uid).collect();
        for uid in &had {
            self.change_flags(at, *uid, FlagChange::Remove, flag);
        }
        if let Some(mailbox) = self.mailboxes.get_mut(at.0 as usize) {
            let keywords = Arc::make_mut(&mut Arc::make_mut(mailbox).keywords);
            if let Some(name) = keywords.get_mut(place) {
                name.clear();
            }
        }
        had
    }

    /// Changes flags of an entry and gives the flags it now has; `None` if it is gone. A change that changes
    /// nothing leaves no trace.
    pub fn change_flags(
        &mut self,
        at: MailboxId,
        uid: Uid,
        change: FlagChange,
        flags: Flags,
    ) -> Option<Flags> {
        let modseq = ModSeq(self.modseq().0 + 1);
        let mailbox = self.mailboxes.get_mut(at.0 as usize)?;
        let index = mailbox.index_of(uid)?;
        let before = mailbox.entries.get(index)?.flags;
        let after = match change {
            FlagChange::Replace => flags,
            FlagChange::Add => before | flags,
            FlagChange::Remove => before & !flags,
        };
        if after != before {
            let mailbox = Arc::make_mut(mailbox);
            mailbox.highest_modseq = modseq;
            let entry = mailbox.entries.get_mut(index)?;
            entry.flags = after;
            entry.modseq = modseq;
            self.changes.push(Change { modseq, mailbox: at, uid, kind: ChangeKind::Flags });
        }
        Some(after)
    }

    /// Removes entries for good: those for which `doomed` holds. Gives their UIDs in order.
    pub fn expunge(&mut self, at: MailboxId, mut doomed: impl FnMut(&Entry) -> bool) -> Vec<Uid> {
        let mut modseq = self.modseq();
        let Some(mailbox) = self.mailboxes.get_mut(at.0 as usize) else { return Vec::new() };
        if !mailbox.entries.iter().any(&mut doomed) {
            return Vec::new();
        }
        let mailbox = Arc::make_mut(mailbox);
        let gone: Vec<Uid> =
            mailbox.entries.retain(|entry| !doomed(entry)).into_iter().map(|(_, entry)| entry.uid).collect();
        for uid in &gone {
            modseq.0 += 1;
            self.changes.push(Change { modseq, mailbox: at, uid: *uid, kind: ChangeKind::Expunged });
        }
        mailbox.highest_modseq = modseq;
        gone
    }

    /// A session has taken note of all entries: none is recent any longer. Gives the first UID that was recent.
    pub fn claim_recent(&mut self, at: MailboxId) -> Option<Uid> {
        let mailbox = self.mailboxes.get_mut(at.0 as usize)?;
        let first = mailbox.first_recent;
        if first != mailbox.uid_next {
            let mailbox = Arc::make_mut(mailbox);
            mailbox.first_recent = mailbox.uid_next;
        }
        Some(first)
    }
}
