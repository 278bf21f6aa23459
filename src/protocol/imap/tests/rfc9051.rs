//! Examples of RFC 9051 §6 that differ from those of RFC 3501, and those of LIST (RFC 5258 §5), each with a mailbox of our
//! own. Names are listed in their order here.

use super::*;
use crate::protocol::imap::Dialect;

pub(super) fn rev2(messages: &[&[u8]], text: &str) {
    let session = || {
        Imap::new(ImapSettings { dialect: Dialect::Rev2, mechanisms: Vec::new(), ..ImapSettings::default() })
    };
    let text = &format!("S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\n{text}");
    dialogue(&Dialogue { store: &store_of(messages), text, burst: false }, session);
}

#[test]
fn a_mailbox_is_opened_and_left_as_in_6_3_2_and_6_3_3() {
    rev2(
        &[b"\r\n"],
        r#"
        C: a CREATE Drafts
        S: a OK <*>
        C: A142 SELECT INBOX
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 1] <*>
        S: * OK [UIDNEXT 2] <*>
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (<*>\*)] <*>
        S: * OK [HIGHESTMODSEQ 1] <*>
        S: * LIST () "/" INBOX
        S: A142 OK [READ-WRITE] SELECT completed
        C: A143 EXAMINE Drafts
        S: * OK [CLOSED] <*>
        S: * 0 EXISTS
        S: <**>
        S: * OK [PERMANENTFLAGS ()] <*>
        S: * OK [HIGHESTMODSEQ 1] <*>
        S: * LIST () "/" Drafts
        S: A143 OK [READ-ONLY] EXAMINE completed
        "#,
    );
}

#[test]
fn news_comes_with_uids_and_without_recent_as_in_6_1_2() {
    rev2(
        &[b"\r\n", b"\r\n"],
        r"
        S2: * OK <*>
        C2: a LOGIN alice secret
        S2: a OK <*>
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C2: a SELECT INBOX
        S2: <**>
        S2: a OK <*>
        C2: b STORE 1 +FLAGS.SILENT (\Deleted)
        S2: b OK <*>
        C2: b EXPUNGE
        S2: * 1 EXPUNGE
        S2: b OK <*>
        C2: b STORE 1 +FLAGS.SILENT (\Seen)
        S2: b OK <*>
        C2: b APPEND INBOX {3+}\r\nabc
        S2: * 2 EXISTS
        S2: b OK [APPENDUID 1 3] <*>
        C: a047 NOOP
        S: * 1 EXPUNGE
        S: * 2 EXISTS
        S: * 1 FETCH (FLAGS (\Seen) UID 2)
        S: a047 OK NOOP completed
        ",
    );
}

#[test]
fn searches_answer_by_esearch_as_in_6_4_4() {
    rev2(
        &[b"Subject: one\r\n\r\nx\r\n", b"Subject: two\r\n\r\nx\r\n", b"Subject: three\r\n\r\nx\r\n"],
        r#"
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C: a STORE 2 +FLAGS.SILENT (\Flagged)
        S: a OK <*>
        C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 1
        S: A282 OK SEARCH completed
        C: A283 SEARCH RETURN () UNFLAGGED
        S: * ESEARCH (TAG "A283") ALL 1,3
        S: A283 OK SEARCH completed
        C: A284 SEARCH TEXT "string not in mailbox"
        S: * ESEARCH (TAG "A284")<*>
        S: A284 OK SEARCH completed
        C: A285 SEARCH CHARSET UTF-8 SUBJECT {3+}\r\ntwo
        S: * ESEARCH (TAG "A285") ALL 2
        S: A285 OK SEARCH completed
        C: A286 UID SEARCH RETURN (SAVE COUNT) SUBJECT t
        S: * ESEARCH (TAG "A286") UID COUNT 2
        S: A286 OK UID SEARCH completed
        C: A287 UID FETCH $ (FLAGS)
        S: * 2 FETCH (FLAGS (\Flagged) UID 2)
        S: * 3 FETCH (FLAGS () UID 3)
        S: A287 OK UID FETCH completed
        "#,
    );
}

