//! What a post office remembers of its users' visits.

use super::{Store, Uid, UserId};
use crate::time::Instant;

impl Store {
    /// The last message that a user has accessed over POP3 (RFC 1460 §5, LAST); `None` before the first.
    #[must_use]
    pub fn last_read(&self, user: UserId) -> Option<Uid> {
        self.users.get(user.0 as usize).and_then(|user| user.last_read)
    }

    /// Notes that a user has accessed a message.
    pub fn set_last_read(&mut self, user: UserId, uid: Uid) {
        if let Some(user) = self.user_mut(user) {
            user.last_read = Some(uid);
        }
    }

    /// When a user last logged in to a maildrop (RFC 2449 §6.5, LOGIN-DELAY); `None` before the first.
    #[must_use]
    pub fn last_login(&self, user: UserId) -> Option<Instant> {
        self.users.get(user.0 as usize).and_then(|user| user.last_login)
    }

    /// Notes that a user has logged in.
    pub fn set_last_login(&mut self, user: UserId, now: Instant) {
        if let Some(user) = self.user_mut(user) {
            user.last_login = Some(now);
        }
    }
}
