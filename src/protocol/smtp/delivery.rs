//! From the envelope into mailboxes.

use std::sync::Arc;

use super::error::Refusal;
use super::path::{Mailbox, ReversePath};
use super::session::{Relay, SmtpSettings};
use super::state::Client;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{MailboxId, Store};
use crate::time::Instant;

/// Who sends, and who receives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Where the message comes from.
    pub from: ReversePath,
    /// Where it goes: at least one.
    pub to: Vec<Recipient>,
}

/// One accepted recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    address: Mailbox,
    mailbox: MailboxId,
    /// The message stays here; if not, it only waits here to be sent on.
    is_final: bool,
}

impl Recipient {
    /// Where mail for an address goes.
    ///
    /// # Errors
    /// [`Refusal::NoSuchUser`], [`Refusal::NoRelay`], [`Refusal::NoSink`].
    pub fn of(address: Mailbox, settings: &SmtpSettings, store: &Store) -> Result<Self, Refusal> {
        if let Some(mailbox) = store.address_mailbox(&address.address()) {
            return Ok(Self { address, mailbox, is_final: true });
        }
        if settings.domains.iter().any(|domain| domain.eq_ignore_ascii_case(&address.domain)) {
            return Err(Refusal::NoSuchUser(address));
        }
        match &settings.relay {
            Relay::Refused => Err(Refusal::NoRelay(address)),
            Relay::Into(user) => {
                let sink = store.user(user.as_bytes()).and_then(|user| store.inbox(user));
                Ok(Self { address, mailbox: sink.ok_or(Refusal::NoSink)?, is_final: false })
            }
        }
    }
}

/// Puts the message into the mailboxes of all recipients, once into each.
///
/// # Errors
/// [`Refusal::NotStored`] if a mailbox could not take it.
pub fn deliver(
    text: &[u8],
    envelope: &Envelope,
    client: &Client,
    now: Instant,
    settings: &SmtpSettings,
    store: &mut Store,
) -> Result<(), Refusal> {
    let mut done: Vec<MailboxId> = Vec::new();
    for is_final in [true, false] {
        let mut recipients = envelope.to.iter().filter(|to| to.is_final == is_final).peekable();
        if recipients.peek().is_none() {
            continue;
        }
        let received = store.clock(now);
        let mut octets = trace(envelope, client, is_final, settings, &received.rfc5322()).into_bytes();
        octets.extend_from_slice(text);
        let message = Arc::new(Message::new(octets));
        for to in recipients {
            if !done.contains(&to.mailbox) {
                let stored = store.append(to.mailbox, Arc::clone(&message), Flags::NONE, received);
                stored.ok_or(Refusal::NotStored)?;
                done.push(to.mailbox);
            }
        }
    }
    Ok(())
}

/// What the server puts before the message: the time stamp line, and at the final delivery the return path line
/// (RFC 821 §4.1.1, §4.1.2). The date is written as RFC 1123 §5.2.14 has it, the year in four digits; the
/// recipient is shown only if there is no other, who might not know.
fn trace(
    envelope: &Envelope,
    client: &Client,
    is_final: bool,
    settings: &SmtpSettings,
    date: &str,
) -> String {
    let return_path = if is_final { format!("Return-Path: {}\r\n", envelope.from) } else { String::new() };
    let protocol = if client.extended { "ESMTP" } else { "SMTP" };
    let recipient = match &envelope.to[..] {
        [only] => format!("\r\n\tfor <{}>", only.address),
        _ => String::new(),
    };
    format!(
        "{return_path}Received: from {} by {} with {protocol}{recipient};\r\n\t{date}\r\n",
        client.domain, settings.host
    )
}
