//! STORE, COPY, EXPUNGE and CLOSE: commands that change messages (RFC 3501 §6.4).

use super::command::FlagName;
use super::mailboxes;
use super::set::{Numbers, SequenceSet};
use super::state::Reply;
use super::view::{Shape, View};
use crate::mail::flags::Flags;
use crate::mail::store::{Entry, FlagChange, Mailbox, MailboxId, ModSeq, Store, Uid, UserId};
use crate::session::Output;

/// What STORE is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The set holds UIDs.
    pub by_uid: bool,
    /// Replace, add or remove.
    pub kind: FlagChange,
    /// `.SILENT`: do not answer with the new flags.
    pub silent: bool,
    /// Which flags.
    pub flags: Vec<FlagName>,
    /// Only messages that did not change later than this (RFC 7162 §3.1.3).
    pub unchanged_since: Option<u64>,
    /// What FETCH responses show.
    pub shape: Shape,
}

/// Why nothing is changed after EXAMINE.
pub const READ_ONLY: &str = "the mailbox was opened to read only; SELECT it to change it (RFC 3501 §6.3.2)";

/// STORE and UID STORE. Each message's new flags are answered, unless silence was asked for (RFC 3501 §6.4.6).
pub fn store_flags(
    view: &mut View,
    store: &mut Store,
    out: &mut Output,
    set: &SequenceSet,
    change: &Change,
) -> Reply {
    if view.read_only {
        return Reply::no(READ_ONLY);
    }
    let ranges = view.indices(set, change.by_uid);
    let mut flags = Flags::NONE;
    for name in &change.flags {
        match flag(store, view.mailbox, name, change.kind) {
            Some(flag) => flags |= flag,
            None => {
                return Reply::no(format!(
                    "[LIMIT] this mailbox has all its {} keywords already",
                    Flags::KEYWORDS_MAX
                ));
            }
        }
    }
    view.tell_keywords(store, out);
    let mut gone = 0;
    let mut modified = Numbers::default();
    for index in ranges.into_iter().flatten() {
        let Some(entry) = view.entries().get(index) else { continue };
        if change.fails_test(entry, flags, store.mailbox(view.mailbox)) {
            modified.push(if change.by_uid { entry.uid.0 } else { index as u32 + 1 });
            let mut text = Vec::new();
            view.write_flags(index, entry, change.shape, &mut text, store.mailbox(view.mailbox));
            out.write_about(text, entry.id, 0);
            continue;
        }
        if store.change_flags(view.mailbox, entry.uid, change.kind, flags).is_none() {
            gone += 1;
            continue;
        }
        change.answer(view, index, entry, store, out);
    }
    let code = if modified.is_empty() { String::new() } else { format!("[MODIFIED {modified}] ") };
    let word = if change.by_uid { "UID STORE" } else { "STORE" };
    match gone {
        0 if modified.is_empty() => Reply::done(word),
        0 => Reply::Ok(format!("{code}{word} completed but for these (RFC 7162 §3.1.3)")),
        _ => {
            // What is gone needs no flags: the client sees by the missing FETCH, and by the code, that it is.
            let code = if code.is_empty() { "[EXPUNGEISSUED] " } else { &code };
            Reply::Ok(format!("{code}done, but {gone} of the messages were expunged by another session"))
        }
    }
}

impl Change {
    /// True if the message changed later than the client knows. A client that adds or removes flags is not
    /// bothered about other flags, as long as what it was told last still holds for these (RFC 7162 §3.1.12).
    fn fails_test(&self, known: &Entry, flags: Flags, mailbox: Option<&Mailbox>) -> bool {
        let Some(since) = self.unchanged_since.map(ModSeq) else { return false };
        let Some(now) = mailbox.and_then(|mailbox| mailbox.entry(known.uid)) else { return false };
        let touches_other_flags_only = self.kind != FlagChange::Replace
            && known.modseq <= since
            && known.flags & flags == now.flags & flags;
        now.modseq > since && !touches_other_flags_only
    }

    /// The new flags; or, where silence was asked for, the new modification sequence alone, which a client needs
    /// that keeps them (RFC 7162 §3.1.3).
    fn answer(&self, view: &View, index: usize, entry: &Entry, store: &Store, out: &mut Output) {
        let mailbox = store.mailbox(view.mailbox);
        let mut text = Vec::new();
        if !self.silent {
            view.write_stored(index, entry, self.shape, &mut text, mailbox);
        } else if self.shape.modseq {
            let shown = self.shape.text(entry, mailbox);
            text = format!("* {} FETCH ({})\r\n", index + 1, shown.trim_start()).into_bytes();
        } else {
            return;
        }
        out.write_about(text, entry.id, 0);
    }
}

