//! FETCH and STORE: what is shown of a message, and what that changes.

use super::*;
use crate::mail::body::{Body, BodyLost, BodySource};

const SMALL: &[u8] = b"Subject: one\r\nX-A: 1\r\n folded\r\nFrom: a@x\r\nx-a: 2\r\n\r\nhello\r\n";

#[test]
fn the_macros_stand_for_their_items() {
    selected(
        &[SMALL],
        r#"
        C: c FETCH 1 FAST
        S: * 1 FETCH (FLAGS (\Recent) INTERNALDATE " 2-Mar-1998 20:00:00 +0000" RFC822.SIZE 59)
        S: c OK <*>
        C: c FETCH 1 all
        S: * 1 FETCH (FLAGS (\Recent) INTERNALDATE <*> RFC822.SIZE 59 ENVELOPE (NIL "one" <*>))
        S: c OK <*>
        C: c FETCH 1 (FAST UID)
        S: c BAD column 12: a macro stands alone, without parentheses (RFC 3501 section 6.4.5)
        "#,
    );
}

#[test]
fn a_partial_shows_its_first_octet_and_ends_with_the_text() {
    selected(
        &[SMALL],
        r#"
        C: c FETCH 1 BODY.PEEK[TEXT]<0.2048>
        S: * 1 FETCH (BODY[TEXT]<0> {7}
        S: hello
        S: )
        S: c OK <*>
        C: c FETCH 1 BODY.PEEK[]<57.1>
        S: * 1 FETCH (BODY[]<57> {1}
        S: \x0d)
        S: c OK <*>
        # past the end: an empty string, not NIL
        C: c FETCH 1 (BODY.PEEK[]<59.10> BODY.PEEK[]<4294967295.4294967295>)
        S: * 1 FETCH (BODY[]<59> "" BODY[]<4294967295> "")
        S: c OK <*>
        # a part that does not exist has no text at all
        C: c FETCH 1 (BODY.PEEK[2] BODY.PEEK[1.1] BODY.PEEK[1.HEADER])
        S: * 1 FETCH (BODY[2] NIL BODY[1.1] NIL BODY[1.HEADER] NIL)
        S: c OK <*>
        "#,
    );
}

#[test]
fn header_fields_are_whole_and_end_with_the_blank_line() {
    selected(
        &[SMALL, b"Subject: no end\r\n", b"\r\nbody only\r\n"],
        r#"
        C: c FETCH 1 BODY.PEEK[HEADER.FIELDS (X-A "subject" None)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (X-A subject None)] {41}
        S: Subject: one
        S: X-A: 1
        S:  folded
        S: x-a: 2
        S:
        S: )
        S: c OK <*>
        C: c FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (X-A SUBJECT)]
        S: * 1 FETCH (BODY[HEADER.FIELDS.NOT (X-A SUBJECT)] {13}
        S: From: a@x
        S:
        S: )
        S: c OK <*>
        C: c FETCH 1 BODY.PEEK[HEADER.FIELDS (None)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (None)] {2}
        S:
        S: )
        S: c OK <*>
        # no body and no blank line: nothing to end with
        C: c FETCH 2 (BODY.PEEK[HEADER.FIELDS (Date)] BODY.PEEK[TEXT])
        S: * 2 FETCH (BODY[HEADER.FIELDS (Date)] "" BODY[TEXT] "")
        S: c OK <*>
        # a message that starts with its empty line
        C: c FETCH 3 (BODY.PEEK[HEADER] BODY.PEEK[TEXT])
        S: * 3 FETCH (BODY[HEADER] {2}
        S:
        S:  BODY[TEXT] {11}
        S: body only
        S: )
        S: c OK <*>
        "#,
    );
}

