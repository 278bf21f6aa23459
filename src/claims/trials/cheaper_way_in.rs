//! c23: for huge volumes over dear lines, does only a cheaper way in help?

use super::say;
use crate::chart::{Column, Table, Unit};
use crate::claims::bench::{Runs, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::lesson::Lesson;
use crate::scenario::{self, Choice, Habits, MailSource, Opens, Scenario, Size};

const STRATEGIES: [&str; 4] =
    ["pop3-fetch-all-delete", "imap-fetch-all", "imap-headers-first", "imap-text-parts"];
/// What whoever knows nothing else does.
const USUAL: usize = 0;
const LINK: &str = "v34-28800";
/// The dear ways home, and the local provider: all in one currency.
const TARIFFS: [(&str, &str); 3] = [
    ("us-intl-japan-1990", "a call from another continent"),
    ("us-att-1989-0926", "a call across the country"),
    ("us-hotel-local", "a call to a local provider"),
];
const LOCAL: usize = 2;

/// What the reader wants of the mail.
const READERS: [(&str, Opens); 2] = [("everything", Opens::All), ("the texts only", Opens::Text)];

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let abroad = scenario::built_in("abroad")?;
    let mailbox = MailSource::Generated {
        period: "1998".to_owned(),
        messages: 100,
        attachments: Some(0.3),
        size: Size::Mean(60_000),
        attached: None,
    };
    let plans = READERS.map(|(_, opens)| {
        let habits = Habits { reads: Choice::Share(1.0), opens, ..abroad.habits.clone() };
        let scenario = Scenario { mailbox: mailbox.clone(), habits, ..abroad.clone() };
        comparison(&scenario, &scenario.mail()?, &STRATEGIES, &[LINK], &TARIFFS.map(|(name, _)| name))
    });
    let sweep = run_all(workers, plans.into_iter().collect::<Result<_, Lesson>>()?)?;

    let mut region = Vec::new();
    let mut only_the_way = Vec::new();
    for (runs, (wants, _)) in sweep.iter().zip(READERS) {
        let mut best_saving: f64 = 1.0;
        for (tariff, (name, what)) in TARIFFS.iter().enumerate().filter(|(tariff, _)| *tariff != LOCAL) {
            let usual = runs.cost(USUAL, 0, tariff);
            let best = (0..STRATEGIES.len()).map(|strategy| runs.cost(strategy, 0, tariff)).min();
            let way = runs.cost(USUAL, 0, LOCAL);
            let currency = &runs.comparison.tariffs[tariff].currency;
            let saving = say::ratio_of_money(usual, best.unwrap_or(usual));
            best_saving = best_saving.max(saving);
            region.push(format!(
                "{wants}, by {what} ({name}): fetching all by POP3 costs {}; the best of {} strategies makes it {} times \
                 cheaper, a local provider with the same POP3 makes it {}.",
                say::money(usual, currency),
                STRATEGIES.len(),
                say::times(saving),
                say::money(way, currency),
            ));
        }
        only_the_way.push(best_saving < 1.5);
    }
    let verdict = match only_the_way.as_slice() {
        all if all.iter().all(|only| *only) => Verdict::Holds,
        all if all.iter().any(|only| *only) => {
            Verdict::DependsOn("whether all of the volume is wanted".to_owned())
        }
        _ => Verdict::Fails,
    };
    Ok(Findings { verdict, region, tables: vec![table(&sweep)], charts: charts(&sweep) })
}

fn table(sweep: &[Runs]) -> Table {
    let mut columns = vec![
        Column::text("wants"),
        Column::text("strategy"),
        Column::text("currency"),
        Column::integer("mail", "bytes"),
        Column::decimal("connected_s", "s", 0),
    ];
    columns.extend(TARIFFS.iter().map(|(name, _)| Column::decimal(*name, "", 2)));
    let mut table = Table::results("c23: a huge mailbox over dear lines, and by a local provider", columns);
    for (runs, (wants, _)) in sweep.iter().zip(READERS) {
        for (strategy, name) in STRATEGIES.iter().enumerate() {
            let currency = runs.comparison.tariffs.first().map(|tariff| tariff.currency.as_str());
            let mut row = vec![
                wants.into(),
                (*name).into(),
                currency.unwrap_or_default().into(),
                runs.octets().into(),
                runs.connected(strategy, 0).into(),
            ];
            row.extend((0..TARIFFS.len()).map(|tariff| runs.cost(strategy, 0, tariff).into()));
            table.push(row);
        }
    }
    table.note("The way in changes the tariff and nothing else: the same modem, the same calls.");
    say::rest(&mut table, say::rests_on(sweep));
    table
}

fn charts(sweep: &[Runs]) -> Vec<(String, String)> {
    let rows = STRATEGIES.map(str::to_owned).to_vec();
    let panels = sweep
        .iter()
        .zip(READERS)
        .flat_map(|(runs, (wants, _))| {
            TARIFFS.iter().enumerate().map(move |(tariff, (name, _))| {
                let costs =
                    (0..STRATEGIES.len()).map(|strategy| Some(runs.cost(strategy, 0, tariff).as_f64()));
                (format!("{wants}, {name}"), costs.collect())
            })
        })
        .collect();
    let currency =
        sweep.first().and_then(|runs| runs.comparison.tariffs.first()).map(|tariff| tariff.currency.clone());
    let svg = say::dots(
        "c23: which helps more, a better strategy or a cheaper way in?",
        "What the calls cost, by strategy and by the tariff of the way in.",
        Unit::Money(currency.unwrap_or_default()),
        "cost",
        rows,
        panels,
        say::rests_on(sweep),
    );
    vec![("ways".to_owned(), svg)]
}