#[test]
fn messages_are_appended_copied_moved_and_left_as_in_6_3_12_and_6_4() {
    rev2(
        &[b"\r\n", b"\r\n", b"\r\n"],
        r#"
        C: a CREATE saved-messages
        S: a OK <*>
        C: A003 APPEND saved-messages (\Seen) {5}
        S: + go ahead
        C: hello
        S: A003 OK [APPENDUID 2 1] APPEND completed
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C: A004 COPY 2:3 saved-messages
        S: A004 OK [COPYUID 2 2:3 2:3] COPY completed
        C: A005 MOVE 1 saved-messages
        S: * OK [COPYUID 2 1 4] moved
        S: * 1 EXPUNGE
        S: A005 OK MOVE completed
        C: A042 STATUS saved-messages (UIDNEXT MESSAGES SIZE DELETED)
        S: * STATUS saved-messages (UIDNEXT 5 MESSAGES 4 SIZE 11 DELETED 0)
        S: A042 OK STATUS completed
        C: A341 UNSELECT
        S: A341 OK UNSELECT completed
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: A001 OK NAMESPACE completed
        "#,
    );
}

#[test]
fn names_are_listed_with_choices_as_in_6_3_9_8() {
    // The fruit and the vegetables: first the example's tree, then each of its questions that has an answer on one server.
    let mut text = String::new();
    for name in [
        "Fruit",
        "Fruit/Apple",
        "Fruit/Banana",
        "Fruit/Peach",
        "Tofu",
        "Vegetable",
        "Vegetable/Broccoli",
        "Vegetable/Corn",
    ] {
        text += &format!("C: c CREATE {name}\nS: c OK <*>\n");
    }
    for name in ["INBOX", "Fruit/Banana", "Fruit/Peach", "Vegetable", "Vegetable/Broccoli"] {
        text += &format!("C: s SUBSCRIBE {name}\nS: s OK <*>\n");
    }
    text += r#"
        C: d DELETE Fruit/Peach
        S: d OK <*>
        C: A02 LIST (SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" Fruit/Banana
        S: * LIST (\NonExistent \HasNoChildren \Subscribed) "/" Fruit/Peach
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasChildren \Subscribed) "/" Vegetable
        S: * LIST (\HasNoChildren \Subscribed) "/" Vegetable/Broccoli
        S: A02 OK LIST completed
        C: A03 LIST () "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren) "/" Vegetable
        S: A03 OK LIST completed
        C: A06 LIST (REMOTE) "" "Fruit/*" RETURN (SUBSCRIBED)
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren \Subscribed) "/" Fruit/Banana
        S: A06 OK LIST completed
        C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: * LIST (\HasChildren) "/" Fruit ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasChildren \Subscribed) "/" Vegetable ("CHILDINFO" ("SUBSCRIBED"))
        S: C04 OK LIST completed
        "#;
    extended_on(&store_of(&[]), &text);
}

#[test]
fn a_name_is_listed_for_what_is_below_it_as_in_6_3_9_8() {
    let mut text = String::new();
    for name in [
        "foo2",
        "foo2/bar1",
        "foo2/bar2",
        "baz2",
        "baz2/bar2",
        "baz2/bar22",
        "baz2/bar222",
        "eps2",
        "eps2/mamba",
        "qux2/bar2",
    ] {
        text += &format!("C: c CREATE {name}\nS: c OK <*>\n");
    }
    for name in [
        "foo2/bar1",
        "foo2/bar2",
        "baz2/bar2",
        "baz2/bar22",
        "baz2/bar222",
        "eps2",
        "eps2/mamba",
        "qux2/bar2",
    ] {
        text += &format!("C: s SUBSCRIBE {name}\nS: s OK <*>\n");
    }
    // The parents baz2 and qux2 need no line: all that is below them and fits is listed itself.
    text += r#"
        C: D03 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*2"
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar22
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar222
        S: * LIST (\HasChildren \Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasChildren) "/" foo2 ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" qux2/bar2
        S: D03 OK LIST completed
        C: a1 LIST "" ("foo2")
        S: * LIST (\HasChildren) "/" foo2
        S: a1 OK LIST completed
        C: a3 LIST (SUBSCRIBED RECURSIVEMATCH) "" qux2
        S: * LIST (\NonExistent \HasChildren) "/" qux2 ("CHILDINFO" ("SUBSCRIBED"))
        S: a3 OK LIST completed
        C: b1 LIST (RECURSIVEMATCH) "" *
        S: b1 BAD <*>
        "#;
    extended_on(&store_of(&[]), &text);
}
