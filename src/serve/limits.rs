//! What clients may not exceed, and the sessions that are told so.

use std::sync::Arc;

use super::listen::Door;
use super::routes::Routes;
use crate::desk::Service;
use crate::protocol::Server;
use crate::protocol::dmsp::{Dmsp, DmspSettings, Limits as DmspLimits, Outside};
use crate::protocol::imap::{Dialect as ImapDialect, Imap, ImapSettings};
use crate::protocol::pop1::{Pop1, Pop1Settings};
use crate::protocol::pop2::{Limits as Pop2Limits, Pop2, Pop2Settings};
use crate::protocol::pop3::{Dialect, GreetingStamp, Limits as Pop3Limits, Pop3, Pop3Settings};
use crate::protocol::poppassd::{Poppassd, PoppassdSettings};
use crate::protocol::sasl::{Chance, Mechanism};
use crate::protocol::smtp::{Limits as SmtpLimits, Relay, Smtp, SmtpSettings};
use crate::time::Duration;

/// What clients of a server on real ports may not exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once, of all users and of nobody yet.
    pub connections: usize,
    /// Connections that one user may have open at once, over all protocols with a login.
    pub connections_per_user: usize,
    /// How long a client of POP3 or IMAP may take until it has logged in.
    pub login_time: Duration,
    /// How long a client may take nothing of what waits for it.
    pub stall_time: Duration,
    /// Octets of a command line of POP3, SMTP and LMTP, CR LF counted.
    pub line_octets: usize,
    /// Octets of a command line of POP3 before the login, and of POP1, POP2 and the password daemon at any time (RFC
    /// 937, Sizes: 512).
    pub login_line_octets: usize,
    /// After so many misuses of its protocol in a row a client of POP1, POP3 or SMTP is sent away.
    pub misuses_in_a_row: u32,
    /// Octets of an IMAP command with its literals; an appended message is not counted.
    pub command_octets: usize,
    /// Octets of a message that comes in by SMTP or IMAP's APPEND.
    pub message_octets: u32,
}

impl Limits {
    /// An SMTP receiver must take lines of this length (RFC 821 §4.5.3).
    pub const LINE_OCTETS_MIN: usize = 512;

    /// More than this is not read from a client while so much waits to be sent to it.
    pub const UNSENT_MAX: usize = 256 << 10;

    /// Pieces of an answer up to this size are joined with their neighbours, by copying them.
    pub const JOINED_MAX: usize = 16 << 10;

    /// A session pauses a long answer after about so many octets, and goes on when fewer wait to be sent.
    pub const ROOM: usize = 64 << 10;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1000,
            connections_per_user: 10,
            login_time: Duration::from_secs(60),
            stall_time: Duration::from_secs(600),
            line_octets: 4096,
            login_line_octets: 512,
            misuses_in_a_row: 10,
            command_octets: 64 << 10,
            message_octets: 50 << 20,
        }
    }
}

/// What each new session is made from.
#[derive(Clone, Debug, PartialEq)]
pub struct Models {
    /// The server's name, as greetings show it.
    pub host: String,
    /// The domains whose mail is delivered here.
    pub domains: Vec<String>,
    /// What makes the greetings of this run differ from those of earlier ones (RFC 1939 §7): the clock at its
    /// start.
    pub stamp: u64,
    /// What nobody can guess: nonces are drawn from it.
    pub chance_seed: u64,
    /// Which year it is for POP3.
    pub pop3_dialect: Dialect,
    /// What servers have or have not beside what is usual: the service, if one is meant, the word, on or off. See
    /// [`crate::protocol::features`].
    pub features: Vec<(Option<Service>, String, bool)>,
    /// What clients may not exceed.
    pub limits: Limits,
    /// What is said is kept until the session is over, to be written down or to be charged.
    pub records: bool,
    /// Where mail for other hosts goes.
    pub routes: Routes,
}

impl Models {
    /// The session of the connection with this number.
    #[must_use]
    pub fn session(&self, door: Door, number: u64) -> Server {
        let service = door.offer.service;
        let meant = self.features.iter().filter(|(of, ..)| of.is_none_or(|of| of == service));
        meant.fold(self.usual(door, number), |server, (_, word, on)| server.with_feature(word, *on))
    }

    /// The host as it sends mail on: SMTP with its name, its domains and what it says in reports.
    #[must_use]
    pub fn postman(&self) -> Smtp {
        let relay = if self.routes.relay.is_some() { Relay::Queued } else { Relay::Refused };
        Smtp::new(self.posting(relay))
    }

    /// What mail is taken for, and where it goes from here.
    fn posting(&self, relay: Relay) -> SmtpSettings {
        SmtpSettings {
            host: self.host.clone(),
            domains: self.domains.clone(),
            queued_domains: self.routes.domains(),
            relay,
            ..SmtpSettings::default()
        }
    }

