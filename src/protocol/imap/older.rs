//! What servers before IMAP4 answered otherwise (RFC 1064, RFC 1176, draft-ietf-imap-imap2bis-02).

use super::command::{Find, Verb};
use super::dialect::Dialect;
use super::mailboxes;
use super::set::SequenceSet;
use super::state::{Loan, Reply, State};
use super::view::View;
use crate::mail::flags::Flags;
use crate::mail::store::{FlagChange, UserId};

/// How a command is written in an older dialect, where that is not as its row in COMMANDS says; `version3` for IMAP3
/// once that was chosen.
#[must_use]
pub const fn syntax(verb: Verb, dialect: Dialect, version3: bool) -> Option<&'static str> {
    if dialect.takes_extensions() {
        return None;
    }
    Some(match (verb, dialect) {
        (Verb::Select, _) => "SELECT mailbox",
        (Verb::Examine, _) => "EXAMINE mailbox",
        (Verb::List, _) => "LIST reference pattern",
        (Verb::Append, Dialect::Imap2bis) => "APPEND mailbox literal",
        (Verb::Append, _) => "APPEND mailbox [(flags)] [date] literal",
        (Verb::Subscribe, Dialect::Imap2bis) => "SUBSCRIBE MAILBOX mailbox",
        (Verb::Unsubscribe, Dialect::Imap2bis) => "UNSUBSCRIBE MAILBOX mailbox",
        (Verb::Find, Dialect::Imap2 | Dialect::Imap3) => "FIND MAILBOXES|BBOARDS pattern",
        (Verb::Find, Dialect::Imap4) => "FIND MAILBOXES|ALL.MAILBOXES pattern",
        (Verb::Search, Dialect::Imap4) => "SEARCH [CHARSET name] keys",
        (Verb::Search, _) if version3 => "SEARCH [~]criterion ...",
        (Verb::Search, _) => "SEARCH criterion ...",
        (Verb::Fetch, _) if version3 => "FETCH sequence key|(keys)",
        (Verb::Fetch, _) => "FETCH sequence items",
        (Verb::Store, Dialect::Imap4) => "STORE set [+|-]FLAGS[.SILENT] flags",
        (Verb::Store, _) if version3 => "STORE sequence [+|-]FLAGS flags | STORE sequence key value",
        (Verb::Store, _) => "STORE sequence [+|-]FLAGS flags",
        (Verb::Authenticate, _) => "AUTHENTICATE mechanism",
        _ => return None,
    })
}

/// The document in which a command of this dialect stands.
#[must_use]
pub fn clause(clause: &'static str, dialect: Dialect, version3: bool) -> &'static str {
    match dialect {
        Dialect::Imap3 if !version3 && clause != "RFC 1203" => "RFC 1064",
        older if !older.takes_extensions() && clause.starts_with("RFC 3501") => older.clause(),
        Dialect::Imap2 | Dialect::Imap3 | Dialect::Imap2bis => dialect.clause(),
        _ => clause,
    }
}

/// BBOARD opens a board to read (RFC 1176, BBOARD). The mailbox that was open is left in any case.
pub(super) fn bboard(user: UserId, name: &str, loan: &mut Loan<'_>) -> (State, Reply) {
    let id = loan.store.board(name);
    let view = id.and_then(|id| View::open(id, true, loan.settings.dialect, loan.store, loan.out));
    match view {
        Some(view) => (State::Selected(user, view), Reply::Ok("[READ-ONLY] BBOARD completed".to_owned())),
        None => {
            let why = "there is no bulletin board of this name; FIND BBOARDS * lists them";
            (State::Authenticated(user), Reply::no(why))
        }
    }
}

/// What COPY does first about a mailbox that is not there.
pub(super) fn before_copy(user: UserId, mailbox: &str, loan: &mut Loan<'_>) {
    match loan.settings.dialect {
        // RFC 1064, RFC 1176, COPY: the server should create it.
        Dialect::Imap2 | Dialect::Imap3 => mailboxes::create_missing(user, mailbox, loan.store),
        _ => tell_trycreate(user, mailbox, loan),
    }
}

/// IMAP2bis has CREATE, and says by an untagged OK that it would help (RFC 1732, RFC 2061).
pub(super) fn tell_trycreate(user: UserId, mailbox: &str, loan: &mut Loan<'_>) {
    if loan.settings.dialect == Dialect::Imap2bis && loan.store.mailbox_named(user, mailbox).is_none() {
        loan.out.write(&b"* OK [TRYCREATE] CREATE would help\r\n"[..]);
    }
}

/// In IMAP2 each message that was copied is named, and is \Seen from then on (RFC 1064, RFC 1176, COPY).
pub(super) fn after_copy(view: &View, set: &SequenceSet, reply: &Reply, loan: &mut Loan<'_>) {
    if !matches!(loan.settings.dialect, Dialect::Imap2 | Dialect::Imap3) || !matches!(reply, Reply::Ok(_)) {
        return;
    }
    let mut text = Vec::new();
    for index in view.indices(set, false).into_iter().flatten() {
        let Some(entry) = view.entries().get(index) else { continue };
        text.extend_from_slice(format!("* {} COPY\r\n", index + 1).as_bytes());
        let before = view.flags_now(entry, loan.store.mailbox(view.mailbox));
        if !view.read_only && !before.contains(Flags::SEEN) {
            loan.store.change_flags(view.mailbox, entry.uid, FlagChange::Add, Flags::SEEN);
            view.write_flags(index, entry, view.plain_shape(), &mut text, loan.store.mailbox(view.mailbox));
        }
    }
    loan.out.write(text);
}

/// CHECK: the server should say how many messages there are before it answers (RFC 1064, RFC 1176, CHECK); later
/// there is no promise (RFC 1732).
pub(super) fn check(view: &mut View, loan: &mut Loan<'_>) -> Reply {
    if matches!(loan.settings.dialect, Dialect::Imap2 | Dialect::Imap3) {
        view.tell_counts(loan.store, *loan.enabled, loan.out);
    }
    Reply::done("CHECK")
}

/// The boards that FIND BBOARDS and FIND ALL.BBOARDS show: there is no list of boards that somebody subscribed to by
/// IMAP, so it is all of them.
pub(super) fn boards<'a>(what: Find, loan: &'a Loan<'_>) -> impl Iterator<Item = &'a str> {
    let wanted = what == Find::Boards;
    let boards = loan.store.boards().filter_map(|board| loan.store.mailbox(board));
    boards.filter(move |_| wanted).map(|board| board.name.as_str())
}