#[test]
fn octets_are_exact_and_never_quoted_when_they_cannot_be() {
    selected(
        &[b"Subject: \xfc\r\nFrom: \"a\\\"b\" <c@d>\r\n\r\nFrom me\r\nno end", b""],
        r#"
        C: c FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE (NIL {1}
        S: \xfc (("a\"b" NIL "c" "d")) (("a\"b" NIL "c" "d")) (("a\"b" NIL "c" "d")) NIL NIL NIL NIL NIL))
        S: c OK <*>
        C: c FETCH 1 BODY.PEEK[]
        S: * 1 FETCH (BODY[] {49}
        S: Subject: \xfc
        S: From: "a\"b" <c@d>
        S:
        S: From me
        S: no end)
        S: c OK <*>
        C: c FETCH 2 (RFC822.SIZE BODY.PEEK[] RFC822.HEADER)
        S: * 2 FETCH (RFC822.SIZE 0 BODY[] "" RFC822.HEADER "")
        S: c OK <*>
        "#,
    );
}

#[test]
fn the_envelope_fills_in_who_sent_it() {
    selected(
        &[b"Date: long ago, I think\r\nFrom: A <a@x>\r\nSender:\r\nReply-To: b@y\r\nTo: Friends: c@z, d@z;\r\nCc:\r\nSubject:\r\nIn-Reply-To: <1@x>\r\n\r\n"],
        r#"
        C: c FETCH 1 ENVELOPE
        S: * 1 FETCH (ENVELOPE ("long ago, I think" "" (("A" NIL "a" "x")) (("A" NIL "a" "x")) ((NIL NIL "b" "y")) ((NIL NIL "Friends" NIL)(NIL NIL "c" "z")(NIL NIL "d" "z")(NIL NIL NIL NIL)) NIL NIL "<1@x>" NIL))
        S: c OK <*>
        "#,
    );
}

#[test]
fn reading_a_body_sets_seen_and_says_so_and_peeking_does_not() {
    let lab = selected(
        &[SMALL, SMALL, SMALL],
        r#"
        C: c FETCH 1 (BODY.PEEK[TEXT] RFC822.HEADER FLAGS)
        S: * 1 FETCH (BODY[TEXT] {7}
        S: hello
        S:  RFC822.HEADER {52}
        S: <**>
        S:  FLAGS (\Recent))
        S: c OK <*>
        C: c FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {7}
        S: hello
        S:  FLAGS (\Seen \Recent))
        S: c OK <*>
        # and a second time there is no change to tell
        C: c FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {7}
        S: hello
        S: )
        S: c OK <*>
        C: c FETCH 2 (FLAGS RFC822.TEXT)
        S: * 2 FETCH (FLAGS (\Seen \Recent) RFC822.TEXT {7}
        S: hello
        S: )
        S: c OK <*>
        C: c FETCH 3 (RFC822)
        S: * 3 FETCH (RFC822 {59}
        S: <**>
        S: hello
        S:  FLAGS (\Seen \Recent))
        S: c OK <*>
        "#,
    );
    // Content is what stands in the literals, and flags are none.
    assert_eq!(lab.conns[0].contents, [(0, 59), (0, 7), (0, 7), (1, 7), (2, 59)]);
}

#[test]
fn examine_changes_nothing() {
    let store = store_of(&[SMALL]);
    let lab = opened(
        "EXAMINE",
        &store,
        r#"
        C: c FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {7}
        S: hello
        S: )
        S: c OK <*>
        C: c STORE 1 +FLAGS (\Deleted)
        S: c NO the mailbox was opened to read only<*>
        C: c EXPUNGE
        S: c NO the mailbox was opened to read only<*>
        C: c CLOSE
        S: c OK <*>
        C: c STATUS INBOX (MESSAGES RECENT UNSEEN)
        S: * STATUS INBOX (MESSAGES 1 RECENT 1 UNSEEN 1)
        S: c OK <*>
        C: c EXAMINE INBOX
        S: * 1 EXISTS
        S: * 1 RECENT
        S: <**>
        S: * OK [PERMANENTFLAGS ()] <*>
        S: c OK [READ-ONLY] EXAMINE completed
        "#,
    );
    assert!(lab.store == store);
}

