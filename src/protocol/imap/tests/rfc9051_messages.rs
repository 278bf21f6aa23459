//! The examples of RFC 9051 §6.3.9.8 (the last), §6.3.10 to §6.4.9 and §6.5, in its order, with a mailbox of our own.

use super::rfc9051::rev2;
use super::*;
use crate::protocol::imap::Dialect;

const SEVEN: [&[u8]; 7] = [
    b"Subject: a\r\nFrom: Smith <smith@example.org>\r\n\r\nx\r\n",
    b"Subject: b\r\nFrom: boss <boss@example.org>\r\n\r\nx\r\n",
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xd0\xbe\xd1\x82\xd0\xbf\xd1\x83\xd1\x81\xd0\xba\r\n",
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xd0\xbc\xd0\xb0\xd1\x82\xd1\x8c\r\n",
    b"Subject: e\r\n\r\nx\r\n",
    b"Subject: f\r\n\r\nx\r\n",
    b"Subject: g\r\n\r\nx\r\n",
];

/// Seven messages in INBOX; 2, 5 and 6 are flagged.
fn flagged(text: &str) {
    rev2(
        &SEVEN,
        &format!(
            "C: a SELECT INBOX\nS: <**>\nS: a OK <*>\nC: a STORE 2,5:6 +FLAGS.SILENT (\\Flagged)\nS: a OK <*>\n{text}"
        ),
    );
}

#[test]
fn counts_come_with_the_list_as_in_rev2_6_3_9_8_and_6_3_11() {
    rev2(
        &[b"\r\n"],
        r#"
        C: a CREATE foo
        S: a OK <*>
        C: a CREATE bar/x
        S: a OK <*>
        C: A01 LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
        S: * LIST (\NonExistent \HasChildren) "/" bar
        S: * LIST (\HasNoChildren) "/" foo
        S: * STATUS foo (MESSAGES 0 UNSEEN 0)
        S: A01 OK LIST completed
        C: a CREATE foo/bar
        S: a OK <*>
        C: a SUBSCRIBE foo/bar
        S: a OK <*>
        C: a SUBSCRIBE INBOX
        S: a OK <*>
        # A mailbox that is listed only for what is below it can be counted all the same.
        C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (STATUS (MESSAGES))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1)
        S: * LIST (\HasChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: * STATUS foo (MESSAGES 0)
        S: A02 OK LIST completed
        C: a CREATE blurdybloop
        S: a OK <*>
        C: A042 STATUS blurdybloop (UIDNEXT MESSAGES)
        S: * STATUS blurdybloop (UIDNEXT 1 MESSAGES 0)
        S: A042 OK STATUS completed
        "#,
    );
}

#[test]
fn names_have_one_beginning_as_in_rev2_6_3_10() {
    // The first example. Here are no other users' names and no shared ones: their examples list what is there.
    rev2(
        &[],
        r##"
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: A001 OK NAMESPACE completed
        C: A002 CREATE "INBOX.Sent Mail"
        S: A002 OK CREATE completed
        C: A004 CREATE "Sent Mail"
        S: A004 OK CREATE completed
        C: A005 CREATE "Delete Items"
        S: A005 OK CREATE completed
        C: A006 CREATE "#mh/Deleted Items"
        S: A006 OK CREATE completed
        C: A002 LIST (SPECIAL-USE) "" "*"
        S: A002 OK LIST completed
        C: A002 LIST "" "Other Users/%"
        S: A002 OK LIST completed
        C: A002 LIST "" "#mh/%"
        S: * LIST (\HasNoChildren) "/" "#mh/Deleted Items"
        S: A002 OK LIST completed
        "##,
    );
}

#[test]
fn messages_are_appended_as_in_rev2_6_3_12() {
    rev2(
        &SEVEN,
        r"
        C: a CREATE saved-messages
        S: a OK <*>
        C: a CREATE meeting
        S: a OK <*>
        C: A003 APPEND saved-messages (\Seen) {29}
        S: + go ahead
        C: Subject: afternoon\r\n\r\n3:30?\r\n
        S: A003 OK [APPENDUID 2 1] APPEND completed
        C: A003 APPEND saved-messages (\Seen) {29+}
        C: Subject: afternoon\r\n\r\n3:30?\r\n
        S: A003 OK [APPENDUID 2 2] APPEND completed
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C: A004 COPY 2:4 meeting
        S: A004 OK [COPYUID 3 2:4 1:3] COPY completed
        C: A005 UID COPY 305:310 meeting
        S: A005 OK UID COPY completed
        # UIDs are kept everywhere here: UIDNOTSTICKY is never said, and a mailbox that is not there is no place to copy to.
        C: A006 COPY 2 funny
        S: A006 NO [TRYCREATE] <*>
        C: A007 SELECT funny
        S: * OK [CLOSED] <*>
        S: A007 NO [NONEXISTENT] <*>
        ",
    );
}

