//! The commands of SMTP, one row each.

use std::fmt;

use StateName::{Chunks, Connected, Mail, Ready, Recipients};

use super::path::{Mailbox, ReversePath};
use crate::protocol::CommandRow;

/// A command's row.
pub type Row = CommandRow<Keyword, StateName>;

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the RFC's keyword; its row in COMMANDS says what it does")]
pub enum Keyword {
    Helo,
    Ehlo,
    Lhlo,
    Mail,
    Send,
    Soml,
    Saml,
    Rcpt,
    Data,
    Bdat,
    Rset,
    Vrfy,
    Expn,
    Help,
    Noop,
    Starttls,
    Auth,
    Etrn,
    Turn,
    Quit,
}

/// Where a session is. RFC 821 gives these no names; it orders the commands (§4.1.1, §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// The client has not said who it is.
    Connected,
    /// No mail transaction is open.
    Ready,
    /// A sender is given, no recipient yet.
    Mail,
    /// At least one recipient is given.
    Recipients,
    /// Part of the text has come, in chunks (RFC 3030 §2).
    Chunks,
    /// The two ends have changed places: the server sends now (RFC 821 §3.8).
    Sending,
    /// Goodbye is said.
    Closed,
}

const ANY: &[StateName] = &[Connected, Ready, Mail, Recipients, Chunks];
/// A chunk that nobody can use is taken in and thrown away (RFC 3030 §2): only then is BDAT refused.
const AFTER_RCPT: &[StateName] = &[Recipients, Chunks];
const IDLE: &[StateName] = &[Ready];

/// All commands, in the order of RFC 821 §4.1.2, each extension's where it belongs.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = &[
    row(Keyword::Helo, "HELO", "HELO domain", ANY, "RFC 821 §4.1.1", "say which host you are"),
    row(Keyword::Ehlo, "EHLO", "EHLO domain", ANY, "RFC 5321 §4.1.1.1", "say which host you are, and ask for extensions"),
    row(Keyword::Lhlo, "LHLO", "LHLO domain", ANY, "RFC 2033 §4.1", "say which host you are, to a server that answers for each recipient"),
    row(Keyword::Mail, "MAIL", "MAIL FROM:<reverse-path>", IDLE, "RFC 821 §4.1.1", "begin a mail transaction: who sends"),
    row(Keyword::Rcpt, "RCPT", "RCPT TO:<forward-path>", &[Mail, Recipients], "RFC 821 §4.1.1", "name one recipient; repeat it for more"),
    row(Keyword::Data, "DATA", "DATA", &[Recipients], "RFC 821 §4.1.1", "send the message; a line with a single dot ends it"),
    row(Keyword::Bdat, "BDAT", "BDAT octets [LAST]", AFTER_RCPT, "RFC 3030 §2", "send a chunk of the message; LAST ends it"),
    row(Keyword::Rset, "RSET", "RSET", ANY, "RFC 821 §4.1.1", "give up the mail transaction"),
    row(Keyword::Send, "SEND", "SEND FROM:<reverse-path>", IDLE, "RFC 821 §3.4", "begin a transaction that writes to the user's terminal"),
    row(Keyword::Soml, "SOML", "SOML FROM:<reverse-path>", IDLE, "RFC 821 §3.4", "send to the terminal, or mail where nobody sits there"),
    row(Keyword::Saml, "SAML", "SAML FROM:<reverse-path>", IDLE, "RFC 821 §3.4", "send to the terminal, and mail as well"),
    row(Keyword::Vrfy, "VRFY", "VRFY string", ANY, "RFC 821 §3.3", "ask whether there is such a user"),
    row(Keyword::Expn, "EXPN", "EXPN string", ANY, "RFC 821 §3.3", "ask who is on a mailing list"),
    row(Keyword::Help, "HELP", "HELP [command]", ANY, "RFC 821 §4.1.1", "list the commands, or explain one"),
    row(Keyword::Noop, "NOOP", "NOOP", ANY, "RFC 821 §4.1.1", "do nothing, and say so"),
    row(Keyword::Starttls, "STARTTLS", "STARTTLS", &[Connected, Ready], "RFC 3207 §4", "encrypt the connection from here on"),
    row(Keyword::Auth, "AUTH", "AUTH mechanism [initial-response]", IDLE, "RFC 4954 §4", "say who you are, and prove it"),
    row(Keyword::Etrn, "ETRN", "ETRN domain", &[Connected, Ready], "RFC 1985 §5.2", "ask for the mail that waits for a domain, over a connection of its own"),
    row(Keyword::Turn, "TURN", "TURN", IDLE, "RFC 821 §3.8", "change places: the server sends now, and you receive"),
    row(Keyword::Quit, "QUIT", "QUIT", ANY, "RFC 821 §4.1.1", "leave"),
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

/// How a transaction's message reaches its recipients (RFC 821 §3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// MAIL: into mailboxes.
    #[default]
    Mail,
    /// SEND: onto terminals.
    Send,
    /// SOML: onto the terminal, or into the mailbox.
    SendOrMail,
    /// SAML: onto the terminal if somebody sits there, and into the mailbox.
    SendAndMail,
}

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `HELO domain`
    Helo(String),
    /// `EHLO domain` and `LHLO domain`
    Ehlo(String),
    /// `MAIL FROM:<reverse-path>` and its kin, with the parameters of extensions behind it.
    Mail(Manner, ReversePath, Vec<Parameter>),
    /// `RCPT TO:<forward-path>`, with the parameters of extensions behind it.
    Rcpt(Mailbox, Vec<Parameter>),
    /// `DATA`
    Data,
    /// `BDAT octets [LAST]`
    Bdat(Chunk),
    /// `RSET`
    Rset,
    /// `VRFY string`
    Vrfy(Vec<u8>),
    /// `EXPN string`
    Expn(Vec<u8>),
    /// `HELP [command]`
    Help(Option<Vec<u8>>),
    /// `NOOP`
    Noop,
    /// `STARTTLS`
    Starttls,
    /// `AUTH mechanism [initial-response]`
    Auth(Vec<u8>, Option<Vec<u8>>),
    /// `ETRN domain`
    Etrn(Node),
    /// `TURN`
    Turn,
    /// `QUIT`
    Quit,
}

/// The argument of BDAT: so many octets follow the command's CR LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// How many.
    pub octets: u64,
    /// They are the last of the message.
    pub last: bool,
}

/// Whose mail ETRN asks for (RFC 1985 §5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A domain.
    Domain(String),
    /// `@domain`: that domain and all below it.
    WithSubdomains(String),
    /// `#name`: a queue by the server's own name for it.
    Queue(String),
}

/// `KEYWORD` or `KEYWORD=value` behind a path (RFC 5321 §4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The keyword in capitals.
    pub keyword: String,
    /// What stands behind `=`.
    pub value: Option<String>,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Domain(domain) => f.write_str(domain),
            Self::WithSubdomains(domain) => write!(f, "@{domain}"),
            Self::Queue(name) => write!(f, "#{name}"),
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Connected => "you have not said HELO",
            Ready => "no mail transaction is open",
            Mail => "no recipient is accepted yet",
            Recipients => "a mail transaction is open",
            Chunks => "part of the text has come, and its rest is awaited",
            Self::Sending => "this server sends now, and you receive",
            Self::Closed => "the session is over",
        })
    }
}
