//! The examples of RFC 1730 and RFC 2062, and of the draft that was IMAP2bis, with mail of our own.

use super::rfc1176::{opened_in, spoken};
use super::*;
use crate::protocol::imap::Dialect;

const MAIL: [&[u8]; 4] = [
    b"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\nFrom: Terry Gray <gray@x>\r\nSubject: one\r\n\r\nhello\r\n",
    b"Date: Tue, 8 Feb 1994 21:52:25 -0800\r\nFrom: Smith <smith@x>\r\nSubject: two\r\n\r\nhello\r\n",
    b"From: c@x\r\nSubject: three\r\n\r\nhello\r\n",
    b"From: d@x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n",
];

#[test]
fn the_examples_of_imap4() {
    spoken(
        Dialect::Imap4,
        &store_of(&MAIL),
        r#"
        S: * OK mail.example IMAP4 service ready
        C: abcd CAPABILITY
        S: * CAPABILITY IMAP4
        S: abcd OK CAPABILITY completed
        C: a002 NOOP
        S: a002 OK NOOP completed
        C: A001 AUTHENTICATE KERBEROS_V4
        S: A001 NO no such mechanism here; <*>
        C: A001 LOGIN {5}
        S: + go ahead
        C: alice {6}
        S: + go ahead
        C: secret
        S: A001 OK LOGIN completed
        C: A142 SELECT INBOX
        S: * 4 EXISTS
        S: * 4 RECENT
        S: * OK [UNSEEN 1] <*>
        S: * OK [UIDVALIDITY <*>] UIDs valid
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (<*>)] Kept for good
        S: A142 OK [READ-WRITE] SELECT completed
        C: A003 CREATE owatagusiam/
        S: A003 OK CREATE completed
        C: A004 CREATE owatagusiam/blurdybloop
        S: A004 OK CREATE completed
        C: A005 CREATE blurdybloop
        S: A005 OK CREATE completed
        C: A683 DELETE blurdybloop
        S: A683 OK DELETE completed
        C: Z4S9 RENAME owatagusiam/blurdybloop meetings
        S: Z4S9 OK RENAME completed
        C: A002 SUBSCRIBE meetings
        S: A002 OK SUBSCRIBE completed
        C: A002 LIST "" "%"
        S: * LIST () "/" INBOX
        S: * LIST () "/" meetings
        S: * LIST () "/" owatagusiam
        S: A002 OK LIST completed
        C: A002 LSUB "" "*"
        S: * LSUB () "/" meetings
        S: A002 OK LSUB completed
        C: A002 UNSUBSCRIBE meetings
        S: A002 OK UNSUBSCRIBE completed
        C: A003 APPEND meetings (\Seen) {28}
        S: + go ahead
        C: Subject: afternoon meeting
        C:
        S: A003 OK APPEND completed
        # An older form of the date (RFC 2062, date_time_old)
        C: A004 APPEND meetings " 7-Feb-94 21:52:25-PST" {3}
        S: + go ahead
        C: abc
        S: A004 OK APPEND completed
        C: FXXZ CHECK
        S: FXXZ OK CHECK completed
        C: A282 SEARCH UNFLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * SEARCH 1 3 4
        S: A282 OK SEARCH completed
        C: A654 FETCH 2:4 (FLAGS RFC822.HEADER.LINES (DATE FROM))
        S: * 2 FETCH (FLAGS (\Recent) RFC822.HEADER {<*>}
        S: Date: Tue, 8 Feb 1994 21:52:25 -0800
        S: From: Smith <smith@x>
        S:
        S: )
        S: * 3 FETCH (FLAGS (\Recent) RFC822.HEADER {13}
        S: From: c@x
        S:
        S: )
        S: * 4 FETCH (<*>
        S: <**>
        S: A654 OK FETCH completed
        C: A005 PARTIAL 1 RFC822 1 12
        S: * 1 FETCH (RFC822 {12}
        S: Date: Mon, 7 FLAGS (\Seen \Recent))
        S: A005 OK FETCH completed
        C: A006 PARTIAL 1 RFC822 9999 12
        S: * 1 FETCH (RFC822 "")
        S: A006 OK FETCH completed
        C: A003 STORE 2:3 +FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS (\Deleted \Recent))
        S: * 3 FETCH (FLAGS (\Deleted \Recent))
        S: A003 OK STORE completed
        C: A003 COPY 2:4 MEETING
        S: A003 NO [TRYCREATE] there is no mailbox MEETING<*>
        C: A202 EXPUNGE
        S: * 2 EXPUNGE
        S: * 2 EXPUNGE
        S: A202 OK EXPUNGE completed
        C: A003 UID FETCH 1:9 FLAGS
        S: * 1 FETCH (FLAGS (\Seen \Recent) UID 1)
        S: * 2 FETCH (FLAGS (\Recent) UID 4)
        S: A003 OK UID FETCH completed
        # A section is numbers, of which 0 is a header
        C: A004 FETCH 2 (BODY.PEEK[2.0] BODY.PEEK[1])
        S: * 2 FETCH (BODY[2.0] {15}
        S: Subject: in
        S:
        S:  BODY[1] {4}
        S: text)
        S: A004 OK FETCH completed
        C: A004 FETCH 2 BODY[HEADER]
        S: A004 BAD column 19: a section is part numbers alone, as BODY[1.2] (RFC 1730)
        C: A004 FETCH 2 BODY[]
        S: A004 BAD column 19: <*>
        C: A004 FETCH 2 BODY[1]<0.5>
        S: A004 BAD column 19: <*>
        C: A005 STATUS INBOX (MESSAGES)
        S: A005 BAD column 6: STATUS is not a command of imap4 (RFC 1730)
        C: A006 CREATE meetings
        S: A006 NO there is a mailbox of this name already
        C: A932 EXAMINE meetings
        S: * 2 EXISTS
        S: <**>
        S: * OK [PERMANENTFLAGS ()] Read-only
        S: A932 OK [READ-ONLY] EXAMINE completed
        C: A933 FETCH 2 INTERNALDATE
        S: * 2 FETCH (INTERNALDATE " 7-Feb-1994 21:52:25 -0800")
        S: A933 OK FETCH completed
        C: A341 CLOSE
        S: A341 OK CLOSE completed
        C: A442 XPIG-LATIN
        S: A442 BAD <*>
        C: A023 LOGOUT
        S: * BYE <*>
        S: A023 OK LOGOUT completed
        S. close
        "#,
    );
}

