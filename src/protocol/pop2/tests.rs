//! The RFC's tables and sessions, and what holds for any octets.

mod client;

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::desk::{Service, Trouble};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{MailboxId, Store};
use crate::protocol::testing::{Dialogue, Lab, dialogue};
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

fn isif() -> Pop2 {
    Pop2::new(Pop2Settings { host: "USC-ISIF.ARPA".into(), ..Pop2Settings::default() })
}

fn deliver(store: &mut Store, at: MailboxId, octets: &[u8]) {
    let message = Arc::new(Message::new(Bytes::copy_from_slice(octets)));
    store.append(at, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
}

/// A message of exactly so many octets.
fn sized(octets: usize) -> Vec<u8> {
    let mut text = b"Subject: size\r\n\r\n".to_vec();
    text.resize(octets - 2, b'x');
    text.extend_from_slice(b"\r\n");
    text
}

fn store_of(sizes: &[usize]) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let postel = store.add_user("POSTEL", "SECRET").unwrap();
    store.add_user("Jones", "two words\\").unwrap();
    let inbox = store.inbox(postel).unwrap();
    for size in sizes {
        deliver(&mut store, inbox, &sized(*size));
    }
    store
}

fn left(store: &Store) -> Vec<u32> {
    let inbox = store.inbox(store.user(b"POSTEL").unwrap()).unwrap();
    store.mailbox(inbox).unwrap().entries.iter().map(|entry| entry.uid.0).collect()
}

fn check(store: &Store, text: &str) -> Lab {
    dialogue(&Dialogue { store, text, burst: false }, isif)
}

const LOGIN: &str = "S: + POP2 <*>\nC: HELO POSTEL SECRET\nS: #<*>\n";

/// RFC 937, pages 20 and 22: the tables as they are printed there.
#[test]
fn the_decision_tables_are_those_of_the_rfc() {
    let server = "\
INPUT  | LSTN | AUTH | MBOX | ITEM | NEXT | DONE |
-------+-----------------------------------------|
Open   |  2   |  1   |  1   |  1   |  1   |  1   |
-------+-----------------------------------------|
HELO   |  1   |  3   |  1   |  1   |  1   |  1   |
-------+-----------------------------------------|
FOLD   |  1   |  1   |  5   |  5   |  1   |  1   |
-------+-----------------------------------------|
READ   |  1   |  1   |  6   |  6   |  1   |  1   |
-------+-----------------------------------------|
RETR   |  1   |  1   |  1   |  7   |  1   |  1   |
-------+-----------------------------------------|
ACKS   |  1   |  1   |  1   |  1   |  8   |  1   |
-------+-----------------------------------------|
ACKD   |  1   |  1   |  1   |  1   |  8   |  1   |
-------+-----------------------------------------|
NACK   |  1   |  1   |  1   |  1   |  8   |  1   |
-------+-----------------------------------------|
QUIT   |  1   |  4   |  4   |  4   |  1   |  1   |
-------+-----------------------------------------|
Close  |  1   |  1   |  1   |  1   |  1   |  9   |
-------+-----------------------------------------|
other  |  1   |  1   |  1   |  1   |  1   |  1   |
-------+-----------------------------------------|
Timeout|      |  1   |  1   |  1   |  1   |  1   |
-------+-----------------------------------------|
";
    assert_eq!(table::server_as_printed(), server);
    let client = "\
INPUT  | CALL | NMBR | SIZE | XFER | EXIT |
-------+----------------------------------|
Greet  |  2   |  1   |  1   |  1   |  6   |
-------+----------------------------------|
#NNN   |  1   |  3   |  1   |  1   |  6   |
-------+----------------------------------|
=CCC   |  1   |  1   |  4   |  1   |  6   |
-------+----------------------------------|
data   |  1   |  1   |  1   |  5   |  6   |
-------+----------------------------------|
+ Bye  |  1   |  1   |  1   |  1   |  6   |
-------+----------------------------------|
Close  |  1   |  1   |  1   |  1   |  6   |
-------+----------------------------------|
other  |  1   |  1   |  1   |  1   |  6   |
-------+----------------------------------|
Timeout|  1   |  1   |  1   |  1   |  6   |
-------+----------------------------------|
";
    assert_eq!(table::client_as_printed(), client);
}

#[test]
fn rows_and_table_agree_on_what_is_legal() {
    for row in COMMANDS {
        for state in table::STATES {
            let legal = table::action(table::Input::Command(row.kind), state) != table::Action::Garbage;
            assert_eq!(legal, row.states.contains(&state), "{} in {state}", row.word);
        }
    }
}

