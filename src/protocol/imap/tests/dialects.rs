//! What each dialect answers, and what it does not know.

use super::*;
use crate::protocol::imap::Dialect;

const MAIL: [&[u8]; 2] = [
    b"Subject: one\r\nFrom: a@x\r\n\r\nhello\r\n",
    b"Subject: two\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n",
];

fn spoken(dialect: Dialect, text: &str) {
    let session = || {
        let settings = ImapSettings { dialect, mechanisms: Vec::new(), ..ImapSettings::default() };
        Imap::new(settings)
    };
    dialogue(&Dialogue { store: &store_of(&MAIL), text, burst: false }, session);
}

#[test]
fn imap2_has_no_uids_and_no_codes() {
    spoken(
        Dialect::Imap2,
        r#"
        S: * OK mail.example IMAP2 service ready
        C: a CAPABILITY
        S: a BAD column 3: CAPABILITY is not a command of imap2 (RFC 1176)
        C: a LOGIN alice wrong
        S: a NO LOGIN failed: user name or password is wrong
        C: a LOGIN alice secret
        S: a OK LOGIN completed
        C: a SELECT INBOX
        S: * FLAGS <*>
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a OK [READ-WRITE] SELECT completed
        C: a FETCH 1 FAST
        S: * 1 FETCH (FLAGS (\Recent) INTERNALDATE " 2-Mar-98 20:00:00-GMT" RFC822.SIZE 34)
        S: a OK FETCH completed
        C: a FETCH 1 BODY
        S: a BAD column 11: BODY is no data item of imap2 (RFC 1176)
        C: a FETCH 1:* FLAGS
        S: a BAD column 11: a sequence has numbers only, no * (RFC 1176)
        C: a FETCH 1 RFC822.HEADER
        S: * 1 FETCH (RFC822.HEADER {27}
        S: Subject: one
        S: From: a@x
        S:
        S: )
        S: a OK FETCH completed
        C: a STORE 2 +FLAGS \Deleted
        S: * 2 FETCH (FLAGS (\Deleted \Recent))
        S: a OK STORE completed
        C: a SEARCH UNDELETED SUBJECT one
        S: * SEARCH 1
        S: a OK SEARCH completed
        C: a SEARCH LARGER 5
        S: a BAD column 10: LARGER is no search key of imap2 (RFC 1176)
        C: a COPY 1 meeting
        S: * 1 COPY
        S: * 1 FETCH (FLAGS (\Seen \Recent))
        S: a OK COPY completed
        C: a FIND MAILBOXES *
        S: * MAILBOX meeting
        S: a OK FIND completed
        C: a FIND BBOARDS *
        S: a OK FIND completed
        C: a UID FETCH 1 FLAGS
        S: a BAD column 3: UID is not a command of imap2 (RFC 1176)
        C: a EXPUNGE
        S: * 2 EXPUNGE
        S: a OK EXPUNGE completed
        C: a LOGOUT
        S: * BYE <*>
        S: a OK LOGOUT completed
        S. close
        "#,
    );
}

#[test]
fn imap4_has_the_older_forms() {
    spoken(
        Dialect::Imap4,
        r#"
            S: * OK <*>
            C: a LOGIN alice secret
            S: a OK LOGIN completed
            C: a SELECT INBOX
            S: <**>
            S: a OK <*>
            C: a PARTIAL 1 RFC822.TEXT 2 3
            S: * 1 FETCH (RFC822.TEXT {3}
            S: ell FLAGS (\Seen \Recent))
            S: a OK FETCH completed
            C: a PARTIAL 1 BODY[1] 0 3
            S: a BAD column 21: the first octet is 1 <*>
            C: a FETCH 2 (BODY[1.0] RFC822.HEADER.LINES (subject))
            S: * 2 FETCH (BODY[1.0] {15}
            S: Subject: in
            S:
            S:  RFC822.HEADER {16}
            S: Subject: two
            S:
            S:  FLAGS (\Seen \Recent))
            S: a OK FETCH completed
            C: a FETCH 1 RFC822.PEEK
            S: * 1 FETCH (RFC822 {34}
            S: <**>
            S: a OK FETCH completed
            C: a SUBSCRIBE MAILBOX INBOX
            S: a OK SUBSCRIBE completed
            C: a FIND ALL.MAILBOXES %NB*
            S: * MAILBOX INBOX
            S: a OK FIND completed
            C: a FIND MAILBOXES ?nbox
            S: * MAILBOX INBOX
            S: a OK FIND completed
            C: a STATUS INBOX (MESSAGES)
            S: a BAD column 3: STATUS is not a command of <*>
            "#,
    );
}

#[test]
fn imap4rev1_does_not_know_the_older_forms() {
    selected(
        &MAIL,
        r"
        C: a PARTIAL 1 RFC822 1 3
        S: a BAD column 3: PARTIAL is not a command of imap4rev1 (RFC 3501)
        C: a FETCH 1 RFC822.PEEK
        S: a BAD column 11: no data item is called RFC822.PEEK<*>
        C: a FIND MAILBOXES *
        S: a BAD column 3: FIND is not a command of imap4rev1 (RFC 3501)
        C: a FETCH 2 BODY[1.0]
        S: a BAD <*>
        ",
    );
}

const REV2: &str = r#"
    C: a SELECT INBOX
    S: * 2 EXISTS
    S: * OK [UIDVALIDITY 1] UIDs valid
    S: * OK [UIDNEXT 3] Predicted next UID
    S: * FLAGS <*>
    S: * OK [PERMANENTFLAGS <*>
    S: * OK [HIGHESTMODSEQ 2] <*>
    S: * LIST () "/" INBOX
    S: a OK [READ-WRITE] SELECT completed
    C: a SEARCH ALL
    S: * ESEARCH (TAG "a") ALL 1:2
    S: a OK SEARCH completed
    C: a STATUS INBOX (DELETED SIZE)
    S: * STATUS INBOX (DELETED 0 SIZE <*>)
    S: a OK STATUS completed
"#;

#[test]
fn imap4rev2_is_spoken_alone_or_when_it_is_asked_for() {
    spoken(
        Dialect::Rev2,
        &format!(
            "S: * OK mail.example IMAP4rev2 service ready\nC: a CAPABILITY\nS: * CAPABILITY IMAP4rev2 LITERAL+ ID COMPRESS=DEFLATE <*>\nS: a OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\n{REV2}"
        ),
    );
    spoken(
        Dialect::Rev1,
        &format!(
            "S: * OK mail.example IMAP4rev1 service ready\nC: a LOGIN alice secret\nS: a OK <*>\nC: a ENABLE IMAP4rev2\nS: * ENABLED IMAP4REV2\nS: a OK <*>\n{REV2}"
        ),
    );
}
