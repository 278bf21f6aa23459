//! The commands: one row each, and what a command is once it was understood.

use std::fmt;

use super::item::FetchItem;
use super::key::SearchKey;
use super::set::SequenceSet;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::store::FlagChange;
use crate::protocol::CommandRow;

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is explained by its row in COMMANDS")]
pub enum Verb {
    Capability,
    Noop,
    Logout,
    Starttls,
    Login,
    Select,
    Examine,
    Create,
    Delete,
    Rename,
    Subscribe,
    Unsubscribe,
    List,
    Lsub,
    Status,
    Append,
    Check,
    Close,
    Expunge,
    Search,
    Fetch,
    Store,
    Copy,
    Uid,
}

/// The states in which commands can be given (RFC 3501 §3). In the logout state there are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// The client has not said who it is (RFC 3501 §3.1).
    NotAuthenticated,
    /// The client is known, and has no mailbox open (RFC 3501 §3.2).
    Authenticated,
    /// A mailbox is open (RFC 3501 §3.3).
    Selected,
    /// The connection is being closed (RFC 3501 §3.4).
    Logout,
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAuthenticated => "not authenticated",
            Self::Authenticated => "authenticated",
            Self::Selected => "selected",
            Self::Logout => "logout",
        })
    }
}

const ANY: &[StateName] = &[StateName::NotAuthenticated, StateName::Authenticated, StateName::Selected];
const NOT_AUTHENTICATED: &[StateName] = &[StateName::NotAuthenticated];
const AUTHENTICATED: &[StateName] = &[StateName::Authenticated, StateName::Selected];
const SELECTED: &[StateName] = &[StateName::Selected];

const fn row(
    kind: Verb,
    word: &'static str,
    syntax: &'static str,
    states: &'static [StateName],
    clause: &'static str,
    help: &'static str,
) -> CommandRow<Verb, StateName> {
    CommandRow { kind, word, syntax, states, clause, help }
}

/// The commands of IMAP4rev1 that this server knows, in the order of RFC 3501 §6.
#[rustfmt::skip]
pub static COMMANDS: &[CommandRow<Verb, StateName>] = &[
    row(Verb::Capability, "CAPABILITY", "CAPABILITY", ANY, "RFC 3501 §6.1.1", "list what the server can do"),
    row(Verb::Noop, "NOOP", "NOOP", ANY, "RFC 3501 §6.1.2", "do nothing; news of the mailbox comes with the answer"),
    row(Verb::Logout, "LOGOUT", "LOGOUT", ANY, "RFC 3501 §6.1.3", "end the session"),
    row(Verb::Starttls, "STARTTLS", "STARTTLS", NOT_AUTHENTICATED, "RFC 3501 §6.2.1", "encrypt the connection from here on"),
    row(Verb::Login, "LOGIN", "LOGIN user password", NOT_AUTHENTICATED, "RFC 3501 §6.2.3", "say who you are"),
    row(Verb::Select, "SELECT", "SELECT mailbox", AUTHENTICATED, "RFC 3501 §6.3.1", "open a mailbox"),
    row(Verb::Examine, "EXAMINE", "EXAMINE mailbox", AUTHENTICATED, "RFC 3501 §6.3.2", "open a mailbox to read only"),
    row(Verb::Create, "CREATE", "CREATE mailbox", AUTHENTICATED, "RFC 3501 §6.3.3", "make a mailbox"),
    row(Verb::Delete, "DELETE", "DELETE mailbox", AUTHENTICATED, "RFC 3501 §6.3.4", "remove a mailbox with its mail"),
    row(Verb::Rename, "RENAME", "RENAME old new", AUTHENTICATED, "RFC 3501 §6.3.5", "give a mailbox another name"),
    row(Verb::Subscribe, "SUBSCRIBE", "SUBSCRIBE mailbox", AUTHENTICATED, "RFC 3501 §6.3.6", "put a name on the list that LSUB shows"),
    row(Verb::Unsubscribe, "UNSUBSCRIBE", "UNSUBSCRIBE mailbox", AUTHENTICATED, "RFC 3501 §6.3.7", "take a name off that list"),
    row(Verb::List, "LIST", "LIST reference pattern", AUTHENTICATED, "RFC 3501 §6.3.8", "list mailboxes"),
    row(Verb::Lsub, "LSUB", "LSUB reference pattern", AUTHENTICATED, "RFC 3501 §6.3.9", "list subscribed names"),
    row(Verb::Status, "STATUS", "STATUS mailbox (items)", AUTHENTICATED, "RFC 3501 §6.3.10", "count what is in a mailbox without opening it"),
    row(Verb::Append, "APPEND", "APPEND mailbox [(flags)] [date] literal", AUTHENTICATED, "RFC 3501 §6.3.11", "put a message into a mailbox"),
    row(Verb::Check, "CHECK", "CHECK", SELECTED, "RFC 3501 §6.4.1", "let the server put its house in order"),
    row(Verb::Close, "CLOSE", "CLOSE", SELECTED, "RFC 3501 §6.4.2", "expunge silently and leave the mailbox"),
    row(Verb::Expunge, "EXPUNGE", "EXPUNGE", SELECTED, "RFC 3501 §6.4.3", "remove messages marked \\Deleted"),
    row(Verb::Search, "SEARCH", "SEARCH [CHARSET name] keys", SELECTED, "RFC 3501 §6.4.4", "find messages"),
    row(Verb::Fetch, "FETCH", "FETCH set items", SELECTED, "RFC 3501 §6.4.5", "get data of messages"),
    row(Verb::Store, "STORE", "STORE set [+|-]FLAGS[.SILENT] flags", SELECTED, "RFC 3501 §6.4.6", "change flags of messages"),
    row(Verb::Copy, "COPY", "COPY set mailbox", SELECTED, "RFC 3501 §6.4.7", "copy messages into another mailbox"),
    row(Verb::Uid, "UID", "UID COPY|FETCH|STORE|SEARCH ...", SELECTED, "RFC 3501 §6.4.8", "the same with unique identifiers"),
];

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is explained by its row in COMMANDS")]
pub enum Command {
    Capability,
    Noop,
    Logout,
    Starttls,
    Login { user: Vec<u8>, password: Password },
    Select { mailbox: String, read_only: bool },
    Create { mailbox: String },
    Delete { mailbox: String },
    Rename { from: String, to: String },
    Subscribe { mailbox: String },
    Unsubscribe { mailbox: String },
    List { reference: String, pattern: String, subscribed: bool },
    Status { mailbox: String, items: Vec<StatusItem> },
    Append { mailbox: String, flags: Vec<FlagName>, date: Option<Timestamp>, message: Vec<u8> },
    Check,
    Close,
    Expunge,
    Search { by_uid: bool, charset: Charset, key: SearchKey },
    Fetch { by_uid: bool, set: SequenceSet, items: Vec<FetchItem> },
    Store { by_uid: bool, set: SequenceSet, change: FlagChange, silent: bool, flags: Vec<FlagName> },
    Copy { by_uid: bool, set: SequenceSet, mailbox: String },
}

