//! XTND XMIT: mail goes out over the session that fetches it, with the envelope read from the header, as
//! `sendmail -t -oem` reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::envelope;
use super::error::Refusal;
use super::maildrop::Maildrop;
use super::state::Context;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::queue::{Item, QueuedRecipient};
use crate::mail::store::MailboxId;

/// Delivers a message to everybody whom its header names and who has a mailbox here. For all others it is put into the
/// queue, once for each domain.
///
/// # Errors
/// [`Refusal::NotSent`] if the header names nobody, or somebody unknown without a domain; then nobody gets it.
pub fn send(text: &[u8], maildrop: &Maildrop, context: &mut Context<'_>) -> Result<usize, Refusal> {
    let header = Message::new(text.to_vec()).header().clone();
    let recipients = envelope::recipients(&header);
    if recipients.is_empty() {
        return Err(Refusal::NotSent("its header names no recipient"));
    }
    let is_nobody = |name: &&Vec<u8>| !name.contains(&b'@') && context.store.address_mailbox(name).is_none();
    if recipients.iter().any(|name| is_nobody(&name)) {
        return Err(Refusal::NotSent("its header names somebody without a domain whom nobody here knows"));
    }
    let date = context.store.clock(context.now);
    let sender = context.store.user_name(maildrop.owner());
    let trace = format!(
        "Received: from {sender} by {} with XTND XMIT;\r\n\t{}\r\n",
        context.settings.host,
        date.rfc5322()
    );
    let message = Arc::new(Message::new([trace.as_bytes(), &without_bcc(text, header.len())].concat()));
    let mut done: Vec<MailboxId> = Vec::new();
    let mut elsewhere: BTreeMap<String, Vec<QueuedRecipient>> = BTreeMap::new();
    for recipient in &recipients {
        match context.store.address_mailbox(recipient) {
            Some(mailbox) if done.contains(&mailbox) => {}
            Some(mailbox) => {
                let stored = context.store.append(mailbox, Arc::clone(&message), Flags::NONE, date);
                stored.ok_or(Refusal::NotSent("a mailbox is full"))?;
                done.push(mailbox);
            }
            None => {
                let address = String::from_utf8_lossy(recipient).into_owned();
                let Some((_, domain)) = address.rsplit_once('@') else { continue };
                let waiting = elsewhere.entry(domain.to_ascii_lowercase()).or_default();
                waiting.push(QueuedRecipient { address, notify: None, orcpt: None });
            }
        }
    }
    let inbox = context.store.inbox(maildrop.owner());
    let from = inbox.and_then(|inbox| context.store.addresses_of(inbox).next().map(str::to_owned));
    let from = from.unwrap_or_default();
    for (domain, recipients) in elsewhere {
        let item = Item::new(Arc::clone(&message), &from, &domain, context.now);
        context.store.queue_mut().push(Item { recipients, ..item });
    }
    Ok(recipients.len())
}

/// Keeps a message in a folder (POP4's STOR).
///
/// # Errors
/// [`Refusal::NotSent`] if the folder is gone or full.
pub fn store(text: &[u8], folder: MailboxId, context: &mut Context<'_>) -> Result<(), Refusal> {
    let date = context.store.clock(context.now);
    let message = Arc::new(Message::new(text.to_vec()));
    let stored = context.store.append(folder, message, Flags::NONE, date);
    stored.map(drop).ok_or(Refusal::NotSent("the folder cannot take it"))
}

/// The text without its `Bcc` fields: the others need not know.
fn without_bcc(text: &[u8], header_octets: usize) -> Vec<u8> {
    let (header, body) = text.split_at(header_octets.min(text.len()));
    let mut kept = Vec::with_capacity(text.len());
    let mut hidden = false;
    for line in header.split_inclusive(|octet| *octet == b'\n') {
        let goes_on = matches!(line.first(), Some(b' ' | b'\t'));
        if !goes_on {
            hidden = line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case(b"bcc:"));
        }
        if !hidden {
            kept.extend_from_slice(line);
        }
    }
    kept.extend_from_slice(body);
    kept
}
