//! The hub: owns the store and all sessions, and knows no socket and no clock.
//!
//! ```text
//!   socket ──> received ──> unread ──(a line at a time)──> session ──> unsent ──> next_send ──> sent ──> socket
//! ```
//!
//! Each connection has a queue of what waits to be sent, so that a slow reader keeps nobody waiting but itself.
//! While its queue is long its session is handed nothing more, and a long answer pauses until the queue is nearly
//! sent: a client that asks for much and takes little fills no memory. Its idle timer runs from the moment when the queue was drained, for a client that is still
//! receiving is not silent.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use bytes::Bytes;
use tokio::sync::Notify;

use self::join::joined;
use super::keep::Keeper;
use super::limits::{Limits, Models, farewell};
use super::listen::Door;
use super::recording::Recording;
use super::report::{Ended, Passed, SessionReport};
use crate::desk::Service;
use crate::link::tcp::Side;
use crate::mail::store::{Store, UserId};
use crate::measure::metrics::UpDown;
use crate::protocol::Server;
use crate::session::{Output, Session};
use crate::time::{Duration, Instant};

mod join;

/// The store, and everybody who is connected.
#[derive(Debug)]
pub struct Hub {
    store: Store,
    models: Models,
    connections: BTreeMap<u64, Connection>,
    /// How many connections there have been.
    begun: u64,
    stopping: bool,
    keeper: Option<Box<dyn Keeper>>,
    /// Why the keeper could not do its work the last time.
    trouble: Option<String>,
    /// What the owner of the mail should be told.
    news: Vec<String>,
}

/// One client.
#[derive(Debug)]
struct Connection {
    door: Door,
    session: Server,
    user: Option<UserId>,
    /// What has come in and was not yet handed to the session.
    unread: VecDeque<u8>,
    /// The client will send no more.
    input_ended: bool,
    unsent: VecDeque<Bytes>,
    unsent_octets: usize,
    /// When the client last took something, or the queue began.
    took_at: Instant,
    timer: Option<Timer>,
    /// The session's answer goes on when what it has said is nearly sent.
    has_more: bool,
    /// TLS begins when all is sent.
    starts_tls: bool,
    recording: Option<Recording>,
    /// The session is over; what is unsent is still sent.
    closing: bool,
    /// Nothing more is sent either.
    given_up: bool,
    opened: Instant,
    turns: u64,
    in_a_burst: bool,
    app_bytes: UpDown,
    changed: Rc<Notify>,
}

/// What a session is to do next.
enum Next {
    /// To read these octets.
    Piece(Vec<u8>),
    /// To go on with its answer.
    More,
}

/// When a session wants to be woken.
#[derive(Clone, Copy, Debug)]
struct Timer {
    at: Instant,
    set: Instant,
}

/// What a socket may do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Send some of this, and say how much was sent by [`Hub::sent`].
    pub send: Option<Bytes>,
    /// Read, and hand it over by [`Hub::received`] or [`Hub::input_ended`].
    pub reads: bool,
    /// Call [`Hub::due`] then.
    pub wake: Option<Instant>,
    /// Begin TLS, and call [`Hub::secured`].
    pub start_tls: bool,
    /// All is said: close, and call [`Hub::leave`].
    pub is_over: bool,
}

impl Hub {
    /// A hub without clients.
    #[must_use]
    pub const fn new(store: Store, models: Models) -> Self {
        Self {
            store,
            models,
            connections: BTreeMap::new(),
            begun: 0,
            stopping: false,
            keeper: None,
            trouble: None,
            news: Vec::new(),
        }
    }

    /// What changes from now on is written down by `keeper`.
    #[must_use]
    pub fn kept_by(mut self, keeper: Option<Box<dyn Keeper>>) -> Self {
        self.keeper = keeper;
        self
    }

