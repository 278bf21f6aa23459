//! Made-up histories of several workstations, watched by a model of update lists that knows nothing of the store's
//! change log.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::mail::store::Uid;
use crate::session::{Output, Session};
use crate::time::Instant;

const CLIENTS: [&str; 3] = ["home", "office", "portable"];

/// What a workstation, or the world, does next.
#[derive(Clone, Debug)]
enum Step {
    Deliver,
    Flag { client: usize, uid: u32, flag: u8, on: bool },
    Expunge { client: usize },
    Copy { client: usize, uid: u32 },
    Fetch { client: usize, max: u32 },
    Reset { client: usize, low: u32, high: u32 },
    ResetMailbox { client: usize },
    ResetClient { client: usize },
}

/// How a step's call ends: it goes on, or the line drops after so many octets of the operation (with all of them it is
/// the answer that is lost).
type Cut = Option<usize>;

impl Step {
    /// The workstation that says it, and what it says; nobody says that mail arrives.
    fn said(&self) -> Option<(usize, String)> {
        Some(match *self {
            Self::Deliver => return None,
            Self::Flag { client, uid, flag, on } => {
                (client, format!("SET-MESSAGE-FLAG fred {uid} {flag} {}", u8::from(on)))
            }
            Self::Expunge { client } => (client, "EXPUNGE-MAILBOX fred".to_owned()),
            Self::Copy { client, uid } => (client, format!("COPY-MESSAGE fred archive {uid}")),
            Self::Fetch { client, max } => (client, format!("FETCH-CHANGED-DESCRIPTORS fred {max}")),
            Self::Reset { client, low, high } => (client, format!("RESET-DESCRIPTORS fred {low} {high}")),
            Self::ResetMailbox { client } => (client, "RESET-MAILBOX fred".to_owned()),
            Self::ResetClient { client } => (client, format!("RESET-CLIENT {}", CLIENTS[client])),
        })
    }
}

fn steps() -> impl Strategy<Value = Vec<(Step, Cut)>> {
    let (client, uid) = (0..CLIENTS.len(), 1_u32..12);
    let step = prop_oneof![
        Just(Step::Deliver),
        (client.clone(), uid.clone(), 0_u8..16, any::<bool>())
            .prop_map(|(client, uid, flag, on)| Step::Flag { client, uid, flag, on }),
        client.clone().prop_map(|client| Step::Expunge { client }),
        (client.clone(), uid.clone()).prop_map(|(client, uid)| Step::Copy { client, uid }),
        (client.clone(), 0_u32..6).prop_map(|(client, max)| Step::Fetch { client, max }),
        (client.clone(), uid.clone(), uid).prop_map(|(client, low, high)| Step::Reset { client, low, high }),
        client.clone().prop_map(|client| Step::ResetMailbox { client }),
        client.prop_map(|client| Step::ResetClient { client }),
    ];
    let cut = prop_oneof![3 => Just(None), 1 => (0_usize..48).prop_map(Some)];
    prop::collection::vec((step, cut), 0..60)
}

/// One mailbox as the RFC tells of it: flags of each message, and a list of UIDs for each client.
#[derive(Default)]
struct Model {
    next: u32,
    messages: BTreeMap<u32, u16>,
    lists: [BTreeSet<u32>; CLIENTS.len()],
}

impl Model {
    fn enter(&mut self) {
        self.next += 1;
        self.messages.insert(self.next, 0);
        self.tell_all(self.next);
    }

    fn tell_all(&mut self, uid: u32) {
        self.lists.iter_mut().for_each(|list| list.extend([uid]));
    }

    fn tell_others(&mut self, but: usize, uid: u32) {
        let others = self.lists.iter_mut().enumerate().filter(|(client, _)| *client != but);
        others.for_each(|(_, list)| list.extend([uid]));
    }

    fn change(&mut self, uid: u32, flag: u8, on: bool) -> bool {
        let Some(flags) = self.messages.get_mut(&uid) else { return false };
        let before = *flags;
        *flags = if on { *flags | 1 << flag } else { *flags & !(1 << flag) };
        *flags != before
    }
}

struct Repository {
    store: Store,
    sessions: Vec<Dmsp>,
}

impl Repository {
    fn say(&mut self, client: usize, line: &str) -> String {
        self.hear(client, format!("{line}\r\n").as_bytes())
    }

    fn hear(&mut self, client: usize, octets: &[u8]) -> String {
        let mut out = Output::default();
        self.sessions[client].receive(Instant::START, octets, &mut self.store, &mut out);
        String::from_utf8_lossy(&out.bytes()).into_owned()
    }

    /// The line drops, and the workstation calls again: its client object is free, and its list as it was.
    fn call_again(&mut self, client: usize) {
        self.sessions[client].gone(&mut self.store);
        self.sessions[client] = server();
        let login = format!("LOGIN fred fred-password {} 0 1", CLIENTS[client]);
        assert_eq!(code(&self.say(client, &login)), "200");
    }

    fn list(&mut self, client: usize, max: u32) -> Vec<Change> {
        let said = self.say(client, &format!("FETCH-CHANGED-DESCRIPTORS fred {max}"));
        let lines: Vec<Vec<u8>> = said.lines().skip(1).map(|line| line.as_bytes().to_vec()).collect();
        Change::parse_list(&lines[..lines.len() - 1]).unwrap()
    }
}

fn code(said: &str) -> &str {
    &said[..3]
}

