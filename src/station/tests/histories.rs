//! Made-up histories: three workstations of one user, mail that arrives, calls that are cut at random. A model that knows
//! nothing of update lists, UIDs or modification sequences says what must come of it.
//!
//! So that the order in which calls get through decides nothing, each message has its fate: some are only flagged, some
//! are deleted by anybody, some are filed by one workstation. Then truth is a union, and every workstation must show it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::line::Cut;
use super::*;

const PLACES: [&str; 3] = ["home", "office", "portable"];
const MAIL: u32 = 9;

#[derive(Clone, Debug)]
enum Event {
    /// The next message arrives.
    Arrives,
    /// Somebody does something to a message, if it is there to be seen.
    Acts { place: usize, number: u32, mark: Mark },
    /// A workstation calls; the line is cut after so many octets, and the plug is pulled or not.
    Calls { place: usize, cut: Option<(u64, bool)> },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let marks = prop_oneof![Just(Mark::Seen), Just(Mark::Flagged), Just(Mark::Answered)];
    let event = prop_oneof![
        1 => Just(Event::Arrives),
        3 => (0..PLACES.len(), 1..=MAIL, marks)
            .prop_map(|(place, number, mark)| Event::Acts { place, number, mark }),
        2 => (0..PLACES.len(), prop::option::of((0_u64..3000, any::<bool>())))
            .prop_map(|(place, cut)| Event::Calls { place, cut }),
    ];
    prop::collection::vec(event, 0..30)
}

/// What is true of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct True {
    marks: BTreeSet<Mark>,
    is_deleted: bool,
    is_filed: bool,
}

struct Desk3 {
    store: Store,
    mail: Vec<LocalMail>,
    truth: BTreeMap<u32, True>,
}

impl Desk3 {
    /// One call; `false` if it was cut before its end.
    fn call(&mut self, place: usize, cut: Option<(u64, bool)>) -> bool {
        let mut line = Line::new(self.store.clone());
        line.cut_at = cut.map(|(at, _)| at);
        let how = if cut.is_some_and(|(_, plug)| plug) { Cut::Plug } else { Cut::Line };
        let mail = self.mail[place].clone();
        let program = async |station: &mut Station| station.call().await;
        let outcome = line.until(mail, Policy::default(), program, how);
        self.mail[place] = line.disk.mail().unwrap().unwrap();
        self.store = line.lab.store;
        outcome == Some(Ok(()))
    }

    fn act(&mut self, place: usize, number: u32, mark: Mark) {
        let mail = &mut self.mail[place];
        let Some((mailbox, at)) = mail.find(&look(number)) else { return };
        let truth = self.truth.entry(number).or_default();
        match number % 3 {
            0 => {
                mail.delete(&mailbox, at);
                truth.is_deleted = true;
            }
            1 if place == number as usize % PLACES.len() && mailbox == INBOX => {
                mail.file(&mailbox, at, "Archive");
                truth.is_filed = true;
            }
            1 => {}
            _ => {
                mail.mark(&mailbox, at, mark, true);
                truth.marks.insert(mark);
            }
        }
    }
}

/// What everybody must see in the end: mailbox, subject, flags.
fn wanted(truth: &BTreeMap<u32, True>) -> BTreeSet<(String, String, u16)> {
    let kept = truth.iter().filter(|(_, truth)| !truth.is_deleted);
    let one = |(number, truth): (&u32, &True)| {
        let mailbox = if truth.is_filed { "Archive" } else { INBOX };
        let marks = truth.marks.iter().fold(Marks::default(), |marks, mark| marks.with(*mark, true));
        (mailbox.to_owned(), format!("message {number}"), marks.0)
    };
    kept.map(one).collect()
}

fn lives(way: Way, events: &[Event]) {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    let mail = PLACES.iter().map(|name| LocalMail::new(name, way)).collect();
    let mut desk = Desk3 { store, mail, truth: BTreeMap::new() };
    let mut arrived = 0;
    for event in events {
        match event {
            Event::Arrives if arrived < MAIL => {
                arrived += 1;
                deliver(&mut desk.store, inbox, arrived);
                desk.truth.insert(arrived, True::default());
            }
            Event::Arrives => {}
            Event::Acts { place, number, mark } => desk.act(*place, *number, *mark),
            Event::Calls { place, cut } => {
                desk.call(*place, *cut);
            }
        }
    }
    // Everybody tells what is to be told, and then hears what the others told.
    for place in (0..PLACES.len()).chain(0..PLACES.len()) {
        assert!(desk.call(place, None), "{}: a call that is not cut gets through", way.word());
    }
    let wanted = wanted(&desk.truth);
    // The first of DMSP's own eight flags stands for what others call flagged; COPY-MESSAGE marks its original.
    for (place, mail) in PLACES.iter().zip(&desk.mail) {
        assert!(mail.queue.is_empty(), "{}: {place} has something to tell", way.word());
        let all: Vec<_> =
            shown(mail).into_iter().map(|(at, subject, marks, _)| (at, subject, marks)).collect();
        let once: BTreeSet<_> = all.iter().cloned().collect();
        assert_eq!(all.len(), once.len(), "{}: {place} shows something twice", way.word());
        assert_eq!(once, wanted, "{}: {place}", way.word());
    }
    let there = seen(&desk.store, "alice").len();
    assert_eq!(there, wanted.len(), "{}: at the server", way.word());
}

/// How many histories: more if `MAILLAB_RUNS` says so.
fn cases() -> ProptestConfig {
    let runs = std::env::var("MAILLAB_RUNS").ok();
    let cases = runs.and_then(|runs| if runs == "full" { Some(2000) } else { runs.parse().ok() });
    ProptestConfig::with_cases(cases.unwrap_or(40))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn three_workstations_by_dmsp_agree_with_truth_wherever_their_calls_were_cut(events in events()) {
        lives(Way::Dmsp, &events);
    }

    #[test]
    fn three_workstations_by_imap_agree_with_truth_wherever_their_calls_were_cut(events in events()) {
        lives(Way::ImapFlags, &events);
        lives(Way::ImapQresync, &events);
    }
}
