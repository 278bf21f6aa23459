//! The local mail state: what a workstation knows of the user's mail, and what its user does while nobody is called.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;

use super::change::Change;
use super::refused::Refused;
use super::{Policy, Way};
use crate::mail::summary::Look;

/// The mailbox into which new mail comes. A repository calls it by the user's name (RFC 1056 §3.1).
pub const INBOX: &str = "INBOX";

/// A flag that the user of a workstation sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// It goes at the next EXPUNGE.
    Deleted,
    /// It has been read.
    Seen,
    /// It has been answered.
    Answered,
    /// It is to be looked at again. DMSP has no such flag: it is the first of those that users may give a meaning.
    Flagged,
}

impl Mark {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Deleted, Self::Seen, Self::Answered, Self::Flagged];

    /// Its number among the sixteen flags of DMSP (RFC 1056 §3.1).
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Deleted => 0,
            Self::Seen => 1,
            Self::Answered => 6,
            Self::Flagged => 8,
        }
    }

    /// Its name in IMAP (RFC 3501 §2.3.2).
    #[must_use]
    pub const fn imap(self) -> &'static str {
        match self {
            Self::Deleted => "\\Deleted",
            Self::Seen => "\\Seen",
            Self::Answered => "\\Answered",
            Self::Flagged => "\\Flagged",
        }
    }

    /// Its name in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Seen => "seen",
            Self::Answered => "answered",
            Self::Flagged => "flagged",
        }
    }

    /// The flag of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.word() == word)
    }
}

/// The flags of a message, numbered as DMSP numbers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marks(pub u16);

impl Marks {
    /// Whether a flag is set.
    #[must_use]
    pub const fn has(self, mark: Mark) -> bool {
        self.0 >> mark.number() & 1 == 1
    }

    /// With a flag set or cleared.
    #[must_use]
    pub const fn with(self, mark: Mark, on: bool) -> Self {
        let bit = 1 << mark.number();
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }
}

/// What a workstation knows of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalMessage {
    /// Its flags, as the user here sees them.
    pub marks: Marks,
    /// Its size in octets.
    pub octets: u32,
    /// How it looks in a list.
    pub look: Look,
    /// Its unique-id (RFC 1939 §7); empty where UIDs name messages.
    pub id: String,
    /// Its text, if it was fetched.
    pub body: Option<Bytes>,
}

/// Up to where a mailbox is known: what a workstation tells the server to hear only what is new.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anchor {
    /// UIDVALIDITY (RFC 3501 §2.3.1.1); if the server's differs, all UIDs are void. Zero: never open yet.
    pub uid_validity: u32,
    /// UIDs below this one are known.
    pub uid_next: u32,
    /// HIGHESTMODSEQ (RFC 7162 §3.1.2.1): changes up to here are known. Zero: unknown.
    pub highest_modseq: u64,
    /// Unique-ids that were seen, whether the message is still here or not.
    pub seen_ids: BTreeSet<String>,
}

/// A mailbox, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalMailbox {
    /// Up to where.
    pub anchor: Anchor,
    /// Its messages by UID. POP3 has none: there the workstation counts by itself.
    pub messages: BTreeMap<u32, LocalMessage>,
}

/// All that a workstation keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMail {
    /// The workstation's name; its client object in DMSP.
    pub name: String,
    /// By which protocol it keeps up.
    pub way: Way,
    /// The repository does not know yet that nothing is kept here: its lists are not to be trusted before they are
    /// reset (RFC 1056 §4.6).
    pub must_reset: bool,
    /// The mailboxes by name.
    pub mailboxes: BTreeMap<String, LocalMailbox>,
    /// What the server does not know yet.
    pub queue: VecDeque<Change>,
    /// What the server has refused for good, oldest first.
    pub refused: Vec<Refused>,
    /// Messages written here that are to be sent, by number.
    pub outbox: BTreeMap<u32, Bytes>,
}

