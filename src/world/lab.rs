//! Clients in a world: who runs them, how they are stepped, rewound and forked.
//!
//! A running client cannot be cloned; its tape can. The tape holds what the client asked and what it was
//! answered. To go back, a [`Lab`] takes the last checkpoint before the moment and runs forward along the tape;
//! to go on from there, it starts the client afresh, feeds it its tape, and lets it live again.

use std::fmt;
use std::task::{Context, Poll, Waker};

use super::{Waiting, World};
use crate::desk::{Answer, Ask, Desk, Program, Running, Trouble};
use crate::persist::Log;

/// A world and the clients in it.
#[derive(Clone)]
pub struct Lab {
    world: World,
    clients: Vec<Client>,
    checkpoints: Vec<Checkpoint>,
    keeps_history: bool,
    started: bool,
}

/// How many events lie between two checkpoints: going anywhere runs at most this many events again.
pub const EVENTS_A_CHECKPOINT: u64 = 64;

/// A client: its program, its tape, and how far along the tape it is.
pub struct Client {
    workstation: usize,
    program: Program,
    tape: Log<Exchange>,
    place: Place,
    /// The running function, if it is at the tape's end.
    live: Option<Live>,
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// What the client asked.
    pub ask: Ask,
    /// What it was answered.
    pub answer: Answer,
}

/// Where a client stands.
#[derive(Clone, Debug, Default, PartialEq)]
struct Place {
    /// How many exchanges are behind it.
    heard: usize,
    /// What it has asked and not been answered.
    asked: Option<(Ask, Waiting)>,
    /// How it ended.
    ended: Option<Result<(), Trouble>>,
}

struct Live {
    desk: Desk,
    running: Running,
}

#[derive(Clone)]
struct Checkpoint {
    world: World,
    places: Vec<Place>,
}

/// A client asked something else than its tape says: it is not a function of its answers. Somebody gave it a
/// clock, chance or memory of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Diverged {
    /// Which client.
    pub client: usize,
    /// After how many exchanges.
    pub exchange: usize,
    /// What its tape says.
    pub taped: String,
    /// What it did this time.
    pub now: String,
}

impl fmt::Display for Diverged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, exchange, taped, now } = self;
        write!(
            f,
            "client {client} is not a function of its answers: exchange {exchange} was {taped} and is now {now}"
        )
    }
}

impl std::error::Error for Diverged {}

impl Clone for Client {
    /// A clone hears its tape before it lives again.
    fn clone(&self) -> Self {
        Self {
            workstation: self.workstation,
            program: Program::clone(&self.program),
            tape: self.tape.clone(),
            place: self.place.clone(),
            live: None,
        }
    }
}

impl fmt::Debug for Lab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lab")
            .field("now", &self.world.now())
            .field("events", &self.world.events())
            .field("clients", &self.clients.len())
            .finish_non_exhaustive()
    }
}

impl Lab {
    /// A lab that runs fast and cannot go back.
    #[must_use]
    pub const fn new(world: World) -> Self {
        Self { world, clients: Vec::new(), checkpoints: Vec::new(), keeps_history: false, started: false }
    }

    /// A lab that can go back.
    #[must_use]
    pub const fn with_history(world: World) -> Self {
        Self { world, clients: Vec::new(), checkpoints: Vec::new(), keeps_history: true, started: false }
    }

    /// Seats a client at a workstation.
    pub fn add_client(&mut self, workstation: usize, program: Program) {
        let (tape, place) = (Log::default(), Place::default());
        self.clients.push(Client { workstation, program, tape, place, live: None });
    }

    /// The world as it is now.
    #[must_use]
    pub const fn world(&self) -> &World {
        &self.world
    }

    /// The world, to be changed by hand: another link, a dropped line. What clients heard before stays heard.
    pub fn world_mut(&mut self) -> &mut World {
        self.forget_future();
        &mut self.world
    }

    /// How each client ended; `None` for one that goes on.
    pub fn outcomes(&self) -> impl Iterator<Item = Option<&Result<(), Trouble>>> {
        self.clients.iter().map(|client| client.place.ended.as_ref())
    }

    /// What a client asked and was answered so far.
    #[must_use]
    pub fn tape(&self, client: usize) -> Option<&Log<Exchange>> {
        self.clients.get(client).map(|client| &client.tape)
    }

    /// Runs until all clients have ended.
    ///
    /// # Errors
    /// [`Diverged`] if a client is no function of its answers.
    pub fn run(&mut self) -> Result<(), Diverged> {
        while self.step()? {}
        Ok(())
    }

    /// Lets the clients act, runs one event, and lets them act again. False when all clients have ended.
    ///
    /// # Errors
    /// [`Diverged`] if a client is no function of its answers.
    pub fn step(&mut self) -> Result<bool, Diverged> {
        if !self.started {
            self.started = true;
            self.settle()?;
            self.checkpoint();
        }
        if self.clients.iter().all(|client| client.place.ended.is_some()) {
            return Ok(false);
        }
        if !self.world.step() {
            self.stall()?;
        }
        self.settle()?;
        if self.world.events().is_multiple_of(EVENTS_A_CHECKPOINT) {
            self.checkpoint();
        }
        Ok(true)
    }

