//! A running strategy can be forked: cloned in the middle, started afresh on its tape, and run on, it ends in
//! the same world as without the fork. Nothing in a strategy may thus have a memory, clock or chance of its own.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use maillab::compare::{Comparison, Options};
use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::scenario;
use maillab::strategy::STRATEGIES;

fn comparison(chance: bool) -> Comparison {
    let scenario = scenario::built_in("leave-on-server").unwrap();
    Comparison::new(
        &scenario,
        scenario.mail().unwrap(),
        STRATEGIES.iter().collect(),
        vec![preset::resolve("v34-28800:plain").unwrap()],
        vec![Tariff::named("bt-local-1997").unwrap().clone()],
        Options { chance, ..Options::default() },
    )
    .unwrap()
}

#[test]
fn every_strategy_forked_anywhere_ends_where_the_original_ends() {
    for chance in [false, true] {
        let comparison = comparison(chance);
        for job in 0..comparison.jobs() {
            let name = comparison.strategies[job].name;
            let mut original = comparison.lab(job, false);
            original.run().unwrap();
            let events = original.world().events();
            let mut walker = comparison.lab(job, false);
            for part in 1..8 {
                while walker.world().events() < events * part / 8 && walker.step().unwrap() {}
                let mut fork = walker.clone();
                fork.run().unwrap();
                assert!(
                    fork.world() == original.world(),
                    "{name} forked after event {}",
                    walker.world().events()
                );
                assert!(fork.outcomes().eq(original.outcomes()), "{name}");
            }
        }
    }
}

#[test]
fn a_strategy_goes_back_to_any_event_and_on_again() {
    let comparison = comparison(false);
    for job in 0..comparison.jobs() {
        let mut lab = comparison.lab(job, true);
        lab.run().unwrap();
        let (end, events) = (lab.world().clone(), lab.world().events());
        for at in [events - 1, events / 2, 1, events / 3] {
            lab.goto(at).unwrap();
            assert_eq!(lab.world().events(), at);
        }
        lab.run().unwrap();
        assert!(*lab.world() == end, "{}", comparison.strategies[job].name);
    }
}
