//! Examples of the extensions' own RFCs, with a mailbox of our own; those that are not here are in `extensions.rs`,
//! `syncing.rs` and `sorting.rs`.

use super::*;
use crate::mail::store::{FlagChange, Uid};

fn three() -> Store {
    store_of(&[
        b"Subject: one\r\nFrom: a@example.org\r\n\r\nhello\r\n",
        b"Subject: two\r\nFrom: boss@example.org\r\n\r\nhello again\r\n",
        b"Subject: three\r\n\r\nbye\r\n",
    ])
}

#[test]
fn rfc_7888_literals_go_without_leave() {
    // §4: the same LOGIN with and without waiting. §4 too: a server that has no room says so before or behind.
    dialogue(
        &Dialogue {
            store: &store_of(&[]),
            text: r"
            S: * OK <*>
            C: A001 LOGIN {5+}\r\nalice {6+}\r\nsecret
            S: A001 OK LOGIN completed
            C: A002 APPEND INBOX {52428801}
            S: A002 NO [TOOBIG] <*>
            ",
            burst: false,
        },
        usual,
    );
}

#[test]
fn rfc_4959_the_first_response_goes_along() {
    // §6: PLAIN with its response; and the empty first response, which is "=".
    dialogue(
        &Dialogue {
            store: &store_of(&[]),
            text: r"
            S: * OK <*>
            C: C01 CAPABILITY
            S: * CAPABILITY IMAP4rev1 <*> SASL-IR <*>
            S: C01 OK CAPABILITY completed
            C: A00 AUTHENTICATE PLAIN =
            S: A00 <*>
            C: A01 AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==
            S: A01 OK AUTHENTICATE PLAIN completed
            ",
            burst: false,
        },
        usual,
    );
}

#[test]
fn rfc_2971_and_5161_and_2342_and_3691() {
    // RFC 2971 §3.1; RFC 5161 §3.1: what nobody knows is passed over; RFC 2342 §5.1; RFC 3691 §2.
    extended(
        &[b"\r\n"],
        r#"
        C: a023 ID ("name" "sodr" "version" "19.34" "vendor" "Pink Floyd Music Limited")
        S: * ID ("name" "maillab" <*>)
        S: a023 OK ID completed
        C: a042 ID NIL
        S: * ID <*>
        S: a042 OK ID completed
        C: t1 ENABLE CONDSTORE X-GOOD-IDEA
        S: * OK [HIGHESTMODSEQ 1] <*>
        S: * ENABLED CONDSTORE
        S: t1 OK ENABLE completed
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: A001 OK NAMESPACE completed
        C: A202 STORE 1 +FLAGS.SILENT (\Deleted)
        S: * 1 FETCH (MODSEQ (2))
        S: A202 OK STORE completed
        C: A342 UNSELECT
        S: A342 OK UNSELECT completed
        C: A343 STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 1)
        S: A343 OK STATUS completed
        "#,
    );
}

#[test]
fn rfc_4315_uids_are_told_and_only_named_ones_expunged() {
    // §2.1 and §3.
    let mut store = three();
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    store.change_flags(inbox, Uid(1), FlagChange::Add, Flags::DELETED);
    store.change_flags(inbox, Uid(2), FlagChange::Add, Flags::DELETED);
    extended_on(
        &store,
        r"
        C: a CREATE meeting
        S: a OK <*>
        C: b SELECT INBOX
        S: <**>
        S: b OK <*>
        C: A202 UID EXPUNGE 2:9
        S: * 2 EXPUNGE
        S: A202 OK UID EXPUNGE completed
        C: A003 APPEND meeting (\Seen) {3}
        S: + go ahead
        C: abc
        S: A003 OK [APPENDUID 2 1] APPEND completed
        C: A004 COPY 1:2 meeting
        S: A004 OK [COPYUID 2 1,3 2:3] COPY completed
        C: A005 UID COPY 305:310 meeting
        S: A005 OK UID COPY completed
        C: A006 COPY 1 funny
        S: A006 NO [TRYCREATE] <*>
        ",
    );
}

#[test]
fn rfc_2177_idle_and_a_message_comes() {
    dialogue(
        &Dialogue {
            store: &three(),
            text: r"
            S: * OK <*>
            C: A000 LOGIN alice secret
            S: A000 OK <*>
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
            S: * 4 RECENT
            C: DONE
            S: A002 OK IDLE completed
            C: A003 FETCH 4 ALL
            S: * 4 FETCH (FLAGS (\Recent) INTERNALDATE <*>)
            S: A003 OK FETCH completed
            C: A004 IDLE
            S: + idling
            C2: b NOOP
            S2: b OK <*>
            C: DONE
            S: A004 OK IDLE completed
            ",
            burst: false,
        },
        usual,
    );
}

