//! Conversations with the server, and the client against it.

use std::sync::Arc;

use super::{Imap, ImapSettings};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::protocol::testing::{Dialogue, Lab, dialogue};

mod client;
mod fetching;
mod framing;
mod sample;

/// A session with the usual settings.
fn session() -> Imap {
    Imap::new(ImapSettings::default())
}

/// A store in which alice has these messages.
fn store_of(messages: &[&[u8]]) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    for octets in messages {
        store.append(inbox, Arc::new(Message::new(octets.to_vec())), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    store
}

/// Runs a conversation in the selected state, where INBOX holds these messages. It is run with whole lines,
/// octet by octet, and, if it has one connection, in one go.
fn selected(messages: &[&[u8]], text: &str) -> Lab {
    opened("SELECT", &store_of(messages), text)
}

/// Runs a conversation after LOGIN and SELECT or EXAMINE.
fn opened(word: &str, store: &Store, text: &str) -> Lab {
    let head = format!(
        "S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\nC: b {word} INBOX\nS: * <**>\nS: b OK <*>\n"
    )
    .replace("S: * <**>\n", "S: <**>\n");
    said(store, &format!("{head}{text}"))
}

/// Runs a conversation from the greeting on.
fn said(store: &Store, text: &str) -> Lab {
    let burst = !text.contains("C2:") && !text.contains("C: x LOGOUT") && !text.contains("T:");
    dialogue(&Dialogue { store, text, burst }, session)
}
