//! `imap-fetch-all`: IMAP used as people use POP3. What differs from `pop3-fetch-all-delete` is the protocol's
//! doing, what differs from `imap-online` is the user's.

use super::mailbox::{Known, delete, fetch, key_of};
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        user.dial().await?;
        let (mut inbox, selected) = user.imap().await?;
        let mut fetched = Vec::new();
        if let Some(new) = known.new_uids(&selected) {
            fetched = fetch(&mut inbox, &new, "BODY.PEEK[]", |it| it.section("BODY[]").map(|it| key_of(it)))
                .await?;
            delete(&mut inbox, &user, &fetched).await?;
        }
        inbox.logout().await?;
        user.hang_up().await;

        user.read_off_line(fetched.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
