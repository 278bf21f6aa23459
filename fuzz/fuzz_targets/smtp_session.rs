//! Octets from anybody, in pieces, to a receiver that has heard EHLO, and to a sender that awaits replies: each octet is
//! counted once, and nothing is written after the close.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use maillab::mail::date::Timestamp;
use maillab::mail::message::Message;
use maillab::mail::queue::{Item, QueuedRecipient};
use maillab::mail::store::Store;
use maillab::protocol::smtp::{Relay, Smtp, SmtpSettings};
use maillab::session::{Out, Output, Session};
use maillab::time::Instant;

fn settings() -> SmtpSettings {
    SmtpSettings {
        relay: Relay::Queued,
        queued_domains: vec!["branch.example".into()],
        domains: vec!["x".into()],
        verify_users: true,
        turn: true,
        ..SmtpSettings::default()
    }
}

fn feed(mut session: Smtp, mut store: Store, octets: &[u8]) {
    let mut out = Output::default();
    session.open(Instant::START, &mut store, &mut out);
    let (mut framed, mut closed) = (0, false);
    for piece in octets.chunks(97) {
        if closed {
            break;
        }
        let mut out = Output::default();
        session.receive(Instant::START, piece, &mut store, &mut out);
        closed = out.close;
        for item in &out.items {
            if let Out::Command { octets, .. } = item {
                framed += *octets;
            }
        }
    }
    assert!(framed <= octets.len() as u64, "a session framed octets that nobody sent");
    session.gone(&mut store);
}

fuzz_target!(|octets: &[u8]| {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    if store.add_user("a", "a").is_err() {
        return;
    }
    let item = Item::new(Arc::new(Message::new("x\r\n")), "a", "branch.example", Instant::START);
    let to = QueuedRecipient { address: "b@branch.example".into(), notify: None, orcpt: None };
    store.queue_mut().push(Item { recipients: vec![to], ..item });
    feed(Smtp::new(settings()), store.clone(), &[b"EHLO x\r\n", octets].concat());
    let sender = Smtp::new(settings()).calling(vec!["branch.example".into()], Instant::START);
    feed(sender, store, octets);
});