#[test]
fn every_cell_of_the_table_is_obeyed() {
    let before = [
        (StateName::Auth, ""),
        (StateName::Mbox, "HELO POSTEL SECRET\r\n"),
        (StateName::Item, "HELO POSTEL SECRET\r\nREAD\r\n"),
        (StateName::Next, "HELO POSTEL SECRET\r\nREAD\r\nRETR\r\n"),
        (StateName::Done, "QUIT\r\n"),
    ];
    for (state, lines) in before {
        for row in COMMANDS {
            let mut lab = Lab::new(store_of(&[100, 200]));
            let conn = lab.open(isif());
            lab.send(conn, lines.as_bytes());
            lab.conns[conn].arrived.clear();
            let arguments = match row.kind {
                Keyword::Helo => " POSTEL SECRET",
                Keyword::Fold => " INBOX",
                _ => "",
            };
            lab.send(conn, format!("{}{arguments}\r\n", row.word).as_bytes());
            let said = String::from_utf8_lossy(&lab.conns[conn].arrived).into_owned();
            let begins = match table::action(table::Input::Command(row.kind), state) {
                table::Action::Garbage if state == StateName::Done => "",
                table::Action::Garbage => "- ",
                table::Action::LogIn | table::Action::Fold => "#2 ",
                table::Action::Bye => "+ OK",
                table::Action::Size => "=",
                table::Action::Send => "Subject",
                table::Action::Acknowledge => "=",
                other => panic!("{other:?}"),
            };
            assert!(
                said.starts_with(begins) && said.is_empty() == begins.is_empty(),
                "{} in {state}: {said}",
                row.word
            );
            let closes = begins == "- " || begins == "+ OK" || state == StateName::Done;
            assert_eq!(lab.conns[conn].closed, closes, "{} in {state}", row.word);
        }
    }
}

#[test]
fn example_1_runs_as_printed() {
    let lab = check(
        &store_of(&[537, 234]),
        &format!(
            "S: + POP2 USC-ISIF.ARPA server ready
             C: HELO POSTEL SECRET
             S: #2 messages
             C: READ
             S: =537 characters
             C: RETR
             S: Subject: size
             S:
             S: {}
             C: ACKD
             S: =234 characters
             C: RETR
             S: Subject: size
             S:
             S: {}
             C: ACKD
             S: =0 no message
             C: QUIT
             S: + OK
             S. close",
            "x".repeat(537 - 19),
            "x".repeat(234 - 19)
        ),
    );
    assert_eq!(left(&lab.store), [0; 0]);
    assert_eq!(lab.conns[0].contents, [(0, 537), (1, 234)], "counted octets and nothing else");
}

#[test]
fn example_2_runs_with_a_folder_of_27_messages() {
    let mut store = store_of(&[60; 35]);
    let postel = store.user(b"POSTEL").unwrap();
    let spool = store.create(postel, "/usr/spool/mail/smith").unwrap();
    (0..26).for_each(|_| deliver(&mut store, spool, &sized(40)));
    deliver(&mut store, spool, &sized(10_123));
    let lab = check(
        &store,
        "S: + POP2 <*>
         C: HELO POSTEL SECRET
         S: #35 messages
         C: FOLD /usr/spool/mail/smith
         S: #27 messages
         C: READ 27
         S: =10123 characters
         C: RETR
         S: <**>
         S: <*>x
         C: ACKS
         S: =0 no message
         C: QUIT
         S: + OK
         S. close",
    );
    assert_eq!(left(&lab.store).len(), 35);
}

#[test]
fn example_3_reads_an_empty_mailbox_and_closes_at_retr() {
    // The text of READ answers =0, the example closes at once: we answer, and close at RETR.
    check(
        &store_of(&[]),
        "S: + POP2 <*>
         C: HELO POSTEL SECRET
         S: #0 messages
         C: READ
         S: =0 no message
         C: RETR
         S. close",
    );
}

