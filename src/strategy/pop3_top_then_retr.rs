//! `pop3-top-then-retr`: headers first, as far as POP3 allows it (RFC 1939 §7, TOP).

use std::collections::BTreeSet;

use super::mailbox::headers_by_top;
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop all headers are looked at again, but no message that is here is fetched again.
        let mut chosen = Vec::new();
        let mut here = BTreeSet::new();
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let mut maildrop = user.pop3().await?;
                let offered = headers_by_top(&mut maildrop).await?;
                chosen = user.choose(offered.iter().copied());
                for (number, key) in &chosen {
                    if !here.contains(key) {
                        maildrop.retr(*number).await?;
                        here.insert(*key);
                    }
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

        user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
