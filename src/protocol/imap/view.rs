//! A session's view of its mailbox: the numbers that its client knows, until it has been told otherwise.
//!
//! The view is a clone of the mailbox's entries, which costs a pointer. What others change stands in the store's
//! log; [`View::tell`] says it when the rules allow, and then the view is a clone of the newest entries again.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::capability::Enabled;
use super::context::Contexts;
use super::dialect::Dialect;
use super::set::{Numbers, SequenceSet};
use super::state::Reply;
use super::wire;
use crate::mail::flags::Flags;
use crate::mail::store::{ChangeKind, Entry, Mailbox, MailboxId, ModSeq, Store, Uid};
use crate::persist::CowList;
use crate::session::Output;

/// A mailbox as one client sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Which mailbox.
    pub mailbox: MailboxId,
    /// True after EXAMINE.
    pub read_only: bool,
    entries: CowList<Entry>,
    /// New messages and flags were told up to here.
    seen: ModSeq,
    /// Expunges were told up to here; never after `seen`.
    expunges_seen: ModSeq,
    /// UIDs from here on are not known to the client.
    uid_next: Uid,
    /// The messages that are `\Recent` in this session, as ranges of UIDs without their end (RFC 3501 §2.3.2).
    recent: Vec<(Uid, Uid)>,
    /// The keywords of the mailbox that the client knows.
    keywords: Arc<Vec<String>>,
    /// What is spoken: before IMAP4 there is no `\Draft` (RFC 1730).
    dialect: Dialect,
    /// The UIDs that `$` stands for (RFC 5182 §2.1).
    pub saved: Numbers,
    /// Results that are kept in step (RFC 5267 §4.3).
    pub contexts: Contexts,
}

/// What a FETCH response shows that nobody asked for, beside the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The UID: in answers to UID commands (RFC 3501 §6.4.8), and to whoever keeps messages by UID.
    pub uid: bool,
    /// The modification sequence (RFC 7162 §3.1).
    pub modseq: bool,
}

impl Shape {
    /// What a client wants that said this of itself.
    #[must_use]
    pub const fn of(enabled: Enabled, by_uid: bool) -> Self {
        Self { uid: by_uid || enabled.qresync || enabled.rev2, modseq: enabled.condstore }
    }
}

/// What may be said after a command.
#[derive(Clone, Copy, Debug)]
pub struct News {
    /// Later changes are the command's own, and were answered already.
    pub own_from: ModSeq,
    /// EXPUNGE responses may be sent (RFC 3501 §7.4.1).
    pub expunges: bool,
    /// The command was given by UID.
    pub by_uid: bool,
    /// What the client understands.
    pub enabled: Enabled,
}

impl Shape {
    /// ` UID 7 MODSEQ (12)`, as far as it is wanted.
    #[must_use]
    pub fn text(self, entry: &Entry, mailbox: Option<&Mailbox>) -> String {
        let uid = if self.uid { format!(" UID {}", entry.uid.0) } else { String::new() };
        let modseq =
            if self.modseq { format!(" MODSEQ ({})", modseq_now(entry, mailbox).0) } else { String::new() };
        uid + &modseq
    }
}

/// When an entry last changed; of one that is gone, what was known of it.
#[must_use]
pub fn modseq_now(entry: &Entry, mailbox: Option<&Mailbox>) -> ModSeq {
    mailbox.and_then(|mailbox| mailbox.entry(entry.uid)).map_or(entry.modseq, |entry| entry.modseq)
}

