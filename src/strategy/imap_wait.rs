//! `imap-idle`, `imap-noop-poll`: the line stays up from the first visit to the last, and between them the mail program
//! waits for news, either by being told (IDLE, RFC 2177) or by asking again and again (NOOP).

use super::imap_online::{LISTED, key};
use super::mailbox::{delete, fetch};
use super::user::User;
use crate::desk::{Note, Trouble};
use crate::protocol::imap::client::ImapClient;
use crate::time::{Duration, Instant};

/// How the mail program hears of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// By IDLE, begun anew before the server takes the silence for absence: 29 minutes (RFC 2177).
    Idle,
    /// By NOOP, once in such a span.
    Noop(Duration),
}

/// How often a program of the 1990s asked, unless told otherwise; illustrative.
pub const POLL_EVERY: Duration = Duration::from_secs(60);

const IDLE_ANEW: Duration = Duration::from_secs(29 * 60);

pub async fn run(mut user: User, waits: Waits) -> Result<(), Trouble> {
    user.begin(0).await;
    // After a drop: which visit it is, and from which UID on messages are new.
    let (mut visit, mut next, mut validity) = (0, 1_u32, 0_u32);
    let redial = user.redial();
    redial
        .until_done(async || {
            user.dial().await?;
            let (mut inbox, selected) = user.imap().await?;
            if validity != selected.uid_validity {
                // Other UIDs: nothing that was remembered means anything (RFC 3501 §2.3.1.1).
                (validity, next) = (selected.uid_validity, 1);
            }
            let mut is_new = selected.uid_next > next && selected.exists > 0;
            loop {
                if is_new {
                    next = read_new(&mut user, &mut inbox, next).await?;
                }
                let exists = inbox.exists();
                if visit + 1 >= user.reader.visits() {
                    break;
                }
                wait(&user, &mut inbox, waits, user.reader.visit_start(visit + 1)).await?;
                visit += 1;
                user.desk.note(Note::Visit(visit)).await;
                is_new = inbox.exists() > exists;
            }
            inbox.logout().await?;
            user.hang_up().await;
            Ok(())
        })
        .await?;
    user.send_answers().await
}

/// Lists what is new and reads what is wanted of it, with the line up. Gives the UID from which on messages are new then.
async fn read_new(user: &mut User, inbox: &mut ImapClient, next: u32) -> Result<u32, Trouble> {
    let mut listed = fetch(inbox, &format!("{next}:*"), LISTED, key).await?;
    // `n:*` always names the last message, too (RFC 3501 §6.4.8).
    listed.retain(|(uid, _)| *uid >= next);
    for (uid, key) in user.choose(listed.iter().map(|(uid, (key, ()))| (*uid, *key))) {
        inbox.uid_fetch(&uid.to_string(), "BODY[]").await?;
        user.read_on_line(key, async || inbox.noop().await.map(drop)).await?;
    }
    delete(inbox, user, listed.iter().map(|(uid, (key, ()))| (*uid, *key))).await?;
    Ok(listed.iter().map(|(uid, _)| uid.saturating_add(1)).max().unwrap_or(next))
}

/// Waits until the moment has come. What the server tells meanwhile is heard with it.
async fn wait(user: &User, inbox: &mut ImapClient, waits: Waits, until: Instant) -> Result<(), Trouble> {
    loop {
        let now = user.desk.now().await;
        if now >= until {
            return Ok(());
        }
        match waits {
            Waits::Idle => {
                let anew = until.min(now + IDLE_ANEW);
                let tag = inbox.idle().await?;
                while inbox.idle_next(tag, Some(anew)).await?.is_some() {}
                inbox.idle_done(tag).await?;
            }
            Waits::Noop(every) => {
                user.desk.think(every.min(until.since(now))).await;
                inbox.noop().await?;
            }
        }
    }
}
