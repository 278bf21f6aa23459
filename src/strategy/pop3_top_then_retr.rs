//! `pop3-top-then-retr`: headers first, as far as POP3 allows it (RFC 1939 §7, TOP).

use super::mailbox::headers_by_top;
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    for visit in user.visits() {
        user.begin(visit).await;

        user.dial().await?;
        let mut maildrop = user.pop3().await?;
        let offered = headers_by_top(&mut maildrop).await?;
        let chosen = user.choose(offered.iter().copied());
        for (number, _) in &chosen {
            maildrop.retr(*number).await?;
        }
        for (number, key) in offered {
            if user.reader.deletes(&key) {
                maildrop.dele(number).await?;
            }
        }
        maildrop.quit().await?;
        user.hang_up().await;

        user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
