//! Predicted against measured, row by row and altogether.

use super::predict::{Prediction, predict};
use super::row::Row;
use super::script::script;
use super::think::Thinking;
use super::turns::Turn;
use crate::chart::{Cell, Column, Table};

/// A session, and what the model says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The measured session.
    pub row: Row,
    /// The prediction, or why there is none.
    pub predicted: Result<Prediction, String>,
}

/// How well a group of sessions is met, in percent of their wall times.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// What they have in common.
    pub name: String,
    /// How many there are.
    pub sessions: usize,
    /// The median of the errors' sizes.
    pub median_percent: f64,
    /// The greatest error, with its sign.
    pub worst_percent: f64,
    /// Whose it is.
    pub worst_id: String,
}

/// Predicts every session. Where packets are lost at random, the mean of so many `seeds` is taken.
#[must_use]
pub fn compare(sessions: &[(Row, Vec<Turn>)], seeds: u64) -> Vec<Comparison> {
    sessions
        .iter()
        .map(|(row, turns)| Comparison {
            row: row.clone(),
            predicted: predicted(row, turns, sessions, seeds),
        })
        .collect()
}

fn predicted(
    row: &Row,
    turns: &[Turn],
    sessions: &[(Row, Vec<Turn>)],
    seeds: u64,
) -> Result<Prediction, String> {
    if let Some(lack) = &row.lacks {
        return Err(format!("{lack} is not built"));
    }
    if row.conns != 1 {
        return Err(format!("{} connections, and the turns do not say which waits for which", row.conns));
    }
    predict(row, script(row, turns, &Thinking::for_row(row, sessions)), seeds)
}

impl Comparison {
    /// The error of the wall time in percent of what was measured; above zero where the model is slower.
    #[must_use]
    pub fn time_error_percent(&self) -> Option<f64> {
        let predicted = self.predicted.as_ref().ok()?.counts.wall.as_secs_f64();
        let measured = self.row.measured.wall.as_secs_f64();
        (measured > 0.0).then(|| (predicted / measured - 1.0) * 100.0)
    }
}

/// Median and worst of all sessions, then of each link, and then of each case.
#[must_use]
pub fn summary(comparisons: &[Comparison]) -> Vec<Fit> {
    let mut links: Vec<&str> =
        comparisons.iter().map(|comparison| comparison.row.link_name.as_str()).collect();
    links.sort_unstable();
    links.dedup();
    let of_link =
        |link: &str| fit(link, comparisons.iter().filter(|comparison| comparison.row.link_name == link));
    let mut cases: Vec<&str> = comparisons.iter().map(|comparison| comparison.row.case.as_str()).collect();
    cases.sort_unstable();
    cases.dedup();
    let of_case = |case: &str| fit(case, comparisons.iter().filter(|comparison| comparison.row.case == case));
    fit("all", comparisons.iter())
        .into_iter()
        .chain(links.into_iter().filter_map(of_link))
        .chain(cases.into_iter().filter_map(of_case))
        .collect()
}

fn fit<'a>(name: &str, comparisons: impl Iterator<Item = &'a Comparison>) -> Option<Fit> {
    let mut errors: Vec<(f64, &str)> = comparisons
        .filter_map(|comparison| {
            comparison.time_error_percent().map(|error| (error, comparison.row.id.as_str()))
        })
        .collect();
    errors.sort_by(|(one, _), (other, _)| one.abs().total_cmp(&other.abs()));
    let (worst_percent, worst_id) = errors.last().copied()?;
    let (median, _) = errors.get((errors.len() - 1) / 2)?;
    Some(Fit {
        name: name.to_owned(),
        sessions: errors.len(),
        median_percent: median.abs(),
        worst_percent,
        worst_id: worst_id.to_owned(),
    })
}

/// How far the order of the sessions by predicted time is that by measured time: 1 if it is the same, 0 if one tells
/// nothing of the other (Spearman). `None` for less than two sessions.
#[must_use]
pub fn rank_correlation(comparisons: &[Comparison]) -> Option<f64> {
    let times: Vec<(u64, u64)> = comparisons
        .iter()
        .filter_map(|comparison| {
            let predicted = comparison.predicted.as_ref().ok()?.counts.wall;
            Some((predicted.as_nanos(), comparison.row.measured.wall.as_nanos()))
        })
        .collect();
    let (predicted, measured): (Vec<u64>, Vec<u64>) = times.into_iter().unzip();
    let count = predicted.len() as f64;
    let distance: f64 = ranks(&predicted).iter().zip(ranks(&measured)).map(|(a, b)| (a - b) * (a - b)).sum();
    (predicted.len() > 1).then(|| 1.0 - 6.0 * distance / (count * (count * count - 1.0)))
}

