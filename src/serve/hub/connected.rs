//! One who is connected: a session, what it has not read yet, and what waits to be sent.

use std::collections::VecDeque;
use std::rc::Rc;

use bytes::Bytes;
use tokio::sync::Notify;

use super::join::joined;
use crate::desk::Service;
use crate::link::tcp::Side;
use crate::mail::store::UserId;
use crate::measure::metrics::UpDown;
use crate::protocol::Server;
use crate::serve::limits::Limits;
use crate::serve::listen::Door;
use crate::serve::recording::Recording;
use crate::session::Output;
use crate::time::{Duration, Instant};

/// One client.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) door: Door,
    pub(super) session: Server,
    /// The host at the other end, if we have called it.
    pub(super) calls: Option<String>,
    pub(super) user: Option<UserId>,
    /// What has come in and was not yet handed to the session.
    pub(super) unread: VecDeque<u8>,
    /// The client will send no more.
    pub(super) input_ended: bool,
    pub(super) unsent: VecDeque<Bytes>,
    pub(super) unsent_octets: usize,
    /// When the client last took something, or the queue began.
    pub(super) took_at: Instant,
    pub(super) timer: Option<Timer>,
    /// The session's answer goes on when what it has said is nearly sent.
    pub(super) has_more: bool,
    /// TLS begins when all is sent.
    pub(super) starts_tls: bool,
    pub(super) recording: Option<Recording>,
    /// The session is over; what is unsent is still sent.
    pub(super) closing: bool,
    /// Nothing more is sent either.
    pub(super) given_up: bool,
    pub(super) opened: Instant,
    pub(super) turns: u64,
    pub(super) in_a_burst: bool,
    pub(super) app_bytes: UpDown,
    pub(super) changed: Rc<Notify>,
}

/// What a session is to do next.
pub(super) enum Next {
    /// To read these octets.
    Piece(Vec<u8>),
    /// To go on with its answer.
    More,
}

/// When a session wants to be woken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timer {
    pub(super) at: Instant,
    pub(super) set: Instant,
}

impl Connection {
    pub(super) fn new(door: Door, session: Server, now: Instant) -> Self {
        Self {
            door,
            session,
            calls: None,
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
    pub(super) fn next_piece(&mut self) -> Option<Next> {
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
    pub(super) fn reads(&self) -> bool {
        !self.closing && !self.starts_tls && !self.input_ended && self.unread.is_empty()
    }

    pub(super) const fn service(&self) -> Service {
        self.door.offer.service
    }

    pub(super) fn take(&mut self, now: Instant, out: Output) {
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

    pub(super) fn queue(&mut self, octets: Bytes) {
        if !octets.is_empty() {
            self.unsent_octets += octets.len();
            self.unsent.push_back(octets);
        }
    }

    pub(super) fn sent(&mut self, now: Instant, octets: usize) {
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
    pub(super) fn wake(&self, limits: &Limits) -> Option<Instant> {
        if !self.unsent.is_empty() {
            return Some(self.took_at + limits.stall_time);
        }
        let timer = self.timer.map(|timer| timer.at);
        [timer, self.login_deadline(limits)].into_iter().flatten().min()
    }

    /// Until when somebody must have logged in, where there is a login and nobody has.
    pub(super) fn login_deadline(&self, limits: &Limits) -> Option<Instant> {
        let must_login = self.door.offer.asks_for_password && self.user.is_none() && !self.closing;
        (must_login && limits.login_time > Duration::ZERO).then(|| self.opened + limits.login_time)
    }
}
