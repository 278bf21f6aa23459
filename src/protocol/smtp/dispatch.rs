//! Which mail of a queue goes out now, and which host is called for it: for a world in virtual time and for real ports
//! alike.
//!
//! ```text
//!   due by itself ──┐                              ┌─> calls ─> [`Smtp::calling`] ─> sent, put off, reported
//!                   ├─> started, domain by domain ─┤
//!   ETRN, RFC 1985 ─┘                              └─> not reached: later, late, too old
//! ```
//!
//! Whoever owns the connections says how a domain's host can be reached, asks for the calls to be made, and tells what
//! came of them. Time comes in as an argument.

use super::sender::outcome::unreached;
use super::session::Smtp;
use crate::mail::queue::QueueId;
use crate::mail::store::Store;
use crate::time::Instant;

impl Smtp {
    /// Mail is due: what can be sent is started, what cannot waits on. `reach` says why a domain's host cannot be reached.
    pub fn look_after_queue(
        &self,
        now: Instant,
        store: &mut Store,
        reach: impl Fn(&str) -> Result<(), String>,
    ) {
        for id in store.queue().due_at(now) {
            let Some(domain) = store.queue().item(id).map(|item| item.domain.clone()) else { continue };
            let reached = match store.queue().is_held(&domain) {
                true => Err("its host has not asked for it".to_owned()),
                false => reach(&domain),
            };
            match reached {
                Ok(()) => store.queue_mut().start(&domain),
                Err(why) => self.tried_in_vain(id, &why, now, store),
            }
        }
    }

    /// The host of this session could not reach anybody for an item of its queue: the item waits on, its sender hears
    /// that it is late, or the host gives up (RFC 5321 §4.5.4.1).
    pub fn tried_in_vain(&self, item: QueueId, why: &str, now: Instant, store: &mut Store) {
        unreached(item, why, now, self.settings(), store);
    }

    /// The host of these domains was called, and did not answer.
    pub fn not_reached(&self, domains: &[String], why: &str, now: Instant, store: &mut Store) {
        for id in store.queue().left_by_call(domains, now) {
            self.tried_in_vain(id, why, now, store);
        }
        store.queue_mut().end_call(domains);
    }
}

/// The calls to be made now: each host that `host` names, and the domains whose mail was started and goes there. From now
/// on these are being called.
pub fn calls<H: PartialEq>(store: &mut Store, host: impl Fn(&str) -> Option<H>) -> Vec<(H, Vec<String>)> {
    let mut calls: Vec<(H, Vec<String>)> = Vec::new();
    for domain in store.queue().started().filter(|domain| !store.queue().is_called(domain)) {
        let Some(host) = host(domain) else { continue };
        match calls.iter_mut().find(|(known, _)| *known == host) {
            Some((_, domains)) => domains.push(domain.to_owned()),
            None => calls.push((host, vec![domain.to_owned()])),
        }
    }
    for (_, domains) in &calls {
        store.queue_mut().begin_call(domains);
    }
    calls
}
