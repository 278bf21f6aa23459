//! The examples of RFC 7162 in its order, with mailboxes of our own; those of §3.2.5 are in `syncing.rs` too. Modification
//! sequences count on from 1 here, and each change has one of its own.

use super::*;

/// So many messages, and two sessions that have INBOX open; the first has said that it counts changes.
fn two(messages: usize, text: &str) {
    let begin = "
        S: * OK <*>
        S2: * OK <*>
        C: a LOGIN alice secret
        S: a OK <*>
        C: a SELECT INBOX (CONDSTORE)
        S: <**>
        S: a OK <*>
        C2: b LOGIN alice secret
        S2: b OK <*>
        C2: b SELECT INBOX
        S2: <**>
        S2: b OK <*>
        ";
    let store = store_of(&vec![&b"Subject: x\r\n\r\n"[..]; messages]);
    dialogue(&Dialogue { store: &store, text: &format!("{begin}{text}"), burst: false }, usual);
}

/// The same, after ENABLE QRESYNC in the first session.
fn resyncing(messages: usize, text: &str) {
    let enable = "C: e ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: e OK <*>\n";
    two(messages, &format!("{enable}{text}"));
}

#[test]
fn opening_tells_the_newest_change_as_in_3_1_2_and_3_1_8() {
    for parameter in ["", " (CONDSTORE)"] {
        extended_on(
            &store_of(&[b"\r\n", b"\r\n"]),
            &format!(
                r"
                C: A142 SELECT INBOX{parameter}
                S: * 2 EXISTS
                S: * 2 RECENT
                S: * OK [UNSEEN 1] <*>
                S: * OK [UIDVALIDITY 1] UIDs valid
                S: * OK [UIDNEXT 3] Predicted next UID
                S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
                S: * OK [PERMANENTFLAGS (<*>)] <*>
                S: * OK [HIGHESTMODSEQ 2]<*>
                S: A142 OK [READ-WRITE] SELECT completed
                "
            ),
        );
    }
}

