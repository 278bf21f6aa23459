//! `imap-headers-first`: look at the headers, fetch what is wanted, read it off line. `imap-envelope-only`: the same
//! with envelopes, which the server has taken apart.

use super::mailbox::{Known, delete, fetch, key_of, uid_set};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::response::FetchResponse;

/// What a list of messages shows, and what tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Fields of the header as they stand.
    Headers,
    /// ENVELOPE.
    Envelopes,
}

impl Shown {
    const fn item(self) -> &'static str {
        match self {
            Self::Headers => "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE MESSAGE-ID)]",
            Self::Envelopes => "(ENVELOPE)",
        }
    }

    fn key(self, told: &FetchResponse) -> Option<Key> {
        match self {
            Self::Headers => told.first_section().map(|header| key_of(header)),
            Self::Envelopes => told.envelope.as_ref().map(|envelope| envelope.summary().key()),
        }
    }
}

pub async fn run(mut user: User, shown: Shown) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop the list is still here; what was chosen is fetched by one command, and that is given again.
        let mut list = None;
        let (mut chosen, mut are_here) = (Vec::new(), false);
        let mut learned = known;
        let redial = user.redial();
        redial
            .until_done(async || {
                user.dial().await?;
                let (mut inbox, selected) = user.imap().await?;
                if list.is_none() {
                    learned = known;
                    if let Some(new) = learned.new_uids(&selected) {
                        list = Some(fetch(&mut inbox, &new, shown.item(), |told| shown.key(told)).await?);
                    }
                }
                if let Some(offered) = &list {
                    chosen = user.choose(offered.iter().copied());
                    if let Some(wanted) = uid_set(chosen.iter().map(|(uid, _)| *uid)).filter(|_| !are_here) {
                        inbox.uid_fetch(&wanted, "BODY.PEEK[]").await?;
                    }
                    are_here = true;
                    delete(&mut inbox, &user, offered).await?;
                }
                inbox.logout().await?;
                user.hang_up().await;
                Ok(())
            })
            .await?;
        known = learned;

        user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
