//! What several strategies do with a maildrop, or an open mailbox, in the same way.

use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::{Key, Summary};
use crate::protocol::imap::client::{ImapClient, Selected};
use crate::protocol::imap::response::FetchResponse;
use crate::protocol::pop3::Pop3Client;

/// What tells this message from others, taken from its octets or from its header alone.
pub fn key_of(octets: &[u8]) -> Key {
    Summary::of_header(header_of(octets)).key()
}

/// The header of a message: up to the first empty line.
fn header_of(octets: &[u8]) -> &[u8] {
    if octets.starts_with(b"\r\n") {
        return &[];
    }
    let end = memchr::memmem::find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 2);
    octets.get(..end).unwrap_or(octets)
}

/// The header of every message in the maildrop, one command each: message-number and key.
pub async fn headers_by_top(maildrop: &mut Pop3Client) -> Result<Vec<(u32, Key)>, Trouble> {
    let (messages, _) = maildrop.stat().await?;
    let mut offered = Vec::new();
    for number in 1..=messages {
        offered.push((number, key_of(&maildrop.top(number, 0).await?)));
    }
    Ok(offered)
}

/// What a client of IMAP remembers from one visit to the next: up to where it knows the mailbox.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    uid_validity: u32,
    uid_next: u32,
}

impl Known {
    /// The set of UIDs that are new, if there are any. From now on they are known.
    pub fn new_uids(&mut self, selected: &Selected) -> Option<String> {
        if self.uid_validity != selected.uid_validity {
            // Other UIDs: nothing that was remembered means anything (RFC 3501 §2.3.1.1).
            *self = Self { uid_validity: selected.uid_validity, uid_next: 1 };
        }
        let first = std::mem::replace(&mut self.uid_next, selected.uid_next);
        let last = selected.uid_next.saturating_sub(1);
        // Not `first:*`, which means the last message if none is new (RFC 3501 §6.4.8).
        (selected.exists > 0 && first <= last).then(|| format!("{first}:{last}"))
    }
}

/// Fetches `items` of the messages in `uids`; each with its UID, and its key as `key` finds it. What comes
/// without them is left out: servers may send news of other messages at any time (RFC 3501 §7).
pub async fn fetch<T>(
    inbox: &mut ImapClient,
    uids: &str,
    items: &str,
    key: impl Fn(&FetchResponse) -> Option<T>,
) -> Result<Vec<(u32, T)>, Trouble> {
    let responses = inbox.uid_fetch(uids, items).await?;
    Ok(responses.iter().filter_map(|response| Some((response.uid?, key(response)?))).collect())
}

/// Deletes from the server those of the messages offered that the reader deletes: two commands, or none.
pub async fn delete(
    inbox: &mut ImapClient,
    user: &User,
    offered: impl Iterator<Item = (u32, Key)>,
) -> Result<(), Trouble> {
    let doomed = uid_set(offered.filter(|(_, key)| user.reader.deletes(key)).map(|(uid, _)| uid));
    if let Some(doomed) = doomed {
        inbox.uid_store(&doomed, "+FLAGS.SILENT", "(\\Deleted)").await?;
        inbox.expunge().await?;
    }
    Ok(())
}

/// Makes a mailbox, unless it is there.
pub async fn make_mailbox(client: &mut ImapClient, name: &str) -> Result<(), Trouble> {
    match client.command(&format!("CREATE {name}")).await {
        // NO: somebody has made it before (RFC 3501 §6.3.3).
        Err(Trouble::Protocol(_)) => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// UIDs as a set (RFC 3501 §9, sequence-set), runs drawn together: `1:3,7`. `None` for no UIDs.
pub fn uid_set(uids: impl IntoIterator<Item = u32>) -> Option<String> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => runs.push((uid, uid)),
        }
    }
    let written: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}:{last}") })
        .collect();
    (!written.is_empty()).then(|| written.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_uids_are_drawn_together() {
        assert_eq!(uid_set([1, 2, 3, 7, 9, 10]).as_deref(), Some("1:3,7,9:10"));
        assert_eq!(uid_set([u32::MAX, 1]).as_deref(), Some("4294967295,1"));
        assert_eq!(uid_set([]), None);
    }

    #[test]
    fn uids_mean_nothing_once_their_validity_has_changed() {
        let selected =
            |uid_validity, uid_next| Selected { exists: 5, uid_validity, uid_next, ..Selected::default() };
        let mut known = Known::default();
        assert_eq!(known.new_uids(&selected(7, 6)).as_deref(), Some("1:5"));
        assert_eq!(known.new_uids(&selected(7, 6)), None);
        assert_eq!(known.new_uids(&selected(7, 8)).as_deref(), Some("6:7"));
        assert_eq!(known.new_uids(&selected(8, 4)).as_deref(), Some("1:3"));
    }

    #[test]
    fn a_key_is_taken_from_the_header_and_not_from_the_text() {
        let header = b"Subject: one\r\nMessage-ID: <1@x>\r\n";
        let message = [&header[..], b"\r\nDate: in the text\r\n"].concat();
        assert_eq!(key_of(&message), key_of(header));
        assert_eq!(key_of(b"\r\nSubject: text\r\n"), key_of(b""));
    }
}
