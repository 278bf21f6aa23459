//! Modification sequences: CONDSTORE and QRESYNC (RFC 7162).

use super::*;
use crate::desk::Service;
use crate::mail::store::{FlagChange, Uid};
use crate::protocol::imap::ImapClient;
use crate::protocol::imap::client::{Known, Opening};

/// Ten messages; 2 and 3 are gone, 5 was flagged since: changes 11, 12 and 13.
fn changed_store() -> Store {
    let mut store = store_of(&[&b"Subject: x\r\n\r\n"[..]; 10]);
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    store.expunge(inbox, |entry| matches!(entry.uid, Uid(2 | 3)));
    store.change_flags(inbox, Uid(5), FlagChange::Add, Flags::FLAGGED).unwrap();
    store
}

#[test]
fn a_client_hears_of_changes_once_it_has_spoken_of_them() {
    extended_on(
        &changed_store(),
        r#"
        C: b SELECT INBOX
        S: * 8 EXISTS
        S: * 8 RECENT
        S: * OK [UNSEEN 1] <*>
        S: * OK [UIDVALIDITY 1] UIDs valid
        S: * OK [UIDNEXT 11] Predicted next UID
        S: * FLAGS <*>
        S: * OK [PERMANENTFLAGS <*>
        S: * OK [HIGHESTMODSEQ 13] Changes are counted
        S: b OK [READ-WRITE] SELECT completed
        C: c STORE 1 +FLAGS.SILENT (\Seen)
        S: c OK STORE completed
        C: c FETCH 1:3 (MODSEQ)
        S: * OK [HIGHESTMODSEQ 14] Changes are counted
        S: * 1 FETCH (MODSEQ (14))
        S: * 2 FETCH (MODSEQ (4))
        S: * 3 FETCH (MODSEQ (13))
        S: c OK FETCH completed
        C: c STORE 1 -FLAGS.SILENT (\Seen)
        S: * 1 FETCH (MODSEQ (15))
        S: c OK STORE completed
        C: c UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12)
        S: * 1 FETCH (FLAGS (\Recent) MODSEQ (15) UID 1)
        S: * 3 FETCH (FLAGS (\Flagged \Recent) MODSEQ (13) UID 5)
        S: c OK UID FETCH completed
        C: c SEARCH MODSEQ 13
        S: * SEARCH 1 3 (MODSEQ 15)
        S: c OK SEARCH completed
        C: c SEARCH RETURN (MIN) MODSEQ "/flags/\\flagged" all 13
        S: * ESEARCH (TAG "c") MIN 1 MODSEQ 15
        S: c OK SEARCH completed
        C: c STATUS INBOX (HIGHESTMODSEQ)
        S: * STATUS INBOX (HIGHESTMODSEQ 15)
        S: c OK STATUS completed
        "#,
    );
}

#[test]
fn a_conditional_store_fails_where_somebody_was_faster() {
    extended_on(
        &changed_store(),
        r"
        C: b SELECT INBOX (CONDSTORE)
        S: <**>
        S: b OK <*>
        C: c STORE 1,3 (UNCHANGEDSINCE 12) +FLAGS.SILENT (\Deleted)
        S: * 1 FETCH (MODSEQ (14))
        S: * 3 FETCH (FLAGS (\Flagged \Recent) MODSEQ (13))
        S: c OK [MODIFIED 3] STORE completed but for these (RFC 7162 section 3.1.3)
        C: c UID STORE 6,8 (UNCHANGEDSINCE 0) FLAGS (\Seen)
        S: * 4 FETCH (FLAGS (\Recent) UID 6 MODSEQ (6))
        S: * 6 FETCH (FLAGS (\Recent) UID 8 MODSEQ (8))
        S: c OK [MODIFIED 6,8] <*>
        C: c STORE 7:8 (UNCHANGEDSINCE 10) FLAGS (\Seen)
        S: * 7 FETCH (FLAGS (\Seen \Recent) MODSEQ (15))
        S: * 8 FETCH (FLAGS (\Seen \Recent) MODSEQ (16))
        S: c OK STORE completed
        ",
    );
}

