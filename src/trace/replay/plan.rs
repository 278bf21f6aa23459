//! From a trace to what each end does.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::super::secret::without_password;
use super::super::{CallEvent, Cause, Deed, HeadKey, Line, Luck, Step, Trace, Write};
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::link::tcp::{Profile, Side};
use crate::protocol::scripted::{Reply, Script};
use crate::time::{Duration, Instant};

/// A trace, ready to be played over any link.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The client's deeds, in order.
    pub(super) deeds: Vec<Planned>,
    /// The server's part, by connection in the order of opening.
    pub(super) scripts: Vec<Arc<Script>>,
    /// The connections that the host opens, in order.
    pub(super) host_opens: Vec<HostOpens>,
    pub(super) stack: &'static Profile,
    pub(super) seed: u64,
    pub(super) recorded_link: Option<String>,
    pub(super) chance: bool,
    /// What the trace alone gives reason to doubt.
    pub(super) doubts: Vec<super::Doubt>,
}

/// A connection that the host opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct HostOpens {
    pub service: Service,
    /// When the host has had so many octets of this connection's client; at once, if nothing says so.
    pub after: Option<(usize, u64)>,
    /// And has thought for so long.
    pub think: Duration,
}

/// Something that the client does, or that happens to its call.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub deed: ClientDeed,
    /// What it waits for.
    pub after: After,
    /// How long it thinks then.
    pub think: Duration,
}

#[derive(Clone, Debug)]
pub(super) enum ClientDeed {
    Dial,
    Open(Service),
    /// The host opens a connection; the client takes it when it is there.
    Expect,
    Write(usize, Bytes),
    Close(usize),
    /// Asks to hang up, and waits for what is closing.
    HangUp,
    /// Leaves, and what is open is cut.
    Leave,
    /// The line drops, so long after it came up.
    Drop,
    /// The call does not come up, and is given up so long after dialling.
    Fails,
}

/// What something waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The moment at which the last call was over; the start of all, for the first.
    LastCall,
    /// The moment at which dialling began.
    Dialling,
    /// The moment at which the call came up.
    Up,
    /// The moment at which a connection was up.
    Handshake(usize),
    /// So many octets of a connection's server.
    Octets(usize, u64),
    /// The server's end of a connection.
    End(usize),
    /// The deed before.
    Deed,
}

impl Plan {
    /// Makes a plan of a trace.
    ///
    /// # Errors
    /// A TCP that is not known; a head line `seed` that is no number.
    pub fn new(trace: &Trace) -> Result<Self, Lesson> {
        let seed = match trace.head(HeadKey::Seed) {
            None => 0,
            Some(seed) => seed.parse().map_err(|_| {
                Lesson::new(format!("the trace's line `seed {seed}` is no seed"))
                    .hint("a seed is a whole number from 0 to 2^64-1")
            })?,
        };
        let stack = super::stack(trace)?;
        let mut planner = Planner::default();
        for line in &trace.lines {
            planner.line(line);
        }
        planner.end();
        Ok(Self {
            doubts: super::doubt::of_trace(trace),
            deeds: planner.deeds,
            host_opens: planner.host_opens,
            scripts: planner.conns.into_iter().map(|conn| Arc::new(conn.script)).collect(),
            stack,
            seed,
            recorded_link: trace.head(HeadKey::Link).map(str::to_owned),
            chance: trace.rests_on(Luck::Chance),
        })
    }
}

/// A connection as far as it was planned.
#[derive(Default)]
struct Conn {
    script: Script,
    /// When the server's newest reply left.
    replied: Instant,
    /// Octets of each end so far.
    ends: [u64; 2],
    client_closed: bool,
    server_closed: bool,
    /// The last line that the client's stream has, for those who read a bill.
    says: BTreeMap<u64, Bytes>,
}

/// A write that later lines may wait for: which connection, which end, from which offset.
type Known = (usize, Side, u64);

#[derive(Default)]
struct Planner {
    deeds: Vec<Planned>,
    conns: Vec<Conn>,
    host_opens: Vec<HostOpens>,
    /// Of each number of a connection in the trace its place here.
    numbers: BTreeMap<u32, usize>,
    writes: Vec<Known>,
    dialled: Instant,
    up: Option<Instant>,
    over: Instant,
    /// When the client did something last.
    last: Instant,
    asked_to_hang_up: bool,
    /// The connection that its server closed last.
    last_end: Option<usize>,
    /// The connections of this call.
    first_of_call: usize,
}

