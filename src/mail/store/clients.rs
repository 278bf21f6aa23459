//! Client objects: a user's workstations as the repository of PCMAIL knows them, and what each has not noted yet
//! (RFC 1056 §3.1).
//!
//! An *update list* is a view of the store's one change log: the messages of a mailbox whose present state the
//! client has neither caused by an operation that told it the result, nor acknowledged. Whatever protocol made a
//! change, it is on the list.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::users::User;
use super::{Exists, MailboxId, ModSeq, Store, Uid, UidRuns, UserId};
use crate::mail::date::Timestamp;

/// A workstation of a user.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientObject {
    /// Its name as it was created; names are one in any case of letters (RFC 1056 §4.1).
    pub name: String,
    /// When it last connected, or was created.
    pub connected: Timestamp,
    /// A session speaks for it at the moment.
    pub in_use: bool,
    /// Changes up to here are in its lists.
    noted: ModSeq,
    lists: BTreeMap<MailboxId, UidRuns>,
}

/// A workstation as it is kept between two runs of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownClient {
    /// Its name.
    pub name: String,
    /// When it last connected.
    pub connected: Timestamp,
    /// Changes up to here are in its lists.
    pub noted: ModSeq,
    /// What it has not noted.
    pub lists: BTreeMap<MailboxId, UidRuns>,
}

/// Another session speaks for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientInUse;

impl Store {
    /// A user's clients in the order of their creation.
    #[must_use]
    pub fn clients(&self, user: UserId) -> &[ClientObject] {
        self.users.get(user.0 as usize).map_or(&[], |user| &user.clients)
    }

