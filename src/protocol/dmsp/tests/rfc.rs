//! RFC 1056's own session (§6), sample invocations and sample lists (appendix I), and tables (appendices II and III).

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::*;
use crate::mail::flags::Flags;
use crate::mail::store::{MailboxId, Uid, UserId};

/// A message of exactly so many octets and lines, with these four fields.
fn message(octets: usize, lines: usize, [from, to, date, subject]: [&str; 4]) -> Arc<Message> {
    let mut text = format!("From: {from}\r\nTo: {to}\r\nDate: {date}\r\nSubject: {subject}\r\n\r\n");
    let body = lines - 5;
    text.push_str(&"\r\n".repeat(body - 1));
    let left = octets - text.len() - 2;
    text.push_str(&"x".repeat(left));
    text.push_str("\r\n");
    assert_eq!((text.len(), text.lines().count()), (octets, lines));
    Arc::new(Message::new(text.into_bytes()))
}

fn put(store: &mut Store, at: MailboxId, uid: u32, message: Arc<Message>, flags: Flags) {
    let validity = store.mailbox(at).unwrap().uid_validity;
    store.restore_identity(at, NonZeroU32::new(validity).unwrap(), Uid(uid));
    assert!(store.append(at, message, flags, Timestamp::DEFAULT_START).is_some());
    assert_eq!(store.mailbox(at).unwrap().entries.last().unwrap().uid, Uid(uid));
}

fn noted(store: &mut Store, user: UserId, client: &str, at: MailboxId) {
    let told = store.modseq();
    store.acknowledge(user, client, at, (Uid(0), Uid(u32::MAX)), told);
}

/// Fred's mail state as §6 has it when his workstation calls: two clients, two mailboxes, four changes.
fn freds_mail() -> Store {
    let mut store = store();
    let fred = store.user(b"fred").unwrap();
    let inbox = store.inbox(fred).unwrap();
    let archive = store.create(fred, "archive").unwrap();
    let plain = ["joe@x.edu", "fred", "Tue, 1 Dec 87 10:00:00 EST", "x"];
    for uid in (2090..2098).chain([2101, 2104]) {
        put(&mut store, inbox, uid, message(200, 7, plain), Flags::SEEN);
    }
    let foo = ["foo@bar.edu (Foo Jones)", "fred@PTT.LCS.MIT.EDU", "Wed, 9 Dec 87 10:43:52 EST"];
    put(
        &mut store,
        inbox,
        2107,
        message(1400, 30, [foo[0], foo[1], foo[2], "A typical subject line"]),
        Flags::NONE,
    );
    for uid in 1..=100 {
        put(&mut store, archive, uid, message(200, 7, plain), Flags::SEEN);
    }
    store.create_client(fred, "office-client", Timestamp::DEFAULT_START).unwrap();
    noted(&mut store, fred, "office-client", inbox);
    noted(&mut store, fred, "office-client", archive);
    store
}

/// RFC 1056 §6: on another of his clients Fred expunges two messages and changes one; one arrives. Then the office calls.
/// The codes and lists are the RFC's; texts behind a code are for information only (§4.2).
#[test]
fn the_session_of_section_6_runs_as_printed() {
    let store = freds_mail();
    let fred = store.user(b"fred").unwrap();
    let inbox = store.inbox(fred).unwrap();
    let flags =
        [0, 1, 5, 6, 7, 14].map(|flag| format!("C: SET-MESSAGE-FLAG fred 2107 {flag} 1\nS: 200 <*>\n"));
    let home = format!(
        "S: 200 <*>\nC: LOGIN fred fred-password home 1 0\nS: 200 <*>\nC: SET-MESSAGE-FLAG fred 2101 0 1\nS: 200 <*>\n\
         C: SET-MESSAGE-FLAG fred 2104 0 1\nS: 200 <*>\nC: EXPUNGE-MAILBOX fred\nS: 200 <*>\n{}C: LOGOUT\nS: 200 \
         <*>\nS. close\n",
        flags.concat()
    );
    let mut store = dialogue(&Dialogue { store: &store, text: &home, burst: false }, server).store;
    let joe = ["joe@athena.mit.edu", "fred@PTT.LCS.MIT.EDU", "Thu, 17 Dec 87 18:24:09 PST"];
    put(
        &mut store,
        inbox,
        2312,
        message(12232, 320, [joe[0], joe[1], joe[2], "Another typical subject line"]),
        Flags::NONE,
    );
    let office = r"
        S: 200 Pcmail repository version 3.0.0 ready
        C: login fred fred-password office-client 0 0
        S: 200 <*>
        C: list-mailboxes
        S: 230 <*>
        S: fred 2313 10 1
        S: archive 101 100 0
        S: .
        C: fetch-changed-descriptors fred 10
        S: 250 <*>
        S: expunged
        S: 2101
        S: expunged
        S: 2104
        S: descriptor
        S: 2107 1100011100000010 1400 30
        S: foo@bar.edu (Foo Jones)
        S: fred@PTT.LCS.MIT.EDU
        S: Wed, 9 Dec 87 10:43:52 EST
        S: A typical subject line
        S: descriptor
        S: 2312 0000000000000000 12232 320
        S: joe@athena.mit.edu
        S: fred@PTT.LCS.MIT.EDU
        S: Thu, 17 Dec 87 18:24:09 PST
        S: Another typical subject line
        S: .
        C: reset-descriptors fred 1 2312
        S: 200 <*>
        C: fetch-changed-descriptors fred 10
        S: 250 <*>
        S: .
        C: fetch-changed-descriptors archive 10
        S: 250 <*>
        S: .
        C: fetch-message fred 2312
        S: 251 <*>
        S: From: joe@athena.mit.edu
        S: <**>
        S: .
        C: LOGOUT
        S: 200 <*>
        S. close
    ";
    dialogue(&Dialogue { store: &store, text: office, burst: false }, server);
}

