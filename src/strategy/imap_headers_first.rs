//! `imap-headers-first`: look at the headers, fetch what is wanted, read it off line. `imap-envelope-only`: the same
//! with envelopes, which the server has taken apart. `imap-headers-first-deflated`: the same under COMPRESS (RFC 4978).

use super::imap_call::{List, call};
use super::mailbox::{Known, key_of, uid_set};
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
        fetch_and_read(&mut user, &mut known, shown, None).await?;
        user.send_answers().await?;
    }
    Ok(())
}

/// Looks at the list of what is new, or of `only` what the server finds, fetches what is wanted, hangs up and reads.
pub async fn fetch_and_read(
    user: &mut User,
    known: &mut Known,
    shown: Shown,
    only: Option<String>,
) -> Result<(), Trouble> {
    // What was chosen is fetched by one command, and that is given again after a drop.
    let (mut chosen, mut are_here) = (Vec::new(), false);
    let read = |told: &FetchResponse| Some((shown.key(told)?, ()));
    call(user, known, List { only, ..List::new(shown.item(), read) }, async |user, inbox, listed| {
        chosen = user.choose(listed.iter().map(|one| (one.uid, one.key)));
        if let Some(wanted) = uid_set(chosen.iter().map(|(uid, _)| *uid)).filter(|_| !are_here) {
            inbox.uid_fetch(&wanted, "BODY.PEEK[]").await?;
        }
        are_here = true;
        Ok(())
    })
    .await?;
    user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
    Ok(())
}
