//! The comparison that the README and "A first run" show, and the maps.

use maillab::compare::{self, Comparison, DEFAULT_TARIFFS, Field, Judge, MapAsk, MapPlan, Options, Run};
use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::scenario::built_in;
use maillab::strategy::{self, STRATEGIES, StrategyRow};

use crate::drawn::{Block, Drawing};

/// The links of the chapter: few enough to be read.
const LINKS: [&str; 2] = ["v22bis-2400", "v34-28800:plain"];

fn tariffs() -> Vec<Tariff> {
    DEFAULT_TARIFFS.map(|name| Tariff::named(name).unwrap().clone()).into()
}

fn run(scenario: &str, strategies: Vec<&'static StrategyRow>) -> (Comparison, Vec<Option<Run>>) {
    let scenario = built_in(scenario).unwrap();
    let links = LINKS.map(|name| preset::resolve(name).unwrap()).into();
    let mail = scenario.mail().unwrap();
    let comparison =
        Comparison::new(&scenario, mail, strategies, links, tariffs(), Options::default()).unwrap();
    let runs = (0..comparison.jobs()).map(|job| Some(comparison.run(job).unwrap())).collect();
    (comparison, runs)
}

/// Blocks and drawings of one comparison, which is run once for all of them.
pub fn first_run() -> (Vec<Block>, Vec<Drawing>) {
    let (comparison, runs) = run("default", STRATEGIES.iter().collect());
    let blocks = vec![
        ("first-run-v22bis", table(&comparison, &runs, 0)),
        ("first-run-v34", table(&comparison, &runs, 1)),
        ("first-run-rests-on", comparison.rests_on().iter().map(|line| format!("> {line}\n")).collect()),
        ("two-calls", two_calls()),
    ];
    let drawings = compare::charts(&comparison, &runs)
        .into_iter()
        .filter(|(name, _)| ["bytes", "time"].contains(&name.as_str()))
        .map(|(name, svg)| (format!("{name}.svg"), svg))
        .collect();
    (blocks, drawings)
}

/// One link's runs for people: what each strategy took, and the lower bound.
fn table(comparison: &Comparison, runs: &[Option<Run>], link: usize) -> String {
    let currencies: Vec<&str> = comparison.tariffs.iter().map(|tariff| tariff.currency.as_str()).collect();
    let mut text = format!(
        "| strategy | turns | round trips | kB down | kB wasted | calls | on line | all read after | {} |\n",
        currencies.join(" | ")
    );
    text.push_str("|---|---:|---:|---:|---:|---:|---:|---:|");
    text.push_str(&"---:|".repeat(currencies.len()));
    text.push('\n');
    let kilo = |bytes: u64| format!("{:.1}", bytes as f64 / 1000.0);
    for run in runs.iter().flatten().filter(|run| run.link == link) {
        let metrics = &run.metrics;
        assert_eq!(run.outcome, Ok(()));
        let prices: Vec<String> =
            run.bills.iter().map(|bill| format!("{:.2}", bill.total().as_f64())).collect();
        text.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            comparison.strategies[run.strategy].name,
            metrics.turns,
            metrics.round_trips,
            kilo(metrics.line_bytes.down),
            kilo(metrics.wasted_bytes),
            metrics.calls,
            metrics.connected,
            metrics.done.map_or_else(|| "-".to_owned(), |done| done.to_string()),
            prices.join(" | "),
        ));
    }
    let bound = comparison.bound(link);
    let prices = (0..comparison.tariffs.len()).map(|tariff| comparison.least_price(link, tariff));
    let prices: Vec<String> = prices.map(|price| format!("{:.2}", price.as_f64())).collect();
    text.push_str(&format!(
        "| *lower bound* | | | {} | 0.0 | | {} | {} | {} |\n",
        kilo(bound.line_bytes_down),
        bound.connected,
        bound.done,
        prices.join(" | "),
    ));
    text
}

/// The example of the FAQ: what the two ways cost, and their ratio.
fn two_calls() -> String {
    let ways = ["pop3-fetch-all-delete", "imap-online"].map(|name| strategy::named(name).unwrap());
    let (comparison, runs) = run("faq-two-calls", ways.into());
    let mut text = String::from(
        "| link | tariff | POP3, calls | POP3, on line | POP3 costs | IMAP on line | IMAP costs | ratio |\n\
         |---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (number, link) in comparison.links.iter().enumerate() {
        let of = |strategy: usize| runs[comparison.job(strategy, number)].as_ref().unwrap();
        let (pop3, imap) = (of(0), of(1));
        for (nth, tariff) in comparison.tariffs.iter().enumerate() {
            let (cheap, dear) = (pop3.bills[nth].total(), imap.bills[nth].total());
            text.push_str(&format!(
                "| `{}` | `{}` | {} | {} | {} {} | {} | {} {} | {:.1} |\n",
                link.name,
                tariff.name,
                pop3.metrics.calls,
                pop3.metrics.connected,
                tariff.currency,
                cheap,
                imap.metrics.connected,
                tariff.currency,
                dear,
                dear.as_f64() / cheap.as_f64(),
            ));
        }
    }
    text
}

/// Who wins where over the share that is read and the mean size, by time and by money.
pub fn maps() -> Vec<Drawing> {
    let map = |judge: Judge, tariff: &str, file: &str| {
        let plan = MapPlan::new(MapAsk {
            strategies: ["pop3-fetch-all-delete", "imap-online"].map(|name| strategy::named(name).unwrap()),
            field: Field::ShareSize { messages: 20, link: Box::new(preset::resolve("v22bis-2400").unwrap()) },
            judge,
            tariff: Tariff::named(tariff).unwrap().clone(),
            scenario: built_in("default").unwrap(),
            options: Options::default(),
            samples: 9,
        })
        .unwrap();
        let mut result = plan.grid((0..plan.points()).map(|nth| plan.point(nth)).collect());
        let crossings = (0..plan.stretches(&result)).flat_map(|nth| plan.search(&result, nth)).collect();
        result.crossings = crossings;
        (file.to_owned(), plan.chart(&result).svg())
    };
    vec![
        map(Judge::Connected, "us-att-1989-0926", "map-online.svg"),
        map(Judge::Money, "us-att-1989-0926", "map-money.svg"),
    ]
}
