//! The one store behind every protocol: users, mailboxes, entries, and the log of what changed.
//!
//! A message that SMTP delivered is seen by POP3 and IMAP at once. Each change gets a modification sequence and
//! one line in the change log; what POP3 calls unique-id and IMAP calls UID names the same identity.
//!
//! The store is a value: a clone costs a few pointers, and a change after a clone copies what it touches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::date::Timestamp;
use super::flags::Flags;
use super::message::{Message, MessageId};
use crate::persist::{CowList, Log};
use crate::time::Instant;

/// Modification sequence: counts the changes of the store. Zero is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModSeq(pub u64);

/// Unique identifier of an entry in its mailbox (RFC 3501 §2.3.1.1): never zero, never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u32);

/// Names a user of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(u32);

/// Names a mailbox of the store, whatever it is called at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxId(u32);

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

/// A mailbox: the entries in order of UID, and what must outlive them.
#[derive(Clone, Debug, PartialEq)]
pub struct Mailbox {
    /// Its name as its owner sees it; `INBOX` in capitals.
    pub name: String,
    /// Whose it is.
    pub owner: UserId,
    /// UIDVALIDITY (RFC 3501 §2.3.1.1): from a counter of the store, never from a clock.
    pub uid_validity: u32,
    /// The UID that the next entry will get.
    pub uid_next: Uid,
    /// The entries.
    pub entries: CowList<Entry>,
    /// Names of the keywords; the place is the flag's number.
    pub keywords: Arc<Vec<String>>,
    /// Entries from this UID on have not been seen by any session: `\Recent` (RFC 3501 §2.3.2).
    pub first_recent: Uid,
    /// The newest change of the mailbox.
    pub highest_modseq: ModSeq,
}

/// A line of the change log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the order of all changes.
    pub modseq: ModSeq,
    /// Where it happened.
    pub mailbox: MailboxId,
    /// To which entry.
    pub uid: Uid,
    /// What happened.
    pub kind: ChangeKind,
}

/// What can happen to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It entered the mailbox.
    Added,
    /// Its flags changed.
    Flags,
    /// It was removed for good.
    Expunged,
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

/// The maildrop is in use by another session (RFC 1939 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse;

/// A user, mailbox or address that exists already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exists(pub String);

#[derive(Clone, Debug, PartialEq)]
struct User {
    name: String,
    password: Bytes,
    mailboxes: BTreeMap<String, MailboxId>,
    /// Names that LSUB shows, whether there are such mailboxes or not.
    subscriptions: BTreeSet<String>,
    maildrop_locked: bool,
}

/// All mail of all users.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// What the clock on the wall shows at the scenario's start.
    epoch: Timestamp,
    users: Vec<Arc<User>>,
    mailboxes: Vec<Arc<Mailbox>>,
    /// Mail addresses in lower case.
    addresses: Arc<BTreeMap<String, UserId>>,
    changes: Log<Change>,
    messages: u32,
    uid_validities: u32,
}

impl Store {
    /// An empty store; `epoch` is what the clock on the wall shows at the scenario's start.
    #[must_use]
    pub fn new(epoch: Timestamp) -> Self {
        Self {
            epoch,
            users: Vec::new(),
            mailboxes: Vec::new(),
            addresses: Arc::default(),
            changes: Log::default(),
            messages: 0,
            uid_validities: 0,
        }
    }

    /// What the clock on the wall shows now.
    #[must_use]
    pub fn clock(&self, now: Instant) -> Timestamp {
        self.epoch.at(now)
    }

    /// The newest change: a session that has seen it has seen everything.
    #[must_use]
    pub fn modseq(&self) -> ModSeq {
        self.changes.last().map_or(ModSeq(0), |change| change.modseq)
    }

    /// All changes after `seen`, oldest first.
    pub fn changes_since(&self, seen: ModSeq) -> impl Iterator<Item = &Change> {
        self.changes.iter_from(self.changes.partition_point(|change| change.modseq <= seen))
    }

    /// Adds a user with an empty INBOX.
    ///
    /// # Errors
    /// [`Exists`] if there is a user of this name.
    pub fn add_user(&mut self, name: &str, password: impl Into<Bytes>) -> Result<UserId, Exists> {
        if self.user(name.as_bytes()).is_some() {
            return Err(Exists(name.to_owned()));
        }
        let id = UserId(self.users.len() as u32);
        self.users.push(Arc::new(User {
            name: name.to_owned(),
            password: password.into(),
            mailboxes: BTreeMap::new(),
            subscriptions: BTreeSet::new(),
            maildrop_locked: false,
        }));
        self.create(id, "INBOX")?;
        Ok(id)
    }

