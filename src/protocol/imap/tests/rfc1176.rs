//! Every example of RFC 1064 and RFC 1176, with mail of our own, and what each of them says that later ones do not.

use super::*;
use crate::protocol::imap::Dialect;

pub fn spoken(dialect: Dialect, store: &Store, text: &str) -> Lab {
    let burst = !["C2:", "C- ", "T:", "# in turn"].iter().any(|mark| text.contains(mark));
    let session = || Imap::new(ImapSettings { dialect, mechanisms: Vec::new(), ..ImapSettings::default() });
    dialogue(&Dialogue { store, text, burst }, session)
}

/// After LOGIN and SELECT.
pub fn opened_in(dialect: Dialect, store: &Store, text: &str) -> Lab {
    let opening =
        "S: * OK <*>\nC: v LOGIN alice secret\nS: v OK <*>\nC: v SELECT INBOX\nS: <**>\nS: v OK <*>\n";
    spoken(dialect, store, &format!("{opening}{text}"))
}

const LETTER: &[u8] = b"Date: Sat, 4 Jun 88 13:27:11 PDT\r\nFrom: Larry Fagan  <FAGAN@SUMEX.example>\r\n\
    To: rindflEISCH@SUMEX.example\r\nSubject: INFO-MAC Mail Message\r\nMessage-ID: <12403828905.13.FAGAN@SUMEX.example>\r\n\r\n\
    The file is here.\r\nLarry\r\n";

fn letters() -> Store {
    let mut store = store_of(&[LETTER; 9]);
    let alice = store.user(b"alice").unwrap();
    store.create(alice, "FOOBAR").unwrap();
    store.create(alice, "GENERAL").unwrap();
    let keeper = store.add_user("keeper", "k").unwrap();
    store.create_board(keeper, "FOOBAR").unwrap();
    store.create_board(keeper, "GENERAL").unwrap();
    store
}

