//! Operations on clients, mailboxes, addresses and subscriptions (RFC 1056 §4.6 to §4.9).

use super::command::Keyword;
use super::error::Refusal;
use super::names;
use super::reply::Reply;
use super::session::DmspSettings;
use super::state::{Client, Context};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::store::{MailboxId, Store, UserId};
use crate::time::Duration;

/// Whether a client that was connected at `then` counts as active now (RFC 1056 §3.1).
pub fn is_active(then: Timestamp, now: Timestamp, settings: &DmspSettings) -> bool {
    let week = i64::try_from(settings.inactive_after.as_nanos() / Duration::from_secs(1).as_nanos());
    now.unix.saturating_sub(then.unix) <= week.unwrap_or(i64::MAX)
}

/// The operations that list something.
pub fn list(client: &Client, kind: Keyword, context: &mut Context<'_>) -> Result<Reply, Refusal> {
    let Context { now, settings, store } = context;
    Ok(match kind {
        Keyword::ListClients => {
            let clock = store.clock(*now);
            let lines = store.clients(client.user).iter().map(|known| {
                let active = known.in_use || is_active(known.connected, clock, settings);
                format!("{} {}", known.name, if active { "active" } else { "inactive" })
            });
            Reply::list(220, "Client list <name> <status> follows:", lines)
        }
        Keyword::ListMailboxes => {
            let lines = names::mailboxes(store, client.user).into_iter().filter_map(|(id, name)| {
                let mailbox = store.mailbox(id)?;
                let unseen =
                    mailbox.entries.iter().filter(|entry| !entry.flags.contains(Flags::SEEN)).count();
                Some(format!("{name} {} {} {unseen}", mailbox.uid_next.0, mailbox.entries.len()))
            });
            Reply::list(230, "Mbox list <name> <high-UID> <#msgs> <#new> follows:", lines)
        }
        Keyword::ListSubscriptions => {
            let lines = store.board_subscriptions(client.user).iter().map(|known| {
                let first = known.first_unseen;
                let board = store.mailbox(known.board).filter(|_| store.is_board(known.board));
                let unseen = board.map_or(0, |board| {
                    board.entries.len() - board.entries.partition_point(|entry| entry.uid < first)
                });
                let next = board.map_or(first, |board| board.uid_next);
                format!("{} {} {unseen} {}", known.name, first.0, next.0)
            });
            let words = "Subscriptions <name> <first-unseen-UID> <#unseen> <next-UID> follow:";
            Reply::list(240, words, lines)
        }
        Keyword::ListAvailableSubscriptions => {
            let lines = store.boards().filter_map(|id| store.mailbox(id)).map(|board| board.name.as_str());
            Reply::list(241, "Available subscriptions follow:", lines)
        }
        _ => return Err(Refusal::Internal("this operation lists nothing")),
    })
}

/// The operations on one thing with a name.
pub fn named(
    client: &mut Client,
    kind: Keyword,
    name: &str,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    match kind {
        Keyword::CreateClient => create_client(client, name, context),
        Keyword::DeleteClient => delete_client(client, name, context.store),
        Keyword::ResetClient => reset_client(client, name, context.store),
        Keyword::CreateMailbox => create_mailbox(client, name, context),
        Keyword::DeleteMailbox => delete_mailbox(client, name, context.store),
        Keyword::CreateBboardMailbox => create_board(client, name, context),
        Keyword::DeleteBboardMailbox => delete_board(client, name, context.store),
        Keyword::ResetMailbox => {
            let mailbox = own_mailbox(context.store, client.user, name)?;
            context.store.relist(client.user, &client.name, mailbox);
            Ok(Reply::ok())
        }
        Keyword::ExpungeMailbox => expunge(client, name, context.store),
        Keyword::ListAddresses => {
            let mailbox = own_mailbox(context.store, client.user, name)?;
            let lines = context.store.addresses_of(mailbox).filter(|address| names::is_legal(address));
            Ok(Reply::list(260, "Address list follows:", lines))
        }
        Keyword::CreateSubscription => create_subscription(client, name, context),
        Keyword::DeleteSubscription => match context.store.unsubscribe_from_board(client.user, name) {
            true => Ok(Reply::ok()),
            false => Err(Refusal::NoSubscription(name.to_owned())),
        },
        _ => Err(Refusal::Internal("this operation names nothing")),
    }
}

