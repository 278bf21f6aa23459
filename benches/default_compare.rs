//! `default`: what `maillab compare` does without arguments, on one thread: eight strategies over eight links,
//! four tariffs on each run, then tables and charts.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use maillab::compare::{self, Comparison, DEFAULT_TARIFFS, Options, Run};
use maillab::lesson::Lesson;
use maillab::link::preset::{self, DEFAULT_LINKS};
use maillab::link::tariff::Tariff;
use maillab::scenario::built_in;
use maillab::strategy::STRATEGIES;

fn comparison() -> Result<Comparison, Lesson> {
    let scenario = built_in("default")?;
    let links = DEFAULT_LINKS.iter().map(|name| preset::resolve(name)).collect::<Result<_, _>>()?;
    let tariffs =
        DEFAULT_TARIFFS.iter().map(|name| Tariff::named(name).cloned()).collect::<Result<_, _>>()?;
    let mail = scenario.mail()?;
    Comparison::new(&scenario, mail, STRATEGIES.iter().collect(), links, tariffs, Options::default())
}

fn runs(comparison: &Comparison) -> Vec<Option<Run>> {
    (0..comparison.jobs()).map(|job| comparison.run(job).ok()).collect()
}

/// Everything but the files: mailbox, runs, tables, charts. Gives how many octets were written.
fn whole() -> Result<usize, Lesson> {
    let comparison = comparison()?;
    let runs = runs(&comparison);
    let results = compare::results_table(&comparison, &runs);
    let charts = compare::charts(&comparison, &runs);
    let summary = compare::summary_table(&comparison, &runs).to_text(Some(100))
        + &compare::prices_table(&comparison, &runs).to_text(Some(100));
    Ok(results.to_csv().len()
        + results.to_json().len()
        + summary.len()
        + charts.iter().map(|(_, svg)| svg.len()).sum::<usize>())
}

fn default_compare(c: &mut Criterion) {
    let mut group = c.benchmark_group("default");
    group.sample_size(10);
    group.bench_function("whole comparison", |b| b.iter(|| black_box(whole().unwrap_or_default())));
    if let Ok(comparison) = comparison() {
        group.bench_function("64 runs", |b| b.iter(|| black_box(runs(&comparison))));
    }
    group.finish();
}

criterion_group!(all, default_compare);
criterion_main!(all);
