//! Strategies in virtual time, over a real line.

use super::*;
use crate::link::preset;
use crate::measure::metrics::Metrics;
use crate::protocol::Server;
use crate::protocol::imap::Imap;
use crate::protocol::pop3::Pop3;
use crate::protocol::smtp::Smtp;
use crate::world::lab::Lab;
use crate::world::{Host, World};

fn metrics(scenario: &str, strategy: &str, link: &str) -> Metrics {
    let scenario = built_in(scenario).unwrap();
    let ready = Prepared::new(&scenario, scenario.mail().unwrap()).unwrap();
    let mut host = Host::new(vec![
        (Service::Pop3, Server::Pop3(Pop3::new(Default::default()))),
        (Service::Imap, Server::Imap(Imap::new(Default::default()))),
        (Service::Pop2, Server::Pop2(crate::protocol::pop2::Pop2::new(Default::default()))),
        (Service::Smtp, Server::Smtp(Smtp::new(Default::default()))),
    ]);
    host.deliveries = ready.deliveries.clone();
    let mut world = World::new(scenario.seed, ready.store.clone(), host);
    let workstation = world.add_workstation(Arc::new(preset::resolve(link).unwrap()));
    let mut lab = Lab::new(world);
    lab.add_client(workstation, start(strategy, &ready));
    lab.run().unwrap();
    let outcomes: Vec<_> = lab.outcomes().map(|outcome| outcome.cloned()).collect();
    assert_eq!(outcomes, [Some(Ok(()))], "{strategy} over {link}");
    Metrics::of(lab.world(), workstation, &ready.interest())
}

#[test]
fn every_strategy_runs_in_virtual_time_and_reads_all_that_is_wanted() {
    for row in STRATEGIES {
        let run = metrics("default", row.name, "v34-28800:plain");
        assert_eq!(
            (run.read, run.calls),
            (24, if row.family == Family::Online { 1 } else { 2 }),
            "{}",
            row.name
        );
    }
    for name in ["pop3-leave-uidl", "imap-fetch-all"] {
        let run = metrics("leave-on-server", name, "v34-28800:plain");
        assert_eq!((run.read, run.calls, run.wasted_bytes), (50, 5, 0), "{name}");
    }
}

#[test]
fn two_calls_of_a_minute_do_the_work_of_half_an_hour_on_line() {
    let [fetch, off, pop, imap] = ["pop3-fetch-all-delete", "imap-fetch-all", "pop3-online", "imap-online"]
        .map(|name| metrics("faq-two-calls", name, "v34-28800:plain").connected.as_secs_f64());
    assert!(fetch < 120.0 && off < 120.0, "off line: {fetch} s by POP3, {off} s by IMAP");
    assert!(pop > 1680.0 && imap > 1680.0, "on line: {pop} s by POP3, {imap} s by IMAP");
}
