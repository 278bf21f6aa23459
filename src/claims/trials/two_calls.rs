//! c21: two one-minute calls by POP3, or half an hour on line by IMAP?

use super::say;
use crate::chart::{Column, Table, Unit};
use crate::claims::bench::{Runs, calls, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::lesson::Lesson;
use crate::scenario;
use crate::units::Money;

const STRATEGIES: [&str; 3] = ["pop3-fetch-all-delete", "imap-online", "imap-fetch-all"];
// Their places.
const POP3: usize = 0;
const ON_LINE: usize = 1;
const OFF_LINE: usize = 2;
const LINKS: [&str; 2] = ["v34-28800:plain", "v22bis-2400"];

/// The tariffs, and how each counts.
pub(super) const TARIFFS: [(&str, &str); 4] = [
    ("us-att-1989-0926", "started minutes are counted"),
    ("bt-local-1997", "seconds are counted, with a least charge for each call"),
    ("de-dtag-1995-local", "long pulses are counted, twelve minutes each in the evening"),
    ("au-local-1999", "only calls are counted, however long"),
];

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = scenario::built_in("faq-two-calls")?;
    let tariffs = TARIFFS.map(|(name, _)| name);
    let plan = comparison(&scenario, &scenario.mail()?, &STRATEGIES, &LINKS, &tariffs)?;
    let runs = run_all(workers, vec![plan])?.swap_remove(0);

    let mut region = vec![lengths(&runs)?];
    let mut ratios = Vec::new();
    for (tariff, (name, counts)) in TARIFFS.iter().enumerate() {
        let places: Vec<String> = (0..LINKS.len())
            .map(|link| {
                let ratio = ratio(&runs, ON_LINE, link, tariff);
                ratios.push(ratio);
                format!("{} times (over {})", say::times(ratio), LINKS[link])
            })
            .collect();
        let currency = &runs.comparison.tariffs[tariff].currency;
        region.push(format!(
            "{name}, where {counts}: half an hour on line by IMAP costs {} the price of POP3's two calls ({} against {} \
             over {}).",
            say::list(&places),
            say::money(runs.cost(ON_LINE, 0, tariff), currency),
            say::money(runs.cost(POP3, 0, tariff), currency),
            LINKS[0],
        ));
    }
    let off_line: Vec<f64> = (0..TARIFFS.len() * LINKS.len())
        .map(|at| ratio(&runs, OFF_LINE, at % LINKS.len(), at / LINKS.len()))
        .collect();
    region.push(format!(
        "IMAP used as POP3 is used (fetch all, hang up, call again to send) costs {} to {} times as much as POP3: what \
         is dear is the line that stays up, not the protocol.",
        say::times(least(&off_line)),
        say::times(most(&off_line)),
    ));

    let verdict = match ratios.iter().filter(|ratio| **ratio > 1.0).count() {
        0 => Verdict::Fails,
        all if all == ratios.len() => Verdict::Holds,
        _ => Verdict::DependsOn("how the tariff counts".to_owned()),
    };
    Ok(Findings { verdict, region, tables: vec![table(&runs)], charts: charts(&runs) })
}

/// What IMAP costs in units of what POP3 costs.
fn ratio(runs: &Runs, strategy: usize, link: usize, tariff: usize) -> f64 {
    say::ratio_of_money(runs.cost(strategy, link, tariff), runs.cost(POP3, link, tariff))
}

fn least(ratios: &[f64]) -> f64 {
    ratios.iter().copied().fold(f64::INFINITY, f64::min)
}

fn most(ratios: &[f64]) -> f64 {
    ratios.iter().copied().fold(0.0, f64::max)
}

/// Whether the calls are as long as the claim has them.
fn lengths(runs: &Runs) -> Result<String, Lesson> {
    let mut said = Vec::new();
    for (link, name) in LINKS.iter().enumerate() {
        let lengths: Vec<String> =
            calls(&runs.comparison, runs.comparison.job(POP3, link))?.into_iter().map(say::time).collect();
        let on_line = say::time(runs.connected(ON_LINE, link));
        said.push(format!(
            "over {name} POP3's calls take {}, IMAP's one call {on_line}",
            say::list(&lengths)
        ));
    }
    Ok(format!(
        "The calls, from answer to hang-up: {}. The modems' training is billed, and the slower modem needs longer to \
         fetch: that is why the ratios below differ from thirty minutes against two.",
        said.join("; ")
    ))
}

fn table(runs: &Runs) -> Table {
    let cost = |name: &str| Column::decimal(name, "", 2);
    let mut table = Table::results(
        "c21: what half an hour of mail costs",
        vec![
            Column::text("tariff"),
            Column::text("link"),
            Column::decimal("pop3_connected_s", "s", 1),
            Column::decimal("imap_online_connected_s", "s", 1),
            cost("pop3_cost"),
            cost("imap_online_cost"),
            cost("imap_fetch_all_cost"),
            Column::text("currency"),
            Column::decimal("imap_online_x_pop3", "×", 2),
            Column::decimal("imap_fetch_all_x_pop3", "×", 2),
        ],
    );
    for (tariff, (name, _)) in TARIFFS.iter().enumerate() {
        for (link, link_name) in LINKS.iter().enumerate() {
            let cost = |strategy| -> Money { runs.cost(strategy, link, tariff) };
            table.push(vec![
                (*name).into(),
                (*link_name).into(),
                runs.connected(POP3, link).into(),
                runs.connected(ON_LINE, link).into(),
                cost(POP3).into(),
                cost(ON_LINE).into(),
                cost(OFF_LINE).into(),
                runs.comparison.tariffs[tariff].currency.as_str().into(),
                say::cell(ratio(runs, ON_LINE, link, tariff)),
                say::cell(ratio(runs, OFF_LINE, link, tariff)),
            ]);
        }
    }
    table.note("connected: from answer to hang-up, over all calls. ×: times what POP3's two calls cost.");
    say::rest(&mut table, runs.comparison.rests_on());
    table
}

fn charts(runs: &Runs) -> Vec<(String, String)> {
    let panels = LINKS
        .iter()
        .enumerate()
        .map(|(link, name)| {
            let ratios = (0..TARIFFS.len()).map(|tariff| Some(ratio(runs, ON_LINE, link, tariff))).collect();
            ((*name).to_owned(), ratios)
        })
        .collect();
    let rows = TARIFFS.map(|(name, _)| name.to_owned()).to_vec();
    vec![(
        "ratio".to_owned(),
        say::dots(
            "c21: half an hour on line by IMAP, against POP3's two calls",
            "What IMAP costs, divided by what POP3 costs: above 1 POP3 is cheaper.",
            Unit::Count("times".to_owned()),
            "IMAP's cost in units of POP3's",
            rows,
            panels,
            runs.comparison.rests_on(),
        ),
    )]
}
