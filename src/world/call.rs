//! Workstations, their lines, and the calls made on them.
//!
//! ```text
//!  idle ──dial──> dialling ──answer, train, log in──> up ──hang up / drop──> idle
//!                     └────────── failed ──────────────────────────────────────┘
//! ```

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use super::journal::{CallId, Negotiation};
use super::{Event, World};
use crate::desk::{Answer, ConnId, Trouble};
use crate::link::path::Path;
use crate::link::spec::LinkSpec;
use crate::time::{Duration, Instant};

/// A place where a client sits: a line, and what chance it draws on.
#[derive(Clone, Debug, PartialEq)]
pub struct Workstation {
    link: Arc<LinkSpec>,
    /// What lies between it and its provider.
    pub(super) path: Path,
    pub(super) phase: Phase,
    pub(super) random: ChaCha8Rng,
    /// The packet that brought what the client heard last: the cause of what it does next.
    pub(super) heard: Option<super::PacketId>,
    /// Packets sent by each end, for the IP header's identification.
    pub(super) packets: [u16; 2],
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Dialling { call: CallId, fails: bool },
    Up(CallId),
}

/// A call, from the first digit on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who called.
    pub workstation: usize,
    /// When dialling began.
    pub dialled: Instant,
    /// When the other side answered: from here on it costs money.
    pub answered: Option<Instant>,
    /// When packets could flow.
    pub up: Option<Instant>,
    /// When it was over.
    pub ended: Option<Instant>,
    /// How it ended.
    pub end: Option<CallEnd>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEnd {
    /// The client hung up.
    HungUp,
    /// The line dropped.
    Dropped,
    /// It never came up.
    Failed,
}

impl Workstation {
    pub(super) fn new(link: Arc<LinkSpec>, random: ChaCha8Rng) -> Self {
        let path = Path::new(&link);
        Self { link, path, phase: Phase::Idle, random, heard: None, packets: [0; 2] }
    }

    /// Puts another link under it. `jitter` is its own stream of random numbers, if anything is left to chance.
    pub(super) fn change_link(&mut self, link: Arc<LinkSpec>, jitter: Option<ChaCha8Rng>) {
        self.link = link;
        self.path = Path::new(&self.link);
        self.leave_to_chance(jitter);
    }

    pub(super) fn leave_to_chance(&mut self, jitter: Option<ChaCha8Rng>) {
        if let Some(random) = jitter {
            self.path = self.path.clone().leave_to_chance(&self.link, random);
        }
    }

    /// The link under it.
    #[must_use]
    pub const fn link(&self) -> &Arc<LinkSpec> {
        &self.link
    }

    /// The call that is up, if any.
    #[must_use]
    pub const fn call(&self) -> Option<CallId> {
        match self.phase {
            Phase::Up(call) => Some(call),
            Phase::Idle | Phase::Dialling { .. } => None,
        }
    }
}

impl World {
    /// Places a call. Nothing happens if one is up or being placed.
    pub(super) fn dial(&mut self, workstation: usize) {
        let Some(place) = self.workstations.get(workstation) else { return };
        if place.phase != Phase::Idle {
            return;
        }
        let setup = place.link.call.clone();
        let odds = place.link.chance.connect_fail_per_million;
        let fails = match &mut self.chance {
            Some(chance) if setup.is_dialled() => chance.calls.next_u64() % 1_000_000 < u64::from(odds),
            _ => false,
        };
        let call = CallId(self.journal.calls.len() as u32);
        let answered = (!fails).then(|| self.now + setup.unbilled);
        self.journal.calls.push(Call {
            workstation,
            dialled: self.now,
            answered,
            up: None,
            ended: None,
            end: None,
        });
        self.workstations[workstation].phase = Phase::Dialling { call, fails };
        // A call that fails rings as long as one that is answered, and then nothing trains. PPP's packets lie at the
        // end of the billed part, which their sources include; where they need longer, it grows.
        let place = &mut self.workstations[workstation];
        let span = if fails {
            setup.unbilled
        } else {
            let link = Arc::clone(&place.link);
            let negotiation = place.path.negotiation(&link);
            setup.unbilled + negotiation.map_or(setup.billed, |n| setup.billed.max(n.took))
        };
        if span == Duration::ZERO {
            self.call_progress(workstation);
        } else {
            self.schedule(self.now + span, Event::CallProgress(workstation));
        }
    }