#[test]
fn what_ackd_names_goes_when_the_mailbox_is_released_and_not_before() {
    let mut store = store_of(&[100, 200, 300]);
    let postel = store.user(b"POSTEL").unwrap();
    store.create(postel, "keep").unwrap();
    let delete_two = "C: READ 2\nS: =200 <*>\nC: RETR\nS: <**>\nS: <*>x\nC: ACKD\nS: =300 <*>\n";
    for (end, remain) in [
        ("C: QUIT\nS: + OK\nS. close", vec![1, 3]),
        ("C: FOLD keep\nS: #0 messages\nC. drop", vec![1, 3]),
        // Numbers start over, and the current message is the first.
        ("C: FOLD inbox\nS: #2 messages\nC: READ\nS: =100 <*>\nC: READ 2\nS: =300 <*>", vec![1, 3]),
        ("C. drop", vec![1, 2, 3]),
        ("C: WHAT\nS: - <*>\nS. close", vec![1, 2, 3]),
        ("T: 601\nS: - silent <*>\nS. close", vec![1, 2, 3]),
        // QUIT right behind RETR is garbage, says the table.
        (
            "C: RETR\nS: <**>\nS: <*>x\nC: QUIT\nS: - QUIT is for AUTH, MBOX, ITEM; <*>\nS. close",
            vec![1, 2, 3],
        ),
        // It is not skipped, and cannot be had again.
        ("C: READ 2\nS: =0 no message\nC: RETR\nS. close", vec![1, 2, 3]),
    ] {
        let lab = check(&store, &format!("{LOGIN}{delete_two}{end}"));
        assert_eq!(left(&lab.store), remain, "{end}");
    }
    // The message before one that is marked: its acknowledgement answers =0.
    let skip = "C: READ 1\nS: =100 <*>\nC: RETR\nS: <**>\nS: <*>x\nC: ACKS\nS: =0 no message\nC: READ 3\nS: =300 <*>";
    check(&store, &format!("{LOGIN}{delete_two}{skip}"));
}

#[test]
fn nack_stays_and_acks_goes_on() {
    check(
        &store_of(&[100, 200]),
        &format!(
            "{LOGIN}C: READ\nS: =100 <*>\nC: RETR\nS: <**>\nS: <*>x\nC: NACK\nS: =100 <*>\nC: RETR\nS: <**>\nS: <*>x\nC: ACKS\nS: =200 <*>\nC: READ\nS: =200 <*>\nC: READ 99\nS: =0 no message"
        ),
    );
}

#[test]
fn a_back_slash_takes_the_next_character_as_it_is() {
    let mut store = store_of(&[]);
    let jones = store.user(b"Jones").unwrap();
    let odd = store.create(jones, "my mail\\1985").unwrap();
    deliver(&mut store, odd, &sized(50));
    for fold in [r"FOLD my mail\\1985", r"FOLD my\ mail\\1985", r"fold my mai\l\\1985"] {
        let text =
            format!("S: <*>\nC: HELO Jones two{}\nS: #0 messages\nC: {fold}\nS: #1 messages", r"\ words\\");
        check(&store, &text);
    }
    // Without the quote there are three words.
    let lab = check(
        &store,
        "S: <*>\nC: HELO Jones two words\\x5c\\x5c\nS: - write it as `HELO user password` <*>\nS. close",
    );
    assert_eq!(lab.conns[0].commands, ["HELO Jones ***"], "whatever may be the password is hidden");
}

#[test]
fn garbage_ends_the_session_with_a_reason() {
    for (line, why) in [
        ("", "no such command"),
        ("REED", "did you mean READ?"),
        ("READ x", "write it as `READ [n]`"),
        ("READ 1x", "write it as"),
        ("READ +1", "write it as"),
        ("READ 0", "write it as"),
        ("READ 4294967297", "write it as"),
        ("READ 1 2", "write it as"),
        ("READ ", "write it as"),
        ("FOLD", "write it as"),
        ("RETR 1", "RETR is for ITEM"),
        ("RETR", "RETR is for ITEM; this session is in MBOX"),
        ("QUIT now", "write it as"),
        ("FOLD x\\x5c", "write it as"),
    ] {
        check(&store_of(&[100]), &format!("{LOGIN}C: {line}\nS: - <*>{why}<*>\nS. close"));
    }
    check(
        &store_of(&[]),
        "S: <*>\nC: HELO POSTEL wrong\nS: - no mailbox opens for this user and password\nS. close",
    );
    check(
        &store_of(&[]),
        "S: <*>\nC: HELO nobody SECRET\nS: - no mailbox opens for this user and password\nS. close",
    );
}

