//! The mailbox that is open, in the order in which its client numbers the messages.
//!
//! Commonly that is the order of the store. RENUMBER makes another one, and a message whose text STORE has replaced
//! is a new message to the store, with a UID of its own, while this client goes on to call it by its number.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::super::set::SequenceSet;
use super::super::state::Reply;
use super::super::wire;
use crate::mail::flags::Flags;
use crate::mail::store::{ChangeKind, Entry, Mailbox, MailboxId, ModSeq, Store, Uid};
use crate::persist::CowList;

/// A mailbox as a client of version 3.0 sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// Which mailbox.
    pub mailbox: MailboxId,
    /// It is a bulletin board, which its readers cannot change.
    pub is_board: bool,
    /// Nothing may be changed: it is a board, or READONLY was said.
    pub read_only: bool,
    /// The first attempt to change it all the same was answered by READONLY.
    pub was_told_read_only: bool,
    entries: CowList<Entry>,
    /// The entries stand in order of UID.
    is_sorted: bool,
    /// Changes were taken in up to here, but for expunges.
    seen: ModSeq,
    /// Expunges were told up to here.
    expunges_seen: ModSeq,
    /// UIDs from here on are not known to the client.
    uid_next: Uid,
    /// The messages that are `\Recent` in this session, as ranges of UIDs without their end.
    recent: Vec<(Uid, Uid)>,
    keywords: Arc<Vec<String>>,
}

/// What has happened to a mailbox since its client was last told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Other keywords exist.
    pub keywords: bool,
    /// Numbers of messages that are gone, each as it is at its turn.
    pub gone: Vec<usize>,
    /// The first number of new messages, if there are any.
    pub first_new: Option<usize>,
    /// Indices, from 0, of messages whose flags somebody else has changed.
    pub flags: Vec<usize>,
}

impl Open {
    /// Opens a mailbox. `None` if it is gone.
    pub fn new(mailbox: MailboxId, is_board: bool, store: &mut Store) -> Option<Self> {
        let seen = store.modseq();
        let known = store.mailbox(mailbox)?;
        let mut open = Self {
            mailbox,
            is_board,
            read_only: is_board,
            was_told_read_only: false,
            entries: known.entries.clone(),
            is_sorted: true,
            seen,
            expunges_seen: seen,
            uid_next: known.uid_next,
            recent: Vec::new(),
            keywords: Arc::clone(&known.keywords),
        };
        open.note_recent(Uid(1), store);
        Some(open)
    }

    /// The entries as the client numbers them; the first has number 1.
    pub const fn entries(&self) -> &CowList<Entry> {
        &self.entries
    }

    /// How many messages are recent.
    pub fn recent_count(&self) -> usize {
        self.entries.iter().filter(|entry| self.is_recent(entry.uid)).count()
    }

    /// True if the message is `\Recent` in this session.
    pub fn is_recent(&self, uid: Uid) -> bool {
        self.recent.iter().any(|(first, end)| (*first..*end).contains(&uid))
    }

    /// The flags of an entry as they are now; of one that is gone, as they were. `\Draft` came with IMAP4.
    pub fn flags_now(&self, entry: &Entry, mailbox: Option<&Mailbox>) -> Flags {
        let now =
            mailbox.and_then(|mailbox| mailbox.entry(entry.uid)).map_or(entry.flags, |entry| entry.flags);
        now & !Flags::DRAFT
    }

    /// `FLAGS (\Seen)`: the flags of a message.
    pub fn write_flags(&self, out: &mut Vec<u8>, entry: &Entry, store: &Store) {
        let mailbox = store.mailbox(self.mailbox);
        out.extend_from_slice(b"FLAGS ");
        wire::flags(out, self.flags_now(entry, mailbox), self.is_recent(entry.uid), mailbox);
    }

    /// The indices, from 0, of the messages that a sequence names.
    ///
    /// # Errors
    /// BAD, if there is no message of one of the numbers.
    pub fn indices(&self, set: &SequenceSet) -> Result<Vec<Range<usize>>, Reply> {
        let exists = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some(number) = set.beyond(exists) {
            return Err(Reply::Bad(format!(
                "there is no message {number}; the mailbox holds {exists} (RFC 1203)"
            )));
        }
        let numbers = set.resolve(Some(exists).filter(|exists| *exists > 0));
        Ok(numbers.ranges().map(|range| *range.start() as usize - 1..*range.end() as usize).collect())
    }

    /// True if somebody else has done something to the mailbox.
    pub fn has_news(&self, store: &Store) -> bool {
        store.mailbox(self.mailbox).is_some_and(|mailbox| {
            mailbox.highest_modseq > self.expunges_seen || mailbox.keywords != self.keywords
        })
    }

    /// True if there are new messages.
    pub fn has_new_mail(&self, store: &Store) -> bool {
        store.mailbox(self.mailbox).is_some_and(|mailbox| mailbox.uid_next > self.uid_next)
    }