#[test]
fn rfc_4731_and_5182_results_are_shown_as_asked_and_kept() {
    // RFC 4731 §3.1; RFC 5182 §2.4.
    let mut store = three();
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    store.change_flags(inbox, Uid(2), FlagChange::Add, Flags::FLAGGED);
    extended_on(
        &store,
        r#"
        C: b SELECT INBOX
        S: <**>
        S: b OK <*>
        C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 1
        S: A282 OK SEARCH completed
        C: A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A283") ALL 2
        S: A283 OK SEARCH completed
        C: A284 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * SEARCH 2
        S: A284 OK SEARCH completed
        C: A285 UID SEARCH RETURN (MIN MAX) SMALLER 1000
        S: * ESEARCH (TAG "A285") UID MIN 1 MAX 3
        S: A285 OK UID SEARCH completed
        C: A282 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: A282 OK SEARCH completed
        C: A283 FETCH $ (UID FLAGS)
        S: * 2 FETCH (UID 2 FLAGS (\Flagged \Recent))
        S: A283 OK FETCH completed
        C: A300 SEARCH RETURN (SAVE) FROM "nobody"
        S: A300 OK SEARCH completed
        C: A301 FETCH $ (UID)
        S: A301 OK FETCH completed
        C: B282 SEARCH RETURN (SAVE) FROM "boss"
        S: B282 OK SEARCH completed
        C: B283 SEARCH RETURN (ALL) 1:3 NOT $
        S: * ESEARCH (TAG "B283") ALL 1,3
        S: B283 OK SEARCH completed
        C: E282 SEARCH RETURN (SAVE MIN MAX) ALL
        S: * ESEARCH (TAG "E282") MIN 1 MAX 3
        S: E282 OK SEARCH completed
        C: E283 FETCH $ UID
        S: * 1 FETCH (UID 1)
        S: * 3 FETCH (UID 3)
        S: E283 OK FETCH completed
        "#,
    );
}

#[test]
fn rfc_6851_move_tells_before_it_takes_away() {
    // §4.3 and §3.3.
    extended_on(
        &three(),
        r"
        C: a CREATE foo
        S: a OK <*>
        C: a SELECT INBOX
        S: <**>
        S: a OK <*>
        C: b UID MOVE 1:2 foo
        S: * OK [COPYUID 2 1:2 1:2] moved
        S: * 1 EXPUNGE
        S: * 1 EXPUNGE
        S: b OK UID MOVE completed
        C: c MOVE 1 nowhere
        S: c NO [TRYCREATE] <*>
        C: d STATUS foo (MESSAGES)
        S: * STATUS foo (MESSAGES 2)
        S: d OK STATUS completed
        ",
    );
}

#[test]
fn rfc_3502_several_messages_or_none() {
    // §6.3.11 there.
    extended_on(
        &store_of(&[]),
        r"
        C: a CREATE saved-messages
        S: a OK <*>
        C: A003 APPEND saved-messages (\Seen) {5}
        S: + go ahead
        C: first (\Seen) {6}
        S: + go ahead
        C: second
        S: A003 OK [APPENDUID 2 1:2] APPEND completed
        C: A004 APPEND saved-messages (\Seen) {5+}\r\nthird nonsense
        S: A004 BAD <*>
        C: A005 STATUS saved-messages (MESSAGES)
        S: * STATUS saved-messages (MESSAGES 2)
        S: A005 OK STATUS completed
        ",
    );
}

#[test]
fn rfc_5819_and_8438_counts_come_with_the_list() {
    // RFC 5819 §2: names that cannot be opened have no STATUS. RFC 8438 §3.
    extended_on(
        &three(),
        r#"
        C: a CREATE foo/bar
        S: a OK <*>
        C: A01 LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 3 UNSEEN 3)
        S: * LIST (\NonExistent \HasChildren) "/" foo
        S: A01 OK LIST completed
        C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (STATUS (MESSAGES))
        S: A02 OK LIST completed
        C: A03 STATUS INBOX (MESSAGES SIZE)
        S: * STATUS INBOX (MESSAGES 3 SIZE <*>)
        S: A03 OK STATUS completed
        "#,
    );
}

#[test]
fn rfc_7162_a_flag_is_set_only_where_nobody_was_faster() {
    // §3.1.3, examples 3 to 8 in one mailbox: since what was heard, somebody has changed message 2.
    dialogue(
        &Dialogue {
            store: &three(),
            text: r"
            S: * OK <*>
            S2: * OK <*>
            C: a LOGIN alice secret
            S: a OK <*>
            C: a SELECT INBOX (CONDSTORE)
            S: <**>
            S: * OK [HIGHESTMODSEQ 3] <*>
            S: a OK <*>
            C2: b LOGIN alice secret
            S2: b OK <*>
            C2: b SELECT INBOX
            S2: <**>
            S2: b OK <*>
            C2: b STORE 2 +FLAGS.SILENT (\Flagged)
            S2: b OK <*>
            C: a103 UID STORE 1,2,3 (UNCHANGEDSINCE 3) FLAGS.SILENT (\Deleted)
            S: * 1 FETCH (UID 1 MODSEQ (5))
            S: * 2 FETCH (FLAGS (\Flagged \Recent) UID 2 MODSEQ (4))
            S: * 3 FETCH (UID 3 MODSEQ (6))
            S: <**>
            S: a103 OK [MODIFIED 2] <*>
            C: a104 STORE 2 (UNCHANGEDSINCE 4) +FLAGS (\Seen)
            S: * 2 FETCH (FLAGS (\Flagged \Seen \Recent) MODSEQ (7))
            S: a104 OK STORE completed
            C: s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5)
            S: * 2 FETCH (FLAGS (\Flagged \Seen \Recent) MODSEQ (7) UID 2)
            S: * 3 FETCH (FLAGS (\Deleted \Recent) MODSEQ (6) UID 3)
            S: s100 OK UID FETCH completed
            C: s101 SEARCH MODSEQ 6
            S: * SEARCH 2 3 (MODSEQ 7)
            S: s101 OK SEARCH completed
            C: s102 SEARCH MODSEQ 620162338
            S: * SEARCH
            S: s102 OK SEARCH completed
            ",
            burst: false,
        },
        usual,
    );
}
