//! What a server is told once.

use super::capability::{Extension, Extensions};
use super::dialect::Dialect;
use crate::protocol::security::Security;
use crate::time::Duration;

/// What a server is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImapSettings {
    /// The server's own name, for its greeting.
    pub host: String,
    /// How long a client may be silent: at least 30 minutes (RFC 3501 §5.4).
    pub autologout: Duration,
    /// The most octets of a command, its message literal not counted.
    pub command_max: usize,
    /// The most octets of a message that a client may APPEND.
    pub message_max: u32,
    /// Whether the connection is encrypted or can be.
    pub security: Security,
    /// Which IMAP is spoken.
    pub dialect: Dialect,
    /// What is added to it.
    pub extensions: Extensions,
    /// How many expunges of a mailbox are remembered. A client that was away for longer hears of every UID that
    /// is not there, whether it knew of it or not (RFC 7162 §3.2.6).
    pub expunges_remembered: usize,
}

impl Default for ImapSettings {
    fn default() -> Self {
        Self {
            host: "mail.example".to_owned(),
            autologout: Self::AUTOLOGOUT_MIN,
            command_max: 64 << 10,
            message_max: 50 << 20,
            security: Security::default(),
            dialect: Dialect::default(),
            extensions: Extensions::default(),
            expunges_remembered: usize::MAX,
        }
    }
}

impl ImapSettings {
    /// The shortest time after which a silent client may be logged out (RFC 3501 §5.4).
    pub const AUTOLOGOUT_MIN: Duration = Duration::from_secs(30 * 60);

    /// What the server understands: what is switched on, and what the dialect has of itself.
    #[must_use]
    pub fn understood(&self) -> Extensions {
        self.dialect.built_in().iter().fold(self.extensions, |set, extension| set.with(*extension))
    }

    /// What CAPABILITY names beside the dialect: what the dialect has of itself goes without saying.
    #[must_use]
    pub fn announced(&self) -> Extensions {
        self.dialect.built_in().iter().fold(self.extensions, |set, extension| set.without(*extension))
    }

    /// True if the server understands the extension.
    #[must_use]
    pub fn has(&self, extension: Extension) -> bool {
        self.understood().has(extension)
    }
}
