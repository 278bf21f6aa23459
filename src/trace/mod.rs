//! Traces: what the applications of a session wrote, when, and what each had waited for.
//!
//! A trace says nothing of packets, so it can be carried to another line; what it keeps is the chain of causes.
//!
//! ```text
//! maillab-trace 1                                       format and version
//! link v34-28800:plain                                  the head: what it was recorded on
//! dial 0                                                the call, each with its time in ns
//! up 24000000000
//! 0 24196479166 pop3/0 S> - 0 "+OK ready\r\n"           a write
//! 1 24327590277 pop3/0 C> 0+11 0 "STAT\r\n"
//! │ │           │      │  │    │ └─ its octets
//! │ │           │      │  │    └─── ns of thinking, since what it waited for had arrived
//! │ │           │      │  └──────── it waited until so many octets of that write had arrived; `-`: for nothing
//! │ │           │      └─────────── by the client or by the server
//! │ │           └────────────────── its connection: service, and number in order of opening
//! │ └────────────────────────────── when, in ns
//! └──────────────────────────────── its number, from 0
//! down 31000000000
//! ```
//!
//! Octets from space to `~` stand for themselves, but for `\"` and `\\`; CR, LF and TAB are `\r`, `\n` and `\t`;
//! any other octet is `\x` and two capital digits. There is one way to write each trace and the reader takes no
//! other, so reading and writing gives the same bytes.
//!
//! Not in a trace: when a connection was asked for and closed, what a user read, and what chance did.

mod read;
mod record;
mod write;

#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::desk::Service;
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};

/// The first line of a trace: format and version.
pub const FORMAT: &str = "maillab-trace 1";

/// A recorded session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What it was recorded on, each key at most once, in the order of the file.
    pub head: Vec<(HeadKey, String)>,
    /// What happened, in order of time.
    pub lines: Vec<Line>,
}

/// What the head of a trace can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadKey {
    /// The scenario's name.
    Scenario,
    /// The seed of chance.
    Seed,
    /// The TCP of both ends.
    Stack,
    /// The link, as the command line names it.
    Link,
    /// The tariff, as the command line names it.
    Tariff,
    /// The strategy, or the client.
    Strategy,
    /// Which version recorded it.
    Version,
}

/// One line of a trace behind its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Something happened to the call.
    Call(CallEvent, Instant),
    /// An application wrote.
    Write(Write),
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// Dialling begins.
    Dial,
    /// Packets can flow.
    Up,
    /// The line has dropped.
    Drop,
    /// The client has hung up, or the call has failed.
    Down,
}

/// One write of an application. Its number is its place among the writes of the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// When.
    pub at: Instant,
    /// To which service its connection goes.
    pub service: Service,
    /// Which connection: its number, in order of opening.
    pub conn: u32,
    /// Which end wrote.
    pub from: Side,
    /// What it waited for; none if for nothing that was written.
    pub cause: Option<Cause>,
    /// How long it was thought about, from when the cause had arrived; zero without a cause.
    pub think: Duration,
    /// Its octets.
    pub octets: Bytes,
}

/// What a write waited for: the first octets of an earlier write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The number of that write.
    pub write: u32,
    /// How many of its octets had to be there; at least one.
    pub octets: u32,
}

impl HeadKey {
    /// All keys.
    pub const ALL: [Self; 7] =
        [Self::Scenario, Self::Seed, Self::Stack, Self::Link, Self::Tariff, Self::Strategy, Self::Version];

    /// The key's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Seed => "seed",
            Self::Stack => "stack",
            Self::Link => "link",
            Self::Tariff => "tariff",
            Self::Strategy => "strategy",
            Self::Version => "version",
        }
    }
}

impl CallEvent {
    /// All events.
    pub const ALL: [Self; 4] = [Self::Dial, Self::Up, Self::Drop, Self::Down];

    /// The event's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dial => "dial",
            Self::Up => "up",
            Self::Drop => "drop",
            Self::Down => "down",
        }
    }
}

impl Line {
    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> Instant {
        match self {
            Self::Call(_, at) => *at,
            Self::Write(write) => write.at,
        }
    }
}

impl Trace {
    /// What the head says of a key.
    #[must_use]
    pub fn head(&self, key: HeadKey) -> Option<&str> {
        self.head.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// The trace with one more line in its head, or another value in it. A line end in the value becomes a space.
    #[must_use]
    pub fn with(mut self, key: HeadKey, value: impl Into<String>) -> Self {
        let value = value.into().replace(['\r', '\n'], " ");
        match self.head.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.head.push((key, value)),
        }
        self
    }

    /// The writes, in order.
    pub fn writes(&self) -> impl Iterator<Item = &Write> {
        self.lines.iter().filter_map(|line| match line {
            Line::Write(write) => Some(write),
            Line::Call(..) => None,
        })
    }
}

/// The ends by their marks.
const SIDES: [(Side, &str); 2] = [(Side::Client, "C>"), (Side::Server, "S>")];
