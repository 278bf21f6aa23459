//! Traces: what the applications of a session wrote, when, and what each had waited for.
//!
//! A trace says nothing of packets, so it can be carried to another line; what it keeps is the chain of causes.
//!
//! ```text
//! maillab-trace 1                                       format and version
//! link v34-28800:plain                                  the head: what it was recorded on
//! dial 0                                                the call, each with its time in ns
//! up 24000000000
//! open 24000000000 pop3/0 - 0                           the client asks for a connection
//! 0 24196479166 pop3/0 S> - 0 "+OK ready\r\n"           a write
//! 1 24327590277 pop3/0 C> 0+11 0 "STAT\r\n"
//! │ │           │      │  │    │ └─ its octets
//! │ │           │      │  │    └─── ns of thinking, since what it waited for had arrived
//! │ │           │      │  └──────── it waited until so many octets of that write had arrived; `-`: for nothing
//! │ │           │      └─────────── by the client or by the server
//! │ │           └────────────────── its connection: service, and number in order of opening
//! │ └────────────────────────────── when, in ns
//! └──────────────────────────────── its number, from 0
//! close 30500000000 pop3/0 C> 1+6 0                     an end closes: it writes no more
//! hangup 30500000000 1+6 0                              the client asks to hang up, and closing is waited for
//! down 31000000000
//! ```
//!
//! A host that calls back (SMTP's ETRN, RFC 1985) opens a connection itself: `open 61000000000 smtp/1 S> 4+21 0`.
//!
//! The lines `open`, `close` and `hangup` have a cause and a time of thinking like writes. They may be missing: a
//! connection is then opened when its call is up or its turn has come, and closed after its last write. Their cause
//! may be `end`: the server's end had arrived, of the connection that the server closed last. What waits for nothing that was written waited for the connection to be up, or (`open`, `hangup`) for the call.
//!
//! Octets from space to `~` stand for themselves, but for `\"` and `\\`; CR, LF and TAB are `\r`, `\n` and `\t`;
//! any other octet is `\x` and two capital digits. There is one way to write each trace and the reader takes no
//! other, so reading and writing gives the same bytes.
//!
//! Not in a trace: what a user read, and what chance did.
//!
//! | file | holds |
//! |---|---|
//! | `read.rs`, `write.rs` | traces from text and to text |
//! | `record.rs` | from a world's journal to a trace |
//! | `replay/` | a trace over another link, and how far that can be trusted |
//! | `show.rs`, `explain/`, `diff.rs` | traces for people: plain, in words, two side by side |
//! | `ladder.rs` | time-sequence diagrams of a trace and of a journal |

pub mod diff;
pub mod explain;
pub mod ladder;
mod read;
mod record;
pub mod replay;
pub mod secret;
pub mod show;
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
    /// What was left to the clock and to chance: see [`Luck`].
    Luck,
    /// In a trace that was inferred from a capture: the writes whose cause is guessed, by number, as `3 5-9`. All other
    /// causes are sure.
    Guessed,
}

/// What a client or its line got from elsewhere than from what was written, as far as it is known. In the head
/// of a trace these words stand behind `luck`, separated by spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Luck {
    /// Calls could fail, the line drop, delays jitter.
    Chance,
    /// The client came back at set times.
    Visits,
    /// The client waited for an answer no longer than until some moment.
    Deadlines,
}

impl Luck {
    /// All of it, by its words.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Chance, "chance"), (Self::Visits, "visits"), (Self::Deadlines, "deadlines")];
}

/// One line of a trace behind its head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Something happened to the call.
    Call(CallEvent, Instant),
    /// An application wrote.
    Write(Write),
    /// An application opened or closed a connection, or asked to hang up.
    Step(Step),
}

/// What an application did other than writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// What.
    pub deed: Deed,
    /// What it waited for; none if for nothing that was written.
    pub cause: Option<Cause>,
    /// It waited until the server's end of a connection was there: of the connection that the server closed last.
    pub after_end: bool,
    /// As [`Write::think`].
    pub think: Duration,
}

/// What an application can do other than write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An end asks for a connection to a service, the client as a rule; connections are numbered in this order.
    Open(Service, u32, Side),
    /// An end closes a connection: it writes no more.
    Close(Service, u32, Side),
    /// The client asks to hang up. What is still closing is waited for.
    HangUp,
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
    /// How long it was thought about, from when the cause had arrived. Without a cause it counts from when the
    /// connection was up; a server's own words, such as its greeting, have zero.
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
    pub const ALL: [Self; 9] = [
        Self::Scenario,
        Self::Seed,
        Self::Stack,
        Self::Link,
        Self::Tariff,
        Self::Strategy,
        Self::Version,
        Self::Luck,
        Self::Guessed,
    ];

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
            Self::Luck => "luck",
            Self::Guessed => "guessed",
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
            Self::Step(step) => step.at,
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

    /// Is this said to have come from elsewhere than from what was written?
    #[must_use]
    pub fn rests_on(&self, luck: Luck) -> bool {
        let word = Luck::ALL.into_iter().find(|(known, _)| *known == luck).map_or("", |(_, word)| word);
        self.head(HeadKey::Luck).is_some_and(|said| said.split(' ').any(|one| one == word))
    }

    /// The writes, in order.
    pub fn writes(&self) -> impl Iterator<Item = &Write> {
        self.lines.iter().filter_map(|line| match line {
            Line::Write(write) => Some(write),
            Line::Call(..) | Line::Step(_) => None,
        })
    }
}

/// The words of the lines of a [`Step`].
const OPEN: &str = "open";
const CLOSE: &str = "close";
const HANG_UP: &str = "hangup";

/// The cause of a [`Step`] that waited for a server's end.
const END: &str = "end";

/// The ends by their marks.
const SIDES: [(Side, &str); 2] = [(Side::Client, "C>"), (Side::Server, "S>")];
