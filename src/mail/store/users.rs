//! Users: names, passwords, addresses, and who has the maildrop.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::{BoardSubscription, ClientObject, Exists, MailboxId, OneTime, Store, Uid, UserId};

/// The maildrop is in use by another session (RFC 1939 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: Bytes,
    /// The password that the user was added with.
    given: Bytes,
    pub(super) mailboxes: BTreeMap<String, MailboxId>,
    /// Names that LSUB shows, whether there are such mailboxes or not.
    pub(super) subscriptions: BTreeSet<String>,
    pub(super) maildrop_locked: bool,
    /// Workstations in the order of their creation (RFC 1056 §3.1).
    pub(super) clients: Vec<ClientObject>,
    pub(super) board_subscriptions: Vec<BoardSubscription>,
    /// Names of mailboxes that are gone, with the UID that would have come next: should one be made again, no
    /// workstation takes a new message for one that it knew (RFC 1056 §3.1).
    pub(super) used_uids: BTreeMap<String, Uid>,
    /// The INBOX was deleted by a protocol that can do so; the others see it empty (RFC 1056 §4.7).
    pub(super) inbox_hidden: bool,
    /// Other users as whom this one may act (RFC 4422 §2).
    pub(super) acts_as: BTreeSet<UserId>,
    /// Where the chain of one-time passwords stands (RFC 2289 §7).
    pub(super) one_time: Option<OneTime>,
    /// The last message that was accessed over POP3 (RFC 1460 §5, LAST).
    pub(super) last_read: Option<Uid>,
    /// The last login to the maildrop (RFC 2449 §6.5).
    pub(super) last_login: Option<i64>,
}

/// Where mail for an address goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// As it was made; it is found in any case of letters.
    pub(super) shown: String,
    pub(super) user: UserId,
    pub(super) mailbox: MailboxId,
}

impl Store {
    /// Adds a user with an empty INBOX, to which mail for the bare name goes if nobody has that address (RFC 1056
    /// §3.2).
    ///
    /// # Errors
    /// [`Exists`] if there is a user of this name.
    pub fn add_user(&mut self, name: &str, password: impl Into<Bytes>) -> Result<UserId, Exists> {
        if self.user(name.as_bytes()).is_some() {
            return Err(Exists(name.to_owned()));
        }
        let id = UserId(self.users.len() as u32);
        let password = password.into();
        self.users.push(Arc::new(User {
            name: name.to_owned(),
            given: password.clone(),
            password,
            mailboxes: BTreeMap::new(),
            subscriptions: BTreeSet::new(),
            maildrop_locked: false,
            clients: Vec::new(),
            board_subscriptions: Vec::new(),
            used_uids: BTreeMap::new(),
            inbox_hidden: false,
            acts_as: BTreeSet::new(),
            one_time: None,
            last_read: None,
            last_login: None,
        }));
        let inbox = self.create(id, "INBOX")?;
        if self.address_mailbox(name.as_bytes()).is_none() {
            self.add_address_of(inbox, name)?;
        }
        Ok(id)
    }

    /// The user of this name, compared octet by octet.
    #[must_use]
    pub fn user(&self, name: &[u8]) -> Option<UserId> {
        self.users.iter().position(|user| user.name.as_bytes() == name).map(|at| UserId(at as u32))
    }

