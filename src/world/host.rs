//! The host at the other end: which services it offers, with which habits.

use std::sync::Arc;

use crate::desk::Service;
use crate::link::tcp::{Habit, LINUX, Profile};
use crate::mail::date::Timestamp;
use crate::mail::message::{Message, MessageId};
use crate::mail::store::MailboxId;
use crate::protocol::Server;
use crate::protocol::pop3::GreetingStamp;
use crate::protocol::sasl::Chance;
use crate::time::{Duration, Instant};

/// The server's side of a world. It does not change while the world runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// A session of each service offered, as it is before it is opened.
    pub services: Vec<(Service, Server)>,
    /// The TCP of both ends.
    pub stack: &'static Profile,
    /// What the server programs ask of their TCP.
    pub habit: Habit,
    /// How long the server thinks about each command before it answers.
    pub thinks: Duration,
    /// Mail that comes in from outside later on.
    pub deliveries: Vec<Delivery>,
    /// Mail hosts at workstations: the domains whose mail each takes, by the workstation's number.
    pub nodes: Vec<(String, usize)>,
}

/// Mail that comes in from outside at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// When.
    pub at: Instant,
    /// Into which mailbox.
    pub mailbox: MailboxId,
    /// The identity of the first message, set aside by [`crate::mail::store::Store::reserve`]; the others follow.
    pub first: MessageId,
    /// The messages, and when each was received.
    pub messages: Vec<(Arc<Message>, Timestamp)>,
}

impl Host {
    /// A host that offers `services` over today's TCP and answers without thinking.
    #[must_use]
    pub fn new(services: Vec<(Service, Server)>) -> Self {
        Self {
            services,
            stack: &LINUX,
            habit: Habit::default(),
            thinks: Duration::ZERO,
            deliveries: Vec::new(),
            nodes: Vec::new(),
        }
    }

    /// The workstation whose mail host takes the mail of a domain.
    #[must_use]
    pub fn node(&self, domain: &str) -> Option<usize> {
        self.nodes.iter().find(|(known, _)| known.eq_ignore_ascii_case(domain)).map(|(_, place)| *place)
    }

    /// A fresh session of a service, if it is offered: the `number`th of the host, begun at `clock`.
    #[must_use]
    pub fn session(&self, service: Service, number: u64, clock: Timestamp) -> Option<Server> {
        let (_, model) = self.services.iter().find(|(offered, _)| *offered == service)?;
        Some(match model.clone() {
            // No two greetings may be alike, or an overheard APOP digest could be played back (RFC 1939 §7).
            Server::Pop3(pop3) => {
                let stamp = GreetingStamp { process: number, clock: clock.unix.unsigned_abs() };
                Server::Pop3(pop3.with_greeting_stamp(stamp))
            }
            Server::Smtp(smtp) => {
                Server::Smtp(smtp.with_chance(Chance { seed: clock.unix.unsigned_abs(), session: number }))
            }
            // A session that is written down is that of its connection.
            Server::Scripted(scripted) => Server::Scripted(scripted.numbered(number)),
            other => other,
        })
    }
}