    /// How many messages that the client has numbers for are gone.
    pub fn withheld(&self, store: &Store) -> usize {
        let Some(mailbox) = store.mailbox(self.mailbox) else { return 0 };
        match mailbox.highest_modseq > self.expunges_seen {
            true => self.entries.iter().filter(|entry| mailbox.entry(entry.uid).is_none()).count(),
            false => 0,
        }
    }

    /// Takes in what has happened. Changes of flags later than `own_from` are the client's own, and were answered.
    /// Numbers move only if `expunges` says so.
    pub fn catch_up(&mut self, own_from: ModSeq, expunges: bool, store: &mut Store) -> News {
        let mut news = News::default();
        let Some(mailbox) = store.mailbox(self.mailbox) else { return news };
        news.keywords = mailbox.keywords != self.keywords;
        self.keywords = Arc::clone(&mailbox.keywords);
        if mailbox.highest_modseq <= self.expunges_seen {
            return news;
        }
        let mut flagged = BTreeSet::new();
        for change in store.changes_since(self.seen) {
            if change.mailbox == self.mailbox
                && change.kind == ChangeKind::Flags
                && change.modseq <= own_from
                && change.uid < self.uid_next
            {
                flagged.insert(change.uid);
            }
        }
        if expunges {
            let gone = self.entries.retain(|entry| mailbox.entry(entry.uid).is_some());
            // Each takes the later numbers down by one.
            news.gone = gone.iter().enumerate().map(|(nth, (index, _))| index + 1 - nth).collect();
            self.expunges_seen = store.modseq();
        }
        let known = self.uid_next;
        let first_new = self.entries.len();
        if self.is_sorted && expunges {
            self.entries = mailbox.entries.clone();
        } else {
            let from = mailbox.entries.partition_point(|entry| entry.uid < known);
            for index in from..mailbox.entries.len() {
                if let Some(entry) = mailbox.entries.get(index) {
                    self.entries.push(entry.clone());
                }
            }
        }
        self.uid_next = mailbox.uid_next;
        self.seen = store.modseq();
        if self.entries.len() > first_new {
            news.first_new = Some(first_new + 1);
        }
        if !flagged.is_empty() {
            // Of a message that is gone there are no flags to tell.
            flagged.retain(|uid| mailbox.entry(*uid).is_some());
            let changed = self.entries.iter().enumerate().filter(|(_, entry)| flagged.contains(&entry.uid));
            news.flags = changed.map(|(index, _)| index).collect();
        }
        self.note_recent(known, store);
        news
    }

    /// Takes note of the keywords that there are: the client was told.
    pub fn take_in_keywords(&mut self, store: &Store) {
        if let Some(mailbox) = store.mailbox(self.mailbox) {
            self.keywords = Arc::clone(&mailbox.keywords);
        }
    }

    /// Puts another entry in the place of one: the message's text was replaced. `entry` is the newest of the
    /// mailbox, of which nobody has been told.
    pub fn replace(&mut self, index: usize, entry: Entry, store: &mut Store) {
        let was_recent = self.entries.get(index).is_some_and(|old| self.is_recent(old.uid));
        self.uid_next = Uid(entry.uid.0.saturating_add(1));
        if was_recent {
            self.add_recent(entry.uid);
        }
        store.claim_recent(self.mailbox);
        self.is_sorted &= index + 1 == self.entries.len();
        if let Some(place) = self.entries.get_mut(index) {
            *place = entry;
        }
    }

    /// Puts the messages into another order: `order` holds each index once. Gives the numbers that have another
    /// message now.
    pub fn renumber(&mut self, order: &[usize]) -> Vec<u32> {
        let old = std::mem::take(&mut self.entries);
        let mut changed = Vec::new();
        for (index, from) in order.iter().enumerate() {
            if let Some(entry) = old.get(*from) {
                self.entries.push(entry.clone());
            }
            if index != *from {
                changed.push(index as u32 + 1);
            }
        }
        self.is_sorted = self.entries.iter().map(|entry| entry.uid).is_sorted();
        changed
    }

    /// Messages from `known` on that no session has seen are recent in this one, and in no later one; but a board
    /// stays as it is for everybody else.
    fn note_recent(&mut self, known: Uid, store: &mut Store) {
        let first = match self.is_board {
            true => store.mailbox(self.mailbox).map(|mailbox| mailbox.first_recent),
            false => store.claim_recent(self.mailbox),
        };
        let Some(first) = first.map(|first| first.max(known)).filter(|first| *first < self.uid_next) else {
            return;
        };
        match self.recent.last_mut() {
            Some(last) if last.1 == first => last.1 = self.uid_next,
            _ => self.recent.push((first, self.uid_next)),
        }
    }

    fn add_recent(&mut self, uid: Uid) {
        let end = Uid(uid.0.saturating_add(1));
        match self.recent.last_mut() {
            Some(last) if last.1 == uid => last.1 = end,
            _ => self.recent.push((uid, end)),
        }
    }
}
