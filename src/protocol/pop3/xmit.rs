//! XTND XMIT: mail goes out over the session that fetches it, with the envelope read from the header, as
//! `sendmail -t -oem` reads it.

use std::sync::Arc;

use super::envelope;
use super::error::Refusal;
use super::maildrop::Maildrop;
use super::state::Context;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::MailboxId;
use crate::protocol::smtp::posting::{Places, author};

/// Delivers a message to everybody whom its header names: into mailboxes here, and into the queue for other hosts, as
/// SMTP at this host would. All have it, or nobody.
///
/// # Errors
/// [`Refusal::NotSent`] if the header names nobody, or somebody whom mail from here cannot reach.
pub fn send(text: &[u8], maildrop: &Maildrop, context: &mut Context<'_>) -> Result<usize, Refusal> {
    let header = Message::new(text.to_vec()).header().clone();
    let recipients = envelope::recipients(&header);
    if recipients.is_empty() {
        return Err(Refusal::NotSent("its header names no recipient".into()));
    }
    let mut places = Places::default();
    for name in &recipients {
        match context.store.address_mailbox(name) {
            Some(mailbox) => places.add_mailbox(mailbox),
            None if !name.contains(&b'@') => {
                let name = String::from_utf8_lossy(name).escape_debug().to_string();
                let why = format!("its header names `{name}`, without a domain, whom nobody here knows");
                return Err(Refusal::NotSent(why.into()));
            }
            None => {
                let address = String::from_utf8_lossy(name);
                let added = places.add(&address, &context.settings.post, context.store);
                added.map_err(|why| Refusal::NotSent(why.into()))?;
            }
        }
    }
    let date = context.store.clock(context.now);
    let sender = context.store.user_name(maildrop.owner());
    let trace = format!(
        "Received: from {sender} by {} with XTND XMIT;\r\n\t{}\r\n",
        context.settings.host,
        date.rfc5322()
    );
    let message = Arc::new(Message::new([trace.as_bytes(), &without_bcc(text, header.len())].concat()));
    let from = author(maildrop.owner(), context.store);
    let posted = places.post(&message, &from, (context.now, date), context.store);
    posted.map(|()| recipients.len()).map_err(|why| Refusal::NotSent(why.into()))
}

/// Keeps a message in a folder (POP4's STOR).
///
/// # Errors
/// [`Refusal::NotSent`] if the folder is gone or full.
pub fn store(text: &[u8], folder: MailboxId, context: &mut Context<'_>) -> Result<(), Refusal> {
    let date = context.store.clock(context.now);
    let message = Arc::new(Message::new(text.to_vec()));
    let stored = context.store.append(folder, message, Flags::NONE, date);
    stored.map(drop).ok_or(Refusal::NotSent("the folder cannot take it".into()))
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
