//! What commands are given: passwords, flags, questions, messages to append.

use std::fmt;
use std::ops::Range;

use super::capability::Extension;
use super::item::Section;
use super::key::SearchKey;
use super::set::SequenceSet;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;

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
    /// The newest change (RFC 7162 §3.1.7).
    HighestModSeq,
    /// Octets of all messages (RFC 8438 §3).
    Size,
    /// How many messages are marked `\Deleted` (RFC 9051 §6.3.11).
    Deleted,
    /// The largest message that can be appended (RFC 7889 §4).
    AppendLimit,
    /// What names the mailbox, whatever it is called (RFC 8474 §4.3).
    MailboxId,
}

impl StatusItem {
    /// All of them with their names, and what brings those that RFC 3501 does not have.
    pub const ALL: [(Self, &'static str, Option<Extension>); 10] = [
        (Self::Messages, "MESSAGES", None),
        (Self::Recent, "RECENT", None),
        (Self::UidNext, "UIDNEXT", None),
        (Self::UidValidity, "UIDVALIDITY", None),
        (Self::Unseen, "UNSEEN", None),
        (Self::HighestModSeq, "HIGHESTMODSEQ", Some(Extension::Condstore)),
        (Self::Size, "SIZE", Some(Extension::StatusSize)),
        (Self::Deleted, "DELETED", Some(Extension::Rev2)),
        (Self::AppendLimit, "APPENDLIMIT", Some(Extension::AppendLimit)),
        (Self::MailboxId, "MAILBOXID", Some(Extension::ObjectId)),
    ];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(item, _, _)| *item == self).map_or("", |(_, word, _)| word)
    }
}

/// The character set of the strings in a SEARCH (RFC 3501 §6.4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charset {
    /// US-ASCII or UTF-8, which contains it.
    Known,
    /// Another one, which this server cannot search in.
    Unknown,
}

/// What a client knows of a mailbox from its last visit (RFC 7162 §3.2.5).
#[derive(Clone, Debug, PartialEq)]
pub struct Resync {
    /// The UIDVALIDITY under which it knows it.
    pub uid_validity: u32,
    /// The newest change that it knows.
    pub modseq: u64,
    /// The UIDs that it knows; all, if it does not say.
    pub known: Option<SequenceSet>,
    /// Some numbers with the UIDs that they had: up to the last pair that still fits nothing is missing.
    pub matched: Option<(SequenceSet, SequenceSet)>,
}

/// Only what has changed (RFC 7162 §3.1.4.1, §3.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Later than this.
    pub since: u64,
    /// And also what is gone.
    pub vanished: bool,
}

/// What SEARCH, SORT and THREAD ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The results are UIDs.
    pub by_uid: bool,
    /// In which results the client is interested (RFC 4731 §3.1); `None` for the plain form.
    pub returns: Option<Returns>,
    /// The character set of the strings.
    pub charset: Charset,
    /// What must hold.
    pub key: SearchKey,
}

/// The result options of RFC 4731 §3.1 and RFC 5182 §2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Returns {
    /// `MIN`: the lowest, or first.
    pub min: bool,
    /// `MAX`: the highest, or last.
    pub max: bool,
    /// `ALL`
    pub all: bool,
    /// `COUNT`
    pub count: bool,
    /// `SAVE`: keep the result as `$`.
    pub save: bool,
    /// `PARTIAL first:last`: only these of the results, counted from 1, the lower first (RFC 5267 §4.4).
    pub partial: Option<(u32, u32)>,
    /// `UPDATE`: tell what changes in the result (RFC 5267 §4.3).
    pub update: bool,
}

impl Returns {
    /// An empty list of options stands for ALL (RFC 4731 §3.1).
    pub const ALL: Self =
        Self { min: false, max: false, all: true, count: false, save: false, partial: None, update: false };
}

/// One criterion of SORT (RFC 5256 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey {
    /// By what.
    pub by: SortBy,
    /// `REVERSE`: the other way round.
    pub reverse: bool,
}

/// What messages can be sorted by (RFC 5256 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// Internal date and time.
    Arrival,
    /// The first address of Cc.
    Cc,
    /// Sent date and time.
    Date,
    /// The first address of From.
    From,
    /// Octets.
    Size,
    /// The base subject.
    Subject,
    /// The first address of To.
    To,
}

impl SortBy {
    /// All of them with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Arrival, "ARRIVAL"),
        (Self::Cc, "CC"),
        (Self::Date, "DATE"),
        (Self::From, "FROM"),
        (Self::Size, "SIZE"),
        (Self::Subject, "SUBJECT"),
        (Self::To, "TO"),
    ];
}

/// How THREAD finds conversations (RFC 5256 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadAlgorithm {
    /// By subject alone.
    OrderedSubject,
    /// By References and In-Reply-To, then by subject.
    References,
}

/// What FIND finds (RFC 1176, RFC 2062).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Find {
    /// `MAILBOXES`: before there were subscriptions all but INBOX, since then those that are subscribed to.
    Mailboxes,
    /// `ALL.MAILBOXES`
    All,
    /// `BBOARDS`: bulletin boards.
    Boards,
}

/// What LIST and LSUB ask (RFC 5258 §3).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListQuery {
    /// What the patterns are seen from.
    pub reference: String,
    /// At least one.
    pub patterns: Vec<String>,
    /// LSUB.
    pub lsub: bool,
    /// Selection options or several patterns were given: the answer is that of RFC 5258.
    pub extended: bool,
    /// `SUBSCRIBED`: only subscribed names.
    pub subscribed: bool,
    /// `RECURSIVEMATCH`: names above subscribed ones too.
    pub recursive: bool,
    /// `SPECIAL-USE`: only mailboxes with a use.
    pub special_use: bool,
    /// RETURN `SUBSCRIBED`
    pub shows_subscribed: bool,
    /// RETURN `STATUS (items)`
    pub status: Option<Vec<StatusItem>>,
}

/// One message of an APPEND.
#[derive(Clone, Debug, PartialEq)]
pub struct Appended {
    /// Its flags.
    pub flags: Vec<FlagName>,
    /// Its internal date; now, if there is none.
    pub date: Option<Timestamp>,
    /// What it is made of: one text, or several pieces (RFC 4469).
    pub pieces: Vec<Piece>,
}

/// A piece of an appended message.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// These octets of the command.
    Text(Range<usize>),
    /// A part of a message that the server has (RFC 4469 §3).
    Url(MessageUrl),
    /// A URL that names nothing here.
    BadUrl(String),
}

/// Names a part of a message: an IMAP URL relative to the server (RFC 5092), as CATENATE takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageUrl {
    /// As it was written, for a refusal.
    pub text: String,
    /// The mailbox; the open one, if none is named.
    pub mailbox: Option<String>,
    /// The UIDVALIDITY that it must have.
    pub uid_validity: Option<u32>,
    /// The message.
    pub uid: u32,
    /// What of it; all, if nothing is named.
    pub section: Option<Section>,
    /// Which octets of it: the first, and at most how many.
    pub partial: Option<(u32, u32)>,
}
