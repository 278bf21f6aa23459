//! What a session would have cost over a link: its script is run there, in virtual time.

use std::fmt;
use std::sync::Arc;

use super::recording::Recording;
use crate::desk::Service;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::mail::store::Store;
use crate::measure::metrics::UpDown;
use crate::measure::{Interest, bill, metrics::Metrics};
use crate::protocol::Server;
use crate::protocol::scripted::{Scripted, client};
use crate::time::Duration;
use crate::units::Money;
use crate::world::lab::Lab;
use crate::world::{Host, World};

/// The link under the sessions of a server, and what it costs.
#[derive(Clone, Debug)]
pub struct Line {
    /// The link.
    pub link: Arc<LinkSpec>,
    /// How calls over it are charged.
    pub tariff: Arc<Tariff>,
    /// Clients are kept waiting as long as the link would.
    pub real_time: bool,
    /// What the clock on the wall showed when the server's own clock began: tariffs look at the time of day.
    pub epoch: Timestamp,
}

/// What a session took over the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The link's name.
    pub link: String,
    /// From dialling to hanging up.
    pub seconds: Duration,
    /// What occupied the line.
    pub line_bytes: UpDown,
    /// What the calls cost.
    pub money: Money,
    /// In which currency.
    pub currency: String,
}

impl Cost {
    /// Runs a recorded session over a line. `None` if it was not kept whole, or has no end there.
    #[must_use]
    pub fn of(recording: &Recording, service: Service, begun: Duration, line: &Line) -> Option<Self> {
        if recording.is_incomplete() {
            return None;
        }
        let script = Arc::new(recording.script());
        let server = Server::Scripted(Scripted::new(Arc::clone(&script)));
        let mut world = World::new(0, Store::new(line.epoch), Host::new(vec![(service, server)]));
        world.add_workstation(Arc::clone(&line.link));
        let mut lab = Lab::new(world);
        lab.add_client(0, client(service, script));
        lab.run().ok()?;
        Some(Self::of_world(lab.world(), begun, line))
    }

    /// Counts what a world's only workstation took; its call began `begun` after the server.
    #[must_use]
    pub fn of_world(world: &World, begun: Duration, line: &Line) -> Self {
        let metrics = Metrics::of(world, 0, &Interest::default());
        let epoch = line.epoch.at(crate::time::Instant::START + begun);
        let dialled = world.journal().calls.first().map(|call| call.dialled);
        let ended = world.journal().calls.last().and_then(|call| call.ended).unwrap_or(world.now());
        Self {
            link: line.link.name.clone(),
            seconds: dialled.map_or(Duration::ZERO, |dialled| ended.since(dialled)),
            line_bytes: metrics.line_bytes,
            money: bill::totals(world, 0, &line.tariff, epoch).total(),
            currency: line.tariff.currency.clone(),
        }
    }
}

impl fmt::Display for Cost {
    /// `link=v34-28800:plain link_seconds=31.204 line_bytes_up=400 line_bytes_down=9000 money=0.040 GBP`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.seconds.as_nanos() / 1_000_000;
        write!(
            f,
            "link={} link_seconds={}.{:03} line_bytes_up={} line_bytes_down={} money={} {}",
            self.link,
            millis / 1000,
            millis % 1000,
            self.line_bytes.up,
            self.line_bytes.down,
            self.money,
            self.currency,
        )
    }
}
