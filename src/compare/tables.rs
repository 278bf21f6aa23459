//! The results as tables for programs: one record for each run and tariff, and the lower bounds.

use super::{Comparison, Run};
use crate::chart::{Cell, Column, Table};
use crate::link::tariff::Bill;
use crate::measure::metrics::Metrics;
use crate::time::Duration;
use crate::units::Money;

/// All figures: one record for each run and tariff, with the lower bounds in columns of their own and how many
/// times as much the run took. A run that failed has no figures: `outcome` says why.
#[must_use]
pub fn results_table(comparison: &Comparison, runs: &[Option<Run>]) -> Table {
    let mut table = Table::results(format!("{}: every strategy over every link", comparison.name), columns());
    for run in runs.iter().flatten() {
        for number in 0..comparison.tariffs.len() {
            table.push(record(comparison, run, number));
        }
    }
    notes(&mut table, comparison, runs);
    table
}

/// What the figures rest on, and which runs have none, as notes.
pub(super) fn notes(table: &mut Table, comparison: &Comparison, runs: &[Option<Run>]) {
    for run in runs.iter().flatten() {
        if let Err(trouble) = &run.outcome {
            let strategy = comparison.strategies[run.strategy].name;
            let link = &comparison.links[run.link].name;
            table.note(format!("Failed, so there are no figures: {strategy} over {link}: {trouble}."));
        }
    }
    for run in runs.iter().flatten().filter(|run| run.over_budget > Duration::ZERO) {
        let strategy = comparison.strategies[run.strategy].name;
        let link = &comparison.links[run.link].name;
        table.note(format!("Over its budget by {}: {strategy} over {link}.", run.over_budget));
    }
    for line in comparison.rests_on() {
        table.note(line);
    }
}

fn columns() -> Vec<Column> {
    let bytes = |name: &str| Column::integer(name, "bytes").detail();
    let seconds = |name: &str| Column::decimal(name, "s", 1);
    vec![
        Column::text("scenario").detail(),
        Column::integer("seed", "").detail(),
        Column::text("version").detail(),
        Column::text("stack").detail(),
        Column::text("link"),
        Column::text("left_out").detail(),
        Column::text("strategy"),
        Column::text("tariff"),
        Column::text("outcome").detail(),
        Column::integer("turns", ""),
        Column::integer("dir_changes", "").detail(),
        Column::integer("round_trips", ""),
        bytes("app_bytes_up"),
        bytes("app_bytes_down"),
        bytes("ip_bytes_up"),
        bytes("ip_bytes_down"),
        Column::integer("repeated_packets_up", "").detail(),
        Column::integer("repeated_packets_down", "").detail(),
        Column::integer("lost_packets_up", "").detail(),
        Column::integer("lost_packets_down", "").detail(),
        bytes("line_bytes_up"),
        Column::integer("line_bytes_down", "bytes"),
        bytes("content_bytes_down"),
        Column::integer("wasted_bytes", "bytes"),
        seconds("connected_s"),
        seconds("billed_s").detail(),
        Column::integer("calls", ""),
        seconds("first_read_s"),
        seconds("done_s"),
        seconds("online_s").detail(),
        Column::integer("read", "messages").detail(),
        Column::integer("answered", "messages").detail(),
        Column::decimal("cost", "", 2),
        Column::text("currency"),
        Column::text("prices").detail(),
        Column::integer("bound_line_bytes_down", "bytes").detail(),
        seconds("bound_connected_s").detail(),
        seconds("bound_done_s").detail(),
        Column::decimal("bound_cost", "", 2).detail(),
        Column::decimal("line_bytes_x_bound", "", 2).detail(),
        Column::decimal("connected_x_bound", "", 2).detail(),
        Column::decimal("done_x_bound", "", 2).detail(),
        Column::decimal("cost_x_bound", "", 2).detail(),
    ]
}

