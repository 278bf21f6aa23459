//! A line without delay, with the servers at its other end, that is cut after any number of octets.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use super::*;
use crate::desk::{Answer, Ask, ConnId};
use crate::protocol::dmsp::{Dmsp, DmspSettings};
use crate::protocol::imap::{Imap, ImapSettings};
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::protocol::testing::Lab;

/// What a cut does besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The line drops; the workstation notices.
    Line,
    /// The plug is pulled at the same moment: the workstation is what its disk holds.
    Plug,
}

/// A command, and what somebody else does then.
pub type Meanwhile = (&'static str, fn(&mut Store));

pub struct Line {
    pub lab: Lab,
    pub disk: Disk,
    /// Octets that have crossed the line, both ways.
    pub crossed: u64,
    /// After so many the line is cut, once.
    pub cut_at: Option<u64>,
    pub dmsp: DmspSettings,
    pub imap: ImapSettings,
    pub smtp: SmtpSettings,
    /// A word that arrives at the server as another one, of the same length, which it does not know.
    pub garbled: Option<(&'static str, &'static str)>,
    /// Nobody takes mail.
    pub has_no_mail_host: bool,
    /// What somebody else does to the store when a command with this text has been heard.
    pub meanwhile: Option<Meanwhile>,
    up: bool,
}

impl Line {
    pub fn new(store: Store) -> Self {
        Self {
            lab: Lab::new(store),
            disk: Disk::default(),
            crossed: 0,
            cut_at: None,
            dmsp: DmspSettings::default(),
            imap: ImapSettings::default(),
            smtp: SmtpSettings::default(),
            garbled: None,
            has_no_mail_host: false,
            meanwhile: None,
            up: false,
        }
    }

    /// Runs a workstation's program to its end, or until the plug is pulled: then nobody hears of an outcome.
    pub fn run(
        &mut self,
        mail: LocalMail,
        policy: Policy,
        program: impl AsyncFn(&mut Station) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        self.until(mail, policy, program, Cut::Line).unwrap()
    }

    /// As [`Line::run`]; `None` if the plug was pulled.
    pub fn until(
        &mut self,
        mail: LocalMail,
        policy: Policy,
        program: impl AsyncFn(&mut Station) -> Result<(), Trouble>,
        cut: Cut,
    ) -> Option<Result<(), Trouble>> {
        self.disk = Disk::holding(&mail);
        let desk = Desk::default();
        let mut station = Station::new(desk.clone(), Account::default(), policy, mail);
        let mut running = pin!(async {
            station.save().await;
            program(&mut station).await
        });
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(outcome) = running.as_mut().poll(&mut context) {
                self.cut();
                return Some(outcome);
            }
            let was_up = self.up;
            let answer = self.answer(desk.take_ask().unwrap());
            if cut == Cut::Plug && was_up && !self.up && answer == Answer::Failed(Trouble::NoCarrier) {
                return None;
            }
            desk.put_answer(answer);
        }
    }

    fn answer(&mut self, ask: Ask) -> Answer {
        match ask {
            Ask::Dial => {
                self.up = true;
                Answer::Done
            }
            Ask::HangUp => {
                self.cut();
                Answer::Done
            }
            Ask::Connect(_) | Ask::Send(..) | Ask::Arrived(..) if !self.up => {
                Answer::Failed(Trouble::NoCarrier)
            }
            Ask::Connect(Service::Smtp) if self.has_no_mail_host => {
                Answer::Failed(Trouble::Refused(Service::Smtp))
            }
            Ask::Connect(service) => Answer::Connected(ConnId(self.connect(service) as u32)),
            Ask::Send(ConnId(conn), octets) => {
                let through = self.through(octets.len());
                match self.garbled {
                    Some((word, other)) => {
                        let text = String::from_utf8_lossy(&octets[..through]).replace(word, other);
                        self.lab.send(conn as usize, text.as_bytes());
                    }
                    None => self.lab.send(conn as usize, &octets[..through]),
                }
                if let Some((word, act)) = self.meanwhile
                    && octets.starts_with(word.as_bytes())
                {
                    self.meanwhile = None;
                    act(&mut self.lab.store);
                }
                if through < octets.len() {
                    self.cut();
                    return Answer::Failed(Trouble::NoCarrier);
                }
                Answer::Done
            }
            Ask::Arrived(ConnId(conn), _) => self.arrived(conn as usize),
            Ask::Close(ConnId(conn)) => {
                self.lab.drop_conn(conn as usize);
                Answer::Done
            }
            Ask::Think(span) => {
                self.lab.pass_until(self.lab.now + span);
                Answer::Done
            }
            Ask::Accept(_) => panic!("no workstation is called"),
            Ask::Now => Answer::Now(self.lab.now),
            Ask::Random => Answer::Random(4),
            Ask::Note(note) => {
                self.disk.take(&note);
                Answer::Done
            }
        }
    }

    /// How many of these octets cross before the line is cut.
    fn through(&mut self, octets: usize) -> usize {
        let left = self.cut_at.map_or(u64::MAX, |cut_at| cut_at - self.crossed);
        let through = left.min(octets as u64);
        self.crossed += through;
        through as usize
    }

    fn connect(&mut self, service: Service) -> usize {
        match service {
            Service::Pop3 => self.lab.open(Pop3::new(Pop3Settings::default())),
            Service::Imap => self.lab.open(Imap::new(self.imap.clone())),
            Service::Smtp => self.lab.open(Smtp::new(self.smtp.clone())),
            Service::Lmtp => self.lab.open(Smtp::new(SmtpSettings::lmtp())),
            Service::Dmsp => self.lab.open(Dmsp::new(self.dmsp.clone())),
            Service::Pop2 | Service::Pop1 | Service::Poppassd => panic!("no workstation speaks it"),
        }
    }

    fn arrived(&mut self, nth: usize) -> Answer {
        let waiting = self.lab.conns[nth].arrived.len();
        let through = self.through(waiting);
        let conn = &mut self.lab.conns[nth];
        let rest = conn.arrived.split_off(through);
        let octets = std::mem::replace(&mut conn.arrived, rest);
        match (octets.is_empty(), waiting > through, conn.closed) {
            (false, _, _) => Answer::Arrived(Bytes::from(octets)),
            (true, true, _) => {
                self.cut();
                Answer::Failed(Trouble::NoCarrier)
            }
            (true, false, true) => Answer::Failed(Trouble::Closed),
            (true, false, false) => Answer::Failed(Trouble::Stalled),
        }
    }

    fn cut(&mut self) {
        if self.up && self.cut_at.is_some_and(|cut_at| self.crossed >= cut_at) {
            self.cut_at = None;
        }
        self.up = false;
        for conn in 0..self.lab.conns.len() {
            self.lab.drop_conn(conn);
        }
    }
}
