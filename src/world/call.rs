//! Workstations, their lines, and the calls made on them.
//!
//! ```text
//!  idle ──dial──> (waiting for a window) ──> dialling ──> up ──hang up / drop / cut──> idle
//!                                               └── failed ──────────────────────────┘
//! ```
//!
//! How a call is placed and what its plan does to it stands in `calling.rs`.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;

use super::World;
use super::calling::Usage;
use super::journal::CallId;
use crate::desk::{Answer, ConnId, Trouble};
use crate::link::call::CallPhase;
use crate::link::path::Path;
use crate::link::spec::LinkSpec;
use crate::time::Instant;

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
    /// What the calls' plan needs to know.
    pub(super) usage: Usage,
}

/// Where a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    /// A call is wanted, and no window is open.
    Waiting,
    Dialling {
        call: CallId,
        fails: bool,
    },
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
    /// When each of its phases began, in order.
    pub phases: Vec<(CallPhase, Instant)>,
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
    /// Nothing was sent for too long, and the provider hung up.
    Idle,
    /// The window in which calls can be made closed.
    WindowClosed,
    /// The time that all calls may take was spent.
    BudgetSpent,
}

impl CallEnd {
    /// In a word or two, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HungUp => "hung up",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
            Self::Idle => "idle too long",
            Self::WindowClosed => "window closed",
            Self::BudgetSpent => "budget spent",
        }
    }

    /// Whether somebody else than the client ended a call that was up.
    #[must_use]
    pub const fn is_cut(self) -> bool {
        matches!(self, Self::Dropped | Self::Idle | Self::WindowClosed | Self::BudgetSpent)
    }
}

impl Workstation {
    pub(super) fn new(link: Arc<LinkSpec>, random: ChaCha8Rng) -> Self {
        let path = Path::new(&link);
        let usage = Usage::default();
        Self { link, path, phase: Phase::Idle, random, heard: None, packets: [0; 2], usage }
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
            Phase::Idle | Phase::Waiting | Phase::Dialling { .. } => None,
        }
    }
}

impl World {
    /// What came of dialling, once it is over.
    pub(super) fn dialled(&self, workstation: usize) -> Option<Answer> {
        match self.workstations.get(workstation)?.phase {
            Phase::Up(_) => Some(Answer::Done),
            Phase::Idle => Some(Answer::Failed(Trouble::CallFailed)),
            Phase::Waiting | Phase::Dialling { .. } => None,
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
            Phase::Waiting => {
                place.phase = Phase::Idle;
                return;
            }
            Phase::Up(call) | Phase::Dialling { call, .. } => call,
        };
        place.phase = Phase::Idle;
        place.path.reset(&place.link);
        let record = &mut self.journal.calls[call.0 as usize];
        record.ended = Some(self.now);
        record.end = Some(end);
        record.answered = record.answered.filter(|answered| *answered <= self.now);
        record.phases.retain(|(_, began)| *began <= self.now);
        for number in 0..self.conns.len() {
            if self.conns[number].call == call {
                self.lose(ConnId(number as u32));
            }
        }
    }
}
