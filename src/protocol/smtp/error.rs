//! Why the server refuses, and the one place where each refusal gets its code and its words.

use std::fmt;

use super::command::{Row, StateName};
use super::path::{Mailbox, Wrong};

/// Why a command was refused.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The line is longer than the server allows; it was thrown away.
    LineTooLong {
        /// The most octets that a line may have, its CR LF counted.
        limit: usize,
    },
    /// A bare CR, a bare LF or a NUL within a line.
    BareLineEnd,
    /// No such command.
    Unknown {
        /// What stood there.
        word: Vec<u8>,
        /// The command that may have been meant.
        nearest: Option<&'static str>,
    },
    /// The arguments are not those of the command.
    Syntax(&'static Row),
    /// A path or domain that is none.
    Path {
        /// The command.
        row: &'static Row,
        /// What was read.
        text: Vec<u8>,
        /// What is wrong with it.
        wrong: Wrong,
    },
    /// A parameter that the server does not know, or not as it is written.
    Parameter(String),
    /// Known, and not offered.
    NotImplemented(&'static Row),
    /// The command comes at the wrong time.
    WrongState {
        /// The command.
        row: &'static Row,
        /// The state that the session is in.
        state: StateName,
    },
    /// STARTTLS where there is no TLS to be had.
    NoTls,
    /// STARTTLS on a connection that is encrypted.
    TlsIsActive,
    /// Nobody here has this address.
    NoSuchUser(Mailbox),
    /// VRFY found nobody.
    NoMatch,
    /// Mail for elsewhere is not taken.
    NoRelay(Mailbox),
    /// Mail for elsewhere should go to a user that the store does not have.
    NoSink,
    /// As many recipients as the server keeps are given already.
    TooManyRecipients {
        /// How many that is.
        limit: usize,
    },
    /// The message is larger than the server takes.
    TooMuchMail {
        /// The most octets that it takes.
        limit: u32,
    },
    /// The store could not take the message.
    NotStored,
    /// Too many misuses in a row: the server closes.
    GivenUp {
        /// The server's name.
        host: String,
    },
}

impl Refusal {
    /// The reply code (RFC 821 §4.2.1; 555 is RFC 1869 §6.1).
    #[must_use]
    pub const fn code(&self) -> u16 {
        match self {
            Self::LineTooLong { .. } | Self::BareLineEnd | Self::Unknown { .. } => 500,
            Self::Syntax(_) | Self::Path { .. } => 501,
            // RFC 3207 §4 gives no code for a server that has no TLS: it does not announce it.
            Self::NotImplemented(_) | Self::NoTls => 502,
            Self::WrongState { .. } | Self::TlsIsActive => 503,
            Self::Parameter(_) => 555,
            Self::NoSuchUser(_) | Self::NoMatch | Self::NoRelay(_) => 550,
            Self::TooManyRecipients { .. } | Self::TooMuchMail { .. } => 552,
            Self::NoSink | Self::NotStored => 451,
            Self::GivenUp { .. } => 421,
        }
    }

    /// True if the peer broke the protocol; false if it asked properly for something it cannot have.
    #[must_use]
    pub const fn is_misuse(&self) -> bool {
        matches!(self.code(), 500 | 501 | 503)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineTooLong { limit } => {
                write!(f, "that line is longer than {limit} octets; it was not read as a command")
            }
            Self::BareLineEnd => {
                f.write_str("a line ends in CR LF; CR, LF or NUL within it are not allowed (RFC 821 §4.1.2)")
            }
            Self::Unknown { word, nearest: Some(nearest) } => {
                write!(f, "there is no command {}; did you mean {nearest}?", quoted(word))
            }
            Self::Unknown { word, nearest: None } => {
                write!(f, "there is no command {}; try HELP", quoted(word))
            }
            Self::Syntax(row) => write!(f, "write it as `{}` ({})", row.syntax, row.clause),
            Self::Path { row, text, wrong } => {
                write!(f, "expected {}", wrong.wanted)?;
                if let Some(before @ [_, ..]) = text.get(..wrong.at) {
                    write!(f, " after {}", quoted(before))?;
                }
                write!(f, ": write it as `{}` ({})", row.syntax, row.clause)
            }
            Self::Parameter(text) => {
                write!(f, "parameter {} is not known here (RFC 1869 §6)", quoted(text.as_bytes()))
            }
            Self::NotImplemented(row) => write!(f, "{} ({}): {}", row.word, row.clause, row.help),
            Self::WrongState { row, state } => {
                write!(f, "{} comes too early: {state} ({})", row.word, row.clause)
            }
            Self::NoTls => f.write_str("there is no TLS here; EHLO lists what there is (RFC 3207 §4)"),
            Self::TlsIsActive => f.write_str("this connection is encrypted already (RFC 3207 §4.2)"),
            Self::NoSuchUser(to) => write!(f, "no such user here: {}", quoted(to.to_string().as_bytes())),
            Self::NoMatch => f.write_str("that matches no user here"),
            Self::NoRelay(to) => {
                write!(f, "this server does not relay; it takes no mail for {}", quoted(to.domain.as_bytes()))
            }
            Self::NoSink => {
                f.write_str("mail for elsewhere has no place to go: the server is not set up for it")
            }
            Self::TooManyRecipients { limit } => {
                write!(f, "too many recipients: at most {limit} for one message (RFC 821 §4.5.3)")
            }
            Self::TooMuchMail { limit } => write!(f, "too much mail data: at most {limit} octets"),
            Self::NotStored => {
                f.write_str("the message could not be put into the mailbox; nothing was delivered there")
            }
            Self::GivenUp { host } => {
                write!(f, "{host} too many errors in a row, closing transmission channel")
            }
        }
    }
}

/// What the client wrote, short and without anything that could disturb a terminal.
fn quoted(octets: &[u8]) -> String {
    const SHOWN: usize = 60;
    let show = |octet: &u8| if (b' '..=b'~').contains(octet) { char::from(*octet) } else { '?' };
    let more = if octets.len() > SHOWN { "..." } else { "" };
    format!("`{}{more}`", octets.iter().take(SHOWN).map(show).collect::<String>())
}
