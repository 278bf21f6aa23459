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
        let comparison = comparison(&scenario, &["isdn-64k", "vsat-geo"], &["de-dtag-1995-local"]);
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
            for grain in [Grain::Command, Grain::Kind] {
                let table = itemised(&comparison, comparison.job(strategy, 0), tariff, grain).unwrap();
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

#[test]
fn a_bill_by_kind_has_few_rows_and_labels_what_was_fetched_in_vain() {
    let scenario = scenario::built_in("default").unwrap();
    let comparison = comparison(&scenario, &["v34-28800:plain"], &["bt-local-1997"]);
    let place = STRATEGIES.iter().position(|row| row.name == "pop3-fetch-all-delete").unwrap();
    let rows = |grain| {
        let table = itemised(&comparison, comparison.job(place, 0), &comparison.tariffs[0], grain).unwrap();
        table.to_text(None)
    };
    let (kinds, commands) = (rows(Grain::Kind), rows(Grain::Command));
    assert!(commands.contains("\nRETR 60 ") && !kinds.contains("RETR 60"), "{commands}");
    assert!(kinds.lines().count() < 60, "{kinds}");
    let retr: Vec<&str> = kinds.lines().filter(|line| line.starts_with("RETR ")).collect();
    assert_eq!(retr.len(), 2, "one item for what is read, one for what is not: {kinds}");
    assert_eq!(retr.iter().filter(|line| line.contains("never read")).count(), 1);
}

#[test]
fn the_tariffs_of_headline_results_are_sourced() {
    for name in DEFAULT_TARIFFS {
        assert!(!Tariff::named(name).unwrap().is_illustrative(), "{name}");
    }
    for known in scenario::BUILT_IN {
        for name in scenario::built_in(known.name).unwrap().tariffs {
            assert!(!Tariff::named(&name).unwrap().is_illustrative(), "{name} of {}", known.name);
        }
    }
}

#[test]
fn illustrative_prices_are_said_to_be_so_wherever_they_are_shown() {
    let scenario = scenario::built_in("faq-two-calls").unwrap();
    let comparison = comparison(&scenario, &["v22bis-2400"], &["sat-b-1998", "free"]);
    let runs = run_all(&comparison);
    let said = prices_table(&comparison, &runs).to_text(Some(100));
    assert!(said.contains("(illustrative prices)") && said.contains("Illustrative, not from"), "{said}");
    assert!(results_table(&comparison, &runs).to_csv().contains(",illustrative,"));
    let charts = charts(&comparison, &runs);
    let of = |name: &str| charts.iter().find(|(known, _)| known == name).map(|(_, svg)| svg).unwrap();
    assert!(of("money-sat-b-1998").contains("These prices are illustrative"));
    assert!(!of("money-free").contains("These prices are illustrative"));
}

#[test]
fn a_run_that_failed_is_reported_and_has_no_figures() {
    let scenario = scenario::built_in("faq-two-calls").unwrap();
    let comparison = comparison(&scenario, &["v22bis-2400"], &["free"]);
    let mut runs = run_all(&comparison);
    runs[0].as_mut().unwrap().outcome = Err(Trouble::CallFailed);
    let name = comparison.strategies[0].name;
    let summary = summary_table(&comparison, &runs).to_text(None);
    assert!(summary.lines().any(|line| line == format!("{name}: failed")), "{summary}");
    let prices = prices_table(&comparison, &runs).to_text(None);
    assert!(prices.contains(&format!("{name} over v22bis-2400: the call failed")), "{prices}");
    let results = results_table(&comparison, &runs);
    let row = &results.rows[0];
    let cell = |name: &str| &row[results.columns.iter().position(|column| column.name == name).unwrap()];
    assert_eq!(cell("outcome"), &crate::chart::Cell::from("the call failed"));
    for figure in ["turns", "line_bytes_down", "connected_s", "done_s", "cost", "cost_x_bound"] {
        assert_eq!(cell(figure), &crate::chart::Cell::Empty, "{figure}");
    }
    assert!(results.rows.iter().all(|row| row.len() == results.columns.len()));
    for (name, svg) in charts(&comparison, &runs) {
        assert!(name == "bytes" || svg.contains("no run"), "{name}");
    }
}

#[test]
fn every_summary_fits_a_hundred_columns() {
    let scenario = scenario::built_in("default").unwrap();
    let comparison = comparison(&scenario, &DEFAULT_LINKS, &DEFAULT_TARIFFS);
    let runs: Vec<Option<Run>> =
        (0..comparison.jobs()).map(|job| (job < 16).then(|| comparison.run(job).unwrap())).collect();
    for text in
        [summary_table(&comparison, &runs).to_text(None), prices_table(&comparison, &runs).to_text(None)]
    {
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}

#[test]
fn chance_is_said_with_its_seed_and_what_the_links_data_leave_to_it() {
    let scenario = scenario::built_in("default").unwrap();
    let mut comparison = comparison(&scenario, &["v22bis-2400"], &["free"]);
    assert!(comparison.rests_on().iter().any(|line| line.starts_with("Nothing is left to chance:")));
    comparison.options.chance = true;
    let said = comparison.rests_on().join(" ");
    assert!(said.contains("by seed 1998: v22bis-2400: 5 % of calls fail"), "{said}");
    assert!(said.contains("bit errors 0.00001"), "{said}");
}

/// At 10^-5, every fortieth packet of 2,400 bits arrives with a wrong one.
#[test]
fn wrong_bits_without_error_control_are_lost_packets_that_tcp_sends_again() {
    let scenario = scenario::built_in("faq-two-calls").unwrap();
    let mut comparison = comparison(&scenario, &["v22bis-2400"], &["free"]);
    let quiet = comparison.run(0).unwrap().metrics;
    comparison.options.chance = true;
    let noisy = comparison.run(0).unwrap().metrics;
    assert_eq!((quiet.lost_packets.up, quiet.lost_packets.down), (0, 0));
    assert!(noisy.lost_packets.down > 0 && noisy.repeated_packets.down > quiet.repeated_packets.down);
    assert_eq!((noisy.read, noisy.app_bytes.down), (quiet.read, quiet.app_bytes.down));
    assert!(noisy.connected > quiet.connected);
}
