//! The examples of RFC 9051 §7 and its sample session in §8; and the response codes of RFC 5530 §3, which are the same.
//! A code whose cause cannot arise here is on the book's page about deviations.

use super::rfc9051::rev2;
use super::*;
use crate::protocol::imap::Dialect;
use crate::protocol::security::{Security, Tls};

#[test]
fn codes_say_why_as_in_rev2_7_1_and_rfc_5530() {
    // RENAME to a name that is there, CREATE of an empty level, DELETE of a name with children, more keywords than there
    // can be, RENAME of a name that is not there: o356, l, m356, m, p.
    let keywords: Vec<String> = (0..40).map(|number| format!("f{number}")).collect();
    let text = format!(
        r#"
        C: a CREATE this
        S: a OK <*>
        C: a CREATE that
        S: a OK <*>
        C: a CREATE Notes/x
        S: a OK <*>
        C: o356 RENAME this that
        S: o356 NO [ALREADYEXISTS] <*>
        C: l CREATE "///////"
        S: l NO [CANNOT] <*>
        C: m356 DELETE Notes
        S: m356 NO [HASCHILDREN] <*>
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C: m STORE 1 FLAGS ({})
        S: <**>
        S: m NO [LIMIT] <*>
        "#,
        keywords.join(" ")
    );
    rev2(&[b"\r\n"], &text);
    rev2(
        &[b"\r\n"],
        r#"
        C: p RENAME this that
        S: p NO [NONEXISTENT] <*>
        C: f SELECT "/archive/projects/experiment-iv"
        S: f NO [NONEXISTENT] <*>
        C: k1 EXAMINE INBOX
        S: <**>
        S: k1 OK [READ-ONLY] EXAMINE completed
        # Whoever counts the mailbox that is open is served, and not told that it is a slip.
        C: k2 STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 1)
        S: k2 OK STATUS completed
        "#,
    );
}

#[test]
fn who_may_not_come_in_is_told_why_as_in_rev2_7_1_and_rfc_5530() {
    let settings = ImapSettings { dialect: Dialect::Rev2, ..ImapSettings::default() };
    let text = r#"
        S: * OK <*>
        C: b LOGIN "fred" "foo"
        S: b NO [AUTHENTICATIONFAILED] <*>
        C: c1 AUTHENTICATE PLAIN
        S: +<*>
        C: ZnJlZABhbGljZQBzZWNyZXQ=
        S: c1 NO [AUTHORIZATIONFAILED] <*>
        "#;
    dialogue(&Dialogue { store: &store_of(&[]), text, burst: false }, || Imap::new(settings.clone()));
    let security = Security { tls: Tls::Offered, cleartext_logins: false, ..Security::default() };
    let text = r#"
        S: * OK <*>
        C: d LOGIN "fred" "foo"
        S: d NO [PRIVACYREQUIRED] <*>
        "#;
    let session = || Imap::new(ImapSettings { security, ..settings.clone() });
    dialogue(&Dialogue { store: &store_of(&[]), text, burst: false }, session);
}

#[test]
fn what_is_gone_meanwhile_is_told_by_a_code_as_in_rev2_7_1_and_rfc_5530() {
    // The example's SEARCH finds what its numbers still stand for; it is COPY that cannot give what is gone.
    rev2(
        &[b"From: fred\r\n\r\n", b"From: fred\r\n\r\n"],
        r"
        S2: * OK <*>
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C2: a LOGIN alice secret
        S2: a OK <*>
        C2: a SELECT INBOX
        S2: <**>
        S2: a OK <*>
        C2: a STORE 1 +FLAGS.SILENT (\Deleted)
        S2: a OK <*>
        C2: a EXPUNGE
        S2: * 1 EXPUNGE
        S2: a OK <*>
        C: h STORE 1 +FLAGS (\Flagged)
        S: h OK [EXPUNGEISSUED] <*>
        C: i COPY 1 INBOX
        S: * 1 EXPUNGE
        S: i NO [EXPUNGEISSUED] <*>
        ",
    );
}

