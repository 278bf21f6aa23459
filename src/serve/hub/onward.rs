//! Mail that goes on to other hosts: which host is to be called, and what came of it.
//!
//! The hub says whom to call ([`Hub::calls`]); who owns the sockets calls, and hands over the connection
//! ([`Hub::connected_to`]) or says why there is none ([`Hub::not_reached`]). What is said on it is a session of SMTP like
//! any other, the sending end.

use std::rc::Rc;

use tokio::sync::Notify;

use super::{Connection, Hub};
use crate::protocol::Server;
use crate::protocol::smtp::dispatch;
use crate::serve::listen::{Door, ONWARD};
use crate::time::Instant;

/// So many hosts are called at a time.
const CALLS_MAX: usize = 16;

/// A host to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// HOST:PORT.
    pub host: String,
    /// The domains whose mail it gets.
    pub domains: Vec<String>,
}

impl Hub {
    /// Whom to call now. Each has to be answered by [`Hub::connected_to`] or [`Hub::not_reached`].
    pub fn calls(&mut self, now: Instant) -> Vec<Call> {
        if self.stopping || self.store.queue().is_empty() {
            return Vec::new();
        }
        let before = self.store.modseq();
        let routes = &self.models.routes;
        let postman = self.models.postman();
        postman.look_after_queue(now, &mut self.store, |domain| match routes.host(domain) {
            Some(_) => Ok(()),
            None => Err(format!("no route says where mail for {domain} goes")),
        });
        let mut left = CALLS_MAX.saturating_sub(self.calling.len());
        let (calling, mut chosen) = (&self.calling, Vec::new());
        // Several domains may go to the same host: one call takes all of them.
        for domain in self.store.queue().started() {
            let Some(host) = routes.host(domain) else { continue };
            if left > 0 && !calling.contains(host) && !chosen.iter().any(|known| known == host) {
                chosen.push(host.to_owned());
                left -= 1;
            }
        }
        let calls = dispatch::calls(&mut self.store, |domain| {
            routes.host(domain).filter(|host| chosen.iter().any(|known| known == host)).map(str::to_owned)
        });
        self.forget_unreachable();
        self.calling.extend(calls.iter().map(|(host, _)| host.clone()));
        self.mail_has_moved(now, before);
        calls.into_iter().map(|(host, domains)| Call { host, domains }).collect()
    }

    /// Who asked for mail that no host of ours can be called for: TURN is the way to it.
    fn forget_unreachable(&mut self) {
        let routes = &self.models.routes;
        let gone: Vec<String> = self
            .store
            .queue()
            .started()
            .filter(|domain| routes.host(domain).is_none())
            .map(str::to_owned)
            .collect();
        for domain in gone {
            self.store.queue_mut().clear_start(&domain);
            self.news.push(format!("{domain} has asked for its mail, and no route says where its host is"));
        }
    }

    /// When to ask for calls again, if nothing else happens. What goes to a host that is on the line waits until it is not.
    #[must_use]
    pub fn next_call(&self) -> Option<Instant> {
        if self.stopping || self.calling.len() >= CALLS_MAX {
            return None;
        }
        let host = |domain: &str| self.models.routes.host(domain);
        self.store.queue().next_due_for(|domain| host(domain).is_none_or(|host| !self.calling.contains(host)))
    }

    /// What is notified when there may be a call to make.
    #[must_use]
    pub fn mail_came(&self) -> Rc<Notify> {
        Rc::clone(&self.mail_came)
    }

    /// How many messages wait for other hosts.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.store.queue().len()
    }

    /// The host that was to be called has answered: the number of the connection, as of [`Hub::connect`].
    pub fn connected_to(&mut self, now: Instant, call: Call) -> (u64, Rc<Notify>) {
        self.begun += 1;
        let number = self.begun;
        let door = Door::onward();
        debug_assert_eq!(door.offer, &ONWARD);
        let session = Server::Smtp(self.models.postman().calling(call.domains, now));
        let connection = Connection { calls: Some(call.host), ..Connection::new(door, session, now) };
        let changed = Rc::clone(&connection.changed);
        self.connections.insert(number, connection);
        self.act(now, number, |session, store, out| crate::session::Session::open(session, now, store, out));
        (number, changed)
    }

    /// The host that was to be called has not answered: its mail is tried again later.
    pub fn not_reached(&mut self, now: Instant, call: &Call, why: &str) {
        let before = self.store.modseq();
        self.models.postman().not_reached(&call.domains, why, now, &mut self.store);
        self.call_is_over(&call.host);
        self.mail_has_moved(now, before);
    }

    pub(super) fn call_is_over(&mut self, host: &str) {
        self.calling.remove(host);
        self.mail_came.notify_one();
    }

    /// The queue was changed by no session.
    fn mail_has_moved(&mut self, now: Instant, before: crate::mail::store::ModSeq) {
        self.write_down();
        if self.store.modseq() != before {
            self.tell_all_but(now, None);
        }
    }
}
