//! What an SMTP server is told before it starts.

use super::command::Keyword;
use super::dialect::{Dialect, Extension, Extensions};
use crate::protocol::sasl::{Chance, Mechanism};
use crate::protocol::security::{Security, Tls};
use crate::time::Duration;

/// What an SMTP server is told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct SmtpSettings {
    /// The server's name, first in its greeting (RFC 821 §4.3).
    pub host: String,
    /// Which text it follows.
    pub dialect: Dialect,
    /// The extensions that it may announce: each is announced only where it works.
    pub extensions: Extensions,
    /// The domains whose mail is delivered here: an address in one of them that nobody has is refused.
    pub domains: Vec<String>,
    /// The domains whose mail is kept here until they ask for it (RFC 1985), or are called.
    pub queued_domains: Vec<String>,
    /// What becomes of mail for all other domains.
    pub relay: Relay,
    /// VRFY says who exists.
    pub verify_users: bool,
    /// EXPN says who is on a mailing list.
    pub expand_lists: bool,
    /// SEND, SOML and SAML are offered (RFC 821 §3.4); nobody offers them today (RFC 5321 F.6).
    pub terminals: bool,
    /// TURN is offered (RFC 821 §3.8): whoever says a name in HELO gets the mail for it.
    pub turn: bool,
    /// The mechanisms by which clients may log in (RFC 4954), the best last; those that show a password are offered
    /// only where one may pass. None: AUTH is not offered.
    pub auth: Vec<Mechanism>,
    /// Whom something below has shown the client to be, as a certificate of TLS does: EXTERNAL rests on it, and is
    /// offered only with it.
    pub external: Option<String>,
    /// Mail is taken from those alone who have logged in, as at the port for submission (RFC 6409 §4.3).
    pub auth_required: bool,
    /// How long a client that must log in may take for it.
    pub login_time: Duration,
    /// What nonces are drawn from.
    pub chance: Chance,
    /// What becomes of a message with a bare CR or LF in it (RFC 5321 §2.3.8). What is passed on to other hosts is
    /// refused in any case: one of them might take it for a line end.
    pub bare_line_ends: BareLineEnds,
    /// The largest message in octets, as announced by EHLO.
    pub size_max: u32,
    /// How long a client may be silent; five minutes in RFC 1123 §5.3.2.
    pub idle: Duration,
    /// Whether the connection is encrypted or can be.
    pub security: Security,
    /// What a client may not exceed.
    pub limits: Limits,
}

/// What becomes of mail that is for no domain of this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relay {
    /// It is refused: this server relays for nobody.
    Refused,
    /// It is taken from anybody who can reach this server, as a provider's server takes it from those who dialled
    /// in, and waits in the INBOX of the user with this name, where it can be looked at.
    Into(String),
    /// It is taken from anybody, and put into the queue for its domain.
    Queued,
}

/// What becomes of a message with a CR or LF in it that is no part of a line end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BareLineEnds {
    /// It is kept as it is: the octets are the sender's.
    #[default]
    Kept,
    /// It is refused.
    Refused,
}

/// What a client may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a command line, CR LF counted; at least 512 (RFC 821 §4.5.3, RFC 5321 §4.5.3.1.4), and more where
    /// parameters are announced.
    pub line_octets: usize,
    /// Recipients of one message; at least 100 (RFC 821 §4.5.3).
    pub recipients: usize,
    /// After so many misuses of the protocol in a row the server closes.
    pub misuses_in_a_row: u32,
    /// Octets of all mail in a mailbox, if there is a limit; beyond it mail is refused.
    pub mailbox_octets: Option<u64>,
    /// Messages that wait for other hosts: beyond them mail for elsewhere is put off with 452.
    pub queue_messages: usize,
    /// Octets of all messages that wait: the same.
    pub queue_octets: u64,
    /// Trace lines of a message that is passed on: one with more goes in circles (RFC 5321 §6.3).
    pub hops: usize,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: "mail.example".into(),
            dialect: Dialect::default(),
            extensions: Extensions::ALL,
            domains: Vec::new(),
            queued_domains: Vec::new(),
            relay: Relay::Refused,
            verify_users: false,
            expand_lists: false,
            terminals: false,
            turn: false,
            auth: Vec::new(),
            external: None,
            auth_required: false,
            login_time: Duration::from_secs(60),
            chance: Chance::default(),
            bare_line_ends: BareLineEnds::default(),
            size_max: 50 << 20,
            idle: Duration::from_secs(300),
            security: Security::default(),
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_octets: 4096,
            recipients: 100,
            misuses_in_a_row: 10,
            mailbox_octets: None,
            queue_messages: 10_000,
            queue_octets: 512 << 20,
            hops: 100,
        }
    }
}

