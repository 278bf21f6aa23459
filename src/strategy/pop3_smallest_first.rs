//! `pop3-smallest-first`: no message has to wait behind a larger one, since RETR takes any message-number
//! (RFC 1939 §5) and LIST says how large each is.

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
                let mut listing = maildrop.list().await?;
                listing.sort_by_key(|message| (message.octets, message.number));
                for message in listing {
                    fetched.push(key_of(&maildrop.retr(message.number).await?));
                    maildrop.dele(message.number).await?;
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