#[test]
fn greetings_warnings_and_farewells_go_as_in_rev2_7_1_1_to_7_1_5() {
    // Nobody is logged in before he has said who he is: PREAUTH is never said, ALERT and warnings neither.
    let session = || Imap::new(ImapSettings { dialect: Dialect::Rev2, ..ImapSettings::default() });
    let long = "x".repeat(70_000);
    let text = format!(
        "
        S: * OK mail.example IMAP4rev2 service ready
        C: {long}
        S: * BAD a line of more than 65536 octets
        C:
        S: * BAD <*>
        C: A001 LOGIN alice secret
        S: A001 OK LOGIN completed
        C: A443 EXPUNGE
        S: A443 BAD column 6: EXPUNGE is for the selected state; <*>
        T: 1800
        S: * BYE autologout: <*>
        S. close
        "
    );
    dialogue(&Dialogue { store: &store_of(&[]), text: &text, burst: false }, session);
}

#[test]
fn data_is_shown_as_in_rev2_7_2_to_7_5() {
    rev2(
        &[b"Subject: x\r\n\r\nhello\r\n"],
        r#"
        C: e ENABLE CONDSTORE QRESYNC
        S: * ENABLED CONDSTORE QRESYNC
        S: e OK ENABLE completed
        C: n NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: n OK NAMESPACE completed
        C: c CREATE Mail/foo/bar
        S: c OK <*>
        C: l LIST "" Mail/%
        S: * LIST (\NonExistent \HasChildren) "/" Mail/foo
        S: l OK LIST completed
        C: s STATUS INBOX (MESSAGES UIDNEXT)
        S: * STATUS INBOX (MESSAGES 1 UIDNEXT 2)
        S: s OK STATUS completed
        C: o SELECT INBOX
        S: * 1 EXISTS
        S: <**>
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: <**>
        S: o OK <*>
        C: a567 UID SEARCH RETURN (COUNT ALL) SUBJECT x
        S: * ESEARCH (TAG "a567") UID ALL 1 COUNT 1
        S: a567 OK UID SEARCH completed
        C: f FETCH 1 (FLAGS RFC822.SIZE UID)
        S: * 1 FETCH (FLAGS () RFC822.SIZE 21 UID 1)
        S: f OK FETCH completed
        "#,
    );
}

#[test]
fn the_sample_session_goes_as_in_rev2_8() {
    // SCRAM-SHA-256 goes by nonces of its own each time: its exchange is tested with RFC 7677's numbers. A password stands
    // in for it. TLS is what `tls_changes_what_is_offered_as_in_rev2_6_1_1_and_6_2_1` shows.
    let text = r#"
        S: * OK mail.example IMAP4rev1 service ready
        C: A001 login alice secret
        S: A001 OK LOGIN completed
        C: babc ENABLE IMAP4rev2
        S: * ENABLED IMAP4REV2
        S: babc OK ENABLE completed
        C: a002 select inbox
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 1] UIDs valid
        S: * OK [UIDNEXT 2] Predicted next UID
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: <**>
        S: * LIST () "/" INBOX ("OLDNAME" (inbox))
        S: a002 OK [READ-WRITE] SELECT completed
        C: a003 fetch 1 full
        S: * 1 FETCH (FLAGS () INTERNALDATE <*> RFC822.SIZE 59 ENVELOPE (NIL "notes" (("Terry Gray" NIL "gray" "cac.example")) (("Terry Gray" NIL "gray" "cac.example")) (("Terry Gray" NIL "gray" "cac.example")) NIL NIL NIL NIL NIL) BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 4 1))
        S: a003 OK FETCH completed
        C: a004 fetch 1 body[header]
        S: * 1 FETCH (BODY[HEADER] {55}
        S: From: Terry Gray <gray@cac.example>
        S: Subject: notes
        S:
        S:  FLAGS (\Seen))
        S: a004 OK FETCH completed
        C: a005 store 1 +flags \deleted
        S: * 1 FETCH (FLAGS (\Deleted \Seen) UID 1)
        S: a005 OK STORE completed
        C: a006 logout
        S: * BYE mail.example signing off
        S: a006 OK LOGOUT completed
        S. close
        "#;
    let message: &[u8] = b"From: Terry Gray <gray@cac.example>\r\nSubject: notes\r\n\r\nhi\r\n";
    dialogue(&Dialogue { store: &store_of(&[message]), text, burst: true }, usual);
}
