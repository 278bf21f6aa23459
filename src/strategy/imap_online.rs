//! `imap-online`: mail stays where it is and is read there, one message at a time, with the line up.

use super::mailbox::{Known, delete, fetch};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::response::FetchResponse;

/// What a list of messages shows.
const LISTED: &str = "(ENVELOPE RFC822.SIZE FLAGS)";

fn key(response: &FetchResponse) -> Option<Key> {
    Some(response.envelope.as_ref()?.summary().key())
}

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop the list is still here, and what has been read is not fetched again.
        let mut list = None;
        let mut learned = known;
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let (mut inbox, selected) = user.imap().await?;
                if list.is_none() {
                    learned = known;
                    if let Some(new) = learned.new_uids(&selected) {
                        list = Some(fetch(&mut inbox, &new, LISTED, key).await?);
                    }
                }
                if let Some(offered) = &list {
                    for (uid, key) in user.choose(offered.iter().copied()) {
                        inbox.uid_fetch(&uid.to_string(), "BODY[]").await?;
                        user.read_on_line(key, async || inbox.noop().await.map(drop)).await?;
                    }
                    delete(&mut inbox, &user, offered).await?;
                }
                inbox.logout().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;
        known = learned;
        user.send_answers().await?;
    }
    Ok(())
}
