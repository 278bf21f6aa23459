//! The examples of RFC 5267 (ESORT and contexts), with a mailbox of our own.

use super::*;

/// Nine messages, of which the higher numbers are the older ones.
fn nine(text: &str) {
    let messages: Vec<Vec<u8>> = (1..=9)
        .map(|number| {
            format!("Subject: s{}\r\nDate: {} Mar 1998 12:00:00 +0000\r\n\r\nx\r\n", number % 3, 20 - number)
                .into_bytes()
        })
        .collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    extended(&messages, text);
}

#[test]
fn sorted_results_are_shown_as_asked_as_in_rfc_5267_3_3() {
    nine(
        r#"
        C: c STORE 4 +FLAGS.SILENT (\Deleted)
        S: c OK <*>
        C: E01 UID SORT RETURN () (DATE) UTF-8 UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "E01") UID ALL 9,8,7,6,5,3,2,1
        S: E01 OK UID SORT completed
        "#,
    );
}

#[test]
fn results_come_by_pieces_as_in_rfc_5267_4_2_and_4_4() {
    nine(
        r#"
        C: A01 SEARCH RETURN (CONTEXT COUNT) UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "A01") COUNT 9
        S: A01 OK SEARCH completed
        C: A02 UID SEARCH RETURN (PARTIAL 8:12) UNDELETED
        S: * ESEARCH (TAG "A02") UID PARTIAL (8:12 8:9)
        S: A02 OK UID SEARCH completed
        C: A03 UID SEARCH RETURN (PARTIAL 1:3) UNDELETED
        S: * ESEARCH (TAG "A03") UID PARTIAL (1:3 1:3)
        S: A03 OK UID SEARCH completed
        C: A04 UID SEARCH RETURN (PARTIAL 24000:24500) UNDELETED
        S: * ESEARCH (TAG "A04") UID PARTIAL (24000:24500 NIL)
        S: A04 OK UID SEARCH completed
        C: A05 SORT RETURN (PARTIAL 3:2 COUNT) (DATE) UTF-8 ALL
        S: * ESEARCH (TAG "A05") PARTIAL (2:3 8,7) COUNT 9
        S: A05 OK SORT completed
        C: A06 SEARCH RETURN (ALL PARTIAL 1:3) ALL
        S: A06 BAD column 20: ALL and PARTIAL do not go together <*>
        C: A07 SEARCH RETURN (PARTIAL 1) ALL
        S: A07 BAD column 29: expected ":" and the last result, found ")" <*>
        C: A08 SEARCH RETURN (PARTIAL 1:4294967295) ALL
        S: * ESEARCH (TAG "A08") PARTIAL (1:4294967295 1:9)
        S: A08 OK SEARCH completed
        "#,
    );
}

#[test]
fn changes_of_a_result_are_told_as_in_rfc_5267_4_3() {
    dialogue(
        &Dialogue {
            store: &store_of(&[&b"Subject: x\r\n\r\n"[..]; 5]),
            text: r#"
            S: * OK <*>
            S2: * OK <*>
            C: a LOGIN alice secret
            S: a OK <*>
            C: a SELECT INBOX
            S: <**>
            S: a OK <*>
            C2: a LOGIN alice secret
            S2: a OK <*>
            C2: a SELECT INBOX
            S2: <**>
            S2: a OK <*>
            C: B01 UID SEARCH RETURN (UPDATE COUNT) DELETED
            S: * ESEARCH (TAG "B01") UID COUNT 0
            S: B01 OK UID SEARCH completed
            C: C01 SEARCH RETURN (UPDATE ALL) 1:4 UNSEEN
            S: * ESEARCH (TAG "C01") ALL 1:4
            S: C01 OK SEARCH completed
            # The tag is in use.
            C: B01 SEARCH RETURN (UPDATE) FLAGGED
            S: B01 BAD column 1: this tag is that of a SEARCH <*>
            # What others do is told behind the cause of it.
            C2: b STORE 3:4 +FLAGS.SILENT (\Deleted \Seen)
            S2: b OK <*>
            C: n NOOP
            S: * 3 FETCH (FLAGS (\Deleted \Seen \Recent))
            S: * 4 FETCH (FLAGS (\Deleted \Seen \Recent))
            S: * ESEARCH (TAG "B01") UID ADDTO (0 3:4)
            S: * ESEARCH (TAG "C01") REMOVEFROM (0 3:4)
            S: n OK NOOP completed
            # And so is what the client does itself.
            C: o STORE 4 -FLAGS.SILENT (\Deleted \Seen)
            S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 4)
            S: * ESEARCH (TAG "C01") ADDTO (0 4)
            S: o OK STORE completed
            # Before EXPUNGE the numbers still hold; 1:4 meant the messages that had these numbers when it was asked.
            C2: c EXPUNGE
            S2: * 3 EXPUNGE
            S2: * 3 FETCH (FLAGS ())
            S2: c OK EXPUNGE completed
            C2: c STORE 1 +FLAGS.SILENT (\Deleted)
            S2: c OK <*>
            C2: c EXPUNGE
            S2: * 1 EXPUNGE
            S2: c OK EXPUNGE completed
            C: B03 NOOP
            S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 3)
            S: * ESEARCH (TAG "C01") REMOVEFROM (0 1)
            S: * 1 EXPUNGE
            S: * 2 EXPUNGE
            S: B03 OK NOOP completed
            # New mail, while the client idles.
            C: i IDLE
            S: + idling
            C2: d APPEND INBOX (\Deleted) {3+}\r\nabc
            S2: * 4 EXISTS
            S2: * 1 RECENT
            S2: d OK <*>
            S: * 4 EXISTS
            S: * 3 RECENT
            S: * ESEARCH (TAG "B01") UID ADDTO (0 6)
            C: DONE
            S: i OK IDLE completed
            C: B04 CANCELUPDATE "B01"
            S: B04 OK CANCELUPDATE completed
            C: B05 CANCELUPDATE "B01"
            S: B05 NO <*>
            C: e STORE 4 -FLAGS.SILENT (\Deleted)
            S: e OK STORE completed
            C: f CLOSE
            S: f OK CLOSE completed
            "#,
            burst: false,
        },
        usual,
    );
}

#[test]
fn some_results_are_not_kept_in_step_as_in_rfc_5267_4_3_1() {
    nine(
        r#"
        C: B02 UID SORT RETURN (UPDATE COUNT) (DATE) UTF-8 ALL
        S: * ESEARCH (TAG "B02") UID COUNT 9
        S: * NO [NOUPDATE "B02"] <*>
        S: B02 OK UID SORT completed
        C: 1 SEARCH RETURN (UPDATE) ALL
        S: * ESEARCH (TAG "1")
        S: 1 OK SEARCH completed
        C: 2 SEARCH RETURN (UPDATE) ALL
        S: <**>
        S: 2 OK SEARCH completed
        C: 3 SEARCH RETURN (UPDATE) ALL
        S: <**>
        S: 3 OK SEARCH completed
        C: 4 SEARCH RETURN (UPDATE) ALL
        S: <**>
        S: 4 OK SEARCH completed
        C: 5 SEARCH RETURN (UPDATE COUNT) ALL
        S: * NO [NOUPDATE "5"] <*>
        S: * ESEARCH (TAG "5") COUNT 9
        S: 5 OK SEARCH completed
        "#,
    );
}
