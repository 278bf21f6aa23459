//! Octets from anybody, in pieces, to a session that has a mailbox open: it answers, and counts every octet once.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::imap::{Dialect, Imap, ImapSettings};
use maillab::session::{Out, Output, Session};
use maillab::time::Instant;

const MESSAGES: [&[u8]; 2] = [
    b"Subject: one\r\nFrom: a@x\r\n\r\nhello\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n",
];

/// Each dialect, and version 3.0 of IMAP3 with its features.
const TONGUES: [(Dialect, &str); 7] = [
    (Dialect::Rev1, ""),
    (Dialect::Imap2, ""),
    (Dialect::Imap3, ""),
    (
        Dialect::Imap3,
        "v SELECT.VERSION (3 0)\r\nw SELECT.FEATURES SEND ADD.MESSAGE RENUMBER ENCODING INDEXABLE.FIELDS SET.EOL\r\n",
    ),
    (Dialect::Imap2bis, ""),
    (Dialect::Imap4, ""),
    (Dialect::Rev2, ""),
];

fuzz_target!(|octets: &[u8]| {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let Ok(alice) = store.add_user("a", "a") else { return };
    let Some(inbox) = store.inbox(alice) else { return };
    for message in MESSAGES {
        store.append(inbox, Arc::new(Message::new(message)), Flags::NONE, Timestamp::DEFAULT_START);
    }
    // The first octet says in which tongue.
    let Some((first, octets)) = octets.split_first() else { return };
    let (dialect, opening) = TONGUES[usize::from(*first) % TONGUES.len()];
    let mut session = Imap::new(ImapSettings { dialect, ..ImapSettings::default() });
    session.open(Instant::START, &mut store, &mut Output::default());
    let mut out = Output::default();
    let begin = format!("{opening}a LOGIN a a\r\nb SELECT INBOX\r\n");
    session.receive(Instant::START, begin.as_bytes(), &mut store, &mut out);
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
});
