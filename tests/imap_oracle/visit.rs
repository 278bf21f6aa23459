//! What one client knows of the mailbox that it has open, and the untagged responses that tell it.

use std::collections::{BTreeMap, BTreeSet};

use super::command::{Command, flag_name};
use super::contents;
use super::rules::Rule;
use super::truth::Truth;
use super::wire::{self, Set, Value};

/// A mailbox that is open in a session, from SELECT or EXAMINE on.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    pub number: usize,
    pub mailbox: usize,
    pub read_only: bool,
    /// The messages by number, the first at 0.
    pub view: Vec<usize>,
    /// The flags that the client was told, or can work out.
    pub told: BTreeMap<usize, BTreeSet<String>>,
    pub recent: BTreeSet<usize>,
    /// Keywords that FLAGS named.
    pub keywords: BTreeSet<String>,
    /// What SELECT has said so far.
    pub said: BTreeSet<&'static str>,
}

/// What a response is read with: the command in progress, and what the client has agreed on.
pub struct Moment<'a> {
    pub command: Option<&'a Command>,
    pub qresync: bool,
    /// Modification sequences come with flags.
    pub condstore: bool,
    /// Which items were answered for which message.
    pub answered: &'a mut BTreeMap<usize, BTreeSet<String>>,
    /// UIDs that VANISHED (EARLIER) named.
    pub earlier: &'a mut Set,
    pub faults: &'a mut Vec<(Rule, String)>,
}

impl Moment<'_> {
    pub fn fault(&mut self, rule: Rule, what: impl Into<String>) {
        self.faults.push((rule, what.into()));
    }

    fn is_opening(&self) -> bool {
        matches!(self.command, Some(Command::Select { .. }))
    }
}

impl Visit {
    /// The messages that a set names; `None` if it names a number that is not there.
    pub fn members(&self, set: &Set, by_uid: bool, truth: &Truth) -> Option<Vec<usize>> {
        let uid = |id: &usize| truth.messages[*id].uid.unwrap_or(0);
        if by_uid {
            let largest = self.view.last().map_or(0, uid);
            return Some(self.view.iter().copied().filter(|id| wire::holds(set, uid(id), largest)).collect());
        }
        let largest = self.view.len() as u32;
        let numbers = wire::numbers(set, largest);
        numbers.iter().map(|number| self.view.get((*number as usize).checked_sub(1)?).copied()).collect()
    }

    /// True if every message that the client counts has shown its UID.
    pub fn knows_uids(&self, truth: &Truth) -> bool {
        self.view.iter().all(|id| truth.messages[*id].uid.is_some())
    }

    /// `* n EXISTS`
    pub fn exists(&mut self, number: u32, truth: &mut Truth, moment: &mut Moment<'_>) {
        let live = truth.live(self.mailbox);
        if moment.is_opening() {
            self.said.insert("EXISTS");
            if number as usize != live.len() {
                moment.fault(Rule::Exists, format!("EXISTS {number} where there are {}", live.len()));
            }
            self.take_in(&live, truth);
            return;
        }
        let last = self.view.last().copied();
        let fresh: Vec<usize> = live.into_iter().filter(|id| last.is_none_or(|last| *id > last)).collect();
        let known = self.view.len();
        let range = known..=known + fresh.len();
        if !range.contains(&(number as usize)) {
            moment.fault(
                Rule::Exists,
                format!("EXISTS {number}, where {known} are known and {} new", fresh.len()),
            );
        }
        let news = (number as usize).saturating_sub(known).min(fresh.len());
        self.take_in(&fresh[..news], truth);
    }

    fn take_in(&mut self, ids: &[usize], truth: &mut Truth) {
        for id in ids {
            self.view.push(*id);
            let message = &mut truth.messages[*id];
            if message.recent_in.is_none() {
                self.recent.insert(*id);
                if !self.read_only {
                    message.recent_in = Some(self.number);
                }
            }
        }
    }

    /// `* n RECENT`
    pub fn recent(&mut self, number: u32, moment: &mut Moment<'_>) {
        self.said.insert("RECENT");
        if number as usize != self.recent.len() {
            moment.fault(Rule::Recent, format!("RECENT {number} where {} are", self.recent.len()));
        }
    }