#[test]
fn news_comes_while_a_client_idles_as_in_rev2_6_3_13() {
    rev2(
        &[b"\r\n", b"\r\n", b"\r\n"],
        r"
        C: A001 SELECT INBOX
        S: * 3 EXISTS
        S: <**>
        S: A001 OK [READ-WRITE] SELECT completed
        C: A002 IDLE
        S: + idling
        S2: * OK <*>
        C2: b LOGIN alice secret
        S2: b OK <*>
        C2: b APPEND INBOX {3+}\r\nabc
        S2: b OK <*>
        S: * 4 EXISTS
        C: DONE
        S: A002 OK IDLE completed
        C: A003 FETCH 4 ALL
        S: * 4 FETCH (FLAGS () INTERNALDATE <*>)
        S: A003 OK FETCH completed
        C2: b SELECT INBOX
        S2: <**>
        S2: b OK <*>
        C2: b STORE 2 +FLAGS.SILENT (\Deleted)
        S2: b OK <*>
        C2: b EXPUNGE
        S2: * 2 EXPUNGE
        S2: b OK <*>
        # Deviation: what has happened meanwhile comes behind the go-ahead, not before it.
        C: A004 IDLE
        S: + idling
        S: * 2 EXPUNGE
        C2: b STORE 3 +FLAGS.SILENT (\Deleted)
        S2: b OK <*>
        S: * 3 FETCH (FLAGS (\Deleted) UID 4)
        C2: b EXPUNGE
        S2: * 3 EXPUNGE
        S2: b OK <*>
        S: * 3 EXPUNGE
        C2: b APPEND INBOX {3+}\r\nabc
        S2: * 3 EXISTS
        S2: b OK <*>
        S: * 3 EXISTS
        C: DONE
        S: A004 OK IDLE completed
        C: A005 FETCH 3 ALL
        S: * 3 FETCH (FLAGS () INTERNALDATE <*>)
        S: A005 OK FETCH completed
        C: A006 IDLE
        S: + idling
        ",
    );
}

#[test]
fn mailboxes_are_left_and_emptied_as_in_rev2_6_4_1_to_6_4_3() {
    rev2(
        &[&b"\r\n"[..]; 12],
        r"
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C: a STORE 3,4,7,11 +FLAGS.SILENT (\Deleted)
        S: a OK <*>
        C: A342 UNSELECT
        S: A342 OK UNSELECT completed
        C: a SELECT INBOX
        S: * 12 EXISTS
        S: <**>
        S: a OK <*>
        C: A202 EXPUNGE
        S: * 3 EXPUNGE
        S: * 3 EXPUNGE
        S: * 5 EXPUNGE
        S: * 8 EXPUNGE
        S: A202 OK EXPUNGE completed
        C: a STORE 1 +FLAGS.SILENT (\Deleted)
        S: a OK <*>
        C: A341 CLOSE
        S: A341 OK CLOSE completed
        C: a STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 7)
        S: a OK <*>
        ",
    );
}

#[test]
fn searches_are_answered_as_in_rev2_6_4_4() {
    flagged(
        r#"
        C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 3
        S: A282 OK SEARCH completed
        C: A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A283") ALL 2,5:6
        S: A283 OK SEARCH completed
        C: A284 SEARCH TEXT "string not in mailbox"
        S: * ESEARCH (TAG "A284")
        S: A284 OK SEARCH completed
        C: A285 SEARCH CHARSET UTF-8 TEXT {12}
        S: + go ahead
        C: \xd0\xbe\xd1\x82\xd0\xbf\xd1\x83\xd1\x81\xd0\xba
        S: * ESEARCH (TAG "A285") ALL 3
        S: A285 OK SEARCH completed
        C: a STORE 1:3 +FLAGS.SILENT (\Seen)
        S: a OK <*>
        C: A284 SEARCH RETURN (MIN) UNSEEN
        S: * ESEARCH (TAG "A284") MIN 4
        S: A284 OK SEARCH completed
        C: A285 UID SEARCH RETURN (MIN MAX) 1:5000
        S: * ESEARCH (TAG "A285") UID MIN 1 MAX 7
        S: A285 OK UID SEARCH completed
        C: A286 SEARCH RETURN (COUNT) DELETED
        S: * ESEARCH (TAG "A286") COUNT 0
        S: A286 OK SEARCH completed
        "#,
    );
}

