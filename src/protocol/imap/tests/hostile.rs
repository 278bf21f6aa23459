//! Octets from anybody.

use super::*;
use crate::protocol::imap::Dialect;
use crate::session::{Out, Output, Session};
use crate::time::Instant;
use proptest::prelude::*;

/// Hands octets to a session in pieces; gives what it wrote, and how many octets it framed.
fn hand(session: &mut Imap, store: &mut Store, octets: &[u8], piece: usize) -> (Vec<u8>, u64) {
    let (mut bytes, mut framed) = (Vec::new(), 0);
    for piece in octets.chunks(piece) {
        let mut out = Output::default();
        session.receive(Instant::START, piece, store, &mut out);
        bytes.extend_from_slice(&out.bytes());
        framed += out
            .items
            .iter()
            .map(|item| if let Out::Command { octets, .. } = item { *octets } else { 0 })
            .sum::<u64>();
    }
    (bytes, framed)
}

/// Each dialect, and version 3.0 of IMAP3 with all that it has.
const TONGUES: [(Dialect, &str); 7] = [
    (Dialect::Imap2, ""),
    (Dialect::Imap3, ""),
    (
        Dialect::Imap3,
        "v SELECT.VERSION (3 0)\r\nw SELECT.FEATURES AUTO.SET.SEEN NEW.MAIL.NOTIFY SEND ADD.MESSAGE RENUMBER ENCODING INDEXABLE.FIELDS SET.EOL\r\n",
    ),
    (Dialect::Imap2bis, ""),
    (Dialect::Imap4, ""),
    (Dialect::Rev1, ""),
    (Dialect::Rev2, ""),
];

/// A session in one of them, with INBOX open.
fn tongue(nth: usize, store: &mut Store) -> Imap {
    let (dialect, opening) = TONGUES[nth % TONGUES.len()];
    let mut session = Imap::new(ImapSettings { dialect, ..ImapSettings::default() });
    session.open(Instant::START, store, &mut Output::default());
    let begin = format!("{opening}a LOGIN alice secret\r\nb SELECT INBOX\r\n");
    let (said, _) = hand(&mut session, store, begin.as_bytes(), 100);
    assert!(memchr::memmem::find(&said, b"b OK").is_some(), "{dialect}");
    session
}

/// What only older dialects have.
const OLD_WORDS: [&str; 36] = [
    "FETCH",
    "STORE",
    "SEARCH",
    "COPY",
    "1",
    "1:2",
    "2",
    "FIND",
    "MAILBOXES",
    "BBOARDS",
    "*",
    "%a\\*",
    "PARTIAL",
    "BODY[1.0]",
    "RFC822.HEADER.LINES",
    "(subject)",
    "SUBSCRIBE MAILBOX",
    "ALL",
    "SUBJECT",
    "$TO",
    "x-note",
    "~SEEN",
    "~",
    "NIL",
    "\"a\\\"",
    "RFC822.TEXT",
    "RFC822.HEADER",
    "{8}\r\nA: b\r\n\r\n",
    "SET.FLAGS",
    "(a b \\Seen)",
    "READONLY",
    "READWRITE",
    "RENUMBER",
    "ALPHA",
    "SET.EOL",
    "0:3",
];

fn selected_session(store: &mut Store) -> Imap {
    let mut session = session();
    session.open(Instant::START, store, &mut Output::default());
    hand(&mut session, store, b"a LOGIN alice secret\r\nb SELECT INBOX\r\n", 100);
    session
}

const MESSAGES: [&[u8]; 2] = [
    b"Subject: one\r\nFrom: a@x\r\n\r\nhello\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n",
];

