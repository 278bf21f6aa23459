//! Whether the answer to a granted command is whole: what must have been said in it.

use std::collections::{BTreeMap, BTreeSet};

use super::command::Command;
use super::effects::Done;
use super::oracle::{Oracle, Response};
use super::rules::Rule;
use super::search;
use super::visit::Moment;
use super::wire::{self, Set, Value};

/// What was said in an answer.
pub struct Said<'a> {
    pub held: &'a [Response],
    pub tagged: &'a Response,
    /// The items that were answered for each message.
    pub answered: &'a BTreeMap<usize, BTreeSet<String>>,
    /// What VANISHED (EARLIER) named.
    pub earlier: &'a Set,
}

/// Checks the answer to a command that was granted.
pub fn check(
    oracle: &Oracle,
    at: usize,
    command: &Command,
    done: &Done,
    said: &Said<'_>,
    faults: &mut Vec<(Rule, String)>,
) {
    match command {
        Command::Select { read_only, known, .. } => {
            opening(oracle, at, *read_only, said, faults);
            if let Some((validity, since, uids)) = known {
                resync(oracle, at, done, (*validity, *since, uids.as_ref()), said, faults);
            }
        }
        Command::Fetch { by_uid, set, items, since, vanished } => {
            fetched(oracle, done, items, *since, said, faults);
            if let (Some(since), true) = (since, *vanished) {
                earlier(oracle, at, *since, (by_uid.then_some(set), &done.view), said, faults);
            }
        }
        Command::Store { silent, since, .. } => stored(oracle, done, *silent, *since, said, faults),
        Command::Search { by_uid, keys, .. } => {
            search::check(oracle, at, done, *by_uid, keys, said.held, faults);
        }
        Command::Expunge(_) | Command::Copy { .. } => {
            let visit = oracle.clients[at].visit.as_ref();
            let left = done.removed.iter().find(|id| visit.is_some_and(|visit| visit.view.contains(id)));
            if let Some(id) = left {
                let uid = oracle.truth.messages[*id].uid;
                faults.push((
                    Rule::ExpungeMissing,
                    format!("the message with UID {uid:?} was removed unheard"),
                ));
            }
        }
        Command::Noop | Command::Idle => {
            if let Some(visit) = &oracle.clients[at].visit {
                let (mut answered, mut earlier) = (BTreeMap::new(), Set::new());
                let mut moment = Moment {
                    command: Some(command),
                    qresync: false,
                    condstore: false,
                    answered: &mut answered,
                    earlier: &mut earlier,
                    faults,
                };
                visit.check_told(&oracle.truth, &mut moment);
            }
        }
        Command::List => listed(oracle, said.held, faults),
        Command::Status(name) => {
            let is_status =
                |response: &Response| response.words.first().is_some_and(|word| word.upper() == "STATUS");
            let counts = said.held.iter().filter(|response| is_status(response)).count();
            if counts != 1 {
                faults.push((Rule::Status, format!("{name} is counted {counts} times")));
            }
        }
        _ => {}
    }
}

fn opening(oracle: &Oracle, at: usize, read_only: bool, said: &Said<'_>, faults: &mut Vec<(Rule, String)>) {
    let Some(visit) = &oracle.clients[at].visit else { return };
    for wanted in ["EXISTS", "RECENT", "FLAGS", "UIDVALIDITY", "UIDNEXT", "HIGHESTMODSEQ", "PERMANENTFLAGS"] {
        if !visit.said.contains(wanted) {
            faults.push((Rule::Opening, format!("{wanted} is missing")));
        }
    }
    let wanted = if read_only { "READ-ONLY" } else { "READ-WRITE" };
    if said.tagged.code.as_ref().is_none_or(|(name, _)| name != wanted) {
        faults.push((Rule::Opening, format!("{wanted} is missing")));
    }
}

/// After SELECT (QRESYNC (...)): what is gone, and what has changed (RFC 7162 §3.2.5.1).
fn resync(
    oracle: &Oracle,
    at: usize,
    done: &Done,
    (validity, since, uids): (u32, u64, Option<&Set>),
    said: &Said<'_>,
    faults: &mut Vec<(Rule, String)>,
) {
    let Some(visit) = &oracle.clients[at].visit else { return };
    if oracle.truth.mailboxes[visit.mailbox].validity != Some(validity) {
        return;
    }
    earlier(oracle, at, since, (uids, &[]), said, faults);
    for (id, changed) in &done.named {
        let uid = oracle.truth.messages[*id].uid;
        let is_known = uid.is_some_and(|uid| uids.is_none_or(|uids| wire::holds(uids, uid, u32::MAX)));
        if is_known && *changed == Some(true) && !said.answered.contains_key(id) {
            faults.push((
                Rule::ChangedSince,
                format!("UID {uid:?} has changed after {since}, and is not told"),
            ));
        }
    }
}

