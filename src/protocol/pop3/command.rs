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
    Auth,
    Utf8,
    Lang,
    Last,
    Rpop,
    Xtnd,
    Env,
    Lfld,
    Sfld,
    Cfld,
    Dfld,
    Renf,
    Move,
    Copy,
    Stor,
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
    row(Keyword::Auth, "AUTH", "AUTH mechanism [initial-response]", &[Authorization], "RFC 5034 §4", "log in by a SASL mechanism"),
    row(Keyword::Utf8, "UTF8", "UTF8", &[Authorization], "RFC 6856 §2", "take messages and names in UTF-8"),
    row(Keyword::Lang, "LANG", "LANG [language]", &[Authorization, Transaction], "RFC 6856 §3", "list the languages of replies, or choose one"),
    row(Keyword::Last, "LAST", "LAST", &[Transaction], "RFC 1460 §5", "the highest number that was ever retrieved; until 1994"),
    row(Keyword::Rpop, "RPOP", "RPOP user", &[Authorization], "RFC 1225", "in place of PASS: trust the host that I call from; until 1993"),
    row(Keyword::Xtnd, "XTND", "XTND BBOARDS|ARCHIVE|XMIT [name]", &[Transaction], "RFC 1082", "discussion groups, or sending mail"),
    row(Keyword::Env, "*ENV", "*ENV msg", &[Transaction], "SDPS", "sender and recipient of a message's envelope (Demon Internet)"),
    row(Keyword::Lfld, "LFLD", "LFLD", &[Transaction], "POP4, reconstruction", "list folders"),
    row(Keyword::Sfld, "SFLD", "SFLD name", &[Transaction], "POP4, reconstruction", "select a folder"),
    row(Keyword::Cfld, "CFLD", "CFLD name", &[Transaction], "POP4, reconstruction", "create a folder"),
    row(Keyword::Dfld, "DFLD", "DFLD name", &[Transaction], "POP4, reconstruction", "delete a folder"),
    row(Keyword::Renf, "RENF", "RENF old new", &[Transaction], "POP4, reconstruction", "give a folder another name"),
    row(Keyword::Move, "MOVE", "MOVE msgs name", &[Transaction], "POP4, reconstruction", "copy messages to a folder and mark them as deleted here"),
    row(Keyword::Copy, "COPY", "COPY msgs name", &[Transaction], "POP4, reconstruction", "copy messages to a folder"),
    row(Keyword::Stor, "STOR", "STOR name", &[Transaction], "POP4, reconstruction", "store a message in a folder: its text follows, up to a dot"),
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
    /// `AUTH mechanism [initial-response]`
    Auth(Vec<u8>, Option<Vec<u8>>),
    /// `UTF8`
    Utf8,
    /// `LANG [language]`
    Lang(Option<Vec<u8>>),
    /// `LAST`
    Last,
    /// `RPOP user`: who the user is at the client's host.
    Rpop(Vec<u8>),
    /// `XTND BBOARDS [name]`, `XTND ARCHIVE name`, `XTND XMIT`
    Xtnd(Extension),
    /// `*ENV msg`
    Env(MessageNumber),
    /// `LFLD`
    Lfld,
    /// `SFLD name`
    Sfld(Vec<u8>),
    /// `CFLD name`
    Cfld(Vec<u8>),
    /// `DFLD name`
    Dfld(Vec<u8>),
    /// `RENF old new`
    Renf(Vec<u8>, Vec<u8>),
    /// `MOVE msgs name` (`true`) and `COPY msgs name`: first and last message of each run.
    Carry(bool, Vec<(MessageNumber, MessageNumber)>, Vec<u8>),
    /// `STOR name`
    Stor(Vec<u8>),
    /// `QUIT`
    Quit,
}

/// What stands behind XTND.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extension {
    /// All groups.
    Groups,
    /// One group: opened in place of the maildrop.
    Group(Vec<u8>),
    /// A group's archive.
    Archive(Vec<u8>),
    /// What there is to know of a group: fourteen lines.
    About(Vec<u8>),
    /// A message follows, to be sent.
    Transmit,
    /// Something else.
    Other(Vec<u8>),
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
