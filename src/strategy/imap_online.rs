//! `imap-online`: mail stays where it is and is read there, one message at a time, with the line up.

use super::mailbox::{Known, delete, fetch};
use super::user::User;
use crate::desk::Trouble;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        user.dial().await?;
        let (mut inbox, selected) = user.imap().await?;
        if let Some(new) = known.new_uids(&selected) {
            let envelope = "(ENVELOPE RFC822.SIZE FLAGS)";
            let offered =
                fetch(&mut inbox, &new, envelope, |it| it.envelope.as_ref().map(|it| it.summary().key()))
                    .await?;
            for (uid, key) in user.choose(offered.iter().copied()) {
                inbox.uid_fetch(&uid.to_string(), "BODY[]").await?;
                user.read_on_line(key, async || inbox.noop().await.map(drop)).await?;
            }
            delete(&mut inbox, &user, &offered).await?;
        }
        inbox.logout().await?;
        user.hang_up().await;
    }
    Ok(())
}