impl LocalMail {
    /// A disk with nothing on it.
    #[must_use]
    pub fn new(name: &str, way: Way) -> Self {
        Self {
            name: name.to_owned(),
            way,
            must_reset: way == Way::Dmsp,
            mailboxes: BTreeMap::from([(INBOX.to_owned(), LocalMailbox::default())]),
            queue: VecDeque::new(),
            refused: Vec::new(),
            outbox: BTreeMap::new(),
        }
    }

    /// A message.
    #[must_use]
    pub fn message(&self, mailbox: &str, number: u32) -> Option<&LocalMessage> {
        self.mailboxes.get(mailbox)?.messages.get(&number)
    }

    pub(super) fn message_mut(&mut self, mailbox: &str, number: u32) -> Option<&mut LocalMessage> {
        self.mailboxes.get_mut(mailbox)?.messages.get_mut(&number)
    }

    pub(super) fn mailbox_mut(&mut self, mailbox: &str) -> &mut LocalMailbox {
        self.mailboxes.entry(mailbox.to_owned()).or_default()
    }

    /// What the user sees: mailbox and number of all messages that are not deleted.
    pub fn shown(&self) -> impl Iterator<Item = (&str, u32, &LocalMessage)> {
        let all = self.mailboxes.iter().flat_map(|(name, mailbox)| {
            mailbox.messages.iter().map(move |(number, message)| (name.as_str(), *number, message))
        });
        all.filter(|(_, _, message)| !message.marks.has(Mark::Deleted))
    }

    /// Where the user sees a message that looks like this; of several the first.
    #[must_use]
    pub fn find(&self, look: &Look) -> Option<(String, u32)> {
        self.shown()
            .find(|(_, _, message)| message.look == *look)
            .map(|(mailbox, number, _)| (mailbox.to_owned(), number))
    }

    /// The user sets or clears a flag. False if there is no such message.
    pub fn mark(&mut self, mailbox: &str, number: u32, mark: Mark, on: bool) -> bool {
        let Some(message) = self.message_mut(mailbox, number) else { return false };
        if message.marks.has(mark) == on {
            return true;
        }
        message.marks = message.marks.with(mark, on);
        if self.way.is_shared() {
            self.queue.push_back(Change::Mark { mailbox: mailbox.to_owned(), number, mark, on });
        }
        true
    }

    /// The user files a message in another mailbox, which is made if need be. False if there is no such message, or it
    /// is there already. Where the server has mailboxes the copy is here only after the next call: it has no UID yet.
    pub fn file(&mut self, mailbox: &str, number: u32, into: &str) -> bool {
        if mailbox == into || self.message(mailbox, number).is_none() {
            return false;
        }
        if !self.way.is_shared() {
            let Some(message) = self.mailbox_mut(mailbox).messages.remove(&number) else { return false };
            let target = self.mailbox_mut(into);
            let next = target.messages.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
            target.messages.insert(next, message);
            return true;
        }
        if !self.mailboxes.contains_key(into) {
            self.queue.push_back(Change::Create { mailbox: into.to_owned() });
            self.mailbox_mut(into);
        }
        let (from, into) = (mailbox.to_owned(), into.to_owned());
        self.queue.push_back(Change::Copy { mailbox: from, number, into, since: None });
        self.delete(mailbox, number)
    }

    /// The user deletes a message. False if there is no such message.
    pub fn delete(&mut self, mailbox: &str, number: u32) -> bool {
        if self.way.is_shared() {
            let found = self.mark(mailbox, number, Mark::Deleted, true);
            if found {
                self.queue.push_back(Change::Expunge { mailbox: mailbox.to_owned() });
            }
            return found;
        }
        let Some(message) = self.mailbox_mut(mailbox).messages.remove(&number) else { return false };
        if self.way == Way::Pop3Leave && !message.id.is_empty() {
            self.queue.push_back(Change::Drop { id: message.id });
        }
        true
    }

