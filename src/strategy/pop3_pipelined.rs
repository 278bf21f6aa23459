//! `pop3-pipelined`: commands are sent ahead where the server announces that it can take them (RFC 2449 §6.6).

use super::mailbox::key_of;
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    for visit in user.visits() {
        user.begin(visit).await;

        let mut fetched = Vec::new();
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let mut maildrop = user.pop3().await?;
                // Asking costs a turn; 40 messages ahead are 39 turns saved.
                let ahead = maildrop.capa().await?.iter().any(|capability| capability == "PIPELINING");
                let (messages, _) = maildrop.stat().await?;
                let numbers: Vec<u32> = (1..=messages).collect();
                for message in maildrop.retr_many(&numbers, ahead).await? {
                    fetched.push(key_of(&message));
                }
                maildrop.dele_many(&numbers, ahead).await?;
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
