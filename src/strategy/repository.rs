//! What strategies over DMSP have in common: the user's one workstation at a repository (RFC 1056).

use super::user::User;
use crate::desk::{Service, Trouble};
use crate::mail::store::Uid;
use crate::mail::summary::{Key, Look};
use crate::protocol::dmsp::{Change, DmspClient};

/// What the workstation is called there.
const CLIENT: &str = "home";

/// So many descriptors are asked for at once.
const AT_ONCE: u32 = 1000;

/// The flag of a message that is to go (RFC 1056 §3.1).
const DELETED: u8 = 0;

/// Connects and logs in.
pub async fn log_in(user: &User, batch: bool) -> Result<DmspClient, Trouble> {
    let mut client = DmspClient::greet(user.desk.connect(Service::Dmsp).await?).await?;
    client.login(&user.account.user, &user.account.password, CLIENT, true, batch).await?;
    Ok(client)
}

/// Puts everything on the workstation's lists.
pub async fn reset(client: &mut DmspClient) -> Result<(), Trouble> {
    client.plain(&format!("RESET-CLIENT {CLIENT}")).await
}

/// Takes the changed descriptors: noted in `list` first, then acknowledged, run by run.
pub async fn take_changes(
    client: &mut DmspClient,
    user: &User,
    list: &mut Vec<(u32, Key)>,
) -> Result<(), Trouble> {
    let mailbox = &user.account.user;
    loop {
        let changes = client.fetch_changed(mailbox, AT_ONCE).await?;
        let mut runs: Vec<(Uid, Uid)> = Vec::new();
        for change in &changes {
            let uid = change.uid();
            match runs.last_mut() {
                Some((_, last)) if last.0.checked_add(1) == Some(uid.0) => *last = uid,
                _ => runs.push((uid, uid)),
            }
            if let Change::Descriptor(told) = change {
                let look = Look::new(&told.date, &told.subject);
                let key = user.reader.key_listed(&look, told.octets);
                list.retain(|(known, _)| *known != uid.0);
                list.extend(key.map(|key| (uid.0, key)));
            }
        }
        for (low, high) in runs {
            client.reset_descriptors(mailbox, low, high).await?;
        }
        if (changes.len() as u64) < u64::from(AT_ONCE) {
            return Ok(());
        }
    }
}

/// Deletes those of the messages that the reader deletes: a flag each, and one expunge, or nothing.
pub async fn delete(client: &mut DmspClient, user: &User, offered: &[(u32, Key)]) -> Result<(), Trouble> {
    let mailbox = &user.account.user;
    let mut any = false;
    for (uid, _) in offered.iter().filter(|(_, key)| user.reader.deletes(key)) {
        client.set_flag(mailbox, Uid(*uid), DELETED, true).await?;
        any = true;
    }
    if any { client.expunge(mailbox).await } else { Ok(()) }
}
