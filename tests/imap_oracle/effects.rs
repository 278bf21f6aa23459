//! What a command must answer, and what it changes once it is granted.

use std::collections::BTreeSet;

use super::command::{Command, Letter, Mode, mailbox_name};
use super::oracle::{Oracle, Response};
use super::rules::Rule;
use super::truth::{Message, Truth};
use super::visit::Moment;
use super::wire::{self, Set, Value};

/// What a granted command did.
#[derive(Default)]
pub struct Done {
    /// The messages by number, before news of this answer.
    pub view: Vec<usize>,
    /// Messages that the command was about, and whether they had changed since what it said.
    pub named: Vec<(usize, Option<bool>)>,
    /// Messages that STORE left as they were, as the server says.
    pub modified: BTreeSet<usize>,
    /// Messages that are gone by it.
    pub removed: Vec<usize>,
    /// Messages whose flags the client does not know as they are.
    pub stale: BTreeSet<usize>,
}

/// Checks OK, NO or BAD; else says what would be right.
pub fn outcome(oracle: &Oracle, at: usize, command: &Command, outcome: &str) -> Result<(), String> {
    let right = right_outcomes(oracle, at, command);
    if right.contains(&outcome) { Ok(()) } else { Err(right.join(" or ")) }
}

fn right_outcomes(oracle: &Oracle, at: usize, command: &Command) -> &'static [&'static str] {
    const OK: &[&str] = &["OK"];
    const NO: &[&str] = &["NO"];
    const BAD: &[&str] = &["BAD"];
    const ANY: &[&str] = &["OK", "NO"];
    let truth = &oracle.truth;
    let exists = |name: &str| truth.names.contains_key(name.trim_end_matches('/'));
    let has_inferiors = |name: &str| truth.names.keys().any(|known| known.starts_with(&format!("{name}/")));
    let if_exists = |name: &str| if exists(name) { OK } else { NO };
    let visit = oracle.clients[at].visit.as_ref();
    if command.needs_mailbox() && visit.is_none() {
        return BAD;
    }
    let read_only = visit.is_some_and(|visit| visit.read_only);
    // `Some(true)` if another session has taken some of the messages away; `None` if there is no such number.
    let some_gone = |set: &Set, by_uid: bool| {
        let members = visit?.members(set, by_uid, truth)?;
        Some(!by_uid && members.iter().any(|id| truth.messages[*id].gone.is_some()))
    };
    match command {
        Command::Select { name, .. } | Command::Status(name) | Command::Append(name, _) => if_exists(name),
        Command::Create(name) => {
            if exists(name) {
                NO
            } else {
                OK
            }
        }
        Command::Delete(name) if name == "INBOX" => NO,
        Command::Delete(name) => if_exists(name),
        Command::Rename(_, to) if exists(to) => NO,
        Command::Rename(from, to) if has_inferiors(to) || to.starts_with(&format!("{from}/")) => ANY,
        Command::Rename(from, _) if has_inferiors(from) => OK,
        Command::Rename(from, _) => if_exists(from),
        Command::Fetch { set, by_uid, .. } => match some_gone(set, *by_uid) {
            None => BAD,
            Some(true) => ANY,
            Some(false) => OK,
        },
        Command::Store { set, by_uid, .. } => match some_gone(set, *by_uid) {
            None => BAD,
            Some(_) if read_only => NO,
            Some(true) => ANY,
            Some(false) => OK,
        },
        Command::Copy { set, by_uid, name, moves } => match some_gone(set, *by_uid) {
            None => BAD,
            Some(_) if (*moves && read_only) || !exists(name) => NO,
            Some(true) => ANY,
            Some(false) => OK,
        },
        Command::Expunge(_) if read_only => NO,
        Command::Other => &["OK", "NO", "BAD"],
        _ => OK,
    }
}

