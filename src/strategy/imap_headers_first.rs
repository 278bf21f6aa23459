//! `imap-headers-first`: look at the headers, fetch what is wanted, read it off line.

use super::mailbox::{Known, delete, fetch, key_of, uid_set};
use super::user::User;
use crate::desk::Trouble;

/// What a list of messages shows, and what tells them apart.
const HEADERS: &str = "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE MESSAGE-ID)]";

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        user.dial().await?;
        let (mut inbox, selected) = user.imap().await?;
        let mut chosen = Vec::new();
        if let Some(new) = known.new_uids(&selected) {
            let offered =
                fetch(&mut inbox, &new, HEADERS, |it| it.first_section().map(|it| key_of(it))).await?;
            chosen = user.choose(offered.iter().copied());
            if let Some(wanted) = uid_set(chosen.iter().map(|(uid, _)| *uid)) {
                inbox.uid_fetch(&wanted, "BODY.PEEK[]").await?;
            }
            delete(&mut inbox, &user, &offered).await?;
        }
        inbox.logout().await?;
        user.hang_up().await;

        user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
