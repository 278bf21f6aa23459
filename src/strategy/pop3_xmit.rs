//! `pop3-xmit`: as `pop3-fetch-all-delete`, but answers go out by XTND XMIT, over POP3 itself.

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
        user.send_answers_by_xmit().await?;
    }
    Ok(())
}
