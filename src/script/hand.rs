//! A client driven by hand: what a script's lines and what typed lines do to a world.
//!
//! A [`Hand`] sits at a workstation and asks the world what every client asks; between two asks it may look at
//! the world, which a client cannot. It is a value: a clone is another afternoon at the same place.

mod coat;
mod deflated;
mod figures;
mod lines;
mod mail_host;
mod outside;
mod setting;

pub use figures::Used;
pub use setting::Setting;

use std::sync::Arc;

use bytes::BytesMut;

use self::coat::Coat;
use self::deflated::Deflated;
use self::figures::Counted;
use self::mail_host::MailHost;
use self::setting::services;
use super::answer::Answers;
use crate::desk::{Answer, Ask, ConnId, Service, Trouble};
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::mail::queue::BRANCH;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::time::Duration;
use crate::world::{Conn, Host, World};

/// A person at a workstation, with the connections that they have open.
#[derive(Clone, Debug)]
pub struct Hand {
    world: World,
    /// The workstations that somebody has sat at, each with its name.
    chairs: Vec<Chair>,
    /// Where they sit now.
    chair: usize,
    tariff: Arc<Tariff>,
    start: Timestamp,
    by_octet: bool,
    peers: Vec<Peer>,
    current: usize,
    counted: Counted,
    /// No event after this one runs.
    last_event: u64,
    /// Each service as it is unless a dialect is asked for.
    standard: Arc<[(Service, Server)]>,
    /// What answers at the workstations when the host calls back.
    mail_host: MailHost,
    /// What happened that nobody typed, in lines that nobody has seen yet.
    told: Vec<String>,
    /// The link stays whatever a line says.
    keeps_link: bool,
    /// What had been used up when the exchange began.
    exchange_began: Used,
    /// The server has answered in this exchange.
    pub(super) answered: bool,
}

/// A workstation with a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chair {
    /// What the user calls it.
    pub name: String,
    /// Its number in the world.
    pub workstation: usize,
}

/// What the workstation is called before another one is named.
pub const FIRST_CHAIR: &str = "client";

/// So many workstations are enough for a desk.
pub const CHAIRS_MAX: usize = 16;

/// One connection, as seen from the chair.
#[derive(Clone, Debug)]
pub struct Peer {
    /// What the user calls it.
    pub name: String,
    /// The service at the other end.
    pub service: Service,
    /// Its number in the world.
    pub id: ConnId,
    /// The workstation that opened it, by its place among the chairs.
    pub chair: usize,
    /// Where the server's answers end.
    pub answers: Answers,
    /// What has arrived and was not read; inflated, if it was deflated.
    arrived: BytesMut,
    /// Both directions are deflated from some moment on (RFC 4978).
    deflated: Option<Box<Deflated>>,
    /// Up to here no line end was found.
    searched: usize,
    /// TURN was said, and not answered yet; then the mail host here has the connection.
    turn: Turn,
    /// What all octets go through since TLS was agreed on, or since a login that asked for a layer.
    coat: Coat,
}

/// Who speaks at this end of a connection by SMTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Hand,
    Asked,
    MailHost,
}

impl Hand {
    /// Sits down.
    #[must_use]
    pub fn new(setting: &Setting) -> Self {
        let services = services(setting.branch.is_some());
        let standard = Arc::from(services.as_slice());
        let host = Host {
            stack: setting.stack,
            deliveries: setting.deliveries.clone(),
            nodes: vec![(BRANCH.to_owned(), 0)],
            ..Host::new(services)
        };
        let mut store = setting.store.clone();
        store.queue_mut().hold(BRANCH);
        let mut world = World::new(setting.seed, store, host).with_calls(setting.calls.clone());
        if setting.chance {
            world = world.with_chance();
        }
        let workstation = world.add_workstation(Arc::clone(&setting.link));
        Self {
            world,
            chairs: vec![Chair { name: FIRST_CHAIR.to_owned(), workstation }],
            chair: 0,
            tariff: Arc::clone(&setting.tariff),
            start: setting.start,
            by_octet: setting.by_octet,
            peers: Vec::new(),
            current: 0,
            counted: Counted::default(),
            last_event: u64::MAX,
            standard,
            mail_host: MailHost::new(Store::new(setting.start), &setting.branch.unwrap_or_default().names()),
            told: Vec::new(),
            keeps_link: false,
            exchange_began: Used::default(),
            answered: false,
        }
    }

    /// The world as it is now.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The number of the workstation that somebody sits at.
    #[must_use]
    pub fn workstation(&self) -> usize {
        self.number_of(self.chair)
    }

    fn number_of(&self, chair: usize) -> usize {
        self.chairs.get(chair).map_or(0, |chair| chair.workstation)
    }

    /// All workstations, in the order in which somebody first sat at them.
    #[must_use]
    pub fn chairs(&self) -> &[Chair] {
        &self.chairs
    }

    /// Sits down at the workstation of this name. One that nobody has named before is put there, over `link` or over
    /// the same link as the one left; the first one takes its name, as long as nobody has dialled from it. False if
    /// there are more than [`CHAIRS_MAX`].
    pub fn sit_at(&mut self, name: &str, link: Option<&Arc<LinkSpec>>) -> bool {
        if let Some(known) = self.chairs.iter().position(|chair| chair.name == name) {
            self.chair = known;
            return true;
        }
        if let [only] = self.chairs.as_mut_slice()
            && only.name == FIRST_CHAIR
            && self.world.journal().calls.is_empty()
        {
            name.clone_into(&mut only.name);
            return true;
        }
        let here = self.link().cloned();
        let over = link.filter(|_| !self.keeps_link).cloned().or(here);
        let Some(link) = over.filter(|_| self.chairs.len() < CHAIRS_MAX) else { return false };
        let workstation = self.world.add_workstation(link);
        self.chair = self.chairs.len();
        self.chairs.push(Chair { name: name.to_owned(), workstation });
        true
    }