    /// `* n EXPUNGE`
    pub fn expunge(&mut self, number: u32, truth: &Truth, moment: &mut Moment<'_>) {
        if moment.qresync {
            moment.fault(Rule::Vanished, "EXPUNGE after ENABLE QRESYNC");
        }
        self.check_moment(moment);
        let index = (number as usize).wrapping_sub(1);
        let Some(id) = self.view.get(index).copied() else {
            return moment.fault(Rule::DeadNumber, format!("EXPUNGE {number} of {}", self.view.len()));
        };
        self.forget(index, id, truth, moment);
    }

    fn check_moment(&self, moment: &mut Moment<'_>) {
        match moment.command {
            None => moment.fault(Rule::ExpungeMoment, "with no command in progress"),
            Some(command) if command.holds_numbers() || matches!(command, Command::Close) => {
                moment.fault(Rule::ExpungeMoment, format!("during {command:?}"));
            }
            Some(_) => {}
        }
    }

    fn forget(&mut self, index: usize, id: usize, truth: &Truth, moment: &mut Moment<'_>) {
        if truth.messages[id].gone.is_none() {
            moment.fault(Rule::ExpungeFalse, format!("message {} is there", index + 1));
        }
        self.view.remove(index);
        self.told.remove(&id);
        self.recent.remove(&id);
    }

    /// `* VANISHED 405,407` and `* VANISHED (EARLIER) 1:3`
    pub fn vanished(&mut self, words: &[Value], truth: &Truth, moment: &mut Moment<'_>) {
        if !moment.qresync {
            moment.fault(Rule::Vanished, "VANISHED without ENABLE QRESYNC");
        }
        let earlier = words.first().is_some_and(|word| !word.list().is_empty());
        let uids = words.get(usize::from(earlier)).and_then(|uids| wire::set(&uids.text()));
        let Some(uids) = uids else { return moment.fault(Rule::Grammar, "VANISHED without UIDs") };
        if earlier {
            let there = |id: &&usize| truth.messages[**id].uid.is_some_and(|uid| wire::holds(&uids, uid, 0));
            if let Some(id) = truth.live(self.mailbox).iter().find(there) {
                let uid = truth.messages[*id].uid;
                moment.fault(Rule::VanishedEarlier, format!("UID {uid:?} is there"));
            }
            moment.earlier.extend(uids);
            return;
        }
        self.check_moment(moment);
        for uid in wire::numbers(&uids, 0) {
            match self.view.iter().position(|id| truth.messages[*id].uid == Some(uid)) {
                Some(index) if truth.messages[self.view[index]].gone.is_some() => {
                    self.forget(index, self.view[index], truth, moment);
                }
                Some(_) => moment.fault(Rule::Vanished, format!("UID {uid} is there")),
                None => moment.fault(Rule::Vanished, format!("UID {uid} was never told")),
            }
        }
    }

    /// `* n FETCH (...)`
    pub fn fetch(&mut self, number: u32, words: &[Value], truth: &mut Truth, moment: &mut Moment<'_>) {
        let Some(id) = self.view.get((number as usize).wrapping_sub(1)).copied() else {
            return moment.fault(Rule::DeadNumber, format!("FETCH {number} of {}", self.view.len()));
        };
        let pairs = words.first().map(Value::list).unwrap_or_default();
        for pair in pairs.chunks(2) {
            let [name, value] = pair else { return moment.fault(Rule::Grammar, "FETCH with half a pair") };
            let name = name.upper();
            match name.as_str() {
                "UID" => self.uid(number, id, value, truth, moment),
                "FLAGS" => self.flags(number, id, value, truth, moment),
                "MODSEQ" => modseq(id, value, truth, moment),
                _ => contents::check(&mut truth.messages[id], &name, value, moment),
            }
            moment.answered.entry(id).or_default().insert(name);
        }
        let shows = |word: &str| pairs.iter().any(|value| value.upper() == word);
        // RFC 7162 §3.1: what nobody asked for comes with its modification sequence.
        let is_asked = matches!(moment.command, Some(Command::Fetch { .. }));
        if moment.condstore && !is_asked && shows("FLAGS") && !shows("MODSEQ") {
            moment.fault(Rule::ModSeq, format!("flags of message {number} come without MODSEQ"));
        }
    }

    fn uid(&self, number: u32, id: usize, value: &Value, truth: &mut Truth, moment: &mut Moment<'_>) {
        let Some(uid) = value.number().and_then(|uid| u32::try_from(uid).ok()).filter(|uid| *uid > 0) else {
            return moment.fault(Rule::Grammar, "a UID that is none");
        };
        if let Some(known) = truth.messages[id].uid.filter(|known| *known != uid) {
            return moment.fault(Rule::NumberAndUid, format!("number {number} has UID {known}, not {uid}"));
        }
        learn_uid(id, uid, truth, moment);
    }

