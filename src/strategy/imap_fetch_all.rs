//! `imap-fetch-all`: IMAP used as people use POP3. What differs from `pop3-fetch-all-delete` is the protocol's
//! doing, what differs from `imap-online` is the user's. `imap-fetch-all-deflated`: the same under COMPRESS (RFC 4978).

use super::imap_call::{List, call};
use super::mailbox::{Known, key_of};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::response::FetchResponse;

fn key(response: &FetchResponse) -> Option<(Key, ())> {
    response.section("BODY[]").map(|octets| (key_of(octets), ()))
}

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        // One command lists and fetches all: if the line drops before its end, the next call gives it again.
        let mut here = Vec::new();
        call(&mut user, &mut known, List::new("BODY.PEEK[]", key), async |_, _, listed| {
            here = listed.iter().map(|one| one.key).collect();
            Ok(())
        })
        .await?;

        user.read_off_line(here).await;
        user.send_answers().await?;
    }
    Ok(())
}