#[test]
fn flags_are_set_where_nothing_has_changed_as_in_3_1_3() {
    // Examples 3 to 5: a conditional STORE succeeds, by UID, by *, and as the first word about changes.
    two(
        8,
        r"
        C: a103 UID STORE 6,4,8 (UNCHANGEDSINCE 8) +FLAGS.SILENT (\Deleted)
        S: * 4 FETCH (UID 4 MODSEQ (9))
        S: * 6 FETCH (UID 6 MODSEQ (10))
        S: * 8 FETCH (UID 8 MODSEQ (11))
        S: a103 OK UID STORE completed
        C: a104 STORE * (UNCHANGEDSINCE 11) +FLAGS.SILENT (\Deleted $Processed)
        S: <**>
        S: * 8 FETCH (MODSEQ (12))
        S: a104 OK STORE completed
        C2: c101 STORE 8 (UNCHANGEDSINCE 12) -FLAGS.SILENT (\Deleted)
        S2: * OK [HIGHESTMODSEQ 12] <*>
        S2: * FLAGS <*>
        S2: * OK [PERMANENTFLAGS <*>
        S2: * 8 FETCH (MODSEQ (13))
        S2: * 4 FETCH (FLAGS (\Deleted) MODSEQ (9))
        S2: * 6 FETCH (FLAGS (\Deleted) MODSEQ (10))
        S2: * 8 FETCH (FLAGS ($Processed) MODSEQ (13))
        S2: c101 OK STORE completed
        ",
    );
}

#[test]
fn flags_are_not_set_where_something_has_changed_as_in_3_1_3() {
    // Examples 6 to 8: two of three have changed; one that changes in between; and 0, which nothing is older than.
    two(
        9,
        r"
        C2: b STORE 7 +FLAGS.SILENT (\Seen \Deleted)
        S2: b OK <*>
        C2: b STORE 9 +FLAGS.SILENT (\Answered)
        S2: b OK <*>
        C: d105 STORE 7,5,9 (UNCHANGEDSINCE 9) FLAGS.SILENT (\Flagged)
        S: * 5 FETCH (MODSEQ (12))
        S: * 7 FETCH (FLAGS (\Deleted \Seen \Recent) MODSEQ (10))
        S: * 9 FETCH (FLAGS (\Answered \Recent) MODSEQ (11))
        S: <**>
        S: d105 OK [MODIFIED 7,9] <*>
        C: a102 STORE 2 (UNCHANGEDSINCE 0) +FLAGS.SILENT ($MDNSent)
        S: <**>
        S: a102 OK [MODIFIED 2] <*>
        ",
    );
}

#[test]
fn a_client_decides_by_what_it_hears_as_in_3_1_3() {
    // Examples 9 and 10: the flag that others have set is, and is not, the one that is to be set.
    for (theirs, retried) in [("$Processed", false), (r"\Answered", true)] {
        let mut text = format!(
            r"
            C2: b STORE 2 +FLAGS.SILENT ({theirs})
            S2: <**>
            S2: b OK <*>
            C: a106 STORE 1:3 (UNCHANGEDSINCE 3) FLAGS.SILENT ($Processed)
            S: <**>
            S: * 1 FETCH (MODSEQ (5))
            S: * 2 FETCH (FLAGS (<*>) MODSEQ (4))
            S: * 3 FETCH (MODSEQ (6))
            S: <**>
            S: a106 OK [MODIFIED 2] <*>
            "
        );
        if retried {
            text += r"
            C: b107 NOOP
            S: b107 OK NOOP completed
            C: b108 STORE 2 (UNCHANGEDSINCE 4) +FLAGS.SILENT ($Processed)
            S: * 2 FETCH (MODSEQ (7))
            S: b108 OK STORE completed
            ";
        }
        two(3, &text);
    }
}

#[test]
fn other_flags_are_no_hindrance_as_in_3_1_12() {
    // The considerations for servers: who adds a flag is not bothered about another one.
    two(
        3,
        r"
        C2: b STORE 2 +FLAGS.SILENT (\Answered)
        S2: b OK <*>
        C: a106 STORE 1:3 (UNCHANGEDSINCE 3) +FLAGS.SILENT (\Deleted)
        S: * 1 FETCH (MODSEQ (5))
        S: * 2 FETCH (MODSEQ (6))
        S: * 3 FETCH (MODSEQ (7))
        S: * 2 FETCH (FLAGS (\Answered \Deleted \Recent) MODSEQ (6))
        S: a106 OK STORE completed
        ",
    );
}

#[test]
fn messages_that_are_gone_and_changed_as_in_3_1_3() {
    // Example 11. Deviation: OK, for ImapTest takes a NO for a failure; the code is the same.
    two(
        7,
        r"
        C2: b STORE 4:7 +FLAGS.SILENT (\Deleted)
        S2: b OK <*>
        C2: b EXPUNGE
        S2: * 4 EXPUNGE
        S2: * 4 EXPUNGE
        S2: * 4 EXPUNGE
        S2: * 4 EXPUNGE
        S2: b OK <*>
        C2: b STORE 2 +FLAGS.SILENT (\Deleted \Answered)
        S2: b OK <*>
        C: B001 STORE 1:7 (UNCHANGEDSINCE 7) FLAGS (\Seen)
        S: * 1 FETCH (FLAGS (\Seen \Recent) MODSEQ (17))
        S: * 2 FETCH (FLAGS (\Answered \Deleted \Recent) MODSEQ (16))
        S: * 3 FETCH (FLAGS (\Seen \Recent) MODSEQ (18))
        S: <**>
        S: B001 OK [MODIFIED 2] <*>
        C: B002 NOOP
        S: * 4 EXPUNGE
        S: * 4 EXPUNGE
        S: * 4 EXPUNGE
        S: * 4 EXPUNGE
        S: B002 OK NOOP completed
        C: b003 STORE 2 (UNCHANGEDSINCE 16) +FLAGS (\Seen)
        S: * 2 FETCH (FLAGS (\Answered \Deleted \Seen \Recent) MODSEQ (19))
        S: b003 OK STORE completed
        ",
    );
}

#[test]
fn each_session_hears_of_the_others_changes_as_in_3_1_4() {
    two(
        8,
        r"
        C: a FETCH 1:3 (MODSEQ)
        S: * 1 FETCH (MODSEQ (1))
        S: * 2 FETCH (MODSEQ (2))
        S: * 3 FETCH (MODSEQ (3))
        S: a OK FETCH completed
        C: A160 STORE 7 +FLAGS.SILENT (\Deleted)
        S: * 7 FETCH (MODSEQ (9))
        S: A160 OK STORE completed
        C2: C180 NOOP
        S2: * 7 FETCH (FLAGS (\Deleted))
        S2: C180 OK NOOP completed
        C: A240 STORE 7 +FLAGS.SILENT (\Seen)
        S: * 7 FETCH (MODSEQ (10))
        S: A240 OK STORE completed
        C2: C270 ENABLE CONDSTORE
        S2: * OK [HIGHESTMODSEQ 10] <*>
        S2: * ENABLED CONDSTORE
        S2: * 7 FETCH (FLAGS (\Deleted \Seen) MODSEQ (10))
        S2: C270 OK ENABLE completed
        C: A330 STORE 7 -FLAGS.SILENT (\Deleted \Seen)
        S: * 7 FETCH (MODSEQ (11))
        S: A330 OK STORE completed
        C2: C360 NOOP
        S2: * 7 FETCH (FLAGS () MODSEQ (11))
        S2: C360 OK NOOP completed
        C2: D300 NOOP
        S2: D300 OK NOOP completed
        C: s100 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 7)
        S: * 7 FETCH (FLAGS (\Recent) MODSEQ (11) UID 7)
        S: * 8 FETCH (FLAGS (\Recent) MODSEQ (8) UID 8)
        S: s100 OK UID FETCH completed
        ",
    );
}

