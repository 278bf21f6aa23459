//! The figures of the page on workstations: a week at three places, and what it takes to come back.

use std::sync::Arc;

use maillab::chart::Table;
use maillab::link::preset;
use maillab::station::Way;
use maillab::week::resync::{Known, Method, resync};
use maillab::week::{self, Lived, MESSAGES, WAYS, Week};

use crate::drawn::{Block, Drawing};

/// The seed of the page.
const SEED: u64 = 1998;

/// The week, its figures and its drawing.
pub fn week() -> (Vec<Block>, Vec<Drawing>) {
    let week = Week::of_three_places(SEED, MESSAGES).unwrap();
    let lived: Vec<Lived> = WAYS.iter().map(|way| week::live(&week, *way).unwrap()).collect();
    for one in &lived {
        let lost: u64 = one.verdicts.places.iter().map(|place| place.lost + place.double).sum();
        // What the page says: whoever shares a mailbox loses nothing.
        assert!(!one.way.is_shared() || lost == 0, "{}", one.way.word());
    }
    let table = week::table(&week, &lived);
    let shown = [
        "way",
        "workstation",
        "calls",
        "connected_s",
        "line_bytes_up",
        "line_bytes_down",
        "cost",
        "currency",
        "lost",
        "double",
        "ghost",
        "stale",
        "absent",
    ];
    let drawing = ("workstations-week.svg".to_owned(), week::chart(&week, &lived));
    (vec![("workstations-week", markdown(&table, &shown)), ("workstations-resync", resyncs())], vec![drawing])
}

/// The columns of a table that are named, as Markdown: whole seconds, and money to the hundredth.
fn markdown(table: &Table, shown: &[&str]) -> String {
    let csv = table.to_csv();
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let names = lines.next().unwrap();
    let columns: Vec<usize> =
        shown.iter().map(|name| names.iter().position(|known| known == name).unwrap()).collect();
    let mut text = format!("| {} |\n|{}\n", shown.join(" | "), "---|".repeat(shown.len()));
    for line in lines {
        let cells = columns.iter().zip(shown).map(|(at, name)| match *name {
            "connected_s" => line[*at].split('.').next().unwrap().to_owned(),
            "cost" => line[*at].parse::<f64>().map_or(String::new(), |cost| format!("{cost:.2}")),
            _ => line[*at].to_owned(),
        });
        text.push_str(&format!("| {} |\n", cells.collect::<Vec<_>>().join(" | ")));
    }
    text
}

/// Bytes and seconds of one synchronization, by the size of the mailbox and by what has changed.
fn resyncs() -> String {
    let link = Arc::new(preset::resolve("v22bis-2400:plain").unwrap());
    let names = Method::ALL.map(Method::word).join(" | ");
    let mut text =
        format!("| messages | known | {names} |\n|---:|---|{}\n", "---:|".repeat(Method::ALL.len()));
    for (messages, known) in [
        (100, Known::Nothing),
        (100, Known::AllBut(0)),
        (1000, Known::AllBut(0)),
        (1000, Known::AllBut(10)),
        (1000, Known::AllBut(1000)),
    ] {
        let what = match known {
            Known::Nothing => "nothing".to_owned(),
            Known::AllBut(0) => "everything".to_owned(),
            Known::AllBut(changes) => format!("all but {changes} changes"),
        };
        let cell = |method| {
            let metrics = resync(method, messages, known, &link).unwrap().metrics;
            let seconds = metrics.connected.as_secs_f64();
            format!("{} B, {seconds:.0} s", metrics.app_bytes.sum())
        };
        let cells = Method::ALL.map(cell);
        text.push_str(&format!("| {messages} | {what} | {} |\n", cells.join(" | ")));
    }
    text
}

/// Every way has a line on the page.
pub fn ways() -> String {
    let mut text = String::from("| way | protocol | calls |\n|---|---|---|\n");
    for way in Way::ALL {
        let is_on_line = if way == Way::ImapOnline { "the line is up while the user reads" } else { "short" };
        text.push_str(&format!("| `{}` | {} | {is_on_line} |\n", way.word(), way.service().word()));
    }
    text
}