/// The rank of each; equal ones share the mean of theirs.
fn ranks(values: &[u64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = |value: &u64| {
        let (first, last) =
            (sorted.partition_point(|other| other < value), sorted.partition_point(|other| other <= value));
        (first + last + 1) as f64 / 2.0
    };
    values.iter().map(rank).collect()
}

/// The table of all sessions. What was not predicted says why.
#[must_use]
pub fn table(comparisons: &[Comparison]) -> Table {
    let mut table = Table::results("Predicted against measured", columns());
    for comparison in comparisons {
        table.push(cells(comparison));
    }
    for fit in summary(comparisons) {
        let plural = if fit.sessions == 1 { "" } else { "s" };
        table.note(format!(
            "{}: {} session{plural}, median error of time {:.2} %, worst {:+.2} % ({})",
            fit.name, fit.sessions, fit.median_percent, fit.worst_percent, fit.worst_id
        ));
    }
    if let Some(correlation) = rank_correlation(comparisons) {
        table.note(format!("Rank correlation of predicted and measured times: {correlation:.4}."));
    }
    let stacks: Vec<&str> = super::STACKS.iter().map(|(_, profile)| profile.name).collect();
    table.note(format!("Stacks: {}; one value of each knob for all rows.", stacks.join(", ")));
    table
}

fn columns() -> Vec<Column> {
    let mut columns = vec![
        Column::text("id"),
        Column::decimal("wall_s", "s", 3),
        Column::decimal("predicted_s", "s", 3),
        Column::decimal("time_error_percent", "%", 2),
    ];
    for what in ["packets", "ip_bytes", "app_bytes"] {
        let unit = if what == "packets" { "" } else { "bytes" };
        for way in ["up", "down"] {
            let shown = |column: Column| if what == "packets" { column } else { column.detail() };
            columns.push(shown(Column::integer(format!("{what}_{way}"), unit)));
            columns.push(shown(Column::integer(format!("predicted_{what}_{way}"), unit)));
            columns.push(Column::decimal(format!("{what}_error_percent_{way}"), "%", 2).detail());
        }
    }
    columns.push(Column::integer("repeated_packets", ""));
    columns.push(Column::integer("predicted_repeated_packets", ""));
    columns.push(Column::text("not_covered"));
    columns
}

fn cells(comparison: &Comparison) -> Vec<Cell> {
    let (row, counts) =
        (&comparison.row, comparison.predicted.as_ref().ok().map(|predicted| predicted.counts));
    let mut cells = vec![
        row.id.as_str().into(),
        row.measured.wall.into(),
        counts.map(|counts| counts.wall).into(),
        comparison.time_error_percent().map_or(Cell::Empty, percent),
    ];
    let pairs = [
        (row.measured.packets, counts.map(|counts| counts.packets)),
        (row.measured.ip, counts.map(|counts| counts.ip)),
        (row.measured.app, counts.map(|counts| counts.app)),
    ];
    for (measured, predicted) in pairs {
        for (measured, predicted) in
            [(measured.up, predicted.map(|both| both.up)), (measured.down, predicted.map(|both| both.down))]
        {
            cells.push(measured.into());
            cells.push(predicted.into());
            let error = predicted
                .filter(|_| measured > 0)
                .map(|predicted| (predicted as f64 / measured as f64 - 1.0) * 100.0);
            cells.push(error.map_or(Cell::Empty, percent));
        }
    }
    cells.push((row.measured.repeated.up + row.measured.repeated.down).into());
    cells.push(counts.map(|counts| counts.repeated.up + counts.repeated.down).into());
    cells.push(comparison.predicted.as_ref().err().map(String::as_str).unwrap_or_default().into());
    cells
}

/// A percentage in 10⁻⁴ of a percent: finer than any measurement here.
fn percent(value: f64) -> Cell {
    Cell::Nanos(libm::round(value * 1e4) as i128 * 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_share_their_rank() {
        assert_eq!(ranks(&[30, 10, 30, 20]), [3.5, 1.0, 3.5, 2.0]);
    }
}
