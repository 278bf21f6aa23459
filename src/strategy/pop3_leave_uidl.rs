//! `pop3-leave-uidl`: mail stays on the server, and unique-ids tell what is new (RFC 1939 §7, UIDL).

use std::collections::BTreeSet;

use super::mailbox::key_of;
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut seen = BTreeSet::new();
    for visit in user.visits() {
        user.begin(visit).await;

        let mut fetched = Vec::new();
        // What has come is here to stay; after a drop the next call goes on behind it.
        let redial = user.redial();
        redial.until_done(async || fetch_new(&user, &mut seen, &mut fetched).await).await?;

        user.read_off_line(fetched).await;
        user.send_answers().await?;
    }
    Ok(())
}

/// One call: fetches what is not among the unique-ids `seen`, and notes each as it comes.
async fn fetch_new(user: &User, seen: &mut BTreeSet<String>, fetched: &mut Vec<Key>) -> Result<(), Trouble> {
    user.dial().await?;
    let mut maildrop = user.pop3().await?;
    for message in maildrop.uidl().await? {
        if seen.contains(&message.id) {
            continue;
        }
        let key = key_of(&maildrop.retr(message.number).await?);
        seen.insert(message.id);
        fetched.push(key);
        if user.reader.deletes(&key) {
            maildrop.dele(message.number).await?;
        }
    }
    maildrop.quit().await?;
    user.hang_up().await;
    Ok(())
}