#[test]
fn the_scenario_and_the_sample_session() {
    // FLAGS, EXISTS and RECENT before OK; in 1990 it is custom to say how the mailbox is open.
    for (dialect, selected, stored, reading) in [
        (
            Dialect::Imap2,
            "[READ-WRITE] SELECT completed",
            "FETCH",
            "\n             S:  FLAGS (\\Seen \\Recent))",
        ),
        (Dialect::Imap3, "SELECT completed", "STORE", "\n             S: )"),
    ] {
        let seen = if dialect == Dialect::Imap2 { "\\Deleted \\Seen \\Recent" } else { "\\Deleted \\Recent" };
        spoken(
            dialect,
            &letters(),
            &format!(
                r#"
            S: * OK <*>
            C: A001 LOGIN alice secret
            S: A001 OK LOGIN completed
            C: A002 SELECT INBOX
            S: * FLAGS (\Answered \Flagged \Deleted \Seen)
            S: * 9 EXISTS
            S: * 9 RECENT
            S: A002 OK {selected}
            C: A003 fetch 8 all
            S: * 8 FETCH (FLAGS (\Recent) INTERNALDATE " 2-Mar-98 20:00:00-GMT" RFC822.SIZE {size} ENVELOPE ("Sat, 4 Jun 88 13:27:11 PDT" "INFO-MAC Mail Message" (("Larry Fagan" NIL "FAGAN" "SUMEX.example")) (("Larry Fagan" NIL "FAGAN" "SUMEX.example")) (("Larry Fagan" NIL "FAGAN" "SUMEX.example")) ((NIL NIL "rindflEISCH" "SUMEX.example")) NIL NIL NIL "<12403828905.13.FAGAN@SUMEX.example>"))
            S: A003 OK FETCH completed
            C: A004 FETCH 8 RFC822.TEXT
            S: * 8 FETCH (RFC822.TEXT {{26}}
            S: The file is here.
            S: Larry{reading}
            S: A004 OK FETCH completed
            C: A005 STORE 8 +Flags \Deleted
            S: * 8 {stored} (FLAGS ({seen}))
            S: A005 OK STORE completed
            C: A006 EXPUNGE
            S: * 8 EXPUNGE
            S: A006 OK EXPUNGE completed
            C: A007 LOGOUT
            S: * BYE <*>
            S: A007 OK LOGOUT completed
            S. close
            "#,
                size = LETTER.len()
            ),
        );
    }
}

#[test]
fn the_examples_of_the_commands() {
    opened_in(
        Dialect::Imap2,
        &letters(),
        r#"
        # FIND, BBOARD (1990)
        C: A002 FIND MAILBOXES *
        S: * MAILBOX FOOBAR
        S: * MAILBOX GENERAL
        S: A002 OK FIND completed
        C: A002 FIND MAILBOXES FOO%AR
        S: * MAILBOX FOOBAR
        S: A002 OK FIND completed
        C: A002 FIND BBOARDS *
        S: * BBOARD FOOBAR
        S: * BBOARD GENERAL
        S: A002 OK FIND completed
        # CHECK says how many there are
        C: A003 CHECK
        S: * 9 EXISTS
        S: * 9 RECENT
        S: A003 OK CHECK completed
        # COPY makes the mailbox, names each copy, and sets \Seen
        C: A003 COPY 2:4 MEETING
        S: * 2 COPY
        S: * 2 FETCH (FLAGS (\Seen \Recent))
        S: * 3 COPY
        S: * 3 FETCH (FLAGS (\Seen \Recent))
        S: * 4 COPY
        S: * 4 FETCH (FLAGS (\Seen \Recent))
        S: A003 OK COPY completed
        C: A003 FETCH 2:4 ALL
        S: * 2 FETCH (FLAGS (\Seen \Recent) <*>)
        S: * 3 FETCH (<*>)
        S: * 4 FETCH (<*>)
        S: A003 OK FETCH completed
        C: A004 FETCH 3 RFC822
        S: * 3 FETCH (RFC822 {<*>}
        S: <**>
        S: )
        S: A004 OK FETCH completed
        C: A005 FETCH 4 (FLAGS RFC822.HEADER)
        S: * 4 FETCH (FLAGS (\Seen \Recent) RFC822.HEADER {<*>}
        S: <**>
        S: )
        S: A005 OK FETCH completed
        C: A003 STORE 2:4 +FLAGS (\DELETED)
        S: * 2 FETCH (FLAGS (\Deleted \Seen \Recent))
        S: * 3 FETCH (FLAGS (\Deleted \Seen \Recent))
        S: * 4 FETCH (FLAGS (\Deleted \Seen \Recent))
        S: A003 OK STORE completed
        C: A003 SEARCH DELETED FROM "Fagan" SINCE 1-OCT-87
        S: * SEARCH 2 3 4
        S: A003 OK SEARCH completed
        C: A003 SEARCH BEFORE 1-Jan-49
        S: * SEARCH 1 2 3 4 5 6 7 8 9
        S: A003 OK SEARCH completed
        # RFC 1176: five messages at the end are expunged as number 5
        C: A004 STORE 2:4 -FLAGS (\Deleted)
        S: <**>
        S: A004 OK STORE completed
        C: A005 STORE 5:9 FLAGS (\Deleted)
        S: <**>
        S: A005 OK STORE completed
        C: A006 EXPUNGE
        S: * 5 EXPUNGE
        S: * 5 EXPUNGE
        S: * 5 EXPUNGE
        S: * 5 EXPUNGE
        S: * 5 EXPUNGE
        S: A006 OK EXPUNGE completed
        C: A007 BBOARD general
        S: * FLAGS <*>
        S: * 0 EXISTS
        S: * 0 RECENT
        S: A007 OK [READ-ONLY] BBOARD completed
        C: A008 BBOARD INBOX
        S: A008 NO there is no bulletin board <*>
        "#,
    );
}

#[test]
fn the_dialect_of_1988_has_neither_find_nor_boards() {
    // IMAP3 begins as RFC 1064.
    opened_in(
        Dialect::Imap3,
        &letters(),
        r"
        C: a FIND MAILBOXES *
        S: a BAD column 3: FIND is not a command of version 2.0; <*>
        C: a BBOARD GENERAL
        S: a BAD column 3: BBOARD is not a command of version 2.0; <*>
        C: a COPY 1 MEETING
        S: * 1 COPY
        S: * 1 FETCH (FLAGS (\Seen \Recent))
        S: a OK COPY completed
        ",
    );
}

#[test]
fn a_literal_waits_in_login() {
    spoken(
        Dialect::Imap2,
        &letters(),
        r"
        S: * OK <*>
        C: A001 LOGIN {5}
        S: + go ahead
        C: alice {6}
        S: + go ahead
        C: secret
        S: A001 OK LOGIN completed
        C: A002 FETCH 1 ALL
        S: A002 BAD column 6: FETCH is for the selected state; this session is authenticated: first SELECT a mailbox (RFC 1176)
        ",
    );
}

#[test]
fn quoted_strings_have_no_escapes() {
    let mut store = store_of(&[b"From: \"Fred \\\"F\\\" Foo\" <f@x>\r\nSubject: 50% off\r\n\r\nhello\r\n"]);
    let alice = store.user(b"alice").unwrap();
    store.create(alice, "a\\b").unwrap();
    for dialect in [Dialect::Imap2, Dialect::Imap2bis] {
        opened_in(
            dialect,
            &store,
            r#"
            C: a FETCH 1 ENVELOPE
            S: * 1 FETCH (ENVELOPE (NIL {7}
            S: 50% off (({12}
            S: Fred "F" Foo NIL "f" "x")) (({12}
            S: Fred "F" Foo NIL "f" "x")) (({12}
            S: Fred "F" Foo NIL "f" "x")) NIL NIL NIL NIL NIL))
            S: a OK FETCH completed
            C: b SELECT "a\b"
            S: * FLAGS <*>
            S: * 0 EXISTS
            S: * 0 RECENT
            S: b OK [READ-WRITE] SELECT completed
            "#,
        );
    }
    opened_in(
        Dialect::Imap2,
        &store,
        "C: a FIND MAILBOXES *\nS: * MAILBOX {3}\nS: a<*>b\nS: a OK FIND completed",
    );
}

#[test]
fn what_nobody_knew_yet_is_told_so_with_its_document() {
    let unknown = [
        ("CAPABILITY", "CAPABILITY is not a command of imap2 (RFC 1176)"),
        ("CLOSE", "CLOSE is not a command of imap2 (RFC 1176)"),
        ("CREATE x", "CREATE is not a command of imap2 (RFC 1176)"),
        ("FETCH 1 FULL", "FULL is no data item of imap2 (RFC 1176)"),
        ("FETCH 1 BODY[1]", "BODY is no data item of imap2 (RFC 1176)"),
        ("STORE 1 +FLAGS.SILENT (\\Seen)", "expected FLAGS<*>"),
        ("STORE 1 +FLAGS (\\Draft)", "the system flags are \\Answered \\Flagged \\Deleted \\Seen; <*>"),
        ("SEARCH NOT SEEN", "NOT is no search key of imap2 (RFC 1176)"),
        ("SEARCH 1:3", "1:3 is no search key of imap2 (RFC 1176)"),
        ("FETCH 1:* ALL", "a sequence has numbers only, no * (RFC 1176)"),
        ("FROBNICATE", "no command is called FROBNICATE<*> (RFC 1176)"),
    ];
    let mut text = String::new();
    for (command, why) in unknown {
        text += &format!("C: a {command}\nS: a BAD column <*>: {why}\n");
    }
    opened_in(Dialect::Imap2, &letters(), &text);
}