    /// Goes to the state after `events` events, back or forward; beyond the end it stops at the end.
    ///
    /// # Errors
    /// [`Diverged`] if a client is no function of its answers.
    pub fn goto(&mut self, events: u64) -> Result<(), Diverged> {
        if events < self.world.events() {
            let nearest = self.checkpoints.partition_point(|point| point.world.events() <= events);
            let Some(point) = self.checkpoints.get(nearest.saturating_sub(1)) else { return Ok(()) };
            self.world = point.world.clone();
            for (client, place) in self.clients.iter_mut().zip(&point.places) {
                client.place = place.clone();
                client.live = None;
            }
        }
        while self.world.events() < events && self.step()? {}
        Ok(())
    }

    /// Goes one event back.
    ///
    /// # Errors
    /// [`Diverged`] if a client is no function of its answers.
    pub fn back(&mut self) -> Result<(), Diverged> {
        self.goto(self.world.events().saturating_sub(1))
    }

    /// How many checkpoints are kept.
    #[must_use]
    pub const fn checkpoints(&self) -> usize {
        self.checkpoints.len()
    }

    fn checkpoint(&mut self) {
        let newest = self.checkpoints.last().map(|point| point.world.events());
        if self.keeps_history && newest.is_none_or(|events| events < self.world.events()) {
            let places = self.clients.iter().map(|client| client.place.clone()).collect();
            self.checkpoints.push(Checkpoint { world: self.world.clone(), places });
        }
    }

    /// From here on things may go otherwise than they went: tapes and checkpoints end now.
    fn forget_future(&mut self) {
        let now = self.world.events();
        self.checkpoints.retain(|point| point.world.events() <= now);
        for client in &mut self.clients {
            client.tape.truncate(client.place.heard);
        }
    }

    /// Lets all clients act, in order, until each waits or has ended.
    fn settle(&mut self) -> Result<(), Diverged> {
        let mut moved = true;
        while moved {
            moved = false;
            for number in 0..self.clients.len() {
                while self.progress(number)? {
                    moved = true;
                }
            }
        }
        Ok(())
    }

    /// Nothing will ever happen: who still waits is told so.
    fn stall(&mut self) -> Result<(), Diverged> {
        for number in 0..self.clients.len() {
            if let Some((ask, _)) = self.clients[number].place.asked.take() {
                self.hear(number, ask, Answer::Failed(Trouble::Stalled))?;
            }
        }
        Ok(())
    }

    /// One exchange of one client, if it can be had now.
    fn progress(&mut self, number: usize) -> Result<bool, Diverged> {
        let client = &mut self.clients[number];
        if client.place.ended.is_some() {
            return Ok(false);
        }
        let workstation = client.workstation;
        if let Some((_, waiting)) = &client.place.asked {
            let Some(answer) = self.world.poll(workstation, waiting) else { return Ok(false) };
            if let Some((ask, _)) = client.place.asked.take() {
                self.hear(number, ask, answer)?;
            }
            return Ok(true);
        }
        let Some(ask) = client.next_ask(number)? else {
            self.world.leave_desk(workstation);
            return Ok(false);
        };
        match self.world.begin(workstation, &ask) {
            Ok(waiting) => client.place.asked = Some((ask, waiting)),
            Err(answer) => self.hear(number, ask, answer)?,
        }
        Ok(true)
    }

    fn hear(&mut self, number: usize, ask: Ask, answer: Answer) -> Result<(), Diverged> {
        let client = &mut self.clients[number];
        let exchange = Exchange { ask, answer };
        match client.tape.get(client.place.heard) {
            Some(taped) if *taped != exchange => {
                return Err(Diverged {
                    client: number,
                    exchange: client.place.heard,
                    taped: format!("{taped:?}"),
                    now: format!("{exchange:?}"),
                });
            }
            Some(_) => {}
            None => {
                if let Some(live) = &client.live {
                    live.desk.put_answer(exchange.answer.clone());
                }
                client.tape.push(exchange);
            }
        }
        client.place.heard += 1;
        Ok(())
    }
}

impl Client {
    /// What the client asks next; `None` if it has ended.
    fn next_ask(&mut self, number: usize) -> Result<Option<Ask>, Diverged> {
        if let Some(taped) = self.tape.get(self.place.heard) {
            return Ok(Some(taped.ask.clone()));
        }
        if self.live.is_none() {
            self.live = Some(self.revive(number)?);
        }
        let Some(live) = &mut self.live else { return Ok(None) };
        match live.poll() {
            Poll::Pending => Ok(live.desk.take_ask()),
            Poll::Ready(outcome) => {
                self.place.ended = Some(outcome);
                self.live = None;
                Ok(None)
            }
        }
    }

    /// Starts the program afresh and lets it hear its whole tape.
    fn revive(&self, number: usize) -> Result<Live, Diverged> {
        let desk = Desk::default();
        let mut live = Live { running: (self.program)(desk.clone()), desk };
        for (nth, taped) in self.tape.iter().enumerate() {
            let asked = match live.poll() {
                Poll::Pending => live.desk.take_ask(),
                Poll::Ready(_) => None,
            };
            if asked.as_ref() != Some(&taped.ask) {
                return Err(Diverged {
                    client: number,
                    exchange: nth,
                    taped: format!("{:?}", taped.ask),
                    now: asked.map_or_else(|| "its end".to_owned(), |ask| format!("{ask:?}")),
                });
            }
            live.desk.put_answer(taped.answer.clone());
        }
        Ok(live)
    }
}

impl Live {
    fn poll(&mut self) -> Poll<Result<(), Trouble>> {
        self.running.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
}
