//! Users: names, passwords, addresses, and who has the maildrop.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;

use super::{Exists, MailboxId, Store, UserId};

/// The maildrop is in use by another session (RFC 1939 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: Bytes,
    pub(super) mailboxes: BTreeMap<String, MailboxId>,
    /// Names that LSUB shows, whether there are such mailboxes or not.
    pub(super) subscriptions: BTreeSet<String>,
    pub(super) maildrop_locked: bool,
}

impl Store {
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