#[test]
fn searches_know_of_changes_as_in_3_1_5_to_3_1_10_and_rfc_4731_3_2() {
    two(
        5,
        r#"
        C: s STORE 2,5 +FLAGS.SILENT (\Draft)
        S: <**>
        S: s OK <*>
        C: a SEARCH MODSEQ "/flags/\\draft" all 6
        S: * SEARCH 2 5 (MODSEQ 7)
        S: a OK SEARCH completed
        C: t SEARCH OR NOT MODSEQ 1 LARGER 50000
        S: * SEARCH
        S: t OK SEARCH completed
        C: A042 STATUS INBOX (UIDNEXT MESSAGES HIGHESTMODSEQ)
        S: * STATUS INBOX (UIDNEXT 6 MESSAGES 5 HIGHESTMODSEQ 7)
        S: A042 OK STATUS completed
        C: a SEARCH RETURN (ALL) MODSEQ 4
        S: * ESEARCH (TAG "a") ALL 2,4:5 MODSEQ 7
        S: a OK SEARCH completed
        C: a SORT RETURN (ALL) (REVERSE ARRIVAL) UTF-8 MODSEQ 4
        S: * ESEARCH (TAG "a") ALL 2,4:5 MODSEQ 7
        S: a OK SORT completed
        C: a1 SEARCH RETURN (MIN) MODSEQ "/flags/\\draft" all 4
        S: * ESEARCH (TAG "a1") MIN 2 MODSEQ 6
        S: a1 OK SEARCH completed
        C: a2 SEARCH RETURN (MAX) MODSEQ "/flags/\\draft" all 4
        S: * ESEARCH (TAG "a2") MAX 5 MODSEQ 7
        S: a2 OK SEARCH completed
        C: a3 SEARCH RETURN (MIN MAX) MODSEQ "/flags/\\draft" all 4
        S: * ESEARCH (TAG "a3") MIN 2 MAX 5 MODSEQ 7
        S: a3 OK SEARCH completed
        C: a4 SEARCH RETURN (MIN COUNT) MODSEQ "/flags/\\draft" all 4
        S: * ESEARCH (TAG "a4") MIN 2 COUNT 3 MODSEQ 7
        S: a4 OK SEARCH completed
        "#,
    );
}

