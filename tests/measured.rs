//! Sessions of real clients and servers over real kernel TCP, against what the model predicts for them.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use maillab::validate::{Comparison, Counts, Csv, Row, STACKS, Turn, compare, gunzip};

/// A file of `tests/measured`.
fn read(name: &str) -> Csv {
    let octets = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/measured").join(name)).unwrap();
    Csv::read(name, &gunzip(name, &octets).unwrap()).unwrap()
}

/// By default every third session and those measured again, and few seeds where packets are lost at random; all with
/// `MAILLAB_RUNS`.
fn comparisons(all: bool, again: &BTreeMap<String, Vec<[f64; 3]>>) -> Vec<Comparison> {
    let rows = Row::read_all(&read("results.csv")).unwrap();
    let turns = |row: &Row| Turn::read_all(&read(&format!("turns/{}.csv.gz", row.id))).unwrap();
    let sessions: Vec<_> = rows.into_iter().map(|row| (row.clone(), turns(&row))).collect();
    // Think times come from the fast link: these sessions are always there.
    let chosen: Vec<_> = sessions
        .iter()
        .enumerate()
        .filter(|(nth, (row, _))| {
            all || nth % 3 == 0 || row.link_name == "lan-10M" || again.contains_key(&row.id)
        })
        .map(|(_, session)| session.clone())
        .collect();
    compare(&chosen, if all { 200 } else { 20 })
}

/// Sessions that were measured more than once: seconds, packets up and packets down of each further time.
fn measured_again() -> BTreeMap<String, Vec<[f64; 3]>> {
    let table = read("again.csv");
    let [id, wall, up, down] = ["id", "wall_s", "pk_c2s", "pk_s2c"].map(|name| table.column(name).unwrap());
    let mut again: BTreeMap<String, Vec<[f64; 3]>> = BTreeMap::new();
    for record in 0..table.len() {
        let number = |column| table.field(record, column).parse().unwrap();
        let numbers = [number(wall), number(up), number(down)];
        again.entry(table.field(record, id).to_owned()).or_default().push(numbers);
    }
    again
}

/// Seconds, packets up and packets down of a session, over all times that it was measured: the mean of the packets,
/// and the median of the seconds, since a busy host only ever adds to them.
fn measured(row: &Row, again: &BTreeMap<String, Vec<[f64; 3]>>) -> [f64; 3] {
    let mut times = vec![numbers(&row.measured)];
    times.extend(again.get(&row.id).into_iter().flatten());
    let mut walls: Vec<f64> = times.iter().map(|numbers| numbers[0]).collect();
    walls.sort_by(f64::total_cmp);
    let median = (walls[(walls.len() - 1) / 2] + walls[walls.len() / 2]) / 2.0;
    let mean = |n: usize| times.iter().map(|numbers| numbers[n]).sum::<f64>() / times.len() as f64;
    [median, mean(1), mean(2)]
}

/// What packets may be off by: a share of what was measured, and 3 at least.
fn packets_bound(id: &str) -> f64 {
    match id {
        // A full window of 8 kB keeps the pattern in which it was first filled. Measured eight times, the session sent
        // 420 to 423 packets up four times and 446 to 462 four times; the model knows the second pattern only.
        "v34-28k8.mbsync-full.mixed.period2.r1" => 0.042,
        _ => 0.03,
    }
}

fn numbers(counts: &Counts) -> [f64; 3] {
    [counts.wall.as_secs_f64(), counts.packets.up as f64, counts.packets.down as f64]
}

/// Sessions whose time is not the line's: a local network where the hosts are slower than the line, and a client that
/// waits for a delivery process of its own.
fn is_of_the_hosts(row: &Row) -> bool {
    row.link_name == "lan-10M" || row.client() == "getmail"
}

#[test]
fn sessions_take_as_long_and_as_many_packets_as_predicted() {
    let all = std::env::var_os("MAILLAB_RUNS").is_some();
    let again = measured_again();
    let mut errors = Vec::new();
    let mut missed = Vec::new();
    for comparison in comparisons(all, &again) {
        let row = &comparison.row;
        let predicted = comparison.predicted.as_ref().unwrap().counts;
        assert_eq!(predicted.app, row.measured.app, "{}: application bytes are exact", row.id);
        if is_of_the_hosts(row) {
            continue;
        }
        let is_lossy = row.link.loss.takes_packets();
        let measured = measured(row, &again);
        let [wall, up, down] = numbers(&predicted);
        let error = (wall / measured[0] - 1.0) * 100.0;
        errors.push(error.abs());
        // The mean over few seeds of random loss scatters.
        if error.abs() > if is_lossy && !all { 5.0 } else { 3.0 } {
            missed.push(format!("{}: {error:+.2} % of time", row.id));
        }
        // Which packets a line lost at random is not known, nor how many were sent again.
        for (way, predicted, measured) in [("up", up, measured[1]), ("down", down, measured[2])] {
            if !is_lossy && (predicted - measured).abs() > (packets_bound(&row.id) * measured).max(3.0) {
                missed.push(format!("{}: {measured:.1} packets {way}, predicted {predicted}", row.id));
            }
        }
    }
    assert!(missed.is_empty(), "beyond 3 % of time, or 3 % or 3 packets:\n{}", missed.join("\n"));
    errors.sort_by(f64::total_cmp);
    let median = errors[errors.len() / 2];
    assert!(median < 0.2, "median {median} %");
    // The knobs of a stack, with one value for all rows: shown with `cargo test -- --nocapture`.
    for (name, stack) in STACKS {
        println!("{name}: {stack:?}");
    }
}
