//! What a post office remembers of its users' visits.

use super::{Store, Uid, UserId};
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};

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

    /// When a user last logged in to a maildrop (RFC 2449 §6.5, LOGIN-DELAY), to the second; `None` before the first.
    #[must_use]
    pub fn last_login(&self, user: UserId) -> Option<Timestamp> {
        let nanos = self.users.get(user.0 as usize).and_then(|user| user.last_login)?;
        let start = self.clock(Instant::START);
        Some(Timestamp { unix: start.unix.saturating_add(nanos.div_euclid(NANOS)), ..start })
    }

    /// True if a user has logged in less than `delay` ago.
    #[must_use]
    pub fn logged_in_within(&self, user: UserId, delay: Duration, now: Instant) -> bool {
        let last = self.users.get(user.0 as usize).and_then(|user| user.last_login);
        let (now, delay) = (nanos(now.as_nanos()), nanos(delay.as_nanos()));
        last.is_some_and(|last| now < last.saturating_add(delay))
    }

    /// Notes that a user has logged in.
    pub fn set_last_login(&mut self, user: UserId, now: Instant) {
        if let Some(user) = self.user_mut(user) {
            user.last_login = Some(nanos(now.as_nanos()));
        }
    }

    /// Notes when a user has logged in before this store's clock began.
    pub fn restore_last_login(&mut self, user: UserId, at: Timestamp) {
        let start = self.clock(Instant::START).unix;
        if let Some(user) = self.user_mut(user) {
            user.last_login = Some(at.unix.saturating_sub(start).saturating_mul(NANOS));
        }
    }
}

/// Nanoseconds in a second.
const NANOS: i64 = 1_000_000_000;

fn nanos(span: u64) -> i64 {
    i64::try_from(span).unwrap_or(i64::MAX)
}
