//! Why the repository refuses: each reply code with its words (RFC 1056 appendix III).

use std::fmt;

use super::command::Row;

/// Why an operation failed; nothing has changed then (RFC 1056 §4.3).
#[derive(Clone, Debug)]
pub enum Refusal {
    /// 400: a message cannot be copied onto itself.
    OntoItself,
    /// 401: no printer of this name.
    NoPrinter(String),
    /// 402: something failed here.
    Internal(&'static str),
    /// 403: no legal name for something new.
    IllegalName(String),
    /// 403: the text is no message.
    BadMessage(String),
    /// 404: wrong password.
    BadPassword,
    /// 404: not allowed.
    Denied(String),
    /// 405: another session speaks for the client.
    Locked(String),
    /// 406: only after LOGIN.
    LogIn,
    /// 410: LOGIN a second time.
    LoggedIn,
    /// 411.
    NoUser(String),
    /// 420.
    ClientExists(String),
    /// 421.
    NoClient(String),
    /// 430.
    MailboxExists(String),
    /// 431.
    NoMailbox(String),
    /// 440: the name is a bulletin board's, or the subscription exists.
    IsBoard(String),
    /// 441.
    NoSubscription(String),
    /// 451.
    NoMessage(u32),
    /// 460.
    AddressExists(String),
    /// 461.
    NoAddress(String),
    /// 500: another version of the protocol than the one spoken here.
    VersionSkew(u32),
    /// 500: no such operation.
    Unknown {
        /// What stood there.
        word: String,
        /// What may have been meant.
        nearest: Option<&'static str>,
    },
    /// 500: not these arguments.
    Syntax {
        /// The operation.
        row: &'static Row,
        /// What is wrong with them.
        wrong: String,
    },
    /// 500: the line cannot be an operation, whatever it means.
    Line(String),
}

impl Refusal {
    /// The reply code.
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::OntoItself => 400,
            Self::NoPrinter(_) => 401,
            Self::Internal(_) => 402,
            Self::IllegalName(_) | Self::BadMessage(_) => 403,
            Self::BadPassword | Self::Denied(_) => 404,
            Self::Locked(_) => 405,
            Self::LogIn => 406,
            Self::LoggedIn => 410,
            Self::NoUser(_) => 411,
            Self::ClientExists(_) => 420,
            Self::NoClient(_) => 421,
            Self::MailboxExists(_) => 430,
            Self::NoMailbox(_) => 431,
            Self::IsBoard(_) => 440,
            Self::NoSubscription(_) => 441,
            Self::NoMessage(_) => 451,
            Self::AddressExists(_) => 460,
            Self::NoAddress(_) => 461,
            Self::VersionSkew(_) | Self::Unknown { .. } | Self::Syntax { .. } | Self::Line(_) => 500,
        }
    }

    /// Whether the client does not know the protocol, or floods it.
    #[must_use]
    pub const fn is_misuse(&self) -> bool {
        self.code() == 500 || matches!(self, Self::BadPassword | Self::NoUser(_) | Self::LogIn)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OntoItself => f.write_str("a message cannot be copied into its own mailbox"),
            Self::NoPrinter(name) => write!(f, "printer {name} not found"),
            Self::Internal(what) => write!(f, "internal error: {what}"),
            Self::IllegalName(name) => {
                write!(f, "{name} is an illegal name: letters, digits, dash, underscore and period only")
            }
            Self::BadMessage(wrong) => write!(f, "message syntax error: {wrong}"),
            Self::BadPassword => f.write_str("bad password"),
            Self::Denied(why) => write!(f, "permission denied: {why}"),
            Self::Locked(name) => write!(f, "client {name} is locked"),
            Self::LogIn => f.write_str("please log in first: LOGIN user password client create-p batch-p"),
            Self::LoggedIn => f.write_str("already logged in"),
            Self::NoUser(name) => write!(f, "no user named {name}"),
            Self::ClientExists(name) => write!(f, "client {name} exists"),
            Self::NoClient(name) => write!(f, "client {name} not found"),
            Self::MailboxExists(name) => write!(f, "mailbox {name} exists"),
            Self::NoMailbox(name) => write!(f, "mailbox {name} not found"),
            Self::IsBoard(name) => write!(f, "{name} is a bulletin board"),
            Self::NoSubscription(name) => write!(f, "subscription {name} not found"),
            Self::NoMessage(uid) => write!(f, "message {uid} not found"),
            Self::AddressExists(name) => write!(f, "address {name} exists"),
            Self::NoAddress(name) => write!(f, "address {name} not found"),
            Self::VersionSkew(spoken) => {
                write!(f, "version skew: this repository speaks version {spoken}")
            }
            Self::Unknown { word, nearest: Some(nearest) } => {
                write!(f, "unknown operation {word}; did you mean {nearest}?")
            }
            Self::Unknown { word, nearest: None } => write!(f, "unknown operation {word}; try HELP"),
            Self::Syntax { row, wrong } => write!(f, "{wrong}; the operation is: {}", row.syntax),
            Self::Line(wrong) => f.write_str(wrong),
        }
    }
}
