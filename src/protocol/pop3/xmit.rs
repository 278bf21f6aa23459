//! XTND XMIT: mail goes out over the session that fetches it.

use std::sync::Arc;

use super::error::Refusal;
use super::maildrop::Maildrop;
use super::state::Context;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::MailboxId;
use crate::protocol::sendmail::{self, Sender};

/// Delivers a message to everybody whom its header names: into mailboxes here, and into the queue for other hosts, as
/// SMTP at this host would. All have it, or nobody.
///
/// # Errors
/// [`Refusal::NotSent`] if the header names nobody, or somebody whom mail from here cannot reach.
pub fn send(text: &[u8], maildrop: &Maildrop, context: &mut Context<'_>) -> Result<usize, Refusal> {
    let (user, host, post) = (maildrop.owner(), context.settings.host.as_str(), &*context.settings.post);
    let sender = Sender { user, host, with: "XTND XMIT", now: context.now, post };
    sendmail::send(text, &sender, context.store).map_err(|why| Refusal::NotSent(why.into()))
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
