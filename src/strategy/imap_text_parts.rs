//! `imap-text-parts`: of the messages chosen only the text; attachments stay on the server.

use std::collections::{BTreeMap, BTreeSet};

use super::imap_call::{List, Listed, call};
use super::mailbox::{Known, uid_set};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::response::FetchResponse;
use crate::protocol::imap::structure::BodyPart;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;
        fetch_and_read(&mut user, &mut known, false).await?;
        user.send_answers().await?;
    }
    Ok(())
}

/// Lists what is new, fetches the texts of what is wanted, hangs up and reads. Gives what is new; what is answered is
/// not deleted yet if `keeps_answered`.
pub async fn fetch_and_read(
    user: &mut User,
    known: &mut Known,
    keeps_answered: bool,
) -> Result<Vec<(u32, Key)>, Trouble> {
    // After a drop, messages of one shape that were fetched are not fetched again.
    let (mut new, mut chosen, mut here) = (Vec::new(), Vec::new(), BTreeSet::new());
    let list = List { keeps_answered, ..List::new(LISTED, key_and_structure) };
    call(user, known, list, async |user, inbox, listed| {
        new = listed.iter().map(|one| (one.uid, one.key)).collect();
        chosen = user.choose(new.iter().copied());
        for (items, uids) in shapes(user, listed, &chosen) {
            if here.contains(&items) {
                continue;
            }
            if let Some(uids) = uid_set(uids).filter(|_| !items.is_empty()) {
                inbox.uid_fetch(&uids, &format!("({items})")).await?;
            }
            here.insert(items);
        }
        Ok(())
    })
    .await?;
    user.read_off_line(chosen.iter().map(|(_, key)| *key)).await;
    Ok(new)
}

/// The messages chosen by their shape, as the fetch items for it: those of one shape are asked for in one command.
fn shapes(user: &User, listed: &[Listed<BodyPart>], chosen: &[(u32, Key)]) -> BTreeMap<String, Vec<u32>> {
    let structures: BTreeMap<u32, &BodyPart> = listed.iter().map(|one| (one.uid, &one.more)).collect();
    let mut shapes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for (uid, _) in chosen {
        let Some(structure) = structures.get(uid) else { continue };
        shapes.entry(wanted_items(user, structure)).or_default().push(*uid);
    }
    shapes
}

/// What a list of messages shows, and what tells their parts apart.
pub const LISTED: &str = "(ENVELOPE BODYSTRUCTURE)";

pub fn key_and_structure(response: &FetchResponse) -> Option<(Key, BodyPart)> {
    Some((response.envelope.as_ref()?.summary().key(), response.structure.clone()?))
}

/// The fetch items for what the reader wants of a message; empty if there is nothing in it.
pub fn wanted_items(user: &User, structure: &BodyPart) -> String {
    if user.reader.opens_attachments() { "BODY.PEEK[]".to_owned() } else { texts(structure) }
}

/// The fetch items for a message's text; empty if it has none.
fn texts(structure: &BodyPart) -> String {
    let items: Vec<String> =
        text_parts(structure).into_iter().map(|part| format!("BODY.PEEK[{}]", part.section)).collect();
    items.join(" ")
}

/// Every text that is no attachment, but of the alternatives (RFC 2046 §5.1.4) only one, plain if there is one.
fn text_parts(part: &BodyPart) -> Vec<&BodyPart> {
    if part.parts.is_empty() {
        return if part.is_readable_text() { vec![part] } else { vec![] };
    }
    if part.is_multipart() && part.subtype == "ALTERNATIVE" {
        let plain = part.parts.iter().find(|part| part.is_readable_text() && part.subtype == "PLAIN");
        let any = || part.parts.iter().map(text_parts).find(|texts| !texts.is_empty());
        return plain.map(|part| vec![part]).or_else(any).unwrap_or_default();
    }
    part.parts.iter().flat_map(text_parts).collect()
}