/// Pieces of which commands are made, and some that have no place in any.
const WORDS: [&str; 64] = [
    "FETCH",
    "STORE",
    "SEARCH",
    "COPY",
    "UID",
    "SELECT",
    "EXAMINE",
    "INBOX",
    "LIST",
    "LSUB",
    "STATUS",
    "APPEND",
    "CLOSE",
    "EXPUNGE",
    "NOOP",
    "CREATE",
    "x/y",
    "DELETE",
    "RENAME",
    "SUBSCRIBE",
    "1:*",
    "*",
    "2",
    "1",
    "0",
    "4294967295",
    "4294967296",
    "1,2",
    "(",
    ")",
    "FLAGS",
    "+FLAGS",
    "-FLAGS.SILENT",
    "(\\Seen \\Deleted)",
    "(\\Recent)",
    "ALL",
    "FULL",
    "BODY[]",
    "BODY[1.MIME]",
    "BODY.PEEK[HEADER.FIELDS (a)]<0.3>",
    "BODY[",
    "BODYSTRUCTURE",
    "ENVELOPE",
    "RFC822",
    "NOT",
    "OR",
    "SEEN",
    "UNSEEN",
    "SINCE",
    "1-Feb-1994",
    "TEXT",
    "hello",
    "CHARSET",
    "UTF-8",
    "LARGER",
    "KEYWORD",
    "\"quoted\"",
    "\"open",
    "{3}\r\nabc",
    "{3+}\r\nabc",
    "{0}\r\n",
    "\n",
    "\u{0}",
    "(MESSAGES)",
];

proptest! {
    #[test]
    fn random_octets_are_framed_whole_however_they_are_cut(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut store = store_of(&MESSAGES);
        let mut session = selected_session(&mut store);
        let (mut other_store, mut other) = (store.clone(), session.clone());
        let stream = [&octets[..], b"\r\n"].concat();
        let whole = hand(&mut session, &mut store, &stream, stream.len());
        let cut = hand(&mut other, &mut other_store, &stream, 1);
        prop_assert_eq!(&whole, &cut);
        prop_assert!(session.state == other.state);
    }

    #[test]
    fn no_dialect_is_harmed_by_random_commands(
        nth in 0..7_usize,
        commands in prop::collection::vec(prop::collection::vec(0..WORDS.len() + 2 * OLD_WORDS.len(), 0..7), 0..20),
    ) {
        let mut store = store_of(&MESSAGES);
        let mut session = tongue(nth, &mut store);
        let mut stream = Vec::new();
        for (nth, words) in commands.iter().enumerate() {
            let word = |at: &usize| match at.checked_sub(WORDS.len()) {
                Some(old) => OLD_WORDS[old % OLD_WORDS.len()],
                None => WORDS[*at],
            };
            let words: Vec<&str> = words.iter().map(word).collect();
            stream.extend_from_slice(format!("t{nth} {}\r\n", words.join(" ")).as_bytes());
        }
        let (mut other_store, mut other) = (store.clone(), session.clone());
        let whole = hand(&mut session, &mut store, &stream, stream.len().max(1));
        let cut = hand(&mut other, &mut other_store, &stream, 1);
        prop_assert_eq!(&whole, &cut);
        prop_assert!(session.state == other.state && store == other_store);
        let (answer, _) = hand(&mut session, &mut store, &b"\r\n\r\nz NOOP\r\n".repeat(3), 7);
        prop_assert!(memchr::memmem::find(&answer, b"z OK NOOP").is_some());
    }

    #[test]
    fn random_commands_do_no_harm(commands in prop::collection::vec(prop::collection::vec(0..WORDS.len(), 0..8), 0..20)) {
        let mut store = store_of(&MESSAGES);
        let mut session = selected_session(&mut store);
        let mut stream = Vec::new();
        for (nth, words) in commands.iter().enumerate() {
            let words: Vec<&str> = words.iter().map(|at| WORDS[*at]).collect();
            stream.extend_from_slice(format!("t{nth} {}\r\n", words.join(" ")).as_bytes());
        }
        let (mut other_store, mut other) = (store.clone(), session.clone());
        let whole = hand(&mut session, &mut store, &stream, stream.len().max(1));
        let cut = hand(&mut other, &mut other_store, &stream, 1);
        prop_assert_eq!(&whole, &cut);
        prop_assert!(session.state == other.state && store == other_store);
        // Still alive, and in step: a literal that was begun may swallow a command, but not all of them.
        let (answer, _) = hand(&mut session, &mut store, &b"\r\n\r\nz NOOP\r\n".repeat(3), 7);
        prop_assert!(memchr::memmem::find(&answer, b"z OK NOOP").is_some());
    }
}

#[test]
fn deep_and_endless_searches_are_refused() {
    let mut store = store_of(&MESSAGES);
    let mut session = selected_session(&mut store);
    for keys in ["(".repeat(60_000), "NOT ".repeat(15_000), "OR ".repeat(20_000), "ALL ".repeat(15_000)] {
        let (answer, framed) =
            hand(&mut session, &mut store, format!("t SEARCH {keys}ALL\r\n").as_bytes(), 4096);
        assert!(answer.starts_with(b"t BAD column "), "{}", String::from_utf8_lossy(&answer));
        assert_eq!(framed as usize, keys.len() + 14);
    }
    let keys = format!("{}ALL{}", "(".repeat(40), ")".repeat(40));
    let (answer, _) = hand(&mut session, &mut store, format!("t SEARCH {keys}\r\n").as_bytes(), 4096);
    assert!(answer.starts_with(b"* SEARCH 1 2\r\n"));
}

