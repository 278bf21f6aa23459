//! `imap-online`: mail stays where it is and is read there, one message at a time, with the line up.

use super::imap_call::{List, call};
use super::mailbox::Known;
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::response::FetchResponse;

/// What a list of messages shows.
pub const LISTED: &str = "(ENVELOPE RFC822.SIZE FLAGS)";

pub fn key(response: &FetchResponse) -> Option<(Key, ())> {
    Some((response.envelope.as_ref()?.summary().key(), ()))
}

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop, what has been read is not fetched again.
        call(&mut user, &mut known, List::new(LISTED, key), async |user, inbox, listed| {
            for (uid, key) in user.choose(listed.iter().map(|one| (one.uid, one.key))) {
                inbox.uid_fetch(&uid.to_string(), "BODY[]").await?;
                user.read_on_line(key, async || inbox.noop().await.map(drop)).await?;
            }
            Ok(())
        })
        .await?;
        user.send_answers().await?;
    }
    Ok(())
}
