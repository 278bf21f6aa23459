//! An open maildrop.

use super::*;
use crate::mail::body::{Body, BodyLost, BodySource};

#[test]
fn sizes_count_the_stored_octets_and_never_the_stuffed_dot() {
    let lab = check_in_transaction(
        &three(),
        &format!(
            "C: LIST 2
             S: +OK 2 {size}
             C: RETR 2
             S: +OK {size} octets
             S: Subject: dots
             S:
             S: ..
             S: ...two
             S: last
             S: .",
            size = DOTTED.len()
        ),
    );
    assert_eq!(lab.conns[0].contents, [(1, DOTTED.len() as u32)]);
}

#[test]
fn the_reply_line_of_a_message_is_a_write_of_its_own() {
    let mut store = three();
    let mut session = dewey();
    let mut out = Output::default();
    session.receive(Instant::START, b"USER mrose\r\nPASS tanstaaf\r\n", &mut store, &mut out);
    let mut out = Output::default();
    session.receive(Instant::START, b"RETR 2\r\n", &mut store, &mut out);
    let [
        Out::Command { octets: 8, text },
        Out::Write { bytes: line, about: None },
        Out::Write { bytes, about: Some(about) },
    ] = &out.items[..]
    else {
        panic!("{out:?}")
    };
    assert_eq!(
        (text.as_ref(), line.as_ref()),
        (&b"RETR 2"[..], format!("+OK {} octets\r\n", DOTTED.len()).as_bytes())
    );
    // Two dots put in, and three octets of terminator.
    assert_eq!((bytes.len(), about.content as usize), (DOTTED.len() + 5, DOTTED.len()));
}

#[test]
fn top_gives_the_header_the_empty_line_and_so_many_lines() {
    let long = "y".repeat(9000);
    let mut store = three();
    let inbox = store.inbox(store.user(b"mrose").unwrap()).unwrap();
    deliver(&mut store, inbox, format!("A: b\r\n\r\n{long}\r\nsecond\r\n").as_bytes());
    deliver(&mut store, inbox, b"Only: a header\r\n");
    deliver(&mut store, inbox, b"");
    let lab = check_in_transaction(
        &store,
        &format!(
            "C: TOP 1 0
             S: +OK <*>
             S: Subject: one
             S:
             S: .
             C: TOP 1 2
             S: +OK <*>
             S: Subject: one
             S:
             S: a
             S: b
             S: .
             C: TOP 1 4294967295
             S: +OK <*>
             S: Subject: one
             S:
             S: a
             S: b
             S: c
             S: .
             C: TOP 2 1
             S: +OK <*>
             S: Subject: dots
             S:
             S: ..
             S: .
             # A 9,000-octet line is one line.
             C: TOP 4 1
             S: +OK <*>
             S: A: b
             S:
             S: {long}
             S: .
             C: TOP 5 3
             S: +OK <*>
             S: Only: a header
             S: .
             C: TOP 6 3
             S: +OK <*>
             S: ."
        ),
    );
    assert_eq!(lab.conns[0].contents[0], (0, 16));
}

#[test]
fn top_0_of_a_message_without_a_header_is_the_empty_line_alone() {
    check_in_transaction(
        &three(),
        "C: TOP 3 0\nS: +OK <*>\nS:\nS: .\nC: TOP 3 1\nS: +OK <*>\nS:\nS: no header\nS: .",
    );
}

#[test]
fn a_message_that_does_not_end_its_last_line_is_ended_before_the_dot() {
    // Today's deviation: what is sent is two octets more than the size says. RFC 1939 §11 knows no such message.
    let lab = check_in_transaction(
        &store_of(&[b"no end"]),
        "C: RETR 1
         S: +OK 6 octets
         S: no end
         S: .",
    );
    assert_eq!(lab.conns[0].contents, [(0, 6)]);
}

