//! What clients ask of the world, and what packets do in it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::call::CallEnd;
use super::conn::{Conn, Life};
use super::journal::{Command, CommandId, NoteTaken, Packet, PacketCause, PacketId, Thinking};
use super::stream::{Arrival, WriteCause};
use super::{Event, World};
use crate::desk::{Answer, Ask, ConnId, Service, Trouble};
use crate::link::ip::{self, Addressing};
use crate::link::tcp::{Actions, End, Habit, Segment, Side, State};
use crate::mail::flags::Flags;
use crate::mail::message::MessageId;
use crate::session::{Out, Output, Session};
use crate::time::Instant;

/// What a client waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// For the call to come up.
    Call,
    /// For closing connections to be closed, to hang up then.
    Closing,
    /// For a handshake.
    Handshake(ConnId),
    /// For octets, until a moment at the latest.
    Octets(ConnId, Option<Instant>),
    /// For a moment.
    Moment(Instant),
}

/// Why a session says something.
#[derive(Clone, Copy)]
enum Occasion {
    Greeting,
    Received,
    Notice(Option<CommandId>),
    Deadline,
}

impl World {
    /// Does what a client asks, as far as it can be done at once. What it must wait for is [`Waiting`].
    ///
    /// # Errors
    /// `Err` holds the answer if there is nothing to wait for.
    pub fn begin(&mut self, workstation: usize, ask: &Ask) -> Result<Waiting, Answer> {
        match ask {
            Ask::Dial => {
                self.dial(workstation);
                Ok(Waiting::Call)
            }
            Ask::HangUp => Ok(Waiting::Closing),
            Ask::Connect(service) => {
                self.connect(workstation, *service).map(Waiting::Handshake).map_err(Answer::Failed)
            }
            Ask::Send(conn, bytes) => Err(self.client_writes(*conn, bytes.clone())),
            Ask::Arrived(conn, until) => {
                if let Some(at) = until {
                    self.schedule(*at, Event::Wake(workstation));
                }
                Ok(Waiting::Octets(*conn, *until))
            }
            Ask::Close(conn) => {
                self.client_closes(*conn);
                Err(Answer::Done)
            }
            Ask::Think(span) => {
                let until = self.now + *span;
                self.journal.thinking.push(Thinking { workstation, from: self.now, to: until });
                self.schedule(until, Event::Wake(workstation));
                Ok(Waiting::Moment(until))
            }
            Ask::Now => Err(Answer::Now(self.now)),
            Ask::Random => Err(Answer::Random(self.client_random(workstation))),
            Ask::Note(note) => {
                self.journal.notes.push(NoteTaken { at: self.now, workstation, note: note.clone() });
                Err(Answer::Done)
            }
        }
    }

    /// The answer to a client that waits, once it is there.
    pub fn poll(&mut self, workstation: usize, waiting: &Waiting) -> Option<Answer> {
        match waiting {
            Waiting::Call => self.dialled(workstation),
            Waiting::Closing => {
                if self.is_closing(workstation) {
                    return None;
                }
                self.end_call(workstation, CallEnd::HungUp);
                Some(Answer::Done)
            }
            Waiting::Handshake(conn) => match self.conn(*conn) {
                Some(found) if found.life.lost => Some(Answer::Failed(Trouble::NoCarrier)),
                Some(found) if found.ends[Side::Client.index()].state() == State::Established => {
                    Some(Answer::Connected(*conn))
                }
                Some(_) => None,
                None => Some(Answer::Failed(Trouble::NoCarrier)),
            },
            Waiting::Octets(conn, until) => self.client_reads(workstation, *conn, *until),
            Waiting::Moment(until) => (self.now >= *until).then_some(Answer::Done),
        }
    }

    fn client_random(&mut self, workstation: usize) -> u64 {
        use rand_core::Rng;
        self.workstations.get_mut(workstation).map_or(0, |place| place.random.next_u64())
    }

    fn connect(&mut self, workstation: usize, service: Service) -> Result<ConnId, Trouble> {
        let place = self.workstations.get(workstation).ok_or(Trouble::NoCarrier)?;
        let call = place.call().ok_or(Trouble::NoCarrier)?;
        let (number, clock) = (self.conns.len() as u64 + 1, self.store.clock(self.now));
        let session = self.host.session(service, number, clock).ok_or(Trouble::Refused(service))?;
        let (heard, mtu) = (place.heard, place.link().mtu);
        let id = ConnId(self.conns.len() as u32);
        self.conns.push(Arc::new(Conn {
            workstation,
            service,
            call,
            asked: self.now,
            streams: Default::default(),
            ends: [End::client(self.host.stack, mtu), End::server(self.host.stack, mtu)],
            session,
            delivered: [0; 2],
            taken: 0,
            life: Life::default(),
            commands_end: 0,
            command: None,
            held: Default::default(),
            heard: [None; 2],
            timers: [None; 2],
            deadline: None,
            drained: self.now,
            deadline_queued: None,
        }));
        let now = self.now;
        let actions = self.conn_mut(id).map(|conn| conn.ends[0].open(now)).unwrap_or_default();
        self.act(id, Side::Client, actions, PacketCause::Application(heard));
        Ok(id)
    }

