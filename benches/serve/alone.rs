//! The sessions without sockets: what a protocol costs when nothing carries it.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant as Wall;

use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::imap::{Imap, ImapSettings};
use maillab::protocol::pop3::{Pop3, Pop3Settings};
use maillab::session::{Out, Output, Session};
use maillab::time::Instant;

use super::{COMMANDS, OCTETS, Row, messages};

fn store() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    for message in messages() {
        store.append(inbox, Arc::new(Message::new(message)), Flags::NONE, Timestamp::DEFAULT_START);
    }
    store
}

/// Hands a session octets until it has answered them; how many octets the answer had.
fn ask(session: &mut impl Session, store: &mut Store, octets: &[u8]) -> usize {
    let mut said = 0;
    let mut out = Output::with_room(256 << 10);
    session.receive(Instant::START, octets, store, &mut out);
    loop {
        for item in &out.items {
            if let Out::Write { bytes, .. } = item {
                said += black_box(bytes).len();
            }
        }
        if !out.more {
            return said;
        }
        out = Output::with_room(256 << 10);
        session.proceed(Instant::START, store, &mut out);
    }
}

fn measure(name: &str, mut session: impl Session, login: &str, idle: &str, fetch: &[String]) -> Row {
    let mut store = store();
    session.open(Instant::START, &mut store, &mut Output::default());
    ask(&mut session, &mut store, login.as_bytes());
    let start = Wall::now();
    for _ in 0..COMMANDS * 10 {
        ask(&mut session, &mut store, idle.as_bytes());
    }
    let commands = (COMMANDS * 10) as f64 / start.elapsed().as_secs_f64();
    let start = Wall::now();
    let mut octets = 0;
    while octets < OCTETS * 4 {
        octets +=
            fetch.iter().map(|command| ask(&mut session, &mut store, command.as_bytes())).sum::<usize>();
    }
    let megabytes = octets as f64 / start.elapsed().as_secs_f64() / 1e6;
    Row { name: format!("{name}-alone"), connections: 0, commands, megabytes }
}

/// Both protocols.
pub fn rows() -> Vec<Row> {
    let retr: Vec<String> = (1..=messages().count()).map(|n| format!("RETR {n}\r\n")).collect();
    vec![
        measure(
            "pop3",
            Pop3::new(Pop3Settings::default()),
            "USER alice\r\nPASS secret\r\n",
            "NOOP\r\n",
            &retr,
        ),
        measure(
            "imap",
            Imap::new(ImapSettings::default()),
            "a LOGIN alice secret\r\nb EXAMINE INBOX\r\n",
            "c NOOP\r\n",
            &["d FETCH 1:* (BODY.PEEK[])\r\n".to_owned()],
        ),
    ]
}
