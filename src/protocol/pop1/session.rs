//! The server: octets in, replies and deadlines out.

use std::sync::Arc;

use super::command::{COMMANDS, Keyword, Row, StateName};
use super::lump::{InUse, Lump};
use crate::lesson::nearest;
use crate::mail::store::{Store, UserId};
use crate::protocol::line_by_line::{LineByLine, Shell};
use crate::protocol::lines::LineBuffer;
use crate::protocol::row_named;
use crate::protocol::security::Security;
use crate::session::Output;
use crate::time::Duration;

/// What a POP1 server is told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop1Settings {
    /// The server's name.
    pub host: String,
    /// How long a client may be silent. RFC 918 has no number.
    pub patience: Duration,
    /// Octets of a command line, CR LF counted. RFC 918 has no number; this is that of POP2.
    pub line_octets: usize,
    /// After so many misuses of the protocol in a row the server closes.
    pub misuses_in_a_row: u32,
    /// Whether passwords may cross the connection.
    pub security: Security,
}

impl Default for Pop1Settings {
    fn default() -> Self {
        Self {
            host: "mail.example".into(),
            patience: Duration::from_secs(600),
            line_octets: 512,
            misuses_in_a_row: 10,
            security: Security::default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Nobody,
    Named(Vec<u8>),
    Idle(UserId),
    Open(Lump),
    Sent(Lump),
    Done,
}

/// One POP1 session, the server's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Pop1 {
    settings: Arc<Pop1Settings>,
    shell: Shell,
    state: State,
    misuses: u32,
}

impl Pop1 {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: Pop1Settings) -> Self {
        Self {
            shell: Shell::new(LineBuffer::strict(settings.line_octets.saturating_sub(2))),
            settings: Arc::new(settings),
            state: State::Nobody,
            misuses: 0,
        }
    }

    /// Where the session is.
    #[must_use]
    pub const fn state(&self) -> StateName {
        match self.state {
            State::Nobody => StateName::Nobody,
            State::Named(_) => StateName::Named,
            State::Idle(_) => StateName::Idle,
            State::Open(_) => StateName::Open,
            State::Sent(_) => StateName::Sent,
            State::Done => StateName::Done,
        }
    }

    /// Who is logged in.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match &self.state {
            State::Idle(user) => Some(*user),
            State::Open(lump) | State::Sent(lump) => Some(lump.owner()),
            State::Nobody | State::Named(_) | State::Done => None,
        }
    }

    /// A reply, or none where the data are the reply.
    fn command(
        &mut self,
        line: &[u8],
        store: &mut Store,
        out: &mut Output,
    ) -> Result<Option<String>, String> {
        let (row, argument) = keyword(line)?;
        if !row.states.contains(&self.state()) {
            return Err(format!("{} is out of order here ({})", row.word, row.clause));
        }
        if argument.is_none() == row.syntax.contains(' ') {
            return Err(format!("write it as `{}`", row.syntax));
        }
        let argument = argument.unwrap_or_default();
        let ok = |text: &str| Ok(Some(format!("+OK {text}")));
        match (row.kind, std::mem::replace(&mut self.state, State::Done)) {
            (Keyword::User, _) => {
                self.state = State::Named(argument.to_vec());
                ok("and the password?")
            }
            (Keyword::Pass, State::Named(name)) => {
                let may = self.settings.security.lets_passwords_pass();
                let known = store.user(&name).filter(|user| may && store.password_matches(*user, argument));
                self.state = known.map_or(State::Nobody, State::Idle);
                known
                    .map(|_| Some("+OK logged in".to_owned()))
                    .ok_or_else(|| "wrong name or password".to_owned())
            }
            (Keyword::Retr | Keyword::Rdel, State::Idle(user)) => {
                let name = String::from_utf8_lossy(argument).into_owned();
                let opened = Lump::open(user, &name, row.kind == Keyword::Rdel, store);
                self.state = State::Idle(user);
                let lump = opened.map_err(|InUse| "another session has this mailbox".to_owned())?;
                let count = format!("#{}", lump.octets());
                self.state = State::Open(lump);
                Ok(Some(count))
            }
            (Keyword::Rcev, State::Open(lump)) => self.send(lump, store, out),
            (Keyword::Rcvd, State::Open(lump) | State::Sent(lump)) => {
                let (user, deletes) = (lump.owner(), lump.deletes);
                lump.received(store);
                self.state = State::Idle(user);
                ok(if deletes { "received, and removed" } else { "received" })
            }
            (Keyword::Rset, State::Open(lump) | State::Sent(lump)) => {
                self.state = State::Idle(lump.owner());
                lump.give_back(store);
                ok("the mailbox is as it was")
            }
            (Keyword::Rset | Keyword::Noop, state) => {
                self.state = state;
                ok("nothing done")
            }
            (Keyword::Quit, state) => {
                self.state = state;
                self.give_back(store);
                ok("goodbye")
            }
            (_, state) => {
                self.state = state;
                Err(format!("{} is out of order here ({})", row.word, row.clause))
            }
        }
    }

    /// "Trouble: the connection is aborted": so many octets were promised.
    fn send(&mut self, lump: Lump, store: &mut Store, out: &mut Output) -> Result<Option<String>, String> {
        let Some(pieces) = lump.pieces().collect::<Option<Vec<_>>>() else {
            lump.give_back(store);
            return Ok(None);
        };
        for (message, separator, octets) in pieces {
            out.write(separator);
            let content = u32::try_from(octets.len()).unwrap_or(u32::MAX);
            out.write_about(octets, message, content);
        }
        self.state = State::Sent(lump);
        Ok(None)
    }

    fn give_back(&mut self, store: &mut Store) {
        if let State::Open(lump) | State::Sent(lump) = std::mem::replace(&mut self.state, State::Done) {
            lump.give_back(store);
        }
    }
}