#[test]
fn lines_and_patience_have_their_last_good_value() {
    // HELO with a name so long that the line has 512 octets with CR LF, and one octet more.
    for (octets, good) in [(512, true), (513, false)] {
        let line = format!("HELO {} x", "n".repeat(octets - 9));
        assert_eq!(line.len() + 2, octets);
        let why = if good { "no mailbox opens" } else { "a line has at most 512 octets" };
        check(&store_of(&[]), &format!("S: <*>\nC: {line}\nS: - {why}<*>\nS. close"));
    }
    check(
        &store_of(&[100]),
        &format!(
            "{LOGIN}T: 599\nC: READ\nS: =100 <*>\nT: 599\nC: READ\nS: =100 <*>\nT: 600\nS: - silent <*>\nS. close"
        ),
    );
    let hasty = || Pop2::new(Pop2Settings { patience: Duration::from_secs(5), ..Pop2Settings::default() });
    dialogue(
        &Dialogue { store: &store_of(&[]), text: "S: <*>\nT: 5\nS: - silent <*>\nS. close", burst: false },
        hasty,
    );
}

#[test]
fn a_mailbox_is_one_sessions_and_a_board_is_everybodys_to_read() {
    let mut store = store_of(&[100]);
    let jones = store.user(b"Jones").unwrap();
    let board = store.create_board(jones, "news").unwrap();
    deliver(&mut store, board, &sized(70));
    let lab = check(
        &store,
        "S: <*>
         C: HELO POSTEL SECRET
         S: #1 messages
         S2: <*>
         C2: HELO POSTEL SECRET
         S2: - another session has this mailbox
         S2. close
         C: FOLD news
         S: #1 messages
         # INBOX is released, and another may have it.
         S3: <*>
         C3: HELO POSTEL SECRET
         S3: #1 messages
         C: FOLD INBOX
         S: #0 messages
         C: FOLD news
         S: #1 messages
         C: READ
         S: =70 <*>
         C: RETR
         S: <**>
         S: <*>x
         C: ACKD
         S: =0 no message
         C: QUIT
         S: + OK
         S. close",
    );
    assert_eq!(lab.store.mailbox(board).unwrap().entries.len(), 1);
    let mut after = lab.store;
    let postel = after.user(b"POSTEL").unwrap();
    assert!(after.lock_maildrop(postel).is_err(), "the third session still has it");
}

#[test]
fn a_session_cut_at_any_octet_removes_all_it_named_or_nothing() {
    let script = b"HELO POSTEL SECRET\r\nREAD 1\r\nRETR\r\nACKD\r\nREAD 3\r\nRETR\r\nACKD\r\nQUIT\r\n";
    for cut in 0..=script.len() {
        let mut lab = Lab::new(store_of(&[100, 200, 300]));
        let conn = lab.open(isif());
        lab.send(conn, &script[..cut]);
        lab.drop_conn(conn);
        let expected: &[u32] = if cut == script.len() { &[2] } else { &[1, 2, 3] };
        assert_eq!(left(&lab.store), expected, "cut at {cut}");
        let postel = lab.store.user(b"POSTEL").unwrap();
        assert_eq!(lab.store.lock_maildrop(postel), Ok(()), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn any_octets_get_a_reply_or_a_clean_close(lines in prop::collection::vec(prop_oneof![
        3 => prop::sample::select(vec!["READ", "RETR", "ACKS", "ACKD", "NACK", "FOLD inbox", "READ 2", "QUIT", "HELO POSTEL SECRET"]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..40),
    ], 1..30), logged_in: bool) {
        let mut lab = Lab::new(store_of(&[100, 200]));
        let conn = lab.open(isif());
        if logged_in {
            lab.send(conn, b"HELO POSTEL SECRET\r\n");
        }
        for line in &lines {
            lab.conns[conn].arrived.clear();
            let was_open = !lab.conns[conn].closed;
            lab.send(conn, &[line.as_slice(), b"\r\n"].concat());
            prop_assert!(!was_open || lab.conns[conn].closed || !lab.conns[conn].arrived.is_empty(), "{:?}", line);
        }
        prop_assert!(lab.conns[conn].closed || lab.conns[conn].unframed() == 0);
    }

    #[test]
    fn a_session_is_the_same_however_its_octets_are_cut(words in prop::collection::vec(prop::sample::select(vec!["READ", "RETR", "ACKS", "ACKD", "FOLD inbox", "READ 2", "QUIT"]), 0..20), cut in 1..9_usize) {
        let all = ["HELO POSTEL SECRET"].into_iter().chain(words).map(|word| format!("{word}\r\n")).collect::<String>().into_bytes();
        let labs = [all.len(), cut].map(|size| {
            let mut lab = Lab::new(store_of(&[100, 200]));
            let conn = lab.open(isif());
            all.chunks(size).for_each(|piece| lab.send(conn, piece));
            lab
        });
        prop_assert_eq!(&labs[0].store, &labs[1].store);
        prop_assert_eq!(&labs[0].conns[0].arrived, &labs[1].conns[0].arrived);
    }
}
