//! c22: do attachments overturn the example of the two calls?

use super::say;
use super::two_calls::TARIFFS;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::{Runs, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::scenario::{self, MailSource, Scenario, Size};

const STRATEGIES: [&str; 3] = ["pop3-fetch-all-delete", "imap-online-text", "imap-text-parts"];
// Their places.
const POP3: usize = 0;
const ON_LINE: usize = 1;
const OFF_LINE: usize = 2;
const LINKS: [&str; 2] = ["v34-28800:plain", "v22bis-2400"];

/// Of how many of the twenty messages something is attached to.
const SHARES: [f64; 5] = [0.0, 0.1, 0.25, 0.5, 1.0];

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = scenario::built_in("faq-two-calls-attachments")?;
    let tariffs = TARIFFS.map(|(name, _)| name);
    let mut plans = Vec::new();
    for share in SHARES {
        let mailbox = MailSource::Generated {
            period: "1998".to_owned(),
            messages: 20,
            attachments: Some(share),
            size: Size::OfPeriod,
            attached: None,
        };
        let mail = Scenario { mailbox, ..scenario.clone() }.mail()?;
        plans.push(comparison(&scenario, &mail, &STRATEGIES, &LINKS, &tariffs)?);
    }
    let runs = run_all(workers, plans)?;
    let overturned =
        |strategy| places().filter(|place| from_share(&runs, strategy, *place).is_some()).count();
    let (on_line, off_line) = (overturned(ON_LINE), overturned(OFF_LINE));
    let all = places().count();
    let verdict = match (on_line, off_line) {
        (0, 0) => Verdict::Fails,
        (on, off) if on == all && off == all => Verdict::Holds,
        (_, off) if off == all => Verdict::DependsOn(
            "the rate and the tariff while the line stays up; read off line it holds everywhere".to_owned(),
        ),
        _ => Verdict::DependsOn("the rate, the tariff and how much is attached".to_owned()),
    };
    Ok(Findings { verdict, region: region(&runs), tables: vec![table(&runs)], charts: charts(&runs) })
}

/// Every link with every tariff.
fn places() -> impl Iterator<Item = (usize, usize)> {
    (0..TARIFFS.len()).flat_map(|tariff| (0..LINKS.len()).map(move |link| (link, tariff)))
}

/// What an IMAP strategy costs in units of what POP3 costs.
fn ratio(runs: &Runs, strategy: usize, (link, tariff): (usize, usize)) -> f64 {
    say::ratio_of_money(runs.cost(strategy, link, tariff), runs.cost(POP3, link, tariff))
}

/// The smallest share of attachments that was tried from which on the strategy costs less than POP3.
fn from_share(runs: &[Runs], strategy: usize, place: (usize, usize)) -> Option<f64> {
    let dearer = runs.iter().rposition(|runs| ratio(runs, strategy, place) >= 1.0);
    SHARES.get(dearer.map_or(0, |at| at + 1)).copied()
}

fn region(runs: &[Runs]) -> Vec<String> {
    let mut region = Vec::new();
    let weights: Vec<String> = SHARES
        .iter()
        .zip(runs)
        .map(|(share, runs)| format!("{} at {}", say::bytes(runs.octets()), say::percent(*share)))
        .collect();
    region.push(format!(
        "What the twenty messages weigh, by how many have an attachment: {}.",
        weights.join(", ")
    ));
    for (strategy, what) in [
        (ON_LINE, "IMAP with the line up, text only,"),
        (OFF_LINE, "IMAP off line, text only (fetch, hang up, call again to send),"),
    ] {
        for (link, name) in LINKS.iter().enumerate() {
            region
                .push(format!("{what} over {name} costs less than POP3 {}.", outcomes(runs, strategy, link)));
        }
    }
    region
}

/// From where on a strategy costs less than POP3 over a link, tariffs with the same answer drawn together.
fn outcomes(runs: &[Runs], strategy: usize, link: usize) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (tariff, (name, _)) in TARIFFS.iter().enumerate() {
        let (outcome, place) = match from_share(runs, strategy, (link, tariff)) {
            Some(share) if share <= 0.0 => ("always".to_owned(), (*name).to_owned()),
            Some(share) => (
                format!("from an attachment on {} of the messages on", say::percent(share)),
                (*name).to_owned(),
            ),
            None => {
                let most = runs.last().map_or(1.0, |runs| ratio(runs, strategy, (link, tariff)));
                ("never".to_owned(), format!("{name} ({} times POP3's cost at 100 %)", say::times(most)))
            }
        };
        match groups.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, places)) => places.push(place),
            None => groups.push((outcome, vec![place])),
        }
    }
    let said: Vec<String> =
        groups.iter().map(|(outcome, places)| format!("{outcome} by {}", say::list(places))).collect();
    said.join("; ")
}

fn table(runs: &[Runs]) -> Table {
    let cost = |name: &str| Column::decimal(name, "", 2);
    let mut table = Table::results(
        "c22: the two calls with attachments that nobody opens",
        vec![
            Column::text("tariff"),
            Column::text("link"),
            Column::decimal("attachments", "%", 0),
            Column::decimal("size_kB", "kB", 0).detail(),
            Column::decimal("pop3_connected_s", "s", 0),
            cost("pop3_cost"),
            cost("imap_online_text_cost"),
            cost("imap_text_parts_cost"),
            Column::text("currency"),
            Column::decimal("imap_online_text_x_pop3", "×", 2),
            Column::decimal("imap_text_parts_x_pop3", "×", 2),
        ],
    );
    for (link, tariff) in places() {
        for (share, runs) in SHARES.iter().zip(runs) {
            let cost = |strategy| Cell::from(runs.cost(strategy, link, tariff));
            table.push(vec![
                TARIFFS[tariff].0.into(),
                LINKS[link].into(),
                say::cell(share * 100.0),
                Cell::Nanos(i128::from(runs.octets()) * 1_000_000),
                runs.connected(POP3, link).into(),
                cost(POP3),
                cost(ON_LINE),
                cost(OFF_LINE),
                runs.comparison.tariffs[tariff].currency.as_str().into(),
                say::cell(ratio(runs, ON_LINE, (link, tariff))),
                say::cell(ratio(runs, OFF_LINE, (link, tariff))),
            ]);
        }
    }
    table.note(
        "×: times what POP3 costs; below 1 the example is overturned. One mailbox was drawn for each share.",
    );
    say::rest(&mut table, say::rests_on(runs));
    table
}

fn charts(runs: &[Runs]) -> Vec<(String, String)> {
    let panels = places()
        .map(|(link, tariff)| {
            let ratios = runs.iter().map(|runs| Some(ratio(runs, ON_LINE, (link, tariff)))).collect();
            (format!("{}, {}", TARIFFS[tariff].0, LINKS[link]), ratios)
        })
        .collect();
    let rows = SHARES.iter().map(|share| format!("{} with attachment", say::percent(*share))).collect();
    let svg = say::dots(
        "c22: the two calls with attachments",
        "What IMAP with the line up costs, text parts only, divided by what POP3 costs: below 1 IMAP is cheaper.",
        Unit::Count("times".to_owned()),
        "IMAP's cost in units of POP3's",
        rows,
        panels,
        say::rests_on(runs),
    );
    vec![("ratio".to_owned(), svg)]
}