impl Command {
    /// True if an EXPUNGE response may come with the answer: not with FETCH, STORE and SEARCH, whose UID forms
    /// are other commands (RFC 3501 §7.4.1).
    #[must_use]
    pub const fn lets_numbers_change(&self) -> bool {
        !matches!(
            self,
            Self::Fetch { by_uid: false, .. }
                | Self::Store { by_uid: false, .. }
                | Self::Search { by_uid: false, .. }
        )
    }

    /// True for the UID forms, whose FETCH responses always show the UID (RFC 3501 §6.4.8).
    #[must_use]
    pub const fn is_by_uid(&self) -> bool {
        matches!(
            self,
            Self::Fetch { by_uid: true, .. }
                | Self::Store { by_uid: true, .. }
                | Self::Search { by_uid: true, .. }
                | Self::Copy { by_uid: true, .. }
        )
    }
}

/// A password, which no debug output shows.
#[derive(Clone, PartialEq)]
pub struct Password(pub Vec<u8>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A flag as a client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FlagName {
    /// One of the five system flags that a client can change (RFC 3501 §2.3.2).
    System(Flags),
    /// A keyword, as written.
    Keyword(String),
}

/// What STATUS can count (RFC 3501 §6.3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusItem {
    /// How many messages there are.
    Messages,
    /// How many of them are recent.
    Recent,
    /// The UID that the next message will get.
    UidNext,
    /// The mailbox's UIDVALIDITY.
    UidValidity,
    /// How many messages are not seen: a count, not a number of a message.
    Unseen,
}

impl StatusItem {
    /// All of them with their names.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Messages, "MESSAGES"),
        (Self::Recent, "RECENT"),
        (Self::UidNext, "UIDNEXT"),
        (Self::UidValidity, "UIDVALIDITY"),
        (Self::Unseen, "UNSEEN"),
    ];
}

/// The character set of the strings in a SEARCH (RFC 3501 §6.4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charset {
    /// US-ASCII or UTF-8, which contains it.
    Known,
    /// Another one, which this server cannot search in.
    Unknown,
}