/// Appendix I: each operation as its sample has it, one after the other, so that each succeeds.
#[test]
fn every_sample_invocation_of_appendix_1_is_carried_out() {
    let mut store = store();
    let markl = store.user(b"MarkL").unwrap();
    let inbox = store.inbox(markl).unwrap();
    let cars = store.create(markl, "british-cars").unwrap();
    let events = store.create(markl, "current-events").unwrap();
    for mailbox in ["archive", "income-tax-information"] {
        store.create(markl, mailbox).unwrap();
    }
    for board in ["rec.autos", "rec.music.old"] {
        store.create_board(markl, board).unwrap();
    }
    let fred = store.user(b"fred").unwrap();
    for board in ["sf-lovers", "rec.music", "rec.music.gdead"] {
        store.create_board(fred, board).unwrap();
    }
    for board in ["rec.music", "rec.music.gdead"] {
        let board = store.board(board).unwrap();
        store.subscribe_to_board(markl, board).unwrap();
    }
    for client in ["old-client", "any-old-client"] {
        store.create_client(markl, client, Timestamp::DEFAULT_START).unwrap();
    }
    store.add_address_of(inbox, "markl-info-cobol").unwrap();
    let plain = || message(200, 7, ["joe", "markl", "Tue, 1 Dec 87 10:00:00 EST", "x"]);
    for (at, uid) in [(cars, 12), (cars, 23), (inbox, 2338), (inbox, 2433), (events, 495)] {
        put(&mut store, at, uid, plain(), Flags::NONE);
    }
    let samples = [
        ("SEND-VERSION 230", 200),
        ("LOGIN markl foo random-client-name 1 0", 200),
        ("SET-PASSWORD foo bar", 200),
        ("CREATE-CLIENT new-client", 200),
        ("DELETE-CLIENT old-client", 200),
        ("RESET-CLIENT any-old-client", 200),
        // The mailbox is there; another one of the RFC's is made below.
        ("CREATE-MAILBOX current-events", 430),
        ("CREATE-MAILBOX current-events-of-today", 200),
        ("DELETE-MAILBOX income-tax-information", 200),
        ("CREATE-BBOARD-MAILBOX sf-lovers", 430),
        ("CREATE-BBOARD-MAILBOX sf-haters", 200),
        ("DELETE-BBOARD-MAILBOX rec.autos", 200),
        ("RESET-MAILBOX british-cars", 200),
        ("LIST-ADDRESSES archive", 260),
        ("CREATE-ADDRESS markl markl-bug-pcmail", 200),
        ("DELETE-ADDRESS markl markl-info-cobol", 200),
        ("CREATE-SUBSCRIPTION sf-lovers", 200),
        ("DELETE-SUBSCRIPTION rec.music", 200),
        ("RESET-SUBSCRIPTION rec.music.gdead 1210", 200),
        ("FETCH-CHANGED-DESCRIPTORS markl 100", 250),
        ("FETCH-DESCRIPTORS british-cars 12 31", 250),
        ("COPY-MESSAGE markl british-cars 2338", 250),
        ("RESET-DESCRIPTORS markl 1 10000", 200),
        ("PRINT-MESSAGE markl 2433 pravda", 200),
        ("SET-MESSAGE-FLAG british-cars 23 0 1", 200),
        ("EXPUNGE-MAILBOX british-cars", 200),
        ("FETCH-MESSAGE current-events 495", 251),
        ("LOGOUT", 200),
    ];
    let mut text = String::from("S: 200 <*>\n");
    for (line, code) in samples {
        let list = matches!(code, 250 | 251 | 260);
        let nothing = line.starts_with("LIST-ADDRESSES");
        let rest = match (list, nothing) {
            (true, true) => "S: .\n",
            (true, false) => "S: <**>\nS: .\n",
            _ => "",
        };
        text.push_str(&format!("C: {line}\nS: {code} <*>\n{rest}"));
    }
    text.push_str("S. close\n");
    dialogue(&Dialogue { store: &store, text: &text, burst: false }, server);
}

