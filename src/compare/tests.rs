use super::*;
use crate::link::preset::{self, DEFAULT_LINKS};
use crate::scenario;
use crate::strategy::STRATEGIES;

fn comparison(scenario: &Scenario, links: &[&str], tariffs: &[&str]) -> Comparison {
    Comparison::new(
        scenario,
        scenario.mail().unwrap(),
        STRATEGIES.iter().collect(),
        links.iter().map(|name| preset::resolve(name).unwrap()).collect(),
        tariffs.iter().map(|name| Tariff::named(name).unwrap().clone()).collect(),
        Options::default(),
    )
    .unwrap()
}

fn run_all(comparison: &Comparison) -> Vec<Option<Run>> {
    (0..comparison.jobs()).map(|job| comparison.run(job).ok()).collect()
}

#[test]
fn every_strategy_finishes_over_every_default_link_and_none_undercuts_the_bound() {
    let scenario = scenario::built_in("default").unwrap();
    let comparison = comparison(&scenario, &DEFAULT_LINKS, &DEFAULT_TARIFFS);
    let wanted = comparison.interest().messages.values().filter(|worth| worth.wanted).count() as u64;
    for run in run_all(&comparison) {
        let run = run.unwrap();
        let (strategy, link) = (comparison.strategies[run.strategy].name, &comparison.links[run.link].name);
        assert_eq!(run.outcome, Ok(()), "{strategy} over {link}");
        assert_eq!(run.metrics.read, wanted, "{strategy} over {link}");
        let bound = comparison.bound(run.link);
        assert!(run.metrics.line_bytes.down >= bound.line_bytes_down, "{strategy} over {link}");
        assert!(run.metrics.connected >= bound.connected, "{strategy} over {link}");
        assert!(run.metrics.done.unwrap() >= bound.done, "{strategy} over {link}");
        for (tariff, bill) in run.bills.iter().enumerate() {
            assert!(bill.total() >= comparison.least_price(run.link, tariff), "{strategy} over {link}");
        }
    }
}

#[test]
fn a_job_gives_the_same_whenever_it_is_run() {
    let scenario = scenario::built_in("faq-two-calls").unwrap();
    let comparison = comparison(&scenario, &["v34-28800:plain"], &["bt-local-1997"]);
    let forward = run_all(&comparison);
    let backward: Vec<Option<Run>> =
        (0..comparison.jobs()).rev().map(|job| comparison.run(job).ok()).collect();
    assert!(forward.iter().eq(backward.iter().rev()));
}

#[test]
fn every_built_in_scenario_has_no_run_below_its_bound() {
    for known in scenario::BUILT_IN {
        let scenario = scenario::built_in(known.name).unwrap();
        let comparison =
            comparison(&scenario, &["isdn-64k:plain", "vsat-geo:plain"], &["de-dtag-1995-local"]);
        for run in run_all(&comparison).into_iter().flatten() {
            let (strategy, bound) = (comparison.strategies[run.strategy].name, comparison.bound(run.link));
            assert_eq!(run.outcome, Ok(()), "{strategy} on {}", known.name);
            assert!(run.metrics.connected >= bound.connected, "{strategy} on {}", known.name);
            assert!(run.metrics.done.unwrap_or_default() >= bound.done, "{strategy} on {}", known.name);
            assert!(
                run.bills[0].total() >= comparison.least_price(run.link, 0),
                "{strategy} on {}",
                known.name
            );
        }
    }
}

#[test]
fn the_itemised_bill_ends_in_its_own_sum() {
    let scenario = scenario::built_in("faq-two-calls").unwrap();
    let comparison = comparison(&scenario, &["v22bis-2400"], &DEFAULT_TARIFFS);
    for strategy in 0..comparison.strategies.len() {
        for tariff in &comparison.tariffs {
            let table = itemised(&comparison, comparison.job(strategy, 0), tariff).unwrap();
            let cost = table.columns.len() - 1;
            let amount = |row: &Vec<crate::chart::Cell>| match row[cost] {
                crate::chart::Cell::Nanos(nanos) => nanos,
                _ => 0,
            };
            let (total, items) = table.rows.split_last().unwrap();
            assert_eq!(items.iter().map(amount).sum::<i128>(), amount(total));
        }
    }
}

#[test]
fn a_map_checks_its_borders_on_both_sides() {
    let scenario = scenario::built_in("default").unwrap();
    let ask = MapAsk {
        strategies: [
            strategy::named("imap-fetch-all").unwrap(),
            strategy::named("imap-headers-first").unwrap(),
        ],
        field: Field::ShareSize { messages: 10, link: Box::new(preset::resolve("v34-28800:plain").unwrap()) },
        judge: Judge::Connected,
        tariff: Tariff::named("bt-local-1997").unwrap().clone(),
        scenario,
        options: Options::default(),
        samples: 4,
    };
    let plan = MapPlan::new(ask).unwrap();
    let mut result = plan.grid((0..plan.points()).map(|nth| plan.point(nth)).collect());
    result.crossings = (0..plan.stretches(&result)).flat_map(|nth| plan.search(&result, nth)).collect();
    assert!(!result.crossings.is_empty(), "who reads little wins by headers, who reads all by fetching all");
    for crossing in &result.crossings {
        assert_ne!(crossing.before.verdict(), crossing.after.verdict());
        let (before, after) = (crossing.before, crossing.after);
        let (low, high) = if before.y == after.y { (before.x, after.x) } else { (before.y, after.y) };
        assert!(high - low <= (low / 100).max(1), "{low} to {high}");
    }
    // Who reads one of ten short messages is better off choosing by headers than fetching all.
    assert_eq!(result.grid[3][0].verdict(), Verdict::Second);
    assert!(plan.chart(&result).svg().starts_with("<svg"));
}
