//! The results for people, on a screen of a hundred columns: what fetching the mail takes over each link, and what
//! the calls cost by each tariff.

use super::{Comparison, Run, tables};
use crate::chart::{Cell, Column, Table};

/// The name of the row that no run can undercut.
const BOUND: &str = "(lower bound)";

/// What fetching the mail takes: under each link a row a strategy, the lower bound last.
#[must_use]
pub fn summary_table(comparison: &Comparison, runs: &[Option<Run>]) -> Table {
    let columns = vec![
        Column::text("link"),
        Column::text("strategy"),
        Column::integer("turns", ""),
        Column::integer("round_trips", ""),
        Column::decimal("line_bytes_down", "kB", 1),
        Column::decimal("wasted_bytes", "kB", 1),
        Column::integer("calls", ""),
        Column::decimal("connected_s", "s", 1),
        Column::decimal("first_read_s", "s", 1),
        Column::decimal("done_s", "s", 1),
    ];
    let title = format!("{}: what fetching the mail takes", comparison.name);
    let mut table = Table { in_groups: true, ..Table::results(title, columns) };
    for (number, link) in comparison.links.iter().enumerate() {
        for run in runs.iter().flatten().filter(|run| run.link == number) {
            let mut row = vec![link.name.as_str().into(), name(comparison, run).into()];
            row.extend(figures(run));
            table.push(row);
        }
        table.push(bound(comparison, number));
    }
    table.note(
        "turns: bursts of the client. wasted: message content that came and was never looked at. connected_s: answer \
         to hang-up, over all calls. first_read_s, done_s: from the first dialling until the first, the last wanted \
         message is read, think time included.",
    );
    table
}

/// The strategy's name, and whether its run failed: then it has no figures.
fn name(comparison: &Comparison, run: &Run) -> String {
    let name = comparison.strategies[run.strategy].name;
    if run.outcome.is_ok() { name.to_owned() } else { format!("{name}: failed") }
}

fn figures(run: &Run) -> Vec<Cell> {
    let metrics = &run.metrics;
    if run.outcome.is_err() {
        return Vec::new();
    }
    vec![
        metrics.turns.into(),
        metrics.round_trips.into(),
        kilobytes(metrics.line_bytes.down),
        kilobytes(metrics.wasted_bytes),
        metrics.calls.into(),
        metrics.connected.into(),
        metrics.first_read.into(),
        metrics.done.into(),
    ]
}

fn bound(comparison: &Comparison, link: usize) -> Vec<Cell> {
    let bound = comparison.bound(link);
    vec![
        comparison.links[link].name.as_str().into(),
        BOUND.into(),
        Cell::Empty,
        Cell::Empty,
        kilobytes(bound.line_bytes_down),
        kilobytes(0),
        Cell::Empty,
        bound.connected.into(),
        Cell::Empty,
        bound.done.into(),
    ]
}

fn kilobytes(bytes: u64) -> Cell {
    Cell::Nanos(i128::from(bytes) * 1_000_000)
}

/// What the calls cost: under each tariff a row a strategy, a column a link. The notes say what both tables rest
/// on.
#[must_use]
pub fn prices_table(comparison: &Comparison, runs: &[Option<Run>]) -> Table {
    let mut columns = vec![Column::text("tariff"), Column::text("strategy")];
    columns.extend(comparison.links.iter().map(|link| Column::decimal(link.name.as_str(), "", 2)));
    let title = format!("{}: what the calls cost", comparison.name);
    let mut table = Table { in_groups: true, ..Table::results(title, columns) };
    for (number, tariff) in comparison.tariffs.iter().enumerate() {
        let illustrative = if tariff.is_illustrative() { " (illustrative prices)" } else { "" };
        let group = format!("{}, in {}: {}{illustrative}", tariff.name, tariff.currency, tariff.title);
        for (strategy, row) in comparison.strategies.iter().enumerate() {
            let price = |link: usize| {
                let run = runs.get(comparison.job(strategy, link))?.as_ref()?;
                run.outcome.is_ok().then(|| run.bills.get(number).map(|bill| bill.total())).flatten()
            };
            let mut cells: Vec<Cell> = vec![group.as_str().into(), row.name.into()];
            cells.extend((0..comparison.links.len()).map(|link| Cell::from(price(link))));
            table.push(cells);
        }
        let mut least: Vec<Cell> = vec![group.into(), BOUND.into()];
        least
            .extend((0..comparison.links.len()).map(|link| Cell::from(comparison.least_price(link, number))));
        table.push(least);
    }
    tables::notes(&mut table, comparison, runs);
    table
}