/// A mailbox of the user's own.
pub fn own_mailbox(store: &Store, user: UserId, name: &str) -> Result<MailboxId, Refusal> {
    names::mailbox(store, user, name).ok_or_else(|| Refusal::NoMailbox(name.to_owned()))
}

fn legal(name: &str) -> Result<(), Refusal> {
    if names::is_legal(name) { Ok(()) } else { Err(Refusal::IllegalName(name.to_owned())) }
}

fn subscribes(store: &Store, user: UserId, name: &str) -> bool {
    store.board_subscriptions(user).iter().any(|known| known.name.eq_ignore_ascii_case(name))
}

fn create_client(client: &Client, name: &str, context: &mut Context<'_>) -> Result<Reply, Refusal> {
    legal(name)?;
    let Context { now, settings, store } = context;
    if store.clients(client.user).len() >= settings.limits.clients_per_user {
        return Err(Refusal::Internal("you have all the clients you may have"));
    }
    let clock = store.clock(*now);
    match store.create_client(client.user, name, clock) {
        Ok(()) => Ok(Reply::ok()),
        Err(exists) => Err(Refusal::ClientExists(exists.0)),
    }
}

/// A client in use by anyone, oneself included, stays (RFC 1056 §4.6).
fn delete_client(client: &Client, name: &str, store: &mut Store) -> Result<Reply, Refusal> {
    let known = store.client(client.user, name).ok_or_else(|| Refusal::NoClient(name.to_owned()))?;
    if known.in_use {
        return Err(Refusal::Locked(known.name.clone()));
    }
    store.delete_client(client.user, name);
    Ok(Reply::ok())
}

/// Oneself may be reset: who hears that he is out of date has no other way (RFC 1056 §4.5).
fn reset_client(client: &Client, name: &str, store: &mut Store) -> Result<Reply, Refusal> {
    let known = store.client(client.user, name).ok_or_else(|| Refusal::NoClient(name.to_owned()))?;
    if known.in_use && !known.name.eq_ignore_ascii_case(&client.name) {
        return Err(Refusal::Locked(known.name.clone()));
    }
    store.reset_client(client.user, name);
    Ok(Reply::ok())
}

fn create_mailbox(client: &Client, name: &str, context: &mut Context<'_>) -> Result<Reply, Refusal> {
    new_mailbox_name(client, name, context)?;
    if subscribes(context.store, client.user, name) {
        return Err(Refusal::IsBoard(name.to_owned()));
    }
    if name.eq_ignore_ascii_case(context.store.user_name(client.user)) {
        context.store.show_inbox(client.user, true);
        return Ok(Reply::ok());
    }
    let made = context.store.create(client.user, name);
    made.map(|_| Reply::ok()).map_err(|exists| Refusal::MailboxExists(exists.0))
}

fn new_mailbox_name(client: &Client, name: &str, context: &Context<'_>) -> Result<(), Refusal> {
    legal(name)?;
    if name.eq_ignore_ascii_case("INBOX") || own_mailbox(context.store, client.user, name).is_ok() {
        return Err(Refusal::MailboxExists(name.to_owned()));
    }
    if context.store.mailboxes_of(client.user).count() >= context.settings.limits.mailboxes_per_user {
        return Err(Refusal::Internal("you have all the mailboxes you may have"));
    }
    Ok(())
}

fn delete_mailbox(client: &Client, name: &str, store: &mut Store) -> Result<Reply, Refusal> {
    let Ok(mailbox) = own_mailbox(store, client.user, name) else {
        let board = subscribes(store, client.user, name);
        let name = name.to_owned();
        return Err(if board { Refusal::IsBoard(name) } else { Refusal::NoMailbox(name) });
    };
    if store.is_board(mailbox) {
        return Err(Refusal::IsBoard(name.to_owned()));
    }
    remove(mailbox, client.user, store)
}

