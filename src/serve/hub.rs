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

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bytes::Bytes;
use tokio::sync::Notify;

use super::keep::Keeper;
use super::limits::{Limits, Models, farewell};
use super::listen::Door;
use super::recording::Recording;
use super::report::{Ended, Passed, SessionReport};
use crate::desk::Service;
use crate::link::tcp::Side;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::session::{Output, Session};
use crate::time::Instant;

mod connected;
mod join;
mod onward;

use connected::{Connection, Next};

pub use onward::Call;

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
    /// The hosts that are being called, or are on the line.
    calling: BTreeSet<String>,
    /// Notified when there may be a host to call.
    mail_came: Rc<Notify>,
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
    pub fn new(store: Store, models: Models) -> Self {
        Self {
            store,
            models,
            connections: BTreeMap::new(),
            begun: 0,
            stopping: false,
            keeper: None,
            trouble: None,
            news: Vec::new(),
            calling: BTreeSet::new(),
            mail_came: Rc::default(),
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
        // Those that we have called are not counted: who fills the others cannot keep mail from going out.
        let there = self.connections.len().saturating_sub(self.calling.len());
        if self.stopping || there >= most {
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
            // POP3's autologout says nothing (RFC 1939 §3); IMAP says BYE (RFC 3501 §5.4), SMTP 421 (RFC 5321 §3.8).
            let speaks = matches!(connection.service(), Service::Imap | Service::Smtp);
            let word = speaks.then_some("no login for too long");
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
        match &connection.calls {
            Some(host) => self.call_is_over(host),
            // After TURN something may wait again.
            None if !self.store.queue().is_empty() => self.mail_came.notify_one(),
            None => {}
        }
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
        let (before, pushed) = (self.store.modseq(), self.store.queue().pushed());
        let mailboxes = self.store.mailbox_count();
        let Some(connection) = self.connections.get_mut(&number) else { return };
        let mut out = Output::with_room(Limits::ROOM);
        act(&mut connection.session, &mut self.store, &mut out);
        // A login, too, leaves a trace in the store, but whoever only reads need not suffer from a disk that is full.
        let tells_of_it = self.store.modseq() != before
            || self.store.mailbox_count() != mailboxes
            || self.store.queue().pushed() != pushed;
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
            self.tell_all_but(now, Some(number));
        }
        if self.store.queue().pushed() != pushed || self.store.queue().started().next().is_some() {
            self.mail_came.notify_one();
        }
    }

    /// Tells all sessions but one that the store has changed.
    fn tell_all_but(&mut self, now: Instant, number: Option<u64>) {
        for (_, other) in self.connections.iter_mut().filter(|(n, c)| Some(**n) != number && !c.closing) {
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
            // A host that we have called is the server, and hears no reply from us.
            if let Some(word) = word.filter(|_| connection.calls.is_none()) {
                connection.queue(farewell(connection.service(), &self.models.host, word).into());
            }
            connection.session.gone(&mut self.store);
            connection.closing = true;
            connection.unread.clear();
        }
        connection.changed.notify_one();
    }
}

#[cfg(test)]
mod tests;
