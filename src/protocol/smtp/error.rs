//! Why the server refuses, and the one place where each refusal gets its code and its words.

use std::fmt;

use super::command::{Keyword, Row, StateName};
use super::path::{Mailbox, Wrong};
use super::reply::Detail;
use crate::protocol::sasl;

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
    /// A parameter that the server does not know.
    Parameter(String),
    /// A parameter that it knows, but not as it is written; or one that comes twice.
    Value(String),
    /// The octets of a chunk whose size cannot be read: they cannot be told from commands, so the server closes.
    ChunkSize,
    /// A text with dots was begun in chunks, or the other way round.
    MixedText,
    /// Mail of this kind comes in chunks (RFC 3030 §3).
    BinaryInData,
    /// An address in another script, without the extension (RFC 6531 §3.5).
    NeedsUtf8(Mailbox),
    /// Known, and not offered.
    NotImplemented(&'static Row),
    /// The command comes at the wrong time.
    WrongState {
        /// The command.
        row: &'static Row,
        /// The state that the session is in.
        state: StateName,
    },
    /// Mail is taken from those who have logged in.
    LoginNeeded,
    /// A mechanism that would show the password (RFC 4954 §4).
    NeedsEncryption,
    /// Logged in already: once is enough (RFC 4954 §4).
    LoggedIn,
    /// The exchange did not end well.
    Login(sasl::Refusal),
    /// STARTTLS where there is no TLS to be had.
    NoTls,
    /// STARTTLS on a connection that is encrypted.
    TlsIsActive,
    /// Nobody here has this address.
    NoSuchUser(Mailbox),
    /// Mail for this address goes elsewhere, and not through this server (RFC 821 §3.2).
    Moved(String),
    /// Forwarding that leads back to itself, or too far.
    AliasLoop(Mailbox),
    /// All recipients of the transaction were refused.
    NoRecipients,
    /// Nobody sits at the terminal.
    NotActive,
    /// There is no room left in the mailbox.
    MailboxFull {
        /// The address.
        address: String,
        /// True if the transaction fails later than at RCPT, or the dialect has no lasting code for it.
        for_now: bool,
    },
    /// VRFY found nobody, EXPN no list.
    NoMatch,
    /// VRFY found several.
    Ambiguous(Vec<String>),
    /// HELP about something that is no command.
    NoHelp {
        /// What there is help about.
        words: String,
    },
    /// Mail for this domain is not kept here.
    NoQueue(String),
    /// A CR or LF by itself in a text that may not have it.
    BareInText,
    /// The message has passed too many hosts.
    Circles,
    /// Mail for elsewhere is not taken.
    NoRelay(Mailbox),
    /// So much mail for elsewhere waits already that no more is taken.
    QueueFull,
    /// Mail for elsewhere should go to a user that the store does not have.
    NoSink,
    /// As many recipients as the server keeps are given already.
    TooManyRecipients {
        /// How many that is.
        limit: usize,
        /// 552 as in RFC 821, not 452 as in RFC 5321.
        is_final: bool,
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
    /// The reply code (RFC 821 §4.2.1, RFC 5321 §4.2.3; 458 and 459 are RFC 1985 §5.3).
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.codes().0
    }

    /// Subject and detail of the enhanced code (RFC 3463 §3).
    #[must_use]
    pub const fn detail(&self) -> Detail {
        self.codes().1
    }

    const fn codes(&self) -> (u16, Detail) {
        match self {
            Self::LineTooLong { .. } | Self::BareLineEnd => (500, (5, 2)),
            Self::Unknown { .. } => (500, (5, 1)),
            Self::Syntax(_) | Self::Value(_) => (501, (5, 4)),
            Self::Path { row, .. } => match row.kind {
                // "Bad destination" and "bad sender's mailbox address syntax" (RFC 3463 §3.2).
                Keyword::Rcpt => (501, (1, 3)),
                Keyword::Mail => (501, (1, 7)),
                _ => (501, (5, 4)),
            },
            // RFC 3207 §4 gives no code for a server that has no TLS: it does not announce it.
            Self::NotImplemented(_) | Self::NoTls => (502, (5, 1)),
            Self::WrongState { .. } | Self::TlsIsActive | Self::MixedText | Self::BinaryInData => {
                (503, (5, 1))
            }
            Self::NoRecipients => (554, (5, 1)),
            Self::LoggedIn => (503, (5, 1)),
            // RFC 4954 §6.
            Self::LoginNeeded => (530, (7, 0)),
            Self::NeedsEncryption => (538, (7, 11)),
            Self::Login(refusal) => match refusal {
                sasl::Refusal::NoMechanism => (504, (5, 4)),
                sasl::Refusal::GivenUp => (501, (7, 0)),
                sasl::Refusal::NotBase64 => (501, (5, 2)),
                sasl::Refusal::NoInitialResponse | sasl::Refusal::Malformed(_) => (501, (5, 4)),
                _ => (535, (7, 8)),
            },
            Self::NoHelp { .. } => (504, (5, 4)),
            Self::Parameter(_) => (555, (5, 4)),
            Self::NoSuchUser(_) | Self::NoMatch => (550, (1, 1)),
            Self::NoRelay(_) => (550, (7, 1)),
            // "Mail system full" (RFC 3463 §3.4).
            Self::QueueFull => (452, (3, 1)),
            Self::Moved(_) => (551, (1, 6)),
            Self::NotActive => (450, (2, 1)),
            Self::MailboxFull { for_now: true, .. } => (452, (2, 2)),
            Self::MailboxFull { for_now: false, .. } => (552, (2, 2)),
            Self::TooManyRecipients { is_final: true, .. } => (552, (5, 3)),
            Self::TooManyRecipients { is_final: false, .. } => (452, (5, 3)),
            Self::TooMuchMail { .. } => (552, (3, 4)),
            Self::Ambiguous(_) => (553, (1, 4)),
            Self::NeedsUtf8(_) => (553, (6, 7)),
            Self::NoQueue(_) => (459, (7, 1)),
            Self::AliasLoop(_) | Self::Circles => (554, (4, 6)),
            Self::BareInText => (554, (6, 0)),
            Self::NoSink | Self::NotStored => (451, (3, 0)),
            Self::ChunkSize | Self::GivenUp { .. } => (421, (5, 0)),
        }
    }

    /// True if the peer broke the protocol; false if it asked properly for something it cannot have.
    #[must_use]
    pub const fn is_misuse(&self) -> bool {
        matches!(self.code(), 500 | 501 | 503 | 555)
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
                write!(f, "parameter {} is not known here (RFC 5321 §4.1.1.11)", quoted(text.as_bytes()))
            }
            Self::Value(text) => {
                write!(f, "parameter {} is not well written, or comes twice", quoted(text.as_bytes()))
            }
            Self::ChunkSize => f.write_str(
                "a chunk whose size cannot be read cannot be told from commands; closing (RFC 3030 §2)",
            ),
            Self::MixedText => f.write_str("a message comes by DATA or by BDAT, not by both (RFC 3030 §3)"),
            Self::BinaryInData => f.write_str("BODY=BINARYMIME comes by BDAT only (RFC 3030 §3)"),
            Self::NeedsUtf8(address) => write!(
                f,
                "{} needs SMTPUTF8 with MAIL (RFC 6531 §3.4)",
                quoted(address.to_string().as_bytes())
            ),
            Self::Moved(to) => write!(f, "user not local; please try <{to}>"),
            Self::AliasLoop(to) => {
                write!(f, "{} is forwarded in circles, or too far", quoted(to.to_string().as_bytes()))
            }
            Self::NotActive => f.write_str("user not active now"),
            Self::MailboxFull { address, .. } => {
                write!(f, "no room in the mailbox of {}", quoted(address.as_bytes()))
            }
            Self::Ambiguous(them) => write!(f, "user ambiguous; there are {}", them.join(", ")),
            Self::NoHelp { words } => write!(f, "there is no help about that; the commands are {words}"),
            Self::NoQueue(node) => {
                write!(f, "node {} not allowed: no mail is kept for it here", quoted(node.as_bytes()))
            }
            Self::NoRecipients => f.write_str("no valid recipients"),
            Self::BareInText => f.write_str(
                "the text has a CR, LF or NUL that is no line end; nothing was delivered (RFC 5321 §2.3.8)",
            ),
            Self::Circles => {
                f.write_str("the message has passed too many hosts: it goes in circles (RFC 5321 §6.3)")
            }
            Self::NotImplemented(row) => {
                write!(f, "{} is not offered here: {} ({})", row.word, row.help, row.clause)
            }
            Self::WrongState { row, state } => {
                let in_a_transaction = matches!(row.kind, Keyword::Rcpt | Keyword::Data | Keyword::Bdat);
                let early = in_a_transaction || *state == StateName::Connected;
                let when = if early { "early" } else { "late" };
                write!(f, "{} comes too {when}: {state} ({})", row.word, row.clause)
            }
            Self::LoginNeeded => f.write_str("log in first: AUTH (RFC 4954 §4)"),
            Self::NeedsEncryption => {
                f.write_str("this mechanism needs an encrypted connection (RFC 4954 §4)")
            }
            Self::LoggedIn => f.write_str("you are logged in already (RFC 4954 §4)"),
            Self::Login(refusal) => write!(f, "{refusal}"),
            Self::NoTls => f.write_str("there is no TLS here; EHLO lists what there is (RFC 3207 §4)"),
            Self::TlsIsActive => f.write_str("this connection is encrypted already (RFC 3207 §4.2)"),
            Self::NoSuchUser(to) => write!(f, "no such user here: {}", quoted(to.to_string().as_bytes())),
            Self::NoMatch => f.write_str("that matches nobody here"),
            Self::QueueFull => f.write_str("too much mail waits for other hosts here; try again later"),
            Self::NoRelay(to) => {
                write!(f, "this server does not relay; it takes no mail for {}", quoted(to.domain.as_bytes()))
            }
            Self::NoSink => {
                f.write_str("mail for elsewhere has no place to go: the server is not set up for it")
            }
            Self::TooManyRecipients { limit, .. } => {
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