const NESTED: &[u8] = b"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n\
    --b\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-ID: <id@x>\r\n\r\none\r\n\r\n\
    --b\r\nContent-Type: message/rfc822\r\nContent-Disposition: attachment; filename=\"m.eml\"\r\n\r\n\
    Subject: inner\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nplain\r\n--c\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\nContent-Language: en, de\r\n\r\nPGI+\r\n--c--\r\n\r\n\
    --b--\r\n";

#[test]
fn sections_go_into_parts_and_enclosed_messages() {
    selected(
        &[NESTED],
        r#"
        C: c FETCH 1 (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2.1] BODY.PEEK[2.2] BODY.PEEK[2.2.MIME])
        S: * 1 FETCH (BODY[1] {5}
        S: one
        S:  BODY[1.MIME] {66}
        S: Content-Type: text/plain; charset=us-ascii
        S: Content-ID: <id@x>
        S:
        S:  BODY[2.1] {5}
        S: plain BODY[2.2] {4}
        S: PGI+ BODY[2.2.MIME] {88}
        S: Content-Type: text/html
        S: Content-Transfer-Encoding: base64
        S: Content-Language: en, de
        S:
        S: )
        S: c OK <*>
        C: c FETCH 1 (BODY.PEEK[2.HEADER.FIELDS (Subject)] BODY.PEEK[2.TEXT]<0.8> BODY.PEEK[2.MIME]<0.12> BODY.PEEK[2]<0.9>)
        S: * 1 FETCH (BODY[2.HEADER.FIELDS (Subject)] {18}
        S: Subject: inner
        S:
        S:  BODY[2.TEXT]<0> {8}
        S: --c
        S:
        S: p BODY[2.MIME]<0> {12}
        S: Content-Type BODY[2]<0> {9}
        S: Subject: )
        S: c OK <*>
        "#,
    );
}