    /// The user of this name, compared octet by octet.
    #[must_use]
    pub fn user(&self, name: &[u8]) -> Option<UserId> {
        self.users.iter().position(|user| user.name.as_bytes() == name).map(|at| UserId(at as u32))
    }

    /// The user's name.
    #[must_use]
    pub fn user_name(&self, user: UserId) -> &str {
        self.users.get(user.0 as usize).map_or("", |user| &user.name)
    }

    /// True if `offered` is the user's password. The time it takes does not depend on where they differ.
    #[must_use]
    pub fn password_matches(&self, user: UserId, offered: &[u8]) -> bool {
        self.users.get(user.0 as usize).is_some_and(|user| equal_in_constant_time(&user.password, offered))
    }

    /// The user's password, which challenge-response schemes such as APOP need in clear.
    #[must_use]
    pub fn password(&self, user: UserId) -> Bytes {
        self.users.get(user.0 as usize).map_or_else(Bytes::new, |user| user.password.clone())
    }

    /// Gives a user a mail address.
    ///
    /// # Errors
    /// [`Exists`] if it is somebody's already.
    pub fn add_address(&mut self, user: UserId, address: &str) -> Result<(), Exists> {
        let address = address.to_ascii_lowercase();
        if self.addresses.contains_key(&address) {
            return Err(Exists(address));
        }
        Arc::make_mut(&mut self.addresses).insert(address, user);
        Ok(())
    }

    /// Whose address this is, in any case of letters.
    #[must_use]
    pub fn addressee(&self, address: &[u8]) -> Option<UserId> {
        let address = String::from_utf8_lossy(address).to_ascii_lowercase();
        self.addresses.get(&address).copied()
    }

    /// Makes a mailbox.
    ///
    /// # Errors
    /// [`Exists`] if the user has one of this name.
    pub fn create(&mut self, owner: UserId, name: &str) -> Result<MailboxId, Exists> {
        let name = canonical_name(name);
        if self.mailbox_named(owner, &name).is_some() {
            return Err(Exists(name));
        }
        let id = MailboxId(self.mailboxes.len() as u32);
        self.uid_validities += 1;
        self.mailboxes.push(Arc::new(Mailbox {
            name: name.clone(),
            owner,
            uid_validity: self.uid_validities,
            uid_next: Uid(1),
            entries: CowList::default(),
            keywords: Arc::default(),
            first_recent: Uid(1),
            highest_modseq: self.modseq(),
        }));
        if let Some(user) = self.users.get_mut(owner.0 as usize) {
            Arc::make_mut(user).mailboxes.insert(name, id);
        }
        Ok(id)
    }

    /// Removes a mailbox with its mail; false if there is none of this name. INBOX stays (RFC 3501 §6.3.4).
    pub fn delete(&mut self, owner: UserId, name: &str) -> bool {
        let name = canonical_name(name);
        let Some(id) = self.mailbox_named(owner, &name).filter(|_| name != "INBOX") else { return false };
        self.expunge(id, |_| true);
        if let Some(user) = self.users.get_mut(owner.0 as usize) {
            Arc::make_mut(user).mailboxes.remove(&name);
        }
        true
    }

    /// Gives a mailbox another name; false if there is none, or the new name is taken. INBOX keeps its name.
    pub fn rename(&mut self, owner: UserId, from: &str, to: &str) -> bool {
        let (from, to) = (canonical_name(from), canonical_name(to));
        let Some(id) = self.mailbox_named(owner, &from).filter(|_| from != "INBOX") else { return false };
        if self.mailbox_named(owner, &to).is_some() {
            return false;
        }
        if let Some(user) = self.users.get_mut(owner.0 as usize) {
            let user = Arc::make_mut(user);
            user.mailboxes.remove(&from);
            user.mailboxes.insert(to.clone(), id);
        }
        if let Some(mailbox) = self.mailboxes.get_mut(id.0 as usize) {
            Arc::make_mut(mailbox).name = to;
        }
        true
    }

