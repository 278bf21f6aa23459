//! The operations of DMSP, one row each.

use std::fmt;

use StateName::{LoggedIn, NotLoggedIn};

use crate::protocol::CommandRow;

/// An operation's row.
pub type Row = CommandRow<Keyword, StateName>;

/// Which operation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the RFC's operation name; its row in COMMANDS says what it does")]
pub enum Keyword {
    Help,
    SendVersion,
    SendMessage,
    Login,
    Logout,
    SetPassword,
    ListClients,
    CreateClient,
    DeleteClient,
    ResetClient,
    ListMailboxes,
    CreateMailbox,
    DeleteMailbox,
    CreateBboardMailbox,
    DeleteBboardMailbox,
    ResetMailbox,
    ExpungeMailbox,
    ListAddresses,
    CreateAddress,
    DeleteAddress,
    ListSubscriptions,
    CreateSubscription,
    DeleteSubscription,
    ResetSubscription,
    ListAvailableSubscriptions,
    FetchChangedDescriptors,
    ResetDescriptors,
    FetchDescriptors,
    FetchMessage,
    CopyMessage,
    SetMessageFlag,
    PrintMessage,
}

/// Where a session is (RFC 1056 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateName {
    /// The client has not said for whom it speaks.
    NotLoggedIn,
    /// A client object is locked to this session.
    LoggedIn,
    /// The text of a message is on its way, up to a line with a single period.
    ReceivingText,
    /// Goodbye is said.
    Closed,
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotLoggedIn => "not logged in",
            Self::LoggedIn => "logged in",
            Self::ReceivingText => "receiving text",
            Self::Closed => "closed",
        })
    }
}

const ANY: &[StateName] = &[NotLoggedIn, LoggedIn];
const IN: &[StateName] = &[LoggedIn];

