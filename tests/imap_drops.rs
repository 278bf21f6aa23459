//! A client that goes away in the middle of a session, at every octet: each command that was whole has been
//! obeyed, the one that was not has left no trace (RFC 3501 §6.3.11, §6.4.7, RFC 3502 §3).
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::sync::Arc;

use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::imap::{Dialect, Imap, ImapSettings};
use maillab::session::{Output, Session};
use maillab::time::Instant;

const HELLO: &[u8] = b"a LOGIN alice secret\r\nb SELECT INBOX\r\n";

/// Every kind of command that changes something, each with all its octets.
const COMMANDS: [&[u8]; 20] = [
    b"t01 STORE 1:3 +FLAGS (\\Deleted key)\r\n",
    b"t02 UID STORE 2 -FLAGS.SILENT (\\Deleted)\r\n",
    b"t03 CREATE work/old\r\n",
    b"t04 COPY 1:4 work\r\n",
    b"t05 EXPUNGE\r\n",
    b"t06 APPEND INBOX (\\Seen key) \" 2-Mar-1998 12:00:00 +0000\" {20}\r\nSubject: one\r\n\r\nx\r\n \r\n",
    b"t07 APPEND INBOX {19+}\r\nSubject: two\r\n\r\nx\r\n (\\Draft) {5+}\r\n\r\nyz\n\r\n",
    b"t08 MOVE 1:2 work\r\n",
    b"t09 UID MOVE 6:7 work/old\r\n",
    b"t10 RENAME work job\r\n",
    b"t11 SUBSCRIBE job\r\n",
    b"t12 DELETE job/old\r\n",
    b"t13 FETCH 1:* BODY[]\r\n",
    b"t14 RENAME INBOX before\r\n",
    b"t15 SELECT job\r\n",
    b"t16 UID FETCH 1:* BODY[TEXT]\r\n",
    b"t17 UID EXPUNGE 1:2\r\n",
    b"t18 UNSUBSCRIBE job\r\n",
    b"t19 STORE 1 FLAGS (\\Deleted)\r\n",
    b"t20 CLOSE\r\n",
];

