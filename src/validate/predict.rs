//! Runs a session's script in a world, and counts what the measurement counted.

use std::sync::Arc;

use super::row::{Both, Counts, Row, habit};
use crate::desk::Service;
use crate::link::path::Fate;
use crate::link::tcp::Side;
use crate::mail::date::Timestamp;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::protocol::scripted::{Script, Scripted, client};
use crate::time::{Duration, Instant};
use crate::world::lab::Lab;
use crate::world::{Host, World};

/// What the model says about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// What is compared.
    pub counts: Counts,
    /// Events that it took.
    pub events: u64,
}

/// Runs the script over the row's link and stack, and counts.
///
/// # Errors
/// In words, if the session did not come to its end.
pub fn predict(row: &Row, script: Script) -> Result<Prediction, String> {
    run(row, script).map(|world| count(&world))
}

/// Runs the script over the row's link and stack: the world with its journal, to be looked into.
///
/// # Errors
/// As [`predict`].
pub fn run(row: &Row, script: Script) -> Result<World, String> {
    let script = Arc::new(script);
    let server = Server::Scripted(Scripted::new(Arc::clone(&script)));
    let mut host = Host::new(vec![(Service::Pop3, server)]);
    host.stack = row.stack;
    host.habit = habit(&row.server);
    let mut world = World::new(0, Store::new(Timestamp::DEFAULT_START), host);
    world.add_workstation(Arc::clone(&row.link));
    let mut lab = Lab::new(world);
    lab.add_client(0, client(Service::Pop3, script));
    lab.run().map_err(|diverged| diverged.to_string())?;
    match lab.outcomes().next().flatten() {
        Some(Ok(())) => Ok(lab.world().clone()),
        Some(Err(_)) if overflowed(lab.world()) => {
            let queue = row.link.queue_packets;
            Err(format!("its queue of {queue} packets overflows, and recovery from loss is not built"))
        }
        Some(Err(trouble)) => Err(trouble.to_string()),
        None => Err("the session has no end".to_owned()),
    }
}

fn overflowed(world: &World) -> bool {
    world.journal().packets.iter().any(|packet| packet.fate == Fate::QueueFull)
}

fn count(world: &World) -> Prediction {
    let mut counts = Counts::default();
    let mut last = Instant::START;
    for packet in world.journal().packets.iter() {
        *counts.packets.of(packet.from) += 1;
        *counts.ip.of(packet.from) += u64::from(packet.ip_octets);
        last = last.max(packet.transit.arrive);
    }
    for conn in world.conns() {
        counts.app.up += conn.stream(Side::Client).end();
        counts.app.down += conn.stream(Side::Server).end();
    }
    counts.wall = world.conns().first().map_or(Duration::ZERO, |conn| last.since(conn.asked));
    Prediction { counts, events: world.events() }
}

impl Both {
    /// The number of one direction, named by who sends.
    pub const fn of(&mut self, from: Side) -> &mut u64 {
        match from {
            Side::Client => &mut self.up,
            Side::Server => &mut self.down,
        }
    }
}
