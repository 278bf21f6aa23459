//! Whole sessions.

use super::*;
use crate::session::{Output, Session};
use crate::time::Instant;

/// Two workstations of one user, as RFC 1056 §5 and §6 have them work.
#[test]
fn what_one_workstation_does_the_other_hears_of() {
    check(
        r"
        S: 200 Pcmail repository version 3.0.0 ready
        C: LOGIN fred fred-password office 1 0
        S: 200 Command OK
        C: CREATE-CLIENT home
        S: 200 Command OK
        C: CREATE-MAILBOX Archive
        S: 200 Command OK
        C: SEND-MESSAGE
        S: 350 <*>
        C: To: fred
        C: From: fred
        C: Date: Tue, 19 Jan 88 11:10:03 EST
        C: Subject: .profile
        C:
        C: ..period line
        C: .
        S: 200 Command OK
        C: send-message
        S: 350 <*>
        C: To: fred
        C: Subject: lunch
        C:
        C: now?
        C: .
        S: 200 Command OK
        C: LIST-MAILBOXES
        S: 230 Mbox list <name> <high-UID> <#msgs> <#new> follows:
        S: fred 3 2 2
        S: Archive 1 0 0
        S: .
        C: FETCH-CHANGED-DESCRIPTORS fred 1
        S: 250 Descriptor list follows:
        S: descriptor
        S: 1 0000000000000000 92 6
        S: fred
        S: fred
        S: Tue, 19 Jan 88 11:10:03 EST
        S: ..profile
        S: .
        C: RESET-DESCRIPTORS fred 1 1
        S: 200 Command OK
        C: RESET-DESCRIPTORS fred 2 2
        S: 200 Command OK
        C: FETCH-CHANGED-DESCRIPTORS fred 10
        S: 250 Descriptor list follows:
        S: .
        C: LOGOUT
        S: 200 Command OK
        S. close
        S2: 200 Pcmail repository version 3.0.0 ready
        C2: LOGIN fred fred-password HOME 0 1
        S2: 200 Command OK
        C2: FETCH-CHANGED-DESCRIPTORS FRED 10
        S2: 250 Descriptor list follows:
        S2: <**>
        S2: lunch
        S2: .
        C2: RESET-DESCRIPTORS fred 1 2
        S2: 200 Command OK
        C2: COPY-MESSAGE fred archive 1
        S2: 250 Descriptor list follows:
        S2: descriptor
        S2: 1 0000000000000000 92 6
        S2: fred
        S2: fred
        S2: Tue, 19 Jan 88 11:10:03 EST
        S2: ..profile
        S2: .
        C2: SET-MESSAGE-FLAG fred 2 0 1
        S2: 200 Command OK
        C2: EXPUNGE-MAILBOX fred
        S2: 200 Command OK
        C2: LOGOUT
        S2: 200 Command OK
        S2. close
        S3: 200 Pcmail repository version 3.0.0 ready
        C3: LOGIN fred fred-password office 0 0
        S3: 200 Command OK
        C3: FETCH-CHANGED-DESCRIPTORS fred 10
        S3: 250 Descriptor list follows:
        S3: descriptor
        S3: 1 0000000100000000 92 6
        S3: fred
        S3: fred
        S3: Tue, 19 Jan 88 11:10:03 EST
        S3: ..profile
        S3: expunged
        S3: 2
        S3: .
        C3: FETCH-MESSAGE fred 2
        S3: 451 message 2 not found
        ",
    );
}

#[test]
fn a_text_comes_back_as_it_was_sent() {
    office(
        r"
        C: SEND-MESSAGE
        S: 350 <*>
        C: To: fred
        C: From: joe (Joe, of Accounts) <joe@bar.edu>
        C: Date: today
        C: Subject: dots and
        C:  folds
        C:
        C: ..
        C: end
        C: .
        S: 200 Command OK
        C: FETCH-MESSAGE fred 4
        S: 251 <*>
        S: To: fred
        S: From: joe (Joe, of Accounts) <joe@bar.edu>
        S: Date: today
        S: Subject: dots and
        S:  folds
        S:
        S: ..
        S: end
        S: .
        C: FETCH-DESCRIPTORS fred 4 900
        S: 250 <*>
        S: descriptor
        S: 4 0000000000000000 <*> 8
        S: joe (Joe, of Accounts) <joe@bar.edu>
        S: fred
        S: today
        S: dots and folds
        S: .
        ",
    );
}