    /// Puts a name on the user's list of subscriptions (RFC 3501 §6.3.6).
    pub fn subscribe(&mut self, user: UserId, name: &str) {
        if let Some(user) = self.users.get_mut(user.0 as usize) {
            Arc::make_mut(user).subscriptions.insert(canonical_name(name));
        }
    }

    /// Takes a name off the user's list of subscriptions.
    pub fn unsubscribe(&mut self, user: UserId, name: &str) {
        if let Some(user) = self.users.get_mut(user.0 as usize) {
            Arc::make_mut(user).subscriptions.remove(&canonical_name(name));
        }
    }

    /// The user's subscriptions in order of name.
    pub fn subscriptions(&self, user: UserId) -> impl Iterator<Item = &str> {
        self.users
            .get(user.0 as usize)
            .into_iter()
            .flat_map(|user| user.subscriptions.iter())
            .map(String::as_str)
    }

    /// The user's mailbox of this name; INBOX in any case of letters.
    #[must_use]
    pub fn mailbox_named(&self, owner: UserId, name: &str) -> Option<MailboxId> {
        self.users.get(owner.0 as usize)?.mailboxes.get(&canonical_name(name)).copied()
    }

    /// The user's INBOX.
    #[must_use]
    pub fn inbox(&self, owner: UserId) -> Option<MailboxId> {
        self.mailbox_named(owner, "INBOX")
    }

    /// All mailboxes of a user in order of name.
    pub fn mailboxes_of(&self, owner: UserId) -> impl Iterator<Item = (MailboxId, &Mailbox)> {
        self.users
            .get(owner.0 as usize)
            .into_iter()
            .flat_map(|user| user.mailboxes.values())
            .filter_map(|id| self.mailbox(*id).map(|mailbox| (*id, mailbox)))
    }

    /// The mailbox itself.
    #[must_use]
    pub fn mailbox(&self, id: MailboxId) -> Option<&Mailbox> {
        self.mailboxes.get(id.0 as usize).map(|mailbox| &**mailbox)
    }

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
        let made = Flags::keyword(mailbox.keywords.len())?;
        Arc::make_mut(&mut Arc::make_mut(mailbox).keywords).push(name.to_owned());
        Some(made)
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

    /// Takes the exclusive lock on a user's maildrop that a POP3 session needs (RFC 1939 §4).
    ///
    /// # Errors
    /// [`InUse`] if another session has it.
    pub fn lock_maildrop(&mut self, user: UserId) -> Result<(), InUse> {
        let user = self.users.get_mut(user.0 as usize).ok_or(InUse)?;
        if user.maildrop_locked {
            return Err(InUse);
        }
        Arc::make_mut(user).maildrop_locked = true;
        Ok(())
    }

    /// Gives back the lock on a maildrop. Only the session that took it may do so.
    pub fn unlock_maildrop(&mut self, user: UserId) {
        if let Some(user) = self.users.get_mut(user.0 as usize) {
            Arc::make_mut(user).maildrop_locked = false;
        }
    }
}

impl Mailbox {
    /// Where the entry with this UID stands, counted from 0.
    #[must_use]
    pub fn index_of(&self, uid: Uid) -> Option<usize> {
        let index = self.entries.partition_point(|entry| entry.uid < uid);
        self.entries.get(index).filter(|entry| entry.uid == uid).map(|_| index)
    }

    /// The entry with this UID.
    #[must_use]
    pub fn entry(&self, uid: Uid) -> Option<&Entry> {
        self.index_of(uid).and_then(|index| self.entries.get(index))
    }

    /// The names of the keywords among `flags`.
    pub fn keyword_names(&self, flags: Flags) -> impl Iterator<Item = &str> {
        self.keywords
            .iter()
            .enumerate()
            .filter(move |(at, _)| Flags::keyword(*at).is_some_and(|keyword| flags.contains(keyword)))
            .map(|(_, name)| name.as_str())
    }

    /// The sum of the sizes of all messages in octets.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.message.size())).sum()
    }
}

/// INBOX is INBOX in any case of letters (RFC 3501 §5.1); other names are as they are.
fn canonical_name(name: &str) -> String {
    if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name.to_owned() }
}

