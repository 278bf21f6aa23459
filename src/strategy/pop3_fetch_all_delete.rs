//! `pop3-fetch-all-delete`: the mail program that POP3 was made for (RFC 1939 §8).

use super::mailbox::key_of;
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    for visit in user.visits() {
        user.begin(visit).await;

        // Whatever was fetched is kept, but the server forgets what is to be deleted when the line drops before QUIT
        // (RFC 1939 §6): the next call fetches all of it again.
        let mut fetched = Vec::new();
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let mut maildrop = user.pop3().await?;
                let (messages, _) = maildrop.stat().await?;
                for number in 1..=messages {
                    fetched.push(key_of(&maildrop.retr(number).await?));
                    maildrop.dele(number).await?;
                }
                maildrop.quit().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;

        user.read_off_line(fetched).await;
        user.send_answers().await?;
    }
    Ok(())
}