#[test]
fn results_are_kept_as_in_rev2_6_4_4_4() {
    flagged(
        r#"
        C: a CREATE "Other Messages"
        S: a OK <*>
        C: a CREATE Junk
        S: a OK <*>
        C: A282 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: A282 OK SEARCH completed
        C: A283 FETCH $ (UID INTERNALDATE FLAGS BODY.PEEK[HEADER])
        S: * 2 FETCH (UID 2 INTERNALDATE <*>
        S: <**>
        S: * 5 FETCH (UID 5 INTERNALDATE <*>
        S: <**>
        S: * 6 FETCH (UID 6 INTERNALDATE <*>
        S: <**>
        S: A283 OK FETCH completed
        C: A282 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"\r\nA283 FETCH $ (UID FLAGS)
        S: A282 OK SEARCH completed
        S: * 2 FETCH (UID 2 FLAGS (\Flagged))
        S: * 5 FETCH (UID 5 FLAGS (\Flagged))
        S: * 6 FETCH (UID 6 FLAGS (\Flagged))
        S: A283 OK FETCH completed
        C: A300 SEARCH RETURN (SAVE) SINCE 1-Jan-1995 NOT FROM "Smith"
        S: A300 OK SEARCH completed
        C: A301 UID SEARCH UID $ SMALLER 4096
        S: * ESEARCH (TAG "A301") UID ALL 2:7
        S: A301 OK UID SEARCH completed
        C: A301 UID SEARCH $ SMALLER 4096
        S: * ESEARCH (TAG "A301") UID ALL 2:7
        S: A301 OK UID SEARCH completed
        C: P282 SEARCH RETURN (SAVE) SINCE 1-Feb-1994 NOT FROM "Smith"
        S: P282 OK SEARCH completed
        C: P283 SEARCH CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {8+}
        C: \xd0\xbc\xd0\xb0\xd1\x82\xd1\x8c
        S: * ESEARCH (TAG "P283") ALL 4
        S: P283 OK SEARCH completed
        C: B282 SEARCH RETURN (SAVE) SINCE 1-Feb-1994 NOT FROM "Smith"
        S: B282 OK SEARCH completed
        C: B283 SEARCH RETURN (SAVE) CHARSET KOI8-R (OR $ 1,3000:3021) TEXT {4+}
        C: \xcd\xc1\xd4\xd8
        S: B283 NO [BADCHARSET (US-ASCII UTF-8)] <*>
        C: B284 FETCH $ FLAGS
        S: B284 OK FETCH completed
        C: E282 SEARCH RETURN (SAVE) SINCE 28-Oct-2006 NOT FROM "Eric"
        S: E282 OK SEARCH completed
        C: E283 COPY $ "Other Messages"
        S: E283 OK COPY completed
        "#,
    );
}

#[test]
fn commands_that_use_a_result_stand_behind_it_as_in_rev2_6_4_4_4() {
    flagged(
        r#"
        C: a CREATE Junk
        S: a OK <*>
        C: a STORE 1,7 +FLAGS.SILENT ($Junk)
        S: <**>
        S: a OK <*>
        C: F282 SEARCH RETURN (SAVE) KEYWORD $Junk\r\nF283 COPY $ "Junk"\r\nF284 STORE $ +FLAGS.Silent (\Deleted)
        S: F282 OK SEARCH completed
        S: F283 OK [COPYUID 2 1,7 1:2] COPY completed
        S: F284 OK STORE completed
        C: G282 SEARCH RETURN (SAVE) KEYWORD $Junk\r\nG283 SEARCH RETURN (ALL) SINCE 1-Feb-1994 FROM "boss"
        S: G282 OK SEARCH completed
        S: * ESEARCH (TAG "G283") ALL 2
        S: G283 OK SEARCH completed
        C: H282 SEARCH RETURN (SAVE) KEYWORD $Junk\r\nH283 SEARCH RETURN (SAVE) SINCE 1-Feb-1994 FROM "boss"
        S: H282 OK SEARCH completed
        S: H283 OK SEARCH completed
        C: H284 FETCH $ UID
        S: * 2 FETCH (UID 2)
        S: H284 OK FETCH completed
        C: C282 SEARCH RETURN (ALL) SINCE 1-Feb-1994 FLAGGED
        S: * ESEARCH (TAG "C282") ALL 2,5:6
        S: C282 OK SEARCH completed
        C: C283 SEARCH RETURN (ALL SAVE) SINCE 1-Feb-1994 FLAGGED
        S: * ESEARCH (TAG "C283") ALL 2,5:6
        S: C283 OK SEARCH completed
        C: C284 SEARCH RETURN (SAVE MIN) SINCE 1-Feb-1994 FLAGGED
        S: * ESEARCH (TAG "C284") MIN 2
        S: C284 OK SEARCH completed
        C: C285 SEARCH RETURN (MAX SAVE MIN) SINCE 1-Feb-1994 FLAGGED
        S: * ESEARCH (TAG "C285") MIN 2 MAX 6
        S: C285 OK SEARCH completed
        C: c FETCH $ UID
        S: * 2 FETCH (UID 2)
        S: * 6 FETCH (UID 6)
        S: c OK FETCH completed
        C: C286 SEARCH RETURN (MAX SAVE MIN COUNT) SINCE 1-Feb-1994 FLAGGED
        S: * ESEARCH (TAG "C286") MIN 2 MAX 6 COUNT 3
        S: C286 OK SEARCH completed
        C: C287 SEARCH RETURN (ALL SAVE MIN) SINCE 1-Feb-1994 FLAGGED
        S: * ESEARCH (TAG "C287") MIN 2 ALL 2,5:6
        S: C287 OK SEARCH completed
        C: c FETCH $ UID
        S: * 2 FETCH (UID 2)
        S: * 5 FETCH (UID 5)
        S: * 6 FETCH (UID 6)
        S: c OK FETCH completed
        "#,
    );
}

#[test]
fn messages_are_read_changed_and_filed_as_in_rev2_6_4_5_to_6_4_9() {
    flagged(
        r#"
        C: a CREATE MEETING
        S: a OK <*>
        C: A654 FETCH 2:3 (FLAGS BODY[HEADER.FIELDS (DATE FROM)])
        S: * 2 FETCH (FLAGS (\Flagged \Seen) BODY[HEADER.FIELDS (DATE FROM)] {33}
        S: From: boss <boss@example.org>
        S:
        S: )
        S: * 3 FETCH (FLAGS (\Seen) BODY[HEADER.FIELDS (DATE FROM)] {2}
        S:
        S: )
        S: A654 OK FETCH completed
        C: A003 STORE 2:4 +FLAGS (\Deleted)
        S: * 2 FETCH (FLAGS (\Flagged \Deleted \Seen) UID 2)
        S: * 3 FETCH (FLAGS (\Deleted \Seen) UID 3)
        S: * 4 FETCH (FLAGS (\Deleted) UID 4)
        S: A003 OK STORE completed
        C: A003 COPY 2:4 MEETING
        S: A003 OK [COPYUID 2 2:4 1:3] COPY completed
        C: a UID MOVE 6:69 MEETING
        S: * OK [COPYUID 2 6:7 4:5] moved
        S: * 6 EXPUNGE
        S: * 6 EXPUNGE
        S: a OK UID MOVE completed
        C: A003 UID EXPUNGE 2:3
        S: * 2 EXPUNGE
        S: * 2 EXPUNGE
        S: A003 OK UID EXPUNGE completed
        C: A999 UID FETCH 4:4828442 FLAGS
        S: * 2 FETCH (FLAGS (\Deleted) UID 4)
        S: * 3 FETCH (FLAGS (\Flagged) UID 5)
        S: A999 OK UID FETCH completed
        "#,
    );
}

#[test]
fn what_nobody_announced_is_not_known_as_in_rev2_6_5() {
    let session = || Imap::new(ImapSettings { dialect: Dialect::Rev2, ..ImapSettings::default() });
    let text = "
        S: * OK <*>
        C: A442 XPIG-LATIN
        S: A442 BAD column 6: no command is called XPIG-LATIN<*>
        ";
    dialogue(&Dialogue { store: &store_of(&[]), text, burst: true }, session);
}
