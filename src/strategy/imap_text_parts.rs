//! `imap-text-parts`: of the messages chosen only the text; attachments stay on the server.

use std::collections::BTreeMap;

use super::mailbox::{Known, delete, fetch, uid_set};
use super::user::User;
use crate::desk::Trouble;
use crate::mail::summary::Key;
use crate::protocol::imap::response::FetchResponse;
use crate::protocol::imap::structure::BodyPart;

pub async fn run(mut user: User) -> Result<(), Trouble> {
    let mut known = Known::default();
    for visit in user.visits() {
        user.begin(visit).await;

        user.dial().await?;
        let (mut inbox, selected) = user.imap().await?;
        let mut chosen = Vec::new();
        if let Some(new) = known.new_uids(&selected) {
            let listed = fetch(&mut inbox, &new, LISTED, key_and_structure).await?;
            let offered: Vec<(u32, Key)> = listed.iter().map(|(uid, (key, _))| (*uid, *key)).collect();
            let structures: BTreeMap<u32, &BodyPart> =
                listed.iter().map(|(uid, (_, part))| (*uid, part)).collect();
            chosen = user.choose(offered.iter().copied());

            // Messages of one shape are asked for in one command.
            let mut shapes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
            for (uid, _) in &chosen {
                let Some(structure) = structures.get(uid) else { continue };
                shapes.entry(wanted_items(&user, structure)).or_default().push(*uid);
            }
            for (items, uids) in shapes {
                if let Some(uids) = uid_set(uids).filter(|_| !items.is_empty()) {
                    inbox.uid_fetch(&uids, &format!("({items})")).await?;
                }
            }
            delete(&mut inbox, &user, &offered).await?;
        }
        inbox.logout().await?;
        user.hang_up().await;

        user.read_off_line(chosen.into_iter().map(|(_, key)| key)).await;
        user.send_answers().await?;
    }
    Ok(())
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
