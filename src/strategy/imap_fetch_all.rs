//! `imap-fetch-all`: IMAP used as people use POP3. What differs from `pop3-fetch-all-delete` is the protocol's
//! doing, what differs from `imap-online` is the user's.

use super::mailbox::{Known, delete, fetch, key_of};
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        // One command fetches all: if the line drops before its end, the next call gives it again.
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
                        list = Some(
                            fetch(&mut inbox, &new, "BODY.PEEK[]", |it| {
                                it.section("BODY[]").map(|it| key_of(it))
                            })
                            .await?,
                        );
                    }
                }
                if let Some(offered) = &list {
                    delete(&mut inbox, &user, offered).await?;
                }
                inbox.logout().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;
        known = learned;

        user.read_off_line(list.into_iter().flatten().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