#[test]
fn too_long_a_line_is_one_refusal_and_the_next_command_works() {
    let mut store = store_of(&MESSAGES);
    let mut session = selected_session(&mut store);
    let line = [b"t NOOP ".as_slice(), &vec![b'x'; 1 << 20], b"\r\nu NOOP\r\n"].concat();
    let (answer, framed) = hand(&mut session, &mut store, &line, 5000);
    assert_eq!(
        String::from_utf8_lossy(&answer),
        "* BAD a line of more than 65536 octets\r\nu OK NOOP completed\r\n"
    );
    assert_eq!(framed as usize, line.len());
}

#[test]
fn literals_without_end_do_not_pile_up() {
    let mut store = store_of(&MESSAGES);
    let mut session = selected_session(&mut store);
    let stream =
        [b"t FETCH 1 BODY[HEADER.FIELDS ({0}\r\n".as_slice(), &b" {0}\r\n".repeat(1200), b"\r\n"].concat();
    let (answer, _) = hand(&mut session, &mut store, &stream, stream.len());
    assert!(memchr::memmem::find(&answer, b"t BAD more than 1000 literals in one command").is_some());
    let big =
        [b"t SEARCH".as_slice(), &[b" TEXT {30000}\r\n".as_slice(), &vec![b'x'; 30_000]].concat().repeat(3)]
            .concat();
    let mut session = selected_session(&mut store);
    let (answer, _) = hand(&mut session, &mut store, &big, big.len());
    assert!(memchr::memmem::find(&answer, b"t NO a literal of 30000 octets is too long").is_some());
}

#[test]
fn a_session_is_small_however_large_its_mailbox() {
    // The view shares the store's entries; nothing is kept for each message.
    let mut store = store_of(&[&b"\r\n"[..]; 1000]);
    let session = selected_session(&mut store);
    assert!(size_of_val(&session) < 480, "{}", size_of_val(&session));
    let super::super::state::State::Selected(_, view) = &session.state else { panic!("not selected") };
    let inbox = store.mailbox(view.mailbox).unwrap();
    assert!(view.entries().same_as(&inbox.entries));
}

#[test]
fn what_a_client_of_imap3_rewrites_is_bounded() {
    let mut store = store_of(&[&b"Subject: x\r\n\r\nhello\r\n"[..]; 600]);
    let mut session = tongue(2, &mut store);
    // One text for 600 messages is 600 texts.
    let text = vec![b'x'; 100_000];
    let command = [b"c STORE 1:600 RFC822.TEXT {100000}\r\n".as_slice(), &text, b"\r\n"].concat();
    let before = store.clone();
    let (answer, _) = hand(&mut session, &mut store, &command, 1 << 16);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.contains("c NO nothing was done: one STORE writes at most"), "{answer}");
    assert!(store == before);
    for (command, wanted) in [
        (format!("d SEARCH{}", " ~SEEN".repeat(600)), "d BAD column"),
        (format!("d FETCH 1 (x{})", (0..200).map(|n| format!(" k{n}")).collect::<String>()), "d BAD column"),
        (format!("d FIND MAILBOXES {}", "*".repeat(5000)), "d BAD column"),
        (format!("d SET.EOL{}", " 4".repeat(5000)), "d NO a line ends"),
        (
            format!("d SET.FLAGS ({})", (0..60).map(|n| format!("k{n}")).collect::<Vec<_>>().join(" ")),
            "d NO a mailbox has",
        ),
        (format!("d SELECT.FEATURES{}", " ~SEND".repeat(5000)), "d OK"),
        ("d RENUMBER SUBJECT ALPHA".to_owned(), "d BAD column 3: RENUMBER needs"),
    ] {
        let (answer, _) = hand(&mut session, &mut store, format!("{command}\r\n").as_bytes(), 4096);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            answer.lines().last().is_some_and(|line| line.starts_with(wanted)),
            "{command:.40}: {answer:.300}"
        );
    }
}
