//! The server's side: sessions are lent the store, think, speak, wait, and are told what others did.

use std::sync::Arc;

use super::journal::{Act, Command, CommandId, Deed, PacketCause, PacketId};
use super::stream::WriteCause;
use super::{Event, World};
use crate::desk::ConnId;
use crate::link::tcp::{Side, State};
use crate::mail::flags::Flags;
use crate::mail::message::{Message, MessageId};
use crate::mail::store::{MailboxId, Store};
use crate::protocol::Server;
use crate::protocol::tls::{Records, Taken};
use crate::session::{Out, Output, Session};
use crate::time::{Duration, Instant};

/// Why a session says something.
#[derive(Clone, Copy)]
enum Occasion {
    Greeting,
    Received,
    Notice(Option<CommandId>),
    Deadline,
}

impl World {
    /// Lets the server's session answer what has arrived.
    pub(super) fn serve(
        &mut self,
        id: ConnId,
        heard: PacketId,
        established: bool,
        arrived: std::ops::Range<u64>,
        ended: bool,
    ) {
        let tls = self.conn_mut(id).and_then(|conn| conn.tls_at_once()).filter(|_| established);
        if let Some(tls) = tls {
            if let Some(conn) = self.conn_mut(id) {
                conn.tls = Some(Box::new(tls));
            }
        } else if established {
            self.with_session(id, Occasion::Greeting, Some(heard), |session, now, store, out| {
                session.open(now, store, out)
            });
        }
        if arrived.end > arrived.start {
            let pieces =
                self.conns[id.0 as usize].streams[Side::Client.index()].shared(arrived.start, arrived.end);
            if self.conns[id.0 as usize].tls.is_some() {
                for piece in &pieces {
                    self.serve_records(id, heard, piece);
                }
            } else {
                self.with_session(id, Occasion::Received, Some(heard), |session, now, store, out| {
                    for piece in &pieces {
                        if !out.close && !out.start_tls {
                            session.receive(now, piece, store, out);
                        }
                    }
                });
            }
        }
        if ended {
            self.leave(id);
            self.server_closes(id);
        }
    }

    /// Octets of a connection with TLS: flights are answered by flights, and what is in records is for the session.
    fn serve_records(&mut self, id: ConnId, heard: PacketId, octets: &[u8]) {
        let Some(tls) = self.conn_mut(id).and_then(|conn| conn.tls.as_mut()) else { return };
        let Ok(Taken { flight, is_ready, text }) = tls.take(octets) else {
            // What is no TLS ends the connection (RFC 8446 §6.2, unexpected_message).
            self.leave(id);
            return self.server_closes(id);
        };
        if let Some((flight, answered)) = flight {
            let mut out = Output::default();
            out.command(answered, &b"(TLS handshake)"[..]);
            out.write(flight);
            self.drain(id, out, Occasion::Received, Some(heard));
        }
        if is_ready {
            let opened = self.conns.get(id.0 as usize).is_some_and(|conn| conn.life.opened);
            let occasion = if opened { Occasion::Received } else { Occasion::Greeting };
            self.with_session(id, occasion, Some(heard), |session, now, store, out| match opened {
                true => session.secured(now, store, out),
                false => session.open(now, store, out),
            });
        }
        if !text.is_empty() {
            self.with_session(id, Occasion::Received, Some(heard), |session, now, store, out| {
                session.receive(now, &text, store, out);
            });
        }
    }

    /// The one place where sessions act: lends the store, sends what the session says, and tells the others if
    /// the store has changed.
    fn with_session(
        &mut self,
        id: ConnId,
        occasion: Occasion,
        heard: Option<PacketId>,
        act: impl FnOnce(&mut Server, Instant, &mut Store, &mut Output),
    ) {
        let before = self.store.modseq();
        let Some(conn) = self.conns.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        if conn.life.gone || conn.life.lost {
            return;
        }
        conn.life.opened = true;
        let mut out = Output::default();
        act(&mut conn.session, self.now, &mut self.store, &mut out);
        let starts_tls = out.start_tls;
        if let Some(tls) = conn.tls.as_mut() {
            tls.seal_output(&mut out);
        }
        self.drain(id, out, occasion, heard);
        if let Some(conn) = self.conn_mut(id).filter(|_| starts_tls) {
            conn.tls = conn.session.security().map(|security| Box::new(Records::server(security.version)));
        }
        if self.store.modseq() != before {
            let by = self.conns[id.0 as usize].command;
            self.notify_others(Some(id), by, heard);
        }
        self.look_at_queue(id);
    }

