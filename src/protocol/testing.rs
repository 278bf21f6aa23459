//! For tests of servers and clients without a world: everything happens at once, and only when it must.
//!
//! - [`Lab::run`] runs a client against sessions on one store, with no delay between them.
//! - [`dialogue()`] runs a conversation written as text, in several cuts of its bytes.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::desk::{Answer, Ask, ConnId, Desk, Note, Service, Trouble};
use crate::mail::store::Store;
use crate::session::{Out, Output, Session};
use crate::time::Instant;

mod dialogue;

pub use dialogue::{Dialogue, dialogue};

/// One connection: a session, what it has sent, and what it owes.
pub struct Conn {
    session: Box<dyn Session>,
    /// What the server has sent and the client has not yet taken.
    pub arrived: Vec<u8>,
    /// Commands as the session framed them.
    pub commands: Vec<String>,
    /// Octets of each message's content that were sent, in order: message number and octets.
    pub contents: Vec<(u32, u32)>,
    /// The server has closed.
    pub closed: bool,
    /// When the session wants to be woken.
    pub wake: Option<Instant>,
    sent: u64,
    framed: u64,
    gone: bool,
}

impl Conn {
    /// Octets that the client has sent and the session has not yet put into any command.
    pub fn unframed(&self) -> u64 {
        self.sent - self.framed
    }
}

/// A store, sessions on it, and a clock that moves only when told to.
pub struct Lab {
    /// The time.
    pub now: Instant,
    /// The store that all sessions are lent.
    pub store: Store,
    /// The connections in the order in which they were opened.
    pub conns: Vec<Conn>,
    /// What clients have noted down.
    pub notes: Vec<Note>,
    /// How much each call of a session may write before it pauses.
    pub room: Option<usize>,
}

impl Lab {
    /// A lab with this store and no connection.
    pub fn new(store: Store) -> Self {
        Self { now: Instant::START, store, conns: Vec::new(), notes: Vec::new(), room: None }
    }

    /// Opens a connection to a session.
    pub fn open(&mut self, session: impl Session + 'static) -> usize {
        self.open_boxed(Box::new(session))
    }

    fn open_boxed(&mut self, session: Box<dyn Session>) -> usize {
        self.conns.push(Conn {
            session,
            arrived: Vec::new(),
            commands: Vec::new(),
            contents: Vec::new(),
            closed: false,
            wake: None,
            sent: 0,
            framed: 0,
            gone: false,
        });
        let conn = self.conns.len() - 1;
        self.call(conn, |session, now, store, out| session.open(now, store, out));
        conn
    }

    /// Hands octets to the session; after it has closed they are lost.
    pub fn send(&mut self, conn: usize, octets: &[u8]) {
        if !self.conns[conn].closed {
            self.conns[conn].sent += octets.len() as u64;
            self.call(conn, |session, now, store, out| session.receive(now, octets, store, out));
        }
    }

    /// The client goes away.
    pub fn drop_conn(&mut self, conn: usize) {
        self.conns[conn].closed = true;
        self.leave(conn);
    }

    /// Lets time pass until `then`; sessions whose deadline comes are woken in its order.
    pub fn pass_until(&mut self, then: Instant) {
        loop {
            let due = |conn: &Conn| conn.wake.filter(|at| !conn.closed && *at <= then);
            let Some((at, conn)) =
                self.conns.iter().enumerate().filter_map(|(nth, conn)| Some((due(conn)?, nth))).min()
            else {
                break;
            };
            self.now = self.now.max(at);
            self.conns[conn].wake = None;
            self.call(conn, |session, now, store, out| session.wake(now, store, out));
        }
        self.now = self.now.max(then);
    }