/// The flag of this name; a keyword is made if need be, unless it is only to be removed.
pub fn flag(store: &mut Store, mailbox: MailboxId, name: &FlagName, change: FlagChange) -> Option<Flags> {
    match name {
        FlagName::System(flag) => Some(*flag),
        FlagName::Keyword(name) if change == FlagChange::Remove => {
            let known =
                store.mailbox(mailbox)?.keywords.iter().position(|known| known.eq_ignore_ascii_case(name));
            known.map_or(Some(Flags::NONE), Flags::keyword)
        }
        FlagName::Keyword(name) => store.keyword(mailbox, name),
    }
}

/// EXPUNGE: removes all messages marked `\Deleted`; UID EXPUNGE those of them that are named (RFC 4315 §2.1). The
/// responses are among the news told afterwards. True if something was removed.
pub fn expunge(view: &View, store: &mut Store, uids: Option<&SequenceSet>) -> Result<bool, Reply> {
    if view.read_only {
        return Err(Reply::no(READ_ONLY));
    }
    let named = uids.map(|set| view.resolve(set, true));
    let gone = store.expunge(view.mailbox, |entry| {
        entry.flags.contains(Flags::DELETED) && named.as_ref().is_none_or(|named| named.contains(entry.uid.0))
    });
    Ok(!gone.is_empty())
}

/// CLOSE: as EXPUNGE, and nobody is told; after EXAMINE nothing is removed (RFC 3501 §6.4.2).
pub fn close(view: &View, store: &mut Store) {
    if !view.read_only {
        store.expunge(view.mailbox, |entry| entry.flags.contains(Flags::DELETED));
    }
}

/// What COPY and MOVE are to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Copying<'a> {
    /// The set holds UIDs.
    pub by_uid: bool,
    /// MOVE: what was copied is then removed.
    pub moves: bool,
    /// Tell the copies' UIDs (RFC 4315 §3).
    pub tells_uids: bool,
    /// Where to.
    pub mailbox: &'a str,
}

impl Copying<'_> {
    const fn word(&self) -> &'static str {
        match (self.moves, self.by_uid) {
            (false, false) => "COPY",
            (false, true) => "UID COPY",
            (true, false) => "MOVE",
            (true, true) => "UID MOVE",
        }
    }
}

/// COPY and MOVE: all or nothing (RFC 3501 §6.4.7, RFC 6851 §3.3).
pub fn copy(
    view: &View,
    user: UserId,
    store: &mut Store,
    out: &mut Output,
    set: &SequenceSet,
    copying: &Copying<'_>,
) -> Reply {
    let ranges = view.indices(set, copying.by_uid);
    if copying.moves && view.read_only {
        return Reply::no(READ_ONLY);
    }
    let Some(to) = store.mailbox_named(user, copying.mailbox) else {
        return Reply::no(format!(
            "[TRYCREATE] {}",
            mailboxes::no_such_mailbox(store, user, copying.mailbox)
        ));
    };
    let mut uids: Vec<_> = ranges
        .into_iter()
        .flatten()
        .filter_map(|index| view.entries().get(index))
        .map(|entry| entry.uid)
        .collect();
    let there = |uid: &Uid| store.mailbox(view.mailbox).is_some_and(|mailbox| mailbox.entry(*uid).is_some());
    if copying.by_uid {
        // A UID that does not exist is passed over without a word (RFC 3501 §6.4.8).
        uids.retain(there);
    } else if !uids.iter().all(there) {
        return Reply::no(
            "[EXPUNGEISSUED] nothing was copied: another session has expunged some of the messages (RFC 2180 §4.4)",
        );
    }
    let room = store.mailbox(to).is_some_and(|to| (u32::MAX - to.uid_next.0) as usize > uids.len());
    if !room {
        return Reply::no("[LIMIT] nothing was copied: the mailbox has no UIDs left");
    }
    let copies: Numbers =
        uids.iter().filter_map(|uid| store.copy(view.mailbox, *uid, to)).map(|uid| uid.0).collect();
    let validity = store.mailbox(to).map_or(0, |mailbox| mailbox.uid_validity);
    let sources: Numbers = uids.iter().map(|uid| uid.0).collect();
    // The UIDs pair up in order; of nothing there is no code (RFC 4315 §3).
    let code = if copying.tells_uids && !copies.is_empty() {
        format!("[COPYUID {validity} {sources} {copies}] ")
    } else {
        String::new()
    };
    if !copying.moves {
        return Reply::Ok(format!("{code}{} completed", copying.word()));
    }
    // RFC 6851 §4.3: the UIDs come before the first EXPUNGE.
    if !code.is_empty() {
        out.write(format!("* OK {code}moved\r\n"));
    }
    store.expunge(view.mailbox, |entry| sources.contains(entry.uid.0));
    Reply::done(copying.word())
}
