//! The repository's shell: octets in, replies and deadlines out.

use std::sync::Arc;

use super::command::{Keyword, StateName};
use super::error::Refusal;
use super::parse;
use super::reply::{self, LINE_OCTETS_MAX};
use super::state::{Context, State};
use crate::mail::store::{Store, UserId};
use crate::protocol::lines::{Line, LineBuffer};
use crate::protocol::mail_data::{Finished, MailData};
use crate::protocol::smtp::SmtpSettings;
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

/// What a repository is told before it starts. Each of the switches turns one lesson on or off; none changes the
/// syntax.
#[derive(Clone, Debug, PartialEq)]
pub struct DmspSettings {
    /// What the banner calls the program.
    pub program_version: String,
    /// The version of the protocol (RFC 1056 appendix I).
    pub version: u32,
    /// After so long without a connection a client is inactive (RFC 1056 §3.1: a week).
    pub inactive_after: Duration,
    /// The repository itself resets an inactive client that logs in, as RFC 993 had it.
    pub auto_reset: bool,
    /// RESET-DESCRIPTORS leaves on the list what changed after it was told.
    pub safe_reset: bool,
    /// A client's own flag changes come onto its own list too.
    pub echo_own_changes: bool,
    /// One user is logged in once at a time, as RFC 984 had it.
    pub one_session_per_user: bool,
    /// Octets above 127 are refused in messages (RFC 1056 §4).
    pub strict7: bool,
    /// The printers there are.
    pub printers: Vec<String>,
    /// The hosts whose mail stays here.
    pub local_hosts: Vec<String>,
    /// What becomes of mail for other hosts.
    pub outside: Outside,
    /// How long a client may be silent: its lock must not last for ever.
    pub idle: Duration,
    /// What a client may not exceed.
    pub limits: Limits,
}

/// What becomes of mail for other hosts.
#[derive(Clone, Debug, PartialEq)]
pub enum Outside {
    /// It comes back.
    Returned,
    /// It waits in this user's INBOX to be sent on.
    Into(String),
    /// It goes where SMTP at this host would send it.
    Queued(Arc<SmtpSettings>),
}

/// What a client may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of an operation line, CR LF counted (RFC 1056 §4.1: 512).
    pub line_octets: usize,
    /// Octets of a message.
    pub message_octets: u64,
    /// After so many misuses in a row the repository closes.
    pub misuses_in_a_row: u32,
    /// Clients of one user.
    pub clients_per_user: usize,
    /// Mailboxes of one user.
    pub mailboxes_per_user: usize,
    /// Addresses of one mailbox.
    pub addresses_per_mailbox: usize,
    /// Bulletin boards that one user subscribes to.
    pub subscriptions_per_user: usize,
    /// To how many addresses one message goes.
    pub recipients: usize,
    /// Sheets that the printers have, all users' together.
    pub papers: usize,
}

impl Default for DmspSettings {
    fn default() -> Self {
        Self {
            program_version: "3.0.0".to_owned(),
            version: 230,
            inactive_after: Duration::from_secs(7 * 24 * 3600),
            auto_reset: false,
            safe_reset: false,
            echo_own_changes: false,
            one_session_per_user: false,
            strict7: false,
            printers: vec!["pravda".to_owned()],
            local_hosts: vec!["mail.example".to_owned(), "localhost".to_owned()],
            outside: Outside::Returned,
            idle: Duration::from_secs(1800),
            limits: Limits {
                line_octets: LINE_OCTETS_MAX,
                message_octets: 50_000_000,
                misuses_in_a_row: 10,
                clients_per_user: 100,
                mailboxes_per_user: 1000,
                addresses_per_mailbox: 100,
                subscriptions_per_user: 1000,
                recipients: 1000,
                papers: 10_000,
            },
        }
    }
}

/// Which octets come next.
#[derive(Clone, Debug, PartialEq)]
enum Expect {
    /// An operation line.
    Line,
    /// Text up to the line with a single period.
    Text(MailData),
}

/// One DMSP session, the repository's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Dmsp {
    settings: Arc<DmspSettings>,
    waiting: LineBuffer,
    expect: Expect,
    state: State,
    misuses: u32,
    /// When a client that stays silent is sent away.
    deadline: Instant,
}

