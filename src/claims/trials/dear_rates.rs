//! c20: calling home at dear rates, does managing mail by IMAP beat POP3's fetch-all and later sending?

use super::say;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::{Runs, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::scenario::{self, Choice, Habits, Scenario};
use crate::units::Money;

const STRATEGIES: [&str; 5] =
    ["pop3-fetch-all-delete", "imap-headers-first", "imap-text-parts", "imap-online", "pop3-top-then-retr"];
// Their places.
const POP3: usize = 0;
const HEADERS_FIRST: usize = 1;
const TEXT_PARTS: usize = 2;
const ON_LINE: usize = 3;
const TOP: usize = 4;

/// Ways home: a link and what the call costs.
const WAYS: [(&str, &str); 4] = [
    ("inmarsat-minim:plain", "sat-minim-1997"),
    ("v22bis-2400", "us-intl-japan-1990"),
    ("v34-28800:plain", "cis-globalnet-peru"),
    ("v34-28800:plain", "us-hotel-ld"),
];

/// How many of a hundred messages are read.
const READ: [u32; 8] = [1, 5, 10, 25, 50, 75, 90, 100];

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = scenario::built_in("abroad")?;
    let mail = scenario.mail()?;
    let mut plans = Vec::new();
    for (link, tariff) in WAYS {
        for read in READ {
            let habits = Habits { reads: Choice::Count(read), ..scenario.habits.clone() };
            let scenario = Scenario { habits, ..scenario.clone() };
            plans.push(comparison(&scenario, &mail, &STRATEGIES, &[link], &[tariff])?);
        }
    }
    let runs = run_all(workers, plans)?;
    let ways: Vec<&[Runs]> = runs.chunks(READ.len()).collect();

    let half = READ.iter().position(|read| *read == 50).unwrap_or(0);
    // Up to half of the mail read, everywhere.
    let wins = |strategy| ways.iter().all(|way| way[..=half].iter().all(|runs| beats(runs, strategy)));
    let off_line = [HEADERS_FIRST, TEXT_PARTS].map(wins);
    let verdict = match (off_line.iter().any(|wins| *wins), wins(ON_LINE)) {
        (true, true) => Verdict::Holds,
        (true, false) => Verdict::DependsOn(
            "whether one hangs up to read: off line IMAP wins, with the line up it loses".to_owned(),
        ),
        (false, false) if !ways.iter().any(|way| way.iter().any(|runs| beats(runs, TEXT_PARTS))) => {
            Verdict::Fails
        }
        (false, _) => Verdict::DependsOn("how much of the mail is read".to_owned()),
    };
    Ok(Findings {
        verdict,
        region: ways.iter().zip(WAYS).flat_map(|(way, (link, tariff))| region(way, link, tariff)).collect(),
        tables: vec![table(&ways, &runs)],
        charts: charts(&ways, &runs),
    })
}

fn cost(runs: &Runs, strategy: usize) -> Money {
    runs.cost(strategy, 0, 0)
}

fn beats(runs: &Runs, strategy: usize) -> bool {
    cost(runs, strategy) < cost(runs, POP3)
}

/// Up to how many messages read, of those tried, a strategy beats POP3 without a break.
fn up_to(way: &[Runs], strategy: usize) -> String {
    match way.iter().take_while(|runs| beats(runs, strategy)).count() {
        0 => "not even with one message read".to_owned(),
        all if all == READ.len() => "even with all read".to_owned(),
        some => format!("with up to {} read, not with {}", READ[some - 1], READ[some]),
    }
}

fn region(way: &[Runs], link: &str, tariff: &str) -> Vec<String> {
    let quarter = READ.iter().position(|read| *read == 25).unwrap_or(0);
    let runs = &way[quarter];
    let currency = &runs.comparison.tariffs[0].currency;
    let said = |strategy: usize| say::money(cost(runs, strategy), currency);
    vec![
        format!(
            "{tariff} over {link}, 25 of 100 read: POP3 {}, IMAP headers first {}, IMAP text only {}, IMAP with the line \
             up {}; POP3 that chooses by TOP {}.",
            said(POP3),
            said(HEADERS_FIRST),
            said(TEXT_PARTS),
            said(ON_LINE),
            said(TOP),
        ),
        format!(
            "There IMAP costs less than POP3: headers first, {}; text only, {}; with the line up, {}.",
            up_to(way, HEADERS_FIRST),
            up_to(way, TEXT_PARTS),
            up_to(way, ON_LINE),
        ),
    ]
}

fn table(ways: &[&[Runs]], runs: &[Runs]) -> Table {
    let mut columns = vec![
        Column::text("tariff"),
        Column::text("link"),
        Column::integer("read", "of 100"),
        Column::text("currency"),
    ];
    columns.extend(STRATEGIES.iter().map(|name| Column::decimal(*name, "", 2)));
    let mut table = Table::results("c20: what a week's mail costs from far away", columns);
    for (way, (link, tariff)) in ways.iter().zip(WAYS) {
        for (runs, read) in way.iter().zip(READ) {
            let currency = runs.comparison.tariffs[0].currency.as_str();
            let mut row: Vec<Cell> = vec![tariff.into(), link.into(), read.into(), currency.into()];
            row.extend((0..STRATEGIES.len()).map(|strategy| Cell::from(cost(runs, strategy))));
            table.push(row);
        }
    }
    table.note("What all calls of the week's one visit cost. Four in ten of the messages read are answered.");
    say::rest(&mut table, say::rests_on(runs));
    table
}

fn charts(ways: &[&[Runs]], runs: &[Runs]) -> Vec<(String, String)> {
    let quarter = READ.iter().position(|read| *read == 25).unwrap_or(0);
    let panels = ways
        .iter()
        .zip(WAYS)
        .map(|(way, (link, tariff))| {
            let costs =
                (0..STRATEGIES.len()).map(|strategy| Some(cost(&way[quarter], strategy).as_f64())).collect();
            (format!("{tariff}, {link}"), costs)
        })
        .collect();
    let svg = say::dots(
        "c20: a week's mail at dear rates",
        "What the calls cost with 25 of 100 messages read and ten answered.",
        Unit::Money("USD".to_owned()),
        "cost",
        STRATEGIES.map(str::to_owned).to_vec(),
        panels,
        say::rests_on(runs),
    );
    vec![("cost".to_owned(), svg)]
}
