//! The queue: mail that is on its way to another host, and waits.
//!
//! ```text
//!            push                 claim                     all recipients done
//!  message ────────> waiting ────────────────> being sent ────────────────────────> gone
//!                      ^  │ due again and again     │ deferred: later, by the policy
//!                      │  └── too old: failed, a report goes back (RFC 3464)
//!                      └────────────────────────────┘
//! ```
//!
//! One item holds one message for one domain, with all its recipients there: it crosses the line once. The queue
//! knows no host, no line and no clock; whoever sends tells it what came of each recipient, and when. While the host of a
//! domain is being called, none of its mail is due: one call takes all of it.

mod item;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

pub use item::{Item, QueuedRecipient};

use crate::time::{Duration, Instant};

/// The domain of the branch office that mail waits for wherever nobody names another.
pub const BRANCH: &str = "branch.example";

/// Names an item of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(pub u32);

/// How often a host tries, and when it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// After a failed attempt it waits so long: "the retry interval SHOULD be at least 30 minutes" (RFC 5321
    /// §4.5.4.1).
    pub retry: Duration,
    /// The sender hears that the message is late after so long; four hours are usual, no RFC says so.
    pub warn_after: Duration,
    /// Then it gives up: "the give-up time generally needs to be at least 4-5 days" (RFC 5321 §4.5.4.1).
    pub give_up: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { retry: Duration::from_secs(1800), warn_after: hours(4), give_up: hours(5 * 24) }
    }
}

/// Mail on its way to other hosts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    items: BTreeMap<QueueId, Arc<Item>>,
    /// How many items there ever were: no number is given twice.
    pushed: u32,
    policy: Policy,
    /// Domains whose mail somebody has asked for (RFC 1985), in lower case.
    started: BTreeSet<String>,
    /// Domains whose mail goes out only when they ask for it: nobody calls them.
    held: BTreeSet<String>,
    /// Domains whose host is being called, or is on the line.
    called: BTreeSet<String>,
}

impl Queue {
    /// Changes how often it tries.
    pub const fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// How often it tries.
    #[must_use]
    pub const fn policy(&self) -> Policy {
        self.policy
    }

    /// Keeps a domain's mail until it asks for it, instead of calling it.
    pub fn hold(&mut self, domain: &str) {
        self.held.insert(domain.to_ascii_lowercase());
    }

    /// True if a domain's mail waits until it is asked for.
    #[must_use]
    pub fn is_held(&self, domain: &str) -> bool {
        self.held.contains(&domain.to_ascii_lowercase())
    }

    /// The host of these domains is being called: until [`Queue::end_call`] their mail is not due by itself, and they are
    /// no longer started.
    pub fn begin_call(&mut self, domains: &[String]) {
        for domain in domains.iter().map(|domain| domain.to_ascii_lowercase()) {
            self.started.remove(&domain);
            self.called.insert(domain);
        }
    }

    /// The call of these domains' host is over.
    pub fn end_call(&mut self, domains: &[String]) {
        for domain in domains {
            self.called.remove(&domain.to_ascii_lowercase());
        }
    }

    /// True while the host of a domain is being called or on the line.
    #[must_use]
    pub fn is_called(&self, domain: &str) -> bool {
        self.called.contains(&domain.to_ascii_lowercase())
    }

    /// Takes in a message for one domain. What is not to be kept waiting is due at once.
    pub fn push(&mut self, item: Item) -> QueueId {
        self.pushed = self.pushed.saturating_add(1);
        let id = QueueId(self.pushed);
        self.items.insert(id, Arc::new(item));
        id
    }

    /// How many items there ever were.
    #[must_use]
    pub const fn pushed(&self) -> u32 {
        self.pushed
    }

    /// All items, oldest first.
    pub fn items(&self) -> impl Iterator<Item = (QueueId, &Item)> {
        self.items.iter().map(|(id, item)| (*id, &**item))
    }

    /// One item.
    #[must_use]
    pub fn item(&self, id: QueueId) -> Option<&Item> {
        self.items.get(&id).map(|item| &**item)
    }

    /// How many items wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True if nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// How many items wait for the domains that `wanted` accepts.
    pub fn waiting_for(&self, wanted: impl Fn(&str) -> bool) -> usize {
        self.items.values().filter(|item| wanted(&item.domain)).count()
    }

    /// Somebody asks for the mail of a domain: it is to be sent as soon as that domain can be reached.
    pub fn start(&mut self, domain: &str) {
        self.started.insert(domain.to_ascii_lowercase());
    }

    /// The domains whose mail was asked for and is not yet being sent.
    pub fn started(&self) -> impl Iterator<Item = &str> {
        self.started.iter().map(String::as_str)
    }