impl SmtpSettings {
    /// A server of 1982 that does all that RFC 821 has.
    #[must_use]
    pub fn rfc821() -> Self {
        Self {
            dialect: Dialect::Rfc821,
            verify_users: true,
            expand_lists: true,
            terminals: true,
            turn: true,
            limits: Limits { line_octets: 512, ..Limits::default() },
            ..Self::default()
        }
    }

    /// A delivery agent (RFC 2033).
    #[must_use]
    pub fn lmtp() -> Self {
        Self { dialect: Dialect::Lmtp, ..Self::default() }
    }

    /// True if mail for this domain is delivered here.
    #[must_use]
    pub fn is_local(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// True if mail for this domain is kept here for its host.
    #[must_use]
    pub fn queues_for(&self, domain: &str) -> bool {
        self.dialect != Dialect::Lmtp
            && self.queued_domains.iter().any(|own| own.eq_ignore_ascii_case(domain))
    }

    /// Whether a known command is offered: if not, it is answered with 502.
    #[must_use]
    pub fn offers(&self, keyword: Keyword) -> bool {
        match keyword {
            Keyword::Expn => self.expand_lists,
            Keyword::Send | Keyword::Soml | Keyword::Saml => self.terminals,
            Keyword::Turn => self.turn,
            Keyword::Bdat => self.works(Extension::Chunking),
            Keyword::Etrn => self.works(Extension::Etrn),
            Keyword::Auth => self.works(Extension::Auth),
            _ => self.dialect.knows(keyword),
        }
    }

    /// The mechanisms that may be used now: none that shows a password where it must not be seen (RFC 4954 §4).
    pub fn mechanisms(&self) -> impl Iterator<Item = Mechanism> {
        let may = |one: &Mechanism| {
            (self.security.lets_passwords_pass() || !one.row().shows_password)
                && (self.external.is_some() || *one != Mechanism::External)
        };
        self.auth.iter().copied().filter(may)
    }

    /// Whether an extension does what it promises, here and now: only then it is announced.
    #[must_use]
    pub fn works(&self, extension: Extension) -> bool {
        self.dialect != Dialect::Rfc821
            && self.extensions.has(extension)
            && match extension {
                Extension::Vrfy => self.verify_users,
                // Somebody's mail waits here (RFC 1985 §4).
                Extension::Etrn => self.dialect == Dialect::Now && !self.queued_domains.is_empty(),
                // A report must be able to reach its reader.
                Extension::Dsn => self.relay != Relay::Refused,
                // Announced where it can be asked for, and no longer once it was (RFC 3207 §4.2).
                Extension::Starttls => self.security.tls == Tls::Offered,
                Extension::Auth => self.mechanisms().next().is_some(),
                _ => true,
            }
    }
}

/// What a session offers to its client now: extensions are for those who asked for them with EHLO.
#[derive(Clone, Copy, Debug)]
pub struct Offered<'a> {
    /// What the server was told.
    pub settings: &'a SmtpSettings,
    /// The client said EHLO or LHLO.
    pub extended: bool,
}

impl Offered<'_> {
    /// Whether the client may use an extension.
    #[must_use]
    pub fn has(self, extension: Extension) -> bool {
        self.extended && self.settings.works(extension)
    }
}
