//! The features of RFC 1203, each with its examples, what finds and copies, and two clients of two versions.

use super::rfc1203::{VERSIONS, chosen3, letters, spoken3};
use super::*;
use crate::protocol::imap::Dialect;
use crate::time::Instant;

#[test]
fn versions_and_features_are_negotiated() {
    spoken3(
        &letters(),
        &format!(
            r"
            S: * OK <*>
            # What is in force is version 2.0, which has no features
            C: a SELECT.FEATURES AUTO.SET.SEEN
            S: a NO version 2.0 has no features; <*>
            C: a READONLY
            S: a BAD column 3: READONLY is not a command of version 2.0; SELECT.VERSION (3 0) comes first (RFC 1203)
            C: a SELECT.VERSION (4 2)
            S: a NO the versions are (2 0) and (3 0)<*>
            C: a SELECT.VERSION (3 0)
            S: a OK version 3.0 selected
            # Version 3.0 tags what it sends
            C: a1 SUPPORTED.VERSIONS
            S: a1 {VERSIONS}
            S: a1 OK SUPPORTED.VERSIONS completed
            C: a SELECT.FEATURES AUTO.SET.SEEN ~TAGGED.SOLICITED EIGHT.BIT.TRANSPARENT
            S: a OK features selected
            C: a SUPPORTED.VERSIONS
            S: * {VERSIONS}
            S: a OK SUPPORTED.VERSIONS completed
            C: a SELECT.FEATURES TAGED.SOLICITED
            S: a NO no feature is called TAGED.SOLICITED; did you mean TAGGED.SOLICITED? (RFC 1203); nothing was changed
            C: a SEND RFC822 x
            S: a BAD <*>
            C: a LOGIN alice secret
            S: a OK <*>
            C: a SEND RFC822 x
            S: a BAD column 3: SEND needs SELECT.FEATURES SEND (RFC 1203)
            C: a SELECT INBOX
            S: * FLAGS <*>
            S: * 4 EXISTS
            S: * 4 RECENT
            S: a OK SELECT completed
            C: a SELECT.VERSION (2 0)
            S: a NO a version is chosen before a mailbox is selected (RFC 1203, SELECT.VERSION)
            # AUTO.SET.SEEN, and data without the tag
            C: a FETCH 1 RFC822.TEXT
            S: * 1 FETCH (RFC822.TEXT {{5}}
            S: one
            S:  FLAGS (\Seen \Recent))
            S: a OK FETCH completed
            C: a COPY 2 x
            S: * MAILBOX x
            S: * 2 COPY
            S: * 2 STORE (FLAGS (\Seen \Recent))
            S: a OK COPY completed
            "
        ),
    );
}

#[test]
fn indexable_fields_count_octets_from_zero() {
    chosen3(
        &letters(),
        "INDEXABLE.FIELDS",
        r#"
        C: tag42 FETCH 2 BODY 0:2
        S: tag42 2 FETCH (BODY "two")
        S: tag42 OK FETCH completed
        C: tag43 FETCH 2 (BODY 1:1 SUBJECT 2:3999 BODY 8:9 FLAGS)
        S: tag43 2 FETCH (BODY "w" SUBJECT "ta" BODY "" FLAGS (\Recent))
        S: tag43 OK FETCH completed
        C: tag44 FETCH 2 SIZE 0:2
        S: tag44 BAD column 15: only of text some octets can be had (RFC 1203)
        "#,
    );
    chosen3(
        &letters(),
        "",
        r"
        C: tag42 FETCH 2 BODY 0:2
        S: tag42 BAD column 20: some octets of a key need SELECT.FEATURES INDEXABLE.FIELDS (RFC 1203)
        ",
    );
}