/// Does to the truth what the command did to the store.
pub fn apply(
    oracle: &mut Oracle,
    at: usize,
    command: &Command,
    held: &[Response],
    tagged: &Response,
) -> Done {
    let mut done = Done::default();
    if let Some(visit) = &oracle.clients[at].visit {
        done.view.clone_from(&visit.view);
        let is_stale = |id: &usize| visit.told.get(id) != Some(&oracle.truth.messages[*id].flags);
        done.stale = visit.view.iter().copied().filter(is_stale).collect();
    }
    match command {
        Command::Login => oracle.clients[at].logged_in = true,
        Command::Enable(words) => {
            let has = |word: &str| words.iter().any(|known| known == word);
            oracle.clients[at].qresync |= has("QRESYNC");
            oracle.clients[at].condstore |= has("CONDSTORE") || has("QRESYNC");
        }
        Command::Select { name, read_only, known } => {
            let Some(mailbox) = oracle.truth.names.get(name).copied() else { return done };
            oracle.open(at, mailbox, *read_only);
            let since = known.as_ref().map_or(0, |known| known.1);
            done.named = with_changes(&oracle.truth, oracle.truth.live(mailbox), since);
        }
        Command::Close => {
            if let Some(visit) = oracle.clients[at].visit.take().filter(|visit| !visit.read_only) {
                oracle.truth.remove(visit.mailbox, |_, message| is_deleted(message));
            }
        }
        Command::Unselect => oracle.close(at),
        Command::Logout => oracle.leave(at),
        Command::Create(name) => {
            oracle.truth.create(name.trim_end_matches('/'));
        }
        Command::Delete(name) => oracle.truth.delete(name),
        Command::Rename(from, to) => oracle.truth.rename(from, to),
        Command::Append(name, letters) => append(oracle, at, name, letters, tagged),
        Command::Expunge(uids) => {
            let Some(visit) = &oracle.clients[at].visit else { return done };
            let largest = visit.view.last().and_then(|id| oracle.truth.messages[*id].uid).unwrap_or(0);
            let named = |uid: Option<u32>| match (uids, uid) {
                (None, _) => true,
                (Some(uids), Some(uid)) => wire::holds(uids, uid, largest),
                (Some(_), None) => false,
            };
            let doomed = |_, message: &Message| is_deleted(message) && named(message.uid);
            done.removed = oracle.truth.remove(visit.mailbox, doomed);
        }
        Command::Fetch { by_uid, set, items, since, .. } => {
            let Some(visit) = &oracle.clients[at].visit else { return done };
            let members = visit.members(set, *by_uid, &oracle.truth).unwrap_or_default();
            let sees = !visit.read_only && items.iter().any(|item| item.starts_with("BODY["));
            done.named = with_changes(&oracle.truth, members, since.unwrap_or(0));
            let is_there = |id: &usize| oracle.truth.messages[*id].gone.is_none();
            let seen: Vec<usize> =
                done.named.iter().map(|(id, _)| *id).filter(|id| sees && is_there(id)).collect();
            for id in &seen {
                let mut flags = oracle.truth.messages[*id].flags.clone();
                flags.insert("\\seen".to_owned());
                oracle.truth.set_flags(*id, flags);
            }
        }
        Command::Store { .. } => store(oracle, at, command, tagged, &mut done),
        Command::Copy { by_uid, set, name, moves } => {
            let Some(visit) = &oracle.clients[at].visit else { return done };
            let mut members = visit.members(set, *by_uid, &oracle.truth).unwrap_or_default();
            members.retain(|id| oracle.truth.messages[*id].gone.is_none());
            let from = visit.mailbox;
            let told = if *moves { held } else { std::slice::from_ref(tagged) };
            let mut codes = told.iter().filter_map(|response| response.code.as_ref());
            let code = codes.find(|(name, _)| name == "COPYUID");
            copy(oracle, at, &members, name, code);
            if *moves {
                done.removed = oracle.truth.remove(from, |id, _| members.contains(&id));
            }
        }
        Command::Search { .. } | Command::Noop | Command::Idle => {}
        Command::List | Command::Status(_) | Command::Other => {}
    }
    done
}

fn is_deleted(message: &Message) -> bool {
    message.flags.contains("\\deleted")
}

