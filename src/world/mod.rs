//! The world: everything that changes in a simulation, but a running client.
//!
//! A [`World`] is a value: it clones in microseconds, two of them can be compared, and it moves only by
//! [`World::step`], which runs the next event, and by what clients ask of it. It owns the clock, the store, the
//! server's sessions, the connections, the lines and calls, chance, and the journal.
//!
//! ```text
//!   client ──Ask──> World ──Answer──> client          lab.rs: who runs the clients, and history
//!                     │ step
//!          next event │ arrive · timer · deadline · speak · call · deliver
//! ```
//!
//! **Every number has a cause.** Octets live once, in the [`Stream`] of writes; packets carry offsets. From an
//! octet on the line one finds its packet, its write, the command that the write answers and the message in it.

mod call;
mod calling;
mod client;
mod conn;
mod event;
mod host;
mod journal;
pub mod lab;
mod network;
mod queueing;
mod serving;
mod stream;

pub use call::{Call, CallEnd, Workstation};
pub use client::Waiting;
pub use conn::Conn;
pub use event::Event;
pub use host::{Delivery, Host};
pub use journal::{
    Act, CallId, Command, CommandId, Deed, Journal, NoteTaken, Packet, PacketCause, PacketId, Thinking,
};

pub use stream::{Arrival, Stream, Write, WriteCause};

use std::collections::BTreeMap;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use crate::desk::{ConnId, Service};
use crate::link::call::CallPlan;
use crate::link::spec::LinkSpec;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::time::Instant;

/// Everything that changes in a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    now: Instant,
    events: u64,
    queued: u64,
    queue: BTreeMap<(Instant, u64), Event>,
    store: Store,
    host: Arc<Host>,
    workstations: Vec<Workstation>,
    conns: Vec<Arc<Conn>>,
    journal: Journal,
    chance: Option<Chance>,
    plan: Arc<CallPlan>,
    seed: u64,
    /// When the queue is looked at next.
    queue_at: Option<Instant>,
}

/// What is left to chance, one stream of numbers for each purpose, so that one more draw for the one does not
/// shift the others.
#[derive(Clone, Debug, PartialEq)]
struct Chance {
    calls: ChaCha8Rng,
    drops: ChaCha8Rng,
}

/// The numbers of the random streams. A client's own stream is [`CLIENT_STREAMS`] plus its workstation; a line's
/// is [`JITTER_STREAM`] plus 256 times its workstation.
const CALL_STREAM: u64 = 1;
const DROP_STREAM: u64 = 2;
const JITTER_STREAM: u64 = 3;
const CLIENT_STREAMS: u64 = 1 << 32;

fn random_stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

impl World {
    /// A world at its start: a store, and a host that serves it.
    #[must_use]
    pub fn new(seed: u64, store: Store, host: Host) -> Self {
        let mut world = Self {
            now: Instant::START,
            events: 0,
            queued: 0,
            queue: BTreeMap::new(),
            store,
            host: Arc::new(host),
            workstations: Vec::new(),
            conns: Vec::new(),
            journal: Journal::default(),
            chance: None,
            plan: Arc::new(CallPlan::default()),
            seed,
            queue_at: None,
        };
        for nth in 0..world.host.deliveries.len() {
            let at = world.host.deliveries[nth].at;
            world.schedule(at, Event::Deliver(nth));
        }
        world.schedule_queue();
        world
    }

    /// Lets calls fail, lines drop, delays jitter and modems train again, as each link's data say. Bits go
    /// wrong where the bearer sends a block again.
    #[must_use]
    pub fn with_chance(mut self) -> Self {
        self.chance = Some(Chance {
            calls: random_stream(self.seed, CALL_STREAM),
            drops: random_stream(self.seed, DROP_STREAM),
        });
        for number in 0..self.workstations.len() {
            let jitter = self.jitter(number);
            self.workstations[number].leave_to_chance(jitter);
        }
        self
    }

