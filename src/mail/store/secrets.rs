//! What users may do besides giving their password: act as others, log in with one-time passwords.

use super::{Store, UserId};

/// The hash function of a chain of one-time passwords (RFC 2289 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneTimeHash {
    /// MD4, as S/KEY had it.
    Md4,
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
}

/// What a server keeps of a chain of one-time passwords: nothing to log in with (RFC 2289 §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTime {
    /// The hash function.
    pub hash: OneTimeHash,
    /// The number of the last password that was used; the next one is one less.
    pub sequence: u32,
    /// What was put before the password.
    pub seed: String,
    /// The last password that was used.
    pub last: [u8; 8],
}

impl OneTimeHash {
    /// Its name in challenges.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Md4 => "md4",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
        }
    }

    /// The hash function of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Md4, Self::Md5, Self::Sha1].into_iter().find(|hash| hash.word() == word)
    }
}

impl Store {
    /// Lets one user act as another (RFC 4422 §2: an authorization identity that is not one's own).
    pub fn let_act_as(&mut self, user: UserId, other: UserId) {
        if let Some(user) = self.user_mut(user) {
            user.acts_as.insert(other);
        }
    }

    /// Whether one user may act as another; everybody may as themselves.
    #[must_use]
    pub fn may_act_as(&self, user: UserId, other: UserId) -> bool {
        user == other || self.users.get(user.0 as usize).is_some_and(|user| user.acts_as.contains(&other))
    }

    /// Where a user's chain of one-time passwords stands; `None` before the first.
    #[must_use]
    pub fn one_time(&self, user: UserId) -> Option<OneTime> {
        self.users.get(user.0 as usize).and_then(|user| user.one_time.clone())
    }

    /// Moves a user's chain on, or begins a new one.
    pub fn set_one_time(&mut self, user: UserId, one_time: OneTime) {
        if let Some(user) = self.user_mut(user) {
            user.one_time = Some(one_time);
        }
    }
}
