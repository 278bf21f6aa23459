//! A trace over another link: exact over its own, equal to the strategy's own run where every step waits for an
//! answer, and doubtful, with the reason, where it may not hold.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::sync::Arc;

use maillab::compare::{Comparison, Options};
use maillab::link::preset;
use maillab::link::spec::LinkSpec;
use maillab::link::tcp::{PROFILES, Side};
use maillab::scenario::Scenario;
use maillab::strategy::{ON_REQUEST, STRATEGIES, StrategyRow};
use maillab::time::Duration;
use maillab::trace::replay::{Doubt, Plan};
use maillab::trace::{HeadKey, Trace};
use maillab::world::World;

/// Two calls by whoever reads off line, a second connection for whoever reads on line.
const SCENARIO: &str = "format = \"maillab-scenario/1\"\nseed = 7\n[mailbox]\nperiod = \"1998\"\nmessages = 6\n\
    [reader]\nreads = [1, 2, 4, 5]\nthink_s = 12\nanswers = [2, 5]\nanswer_bytes = 500\n";

/// Over slow and fast lines, with and without framing that looks at octets, over a satellite, up slower than down.
const LINKS: [&str; 5] = [
    "rate=2400,bits=10,frame=8,delay=90ms,mtu=576",
    "rate=28800,bits=8,frame=8,delay=100ms,mtu=576",
    "rate=128000,rate_up=33600,bits=8,frame=8,delay=300ms,mtu=1500",
    "v34-28800:plain",
    "vsat-geo:plain",
];

fn comparison(scenario: &str, strategies: Vec<&'static StrategyRow>, options: Options) -> Comparison {
    let scenario = Scenario::read("test.toml", scenario.as_bytes()).unwrap();
    let mail = scenario.mail().unwrap();
    let links: Vec<LinkSpec> = LINKS.iter().map(|name| preset::resolve(name).unwrap()).collect();
    Comparison::new(&scenario, mail, strategies, links, vec![], options).unwrap()
}

fn all() -> Vec<&'static StrategyRow> {
    STRATEGIES.iter().chain(ON_REQUEST).collect()
}

/// The trace of a strategy's run, as it would be read from a file, and the world that it ran in.
fn recorded(comparison: &Comparison, strategy: usize, link: usize) -> (Trace, World) {
    let (run, world) = comparison.run_recorded(comparison.job(strategy, link)).unwrap();
    assert_eq!(run.outcome, Ok(()), "{}", comparison.strategies[strategy].name);
    let text = Trace::of(&world, 0).with(HeadKey::Strategy, comparison.strategies[strategy].name).to_text();
    let trace = Trace::parse(&text, "a.trace").unwrap();
    assert_eq!(trace.to_text(), text);
    (trace, world)
}

/// Two traces differ in nothing but what a head may say of luck; the first line that differs is shown.
fn assert_same(replayed: &Trace, recorded: &Trace, what: &str) {
    let (a, b) = (replayed.to_text(), recorded.to_text());
    for (a, b) in a.lines().zip(b.lines()).filter(|(a, _)| !a.starts_with("strategy")) {
        let short = |line: &str| line.chars().take(160).collect::<String>();
        assert_eq!(short(a), short(b), "{what}");
    }
    assert_eq!(replayed.lines.len(), recorded.lines.len(), "{what}");
}

#[test]
fn over_its_own_link_every_time_stamp_comes_again() {
    for options in [
        Options::default(),
        Options { server_thinks: Duration::from_millis(70), ..Options::default() },
        Options { stack: PROFILES.iter().find(|one| one.name == "bsd-1990").unwrap(), ..Options::default() },
        Options { chance: true, ..Options::default() },
    ] {
        let comparison = comparison(SCENARIO, all(), options);
        for strategy in 0..comparison.strategies.len() {
            for link in [1, 3] {
                let (run, world) = comparison.run_recorded(comparison.job(strategy, link)).unwrap();
                let trace = Trace::of(&world, 0).with(HeadKey::Strategy, "x");
                let replayed = Plan::new(&trace).unwrap().over(Arc::clone(&comparison.links[link]));
                let what = format!(
                    "{} over {}: {:?}",
                    comparison.strategies[strategy].name, LINKS[link], run.outcome
                );
                let again = Trace::of(&replayed.world, 0).with(HeadKey::Strategy, "x");
                assert_same(&again, &trace, &what);
                assert_eq!(replayed.doubts, [], "{what}");
                let packets = |world: &World| world.journal().packets.iter().copied().collect::<Vec<_>>();
                assert!(packets(&replayed.world) == packets(&world), "{what}: the same packets");
            }
        }
    }
}

/// Every strategy here waits for the whole answer before it goes on. Octets that tell the time of day (a greeting's
/// timestamp, a Date in an answer) stay as recorded; their packets may take another escape or two on a line whose
/// framing looks at octets. Where the octets agree all packets do, to the nanosecond.
#[test]
fn of_a_lock_step_client_a_replay_is_what_the_client_would_do() {
    let comparison = comparison(SCENARIO, all(), Options::default());
    for strategy in 0..comparison.strategies.len() {
        for from in [0, 3] {
            let (trace, _) = recorded(&comparison, strategy, from);
            let plan = Plan::new(&trace).unwrap();
            for link in (0..LINKS.len()).filter(|link| *link != from) {
                let what = format!(
                    "{} recorded over {}, over {}",
                    comparison.strategies[strategy].name, LINKS[from], LINKS[link]
                );
                let (_, ran) = recorded(&comparison, strategy, link);
                let replayed = plan.over(Arc::clone(&comparison.links[link]));
                assert_eq!(replayed.doubts, [], "{what}");
                assert_equal_events(&replayed.world, &ran, &what);
            }
        }
    }
}