#[test]
fn one_round_trip_brings_what_has_gone_and_what_has_changed() {
    for (parameter, heard) in [
        (
            "(1 10)",
            "S: * VANISHED (EARLIER) 2:3\nS: * 3 FETCH (FLAGS (\\Flagged \\Recent) UID 5 MODSEQ (13))",
        ),
        ("(1 11)", "S: * VANISHED (EARLIER) 3\nS: * 3 FETCH (FLAGS (\\Flagged \\Recent) UID 5 MODSEQ (13))"),
        ("(1 13)", ""),
        ("(2 10)", ""),
        ("(1 10 1:2,6:9)", "S: * VANISHED (EARLIER) 2"),
        ("(1 10 1:4 (1,2 1,4))", ""),
        (
            "(1 10 (1,2 1,2))",
            "S: * VANISHED (EARLIER) 2:3\nS: * 3 FETCH (FLAGS (\\Flagged \\Recent) UID 5 MODSEQ (13))",
        ),
    ] {
        extended_on(
            &changed_store(),
            &format!(
                "C: b ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: b OK <*>\nC: b SELECT INBOX (QRESYNC {parameter})\nS: <**>\nS: * OK [HIGHESTMODSEQ 13] Changes are counted\n{heard}\nS: b OK [READ-WRITE] SELECT completed"
            ),
        );
    }
}

#[test]
fn a_server_that_has_forgotten_names_every_uid_that_is_not_there() {
    let text = |since: u32, heard: &str| {
        format!(
            "S: * OK <*>\nC: a LOGIN alice secret\nS: a OK <*>\nC: b ENABLE QRESYNC\nS: * ENABLED QRESYNC\nS: b OK <*>\nC: b SELECT INBOX\nS: <**>\nS: b OK <*>\nC: c UID FETCH 1:20 FLAGS (CHANGEDSINCE {since} VANISHED)\n{heard}\nS: * 3 FETCH (FLAGS (\\Flagged \\Recent) MODSEQ (13) UID 5)\nS: c OK <*>"
        )
    };
    let mut store = changed_store();
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    for (remembered, since, heard) in [
        (2, 10, "S: * VANISHED (EARLIER) 2:3"),
        (1, 11, "S: * VANISHED (EARLIER) 3"),
        (1, 10, "S: * VANISHED (EARLIER) 2:3"),
        (0, 12, ""),
        (0, 11, "S: * VANISHED (EARLIER) 2:3"),
    ] {
        let settings = ImapSettings { expunges_remembered: remembered, ..ImapSettings::default() };
        let text = text(since, heard);
        dialogue(&Dialogue { store: &store, text: &text, burst: false }, || Imap::new(settings.clone()));
    }
    store.expunge(inbox, |entry| entry.uid == Uid(10));
    let settings = ImapSettings { expunges_remembered: 0, ..ImapSettings::default() };
    let text = text(11, "S: * VANISHED (EARLIER) 2:3,10");
    dialogue(&Dialogue { store: &store, text: &text, burst: false }, || Imap::new(settings.clone()));
}

