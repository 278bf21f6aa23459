//! Runs a session's script in a world, and counts what the measurement counted.

use std::sync::Arc;

use super::row::{Both, Counts, Row, habit};
use crate::desk::Service;
use crate::link::path::Fate;
use crate::link::spec::LinkSpec;
use crate::link::tcp::{Habit, Side};
use crate::mail::date::Timestamp;
use crate::mail::store::Store;
use crate::protocol::Server;
use crate::protocol::scripted::{Script, Scripted, client};
use crate::time::{Duration, Instant};
use crate::world::lab::Lab;
use crate::world::{Host, World};

/// What the model says about a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prediction {
    /// What is compared.
    pub counts: Counts,
    /// Events that it took.
    pub events: u64,
}

/// A session's first moments, each this much later than the one before. The clock of a Linux kernel ticks every 4 ms, and
/// keeps timers that are further away in buckets of 32 and 256 ms. Where in a tick and in a bucket a session began is not
/// known; whether an acknowledgement waits for one more segment may hang on the one, when something is sent again on the
/// others. These moments are spread evenly over all three.
const BEGINNINGS: u64 = 16;
const BETWEEN_BEGINNINGS_MICROS: u64 = 36_250;

/// Runs the script over the row's link and stack, and counts: the mean over beginnings at other moments of the hosts'
/// clocks. Where the link loses packets at random, it is the mean of so many `seeds`, too: which packets a
/// measured line lost is not known.
///
/// # Errors
/// In words, if the session did not come to its end.
pub fn predict(row: &Row, script: Script, seeds: u64) -> Result<Prediction, String> {
    let is_lossy = row.link.loss.takes_packets();
    let runs = if is_lossy { seeds.max(1) } else { BEGINNINGS };
    let mut sum = Prediction::default();
    for nth in 0..runs {
        let mut link = LinkSpec::clone(&row.link);
        if is_lossy {
            link.loss.seed = nth;
        }
        let row = Row { link: Arc::new(link), ..row.clone() };
        let begins = Duration::from_micros(nth % BEGINNINGS * BETWEEN_BEGINNINGS_MICROS);
        sum.add(&count(&run(&row, Arc::new(Script { begins, ..script.clone() }))?));
    }
    sum.divide(runs);
    Ok(sum)
}

/// Runs the script over the row's link and stack: the world with its journal, to be looked into.
///
/// # Errors
/// As [`predict`].
pub fn run(row: &Row, script: Arc<Script>) -> Result<World, String> {
    let server = Server::Scripted(Scripted::new(Arc::clone(&script)));
    let mut host = Host::new(vec![(Service::Pop3, server)]);
    host.stack = row.stack;
    host.habit = Habit { closes_corked: script.closes_corked, ..habit(&row.server) };
    let mut world = World::new(0, Store::new(Timestamp::DEFAULT_START), host);
    world.add_workstation(Arc::clone(&row.link));
    let mut lab = Lab::new(world);
    lab.add_client(0, client(Service::Pop3, script));
    lab.run().map_err(|diverged| diverged.to_string())?;
    match lab.outcomes().next().flatten() {
        Some(Ok(())) => Ok(lab.world().clone()),
        Some(Err(trouble)) => Err(trouble.to_string()),
        None => Err("the session has no end".to_owned()),
    }
}

fn count(world: &World) -> Prediction {
    let mut counts = Counts::default();
    let mut last = Instant::START;
    for packet in world.journal().packets.iter() {
        *counts.packets.of(packet.from) += 1;
        *counts.ip.of(packet.from) += u64::from(packet.ip_octets);
        *counts.repeated.of(packet.from) += u64::from(packet.segment.again);
        if packet.fate == Fate::Arrives {
            last = last.max(packet.transit.arrive);
        }
    }
    for conn in world.conns() {
        counts.app.up += conn.stream(Side::Client).end();
        counts.app.down += conn.stream(Side::Server).end();
    }
    counts.wall = world.conns().first().map_or(Duration::ZERO, |conn| last.since(conn.asked));
    Prediction { counts, events: world.events() }
}

impl Prediction {
    fn add(&mut self, other: &Self) {
        let (sum, more) = (&mut self.counts, &other.counts);
        sum.wall += more.wall;
        for (sum, more) in [
            (&mut sum.app, more.app),
            (&mut sum.ip, more.ip),
            (&mut sum.packets, more.packets),
            (&mut sum.repeated, more.repeated),
        ] {
            (sum.up, sum.down) = (sum.up + more.up, sum.down + more.down);
        }
        self.events += other.events;
    }

    fn divide(&mut self, by: u64) {
        let sum = &mut self.counts;
        sum.wall = Duration::from_nanos(sum.wall.as_nanos() / by);
        for both in [&mut sum.app, &mut sum.ip, &mut sum.packets, &mut sum.repeated] {
            (both.up, both.down) = ((both.up + by / 2) / by, (both.down + by / 2) / by);
        }
        self.events /= by;
    }
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
