//! `ref-v34`: the measuring stick. Sixty messages of exactly 8,192 bytes by POP3 in lock-step over 28.8 kbit/s; one
//! run with its journal and its itemised bill, the mailbox being ready.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use maillab::desk::Service;
use maillab::lesson::Lesson;
use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::measure::bill;
use maillab::protocol::Server;
use maillab::protocol::pop3::{Pop3, Pop3Settings};
use maillab::scenario::{Prepared, built_in};
use maillab::strategy;
use maillab::world::lab::Lab;
use maillab::world::{Host, World};
use rayon::prelude::*;

fn ref_v34(c: &mut Criterion) -> Result<(), Lesson> {
    let scenario = built_in("ref-v34")?;
    let prepared = Prepared::new(&scenario, scenario.mail()?)?;
    let tariff = Tariff::named("us-att-1989-0926")?;
    let host = Host::new(vec![(Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default())))]);
    let mut world = World::new(scenario.seed, prepared.store.clone(), host);
    world.add_workstation(Arc::new(preset::resolve("rate=28800,bits=8,frame=8,delay=100ms,mtu=576")?));
    let program = strategy::reference(prepared.account.clone());
    let session = || {
        let mut lab = Lab::new(world.clone());
        lab.add_client(0, Arc::clone(&program));
        lab
    };
    let run = |mut lab: Lab| {
        let ended = lab.run();
        assert!(ended.is_ok() && lab.outcomes().all(|outcome| outcome == Some(&Ok(()))));
        lab
    };
    let mut group = c.benchmark_group("ref-v34");
    group.bench_function("session", |b| {
        b.iter_batched(session, |lab| black_box(run(lab)), BatchSize::SmallInput);
    });
    group.bench_function("session and bill", |b| {
        b.iter_batched(
            session,
            |lab| {
                let lab = run(lab);
                black_box(bill::itemised(lab.world(), 0, tariff, scenario.start));
                lab
            },
            BatchSize::SmallInput,
        );
    });
    group.bench_function("session with history", |b| {
        let session = || {
            let mut lab = Lab::with_history(world.clone());
            lab.add_client(0, Arc::clone(&program));
            lab
        };
        b.iter_batched(session, |lab| black_box(run(lab)), BatchSize::SmallInput);
    });
    group.finish();
    if let Some(runs) = std::env::var("MAILLAB_RUNS").ok().and_then(|runs| runs.parse::<u64>().ok()) {
        sweep(runs, || {
            let lab = run(session());
            black_box(bill::totals(lab.world(), 0, tariff, scenario.start));
        });
    }
    Ok(())
}

/// As a sweep would: sessions with their bills on all cores. `MAILLAB_RUNS=100000 cargo bench --bench ref_v34`.
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and tells")]
fn sweep(runs: u64, session: impl Fn() + Sync) {
    let begun = std::time::Instant::now();
    (0..runs).into_par_iter().for_each(|_| session());
    println!("{runs} x ref-v34 with bill on all cores: {:.1} s", begun.elapsed().as_secs_f64());
}

fn benches(c: &mut Criterion) {
    let done = ref_v34(c);
    assert!(done.is_ok(), "{done:?}");
}

criterion_group!(all, benches);
criterion_main!(all);
