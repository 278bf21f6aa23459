//! The figures of the page on workstations: a week at three places, and what it takes to come back.

use std::sync::Arc;

use maillab::chart::Table;
use maillab::link::preset;
use maillab::station::Way;
use maillab::week::resync::{self, Known, Method, Resync, resync};
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
    the_page_is_right_about_the_week(&lived);
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
    let drawings = vec![("workstations-week.svg".to_owned(), week::chart(&week, &lived)), coming_back()];
    let blocks = vec![
        ("workstations-week", markdown(&table, &shown)),
        ("workstations-resync", resyncs()),
        ("workstations-descriptors", descriptors()),
    ];
    (blocks, drawings)
}

/// What the page says in words below the table of the week.
fn the_page_is_right_about_the_week(lived: &[Lived]) {
    let of = |way: Way| &lived.iter().find(|one| one.way == way).unwrap().places;
    let seconds = |way, place: usize| of(way)[place].metrics.connected;
    let bytes = |way, place: usize| of(way)[place].metrics.line_bytes.sum();
    let (home, portable) = (0, 2);
    let shared = [Way::ImapFlags, Way::ImapQresync, Way::Dmsp];
    for way in shared {
        assert!(seconds(Way::ImapOnline, home) < seconds(way, home), "{}", way.word());
        assert!(seconds(Way::ImapOnline, portable) > seconds(way, portable), "{}", way.word());
        assert!(of(way)[home].metrics.calls == 25 && of(Way::ImapOnline)[home].metrics.calls == 14);
        for place in 0..3 {
            assert!(bytes(Way::Dmsp, place) <= bytes(way, place), "{}", way.word());
        }
    }
    for one in lived {
        assert!(seconds(Way::Pop3Delete, home) <= seconds(one.way, home));
        assert!(seconds(Way::Pop3Leave, home) >= seconds(one.way, home));
    }
}

/// Seconds until a mailbox of a thousand messages is known again.
fn coming_back() -> Drawing {
    let link = Arc::new(preset::resolve("v22bis-2400:plain").unwrap());
    let known =
        [Known::Nothing, Known::AllBut(0), Known::AllBut(10), Known::AllBut(100), Known::AllBut(1000)];
    let runs: Vec<Resync> = known
        .into_iter()
        .flat_map(|known| Method::ALL.map(|method| resync(method, 1000, known, &link).unwrap()))
        .collect();
    let bytes = |method: Method, known| {
        let same = |one: &&Resync| one.method == method && one.known == known;
        runs.iter().find(same).unwrap().metrics.app_bytes.sum()
    };
    let [flags, condstore, qresync, dmsp] =
        [Way::ImapFlags, Way::ImapCondstore, Way::ImapQresync, Way::Dmsp].map(Method::Way);
    // What the page says in words: few changes, none, and all.
    let few = Known::AllBut(10);
    assert!(bytes(qresync, few) < bytes(dmsp, few) && bytes(condstore, few) < bytes(dmsp, few));
    for method in Method::ALL {
        assert!(bytes(dmsp, Known::AllBut(0)) <= bytes(method, Known::AllBut(0)));
        assert!(bytes(dmsp, Known::AllBut(1000)) >= bytes(method, Known::AllBut(1000)));
    }
    assert!(bytes(qresync, Known::AllBut(1000)) > bytes(flags, Known::AllBut(1000)));
    assert!(bytes(condstore, Known::AllBut(1000)) > bytes(flags, Known::AllBut(1000)));
    ("workstations-resync.svg".to_owned(), resync::chart(&runs, &link))
}

/// Bytes that one message more brings down, as each protocol describes it.
fn descriptors() -> String {
    let link = Arc::new(preset::resolve("v22bis-2400:plain").unwrap());
    let down =
        |method, messages| resync(method, messages, Known::Nothing, &link).unwrap().metrics.app_bytes.down;
    let rows = [
        ("UIDL, its line of the list", Method::Uidl),
        ("DMSP, descriptor", Method::Way(Way::Dmsp)),
        ("IMAP, FLAGS, RFC822.SIZE and ENVELOPE", Method::Way(Way::ImapFlags)),
        ("POP3, UIDL and TOP n 0", Method::Top),
    ];
    // Between 100 and 200 messages all numbers have three digits.
    let each = rows.map(|(_, method)| (down(method, 200) - down(method, 100)) / 100);
    assert!(each[0] < each[1] && each[1] < each[2].min(each[3]), "{each:?}");
    let mut text = String::from("| what | bytes a message |\n|---|---:|\n");
    for ((what, _), bytes) in rows.iter().zip(each) {
        text.push_str(&format!("| {what} | {bytes} |\n"));
    }
    text
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

/// A large mailbox, of which more and more has changed: the ways of IMAP, from the one that asks for all flags to the one
/// that asks for changes alone. Two threads share the sixteen runs.
pub fn at_scale() -> (Block, Drawing) {
    const MESSAGES: u32 = 50_000;
    const CHANGES: [u32; 4] = [10, 1000, 10_000, MESSAGES];
    const WAYS: [Way; 4] = [Way::ImapFlags, Way::ImapEsearch, Way::ImapCondstore, Way::ImapQresync];
    let link = Arc::new(preset::resolve("v22bis-2400:plain").unwrap());
    let live = |changes: &[u32]| -> Vec<Resync> {
        let each = changes.iter().flat_map(|changes| WAYS.map(|way| (way, *changes)));
        each.map(|(way, changes)| resync(Method::Way(way), MESSAGES, Known::AllBut(changes), &link).unwrap())
            .collect()
    };
    let (few, many) = CHANGES.split_at(2);
    let runs = std::thread::scope(|scope| {
        let other = scope.spawn(|| live(few));
        let many = live(many);
        [other.join().unwrap(), many].concat()
    });
    let names = WAYS.map(Way::word).join(" | ");
    let mut text =
        format!("| changes of {MESSAGES} messages | {names} |\n|---:|{}\n", "---:|".repeat(WAYS.len()));
    for (changes, runs) in CHANGES.iter().zip(runs.chunks(WAYS.len())) {
        let cells = runs.iter().map(|run| {
            let seconds = run.metrics.connected.as_secs_f64();
            format!("{} kB, {seconds:.0} s", run.metrics.app_bytes.sum() / 1000)
        });
        text.push_str(&format!("| {changes} | {} |\n", cells.collect::<Vec<_>>().join(" | ")));
    }
    // What the page says: with few changes asking for changes wins by far, and with all changed it loses.
    let seconds = |nth: usize| runs[nth].metrics.connected.as_secs_f64();
    assert!(100.0 * seconds(3) < seconds(0) && seconds(15) > 1.2 * seconds(12));
    let drawing = ("workstations-scale.svg".to_owned(), resync::chart(&runs, &link));
    (("workstations-scale", text), drawing)
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
