//! What came of replays: a table and a chart, by link.

use std::collections::BTreeMap;

use super::Doubt;
use crate::chart::{Bar, BarGroup, Bars, Cell, Column, Heading, Stack, Table, Unit};
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::measure::metrics::Metrics;
use crate::measure::timeline::{self, Layer};
use crate::measure::{Interest, bill};
use crate::time::Duration;
use crate::world::{CallId, World};

/// One session over one link.
#[derive(Clone, Debug)]
pub struct Session<'a> {
    /// The link's name.
    pub link: &'a str,
    /// How it came about.
    pub how: How,
    /// Its world.
    pub world: &'a World,
    /// Why its figures may not hold.
    pub doubts: &'a [Doubt],
}

/// How a session came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The trace was played.
    Replay,
    /// The strategy that the trace names was run; why it failed, if it did.
    Rerun(Option<String>),
}

impl How {
    const fn word(&self) -> &'static str {
        match self {
            Self::Replay => "replay",
            Self::Rerun(_) => "rerun",
        }
    }
}

/// The sessions as a table: a row for each and each tariff. `start` is what the clock on the wall shows at time 0.
#[must_use]
pub fn table(title: String, sessions: &[Session<'_>], tariffs: &[Tariff], start: Timestamp) -> Table {
    let mut table = Table::results(title, columns());
    for session in sessions {
        let metrics = Metrics::of(session.world, 0, &Interest::default());
        for tariff in tariffs {
            table.push(row(session, &metrics, tariff, start));
        }
    }
    for session in sessions {
        for doubt in session.doubts {
            table.note(format!("Doubtful over {}: {doubt}.", session.link));
        }
        if let How::Rerun(Some(trouble)) = &session.how {
            table.note(format!("The strategy failed over {}: {trouble}.", session.link));
        }
    }
    table.note("round_trips end at the last byte that came: a trace does not say which mail was wanted.");
    table
}

fn columns() -> Vec<Column> {
    let bytes = |name: &str| Column::integer(name, "bytes");
    vec![
        Column::text("link"),
        Column::text("how"),
        Column::text("verdict"),
        Column::text("reasons").detail(),
        Column::integer("turns", ""),
        Column::integer("dir_changes", "").detail(),
        Column::integer("round_trips", ""),
        bytes("app_bytes_up").detail(),
        bytes("app_bytes_down").detail(),
        bytes("ip_bytes_up").detail(),
        bytes("ip_bytes_down").detail(),
        bytes("line_bytes_up").detail(),
        bytes("line_bytes_down"),
        Column::decimal("connected_s", "s", 1),
        Column::decimal("billed_s", "s", 1).detail(),
        Column::integer("calls", ""),
        Column::text("tariff"),
        Column::decimal("cost", "", 2),
        Column::text("currency"),
    ]
}

fn row(session: &Session<'_>, metrics: &Metrics, tariff: &Tariff, start: Timestamp) -> Vec<Cell> {
    let bill = bill::totals(session.world, 0, tariff, start);
    let reasons: Vec<String> = session.doubts.iter().map(ToString::to_string).collect();
    let verdict = match (&session.how, session.doubts) {
        (How::Rerun(Some(_)), _) => "failed",
        (How::Rerun(None), _) => "run",
        (How::Replay, []) => "valid",
        (How::Replay, _) => "doubtful",
    };
    vec![
        session.link.into(),
        session.how.word().into(),
        verdict.into(),
        reasons.join("; ").into(),
        metrics.turns.into(),
        metrics.dir_changes.into(),
        metrics.round_trips.into(),
        metrics.app_bytes.up.into(),
        metrics.app_bytes.down.into(),
        metrics.ip_bytes.up.into(),
        metrics.ip_bytes.down.into(),
        metrics.line_bytes.up.into(),
        metrics.line_bytes.down.into(),
        metrics.connected.into(),
        bill.billed.into(),
        metrics.calls.into(),
        tariff.name.as_str().into(),
        bill.total().into(),
        tariff.currency.as_str().into(),
    ]
}

/// The parts of a bar: layers of the timeline that belong together.
const PARTS: [(&str, &[Layer]); 7] = [
    ("set-up", &[Layer::SetUp]),
    ("content", &[Layer::Content]),
    ("headers, framing", &[Layer::Headers, Layer::Framing, Layer::StartStop]),
    ("upstream", &[Layer::Upstream]),
    ("propagation", &[Layer::Propagation]),
    ("the reader", &[Layer::Reader]),
    ("server, timers", &[Layer::Server, Layer::Stall]),
];

/// The sessions as a chart: how long the calls took, and whose seconds these were.
#[must_use]
pub fn chart(title: String, sessions: &[Session<'_>], notes: &[String]) -> Bars {
    let mut groups: Vec<BarGroup> = Vec::new();
    for session in sessions {
        if groups.last().is_none_or(|group| group.name != session.link) {
            groups.push(BarGroup { name: session.link.to_owned(), bars: Vec::new() });
        }
        let spent = spent(session.world);
        let part = |layers: &[Layer]| {
            layers.iter().filter_map(|layer| spent.get(layer)).copied().sum::<Duration>().as_secs_f64()
        };
        let name = match (&session.how, session.doubts) {
            (How::Replay, []) => "the trace, replayed",
            (How::Replay, _) => "replayed, doubtful",
            (How::Rerun(_), _) => "its strategy, run again",
        };
        let right =
            Stack { parts: PARTS.iter().map(|(_, layers)| part(layers)).collect(), lower_bound: None };
        if let Some(group) = groups.last_mut() {
            group.bars.push(Bar { name: name.to_owned(), left: Stack::default(), right });
        }
    }
    let heading = Heading::new(
        title,
        "Seconds from dialling to hanging up, over all calls, by what the line was doing.",
    );
    Bars {
        heading: notes.iter().fold(heading, |heading, note| heading.note(note.clone())),
        unit: Unit::Seconds,
        layers: PARTS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        left: String::new(),
        right: String::new(),
        groups,
    }
}

/// How long the line was doing what, over all calls.
fn spent(world: &World) -> BTreeMap<Layer, Duration> {
    let mut spent = BTreeMap::new();
    for call in 0..world.journal().calls.len() {
        for span in timeline::of_call(world, CallId(call as u32)) {
            let sum: &mut Duration = spent.entry(span.layer).or_default();
            *sum += span.to.since(span.from);
        }
    }
    spent
}
