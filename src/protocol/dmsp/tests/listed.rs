//! What RFC 1056 lists, none left out: each operation of appendix I with each of its codes, and the answers it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use super::codes::EVERY;
use super::*;
use crate::desk::Service;
use crate::mail::flags::Flags;
use crate::mail::store::{MailboxId, Uid};
use crate::session::{Output, Session};
use crate::time::Instant;

/// Appendix I: operations, and the codes that it prints with each.
const LISTED: &[(&str, &[u16])] = &[
    ("HELP", &[100]),
    ("SEND-VERSION", &[200, 500]),
    ("SEND-MESSAGE", &[350, 200, 403]),
    ("LOGIN", &[200, 221, 404, 405, 411, 421]),
    ("LOGOUT", &[200]),
    ("SET-PASSWORD", &[200, 404]),
    ("LIST-CLIENTS", &[220]),
    ("CREATE-CLIENT", &[200, 403, 420]),
    ("DELETE-CLIENT", &[200, 421, 405]),
    ("RESET-CLIENT", &[200, 421, 405]),
    ("LIST-MAILBOXES", &[230]),
    ("CREATE-MAILBOX", &[200, 403, 430, 440]),
    ("DELETE-MAILBOX", &[200, 431, 440]),
    ("CREATE-BBOARD-MAILBOX", &[200, 430, 403]),
    ("DELETE-BBOARD-MAILBOX", &[200, 404, 431]),
    ("RESET-MAILBOX", &[200, 431]),
    ("EXPUNGE-MAILBOX", &[200, 431]),
    ("LIST-ADDRESSES", &[260, 431]),
    ("CREATE-ADDRESS", &[200, 403, 431, 460]),
    ("DELETE-ADDRESS", &[200, 431, 461]),
    ("LIST-SUBSCRIPTIONS", &[240]),
    ("CREATE-SUBSCRIPTION", &[200, 403, 430, 431, 440]),
    ("DELETE-SUBSCRIPTION", &[200, 441]),
    ("RESET-SUBSCRIPTION", &[200, 441]),
    ("LIST-AVAILABLE-SUBSCRIPTIONS", &[241]),
    ("FETCH-CHANGED-DESCRIPTORS", &[250, 431]),
    ("FETCH-DESCRIPTORS", &[250, 431]),
    ("COPY-MESSAGE", &[250, 400, 431, 451]),
    ("RESET-DESCRIPTORS", &[200, 431]),
    ("PRINT-MESSAGE", &[200, 401, 431, 451]),
    ("SET-MESSAGE-FLAG", &[200, 431, 451, 500]),
    ("FETCH-MESSAGE", &[251, 431, 451]),
];

