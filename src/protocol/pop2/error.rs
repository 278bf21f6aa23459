//! Why the server gives up, in words. POP2 knows no refusal that a session survives.

use std::fmt;

use super::command::{Row, StateName};

/// Why a line ends the session.
#[derive(Clone, Debug)]
pub enum Garbage {
    /// No such keyword.
    Unknown(Option<&'static str>),
    /// The arguments are not those of the command.
    Syntax(&'static Row),
    /// The command belongs to another state.
    WrongState(&'static Row, StateName),
    /// The line is longer than allowed.
    LineTooLong(usize),
    /// Wrong name or password; which of them is not said.
    Denied,
    /// Another session has the mailbox.
    InUse,
    /// Passwords may not cross this line in clear, and POP2 has no other way.
    EncryptFirst,
    /// The stored message cannot be read any longer.
    Lost,
    /// The client was silent for too long.
    Timeout,
}

impl fmt::Display for Garbage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(Some(near)) => write!(f, "no such command; did you mean {near}?"),
            Self::Unknown(None) => {
                f.write_str("no such command (RFC 937 has HELO FOLD READ RETR ACKS ACKD NACK QUIT)")
            }
            Self::Syntax(row) => write!(f, "write it as `{}` ({})", row.syntax, row.clause),
            Self::WrongState(row, state) => {
                let states: Vec<String> = row.states.iter().map(StateName::to_string).collect();
                write!(
                    f,
                    "{} is for {}; this session is in {state} ({})",
                    row.word,
                    states.join(", "),
                    row.clause
                )
            }
            Self::LineTooLong(limit) => write!(f, "a line has at most {limit} octets (RFC 937, Sizes)"),
            Self::Denied => f.write_str("no mailbox opens for this user and password"),
            Self::InUse => f.write_str("another session has this mailbox"),
            Self::EncryptFirst => f.write_str("no password in clear here, and POP2 knows no other way"),
            Self::Lost => f.write_str("the message can no longer be read"),
            Self::Timeout => f.write_str("silent for too long (RFC 937, Timeouts)"),
        }
    }
}