impl View {
    /// Opens a mailbox and says what SELECT and EXAMINE must say (RFC 3501 §6.3.1). `None` if it is gone.
    pub fn open(
        id: MailboxId,
        read_only: bool,
        dialect: Dialect,
        store: &mut Store,
        out: &mut Output,
    ) -> Option<Self> {
        let seen = store.modseq();
        let mailbox = store.mailbox(id)?;
        let mut view = Self {
            mailbox: id,
            read_only,
            entries: mailbox.entries.clone(),
            seen,
            expunges_seen: seen,
            uid_next: mailbox.uid_next,
            recent: Vec::new(),
            keywords: Arc::clone(&mailbox.keywords),
            dialect,
            saved: Numbers::default(),
            contexts: Contexts::default(),
        };
        if dialect != Dialect::Rev2 {
            view.note_recent(Uid(1), store);
        }
        let mailbox = store.mailbox(id)?;
        let mut text = format!("* {} EXISTS\r\n", view.entries.len());
        // RFC 9051 App. E: IMAP4rev2 has neither RECENT nor UNSEEN.
        if dialect != Dialect::Rev2 {
            text += &format!("* {} RECENT\r\n", view.recent_count());
            // `[UNSEEN n]` is the number of the first such message, and missing if there is none.
            let unseen = |entry: &Entry| !entry.flags.contains(Flags::SEEN);
            if let Some(first) = view.entries.iter().position(unseen).filter(|_| !dialect.is_old()) {
                let first = first + 1;
                text += &format!("* OK [UNSEEN {first}] Message {first} is the first unseen\r\n");
            }
        }
        if dialect.is_old() {
            // RFC 1176 knows no response codes, and no UIDs.
            out.write(view.flags_text(mailbox) + &text);
            return Some(view);
        }
        text += &format!("* OK [UIDVALIDITY {}] UIDs valid\r\n", mailbox.uid_validity);
        // RFC 1730 has no UIDNEXT.
        if dialect != Dialect::Imap4 {
            text += &format!("* OK [UIDNEXT {}] Predicted next UID\r\n", mailbox.uid_next.0);
        }
        text += &view.flags_text(mailbox);
        out.write(text);
        Some(view)
    }

    /// The entries as the client numbers them; the first has number 1.
    pub const fn entries(&self) -> &CowList<Entry> {
        &self.entries
    }

