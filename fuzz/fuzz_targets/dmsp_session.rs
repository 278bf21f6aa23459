//! Octets from anybody to a repository, in pieces, from two workstations of one user in turn: each octet is counted once,
//! nothing is said after the close, both clients are free when their lines drop, and no list names a UID that never was.
//! The first octet chooses how the stream is cut, the second whether the settings are the unusual ones.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::dmsp::{Dmsp, DmspSettings, Outside};
use maillab::session::{Out, Output, Session};
use maillab::time::Instant;

fn settings(unusual: bool) -> DmspSettings {
    DmspSettings {
        auto_reset: unusual,
        safe_reset: unusual,
        echo_own_changes: unusual,
        strict7: unusual,
        outside: if unusual { Outside::Into("markl".into()) } else { Outside::Returned },
        ..DmspSettings::default()
    }
}

fuzz_target!(|data: &[u8]| {
    let [cut, unusual, stream @ ..] = data else { return };
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let (Ok(fred), Ok(_)) = (store.add_user("fred", "x"), store.add_user("markl", "y")) else { return };
    let Some(inbox) = store.inbox(fred) else { return };
    for _ in 0..3 {
        let message = Arc::new(Message::new("Subject: one\r\n\r\n.x\r\n"));
        store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START);
    }
    let mut sessions = [(); 2].map(|()| Dmsp::new(settings(unusual % 2 == 1)));
    let mut closed = [false; 2];
    for (session, name) in sessions.iter_mut().zip(["home", "office"]) {
        let mut out = Output::default();
        session.open(Instant::START, &mut store, &mut out);
        let login = format!("LOGIN fred x {name} 1 0\r\n");
        session.receive(Instant::START, login.as_bytes(), &mut store, &mut out);
    }
    let (mut framed, mut heard) = (0, 0);
    for (nth, piece) in stream.chunks(usize::from(*cut).max(1)).enumerate() {
        let at = nth % 2;
        if closed[at] {
            continue;
        }
        let mut out = Output::default();
        sessions[at].receive(Instant::START, piece, &mut store, &mut out);
        heard += piece.len() as u64;
        closed[at] = out.close;
        for item in &out.items {
            if let Out::Command { octets, .. } = item {
                framed += *octets;
            }
        }
    }
    assert!(framed <= heard, "a session framed octets that nobody sent");
    sessions.iter_mut().for_each(|session| session.gone(&mut store));
    assert!(store.clients(fred).iter().all(|client| !client.in_use), "a client was not given back");
});
