//! From a world's journal to a trace.

use std::collections::{BTreeMap, BTreeSet};

use super::{CallEvent, Cause, Deed, HeadKey, Line, Luck, Step, Trace, Write};
use crate::desk::{ConnId, Note, Service};
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};
use crate::world::{self, Act, Call, CallEnd, CallId, PacketId, World, WriteCause};

/// The order of a trace. Calls of one workstation follow each other; within a call it is up, then applications
/// do what they do, in the order in which they did it, then it ends.
type Order = (CallId, Phase, usize);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Dialled,
    Up,
    Ended,
}

/// Where a write stands in the journal: its connection, its end, its offset in the stream.
type Origin = (ConnId, Side, u64);

/// What somebody waited for, and since when they thought.
type Waited = (Option<Cause>, Duration);

impl Trace {
    /// What the journal knows of one workstation, also of a session that still goes on. The head names seed,
    /// stack and link, and what was left to the clock; scenario, strategy, tariff and version are for the caller
    /// to add.
    #[must_use]
    pub fn of(world: &World, workstation: usize) -> Self {
        Recording::new(world, workstation).trace()
    }
}

/// What is looked up again and again.
struct Recording<'a> {
    world: &'a World,
    workstation: usize,
    /// The numbers of connections in the trace.
    conns: BTreeMap<ConnId, u32>,
    /// The numbers of writes in the trace.
    writes: BTreeMap<Origin, u32>,
    /// When a server's end came in that brought nothing else, and in which call.
    ends: BTreeSet<(CallId, Instant)>,
}

impl<'a> Recording<'a> {
    fn new(world: &'a World, workstation: usize) -> Self {
        let conns = world.conns().iter().zip(0..).filter(|(conn, _)| conn.workstation == workstation);
        let conns = conns.map(|(_, id)| ConnId(id)).zip(0..).collect();
        let fins =
            world.journal().packets.iter().filter(|packet| {
                packet.from == Side::Server && packet.segment.fin && packet.segment.len == 0
            });
        let ends = fins.map(|packet| (packet.call, packet.transit.arrive)).collect();
        Self { world, workstation, conns, writes: BTreeMap::new(), ends }
    }

    fn trace(mut self) -> Trace {
        let world = self.world;
        let calls =
            world.journal().calls.iter().zip(0..).filter(|(call, _)| call.workstation == self.workstation);
        let mut events: Vec<(Order, Option<Line>)> = calls
            .flat_map(|(call, number)| events(call, CallId(number)))
            .map(|(at, line)| (at, Some(line)))
            .collect();
        let acts =
            world.journal().acts.iter().enumerate().filter(|(_, act)| act.workstation == self.workstation);
        events.extend(acts.filter_map(|(nth, act)| Some(((self.call(act)?, Phase::Up, nth), None))));
        events.sort_by_key(|(order, _)| *order);
        // Causes are earlier writes: number them as they come.
        let mut lines = Vec::with_capacity(events.len());
        for ((.., nth), line) in events {
            let act = || world.journal().acts.get(nth);
            if let Some(line) = line.or_else(|| self.line(act()?)) {
                lines.push(line);
            }
        }
        Trace { head: self.head(), lines }
    }

    fn head(&self) -> Vec<(HeadKey, String)> {
        let link = self.world.workstations().get(self.workstation).map(|place| place.link().name.clone());
        let trace = Trace::default()
            .with(HeadKey::Seed, self.world.seed().to_string())
            .with(HeadKey::Stack, self.world.host().stack.name)
            .with(HeadKey::Link, link.unwrap_or_default());
        let mut notes =
            self.world.journal().notes.iter().filter(|taken| taken.workstation == self.workstation);
        let comes_back = notes.any(|taken| matches!(taken.note, Note::Visit(visit) if visit > 0));
        let luck = [(self.world.takes_chances(), Luck::Chance), (comes_back, Luck::Visits)];
        let words: Vec<&str> = Luck::ALL
            .into_iter()
            .filter(|(kind, _)| luck.contains(&(true, *kind)))
            .map(|(_, word)| word)
            .collect();
        if words.is_empty() { trace.head } else { trace.with(HeadKey::Luck, words.join(" ")).head }
    }

    /// In which call something was done.
    fn call(&self, act: &Act) -> Option<CallId> {
        Some(match act.deed {
            world::Deed::HangUp(call) => call,
            world::Deed::Open(id)
            | world::Deed::HostOpens(id, _)
            | world::Deed::Write(id, ..)
            | world::Deed::ClientCloses(id)
            | world::Deed::ServerCloses(id, _) => self.world.conn(id)?.call,
        })
    }

    fn line(&mut self, act: &Act) -> Option<Line> {
        let (deed, (cause, think)) = match act.deed {
            world::Deed::Write(id, side, offset) => {
                return self.write(act, id, side, offset).map(Line::Write);
            }
            world::Deed::Open(id) => {
                let (service, conn) = self.named(id)?;
                (Deed::Open(service, conn, Side::Client), self.in_call(act)?)
            }
            world::Deed::HostOpens(id, command) => {
                let (service, conn) = self.named(id)?;
                let waited = command.and_then(|command| self.command(act.at, command));
                (Deed::Open(service, conn, Side::Server), waited.unwrap_or((None, Duration::ZERO)))
            }
            world::Deed::ClientCloses(id) => {
                let (service, conn) = self.named(id)?;
                (Deed::Close(service, conn, Side::Client), self.heard(act)?)
            }
            world::Deed::ServerCloses(id, command) => {
                let (service, conn) = self.named(id)?;
                let waited = command.and_then(|command| self.command(act.at, command));
                (Deed::Close(service, conn, Side::Server), waited.unwrap_or((None, Duration::ZERO)))
            }
            world::Deed::HangUp(_) => (Deed::HangUp, self.in_call(act)?),
        };
        // Whoever acts at the very moment at which a server's end comes in has waited for it.
        let after_end = matches!(deed, Deed::Close(.., Side::Client) | Deed::HangUp)
            && self.call(act).is_some_and(|call| self.ends.contains(&(call, act.at)));
        let (cause, think) = if after_end { (None, Duration::ZERO) } else { (cause, think) };
        Some(Line::Step(Step { at: act.at, deed, cause, after_end, think }))
    }

