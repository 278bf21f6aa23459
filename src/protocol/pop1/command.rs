//! The commands of POP1, one row each.

use std::fmt;

use StateName::{Idle, Named, Nobody, Open, Sent};

use crate::protocol::CommandRow;

/// A command's row.
pub type Row = CommandRow<Keyword, StateName>;

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the RFC's keyword; its row in COMMANDS says what it does")]
pub enum Keyword {
    User,
    Pass,
    Retr,
    Rdel,
    Rcev,
    Rcvd,
    Rset,
    Noop,
    Quit,
}

/// The server's states. RFC 918 draws them, and gives them no names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// Who is it?
    Nobody,
    /// A name was given.
    Named,
    /// Logged in, and no mailbox is open.
    Idle,
    /// A mailbox is open and locked.
    Open,
    /// It was sent; was it received?
    Sent,
    /// Goodbye is said.
    Done,
}

/// All commands, in the order of RFC 918.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = &[
    row(Keyword::User, "USER", "USER name", &[Nobody, Named], "RFC 918, USER", "say who you are"),
    row(Keyword::Pass, "PASS", "PASS password", &[Named], "RFC 918, PASS", "give the password"),
    row(Keyword::Retr, "RETR", "RETR mailbox", &[Idle], "RFC 918, RETR", "open a mailbox to read it; it stays as it is"),
    row(Keyword::Rdel, "RDEL", "RDEL mailbox", &[Idle], "RFC 918, RDEL", "open a mailbox to take its mail away"),
    row(Keyword::Rcev, "RCEV", "RCEV", &[Open], "RFC 918, RCEV", "send the whole mailbox, so many octets"),
    row(Keyword::Rcvd, "RCVD", "RCVD", &[Open, Sent], "RFC 918, RCVD", "received: after RDEL the mail is removed now"),
    row(Keyword::Rset, "RSET", "RSET", &[Nobody, Named, Idle, Open, Sent], "RFC 918, RSET", "give the mailbox back as it was"),
    row(Keyword::Noop, "NOOP", "NOOP", &[Nobody, Named, Idle, Open, Sent], "RFC 918, NOOP", "do nothing, and say so"),
    row(Keyword::Quit, "QUIT", "QUIT", &[Nobody, Named, Idle, Open, Sent], "RFC 918, QUIT", "leave"),
];

const fn row(
    kind: Keyword,
    word: &'static str,
    syntax: &'static str,
    states: &'static [StateName],
    clause: &'static str,
    help: &'static str,
) -> Row {
    CommandRow { kind, word, syntax, states, clause, help }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "NOBODY",
            Self::Named => "NAMED",
            Self::Idle => "IDLE",
            Self::Open => "OPEN",
            Self::Sent => "SENT",
            Self::Done => "DONE",
        })
    }
}
