//! The referee, who knows what the user did where and when, and looks at what came of it.
//!
//! *Truth* is all acts in order of time on one ideal mailbox. At the end of the week, when every workstation has called
//! twice more:
//!
//! | word | says |
//! |---|---|
//! | lost | an act without effect: its message was not at hand, or nothing anywhere shows that it was done |
//! | double | a message twice in one list of mail, or an answer sent twice |
//! | ghost | on a workstation, but not in truth |
//! | stale | flags or mailbox on a workstation differ from truth |
//! | absent | in truth, but not on a workstation |

use std::collections::BTreeMap;

use super::run::{FRIENDS, LivedPlace, NOT_HERE, subject_of_answer};
use super::{Deed, Week};
use crate::desk::Note;
use crate::mail::flags::Flags;
use crate::mail::store::{Entry, Mailbox, Store};
use crate::scenario::Account;
use crate::station::{INBOX, LocalMail, Look, Mark, Marks, Way};
use crate::world::World;

/// What is wrong at one workstation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Acts done here that have no effect.
    pub lost: u64,
    /// Messages that are here twice.
    pub double: u64,
    /// Messages here that truth does not have.
    pub ghost: u64,
    /// Messages here whose flags or mailbox are not the true ones.
    pub stale: u64,
    /// Messages of truth that are not here.
    pub absent: u64,
}

/// What came of a week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// At each workstation.
    pub places: Vec<Judgement>,
    /// Messages twice at the server, and answers that arrived twice.
    pub double_at_server: u64,
    /// How many acts there were.
    pub acts: u64,
}

/// A message as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrueMessage {
    mailbox: String,
    marks: Marks,
}

/// All acts on one ideal mailbox.
pub fn truth(week: &Week) -> BTreeMap<Look, TrueMessage> {
    let inbox = || TrueMessage { mailbox: INBOX.to_owned(), marks: Marks::default() };
    let looks = week.mail.iter().map(|(_, new)| (Look::of_header(new.message.header()), inbox()));
    let mut truth: BTreeMap<Look, TrueMessage> = looks.collect();
    for act in &week.acts {
        let Some(message) = truth.get_mut(&act.look) else { continue };
        match &act.deed {
            Deed::Read => message.marks = message.marks.with(Mark::Seen, true),
            Deed::Flag(on) => message.marks = message.marks.with(Mark::Flagged, *on),
            Deed::Answer => message.marks = message.marks.with(Mark::Answered, true),
            Deed::File(into) => message.mailbox.clone_from(into),
            Deed::Delete => drop(truth.remove(&act.look)),
        }
    }
    truth
}

/// One list of mail: a workstation's or the server's. Of each look, where it is and with which flags.
type List = BTreeMap<Look, Vec<TrueMessage>>;

fn list_of(mail: &LocalMail) -> List {
    let mut list = List::new();
    for (mailbox, _, message) in mail.shown() {
        let here = TrueMessage { mailbox: mailbox.to_owned(), marks: message.marks };
        list.entry(message.look.clone()).or_default().push(here);
    }
    list
}

fn list_at_server(store: &Store, user: &str, way: Way) -> List {
    let mut list = List::new();
    let Some(user) = store.user(user.as_bytes()) else { return list };
    for (_, mailbox) in store.mailboxes_of(user) {
        for entry in mailbox.entries.iter().filter(|entry| !entry.flags.contains(Flags::DELETED)) {
            let there = TrueMessage { mailbox: mailbox.name.clone(), marks: marks_of(mailbox, entry, way) };
            list.entry(Look::of_header(entry.message.header())).or_default().push(there);
        }
    }
    list
}

