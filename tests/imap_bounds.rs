//! What a hostile client can make an IMAP session hold, say and do. Each attack is played against a session, in
//! pieces as a network brings them; the allocator counts what the session holds after each piece, and all that was
//! ever asked for stands for the work. The bounds stand on the book's page about IMAP's limits too.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::alloc::System;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::imap::{Dialect, Imap, ImapSettings};
use maillab::session::{Output, Session};
use maillab::time::Instant;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Only one test counts at a time: the allocator is everybody's.
static COUNTING: Mutex<()> = Mutex::new(());

/// A host reads so many octets at a time.
const PIECE: usize = 16 << 10;

/// The most that a session holds, in octets, beside the message that is being appended: a command of 64 KiB, twice
/// while a buffer grows, and what was read last.
const HELD_MAX: i64 = 256 << 10;

/// The most that a session asks the allocator for, for each octet that it hears, says or has stored.
const WORK_MAX: u64 = 250;

/// The same where a command has as many literals as it may: it is read again from its beginning at each of them.
const LITERALS_WORK_MAX: u64 = 4000;

/// The most octets that it says to an octet that makes no sense. A line of CR LF alone is answered by a sentence.
const ANSWER_MAX: usize = 50;

/// How a session stood an attack.
struct Stood {
    answer: Vec<u8>,
    /// The most that it held after any piece, beside what it held before.
    held: i64,
}

impl Stood {
    #[track_caller]
    fn says(&self, wanted: &str) -> &Self {
        let text = String::from_utf8_lossy(&self.answer);
        let shown: String = text.chars().take(300).collect();
        assert!(text.contains(wanted), "{wanted:?} is not in {shown:?}");
        self
    }
}

/// Held by each test from its beginning: what it makes up is allocated, too.
fn alone() -> MutexGuard<'static, ()> {
    COUNTING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn live_bytes() -> i64 {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as i64 - stats.bytes_deallocated as i64
}

