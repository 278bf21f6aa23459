//! The server's shell: octets in, replies and deadlines out.

use std::sync::Arc;

use super::command::StateName;
use super::error::Garbage;
use super::parse;
use super::state::{Reply, State};
use crate::mail::store::{Store, UserId};
use crate::protocol::line_by_line::{LineByLine, Shell};
use crate::protocol::lines::LineBuffer;
use crate::protocol::security::Security;
use crate::session::Output;
use crate::time::Duration;

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
    /// Its timer is T2.
    shell: Shell,
    state: State,
}

impl Pop2 {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: Pop2Settings) -> Self {
        let longest = settings.limits.line_octets.saturating_sub(2);
        Self {
            shell: Shell::new(if settings.accept_bare_lf {
                LineBuffer::new(longest)
            } else {
                LineBuffer::strict(longest)
            }),
            settings: Arc::new(settings),
            state: State::Auth,
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

impl LineByLine for Pop2 {
    fn shell(&mut self) -> &mut Shell {
        &mut self.shell
    }

    fn patience(&self) -> Duration {
        self.settings.patience
    }

    fn greeting(&self) -> Vec<u8> {
        reply_line(&format!("+ POP2 {} server ready", self.settings.host))
    }

    fn shown(line: &[u8]) -> Vec<u8> {
        parse::without_password(line)
    }

    fn answer(&mut self, line: Option<&[u8]>, store: &mut Store, out: &mut Output) -> bool {
        let replied = match line {
            Some(line) => self.command(line, store),
            None => Err(Garbage::LineTooLong(self.settings.limits.line_octets)),
        };
        match replied {
            Ok(reply) => write(reply, out),
            Err(garbage) => self.garbage(&garbage, store, out),
        }
        self.state.name() != StateName::Done
    }

    /// T2 is over: garbage, in all states of the table.
    fn last_word(&mut self, store: &mut Store, out: &mut Output) {
        self.garbage(&Garbage::Timeout, store, out);
    }

    fn end(&mut self, store: &mut Store) {
        self.state.end(store);
    }
}