impl Planner {
    fn line(&mut self, line: &Line) {
        match line {
            Line::Call(event, at) => self.call(*event, *at),
            Line::Write(write) => self.write(write),
            Line::Step(step) => match step.deed {
                Deed::Open(service, conn, Side::Server) => {
                    let after = self.heard_by_server(step.cause);
                    let place = self.conns.len();
                    self.host_opens.push(HostOpens { service, after, think: step.think });
                    self.deed(ClientDeed::Expect, After::Deed, Duration::ZERO);
                    self.conns.push(Conn::default());
                    self.numbers.insert(conn, place);
                }
                Deed::Open(service, conn, Side::Client) => {
                    let after = self.step_after(step).unwrap_or(After::Up);
                    self.open(service, conn, after, step.think);
                    self.last = step.at;
                }
                Deed::Close(_, conn, Side::Client) => {
                    let Some(place) = self.numbers.get(&conn).copied() else { return };
                    let after = self.step_after(step).unwrap_or(After::Handshake(place));
                    self.close(place, after, step.think);
                    self.last = step.at;
                }
                Deed::Close(_, conn, Side::Server) => {
                    self.last_end = self.numbers.get(&conn).copied();
                    let heard =
                        self.heard_by_server(step.cause).filter(|(place, _)| self.last_end == Some(*place));
                    if let Some(conn) = self.last_end.and_then(|place| self.conns.get_mut(place)) {
                        conn.script.server_closes = true;
                        conn.script.closes_after = heard.map_or(0, |(_, octets)| octets);
                        conn.server_closed = true;
                    }
                }
                Deed::HangUp => {
                    let after = self.step_after(step).unwrap_or(After::Up);
                    self.deed(ClientDeed::HangUp, after, step.think);
                    self.asked_to_hang_up = true;
                    self.last = step.at;
                }
            },
        }
    }

    fn deed(&mut self, deed: ClientDeed, after: After, think: Duration) {
        self.deeds.push(Planned { deed, after, think });
    }

    fn call(&mut self, event: CallEvent, at: Instant) {
        match event {
            CallEvent::Dial => {
                self.deed(ClientDeed::Dial, After::LastCall, at.since(self.over));
                (self.dialled, self.up, self.asked_to_hang_up) = (at, None, false);
                self.first_of_call = self.conns.len();
                self.last = at;
            }
            CallEvent::Up => (self.up, self.last) = (Some(at), at),
            CallEvent::Drop if self.up.is_some() => {
                self.deed(ClientDeed::Drop, After::Up, at.since(self.up.unwrap_or(at)));
                self.over = at;
            }
            CallEvent::Down if self.up.is_some() => {
                if !self.asked_to_hang_up {
                    self.leave(at);
                }
                self.over = at;
            }
            CallEvent::Drop | CallEvent::Down => {
                self.deed(ClientDeed::Fails, After::Dialling, at.since(self.dialled));
                self.over = at;
            }
        }
    }

    /// The call ends, and nothing says how. Where the trace has no closings either they are put in.
    fn leave(&mut self, at: Instant) {
        let mine = self.first_of_call..self.conns.len();
        let told = self
            .conns
            .get(mine.clone())
            .unwrap_or_default()
            .iter()
            .any(|conn| conn.client_closed || conn.server_closed);
        if told || mine.is_empty() {
            self.deed(ClientDeed::Leave, After::Deed, at.since(self.last));
            return;
        }
        for place in mine {
            let heard = self.conns.get(place).map_or(0, |conn| conn.ends[Side::Server.index()]);
            let after = if heard > 0 { After::Octets(place, heard) } else { After::Handshake(place) };
            self.close(place, after, Duration::ZERO);
            // Servers close behind their last word: QUIT and LOGOUT are answered by it.
            if let Some(conn) = self.conns.get_mut(place) {
                conn.script.server_closes = !conn.script.replies.is_empty();
            }
        }
        self.deed(ClientDeed::HangUp, After::Deed, Duration::ZERO);
    }

