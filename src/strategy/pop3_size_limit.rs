//! `pop3-size-limit`: small messages come whole; of big ones the header comes first, and the rest if it is wanted.

use std::collections::BTreeSet;

use super::mailbox::key_of;
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;

/// Messages beyond this are looked at before they are fetched: about a minute at 2400 bit/s.
const OCTETS_MAX: u64 = 15_000;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut seen = BTreeSet::new();
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

async fn call(user: &User, seen: &mut BTreeSet<String>, fetched: &mut Vec<Key>) -> Result<(), Trouble> {
    user.dial().await?;
    let mut maildrop = user.pop3().await?;
    let sizes = maildrop.list().await?;
    let ids = maildrop.uidl().await?;
    for (message, size) in ids.into_iter().zip(sizes) {
        if seen.contains(&message.id) {
            continue;
        }
        let mut key = None;
        if size.octets > OCTETS_MAX {
            let of_header = key_of(&maildrop.top(message.number, 0).await?);
            if !user.wants(&of_header) {
                // It stays where it is; whoever changes their mind fetches it another day.
                seen.insert(message.id);
                continue;
            }
            key = Some(of_header);
        }
        let text = maildrop.retr(message.number).await?;
        let key = key.unwrap_or_else(|| key_of(&text));
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
