//! poppassd, the password daemon beside POP3 (port 106; Eudora's "Change Password"): five lines, one new password.
//!
//! ```text
//!   200 hello ─── user name ──> 200 ─── pass old ──> 200 ─── newpass new ──> 200 ─── quit ──> 200, close
//!                                         └── wrong: 500, close                └── not allowed: 500, close
//! ```
//!
//! There is no RFC: what is here follows the notes of its authors (Norstad, Dorner) and sessions of poppassd 1.8. Each
//! keyword comes once and in this order; whatever stands behind the one space is the argument, blanks and all. Both
//! passwords cross the line in clear.
//!
//! | point | what we do | why |
//! |---|---|---|
//! | a name that nobody has | told only after `pass`, in the words for a wrong password | it tells nothing about names |
//! | the digits of replies | 200 and 500 | those of poppassd 1.8; the first note had 300 where more is wanted |
//! | a failure | closes the connection | one attempt a connection |

use std::sync::Arc;

use crate::mail::store::{Store, UserId};
use crate::protocol::CommandRow;
use crate::protocol::line_by_line::{LineByLine, Shell};
use crate::protocol::lines::LineBuffer;
use crate::protocol::security::Security;
use crate::session::Output;
use crate::time::Duration;

#[cfg(test)]
mod tests;

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the keyword; its row in COMMANDS says what it does")]
pub enum Keyword {
    User,
    Pass,
    Newpass,
    Quit,
}

/// What the daemon waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// A name.
    Greeted,
    /// The old password.
    Named,
    /// The new one.
    Known,
    /// `quit`.
    Changed,
}

impl std::fmt::Display for StateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Greeted => "GREETED",
            Self::Named => "NAMED",
            Self::Known => "KNOWN",
            Self::Changed => "CHANGED",
        })
    }
}

/// All commands, in the order in which they must come.
#[rustfmt::skip]
pub const COMMANDS: &[CommandRow<Keyword, StateName>] = &[
    CommandRow { kind: Keyword::User, word: "USER", syntax: "USER name", states: &[StateName::Greeted], clause: "poppassd 1.8", help: "say whose password changes" },
    CommandRow { kind: Keyword::Pass, word: "PASS", syntax: "PASS old", states: &[StateName::Named], clause: "poppassd 1.8", help: "give the password that holds until now" },
    CommandRow { kind: Keyword::Newpass, word: "NEWPASS", syntax: "NEWPASS new", states: &[StateName::Known], clause: "poppassd 1.8", help: "give the one that holds from now on" },
    CommandRow { kind: Keyword::Quit, word: "QUIT", syntax: "QUIT", states: &[StateName::Greeted, StateName::Named, StateName::Known, StateName::Changed], clause: "poppassd 1.8", help: "leave" },
];

/// What the daemon is told before it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct PoppassdSettings {
    /// How long a client may be silent.
    pub patience: Duration,
    /// Octets of a line, CR LF counted.
    pub line_octets: usize,
    /// The longest new password that is taken: what POP3 can carry in a line of 512.
    pub password_octets: usize,
    /// Whether passwords may cross the connection; the daemon knows no other way.
    pub security: Security,
}

impl Default for PoppassdSettings {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(60),
            line_octets: 512,
            password_octets: 505,
            security: Security::default(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Greeted,
    Named(Vec<u8>),
    Known(UserId),
    Changed,
}

/// One session, the daemon's end.
#[derive(Clone, Debug, PartialEq)]
pub struct Poppassd {
    settings: Arc<PoppassdSettings>,
    shell: Shell,
    state: State,
}

impl Poppassd {
    /// A session that waits for its client.
    #[must_use]
    pub fn new(settings: PoppassdSettings) -> Self {
        Self {
            shell: Shell::new(LineBuffer::new(settings.line_octets.saturating_sub(2))),
            settings: Arc::new(settings),
            state: State::Greeted,
        }
    }

    /// What it waits for.
    #[must_use]
    pub const fn state(&self) -> StateName {
        match self.state {
            State::Greeted => StateName::Greeted,
            State::Named(_) => StateName::Named,
            State::Known(_) => StateName::Known,
            State::Changed => StateName::Changed,
        }
    }

    /// Who has shown the old password.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self.state {
            State::Known(user) => Some(user),
            _ => None,
        }
    }

    /// The reply to a line; an error closes.
    fn obey(&mut self, line: &[u8], store: &mut Store) -> Result<&'static str, &'static str> {
        let (word, argument) = match memchr::memchr(b' ', line) {
            Some(space) => (&line[..space], &line[space + 1..]),
            None => (line, &b""[..]),
        };
        if word.eq_ignore_ascii_case(b"quit") {
            return Err("200 Bye.");
        }
        let is = |wanted: &[u8]| word.eq_ignore_ascii_case(wanted) && !argument.is_empty();
        match &self.state {
            State::Greeted if is(b"user") => {
                self.state = State::Named(argument.to_vec());
                Ok("200 Your password please.")
            }
            State::Greeted => Err("500 Username required."),
            State::Named(name) if is(b"pass") => {
                let may = self.settings.security.lets_passwords_pass();
                let known = store.user(name).filter(|user| may && store.password_matches(*user, argument));
                self.state = State::Known(known.ok_or("500 Old password is incorrect.")?);
                Ok("200 Your new password please.")
            }
            State::Named(_) => Err("500 Password required."),
            State::Known(user) if is(b"newpass") => {
                if argument.len() > self.settings.password_octets {
                    return Err("500 Server error, password not changed: it is too long for POP3.");
                }
                if memchr::memchr3(b'\r', b'\n', 0, argument).is_some() {
                    return Err("500 Server error, password not changed: no line end and no NUL, please.");
                }
                store.set_password(*user, argument.to_vec());
                self.state = State::Changed;
                Ok("200 Password changed, thank-you.")
            }
            State::Known(_) => Err("500 New password required."),
            State::Changed => Err("500 Quit required."),
        }
    }
}

/// The line as it may be shown to people.
fn shown(line: &[u8]) -> Vec<u8> {
    let word = line.split(|octet| *octet == b' ').next().unwrap_or_default();
    let is_name = word.eq_ignore_ascii_case(b"user") || word.eq_ignore_ascii_case(b"quit");
    if is_name || word.len() == line.len() { line.to_vec() } else { [word, b" ***"].concat() }
}

impl LineByLine for Poppassd {
    fn shell(&mut self) -> &mut Shell {
        &mut self.shell
    }

    fn patience(&self) -> Duration {
        self.settings.patience
    }

    fn greeting(&self) -> Vec<u8> {
        b"200 poppassd hello, who are you?\r\n".to_vec()
    }

    fn shown(line: &[u8]) -> Vec<u8> {
        shown(line)
    }

    fn answer(&mut self, line: Option<&[u8]>, store: &mut Store, out: &mut Output) -> bool {
        let (reply, goes_on) = match line.map(|line| self.obey(line, store)) {
            Some(Ok(reply)) => (reply, true),
            Some(Err(why)) => (why, false),
            None => ("500 That line is too long.", false),
        };
        out.write(format!("{reply}\r\n"));
        goes_on
    }
}
