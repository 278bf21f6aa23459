//! The commands of POP3, one row each.

use std::fmt;
use std::num::NonZeroU32;

use StateName::{Authorization, Transaction};

use crate::protocol::CommandRow;

/// A command's row.
pub type Row = CommandRow<Keyword, StateName>;

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the RFC's keyword; its row in COMMANDS says what it does")]
pub enum Keyword {
    User,
    Pass,
    Apop,
    Stat,
    List,
    Retr,
    Dele,
    Noop,
    Rset,
    Top,
    Uidl,
    Capa,
    Stls,
    Quit,
}

/// The states that RFC 1939 names in §3. No command is legal in UPDATE: QUIT enters and leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// Who is it? (RFC 1939 §4)
    Authorization,
    /// The maildrop is open (RFC 1939 §5).
    Transaction,
    /// Marked mail is removed, and the session ends (RFC 1939 §6).
    Update,
}

/// All commands, in the order of RFC 1939 §9: the minimal ones, the optional ones, and those of later RFCs.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = &[
    row(Keyword::User, "USER", "USER name", &[Authorization], "RFC 1939 §7", "say whose maildrop you want"),
    row(Keyword::Pass, "PASS", "PASS string", &[Authorization], "RFC 1939 §7", "give the password, right after USER"),
    row(Keyword::Quit, "QUIT", "QUIT", &[Authorization, Transaction], "RFC 1939 §4, §6", "remove what is marked as deleted, and leave"),
    row(Keyword::Stat, "STAT", "STAT", &[Transaction], "RFC 1939 §5", "how many messages, and how many octets in all"),
    row(Keyword::List, "LIST", "LIST [msg]", &[Transaction], "RFC 1939 §5", "the size of each message, or of one"),
    row(Keyword::Retr, "RETR", "RETR msg", &[Transaction], "RFC 1939 §5", "send a whole message"),
    row(Keyword::Dele, "DELE", "DELE msg", &[Transaction], "RFC 1939 §5", "mark a message as deleted; QUIT removes it"),
    row(Keyword::Noop, "NOOP", "NOOP", &[Transaction], "RFC 1939 §5", "do nothing, and say so"),
    row(Keyword::Rset, "RSET", "RSET", &[Transaction], "RFC 1939 §5", "unmark all messages marked as deleted"),
    row(Keyword::Apop, "APOP", "APOP name digest", &[Authorization], "RFC 1939 §7", "log in without showing the password"),
    row(Keyword::Top, "TOP", "TOP msg n", &[Transaction], "RFC 1939 §7", "send the header and the first n lines of the body"),
    row(Keyword::Uidl, "UIDL", "UIDL [msg]", &[Transaction], "RFC 1939 §7", "the unique-id of each message, or of one"),
    row(Keyword::Capa, "CAPA", "CAPA", &[Authorization, Transaction], "RFC 2449 §5", "list what the server can do beyond RFC 1939's minimum"),
    row(Keyword::Stls, "STLS", "STLS", &[Authorization], "RFC 2595 §4", "encrypt the connection from here on"),
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

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `USER name`
    User(Vec<u8>),
    /// `PASS string`
    Pass(Password),
    /// `APOP name digest`; the digest as 32 hexadecimal digits in lower case.
    Apop(Vec<u8>, [u8; 32]),
    /// `STAT`
    Stat,
    /// `LIST [msg]`
    List(Option<MessageNumber>),
    /// `RETR msg`
    Retr(MessageNumber),
    /// `DELE msg`
    Dele(MessageNumber),
    /// `NOOP`
    Noop,
    /// `RSET`
    Rset,
    /// `TOP msg n`: the header and `n` lines of the body.
    Top(MessageNumber, u32),
    /// `UIDL [msg]`
    Uidl(Option<MessageNumber>),
    /// `CAPA`
    Capa,
    /// `STLS`
    Stls,
    /// `QUIT`
    Quit,
}

/// A message-number: the place of a message in the maildrop of this session, counted from 1 (RFC 1939 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageNumber(pub NonZeroU32);

/// A password, which is not shown to those who debug.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub Vec<u8>);

impl MessageNumber {
    /// Where the message stands, counted from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Authorization => "AUTHORIZATION",
            Self::Transaction => "TRANSACTION",
            Self::Update => "UPDATE",
        })
    }
}