    /// The random numbers for the jitter of a workstation's line, if anything is left to chance.
    fn jitter(&self, workstation: usize) -> Option<ChaCha8Rng> {
        let stream = JITTER_STREAM + ((workstation as u64) << 8);
        self.chance.as_ref().map(|_| random_stream(self.seed, stream))
    }

    /// Lets all calls go by a plan.
    #[must_use]
    pub fn with_calls(mut self, plan: CallPlan) -> Self {
        self.plan = Arc::new(plan);
        self
    }

    /// By which plan calls go.
    #[must_use]
    pub fn call_plan(&self) -> &CallPlan {
        &self.plan
    }

    /// Lets all calls go by another plan from now on; calls that stand keep what was set for them.
    pub fn change_calls(&mut self, plan: CallPlan) {
        self.plan = Arc::new(plan);
    }

    /// Adds a workstation with a line of its own, and gives its number.
    pub fn add_workstation(&mut self, link: Arc<LinkSpec>) -> usize {
        let number = self.workstations.len();
        let random = random_stream(self.seed, CLIENT_STREAMS + number as u64);
        let mut workstation = Workstation::new(link, random);
        workstation.leave_to_chance(self.jitter(number));
        self.workstations.push(workstation);
        number
    }

    /// Puts another link under a workstation that is not in a call: what if?
    pub fn change_link(&mut self, workstation: usize, link: Arc<LinkSpec>) {
        let jitter = self.jitter(workstation);
        if let Some(workstation) = self.workstations.get_mut(workstation) {
            workstation.change_link(link, jitter);
        }
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// The seed of all that is left to chance.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether calls may fail, lines drop and delays jitter.
    #[must_use]
    pub const fn takes_chances(&self) -> bool {
        self.chance.is_some()
    }

    /// How many events have run.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// When the next event runs, if there is one.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// The mail.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// What has happened.
    #[must_use]
    pub const fn journal(&self) -> &Journal {
        &self.journal
    }

    /// All connections that were ever asked for, by [`ConnId`].
    #[must_use]
    pub fn conns(&self) -> &[Arc<Conn>] {
        &self.conns
    }

    /// One connection.
    #[must_use]
    pub fn conn(&self, id: ConnId) -> Option<&Conn> {
        self.conns.get(id.0 as usize).map(|conn| &**conn)
    }

    /// All workstations.
    #[must_use]
    pub fn workstations(&self) -> &[Workstation] {
        &self.workstations
    }

    /// From the next connection on, a service is served by sessions like this one.
    pub fn serve_as(&mut self, service: Service, model: Server) {
        let services = &mut Arc::make_mut(&mut self.host).services;
        match services.iter_mut().find(|(offered, _)| *offered == service) {
            Some((_, server)) => *server = model,
            None => services.push((service, model)),
        }
    }

    /// The host that serves the mail.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Runs the next event. False if there is none: nothing will ever happen by itself.
    pub fn step(&mut self) -> bool {
        let Some(((at, _), event)) = self.queue.pop_first() else { return false };
        self.now = at;
        self.events += 1;
        match event {
            Event::Arrive(packet) => self.arrive(packet),
            Event::Timer(conn, side) => self.tcp_timer(conn, side),
            Event::Deadline(conn) => self.session_deadline(conn),
            Event::Speak(conn) => self.speak(conn),
            Event::CallProgress(workstation) => self.call_progress(workstation),
            Event::DialNow(workstation) => self.dial_now(workstation),
            Event::CallEnds(workstation, call, end) => self.call_ends(workstation, call, end),
            Event::IdleCheck(workstation, call) => self.idle_check(workstation, call),
            Event::Deliver(nth) => self.deliver(nth),
            Event::QueueDue => self.queue_due(),
            Event::Wake(_) => {}
        }
        true
    }

    /// Writes down what an application does now.
    fn note_act(&mut self, workstation: usize, heard: Option<PacketId>, deed: Deed) {
        self.journal.acts.push(Act { at: self.now, workstation, heard, deed });
    }

    fn schedule(&mut self, at: Instant, event: Event) {
        self.queued += 1;
        self.queue.insert((at.max(self.now), self.queued), event);
    }
}

#[cfg(test)]
mod tests;
