//! The server's shell: octets in, replies and deadlines out.

use std::sync::Arc;

use super::command::{Keyword, StateName};
use super::error::Refusal;
use super::parse;
use super::reply::{self, REPLY_OCTETS_MAX, Reply};
use super::state::State;
use crate::mail::store::{Store, UserId};
use crate::protocol::lines::{Line, LineBuffer};
use crate::protocol::security::{Security, Tls};
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

/// What a POP3 server is told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop3Settings {
    /// The server's name, as the greeting and the goodbye show it.
    pub host: String,
    /// What makes this session's greeting differ from all others.
    pub greeting_stamp: GreetingStamp,
    /// How long a client may be silent; ten minutes at least (RFC 1939 §3), and less counts as ten minutes.
    pub autologout: Duration,
    /// What a client may not exceed.
    pub limits: Limits,
    /// Whether the connection is encrypted or can be.
    pub security: Security,
    /// Leniency: a bare LF ends a line too, as hand-made clients send it. RFC 1939 §3 wants CR LF.
    pub accept_bare_lf: bool,
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
    /// Octets of a command line, CR LF counted. RFC 1939 §3 needs fewer than 100; passwords may be long.
    pub line_octets: usize,
    /// After so many misuses of the protocol in a row the server closes.
    pub misuses_in_a_row: u32,
}

impl Default for Pop3Settings {
    fn default() -> Self {
        Self {
            host: "mail.example".into(),
            greeting_stamp: GreetingStamp::default(),
            autologout: Self::AUTOLOGOUT_MIN,
            limits: Limits { line_octets: REPLY_OCTETS_MAX, misuses_in_a_row: 10 },
            security: Security::default(),
            accept_bare_lf: false,
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
}

/// One POP3 session, the server's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop3 {
    settings: Arc<Pop3Settings>,
    lines: LineBuffer,
    state: State,
    misuses: u32,
    /// When the autologout timer expires.
    autologout: Instant,
    /// The session has closed, or the peer has left.
    over: bool,
}

impl Pop3 {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: Pop3Settings) -> Self {
        let longest = settings.limits.line_octets.saturating_sub(2);
        Self {
            lines: if settings.accept_bare_lf {
                LineBuffer::new(longest)
            } else {
                LineBuffer::strict(longest)
            },
            settings: Arc::new(settings),
            state: State::Authorization { user: None },
            misuses: 0,
            autologout: Instant::NEVER,
            over: false,
        }
    }

    /// The same session with another greeting: for a host that makes each session from one model.
    #[must_use]
    pub fn with_greeting_stamp(mut self, stamp: GreetingStamp) -> Self {
        Arc::make_mut(&mut self.settings).greeting_stamp = stamp;
        self
    }

    /// The state that RFC 1939 names.
    #[must_use]
    pub const fn state(&self) -> StateName {
        self.state.name()
    }

    /// Who is logged in: in TRANSACTION, the owner of the maildrop.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match &self.state {
            State::Transaction(maildrop) => Some(maildrop.owner()),
            State::Authorization { .. } | State::Update => None,
        }
    }

    /// "The receipt of any command from the client should suffice to reset the timer" (RFC 1939 §3).
    fn restart_autologout(&mut self, now: Instant, out: &mut Output) {
        self.autologout = now + self.settings.autologout.max(Pop3Settings::AUTOLOGOUT_MIN);
        out.wake = Some(self.autologout);
    }

    fn line(&mut self, line: Line, store: &mut Store, out: &mut Output) {
        let (octets, text) = match line {
            Line::Whole { text, octets, .. } => (octets, Some(text)),
            Line::TooLong { octets } => (octets, None),
        };
        let shown =
            text.as_deref().map_or_else(|| b"(a line that is too long)".to_vec(), parse::without_password);
        out.command(octets, shown);
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
            Err(refusal) => {
                self.state.refused();
                reply::refuse(&refusal, out);
                self.misuses = if refusal.is_misuse() { self.misuses + 1 } else { 0 };
            }
        }
        if self.state.name() == StateName::Update
            || self.misuses >= self.settings.limits.misuses_in_a_row.max(1)
        {
            self.close(store, out);
        }
    }

    fn command(&mut self, line: &[u8], store: &mut Store, out: &mut Output) -> Result<Reply, Refusal> {
        let (row, arguments) = parse::keyword(line)?;
        self.state.allows(row)?;
        let command = parse::arguments(row, arguments)?;
        let reply = self.state.obey(row, command, &self.settings, store)?;
        out.start_tls = row.kind == Keyword::Stls;
        Ok(reply)
    }

    fn close(&mut self, store: &mut Store, out: &mut Output) {
        self.gone(store);
        out.close = true;
    }
}

impl Session for Pop3 {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        Reply::Line(format!("POP3 server ready {}", self.settings.timestamp())).write(out);
        self.restart_autologout(now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.lines.push(bytes);
        while let Some(line) = self.lines.next_line() {
            self.line(line, store, out);
            if !self.over {
                self.restart_autologout(now, out);
            }
            if out.start_tls {
                // What stands behind STLS came in clear, and anybody could have put it there. RFC 2595 §2.2
                self.lines.forget();
            }
        }
    }

    /// "The server ... MUST discard any knowledge obtained from the client": the state is AUTHORIZATION again, and
    /// there is no second greeting (RFC 2595 §4).
    fn secured(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        Arc::make_mut(&mut self.settings).security.tls = Tls::Active;
        self.lines.forget();
        self.state.refused();
        self.restart_autologout(now, out);
    }

    /// A maildrop is frozen when it is opened: whatever others do to the mailbox, this session hears nothing.
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    /// "The session does NOT enter the UPDATE state: the server should close the connection without removing any
    /// messages or sending any response to the client" (RFC 1939 §3).
    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        if self.over {
        } else if now < self.autologout {
            out.wake = Some(self.autologout);
        } else {
            self.close(store, out);
        }
    }

    fn gone(&mut self, store: &mut Store) {
        self.state.end(store);
        self.over = true;
    }
}