fn create_board(client: &Client, name: &str, context: &mut Context<'_>) -> Result<Reply, Refusal> {
    new_mailbox_name(client, name, context)?;
    let made = context.store.create_board(client.user, name);
    made.map(|_| Reply::ok()).map_err(|exists| Refusal::MailboxExists(exists.0))
}

fn delete_board(client: &Client, name: &str, store: &mut Store) -> Result<Reply, Refusal> {
    let board = store.board(name).ok_or_else(|| Refusal::NoMailbox(name.to_owned()))?;
    if store.mailbox(board).is_none_or(|mailbox| mailbox.owner != client.user) {
        return Err(Refusal::Denied(format!("{name} is not yours")));
    }
    remove(board, client.user, store)
}

fn remove(mailbox: MailboxId, user: UserId, store: &mut Store) -> Result<Reply, Refusal> {
    let name = store.mailbox(mailbox).map(|mailbox| mailbox.name.clone()).unwrap_or_default();
    if store.inbox(user) == Some(mailbox) {
        // The other protocols cannot do without an INBOX (RFC 3501 §5.1): they see it empty.
        store.hide_inbox(user);
    } else {
        store.delete(user, &name);
    }
    Ok(Reply::ok())
}

fn expunge(client: &Client, name: &str, store: &mut Store) -> Result<Reply, Refusal> {
    let mailbox = match own_mailbox(store, client.user, name) {
        Err(_) if subscribes(store, client.user, name) => {
            return Err(Refusal::Denied(format!("{name} is a bulletin board, which you may only read")));
        }
        found => found?,
    };
    store.in_the_name_of(client.user, &client.name, |store| {
        store.expunge(mailbox, |entry| entry.flags.contains(Flags::DELETED))
    });
    Ok(Reply::ok())
}

fn create_subscription(client: &Client, name: &str, context: &mut Context<'_>) -> Result<Reply, Refusal> {
    legal(name)?;
    let Context { settings, store, .. } = context;
    if own_mailbox(store, client.user, name).is_ok() {
        return Err(Refusal::MailboxExists(name.to_owned()));
    }
    if subscribes(store, client.user, name) {
        return Err(Refusal::IsBoard(name.to_owned()));
    }
    let board = store.board(name).ok_or_else(|| Refusal::NoMailbox(name.to_owned()))?;
    if store.board_subscriptions(client.user).len() >= settings.limits.subscriptions_per_user {
        return Err(Refusal::Internal("you have all the subscriptions you may have"));
    }
    let made = store.subscribe_to_board(client.user, board);
    made.map(|()| Reply::ok()).map_err(|exists| Refusal::IsBoard(exists.0))
}

/// `CREATE-ADDRESS` and `DELETE-ADDRESS`.
pub fn address(
    client: &Client,
    kind: Keyword,
    mailbox: &str,
    address: &str,
    context: &mut Context<'_>,
) -> Result<Reply, Refusal> {
    let store = &mut *context.store;
    if kind == Keyword::CreateAddress {
        legal(address)?;
        let mailbox = own_mailbox(store, client.user, mailbox)?;
        if store.addresses_of(mailbox).count() >= context.settings.limits.addresses_per_mailbox {
            return Err(Refusal::Internal("this mailbox has all the addresses it may have"));
        }
        let made = store.add_address_of(mailbox, address);
        return made.map(|()| Reply::ok()).map_err(|exists| Refusal::AddressExists(exists.0));
    }
    let mailbox = own_mailbox(store, client.user, mailbox)?;
    if store.address_mailbox(address.as_bytes()) != Some(mailbox) {
        return Err(Refusal::NoAddress(address.to_owned()));
    }
    store.remove_address(address);
    Ok(Reply::ok())
}