#[test]
fn lines_end_as_the_client_says() {
    chosen3(
        &letters(),
        "SET.EOL",
        r#"
        C: tag42 SET.EOL CR 4
        S: tag42 OK SET.EOL completed
        # Generic keys follow, RFC822.SIZE and RFC822.TEXT do not
        C: a FETCH 2 (SIZE RFC822.SIZE)
        S: a 2 FETCH (SIZE 125 RFC822.SIZE 125)
        S: a OK FETCH completed
        C: b SET.EOL LF
        S: b OK SET.EOL completed
        C: c FETCH 2 (BODY SIZE RFC822.SIZE)
        S: c 2 FETCH (BODY {6}
        S: two\x0a2\x0a SIZE 117 RFC822.SIZE 125)
        S: c OK FETCH completed
        C: d SET.EOL 1 2 3 4 5
        S: d NO a line ends in at most 4 characters here (RFC 1203)
        C: e SET.EOL 256
        S: e BAD column 11: a character is CR, LF, or a number up to 255 (RFC 1203)
        "#,
    );
}

#[test]
fn renumber_says_which_numbers_mean_others() {
    chosen3(
        &letters(),
        "RENUMBER",
        r"
        C: tag42 RENUMBER SUBJECT ALPHA
        S: tag42 RESET 1:4
        S: tag42 OK RENUMBER completed; the sequence has changed
        C: tag43 FETCH 1:4 SUBJECT
        S: tag43 1 FETCH (SUBJECT {8}
        S: <*>quoted<*>
        S: <**>
        S: tag43 OK FETCH completed
        C: a SEARCH SUBJECT alpha
        S: a SEARCH (2) (SUBJECT alpha)
        S: a OK SEARCH completed
        C: b STORE 2 +FLAGS (\Deleted)
        S: b 2 STORE (FLAGS (\Deleted \Recent))
        S: b OK STORE completed
        C: c EXPUNGE
        S: c 4 EXISTS
        S: c 4 RECENT
        S: c 2 EXPUNGE
        S: c 3 EXISTS
        S: c OK EXPUNGE completed
        C: d RENUMBER X-COUNT NUMERIC
        S: d RESET 2:3
        S: d OK RENUMBER completed; the sequence has changed
        C: e RENUMBER X-COUNT NUMERIC
        S: e OK RENUMBER completed; the sequence is as it was
        C: f RENUMBER DATE DATE
        S: f OK <*>
        C: g RENUMBER SIZE RANDOM
        S: g BAD column 17: the orders are ALPHA, DATE and NUMERIC (RFC 1203)
        ",
    );
}

#[test]
fn parts_have_keys() {
    chosen3(
        &letters(),
        "ENCODING",
        r#"
        C: tag41 FETCH 1 ENCODING
        S: tag41 1 FETCH (ENCODING NIL)
        S: tag41 OK FETCH completed
        C: tag42 FETCH 4 ENCODING
        S: tag42 4 FETCH (ENCODING ((G001 7BIT TEXT/PLAIN) (G002 BASE64 IMAGE/GIF)))
        S: tag42 OK FETCH completed
        C: tag43 FETCH 4 (G002 G003 TEXT)
        S: tag43 4 FETCH (G002 "R0lG" G003 NIL TEXT "text")
        S: tag43 OK FETCH completed
        C: tag44 STORE 4 G002 "Tk9O"
        S: tag44 4 STORE (G002 "Tk9O")
        S: tag44 OK STORE completed
        C: tag45 FETCH 4 G002
        S: tag45 4 FETCH (G002 "Tk9O")
        S: tag45 OK FETCH completed
        C: tag46 STORE 4 ENCODING x
        S: tag46 BAD column 15: <*>
        "#,
    );
}

#[test]
fn messages_are_added_and_sent() {
    let lab = chosen3(
        &letters(),
        "ADD.MESSAGE SEND",
        r"
        C: tag42 ADD.MESSAGE OUTGOING-MAIL RFC822 {32}
        S: + go ahead
        C: From: James <james@x>
        C: To: ann
        C:
        S: * MAILBOX OUTGOING-MAIL
        S: tag42 OK ADD.MESSAGE completed
        C: tag43 SEND RFC822 {31}
        S: + go ahead
        C: To: alice
        C: Subject: hello
        C:
        C:
        C:
        S: * 5 EXISTS
        S: * 5 RECENT
        S: tag43 OK SEND completed
        C: tag44 SEND RFC822 hello
        S: tag44 NO this is no message: it begins with no header field (RFC 822 section 3.1)
        C: tag45 SEND TEXT hello
        S: tag45 BAD column 12: RFC822 is the only format of messages (RFC 1203)
        C: tag46 SEND RFC822 {14}
        S: + go ahead
        C: Subject: hello
        S: tag46 NO its header names no recipient
        ",
    );
    let alice = lab.store.user(b"alice").unwrap();
    let outgoing = lab.store.mailbox(lab.store.mailbox_named(alice, "OUTGOING-MAIL").unwrap()).unwrap();
    let octets = outgoing.entries.get(0).unwrap().message.octets().unwrap();
    assert_eq!(&octets[..], b"From: James <james@x>\r\nTo: ann\r\n");
}

#[test]
fn eight_bits_pass_in_quotes_once_that_is_chosen() {
    let store = store_of(&[b"Subject: gr\xfc\xdfe\r\n\r\nx\r\n"]);
    chosen3(
        &store,
        "",
        "C: a FETCH 1 SUBJECT\nS: a 1 FETCH (SUBJECT {5}\nS: gr<*>e)\nS: a OK FETCH completed",
    );
    chosen3(
        &store,
        "EIGHT.BIT.TRANSPARENT",
        "C: a FETCH 1 SUBJECT\nS: a 1 FETCH (SUBJECT \"gr<*>e\")\nS: a OK FETCH completed",
    );
}

#[test]
fn new_mail_is_told_at_once_if_that_is_chosen() {
    // in turn: what is told depends on when it came
    let open = |features: &str| {
        let mut lab = Lab::new(letters());
        let session = Imap::new(ImapSettings {
            dialect: Dialect::Imap3,
            mechanisms: Vec::new(),
            ..ImapSettings::default()
        });
        let conn = lab.open(session);
        lab.send(
            conn,
            format!("a SELECT.VERSION (3 0)\r\nb SELECT.FEATURES {features}\r\nc LOGIN alice secret\r\nd SELECT INBOX\r\n")
                .as_bytes(),
        );
        lab.conns[conn].arrived.clear();
        // Mail comes by another session.
        let other = lab.open(usual());
        lab.send(other, b"a LOGIN alice secret\r\nb APPEND INBOX {8+}\r\nA: b\r\n\r\n\r\n");
        lab.pass_until(Instant::START);
        String::from_utf8(lab.conns[conn].arrived.clone()).unwrap()
    };
    assert_eq!(open("NEW.MAIL.NOTIFY"), "* 5 EXISTS\r\n* 5 RECENT\r\n* SEARCH (5) (RECENT)\r\n");
    assert_eq!(open("~NEW.MAIL.NOTIFY"), "");
}

#[test]
fn two_clients_of_two_versions_see_the_same_mailbox() {
    chosen3(
        &letters(),
        "",
        r#"
        # in turn
        S2: * OK <*>
        C2: b LOGIN alice secret
        S2: b OK <*>
        C2: b SELECT INBOX
        S2: <**>
        S2: b OK <*>
        C: c STORE 1 X-NOTE seen
        S: c 1 STORE (X-NOTE "seen")
        S: c OK STORE completed
        # The other one speaks version 2.0: to it the old text is gone, and a new message has come
        C2: c NOOP
        S2: * 1 EXPUNGE
        S2: * 4 EXISTS
        S2: * 0 RECENT
        S2: c OK NOOP completed
        C2: d STORE 1 +FLAGS (\Seen)
        S2: * 1 STORE (FLAGS (\Seen))
        S2: d OK STORE completed
        C: d CHECK
        S: * 2 STORE (FLAGS (\Seen \Recent))
        S: d 4 EXISTS
        S: d 4 RECENT
        S: d OK CHECK completed
        # An expunge waits while numbers are in use
        C2: e STORE 4 +FLAGS (\Deleted)
        S2: <**>
        S2: e OK STORE completed
        C2: f EXPUNGE
        S2: * 4 EXPUNGE
        S2: f OK EXPUNGE completed
        C: e FETCH 1:2 X-NOTE
        S: e 1 FETCH (X-NOTE "seen")
        S: e 2 FETCH (X-NOTE NIL)
        S: e OK FETCH completed
        C: f NOOP
        S: * 1 EXPUNGE
        S: f OK NOOP completed
        "#,
    );
}

fn with_boards() -> Store {
    let mut store = letters();
    let alice = store.user(b"alice").unwrap();
    for name in ["FOO.BAR", "FOO.BAZZAR", "FOOBAR", "a*b", "OTHER"] {
        store.create(alice, name).unwrap();
    }
    let keeper = store.add_user("keeper", "k").unwrap();
    for name in ["FOOBAR", "GENERAL"] {
        store.create_board(keeper, name).unwrap();
    }
    store
}

#[test]
fn find_and_bboard() {
    chosen3(
        &with_boards(),
        "",
        r"
        C: A0002 FIND BBOARDS *
        S: A0002 BBOARD FOOBAR
        S: A0002 BBOARD GENERAL
        S: A0002 OK FIND completed
        C: A0002 FIND MAILBOXES FOO%BA*
        S: A0002 MAILBOX FOO.BAR
        S: A0002 MAILBOX FOO.BAZZAR
        S: A0002 OK FIND completed
        C: A0003 FIND MAILBOXES a\*b
        S: <**>
        S: A0003 OK FIND completed
        C: A0004 FIND MAILBOXES INBOX
        S: A0004 OK FIND completed
        C: A0005 FIND MAILBOXES a\b
        S: A0005 BAD column 22: a pattern has <*>
        C: A0006 BBOARD general
        S: A0006 FLAGS <*>
        S: A0006 0 EXISTS
        S: A0006 0 RECENT
        S: * READONLY
        S: A0006 OK BBOARD completed
        C: A0007 READWRITE
        S: A0007 READONLY
        S: A0007 OK READWRITE completed
        C: A0008 BBOARD INBOX
        S: A0008 NO there is no bulletin board of this name; <*>
        ",
    );
}

#[test]
fn copy_makes_the_mailbox_and_names_each_copy() {
    chosen3(
        &letters(),
        "",
        r"
        C: A003 COPY 2:4 MEETING
        S: * MAILBOX MEETING
        S: A003 2 COPY
        S: A003 3 COPY
        S: A003 4 COPY
        S: A003 OK COPY completed
        C: A004 COPY 1 MEETING
        S: A004 1 COPY
        S: A004 OK COPY completed
        C: A005 CHECK
        S: A005 4 EXISTS
        S: A005 4 RECENT
        S: A005 OK CHECK completed
        ",
    );
}

#[test]
fn five_messages_at_the_end_are_expunged_as_number_five() {
    let store = store_of(&[&b"A: b\r\n\r\n"[..]; 9]);
    chosen3(
        &store,
        "",
        r"
        C: a STORE 5:9 +FLAGS (\Deleted)
        S: <**>
        S: a OK STORE completed
        C: b EXPUNGE
        S: b 9 EXISTS
        S: b 9 RECENT
        S: b 5 EXPUNGE
        S: b 5 EXPUNGE
        S: b 5 EXPUNGE
        S: b 5 EXPUNGE
        S: b 5 EXPUNGE
        S: b 4 EXISTS
        S: b OK EXPUNGE completed
        ",
    );
}