/// What one session alone does not meet: other workstations, other users, a week.
const TOGETHER: &str = r"
    S: 200 <*>
    C: LOGIN fred fred-password office 1 0
    S: 200 <*>
    C: CREATE-CLIENT a/b
    S: 403 <*>
    C: CREATE-CLIENT home
    S: 200 <*>
    S2: 200 <*>
    C2: LOGIN fred fred-password home 0 1
    S2: 200 <*>
    C: RESET-CLIENT home
    S: 405 <*>
    C: DELETE-CLIENT home
    S: 405 <*>
    S3: 200 <*>
    C3: LOGIN fred fred-password home 0 0
    S3: 405 <*>
    C3: LOGIN markl foo pc 1 0
    S3: 200 <*>
    C3: CREATE-BBOARD-MAILBOX a/b
    S3: 403 <*>
    C3: CREATE-BBOARD-MAILBOX board
    S3: 200 <*>
    C: CREATE-BBOARD-MAILBOX Board
    S: 430 <*>
    C: CREATE-BBOARD-MAILBOX fred
    S: 430 <*>
    C: DELETE-BBOARD-MAILBOX board
    S: 404 <*>
    C: DELETE-BBOARD-MAILBOX none
    S: 431 <*>
    C: CREATE-SUBSCRIPTION a/b
    S: 403 <*>
    C: CREATE-SUBSCRIPTION fred
    S: 430 <*>
    C: CREATE-SUBSCRIPTION board
    S: 200 <*>
    C: CREATE-SUBSCRIPTION BOARD
    S: 440 <*>
    C: CREATE-MAILBOX board
    S: 440 <*>
    C: DELETE-MAILBOX board
    S: 440 <*>
    C: RESET-SUBSCRIPTION board 1
    S: 200 <*>
    C: DELETE-SUBSCRIPTION board
    S: 200 <*>
    C: CREATE-MAILBOX board
    S: 200 <*>
    C: DELETE-MAILBOX board
    S: 200 <*>
    C: RESET-MAILBOX fred
    S: 200 <*>
    C: EXPUNGE-MAILBOX fred
    S: 200 <*>
    C: LIST-ADDRESSES none
    S: 431 <*>
    C: CREATE-ADDRESS fred a/b
    S: 403 <*>
    C: DELETE-ADDRESS none x
    S: 431 <*>
    C: FETCH-CHANGED-DESCRIPTORS none 1
    S: 431 <*>
    C: FETCH-DESCRIPTORS none 1 2
    S: 431 <*>
    C: RESET-DESCRIPTORS none 1 2
    S: 431 <*>
    C: CREATE-MAILBOX other
    S: 200 <*>
    C: COPY-MESSAGE fred other 9
    S: 451 <*>
    C: COPY-MESSAGE fred other 1
    S: 250 <*>
    S: <**>
    S: .
    C: PRINT-MESSAGE none 1 pravda
    S: 431 <*>
    C: PRINT-MESSAGE fred 9 pravda
    S: 451 <*>
    C: PRINT-MESSAGE fred 1 pravda
    S: 200 <*>
    C: SET-MESSAGE-FLAG none 1 1 1
    S: 431 <*>
    C: SET-MESSAGE-FLAG fred 1 1 1
    S: 200 <*>
    C: FETCH-MESSAGE none 1
    S: 431 <*>
    C: SEND-MESSAGE
    S: 350 enter message; end with <*>
    C: To: markl
    C: From: markl
    C: Subject: a test message
    C:
    C: this is a test message
    C: .
    S: 200 <*>
    C3: FETCH-MESSAGE markl 1
    S3: 251 <*>
    S3: Date: <*>
    S3: To: markl
    S3: From: markl
    S3: Subject: a test message
    S3:
    S3: this is a test message
    S3: .
    C3: LOGOUT
    S3: 200 <*>
    S3. close
    C2: LOGOUT
    S2: 200 <*>
    S2. close
    C: LOGOUT
    S: 200 <*>
    S. close
    T: 604801
    S4: 200 <*>
    C4: LOGIN fred fred-password office 0 0
    S4: 221 <*>
";

/// A repository that has no more room for mailboxes.
const FULL: &str = r"
    S: 200 <*>
    C: LOGIN fred fred-password office 1 0
    S: 200 <*>
    C: CREATE-MAILBOX one-more
    S: 402 <*>
";

#[test]
fn each_dialogue_of_the_lists_is_what_the_repository_says() {
    check_with_mail(TOGETHER);
    let full = || {
        let standard = DmspSettings::default();
        let limits = Limits { mailboxes_per_user: 1, ..standard.limits };
        Dmsp::new(DmspSettings { limits, ..standard })
    };
    dialogue(&Dialogue { store: &store(), text: FULL, burst: false }, full);
}

/// Operations and the codes that answered them in a dialogue, whichever connection it was on.
fn answered(text: &str) -> BTreeSet<(String, u16)> {
    let mut pairs = BTreeSet::new();
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    let mut sending = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        let Some((head, rest)) = line.split_once(':') else { continue };
        let (end, conn) = head.split_at(1);
        let rest = rest.trim();
        match end {
            "C" if sending.contains(conn) && rest == "." => {
                sending.remove(conn);
                asked.insert(conn.to_owned(), "SEND-MESSAGE".to_owned());
            }
            "C" if sending.contains(conn) => {}
            "C" => {
                let word = rest.split(' ').next().unwrap_or_default().to_ascii_uppercase();
                asked.insert(conn.to_owned(), word);
            }
            "S" => {
                // Only the line after an operation has a code; lists follow it.
                let code = rest.get(..3).and_then(|code| code.parse().ok());
                if let (Some(word), Some(code)) = (asked.remove(conn), code) {
                    if code == 350 {
                        sending.insert(conn.to_owned());
                    }
                    pairs.insert((word, code));
                }
            }
            _ => {}
        }
    }
    pairs
}

