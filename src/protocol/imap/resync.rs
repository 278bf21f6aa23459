//! What a client has missed since its last visit (RFC 7162 §3.2.5, §3.2.6).

use super::capability::Enabled;
use super::command::{Changed, Resync};
use super::set::{Numbers, SequenceSet};
use super::state::{Loan, Reply};
use super::view::{Shape, View};
use crate::mail::store::{ChangeKind, ModSeq, Store, Uid};
use crate::session::Output;

/// Says what is gone and what has changed since the last visit: after SELECT with QRESYNC, when UIDVALIDITY is
/// still the same.
pub fn catch_up(view: &View, resync: &Resync, remembered: usize, store: &Store, out: &mut Output) {
    let Some(mailbox) = store.mailbox(view.mailbox) else { return };
    if mailbox.uid_validity != resync.uid_validity {
        return;
    }
    let last = mailbox.uid_next.0 - 1;
    let known = match &resync.known {
        Some(set) => set.resolve(Some(last).filter(|last| *last > 0)),
        None => Numbers::range(1, last),
    };
    // A number that was never given comes from another life of the server: nothing that it stands for is known.
    let since = Some(ModSeq(resync.modseq)).filter(|since| *since <= store.modseq()).unwrap_or_default();
    let asked = match &resync.matched {
        Some((numbers, uids)) => known.starting_at(first_unmatched(view, numbers, uids)),
        None => known.clone(),
    };
    let mut text = vanished_text(view, since, &asked, remembered, store);
    let shape = Shape::of(Enabled { qresync: true, condstore: true, ..Enabled::default() }, true);
    for (index, entry) in view.entries().iter().enumerate() {
        if entry.modseq > since && known.contains(entry.uid.0) {
            view.write_flags(index, entry, shape, &mut text, Some(mailbox));
        }
    }
    if !text.is_empty() {
        out.write(text);
    }
}

/// Up to the last pair of number and UID that still fits, the client knows all that is gone: the UID behind it
/// (RFC 7162 §3.2.5.2).
fn first_unmatched(view: &View, numbers: &SequenceSet, uids: &SequenceSet) -> u32 {
    let largest = Some(u32::MAX);
    let (numbers, uids) = (numbers.resolve(largest), uids.resolve(largest));
    let mut first = 1;
    for (number, uid) in numbers.iter().zip(uids.iter()) {
        let fits = view.entries().get(number as usize - 1).is_some_and(|entry| entry.uid.0 == uid);
        if !fits {
            break;
        }
        first = uid.saturating_add(1);
    }
    first
}

/// `* VANISHED (EARLIER) 41,43:116`, or nothing.
pub fn vanished_text(
    view: &View,
    since: ModSeq,
    asked: &Numbers,
    remembered: usize,
    store: &Store,
) -> Vec<u8> {
    let Some(mailbox) = store.mailbox(view.mailbox) else { return Vec::new() };
    let vanished = match expunged_since(view, since, remembered, store) {
        // What the client can still see is told by VANISHED without EARLIER (RFC 7162 §3.2.10).
        Some(expunged) => {
            expunged.iter().filter(|uid| asked.contains(*uid) && view.index_of(Uid(*uid)).is_none()).collect()
        }
        None => missing(view, mailbox.uid_next, asked),
    };
    match vanished.is_empty() {
        true => Vec::new(),
        false => format!("* VANISHED (EARLIER) {vanished}\r\n").into_bytes(),
    }
}

/// The UIDs that were removed after `since`; `None` if that is longer ago than the server remembers.
fn expunged_since(view: &View, since: ModSeq, remembered: usize, store: &Store) -> Option<Numbers> {
    let mut uids: Vec<u32> = store
        .changes_since(since)
        .filter(|change| change.mailbox == view.mailbox && change.kind == ChangeKind::Expunged)
        .map(|change| change.uid.0)
        .collect();
    if uids.len() > remembered {
        return None;
    }
    uids.sort_unstable();
    Some(uids.into_iter().collect())
}

/// All UIDs that were asked for, may once have been there, and are not: gaps between messages, whoever made them.
fn missing(view: &View, uid_next: Uid, asked: &Numbers) -> Numbers {
    let mut gaps: Vec<std::ops::RangeInclusive<u32>> = Vec::new();
    let mut next = 1;
    for entry in view.entries().iter() {
        if entry.uid.0 > next {
            gaps.push(next..=entry.uid.0 - 1);
        }
        next = entry.uid.0.saturating_add(1);
    }
    if next < uid_next.0 {
        gaps.push(next..=uid_next.0 - 1);
    }
    asked.intersection(&gaps)
}

/// What is gone comes before any FETCH response (RFC 7162 §3.2.6).
pub fn tell_vanished(
    view: &View,
    by_uid: bool,
    set: &SequenceSet,
    changed: Option<Changed>,
    loan: &mut Loan<'_>,
) -> Result<(), Reply> {
    let Some(changed) = changed.filter(|changed| changed.vanished) else { return Ok(()) };
    if !loan.enabled.qresync {
        return Err(loan.bad_at("VANISHED", "VANISHED needs ENABLE QRESYNC first", "RFC 7162 §3.2.6"));
    }
    // `*` may be above all messages that are left: it stands for the last UID that was given.
    let asked = match set.is_saved() {
        true => view.resolve(set, by_uid),
        false => set.resolve(loan.store.mailbox(view.mailbox).map(|mailbox| mailbox.uid_next.0 - 1)),
    };
    let remembered = loan.settings.expunges_remembered;
    let text = vanished_text(view, ModSeq(changed.since), &asked, remembered, loan.store);
    if !text.is_empty() {
        loan.out.write(text);
    }
    Ok(())
}