/// What a workstation would see of an entry. DMSP has a flag of its own for what IMAP calls flagged.
fn marks_of(mailbox: &Mailbox, entry: &Entry, way: Way) -> Marks {
    let flagged = match way {
        Way::Dmsp => mailbox.keyword_names(entry.flags).any(|name| name == "$User8"),
        _ => entry.flags.contains(Flags::FLAGGED),
    };
    Marks::default()
        .with(Mark::Seen, entry.flags.contains(Flags::SEEN))
        .with(Mark::Answered, entry.flags.contains(Flags::ANSWERED))
        .with(Mark::Flagged, flagged)
}

/// Judges a week.
pub fn judge(week: &Week, way: Way, world: &World, places: &[LivedPlace]) -> Verdicts {
    let truth = truth(week);
    let server = list_at_server(world.store(), &Account::default().user, way);
    let answers = list_at_server(world.store(), FRIENDS, way);
    let lists: Vec<List> = places.iter().map(|place| list_of(&place.mail)).collect();
    let twice = |list: &List| list.values().map(|found| found.len() as u64 - 1).sum::<u64>();
    let mut judged: Vec<Judgement> = lists
        .iter()
        .map(|list| Judgement {
            double: twice(list),
            ghost: list.keys().filter(|look| !truth.contains_key(*look)).count() as u64,
            stale: list.iter().filter(|(look, found)| is_stale(truth.get(*look), found)).count() as u64,
            absent: truth.keys().filter(|look| !list.contains_key(*look)).count() as u64,
            lost: 0,
        })
        .collect();
    let evidence = Evidence { week, truth: &truth, server: &server, answers: &answers, lists: &lists };
    for sitting in &week.sittings {
        for nth in sitting.acts.clone() {
            if evidence.is_lost(nth, sitting.place, world)
                && let Some(judgement) = judged.get_mut(sitting.place)
            {
                judgement.lost += 1;
            }
        }
    }
    Verdicts {
        places: judged,
        double_at_server: twice(&server) + twice(&answers),
        acts: week.acts.len() as u64,
    }
}

/// The flags that acts set; a repository sets others by itself.
fn acted(marks: Marks) -> [bool; 3] {
    [Mark::Seen, Mark::Answered, Mark::Flagged].map(|mark| marks.has(mark))
}

fn is_stale(truth: Option<&TrueMessage>, found: &[TrueMessage]) -> bool {
    truth.is_some_and(|truth| {
        found.iter().any(|one| one.mailbox != truth.mailbox || acted(one.marks) != acted(truth.marks))
    })
}

struct Evidence<'a> {
    week: &'a Week,
    truth: &'a BTreeMap<Look, TrueMessage>,
    server: &'a List,
    answers: &'a List,
    lists: &'a [List],
}

impl Evidence<'_> {
    /// Whether nothing shows that an act was done.
    fn is_lost(&self, nth: usize, place: usize, world: &World) -> bool {
        let Some(act) = self.week.acts.get(nth) else { return false };
        let remark = Note::Remark(format!("{NOT_HERE}{nth}"));
        let was_there =
            !world.journal().notes.iter().any(|taken| taken.workstation == place && taken.note == remark);
        if !was_there {
            return true;
        }
        if let Deed::Answer = act.deed {
            let subject = subject_of_answer(nth);
            return !self.answers.keys().any(|look| look.subject == subject);
        }
        if let Deed::Delete = act.deed {
            return self.server.contains_key(&act.look)
                || self.lists.get(place).is_some_and(|list| list.contains_key(&act.look));
        }
        // What was done later to the message has taken its place.
        let Some(truth) = self.truth.get(&act.look) else { return false };
        let shows = |one: &TrueMessage| match &act.deed {
            Deed::Read => one.marks.has(Mark::Seen),
            Deed::Flag(_) => one.marks.has(Mark::Flagged) == truth.marks.has(Mark::Flagged),
            Deed::File(_) => one.mailbox == truth.mailbox,
            Deed::Delete | Deed::Answer => true,
        };
        let lists = self.lists.iter().chain([self.server]);
        !lists.filter_map(|list| list.get(&act.look)).flatten().any(shows)
    }
}