#[test]
fn every_operation_has_a_case_for_every_code_that_appendix_1_prints_with_it() {
    let tried: BTreeSet<(String, u16)> =
        [EVERY, TOGETHER, FULL].iter().flat_map(|text| answered(text)).collect();
    let listed = LISTED.iter().flat_map(|(word, codes)| codes.iter().map(|code| ((*word).to_owned(), *code)));
    let missing: Vec<_> = listed.filter(|pair| !tried.contains(pair)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
    let words: BTreeSet<&str> = LISTED.iter().map(|(word, _)| *word).collect();
    assert_eq!(words, COMMANDS.iter().map(|row| row.word).collect());
    let codes: BTreeSet<u16> = tried.iter().map(|(_, code)| *code).collect();
    assert_eq!(codes, CODES.iter().map(|(code, _)| *code).collect(), "each code of appendix III has a case");
}

/// A repository that says what appendix I prints, whatever it is asked.
struct Printed;

const PRINTED: &[(&str, &str)] = &[
    (
        "LIST-CLIENTS",
        "220 Client list <name> <status> follows:\nclient-1 active\nclient-2 inactive\nclient-3 active\nclient-foobar active\n.",
    ),
    (
        "LIST-MAILBOXES",
        "230 Mbox list <name> <high-UID> <#msgs> <#new> follows:\nmailbox-1 2338 8 1\nmailbox-2 59 44 0\nmailbox-foobar 19 9 0\n.",
    ),
    (
        "LIST-SUBSCRIPTIONS",
        "240 subscription list follows:\nbboard-1 2573 33 2606\nbboard-2 541 4 545\nbboard-6 1530 43 1573\n.",
    ),
    (
        "FETCH-DESCRIPTORS",
        "250 Descriptor list follows:\ndescriptor\n2337 0001000001110000 481 14\ncroaker@ptt.lcs.mit.edu\nfred@anymachine.mit.edu\nTue, 19 Jan 88 11:10:03 EST\na typical subject line\ndescriptor\n2339 0000000000000000 1457 40\nbob@lcs.mit.edu\ncsr-people@ptt.lcs.mit.edu\nMon, 18 Jan 88 13:08:17 +0000\nanother typical subject line\n.",
    ),
    (
        "COPY-MESSAGE",
        "250 Descriptor list follows:\ndescriptor\n2339 0000000000000000 1457 40\nbob@lcs.mit.edu\ncsr-people@ptt.lcs.mit.edu\nMon, 18 Jan 88 13:08:17 +0000\nanother typical subject line\n.",
    ),
    (
        "FETCH-MESSAGE",
        "251 message follows:\nFrom: markl@ptt.lcs.mit.edu\nTo: markl@ptt.lcs.mit.edu\nDate: Sun, 17 Jan 88 11:11:11 EST\nSubject: anything\n\nthis is a sample of some\nmessage text\n.",
    ),
    (
        "fetch-message",
        "251 message follows:\nUID: 2312\nFrom: joe@bar.mit.edu\nSubject: Another typical subject line\n\nFred,\n.",
    ),
    ("SEND-VERSION", "500 version skew!"),
];

impl Session for Printed {
    fn open(&mut self, _: Instant, _: &mut Store, out: &mut Output) {
        out.write("200 Pcmail repository version 3.0.0 ready\r\n");
    }
    fn receive(&mut self, _: Instant, bytes: &[u8], _: &mut Store, out: &mut Output) {
        let line = String::from_utf8_lossy(bytes);
        let asked_for_2312 = line.trim_end().ends_with(" 2312");
        let word = line.split_whitespace().next().unwrap();
        let word = if asked_for_2312 { "fetch-message" } else { word };
        let (_, answer) = PRINTED.iter().find(|(known, _)| *known == word).unwrap();
        out.write(format!("{}\r\n", answer.replace('\n', "\r\n")));
    }
    fn notice(&mut self, _: Instant, _: &Store, _: &mut Output) {}
    fn wake(&mut self, _: Instant, _: &mut Store, _: &mut Output) {}
    fn gone(&mut self, _: &mut Store) {}
}

#[test]
fn the_answers_that_appendix_1_and_section_6_print_are_understood() {
    let mut lab = Lab::new(store());
    let outcome = lab.run(
        |_| Box::new(Printed),
        async |desk| {
            let mut client = DmspClient::greet(desk.connect(Service::Dmsp).await?).await?;
            let clients = client.list_clients().await?;
            let active: Vec<bool> = clients.iter().map(|one| one.active).collect();
            assert_eq!((clients[3].name.as_str(), active), ("client-foobar", vec![true, false, true, true]));
            let mailboxes = client.list_mailboxes().await?;
            let one = (mailboxes[0].next, mailboxes[0].messages, mailboxes[0].unseen);
            assert_eq!((mailboxes.len(), one), (3, (Uid(2338), 8, 1)));
            for board in client.list_subscriptions().await? {
                assert_eq!(board.first_unseen.0 + board.unseen, board.next.0, "{}", board.name);
            }
            let told = client.fetch_descriptors("british-cars", Uid(12), Uid(31)).await?;
            assert_eq!((told.len(), told[1].octets, told[1].lines), (2, 1457, 40));
            let copy = client.copy("markl", "british-cars", Uid(2338)).await?;
            assert_eq!((copy.uid, &copy.from[..]), (Uid(2339), &b"bob@lcs.mit.edu"[..]));
            let text = client.fetch_message("current-events", Uid(495)).await?;
            assert!(text.starts_with(b"From: markl@") && text.ends_with(b"\r\nmessage text\r\n"));
            let text = client.fetch_message("fred", Uid(2312)).await?;
            assert!(text.starts_with(b"From: joe@"), "the line with the UID is none of the message's");
            let skew = client.reply_to("SEND-VERSION 229").await?;
            assert_eq!((skew.code, skew.line.as_str()), (500, "500 version skew!"));
            let skew = client.send_version(229).await.unwrap_err();
            assert!(skew.to_string().contains("`500 version skew!`"), "{skew}");
            let torn = client.reply_to("HELP\r\nLOGOUT").await.unwrap_err();
            assert!(torn.to_string().contains("line end"), "{torn}");
            Ok(())
        },
    );
    assert_eq!(outcome, Ok(()));
}

fn put(store: &mut Store, at: MailboxId, uids: std::ops::Range<u32>, seen: usize) {
    let validity = store.mailbox(at).unwrap().uid_validity;
    store.restore_identity(at, NonZeroU32::new(validity).unwrap(), Uid(uids.start));
    for (nth, _) in uids.enumerate() {
        let flags = if nth < seen { Flags::SEEN } else { Flags::NONE };
        store.append(at, Arc::new(Message::new(b"x\r\n".to_vec())), flags, Timestamp::DEFAULT_START).unwrap();
    }
}

/// The lists of appendix I, said by a repository that has these things.
#[test]
fn the_lists_of_appendix_1_are_said_as_printed() {
    let mut store = store();
    let (fred, markl) = (store.user(b"fred").unwrap(), store.user(b"MarkL").unwrap());
    store.hide_inbox(markl);
    for (name, uids, seen) in
        [("mailbox-1", 2330..2338, 7), ("mailbox-2", 15..59, 44), ("mailbox-foobar", 10..19, 9)]
    {
        let at = store.create(markl, name).unwrap();
        put(&mut store, at, uids, seen);
    }
    for (name, uids) in [("bboard-1", 2573..2606), ("bboard-2", 541..545), ("bboard-6", 1530..1573)] {
        let board = store.create_board(fred, name).unwrap();
        put(&mut store, board, uids, 0);
        store.subscribe_to_board(markl, board).unwrap();
    }
    let first = store.mailbox_named(markl, "mailbox-1").unwrap();
    (1..=3).for_each(|nth| store.add_address_of(first, &format!("address-{nth}")).unwrap());
    let now = Timestamp::DEFAULT_START;
    let long_ago = Timestamp { unix: now.unix - 8 * 86_400, ..now };
    for (name, at) in [("client-1", now), ("client-2", long_ago), ("client-3", now)] {
        store.create_client(markl, name, at).unwrap();
    }
    let text = r"
        S: 200 <*>
        C: LOGIN markl foo client-foobar 1 0
        S: 200 <*>
        C: LIST-CLIENTS
        S: 220 Client list <name> <status> follows:
        S: client-1 active
        S: client-2 inactive
        S: client-3 active
        S: client-foobar active
        S: .
        C: LIST-MAILBOXES
        S: 230 Mbox list <name> <high-UID> <#msgs> <#new> follows:
        S: mailbox-1 2338 8 1
        S: mailbox-2 59 44 0
        S: mailbox-foobar 19 9 0
        S: .
        C: LIST-ADDRESSES mailbox-1
        S: 260 <*>
        S: address-1
        S: address-2
        S: address-3
        S: .
        C: LIST-SUBSCRIPTIONS
        S: 240 <*>
        S: bboard-1 2573 33 2606
        S: bboard-2 541 4 545
        S: bboard-6 1530 43 1573
        S: .
        C: LIST-AVAILABLE-SUBSCRIPTIONS
        S: 241 <*>
        S: bboard-1
        S: bboard-2
        S: bboard-6
        S: .
    ";
    dialogue(&Dialogue { store: &store, text, burst: false }, server);
}
