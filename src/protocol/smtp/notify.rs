//! Telling the sender what became of a message: a report, delivered like any other mail.

use std::sync::Arc;

use super::command::Manner;
use super::route::{Destination, read, route};
use super::settings::SmtpSettings;
use crate::mail::date::Timestamp;
use crate::mail::envelope::Return;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::queue::{Item, QueuedRecipient};
pub use crate::mail::report::Recipient as Told;
use crate::mail::report::Report;
use crate::mail::store::Store;
use crate::time::Instant;

/// Which message a report is about.
pub struct About<'a> {
    /// The reverse-path without angle brackets; empty if nobody is to be told.
    pub from: &'a str,
    /// The sender's own name for the sending.
    pub envid: Option<&'a str>,
    /// How much of the message comes back.
    pub ret: Option<Return>,
    /// When the message came in.
    pub arrived: Timestamp,
    /// The message.
    pub original: &'a [u8],
    /// Until when it is tried, where it is late.
    pub retries_until: Option<Instant>,
}

/// Writes a report about these recipients, who all have the same action, and delivers it: with an empty
/// reverse-path, so that nothing answers it (RFC 5321 §4.5.5). Nobody is told of what came from nobody, and a
/// report that cannot reach its reader is given up: what else would it be reported to?
pub fn tell(
    about: &About<'_>,
    recipients: Vec<Told>,
    now: Instant,
    settings: &SmtpSettings,
    store: &mut Store,
) {
    let Some(to) = read(about.from).filter(|_| !recipients.is_empty()) else { return };
    let Ok(route) = route(&to, Manner::Mail, settings, store) else { return };
    let report = Report {
        host: &settings.host,
        to: about.from,
        at: store.clock(now),
        arrived: about.arrived,
        // Each report is stored or queued: the sum of both grows with each.
        number: (store.modseq().0 as u32).wrapping_add(store.queue().pushed()),
        envid: about.envid,
        ret: about.ret,
        recipients,
        retries_until: about.retries_until.map(|until| store.clock(until)),
        original: about.original,
    };
    let (text, received) = (report.text(), report.at);
    let message = Arc::new(Message::new(text.clone()));
    for place in route.places {
        match place.to {
            Destination::Mailbox(mailbox) | Destination::Sink(mailbox) => {
                let with_path = [b"Return-Path: <>\r\n", &text[..]].concat();
                store.append(mailbox, Arc::new(Message::new(with_path)), Flags::NONE, received);
            }
            Destination::Terminal(_) => {}
            Destination::Elsewhere(domain) => {
                let to = QueuedRecipient { address: place.address.to_string(), notify: None, orcpt: None };
                let item = Item::new(Arc::clone(&message), "", &domain, now);
                store.queue_mut().push(Item { recipients: vec![to], ..item });
            }
        }
    }
}
