//! Operations on messages (RFC 1056 §4.10). A subscriber may read a bulletin board, and no more.

use super::descriptor::{Change, Descriptor};
use super::error::Refusal;
use super::flags::{self, COPIED, DELETED, PRINTED};
use super::names;
use super::reply::Reply;
use super::state::{Client, Context};
use crate::mail::store::{Entry, Mailbox, MailboxId, Store, Uid};

/// A mailbox that may be read.
enum Readable {
    Own(MailboxId),
    /// A board to which the user is subscribed, and the first UID not seen.
    Board(MailboxId, Uid),
}

impl Readable {
    fn named(store: &Store, client: &Client, name: &str) -> Result<Self, Refusal> {
        if let Some(own) = names::mailbox(store, client.user, name) {
            return Ok(Self::Own(own));
        }
        let known = store.board_subscriptions(client.user).iter();
        known
            .filter(|known| known.name.eq_ignore_ascii_case(name) && store.is_board(known.board))
            .map(|known| Self::Board(known.board, known.first_unseen))
            .next()
            .ok_or_else(|| Refusal::NoMailbox(name.to_owned()))
    }

    const fn id(&self) -> MailboxId {
        match self {
            Self::Own(id) | Self::Board(id, _) => *id,
        }
    }
}

/// A mailbox of the user's own: a board of somebody else's is only read.
fn writable(store: &Store, client: &Client, name: &str) -> Result<MailboxId, Refusal> {
    match Readable::named(store, client, name)? {
        Readable::Own(id) => Ok(id),
        Readable::Board(..) => {
            Err(Refusal::Denied(format!("{name} is a bulletin board, which you may only read")))
        }
    }
}

fn entry(store: &Store, at: MailboxId, uid: Uid) -> Result<(&Mailbox, &Entry), Refusal> {
    let mailbox = store.mailbox(at);
    let found = mailbox.and_then(|mailbox| mailbox.entry(uid).map(|entry| (mailbox, entry)));
    found.ok_or(Refusal::NoMessage(uid.0))
}

/// The entries with this UID and higher ones.
fn from(mailbox: &Mailbox, uid: Uid) -> impl Iterator<Item = &Entry> {
    let first = mailbox.entries.partition_point(|entry| entry.uid < uid);
    (first..mailbox.entries.len()).filter_map(|index| mailbox.entries.get(index))
}

fn descriptor_list(changes: impl Iterator<Item = Change>) -> Reply {
    let mut text = Vec::new();
    changes.for_each(|change| change.write(&mut text));
    Reply::List(250, "Descriptor list follows:".to_owned(), text)
}

/// `FETCH-CHANGED-DESCRIPTORS`: what this client has not noted yet. It stays on the list until it is reset (§5.2).
pub fn fetch_changed(
    client: &mut Client,
    name: &str,
    max: u32,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let store = &mut *context.store;
    let at = match Readable::named(store, client, name)? {
        Readable::Own(id) => id,
        // A subscriber has no update list: what counts is what the user has not seen.
        Readable::Board(id, first_unseen) => {
            let Some(board) = store.mailbox(id) else { return Err(Refusal::NoMailbox(name.to_owned())) };
            let unseen = from(board, first_unseen).take(max as usize);
            return Ok(descriptor_list(unseen.map(|entry| Change::Descriptor(Descriptor::of(board, entry)))));
        }
    };
    let list = store.update_list(client.user, &client.name, at);
    let told = store.modseq();
    client.told.retain(|(mailbox, _)| *mailbox != at);
    client.told.push((at, told));
    let Some(mailbox) = store.mailbox(at) else { return Err(Refusal::NoMailbox(name.to_owned())) };
    Ok(descriptor_list(list.iter().take(max as usize).map(|uid| match mailbox.entry(uid) {
        Some(entry) => Change::Descriptor(Descriptor::of(mailbox, entry)),
        None => Change::Expunged(uid),
    })))
}