    /// The link under the next call, or under the one that is up.
    #[must_use]
    pub fn link(&self) -> Option<&Arc<LinkSpec>> {
        self.world.workstations().get(self.workstation()).map(|place| place.link())
    }

    /// By what calls are charged.
    #[must_use]
    pub const fn tariff(&self) -> &Arc<Tariff> {
        &self.tariff
    }

    /// Is a call up?
    #[must_use]
    pub fn is_in_call(&self) -> bool {
        self.world.workstations().get(self.workstation()).is_some_and(|place| place.call().is_some())
    }

    /// All connections, oldest first.
    #[must_use]
    pub fn peers(&self) -> &[Peer] {
        &self.peers
    }

    /// The connection on which lines without a name are spoken, by its place.
    #[must_use]
    pub fn current(&self) -> Option<usize> {
        (self.current < self.peers.len()).then_some(self.current)
    }

    /// The newest connection of this name, by its place.
    #[must_use]
    pub fn peer_named(&self, name: &str) -> Option<usize> {
        self.peers.iter().rposition(|peer| peer.name == name)
    }

    /// The connection in the world.
    #[must_use]
    pub fn conn(&self, peer: usize) -> Option<&Conn> {
        self.world.conn(self.peers.get(peer)?.id)
    }

    /// Speaks on this connection from here on, and sits at its workstation.
    pub fn use_peer(&mut self, peer: usize) {
        self.current = peer;
        if let Some(peer) = self.peers.get(peer) {
            self.chair = peer.chair;
        }
    }

    /// Lets calls be charged by another tariff.
    pub fn set_tariff(&mut self, tariff: Arc<Tariff>) {
        self.tariff = tariff;
    }

    /// Puts another link under the next call. False, and nothing done, while a call is up.
    pub fn set_link(&mut self, link: Arc<LinkSpec>) -> bool {
        if self.keeps_link {
            return true;
        }
        let free = !self.is_in_call();
        if free {
            self.world.change_link(self.workstation(), link);
        }
        free
    }

    /// Connects to a service, after dialling if no call is up, and speaks on this connection from here on.
    ///
    /// # Errors
    /// A call that fails; a service that nobody offers.
    pub fn open(&mut self, name: &str, service: Service) -> Result<usize, Trouble> {
        if !self.is_in_call() {
            self.ask(self.chair, &Ask::Dial)?;
        }
        let Answer::Connected(id) = self.ask(self.chair, &Ask::Connect(service))? else {
            return Err(Trouble::Stalled);
        };
        self.peers.push(Peer {
            name: name.to_owned(),
            service,
            id,
            chair: self.chair,
            answers: Answers::new(service),
            arrived: BytesMut::new(),
            deflated: None,
            searched: 0,
            turn: Turn::Hand,
            coat: Coat::None,
        });
        self.current = self.peers.len() - 1;
        self.shake_hands(self.current)?;
        Ok(self.current)
    }

    /// Keeps the link whatever lines say from here on, or no longer: what would they take over this one?
    pub fn keep_link(&mut self, keeps: bool) {
        self.keeps_link = keeps;
    }

    /// Runs no event after this one: whatever waits is told that nothing more comes. `u64::MAX` ends that.
    pub fn stop_after(&mut self, event: u64) {
        self.last_event = event;
    }

    /// Runs the next event of the world. False if there is none, or none that may run.
    pub fn step(&mut self) -> bool {
        let stepped = self.world.events() < self.last_event && self.world.step();
        if stepped {
            self.attend();
        }
        stepped
    }

    /// Lets time pass.
    pub fn think(&mut self, span: Duration) {
        let _ = self.ask(self.chair, &Ask::Think(span));
    }

    /// Closes a connection from this end.
    pub fn close(&mut self, peer: usize) {
        if let Some((id, chair)) = self.peers.get(peer).map(|peer| (peer.id, peer.chair)) {
            let _ = self.ask(chair, &Ask::Close(id));
        }
    }

    /// Closes what is open at this workstation, and ends its call.
    pub fn hang_up(&mut self) {
        self.hang_up_at(self.chair);
    }

    /// Closes all that is open, and ends all calls: whoever leaves sits down once more at the first workstation.
    pub fn leave(&mut self) {
        for chair in (0..self.chairs.len()).rev() {
            self.hang_up_at(chair);
        }
    }

    fn hang_up_at(&mut self, chair: usize) {
        for peer in 0..self.peers.len() {
            if self.peers.get(peer).is_some_and(|peer| peer.chair == chair) {
                self.close(peer);
            }
        }
        let _ = self.ask(chair, &Ask::HangUp);
    }

    fn ask(&mut self, chair: usize, ask: &Ask) -> Result<Answer, Trouble> {
        let workstation = self.number_of(chair);
        let answer = match self.world.begin(workstation, ask) {
            Err(answer) => answer,
            Ok(waiting) => loop {
                if let Some(answer) = self.world.poll(workstation, &waiting) {
                    break answer;
                }
                if !self.step() {
                    break Answer::Failed(Trouble::Stalled);
                }
            },
        };
        match answer {
            Answer::Failed(trouble) => Err(trouble),
            answer => Ok(answer),
        }
    }
}