    fn call(&mut self, conn: usize, act: impl FnOnce(&mut dyn Session, Instant, &mut Store, &mut Output)) {
        let before = self.store.modseq();
        let mut out = self.room.map_or_else(Output::default, Output::with_room);
        act(&mut *self.conns[conn].session, self.now, &mut self.store, &mut out);
        let more = out.more;
        self.take(conn, out);
        if self.store.modseq() != before {
            for other in (0..self.conns.len()).filter(|other| *other != conn) {
                let mut out = Output::default();
                if !self.conns[other].closed {
                    self.conns[other].session.notice(self.now, &self.store, &mut out);
                    if out.wake == Some(self.now) {
                        out.wake = None;
                        self.conns[other].session.wake(self.now, &mut self.store, &mut out);
                    }
                    self.take(other, out);
                }
            }
        }
        if more {
            self.go_on(conn);
        }
    }

    fn go_on(&mut self, conn: usize) {
        self.call(conn, |session, now, store, out| session.proceed(now, store, out));
    }

    fn take(&mut self, nth: usize, out: Output) {
        let conn = &mut self.conns[nth];
        for item in out.items {
            match item {
                Out::Command { octets, text } => {
                    conn.framed += octets;
                    assert!(conn.framed <= conn.sent, "a session framed octets that nobody sent");
                    conn.commands.push(String::from_utf8_lossy(&text).into_owned());
                }
                Out::Write { bytes, about } => {
                    assert!(!conn.closed, "a session wrote after it had closed");
                    conn.arrived.extend_from_slice(&bytes);
                    conn.contents.extend(about.map(|about| (about.message.0, about.content)));
                }
            }
        }
        conn.wake = out.wake.or(conn.wake);
        if out.close {
            conn.closed = true;
            self.leave(nth);
        }
    }

    fn leave(&mut self, conn: usize) {
        if !self.conns[conn].gone {
            self.conns[conn].gone = true;
            self.conns[conn].session.gone(&mut self.store);
        }
    }

    /// Runs a client to its end; `offer` makes the session that answers for a service.
    pub fn run<T>(
        &mut self,
        mut offer: impl FnMut(Service) -> Box<dyn Session>,
        client: impl AsyncFnOnce(Desk) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let desk = Desk::default();
        let mut running = pin!(client(desk.clone()));
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(outcome) = running.as_mut().poll(&mut context) {
                return outcome;
            }
            let ask = desk.take_ask().expect("a client that waits has asked for something");
            let answer = self.answer(ask, &mut offer);
            desk.put_answer(answer);
        }
    }

    fn answer(&mut self, ask: Ask, offer: &mut impl FnMut(Service) -> Box<dyn Session>) -> Answer {
        match ask {
            Ask::Dial | Ask::HangUp => Answer::Done,
            Ask::Connect(service) => Answer::Connected(ConnId(self.open_boxed(offer(service)) as u32)),
            Ask::Send(ConnId(conn), octets) => {
                self.send(conn as usize, &octets);
                Answer::Done
            }
            Ask::Arrived(ConnId(nth), deadline) => {
                let conn = &mut self.conns[nth as usize];
                match (conn.arrived.is_empty(), conn.closed, deadline) {
                    (false, _, _) => Answer::Arrived(Bytes::from(std::mem::take(&mut conn.arrived))),
                    (true, true, _) => Answer::Failed(Trouble::Closed),
                    (true, false, None) => Answer::Failed(Trouble::Stalled),
                    (true, false, Some(deadline)) => {
                        self.pass_until(deadline);
                        Answer::TimedOut
                    }
                }
            }
            // Nobody calls back here.
            Ask::Accept(until) => {
                if let Some(until) = until {
                    self.pass_until(until);
                }
                Answer::TimedOut
            }
            Ask::Close(ConnId(conn)) => {
                self.drop_conn(conn as usize);
                Answer::Done
            }
            Ask::Think(span) => {
                self.pass_until(self.now + span);
                Answer::Done
            }
            Ask::Now => Answer::Now(self.now),
            Ask::Random => Answer::Random(4),
            Ask::Note(note) => {
                self.notes.push(note);
                Answer::Done
            }
        }
    }
}
