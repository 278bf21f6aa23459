//! One message on its way to one domain.

use std::sync::Arc;

use crate::mail::date::Timestamp;
use crate::mail::envelope::{Body, Notify, Return};
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::time::{Duration, Instant, NANOS_PER_SECOND};

/// One message for all its recipients in one domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The message, with the trace line of this host.
    pub message: Arc<Message>,
    /// The reverse-path without angle brackets; empty for a notice to which nobody shall answer.
    pub from: String,
    /// Where it goes, in lower case.
    pub domain: String,
    /// Who shall have it, and has not yet.
    pub recipients: Vec<QueuedRecipient>,
    /// What kind of octets it holds.
    pub body: Body,
    /// Its addresses or header need the extension SMTPUTF8 (RFC 6531 §3.4).
    pub utf8: bool,
    /// The sender's own name for this sending (RFC 3461 §4.4).
    pub envid: Option<String>,
    /// How much of the message a report brings back.
    pub ret: Option<Return>,
    /// When it came in, or when the host was started after it had come.
    pub queued: Instant,
    /// How long it had waited before that: a host that keeps its queue may be stopped and started.
    pub waited: Duration,
    /// When it is to be tried next.
    pub due: Instant,
    /// How often it was tried in vain.
    pub attempts: u32,
    /// What the last attempt failed by.
    pub last_trouble: String,
    /// The sender was told that it is late.
    pub is_warned: bool,
    /// Somebody is sending it.
    pub is_claimed: bool,
}

/// A recipient who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedRecipient {
    /// The address without angle brackets.
    pub address: String,
    /// When the sender wants to hear of it, if that was said.
    pub notify: Option<Notify>,
    /// The address that the sender meant, with its type: `rfc822;Bob@example.com`.
    pub orcpt: Option<String>,
}

impl Item {
    /// A message that came in now, and is due now.
    #[must_use]
    pub fn new(message: Arc<Message>, from: &str, domain: &str, now: Instant) -> Self {
        Self {
            message,
            from: from.to_owned(),
            domain: domain.to_ascii_lowercase(),
            recipients: Vec::new(),
            body: Body::default(),
            utf8: false,
            envid: None,
            ret: None,
            queued: now,
            waited: Duration::ZERO,
            due: now,
            attempts: 0,
            last_trouble: String::new(),
            is_warned: false,
            is_claimed: false,
        }
    }

    /// What the clock on the wall showed when it came in.
    #[must_use]
    pub fn arrived(&self, store: &Store) -> Timestamp {
        let clock = store.clock(self.queued);
        let waited = i64::try_from(self.waited.as_nanos() / NANOS_PER_SECOND).unwrap_or(i64::MAX);
        Timestamp { unix: clock.unix.saturating_sub(waited), ..clock }
    }
}
