//! Conversations with the server, and the client against it.

use std::sync::Arc;

use super::{Extensions, Imap, ImapSettings};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::protocol::testing::{Dialogue, Lab, dialogue};

mod client;
mod dialects;
mod examples;
mod extensions;
mod fetching;
mod framing;
mod grammar;
mod hostile;
mod mailboxes;
mod model;
mod rfc1176;
mod rfc1203;
mod rfc1203_features;
mod rfc1730;
mod rfc1732;
mod rfc3501;
mod rfc5256;
mod rfc5267;
mod rfc7162;
mod rfc9051;
mod rfc9051_answers;
mod rfc9051_messages;
mod rfc9051_names;
mod rfc_appending;
mod rfc_extensions;
mod rfc_lists;
mod rfc_more;
mod sample;
mod searching;
mod sharing;
mod slips;
mod sorting;
mod syncing;

/// A session of IMAP4rev1 as RFC 3501 has it, without extensions.
fn session() -> Imap {
    let settings = ImapSettings::default();
    Imap::new(ImapSettings { extensions: Extensions::NONE, mechanisms: Vec::new(), ..settings })
}

/// A session with the usual settings: extensions are on.
fn usual() -> Imap {
    Imap::new(ImapSettings::default())
}

/// Runs a conversation with the usual extensions after LOGIN and SELECT, where INBOX holds these messages.
fn extended(messages: &[&[u8]], text: &str) -> Lab {
    extended_on(&store_of(messages), &format!("C: b SELECT INBOX\nS: <**>\nS: b OK <*>\n{text}"))
}

/// Runs a conversation with the usual extensions after LOGIN.
fn extended_on(store: &Store, text: &str) -> Lab {
    let text = &format!("S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\n{text}");
    dialogue(&Dialogue { store, text, burst: false }, usual)
}

/// A store in which alice has these messages.
fn store_of(messages: &[&[u8]]) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    for octets in messages {
        let message = Arc::new(Message::new(octets.to_vec()));
        store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    store
}

/// Runs a conversation in the selected state, where INBOX holds these messages.
fn selected(messages: &[&[u8]], text: &str) -> Lab {
    opened("SELECT", &store_of(messages), text)
}

/// Runs a conversation after LOGIN and SELECT or EXAMINE.
fn opened(word: &str, store: &Store, text: &str) -> Lab {
    authenticated(store, &format!("C: b {word} INBOX\nS: <**>\nS: b OK <*>\n{text}"))
}

/// Runs a conversation after LOGIN.
fn authenticated(store: &Store, text: &str) -> Lab {
    said(store, &format!("S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\n{text}"))
}

/// Runs a conversation from the greeting on: with whole lines, octet by octet, and, if the answers do not depend
/// on when the lines come, in one go.
fn said(store: &Store, text: &str) -> Lab {
    let burst = !["C2:", "C- ", "T:", "# in turn"].iter().any(|mark| text.contains(mark));
    dialogue(&Dialogue { store, text, burst }, session)
}