#[test]
fn a_message_that_its_source_has_lost_is_refused_and_can_be_deleted() {
    #[derive(Debug)]
    struct Lost;
    impl BodySource for Lost {
        fn octets(&self, _: u32) -> Result<Bytes, BodyLost> {
            Err(BodyLost { reason: "the file has changed\r\n+OK".into() })
        }
    }
    let mut store = three();
    let inbox = store.inbox(store.user(b"mrose").unwrap()).unwrap();
    let body = Body::Source { source: Arc::new(Lost), index: 0 };
    let message = Arc::new(Message::with_body(body, b"A: b\r\n\r\nbody\r\n"));
    store.append(inbox, message, Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    let lab = check_in_transaction(
        &store,
        "C: RETR 4
         S: -ERR [SYS/PERM] message 4 can no longer be read: the file has changed??+OK
         C: TOP 4 1
         S: -ERR <*>
         # The header is kept apart.
         C: TOP 4 0
         S: +OK <*>
         S: A: b
         S:
         S: .
         C: LIST 4
         S: +OK 4 14
         C: DELE 4
         S: +OK <*>
         C: QUIT
         S: +OK <*> (3 messages left)
         S. close",
    );
    assert_eq!(left(&lab.store), [1, 2, 3]);
}

#[test]
fn numbers_are_digits_and_nothing_else() {
    for wrong in [
        "1x",
        "+1",
        "-1",
        "0x1",
        "1.",
        "4294967296",
        "4294967297",
        "18446744073709551617",
        "0",
        " 1",
        "1 ",
        "",
        "١",
    ] {
        for command in ["RETR", "DELE", "LIST", "UIDL"] {
            check_in_transaction(
                &three(),
                &format!("C: {command} {}\nS: -ERR <*>\nC: STAT\nS: +OK 3 <*>", octal(wrong)),
            );
        }
        check_in_transaction(&three(), &format!("C: TOP {} 0\nS: -ERR <*>", octal(wrong)));
        if wrong != "0" {
            check_in_transaction(&three(), &format!("C: TOP 1 {}\nS: -ERR <*>", octal(wrong)));
        }
    }
    check_in_transaction(
        &three(),
        "C: RETR 1x
         S: -ERR `1x` is no number that RETR can take: digits alone, messages count from 1 (RFC 1939 section 5)
         C: RETR 4294967295
         S: -ERR there is no message 4294967295: this maildrop holds messages 1 to 3
         C: STAT 1
         S: -ERR write it as `STAT`: it takes no argument, and nothing follows it (RFC 1939 section 5)
         C: TOP 1
         S: -ERR write it as `TOP msg n`: one space before each argument (RFC 1939 section 7)
         C: LIST 1 2
         S: -ERR write it as `LIST [msg]`: one space, then the message's number, or neither (RFC 1939 section 5)",
    );
}

/// Octets that are not ASCII as the dialogue writes them.
fn octal(text: &str) -> String {
    text.bytes()
        .map(|octet| if octet.is_ascii() { char::from(octet).to_string() } else { format!("\\x{octet:02x}") })
        .collect()
}

#[test]
fn an_empty_maildrop_is_listed_as_such() {
    check_in_transaction(
        &store_of(&[]),
        "C: LIST
         S: +OK 0 messages (0 octets)
         S: .
         C: UIDL
         S: +OK <*>
         S: .
         C: RETR 1
         S: -ERR there is no message 1: this maildrop is empty
         C: QUIT
         S: +OK <*> (maildrop empty)
         S. close",
    );
}

#[test]
fn unique_ids_hold_from_the_very_first_session_even_if_it_is_cut_off() {
    let text =
        "C: UIDL\nS: +OK <*>\nS: 1 0000000100000001\nS: 2 0000000100000002\nS: 3 0000000100000003\nS: .\n";
    let lab = check_in_transaction(&three(), text);
    let mut store = lab.store;
    store.unlock_maildrop(store.user(b"mrose").unwrap());
    let lab =
        check_in_transaction(&store, &format!("{text}C: DELE 1\nS: +OK <*>\nC: QUIT\nS: +OK <*>\nS. close"));
    check_in_transaction(&lab.store, "C: UIDL 1\nS: +OK 1 0000000100000002");
}
