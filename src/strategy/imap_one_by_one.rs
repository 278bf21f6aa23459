//! One message after the other, so that a drop costs little. `imap-small-first`: what is larger than a limit waits until
//! all that is small has come. `imap-partial-resume`: messages come in pieces (RFC 3501 §6.4.5, partial).

use std::collections::BTreeMap;

use super::imap_call::{List, call};
use super::mailbox::Known;
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::response::FetchResponse;

/// What comes first, and how much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Messages of at most so many octets, before the others; each whole.
    SmallFirst(u32),
    /// As they stand in the mailbox, in pieces of so many octets; a drop costs one piece.
    Pieces(u32),
}

/// So small is small.
pub const SMALL_MAX: u32 = 20_000;

/// So large is a piece.
pub const PIECE: u32 = 4096;

fn key_and_size(response: &FetchResponse) -> Option<(Key, u32)> {
    Some((response.envelope.as_ref()?.summary().key(), response.size?))
}

pub async fn run(mut user: User, turn: Turn) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        // After a drop all that has come is still here: so many octets of each message.
        let (mut chosen, mut here) = (Vec::new(), BTreeMap::<u32, u32>::new());
        let list = List::new("(ENVELOPE RFC822.SIZE)", key_and_size);
        call(&mut user, &mut known, list, async |user, inbox, listed| {
            chosen = user.choose(listed.iter().map(|one| ((one.uid, one.more), one.key)));
            if let Turn::SmallFirst(small) = turn {
                chosen.sort_by_key(|((uid, size), _)| (*size > small, *uid));
            }
            for ((uid, size), _) in &chosen {
                let have = here.entry(*uid).or_default();
                while *have < *size {
                    let (item, octets) = match turn {
                        Turn::SmallFirst(_) => ("BODY.PEEK[]".to_owned(), *size),
                        Turn::Pieces(piece) => (format!("BODY.PEEK[]<{have}.{piece}>"), piece.max(1)),
                    };
                    inbox.uid_fetch(&uid.to_string(), &item).await?;
                    *have = have.saturating_add(octets);
                }
            }
            Ok(())
        })
        .await?;

        user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
}
