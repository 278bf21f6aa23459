//! A POP3 session of any dialect: whatever comes in, cut anywhere, every whole line gets an answer or a close.
//! The first octet chooses the dialect, the second how the stream is cut.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::pop3::{DIALECTS, Pop3, Pop3Settings};
use maillab::session::{Out, Output, Session};
use maillab::time::Instant;

fuzz_target!(|data: &[u8]| {
    let [dialect, cut, stream @ ..] = data else { return };
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let Ok(alice) = store.add_user("alice", "secret") else { return };
    let Some(inbox) = store.inbox(alice) else { return };
    for text in ["Subject: one\r\n\r\n.\r\n", "Subject: two\r\n\r\nx\r\n"] {
        store.append(inbox, Arc::new(Message::new(text)), Flags::NONE, Timestamp::DEFAULT_START);
    }
    let dialect = DIALECTS[usize::from(*dialect) % DIALECTS.len()].dialect;
    let mut session = Pop3::new(Pop3Settings { dialect, ..Pop3Settings::default() });
    let mut out = Output::default();
    session.open(Instant::START, &mut store, &mut out);
    let stream = [b"USER alice\r\nPASS secret\r\n", stream].concat();
    for piece in stream.chunks(usize::from(*cut).max(1)) {
        session.receive(Instant::START, piece, &mut store, &mut out);
    }
    let framed: u64 = out.items.iter().map(|item| if let Out::Command { octets, .. } = item { *octets } else { 0 }).sum();
    assert!(framed <= stream.len() as u64, "octets were framed that nobody sent");
    session.gone(&mut store);
    assert!(store.lock_maildrop(alice).is_ok(), "the lock was not given back");
});
