//! The page on validation: made from the sessions in `tests/measured`, and from those over other links in `elsewhere`.

use std::fs;
use std::path::Path;

use maillab::validate::{Comparison, Csv, Row, Turn, compare, gunzip, rank_correlation, summary};

use super::drawn::Block;

/// Sessions with random loss are averaged over so many seeds here; `maillab validate` takes twice as many.
const SEEDS: u64 = 100;

/// The blocks of the page.
pub fn blocks() -> Vec<Block> {
    let compared = comparisons(MEASURED);
    let elsewhere = comparisons(ELSEWHERE);
    vec![
        ("validation-summary", by_link(&compared)),
        ("validation-distribution", distribution(&compared)),
        ("validation-worst", worst(&compared)),
        ("validation-packets", packets(&compared)),
        ("validation-again", again(MEASURED, &compared)),
        ("validation-elsewhere", by_link(&elsewhere)),
        ("validation-elsewhere-packets", packets(&elsewhere)),
    ]
}

const MEASURED: &str = "tests/measured";
const ELSEWHERE: &str = "tests/measured/elsewhere";

fn read(folder: &str, name: &str) -> Csv {
    let octets = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name)).unwrap();
    Csv::read(name, &gunzip(name, &octets).unwrap()).unwrap()
}

fn comparisons(folder: &str) -> Vec<Comparison> {
    let rows = Row::read_all(&read(folder, "results.csv")).unwrap();
    let turns = |row: &Row| Turn::read_all(&read(folder, &format!("turns/{}.csv.gz", row.id))).unwrap();
    let sessions: Vec<_> = rows.into_iter().map(|row| (row.clone(), turns(&row))).collect();
    compare(&sessions, SEEDS).into_iter().filter(is_of_the_line).collect()
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

/// How far the packets of either direction are off, session by session.
fn packets(compared: &[Comparison]) -> String {
    let mut text = String::from(
        "| link | packet counts | exact | within 1 % or 1 | within 3 % or 3 | worst |\n|---|---:|---:|---:|---:|---:|\n",
    );
    let mut links: Vec<&str> = compared.iter().map(|comparison| comparison.row.link_name.as_str()).collect();
    links.sort_unstable();
    links.dedup();
    for link in links {
        let mut off: Vec<(f64, f64)> = Vec::new();
        for comparison in compared.iter().filter(|comparison| comparison.row.link_name == link) {
            let Ok(predicted) = &comparison.predicted else { continue };
            let (measured, predicted) = (comparison.row.measured.packets, predicted.counts.packets);
            off.push((predicted.up as f64 - measured.up as f64, measured.up as f64));
            off.push((predicted.down as f64 - measured.down as f64, measured.down as f64));
        }
        let within = |share: f64, least: f64| {
            off.iter().filter(|(off, measured)| off.abs() <= (share * measured).max(least)).count()
        };
        let relative = |&(off, measured): &(f64, f64)| off / measured * 100.0;
        let worst = off.iter().map(relative).max_by(|one, other| one.abs().total_cmp(&other.abs()));
        text += &format!(
            "| {link} | {} | {} | {} | {} | {:+.1} % |\n",
            off.len(),
            within(0.0, 0.0),
            within(0.01, 1.0),
            within(0.03, 3.0),
            worst.unwrap_or_default()
        );
    }
    text.trim_end().to_owned()
}

/// The sessions that were measured more than once, each time beside the prediction.
fn again(folder: &str, compared: &[Comparison]) -> String {
    let table = read(folder, "again.csv");
    let [id, up, down] = ["id", "pk_c2s", "pk_s2c"].map(|name| table.column(name).unwrap());
    let mut text = String::from(
        "| session | way | measured | median | predicted | error |\n|---|---|---|---:|---:|---:|\n",
    );
    for comparison in compared {
        let row = &comparison.row;
        let times: Vec<usize> =
            (0..table.len()).filter(|&record| table.field(record, id) == row.id).collect();
        let (Ok(predicted), false) = (&comparison.predicted, times.is_empty()) else { continue };
        let (first, predicted) = (row.measured.packets, predicted.counts.packets);
        for (way, column, first, predicted) in
            [("up", up, first.up, predicted.up), ("down", down, first.down, predicted.down)]
        {
            let mut all = vec![first];
            all.extend(times.iter().map(|&record| table.field(record, column).parse::<u64>().unwrap()));
            let list: Vec<String> = all.iter().map(u64::to_string).collect();
            all.sort_unstable();
            let median = (all[(all.len() - 1) / 2] + all[all.len() / 2]) as f64 / 2.0;
            let error = (predicted as f64 / median - 1.0) * 100.0;
            text += &format!(
                "| {} | {way} | {} | {median:.1} | {predicted} | {error:+.1} % |\n",
                row.id,
                list.join(" ")
            );
        }
    }
    text.trim_end().to_owned()
}