impl Dmsp {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: DmspSettings) -> Self {
        Self {
            waiting: LineBuffer::new(settings.limits.line_octets.saturating_sub(2)),
            settings: Arc::new(settings),
            expect: Expect::Line,
            state: State::NotLoggedIn,
            misuses: 0,
            deadline: Instant::NEVER,
        }
    }

    /// Where the session is.
    #[must_use]
    pub const fn state(&self) -> StateName {
        self.state.name()
    }

    /// Who is logged in.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match &self.state {
            State::LoggedIn(client) | State::ReceivingText(client) => Some(client.user),
            State::NotLoggedIn | State::Closed => None,
        }
    }

    /// For which of the user's clients it speaks, and whether in batch mode.
    #[must_use]
    pub fn client(&self) -> Option<(&str, bool)> {
        match &self.state {
            State::LoggedIn(client) | State::ReceivingText(client) => Some((&client.name, client.batch)),
            State::NotLoggedIn | State::Closed => None,
        }
    }

    fn is_over(&self) -> bool {
        self.state == State::Closed
    }

    fn line(&mut self, line: Line, now: Instant, store: &mut Store, out: &mut Output) {
        let (octets, text) = match line {
            Line::Whole { text, octets, .. } => (octets, Some(text)),
            Line::TooLong { octets } => (octets, None),
        };
        let shown =
            text.as_deref().map_or_else(|| b"(a line that is too long)".to_vec(), parse::without_password);
        out.command(octets, shown);
        if self.is_over() {
            return;
        }
        let done = match text {
            Some(text) => self.operation(&text, now, store),
            None => {
                let limit = self.settings.limits.line_octets;
                Err(Refusal::Line(format!("a line has at most {limit} characters, CR LF included")))
            }
        };
        match done {
            Ok(reply) => {
                self.misuses = 0;
                reply.write(out);
            }
            Err(refusal) => {
                reply::refuse(&refusal, out);
                self.misuses = if refusal.is_misuse() { self.misuses + 1 } else { 0 };
            }
        }
        if self.misuses >= self.settings.limits.misuses_in_a_row.max(1) {
            self.gone(store);
        }
        out.close |= self.is_over();
    }

    fn operation(&mut self, line: &[u8], now: Instant, store: &mut Store) -> Result<reply::Reply, Refusal> {
        let (row, words) = parse::operation(line)?;
        self.state.allows(row)?;
        let command = parse::arguments(row, &words)?;
        let settings = Arc::clone(&self.settings);
        let reply = self.state.obey(command, &mut Context { now, settings: &settings, store })?;
        if row.kind == Keyword::SendMessage {
            self.expect = Expect::Text(MailData::new(settings.limits.message_octets));
        }
        Ok(reply)
    }

    fn text(&mut self, data: Finished, now: Instant, store: &mut Store, out: &mut Output) {
        out.command(data.octets, format!("({} octets of text)", data.octets));
        self.expect = Expect::Line;
        let settings = Arc::clone(&self.settings);
        let mut context = Context { now, settings: &settings, store };
        match self.state.deliver(data.text.as_deref(), &mut context) {
            Ok(reply) => reply.write(out),
            Err(refusal) => reply::refuse(&refusal, out),
        }
    }
}

impl Session for Dmsp {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        out.write(format!("200 Pcmail repository version {} ready\r\n", self.settings.program_version));
        self.deadline = now + self.settings.idle;
        out.wake = Some(self.deadline);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.waiting.push(bytes);
        loop {
            match &mut self.expect {
                Expect::Line => match self.waiting.next_line() {
                    Some(line) => self.line(line, now, store, out),
                    None => break,
                },
                Expect::Text(data) => {
                    let (taken, finished) = data.take(self.waiting.waiting());
                    self.waiting.skip(taken);
                    match finished {
                        Some(finished) => self.text(finished, now, store, out),
                        None => break,
                    }
                }
            }
        }
        if !self.is_over() {
            self.deadline = now + self.settings.idle;
            out.wake = Some(self.deadline);
        }
    }

    /// The repository never speaks first: a client asks what has changed (RFC 1056 §5.3).
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        if self.is_over() {
        } else if now < self.deadline {
            out.wake = Some(self.deadline);
        } else {
            self.gone(store);
            out.close = true;
        }
    }

    /// A text without its end is none, and the client object is free (RFC 1056 §4.3).
    fn gone(&mut self, store: &mut Store) {
        self.state.end(store);
        self.expect = Expect::Line;
    }
}
