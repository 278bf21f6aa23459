//! `:auth`: an exchange of SASL, or APOP, that nobody could type, for it has to be worked out.

use bytes::Bytes;

use super::command::Proof;
use super::parse::Step;
use super::run::Player;
use super::transcript::Entry;
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::protocol::Server;
use crate::protocol::imap::Extension;
use crate::protocol::pop3::apop_digest;
use crate::protocol::sasl::{Chance, ClientExchange, Credentials};

/// How a protocol carries an exchange: its profile (RFC 4422 §4).
struct Profile {
    /// The service's registered name.
    service: &'static str,
    host: String,
    /// What stands before the mechanism's name.
    begins: &'static str,
    /// What stands before a challenge.
    challenge: &'static [u8],
    /// The first response may go with the command (RFC 5034 §4, RFC 4959, RFC 4954 §4).
    takes_initial: bool,
    /// What APOP's digest is made over.
    timestamp: String,
}

impl Profile {
    fn of(server: &Server) -> Option<Self> {
        Some(match server {
            Server::Pop3(pop3) => Self {
                service: "pop",
                host: pop3.settings().host.clone(),
                begins: "AUTH",
                challenge: b"+ ",
                takes_initial: pop3.settings().dialect.has_response_codes(),
                timestamp: pop3.settings().timestamp(),
            },
            Server::Imap(imap) => Self {
                service: "imap",
                host: imap.settings().host.clone(),
                begins: "auth AUTHENTICATE",
                challenge: b"+ ",
                takes_initial: imap.settings().has(Extension::SaslIr),
                timestamp: String::new(),
            },
            Server::Smtp(smtp) => Self {
                service: "smtp",
                host: smtp.settings().host.clone(),
                begins: "AUTH",
                challenge: b"334 ",
                takes_initial: true,
                timestamp: String::new(),
            },
            _ => return None,
        })
    }
}

impl Player<'_> {
    /// Logs in. Each line that is said stands in the transcript, as if somebody had typed it.
    pub(super) fn auth(&mut self, step: &Step, proof: &Proof) -> Result<(), Lesson> {
        let peer = self.peer(step)?;
        while let Ok(Some(line)) = self.hand.next_line(peer) {
            self.hear(peer, line);
        }
        let profile = self.hand.conn(peer).and_then(|conn| Profile::of(conn.session()));
        let Some(profile) = profile else {
            return Err(Lesson::new("this protocol has no AUTH")
                .at(self.script.place(step, "POP3, IMAP and SMTP have"))
                .hint("the others take a password in clear: `:help` says how"));
        };
        let Proof { mechanism, name, password, signs } = proof;
        let Some(mechanism) = mechanism else {
            let digest = apop_digest(profile.timestamp.as_bytes(), password.as_bytes());
            let line = format!("APOP {name} {}", String::from_utf8_lossy(&digest));
            return self.exchange(step, peer, &line).map(drop);
        };
        let session = self.hand.peers().get(peer).map_or(0, |peer| u64::from(peer.id.0));
        let credentials = Credentials {
            name: name.clone(),
            password: password.clone().into_bytes(),
            authorize: String::new(),
            service: profile.service,
            host: profile.host,
            // The client's own chance: never that of the server.
            nonce: Chance { seed: !self.hand.world().seed(), session }.nonce(0),
            wants_layer: *signs,
        };
        let mut exchange = ClientExchange::new(*mechanism, credentials);
        let initial = if profile.takes_initial { exchange.initial() } else { None };
        let mut line = match initial {
            Some(initial) => format!("{} {} {initial}", profile.begins, mechanism.name()),
            None => format!("{} {}", profile.begins, mechanism.name()),
        };
        loop {
            let Some(said) = self.exchange(step, peer, &line)? else { return Ok(()) };
            let Some(challenge) = said.strip_prefix(profile.challenge) else { break };
            line = match exchange.answer(challenge) {
                Ok(response) => response,
                Err(distrust) => {
                    self.push(Entry::Told(format!("the client gives up: {distrust}")));
                    "*".to_owned()
                }
            };
        }
        let welcome = self.hand.conn(peer).is_some_and(|conn| conn.session().user().is_some());
        if welcome && let Some(layer) = exchange.into_layer() {
            self.hand.put_on_layer(peer, layer);
        }
        Ok(())
    }

    /// Says a line, and hears the one that answers it.
    fn exchange(&mut self, step: &Step, peer: usize, line: &str) -> Result<Option<Bytes>, Lesson> {
        let octets = Bytes::from(format!("{line}\r\n"));
        self.hand.send(peer, &octets).map_err(|trouble| self.trouble(step, &trouble))?;
        let name = self.shown_name(peer);
        self.push(Entry::Sent(name, octets));
        loop {
            let said = self.hand.next_line(peer).map_err(|trouble| self.trouble(step, &trouble))?;
            let Some(said) = said else { return Ok(None) };
            self.hear(peer, said.clone());
            let untagged = said.starts_with(b"* ")
                && self.hand.peers().get(peer).is_some_and(|peer| peer.service == Service::Imap);
            if !untagged {
                return Ok(Some(said));
            }
        }
    }

    fn hear(&mut self, peer: usize, line: Bytes) {
        self.hand.answered = true;
        let name = self.shown_name(peer);
        self.push(Entry::Line(name, line));
    }
}
