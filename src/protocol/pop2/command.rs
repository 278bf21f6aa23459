//! The commands of POP2, one row each.

use std::fmt;

use StateName::{Auth, Item, Mbox, Next};

use crate::protocol::CommandRow;

/// A command's row.
pub type Row = CommandRow<Keyword, StateName>;

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the RFC's keyword; its row in COMMANDS says what it does")]
pub enum Keyword {
    Helo,
    Fold,
    Read,
    Retr,
    Acks,
    Ackd,
    Nack,
    Quit,
}

/// The server's states, as the decision table of RFC 937 has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// It waits for a connection.
    Lstn,
    /// Who is it?
    Auth,
    /// A mailbox is open.
    Mbox,
    /// A message is current, and its size was told.
    Item,
    /// The message was sent; was it received?
    Next,
    /// Goodbye is said.
    Done,
}

/// All commands, in the order of RFC 937.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = &[
    row(Keyword::Helo, "HELO", "HELO user password", &[Auth], "RFC 937, HELO", "log in, and open the default mailbox"),
    row(Keyword::Fold, "FOLD", "FOLD mailbox", &[Mbox, Item], "RFC 937, FOLD", "release this mailbox, and open another"),
    row(Keyword::Read, "READ", "READ [n]", &[Mbox, Item], "RFC 937, READ", "make a message current, and tell its size"),
    row(Keyword::Retr, "RETR", "RETR", &[Item], "RFC 937, RETR", "send so many octets"),
    row(Keyword::Acks, "ACKS", "ACKS", &[Next], "RFC 937, ACKS", "received: keep it, and go to the next message"),
    row(Keyword::Ackd, "ACKD", "ACKD", &[Next], "RFC 937, ACKD", "received: delete it, and go to the next message"),
    row(Keyword::Nack, "NACK", "NACK", &[Next], "RFC 937, NACK", "not received: stay at this message"),
    row(Keyword::Quit, "QUIT", "QUIT", &[Auth, Mbox, Item], "RFC 937, QUIT", "release the mailbox, and leave"),
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

/// A command with its arguments, quoting undone.
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// `HELO user password`
    Helo(Vec<u8>, Vec<u8>),
    /// `FOLD mailbox`
    Fold(Vec<u8>),
    /// `READ [n]`
    Read(Option<u32>),
    /// `RETR`
    Retr,
    /// `ACKS`
    Acks,
    /// `ACKD`
    Ackd,
    /// `NACK`
    Nack,
    /// `QUIT`
    Quit,
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lstn => "LSTN",
            Self::Auth => "AUTH",
            Self::Mbox => "MBOX",
            Self::Item => "ITEM",
            Self::Next => "NEXT",
            Self::Done => "DONE",
        })
    }
}