    fn client_writes(&mut self, id: ConnId, bytes: Bytes) -> Answer {
        let now = self.now;
        let Some(conn) = self.conns.get_mut(id.0 as usize).map(Arc::make_mut) else {
            return Answer::Failed(Trouble::NoCarrier);
        };
        if conn.life.lost {
            return Answer::Failed(Trouble::NoCarrier);
        }
        if conn.life.client_closed {
            return Answer::Failed(Trouble::Closed);
        }
        let heard = self.workstations.get(conn.workstation).and_then(|place| place.heard);
        let stream = &mut conn.streams[Side::Client.index()];
        stream.write(bytes, now, WriteCause::Client, None, heard);
        let end = stream.end();
        let actions = conn.ends[Side::Client.index()].write(now, end, Habit::default());
        self.act(id, Side::Client, actions, PacketCause::Application(heard));
        Answer::Done
    }

    fn client_reads(&mut self, workstation: usize, id: ConnId, until: Option<Instant>) -> Option<Answer> {
        let now = self.now;
        let Some(conn) = self.conns.get_mut(id.0 as usize) else {
            return Some(Answer::Failed(Trouble::NoCarrier));
        };
        let there = conn.delivered[Side::Client.index()];
        if there > conn.taken {
            let conn = Arc::make_mut(conn);
            let stream = &conn.streams[Side::Server.index()];
            let mut bytes = BytesMut::with_capacity((there - conn.taken) as usize);
            stream.slices(conn.taken, there).for_each(|piece| bytes.extend_from_slice(piece));
            let heard = stream.arrivals.last().map(|arrival| arrival.packet);
            conn.taken = there;
            if let Some(place) = self.workstations.get_mut(workstation) {
                place.heard = heard;
            }
            return Some(Answer::Arrived(bytes.freeze()));
        }
        if conn.ends[Side::Client.index()].peer_closed() {
            return Some(Answer::Failed(Trouble::Closed));
        }
        if conn.life.lost {
            return Some(Answer::Failed(Trouble::NoCarrier));
        }
        until.filter(|until| *until <= now).map(|_| Answer::TimedOut)
    }

    fn client_closes(&mut self, id: ConnId) {
        let now = self.now;
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.life.lost || conn.life.client_closed {
            return;
        }
        conn.life.client_closed = true;
        let actions = conn.ends[Side::Client.index()].close(now, Habit::default());
        let workstation = conn.workstation;
        let heard = self.workstations.get(workstation).and_then(|place| place.heard);
        self.act(id, Side::Client, actions, PacketCause::Application(heard));
    }

    fn conn_mut(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.get_mut(id.0 as usize).map(Arc::make_mut)
    }

    /// The last bit of a packet has arrived: the end that gets it acts, and then its application.
    pub(super) fn arrive(&mut self, id: PacketId) {
        let Some(packet) = self.journal.packets.get(id.0 as usize).copied() else { return };
        let now = self.now;
        let side = packet.from.other();
        let habit = if side == Side::Server { self.host.habit } else { Habit::default() };
        let Some(conn) = self.conns.get_mut(packet.conn.0 as usize).map(Arc::make_mut) else { return };
        if conn.life.lost {
            return;
        }
        conn.heard[side.index()] = Some(id);
        let end = &mut conn.ends[side.index()];
        let actions = end.receive(now, &packet.segment, habit);
        let (before, after) = (conn.delivered[side.index()], end.received());
        conn.delivered[side.index()] = after;
        if after > before {
            let arrivals = &mut conn.streams[packet.from.index()].arrivals;
            arrivals.push(Arrival { at: now, upto: after, packet: id });
        }
        if side == Side::Server && packet.segment.ack.is_some() && conn.ends[side.index()].is_drained() {
            conn.drained = now;
        }
        let (established, ended) = (actions.established, actions.ended);
        if side == Side::Client
            && established
            && let Some(place) = self.workstations.get_mut(conn.workstation)
        {
            place.heard = Some(id);
        }
        // An acknowledgement that leaves at once leaves before the application answers.
        self.act(packet.conn, side, actions, PacketCause::Packet(id));
        if side == Side::Server {
            self.serve(packet.conn, id, established, before..after, ended);
        }
    }