#[test]
fn the_structure_shows_parts_and_extension_data_only_when_asked() {
    selected(
        &[NESTED],
        r#"
        C: c FETCH 1 BODY
        S: * 1 FETCH (BODY (("TEXT" "PLAIN" ("CHARSET" "us-ascii") "<id@x>" NIL "7BIT" 5 1)("MESSAGE" "RFC822" NIL NIL NIL "7BIT" <*> (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 0)("TEXT" "HTML" NIL NIL NIL "BASE64" 4 0) "ALTERNATIVE") <*>) "MIXED"))
        S: c OK <*>
        C: c FETCH 1 BODYSTRUCTURE
        S: * 1 FETCH (BODYSTRUCTURE (("TEXT" "PLAIN" ("CHARSET" "us-ascii") "<id@x>" NIL "7BIT" 5 1 NIL NIL NIL NIL)("MESSAGE" "RFC822" NIL NIL NIL "7BIT" <*> (NIL "inner" NIL NIL NIL NIL NIL NIL NIL NIL) (("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 0 NIL NIL NIL NIL)("TEXT" "HTML" NIL NIL NIL "BASE64" 4 0 NIL NIL ("en" "de") NIL) "ALTERNATIVE" ("BOUNDARY" "c") NIL NIL NIL) <*> NIL ("ATTACHMENT" ("FILENAME" "m.eml")) NIL NIL) "MIXED" ("BOUNDARY" "b") NIL NIL NIL))
        S: c OK <*>
        "#,
    );
}

#[test]
fn a_message_that_is_itself_a_message_has_sections_too() {
    selected(
        &[b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nbody\r\n"],
        r#"
        C: c FETCH 1 (BODY.PEEK[1]<0.7> BODY.PEEK[1.1] BODY.PEEK[1.HEADER] BODY.PEEK[1.TEXT] BODY.PEEK[TEXT]<0.7>)
        S: * 1 FETCH (BODY[1]<0> {7}
        S: Subject BODY[1.1] {6}
        S: body
        S:  BODY[1.HEADER] {18}
        S: Subject: inner
        S:
        S:  BODY[1.TEXT] {6}
        S: body
        S:  BODY[TEXT]<0> {7}
        S: Subject)
        S: c OK <*>
        "#,
    );
}

#[test]
fn the_parts_of_a_digest_are_messages() {
    selected(
        &[b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: d\r\n\r\nx\r\n--b--\r\n"],
        r#"
        C: c FETCH 1 (BODY BODY.PEEK[1.HEADER])
        S: * 1 FETCH (BODY (("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 15 (NIL "d" <*>) ("TEXT" "PLAIN" <*>) <*>) "DIGEST") BODY[1.HEADER] {14}
        S: Subject: d
        S:
        S: )
        S: c OK <*>
        "#,
    );
}

#[test]
fn store_answers_with_the_flags_unless_silence_is_asked_for() {
    selected(
        &[SMALL, SMALL, SMALL],
        r#"
        C: c STORE 1:2 +FLAGS (\Deleted urgent)
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft urgent)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft urgent \*)] <*>
        S: * 1 FETCH (FLAGS (\Deleted \Recent urgent))
        S: * 2 FETCH (FLAGS (\Deleted \Recent urgent))
        S: c OK STORE completed
        C: c STORE 1 -FLAGS.SILENT \Deleted URGENT
        S: c OK STORE completed
        C: c UID STORE 1,3 FLAGS (\Seen)
        S: * 1 FETCH (FLAGS (\Seen \Recent) UID 1)
        S: * 3 FETCH (FLAGS (\Seen \Recent) UID 3)
        S: c OK UID STORE completed
        C: c STORE 2 FLAGS ()
        S: * 2 FETCH (FLAGS (\Recent))
        S: c OK STORE completed
        C: c STORE 2 FLAGS (\Recent)
        S: c BAD column 18: \Recent is set by the server only (RFC 3501 section 2.3.2)
        "#,
    );
}

#[test]
fn numbers_that_do_not_exist_are_bad_and_uids_are_passed_over() {
    selected(
        &[SMALL],
        r#"
        C: c FETCH 2 FLAGS
        S: c BAD column 9: there is no message 2; message 1 is the only one (RFC 3501 section 2.3.1.2)
        C: c FETCH 1:4294967295 FLAGS
        S: c BAD column <*>: there is no message 4294967295; <*>
        C: c FETCH 0 FLAGS
        S: c BAD column 9: expected a message number; 0 is not allowed (RFC 3501 section 9)
        C: c UID FETCH 2 FLAGS
        S: c OK UID FETCH completed
        C: c UID FETCH 4294967295:* FLAGS
        S: * 1 FETCH (FLAGS (\Recent) UID 1)
        S: c OK UID FETCH completed
        C: c UID COPY 99 INBOX
        S: c OK UID COPY completed
        "#,
    );
    selected(
        &[],
        r#"
        C: c FETCH * FLAGS
        S: c BAD column 9: there is no message: the mailbox is empty <*>
        C: c UID FETCH 1:* FLAGS
        S: c OK UID FETCH completed
        C: c SEARCH ALL
        S: * SEARCH
        S: c OK SEARCH completed
        "#,
    );
}

#[derive(Debug)]
struct Lost;

impl BodySource for Lost {
    fn octets(&self, _index: u32) -> Result<bytes::Bytes, BodyLost> {
        Err(BodyLost { reason: "the file has gone".to_owned() })
    }
}

#[test]
fn a_lost_body_is_a_reason_and_does_not_count_as_seen() {
    let mut store = store_of(&[SMALL]);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    let message = Message::with_body(Body::Source { source: Arc::new(Lost), index: 0 }, SMALL);
    store.append(inbox, Arc::new(message), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    opened(
        "SELECT",
        &store,
        r#"
        C: c FETCH 1:2 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {7}
        S: hello
        S:  FLAGS (\Seen \Recent))
        S: c NO message 2: the message can no longer be read: the file has gone
        C: c FETCH 2 (FLAGS RFC822.SIZE BODY)
        S: * 2 FETCH (FLAGS (\Recent) RFC822.SIZE 59 BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 7 1))
        S: c OK <*>
        C: c SEARCH BODY hello
        S: c NO message 2: <*>
        "#,
    );
}