    /// What the owner of the mail should be told, once.
    pub fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }

    /// The mail, and whose it is.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Somebody connects: the number of the connection, and what is notified when it has something to do.
    ///
    /// # Errors
    /// What to send before closing, if there are as many connections as may be.
    pub fn connect(&mut self, now: Instant, door: impl Into<Door>) -> Result<(u64, Rc<Notify>), String> {
        let door = door.into();
        let most = self.models.limits.connections;
        if self.stopping || self.connections.len() >= most {
            let why = if self.stopping {
                "this server is stopping".to_owned()
            } else {
                format!("too many connections: at most {most} here, try again later")
            };
            return Err(farewell(door.offer.service, &self.models.host, &why));
        }
        self.begun += 1;
        let number = self.begun;
        let mut connection = Connection::new(door, self.models.session(door, number), now);
        connection.recording = self.models.records.then(Recording::default);
        let changed = Rc::clone(&connection.changed);
        self.connections.insert(number, connection);
        self.act(now, number, |session, store, out| session.open(now, store, out));
        Ok((number, changed))
    }

    /// What the connection's socket may do next.
    #[must_use]
    pub fn step(&self, number: u64) -> Step {
        let Some(connection) = self.connections.get(&number) else {
            return Step { send: None, reads: false, wake: None, start_tls: false, is_over: true };
        };
        let drained = connection.unsent.is_empty();
        Step {
            send: connection.unsent.front().cloned(),
            reads: connection.reads(),
            wake: connection.wake(&self.models.limits),
            start_tls: connection.starts_tls && drained && !connection.closing,
            is_over: connection.given_up || (connection.closing && drained),
        }
    }

    /// Octets came in.
    pub fn received(&mut self, now: Instant, number: u64, octets: &[u8]) {
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.unread.extend(octets);
            if let Some(recording) = &mut connection.recording {
                recording.add(now, Side::Client, Bytes::copy_from_slice(octets));
            }
            connection.app_bytes.up += octets.len() as u64;
            connection.turns += u64::from(!connection.in_a_burst);
            connection.in_a_burst = true;
        }
        self.feed(now, number);
    }

    /// TLS has begun.
    pub fn secured(&mut self, now: Instant, number: u64) {
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.starts_tls = false;
        }
        self.act(now, number, |session, store, out| session.secured(now, store, out));
        self.feed(now, number);
    }

    /// The client will send no more; it may still be reading.
    pub fn input_ended(&mut self, now: Instant, number: u64) {
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.input_ended = true;
        }
        self.feed(now, number);
    }

    /// The first `octets` of what waited were sent.
    pub fn sent(&mut self, now: Instant, number: u64, octets: usize) {
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.sent(now, octets);
        }
        self.feed(now, number);
    }

    /// The moment asked for by [`Step::wake`] has come.
    pub fn due(&mut self, now: Instant, number: u64) {
        let limits = &self.models.limits;
        let Some(connection) = self.connections.get_mut(&number) else { return };
        if !connection.unsent.is_empty() {
            // Whoever takes nothing for so long is gone, or means harm.
            if now >= connection.took_at + limits.stall_time {
                connection.given_up = true;
                self.close(number, None);
            }
        } else if connection.login_deadline(limits).is_some_and(|at| now >= at) {
            // POP3's autologout says nothing (RFC 1939 §3); IMAP says BYE (RFC 3501 §5.4).
            let word = (connection.service() == Service::Imap).then_some("no login for too long");
            self.close(number, word);
        } else if connection.timer.is_some_and(|timer| now >= timer.at) {
            connection.timer = None;
            self.act(now, number, |session, store, out| session.wake(now, store, out));
        }
    }

    /// The socket is closed. What came of the session.
    pub fn leave(&mut self, now: Instant, number: u64) -> Option<Ended> {
        self.close(number, None);
        let connection = self.connections.remove(&number)?;
        self.keep(|keeper, store| keeper.settle(store));
        let report = SessionReport {
            number,
            offer: connection.door.offer,
            user: connection.user.map(|user| self.store.user_name(user).to_owned()),
            turns: connection.turns,
            app_bytes: connection.app_bytes,
            opened: connection.opened,
            took: now.since(connection.opened),
        };
        Some(Ended { report, passed: connection.recording.map_or(Passed::Nothing, Passed::Said) })
    }

    /// Ends all sessions; what is unsent is still sent. Nobody is let in any more.
    pub fn stop(&mut self) {
        self.stopping = true;
        for number in self.numbers() {
            let is_pop3 = self.connections.get(&number).is_some_and(|c| c.service() == Service::Pop3);
            self.close(number, (!is_pop3).then_some("this server is stopping"));
        }
    }

    /// The numbers of all connections.
    #[must_use]
    pub fn numbers(&self) -> Vec<u64> {
        self.connections.keys().copied().collect()
    }

    /// Hands a session what has come in, a line at a time, as long as its answers are taken.
    fn feed(&mut self, now: Instant, number: u64) {
        while let Some(next) = self.connections.get_mut(&number).and_then(Connection::next_piece) {
            match next {
                Next::Piece(piece) => {
                    self.act(now, number, |session, store, out| session.receive(now, &piece, store, out));
                }
                Next::More => self.act(now, number, |session, store, out| session.proceed(now, store, out)),
            }
        }
        if self.connections.get(&number).is_some_and(|c| c.input_ended && c.unread.is_empty()) {
            self.close(number, None);
        }
    }

    /// Lets a session act, takes what it has to say, and tells the others if the store has changed.
    fn act(&mut self, now: Instant, number: u64, act: impl FnOnce(&mut Server, &mut Store, &mut Output)) {
        let before = self.store.modseq();
        let mailboxes = self.store.mailbox_count();
        let Some(connection) = self.connections.get_mut(&number) else { return };
        let mut out = Output::with_room(Limits::ROOM);
        act(&mut connection.session, &mut self.store, &mut out);
        // A login, too, leaves a trace in the store, but whoever only reads need not suffer from a disk that is full.
        let tells_of_it = self.store.modseq() != before || self.store.mailbox_count() != mailboxes;
        if !self.write_down() && tells_of_it {
            // In place of the reply that says that it is done. Whoever tries again finds it done twice rather than
            // lost.
            self.close(number, Some("what has changed could not be written down; try again later"));
            return;
        }
        let Some(connection) = self.connections.get_mut(&number) else { return };
        let (was, is) = (connection.user, connection.session.user());
        if let Some(user) = is.filter(|_| is != was) {
            connection.user = is;
            let most = self.models.limits.connections_per_user;
            if self.connections.values().filter(|c| c.user == Some(user)).count() > most {
                // In place of the reply that lets the client in.
                let why = format!("this user has {most} connections already, which is all there may be");
                self.close(number, Some(&why));
                return;
            }
        }
        if let Some(connection) = self.connections.get_mut(&number) {
            connection.has_more = out.more;
            connection.take(now, out);
        }
        if self.store.modseq() != before {
            for (_, other) in self.connections.iter_mut().filter(|(n, c)| **n != number && !c.closing) {
                let mut out = Output::default();
                other.session.notice(now, &self.store, &mut out);
                if out.wake == Some(now) {
                    // It has something to say about it, and needs the store for that.
                    out.wake = None;
                    other.session.wake(now, &mut self.store, &mut out);
                }
                other.take(now, out);
            }
        }
    }

    /// What has changed is written down before anybody hears of it. False if that could not be done.
    fn write_down(&mut self) -> bool {
        self.keep(|keeper, store| keeper.keep(store))
    }

    /// Lets the keeper do something; says once why it could not.
    fn keep(&mut self, act: impl FnOnce(&mut dyn Keeper, &Store) -> Result<(), String>) -> bool {
        let Some(keeper) = &mut self.keeper else { return true };
        let done = act(&mut **keeper, &self.store);
        self.news.append(&mut keeper.news());
        let trouble = done.err();
        if let Some(why) = trouble.as_ref().filter(|_| trouble != self.trouble) {
            self.news.push(format!("what has changed could not be written down: {why}"));
        }
        self.trouble = trouble;
        self.trouble.is_none()
    }

    /// Ends a session, with a word if there is one to say.
    fn close(&mut self, number: u64, word: Option<&str>) {
        let Some(connection) = self.connections.get_mut(&number) else { return };
        if !connection.closing {
            if let Some(word) = word {
                connection.queue(farewell(connection.service(), &self.models.host, word).into());
            }
            connection.session.gone(&mut self.store);
            connection.closing = true;
            connection.unread.clear();
        }
        connection.changed.notify_one();
    }
}

