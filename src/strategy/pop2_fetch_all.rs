//! `pop2-fetch-all`: what a mail program of 1985 did (RFC 937, Example 1).

use super::mailbox::key_of;
use super::user::User;
use crate::desk::{Service, Trouble};
use crate::protocol::pop2::Pop2Client;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    for visit in user.visits() {
        user.begin(visit).await;

        // ACKD only marks: a line that drops before QUIT costs all of it again, as in POP3.
        let mut fetched = Vec::new();
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let mut mailbox = Pop2Client::greet(user.desk.connect(Service::Pop2).await?).await?;
                let messages = mailbox.helo(&user.account.user, &user.account.password).await?;
                let mut octets = if messages > 0 { mailbox.read(None).await? } else { 0 };
                while octets > 0 {
                    fetched.push(key_of(&mailbox.retr(octets).await?));
                    octets = mailbox.ackd().await?;
                }
                mailbox.quit().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;

        user.read_off_line(fetched).await;
        user.send_answers().await?;
    }
    Ok(())
}