#[test]
fn mail_for_nobody_comes_back() {
    let lab = office(
        r"
        C: SEND-MESSAGE
        S: 350 <*>
        C: To: markl, Nobody <nobody@mail.example>, x@elsewhere.org
        C: Bcc: fred
        C:
        C: text
        C: .
        S: 200 Command OK
        C: LIST-MAILBOXES
        S: 230 <*>
        S: fred 6 5 5
        S: .
        ",
    );
    let store = &lab.store;
    let markl = store.mailbox(store.inbox(store.user(b"MarkL").unwrap()).unwrap()).unwrap();
    let text = markl.entries.get(0).unwrap().message.octets().unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.starts_with("Date: ") && text.contains("\r\nFrom: fred\r\n"), "{text}");
    assert!(!text.contains("Bcc"), "{text}");
    let fred = store.mailbox(store.inbox(store.user(b"fred").unwrap()).unwrap()).unwrap();
    let returned = fred.entries.get(4).unwrap().message.octets().unwrap();
    let returned = String::from_utf8_lossy(&returned).into_owned();
    assert!(returned.contains("nobody@mail.example") && returned.contains("x@elsewhere.org"), "{returned}");
}

#[test]
fn a_client_is_inactive_after_a_week_and_its_list_is_kept() {
    office(
        r"
        C: RESET-DESCRIPTORS fred 1 3
        S: 200 Command OK
        C: LOGOUT
        S: 200 Command OK
        S. close
        T: 604801
        S2: 200 <*>
        C2: LOGIN fred fred-password other 1 0
        S2: 200 Command OK
        C2: LIST-CLIENTS
        S2: 220 <*>
        S2: office inactive
        S2: other active
        S2: .
        C2: LOGOUT
        S2: 200 Command OK
        S2. close
        S3: 200 <*>
        C3: LOGIN fred fred-password office 0 0
        S3: 221 Client out of date by > 1 week
        C3: FETCH-CHANGED-DESCRIPTORS fred 10
        S3: 250 <*>
        S3: .
        C3: RESET-CLIENT office
        S3: 200 Command OK
        C3: FETCH-CHANGED-DESCRIPTORS fred 1
        S3: 250 <*>
        S3: <**>
        S3: .
        ",
    );
}

#[test]
fn a_bulletin_board_is_read_by_others_and_changed_by_its_owner() {
    office(
        r"
        C: CREATE-BBOARD-MAILBOX sf-lovers
        S: 200 Command OK
        C: CREATE-ADDRESS sf-lovers sf-lovers
        S: 200 Command OK
        C: SEND-MESSAGE
        S: 350 <*>
        C: To: sf-lovers
        C: Subject: dune
        C:
        C: sand
        C: .
        S: 200 Command OK
        C: CREATE-SUBSCRIPTION sf-lovers
        S: 430 <*>
        C: DELETE-MAILBOX sf-lovers
        S: 440 <*>
        S2: 200 <*>
        C2: LOGIN MARKL foo pc 1 0
        S2: 200 Command OK
        C2: LIST-AVAILABLE-SUBSCRIPTIONS
        S2: 241 <*>
        S2: sf-lovers
        S2: .
        C2: FETCH-MESSAGE sf-lovers 1
        S2: 431 <*>
        C2: CREATE-SUBSCRIPTION SF-Lovers
        S2: 200 Command OK
        C2: CREATE-MAILBOX sf-lovers
        S2: 440 <*>
        C2: LIST-SUBSCRIPTIONS
        S2: 240 <*>
        S2: sf-lovers 1 1 2
        S2: .
        C2: FETCH-CHANGED-DESCRIPTORS sf-lovers 5
        S2: 250 <*>
        S2: descriptor
        S2: 1 0000000000000000 <*>
        S2: fred
        S2: sf-lovers
        S2: <*>
        S2: dune
        S2: .
        C2: SET-MESSAGE-FLAG sf-lovers 1 1 1
        S2: 404 <*>
        C2: EXPUNGE-MAILBOX sf-lovers
        S2: 404 <*>
        C2: DELETE-BBOARD-MAILBOX sf-lovers
        S2: 404 <*>
        C2: COPY-MESSAGE sf-lovers markl 1
        S2: 250 <*>
        S2: <**>
        S2: .
        C2: RESET-SUBSCRIPTION sf-lovers 2
        S2: 200 Command OK
        C2: LIST-SUBSCRIPTIONS
        S2: 240 <*>
        S2: sf-lovers 2 0 2
        S2: .
        C: DELETE-BBOARD-MAILBOX sf-lovers
        S: 200 Command OK
        C2: FETCH-MESSAGE sf-lovers 1
        S2: 431 <*>
        C2: LIST-SUBSCRIPTIONS
        S2: 240 <*>
        S2: sf-lovers 2 0 2
        S2: .
        C2: DELETE-SUBSCRIPTION sf-lovers
        S2: 200 Command OK
        ",
    );
}

