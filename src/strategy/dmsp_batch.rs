//! `dmsp-batch`: take what has changed, fetch what is wanted, read it off line (RFC 1056 §5.2). `dmsp-full-reset`: the
//! same after a long absence.

use std::collections::BTreeSet;

use super::repository::{delete, log_in, reset, take_changes};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::store::Uid;

/// Whether the repository's lists are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// They hold what this workstation has not noted.
    AsTheyAre,
    /// The workstation begins anew: everything is put on them.
    Reset,
}

pub async fn run(mut user: User, lists: Lists) -> Result<(), Trouble> {
    let mut is_here = BTreeSet::new();
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop what was noted and fetched is still here.
        let (mut list, mut is_reset) = (Vec::new(), lists == Lists::AsTheyAre);
        let mut chosen = Vec::new();
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let mut client = log_in(&user, true).await?;
                if !is_reset {
                    reset(&mut client).await?;
                    is_reset = true;
                }
                take_changes(&mut client, &user, &mut list).await?;
                chosen = user.choose(list.iter().copied());
                for (uid, key) in &chosen {
                    if !is_here.contains(key) {
                        client.fetch_message(&user.account.user, Uid(*uid)).await?;
                        is_here.insert(*key);
                    }
                }
                delete(&mut client, &user, &list).await?;
                client.logout().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;

        user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
