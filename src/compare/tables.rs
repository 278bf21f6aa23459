//! The results as tables: one record for each run and tariff, the bounds, and a summary for people.

use super::{Comparison, Run};
use crate::chart::{Cell, Column, Table};
use crate::link::tariff::Bill;
use crate::units::Money;

/// All figures: one record for each run and tariff, then one for each lower bound. The text face shows those
/// that fit a screen.
#[must_use]
pub fn results_table(comparison: &Comparison, runs: &[Option<Run>]) -> Table {
    let mut table = Table::results(format!("{}: every strategy over every link", comparison.name), columns());
    for run in runs.iter().flatten() {
        for (tariff, bill) in comparison.tariffs.iter().zip(&run.bills) {
            table.push(record(comparison, run, &tariff.name, &tariff.currency, bill));
        }
    }
    for line in comparison.rests_on() {
        table.note(line);
    }
    table
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
        Column::integer("bound_line_bytes_down", "bytes").detail(),
        seconds("bound_connected_s").detail(),
        seconds("bound_done_s").detail(),
        Column::decimal("bound_cost", "", 2).detail(),
    ]
}

fn record(comparison: &Comparison, run: &Run, tariff: &str, currency: &str, bill: &Bill) -> Vec<Cell> {
    let (link, metrics, bound) = (&comparison.links[run.link], &run.metrics, comparison.bound(run.link));
    let tariff_number = comparison.tariffs.iter().position(|known| known.name == tariff).unwrap_or(0);
    vec![
        comparison.name.as_str().into(),
        comparison.seed.into(),
        env!("CARGO_PKG_VERSION").into(),
        comparison.options.stack.name.into(),
        link.name.as_str().into(),
        link.plain.as_ref().map(|left_out| left_out.join(", ")).into(),
        comparison.strategies[run.strategy].name.into(),
        tariff.into(),
        run.outcome.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned()).into(),
        metrics.turns.into(),
        metrics.dir_changes.into(),
        metrics.round_trips.into(),
        metrics.app_bytes.up.into(),
        metrics.app_bytes.down.into(),
        metrics.ip_bytes.up.into(),
        metrics.ip_bytes.down.into(),
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
        currency.into(),
        bound.line_bytes_down.into(),
        bound.connected.into(),
        bound.done.into(),
        comparison.least_price(run.link, tariff_number).into(),
    ]
}

/// For people: a row a link and strategy, money by tariff side by side, and how many times the lower bound's
/// bytes and time on line each took.
#[must_use]
pub fn summary_table(comparison: &Comparison, runs: &[Option<Run>]) -> Table {
    let mut columns = vec![
        Column::text("link"),
        Column::text("strategy"),
        Column::integer("turns", ""),
        Column::integer("round_trips", ""),
        Column::decimal("line_kB_down", "kB", 1),
        Column::decimal("wasted_kB", "kB", 1),
        Column::integer("calls", ""),
        Column::decimal("connected_s", "s", 1),
        Column::decimal("first_read_s", "s", 1),
        Column::decimal("done_s", "s", 1),
        Column::decimal("bytes_x_bound", "×", 2),
    ];
    columns.extend(
        comparison
            .tariffs
            .iter()
            .map(|tariff| Column::decimal(tariff.name.as_str(), tariff.currency.as_str(), 2)),
    );
    let title = format!("{}: what fetching the mail takes", comparison.name);
    let mut table = Table::results(title, columns);
    for (number, link) in comparison.links.iter().enumerate() {
        for run in runs.iter().flatten().filter(|run| run.link == number) {
            table.push(summary(comparison, run));
        }
        table.push(bound_row(comparison, number, &link.name));
    }
    for line in comparison.rests_on() {
        table.note(line);
    }
    for run in runs.iter().flatten() {
        if let Err(trouble) = &run.outcome {
            let strategy = comparison.strategies[run.strategy].name;
            table.note(format!(
                "{strategy} over {} did not finish: {trouble}.",
                comparison.links[run.link].name
            ));
        }
    }
    table
}

fn kilobytes(bytes: u64) -> Cell {
    Cell::Nanos(i128::from(bytes) * 1_000_000)
}

fn summary(comparison: &Comparison, run: &Run) -> Vec<Cell> {
    let (metrics, bound) = (&run.metrics, comparison.bound(run.link));
    let times = match bound.line_bytes_down {
        0 => Cell::Empty,
        least => Cell::Nanos(i128::from(metrics.line_bytes.down) * Money::NANOS / i128::from(least)),
    };
    let mut row = vec![
        comparison.links[run.link].name.as_str().into(),
        comparison.strategies[run.strategy].name.into(),
        metrics.turns.into(),
        metrics.round_trips.into(),
        kilobytes(metrics.line_bytes.down),
        kilobytes(metrics.wasted_bytes),
        metrics.calls.into(),
        metrics.connected.into(),
        metrics.first_read.into(),
        metrics.done.into(),
        times,
    ];
    row.extend(run.bills.iter().map(|bill| Cell::from(bill.total())));
    row
}

fn bound_row(comparison: &Comparison, link: usize, name: &str) -> Vec<Cell> {
    let bound = comparison.bound(link);
    let mut row = vec![
        name.into(),
        "(lower bound)".into(),
        Cell::Empty,
        Cell::Empty,
        kilobytes(bound.line_bytes_down),
        kilobytes(0),
        Cell::Empty,
        bound.connected.into(),
        Cell::Empty,
        bound.done.into(),
        Cell::Nanos(Money::NANOS),
    ];
    row.extend((0..comparison.tariffs.len()).map(|tariff| Cell::from(comparison.least_price(link, tariff))));
    row
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