/// The lists that appendix I prints are understood by the client's end, entry by entry.
#[test]
fn the_lists_of_appendix_1_are_understood() {
    let changed = "expunged\n2333\nexpunged\n2334\ndescriptor\n2337 0001000001110000 481 14\ncroaker@ptt.lcs.mit.edu\n\
                   fred@anymachine.mit.edu\nTue, 19 Jan 88 11:10:03 EST\na typical subject line\ndescriptor\n2339 \
                   0000000000000000 1457 40\nbob@lcs.mit.edu\ncsr-people@ptt.lcs.mit.edu\nMon, 18 Jan 88 13:08:17 \
                   +0000\nanother typical subject line\nexpunged\n2340";
    let lines: Vec<Vec<u8>> = changed.lines().map(|line| line.as_bytes().to_vec()).collect();
    let told = Change::parse_list(&lines).unwrap();
    let uids: Vec<u32> = told.iter().map(|change| change.uid().0).collect();
    assert_eq!(uids, [2333, 2334, 2337, 2339, 2340]);
    let Change::Descriptor(croaker) = &told[2] else { panic!("{told:?}") };
    assert_eq!((croaker.octets, croaker.lines), (481, 14));
    assert_eq!(croaker.flags.0, 1 << 3 | 1 << 9 | 1 << 10 | 1 << 11);
    assert_eq!(
        (&croaker.from[..], &croaker.subject[..]),
        (&b"croaker@ptt.lcs.mit.edu"[..], &b"a typical subject line"[..])
    );
    for cut in 1..lines.len() {
        let whole = told.iter().scan(0, |end, change| {
            *end += if matches!(change, Change::Expunged(_)) { 2 } else { 6 };
            Some(*end)
        });
        let is_whole = whole.into_iter().any(|end: usize| end == cut);
        assert_eq!(Change::parse_list(&lines[..cut]).is_ok(), is_whole, "cut behind line {cut}");
    }
}

/// Appendix II, in its order.
#[test]
fn the_operations_are_those_of_appendix_2() {
    let listed = "copy-message create-address create-bboard-mailbox create-client create-mailbox create-subscription \
                  delete-address delete-bboard-mailbox delete-client delete-mailbox delete-subscription expunge-mailbox \
                  fetch-changed-descriptors fetch-descriptors fetch-message help list-addresses \
                  list-available-subscriptions list-clients list-mailboxes list-subscriptions login logout print-message \
                  reset-client reset-descriptors reset-mailbox reset-subscription send-message send-version \
                  set-message-flag set-password";
    let ours: BTreeSet<String> = COMMANDS.iter().map(|row| row.word.to_ascii_lowercase()).collect();
    let theirs: BTreeSet<String> = listed.split_whitespace().map(str::to_owned).collect();
    assert_eq!((ours.len(), &ours), (32, &theirs));
}

/// Appendix III, and the two codes that appendix I uses beside it.
#[test]
fn the_codes_are_those_of_appendix_3_and_two_more() {
    let listed = [
        100, 200, 220, 221, 230, 240, 250, 251, 260, 350, 400, 410, 420, 430, 440, 460, 411, 421, 431, 441,
        451, 461, 402, 403, 404, 405, 406, 500,
    ];
    let more = [241, 401];
    let ours: BTreeSet<u16> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(ours, listed.into_iter().chain(more).collect());
}
