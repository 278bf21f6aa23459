//! `dmsp-interactive`: the workstation stays connected while its user reads (RFC 1056 §5.3).

use super::repository::{delete, log_in, take_changes};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::store::Uid;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop the list is still here, and what has been read is not fetched again.
        let mut list = Vec::new();
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let mut client = log_in(&user, false).await?;
                take_changes(&mut client, &user, &mut list).await?;
                let mailbox = user.account.user.clone();
                for (uid, key) in user.choose(list.iter().copied()) {
                    client.fetch_message(&mailbox, Uid(uid)).await?;
                    // There is no NOOP: a workstation that asks for no descriptors is heard all the same.
                    let keep_alive = async || client.fetch_changed(&mailbox, 0).await.map(drop);
                    user.read_on_line(key, keep_alive).await?;
                }
                delete(&mut client, &user, &list).await?;
                client.logout().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;
        user.send_answers().await?;
    }
    Ok(())
}
