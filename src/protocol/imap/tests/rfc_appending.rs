//! The examples of the extensions of APPEND: RFC 3502 §6.3.11, RFC 4469 §5, RFC 3516 §4, RFC 6855 §4, RFC 8508 §3 and §4.2,
//! with texts of our own.

use super::*;

#[test]
fn rfc_3502_all_or_none() {
    // A003 to A005 there: two messages; no such mailbox; and the second refused, with what came before it.
    extended_on(
        &store_of(&[]),
        r#"
        C: a CREATE saved-messages
        S: a OK <*>
        C: A003 APPEND saved-messages (\Seen) {21}
        S: + go ahead
        C: Subject: one\r\n\r\none\r\n (\Seen) " 7-Feb-1994 22:43:04 -0800" {21}
        S: + go ahead
        C: Subject: two\r\n\r\ntwo\r\n
        S: A003 OK [APPENDUID 2 1:2] APPEND completed
        C: a SELECT saved-messages
        S: <**>
        S: a OK <*>
        C: a FETCH 2 (FLAGS INTERNALDATE)
        S: * 2 FETCH (FLAGS (\Seen \Recent) INTERNALDATE " 7-Feb-1994 22:43:04 -0800")
        S: a OK FETCH completed
        C: A004 APPEND bogusname (\Flagged) {1023}
        S: + go ahead
        C- x
        "#,
    );
    // Deviation: whether the mailbox is there is looked at when the command is whole; it may be made meanwhile.
    extended_on(
        &store_of(&[]),
        r#"
        C: A004 APPEND bogusname (\Flagged) {3}
        S: + go ahead
        C: abc
        S: A004 NO [TRYCREATE] <*>
        C: a CREATE test
        S: a OK <*>
        C: A005 APPEND test (\Flagged) {8}
        S: + go ahead
        C: hmm...\r\n {60000000}
        S: A005 NO [TOOBIG] <*>
        C: a STATUS test (MESSAGES)
        S: * STATUS test (MESSAGES 0)
        S: a OK STATUS completed
        "#,
    );
}

#[test]
fn rfc_4469_messages_from_parts() {
    // §5, examples 1 to 4: parts of drafts around new text; what is left out; and a part that is not there.
    let draft: &[u8] = b"Subject: trip\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nold text\r\n--b\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lG\r\n--b--\r\n";
    extended(
        &[draft, b"Subject: letter\r\n\r\nhello\r\n"],
        r#"
        C: a CREATE Drafts
        S: a OK <*>
        C: a COPY 1 Drafts
        S: a OK [COPYUID 2 1 1] <*>
        C: A003 APPEND Drafts (\Seen \Draft $MDNSent) CATENATE (URL "/Drafts;UIDVALIDITY=2/;UID=1/;section=HEADER" TEXT {7}
        S: + go ahead
        C: --b\r\n\r\n URL "/Drafts;UIDVALIDITY=2/;UID=1/;section=1" TEXT {7}
        S: + go ahead
        C: \r\n--b\r\n URL "/Drafts;UIDVALIDITY=2/;UID=1/;section=2.MIME" URL "/Drafts;UIDVALIDITY=2/;UID=1/;section=2" TEXT {9}
        S: + go ahead
        C: \r\n--b--\r\n)
        S: A003 OK [APPENDUID 2 2] APPEND completed
        C: A004 STORE 1 +FLAGS.SILENT (\Deleted)
        S: A004 OK STORE completed
        C: a SELECT Drafts
        S: <**>
        S: a OK <*>
        C: a FETCH 2 (FLAGS BODY.PEEK[1] BODY.PEEK[2] BODY)
        S: * 2 FETCH (FLAGS (\Seen \Draft \Recent $MDNSent) BODY[1] {8}
        S: old text BODY[2] {4}
        S: R0lG BODY (("TEXT" "PLAIN" <*>)("IMAGE" "GIF" NIL NIL NIL "BASE64" 4) "MIXED"))
        S: a OK FETCH completed
        C: A003 APPEND INBOX (\Seen $MDNSent) CATENATE (TEXT {19}
        S: + go ahead
        C: Subject: digest\r\n\r\n URL "/INBOX;UIDVALIDITY=1/;UID=2" TEXT {2}
        S: + go ahead
        C: \r\n)
        S: A003 OK [APPENDUID 1 3] APPEND completed
        C: A003 APPEND Drafts (\Seen $MDNSent) CATENATE (TEXT {2}
        S: + go ahead
        C: x\n URL "/INBOX;UIDVALIDITY=785799047/;UID=11467" URL "/INBOX;UIDVALIDITY=785799047/;UID=113330/;section=1.5.9")
        S: A003 NO [BADURL "/INBOX;UIDVALIDITY=785799047/;UID=11467"] <*>
        "#,
    );
}