fn record(comparison: &Comparison, run: &Run, number: usize) -> Vec<Cell> {
    let (link, tariff) = (&comparison.links[run.link], &comparison.tariffs[number]);
    let mut row: Vec<Cell> = vec![
        comparison.name.as_str().into(),
        comparison.seed.into(),
        env!("CARGO_PKG_VERSION").into(),
        comparison.options.stack.name.into(),
        link.name.as_str().into(),
        link.plain.as_ref().map(|left_out| left_out.join(", ")).into(),
        comparison.strategies[run.strategy].name.into(),
        tariff.name.as_str().into(),
        run.outcome.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned()).into(),
    ];
    match (&run.outcome, run.bills.get(number)) {
        (Ok(()), Some(bill)) => row.extend(figures(&run.metrics, bill)),
        _ => row.extend(vec![Cell::Empty; FIGURES]),
    }
    row.push(tariff.currency.as_str().into());
    row.push(if tariff.is_illustrative() { "illustrative" } else { "sourced" }.into());
    row.extend(bounds(comparison, run, number));
    row
}

/// How many cells [`figures`] gives.
const FIGURES: usize = 24;

fn figures(metrics: &Metrics, bill: &Bill) -> [Cell; FIGURES] {
    [
        metrics.turns.into(),
        metrics.dir_changes.into(),
        metrics.round_trips.into(),
        metrics.app_bytes.up.into(),
        metrics.app_bytes.down.into(),
        metrics.ip_bytes.up.into(),
        metrics.ip_bytes.down.into(),
        metrics.repeated_packets.up.into(),
        metrics.repeated_packets.down.into(),
        metrics.lost_packets.up.into(),
        metrics.lost_packets.down.into(),
        metrics.line_bytes.up.into(),
        metrics.line_bytes.down.into(),
        metrics.content_bytes.down.into(),
        metrics.wasted_bytes.into(),
        metrics.connected.into(),
        bill.billed.into(),
        metrics.calls.into(),
        metrics.first_read.into(),
        metrics.done.into(),
        metrics.online.into(),
        metrics.read.into(),
        metrics.answered.into(),
        bill.total().into(),
    ]
}

/// The least that is possible, and how many times as much the run took.
fn bounds(comparison: &Comparison, run: &Run, number: usize) -> [Cell; 8] {
    let (bound, metrics) = (comparison.bound(run.link), &run.metrics);
    let least = comparison.least_price(run.link, number);
    let finished = run.outcome.is_ok();
    let times = |took: i128, least: i128| times(took, least).filter(|_| finished).into();
    let nanos = |span: Duration| i128::from(span.as_nanos());
    [
        bound.line_bytes_down.into(),
        bound.connected.into(),
        bound.done.into(),
        least.into(),
        times(metrics.line_bytes.down.into(), bound.line_bytes_down.into()),
        times(nanos(metrics.connected), nanos(bound.connected)),
        times(nanos(metrics.done.unwrap_or_default()), nanos(bound.done)),
        times(run.bills.get(number).map_or(0, |bill| bill.total().as_nanos()), least.as_nanos()),
    ]
}

/// `took` in units of `least`, in 10⁻⁹; nothing has no multiples.
fn times(took: i128, least: i128) -> Option<Money> {
    (least > 0).then(|| Money::from_nanos(took.saturating_mul(Money::NANOS) / least))
}

/// The lower bounds alone: a record a link and tariff.
#[must_use]
pub fn bounds_table(comparison: &Comparison) -> Table {
    let columns = vec![
        Column::text("link"),
        Column::text("tariff"),
        Column::integer("line_bytes_down", "bytes"),
        Column::integer("line_bytes_up", "bytes"),
        Column::decimal("connected_s", "s", 3),
        Column::decimal("done_s", "s", 3),
        Column::decimal("cost", "", 4),
        Column::text("currency"),
    ];
    let mut table = Table::results(format!("{}: what no strategy can undercut", comparison.name), columns);
    for (number, link) in comparison.links.iter().enumerate() {
        let bound = comparison.bound(number);
        for (tariff_number, tariff) in comparison.tariffs.iter().enumerate() {
            table.push(vec![
                link.name.as_str().into(),
                tariff.name.as_str().into(),
                bound.line_bytes_down.into(),
                bound.line_bytes_up.into(),
                bound.connected.into(),
                bound.done.into(),
                comparison.least_price(number, tariff_number).into(),
                tariff.currency.as_str().into(),
            ]);
        }
    }
    table
}
