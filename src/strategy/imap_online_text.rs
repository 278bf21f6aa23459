//! `imap-online-text`: as `imap-online`, but of each message only the text crosses the line.

use super::imap_call::{List, call};
use super::imap_text_parts::{LISTED, key_and_structure, wanted_items};
use super::mailbox::Known;
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop, what has been read is not fetched again.
        call(&mut user, &mut known, List::new(LISTED, key_and_structure), async |user, inbox, listed| {
            let items = listed.iter().map(|one| ((one.uid, wanted_items(user, &one.more)), one.key));
            for ((uid, items), key) in user.choose(items) {
                if !items.is_empty() {
                    inbox.uid_fetch(&uid.to_string(), &format!("({items})")).await?;
                }
                user.read_on_line(key, async || inbox.noop().await.map(drop)).await?;
            }
            Ok(())
        })
        .await?;
        user.send_answers().await?;
    }
    Ok(())
}
