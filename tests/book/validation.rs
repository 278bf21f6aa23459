//! The page on validation: made from the sessions in `tests/measured`.

use std::fs;
use std::path::Path;

use maillab::validate::{Comparison, Csv, Row, Turn, compare, gunzip, rank_correlation, summary};

use super::drawn::Block;

/// Sessions with random loss are averaged over so many seeds here; `maillab validate` takes twice as many.
const SEEDS: u64 = 100;

/// The blocks of the page.
pub fn blocks() -> Vec<Block> {
    let compared: Vec<Comparison> = comparisons().into_iter().filter(is_of_the_line).collect();
    vec![
        ("validation-summary", by_link(&compared)),
        ("validation-distribution", distribution(&compared)),
        ("validation-worst", worst(&compared)),
    ]
}

fn comparisons() -> Vec<Comparison> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/measured");
    let read = |name: &str| {
        let octets = fs::read(dir.join(name)).unwrap();
        Csv::read(name, &gunzip(name, &octets).unwrap()).unwrap()
    };
    let rows = Row::read_all(&read("results.csv")).unwrap();
    let turns = |row: &Row| Turn::read_all(&read(&format!("turns/{}.csv.gz", row.id))).unwrap();
    let sessions: Vec<_> = rows.into_iter().map(|row| (row.clone(), turns(&row))).collect();
    compare(&sessions, SEEDS)
}

fn is_of_the_line(comparison: &Comparison) -> bool {
    comparison.row.link_name != "lan-10M" && comparison.row.client() != "getmail"
}

/// Median and worst of all and of each link.
fn by_link(compared: &[Comparison]) -> String {
    let mut text = String::from("| link | sessions | median error of time | worst |\n|---|---:|---:|---:|\n");
    for fit in summary(compared) {
        let is_case = compared.iter().any(|comparison| comparison.row.case == fit.name);
        if !is_case {
            text += &format!(
                "| {} | {} | {:.2} % | {:+.2} % |\n",
                fit.name, fit.sessions, fit.median_percent, fit.worst_percent
            );
        }
    }
    let left_out = compared.iter().filter(|comparison| comparison.predicted.is_err()).count();
    let correlation = rank_correlation(compared).unwrap();
    text += &format!("\nRank correlation {correlation:.4}; {left_out} sessions without a prediction.");
    text
}

fn distribution(compared: &[Comparison]) -> String {
    let mut errors: Vec<f64> =
        compared.iter().filter_map(|comparison| comparison.time_error_percent()).map(f64::abs).collect();
    errors.sort_by(f64::total_cmp);
    let mut text = String::from("| share of sessions | error of time at most |\n|---:|---:|\n");
    for share in [50, 75, 90, 95, 99, 100] {
        let place = (errors.len() * share).div_ceil(100).max(1) - 1;
        text += &format!("| {share} % | {:.2} % |\n", errors[place]);
    }
    text.trim_end().to_owned()
}

fn worst(compared: &[Comparison]) -> String {
    let mut sorted: Vec<(f64, &Comparison)> = compared
        .iter()
        .filter_map(|comparison| Some((comparison.time_error_percent()?, comparison)))
        .collect();
    sorted.sort_by(|(one, _), (other, _)| other.abs().total_cmp(&one.abs()));
    let mut text = String::from(
        "| session | measured | predicted | error | packets up | packets down |\n|---|---:|---:|---:|---:|---:|\n",
    );
    for (error, comparison) in sorted.into_iter().take(10) {
        let (row, predicted) = (&comparison.row, comparison.predicted.as_ref().unwrap().counts);
        let packets = |measured: u64, predicted: u64| format!("{measured} → {predicted}");
        text += &format!(
            "| {} | {:.2} s | {:.2} s | {error:+.2} % | {} | {} |\n",
            row.id,
            row.measured.wall.as_secs_f64(),
            predicted.wall.as_secs_f64(),
            packets(row.measured.packets.up, predicted.packets.up),
            packets(row.measured.packets.down, predicted.packets.down),
        );
    }
    text.trim_end().to_owned()
}