/// The packets of two worlds are the same, event for event; where octets on the line are looked at and differ,
/// everything but the moments is.
fn assert_equal_events(replayed: &World, ran: &World, what: &str) {
    let (a, b) = (&replayed.journal().packets, &ran.journal().packets);
    let framing = replayed.workstations()[0].link().framing;
    let exact = !framing.looks_at_octets() || octets(replayed) == octets(ran);
    for (nth, (a, b)) in a.iter().zip(b.iter()).enumerate() {
        if exact {
            assert_eq!(a, b, "{what}: packet {nth}");
        } else {
            let shape = |p: &maillab::world::Packet| {
                (p.conn, p.call, p.from, p.segment.seq, p.segment.len, p.ip_octets)
            };
            assert_eq!(shape(a), shape(b), "{what}: packet {nth}");
            assert!(
                a.transit.arrive.as_nanos().abs_diff(b.transit.arrive.as_nanos()) < 20_000_000,
                "{what}: {nth}"
            );
        }
    }
    assert_eq!(a.len(), b.len(), "{what}");
    if exact {
        assert_eq!(replayed.journal().calls, ran.journal().calls, "{what}");
    }
}

fn octets(world: &World) -> Vec<Vec<u8>> {
    let streams =
        world.conns().iter().flat_map(|conn| [Side::Client, Side::Server].map(|side| conn.stream(side)));
    streams.map(|stream| stream.joined(0, stream.end()).to_vec()).collect()
}

fn doubts(trace: &Trace, link: &str) -> Vec<Doubt> {
    Plan::new(trace).unwrap().over(Arc::new(preset::resolve(link).unwrap())).doubts
}

#[test]
fn a_client_that_comes_back_by_the_clock_is_doubted() {
    let visits = SCENARIO.to_owned() + "visits = 2\nevery = \"1h\"\n";
    let Ok(_) = Scenario::read("test.toml", visits.as_bytes()) else { panic!("{visits}") };
    let comparison = comparison(&visits, vec![&STRATEGIES[0]], Options::default());
    let (trace, _) = recorded(&comparison, 0, 1);
    assert!(doubts(&trace, LINKS[0]).contains(&Doubt::Visits));
    assert_eq!(doubts(&trace, LINKS[1]), [], "over its own link there is nothing to doubt");
}

fn trace(lines: &str) -> Trace {
    Trace::parse(&format!("maillab-trace 1\nlink {}\ndial 0\nup 0\n{lines}", LINKS[2]), "a.trace").unwrap()
}

const GREETED: &str = "0 10 pop3/0 S> - 0 \"+OK\\r\\n\"\n1 20 pop3/0 C> 0+5 0 \"STAT\\r\\n\"\n";

#[test]
fn reasons_are_found_and_said() {
    let says = |lines: &str, word: &str| {
        let doubts = doubts(&trace(&format!("{GREETED}{lines}")), LINKS[0]);
        assert!(doubts.iter().any(|doubt| doubt.word() == word), "{word}: {doubts:?}");
        assert!(doubts.iter().all(|doubt| doubt.to_string().len() > 20));
    };
    says(
        "2 30 pop3/0 S> 1+6 0 \"+OK 1 2\\r\\n\"\n3 700000000040 pop3/0 C> 2+9 700000000000 \"QUIT\\r\\n\"\n",
        "idle-timer",
    );
    says(
        "2 200000000030 pop3/0 C> 0+5 200000000000 \"PASS x\\r\\n\"\n3 200000000040 pop3/0 S> 2+8 0 \"+OK\\r\\n\"\n",
        "login-timer",
    );
    says("drop 40\n", "line-drops");
    says("2 30 pop3/0 S> 1+6 0 \"+OK 1 2\\r\\n\"\n3 40 pop3/0 C> 2+4 0 \"QUIT\\r\\n\"\n", "depends-on-speed");
    says("2 30 pop3/0 S> - 0 \"-ERR bye\\r\\n\"\n", "depends-on-speed");
    says(
        "2 30 pop3/0 C> 0+5 2000000000 \"NOOP\\r\\n\"\n3 40 pop3/0 C> 0+5 2000000000 \"NOOP\\r\\n\"\n",
        "by-the-clock",
    );
    assert_eq!(doubts(&trace(GREETED), LINKS[0]), []);
}

#[test]
fn a_trace_without_openings_and_closings_is_played_to_its_end() {
    let ended = trace(&format!("{GREETED}2 30 pop3/0 S> 1+6 0 \"+OK 1 2\\r\\n\"\ndown 90\n"));
    let replayed = Plan::new(&ended).unwrap().over(Arc::new(preset::resolve(LINKS[3]).unwrap()));
    assert_eq!(replayed.doubts, []);
    let again = Trace::of(&replayed.world, 0);
    assert_eq!(again.writes().map(|write| &write.octets).collect::<Vec<_>>().len(), 3);
    assert!(again.to_text().contains("hangup"));
}

#[test]
fn absurd_times_end() {
    let far = u64::MAX;
    let absurd = trace(&format!(
        "0 10 pop3/0 S> - 0 \"+OK\\r\\n\"\n1 {far} pop3/0 C> 0+5 {far} \"STAT\\r\\n\"\ndown {far}\n"
    ));
    let _ = Plan::new(&absurd).unwrap().over(Arc::new(preset::resolve(LINKS[3]).unwrap()));
}
