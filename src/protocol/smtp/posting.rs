//! Mail that came in by another protocol, XTND XMIT or DMSP, and goes where SMTP would have taken it: the same aliases,
//! lists, domains and queue.

use std::sync::Arc;

use super::command::Manner;
use super::delivery::could_be_misread;
use super::reply::Reply;
use super::route::{Destination, Place, read, route};
use super::settings::SmtpSettings;
use crate::mail::date::Timestamp;
use crate::mail::envelope::Body;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::queue::{Item, QueuedRecipient};
use crate::mail::store::{MailboxId, Store, UserId};
use crate::time::Instant;

/// The reverse-path of what a user sends: the first address that has a domain. Empty if there is none, and then nobody
/// hears what became of it.
#[must_use]
pub fn author(user: UserId, store: &Store) -> String {
    let inbox = store.inbox(user);
    let mut addresses = inbox.into_iter().flat_map(|inbox| store.addresses_of(inbox));
    addresses.find(|address| address.contains('@')).unwrap_or_default().to_owned()
}

/// Where a message goes: each place once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    mailboxes: Vec<MailboxId>,
    elsewhere: Vec<Place>,
}

impl Places {
    /// Adds a mailbox of this host.
    pub fn add_mailbox(&mut self, mailbox: MailboxId) {
        if !self.mailboxes.contains(&mailbox) {
            self.mailboxes.push(mailbox);
        }
    }

    /// Adds all places to which an address, `LOCAL@DOMAIN`, leads.
    ///
    /// # Errors
    /// What SMTP would have said to a RCPT for it, without its code. Nothing is added then.
    pub fn add(&mut self, address: &str, settings: &SmtpSettings, store: &Store) -> Result<(), String> {
        let said = |reply: Reply| reply.lines.first().cloned().unwrap_or_default();
        let mailbox = read(address).ok_or_else(|| format!("`{}` is no address", address.escape_debug()))?;
        let route =
            route(&mailbox, Manner::Mail, settings, store).map_err(|refusal| said(Reply::from(&refusal)))?;
        for place in route.places {
            match &place.to {
                Destination::Mailbox(mailbox) | Destination::Sink(mailbox) => self.add_mailbox(*mailbox),
                Destination::Terminal(_) => {}
                Destination::Elsewhere(_) if self.elsewhere.contains(&place) => {}
                Destination::Elsewhere(_) => self.elsewhere.push(place),
            }
        }
        Ok(())
    }

    /// Puts the message there: into all mailboxes, and once for each domain into the queue. `from` is the reverse-path,
    /// without brackets.
    ///
    /// # Errors
    /// In words, if one of the mailboxes cannot take it, or no other host may have it. Then nobody has it.
    pub fn post(
        &self,
        message: &Arc<Message>,
        from: &str,
        (now, received): (Instant, Timestamp),
        store: &mut Store,
    ) -> Result<(), &'static str> {
        let octets = message.octets().unwrap_or_default();
        // One of the next hosts might take it for a line end (RFC 5321 §2.3.8).
        if !self.elsewhere.is_empty() && could_be_misread(&octets) {
            return Err("it has a CR, an LF or a NUL by itself, and other hosts might read it otherwise");
        }
        // A store is a value: what it was is there to go back to.
        let before = store.clone();
        for mailbox in &self.mailboxes {
            if store.append(*mailbox, Arc::clone(message), Flags::NONE, received).is_none() {
                *store = before;
                return Err("a mailbox is full, so nobody has it");
            }
        }
        let mut items: Vec<Item> = Vec::new();
        for place in &self.elsewhere {
            let Destination::Elsewhere(domain) = &place.to else { continue };
            let owner = place.owner.as_ref().map(ToString::to_string);
            let from = owner.as_deref().unwrap_or(from);
            let to = QueuedRecipient { address: place.address.to_string(), notify: None, orcpt: None };
            match items.iter_mut().find(|item| item.domain == *domain && item.from == from) {
                Some(item) => item.recipients.push(to),
                None => items.push(Item {
                    recipients: vec![to],
                    body: if octets.is_ascii() { Body::SevenBit } else { Body::EightBit },
                    ..Item::new(Arc::clone(message), from, domain, now)
                }),
            }
        }
        for item in items {
            store.queue_mut().push(item);
        }
        Ok(())
    }
}