    /// The user of this name, in any case of letters; the name as written comes first.
    #[must_use]
    pub fn user_in_any_case(&self, name: &str) -> Option<UserId> {
        let loosely = || self.users.iter().position(|user| user.name.eq_ignore_ascii_case(name));
        self.user(name.as_bytes()).or_else(|| loosely().map(|at| UserId(at as u32)))
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

    /// Gives a user a mail address, whose mail goes to the INBOX.
    ///
    /// # Errors
    /// [`Exists`] if it is somebody else's already.
    pub fn add_address(&mut self, user: UserId, address: &str) -> Result<(), Exists> {
        let Some(inbox) = self.inbox(user) else { return Ok(()) };
        match self.address_mailbox(address.as_bytes()) {
            Some(known) if known == inbox => Ok(()),
            _ => self.add_address_of(inbox, address),
        }
    }

    /// Gives a mailbox an address of its own (RFC 1056 §3.2).
    ///
    /// # Errors
    /// [`Exists`] if it is somebody's already.
    pub fn add_address_of(&mut self, mailbox: MailboxId, address: &str) -> Result<(), Exists> {
        let key = address.to_ascii_lowercase();
        if self.addresses.contains_key(&key) {
            return Err(Exists(address.to_owned()));
        }
        let Some(user) = self.mailbox(mailbox).map(|mailbox| mailbox.owner) else { return Ok(()) };
        let shown = address.to_owned();
        Arc::make_mut(&mut self.addresses).insert(key, Address { shown, user, mailbox });
        Ok(())
    }

    /// Takes an address away; false if nobody has it.
    pub fn remove_address(&mut self, address: &str) -> bool {
        Arc::make_mut(&mut self.addresses).remove(&address.to_ascii_lowercase()).is_some()
    }

    /// The addresses of a mailbox in order.
    pub fn addresses_of(&self, mailbox: MailboxId) -> impl Iterator<Item = &str> {
        self.addresses.values().filter(move |address| address.mailbox == mailbox).map(|a| a.shown.as_str())
    }

    /// All addresses as they were made, and the mailbox of each.
    pub fn addresses(&self) -> impl Iterator<Item = (&str, MailboxId)> {
        self.addresses.values().map(|address| (address.shown.as_str(), address.mailbox))
    }

    /// Names of a user's mailboxes that are gone, with the UID that would have come next.
    pub fn used_uids(&self, user: UserId) -> impl Iterator<Item = (&str, Uid)> {
        let user = self.users.get(user.0 as usize).into_iter();
        user.flat_map(|user| user.used_uids.iter().map(|(name, next)| (name.as_str(), *next)))
    }

    /// A mailbox of this name is gone, and this UID would have come next.
    pub fn restore_used_uid(&mut self, user: UserId, name: &str, next: Uid) {
        if let Some(user) = self.user_mut(user) {
            user.used_uids.insert(name.to_owned(), next);
        }
    }

    /// Whose address this is, in any case of letters.
    #[must_use]
    pub fn addressee(&self, address: &[u8]) -> Option<UserId> {
        self.address(address).map(|address| address.user)
    }

    /// Where mail for an address goes, in any case of letters.
    #[must_use]
    pub fn address_mailbox(&self, address: &[u8]) -> Option<MailboxId> {
        self.address(address).map(|address| address.mailbox)
    }

    fn address(&self, address: &[u8]) -> Option<&Address> {
        self.addresses.get(&String::from_utf8_lossy(address).to_ascii_lowercase())
    }

    /// Mail for a mailbox that is gone goes nowhere.
    pub(super) fn forget_addresses(&mut self, of: MailboxId) {
        if self.addresses.values().any(|address| address.mailbox == of) {
            Arc::make_mut(&mut self.addresses).retain(|_, address| address.mailbox != of);
        }
    }

    /// Empties the INBOX and takes its addresses away: to a protocol in which an INBOX is a mailbox like others it
    /// is gone.
    pub fn hide_inbox(&mut self, user: UserId) {
        let Some(inbox) = self.inbox(user) else { return };
        self.expunge(inbox, |_| true);
        self.forget_addresses(inbox);
        self.show_inbox(user, false);
    }

    /// Whether the INBOX counts as a mailbox where it can be deleted.
    #[must_use]
    pub fn is_inbox_hidden(&self, user: UserId) -> bool {
        self.users.get(user.0 as usize).is_some_and(|user| user.inbox_hidden)
    }

    /// Makes the INBOX a mailbox again.
    pub fn show_inbox(&mut self, user: UserId, shown: bool) {
        if let Some(user) = self.user_mut(user) {
            user.inbox_hidden = !shown;
        }
    }

    /// The password that a user was added with and the one that has taken its place, if one has.
    #[must_use]
    pub fn changed_password(&self, user: UserId) -> Option<(Bytes, Bytes)> {
        let user = self.users.get(user.0 as usize).filter(|user| user.given != user.password)?;
        Some((user.given.clone(), user.password.clone()))
    }

    /// Gives a user another password.
    pub fn set_password(&mut self, user: UserId, password: impl Into<Bytes>) {
        if let Some(user) = self.user_mut(user) {
            user.password = password.into();
            // A chain is made from a password, and ends with it.
            user.one_time = None;
        }
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

/// True if both are the same octets; the time it takes depends on their lengths alone.
#[must_use]
pub fn equal_in_constant_time(secret: &[u8], offered: &[u8]) -> bool {
    let mut difference = secret.len() ^ offered.len();
    for (at, octet) in offered.iter().enumerate() {
        difference |= usize::from(octet ^ secret.get(at % secret.len().max(1)).copied().unwrap_or(0));
    }
    std::hint::black_box(difference) == 0
}
