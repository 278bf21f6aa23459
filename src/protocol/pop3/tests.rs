//! Tests by state; dialogues where a dialogue says it best.

mod authorization;
mod client;
mod limits;
mod properties;
mod transaction;
mod update;

use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::desk::{Service, Trouble};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{MailboxId, Store, Uid};
use crate::protocol::testing::{Dialogue, Lab, dialogue};
use crate::session::{Out, Output, Session};
use crate::time::{Duration, Instant};

/// The server of RFC 1939's examples.
fn dewey() -> Pop3 {
    Pop3::new(Pop3Settings {
        host: "dbc.mtview.ca.us".into(),
        greeting_stamp: GreetingStamp { process: 1896, clock: 697_170_952 },
        ..Pop3Settings::default()
    })
}

fn store_of(messages: &[&[u8]]) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let mrose = store.add_user("mrose", "tanstaaf").unwrap();
    store.add_user("frated", "two words").unwrap();
    let inbox = store.inbox(mrose).unwrap();
    for octets in messages {
        deliver(&mut store, inbox, octets);
    }
    store
}

fn deliver(store: &mut Store, inbox: MailboxId, octets: &[u8]) {
    let message = Arc::new(Message::new(Bytes::copy_from_slice(octets)));
    store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
}

/// A message of exactly `octets` octets.
fn sized(octets: usize) -> Vec<u8> {
    let mut text = b"Subject: size\r\n\r\n".to_vec();
    text.resize(octets - 2, b'x');
    text.extend_from_slice(b"\r\n");
    text
}

/// Three messages: plain, with dots, without a header.
const DOTTED: &[u8] = b"Subject: dots\r\n\r\n.\r\n..two\r\nlast\r\n";
fn three() -> Store {
    store_of(&[b"Subject: one\r\n\r\na\r\nb\r\nc\r\n", DOTTED, b"\r\nno header\r\n"])
}

fn left(store: &Store) -> Vec<u32> {
    let inbox = store.inbox(store.user(b"mrose").unwrap()).unwrap();
    store.mailbox(inbox).unwrap().entries.iter().map(|entry| entry.uid.0).collect()
}

fn check(store: &Store, text: &str) -> Lab {
    dialogue(&Dialogue { store, text, burst: true }, dewey)
}

/// A dialogue that begins logged in.
fn check_in_transaction(store: &Store, text: &str) -> Lab {
    check(store, &format!("S: <*>\nC: USER mrose\nS: +OK <*>\nC: PASS tanstaaf\nS: +OK <*>\n{text}"))
}

#[test]
fn the_session_of_section_10_runs_as_printed() {
    // Two deviations: the goodbye names the host as the greeting does, where the text says `dewey`; and what the
    // messages say is ours, for the text prints only their sizes.
    let (one, two) = (sized(120), sized(200));
    let lab = check(
        &store_of(&[&one, &two]),
        &format!(
            "S: +OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>
             C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
             S: +OK mrose's maildrop has 2 messages (320 octets)
             C: STAT
             S: +OK 2 320
             C: LIST
             S: +OK 2 messages (320 octets)
             S: 1 120
             S: 2 200
             S: .
             C: RETR 1
             S: +OK 120 octets
             S: Subject: size
             S:
             S: {}
             S: .
             C: DELE 1
             S: +OK message 1 deleted
             C: RETR 2
             S: +OK 200 octets
             S: <**>
             S: .
             C: DELE 2
             S: +OK message 2 deleted
             C: QUIT
             S: +OK dbc.mtview.ca.us POP3 server signing off (maildrop empty)
             S. close",
            "x".repeat(120 - 19)
        ),
    );
    assert_eq!(left(&lab.store), [0; 0]);
    assert_eq!(lab.conns[0].contents, [(0, 120), (1, 200)]);
}

#[test]
fn the_examples_of_sections_5_and_7_hold_in_meaning() {
    // Wording differs from the text's where ours teaches more; RFC 1939 §9 gives meaning to +OK and -ERR alone.
    check_in_transaction(
        &store_of(&[&sized(120), &sized(200)]),
        "C: LIST 2
         S: +OK 2 200
         C: LIST 3
         S: -ERR there is no message 3: this maildrop holds messages 1 to 2
         C: TOP 100 3
         S: -ERR there is no message 100: this maildrop holds messages 1 to 2
         C: UIDL
         S: +OK unique-ids follow
         S: 1 0000000100000001
         S: 2 0000000100000002
         S: .
         C: UIDL 2
         S: +OK 2 0000000100000002
         C: UIDL 3
         S: -ERR there is no message 3: this maildrop holds messages 1 to 2
         C: NOOP
         S: +OK
         C: DELE 2
         S: +OK message 2 deleted
         C: DELE 2
         S: -ERR message 2 is marked as deleted; RSET unmarks it (RFC 1939 section 5)
         C: LIST
         S: +OK 1 message (120 octets)
         S: 1 120
         S: .
         C: RSET
         S: +OK maildrop has 2 messages (320 octets)
         C: QUIT
         S: +OK <*> (2 messages left)
         S. close",
    );
}

mod auth;
mod dialects;
mod extensions;
