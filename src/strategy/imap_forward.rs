//! `imap-forward-here`, `imap-forward-there`: whoever answers a message also passes it on, whole, to somebody else. Either it
//! comes here, is put into the new message, and goes up again; or the server puts it in, by CATENATE (RFC 4469), and
//! of the message itself no octet crosses the line.
//!
//! What is put together is left in a mailbox: to hand it over from there, SMTP would need BURL (RFC 4468).

use bytes::Bytes;

use super::imap_text_parts::fetch_and_read;
use super::mailbox::{Known, delete, make_mailbox};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::client::{ImapClient, Part};

/// Where what is passed on waits to be sent.
const OUTGOING: &str = "Outgoing";

/// Where the new message is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// At the user's computer: APPEND.
    Here,
    /// At the server: APPEND with CATENATE.
    There,
}

pub async fn run(mut user: User, at: Where) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;
        let new = fetch_and_read(&mut user, &mut known, true).await?;
        let mut done = 0;
        user.send_answers_and(async |user, sent| forward(user, at, &new, sent, &mut done).await).await?;
    }
    Ok(())
}

/// Passes on what was answered and is not passed on yet; then it is deleted, if the reader does that.
async fn forward(
    user: &User,
    at: Where,
    new: &[(u32, Key)],
    sent: &[(Key, Bytes)],
    done: &mut usize,
) -> Result<(), Trouble> {
    let (mut client, selected) = user.imap().await?;
    make_mailbox(&mut client, OUTGOING).await?;
    while let Some((key, _)) = sent.get(*done) {
        if let Some((uid, _)) = new.iter().find(|(_, known)| known == key) {
            match at {
                Where::Here => put_together_here(&mut client, *uid).await?,
                Where::There => put_together_there(&mut client, selected.uid_validity, *uid).await?,
            }
        }
        *done += 1;
    }
    // Now it may go, if the reader deletes it.
    let passed_on = |key: &Key| sent.iter().any(|(known, _)| known == key);
    delete(&mut client, user, new.iter().copied().filter(|(_, key)| passed_on(key))).await?;
    client.logout().await
}

/// What stands before and behind the message that is passed on: a multipart whose second part it is (RFC 2046 §5.2.1).
const BEFORE: &str = "Subject: Fwd: something for you\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; \
    boundary=\"passed-on\"\r\n\r\n--passed-on\r\nContent-Type: text/plain\r\n\r\nThis may be of interest to \
    you.\r\n--passed-on\r\nContent-Type: message/rfc822\r\n\r\n";
const BEHIND: &str = "\r\n--passed-on--\r\n";

async fn put_together_here(client: &mut ImapClient, uid: u32) -> Result<(), Trouble> {
    let told = client.uid_fetch(&uid.to_string(), "BODY.PEEK[]").await?;
    let whole = told.iter().filter(|one| one.uid == Some(uid)).find_map(|one| one.first_section().cloned());
    let octets = [BEFORE.as_bytes(), &whole.unwrap_or_default(), BEHIND.as_bytes()].concat();
    client.append(OUTGOING, "", &octets).await.map(drop)
}

async fn put_together_there(client: &mut ImapClient, uid_validity: u32, uid: u32) -> Result<(), Trouble> {
    let url = format!("/INBOX;UIDVALIDITY={uid_validity}/;UID={uid}");
    let parts = [Part::Text(BEFORE.as_bytes()), Part::Url(&url), Part::Text(BEHIND.as_bytes())];
    client.append_catenated(OUTGOING, "", &parts).await.map(drop)
}