    /// How many messages the client knows of.
    pub fn exists(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// True if the message is `\Recent` in this session.
    pub fn is_recent(&self, uid: Uid) -> bool {
        self.recent.iter().any(|(first, end)| (*first..*end).contains(&uid))
    }

    /// The indices, from 0, of the entries that a set names. What does not exist is passed over: UIDs need not
    /// (RFC 3501 §6.4.8), and of numbers it was found out before.
    pub fn indices(&self, set: &SequenceSet, by_uid: bool) -> Vec<std::ops::Range<usize>> {
        let numbers = self.resolve(set, by_uid);
        if set.is_saved() && by_uid {
            // A message that is gone has no index; what stands at its place now was not meant.
            let there = self.saved.iter().filter_map(|uid| self.index_of(Uid(uid)));
            return there.map(|index| index..index + 1).collect();
        }
        let index = |number: u32| match by_uid {
            true => self.entries.partition_point(|entry| entry.uid.0 < number),
            false => (number as usize).saturating_sub(1).min(self.entries.len()),
        };
        let end = |number: u32| number.checked_add(1).map_or(self.entries.len(), index);
        numbers.ranges().map(|range| index(*range.start())..end(*range.end())).collect()
    }

    /// A set with `*` replaced by the largest number or UID.
    pub fn resolve(&self, set: &SequenceSet, by_uid: bool) -> Numbers {
        if set.is_saved() {
            let number = |uid| self.index_of(Uid(uid)).map(|index| index as u32 + 1);
            return match by_uid {
                true => self.saved.clone(),
                false => self.saved.iter().filter_map(number).collect(),
            };
        }
        let largest = if by_uid { self.entries.last().map(|entry| entry.uid.0) } else { Some(self.exists()) };
        set.resolve(largest.filter(|largest| *largest > 0))
    }

    /// Where the message with this UID stands, counted from 0.
    pub fn index_of(&self, uid: Uid) -> Option<usize> {
        let index = self.entries.partition_point(|entry| entry.uid < uid);
        self.entries.get(index).filter(|entry| entry.uid == uid).map(|_| index)
    }

    /// Why a set of numbers in this command is refused: a number that no message has; in an empty mailbox that
    /// includes `*` (RFC 3501 §9, seq-number).
    pub fn refusal(&self, set: &SequenceSet, command: &[u8]) -> Option<Reply> {
        let exists = self.exists();
        if set.is_saved() {
            return None;
        }
        if exists == 0 {
            let what = "there is no message: the mailbox is empty";
            return Some(Reply::bad_at(set.at, what, "RFC 3501 §9, seq-number"));
        }
        let number = set.beyond(exists)?;
        let known = match exists {
            1 => "message 1 is the only one".to_owned(),
            _ => format!("expected 1 to {exists}, or * for the last"),
        };
        let what = format!("there is no message {number}; {known}");
        Some(Reply::bad_at(set.place_of(number, command), what, "RFC 3501 §2.3.1.2"))
    }

    /// The flags of an entry as they are now; of one that another session has expunged, as they were.
    pub fn flags_now(&self, entry: &Entry, mailbox: Option<&Mailbox>) -> Flags {
        let flags = match mailbox {
            Some(mailbox) if !mailbox.entries.same_as(&self.entries) => {
                mailbox.entry(entry.uid).map_or(entry.flags, |entry| entry.flags)
            }
            _ => entry.flags,
        };
        flags & !self.hidden()
    }

    /// The flags that this session's dialect does not know.
    pub const fn hidden(&self) -> Flags {
        if self.dialect.is_old() { Flags::DRAFT } else { Flags::NONE }
    }

    /// What FETCH responses show where there are flags alone.
    #[must_use]
    pub const fn plain_shape(&self) -> Shape {
        Shape { uid: false, modseq: false }
    }

    /// Tells the news, and then how many messages there are, whether that is news or not.
    pub fn tell_counts(&mut self, store: &mut Store, enabled: Enabled, out: &mut Output) {
        let news = News { own_from: store.modseq(), expunges: true, by_uid: false, enabled };
        self.tell(news, store, out);
        out.write(format!("* {} EXISTS\r\n* {} RECENT\r\n", self.entries.len(), self.recent_count()));
    }

    /// True if there is news that the client may hear.
    pub fn has_news(&self, store: &Store) -> bool {
        store.mailbox(self.mailbox).is_some_and(|mailbox| {
            mailbox.highest_modseq > self.expunges_seen || mailbox.keywords != self.keywords
        })
    }

    /// How many messages that the client has numbers for are gone.
    pub fn withheld(&self, store: &Store) -> usize {
        let gone = store.changes_since(self.expunges_seen).filter(|change| {
            change.mailbox == self.mailbox
                && change.kind == ChangeKind::Expunged
                && self.index_of(change.uid).is_some()
        });
        gone.count()
    }

    /// Says what has changed since the client was last told, as far as the rules allow now.
    pub fn tell(&mut self, news: News, store: &mut Store, out: &mut Output) {
        self.tell_keywords(store, out);
        let Some(mailbox) = store.mailbox(self.mailbox) else { return };
        let mut text = Vec::new();
        if mailbox.highest_modseq > self.expunges_seen {
            if news.expunges {
                self.tell_removed(self.expunges_seen, &mut text, store);
            }
            let changed = self.catch_up(news, &mut text, store);
            self.tell_new_messages(news.enabled.rev2, &mut text, store);
            self.tell_flags(&changed, Shape::of(news.enabled, news.by_uid), &mut text, store);
            self.tell_updates(&mut text, store);
        }
        if !text.is_empty() {
            out.write(text);
        }
    }

    /// Says which keywords there are, if there are new ones: before any response shows them (RFC 3501 §7.2.6).
    pub fn tell_keywords(&mut self, store: &Store, out: &mut Output) {
        let Some(mailbox) = store.mailbox(self.mailbox) else { return };
        if mailbox.keywords != self.keywords {
            self.keywords = Arc::clone(&mailbox.keywords);
            out.write(self.flags_text(mailbox));
        }
    }

    /// Takes what the store's log says into the view. Gives the messages whose flags others have changed.
    fn catch_up(&mut self, news: News, text: &mut Vec<u8>, store: &Store) -> BTreeSet<Uid> {
        let mut changed = BTreeSet::new();
        let mut flagged = BTreeSet::new();
        let Some(mailbox) = store.mailbox(self.mailbox) else { return changed };
        for change in store.changes_since(self.seen) {
            if change.mailbox == self.mailbox
                && change.kind == ChangeKind::Flags
                && change.uid < self.uid_next
            {
                flagged.insert(change.uid);
                if change.modseq <= news.own_from {
                    changed.insert(change.uid);
                }
            }
        }
        // Of a message that is gone there are no flags to tell.
        changed.retain(|uid| mailbox.index_of(*uid).is_some());
        let newest = store.modseq();
        let gone = store.changes_since(self.expunges_seen).any(|change| {
            change.mailbox == self.mailbox
                && change.kind == ChangeKind::Expunged
                && change.uid < self.uid_next
        });
        if gone && !news.expunges {
            self.take_in_but_expunges(&flagged, mailbox);
            // A client that remembers how far it has heard must not believe that it heard of the expunge too
            // (RFC 7162 §3.2).
            if news.enabled.qresync {
                let told = self.expunges_seen.0.max(1);
                text.extend_from_slice(
                    format!("* OK [HIGHESTMODSEQ {told}] An expunge waits\r\n").as_bytes(),
                );
            }
        } else {
            if gone {
                self.tell_expunges(news.enabled.qresync, mailbox, text);
            }
            self.entries = mailbox.entries.clone();
            self.expunges_seen = newest;
        }
        self.seen = newest;
        changed
    }

    /// The numbers stay, so the view cannot become the mailbox's own list yet.
    fn take_in_but_expunges(&mut self, flagged: &BTreeSet<Uid>, mailbox: &Mailbox) {
        for uid in flagged {
            if let Some(now) = mailbox.entry(*uid) {
                let index = self.entries.partition_point(|entry| entry.uid < *uid);
                if let Some(entry) = self.entries.get_mut(index).filter(|entry| entry.uid == *uid) {
                    (entry.flags, entry.modseq) = (now.flags, now.modseq);
                }
            }
        }
        let first_new = mailbox.entries.partition_point(|entry| entry.uid < self.uid_next);
        for index in first_new..mailbox.entries.len() {
            if let Some(entry) = mailbox.entries.get(index) {
                self.entries.push(entry.clone());
            }
        }
    }

    /// `* n EXPUNGE` for each message that is gone, the lowest first: each takes the later numbers down by one
    /// (RFC 3501 §7.4.1). By UID it is one response, `* VANISHED 405,407` (RFC 7162 §3.2.10).
    fn tell_expunges(&self, by_uid: bool, mailbox: &Mailbox, text: &mut Vec<u8>) {
        let mut left = mailbox.entries.iter().peekable();
        let mut number = 1;
        let mut vanished = Numbers::default();
        for entry in self.entries.iter() {
            if left.next_if(|now| now.uid == entry.uid).is_some() {
                number += 1;
            } else if by_uid {
                vanished.push(entry.uid.0);
            } else {
                text.extend_from_slice(format!("* {number} EXPUNGE\r\n").as_bytes());
            }
        }
        if !vanished.is_empty() {
            text.extend_from_slice(format!("* VANISHED {vanished}\r\n").as_bytes());
        }
    }

    fn tell_new_messages(&mut self, rev2: bool, text: &mut Vec<u8>, store: &mut Store) {
        let known = self.uid_next;
        let Some(uid_next) = store.mailbox(self.mailbox).map(|mailbox| mailbox.uid_next) else { return };
        self.uid_next = uid_next;
        if self.entries.last().is_some_and(|entry| entry.uid >= known) {
            let mut news = format!("* {} EXISTS\r\n", self.entries.len());
            if !rev2 {
                self.note_recent(known, store);
                news += &format!("* {} RECENT\r\n", self.recent_count());
            }
            text.extend_from_slice(news.as_bytes());
        }
    }

    fn tell_flags(&self, changed: &BTreeSet<Uid>, shape: Shape, text: &mut Vec<u8>, store: &Store) {
        for uid in changed {
            if let Some(index) = self.index_of(*uid)
                && let Some(entry) = self.entries.get(index)
            {
                self.write_flags(index, entry, shape, text, store.mailbox(self.mailbox));
            }
        }
    }

    /// `* n FETCH (FLAGS (...))`, and what else is to be shown.
    pub fn write_flags(
        &self,
        index: usize,
        entry: &Entry,
        shape: Shape,
        text: &mut Vec<u8>,
        mailbox: Option<&Mailbox>,
    ) {
        self.write_flags_as("FETCH", index, entry, shape, text, mailbox);
    }

    /// The same in the answer to STORE, which in 1988 had a response of its own (RFC 1064, STORE).
    pub fn write_stored(
        &self,
        index: usize,
        entry: &Entry,
        shape: Shape,
        text: &mut Vec<u8>,
        mailbox: Option<&Mailbox>,
    ) {
        let word = if self.dialect == Dialect::Imap3 { "STORE" } else { "FETCH" };
        self.write_flags_as(word, index, entry, shape, text, mailbox);
    }

    fn write_flags_as(
        &self,
        word: &str,
        index: usize,
        entry: &Entry,
        shape: Shape,
        text: &mut Vec<u8>,
        mailbox: Option<&Mailbox>,
    ) {
        text.extend_from_slice(format!("* {} {word} (FLAGS ", index + 1).as_bytes());
        wire::flags(text, self.flags_now(entry, mailbox), self.is_recent(entry.uid), mailbox);
        text.extend_from_slice(shape.text(entry, mailbox).as_bytes());
        text.extend_from_slice(b")\r\n");
    }

    /// The newest change that the client has heard of, for its next visit (RFC 7162 §3.1.2.1).
    pub fn highest_modseq(&self, store: &Store) -> u64 {
        store.mailbox(self.mailbox).map_or(1, |mailbox| mailbox.highest_modseq.0.max(1))
    }

    /// Messages from `known` on that no session has seen are recent in this one, and then in no later one; but
    /// EXAMINE leaves them recent for the next (RFC 3501 §6.3.2).
    fn note_recent(&mut self, known: Uid, store: &mut Store) {
        let first = match self.read_only {
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

    fn recent_count(&self) -> usize {
        let index = |uid: Uid| self.entries.partition_point(|entry| entry.uid < uid);
        self.recent.iter().map(|(first, end)| index(*end).saturating_sub(index(*first))).sum()
    }

    /// The flags that exist here, and those that a client can change for good; `\*` as long as there is room for
    /// another keyword. `\Recent` is in neither (RFC 3501 §7.2.6, §7.1).
    fn flags_text(&self, mailbox: &Mailbox) -> String {
        let hidden = self.hidden();
        let system = Flags::SYSTEM.iter().filter(|(flag, _)| !hidden.contains(*flag));
        let mut names: Vec<&str> = system.map(|(_, name)| *name).collect();
        names.extend(mailbox.keywords_known());
        let flags = names.join(" ");
        if self.dialect.is_old() {
            // RFC 1176 knows no response codes.
            return format!("* FLAGS ({flags})\r\n");
        }
        if self.read_only {
            return format!("* FLAGS ({flags})\r\n* OK [PERMANENTFLAGS ()] Read-only\r\n");
        }
        if mailbox.keywords_known().count() < Flags::KEYWORDS_MAX {
            names.push("\\*");
        }
        format!("* FLAGS ({flags})\r\n* OK [PERMANENTFLAGS ({})] Kept for good\r\n", names.join(" "))
    }
}