    pub(super) fn call_progress(&mut self, workstation: usize) {
        let Phase::Dialling { call, fails } = self.workstations[workstation].phase else { return };
        let record = &mut self.journal.calls[call.0 as usize];
        if fails {
            record.ended = Some(self.now);
            record.end = Some(CallEnd::Failed);
            self.workstations[workstation].phase = Phase::Idle;
            return;
        }
        record.up = Some(self.now);
        let place = &mut self.workstations[workstation];
        let link = Arc::clone(&place.link);
        if let Some(what) = place.path.negotiation(&link) {
            let start = Instant::from_nanos(self.now.as_nanos().saturating_sub(what.took.as_nanos()));
            place.path.come_up(&link, start, &what);
            self.journal.negotiations.push(Negotiation { call, start, what });
        }
        self.workstations[workstation].phase = Phase::Up(call);
        self.draw_drop(workstation, call);
    }

    /// When will this call drop? Drops come by chance alone, so the time to the next is exponential.
    fn draw_drop(&mut self, workstation: usize, call: CallId) {
        let per_million_hours = self.workstations[workstation].link.chance.drops_per_million_hours;
        let Some(chance) = self.chance.as_mut().filter(|_| per_million_hours > 0) else { return };
        let uniform = (chance.drops.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let hours = -libm::log(1.0 - uniform) * 1e6 / per_million_hours as f64;
        if let Some(span) = Duration::from_secs_f64(hours * 3600.0) {
            self.schedule(self.now + span, Event::LineDrops(workstation, call));
        }
    }

    /// What came of dialling, once it is over.
    pub(super) fn dialled(&self, workstation: usize) -> Option<Answer> {
        match self.workstations.get(workstation)?.phase {
            Phase::Up(_) => Some(Answer::Done),
            Phase::Idle => Some(Answer::Failed(Trouble::CallFailed)),
            Phase::Dialling { .. } => None,
        }
    }

    pub(super) fn line_drops(&mut self, workstation: usize, call: CallId) {
        if self.workstations[workstation].phase == Phase::Up(call) {
            self.end_call(workstation, CallEnd::Dropped);
        }
    }

    /// The line of a workstation drops now, as if somebody had picked up the other telephone.
    pub fn drop_line(&mut self, workstation: usize) {
        self.end_call(workstation, CallEnd::Dropped);
    }

    /// The client at this workstation has ended: whoever leaves the desk hangs up.
    pub fn leave_desk(&mut self, workstation: usize) {
        self.end_call(workstation, CallEnd::HungUp);
    }

    /// True if hanging up now would cut a connection that the client has closed and that is still closing.
    pub(super) fn is_closing(&self, workstation: usize) -> bool {
        self.conns.iter().any(|conn| conn.workstation == workstation && conn.is_closing())
    }

    pub(super) fn end_call(&mut self, workstation: usize, end: CallEnd) {
        let Some(place) = self.workstations.get_mut(workstation) else { return };
        let call = match place.phase {
            Phase::Idle => return,
            Phase::Up(call) | Phase::Dialling { call, .. } => call,
        };
        place.phase = Phase::Idle;
        place.path.reset(&place.link);
        let record = &mut self.journal.calls[call.0 as usize];
        record.ended = Some(self.now);
        record.end = Some(end);
        record.answered = record.answered.filter(|answered| *answered <= self.now);
        for number in 0..self.conns.len() {
            if self.conns[number].call == call {
                self.lose(ConnId(number as u32));
            }
        }
    }
}
