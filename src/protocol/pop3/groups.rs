//! XTND: discussion groups (RFC 1082), and mail that goes out (Berkeley's popper).
//!
//! A group is a bulletin board of the store. What RFC 1082 calls its MAXIMA is the UID of its last message: it grows
//! and never comes back. The archive of `news` is the board `news.archive`.

use super::command::Extension;
use super::error::Refusal;
use super::maildrop::Maildrop;
use super::reply::Reply;
use super::state::Context;
use crate::mail::store::{MailboxId, Store};

/// What the name of an archive ends in.
const ARCHIVE: &str = ".archive";

/// Carries out XTND. Each of its positive replies but XMIT's has many lines (RFC 1082).
///
/// # Errors
/// Any [`Refusal`]; nothing has changed then, but see [`super::settings::Quirks::bboards_closes_first`].
pub fn obey(
    maildrop: &mut Maildrop,
    extension: Extension,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let dialect = context.settings.dialect;
    match extension {
        Extension::Transmit if dialect.sends_mail() => Ok(Reply::Line("Start sending the message.".into())),
        Extension::Groups if dialect.reads_groups() => {
            let store = &*context.store;
            let all = store.boards().filter(|board| !name(store, *board).ends_with(ARCHIVE));
            let lines = all.flat_map(|board| listing(store, board)).collect();
            Ok(Reply::Listing("XTND".into(), lines))
        }
        Extension::Group(wanted) if dialect.reads_groups() => open(maildrop, &wanted, "", "bboard", context),
        Extension::Archive(wanted) if dialect.reads_groups() => {
            open(maildrop, &wanted, ARCHIVE, "archive", context)
        }
        Extension::About(wanted) if dialect.reads_groups() => {
            let board = find(&wanted, "", "bboard", context.store)?;
            Ok(Reply::Listing("XTND".into(), about(context.store, board)))
        }
        Extension::Other(word) => Err(Refusal::UnknownExtension(word)),
        _ => Err(Refusal::UnknownExtension(b"that".to_vec())),
    }
}

fn open(
    maildrop: &mut Maildrop,
    wanted: &[u8],
    ending: &str,
    what: &'static str,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let found = find(wanted, ending, what, context.store);
    if found.is_err() && context.settings.quirks.bboards_closes_first {
        // The text's order: the old one is closed, then the name is looked up. Nothing is open then but the same
        // mailbox, without what was marked.
        let same = maildrop.mailbox();
        maildrop.change(same, maildrop.is_group(), context.store)?;
    }
    let board = found?;
    maildrop.change(board, true, context.store)?;
    Ok(Reply::Listing("XTND".into(), listing(context.store, board)))
}

fn find(wanted: &[u8], ending: &str, what: &'static str, store: &Store) -> Result<MailboxId, Refusal> {
    let name = std::str::from_utf8(wanted).ok().map(|name| format!("{name}{ending}"));
    name.and_then(|name| store.board(&name))
        .ok_or_else(|| Refusal::NoSuchFolder { what, name: wanted.to_vec() })
}

fn name(store: &Store, board: MailboxId) -> &str {
    store.mailbox(board).map_or("", |mailbox| mailbox.name.as_str())
}

/// The number of the last message that a group ever held.
fn maxima(store: &Store, board: MailboxId) -> u32 {
    store.mailbox(board).map_or(0, |mailbox| mailbox.uid_next.0.saturating_sub(1))
}

/// `NAME MAXIMA`
fn listing(store: &Store, board: MailboxId) -> Vec<u8> {
    format!("{} {}\r\n", name(store, board).trim_start_matches('.'), maxima(store, board)).into_bytes()
}

/// The fourteen lines of X-BBOARDS: what a host keeps of a group. Paths, passwords and feeds are empty here, and
/// who leads a group is its owner.
fn about(store: &Store, board: MailboxId) -> Vec<u8> {
    let (group, owner) = (name(store, board), store.mailbox(board).map(|mailbox| mailbox.owner));
    let leader = owner.map_or("", |owner| store.user_name(owner));
    let last = store.mailbox(board).and_then(|mailbox| mailbox.entries.last());
    let date = last.map_or_else(String::new, |entry| entry.internal_date.rfc5322());
    let numbers = format!("0 {}", maxima(store, board));
    let lines = [group, "", "", "", "", "", "", leader, "", "", "", "", &numbers, &date];
    lines.iter().flat_map(|line| [line.as_bytes(), b"\r\n"].concat()).collect()
}
