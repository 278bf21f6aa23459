//! What clients ask of the world, and what it answers.

use std::sync::Arc;

use bytes::Bytes;

use super::call::CallEnd;
use super::conn::{Conn, Life};
use super::journal::{CallId, Deed, NoteTaken, PacketCause, Thinking};
use super::stream::WriteCause;
use super::{Event, World};
use crate::desk::{Answer, Ask, ConnId, Service, Trouble};
use crate::link::tcp::{End, Habit, Side, State};
use crate::protocol::Server;
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
    /// For a connection that the host opens, until a moment at the latest.
    Accepting(Option<Instant>),
    /// For octets, until a moment at the latest.
    Octets(ConnId, Option<Instant>),
    /// For a moment.
    Moment(Instant),
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
            Ask::HangUp => {
                if let Some((call, heard)) =
                    self.workstations.get(workstation).and_then(|place| Some((place.call()?, place.heard)))
                {
                    self.note_act(workstation, heard, Deed::HangUp(call));
                }
                Ok(Waiting::Closing)
            }
            Ask::Connect(service) => {
                self.connect(workstation, *service).map(Waiting::Handshake).map_err(Answer::Failed)
            }
            Ask::Accept(until) => {
                if let Some(at) = until {
                    self.schedule(*at, Event::Wake(workstation));
                }
                Ok(Waiting::Accepting(*until))
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
            Waiting::Accepting(until) => self.accepted(workstation, *until),
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
        let heard = place.heard;
        let id = self.add_conn(workstation, service, call, session, Side::Client);
        self.note_act(workstation, heard, Deed::Open(id));
        let now = self.now;
        let actions = self.conn_mut(id).map(|conn| conn.ends[0].open(now)).unwrap_or_default();
        self.act(id, Side::Client, actions, PacketCause::Application(heard));
        Ok(id)
    }

    /// A connection of which nothing is on the line yet.
    pub(super) fn add_conn(
        &mut self,
        workstation: usize,
        service: Service,
        call: CallId,
        session: Server,
        opener: Side,
    ) -> ConnId {
        let mtu = self.workstations.get(workstation).map_or(0, |place| place.link().mtu);
        let (calls, listens) = (End::client(self.host.stack, mtu), End::server(self.host.stack, mtu));
        let id = ConnId(self.conns.len() as u32);
        self.conns.push(Arc::new(Conn {
            workstation,
            service,
            call,
            asked: self.now,
            opener,
            streams: Default::default(),
            ends: if opener == Side::Client { [calls, listens] } else { [listens, calls] },
            session,
            tls: None,
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
        id
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
        let workstation = conn.workstation;
        let heard = self.workstations.get(workstation).and_then(|place| place.heard);
        let stream = &mut conn.streams[Side::Client.index()];
        let offset = stream.end();
        stream.write(bytes, now, WriteCause::Client, None, heard);
        let end = stream.end();
        let actions = conn.ends[Side::Client.index()].write(now, end, Habit::default());
        self.note_act(workstation, heard, Deed::Write(id, Side::Client, offset));
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
            let bytes = stream.joined(conn.taken, there);
            let heard = stream.arrivals.last().map(|arrival| arrival.packet);
            conn.taken = there;
            if let Some(place) = self.workstations.get_mut(workstation) {
                place.heard = heard;
            }
            return Some(Answer::Arrived(bytes));
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
        self.note_act(workstation, heard, Deed::ClientCloses(id));
        self.act(id, Side::Client, actions, PacketCause::Application(heard));
    }
}
