//! What a POP3 server is told before it starts.

use std::sync::Arc;

use super::dialect::Dialect;
use crate::mail::store::Store;
use crate::protocol::sasl::{Chance, Mechanism};
use crate::protocol::security::Security;
use crate::protocol::smtp::{Relay, SmtpSettings};
use crate::time::Duration;

/// What a POP3 server is told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop3Settings {
    /// The server's name, as the greeting and the goodbye show it.
    pub host: String,
    /// What makes this session's greeting differ from all others.
    pub greeting_stamp: GreetingStamp,
    /// Which year it is.
    pub dialect: Dialect,
    /// How long a client may be silent; ten minutes at least (RFC 1939 §3), and less counts as ten minutes.
    pub autologout: Duration,
    /// What a client may not exceed.
    pub limits: Limits,
    /// Whether the connection is encrypted or can be.
    pub security: Security,
    /// What a nonce of SASL is drawn from besides the greeting's stamp.
    pub chance_seed: u64,
    /// How long a user must wait between two logins (RFC 2449 §6.5); zero for not at all.
    pub login_delay: Duration,
    /// How long mail stays (RFC 2449 §6.7).
    pub expire: Expire,
    /// Whom RPOP believes: the user's name at the client's host, and the name here. Both ends of a trusted pair
    /// must be named; in the world of sockets nobody is.
    pub trusted: Vec<(String, String)>,
    /// Messages in UTF-8 are kept from clients that have not said UTF8 (RFC 6856 §5). Off: they get the octets.
    pub hides_utf8: bool,
    /// Mechanisms of AUTH beside those of the dialect: ANONYMOUS, for instance.
    pub more_mechanisms: Vec<Mechanism>,
    /// Whom something below has shown the client to be, as a certificate of TLS does: EXTERNAL rests on it, and is
    /// offered only with it.
    pub external: Option<String>,
    /// What is lenient, or wrong, on purpose.
    pub quirks: Quirks,
    /// The SMTP of the same host, as far as it says where mail goes that XTND XMIT brings in.
    pub post: Arc<SmtpSettings>,
}

/// How long mail stays on the server (RFC 2449 §6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expire {
    /// Until somebody removes it.
    #[default]
    Never,
    /// So many days after it came in. 0: until it was retrieved.
    Days(u16),
}

/// Leniencies and known habits of real servers, each by name, all off. RFC 1957 tells of the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quirks {
    /// A space stands behind every `+OK`, also where nothing follows: popper did so, and two clients waited for it
    /// (RFC 1957).
    pub space_after_ok: bool,
    /// A bare LF ends a line too, as hand-made clients send it. RFC 1939 §3 wants CR LF.
    pub accept_bare_lf: bool,
    /// XTND XMIT leaves the dots that the client has put in, as popper did: mail arrives with two dots.
    pub xmit_keeps_dots: bool,
    /// XTND BBOARDS closes the maildrop before it looks for the group, as RFC 1082's text goes: a wrong name costs
    /// the marks.
    pub bboards_closes_first: bool,
    /// LIST's first line is `+OK` alone, without a count. Clients that read it there break.
    pub bare_list_reply: bool,
    /// LIST with the number of a message that is marked as deleted answers with its size.
    pub lists_deleted: bool,
    /// UIDL gives ids that hold for one session only: leave-on-server fetches everything again each time.
    pub uidl_changes: bool,
    /// Blanks at the end of a command are passed over.
    pub accept_trailing_blanks: bool,
}

/// The numbers in the greeting's timestamp, `<process.clock@host>` (RFC 1939 §7, APOP). Each session must have
/// another pair, or what was overheard in one could be played back in the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GreetingStamp {
    /// The number of the process, or of the session.
    pub process: u64,
    /// What the clock shows.
    pub clock: u64,
}

/// What a client may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a command line, CR LF counted, once the client has logged in or while it does so by AUTH.
    pub line_octets: usize,
    /// Octets of a command line before that. RFC 1939 §3 needs fewer than 100; passwords may be long.
    pub line_octets_before_login: usize,
    /// After so many misuses of the protocol in a row the server closes.
    pub misuses_in_a_row: u32,
    /// Octets of a message that comes in by XTND XMIT.
    pub message_octets: u64,
}

impl Default for Pop3Settings {
    fn default() -> Self {
        Self {
            host: "mail.example".into(),
            greeting_stamp: GreetingStamp::default(),
            dialect: Dialect::Now,
            autologout: Self::AUTOLOGOUT_MIN,
            limits: Limits::default(),
            security: Security::default(),
            chance_seed: 0,
            login_delay: Duration::ZERO,
            expire: Expire::Never,
            trusted: Vec::new(),
            hides_utf8: false,
            more_mechanisms: Vec::new(),
            external: None,
            quirks: Quirks::default(),
            post: Arc::new(SmtpSettings { relay: Relay::Queued, ..SmtpSettings::default() }),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_octets: 4096,
            line_octets_before_login: 512,
            misuses_in_a_row: 10,
            message_octets: 50 << 20,
        }
    }
}

impl Pop3Settings {
    /// "Such a timer MUST be of at least 10 minutes' duration" (RFC 1939 §3).
    pub const AUTOLOGOUT_MIN: Duration = Duration::from_secs(600);

    /// The greeting's timestamp: digits, a dot, digits and the host, for some clients refuse anything else.
    #[must_use]
    pub fn timestamp(&self) -> String {
        format!("<{}.{}@{}>", self.greeting_stamp.process, self.greeting_stamp.clock, self.host)
    }

    /// What SASL's nonces are drawn from in this session.
    #[must_use]
    pub const fn chance(&self) -> Chance {
        Chance { seed: self.chance_seed ^ self.greeting_stamp.clock, session: self.greeting_stamp.process }
    }

    /// What the server says first. Only a server that knows APOP shows a timestamp (RFC 1939 §7); Demon's named the
    /// house, and POP4's the protocol.
    #[must_use]
    pub fn greeting(&self) -> String {
        let Self { host, dialect, .. } = self;
        match dialect {
            Dialect::Sdps => format!("POP3 server ready <demon.{host}>"),
            Dialect::Pop4 => format!("POP3 POP4 rev 0 Server (reconstruction). {host} {}", self.timestamp()),
            _ if dialect.knows(super::Keyword::Apop) => format!("POP3 server ready {}", self.timestamp()),
            _ => format!("{host} POP3 server ready"),
        }
    }

    /// The toy that stands for a Kerberos ticket: hexadecimal digits that only the user and the server can make. It
    /// is no Kerberos, and protects nothing beyond a laboratory.
    #[must_use]
    pub fn toy_ticket(user: &str, password: &[u8], host: &str) -> String {
        let text = format!("pop.{host} {user}");
        let digest = super::state::apop_digest(text.as_bytes(), password);
        String::from_utf8_lossy(&digest).into_owned()
    }

    /// Whether a ticket line is good, and for whom: `KRB toy-ticket principal`.
    pub(super) fn principal(&self, line: &[u8], store: &Store) -> Option<String> {
        let text = std::str::from_utf8(line).ok()?;
        let (ticket, name) = text.strip_prefix("KRB ")?.split_once(' ')?;
        let user = store.user(name.as_bytes())?;
        let right = Self::toy_ticket(name, &store.password(user), &self.host);
        crate::mail::store::equal_in_constant_time(right.as_bytes(), ticket.as_bytes())
            .then(|| name.to_owned())
    }
}
