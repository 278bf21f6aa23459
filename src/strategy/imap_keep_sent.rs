//! `imap-keep-sent`: each answer goes up twice, by SMTP to whom it is for, and by APPEND into a mailbox at the server,
//! where the user's other computers find it.

use bytes::Bytes;

use super::imap_headers_first::{Shown, fetch_and_read};
use super::mailbox::{Known, make_mailbox};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;

/// Where copies of answers are kept; the name has no standard, only a mark (RFC 6154 §2).
const SENT: &str = "Sent";

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;
        fetch_and_read(&mut user, &mut known, Shown::Headers, None).await?;
        let mut kept = 0;
        user.send_answers_and(async |user, sent| keep(user, sent, &mut kept).await).await?;
    }
    Ok(())
}

/// Appends what was sent and is not kept yet. A drop between the last octet and its OK may leave a copy twice.
async fn keep(user: &User, sent: &[(Key, Bytes)], kept: &mut usize) -> Result<(), Trouble> {
    let mut client = user.imap_session().await?;
    make_mailbox(&mut client, SENT).await?;
    while let Some((_, octets)) = sent.get(*kept) {
        client.append(SENT, "(\\Seen)", octets).await?;
        *kept += 1;
    }
    client.logout().await
}