    fn flags(&mut self, number: u32, id: usize, value: &Value, truth: &Truth, moment: &mut Moment<'_>) {
        let mut shown: BTreeSet<String> = value.list().iter().map(flag_name).collect();
        let is_recent = shown.remove("\\recent");
        let message = &truth.messages[id];
        if message.gone.is_none() {
            if shown != message.flags {
                let right = &message.flags;
                moment.fault(Rule::Flags, format!("message {number} shows {shown:?} and has {right:?}"));
            }
            if is_recent != self.recent.contains(&id) {
                moment.fault(Rule::Recent, format!("message {number} is shown as recent: {is_recent}"));
            }
        }
        if let Some(keyword) =
            shown.iter().find(|flag| !flag.starts_with('\\') && !self.keywords.contains(*flag))
        {
            moment.fault(Rule::Keywords, format!("{keyword} was not named"));
        }
        self.told.insert(id, shown);
    }

    /// After a command that tells all news.
    pub fn check_told(&self, truth: &Truth, moment: &mut Moment<'_>) {
        if let Some(index) = self.view.iter().position(|id| truth.messages[*id].gone.is_some()) {
            moment.fault(Rule::ExpungeMissing, format!("message {} is gone", index + 1));
        }
        let last = self.view.last();
        if truth.live(self.mailbox).iter().any(|id| last.is_none_or(|last| id > last)) {
            moment.fault(Rule::NewMail, "there is new mail");
        }
        let stale = self
            .told
            .iter()
            .find(|(id, told)| truth.messages[**id].gone.is_none() && truth.messages[**id].flags != **told);
        if let Some((id, told)) = stale {
            let right = &truth.messages[*id].flags;
            moment.fault(
                Rule::FlagNews,
                format!("the client believes in {told:?}, and the flags are {right:?}"),
            );
        }
    }
}

/// A UID was shown for a message.
pub fn learn_uid(id: usize, uid: u32, truth: &mut Truth, moment: &mut Moment<'_>) {
    let message = &truth.messages[id];
    let mailbox = &truth.mailboxes[message.mailbox];
    if let Some(other) = mailbox.uids.get(&uid).filter(|other| **other != id) {
        return moment.fault(Rule::UidUnique, format!("UID {uid} is that of messages {other} and {id}"));
    }
    if message.uid.is_some_and(|known| known != uid) {
        return moment.fault(Rule::NumberAndUid, format!("UID {:?} becomes {uid}", message.uid));
    }
    if mailbox.before.is_some_and(|(validity, largest)| mailbox.validity == Some(validity) && uid <= largest)
    {
        moment.fault(Rule::UidValidity, format!("UID {uid} is given again under the same UIDVALIDITY"));
    }
    let is_in_order = mailbox.all.iter().all(|other| match truth.messages[*other].uid {
        Some(theirs) if *other < id => theirs < uid,
        Some(theirs) if *other > id => theirs > uid,
        _ => true,
    });
    if !is_in_order {
        moment.fault(Rule::UidOrder, format!("UID {uid} is out of order"));
    }
    if uid < message.uid_floor {
        moment.fault(Rule::UidNext, format!("UID {uid} is below a UIDNEXT of {}", message.uid_floor));
    }
    let at = message.mailbox;
    truth.messages[id].uid = Some(uid);
    truth.mailboxes[at].uids.insert(uid, id);
}

fn modseq(id: usize, value: &Value, truth: &mut Truth, moment: &mut Moment<'_>) {
    let Some(shown) = value.list().first().and_then(Value::number) else {
        return moment.fault(Rule::Grammar, "a MODSEQ that is none");
    };
    let message = &mut truth.messages[id];
    if message.gone.is_some() {
        return;
    }
    let floor = message.modseq_floor.map_or(message.modseq.unwrap_or(0), |floor| floor + 1);
    if shown < floor {
        moment.fault(Rule::ModSeq, format!("{shown} is shown, and must be at least {floor}"));
    }
    message.modseq = Some(shown);
    message.modseq_floor = None;
    let mailbox = &mut truth.mailboxes[message.mailbox];
    if shown > mailbox.highest {
        mailbox.highest = shown;
    }
}
