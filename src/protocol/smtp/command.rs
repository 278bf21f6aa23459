//! The commands of SMTP, one row each.

use std::fmt;

use StateName::{Connected, Mail, Ready, Recipients};

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
    Mail,
    Rcpt,
    Data,
    Rset,
    Vrfy,
    Help,
    Noop,
    Starttls,
    Quit,
    Send,
    Soml,
    Saml,
    Expn,
    Turn,
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
    /// Goodbye is said.
    Closed,
}

const ANY: &[StateName] = &[Connected, Ready, Mail, Recipients];
/// Known from RFC 821, and not offered.
const NOWHERE: &[StateName] = &[];

/// All commands, in the order of RFC 821 §4.1.2, with EHLO from RFC 1869 and STARTTLS from RFC 3207.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = &[
    row(Keyword::Helo, "HELO", "HELO domain", ANY, "RFC 821 §4.1.1", "say which host you are"),
    row(Keyword::Ehlo, "EHLO", "EHLO domain", ANY, "RFC 1869 §4", "say which host you are, and ask for extensions"),
    row(Keyword::Mail, "MAIL", "MAIL FROM:<reverse-path>", &[Ready, Mail, Recipients], "RFC 821 §4.1.1", "begin a mail transaction: who sends"),
    row(Keyword::Rcpt, "RCPT", "RCPT TO:<forward-path>", &[Mail, Recipients], "RFC 821 §4.1.1", "name one recipient; repeat it for more"),
    row(Keyword::Data, "DATA", "DATA", &[Recipients], "RFC 821 §4.1.1", "send the message; a line with a single dot ends it"),
    row(Keyword::Rset, "RSET", "RSET", ANY, "RFC 821 §4.1.1", "give up the mail transaction"),
    row(Keyword::Send, "SEND", "SEND FROM:<reverse-path>", NOWHERE, "RFC 821 §3.4", "write to the user's terminal: not offered here"),
    row(Keyword::Soml, "SOML", "SOML FROM:<reverse-path>", NOWHERE, "RFC 821 §3.4", "send or mail: not offered here"),
    row(Keyword::Saml, "SAML", "SAML FROM:<reverse-path>", NOWHERE, "RFC 821 §3.4", "send and mail: not offered here"),
    row(Keyword::Vrfy, "VRFY", "VRFY string", ANY, "RFC 821 §3.3", "ask whether there is such a user"),
    row(Keyword::Expn, "EXPN", "EXPN string", NOWHERE, "RFC 821 §3.3", "expand a mailing list: not offered here"),
    row(Keyword::Help, "HELP", "HELP [command]", ANY, "RFC 821 §4.1.1", "list the commands, or explain one"),
    row(Keyword::Noop, "NOOP", "NOOP", ANY, "RFC 821 §4.1.1", "do nothing, and say so"),
    row(Keyword::Starttls, "STARTTLS", "STARTTLS", ANY, "RFC 3207 §4", "encrypt the connection from here on"),
    row(Keyword::Quit, "QUIT", "QUIT", ANY, "RFC 821 §4.1.1", "leave"),
    row(Keyword::Turn, "TURN", "TURN", NOWHERE, "RFC 821 §3.8", "change places: not offered here"),
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
    /// `HELO domain`
    Helo(String),
    /// `EHLO domain`
    Ehlo(String),
    /// `MAIL FROM:<reverse-path>`, with the parameters of extensions behind it.
    Mail(ReversePath, Vec<Parameter>),
    /// `RCPT TO:<forward-path>`; no extension here has parameters for it.
    Rcpt(Mailbox, Vec<Parameter>),
    /// `DATA`
    Data,
    /// `RSET`
    Rset,
    /// `VRFY string`
    Vrfy(Vec<u8>),
    /// `HELP [command]`
    Help(Option<Vec<u8>>),
    /// `NOOP`
    Noop,
    /// `STARTTLS`
    Starttls,
    /// `QUIT`
    Quit,
}

/// `KEYWORD` or `KEYWORD=value` behind a path (RFC 1869 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The keyword in capitals.
    pub keyword: String,
    /// What stands behind `=`.
    pub value: Option<String>,
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Connected => "you have not said HELO",
            Ready => "no mail transaction is open",
            Mail => "no recipient is accepted yet",
            Recipients => "a mail transaction is open",
            Self::Closed => "the session is over",
        })
    }
}