#[test]
fn uids_vanish_in_place_of_numbers_and_an_expunge_that_waits_is_not_counted_as_heard() {
    let store = store_of(&[&b"Subject: x\r\n\r\n"[..]; 4]);
    dialogue(
        &Dialogue {
            store: &store,
            text: r"
            S: * OK <*>
            S2: * OK <*>
            C: a LOGIN alice secret
            S: a OK <*>
            C: a ENABLE QRESYNC
            S: * ENABLED QRESYNC
            S: a OK <*>
            C: a SELECT INBOX
            S: <**>
            S: a OK <*>
            C2: a LOGIN alice secret
            S2: a OK <*>
            C2: a SELECT INBOX
            S2: <**>
            S2: a OK <*>
            C2: b STORE 2:3 +FLAGS.SILENT (\Deleted)
            S2: b OK <*>
            C2: b EXPUNGE
            S2: * 2 EXPUNGE
            S2: * 2 EXPUNGE
            S2: b OK EXPUNGE completed
            C: b FETCH 4 FLAGS
            S: * 4 FETCH (FLAGS (\Recent))
            S: * OK [HIGHESTMODSEQ 4] An expunge waits
            S: b OK <*>
            C: b STORE 4 +FLAGS (\Deleted)
            S: * 4 FETCH (FLAGS (\Deleted \Recent) UID 4 MODSEQ (9))
            S: * OK [HIGHESTMODSEQ 4] An expunge waits
            S: b OK <*>
            C: b EXPUNGE
            S: * VANISHED 2:4
            S: b OK [HIGHESTMODSEQ 10] EXPUNGE completed
            C: b SELECT INBOX
            S: * OK [CLOSED] <*>
            S: <**>
            S: b OK <*>
            ",
            burst: false,
        },
        usual,
    );
}

#[test]
fn what_must_come_first_is_asked_for() {
    extended_on(
        &changed_store(),
        r"
        C: b SELECT INBOX (QRESYNC (1 10))
        S: b BAD column 17: QRESYNC needs ENABLE QRESYNC first (RFC 7162 section 3.2.5)
        C: b SELECT INBOX
        S: <**>
        S: b OK <*>
        C: c UID FETCH 1:* FLAGS (CHANGEDSINCE 10 VANISHED)
        S: * OK [HIGHESTMODSEQ 13] <*>
        S: c BAD column 40: VANISHED needs ENABLE QRESYNC first (RFC 7162 section 3.2.6)
        C: c FETCH 1:* FLAGS (CHANGEDSINCE 10 VANISHED)
        S: c BAD column 36: VANISHED goes with UID FETCH only (RFC 7162 section 3.2.6)
        C: c UID FETCH 1:* FLAGS (VANISHED)
        S: c BAD column 24: VANISHED needs CHANGEDSINCE beside it (RFC 7162 section 3.2.6)
        ",
    );
}

#[test]
fn a_client_keeps_its_copies_in_step() {
    let mut lab = Lab::new(changed_store());
    lab.run(
        |_| Box::new(usual()),
        async |desk| {
            let mut client = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
            client.login("alice", "secret").await?;
            assert_eq!(client.enable("QRESYNC").await?, ["QRESYNC"]);
            let known = Known { uid_validity: 1, modseq: 10, uids: Some("1:10".into()), matched: None };
            let opening = Opening { resync: Some(known), ..Opening::default() };
            let selected = client.open_with("INBOX", &opening).await?;
            assert_eq!((selected.exists, selected.highest_modseq), (8, Some(13)));
            assert_eq!(selected.vanished, [2..=3]);
            assert_eq!(selected.changed[0].modseq, Some(13));
            let changes = client.uid_fetch_changed("1:*", "(FLAGS)", 11, true).await?;
            assert_eq!((changes.vanished.as_slice(), changes.changed[0].uid), (&[3..=3][..], Some(5)));
            let found = client.uid_search_return("ALL COUNT MIN MAX", "UNSEEN").await?;
            assert_eq!((found.min, found.max, found.count), (Some(1), Some(10), Some(8)));
            assert_eq!(found.all, [1..=1, 4..=10]);
            client.command("CREATE saved").await?;
            let moved = client.uid_move("4:6", "saved").await?.unwrap();
            assert_eq!((moved.sources.as_slice(), moved.uids.as_slice()), (&[4..=6][..], &[1..=3][..]));
            assert_eq!(client.exists(), 5);
            assert_eq!(client.status("saved", "MESSAGES").await?, [("MESSAGES".to_owned(), 3)]);
            let idling = client.idle().await?;
            assert!(client.idle_done(idling).await?.is_empty());
            client.unselect().await?;
            client.logout().await
        },
    )
    .unwrap();
}