/// A mailbox of these messages, open in a session.
fn opened(messages: &[Vec<u8>]) -> (Store, Imap) {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    for octets in messages {
        let message = Arc::new(Message::new(octets.clone()));
        store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    let session = begun(Dialect::Rev1, "", &mut store);
    (store, session)
}

/// A session of a dialect that has INBOX open.
fn begun(dialect: Dialect, opening: &str, store: &mut Store) -> Imap {
    let mut session = Imap::new(ImapSettings { dialect, ..ImapSettings::default() });
    let mut out = Output::default();
    session.open(Instant::START, store, &mut out);
    let begin = format!("{opening}a LOGIN alice secret\r\nb ENABLE QRESYNC\r\nc SELECT INBOX\r\n");
    session.receive(Instant::START, begin.as_bytes(), store, &mut out);
    session
}

/// Hands octets to the session, and checks what holds for every attack: what is held, what is done, and that the
/// session still obeys.
#[track_caller]
fn attacked(messages: &[Vec<u8>], octets: &[u8]) -> Stood {
    attacked_with(messages, octets, WORK_MAX)
}

/// The same for an attack with a bound of its own on what is asked for.
#[track_caller]
fn attacked_with(messages: &[Vec<u8>], octets: &[u8], work_max: u64) -> Stood {
    let (store, session) = opened(messages);
    attacked_on(store, session, messages, octets, work_max)
}

/// The same on a session that was begun.
#[track_caller]
fn attacked_on(
    mut store: Store,
    mut session: Imap,
    messages: &[Vec<u8>],
    octets: &[u8],
    work_max: u64,
) -> Stood {
    let mut answer = Vec::with_capacity(64 << 20);
    let (before, asked_before) = (live_bytes(), ALLOCATOR.stats().bytes_allocated);
    let mut held = 0;
    for piece in octets.chunks(PIECE) {
        let mut out = Output::with_room(PIECE);
        session.receive(Instant::START, piece, &mut store, &mut out);
        answer.extend_from_slice(&out.bytes());
        while out.more {
            out = Output::with_room(PIECE);
            session.proceed(Instant::START, &mut store, &mut out);
            answer.extend_from_slice(&out.bytes());
        }
        drop(out);
        held = held.max(live_bytes() - before);
    }
    let asked = (ALLOCATOR.stats().bytes_allocated - asked_before) as u64;
    let stored: usize = messages.iter().map(Vec::len).sum();
    let crossed = (octets.len() + answer.len() + stored) as u64;
    assert!(
        asked <= work_max * crossed + (4 << 20),
        "{asked} octets were asked for, {crossed} crossed or are stored"
    );
    assert!(held <= HELD_MAX, "{held} octets are held");
    let mut out = Output::default();
    session.receive(Instant::START, b"\r\nzz NOOP\r\n", &mut store, &mut out);
    let last = String::from_utf8_lossy(&out.bytes()).into_owned();
    assert!(out.close || last.contains("zz OK NOOP"), "the session does not obey any more: {last}");
    Stood { answer, held }
}

fn letter() -> Vec<u8> {
    b"From: a@example.org\r\nSubject: one\r\n\r\nhello\r\n".to_vec()
}

#[test]
fn a_literal_of_four_gigabytes_is_refused_before_it_is_sent() {
    let _alone = alone();
    for command in
        ["t APPEND INBOX {4294967295}\r\n", "t SEARCH TEXT {4294967295}\r\n", "t CREATE {4294967295}\r\n"]
    {
        let stood = attacked(&[letter()], command.as_bytes());
        stood.says("is too long: at most");
        assert!(stood.held < 16 << 10, "{}", stood.held);
    }
    attacked(&[letter()], b"t APPEND INBOX {4294967296}\r\n").says("t BAD column");
    attacked(&[letter()], b"t APPEND INBOX {99999999999999999999999999}\r\n").says("t BAD column");
}

#[test]
fn a_literal_of_four_gigabytes_that_comes_unasked_is_passed_over() {
    // The session hears NO only once the literal is over; till then nothing of it is kept.
    let _alone = alone();
    let (mut store, mut session) = opened(&[letter()]);
    let before = live_bytes();
    let mut said = 0;
    let piece = vec![b'x'; PIECE];
    session.receive(Instant::START, b"t APPEND INBOX {4294967295+}\r\n", &mut store, &mut Output::default());
    for _ in 0..(16 << 20) / PIECE {
        let mut out = Output::default();
        session.receive(Instant::START, &piece, &mut store, &mut out);
        said += out.bytes().len();
        drop(out);
        assert!(live_bytes() - before <= 64 << 10, "{}", live_bytes() - before);
    }
    assert_eq!(said, 0);
}

#[test]
fn a_line_without_end_is_thrown_away_as_it_comes() {
    let _alone = alone();
    for octet in [b'x', 0, 0xff, b'(', b'{', b'"', b'\r'] {
        let line = [b"t SEARCH ".as_slice(), &vec![octet; 8 << 20], b"\r\n"].concat();
        attacked(&[letter()], &line).says("BAD a line of more than 65536 octets");
    }
}

#[test]
fn lists_and_keys_that_nest_are_refused_at_a_depth() {
    let _alone = alone();
    for command in [
        format!("t SEARCH {}ALL{}", "(".repeat(30_000), ")".repeat(30_000)),
        format!("t SEARCH {}ALL", "NOT ".repeat(16_000)),
        format!("t SEARCH {}ALL", "OR NOT ".repeat(9_000)),
        format!("t UID SORT (SUBJECT) UTF-8 {}ALL", "(".repeat(60_000)),
        format!("t THREAD REFERENCES UTF-8 {}ALL", "NOT ".repeat(16_000)),
        format!("t FETCH 1 {}", "(".repeat(60_000)),
        format!("t FETCH 1 BODY[{}", "1.".repeat(30_000)),
        format!("t STORE 1 FLAGS {}", "(".repeat(60_000)),
        format!("t LIST {}", "(".repeat(60_000)),
        format!("t STATUS INBOX {}", "(".repeat(60_000)),
        format!("t APPEND INBOX {}", "(".repeat(60_000)),
        format!("t ID {}", "(".repeat(60_000)),
    ] {
        attacked(&[letter()], format!("{command}\r\n").as_bytes()).says("t BAD column");
    }
}

#[test]
fn a_question_of_many_keys_is_refused_and_one_of_the_most_is_answered() {
    let _alone = alone();
    let mailbox = vec![letter(); 200];
    attacked(&mailbox, format!("t SEARCH {}ALL\r\n", "ALL ".repeat(16_000)).as_bytes())
        .says("more than 500 search keys");
    // As many keys as there may be, in the shape that takes the longest: each is tried on each message.
    let keys = format!("{}TEXT nothing{}", "OR TEXT nothing (".repeat(24), ")".repeat(24));
    attacked(&mailbox, format!("t SEARCH {keys}\r\n").as_bytes()).says("* SEARCH\r\nt OK");
}

#[test]
fn sets_cost_what_they_find_and_not_what_they_name() {
    let _alone = alone();
    let mailbox = vec![letter(); 300];
    attacked(&mailbox, b"t FETCH 1:4294967295 FLAGS\r\n")
        .says("t BAD column 11: there is no message 4294967295; expected 1 to 300");
    for command in [
        "t FETCH *:1 FLAGS",
        "t UID FETCH 1:4294967295 FLAGS",
        "t UID FETCH 4294967295:*,*:1,1:* FLAGS",
        "t UID STORE 4294967295:1 +FLAGS.SILENT (\\Seen)",
        "t UID SEARCH UID 1:4294967295",
        "t SEARCH RETURN (ALL) UID *:1,2:4294967295",
        "t UID COPY 1:4294967295 INBOX",
        "t UID EXPUNGE 1:4294967295",
        "t UID FETCH 1:4294967295 FLAGS (CHANGEDSINCE 1 VANISHED)",
        "t SELECT INBOX (QRESYNC (1 1 1:4294967295 (1:4294967295 1:4294967295)))",
    ] {
        let stood = attacked(&mailbox, format!("{command}\r\n").as_bytes());
        stood.says("t OK");
        assert!(stood.answer.len() < 40_000, "{command}: {} octets", stood.answer.len());
    }
    // Whoever names a message ten thousand times is told once.
    let set = vec!["1:*"; 15_000].join(",");
    let stood = attacked(&mailbox, format!("t UID FETCH {set} FLAGS\r\n").as_bytes());
    assert_eq!(stood.says("t OK").answer.windows(8).filter(|octets| octets == b" FETCH (").count(), 300);
}

#[test]
fn garbage_is_answered_line_by_line_and_forgotten() {
    let _alone = alone();
    let mut stream = Vec::new();
    let mut state = 1_u32;
    while stream.len() < 1 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match state >> 29 {
            0 => stream.extend_from_slice(b"\r\n"),
            1 => stream.extend_from_slice(b"t FETCH 1 "),
            2 => stream.extend_from_slice(&[0, 0xff, b'"', b'\\']),
            3 => stream.extend_from_slice(b"{3+}\r\nabc"),
            _ => stream.push((state >> 16) as u8),
        }
    }
    stream.extend_from_slice(b"\r\n\r\n");
    let stood = attacked(&[letter()], &stream);
    assert!(stood.answer.len() < ANSWER_MAX * stream.len(), "{} to {}", stood.answer.len(), stream.len());
    let empty = b"\r\n".repeat(20_000);
    let stood = attacked(&[letter()], &empty);
    assert!(stood.answer.len() < ANSWER_MAX * empty.len(), "{} to {}", stood.answer.len(), empty.len());
}

