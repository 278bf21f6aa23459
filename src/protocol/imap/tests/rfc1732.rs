//! What each older tongue has, and how a newer client finds out (RFC 1732, RFC 2061).

use super::*;
use crate::protocol::imap::Dialect;

/// A facility, and how IMAP2, IMAP2bis and IMAP4 answer to it.
const FACILITIES: [(&str, [&str; 3]); 29] = [
    // RFC 1732: only in IMAP4.
    ("CAPABILITY", ["BAD", "BAD", "OK"]),
    (r#"LIST "" *"#, ["BAD", "BAD", "OK"]),
    (r#"LSUB "" *"#, ["BAD", "BAD", "OK"]),
    ("FETCH 1:* FLAGS", ["BAD", "BAD", "OK"]),
    ("SEARCH LARGER 1", ["BAD", "BAD", "OK"]),
    ("SEARCH CHARSET UTF-8 ALL", ["BAD", "BAD", "OK"]),
    ("FETCH 1 BODYSTRUCTURE", ["BAD", "BAD", "OK"]),
    ("FETCH 1 BODY[0]", ["BAD", "BAD", "OK"]),
    ("FETCH 1 RFC822.HEADER.LINES (SUBJECT)", ["BAD", "BAD", "OK"]),
    ("FETCH 1 BODY.PEEK[1]", ["BAD", "BAD", "OK"]),
    ("FETCH 1 RFC822.PEEK", ["BAD", "BAD", "OK"]),
    ("FETCH 1 RFC822.TEXT.PEEK", ["BAD", "BAD", "OK"]),
    ("FETCH 1 UID", ["BAD", "BAD", "OK"]),
    ("UID FETCH 1 FLAGS", ["BAD", "BAD", "OK"]),
    (r"STORE 1 FLAGS.SILENT (\Seen)", ["BAD", "BAD", "OK"]),
    // RFC 1732: came with IMAP2bis.
    ("CREATE INBOX", ["BAD", "NO", "NO"]),
    ("CREATE x", ["BAD", "OK", "OK"]),
    ("RENAME x y", ["BAD", "OK", "OK"]),
    ("SUBSCRIBE MAILBOX y", ["BAD", "OK", "OK"]),
    ("UNSUBSCRIBE MAILBOX y", ["BAD", "OK", "OK"]),
    ("DELETE y", ["BAD", "OK", "OK"]),
    ("FETCH 1 BODY", ["BAD", "OK", "OK"]),
    ("FETCH 1 FULL", ["BAD", "OK", "OK"]),
    ("FETCH 1 BODY[1]", ["BAD", "OK", "OK"]),
    ("PARTIAL 1 RFC822.TEXT 1 2", ["BAD", "OK", "OK"]),
    ("FIND ALL.MAILBOXES *", ["BAD", "OK", "OK"]),
    ("EXAMINE INBOX", ["BAD", "OK", "OK"]),
    // In all of them.
    ("FIND MAILBOXES *", ["OK", "OK", "OK"]),
    // RFC 1732: removed from IMAP4.
    ("FIND BBOARDS *", ["OK", "OK", "BAD"]),
];

#[test]
fn a_client_finds_out_by_trying() {
    for (nth, dialect) in [Dialect::Imap2, Dialect::Imap2bis, Dialect::Imap4].into_iter().enumerate() {
        let session =
            || Imap::new(ImapSettings { dialect, mechanisms: Vec::new(), ..ImapSettings::default() });
        let mut text = "S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\n".to_owned();
        for (facility, answers) in FACILITIES {
            text += "C: b SELECT INBOX\nS: <**>\nS: b OK <*>\n";
            text += &format!("C: c {facility}\nS: <**>\nS: c {} <*>\n", answers[nth]);
        }
        let store = store_of(&[b"Subject: one\r\n\r\nhello\r\n"]);
        dialogue(&Dialogue { store: &store, text: &text, burst: false }, session);
    }
}

#[test]
fn copy_to_a_name_that_is_not_there_makes_it_or_says_what_would_help() {
    for (dialect, answer) in [
        (Dialect::Imap2, "S: * 1 COPY\nS: * 1 FETCH (FLAGS (\\Seen \\Recent))\nS: c OK COPY completed"),
        (Dialect::Imap2bis, "S: * OK [TRYCREATE] CREATE would help\nS: c NO there is no mailbox new"),
        (Dialect::Imap4, "S: c NO [TRYCREATE] there is no mailbox new"),
    ] {
        let session =
            || Imap::new(ImapSettings { dialect, mechanisms: Vec::new(), ..ImapSettings::default() });
        let text = format!(
            "S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\nC: b SELECT INBOX\nS: <**>\nS: b OK <*>\nC: c COPY 1 new\n{answer}"
        );
        let store = store_of(&[b"Subject: one\r\n\r\nhello\r\n"]);
        dialogue(&Dialogue { store: &store, text: &text, burst: false }, session);
    }
}

#[test]
fn authenticate_came_with_imap4() {
    for (dialect, answer) in [(Dialect::Imap2, "BAD"), (Dialect::Imap2bis, "BAD"), (Dialect::Imap4, "NO")] {
        let session =
            || Imap::new(ImapSettings { dialect, mechanisms: Vec::new(), ..ImapSettings::default() });
        let text = format!("S: * OK <*>\nC: a AUTHENTICATE PLAIN\nS: a {answer} <*>");
        dialogue(&Dialogue { store: &store_of(&[]), text: &text, burst: false }, session);
    }
}