/// Nothing is lost and nothing is shown that the RFC does not show, whoever does what in whatever order.
fn plays_as_the_model(steps: Vec<(Step, Cut)>) {
    let mut repository = Repository { store: store(), sessions: vec![server(); CLIENTS.len()] };
    for (client, name) in CLIENTS.iter().enumerate() {
        assert_eq!(code(&repository.say(client, &format!("LOGIN fred fred-password {name} 1 0"))), "200");
    }
    repository.say(0, "CREATE-MAILBOX archive");
    let fred = repository.store.user(b"fred").unwrap();
    let inbox = repository.store.inbox(fred).unwrap();
    let mut model = Model::default();
    for (step, cut) in steps {
        let step_shown = format!("{step:?}");
        let said = step.said();
        if let (Some((client, line)), Some(at)) = (&said, cut)
            && at < line.len() + 2
        {
            // What was not said whole was not said.
            let whole = format!("{line}\r\n");
            assert_eq!(repository.hear(*client, &whole.as_bytes()[..at]), "", "{step_shown}");
            repository.call_again(*client);
            continue;
        }
        match step {
            Step::Deliver => {
                let message = std::sync::Arc::new(Message::new(&b"Subject: x\r\n\r\n"[..]));
                let start = Timestamp::DEFAULT_START;
                repository.store.append(inbox, message, Default::default(), start).unwrap();
                model.enter();
            }
            Step::Flag { client, uid, flag, on } => {
                let line = format!("SET-MESSAGE-FLAG fred {uid} {flag} {}", u8::from(on));
                let there = model.messages.contains_key(&uid);
                assert_eq!(code(&repository.say(client, &line)), if there { "200" } else { "451" });
                if model.change(uid, flag, on) {
                    model.tell_others(client, uid);
                }
            }
            Step::Expunge { client } => {
                assert_eq!(code(&repository.say(client, "EXPUNGE-MAILBOX fred")), "200");
                let gone: Vec<u32> =
                    model.messages.iter().filter(|(_, flags)| *flags & 1 == 1).map(|(uid, _)| *uid).collect();
                for uid in gone {
                    model.messages.remove(&uid);
                    model.tell_others(client, uid);
                }
            }
            Step::Copy { client, uid } => {
                let there = model.messages.contains_key(&uid);
                let said = repository.say(client, &format!("COPY-MESSAGE fred archive {uid}"));
                assert_eq!(code(&said), if there { "250" } else { "451" });
                if model.change(uid, 7, true) {
                    model.tell_all(uid);
                }
            }
            Step::Fetch { client, max } => {
                let told: Vec<u32> =
                    repository.list(client, max).iter().map(|change| change.uid().0).collect();
                let wanted: Vec<u32> = model.lists[client].iter().copied().take(max as usize).collect();
                assert_eq!(told, wanted, "{step_shown}");
            }
            Step::Reset { client, low, high } => {
                assert_eq!(
                    code(&repository.say(client, &format!("RESET-DESCRIPTORS fred {low} {high}"))),
                    "200"
                );
                model.lists[client].retain(|uid| !(low..=high).contains(uid));
            }
            Step::ResetMailbox { client } => {
                assert_eq!(code(&repository.say(client, "RESET-MAILBOX fred")), "200");
                model.lists[client].extend(model.messages.keys());
            }
            Step::ResetClient { client } => {
                let line = format!("RESET-CLIENT {}", CLIENTS[client]);
                assert_eq!(code(&repository.say(client, &line)), "200");
                model.lists[client].extend(model.messages.keys());
            }
        }
        if let (Some((client, _)), Some(_)) = (said, cut) {
            repository.call_again(client);
        }
    }
    for client in 0..CLIENTS.len() {
        let told = repository.list(client, u32::MAX);
        assert!(told.iter().map(|change| change.uid().0).eq(model.lists[client].iter().copied()));
        for change in told {
            let flags = model.messages.get(&change.uid().0);
            match change {
                Change::Descriptor(descriptor) => assert_eq!(Some(&descriptor.flags.0), flags),
                Change::Expunged(Uid(_)) => assert_eq!(flags, None),
            }
        }
    }
}

proptest! {
    #[test]
    fn update_lists_are_those_of_the_model_wherever_lines_drop(steps in steps()) {
        plays_as_the_model(steps);
    }

    #[test]
    fn any_octets_get_a_reply_or_a_close(octets in prop::collection::vec(any::<u8>(), 0..300), logged_in: bool) {
        let (mut store, mut session) = (with_mail(2), server());
        let mut out = Output::default();
        session.open(Instant::START, &mut store, &mut out);
        if logged_in {
            session.receive(Instant::START, b"LOGIN fred fred-password x 1 0\r\n", &mut store, &mut out);
        }
        let mut whole = Output::default();
        session.clone().receive(Instant::START, &octets, &mut store.clone(), &mut whole);
        let mut cut = Output::default();
        for octet in &octets {
            session.receive(Instant::START, &[*octet], &mut store, &mut cut);
        }
        prop_assert_eq!(whole.bytes(), cut.bytes());
        let lines = octets.iter().filter(|octet| **octet == b'\n').count();
        prop_assert!(lines == 0 || !whole.bytes().is_empty() || whole.close);
    }

    #[test]
    fn any_line_is_read_or_refused(words in prop::collection::vec("[A-Za-z0-9._-]{0,8}", 0..7), at in 0..COMMANDS.len()) {
        let line = std::iter::once(COMMANDS[at].word.to_owned()).chain(words).collect::<Vec<_>>().join(" ");
        let (row, words) = parse::operation(line.as_bytes()).unwrap();
        drop(parse::arguments(row, &words));
    }
}