#[test]
fn rfc_3516_octets_that_are_not_text() {
    // The RFC prints no session. §4.2: sizes and parts decoded; §4.3: an unknown encoding; §4.4: NUL in, and out again.
    let message: &[u8] = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAGhp\r\n--b\r\nContent-Transfer-Encoding: x-odd\r\n\r\nx\r\n--b--\r\n";
    extended(
        &[message],
        r#"
        C: a FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1])
        S: * 1 FETCH (BINARY.SIZE[1] 3 BINARY[1] ~{3}
        S: \x00hi)
        S: a OK FETCH completed
        C: a FETCH 1 BINARY.PEEK[1]<1.1>
        S: * 1 FETCH (BINARY[1]<1> {1}
        S: h)
        S: a OK FETCH completed
        C: a FETCH 1 BINARY[2]
        S: a NO [UNKNOWN-CTE] <*>
        # A part that says that it is binary is kept as base64; elsewhere NUL has no place.
        C: a APPEND INBOX ~{40+}\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b
        S: * 2 EXISTS
        S: * 2 RECENT
        S: a OK [APPENDUID 1 2] APPEND completed
        C: a FETCH 2 BINARY.PEEK[1]
        S: * 2 FETCH (BINARY[1] ~{3}
        S: a\x00b)
        S: a OK FETCH completed
        C: a APPEND INBOX ~{3+}\r\na\0b
        S: a NO [UNKNOWN-CTE] <*>
        "#,
    );
}

#[test]
fn rfc_6855_names_and_messages_in_utf_8() {
    // The RFC prints no session. §3: ENABLE, then names and quoted strings; §4: APPEND; BAD for another character set.
    extended_on(
        &store_of(&[]),
        r#"
        C: a CAPABILITY
        S: * CAPABILITY <*> UTF8=ACCEPT <*>
        S: a OK CAPABILITY completed
        C: a CREATE "M\xc3\xbcll"
        S: a BAD column <*>
        C: a ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: a OK ENABLE completed
        C: a CREATE "M\xc3\xbcll"
        S: a OK CREATE completed
        C: a LIST "" M%
        S: * LIST (\HasNoChildren) "/" "M\xc3\xbcll"
        S: a OK LIST completed
        C: a APPEND "M\xc3\xbcll" UTF8 (~{23+}\r\nSubject: Gr\xc3\xbc\xc3\x9fe\r\n\r\nx\r\n)
        S: a OK [APPENDUID 2 1] APPEND completed
        C: a SELECT "M\xc3\xbcll"
        S: <**>
        S: a OK <*>
        C: a SEARCH SUBJECT "Gr\xc3\xbc\xc3\x9fe"
        S: * SEARCH 1
        S: a OK SEARCH completed
        C: a SEARCH CHARSET ISO-8859-1 SUBJECT x
        S: a BAD column 18: after ENABLE UTF8=ACCEPT strings are UTF-8 <*>
        "#,
    );
}

#[test]
fn rfc_8508_one_message_in_place_of_another() {
    // §3.2, §3.3 and §4.2. Deviation: the EXPUNGE comes first and then the EXISTS, which counts what is there then.
    extended(
        &[b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n", b"Subject: 3\r\n\r\n", b"Subject: 4\r\n\r\nold\r\n"],
        r#"
        C: A003 REPLACE 4 INBOX (\Seen \Draft) {21}
        S: + go ahead
        C: Subject: 4\r\n\r\nnewer\r\n
        S: * OK [APPENDUID 1 5] the replacement is there
        S: * 4 EXPUNGE
        S: * 4 EXISTS
        S: * 4 RECENT
        S: A003 OK REPLACE completed
        C: A004 UID REPLACE 5 INBOX (\Seen \Draft) {22}
        S: + go ahead
        C: Subject: 4\r\n\r\nnewest\r\n
        S: * OK [APPENDUID 1 6] the replacement is there
        S: * 4 EXPUNGE
        S: * 4 EXISTS
        S: * 4 RECENT
        S: A004 OK UID REPLACE completed
        C: A011 UID REPLACE 6 INBOX CATENATE (TEXT {14}
        S: + go ahead
        C: To: a@x.com\r\n\r URL "/INBOX/;UID=6")
        S: * OK [APPENDUID 1 7] the replacement is there
        S: * 4 EXPUNGE
        S: * 4 EXISTS
        S: * 4 RECENT
        S: A011 OK UID REPLACE completed
        # Into another mailbox: a draft that is sent.
        C: a CREATE Sent
        S: a OK <*>
        C: b UID REPLACE 7 Sent (\Seen) {3+}\r\nabc
        S: * OK [APPENDUID 2 1] the replacement is there
        S: * 4 EXPUNGE
        S: b OK UID REPLACE completed
        # Nothing is done by halves.
        C: c REPLACE 3 nowhere {3+}\r\nabc
        S: c NO [TRYCREATE] <*>
        C: c UID REPLACE 99 Sent {3+}\r\nabc
        S: c NO there is no message of this UID <*>
        C: c REPLACE 4 Sent {3+}\r\nabc
        S: c BAD column 11: there is no message 4; expected 1 to 3, or * for the last <*>
        C: c REPLACE 1:2 Sent {3+}\r\nabc
        S: c BAD column 12: REPLACE takes one message <*>
        C: d STATUS Sent (MESSAGES)
        S: * STATUS Sent (MESSAGES 1)
        S: d OK STATUS completed
        C: d EXAMINE INBOX
        S: <**>
        S: d OK <*>
        C: d REPLACE 1 Sent {3+}\r\nabc
        S: d NO the mailbox was opened to read only; <*>
        "#,
    );
}