/// All other dialects, and version 3.0 of IMAP3 with what it has.
const TONGUES: [(Dialect, &str); 6] = [
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

#[test]
fn no_dialect_holds_or_does_more() {
    let _alone = alone();
    let mailbox = vec![letter(); 50];
    let mut garbage = Vec::new();
    let mut state = 1_u32;
    while garbage.len() < 1 << 17 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        match state >> 29 {
            0 => garbage.extend_from_slice(b"\r\nt FETCH 1 "),
            1 => garbage.extend_from_slice(b"\r\nt STORE 1 "),
            2 => garbage.extend_from_slice(b"SUBJECT "),
            3 => garbage.extend_from_slice(&[0, 0xff, b'"', b'\\']),
            _ => garbage.push((state >> 16) as u8),
        }
    }
    garbage.extend_from_slice(b"\r\n\r\n");
    for (dialect, opening) in TONGUES {
        for octets in [
            garbage.clone(),
            b"t LOGIN {4294967295}\r\nt SELECT {4294967295}\r\nt APPEND x {4294967295}\r\nt SEND RFC822 {4294967295}\r\n".to_vec(),
            [b"t SEARCH ".as_slice(), &vec![b'x'; 1 << 20], b"\r\n"].concat(),
            format!("t SEARCH {}\r\n", "~SEEN ".repeat(10_000)).into_bytes(),
            b"t FETCH 1:4294967295 FLAGS\r\nt FETCH 4294967295:1 FLAGS\r\n".to_vec(),
            format!("t FETCH {} FLAGS\r\n", vec!["1:50"; 12_000].join(",")).into_bytes(),
            format!("t FIND MAILBOXES {}\r\n", "*%".repeat(30_000)).into_bytes(),
            format!("t FETCH 1:50 ({})\r\n", vec!["RFC822"; 100].join(" ")).into_bytes(),
            format!("t FETCH 1:50 ({})\r\n", (0..90).map(|n| format!("RFC822 {n}:9")).collect::<Vec<_>>().join(" ")).into_bytes(),
            format!("t SET.EOL {}\r\n", "4 ".repeat(30_000)).into_bytes(),
            format!("t SET.FLAGS ({})\r\n", "\\Seen x ".repeat(8_000)).into_bytes(),
            format!("t STORE 1:50 X {}\r\n", "y".repeat(60_000)).into_bytes(),
        ] {
            let mut store = opened(&mailbox).0;
            let session = begun(dialect, opening, &mut store);
            // What STORE rewrites is stored, and not held by the session.
            let rewrites = octets.starts_with(b"t STORE 1:50 X") && opening.starts_with('v');
            if rewrites {
                continue;
            }
            attacked_on(store, session, &mailbox, &octets, 2 * WORK_MAX);
        }
    }
}

