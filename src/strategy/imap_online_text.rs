//! `imap-online-text`: as `imap-online`, but of each message only the text crosses the line.

use super::imap_text_parts::{LISTED, key_and_structure, wanted_items};
use super::mailbox::{Known, delete, fetch};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;

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
                        list = Some(fetch(&mut inbox, &new, LISTED, key_and_structure).await?);
                    }
                }
                if let Some(listed) = &list {
                    let offered: Vec<(u32, Key)> =
                        listed.iter().map(|(uid, (key, _))| (*uid, *key)).collect();
                    let items =
                        listed.iter().map(|(uid, (key, part))| ((*uid, wanted_items(&user, part)), *key));
                    for ((uid, items), key) in user.choose(items) {
                        if !items.is_empty() {
                            inbox.uid_fetch(&uid.to_string(), &format!("({items})")).await?;
                        }
                        user.read_on_line(key, async || inbox.noop().await.map(drop)).await?;
                    }
                    delete(&mut inbox, &user, &offered).await?;
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
