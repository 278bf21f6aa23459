//! Several sessions at once, with commands drawn by chance: what each client has heard is written down by a small
//! reader of its own, and must be what the store holds.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::mail::store::Uid;

/// What one client knows, by what it was told.
#[derive(Default)]
struct Heard {
    /// The UID of each number, once it was shown.
    uids: Vec<Option<u32>>,
    /// The flags of each UID, sorted; without \Recent, which is the session's own.
    flags: BTreeMap<u32, Vec<String>>,
    modseqs: BTreeMap<u32, u64>,
    recent: Vec<u32>,
}

impl Heard {
    /// Reads what came for one command; `held` says that numbers must not change.
    fn read(&mut self, text: &str, held: bool) {
        for line in text.split("\r\n").filter(|line| line.starts_with("* ")) {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            match words.as_slice() {
                ["*", number, "EXISTS", ..] => {
                    let exists: usize = number.parse().unwrap();
                    assert!(exists >= self.uids.len(), "EXISTS shrinks: {line}");
                    self.uids.resize(exists, None);
                }
                ["*", number, "EXPUNGE", ..] => {
                    assert!(!held, "numbers move under an answer: {line}");
                    let number: usize = number.parse().unwrap();
                    assert!(number >= 1 && number <= self.uids.len(), "{line}");
                    if let Some(uid) = self.uids.remove(number - 1) {
                        self.flags.remove(&uid);
                    }
                }
                ["*", "VANISHED", uids, ..] => {
                    assert!(!held, "numbers move under an answer: {line}");
                    for range in crate::protocol::imap::response::ranges(uids).unwrap() {
                        for uid in range {
                            let at = self.uids.iter().position(|known| *known == Some(uid));
                            self.uids.remove(at.expect("a UID vanishes that was never there"));
                            self.flags.remove(&uid);
                        }
                    }
                }
                ["*", number, "FETCH", rest] => self.fetch(number.parse().unwrap(), rest),
                _ => {}
            }
        }
    }

    fn fetch(&mut self, number: usize, rest: &str) {
        assert!(number >= 1 && number <= self.uids.len(), "FETCH of a number that is not there: {rest}");
        let after = |word: &str| rest.split_once(word).map(|(_, after)| after);
        let digits = |text: &str| -> u64 {
            text.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
        };
        if let Some(uid) = after("UID ").map(|text| digits(text) as u32) {
            let known = &mut self.uids[number - 1];
            assert!(known.is_none_or(|known| known == uid), "number {number} was {known:?} and is {uid}");
            *known = Some(uid);
        }
        let Some(uid) = self.uids[number - 1] else { return };
        if let Some(list) = after("FLAGS (").and_then(|text| text.split_once(')')) {
            let mut flags: Vec<String> = list.0.split_whitespace().map(str::to_owned).collect();
            if flags.iter().any(|flag| flag == "\\Recent") && !self.recent.contains(&uid) {
                self.recent.push(uid);
            }
            flags.retain(|flag| flag != "\\Recent");
            flags.sort();
            self.flags.insert(uid, flags);
        }
        if let Some(modseq) = after("MODSEQ (").map(digits) {
            let before = self.modseqs.insert(uid, modseq).unwrap_or(0);
            assert!(before <= modseq, "the modification sequence of {uid} falls from {before} to {modseq}");
        }
    }
}

const COMMANDS: [(&str, bool); 22] = [
    ("NOOP", false),
    ("FETCH 1:* (UID FLAGS)", true),
    ("FETCH * FLAGS", true),
    ("UID FETCH 1:* (FLAGS)", false),
    ("FETCH 1 BODY[TEXT]<1000.1>", true),
    ("STORE 1 +FLAGS (\\Deleted)", true),
    ("STORE 1:2 -FLAGS (\\Deleted \\Seen)", true),
    ("STORE 2 FLAGS (\\Flagged)", true),
    ("STORE * +FLAGS (\\Deleted)", true),
    ("UID STORE 2:4 +FLAGS (\\Answered key)", false),
    ("EXPUNGE", false),
    ("UID EXPUNGE 1:3", false),
    ("COPY 1 INBOX", false),
    ("UID COPY 2:3 INBOX", false),
    ("MOVE 1 INBOX", false),
    ("APPEND INBOX (\\Seen) {3+}\r\nabc", false),
    ("SEARCH UNSEEN", true),
    ("UID SEARCH ALL", false),
    ("CHECK", false),
    ("FETCH 1:* (UID MODSEQ)", true),
    ("SEARCH RETURN (SAVE) 1:2", true),
    ("UID STORE $ +FLAGS (\\Draft)", false),
];