#[test]
fn the_examples_of_the_obsolete_syntax() {
    let mut store = store_of(&MAIL);
    let alice = store.user(b"alice").unwrap();
    for name in ["blurdybloop", "MAILBOX"] {
        store.create(alice, name).unwrap();
    }
    spoken(
        Dialect::Imap4,
        &store,
        r"
        S: * OK <*>
        C: A001 LOGIN alice secret
        S: A001 OK <*>
        C: A002 FIND ALL.MAILBOXES *
        S: * MAILBOX INBOX
        S: * MAILBOX MAILBOX
        S: * MAILBOX blurdybloop
        S: A002 OK FIND completed
        C: A002 SUBSCRIBE MAILBOX blurdybloop
        S: A002 OK SUBSCRIBE completed
        # A mailbox may be called MAILBOX (RFC 2062 §6.3.OBS.3)
        C: A003 SUBSCRIBE MAILBOX
        S: A003 OK SUBSCRIBE completed
        C: A002 FIND MAILBOXES *
        S: * MAILBOX MAILBOX
        S: * MAILBOX blurdybloop
        S: A002 OK FIND completed
        C: A002 FIND MAILBOXES ?lurdy%loop
        S: * MAILBOX blurdybloop
        S: A002 OK FIND completed
        C: A002 UNSUBSCRIBE MAILBOX blurdybloop
        S: A002 OK UNSUBSCRIBE completed
        C: A003 UNSUBSCRIBE MAILBOX
        S: A003 OK UNSUBSCRIBE completed
        C: A004 FIND BBOARDS *
        S: A004 BAD <*>
        ",
    );
}