/// `RESET-DESCRIPTORS`: these are noted. Literally all of the range go, also what changed after it was told; in
/// safe mode that stays.
pub fn reset(
    client: &Client,
    name: &str,
    low: Uid,
    high: Uid,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let store = &mut *context.store;
    let Readable::Own(at) = Readable::named(store, client, name)? else { return Ok(Reply::ok()) };
    let told = client.told.iter().find(|(mailbox, _)| *mailbox == at).map(|(_, told)| *told);
    let told = told.filter(|_| context.settings.safe_reset).unwrap_or_else(|| store.modseq());
    if low <= high {
        store.acknowledge(client.user, &client.name, at, (low, high), told);
    }
    Ok(Reply::ok())
}

/// `FETCH-DESCRIPTORS`: the messages there are in a range, whether they changed or not.
pub fn fetch_range(
    client: &Client,
    name: &str,
    low: Uid,
    high: Uid,
    context: &Context<'_>,
) -> Result<Reply, Refusal> {
    let at = Readable::named(context.store, client, name)?.id();
    let Some(mailbox) = context.store.mailbox(at) else { return Err(Refusal::NoMailbox(name.to_owned())) };
    let range = from(mailbox, low).take_while(|entry| entry.uid <= high);
    Ok(descriptor_list(range.map(|entry| Change::Descriptor(Descriptor::of(mailbox, entry)))))
}

/// `FETCH-MESSAGE`: the text, and nothing changes: whether it was seen is for the client to say.
pub fn fetch(client: &Client, name: &str, uid: Uid, context: &Context<'_>) -> Result<Reply, Refusal> {
    let at = Readable::named(context.store, client, name)?.id();
    let (_, entry) = entry(context.store, at, uid)?;
    let octets = entry.message.octets().map_err(|_| Refusal::Internal("the message's text is lost"))?;
    Ok(Reply::Message { words: "Message follows:".to_owned(), id: entry.id, octets })
}

/// `COPY-MESSAGE`: answered by the descriptor of the copy, whose UID the client could not know.
pub fn copy(
    client: &Client,
    source_name: &str,
    target_name: &str,
    uid: Uid,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let store = &mut *context.store;
    let source = Readable::named(store, client, source_name)?;
    let target = match writable(store, client, target_name) {
        Err(Refusal::Denied(why)) => {
            entry(store, source.id(), uid)?;
            return Err(Refusal::Denied(why));
        }
        found => found?,
    };
    if source.id() == target {
        return Err(Refusal::OntoItself);
    }
    entry(store, source.id(), uid)?;
    let lost = Refusal::Internal("the copy could not be made");
    let copy = store.copy(source.id(), uid, target).ok_or_else(|| lost.clone())?;
    for fresh in [DELETED, COPIED] {
        flags::set(store, target, copy, fresh, false);
    }
    if let Readable::Own(source) = source {
        flags::set(store, source, uid, COPIED, true);
    }
    let (mailbox, entry) = entry(store, target, copy)?;
    Ok(descriptor_list(std::iter::once(Change::Descriptor(Descriptor::of(mailbox, entry)))))
}

/// `SET-MESSAGE-FLAG`: goes onto the lists of the user's other clients.
pub fn set_flag(
    client: &Client,
    name: &str,
    uid: Uid,
    (flag, on): (u8, bool),
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let at = writable(context.store, client, name)?;
    entry(context.store, at, uid)?;
    let set = |store: &mut Store| flags::set(store, at, uid, flag, on);
    let done = match context.settings.echo_own_changes {
        true => set(context.store),
        false => context.store.in_the_name_of(client.user, &client.name, set),
    };
    done.map(|()| Reply::ok()).ok_or(Refusal::Internal("this mailbox can have no more keywords"))
}

/// `PRINT-MESSAGE`: onto paper, and the flag says so.
pub fn print(
    client: &Client,
    name: &str,
    uid: Uid,
    printer: &str,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let readable = Readable::named(context.store, client, name)?;
    let (_, entry) = entry(context.store, readable.id(), uid)?;
    let message = entry.id;
    let known = context.settings.printers.iter().find(|known| known.eq_ignore_ascii_case(printer));
    let known = known.ok_or_else(|| Refusal::NoPrinter(printer.to_owned()))?;
    if context.store.printed().count() >= context.settings.limits.papers {
        return Err(Refusal::Internal("the printer is out of paper"));
    }
    let clock = context.store.clock(context.now);
    context.store.print(known, message, clock);
    if let Readable::Own(at) = readable {
        flags::set(context.store, at, uid, PRINTED, true);
    }
    Ok(Reply::ok())
}