#[test]
fn a_mailbox_made_again_under_its_name_goes_on_with_its_uids() {
    office(
        r"
        C: CREATE-MAILBOX a
        S: 200 Command OK
        C: COPY-MESSAGE fred a 1
        S: 250 <*>
        S: <**>
        S: .
        C: DELETE-MAILBOX a
        S: 200 Command OK
        C: CREATE-MAILBOX A
        S: 200 Command OK
        C: DELETE-MAILBOX a
        S: 200 Command OK
        C: CREATE-MAILBOX a
        S: 200 Command OK
        C: LIST-MAILBOXES
        S: 230 <*>
        S: fred 4 3 3
        S: a 2 0 0
        S: .
        C: DELETE-MAILBOX fred
        S: 200 Command OK
        C: LIST-MAILBOXES
        S: 230 <*>
        S: a 2 0 0
        S: .
        C: CREATE-MAILBOX fred
        S: 200 Command OK
        C: LIST-ADDRESSES fred
        S: 260 <*>
        S: .
        C: LIST-MAILBOXES
        S: 230 <*>
        S: fred 4 0 0
        S: a 2 0 0
        S: .
        ",
    );
}

#[test]
fn a_silent_client_loses_its_lock() {
    office(
        r"
        S2: 200 <*>
        C2: LOGIN fred fred-password office 0 0
        S2: 405 <*>
        T: 1800
        S. close
        S2. close
        S3: 200 <*>
        C3: LOGIN fred fred-password office 0 0
        S3: 200 Command OK
        ",
    );
}

#[test]
fn a_line_lost_at_any_byte_leaves_the_lock_free_and_a_message_whole_or_not_at_all() {
    let said =
        b"LOGIN fred fred-password office 1 0\r\nSEND-MESSAGE\r\nTo: fred\r\n\r\nhalf\r\n.\r\nLOGOUT\r\n";
    let end = said.len() - b"LOGOUT\r\n".len();
    for cut in 0..=said.len() {
        let (mut store, mut session, mut out) = (with_mail(3), server(), Output::default());
        session.receive(Instant::START, &said[..cut], &mut store, &mut out);
        session.gone(&mut store);
        let fred = store.user(b"fred").unwrap();
        assert!(store.clients(fred).iter().all(|client| !client.in_use), "cut at {cut}");
        let messages = store.mailbox(store.inbox(fred).unwrap()).unwrap().entries.len();
        assert_eq!(messages, if cut < end { 3 } else { 4 }, "cut at {cut}");
    }
}

#[test]
fn paper_can_be_looked_at() {
    let lab = office(
        r"
        C: PRINT-MESSAGE fred 2 pravda
        S: 200 Command OK
        C: PRINT-MESSAGE fred 2 izvestia
        S: 401 <*>
        C: FETCH-DESCRIPTORS fred 2 2
        S: 250 <*>
        S: descriptor
        S: 2 0000010000000000 <*>
        S: <**>
        S: .
        ",
    );
    let printed: Vec<_> =
        lab.store.printed().map(|paper| (paper.printer.as_str(), paper.message.0)).collect();
    assert_eq!(printed, [("pravda", 1)]);
}