impl Connection {
    fn new(door: Door, session: Server, now: Instant) -> Self {
        Self {
            door,
            session,
            user: None,
            unread: VecDeque::new(),
            input_ended: false,
            unsent: VecDeque::new(),
            unsent_octets: 0,
            took_at: now,
            timer: None,
            has_more: false,
            starts_tls: false,
            recording: None,
            closing: false,
            given_up: false,
            opened: now,
            turns: 0,
            in_a_burst: false,
            app_bytes: UpDown::default(),
            changed: Rc::default(),
        }
    }

    /// What the session is to do next: to go on with its answer, or to read the next line of what has come in, or
    /// all of it if there is no line end. `None` while the client does not take its answers.
    fn next_piece(&mut self) -> Option<Next> {
        if self.closing || self.starts_tls || self.unsent_octets >= Limits::UNSENT_MAX {
            return None;
        }
        if self.has_more {
            // A little at a time, so that others have their turn.
            return (self.unsent_octets < Limits::ROOM).then_some(Next::More);
        }
        if self.unread.is_empty() {
            return None;
        }
        let end = self.unread.iter().position(|octet| *octet == b'\n').map_or(self.unread.len(), |at| at + 1);
        Some(Next::Piece(self.unread.drain(..end).collect()))
    }

    /// True while octets of the client would be of use.
    fn reads(&self) -> bool {
        !self.closing && !self.starts_tls && !self.input_ended && self.unread.is_empty()
    }