#[test]
fn octets_that_have_no_place_in_an_atom_are_refused_where_they_stand() {
    let _alone = alone();
    for command in [
        b"t LOG\xffIN a b".as_slice(),
        b"t CREATE a\x00b",
        b"t CREATE a\xc3\xbcb",
        b"t STORE 1 FLAGS (a\x00b)",
        b"t STORE 1 FLAGS (a\xe9b)",
        b"t SEARCH KEYWORD \x80",
        b"t FETCH 1 BODY[HEADER.FIELDS (\x00)]",
        b"t\x00 NOOP",
        b"t SELECT \"a\x00b\"",
    ] {
        attacked(&[letter()], &[command, b"\r\n"].concat()).says(" BAD column ");
    }
}

#[test]
fn a_thousand_literals_are_the_most() {
    let _alone = alone();
    let stream =
        [b"t FETCH 1 BODY[HEADER.FIELDS ({1+}\r\na".as_slice(), &b" {1+}\r\na".repeat(5000), b"\r\n"]
            .concat();
    attacked_with(&[letter()], &stream, LITERALS_WORK_MAX)
        .says("t BAD more than 1000 literals in one command");
}

/// Structures that go as deep, or as wide, as somebody could write them.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let mut deep = Vec::new();
    for level in 0..20_000 {
        deep.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n").as_bytes(),
        );
    }
    let wide = [
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".as_slice(),
        &b"--b\r\n\r\nx\r\n".repeat(50_000),
        b"--b--\r\n",
    ]
    .concat();
    let letters = b"Content-Type: message/rfc822\r\n\r\n".repeat(20_000);
    vec![("deep multiparts", deep), ("wide multiparts", wide), ("letters in letters", letters)]
}

