//! What the store must hold, by all that was asked for and granted.

use std::collections::{BTreeMap, BTreeSet};

/// A message in a mailbox. It keeps its place in [`Truth::messages`] for ever; a copy is another one.
#[derive(Clone, Debug, Default)]
pub struct Message {
    pub mailbox: usize,
    pub octets: Vec<u8>,
    /// Flags in lower case, without \Recent.
    pub flags: BTreeSet<String>,
    pub date: Option<String>,
    pub uid: Option<u32>,
    /// No UID below this was free when it came.
    pub uid_floor: u32,
    /// The modification sequence that was shown last.
    pub modseq: Option<u64>,
    /// It has changed since: its modification sequence is above this.
    pub modseq_floor: Option<u64>,
    /// It is gone, and HIGHESTMODSEQ was at least this when it went.
    pub gone: Option<u64>,
    /// The visit in which it is recent.
    pub recent_in: Option<usize>,
}

/// A mailbox, by whatever name.
#[derive(Clone, Debug, Default)]
pub struct Mailbox {
    pub validity: Option<u32>,
    /// Messages in order, those that are gone among them.
    pub all: Vec<usize>,
    /// UIDs that were shown: whose each is.
    pub uids: BTreeMap<u32, usize>,
    /// The highest UIDNEXT that was shown.
    pub uid_next: u32,
    /// The highest modification sequence that was shown.
    pub highest: u64,
    /// That when something was changed last: its modification sequence is above it now.
    pub changed_above: Option<u64>,
    /// Earlier mailboxes of its name had this UIDVALIDITY, and UIDs up to this.
    pub before: Option<(u32, u32)>,
}

/// All mailboxes of the user.
#[derive(Clone, Debug, Default)]
pub struct Truth {
    pub messages: Vec<Message>,
    pub mailboxes: Vec<Mailbox>,
    pub names: BTreeMap<String, usize>,
    /// The highest UIDVALIDITY and UID that a name has had.
    used: BTreeMap<String, (u32, u32)>,
}

impl Truth {
    pub fn new() -> Self {
        let mut truth = Self::default();
        truth.create("INBOX");
        truth
    }

    /// A mailbox is made under this name.
    pub fn create(&mut self, name: &str) -> usize {
        let at = self.mailboxes.len();
        self.mailboxes.push(Mailbox { before: self.used.get(name).copied(), ..Mailbox::default() });
        self.names.insert(name.to_owned(), at);
        at
    }

    pub fn delete(&mut self, name: &str) {
        if let Some(at) = self.names.remove(name) {
            self.remember(name, at);
            self.remove(at, |_, _| true);
        }
    }

    /// A name has been given up.
    fn remember(&mut self, name: &str, at: usize) {
        let mailbox = &self.mailboxes[at];
        let Some(validity) = mailbox.validity else { return };
        let largest = mailbox.uids.keys().next_back().copied().unwrap_or(0);
        let used = self.used.entry(name.to_owned()).or_default();
        *used = (*used).max((validity, largest));
    }

    /// RENAME: inferiors go along; INBOX gives its messages away (RFC 3501 §6.3.5).
    pub fn rename(&mut self, from: &str, to: &str) {
        if from == "INBOX" {
            let (inbox, new) = (self.names["INBOX"], self.create(to));
            for id in self.live(inbox) {
                self.copy(id, new);
            }
            self.remove(inbox, |_, _| true);
            return;
        }
        let inferiors = format!("{from}/");
        let moved: Vec<(String, usize)> = self
            .names
            .iter()
            .filter(|(name, _)| *name == from || name.starts_with(&inferiors))
            .map(|(name, at)| (name.clone(), *at))
            .collect();
        for (name, at) in moved {
            let new = format!("{to}{}", &name[from.len()..]);
            self.names.remove(&name);
            self.remember(&name, at);
            self.mailboxes[at].before = self.used.get(&new).copied();
            // Under a name that is new to clients it may have another UIDVALIDITY; who has it open keeps its UIDs.
            self.mailboxes[at].validity = None;
            self.names.insert(new, at);
        }
    }

    /// The messages that are there, in order.
    pub fn live(&self, at: usize) -> Vec<usize> {
        self.mailboxes[at].all.iter().copied().filter(|id| self.messages[*id].gone.is_none()).collect()
    }

    pub fn add(&mut self, at: usize, message: Message) -> usize {
        let id = self.messages.len();
        let mailbox = &mut self.mailboxes[at];
        self.messages.push(Message {
            mailbox: at,
            uid: None,
            uid_floor: mailbox.uid_next,
            modseq: None,
            modseq_floor: Some(mailbox.highest),
            gone: None,
            recent_in: None,
            ..message
        });
        mailbox.all.push(id);
        mailbox.changed_above = Some(mailbox.highest);
        id
    }

    pub fn copy(&mut self, id: usize, to: usize) -> usize {
        self.add(to, self.messages[id].clone())
    }

    /// Removes the messages for which `doomed` holds.
    pub fn remove(&mut self, at: usize, doomed: impl Fn(usize, &Message) -> bool) -> Vec<usize> {
        let highest = self.mailboxes[at].highest;
        let gone: Vec<usize> =
            self.live(at).into_iter().filter(|id| doomed(*id, &self.messages[*id])).collect();
        for id in &gone {
            self.messages[*id].gone = Some(highest);
            self.mailboxes[at].changed_above = Some(highest);
        }
        gone
    }

    /// Gives a message these flags.
    pub fn set_flags(&mut self, id: usize, flags: BTreeSet<String>) {
        let message = &mut self.messages[id];
        if message.flags != flags {
            message.flags = flags;
            let mailbox = &mut self.mailboxes[message.mailbox];
            message.modseq_floor = Some(mailbox.highest);
            mailbox.changed_above = Some(mailbox.highest);
        }
    }

    /// True, false, or not known: whether a message has changed after this modification sequence.
    pub fn changed_after(&self, id: usize, since: u64) -> Option<bool> {
        let message = &self.messages[id];
        match (message.modseq_floor, message.modseq) {
            (Some(floor), _) => (floor >= since).then_some(true),
            (None, Some(modseq)) => Some(modseq > since),
            (None, None) => None,
        }
    }
}