    /// What a session of SMTP did may have put mail into the queue, or started it.
    fn look_at_queue(&mut self, id: ConnId) {
        if matches!(
            self.conns.get(id.0 as usize).map(|conn| &conn.session),
            Some(Server::Smtp(_) | Server::Pop3(_))
        ) {
            self.send_started(self.conns.get(id.0 as usize).and_then(|conn| conn.command));
            self.schedule_queue();
        }
    }

    /// Tells all sessions but one that the store has changed.
    pub(super) fn notify_others(
        &mut self,
        but: Option<ConnId>,
        by: Option<CommandId>,
        heard: Option<PacketId>,
    ) {
        for number in 0..self.conns.len() {
            let other = ConnId(number as u32);
            let conn = &mut self.conns[number];
            if Some(other) == but || !conn.life.opened || conn.life.gone || conn.life.lost {
                continue;
            }
            let mut out = Output::default();
            let session = &mut Arc::make_mut(conn).session;
            session.notice(self.now, &self.store, &mut out);
            if out.wake == Some(self.now) {
                // It has something to say about it, and needs the store for that.
                out.wake = None;
                session.wake(self.now, &mut self.store, &mut out);
            }
            if let Some(tls) = Arc::make_mut(conn).tls.as_mut() {
                tls.seal_output(&mut out);
            }
            self.drain(other, out, Occasion::Notice(by), heard);
        }
    }

    /// Writes down what a session did and sends what it says, at once or when it has thought.
    fn drain(&mut self, id: ConnId, out: Output, occasion: Occasion, heard: Option<PacketId>) {
        if let Some(wake) = out.wake {
            self.set_deadline(id, wake);
        }
        if out.items.is_empty() && !out.close {
            return;
        }
        let thinks = self.host.thinks;
        let Some(conn) = self.conns.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        if thinks == Duration::ZERO && conn.held.is_empty() {
            self.say(id, out, occasion, heard);
            return;
        }
        // The server thinks about one command after the other; what is not about a command waits its turn.
        let mut ready = conn.held.back().map_or(self.now, |(at, _)| (*at).max(self.now));
        let mut groups = vec![(ready, Output::default())];
        for item in out.items {
            if matches!(item, Out::Command { .. }) {
                ready += thinks;
                groups.push((ready, Output::default()));
            }
            if let Some((_, group)) = groups.last_mut() {
                group.items.push(item);
            }
        }
        if let Some((_, last)) = groups.last_mut() {
            last.close = out.close;
        }
        groups.retain(|(_, group)| !group.items.is_empty() || group.close);
        let times: Vec<Instant> = groups.iter().map(|(at, _)| *at).collect();
        conn.held.extend(groups);
        for at in times {
            self.schedule(at, Event::Speak(id));
        }
    }

    /// The server has thought.
    pub(super) fn speak(&mut self, id: ConnId) {
        let now = self.now;
        let Some(conn) = self.conns.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        if conn.life.lost || conn.held.front().is_none_or(|(at, _)| *at > now) {
            return;
        }
        let Some((_, out)) = conn.held.pop_front() else { return };
        let heard = conn.heard[Side::Server.index()];
        let occasion = if conn.command.is_none() && !matches!(out.items.first(), Some(Out::Command { .. })) {
            Occasion::Greeting
        } else {
            Occasion::Received
        };
        self.say(id, out, occasion, heard);
    }

    fn say(&mut self, id: ConnId, out: Output, occasion: Occasion, heard: Option<PacketId>) {
        let (now, habit) = (self.now, self.host.habit);
        let Some(conn) = self.conns.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        let mut wrote = false;
        for item in out.items {
            match item {
                Out::Command { octets, text } => {
                    let (from, to) = (conn.commands_end, conn.commands_end + octets);
                    conn.commands_end = to;
                    let at =
                        conn.streams[Side::Client.index()].arrival_of(to).map_or(now, |arrival| arrival.at);
                    let number = self.journal.commands.push(Command { conn: id, at, from, to, text });
                    conn.command = Some(CommandId(number as u32));
                }
                Out::Write { bytes, about } if !bytes.is_empty() => {
                    let cause = match (occasion, conn.command) {
                        (Occasion::Greeting, _) | (Occasion::Received, None) => WriteCause::Greeting,
                        (Occasion::Received, Some(command)) => WriteCause::Reply(command),
                        (Occasion::Notice(by), _) => WriteCause::Push { by },
                        (Occasion::Deadline, _) => WriteCause::Timer,
                    };
                    let stream = &mut conn.streams[Side::Server.index()];
                    let deed = Deed::Write(id, Side::Server, stream.end());
                    stream.write(bytes, now, cause, about, heard);
                    self.journal.acts.push(Act { at: now, workstation: conn.workstation, heard, deed });
                    wrote = true;
                }
                Out::Write { .. } => {}
            }
        }
        if wrote {
            let end = conn.streams[Side::Server.index()].end();
            let server = &mut conn.ends[Side::Server.index()];
            let actions = if out.close && habit.closes_corked {
                server.write_and_close(now, end, habit)
            } else {
                server.write(now, end, habit)
            };
            self.act(id, Side::Server, actions, PacketCause::Application(heard));
        }
        if out.close {
            let conn = self.conns.get(id.0 as usize);
            if let Some(conn) = conn.filter(|conn| !conn.life.gone) {
                let command = conn.command.filter(|_| matches!(occasion, Occasion::Received));
                self.note_act(conn.workstation, heard, Deed::ServerCloses(id, command));
            }
            self.leave(id);
            self.server_closes(id);
        }
    }