/// VANISHED (EARLIER) names all that went later than the client knows, as far as it asked; but what it could still
/// count is told without EARLIER.
fn earlier(
    oracle: &Oracle,
    at: usize,
    since: u64,
    (uids, counted): (Option<&Set>, &[usize]),
    said: &Said<'_>,
    faults: &mut Vec<(Rule, String)>,
) {
    let Some(visit) = &oracle.clients[at].visit else { return };
    for id in &oracle.truth.mailboxes[visit.mailbox].all {
        let message = &oracle.truth.messages[*id];
        let Some(uid) = message.uid.filter(|uid| uids.is_none_or(|uids| wire::holds(uids, *uid, u32::MAX)))
        else {
            continue;
        };
        let is_gone_since = message.gone.is_some_and(|floor| floor >= since) && !counted.contains(id);
        if is_gone_since && !wire::holds(said.earlier, uid, 0) {
            faults.push((Rule::VanishedEarlier, format!("UID {uid} went after {since}, and is not named")));
        }
    }
}

fn fetched(
    oracle: &Oracle,
    done: &Done,
    items: &[String],
    since: Option<u64>,
    said: &Said<'_>,
    faults: &mut Vec<(Rule, String)>,
) {
    let wanted: Vec<String> = items.iter().map(|item| shown_as(item)).collect();
    for (id, changed) in &done.named {
        if oracle.truth.messages[*id].gone.is_some() {
            continue;
        }
        let answered = said.answered.get(id);
        let is_whole = answered.is_some_and(|shown| wanted.iter().all(|item| shown.contains(item)));
        let uid = oracle.truth.messages[*id].uid;
        match (since, changed) {
            (None, _) if !is_whole => {
                faults.push((Rule::Unanswered, format!("UID {uid:?}: {answered:?} of {wanted:?}")));
            }
            (Some(since), Some(true)) if !is_whole => {
                faults.push((Rule::ChangedSince, format!("UID {uid:?} has changed after {since}")));
            }
            // What others have changed is news, asked for or not.
            (Some(since), Some(false)) if answered.is_some() && !done.stale.contains(id) => {
                faults.push((Rule::ChangedSince, format!("UID {uid:?} has not changed after {since}")));
            }
            _ => {}
        }
    }
}

/// PEEK is not shown, and of a partial its first octet alone (RFC 3501 §7.4.2).
fn shown_as(item: &str) -> String {
    let item = item.replace("BODY.PEEK[", "BODY[");
    match item.rsplit_once('.') {
        Some((head, _)) if item.ends_with('>') => format!("{head}>"),
        _ => item,
    }
}

fn stored(
    oracle: &Oracle,
    done: &Done,
    silent: bool,
    since: Option<u64>,
    said: &Said<'_>,
    faults: &mut Vec<(Rule, String)>,
) {
    for (id, changed) in &done.named {
        let message = &oracle.truth.messages[*id];
        if message.gone.is_some() {
            continue;
        }
        let is_modified = done.modified.contains(id);
        if since.is_some() && changed.is_some_and(|changed| changed != is_modified) {
            let uid = message.uid;
            faults.push((
                Rule::UnchangedSince,
                format!("UID {uid:?}: changed {changed:?}, MODIFIED {is_modified}"),
            ));
        }
        let is_told = said.answered.get(id).is_some_and(|shown| shown.contains("FLAGS"));
        if !silent && !is_modified && !is_told {
            faults.push((Rule::Unanswered, format!("the new flags of UID {:?}", message.uid)));
        }
    }
}

fn listed(oracle: &Oracle, held: &[Response], faults: &mut Vec<(Rule, String)>) {
    let is_list = |response: &&Response| response.words.first().is_some_and(|word| word.upper() == "LIST");
    let is_there = |response: &&Response| {
        let attributes = response.words.get(1).map(Value::list).unwrap_or_default();
        !attributes.iter().any(|word| ["\\NOSELECT", "\\NONEXISTENT"].contains(&word.upper().as_str()))
    };
    let name = |response: &Response| response.words.get(3).map(Value::text).unwrap_or_default();
    let names: BTreeSet<String> = held.iter().filter(is_list).filter(is_there).map(name).collect();
    let right: BTreeSet<String> = oracle.truth.names.keys().cloned().collect();
    if names != right {
        faults.push((Rule::Mailboxes, format!("{names:?} are listed where {right:?} are")));
    }
}
