//! Mutants that get EXISTS, EXPUNGE, numbers, UIDs and \Recent wrong.

use std::num::NonZeroU32;

use maillab::mail::store::{MailboxState, Uid};

use super::{Mutant, Turn, answering, asking, counted, honest};

#[rustfmt::skip]
pub const MUTANTS: &[Mutant] = &[
    answering("exists-high-at-select", |turn| if opens(turn) { turn.recount("EXISTS", |n| n + 1); }),
    answering("exists-low-at-select", |turn| if opens(turn) { turn.recount("EXISTS", |n| n.saturating_sub(1)); }),
    answering("exists-high-in-news", |turn| if !opens(turn) { turn.recount("EXISTS", |n| n + 1); }),
    answering("exists-not-told", |turn| if !opens(turn) {
        turn.answer.retain(|line| counted(line, "EXISTS").is_none() && counted(line, "RECENT").is_none());
    }),
    answering("expunge-not-told", |turn| if let Some(last) = turn.places("EXPUNGE").pop() {
        turn.answer.remove(last);
    }),
    answering("expunge-during-fetch", |turn| tell_early(turn, "FETCH")),
    answering("expunge-during-store", |turn| tell_early(turn, "STORE")),
    answering("expunge-during-search", |turn| tell_early(turn, "SEARCH")),
    answering("expunge-without-command", |turn| if turn.command.is_empty() && turn.client == 0 {
        let news = turn.ask("NOOP");
        turn.answer.extend(news);
    }),
    answering("expunge-twice", |turn| if let Some(last) = turn.places("EXPUNGE").pop() {
        let again = turn.answer[last].clone();
        turn.answer.insert(last, again);
    }),
    answering("expunge-numbers-not-shifted", |turn| {
        let mut gone = 0;
        turn.recount("EXPUNGE", |n| { gone += 1; n + gone - 1 });
    }),
    asking("expunge-one-too-many", |turn| if turn.word() == "EXPUNGE" {
        turn.ask("STORE * +FLAGS.SILENT (\\Deleted)");
    }),
    asking("expunge-one-left", |turn| if turn.word() == "EXPUNGE" {
        let deleted = turn.ask("SEARCH DELETED");
        if let Some(number) = deleted.iter().flat_map(|line| super::numbers_in(line)).last() {
            turn.ask(&format!("STORE {number} -FLAGS.SILENT (\\Deleted)"));
        }
    }),
    asking("close-tells", |turn| if turn.word() == "CLOSE" {
        turn.answer = turn.ask("EXPUNGE");
    }),
    answering("fetch-beyond-exists", |turn| if turn.word() == "NOOP" {
        let beyond = turn.uids().len() + 1;
        turn.insert(vec![format!("* {beyond} FETCH (FLAGS (\\Seen))")]);
    }),
    answering("fetch-of-neighbour", |turn| if turn.word() == "FETCH" {
        turn.recount("FETCH", |n| (n - 1).max(1));
    }),
    answering("fetch-leaves-one-out", |turn| if turn.word() == "FETCH"
        && let Some(last) = turn.places("FETCH").pop() {
        turn.answer.remove(last);
    }),
    answering("uid-reused", |turn| {
        // A message that came behind one that is gone is shown with that one's UID.
        let Some(victim) = victim(turn) else { return };
        turn.renumber("UID ", |uid| if uid == victim { uid - 1 } else { uid });
        turn.edit(|line| match line.split_once("APPENDUID ") {
            Some((head, rest)) => {
                let (validity, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                format!("{head}APPENDUID {validity} {}", super::renumbered(&format!("={rest}"), "=", &mut |uid| if uid == victim { uid - 1 } else { uid }).replace('=', ""))
            }
            None => line.to_owned(),
        });
    }),
    answering("uid-not-ascending", |turn| if turn.is(&["FETCH", "STORE"]) {
        let uids = turn.uids();
        if let [first, second, ..] = uids[..] {
            turn.renumber("UID ", |uid| if uid == first { second } else if uid == second { first } else { uid });
        }
    }),
    answering("uid-differs-by-session", |turn| if turn.client == 1 { turn.renumber("UID ", |uid| uid + 1) }),
    answering("appenduid-off", |turn| turn.edit(|line| second_number(line, "[APPENDUID ", |uid| uid + 1))),
    answering("copyuid-shifted", |turn| turn.edit(|line| second_number(line, "[COPYUID ", |uid| uid + 1))),
    answering("uidnext-low-at-select", |turn| turn.renumber("[UIDNEXT ", |uid| (uid - 1).max(1))),
    answering("uidnext-low-in-status", |turn| if turn.word() == "STATUS" { turn.renumber("UIDNEXT ", |uid| (uid - 1).max(1)); }),
    answering("uidnext-falls", |turn| if opens(turn) {
        let last = turn.uids().last().copied().unwrap_or(0);
        turn.renumber("[UIDNEXT ", |_| last + 1);
    }),
    answering("uidvalidity-kept", |turn| begin_again(turn, 0)),
    answering("uidvalidity-lower", |turn| begin_again(turn, 1)),
    answering("uidvalidity-changes", |turn| if opens(turn) {
        let count = turn.memory.counts.entry("opened".to_owned()).or_default();
        *count += 1;
        let count = *count;
        turn.renumber("[UIDVALIDITY ", |validity| validity + count);
    }),
    answering("recent-twice", |turn| turn.edit(|line| match line.split_once("FLAGS (") {
        Some((head, flags)) if counted(line, "FETCH").is_some() && !flags.contains("\\Recent") => {
            format!("{head}FLAGS (\\Recent{}{flags}", if flags.starts_with(')') { "" } else { " " })
        }
        _ => line.to_owned(),
    })),
    answering("recent-count-high", |turn| turn.recount("RECENT", |n| n + 1)),
    answering("recent-never", |turn| {
        turn.recount("RECENT", |_| 0);
        turn.edit(|line| line.replace(" \\Recent", "").replace("\\Recent ", "").replace("\\Recent", ""));
    }),
    Mutant { name: "vanished-of-living", before: honest, after: |turn| {
        if let Some(last) = turn.uids().last().copied() {
            turn.edit(|line| match line.strip_prefix("* VANISHED ") {
                Some(uids) if !uids.starts_with('(') => format!("* VANISHED {uids},{last}"),
                _ => line.to_owned(),
            });
        }
    } },
];

fn opens(turn: &Turn<'_>) -> bool {
    turn.is(&["SELECT", "EXAMINE"])
}

/// What another session has expunged is told in the answer to this command.
fn tell_early(turn: &mut Turn<'_>, word: &str) {
    if turn.word() == word && !turn.command.contains("UID") {
        let news = turn.ask("NOOP");
        turn.insert(news);
    }
}

/// The last message of the mailbox that is open, if it came behind one that is gone. Once chosen it stays.
fn victim(turn: &mut Turn<'_>) -> Option<u64> {
    if let Some(victim) = turn.memory.counts.get("victim") {
        return Some(*victim);
    }
    let uids = turn.uids();
    let (last, before) = (*uids.last()?, uids.len().checked_sub(2).map_or(0, |at| uids[at]));
    (last > before + 1).then(|| {
        turn.memory.counts.insert("victim".to_owned(), last);
        last
    })
}

/// Changes the numbers of the last word of a code: `[APPENDUID 2 7]`, `[COPYUID 2 1:3 4:6]`.
fn second_number(line: &str, code: &str, change: impl Fn(u64) -> u64) -> String {
    let Some((head, rest)) = line.split_once(code) else { return line.to_owned() };
    let Some((inside, tail)) = rest.split_once(']') else { return line.to_owned() };
    let Some((first, uids)) = inside.rsplit_once(' ') else { return line.to_owned() };
    let mut changed = String::new();
    for part in uids.split_inclusive([':', ',']) {
        let digits = part.trim_end_matches([':', ',']);
        changed += &digits.parse().map_or(digits.to_owned(), |uid: u64| change(uid).to_string());
        changed += &part[digits.len()..];
    }
    format!("{head}{code}{first} {changed}]{tail}")
}

/// A mailbox that is made again begins with UID 1, and with the UIDVALIDITY that its name had, or a lower one.
fn begin_again(turn: &mut Turn<'_>, less: u32) {
    let Some(user) = turn.store.user(b"alice") else { return };
    let known: Vec<(String, u32)> = turn
        .store
        .mailboxes_of(user)
        .map(|(_, mailbox)| (mailbox.name.clone(), mailbox.uid_validity))
        .collect();
    if turn.word() == "CREATE" && turn.is_granted() {
        let name = turn.command.split_ascii_whitespace().nth(2).unwrap_or_default().to_owned();
        if let Some(before) = turn.memory.counts.get(&name) {
            let uid_validity = NonZeroU32::new(*before as u32 - less).map_or(1, NonZeroU32::get);
            let state = MailboxState {
                uid_validity,
                object: None,
                uid_next: Uid(1),
                first_recent: Uid(1),
                keywords: Vec::new(),
            };
            let _ = turn.store.restore_mailbox(user, &name, state);
            return;
        }
    }
    for (name, validity) in known {
        turn.memory.counts.insert(name, u64::from(validity));
    }
}