    /// The user has written a message, which goes out in the next call.
    pub fn send(&mut self, octets: impl Into<Bytes>) {
        let number = self.outbox.last_key_value().map_or(1, |(last, _)| last.saturating_add(1));
        self.outbox.insert(number, octets.into());
        self.queue.push_back(Change::Send { number, tried: false });
    }

    /// From now on nobody knows whether it was sent. Gives its octets.
    pub(super) fn begin_to_send(&mut self, at: usize) -> Option<Bytes> {
        let Some(Change::Send { number, tried }) = self.queue.get_mut(at) else { return None };
        *tried = true;
        self.outbox.get(number).cloned()
    }

    /// Forgets a mailbox's messages, and what was to be done to them: their UIDs are void. The server's UIDVALIDITY
    /// has changed (RFC 3501 §2.3.1.1).
    pub(super) fn forget(&mut self, mailbox: &str) {
        self.mailboxes.insert(mailbox.to_owned(), LocalMailbox::default());
        let is_kept = |change: &Change| match change {
            Change::Mark { mailbox: at, .. } | Change::Copy { mailbox: at, .. } => at != mailbox,
            _ => true,
        };
        self.queue.retain(is_kept);
        self.refused.retain(|refused| is_kept(&refused.change));
    }

    /// What was marked as deleted here is removed.
    pub(super) fn expunged(&mut self, mailbox: &str) {
        self.mailbox_mut(mailbox).messages.retain(|_, message| !message.marks.has(Mark::Deleted));
    }

    /// A message as the server tells of it; a text that is here stays. What the user has done since, and the server
    /// was not told yet, holds.
    pub(super) fn record(&mut self, mailbox: &str, number: u32, told: LocalMessage) {
        let at = self.mailbox_mut(mailbox);
        at.anchor.uid_next = at.anchor.uid_next.max(number.saturating_add(1));
        let known = at.messages.entry(number).or_default();
        let body = known.body.take();
        *known = LocalMessage { body, ..told };
        self.hold_on_to(mailbox, number);
    }

    /// The flags of a message as the server tells them; numbers of flags that the protocol does not tell stay.
    pub(super) fn record_marks(&mut self, mailbox: &str, number: u32, told: Marks) {
        if let Some(message) = self.message_mut(mailbox, number) {
            message.marks = told;
            self.hold_on_to(mailbox, number);
        }
    }

    fn hold_on_to(&mut self, mailbox: &str, number: u32) {
        let Self { queue, mailboxes, .. } = self;
        let message = mailboxes.get_mut(mailbox).and_then(|mailbox| mailbox.messages.get_mut(&number));
        let Some(message) = message.filter(|_| !queue.is_empty()) else { return };
        for change in queue {
            match change {
                Change::Mark { mailbox: at, number: of, mark, on } if at == mailbox && *of == number => {
                    message.marks = message.marks.with(*mark, *on);
                }
                _ => {}
            }
        }
    }

    /// Which texts are to be fetched: of messages not read and not deleted, oldest first, none larger than wanted,
    /// until the disk is full.
    #[must_use]
    pub fn wanted(&self, policy: &Policy) -> Vec<(String, u32)> {
        let all = self.mailboxes.values().flat_map(|mailbox| mailbox.messages.values());
        let kept = all.filter_map(|message| message.body.as_ref()).map(|body| body.len() as u64).sum::<u64>();
        let mut room = policy.disk_octets_max.saturating_sub(kept);
        let mut wanted = Vec::new();
        for (mailbox, number, message) in self.shown() {
            let is_new = message.body.is_none() && !message.marks.has(Mark::Seen);
            let octets = u64::from(message.octets);
            if is_new && message.octets <= policy.body_octets_max && octets <= room {
                room -= octets;
                wanted.push((mailbox.to_owned(), number));
            }
        }
        wanted
    }
}