    /// There is nobody to send the mail of a domain to.
    pub fn clear_start(&mut self, domain: &str) {
        self.started.remove(&domain.to_ascii_lowercase());
    }

    /// When the next item is due by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.next_due_for(|_| true)
    }

    /// When the next item is due by itself for one of the domains that `wanted` accepts.
    #[must_use]
    pub fn next_due_for(&self, wanted: impl Fn(&str) -> bool) -> Option<Instant> {
        let items = self.items.values().filter(|item| self.waits(item) && wanted(&item.domain));
        items.map(|item| self.due(item)).min()
    }

    /// Nobody is sending it, and nobody is about to.
    fn waits(&self, item: &Item) -> bool {
        !item.is_claimed && !self.called.contains(&item.domain)
    }

    /// When an item is due: held mail only when it is late or too old.
    fn due(&self, item: &Item) -> Instant {
        let end = self.end(item);
        if !self.held.contains(&item.domain) {
            return item.due.min(end);
        }
        let warning = item.queued + self.policy.warn_after.saturating_sub(item.waited);
        if item.is_warned { end } else { warning.min(end) }
    }

    /// When the host gives an item up.
    #[must_use]
    pub fn end(&self, item: &Item) -> Instant {
        item.queued + self.policy.give_up.saturating_sub(item.waited)
    }

    /// The items that are due, oldest first.
    #[must_use]
    pub fn due_at(&self, now: Instant) -> Vec<QueueId> {
        let is_due = |item: &Item| self.waits(item) && self.due(item) <= now;
        self.items.iter().filter(|(_, item)| is_due(item)).map(|(id, _)| *id).collect()
    }

    /// The items for these domains that were due by `now` and that nobody is sending: whoever called their host could not
    /// send them.
    #[must_use]
    pub fn left_by_call(&self, domains: &[String], now: Instant) -> Vec<QueueId> {
        let is_for = |item: &Item| domains.iter().any(|domain| domain.eq_ignore_ascii_case(&item.domain));
        let is_left = |item: &Item| !item.is_claimed && is_for(item) && self.due(item) <= now;
        self.items.iter().filter(|(_, item)| is_left(item)).map(|(id, _)| *id).collect()
    }

    /// Octets of all messages that wait; a message counts once for each domain.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.items.values().map(|item| u64::from(item.message.size())).sum()
    }

    /// The next item after the one with number `after` for one of the domains that `wanted` accepts, claimed: nobody
    /// else sends it meanwhile. Numbers begin at 1.
    pub fn claim(&mut self, after: QueueId, wanted: impl Fn(&str) -> bool) -> Option<QueueId> {
        let later = (Bound::Excluded(after), Bound::Unbounded);
        let mut items = self.items.range_mut(later);
        let (id, item) = items.find(|(_, item)| !item.is_claimed && wanted(&item.domain))?;
        Arc::make_mut(item).is_claimed = true;
        Some(*id)
    }

    /// Says what came of a recipient: it is done with, and gone from the item. Gives it back if it was there.
    pub fn settle(&mut self, id: QueueId, recipient: usize) -> Option<QueuedRecipient> {
        let item = Arc::make_mut(self.items.get_mut(&id)?);
        (recipient < item.recipients.len()).then(|| item.recipients.remove(recipient))
    }

    /// Ends an attempt: what is left of the item waits for the next one; an item without recipients goes.
    pub fn release(&mut self, id: QueueId, now: Instant, why: &str) {
        let retry = self.policy.retry;
        let Some(item) = self.items.get_mut(&id).map(Arc::make_mut) else { return };
        item.is_claimed = false;
        if item.recipients.is_empty() {
            self.items.remove(&id);
            return;
        }
        item.attempts = item.attempts.saturating_add(1);
        item.due = now + retry;
        why.clone_into(&mut item.last_trouble);
    }

    /// The sender has been told that the message is late.
    pub fn set_warned(&mut self, id: QueueId) {
        if let Some(item) = self.items.get_mut(&id).map(Arc::make_mut) {
            item.is_warned = true;
        }
    }

    /// Takes an item out, whatever it still holds.
    pub fn remove(&mut self, id: QueueId) -> Option<Arc<Item>> {
        self.items.remove(&id)
    }

    /// True if the item is so old that the host gives up.
    #[must_use]
    pub fn is_too_old(&self, item: &Item, now: Instant) -> bool {
        now >= self.end(item)
    }

    /// True if the sender is to hear now that the item is late.
    #[must_use]
    pub fn is_late(&self, item: &Item, now: Instant) -> bool {
        !item.is_warned && now >= item.queued + self.policy.warn_after.saturating_sub(item.waited)
    }
}
