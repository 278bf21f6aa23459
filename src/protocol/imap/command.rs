//! The commands: one row each, and what a command is once it was understood.

use std::fmt;

pub use super::arguments::{
    Appended, Changed, Charset, Find, FlagName, ListQuery, MessageUrl, Password, Piece, Question, Resync,
    Returns, SortBy, SortKey, StatusItem, ThreadAlgorithm,
};
use super::capability::Extension;
use super::item::FetchItem;
use super::set::SequenceSet;
use super::settings::ImapSettings;
use crate::mail::store::FlagChange;
use crate::protocol::CommandRow;

/// Which command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is explained by its row in COMMANDS")]
pub enum Verb {
    Capability,
    Noop,
    Logout,
    Id,
    Starttls,
    Authenticate,
    Login,
    Enable,
    Unauthenticate,
    Select,
    Examine,
    Create,
    Delete,
    Rename,
    Subscribe,
    Unsubscribe,
    Find,
    Bboard,
    List,
    Lsub,
    Namespace,
    Status,
    Append,
    Idle,
    Compress,
    Check,
    Close,
    Unselect,
    Expunge,
    Search,
    Sort,
    Thread,
    Fetch,
    Store,
    Partial,
    Copy,
    Move,
    Replace,
    CancelUpdate,
    Uid,
    SupportedVersions,
    SelectVersion,
    SelectFeatures,
    ReadOnly,
    ReadWrite,
    Flags,
    SetFlags,
    Send,
    AddMessage,
    Renumber,
    SetEol,
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

/// The commands that this server knows, in the order of RFC 3501 §6; those of extensions stand where they belong.
#[rustfmt::skip]
pub static COMMANDS: &[CommandRow<Verb, StateName>] = &[
    row(Verb::Capability, "CAPABILITY", "CAPABILITY", ANY, "RFC 3501 §6.1.1", "list what the server can do"),
    row(Verb::Noop, "NOOP", "NOOP", ANY, "RFC 3501 §6.1.2", "do nothing; news of the mailbox comes with the answer"),
    row(Verb::Logout, "LOGOUT", "LOGOUT", ANY, "RFC 3501 §6.1.3", "end the session"),
    row(Verb::Id, "ID", "ID NIL|(\"name\" \"value\" ...)", ANY, "RFC 2971 §3.1", "say which program this is, and ask which one answers"),
    row(Verb::Starttls, "STARTTLS", "STARTTLS", NOT_AUTHENTICATED, "RFC 3501 §6.2.1", "encrypt the connection from here on"),
    row(Verb::Authenticate, "AUTHENTICATE", "AUTHENTICATE mechanism [initial response]", NOT_AUTHENTICATED, "RFC 3501 §6.2.2", "say who you are by a SASL mechanism"),
    row(Verb::Login, "LOGIN", "LOGIN user password", NOT_AUTHENTICATED, "RFC 3501 §6.2.3", "say who you are"),
    row(Verb::Enable, "ENABLE", "ENABLE capability ...", AUTHENTICATED, "RFC 5161 §3.1", "say which new responses you understand"),
    row(Verb::Unauthenticate, "UNAUTHENTICATE", "UNAUTHENTICATE", AUTHENTICATED, "RFC 8437 §2", "be nobody again, on the same connection"),
    row(Verb::Select, "SELECT", "SELECT mailbox [(CONDSTORE | QRESYNC (...))]", AUTHENTICATED, "RFC 3501 §6.3.1", "open a mailbox"),
    row(Verb::Examine, "EXAMINE", "EXAMINE mailbox [(CONDSTORE | QRESYNC (...))]", AUTHENTICATED, "RFC 3501 §6.3.2", "open a mailbox to read only"),
    row(Verb::Create, "CREATE", "CREATE mailbox", AUTHENTICATED, "RFC 3501 §6.3.3", "make a mailbox"),
    row(Verb::Delete, "DELETE", "DELETE mailbox", AUTHENTICATED, "RFC 3501 §6.3.4", "remove a mailbox with its mail"),
    row(Verb::Rename, "RENAME", "RENAME old new", AUTHENTICATED, "RFC 3501 §6.3.5", "give a mailbox another name"),
    row(Verb::Subscribe, "SUBSCRIBE", "SUBSCRIBE mailbox", AUTHENTICATED, "RFC 3501 §6.3.6", "put a name on the list that LSUB shows"),
    row(Verb::Unsubscribe, "UNSUBSCRIBE", "UNSUBSCRIBE mailbox", AUTHENTICATED, "RFC 3501 §6.3.7", "take a name off that list"),
    row(Verb::Find, "FIND", "FIND MAILBOXES|ALL.MAILBOXES|BBOARDS|ALL.BBOARDS pattern", AUTHENTICATED, "RFC 2062 §6.3.OBS.1", "list mailboxes, before there was LIST"),
    row(Verb::Bboard, "BBOARD", "BBOARD board", AUTHENTICATED, "RFC 1176", "open a bulletin board to read"),
    row(Verb::List, "LIST", "LIST [(options)] reference pattern|(patterns) [RETURN (options)]", AUTHENTICATED, "RFC 3501 §6.3.8", "list mailboxes"),
    row(Verb::Lsub, "LSUB", "LSUB reference pattern", AUTHENTICATED, "RFC 3501 §6.3.9", "list subscribed names"),
    row(Verb::Namespace, "NAMESPACE", "NAMESPACE", AUTHENTICATED, "RFC 2342 §5", "ask where one's own and others' mailboxes begin"),
    row(Verb::Status, "STATUS", "STATUS mailbox (items)", AUTHENTICATED, "RFC 3501 §6.3.10", "count what is in a mailbox without opening it"),
    row(Verb::Append, "APPEND", "APPEND mailbox [(flags)] [date] literal ...", AUTHENTICATED, "RFC 3501 §6.3.11", "put a message into a mailbox"),
    row(Verb::Idle, "IDLE", "IDLE", AUTHENTICATED, "RFC 2177 §3", "wait for news; DONE ends it"),
    row(Verb::Compress, "COMPRESS", "COMPRESS DEFLATE", AUTHENTICATED, "RFC 4978 §3", "deflate everything from here on"),
    row(Verb::Check, "CHECK", "CHECK", SELECTED, "RFC 3501 §6.4.1", "let the server put its house in order"),
    row(Verb::Close, "CLOSE", "CLOSE", SELECTED, "RFC 3501 §6.4.2", "expunge silently and leave the mailbox"),
    row(Verb::Unselect, "UNSELECT", "UNSELECT", SELECTED, "RFC 3691 §2", "leave the mailbox and expunge nothing"),
    row(Verb::Expunge, "EXPUNGE", "EXPUNGE", SELECTED, "RFC 3501 §6.4.3", "remove messages marked \\Deleted"),
    row(Verb::Search, "SEARCH", "SEARCH [RETURN (options)] [CHARSET name] keys", SELECTED, "RFC 3501 §6.4.4", "find messages"),
    row(Verb::Sort, "SORT", "SORT [RETURN (options)] (criteria) charset keys", SELECTED, "RFC 5256 §3", "find messages, in an order"),
    row(Verb::Thread, "THREAD", "THREAD ORDEREDSUBJECT|REFERENCES charset keys", SELECTED, "RFC 5256 §3", "find messages, by conversation"),
    row(Verb::Fetch, "FETCH", "FETCH set items [(CHANGEDSINCE n)]", SELECTED, "RFC 3501 §6.4.5", "get data of messages"),
    row(Verb::Store, "STORE", "STORE set [(UNCHANGEDSINCE n)] [+|-]FLAGS[.SILENT] flags", SELECTED, "RFC 3501 §6.4.6", "change flags of messages"),
    row(Verb::Partial, "PARTIAL", "PARTIAL n item first octets", SELECTED, "RFC 2062 §6.4.OBS.1", "get some octets of a message, before FETCH could"),
    row(Verb::Copy, "COPY", "COPY set mailbox", SELECTED, "RFC 3501 §6.4.7", "copy messages into another mailbox"),
    row(Verb::Move, "MOVE", "MOVE set mailbox", SELECTED, "RFC 6851 §3.1", "move messages into another mailbox"),
    row(Verb::Replace, "REPLACE", "REPLACE n mailbox [(flags)] [date] literal", SELECTED, "RFC 8508 §3.2", "put a message into a mailbox, and remove another in the same step"),
    row(Verb::CancelUpdate, "CANCELUPDATE", "CANCELUPDATE \"tag\" ...", SELECTED, "RFC 5267 §4.3.5", "hear no more of what changes in the result of a SEARCH"),
    row(Verb::Uid, "UID", "UID COPY|FETCH|STORE|SEARCH ...", SELECTED, "RFC 3501 §6.4.8", "the same with unique identifiers"),
    row(Verb::SupportedVersions, "SUPPORTED.VERSIONS", "SUPPORTED.VERSIONS", ANY, "RFC 1203", "list the versions that the server speaks"),
    row(Verb::SelectVersion, "SELECT.VERSION", "SELECT.VERSION (major minor)", ANY, "RFC 1203", "choose one of them"),
    row(Verb::SelectFeatures, "SELECT.FEATURES", "SELECT.FEATURES [~]feature ...", ANY, "RFC 1203", "choose features; those not named are as they were at first"),
    row(Verb::ReadOnly, "READONLY", "READONLY", SELECTED, "RFC 1203", "let nothing be changed in the mailbox"),
    row(Verb::ReadWrite, "READWRITE", "READWRITE", SELECTED, "RFC 1203", "let the mailbox be changed again"),
    row(Verb::Flags, "FLAGS", "FLAGS", SELECTED, "RFC 1203", "list the flags of the mailbox"),
    row(Verb::SetFlags, "SET.FLAGS", "SET.FLAGS (keywords)", SELECTED, "RFC 1203", "say which keywords there are"),
    row(Verb::Send, "SEND", "SEND RFC822 literal", AUTHENTICATED, "RFC 1203", "send a message to whom its header names; feature SEND"),
    row(Verb::AddMessage, "ADD.MESSAGE", "ADD.MESSAGE mailbox RFC822 literal", AUTHENTICATED, "RFC 1203", "put a message into a mailbox; feature ADD.MESSAGE"),
    row(Verb::Renumber, "RENUMBER", "RENUMBER key ALPHA|DATE|NUMERIC", SELECTED, "RFC 1203", "number the messages in another order; feature RENUMBER"),
    row(Verb::SetEol, "SET.EOL", "SET.EOL CR|LF|number ...", ANY, "RFC 1203", "say how lines end; feature SET.EOL"),
];

/// True if a server with these settings has the command.
#[must_use]
pub fn is_known(word: &str, settings: &ImapSettings) -> bool {
    COMMANDS.iter().filter(|row| row.word == word).any(|row| {
        settings.dialect.knows(row.kind)
            && row.kind.extension().is_none_or(|extension| settings.has(extension))
    })
}

impl Verb {
    /// The extension that brings the command; `None` for those of RFC 3501.
    #[must_use]
    pub const fn extension(self) -> Option<Extension> {
        Some(match self {
            Self::Id => Extension::Id,
            Self::Enable => Extension::Enable,
            Self::Unauthenticate => Extension::Unauthenticate,
            Self::Namespace => Extension::Namespace,
            Self::Idle => Extension::Idle,
            Self::Compress => Extension::Compress,
            Self::Unselect => Extension::Unselect,
            Self::Sort => Extension::Sort,
            Self::Thread => Extension::ThreadOrderedSubject,
            Self::Move => Extension::Move,
            Self::Replace => Extension::Replace,
            Self::CancelUpdate => Extension::ContextSearch,
            _ => return None,
        })
    }
}

/// A command with its arguments.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is explained by its row in COMMANDS")]
pub enum Command {
    Capability,
    Noop,
    Logout,
    Id,
    Starttls,
    Authenticate {
        mechanism: Vec<u8>,
        initial: Option<Password>,
    },
    Login {
        user: Vec<u8>,
        password: Password,
    },
    Enable {
        words: Vec<String>,
    },
    Unauthenticate,
    Select {
        mailbox: String,
        read_only: bool,
        condstore: bool,
        resync: Option<Resync>,
    },
    Bboard {
        board: String,
    },
    Create {
        mailbox: String,
    },
    Delete {
        mailbox: String,
    },
    Rename {
        from: String,
        to: String,
    },
    Subscribe {
        mailbox: String,
    },
    Unsubscribe {
        mailbox: String,
    },
    List(ListQuery),
    Find {
        what: Find,
        pattern: String,
    },
    SupportedVersions,
    SelectVersion {
        major: u32,
        minor: u32,
    },
    SelectFeatures {
        words: Vec<String>,
    },
    /// A command of version 3.0 of IMAP3.
    Imap3(Box<super::imap3::Command>),
    Namespace,
    Status {
        mailbox: String,
        items: Vec<StatusItem>,
    },
    Append {
        mailbox: String,
        messages: Vec<Appended>,
    },
    Idle,
    Compress,
    Check,
    Close,
    Unselect,
    Expunge {
        uids: Option<SequenceSet>,
    },
    CancelUpdate {
        tags: Vec<Vec<u8>>,
    },
    Search(Question),
    Sort {
        question: Question,
        order: Vec<SortKey>,
    },
    Thread {
        question: Question,
        algorithm: ThreadAlgorithm,
    },
    Fetch {
        by_uid: bool,
        set: SequenceSet,
        items: Vec<FetchItem>,
        changed: Option<Changed>,
    },
    Store {
        by_uid: bool,
        set: SequenceSet,
        change: FlagChange,
        silent: bool,
        flags: Vec<FlagName>,
        unchanged_since: Option<u64>,
    },
    Copy {
        by_uid: bool,
        set: SequenceSet,
        mailbox: String,
        moves: bool,
    },
    Replace {
        by_uid: bool,
        set: SequenceSet,
        mailbox: String,
        message: Appended,
    },
}

impl Command {
    /// The message numbers that it takes, of which each must be there; SEARCH only asks about them.
    #[must_use]
    pub const fn numbers(&self) -> Option<&SequenceSet> {
        match self {
            Self::Fetch { by_uid: false, set, .. }
            | Self::Store { by_uid: false, set, .. }
            | Self::Copy { by_uid: false, set, .. }
            | Self::Replace { by_uid: false, set, .. } => Some(set),
            _ => None,
        }
    }

    /// True if an EXPUNGE response may come with the answer: not with FETCH, STORE and SEARCH, whose UID forms
    /// are other commands (RFC 3501 §7.4.1), unless they name numbers all the same (RFC 7162 §3.2.10.2).
    #[must_use]
    pub fn lets_numbers_change(&self) -> bool {
        match self {
            Self::Fetch { by_uid, .. } | Self::Store { by_uid, .. } => *by_uid,
            Self::Search(question) | Self::Sort { question, .. } | Self::Thread { question, .. } => {
                question.by_uid && !question.key.names_numbers()
            }
            _ => true,
        }
    }

    /// True for the UID forms, whose FETCH responses always show the UID (RFC 3501 §6.4.8).
    #[must_use]
    pub const fn is_by_uid(&self) -> bool {
        match self {
            Self::Fetch { by_uid, .. }
            | Self::Store { by_uid, .. }
            | Self::Copy { by_uid, .. }
            | Self::Replace { by_uid, .. } => *by_uid,
            Self::Search(question) | Self::Sort { question, .. } | Self::Thread { question, .. } => {
                question.by_uid
            }
            Self::Expunge { uids } => uids.is_some(),
            _ => false,
        }
    }
}