fn with_changes(truth: &Truth, ids: Vec<usize>, since: u64) -> Vec<(usize, Option<bool>)> {
    ids.into_iter().map(|id| (id, truth.changed_after(id, since))).collect()
}

fn append(oracle: &mut Oracle, at: usize, name: &str, letters: &[Letter], tagged: &Response) {
    let Some(mailbox) = oracle.truth.names.get(name).copied() else { return };
    let ids: Vec<usize> = letters
        .iter()
        .map(|letter| {
            let Letter { flags, date, octets } = letter.clone();
            oracle.truth.add(mailbox, Message { flags, date, octets, ..Message::default() })
        })
        .collect();
    if let Some(("APPENDUID", [validity, uids])) =
        tagged.code.as_ref().map(|(name, words)| (name.as_str(), &words[..]))
    {
        told_uids(oracle, at, mailbox, &ids, validity, uids);
    }
}

fn copy(oracle: &mut Oracle, at: usize, members: &[usize], name: &str, code: Option<&(String, Vec<Value>)>) {
    let Some(to) = oracle.truth.names.get(name).copied() else { return };
    let copies: Vec<usize> = members.iter().map(|id| oracle.truth.copy(*id, to)).collect();
    let Some(("COPYUID", [validity, sources, uids])) = code.map(|(name, words)| (name.as_str(), &words[..]))
    else {
        return;
    };
    let told = wire::set(&sources.text()).map(|set| wire::numbers(&set, 0)).unwrap_or_default();
    let right: Vec<Option<u32>> = members.iter().map(|id| oracle.truth.messages[*id].uid).collect();
    if told.len() != right.len()
        || told.iter().zip(&right).any(|(told, uid)| uid.is_some_and(|uid| uid != *told))
    {
        let what = format!("COPYUID tells of {told:?}, and {right:?} were copied");
        oracle.alarms.push(super::rules::Alarm { rule: Rule::UidPlus, client: at, what });
    }
    told_uids(oracle, at, to, &copies, validity, uids);
}

fn told_uids(oracle: &mut Oracle, at: usize, mailbox: usize, ids: &[usize], validity: &Value, uids: &Value) {
    let uids = wire::set(&uids.text()).map(|set| wire::numbers(&set, 0)).unwrap_or_default();
    let known = oracle.truth.mailboxes[mailbox].validity;
    if uids.len() != ids.len() || known.is_some_and(|known| validity.number() != Some(u64::from(known))) {
        let what =
            format!("UIDs {uids:?} under {} for {} messages under {known:?}", validity.text(), ids.len());
        oracle.alarms.push(super::rules::Alarm { rule: Rule::UidPlus, client: at, what });
    }
    if known.is_none() {
        oracle.truth.mailboxes[mailbox].validity =
            validity.number().and_then(|number| u32::try_from(number).ok());
    }
    for (id, uid) in ids.iter().zip(uids) {
        oracle.told_uid(at, *id, uid);
    }
}

fn store(oracle: &mut Oracle, at: usize, command: &Command, tagged: &Response, done: &mut Done) {
    let Command::Store { by_uid, set, mode, flags, since, .. } = command else { return };
    let Some(mut visit) = oracle.clients[at].visit.take() else { return };
    let truth = &mut oracle.truth;
    let members = visit.members(set, *by_uid, truth).unwrap_or_default();
    if let Some(("MODIFIED", [modified])) =
        tagged.code.as_ref().map(|(name, words)| (name.as_str(), &words[..]))
    {
        let set = wire::set(&modified.text()).unwrap_or_default();
        done.modified = visit.members(&set, *by_uid, truth).unwrap_or_default().into_iter().collect();
    }
    done.named = with_changes(truth, members, since.unwrap_or(0));
    let change = |before: &BTreeSet<String>| -> BTreeSet<String> {
        match mode {
            Mode::Replace => flags.clone(),
            Mode::Add => before | flags,
            Mode::Remove => before - flags,
        }
    };
    for (id, _) in done.named.iter().filter(|(id, _)| !done.modified.contains(id)) {
        if truth.messages[*id].gone.is_none() {
            truth.set_flags(*id, change(&truth.messages[*id].flags));
            // What was asked for silently the client works out by itself.
            if let Some(told) = visit.told.get_mut(id) {
                *told = change(told);
            }
        }
    }
    oracle.clients[at].visit = Some(visit);
}