#[test]
fn what_vanished_is_told_by_uid_as_in_3_2_6_to_3_2_10() {
    resyncing(
        8,
        r"
        C: s STORE 1,3 +FLAGS.SILENT (\Deleted)
        S: <**>
        S: s OK <*>
        C: B202 EXPUNGE
        S: * VANISHED 1,3
        S: B202 OK [HIGHESTMODSEQ 12] EXPUNGE completed
        C: s UID STORE 4:6 +FLAGS.SILENT (\Deleted)
        S: <**>
        S: s OK <*>
        C: U UID EXPUNGE 5:9
        S: * VANISHED 5:6
        S: U OK [HIGHESTMODSEQ 17] UID EXPUNGE completed
        C: s100 UID FETCH 1:6 (FLAGS) (CHANGEDSINCE 8)
        S: * 2 FETCH (FLAGS (\Deleted \Recent) MODSEQ (13) UID 4)
        S: s100 OK UID FETCH completed
        C: s101 UID SEARCH UID 1:6
        S: * SEARCH 2 4
        S: s101 OK UID SEARCH completed
        C: s100 UID FETCH 1:6 (FLAGS) (CHANGEDSINCE 8 VANISHED)
        S: * VANISHED (EARLIER) 1,3,5:6
        S: * 2 FETCH (FLAGS (\Deleted \Recent) MODSEQ (13) UID 4)
        S: s100 OK UID FETCH completed
        C2: A202 NOOP
        S2: * 1 EXPUNGE
        S2: * 2 EXPUNGE
        S2: * 3 EXPUNGE
        S2: * 3 EXPUNGE
        S2: * 2 FETCH (FLAGS (\Deleted))
        S2: A202 OK NOOP completed
        C: C CLOSE
        S: C OK CLOSE completed
        ",
    );
}

#[test]
fn an_expunge_that_waits_keeps_the_number_low_as_in_section_6() {
    resyncing(
        9,
        r"
        C2: b STORE 8 +FLAGS.SILENT (\Deleted)
        S2: b OK <*>
        C2: b EXPUNGE
        S2: * 8 EXPUNGE
        S2: b OK <*>
        C: A150 STORE 1:2 (UNCHANGEDSINCE 9) +FLAGS.SILENT (\Seen)
        S: * 1 FETCH (UID 1 MODSEQ (12))
        S: * 2 FETCH (UID 2 MODSEQ (13))
        S: * OK [HIGHESTMODSEQ 9] <*>
        S: A150 OK STORE completed
        C: A151 STORE 3 +FLAGS.SILENT (\Seen)
        S: * 3 FETCH (UID 3 MODSEQ (14))
        S: * OK [HIGHESTMODSEQ 9] <*>
        S: A151 OK STORE completed
        C: A152 NOOP
        S: * VANISHED 8
        S: A152 OK NOOP completed
        ",
    );
}

#[test]
fn a_visit_catches_up_as_in_3_2_5_and_section_6() {
    // A UIDVALIDITY that has changed; then the numbers of the last visit; then with pairs of numbers and UIDs.
    for (parameter, heard) in [
        ("(67890007 20050715194045000 1:4)", ""),
        ("(1 6 1:198)", "S: * VANISHED (EARLIER) 2,4\nS: * 3 FETCH (FLAGS (\\Seen<*>) UID 5 MODSEQ (7))"),
        ("(1 6 1:5 (1,3 1,5))", "S: * 3 FETCH (FLAGS (\\Seen<*>) UID 5 MODSEQ (7))"),
    ] {
        let text = format!(
            r"
            C2: b STORE 5 +FLAGS.SILENT (\Seen)
            S2: b OK <*>
            C2: b STORE 2,4 +FLAGS.SILENT (\Deleted)
            S2: b OK <*>
            C2: b EXPUNGE
            S2: * 2 EXPUNGE
            S2: * 3 EXPUNGE
            S2: b OK <*>
            C: A03 SELECT INBOX (QRESYNC {parameter})
            S: * OK [CLOSED] <*>
            S: * 4 EXISTS
            S: <**>
            S: * OK [UIDVALIDITY 1] <*>
            S: <**>
            S: * OK [HIGHESTMODSEQ 11] <*>
            {heard}
            S: A03 OK [READ-WRITE] SELECT completed
            "
        );
        resyncing(6, &text);
    }
}