    /// Lets the server's session answer what has arrived.
    fn serve(
        &mut self,
        id: ConnId,
        heard: PacketId,
        established: bool,
        arrived: std::ops::Range<u64>,
        ended: bool,
    ) {
        if established {
            self.with_session(id, Occasion::Greeting, Some(heard), |session, now, store, out| {
                session.open(now, store, out)
            });
        }
        if arrived.end > arrived.start {
            let pieces =
                self.conns[id.0 as usize].streams[Side::Client.index()].shared(arrived.start, arrived.end);
            self.with_session(id, Occasion::Received, Some(heard), |session, now, store, out| {
                for piece in &pieces {
                    if !out.close {
                        session.receive(now, piece, store, out);
                    }
                }
            });
        }
        if ended {
            self.leave(id);
            self.server_closes(id);
        }
    }

    /// The one place where sessions act: lends the store, sends what the session says, and tells the others if
    /// the store has changed.
    fn with_session(
        &mut self,
        id: ConnId,
        occasion: Occasion,
        heard: Option<PacketId>,
        act: impl FnOnce(&mut crate::protocol::Server, Instant, &mut crate::mail::store::Store, &mut Output),
    ) {
        let before = self.store.modseq();
        let Some(conn) = self.conns.get_mut(id.0 as usize).map(Arc::make_mut) else { return };
        if conn.life.gone || conn.life.lost {
            return;
        }
        conn.life.opened = true;
        let mut out = Output::default();
        act(&mut conn.session, self.now, &mut self.store, &mut out);
        self.drain(id, out, occasion, heard);
        if self.store.modseq() != before {
            let by = self.conns[id.0 as usize].command;
            self.notify_others(Some(id), by, heard);
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
            Arc::make_mut(conn).session.notice(self.now, &self.store, &mut out);
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
        if thinks == crate::time::Duration::ZERO && conn.held.is_empty() {
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
                    conn.streams[Side::Server.index()].write(bytes, now, cause, about, heard);
                    wrote = true;
                }
                Out::Write { .. } => {}
            }
        }
        if wrote {
            let end = conn.streams[Side::Server.index()].end();
            let actions = conn.ends[Side::Server.index()].write(now, end, habit);
            self.act(id, Side::Server, actions, PacketCause::Application(heard));
        }
        if out.close {
            self.leave(id);
            self.server_closes(id);
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
    fn leave(&mut self, id: ConnId) {
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

    pub(super) fn tcp_timer(&mut self, id: ConnId, side: Side) {
        let now = self.now;
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.timers[side.index()] != Some(now) {
            return;
        }
        conn.timers[side.index()] = None;
        if conn.life.lost {
            return;
        }
        let actions = conn.ends[side.index()].timer(now);
        let cause = PacketCause::Timer(conn.heard[side.index()]);
        self.act(id, side, actions, cause);
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

    /// Puts an end's segments on the line and queues its timer.
    fn act(&mut self, id: ConnId, side: Side, actions: Actions, cause: PacketCause) {
        for segment in actions.segments {
            self.put_on_line(id, side, segment, cause);
        }
        let now = self.now;
        let Some(conn) = self.conns.get_mut(id.0 as usize) else { return };
        if let Some(at) = conn.ends[side.index()].deadline()
            && conn.timers[side.index()].is_none_or(|queued| at < queued || queued < now)
        {
            Arc::make_mut(conn).timers[side.index()] = Some(at);
            self.schedule(at, Event::Timer(id, side));
        }
    }

    fn put_on_line(&mut self, id: ConnId, from: Side, segment: Segment, cause: PacketCause) {
        let Some(conn) = self.conns.get(id.0 as usize) else { return };
        let (workstation, call) = (conn.workstation, conn.call);
        let Some(place) = self.workstations.get_mut(workstation) else { return };
        place.packets[from.index()] = place.packets[from.index()].wrapping_add(1);
        let ip_octets = ip::packet_octets(&segment);
        let (framing, bits_per_octet) = (place.link().framing, place.link().bits_per_octet);
        let line_octets = if framing.looks_at_octets() {
            let payload = conn.streams[from.index()].slices(
                segment.seq.saturating_sub(1),
                segment.seq.saturating_sub(1) + u64::from(segment.len),
            );
            let addressing = Addressing {
                client: [10, 9, 0, 2],
                server: [10, 9, 0, 1],
                client_port: 1024 + id.0 as u16,
                server_port: conn.service.port(),
                id: place.packets[from.index()],
            };
            let headers = ip::headers(&segment, from, &addressing, payload.clone());
            framing.octets_on_line(ip_octets, std::iter::once(headers.as_bytes()).chain(payload))
        } else {
            framing.octets_on_line(ip_octets, std::iter::empty())
        };
        let line_bits = u64::from(line_octets) * u64::from(bits_per_octet);
        let jitter = self.jitter(workstation);
        let now = self.now;
        let Some(line) = self.line(workstation, from) else { return };
        let transit = line.send(now, line_bits, jitter);
        let packet =
            Packet { conn: id, call, from, segment, ip_octets, line_octets, line_bits, transit, cause };
        let number = self.journal.packets.push(packet);
        self.schedule(transit.arrive, Event::Arrive(PacketId(number as u32)));
    }
}
