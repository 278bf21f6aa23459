//! The server's shell: octets in, replies and deadlines out.

use std::sync::Arc;

use super::command::StateName;
use super::error::Garbage;
use super::parse;
use super::state::{Reply, State};
use crate::mail::store::{Store, UserId};
use crate::protocol::lines::{Line, LineBuffer};
use crate::protocol::security::Security;
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

/// What a POP2 server is told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop2Settings {
    /// The server's name, as the greeting shows it.
    pub host: String,
    /// T2: how long a client may be silent between two commands (RFC 937, Timeouts). The text gives no number; ten
    /// minutes let a person decide.
    pub patience: Duration,
    /// What a client may not exceed.
    pub limits: Limits,
    /// Whether passwords may cross the connection. POP2 cannot encrypt.
    pub security: Security,
    /// Leniency: a bare LF ends a line too.
    pub accept_bare_lf: bool,
}

/// What a client may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of a command line, CR LF counted (RFC 937, Sizes: 512).
    pub line_octets: usize,
}

/// "The maximum length of a command line is 512 characters", and that of a reply line too (RFC 937, Sizes).
pub const LINE_OCTETS_MAX: usize = 512;

impl Default for Pop2Settings {
    fn default() -> Self {
        Self {
            host: "mail.example".into(),
            patience: Duration::from_secs(600),
            limits: Limits { line_octets: LINE_OCTETS_MAX },
            security: Security::default(),
            accept_bare_lf: false,
        }
    }
}

/// One POP2 session, the server's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop2 {
    settings: Arc<Pop2Settings>,
    lines: LineBuffer,
    state: State,
    /// When T2 is over.
    deadline: Instant,
    over: bool,
}

impl Pop2 {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: Pop2Settings) -> Self {
        let longest = settings.limits.line_octets.saturating_sub(2);
        Self {
            lines: if settings.accept_bare_lf {
                LineBuffer::new(longest)
            } else {
                LineBuffer::strict(longest)
            },
            settings: Arc::new(settings),
            state: State::Auth,
            deadline: Instant::NEVER,
            over: false,
        }
    }

    /// The state that RFC 937 names.
    #[must_use]
    pub const fn state(&self) -> StateName {
        self.state.name()
    }

    /// Who is logged in.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self.state.folder() {
            Some(folder) => Some(folder.owner()),
            None => None,
        }
    }

    fn restart_timer(&mut self, now: Instant, out: &mut Output) {
        self.deadline = now + self.settings.patience;
        out.wake = Some(self.deadline);
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
            Some(text) => self.command(&text, store),
            None => Err(Garbage::LineTooLong(self.settings.limits.line_octets)),
        };
        match replied {
            Ok(reply) => write(reply, out),
            Err(garbage) => self.garbage(&garbage, store, out),
        }
        if self.state.name() == StateName::Done {
            self.close(store, out);
        }
    }

    fn command(&mut self, line: &[u8], store: &mut Store) -> Result<Reply, Garbage> {
        let (row, arguments) = parse::keyword(line)?;
        let state = self.state.name();
        if !row.states.contains(&state) {
            return Err(Garbage::WrongState(row, state));
        }
        let command = parse::arguments(row, arguments)?;
        self.state.obey(row, command, &self.settings, store)
    }

    /// Action 1: "This is garbage. Send - error, and close the connection."
    fn garbage(&mut self, garbage: &Garbage, store: &mut Store, out: &mut Output) {
        out.write(reply_line(&format!("- {garbage}")));
        self.state.end(store);
    }

    fn close(&mut self, store: &mut Store, out: &mut Output) {
        self.gone(store);
        out.close = true;
    }
}

fn write(reply: Reply, out: &mut Output) {
    match reply {
        Reply::Plus(text) => out.write(reply_line(&format!("+ {text}"))),
        Reply::Count(messages) => out.write(reply_line(&format!("#{messages} messages"))),
        Reply::Length(0) => out.write(reply_line("=0 no message")),
        Reply::Length(octets) => out.write(reply_line(&format!("={octets} characters"))),
        Reply::Data(message, octets) => {
            let content = u32::try_from(octets.len()).unwrap_or(u32::MAX);
            out.write_about(octets, message, content);
        }
        Reply::Close => {}
    }
}

/// A line of at most 512 octets, `§` and what is not printable ASCII replaced.
fn reply_line(text: &str) -> Vec<u8> {
    let mut line: Vec<u8> =
        text.bytes().map(|octet| if (b' '..=b'~').contains(&octet) { octet } else { b'?' }).collect();
    line.truncate(LINE_OCTETS_MAX - 2);
    line.extend_from_slice(b"\r\n");
    line
}

impl Session for Pop2 {
    fn open(&mut self, now: Instant, _: &mut Store, out: &mut Output) {
        out.write(reply_line(&format!("+ POP2 {} server ready", self.settings.host)));
        self.restart_timer(now, out);
    }

    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output) {
        self.lines.push(bytes);
        while let Some(line) = self.lines.next_line() {
            self.line(line, store, out);
            if !self.over {
                self.restart_timer(now, out);
            }
        }
    }

    /// A mailbox is frozen when it is opened.
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}

    /// T2 is over: garbage, in all states of the table.
    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output) {
        if self.over {
        } else if now < self.deadline {
            out.wake = Some(self.deadline);
        } else {
            self.garbage(&Garbage::Timeout, store, out);
            self.close(store, out);
        }
    }

    fn gone(&mut self, store: &mut Store) {
        self.state.end(store);
        self.over = true;
    }
}
