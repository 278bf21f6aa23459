//! Several clients of one user, who do what chance tells them: they send commands that can be granted, and some
//! that cannot.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::contents::SAMPLES;
use super::oracle::Oracle;
use super::samples::Sample;
use super::visit::Visit;

/// How many clients there are: the first knows IMAP4rev1 alone, the second CONDSTORE, the third QRESYNC.
pub const CLIENTS: usize = 3;

const NAMES: [&str; 5] = ["INBOX", "work", "work/sub", "play", "attic"];
const FLAGS: [&str; 7] = ["\\Seen", "\\Deleted", "\\Deleted", "\\Flagged", "\\Answered", "\\Draft", "$Later"];

/// What clients do next.
pub struct Clients {
    random: ChaCha8Rng,
    tag: u32,
    samples: usize,
    /// Who idles.
    idles: [bool; CLIENTS],
    enabled: [bool; CLIENTS],
}

impl Clients {
    pub fn new(seed: u64) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed),
            tag: 0,
            samples: seed as usize % SAMPLES,
            idles: [false; CLIENTS],
            enabled: [false; CLIENTS],
        }
    }

    fn below(&mut self, end: usize) -> usize {
        (self.random.next_u64() % end.max(1) as u64) as usize
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// Who acts, and the commands that it sends in one go.
    pub fn next(&mut self, oracle: &Oracle) -> (usize, Vec<Vec<u8>>) {
        let at = self.below(CLIENTS);
        let burst = if self.below(6) == 0 { 2 } else { 1 };
        let mut commands = Vec::new();
        for _ in 0..burst {
            let command = self.command(at, oracle);
            // What comes behind these depends on their answers.
            let waits =
                ["IDLE", "SELECT", "EXAMINE", "LOGIN", "CLOSE", "UNSELECT", "DONE", "MOVE", "EXPUNGE"];
            let is_last = waits.iter().any(|word| command.contains(word));
            if command == "DONE" {
                return (at, vec![b"DONE\r\n".to_vec()]);
            }
            self.tag += 1;
            commands.push(format!("t{} {command}\r\n", self.tag).into_bytes());
            if is_last {
                break;
            }
        }
        (at, commands)
    }

    /// NOOP, or DONE: after it a client must know everything.
    pub fn ask_for_news(&mut self, at: usize) -> Vec<u8> {
        self.tag += 1;
        if std::mem::take(&mut self.idles[at]) {
            b"DONE\r\n".to_vec()
        } else {
            format!("t{} NOOP\r\n", self.tag).into_bytes()
        }
    }

    fn command(&mut self, at: usize, oracle: &Oracle) -> String {
        let client = &oracle.clients[at];
        if std::mem::take(&mut self.idles[at]) {
            return "DONE".to_owned();
        }
        if !client.logged_in {
            return "LOGIN alice secret".to_owned();
        }
        if !std::mem::replace(&mut self.enabled[at], true) && at > 0 {
            return format!("ENABLE {}", ["", "CONDSTORE", "QRESYNC"][at]);
        }
        match &client.visit {
            None => self.without_mailbox(at, oracle),
            Some(visit) if !visit.knows_uids(&oracle.truth) => "FETCH 1:* (UID FLAGS)".to_owned(),
            Some(visit) => self.with_mailbox(at, oracle, visit),
        }
    }

    fn without_mailbox(&mut self, at: usize, oracle: &Oracle) -> String {
        match self.below(4) {
            0 => self.append(),
            1 => self.on_names(at),
            _ => self.open(at, oracle),
        }
    }

    fn open(&mut self, at: usize, oracle: &Oracle) -> String {
        let word = if self.below(5) == 0 { "EXAMINE" } else { "SELECT" };
        let name = if self.below(2) == 0 { "INBOX" } else { self.one_of(&NAMES) };
        let client = &oracle.clients[at];
        match client.remembered.get(name).filter(|_| client.qresync && self.below(4) > 0) {
            Some((validity, modseq)) if self.below(2) == 0 => {
                format!("{word} {name} (QRESYNC ({validity} {modseq}))")
            }
            Some((validity, modseq)) => format!("{word} {name} (QRESYNC ({validity} {modseq} 1:50))"),
            None if at == 1 && self.below(3) == 0 => format!("{word} {name} (CONDSTORE)"),
            None => format!("{word} {name}"),
        }
    }

    fn on_names(&mut self, at: usize) -> String {
        let name = self.one_of(&NAMES[1..]);
        let other = self.one_of(&NAMES[1..]);
        match self.below(12) {
            0..=3 => format!("CREATE {name}"),
            4 => format!("DELETE {name}"),
            5 => "LIST \"\" *".to_owned(),
            6 if self.below(6) == 0 => format!("RENAME INBOX {name}"),
            6 | 7 => format!("RENAME {name} {other}"),
            _ => {
                let name = if self.below(2) == 0 { "INBOX" } else { name };
                let highest = if at > 0 { " HIGHESTMODSEQ" } else { "" };
                format!("STATUS {name} (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN SIZE{highest})")
            }
        }
    }

    fn append(&mut self) -> String {
        let name = if self.below(3) == 0 { self.one_of(&NAMES) } else { "INBOX" };
        let mut command = format!("APPEND {name}");
        for _ in 0..=usize::from(self.below(6) == 0) {
            self.samples = (self.samples + 1) % SAMPLES;
            let sample = Sample::nth(self.samples);
            if self.below(2) == 0 {
                command += &format!(" ({})", self.flags());
            }
            if self.below(2) == 0 {
                command +=
                    &format!(" \"{:2}-Mar-1998 {:02}:30:00 +0200\"", 1 + self.below(28), self.below(24));
            }
            let text = String::from_utf8_lossy(&sample.octets);
            command += &format!(" {{{}+}}\r\n{text}", text.len());
        }
        command
    }

    fn flags(&mut self) -> String {
        let (a, b) = (self.one_of(&FLAGS), self.one_of(&FLAGS));
        if a == b { a.to_owned() } else { format!("{a} {b}") }
    }

    fn with_mailbox(&mut self, at: usize, oracle: &Oracle, visit: &Visit) -> String {
        if visit.view.is_empty() {
            return match self.below(8) {
                0 => self.open(at, oracle),
                1 => "NOOP".to_owned(),
                2 => "FETCH 1 FLAGS".to_owned(),
                _ => self.append(),
            };
        }
        let (by_uid, set) = self.set(oracle, visit);
        let uid = if by_uid { "UID " } else { "" };
        match self.below(40) {
            0..=3 => "NOOP".to_owned(),
            4..=7 => format!("{uid}FETCH {set} ({})", self.items()),
            8 => format!("{uid}FETCH {set} (UID FLAGS)"),
            9..=10 if at > 0 => {
                let known: Vec<u64> =
                    oracle.truth.messages.iter().filter_map(|message| message.modseq).collect();
                let since = known.get(self.below(known.len())).copied().unwrap_or(1);
                let vanished = if by_uid && at == 2 { " VANISHED" } else { "" };
                format!("{uid}FETCH {set} (UID FLAGS) (CHANGEDSINCE {since}{vanished})")
            }
            9..=11 => format!("{uid}FETCH {set} (UID FLAGS MODSEQ INTERNALDATE RFC822.SIZE)"),
            12..=15 => {
                let silent = if self.below(3) == 0 { ".SILENT" } else { "" };
                let sign = self.one_of(&["+", "+", "-", ""]);
                format!("{uid}STORE {set} {sign}FLAGS{silent} ({})", self.flags())
            }
            16 | 17 => format!("{uid}STORE {set} +FLAGS (\\Deleted)"),
            18 | 19 if at > 0 => {
                let modseqs: Vec<u64> =
                    visit.view.iter().filter_map(|id| oracle.truth.messages[*id].modseq).collect();
                let since = modseqs.get(self.below(modseqs.len())).copied().unwrap_or(1);
                format!("{uid}STORE {set} (UNCHANGEDSINCE {since}) FLAGS ({})", self.flags())
            }
            18..=20 => self.append(),
            21..=23 => format!("{uid}SEARCH {}", self.keys(oracle, visit)),
            24 => format!("{uid}SEARCH RETURN (MIN MAX COUNT ALL) {}", self.keys(oracle, visit)),
            25..=27 => "EXPUNGE".to_owned(),
            28 => match by_uid {
                true => format!("UID EXPUNGE {set}"),
                false => "CLOSE".to_owned(),
            },
            29 | 30 => format!("{uid}COPY {set} {}", self.one_of(&NAMES)),
            31 | 32 => format!("{uid}MOVE {set} {}", self.one_of(&NAMES)),
            33 => format!("FETCH {} FLAGS", visit.view.len() + 1 + self.below(3)),
            34 => "UNSELECT".to_owned(),
            35 | 36 => self.on_names(at),
            37 => {
                self.idles[at] = true;
                "IDLE".to_owned()
            }
            _ => self.open(at, oracle),
        }
    }

    fn items(&mut self) -> String {
        let sections = [
            "BODY[]",
            "BODY.PEEK[]",
            "BODY.PEEK[TEXT]",
            "BODY[1]",
            "BODY.PEEK[1]",
            "BODY.PEEK[2]",
            "BODY.PEEK[HEADER]",
            "BODY.PEEK[HEADER.FIELDS (SUBJECT)]",
            "BODY.PEEK[1.MIME]",
            "BODY[TEXT]<0.7>",
            "BODY.PEEK[]<10.30>",
            "BODY.PEEK[TEXT]<5.1000>",
        ];
        let more = ["RFC822.SIZE", "INTERNALDATE", "ENVELOPE", "BODYSTRUCTURE", "FLAGS", "UID"];
        format!("{} {}", self.one_of(&more), self.one_of(&sections))
    }

    fn keys(&mut self, oracle: &Oracle, visit: &Visit) -> String {
        let key = |this: &mut Self| match this.below(12) {
            0 => "ALL".to_owned(),
            1 => "DELETED".to_owned(),
            2 => "UNSEEN".to_owned(),
            3 => "FLAGGED".to_owned(),
            4 => "KEYWORD $Later".to_owned(),
            5 => "UNDELETED".to_owned(),
            6 => format!("LARGER {}", 100 + this.below(200)),
            7 => format!("SUBJECT {}", this.one_of(&["tide", "ledger", "r"])),
            8 => "RECENT".to_owned(),
            9 => "1:*".to_owned(),
            _ => {
                let id = visit.view[this.below(visit.view.len())];
                format!("UID 1:{}", oracle.truth.messages[id].uid.unwrap_or(1))
            }
        };
        match self.below(4) {
            0 => format!("OR {} {}", key(self), key(self)),
            1 => format!("NOT {}", key(self)),
            2 => format!("{} ({})", key(self), key(self)),
            _ => key(self),
        }
    }

    /// Some of the messages, by number or by UID.
    fn set(&mut self, oracle: &Oracle, visit: &Visit) -> (bool, String) {
        let by_uid = self.below(2) == 0;
        let count = visit.view.len();
        let (a, b) = (self.below(count), self.below(count));
        let number = |index: usize| match by_uid {
            true => oracle.truth.messages[visit.view[index]].uid.unwrap_or(1),
            false => index as u32 + 1,
        };
        let (a, b) = (number(a.min(b)), number(a.max(b)));
        let set = match self.below(6) {
            0 => "1:*".to_owned(),
            1 => "*".to_owned(),
            2 => format!("{a},{b}"),
            3 => format!("{a}"),
            _ => format!("{a}:{b}"),
        };
        (by_uid, set)
    }
}