    const fn service(&self) -> Service {
        self.door.offer.service
    }

    fn take(&mut self, now: Instant, out: Output) {
        if self.unsent.is_empty() {
            self.took_at = now;
        }
        joined(out.items).into_iter().for_each(|octets| self.queue(octets));
        if let Some(at) = out.wake {
            self.timer = Some(Timer { at, set: now });
        }
        if out.start_tls {
            // What has come in behind the command came in clear: anybody could have put it there (RFC 3207 §6).
            self.unread.clear();
            self.starts_tls = true;
        }
        self.closing |= out.close;
        self.changed.notify_one();
    }

    fn queue(&mut self, octets: Bytes) {
        if !octets.is_empty() {
            self.unsent_octets += octets.len();
            self.unsent.push_back(octets);
        }
    }

    fn sent(&mut self, now: Instant, octets: usize) {
        let mut left = octets.min(self.unsent_octets);
        self.unsent_octets -= left;
        self.app_bytes.down += left as u64;
        while let Some(front) = self.unsent.front_mut().filter(|_| left > 0) {
            let part = left.min(front.len());
            left -= part;
            let part = front.split_to(part);
            if let Some(recording) = &mut self.recording {
                recording.add(now, Side::Server, part);
            }
            if front.is_empty() {
                self.unsent.pop_front();
            }
        }
        if octets > 0 {
            (self.took_at, self.in_a_burst) = (now, false);
        }
        if let Some(timer) = self.timer.as_mut().filter(|_| self.unsent.is_empty()) {
            *timer = Timer { at: now + timer.at.since(timer.set), set: now };
        }
    }

    /// The moment at which [`Hub::due`] has something to do.
    fn wake(&self, limits: &Limits) -> Option<Instant> {
        if !self.unsent.is_empty() {
            return Some(self.took_at + limits.stall_time);
        }
        let timer = self.timer.map(|timer| timer.at);
        [timer, self.login_deadline(limits)].into_iter().flatten().min()
    }

    /// Until when somebody must have logged in, where there is a login and nobody has.
    fn login_deadline(&self, limits: &Limits) -> Option<Instant> {
        let must_login = self.door.offer.asks_for_password && self.user.is_none() && !self.closing;
        (must_login && limits.login_time > Duration::ZERO).then(|| self.opened + limits.login_time)
    }
}

#[cfg(test)]
mod tests;