    /// Mail for all the world is taken from this machine, and from those who have logged in: who relays for everybody
    /// relays for those who send what nobody wants (RFC 2505 §2.1).
    fn relay_for(&self, is_trusted: bool) -> Relay {
        if self.routes.relay.is_some() && is_trusted { Relay::Queued } else { Relay::Refused }
    }

    fn usual(&self, door: Door, number: u64) -> Server {
        let limits = &self.limits;
        let security = door.security;
        match door.offer.service {
            Service::Pop3 => {
                let standard = Pop3Settings::default();
                Server::Pop3(Pop3::new(Pop3Settings {
                    host: self.host.clone(),
                    post: Arc::new(self.posting(self.relay_for(true))),
                    greeting_stamp: GreetingStamp { process: number, clock: self.stamp },
                    dialect: if door.offer.option == "kpop" { Dialect::Kpop } else { self.pop3_dialect },
                    chance_seed: self.chance_seed,
                    limits: Pop3Limits {
                        line_octets: limits.line_octets,
                        line_octets_before_login: limits.login_line_octets,
                        message_octets: limits.message_octets.into(),
                        misuses_in_a_row: limits.misuses_in_a_row,
                    },
                    security,
                    ..standard
                }))
            }
            Service::Imap => Server::Imap(Imap::new(ImapSettings {
                host: self.host.clone(),
                command_max: limits.command_octets,
                message_max: limits.message_octets,
                security,
                dialect: ImapDialect::named(door.offer.option).unwrap_or_default(),
                post: Arc::new(self.posting(self.relay_for(true))),
                chance: Chance { seed: self.chance_seed, session: number },
                ..ImapSettings::default()
            })),
            Service::Smtp | Service::Lmtp => {
                let standard = match door.offer.service {
                    Service::Lmtp => SmtpSettings::lmtp(),
                    _ => SmtpSettings::default(),
                };
                // At the port for mail programs they log in (RFC 6409 §4.3); at 25 other hosts call, who cannot.
                let auth = if door.offer.asks_for_password {
                    Mechanism::USUAL.into_iter().chain([Mechanism::Login]).collect()
                } else {
                    Vec::new()
                };
                let posting = self.posting(self.relay_for(door.is_local || !auth.is_empty()));
                Server::Smtp(Smtp::new(SmtpSettings {
                    host: posting.host,
                    domains: posting.domains,
                    queued_domains: posting.queued_domains,
                    relay: posting.relay,
                    auth_required: !auth.is_empty(),
                    auth,
                    login_time: limits.login_time,
                    chance: Chance { seed: self.chance_seed, session: number },
                    size_max: limits.message_octets,
                    limits: SmtpLimits {
                        line_octets: limits.line_octets,
                        misuses_in_a_row: limits.misuses_in_a_row,
                        ..standard.limits
                    },
                    security,
                    ..standard
                }))
            }
            Service::Pop2 => Server::Pop2(Pop2::new(Pop2Settings {
                host: self.host.clone(),
                limits: Pop2Limits { line_octets: limits.login_line_octets },
                security,
                ..Pop2Settings::default()
            })),
            Service::Pop1 => Server::Pop1(Pop1::new(Pop1Settings {
                host: self.host.clone(),
                line_octets: limits.login_line_octets,
                misuses_in_a_row: limits.misuses_in_a_row,
                security,
                ..Pop1Settings::default()
            })),
            Service::Poppassd => {
                let line_octets = limits.login_line_octets;
                let standard = PoppassdSettings::default();
                Server::Poppassd(Poppassd::new(PoppassdSettings { security, line_octets, ..standard }))
            }
            Service::Dmsp => {
                let standard = DmspSettings::default();
                Server::Dmsp(Dmsp::new(DmspSettings {
                    local_hosts: self.domains.clone(),
                    outside: match self.routes.is_empty() {
                        true => Outside::Returned,
                        false => Outside::Queued(Arc::new(self.posting(self.relay_for(true)))),
                    },
                    limits: DmspLimits { message_octets: limits.message_octets.into(), ..standard.limits },
                    ..standard
                }))
            }
        }
    }
}

/// What a client hears when the server cannot go on with it; nothing where the protocol forbids a word.
#[must_use]
pub fn farewell(service: Service, host: &str, why: &str) -> String {
    match service {
        // RFC 1939 §3: in place of a greeting, or of the reply to the command at hand.
        Service::Pop3 => format!("-ERR {why}\r\n"),
        // BYE without being asked (RFC 3501 §7.1.5).
        Service::Imap => format!("* BYE {why}\r\n"),
        // "421 <domain> service not available, closing transmission channel" (RFC 821 §4.2.1).
        Service::Smtp | Service::Lmtp => format!("421 {host} {why}\r\n"),
        // RFC 1056 §4.2: something failed here.
        Service::Dmsp => format!("402 {why}\r\n"),
        Service::Pop2 => format!("- {why}\r\n"),
        Service::Pop1 => format!("-ERR {why}\r\n"),
        Service::Poppassd => format!("500 {why}\r\n"),
    }
}
