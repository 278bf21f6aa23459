//! `pop3-online`: POP3 used as people use IMAP. What differs from `imap-online` is the protocol's doing, what
//! differs from `pop3-top-then-retr` is the user's.

use super::mailbox::headers_by_top;
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop all headers are looked at again, but nothing is read twice.
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let mut maildrop = user.pop3().await?;
                let offered = headers_by_top(&mut maildrop).await?;
                for (number, key) in user.choose(offered.iter().copied()) {
                    maildrop.retr(number).await?;
                    user.read_on_line(key, async || maildrop.noop().await).await?;
                }
                for (number, key) in offered {
                    if user.reader.deletes(&key) {
                        maildrop.dele(number).await?;
                    }
                }
                maildrop.quit().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;
        // What was not sent before a drop, and not in the next call either.
        user.send_answers().await?;
    }
    Ok(())
}
