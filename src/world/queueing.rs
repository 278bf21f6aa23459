//! The host's queue: mail goes out to mail hosts at workstations, over connections that the host opens.
//!
//! The host calls nobody. What waits for a node goes to it while the node's own call is up: when the node asks for it
//! (ETRN, RFC 1985), or when it is due by itself.

use std::sync::Arc;

use super::journal::{CallId, CommandId, Deed, PacketCause};
use super::{Event, Host, Workstation, World};
use crate::desk::{Answer, ConnId, Service, Trouble};
use crate::link::tcp::{Side, State};
use crate::mail::queue::Item;
use crate::protocol::Server;
use crate::protocol::smtp::{Smtp, dispatch};
use crate::time::Instant;

impl World {
    /// A host without SMTP has no queue.
    fn postman(&self) -> Option<Smtp> {
        self.host.services.iter().find_map(|(service, server)| match server {
            Server::Smtp(smtp) if *service == Service::Smtp => Some(smtp.clone()),
            _ => None,
        })
    }

    /// Queues the event at which mail is due, if there is any.
    pub(super) fn schedule_queue(&mut self) {
        let Some(due) = self.store.queue().next_due() else { return };
        let due = due.max(self.now);
        if self.queue_at.is_none_or(|at| due < at) {
            self.queue_at = Some(due);
            self.schedule(due, Event::QueueDue);
        }
    }

    /// Mail is due: it goes where it can, and waits on where it cannot.
    pub(super) fn queue_due(&mut self) {
        if self.queue_at != Some(self.now) {
            return;
        }
        self.queue_at = None;
        let Some(postman) = self.postman() else { return };
        let before = self.store.modseq();
        let (host, workstations) = (&self.host, &self.workstations);
        postman.look_after_queue(self.now, &mut self.store, |domain| {
            let call = call_to(host, workstations, domain).map(drop);
            call.ok_or_else(|| "the host could not be reached: no call is up".to_owned())
        });
        self.send_started(None);
        if self.store.modseq() != before {
            self.notify_others(None, None, None);
        }
        self.schedule_queue();
    }

    /// Mail for another host comes in from outside, and waits.
    pub fn queue_mail(&mut self, item: Item) {
        self.store.queue_mut().push(item);
        self.schedule_queue();
    }

    /// Opens a connection to each node whose mail was asked for and that can be reached.
    pub(super) fn send_started(&mut self, after: Option<CommandId>) {
        if self.store.queue().started().next().is_none() {
            return;
        }
        let Some(postman) = self.postman() else { return };
        let (host, workstations) = (&self.host, &self.workstations);
        let calls = dispatch::calls(&mut self.store, |domain| call_to(host, workstations, domain));
        for ((workstation, call), domains) in calls {
            let session = Server::Smtp(postman.calling(domains, self.now));
            self.call_back(workstation, call, session, after);
        }
    }

    /// Opens a connection from the host to a workstation.
    fn call_back(&mut self, workstation: usize, call: CallId, session: Server, after: Option<CommandId>) {
        let id = self.add_conn(workstation, Service::Smtp, call, session, Side::Server);
        let (now, heard) = (self.now, self.last_heard(call));
        self.note_act(workstation, heard, Deed::HostOpens(id, after));
        let actions = self.conn_mut(id).map(|conn| conn.ends[Side::Server.index()].open(now));
        self.act(id, Side::Server, actions.unwrap_or_default(), PacketCause::Application(heard));
    }

    /// The host opens a connection to a workstation whose call is up, with a session of a service as if it had been
    /// called, after the last command of another connection if it was for one: for a host whose sessions are written down.
    /// False if it cannot.
    pub fn host_opens(&mut self, workstation: usize, service: Service, after: Option<ConnId>) -> bool {
        let call = self.workstations.get(workstation).and_then(Workstation::call);
        let (number, clock) = (self.conns.len() as u64 + 1, self.store.clock(self.now));
        match call.zip(self.host.session(service, number, clock)) {
            Some((call, session)) => {
                let after = after.and_then(|id| self.conn(id)?.command);
                self.call_back(workstation, call, session, after);
                true
            }
            None => false,
        }
    }

    /// The packet that the host heard last in a call: what made it act.
    fn last_heard(&self, call: CallId) -> Option<super::PacketId> {
        let conns = self.conns.iter().filter(|conn| conn.call == call);
        conns.filter_map(|conn| conn.heard[Side::Server.index()]).max_by_key(|packet| packet.0)
    }

    /// A client waits for a connection that the host opens.
    pub(super) fn accepted(&mut self, workstation: usize, until: Option<Instant>) -> Option<Answer> {
        let waits = |conn: &super::Conn| {
            conn.workstation == workstation
                && conn.opener == Side::Server
                && !conn.life.accepted
                && !conn.life.lost
                && conn.ends[Side::Client.index()].state() == State::Established
        };
        if let Some(nth) = self.conns.iter().position(|conn| waits(conn)) {
            let conn = Arc::make_mut(&mut self.conns[nth]);
            conn.life.accepted = true;
            let heard = conn.heard[Side::Client.index()];
            if let Some(place) = self.workstations.get_mut(workstation) {
                place.heard = heard;
            }
            return Some(Answer::Connected(ConnId(nth as u32)));
        }
        let has_call = self.workstations.get(workstation).is_some_and(|place| place.call().is_some());
        match until {
            _ if !has_call => Some(Answer::Failed(Trouble::NoCarrier)),
            Some(until) if until <= self.now => Some(Answer::TimedOut),
            _ => None,
        }
    }
}

/// The call over which a domain's host can be reached now.
fn call_to(host: &Host, workstations: &[Workstation], domain: &str) -> Option<(usize, CallId)> {
    let workstation = host.node(domain)?;
    Some((workstation, workstations.get(workstation)?.call()?))
}