/// True if both are the same octets; the time it takes depends on their lengths alone.
#[must_use]
pub fn equal_in_constant_time(secret: &[u8], offered: &[u8]) -> bool {
    let mut difference = secret.len() ^ offered.len();
    for (at, octet) in offered.iter().enumerate() {
        difference |= usize::from(octet ^ secret.get(at % secret.len().max(1)).copied().unwrap_or(0));
    }
    std::hint::black_box(difference) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_with(messages: usize) -> (Store, MailboxId) {
        let mut store = Store::new(Timestamp::DEFAULT_START);
        let alice = store.add_user("alice", "secret").unwrap();
        let inbox = store.inbox(alice).unwrap();
        for n in 0..messages {
            let message = Arc::new(Message::new(format!("Subject: {n}\r\n\r\nhello\r\n")));
            store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
        }
        (store, inbox)
    }

    #[test]
    fn every_change_is_one_line_of_the_log() {
        let (mut store, inbox) = store_with(3);
        let seen = store.modseq();
        assert_eq!(store.change_flags(inbox, Uid(2), FlagChange::Add, Flags::SEEN), Some(Flags::SEEN));
        store.change_flags(inbox, Uid(2), FlagChange::Add, Flags::SEEN).unwrap();
        assert_eq!(store.expunge(inbox, |entry| entry.uid != Uid(2)), [Uid(1), Uid(3)]);
        let changes: Vec<_> = store.changes_since(seen).map(|change| (change.uid.0, change.kind)).collect();
        assert_eq!(changes, [(2, ChangeKind::Flags), (1, ChangeKind::Expunged), (3, ChangeKind::Expunged)]);
        assert_eq!(store.mailbox(inbox).unwrap().highest_modseq, store.modseq());
    }

    #[test]
    fn a_uid_is_never_given_twice() {
        let (mut store, inbox) = store_with(3);
        store.expunge(inbox, |_| true);
        let message = Arc::new(Message::new("\r\n"));
        assert_eq!(store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START), Some(Uid(4)));
    }

    #[test]
    fn a_copy_keeps_identity_flags_and_keywords() {
        let (mut store, inbox) = store_with(1);
        let alice = store.user(b"alice").unwrap();
        let saved = store.create(alice, "saved").unwrap();
        assert_eq!(store.keyword(saved, "other"), Flags::keyword(0));
        let urgent = store.keyword(inbox, "urgent").unwrap();
        assert_eq!(store.keyword(inbox, "Urgent"), Some(urgent));
        store.change_flags(inbox, Uid(1), FlagChange::Replace, urgent | Flags::SEEN);
        let uid = store.copy(inbox, Uid(1), saved).unwrap();
        let copy = store.mailbox(saved).unwrap().entry(uid).unwrap();
        assert_eq!(store.mailbox(saved).unwrap().keyword_names(copy.flags).collect::<Vec<_>>(), ["urgent"]);
        assert_eq!(copy.id, store.mailbox(inbox).unwrap().entry(Uid(1)).unwrap().id);
    }

    #[test]
    fn a_mailbox_has_only_so_many_keywords() {
        let (mut store, inbox) = store_with(0);
        for n in 0..Flags::KEYWORDS_MAX {
            assert!(store.keyword(inbox, &format!("k{n}")).is_some());
        }
        assert_eq!(store.keyword(inbox, "one-more"), None);
        assert!(store.keyword(inbox, "K26").is_some());
    }

    #[test]
    fn a_clone_is_another_world() {
        let (mut store, inbox) = store_with(300);
        let before = store.clone();
        store.expunge(inbox, |entry| entry.uid.0 % 2 == 0);
        assert_eq!(before.mailbox(inbox).unwrap().entries.len(), 300);
        assert_eq!(store.mailbox(inbox).unwrap().entries.len(), 150);
        assert_ne!(before, store);
    }

    #[test]
    fn one_maildrop_one_session() {
        let (mut store, _) = store_with(0);
        let alice = store.user(b"alice").unwrap();
        assert_eq!(store.lock_maildrop(alice), Ok(()));
        assert_eq!(store.lock_maildrop(alice), Err(InUse));
        store.unlock_maildrop(alice);
        assert_eq!(store.lock_maildrop(alice), Ok(()));
    }

    #[test]
    fn passwords_match_whole_or_not_at_all() {
        let (store, _) = store_with(0);
        let alice = store.user(b"alice").unwrap();
        assert!(store.password_matches(alice, b"secret"));
        for wrong in [&b""[..], b"secre", b"secrets", b"secretsecret", b"Secret"] {
            assert!(!store.password_matches(alice, wrong));
        }
    }
}