    /// For a host whose sessions live elsewhere: the server's end of a connection says this now.
    pub fn server_says(&mut self, id: ConnId, out: Output) {
        if self.conn(id).is_some_and(|conn| conn.is_open()) {
            let heard = self.conn(id).and_then(|conn| conn.heard[Side::Server.index()]);
            self.say(id, out, Occasion::Received, heard);
        }
    }

    fn server_closes(&mut self, id: ConnId) {
        let (now, habit) = (self.now, self.host.habit);
        let Some(conn) = self.conn_mut(id) else { return };
        let heard = conn.heard[Side::Server.index()];
        let actions = conn.ends[Side::Server.index()].close(now, habit);
        self.act(id, Side::Server, actions, PacketCause::Application(heard));
    }

    /// The session's peer has left, or the session has closed by itself.
    pub(super) fn leave(&mut self, id: ConnId) {
        let before = self.store.modseq();
        let Some(conn) = self.conns.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        if conn.life.gone {
            return;
        }
        conn.life.gone = true;
        conn.deadline = None;
        conn.session.gone(&mut self.store);
        if self.store.modseq() != before {
            let by = self.conns[id.0 as usize].command;
            self.notify_others(Some(id), by, None);
        }
        self.look_at_queue(id);
    }

    /// The line under a connection is gone.
    pub(super) fn lose(&mut self, id: ConnId) {
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.life.lost || conn.ends.iter().all(|end| end.state() == State::Finished) {
            return;
        }
        conn.life.lost = true;
        self.leave(id);
    }

    fn set_deadline(&mut self, id: ConnId, at: Instant) {
        let now = self.now;
        if let Some(conn) = self.conn_mut(id) {
            conn.deadline = Some((at, at.since(now)));
            self.queue_deadline(id, at);
        }
    }

    /// One queued event a connection: when it comes early it goes back with the newer deadline.
    fn queue_deadline(&mut self, id: ConnId, at: Instant) {
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.deadline_queued.is_none_or(|queued| at < queued) {
            conn.deadline_queued = Some(at);
            self.schedule(at, Event::Deadline(id));
        }
    }

    pub(super) fn session_deadline(&mut self, id: ConnId) {
        let now = self.now;
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.deadline_queued != Some(now) {
            return;
        }
        conn.deadline_queued = None;
        let Some((at, patience)) = conn.deadline else { return };
        if matches!(conn.session, Server::Scripted(_)) && at <= now {
            // What a scripted server waits for is its own thinking: it goes on with the command it had.
            conn.deadline = None;
            let heard = conn.heard[Side::Server.index()];
            self.with_session(id, Occasion::Received, heard, |session, now, store, out| {
                session.wake(now, store, out)
            });
            return;
        }
        // A server that still writes does not wait for its client yet: its patience begins when all is sent. On
        // a slow line one answer takes longer than any autologout timer.
        let drained = conn.ends[Side::Server.index()].is_drained();
        let due = at.max(if drained { conn.drained } else { now } + patience);
        if due > now {
            self.queue_deadline(id, due);
            return;
        }
        conn.deadline = None;
        self.with_session(id, Occasion::Deadline, None, |session, now, store, out| {
            session.wake(now, store, out)
        });
    }

    pub(super) fn deliver(&mut self, nth: usize) {
        let host = Arc::clone(&self.host);
        let Some(delivery) = host.deliveries.get(nth) else { return };
        for (nth, (message, received)) in (delivery.first.0..).zip(&delivery.messages) {
            let message = Arc::clone(message);
            self.store.append_as(MessageId(nth), delivery.mailbox, message, Flags::NONE, *received);
        }
        self.notify_others(None, None, None);
    }

    /// A message comes in from outside now, and whoever has its mailbox open hears of it.
    pub fn deliver_mail(&mut self, mailbox: MailboxId, message: Arc<Message>) {
        let received = self.store.clock(self.now);
        self.store.append(mailbox, message, Flags::NONE, received);
        self.notify_others(None, None, None);
    }
}
