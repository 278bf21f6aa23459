//! From a world's journal to a trace.

use std::collections::BTreeMap;

use super::{CallEvent, Cause, HeadKey, Line, Trace, Write};
use crate::desk::ConnId;
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};
use crate::world::{self, Call, CallEnd, PacketId, World, WriteCause};

/// The order of a trace. Calls of one workstation follow each other; within a call it is up, then applications
/// write, then it ends. What was written at one instant follows the packets that led to it.
type Order = (u32, Phase, Instant, Option<PacketId>, ConnId);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Dialled,
    Up,
    Ended,
}

/// Where a write stands in the journal: its connection, its end, its offset in the stream.
type Origin = (ConnId, Side, u64);

impl Trace {
    /// What the journal knows of one workstation. The head names seed, stack and link; scenario, strategy, tariff
    /// and version are for the caller to add.
    #[must_use]
    pub fn of(world: &World, workstation: usize) -> Self {
        let link = world.workstations().get(workstation).map(|place| place.link().name.clone());
        let mut trace = Self::default()
            .with(HeadKey::Seed, world.seed().to_string())
            .with(HeadKey::Stack, world.host().stack.name)
            .with(HeadKey::Link, link.unwrap_or_default());
        let calls = world.journal().calls.iter().zip(0..).filter(|(call, _)| call.workstation == workstation);
        let mut lines: Vec<(Order, Option<Origin>, Line)> =
            calls.flat_map(|(call, number)| events(call, number)).collect();
        let conns = world.conns().iter().zip(0..).filter(|(conn, _)| conn.workstation == workstation);
        for ((conn, id), number) in conns.zip(0..) {
            for side in [Side::Client, Side::Server] {
                for write in conn.stream(side).writes.iter() {
                    let order = (conn.call.0, Phase::Up, write.at, write.heard, ConnId(id));
                    let line = Line::Write(Write {
                        at: write.at,
                        service: conn.service,
                        conn: number,
                        from: side,
                        cause: None,
                        think: Duration::ZERO,
                        octets: write.bytes.clone(),
                    });
                    lines.push((order, Some((ConnId(id), side, write.offset)), line));
                }
            }
        }
        lines.sort_by_key(|(order, ..)| *order);
        let numbers: BTreeMap<Origin, u32> =
            lines.iter().filter_map(|(_, origin, _)| *origin).zip(0..).collect();
        trace.lines = lines
            .into_iter()
            .map(|(_, origin, mut line)| {
                if let (Line::Write(write), Some(origin)) = (&mut line, origin)
                    && let Some((cause, there)) = cause(world, origin, &numbers)
                {
                    (write.cause, write.think) = (Some(cause), write.at.since(there));
                }
                line
            })
            .collect();
        trace
    }
}

fn events(call: &Call, number: u32) -> impl Iterator<Item = (Order, Option<Origin>, Line)> {
    let end = if call.end == Some(CallEnd::Dropped) { CallEvent::Drop } else { CallEvent::Down };
    [
        (Phase::Dialled, CallEvent::Dial, Some(call.dialled)),
        (Phase::Up, CallEvent::Up, call.up),
        (Phase::Ended, end, call.ended),
    ]
    .into_iter()
    .filter_map(move |(phase, event, at)| {
        at.map(|at| ((number, phase, at, None, ConnId(0)), None, Line::Call(event, at)))
    })
}

/// What a write waited for, and when that had arrived.
fn cause(world: &World, origin: Origin, numbers: &BTreeMap<Origin, u32>) -> Option<(Cause, Instant)> {
    let (id, side, offset) = origin;
    let write = world.conn(id)?.stream(side).write_at(offset)?;
    let (from, upto) = match write.cause {
        WriteCause::Client => heard(world, write)?,
        WriteCause::Reply(command) | WriteCause::Push { by: Some(command) } => {
            let command = world.journal().commands.get(command.0 as usize)?;
            ((command.conn, Side::Client), command.to)
        }
        WriteCause::Greeting | WriteCause::Push { by: None } | WriteCause::Timer => return None,
    };
    let stream = world.conn(from.0)?.stream(from.1);
    let waited_for = stream.write_at(upto.checked_sub(1)?)?;
    let number = *numbers.get(&(from.0, from.1, waited_for.offset))?;
    let octets = u32::try_from(upto - waited_for.offset).ok()?;
    Some((Cause { write: number, octets }, stream.arrival_of(upto)?.at))
}

/// The server's octets that had arrived when the client wrote: whose they are, and up to which.
fn heard(world: &World, write: &world::Write) -> Option<((ConnId, Side), u64)> {
    let packet = write.heard?;
    let id = world.journal().packets.get(packet.0 as usize)?.conn;
    let arrivals = &world.conn(id)?.stream(Side::Server).arrivals;
    let newest = arrivals.partition_point(|arrival| arrival.packet <= packet).checked_sub(1)?;
    Some(((id, Side::Server), arrivals.get(newest)?.upto))
}