    /// A user's clients as they are kept.
    pub fn known_clients(&self, user: UserId) -> impl Iterator<Item = KnownClient> + '_ {
        self.clients(user).iter().map(|client| KnownClient {
            name: client.name.clone(),
            connected: client.connected,
            noted: client.noted,
            lists: client.lists.clone(),
        })
    }

    /// Brings a client back, in place of one of this name.
    pub fn restore_client(&mut self, user: UserId, known: KnownClient) {
        let Some(owner) = self.user_mut(user) else { return };
        owner.clients.retain(|client| !client.name.eq_ignore_ascii_case(&known.name));
        let KnownClient { name, connected, noted, lists } = known;
        owner.clients.push(ClientObject { name, connected, in_use: false, noted, lists });
    }

    /// A user's client of this name, in any case of letters.
    #[must_use]
    pub fn client(&self, user: UserId, name: &str) -> Option<&ClientObject> {
        self.clients(user).iter().find(|client| client.name.eq_ignore_ascii_case(name))
    }

    /// Makes a client that has noted nothing: everything there is stands on its lists.
    ///
    /// # Errors
    /// [`Exists`] if the user has one of this name.
    pub fn create_client(&mut self, user: UserId, name: &str, at: Timestamp) -> Result<(), Exists> {
        if self.client(user, name).is_some() {
            return Err(Exists(name.to_owned()));
        }
        let noted = self.modseq();
        let Some(owner) = self.user_mut(user) else { return Ok(()) };
        let (name, lists) = (name.to_owned(), BTreeMap::new());
        owner.clients.push(ClientObject { name, connected: at, in_use: false, noted, lists });
        let last = self.clients(user).last().map(|client| client.name.clone()).unwrap_or_default();
        self.reset_client(user, &last);
        Ok(())
    }

    /// Removes a client with its lists; false if there is none of this name.
    pub fn delete_client(&mut self, user: UserId, name: &str) -> bool {
        let Some(owner) = self.user_mut(user) else { return false };
        let before = owner.clients.len();
        owner.clients.retain(|client| !client.name.eq_ignore_ascii_case(name));
        owner.clients.len() < before
    }

    /// A session begins to speak for a client, which is connected from now on. Gives when it was connected before.
    ///
    /// # Errors
    /// [`ClientInUse`] if another session does, or there is no such client.
    pub fn lock_client(&mut self, user: UserId, name: &str, at: Timestamp) -> Result<Timestamp, ClientInUse> {
        let client = self.client_mut(user, name).filter(|client| !client.in_use).ok_or(ClientInUse)?;
        client.in_use = true;
        Ok(std::mem::replace(&mut client.connected, at))
    }

    /// The session speaks for the client no longer. Only the session that locked it may do so.
    pub fn unlock_client(&mut self, user: UserId, name: &str) {
        if let Some(client) = self.client_mut(user, name) {
            client.in_use = false;
        }
    }

    /// What a client has not noted of a mailbox.
    pub fn update_list(&mut self, user: UserId, client: &str, mailbox: MailboxId) -> UidRuns {
        self.note_changes(user, client);
        self.client(user, client).and_then(|client| client.lists.get(&mailbox)).cloned().unwrap_or_default()
    }

    /// The client has noted what it was told of the messages from `low` to `high`. Messages that changed after
    /// `told` stay on the list; [`Store::modseq`] lets none stay.
    pub fn acknowledge(
        &mut self,
        user: UserId,
        client: &str,
        mailbox: MailboxId,
        (low, high): (Uid, Uid),
        told: ModSeq,
    ) {
        self.note_changes(user, client);
        let newer: Vec<Uid> = self
            .changes_since(told)
            .filter(|change| change.mailbox == mailbox && (low..=high).contains(&change.uid))
            .map(|change| change.uid)
            .collect();
        let Some(list) = self.client_mut(user, client).and_then(|client| client.lists.get_mut(&mailbox))
        else {
            return;
        };
        let stay: Vec<Uid> = newer.into_iter().filter(|uid| list.contains(*uid)).collect();
        list.remove(low, high);
        stay.into_iter().for_each(|uid| list.insert(uid));
    }

    /// Puts every message of every mailbox on a client's lists; what stands there stays (RFC 1056 §4.6).
    pub fn reset_client(&mut self, user: UserId, client: &str) {
        let mailboxes: Vec<MailboxId> = self.mailboxes_of(user).map(|(id, _)| id).collect();
        mailboxes.into_iter().for_each(|mailbox| self.relist(user, client, mailbox));
    }

    /// Puts every message of a mailbox on a client's list; what stands there stays (RFC 1056 §4.7).
    pub fn relist(&mut self, user: UserId, client: &str, mailbox: MailboxId) {
        self.note_changes(user, client);
        let Some(there) = self.mailbox(mailbox) else { return };
        let uids: Vec<Uid> = there.entries.iter().map(|entry| entry.uid).collect();
        if let Some(client) = self.client_mut(user, client) {
            let list = client.lists.entry(mailbox).or_default();
            uids.into_iter().for_each(|uid| list.insert(uid));
        }
    }

    /// Does something in a client's name that tells it the result: what this changes does not come onto its own
    /// lists.
    pub fn in_the_name_of<R>(&mut self, user: UserId, client: &str, act: impl FnOnce(&mut Self) -> R) -> R {
        self.note_changes(user, client);
        let done = act(self);
        let noted = self.modseq();
        if let Some(client) = self.client_mut(user, client) {
            client.noted = noted;
        }
        done
    }

    /// Brings a client's lists up to the present.
    fn note_changes(&mut self, user: UserId, client: &str) {
        let now = self.modseq();
        let Some(noted) = self.client(user, client).map(|client| client.noted).filter(|noted| *noted < now)
        else {
            return;
        };
        let live: Vec<MailboxId> = self.mailboxes_of(user).map(|(id, _)| id).collect();
        let news: Vec<(MailboxId, Uid)> = self
            .changes_since(noted)
            .filter(|change| live.contains(&change.mailbox))
            .map(|change| (change.mailbox, change.uid))
            .collect();
        let Some(client) = self.client_mut(user, client) else { return };
        client.noted = now;
        client.lists.retain(|mailbox, _| live.contains(mailbox));
        for (mailbox, uid) in news {
            client.lists.entry(mailbox).or_default().insert(uid);
        }
    }

    fn client_mut(&mut self, user: UserId, name: &str) -> Option<&mut ClientObject> {
        let clients = &mut self.user_mut(user)?.clients;
        clients.iter_mut().find(|client| client.name.eq_ignore_ascii_case(name))
    }

    pub(super) fn user_mut(&mut self, user: UserId) -> Option<&mut User> {
        self.users.get_mut(user.0 as usize).map(Arc::make_mut)
    }
}
