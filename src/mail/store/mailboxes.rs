//! Mailboxes by name, and who is subscribed to which.

use std::num::NonZeroU32;
use std::sync::Arc;

use super::entries::Entry;
use super::{Exists, MailboxId, ModSeq, Store, Uid, UserId};
use crate::mail::flags::Flags;
use crate::persist::CowList;

/// A mailbox: the entries in order of UID, and what must outlive them.
#[derive(Clone, Debug, PartialEq)]
pub struct Mailbox {
    /// Its name as its owner sees it; `INBOX` in capitals.
    pub name: String,
    /// Whose it is.
    pub owner: UserId,
    /// UIDVALIDITY (RFC 3501 §2.3.1.1): from a counter of the store, or what a host restored.
    pub uid_validity: u32,
    /// What names it for as long as it exists, whatever it is called, and no other mailbox (RFC 8474 §4): its place
    /// in the store and its first UIDVALIDITY.
    pub object: u64,
    /// The UID that the next entry will get.
    pub uid_next: Uid,
    /// The entries.
    pub entries: CowList<Entry>,
    /// Names of the keywords; the place is the flag's number. An empty name marks a place that is free.
    pub keywords: Arc<Vec<String>>,
    /// Entries from this UID on have not been seen by any session: `\Recent` (RFC 3501 §2.3.2).
    pub first_recent: Uid,
    /// The newest change of the mailbox.
    pub highest_modseq: ModSeq,
}

impl Store {
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
        let used = self.users.get(owner.0 as usize).and_then(|owner| owner.used_uids.get(&name)).copied();
        let uid_next = used.unwrap_or(Uid(1));
        self.uid_validities += 1;
        self.mailboxes.push(Arc::new(Mailbox {
            name: name.clone(),
            owner,
            uid_validity: self.uid_validities,
            object: object_of(id, self.uid_validities),
            uid_next,
            entries: CowList::default(),
            keywords: Arc::default(),
            first_recent: uid_next,
            highest_modseq: self.modseq(),
        }));
        if let Some(user) = self.users.get_mut(owner.0 as usize) {
            Arc::make_mut(user).mailboxes.insert(name, id);
        }
        Ok(id)
    }

    /// Gives a mailbox the UIDVALIDITY under which its UIDs are known elsewhere. UIDs below `uid_next` are never
    /// given to new mail; a UID once passed stays passed (RFC 3501 §2.3.1.1).
    pub fn restore_identity(&mut self, at: MailboxId, uid_validity: NonZeroU32, uid_next: Uid) {
        if let Some(mailbox) = self.mailboxes.get_mut(at.0 as usize).map(Arc::make_mut) {
            mailbox.uid_validity = uid_validity.get();
            mailbox.object = object_of(at, mailbox.uid_validity);
            mailbox.uid_next = mailbox.uid_next.max(uid_next);
        }
    }

    /// Mailboxes made from now on get a UIDVALIDITY above `last`, which is what earlier runs may have given.
    pub fn restore_uid_validities(&mut self, last: u32) {
        self.uid_validities = self.uid_validities.max(last);
    }

    /// Removes a mailbox with its mail; false if there is none of this name. INBOX stays (RFC 3501 §6.3.4).
    pub fn delete(&mut self, owner: UserId, name: &str) -> bool {
        let name = canonical_name(name);
        let Some(id) = self.mailbox_named(owner, &name).filter(|_| name != "INBOX") else { return false };
        self.expunge(id, |_| true);
        self.forget_board(id);
        self.forget_addresses(id);
        let used = self.mailbox(id).map_or(Uid(1), |mailbox| mailbox.uid_next);
        if let Some(user) = self.user_mut(owner) {
            user.mailboxes.remove(&name);
            user.used_uids.insert(name, used);
        }
        true
    }

    /// Gives a mailbox another name; false if there is none, or the new name is taken. INBOX keeps its name.
    ///
    /// A name that another mailbox had before gets a new UIDVALIDITY with this one: clients may remember a higher
    /// one than this mailbox had, and it never falls (RFC 3501 §2.3.1.1).
    pub fn rename(&mut self, owner: UserId, from: &str, to: &str) -> bool {
        let (from, to) = (canonical_name(from), canonical_name(to));
        let Some(id) = self.mailbox_named(owner, &from).filter(|_| from != "INBOX") else { return false };
        if self.mailbox_named(owner, &to).is_some() {
            return false;
        }
        let left_at = self.mailbox(id).map_or(Uid(1), |mailbox| mailbox.uid_next);
        let mut is_used = false;
        if let Some(user) = self.users.get_mut(owner.0 as usize) {
            let user = Arc::make_mut(user);
            user.mailboxes.remove(&from);
            user.mailboxes.insert(to.clone(), id);
            is_used = user.used_uids.contains_key(&to);
            let used = user.used_uids.entry(from).or_insert(left_at);
            *used = left_at.max(*used);
        }
        self.forget_board(id);
        // To a workstation that knows mailboxes by their names this is another mailbox, and all of it is new.
        let clients: Vec<String> = self.clients(owner).iter().map(|client| client.name.clone()).collect();
        clients.iter().for_each(|client| self.relist(owner, client, id));
        if let Some(mailbox) = self.mailboxes.get_mut(id.0 as usize).map(Arc::make_mut) {
            mailbox.name = to;
            if is_used {
                self.uid_validities += 1;
                mailbox.uid_validity = self.uid_validities;
            }
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

    /// The names of all keywords.
    pub fn keywords_known(&self) -> impl Iterator<Item = &str> {
        self.keywords.iter().map(String::as_str).filter(|name| !name.is_empty())
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

/// What names a mailbox that was made at this place of the store under this UIDVALIDITY.
fn object_of(id: MailboxId, uid_validity: u32) -> u64 {
    u64::from(id.0) << 32 | u64::from(uid_validity)
}

/// INBOX is INBOX in any case of letters (RFC 3501 §5.1); other names are as they are.
fn canonical_name(name: &str) -> String {
    if name.eq_ignore_ascii_case("INBOX") { "INBOX".to_owned() } else { name.to_owned() }
}
