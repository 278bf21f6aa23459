//! What the oracle holds a server to: one row for each rule. The book's page about this test has the same table.

/// A rule that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Grammar,
    Literal,
    Tag,
    Outcome,
    State,
    Opening,
    Exists,
    NewMail,
    ExpungeMoment,
    ExpungeFalse,
    ExpungeMissing,
    DeadNumber,
    Unanswered,
    NumberAndUid,
    UidUnique,
    UidOrder,
    UidNext,
    UidValidity,
    UidPlus,
    Flags,
    FlagNews,
    Keywords,
    Recent,
    ModSeq,
    HighestModSeq,
    ChangedSince,
    UnchangedSince,
    Vanished,
    VanishedEarlier,
    Content,
    Size,
    InternalDate,
    Structure,
    Search,
    Mailboxes,
    Status,
}

/// Each rule: its name, its clause, and what it says.
#[rustfmt::skip]
pub const RULES: [(Rule, &str, &str, &str); 36] = [
    (Rule::Grammar, "grammar", "RFC 3501 §9", "every response can be read"),
    (Rule::Literal, "literal", "RFC 3501 §4.3", "a literal has as many octets as it announces: behind it stands what the grammar has there"),
    (Rule::Tag, "tag", "RFC 3501 §2.2.1", "each command is ended by one response with its tag, in their order"),
    (Rule::Outcome, "outcome", "RFC 3501 §7.1", "OK, NO or BAD is what follows from all that was said before"),
    (Rule::State, "state", "RFC 3501 §3", "data of a mailbox come only while one is open, BYE only before the end"),
    (Rule::Opening, "opening", "RFC 3501 §6.3.1", "SELECT and EXAMINE say all that they must, and READ-ONLY after EXAMINE"),
    (Rule::Exists, "exists", "RFC 3501 §7.3.1", "EXISTS is right when a mailbox is opened, and never shrinks or counts what is not there"),
    (Rule::NewMail, "new mail", "RFC 3501 §5.2", "after NOOP or IDLE the client has been told of all new mail"),
    (Rule::ExpungeMoment, "moment of EXPUNGE", "RFC 3501 §7.4.1", "no EXPUNGE during FETCH, STORE, SEARCH or CLOSE, nor with no command in progress"),
    (Rule::ExpungeFalse, "false EXPUNGE", "RFC 3501 §7.4.1", "EXPUNGE names a message that is gone"),
    (Rule::ExpungeMissing, "missing EXPUNGE", "RFC 3501 §6.4.3", "after EXPUNGE, MOVE, NOOP or IDLE the client has been told of all that is gone"),
    (Rule::DeadNumber, "dead number", "RFC 3501 §7.4.2", "a number is at least 1, and at most what EXISTS said"),
    (Rule::Unanswered, "unanswered", "RFC 3501 §6.4.5", "FETCH answers for each message that was asked for, with each item"),
    (Rule::NumberAndUid, "number and UID", "RFC 3501 §2.3.1.2", "a number shows the same UID, and a UID the same message, until an EXPUNGE, for every client"),
    (Rule::UidUnique, "unique UID", "RFC 3501 §2.3.1.1", "no UID is given twice under one name and UIDVALIDITY"),
    (Rule::UidOrder, "order of UIDs", "RFC 3501 §2.3.1.1", "UIDs rise in the order of the messages"),
    (Rule::UidNext, "UIDNEXT", "RFC 3501 §2.3.1.1", "UIDNEXT is above all UIDs given, never falls, and new mail gets no UID below it"),
    (Rule::UidValidity, "UIDVALIDITY", "RFC 3501 §2.3.1.1", "it stays while UIDs stay, and rises when a name gets another mailbox"),
    (Rule::UidPlus, "APPENDUID and COPYUID", "RFC 4315 §3", "they name the right mailbox, and pair as many copies as there are originals"),
    (Rule::Flags, "flags", "RFC 3501 §6.4.6", "flags shown are those that all clients' commands have left"),
    (Rule::FlagNews, "news of flags", "RFC 3501 §6.1.2", "after NOOP or IDLE the client knows the flags of all messages whose flags it knew"),
    (Rule::Keywords, "keywords", "RFC 3501 §7.2.6", "a keyword is named by FLAGS before a message shows it"),
    (Rule::Recent, "\\Recent", "RFC 3501 §2.3.2", "a message is recent in the first session that may change the mailbox, and in no later one; RECENT counts them"),
    (Rule::ModSeq, "MODSEQ", "RFC 7162 §3.1", "a change gets a higher modification sequence than all before it in the mailbox, and none falls"),
    (Rule::HighestModSeq, "HIGHESTMODSEQ", "RFC 7162 §3.1.2.1", "it is above all that was changed, and no message's is above it"),
    (Rule::ChangedSince, "CHANGEDSINCE", "RFC 7162 §3.1.4.1", "it answers for what has changed, and for nothing else"),
    (Rule::UnchangedSince, "UNCHANGEDSINCE", "RFC 7162 §3.1.3", "what has changed stays as it is, and MODIFIED names it"),
    (Rule::Vanished, "VANISHED", "RFC 7162 §3.2.10", "after ENABLE QRESYNC it takes the place of EXPUNGE, and names what is gone"),
    (Rule::VanishedEarlier, "VANISHED (EARLIER)", "RFC 7162 §3.2.5.1", "it names all that went since the last visit, and nothing that is there"),
    (Rule::Content, "content", "RFC 3501 §6.4.5", "the octets of a message and of its parts are those that were appended"),
    (Rule::Size, "RFC822.SIZE", "RFC 3501 §2.3.4", "it is the number of octets of the message"),
    (Rule::InternalDate, "INTERNALDATE", "RFC 3501 §2.3.3", "it is what APPEND said, and copies keep it"),
    (Rule::Structure, "structure", "RFC 3501 §7.4.2", "ENVELOPE and BODYSTRUCTURE name the subject, the parts and their sizes"),
    (Rule::Search, "search", "RFC 3501 §6.4.4", "a search finds what fits, by number or by UID, however the result is shown"),
    (Rule::Mailboxes, "mailboxes", "RFC 3501 §6.3", "LIST names what CREATE, DELETE and RENAME have left"),
    (Rule::Status, "status", "RFC 3501 §6.3.10", "STATUS counts right"),
];

impl Rule {
    pub fn name(self) -> &'static str {
        RULES.iter().find(|row| row.0 == self).map_or("?", |row| row.1)
    }

    pub fn clause(self) -> &'static str {
        RULES.iter().find(|row| row.0 == self).map_or("?", |row| row.2)
    }
}

/// A rule was broken towards a client.
#[derive(Clone, Debug, PartialEq)]
pub struct Alarm {
    pub rule: Rule,
    pub client: usize,
    pub what: String,
}