fn keyword(line: &[u8]) -> Result<(&'static Row, Option<&[u8]>), String> {
    let (word, argument) = match memchr::memchr(b' ', line) {
        Some(space) => (&line[..space], Some(&line[space + 1..])),
        None => (line, None),
    };
    // The figure of RFC 918 writes RECV.
    let word = if word.eq_ignore_ascii_case(b"RECV") { b"RCEV" } else { word };
    let near =
        || nearest(&String::from_utf8_lossy(word).to_ascii_uppercase(), COMMANDS.iter().map(|row| row.word));
    row_named(COMMANDS, word).map(|row| (row, argument.filter(|text| !text.is_empty()))).ok_or_else(|| {
        match near() {
            Some(near) => format!("no such command; did you mean {near}?"),
            None => "no such command (RFC 918 has USER PASS RETR RDEL RCEV RCVD RSET NOOP QUIT)".to_owned(),
        }
    })
}

/// The line as it may be shown to people.
fn without_password(line: &[u8]) -> Vec<u8> {
    match line.get(..5) {
        Some(word) if word.eq_ignore_ascii_case(b"PASS ") => [word, b"***"].concat(),
        _ => line.to_vec(),
    }
}

impl LineByLine for Pop1 {
    fn shell(&mut self) -> &mut Shell {
        &mut self.shell
    }

    fn patience(&self) -> Duration {
        self.settings.patience
    }

    fn greeting(&self) -> Vec<u8> {
        format!("+OK {} post office ready\r\n", self.settings.host).into_bytes()
    }

    fn shown(line: &[u8]) -> Vec<u8> {
        without_password(line)
    }

    fn answer(&mut self, line: Option<&[u8]>, store: &mut Store, out: &mut Output) -> bool {
        let replied = match line {
            Some(line) => self.command(line, store, out),
            None => Err(format!("a line has at most {} octets", self.settings.line_octets)),
        };
        match replied {
            Ok(reply) => {
                self.misuses = 0;
                if let Some(reply) = reply {
                    out.write(format!("{reply}\r\n"));
                }
            }
            Err(why) => {
                self.misuses += 1;
                let why: String = why.chars().filter(|c| (' '..='~').contains(c)).take(500).collect();
                out.write(format!("-ERR {why}\r\n"));
            }
        }
        self.state() != StateName::Done && self.misuses < self.settings.misuses_in_a_row.max(1)
    }

    fn end(&mut self, store: &mut Store) {
        self.give_back(store);
    }
}
