//! What a server is told once.

use std::sync::Arc;

use super::capability::{Extension, Extensions};
use super::dialect::Dialect;
use crate::protocol::sasl::{Chance, Mechanism, Peer};
use crate::protocol::security::Security;
use crate::protocol::smtp::{Relay, SmtpSettings};
use crate::time::Duration;

/// What a server is told once.
#[derive(Clone, Debug, PartialEq)]
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
    /// The mechanisms of AUTHENTICATE; those that show the password are offered where LOGIN is.
    pub mechanisms: Vec<Mechanism>,
    /// Whom something below has shown the client to be, as a certificate of TLS does: EXTERNAL rests on it, and is
    /// offered only with it.
    pub external: Option<String>,
    /// What nonces are drawn from.
    pub chance: Chance,
    /// Which IMAP is spoken.
    pub dialect: Dialect,
    /// What is added to it.
    pub extensions: Extensions,
    /// How many expunges of a mailbox are remembered. A client that was away for longer hears of every UID that
    /// is not there, whether it knew of it or not (RFC 7162 §3.2.6).
    pub expunges_remembered: usize,
    /// Where mail by IMAP3's SEND goes: what SMTP at this host would take, and what it would refuse.
    pub post: Arc<SmtpSettings>,
}

impl Default for ImapSettings {
    fn default() -> Self {
        Self {
            host: "mail.example".to_owned(),
            autologout: Self::AUTOLOGOUT_MIN,
            command_max: 64 << 10,
            message_max: 50 << 20,
            security: Security::default(),
            mechanisms: Mechanism::USUAL.to_vec(),
            external: None,
            chance: Chance::default(),
            dialect: Dialect::default(),
            extensions: Extensions::default(),
            expunges_remembered: usize::MAX,
            post: Arc::new(SmtpSettings { relay: Relay::Queued, ..SmtpSettings::default() }),
        }
    }
}

impl ImapSettings {
    /// The shortest time after which a silent client may be logged out (RFC 3501 §5.4).
    pub const AUTOLOGOUT_MIN: Duration = Duration::from_secs(30 * 60);

    /// What the server understands: what is switched on, and what the dialect has of itself.
    #[must_use]
    pub fn understood(&self) -> Extensions {
        self.dialect.built_in().iter().fold(self.added(), |set, extension| set.with(*extension))
    }

    /// What CAPABILITY names beside the dialect: what the dialect has of itself goes without saying.
    #[must_use]
    pub fn announced(&self) -> Extensions {
        self.dialect.built_in().iter().fold(self.added(), |set, extension| set.without(*extension))
    }

    fn added(&self) -> Extensions {
        if self.dialect.takes_extensions() { self.extensions } else { Extensions::NONE }
    }

    /// The mechanisms that may be used on this connection as it is.
    pub fn offered_mechanisms(&self) -> impl Iterator<Item = Mechanism> {
        let shows = self.security.lets_passwords_pass();
        let known = self.external.is_some();
        self.mechanisms
            .iter()
            .copied()
            .filter(move |mechanism| shows || !mechanism.row().shows_password)
            .filter(move |mechanism| known || *mechanism != Mechanism::External)
    }

    /// What the server tells a mechanism of itself.
    #[must_use]
    pub fn peer(&self) -> Peer {
        let host = self.host.clone();
        let external = self.external.clone().map(String::into_bytes);
        Peer { service: "imap", host, chance: self.chance, external, layers: !self.dialect.is_old() }
    }

    /// True if the server understands the extension.
    #[must_use]
    pub fn has(&self, extension: Extension) -> bool {
        self.understood().has(extension)
    }
}