    /// A session that still went on when it was recorded ends with what is known of it.
    fn end(&mut self) {
        let ended = !matches!(
            self.deeds.last().map(|planned| &planned.deed),
            Some(ClientDeed::HangUp | ClientDeed::Leave | ClientDeed::Drop | ClientDeed::Fails) | None
        );
        if ended {
            // The last word is waited for.
            for place in self.first_of_call..self.conns.len() {
                let heard = self.conns.get(place).map_or(0, |conn| conn.ends[Side::Server.index()]);
                let closed = self.conns.get(place).is_none_or(|conn| conn.client_closed);
                if heard > 0 && !closed {
                    self.close(place, After::Octets(place, heard), Duration::ZERO);
                }
            }
            self.deed(ClientDeed::HangUp, After::Deed, Duration::ZERO);
        }
    }

    fn open(&mut self, service: Service, number: u32, after: After, think: Duration) -> usize {
        let place = self.conns.len();
        self.deed(ClientDeed::Open(service), after, think);
        self.conns.push(Conn::default());
        self.numbers.insert(number, place);
        place
    }

    fn close(&mut self, place: usize, after: After, think: Duration) {
        if let Some(conn) = self.conns.get_mut(place) {
            conn.client_closed = true;
        }
        self.deed(ClientDeed::Close(place), after, think);
    }

    /// What a cause means for the client; none if it is not the server's writing.
    fn after(&self, cause: Option<Cause>) -> Option<After> {
        let cause = cause?;
        let (conn, side, from) = *self.writes.get(cause.write as usize)?;
        (side == Side::Server).then(|| After::Octets(conn, from + u64::from(cause.octets)))
    }

    /// The connection and how many octets of its client a cause stands for, if it is the client's writing.
    fn heard_by_server(&self, cause: Option<Cause>) -> Option<(usize, u64)> {
        let cause = cause?;
        let (conn, side, from) = *self.writes.get(cause.write as usize)?;
        (side == Side::Client).then(|| (conn, from + u64::from(cause.octets)))
    }

    /// What a step waits for, if it says so.
    fn step_after(&self, step: &Step) -> Option<After> {
        if step.after_end { self.last_end.map(After::End) } else { self.after(step.cause) }
    }

    fn write(&mut self, write: &Write) {
        let known = self.numbers.get(&write.conn).copied().filter(|place| *place >= self.first_of_call);
        // A trace without a line `open`: the connection is asked for when the call is up, or behind the last deed.
        let place = known.unwrap_or_else(|| {
            let first = self.first_of_call == self.conns.len();
            let after = if first { After::Up } else { After::Deed };
            self.open(write.service, write.conn, after, Duration::ZERO)
        });
        match write.from {
            Side::Client => {
                let after = self.after(write.cause).unwrap_or(After::Handshake(place));
                self.deed(ClientDeed::Write(place, write.octets.clone()), after, write.think);
                self.last = write.at;
            }
            Side::Server => self.reply(place, write),
        }
        let Some(conn) = self.conns.get_mut(place) else { return };
        let from = conn.ends[write.from.index()];
        conn.ends[write.from.index()] += write.octets.len() as u64;
        if write.from == Side::Client {
            let shown = without_password(write);
            let end = memchr::memchr(b'\n', &shown).unwrap_or(shown.len());
            let line = shown.get(..end).unwrap_or_default();
            let line = Bytes::copy_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
            conn.says.insert(conn.ends[Side::Client.index()], line);
        }
        self.writes.push((place, write.from, from));
    }

    fn reply(&mut self, place: usize, write: &Write) {
        let after = write.cause.and_then(|cause| {
            let (conn, side, from) = *self.writes.get(cause.write as usize)?;
            (conn == place && side == Side::Client).then(|| from + u64::from(cause.octets))
        });
        let Some(conn) = self.conns.get_mut(place) else { return };
        // What answers nothing comes when it came: so long after the server's last word.
        let spoken = !conn.script.replies.is_empty();
        let arrived = if after.is_some() {
            Instant::from_nanos(write.at.as_nanos().saturating_sub(write.think.as_nanos()))
        } else if spoken {
            conn.replied
        } else {
            write.at
        };
        let before = conn.script.replies.last().map_or(0, |reply| reply.after);
        let after = after.unwrap_or(0).max(before);
        let answers = conn.says.range(after..).next().map(|(_, line)| line.clone()).unwrap_or_default();
        conn.says = conn.says.split_off(&after);
        conn.script.replies.push(Reply {
            after,
            thinks: write.at.since(arrived.max(conn.replied)),
            bytes: write.octets.clone(),
            answers,
        });
        conn.replied = write.at;
    }
}
