//! The call that most strategies over IMAP make: dial, log in, list what is new once however often the line drops, do
//! what the strategy is there for, delete what the reader deletes, hang up.

use super::mailbox::{Known, delete, fetch, uid_set};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::client::ImapClient;
use crate::protocol::imap::response::FetchResponse;

/// One message of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// Its UID.
    pub uid: u32,
    /// By what it is told from others.
    pub key: Key,
    /// What else the list says of it.
    pub more: T,
}

/// What is asked of each message that is new, and what is made of the answer.
pub struct List<F> {
    /// The data items (RFC 3501 §6.4.5).
    pub items: &'static str,
    /// Key, and what else is wanted of it.
    pub read: F,
    /// What the server looks for first (RFC 3501 §6.4.4): only what it finds is listed.
    pub only: Option<String>,
    /// What the reader answers is not deleted in this call: it is needed once more.
    pub keeps_answered: bool,
}

impl<F> List<F> {
    pub const fn new(items: &'static str, read: F) -> Self {
        Self { items, read, only: None, keeps_answered: false }
    }
}

/// One call, and again from the dialling when the line drops. `work` is done with the mailbox open and the list at hand;
/// what it has to do again after a drop is what it has not remembered itself. The list, read in one call, is not fetched
/// again in the next; what is on it is known when all is done.
pub async fn call<T>(
    user: &mut User,
    known: &mut Known,
    list: List<impl Fn(&FetchResponse) -> Option<(Key, T)>>,
    mut work: impl AsyncFnMut(&mut User, &mut ImapClient, &[Listed<T>]) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let mut listed: Option<Vec<Listed<T>>> = None;
    let mut learned = *known;
    let redial = user.redial();
    redial
        .until_done(async || {
            user.dial().await?;
            let (mut inbox, selected) = user.imap().await?;
            if listed.is_none() {
                learned = *known;
                let wanted = match (learned.new_uids(&selected), &list.only) {
                    (Some(new), Some(keys)) => uid_set(inbox.uid_search(&format!("UID {new} {keys}")).await?),
                    (new, _) => new,
                };
                if let Some(wanted) = wanted {
                    let told = fetch(&mut inbox, &wanted, list.items, &list.read).await?;
                    listed =
                        Some(told.into_iter().map(|(uid, (key, more))| Listed { uid, key, more }).collect());
                }
            }
            if let Some(listed) = &listed {
                work(user, &mut inbox, listed).await?;
                let doomed =
                    listed.iter().filter(|one| !list.keeps_answered || !user.reader.answers(&one.key));
                delete(&mut inbox, user, doomed.map(|one| (one.uid, one.key))).await?;
            }
            inbox.logout().await?;
            user.hang_up().await;
            Ok(())
        })
        .await?;
    *known = learned;
    Ok(())
}
