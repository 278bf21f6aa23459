//! `pop3-leave-days`: mail stays on the server for a week, so that a second computer can have it too.

use std::collections::BTreeMap;

use super::mailbox::key_of;
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::time::{Duration, Instant};

/// How long mail stays after this computer has fetched it: what mail programs offered first.
const DAYS: u64 = 7;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut seen = BTreeMap::new();
    for visit in user.visits() {
        user.begin(visit).await;

        let mut fetched = Vec::new();
        let redial = user.redial();
        redial.until_done(async || call(&user, &mut seen, &mut fetched).await).await?;

        user.read_off_line(fetched).await;
        user.send_answers().await?;
    }
    Ok(())
}

/// One call: fetches what is new, deletes what has been here for a week, and forgets ids that are gone.
async fn call(
    user: &User,
    seen: &mut BTreeMap<String, Instant>,
    fetched: &mut Vec<Key>,
) -> Result<(), Trouble> {
    user.dial().await?;
    let mut maildrop = user.pop3().await?;
    let listed = maildrop.uidl().await?;
    let now = user.desk.now().await;
    let week = Duration::from_secs(DAYS * 24 * 3600);
    for message in &listed {
        let is_old = match seen.get(&message.id) {
            Some(since) => now >= *since + week,
            None => {
                let key = key_of(&maildrop.retr(message.number).await?);
                seen.insert(message.id.clone(), now);
                fetched.push(key);
                user.reader.deletes(&key)
            }
        };
        if is_old {
            maildrop.dele(message.number).await?;
        }
    }
    maildrop.quit().await?;
    // What is no longer listed is gone for good: the list must not grow for ever.
    seen.retain(|id, _| listed.iter().any(|message| message.id == *id));
    user.hang_up().await;
    Ok(())
}