/// `[UIDVALIDITY 3857529045]`
pub fn uid_validity(at: usize, number: u32, truth: &mut Truth, moment: &mut Moment<'_>) {
    let mailbox = &mut truth.mailboxes[at];
    if let Some((before, _)) = mailbox.before.filter(|(before, _)| number < *before) {
        moment.fault(Rule::UidValidity, format!("{number}, and an earlier mailbox of the name had {before}"));
    }
    if mailbox.validity.is_some_and(|known| known != number) {
        moment.fault(Rule::UidValidity, format!("{:?} becomes {number}", mailbox.validity));
    }
    mailbox.validity = Some(number);
    // UIDs that were told before the UIDVALIDITY was.
    let smallest = mailbox.uids.keys().next().copied().unwrap_or(u32::MAX);
    if mailbox.before.is_some_and(|(before, largest)| before == number && smallest <= largest) {
        moment.fault(Rule::UidValidity, format!("UID {smallest} is given again under {number}"));
    }
}

/// `[UIDNEXT 4392]`
pub fn uid_next(at: usize, number: u32, truth: &mut Truth, moment: &mut Moment<'_>) {
    let mailbox = &mut truth.mailboxes[at];
    let largest = mailbox.uids.keys().next_back().copied().unwrap_or(0);
    if number <= largest || number < mailbox.uid_next {
        let before = mailbox.uid_next;
        moment.fault(Rule::UidNext, format!("{number}, after UID {largest} and a UIDNEXT of {before}"));
    }
    mailbox.uid_next = mailbox.uid_next.max(number);
}

/// `[HIGHESTMODSEQ 715194045007]`
pub fn highest_modseq(at: usize, number: u64, truth: &mut Truth, moment: &mut Moment<'_>) {
    let mailbox = &mut truth.mailboxes[at];
    let least = mailbox.highest.max(mailbox.changed_above.map_or(0, |before| before + 1));
    if number < least {
        moment.fault(Rule::HighestModSeq, format!("{number}, and it must be at least {least}"));
    }
    mailbox.highest = mailbox.highest.max(number);
}

/// `* STATUS name (...)`
pub fn status(words: &[Value], truth: &mut Truth, moment: &mut Moment<'_>) {
    let name = words.first().map(|name| mailbox_name(&name.text())).unwrap_or_default();
    let Some(at) = truth.names.get(&name).copied() else {
        return moment.fault(Rule::Status, format!("there is no {name}"));
    };
    let live = truth.live(at);
    let messages: Vec<&Message> = live.iter().map(|id| &truth.messages[*id]).collect();
    let counts = [
        ("MESSAGES", messages.len()),
        ("RECENT", messages.iter().filter(|message| message.recent_in.is_none()).count()),
        ("UNSEEN", messages.iter().filter(|message| !message.flags.contains("\\seen")).count()),
        ("DELETED", messages.iter().filter(|message| is_deleted(message)).count()),
        ("SIZE", messages.iter().map(|message| message.octets.len()).sum()),
    ];
    let pairs = words.get(1).map(Value::list).unwrap_or_default();
    for pair in pairs.chunks(2) {
        let [item, value] = pair else { return moment.fault(Rule::Grammar, "STATUS with half a pair") };
        let (item, number) = (item.upper(), value.number().unwrap_or(0));
        match item.as_str() {
            "UIDNEXT" => uid_next(at, number as u32, truth, moment),
            "UIDVALIDITY" => uid_validity(at, number as u32, truth, moment),
            "HIGHESTMODSEQ" => highest_modseq(at, number, truth, moment),
            _ => {
                let right = counts.iter().find(|(known, _)| *known == item).map(|(_, count)| *count as u64);
                if right.is_some_and(|right| right != number) {
                    moment.fault(Rule::Status, format!("{item} {number}, where {right:?} is right"));
                }
            }
        }
    }
}
