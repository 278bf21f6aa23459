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

        user.dial().await?;
        let (mut inbox, selected) = user.imap().await?;
        if let Some(new) = known.new_uids(&selected) {
            let listed = fetch(&mut inbox, &new, LISTED, key_and_structure).await?;
            let offered: Vec<(u32, Key)> = listed.iter().map(|(uid, (key, _))| (*uid, *key)).collect();
            let items = listed.iter().map(|(uid, (key, part))| ((*uid, wanted_items(&user, part)), *key));
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
    }
    Ok(())
}
