//! A telephone line without delay, with the servers at its other end: it counts calls, fails and drops as told,
//! and delivers mail when its time comes.

use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::desk::{Answer, Ask, ConnId, Desk, Note, Program, Service, Trouble};
use crate::mail::flags::Flags;
use crate::mail::message::MessageId;
use crate::protocol::dmsp::{Dmsp, DmspSettings};
use crate::protocol::imap::{Imap, ImapSettings};
use crate::protocol::pop2::{Pop2, Pop2Settings};
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::protocol::testing::Lab;
use crate::scenario::Prepared;
use crate::time::Instant;
use crate::world::Delivery;

/// What happened at the desk, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Dialled,
    HungUp,
    Connected(Service),
    Noted(Instant, Note),
}

/// The line and all that is behind it.
pub struct Phone {
    pub lab: Lab,
    pub events: Vec<Event>,
    /// So many calls fail before one gets through.
    pub failing_calls: u32,
    /// The line drops instead of bringing the n-th octets that a client waits for.
    pub drop_at: Option<u32>,
    deliveries: Vec<Delivery>,
    services: Vec<Service>,
    up: bool,
}

impl Phone {
    pub fn new(ready: &Prepared) -> Self {
        Self {
            lab: Lab::new(ready.store.clone()),
            events: vec![],
            failing_calls: 0,
            drop_at: None,
            deliveries: ready.deliveries.clone(),
            services: vec![],
            up: false,
        }
    }

    /// Runs a client to its end.
    pub fn run(&mut self, program: &Program) -> Result<(), Trouble> {
        let desk = Desk::default();
        let mut running = program(desk.clone());
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(outcome) = running.as_mut().poll(&mut context) {
                return outcome;
            }
            let answer = self.answer(desk.take_ask().unwrap());
            desk.put_answer(answer);
        }
    }

    /// All commands that sessions of a service framed, session by session.
    pub fn commands(&self, service: Service) -> Vec<Vec<&str>> {
        let mine = self.services.iter().zip(&self.lab.conns).filter(|(one, _)| **one == service);
        mine.map(|(_, conn)| conn.commands.iter().map(String::as_str).collect()).collect()
    }

    /// Octets of message content that sessions of a service sent.
    pub fn content_octets(&self, service: Service) -> u64 {
        let mine = self.services.iter().zip(&self.lab.conns).filter(|(one, _)| **one == service);
        mine.flat_map(|(_, conn)| &conn.contents).map(|(_, octets)| u64::from(*octets)).sum()
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Dial if self.failing_calls > 0 => {
                self.failing_calls -= 1;
                Answer::Failed(Trouble::CallFailed)
            }
            Ask::Dial => {
                assert!(!self.up, "dialled with the line up");
                self.up = true;
                self.events.push(Event::Dialled);
                Answer::Done
            }
            Ask::HangUp => {
                self.cut();
                self.events.push(Event::HungUp);
                Answer::Done
            }
            Ask::Connect(_) | Ask::Send(..) | Ask::Arrived(..) if !self.up => {
                Answer::Failed(Trouble::NoCarrier)
            }
            Ask::Connect(service) => self.connect(service),
            Ask::Send(ConnId(conn), octets) => {
                self.lab.send(conn as usize, &octets);
                Answer::Done
            }
            Ask::Arrived(ConnId(conn), until) => self.arrived(conn as usize, until),
            Ask::Accept(_) => Answer::TimedOut,
            Ask::Close(ConnId(conn)) => {
                self.lab.drop_conn(conn as usize);
                Answer::Done
            }
            Ask::Think(span) => {
                self.pass_until(self.lab.now + span);
                Answer::Done
            }
            Ask::Now => Answer::Now(self.lab.now),
            Ask::Random => Answer::Random(4),
            Ask::Note(note) => {
                self.events.push(Event::Noted(self.lab.now, note));
                Answer::Done
            }
        }
    }

    fn connect(&mut self, service: Service) -> Answer {
        let conn = match service {
            Service::Pop3 => self.lab.open(Pop3::new(Pop3Settings::default())),
            Service::Imap => self.lab.open(Imap::new(ImapSettings::default())),
            Service::Smtp | Service::Lmtp => self.lab.open(Smtp::new(SmtpSettings::default())),
            Service::Dmsp => self.lab.open(Dmsp::new(DmspSettings::default())),
            Service::Pop2 => self.lab.open(Pop2::new(Pop2Settings::default())),
            Service::Pop1 | Service::Poppassd => panic!("no strategy speaks it"),
        };
        self.services.push(service);
        self.events.push(Event::Connected(service));
        Answer::Connected(ConnId(conn as u32))
    }

    fn arrived(&mut self, conn: usize, until: Option<Instant>) -> Answer {
        if let Some(left) = &mut self.drop_at {
            *left -= 1;
            if *left == 0 {
                self.drop_at = None;
                self.cut();
                return Answer::Failed(Trouble::NoCarrier);
            }
        }
        // Nothing is under way on this line: what is not there yet can only come with time.
        if let Some(until) = until.filter(|_| self.lab.conns[conn].arrived.is_empty()) {
            self.pass_until(until);
        }
        let conn = &mut self.lab.conns[conn];
        match (conn.arrived.is_empty(), conn.closed) {
            (false, _) => Answer::Arrived(Bytes::from(std::mem::take(&mut conn.arrived))),
            (true, true) => Answer::Failed(Trouble::Closed),
            (true, false) if until.is_some() => Answer::TimedOut,
            (true, false) => Answer::Failed(Trouble::Stalled),
        }
    }

    fn cut(&mut self) {
        self.up = false;
        for conn in 0..self.lab.conns.len() {
            self.lab.drop_conn(conn);
        }
    }

    fn pass_until(&mut self, then: Instant) {
        while self.deliveries.first().is_some_and(|next| next.at <= then) {
            let next = self.deliveries.remove(0);
            self.lab.pass_until(next.at);
            for (nth, (message, received)) in (next.first.0..).zip(next.messages) {
                self.lab.store.append_as(MessageId(nth), next.mailbox, message, Flags::NONE, received);
            }
        }
        self.lab.pass_until(then);
    }
}
