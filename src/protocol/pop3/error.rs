//! Why the server refuses, and the one place where each refusal gets its words.

use std::borrow::Cow;
use std::fmt;

use super::command::{MessageNumber, Row, StateName};
use crate::protocol::sasl;
use crate::time::Duration;

/// Why a line was answered with `-ERR`.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The line is longer than the server allows; it was thrown away.
    LineTooLong {
        /// The most octets that a line may have, its CR LF counted.
        limit: usize,
    },
    /// CR, LF or NUL within a line.
    BareLineEnd,
    /// No such keyword.
    Unknown {
        /// What stood there.
        word: Vec<u8>,
        /// The keyword that may have been meant.
        nearest: Option<&'static str>,
    },
    /// The arguments are not those of the command.
    Syntax(&'static Row),
    /// A number is not a number, or none that can be.
    Number {
        /// The command.
        row: &'static Row,
        /// What stood there.
        text: Vec<u8>,
    },
    /// The command belongs to another state.
    WrongState {
        /// The command.
        row: &'static Row,
        /// The state that the session is in.
        state: StateName,
    },
    /// PASS without USER right before it.
    PassWithoutUser,
    /// STLS where there is no TLS to be had.
    NoTls,
    /// STLS on a connection that is encrypted.
    TlsIsActive,
    /// A password in clear where the server wants none.
    EncryptFirst,
    /// Wrong name, password or digest; which of them is not said.
    Denied,
    /// Another session has the maildrop.
    InUse,
    /// No message has this number.
    NoSuchMessage {
        /// What was asked for.
        number: MessageNumber,
        /// How many messages the maildrop held when it was opened.
        messages: usize,
    },
    /// The message is marked as deleted.
    Deleted(MessageNumber),
    /// A SASL exchange came to nothing.
    Sasl(sasl::Refusal),
    /// The last login of this user was too short a time ago.
    LoginDelay(Duration),
    /// This client's host is not trusted with this user.
    NotTrusted,
    /// A ticket that is none, or for somebody else.
    NoTicket,
    /// No such group, archive or folder.
    NoSuchFolder {
        /// What it would be.
        what: &'static str,
        /// What was asked for.
        name: Vec<u8>,
    },
    /// A folder of this name exists, or cannot be made or removed.
    FolderStays(&'static str),
    /// XTND with a word that is not known.
    UnknownExtension(Vec<u8>),
    /// Mail that cannot be sent on.
    NotSent(Cow<'static, str>),
    /// A language that replies are not written in.
    NoSuchLanguage(Vec<u8>),
    /// The message is in UTF-8, and the client has not said that it can read that.
    NeedsUtf8(MessageNumber),
    /// The store cannot give the message any longer.
    Lost {
        /// Which one.
        number: MessageNumber,
        /// What the store says.
        reason: String,
    },
}

impl Refusal {
    /// True if the peer broke the protocol; false if it asked properly for something it cannot have.
    #[must_use]
    pub const fn is_misuse(&self) -> bool {
        match self {
            Self::LineTooLong { .. }
            | Self::BareLineEnd
            | Self::Unknown { .. }
            | Self::Syntax(_)
            | Self::Number { .. }
            | Self::WrongState { .. }
            | Self::PassWithoutUser
            | Self::TlsIsActive
            | Self::UnknownExtension(_) => true,
            Self::Sasl(refusal) => refusal.is_misuse(),
            Self::NoTls
            | Self::EncryptFirst
            | Self::Denied
            | Self::InUse
            | Self::NoSuchMessage { .. }
            | Self::Deleted(_)
            | Self::LoginDelay(_)
            | Self::NotTrusted
            | Self::NoTicket
            | Self::NoSuchFolder { .. }
            | Self::FolderStays(_)
            | Self::NotSent(_)
            | Self::NoSuchLanguage(_)
            | Self::NeedsUtf8(_)
            | Self::Lost { .. } => false,
        }
    }

    /// The response code, which a program can read (RFC 2449 §8, RFC 3206, RFC 6856 §5).
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::InUse => Some("IN-USE"),
            Self::LoginDelay(_) => Some("LOGIN-DELAY"),
            Self::Denied | Self::NotTrusted | Self::NoTicket => Some("AUTH"),
            Self::Sasl(refusal) if refusal.is_about_credentials() => Some("AUTH"),
            // The file under the mail is gone: a person must look at it.
            Self::Lost { .. } => Some("SYS/PERM"),
            Self::NeedsUtf8(_) => Some("UTF8"),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineTooLong { limit } => {
                write!(f, "that line is longer than {limit} octets; it was not read as a command")
            }
            Self::BareLineEnd => {
                f.write_str("a line ends in CR LF; CR, LF or NUL within it are not allowed (RFC 1939 §3)")
            }
            Self::Unknown { word, nearest: Some(nearest) } => {
                write!(f, "there is no command {}; did you mean {nearest}?", quoted(word))
            }
            Self::Unknown { word, nearest: None } => {
                write!(f, "there is no command {} (RFC 1939 §9 lists them)", quoted(word))
            }
            Self::Syntax(row) => write!(f, "write it as `{}`: {} ({})", row.syntax, shape(row), row.clause),
            Self::Number { row, text } => write!(
                f,
                "{} is no number that {} can take: digits alone, messages count from 1 ({})",
                quoted(text),
                row.word,
                row.clause
            ),
            Self::WrongState { row, state } => {
                let states: Vec<String> = row.states.iter().map(StateName::to_string).collect();
                write!(
                    f,
                    "{} is for {}; this session is in {state} ({})",
                    row.word,
                    states.join(", "),
                    row.clause
                )
            }
            Self::PassWithoutUser => {
                f.write_str("PASS comes right after a USER that was accepted (RFC 1939 §7)")
            }
            Self::NoTls => f.write_str("there is no TLS here; CAPA lists what there is (RFC 2449 §5)"),
            Self::TlsIsActive => f.write_str("this connection is encrypted already (RFC 2595 §4)"),
            Self::EncryptFirst => {
                f.write_str("no password in clear here: begin with STLS, or use APOP (RFC 2595 §2.1)")
            }
            Self::Denied => f.write_str("no maildrop opens for this name and secret"),
            Self::InUse => f.write_str("another session has this maildrop; try again later (RFC 1939 §4)"),
            Self::Sasl(refusal) => refusal.fmt(f),
            Self::LoginDelay(delay) => {
                write!(
                    f,
                    "one login in {} s, and the last was less ago (RFC 2449 §6.5)",
                    delay.as_nanos() / 1_000_000_000
                )
            }
            Self::NotTrusted => f.write_str("permission denied"),
            Self::NoTicket => {
                f.write_str("Kerberos authentication failure: no valid ticket (a toy, simulated)")
            }
            Self::NoSuchFolder { what, name } => write!(f, "there is no {what} {}", quoted(name)),
            Self::FolderStays(why) => f.write_str(why),
            Self::UnknownExtension(word) => {
                write!(
                    f,
                    "XTND knows BBOARDS, ARCHIVE and X-BBOARDS (RFC 1082), and XMIT; not {}",
                    quoted(word)
                )
            }
            Self::NotSent(why) => write!(f, "unable to send the message: {why}"),
            Self::NoSuchLanguage(language) => {
                write!(f, "replies are in English; {} is not known here", quoted(language))
            }
            Self::NeedsUtf8(number) => {
                write!(f, "message {number} is in UTF-8: say UTF8 before you log in (RFC 6856 §5)")
            }
            Self::NoSuchMessage { number, messages: 0 } => {
                write!(f, "there is no message {number}: this maildrop is empty")
            }
            Self::NoSuchMessage { number, messages: 1 } => {
                write!(f, "there is no message {number}: this maildrop holds message 1 only")
            }
            Self::NoSuchMessage { number, messages } => {
                write!(f, "there is no message {number}: this maildrop holds messages 1 to {messages}")
            }
            Self::Deleted(number) => {
                write!(f, "message {number} is marked as deleted; RSET unmarks it (RFC 1939 §5)")
            }
            Self::Lost { number, reason } => write!(f, "message {number} can no longer be read: {reason}"),
        }
    }
}

/// What a command's arguments look like, in words.
fn shape(row: &Row) -> &'static str {
    if !row.syntax.contains(' ') {
        "it takes no argument, and nothing follows it"
    } else if row.syntax.contains("digest") {
        "one space between, the digest as 32 hexadecimal digits in lower case"
    } else if row.syntax.contains("[msg]") {
        "one space, then the message's number, or neither"
    } else {
        "one space before each argument"
    }
}

/// What the client wrote, short and without anything that could disturb a terminal.
fn quoted(octets: &[u8]) -> String {
    const SHOWN: usize = 40;
    let show = |octet: &u8| if (b' '..=b'~').contains(octet) { char::from(*octet) } else { '?' };
    let more = if octets.len() > SHOWN { "..." } else { "" };
    format!("`{}{more}`", octets.iter().take(SHOWN).map(show).collect::<String>())
}