    fn write(&mut self, act: &Act, id: ConnId, side: Side, offset: u64) -> Option<Write> {
        let (service, conn) = self.named(id)?;
        let write = self.world.conn(id)?.stream(side).write_at(offset)?;
        let waited = match write.cause {
            WriteCause::Client => self.heard(act),
            WriteCause::Reply(command) => {
                self.begun(act, id, command).or_else(|| self.command(act.at, command))
            }
            WriteCause::Push { by: Some(command) } => self.command(act.at, command),
            WriteCause::Greeting | WriteCause::Push { by: None } | WriteCause::Timer => None,
        };
        let (cause, think) = waited.unwrap_or((None, Duration::ZERO));
        self.writes.insert((id, side, offset), self.writes.len() as u32);
        Some(Write { at: act.at, service, conn, from: side, cause, think, octets: write.bytes.clone() })
    }

    fn named(&self, id: ConnId) -> Option<(Service, u32)> {
        Some((self.world.conn(id)?.service, *self.conns.get(&id)?))
    }

    /// What a server waited for that answers a command.
    fn command(&self, at: Instant, command: world::CommandId) -> Option<Waited> {
        let command = self.world.journal().commands.get(command.0 as usize)?;
        self.arrived(at, (command.conn, Side::Client), command.to)
    }

    /// What a server waited for that asks for the rest of a command (RFC 3501 §7.5): it has heard more than the last
    /// command that it framed, and has not framed another.
    fn begun(&self, act: &Act, id: ConnId, last: world::CommandId) -> Option<Waited> {
        let commands = &self.world.journal().commands;
        let framed = commands.get(last.0 as usize)?.to;
        let (_, upto) = upto(self.world, act.heard?, Side::Client)
            .filter(|&(heard, upto)| heard == id && upto > framed)?;
        let next = (last.0 as usize + 1..commands.len())
            .filter_map(|nth| commands.get(nth))
            .find(|command| command.conn == id);
        let is_begun = next.is_none_or(|next| next.at > act.at);
        if is_begun { self.arrived(act.at, (id, Side::Client), upto) } else { None }
    }

    /// What a client waited for that went on with a connection: what it had heard, or that the connection was up.
    fn heard(&self, act: &Act) -> Option<Waited> {
        let packet = self.world.journal().packets.get(act.heard?.0 as usize)?;
        let heard = upto(self.world, act.heard?, Side::Server)
            .and_then(|(id, upto)| self.arrived(act.at, (id, Side::Server), upto));
        Some(heard.unwrap_or((None, act.at.since(packet.transit.arrive))))
    }

    /// What a client waited for that opened a connection or hung up: what it had heard in this call, or that the
    /// call was up.
    fn in_call(&self, act: &Act) -> Option<Waited> {
        let id = self.call(act)?;
        let heard_here = act
            .heard
            .and_then(|packet| self.world.journal().packets.get(packet.0 as usize))
            .is_some_and(|packet| packet.call == id);
        let heard = if heard_here { self.heard(act).filter(|(cause, _)| cause.is_some()) } else { None };
        let up = self.world.journal().calls.get(id.0 as usize)?.up?;
        Some(heard.unwrap_or((None, act.at.since(up))))
    }

    /// The cause that ends at an offset of a stream, and how long after its arrival something was done.
    fn arrived(&self, at: Instant, (id, side): (ConnId, Side), upto: u64) -> Option<Waited> {
        let stream = self.world.conn(id)?.stream(side);
        let write = stream.write_at(upto.checked_sub(1)?)?;
        let number = *self.writes.get(&(id, side, write.offset))?;
        let octets = u32::try_from(upto - write.offset).ok()?;
        Some((Some(Cause { write: number, octets }), at.since(stream.arrival_of(upto)?.at)))
    }
}

fn events(call: &Call, id: CallId) -> impl Iterator<Item = (Order, Line)> {
    let end = if call.end.is_some_and(CallEnd::is_cut) { CallEvent::Drop } else { CallEvent::Down };
    [
        (Phase::Dialled, CallEvent::Dial, Some(call.dialled)),
        (Phase::Up, CallEvent::Up, call.up),
        (Phase::Ended, end, call.ended),
    ]
    .into_iter()
    .filter_map(move |(phase, event, at)| {
        // A call comes up before anything is done in it.
        let order = (id, if event == CallEvent::Up { Phase::Dialled } else { phase }, 0);
        at.map(|at| (order, Line::Call(event, at)))
    })
}

/// One end's octets that had arrived with a packet: on which connection, and up to which.
fn upto(world: &World, packet: PacketId, from: Side) -> Option<(ConnId, u64)> {
    let id = world.journal().packets.get(packet.0 as usize)?.conn;
    let arrivals = &world.conn(id)?.stream(from).arrivals;
    let newest = arrivals.partition_point(|arrival| arrival.packet <= packet).checked_sub(1)?;
    Some((id, arrivals.get(newest)?.upto))
}
