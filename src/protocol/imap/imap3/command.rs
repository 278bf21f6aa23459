//! What a client of version 3.0 says, once it was understood.

use super::super::command::{Find, FlagName};
use super::super::key::SearchKey;
use super::super::set::SequenceSet;
use super::feature::Eol;
use super::key::Key;
use super::pattern::Pattern;
use crate::mail::store::FlagChange;

/// A command of version 3.0 that reads or writes mail (RFC 1203, "Commands").
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `SELECT mailbox`, `BBOARD bboard`
    Select {
        /// Its name.
        mailbox: String,
        /// It is a bulletin board.
        board: bool,
    },
    /// `CHECK`
    Check,
    /// `EXPUNGE`
    Expunge,
    /// `COPY sequence mailbox`
    Copy {
        /// Which messages.
        set: SequenceSet,
        /// Where to.
        mailbox: String,
    },
    /// `FETCH sequence data`
    Fetch {
        /// Which messages.
        set: SequenceSet,
        /// What of them.
        items: Vec<Wanted>,
    },
    /// `STORE sequence data value`
    Store {
        /// Which messages.
        set: SequenceSet,
        /// What becomes of them.
        change: Change,
    },
    /// `SEARCH criteria`
    Search {
        /// What must hold.
        key: SearchKey,
        /// The criteria as they were written: they come back with the answer.
        criteria: Vec<u8>,
    },
    /// `FIND MAILBOXES|BBOARDS pattern`
    Find {
        /// What is looked for.
        what: Find,
        /// Its name.
        pattern: Pattern,
    },
    /// `READONLY`
    ReadOnly,
    /// `READWRITE`
    ReadWrite,
    /// `FLAGS`
    Flags,
    /// `SET.FLAGS flag_list`
    SetFlags(Vec<FlagName>),
    /// `SEND RFC822 string`
    Send(Vec<u8>),
    /// `ADD.MESSAGE mailbox RFC822 string`
    AddMessage {
        /// Where to.
        mailbox: String,
        /// The message.
        text: Vec<u8>,
    },
    /// `RENUMBER field_name ordering_type`
    Renumber {
        /// By what.
        key: Key,
        /// In which order.
        order: Order,
    },
    /// `SET.EOL character ...`; `None` if the server cannot do that.
    SetEol(Option<Eol>),
}

/// An order of messages (RFC 1203, RENUMBER).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `DATE`
    Date,
    /// `NUMERIC`
    Numeric,
    /// `ALPHA`
    Alpha,
}

/// What a FETCH asks for: a key, and which octets of it, the first and the last, counted from 0 (RFC 1203,
/// INDEXABLE.FIELDS).
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The key.
    pub key: Key,
    /// Only these octets.
    pub range: Option<(u32, u32)>,
}

/// What a STORE changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// `FLAGS`, `+FLAGS`, `-FLAGS`
    Flags(FlagChange, Vec<FlagName>),
    /// The value of a key; `None` for NIL, which takes a field away.
    Key(Key, Option<Vec<u8>>),
}