#[test]
fn mime_bombs_are_cut_at_a_depth_and_a_number_of_parts() {
    let _alone = alone();
    for (name, bomb) in bombs() {
        let octets = bomb.len();
        let path = "1.".repeat(90);
        for command in [
            "BODYSTRUCTURE".to_owned(),
            "ENVELOPE".to_owned(),
            format!("BODY.PEEK[{path}MIME]"),
            "PREVIEW".to_owned(),
            "BINARY.SIZE[1]".to_owned(),
        ] {
            let stood = attacked(std::slice::from_ref(&bomb), format!("t FETCH 1 {command}\r\n").as_bytes());
            let answer = stood.answer.len();
            assert!(answer < 2 * octets + 4096, "{name}: {command} says {answer} octets of {octets}");
        }
    }
}

#[test]
fn header_bombs_take_no_longer_than_they_are() {
    let _alone = alone();
    let fields = [
        "(".repeat(200_000),
        "\"".repeat(200_001),
        ",".repeat(200_000),
        "<@a,@a:".repeat(30_000),
        "a:b,".repeat(50_000),
        "a:;".repeat(60_000),
        "a@b,".repeat(50_000),
        "=?utf-8?q?".repeat(20_000),
        "=?utf-8?b?YQ==?= ".repeat(12_000),
        "\\".repeat(200_001),
    ];
    for field in fields {
        let message =
            format!("From: {field}\r\nTo: {field}\r\nSubject: {field}\r\nReferences: {field}\r\n\r\n");
        for command in [
            "FETCH 1 ENVELOPE",
            "SEARCH FROM nobody SUBJECT nothing",
            "SORT (SUBJECT FROM) UTF-8 ALL",
            "THREAD REFERENCES UTF-8 ALL",
        ] {
            let stood = attacked(&[message.clone().into_bytes()], format!("t {command}\r\n").as_bytes());
            stood.says("t OK");
        }
    }
}

#[test]
fn what_describes_a_message_is_given_if_the_message_is_one_that_somebody_could_write() {
    let _alone = alone();
    let all = b"t FETCH 1 (ENVELOPE BODY BODYSTRUCTURE)\r\n";
    let header = |unit: &str, octets: usize| format!("From: {}x@y\r\n\r\n", unit.repeat(octets / unit.len()));
    let begin = "Content-Type: multipart/digest; boundary=b\r\n\r\n".to_owned();
    let digest = begin + &"--b\r\n\r\n\r\n".repeat(9000) + "--b--\r\n";
    for legal in [header("a@b,", 250 << 10), header("a:;", 250 << 10), digest] {
        attacked(&[legal.into_bytes()], all).says("t OK");
    }
    // Beyond that it is refused, once so much was put together.
    let stood = attacked(&[header("a:;", 3 << 20).into_bytes()], all);
    stood.says("t NO message 1: it is asked for too many");
    assert!(stood.answer.len() < 1000);
}

#[test]
fn one_response_is_at_most_some_times_as_long_as_its_message() {
    let _alone = alone();
    let message = [b"Subject: long\r\n\r\n".as_slice(), &b"x".repeat(1 << 20)].concat();
    let items = (0..90).map(|first| format!("BODY.PEEK[]<{first}.4000000>")).collect::<Vec<_>>().join(" ");
    let stood = attacked(std::slice::from_ref(&message), format!("t FETCH 1 ({items})\r\n").as_bytes());
    stood.says("t NO message 1: it is asked for too many times over");
    assert!(stood.answer.len() < 1000);
    // Eight times is more than any client wants, and is granted.
    attacked(
        &[message],
        b"t FETCH 1 (BODY.PEEK[] BODY.PEEK[TEXT] RFC822.HEADER BODY.PEEK[1] BINARY.PEEK[1])\r\n",
    )
    .says("t OK");
}