/// What the store holds: UIDs in order, with sorted flags.
fn truth(store: &Store) -> Vec<(u32, Vec<String>)> {
    let inbox = store.inbox(store.user(b"alice").unwrap()).unwrap();
    let mailbox = store.mailbox(inbox).unwrap();
    let shown = |uid: Uid| {
        let flags = mailbox.entry(uid).unwrap().flags;
        let system = Flags::SYSTEM.iter().filter(|(flag, _)| flags.contains(*flag));
        let mut names: Vec<String> = system.map(|(_, name)| (*name).to_owned()).collect();
        names.extend(mailbox.keyword_names(flags).map(str::to_owned));
        names.sort();
        (uid.0, names)
    };
    mailbox.entries.iter().map(|entry| shown(entry.uid)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_client_is_ever_misled(steps in prop::collection::vec((0_usize..3, 0_usize..22), 1..60)) {
        let mut lab = Lab::new(store_of(&[b"Subject: x\r\n\r\nx\r\n"; 4].map(|octets| &octets[..])));
        let mut heard: Vec<Heard> = Vec::new();
        for client in 0..3 {
            lab.open(usual());
            lab.send(client, b"a LOGIN alice secret\r\n");
            if client == 2 {
                lab.send(client, b"b ENABLE QRESYNC\r\n");
            }
            lab.conns[client].arrived.clear();
            lab.send(client, b"c SELECT INBOX\r\n");
            let mut knows = Heard::default();
            knows.read(&String::from_utf8_lossy(&std::mem::take(&mut lab.conns[client].arrived)), false);
            heard.push(knows);
        }
        // Messages that a client hears of by UID alone must have their numbers first.
        for (client, knows) in heard.iter_mut().enumerate() {
            lab.send(client, b"d FETCH 1:* (UID FLAGS)\r\n");
            knows.read(&String::from_utf8_lossy(&std::mem::take(&mut lab.conns[client].arrived)), true);
        }
        for (client, command) in steps {
            let (text, held) = COMMANDS[command];
            lab.send(client, format!("e {text}\r\n").as_bytes());
            let answer = String::from_utf8_lossy(&std::mem::take(&mut lab.conns[client].arrived)).into_owned();
            heard[client].read(&answer, held);
            // Whoever is told of new messages asks for their UIDs before it goes on, as a client has to.
            if heard[client].uids.contains(&None) {
                lab.send(client, b"f FETCH 1:* (UID)\r\n");
                let answer = std::mem::take(&mut lab.conns[client].arrived);
                heard[client].read(&String::from_utf8_lossy(&answer), true);
            }
        }
        let truth = truth(&lab.store);
        for (client, knows) in heard.iter_mut().enumerate() {
            lab.send(client, b"g NOOP\r\n");
            knows.read(&String::from_utf8_lossy(&std::mem::take(&mut lab.conns[client].arrived)), false);
            prop_assert_eq!(knows.uids.len(), truth.len(), "client {} counts wrong", client);
            for (known, (uid, flags)) in knows.uids.iter().zip(&truth) {
                prop_assert!(known.is_none_or(|known| known == *uid), "client {}: {:?} is {}", client, known, uid);
                if let Some(told) = knows.flags.get(uid).filter(|_| known.is_some()) {
                    prop_assert_eq!(told, flags, "client {} has wrong flags of {}", client, uid);
                }
            }
        }
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            let twice = heard[a].recent.iter().find(|uid| heard[b].recent.contains(uid));
            prop_assert_eq!(twice, None, "a message is recent in two sessions");
        }
    }
}