fn mailbox() -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    store.create(alice, "work").unwrap();
    for number in 1..=5 {
        let message = Message::new(format!("Subject: {number}\r\n\r\nletter {number}\r\n").into_bytes());
        store.append(inbox, Arc::new(message), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    store
}

/// Hands the octets to a new session in pieces; gives the store as it is when the client has gone, and what it heard.
fn dropped_after(octets: &[u8], piece: usize) -> (Store, Vec<u8>) {
    dropped_in(Dialect::Rev1, octets, piece)
}

/// The same in another dialect.
fn dropped_in(dialect: Dialect, octets: &[u8], piece: usize) -> (Store, Vec<u8>) {
    let settings = ImapSettings { dialect, ..ImapSettings::default() };
    let (mut store, mut session) = (mailbox(), Imap::new(settings));
    let mut heard = Vec::new();
    session.open(Instant::START, &mut store, &mut Output::default());
    for octets in octets.chunks(piece.max(1)) {
        let mut out = Output::default();
        session.receive(Instant::START, octets, &mut store, &mut out);
        heard.extend_from_slice(&out.bytes());
    }
    session.gone(&mut store);
    (store, heard)
}

#[test]
fn a_drop_at_any_octet_leaves_each_command_done_whole_or_not_at_all() {
    each_is_done_whole_or_not_at_all(Dialect::Rev1, HELLO, &COMMANDS, 17);
}

#[test]
fn a_drop_at_any_octet_of_an_older_dialect_leaves_nothing_half_done() {
    let imap2: &[&[u8]] = &[
        b"t01 STORE 1:3 +FLAGS (\\Deleted key)\r\n",
        b"t02 COPY 1:4 made\r\n",
        b"t03 FETCH 1:5 RFC822\r\n",
        b"t04 EXPUNGE\r\n",
    ];
    each_is_done_whole_or_not_at_all(Dialect::Imap2, HELLO, imap2, 4);
    let imap2bis: &[&[u8]] = &[
        b"t01 CREATE drafts\r\n",
        b"t02 APPEND drafts {19}\r\nSubject: one\r\n\r\nx\r\n\r\n",
        b"t03 SUBSCRIBE MAILBOX drafts\r\n",
        b"t04 RENAME drafts later\r\n",
        b"t05 PARTIAL 1 RFC822.TEXT 1 3\r\n",
        b"t06 COPY 2:3 later\r\n",
        b"t07 STORE 4 FLAGS (\\Deleted)\r\n",
        b"t08 EXPUNGE\r\n",
        b"t09 DELETE later\r\n",
    ];
    each_is_done_whole_or_not_at_all(Dialect::Imap2bis, HELLO, imap2bis, 8);
    let imap4: &[&[u8]] = &[
        b"t01 UID STORE 1:3 +FLAGS.SILENT (\\Deleted)\r\n",
        b"t02 APPEND work (\\Draft) \" 7-Feb-94 21:52:25-PST\" {3}\r\nabc\r\n",
        b"t03 FETCH 4 BODY[1]\r\n",
        b"t04 CLOSE\r\n",
    ];
    each_is_done_whole_or_not_at_all(Dialect::Imap4, HELLO, imap4, 4);
}

#[test]
fn a_drop_at_any_octet_of_imap3_leaves_nothing_half_done() {
    let hello = [
        b"v SELECT.VERSION (3 0)\r\nw SELECT.FEATURES AUTO.SET.SEEN SEND ADD.MESSAGE RENUMBER SET.EOL\r\n",
        HELLO,
    ]
    .concat();
    let commands: &[&[u8]] = &[
        b"t01 SET.FLAGS (Later Never)\r\n",
        b"t02 STORE 1:3 +FLAGS (\\Deleted Later)\r\n",
        b"t03 SET.FLAGS (Never Soon)\r\n",
        b"t04 STORE 4 SUBJECT \"another one\"\r\n",
        b"t05 STORE 5 RFC822.TEXT {7}\r\nagain\r\n\r\n",
        b"t06 STORE 4:5 X-NOTE {4}\r\nnote\r\n",
        b"t07 RENUMBER SUBJECT ALPHA\r\n",
        b"t08 FETCH 1:5 RFC822.TEXT\r\n",
        b"t09 COPY 1:2 made\r\n",
        b"t10 ADD.MESSAGE kept RFC822 {6}\r\nA: b\r\n\r\n",
        b"t11 SEND RFC822 {11}\r\nTo: alice\r\n\r\n",
        b"t12 EXPUNGE\r\n",
    ];
    each_is_done_whole_or_not_at_all(Dialect::Imap3, &hello, commands, 11);
}

/// Plays the commands up to every octet, and compares the store with what it is between two commands.
#[track_caller]
fn each_is_done_whole_or_not_at_all(dialect: Dialect, hello: &[u8], commands: &[&[u8]], changing: usize) {
    let mut stream = hello.to_vec();
    // Where each command ends, and the store as it is then.
    let mut milestones = vec![(stream.len(), dropped_in(dialect, &stream, stream.len()).0)];
    for command in commands {
        stream.extend_from_slice(command);
        let (store, heard) = dropped_in(dialect, &stream, stream.len());
        let tag = String::from_utf8_lossy(&command[..3]).into_owned();
        let heard = String::from_utf8_lossy(&heard).into_owned();
        let ends = |line: &&str| {
            let word = line.strip_prefix(&tag).and_then(|rest| rest.split(' ').nth(1));
            matches!(word, Some("OK" | "NO" | "BAD"))
        };
        let answer = heard.lines().find(ends).unwrap_or_default();
        // A command that is refused would make no trace anyway, and prove nothing.
        assert!(answer.starts_with(&format!("{tag} OK")), "{}: {answer}", String::from_utf8_lossy(command));
        milestones.push((stream.len(), store));
    }
    let changes = milestones.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    assert!(changes >= changing, "only {changes} of {} commands change the store", commands.len());
    for end in hello.len()..=stream.len() {
        let (_, right) = milestones.iter().rev().find(|(at, _)| *at <= end).unwrap();
        for piece in [end, 7] {
            let (store, _) = dropped_in(dialect, &stream[..end], piece);
            let tail = String::from_utf8_lossy(&stream[end.saturating_sub(40)..end]).into_owned();
            assert!(store == *right, "dropped after octet {end}, behind {tail:?}: the store is neither nor");
        }
    }
}

#[test]
fn a_drop_expunges_nothing_and_claims_what_was_told() {
    // RFC 3501 §6.1.3, §6.4.2: only CLOSE and EXPUNGE remove what is marked.
    let (store, _) = dropped_after(&[HELLO, b"c STORE 1:5 +FLAGS (\\Deleted)\r\n"].concat(), 1000);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    assert_eq!(store.mailbox(inbox).unwrap().entries.len(), 5);
    // \Recent has been shown to a session, and is not shown to the next (RFC 3501 §2.3.2).
    assert_eq!(store.mailbox(inbox).unwrap().first_recent, store.mailbox(inbox).unwrap().uid_next);
}

#[test]
fn a_drop_in_the_middle_of_an_answer_leaves_seen_what_was_sent() {
    // A host that gives little room asks again for the rest; this client goes before that. What was written to it is
    // \Seen, and nothing else is.
    for answers in 0..5 {
        let (mut store, mut session) = (mailbox(), Imap::new(ImapSettings::default()));
        session.open(Instant::START, &mut store, &mut Output::default());
        session.receive(Instant::START, HELLO, &mut store, &mut Output::default());
        let mut out = Output::with_room(1);
        session.receive(Instant::START, b"c FETCH 1:* BODY[]\r\n", &mut store, &mut out);
        let mut heard = out.bytes();
        for _ in 0..answers {
            out = Output::with_room(1);
            session.proceed(Instant::START, &mut store, &mut out);
            heard.extend_from_slice(&out.bytes());
        }
        session.gone(&mut store);
        let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
        let seen =
            store.mailbox(inbox).unwrap().entries.iter().filter(|entry| entry.flags.contains(Flags::SEEN));
        let sent = String::from_utf8_lossy(&heard).matches(" FETCH (BODY[]").count();
        assert_eq!(seen.count(), sent, "after {answers} more");
    }
}

#[test]
fn a_message_that_is_half_appended_is_not_there() {
    // RFC 3501 §6.3.11, RFC 3502 §3: also with several messages in one command.
    let whole = [HELLO, b"c APPEND INBOX {3+}\r\none {3+}\r\ntwo\r\n"].concat();
    for end in HELLO.len()..whole.len() {
        let (store, _) = dropped_after(&whole[..end], end);
        let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
        assert_eq!(store.mailbox(inbox).unwrap().entries.len(), 5, "after octet {end}");
    }
    let inbox = |store: &Store| store.inbox(store.user(b"alice").unwrap()).unwrap();
    let (store, _) = dropped_after(&whole, 3);
    assert_eq!(store.mailbox(inbox(&store)).unwrap().entries.len(), 7);
}