/// All operations, in the order of RFC 1056 appendix I.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = &[
    row(Keyword::Help, "HELP", "HELP", ANY, "RFC 1056 §4.4", "list the operations"),
    row(Keyword::SendVersion, "SEND-VERSION", "SEND-VERSION version", ANY, "RFC 1056 §4.4", "say which version of the protocol you speak: 230"),
    row(Keyword::SendMessage, "SEND-MESSAGE", "SEND-MESSAGE", IN, "RFC 1056 §4.4", "send mail; a line with a single period ends it"),
    row(Keyword::Login, "LOGIN", "LOGIN user password client create-p batch-p", &[NotLoggedIn], "RFC 1056 §4.5", "log in as one of the user's clients; 1 for create-p makes it if need be"),
    row(Keyword::Logout, "LOGOUT", "LOGOUT", ANY, "RFC 1056 §4.5", "leave"),
    row(Keyword::SetPassword, "SET-PASSWORD", "SET-PASSWORD old new", IN, "RFC 1056 §4.5", "change the password"),
    row(Keyword::ListClients, "LIST-CLIENTS", "LIST-CLIENTS", IN, "RFC 1056 §4.6", "list your clients, and which were active within a week"),
    row(Keyword::CreateClient, "CREATE-CLIENT", "CREATE-CLIENT client", IN, "RFC 1056 §4.6", "make a client, which has noted nothing yet"),
    row(Keyword::DeleteClient, "DELETE-CLIENT", "DELETE-CLIENT client", IN, "RFC 1056 §4.6", "remove a client that is not in use"),
    row(Keyword::ResetClient, "RESET-CLIENT", "RESET-CLIENT client", IN, "RFC 1056 §4.6", "put every message on a client's update lists"),
    row(Keyword::ListMailboxes, "LIST-MAILBOXES", "LIST-MAILBOXES", IN, "RFC 1056 §4.7", "list mailboxes: name, next UID, messages, unseen"),
    row(Keyword::CreateMailbox, "CREATE-MAILBOX", "CREATE-MAILBOX mailbox", IN, "RFC 1056 §4.7", "make a mailbox"),
    row(Keyword::DeleteMailbox, "DELETE-MAILBOX", "DELETE-MAILBOX mailbox", IN, "RFC 1056 §4.7", "remove a mailbox with its messages and addresses"),
    row(Keyword::CreateBboardMailbox, "CREATE-BBOARD-MAILBOX", "CREATE-BBOARD-MAILBOX bboard", IN, "RFC 1056 §4.7", "make a mailbox that others may read"),
    row(Keyword::DeleteBboardMailbox, "DELETE-BBOARD-MAILBOX", "DELETE-BBOARD-MAILBOX bboard", IN, "RFC 1056 §4.7", "remove a bulletin board of yours"),
    row(Keyword::ResetMailbox, "RESET-MAILBOX", "RESET-MAILBOX mailbox", IN, "RFC 1056 §4.7", "put every message of a mailbox on this client's update list"),
    row(Keyword::ExpungeMailbox, "EXPUNGE-MAILBOX", "EXPUNGE-MAILBOX mailbox", IN, "RFC 1056 §4.7", "remove the messages flagged deleted, for good"),
    row(Keyword::ListAddresses, "LIST-ADDRESSES", "LIST-ADDRESSES mailbox", IN, "RFC 1056 §4.8", "list the addresses whose mail goes there"),
    row(Keyword::CreateAddress, "CREATE-ADDRESS", "CREATE-ADDRESS mailbox address", IN, "RFC 1056 §4.8", "send mail for an address to a mailbox"),
    row(Keyword::DeleteAddress, "DELETE-ADDRESS", "DELETE-ADDRESS mailbox address", IN, "RFC 1056 §4.8", "take an address away from a mailbox"),
    row(Keyword::ListSubscriptions, "LIST-SUBSCRIPTIONS", "LIST-SUBSCRIPTIONS", IN, "RFC 1056 §4.9", "list your bulletin boards: name, first unseen UID, unseen, next UID"),
    row(Keyword::CreateSubscription, "CREATE-SUBSCRIPTION", "CREATE-SUBSCRIPTION bboard", IN, "RFC 1056 §4.9", "read a bulletin board from now on"),
    row(Keyword::DeleteSubscription, "DELETE-SUBSCRIPTION", "DELETE-SUBSCRIPTION bboard", IN, "RFC 1056 §4.9", "read it no longer"),
    row(Keyword::ResetSubscription, "RESET-SUBSCRIPTION", "RESET-SUBSCRIPTION bboard uid", IN, "RFC 1056 §4.9", "say which message is the first that you have not seen"),
    row(Keyword::ListAvailableSubscriptions, "LIST-AVAILABLE-SUBSCRIPTIONS", "LIST-AVAILABLE-SUBSCRIPTIONS", IN, "RFC 1056 §4.9", "list all bulletin boards"),
    row(Keyword::FetchChangedDescriptors, "FETCH-CHANGED-DESCRIPTORS", "FETCH-CHANGED-DESCRIPTORS mailbox max-to-send", IN, "RFC 1056 §4.10", "what this client has not noted yet, lowest UIDs first"),
    row(Keyword::ResetDescriptors, "RESET-DESCRIPTORS", "RESET-DESCRIPTORS mailbox low-uid high-uid", IN, "RFC 1056 §4.10", "say that these are noted"),
    row(Keyword::FetchDescriptors, "FETCH-DESCRIPTORS", "FETCH-DESCRIPTORS mailbox low-uid high-uid", IN, "RFC 1056 §4.10", "descriptors of the messages in a range"),
    row(Keyword::FetchMessage, "FETCH-MESSAGE", "FETCH-MESSAGE mailbox uid", IN, "RFC 1056 §4.10", "the whole text of a message"),
    row(Keyword::CopyMessage, "COPY-MESSAGE", "COPY-MESSAGE source target uid", IN, "RFC 1056 §4.10", "copy a message to another mailbox; answered by the copy's descriptor"),
    row(Keyword::SetMessageFlag, "SET-MESSAGE-FLAG", "SET-MESSAGE-FLAG mailbox uid flag state", IN, "RFC 1056 §4.10", "set (1) or clear (0) one of the flags 0 to 15"),
    row(Keyword::PrintMessage, "PRINT-MESSAGE", "PRINT-MESSAGE mailbox uid printer", IN, "RFC 1056 §4.10", "print a message at the repository"),
];

const fn row(
    kind: Keyword,
    word: &'static str,
    syntax: &'static str,
    states: &'static [StateName],
    clause: &'static str,
    help: &'static str,
) -> Row {
    Row { kind, word, syntax, states, clause, help }
}
