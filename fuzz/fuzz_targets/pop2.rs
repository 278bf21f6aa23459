//! A POP2 and a POP1 session: the lock comes back, and nothing panics. The first octet chooses how the stream is cut.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::pop1::{Pop1, Pop1Settings};
use maillab::protocol::pop2::{Pop2, Pop2Settings};
use maillab::session::{Output, Session};
use maillab::time::Instant;

fn run(mut session: impl Session, login: &[u8], cut: u8, stream: &[u8]) {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let Ok(alice) = store.add_user("alice", "secret") else { return };
    let Some(inbox) = store.inbox(alice) else { return };
    store.append(inbox, Arc::new(Message::new("Subject: one\r\n\r\nx\r\n")), Flags::NONE, Timestamp::DEFAULT_START);
    let mut out = Output::default();
    session.open(Instant::START, &mut store, &mut out);
    for piece in [login, stream].concat().chunks(usize::from(cut).max(1)) {
        session.receive(Instant::START, piece, &mut store, &mut out);
    }
    session.gone(&mut store);
    assert!(store.lock_maildrop(alice).is_ok(), "the lock was not given back");
}

fuzz_target!(|data: &[u8]| {
    let [cut, stream @ ..] = data else { return };
    run(Pop2::new(Pop2Settings::default()), b"HELO alice secret\r\n", *cut, stream);
    run(Pop1::new(Pop1Settings::default()), b"USER alice\r\nPASS secret\r\n", *cut, stream);
});
