//! The server's shell: octets in, replies and deadlines out.
//!
//! Two small machines: [`Expect`] knows which octets come next, [`State`] where the mail transaction is.

use std::sync::Arc;

use super::command::{Keyword, StateName};
use super::error::Refusal;
use super::parse;
use super::reply::{REPLY_OCTETS_MAX, Reply};
use super::state::{State, opens_mail_data};
use crate::mail::store::Store;
use crate::protocol::lines::{Line, LineBuffer};
use crate::protocol::mail_data::{Finished, MailData};
use crate::protocol::security::{Security, Tls};
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

/// What an SMTP server is told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct SmtpSettings {
    /// The server's name, first in its greeting (RFC 821 §4.3).
    pub host: String,
    /// The domains whose mail is delivered here: an address in one of them that nobody has is refused.
    pub domains: Vec<String>,
    /// What becomes of mail for all other domains.
    pub relay: Relay,
    /// VRFY says who exists.
    pub verify_users: bool,
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
}

/// What a client may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a command line, CR LF counted; at least 512 (RFC 821 §4.5.3).
    pub line_octets: usize,
    /// Recipients of one message; at least 100 (RFC 821 §4.5.3).
    pub recipients: usize,
    /// After so many misuses of the protocol in a row the server closes.
    pub misuses_in_a_row: u32,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: "mail.example".into(),
            domains: Vec::new(),
            relay: Relay::Refused,
            verify_users: false,
            size_max: 64 << 20,
            idle: Duration::from_secs(300),
            security: Security::default(),
            limits: Limits { line_octets: REPLY_OCTETS_MAX, recipients: 100, misuses_in_a_row: 10 },
        }
    }
}

/// Which octets come next.
#[derive(Clone, Debug, PartialEq)]
enum Expect {
    /// A command line.
    Line,
    /// Mail data up to the line with a single dot.
    Data(MailData),
}

/// One SMTP session, the receiver's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Smtp {
    settings: Arc<SmtpSettings>,
    waiting: LineBuffer,
    expect: Expect,
    state: State,
    misuses: u32,
    /// When a client that stays silent is sent away.
    deadline: Instant,
    /// The session has closed, or the peer has left.
    over: bool,
}

impl Smtp {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: SmtpSettings) -> Self {
        Self {
            waiting: LineBuffer::strict(settings.limits.line_octets.saturating_sub(2)),
            settings: Arc::new(settings),
            expect: Expect::Line,
            state: State::Connected,
            misuses: 0,
            deadline: Instant::NEVER,
            over: false,
        }
    }

    /// Where the mail transaction is.
    #[must_use]
    pub const fn state(&self) -> StateName {
        self.state.name()
    }

    fn restart_timer(&mut self, now: Instant, out: &mut Output) {
        self.deadline = now + self.settings.idle;
        out.wake = Some(self.deadline);
    }

    fn line(&mut self, line: Line, store: &Store, out: &mut Output) {
        let (octets, text) = match line {
            Line::Whole { text, octets, .. } => (octets, Some(text)),
            Line::TooLong { octets } => (octets, None),
        };
        out.command(octets, text.clone().unwrap_or_else(|| b"(a line that is too long)".to_vec()));
        if self.over {
            return;
        }
        let replied = match text {
            Some(text) => self.command(&text, store, out),
            None => Err(Refusal::LineTooLong { limit: self.settings.limits.line_octets }),
        };
        match replied {
            Ok(reply) => {
                self.misuses = 0;
                reply.write(out);
            }
            Err(refusal) => self.refuse(&refusal, out),
        }
        if self.state.name() == StateName::Closed {
            self.over = true;
            out.close = true;
        }
    }

    fn command(&mut self, line: &[u8], store: &Store, out: &mut Output) -> Result<Reply, Refusal> {
        let (row, field) = parse::keyword(line)?;
        self.state.allows(row)?;
        let command = parse::arguments(row, field)?;
        let reply = self.state.obey(row, command, &self.settings, store)?;
        if opens_mail_data(row) {
            self.expect = Expect::Data(MailData::new(u64::from(self.settings.size_max)));
        }
        out.start_tls = row.kind == Keyword::Starttls;
        Ok(reply)
    }

    fn refuse(&mut self, refusal: &Refusal, out: &mut Output) {
        self.misuses = if refusal.is_misuse() { self.misuses + 1 } else { 0 };
        if self.misuses >= self.settings.limits.misuses_in_a_row.max(1) {
            self.state = State::Closed;
            Reply::from(&Refusal::GivenUp { host: self.settings.host.clone() }).write(out);
        } else {
            Reply::from(refusal).write(out);
        }
    }

    fn mail_data(&mut self, data: Finished, now: Instant, store: &mut Store, out: &mut Output) {
        out.command(data.octets, format!("({} octets of mail data)", data.octets));
        self.expect = Expect::Line;
        match self.state.deliver(data.text.as_deref(), now, &self.settings, store) {
            Ok(reply) => reply.write(out),
            Err(refusal) => self.refuse(&refusal, out),
        }
    }
}

impl Session for Smtp {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        Reply::new(220, format!("{} simple mail transfer service ready", self.settings.host)).write(out);
        self.restart_timer(now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.waiting.push(bytes);
        loop {
            match &mut self.expect {
                Expect::Line => match self.waiting.next_line() {
                    Some(line) => self.line(line, store, out),
                    None => break,
                },
                Expect::Data(data) => {
                    let (taken, finished) = data.take(self.waiting.waiting());
                    self.waiting.skip(taken);
                    match finished {
                        Some(finished) => self.mail_data(finished, now, store, out),
                        None => break,
                    }
                }
            }
            if out.start_tls {
                // What stands behind STARTTLS came in clear, and anybody could have put it there. RFC 3207 §6
                self.waiting.forget();
            }
        }
        if !self.over {
            self.restart_timer(now, out);
        }
    }

    /// All that the client has said is forgotten, its EHLO too; there is no second greeting (RFC 3207 §4.2).
    fn secured(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        Arc::make_mut(&mut self.settings).security.tls = Tls::Active;
        self.waiting.forget();
        self.expect = Expect::Line;
        self.state = State::Connected;
        self.restart_timer(now, out);
    }

    /// What others do to the store does not change what was said here.
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    /// "421 service not available, closing transmission channel" may be given at any time (RFC 821 §4.3).
    fn wake(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        if self.over {
        } else if now < self.deadline {
            out.wake = Some(self.deadline);
        } else {
            let host = &self.settings.host;
            Reply::new(421, format!("{host} silent for too long, closing transmission channel")).write(out);
            self.over = true;
            out.close = true;
        }
    }

    /// A transaction without the end of its mail data is none (RFC 821 §4.1.1).
    fn gone(&mut self, _: &mut Store) {
        self.state = State::Closed;
        self.expect = Expect::Line;
        self.over = true;
    }
}