#[test]
fn zones_have_names_in_older_dates() {
    let mut text = "S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\n".to_owned();
    let zones = [
        ("GMT", "+0000"),
        ("EST", "-0500"),
        ("HDT", "-0900"),
        ("A", "+0100"),
        ("M", "+1200"),
        ("Y", "-1200"),
    ];
    for (zone, _) in zones {
        text += &format!(
            "C: b APPEND INBOX \"27-Feb-87 12:00:00-{zone}\" {{3}}\nS: + go ahead\nC: abc\nS: b OK APPEND completed\n"
        );
    }
    text += "C: b APPEND INBOX \"27-Feb-87 12:00:00-J\" {3}\nS: b BAD column 36: there is no zone of this name (RFC 2062 section 9)\n";
    text += "C: c EXAMINE INBOX\nS: <**>\nS: c OK <*>\nC: d FETCH 1:6 INTERNALDATE\n";
    for (nth, (_, shown)) in zones.iter().enumerate() {
        text += &format!("S: * {} FETCH (INTERNALDATE \"27-Feb-1987 12:00:00 {shown}\")\n", nth + 1);
    }
    text += "S: d OK FETCH completed\n";
    spoken(Dialect::Imap4, &store_of(&[]), &text);
}

#[test]
fn imap2bis_as_servers_spoke_it_in_1993() {
    let mut store = store_of(&MAIL);
    let keeper = store.add_user("keeper", "k").unwrap();
    store.create_board(keeper, "GENERAL").unwrap();
    opened_in(
        Dialect::Imap2bis,
        &store,
        r#"
        C: a002 FIND BBOARDS *
        S: * BBOARD GENERAL
        S: a002 OK FIND completed
        C: a002 FIND ALL.BBOARDS gen?ral
        S: * BBOARD GENERAL
        S: a002 OK FIND completed
        # Subscriptions say what of
        C: a002 SUBSCRIBE INBOX
        S: a002 BAD column 16: expected MAILBOX <*>
        C: a002 SUBSCRIBE MAILBOX INBOX
        S: a002 OK SUBSCRIBE completed
        C: a002 FIND MAILBOXES *
        S: * MAILBOX INBOX
        S: a002 OK FIND completed
        # Dates are those of IMAP4
        C: a003 fetch 1 full
        S: * 1 FETCH (FLAGS (\Recent) INTERNALDATE " 2-Mar-1998 20:00:00 +0000" RFC822.SIZE <*> ENVELOPE (<*>) BODY ("TEXT" "PLAIN" <*> 7 1))
        S: a003 OK FETCH completed
        C: a003 fetch 4 body[2.1]
        S: * 4 FETCH (BODY[2.1] {1}
        S: x FLAGS (\Seen \Recent))
        S: a003 OK FETCH completed
        # Part 0 and names of parts came later
        C: a003 fetch 4 body[2.0]
        S: a003 BAD <*>
        C: a003 fetch 4 body[text]
        S: a003 BAD <*>
        # APPEND takes the message and nothing else; that CREATE would help is said untagged
        C: a004 APPEND drafts {3}
        S: + go ahead
        C: abc
        S: * OK [TRYCREATE] CREATE would help
        S: a004 NO there is no mailbox drafts
        C: a004 APPEND INBOX (\Seen) {3}
        S: a004 BAD column 19: <*>
        C: a005 COPY 1 drafts
        S: * OK [TRYCREATE] CREATE would help
        S: a005 NO there is no mailbox drafts
        C: a006 CHECK
        S: a006 OK CHECK completed
        C: a007 store 1 +flags \deleted
        S: * 1 FETCH (FLAGS (\Deleted \Recent))
        S: a007 OK STORE completed
        C: a008 EXAMINE INBOX
        S: * FLAGS <*>
        S: * 4 EXISTS
        S: * 0 RECENT
        S: a008 OK [READ-ONLY] EXAMINE completed
        "#,
    );
}
