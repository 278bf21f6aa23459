use std::sync::Arc;

use super::lab::Lab;
use super::*;
use crate::desk::{ConnId, Program, Service, Trouble};
use crate::link::call::{Budget, BudgetPeriod, Hours, Outside, Over, Windows};
use crate::link::framing::Ppp;
use crate::link::path::Fate;
use crate::link::spec::{Bearer, CallSetup, Chance as Chances, Framing, Loss, Queue};
use crate::link::tcp::Side;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::protocol::Server;
use crate::protocol::pop3::client::Pop3Client;
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::time::Duration;
use crate::units::BitRate;

/// The link of the reference session: 28.8 kbit/s, 8 bits and 8 octets a packet, 100 ms, MTU 576.
fn link(rate: u64) -> Arc<LinkSpec> {
    let rate = BitRate::new(rate).unwrap();
    Arc::new(LinkSpec {
        name: "test".into(),
        title: String::new(),
        era: String::new(),
        rate_down: rate,
        rate_up: rate,
        delay_down: Duration::from_millis(100),
        delay_up: Duration::from_millis(100),
        mtu: 576,
        bits_per_octet: 8,
        framing: Framing::None { octets_a_packet: 8 },
        bearer: Bearer::default(),
        queue_down: Queue::ENDLESS,
        queue_up: Queue::ENDLESS,
        loss: Loss::default(),
        call: CallSetup {
            unbilled: Duration::from_secs(12),
            billed: Duration::from_secs(12),
            billed_from_dial: false,
            channels: 1,
        },
        chance: Chances::default(),
        plain: None,
        sources: vec![],
        confidence: None,
        note: String::new(),
    })
}

fn store(messages: usize, octets: usize) -> Store {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    for user in ["alice", "bob"] {
        let user = store.add_user(user, "secret").unwrap();
        let inbox = store.inbox(user).unwrap();
        for n in 0..messages {
            let mut text = format!("Message-ID: <{n}@example.org>\r\nSubject: {n}\r\n\r\n");
            while text.len() < octets - 2 {
                text.push(if text.len() % 70 == 0 { '\n' } else { 'x' });
            }
            let text = text.replace('\n', "").replace('\r', "\r\n");
            store.append(inbox, Arc::new(Message::new(text)), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
        }
    }
    store
}

fn world(messages: usize, octets: usize) -> World {
    let services = vec![(Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default())))];
    World::new(1998, store(messages, octets), Host::new(services))
}

fn fetch_all(user: &'static str) -> Program {
    Arc::new(move |desk| {
        Box::pin(async move {
            desk.dial().await?;
            let mut pop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
            pop.user_pass(user, "secret").await?;
            let (messages, _) = pop.stat().await?;
            for number in 1..=messages {
                pop.retr(number).await?;
                if desk.random().await % 3 == 0 {
                    desk.think(Duration::from_millis(1_234)).await;
                }
                pop.dele(number).await?;
            }
            pop.quit().await?;
            desk.hang_up().await;
            Ok(())
        })
    })
}

fn lab(clients: &[&'static str], messages: usize, history: bool) -> Lab {
    let mut world = world(messages, 900);
    for _ in clients {
        world.add_workstation(link(28_800));
    }
    let mut lab = if history { Lab::with_history(world) } else { Lab::new(world) };
    for (workstation, user) in clients.iter().enumerate() {
        lab.add_client(workstation, fetch_all(user));
    }
    lab
}

#[test]
fn a_session_runs_to_its_end_and_empties_the_maildrop() {
    let mut lab = lab(&["alice"], 5, false);
    lab.run().unwrap();
    assert_eq!(lab.outcomes().collect::<Vec<_>>(), [Some(&Ok(()))]);
    let world = lab.world();
    let alice = world.store().user(b"alice").unwrap();
    assert!(world.store().mailbox(world.store().inbox(alice).unwrap()).unwrap().entries.is_empty());
    let call = &world.journal().calls[0];
    assert_eq!(call.answered, Some(Instant::START + Duration::from_secs(12)));
    assert_eq!(call.up, Some(Instant::START + Duration::from_secs(24)));
    assert_eq!(call.end, Some(CallEnd::HungUp));
    let conn = world.conn(ConnId(0)).unwrap();
    assert!(!conn.is_lost());
    assert_eq!(world.journal().commands.len(), 2 + 1 + 2 * 5 + 1);
    assert_eq!(
        conn.stream(Side::Client).end(),
        world.journal().commands.iter().map(|command| command.to - command.from).sum::<u64>(),
        "every octet of the client belongs to a command"
    );
}

#[test]
fn a_world_can_be_sent_to_another_thread() {
    fn check<T: Clone + PartialEq + Send + Sync>() {}
    check::<World>();
}

/// Forked at every event and run on, a session ends in the same world as without the fork.
fn forks_agree(clients: &[&'static str]) {
    let mut original = lab(clients, 3, false);
    original.run().unwrap();
    let mut walker = lab(clients, 3, false);
    while walker.step().unwrap() {
        let mut fork = walker.clone();
        fork.run().unwrap();
        assert_eq!(fork.world(), original.world(), "forked after event {}", walker.world().events());
        assert!(fork.outcomes().eq(original.outcomes()));
    }
    assert_eq!(walker.world(), original.world());
}

#[test]
fn forks_of_one_session_agree() {
    forks_agree(&["alice"]);
}

#[test]
fn forks_of_two_clients_at_once_agree() {
    forks_agree(&["alice", "bob"]);
}

#[test]
fn going_back_and_forth_passes_the_same_states() {
    let mut lab = lab(&["alice", "bob"], 8, true);
    let mut states = Vec::new();
    while lab.step().unwrap() {
        states.push(lab.world().clone());
    }
    for at in [1, 500, 63, 64, 65, 2, states.len(), 130, states.len() / 2].map(|at| at.min(states.len())) {
        lab.goto(at as u64).unwrap();
        assert_eq!(*lab.world(), states[at - 1], "after event {at}");
        lab.back().unwrap();
        assert_eq!(lab.world().events(), at as u64 - 1);
    }
    lab.run().unwrap();
    assert_eq!(lab.world(), states.last().unwrap());
}

#[test]
fn a_fork_over_a_slower_line_goes_its_own_way() {
    let mut lab = lab(&["alice"], 5, true);
    lab.run().unwrap();
    let whole = lab.world().now();
    lab.goto(lab.world().events() / 2).unwrap();
    let mut fork = lab.clone();
    fork.world_mut().change_link(0, link(2_400));
    fork.run().unwrap();
    assert!(fork.world().now() > whole);
    assert_eq!(fork.outcomes().collect::<Vec<_>>(), [Some(&Ok(()))]);
    lab.run().unwrap();
    assert_eq!(lab.world().now(), whole);
}

#[test]
fn a_client_with_a_memory_of_its_own_is_found_out() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let memory = Arc::new(AtomicU64::new(0));
    let program: Program = Arc::new(move |desk| {
        let memory = Arc::clone(&memory);
        Box::pin(async move {
            for _ in 0..10 {
                desk.think(Duration::from_secs(memory.fetch_add(1, Ordering::Relaxed) + 1)).await;
            }
            Ok(())
        })
    });
    let mut world = world(0, 100);
    world.add_workstation(link(2_400));
    let mut lab = Lab::new(world);
    lab.add_client(0, program);
    for _ in 0..4 {
        lab.step().unwrap();
    }
    let error = lab.clone().run().unwrap_err();
    assert_eq!((error.client, error.exchange), (0, 0));
}

#[test]
fn a_dropped_line_is_told_to_both_ends() {
    let mut lab = lab(&["alice"], 5, false);
    for _ in 0..60 {
        lab.step().unwrap();
    }
    lab.world_mut().drop_line(0);
    lab.run().unwrap();
    assert_eq!(lab.outcomes().collect::<Vec<_>>(), [Some(&Err(Trouble::NoCarrier))]);
    let world = lab.world();
    let alice = world.store().user(b"alice").unwrap();
    let inbox = world.store().inbox(alice).unwrap();
    assert_eq!(world.store().mailbox(inbox).unwrap().entries.len(), 5, "no QUIT, no deletion (RFC 1939 §6)");
    assert_eq!(world.store().clone().lock_maildrop(alice), Ok(()), "the lock is given back");
}

#[test]
fn a_thinking_server_answers_later_and_says_the_same() {
    let run = |thinks| {
        let mut world = world(3, 900);
        Arc::make_mut(&mut world.host).thinks = Duration::from_millis(thinks);
        world.add_workstation(link(28_800));
        let mut lab = Lab::new(world);
        lab.add_client(0, fetch_all("alice"));
        lab.run().unwrap();
        let octets: Vec<u8> = lab.world().conns()[0]
            .stream(Side::Server)
            .writes
            .iter()
            .flat_map(|w| w.bytes.to_vec())
            .collect();
        (lab.world().now(), octets, lab.world().journal().commands.len() as u64)
    };
    let (quick, said, commands) = run(0);
    let (slow, said_too, _) = run(100);
    assert_eq!(said, said_too);
    let later = slow.since(quick).as_nanos() / 1_000_000;
    // A pure ACK that occupies the line while the server thinks costs nothing more.
    assert!((commands * 95..commands * 105).contains(&later), "{later} ms for {commands} commands");
}

#[test]
fn chance_comes_from_the_seed_alone() {
    let run = |seed| {
        let mut link = (*link(28_800)).clone();
        link.chance.connect_fail_per_million = 500_000;
        link.chance.jitter = Duration::from_millis(20);
        link.chance.drops_per_million_hours = 200_000_000;
        let mut world = world(3, 900);
        world.seed = seed;
        let mut world = world.with_chance();
        world.add_workstation(Arc::new(link));
        let mut lab = Lab::new(world);
        lab.add_client(0, fetch_all("alice"));
        lab.run().unwrap();
        (lab.world().now(), lab.world().journal().calls.clone())
    };
    assert_eq!(run(7), run(7));
    let ends: Vec<_> = (0..40).map(|seed| run(seed).1[0].end).collect();
    for end in [CallEnd::Failed, CallEnd::Dropped, CallEnd::HungUp] {
        assert!(ends.contains(&Some(end)), "{end:?} in {ends:?}");
    }
}

#[test]
fn a_server_loses_patience_with_its_client_and_not_with_the_line() {
    let run = |silence: u64, rate: u64| {
        let mut world = world(1, 30_000);
        world.add_workstation(link(rate));
        let mut lab = Lab::new(world);
        lab.add_client(
            0,
            Arc::new(move |desk| {
                Box::pin(async move {
                    desk.dial().await?;
                    let mut pop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
                    pop.user_pass("alice", "secret").await?;
                    pop.retr(1).await?;
                    desk.think(Duration::from_secs(silence)).await;
                    pop.quit().await
                })
            }),
        );
        lab.run().unwrap();
        (lab.outcomes().next().unwrap().unwrap().is_ok(), lab.world().now())
    };
    let (served, end) = run(0, 300);
    assert!(
        served && end > Instant::START + Duration::from_secs(800),
        "RETR alone takes a quarter of an hour: {end}"
    );
    assert!(run(599, 28_800).0);
    assert!(!run(602, 28_800).0, "ten minutes of silence are enough (RFC 1939 §3)");
}

/// A call on a link like [`link`], with PPP and so long a billed set-up.
fn call_with_ppp(rate: u64, billed: Duration) -> World {
    let mut spec = LinkSpec::clone(&link(rate));
    spec.framing = Framing::Ppp(Ppp::WITH_VJ);
    spec.call.billed = billed;
    let mut world = world(2, 900);
    world.add_workstation(Arc::new(spec));
    let mut lab = Lab::new(world);
    lab.add_client(0, fetch_all("alice"));
    lab.run().unwrap();
    assert_eq!(lab.outcomes().collect::<Vec<_>>(), [Some(&Ok(()))]);
    lab.world().clone()
}

#[test]
fn ppp_negotiates_within_the_billed_set_up_and_not_on_top_of_it() {
    let world = call_with_ppp(28_800, Duration::from_secs(12));
    let (call, negotiation) = (&world.journal().calls[0], &world.journal().negotiations[0]);
    assert_eq!(call.up.unwrap().since(call.dialled), Duration::from_secs(24), "12 to dial, 12 to connect");
    assert_eq!(negotiation.start + negotiation.what.took, call.up.unwrap());
    assert!(negotiation.start > call.answered.unwrap());
    assert!(negotiation.what.frames.iter().any(|frame| frame.from == Side::Server));
    let all_arrive = world.journal().packets.iter().all(|packet| packet.fate == Fate::Arrives);
    assert!(all_arrive, "every compressed header came back as it was");
    let short = world.journal().packets.iter().filter(|packet| packet.line_octets < packet.ip_octets);
    assert!(short.count() > 5, "VJ was agreed on and done");
}

#[test]
fn where_ppp_needs_longer_than_the_billed_set_up_that_grows() {
    let world = call_with_ppp(1200, Duration::from_millis(500));
    let call = &world.journal().calls[0];
    let took = world.journal().negotiations[0].what.took;
    assert!(took > Duration::from_secs(2), "{took}");
    assert_eq!(call.up.unwrap().since(call.answered.unwrap()), took);
}

/// Reads the maildrop of one message, thinks for so long, and reads it again.
fn twice(think: Duration) -> Program {
    Arc::new(move |desk| {
        Box::pin(async move {
            desk.dial().await?;
            let mut client = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
            client.user_pass("alice", "secret").await?;
            client.retr(1).await?;
            desk.think(think).await;
            client.retr(1).await?;
            client.quit().await?;
            desk.hang_up().await;
            Ok(())
        })
    })
}

/// How the only call of such a session ended, and when after it was up; and the outcome.
fn planned(plan: CallPlan, think: u64) -> (CallEnd, Duration, Result<(), Trouble>) {
    let pop3 = Server::Pop3(Pop3::new(Pop3Settings::default()));
    let host = Host::new(vec![(Service::Pop3, pop3)]);
    let mut world = World::new(1, store(1, 2000), host).with_calls(plan);
    let workstation = world.add_workstation(link(28_800));
    let mut lab = Lab::new(world);
    lab.add_client(workstation, twice(Duration::from_secs(think)));
    lab.run().unwrap();
    let call = lab.world().journal().calls.last().unwrap();
    let lasted = call.ended.unwrap().since(call.up.unwrap_or(call.ended.unwrap()));
    (call.end.unwrap(), lasted, lab.outcomes().next().flatten().cloned().unwrap())
}

#[test]
fn a_provider_hangs_up_when_nothing_was_sent_for_too_long() {
    let plan = CallPlan { idle: Some(Duration::from_secs(600)), ..CallPlan::default() };
    let (end, lasted, outcome) = planned(plan.clone(), 700);
    assert_eq!((end, outcome), (CallEnd::Idle, Err(Trouble::NoCarrier)));
    assert!((600..605).contains(&lasted.as_nanos().div_euclid(1_000_000_000)), "{lasted}");
    assert_eq!(planned(plan, 590).0, CallEnd::HungUp);
}

#[test]
fn a_line_drops_at_its_moment_and_under_its_byte() {
    let drop = |text: &str| planned(CallPlan::default().with_drop(text, "--drop").unwrap(), 100);
    let (end, lasted, outcome) = drop("at=30s");
    assert_eq!((end, lasted, outcome), (CallEnd::Dropped, Duration::from_secs(30), Err(Trouble::NoCarrier)));
    // Some 2,500 bytes of IP packets take 0.7 s, and half a dozen turns of 0.2 s each.
    let (end, lasted, _) = drop("byte=2500");
    assert_eq!(end, CallEnd::Dropped);
    assert!(lasted < Duration::from_secs(5), "{lasted}");
    let (later, longer, _) = drop("byte=4000");
    assert!(later == CallEnd::Dropped && longer > Duration::from_secs(100), "{longer}");
    assert_eq!(drop("byte=1000000").0, CallEnd::HungUp);
    assert_eq!(drop("at=30s,call=2").0, CallEnd::HungUp);
}

#[test]
fn a_call_waits_for_its_window_or_fails_and_may_end_with_it() {
    // The clock shows 20:00 at the start.
    let late = Windows::Hours(vec![Hours { days: [true; 7], from: 21 * 60, to: 21 * 60 + 2 }]);
    let plan = CallPlan { windows: Some(late), ..CallPlan::default() };
    let (end, lasted, outcome) = planned(plan.clone(), 200);
    assert_eq!((end, outcome), (CallEnd::HungUp, Ok(())));
    assert!(lasted > Duration::from_secs(200));
    let (end, lasted, _) = planned(CallPlan { ends_with_window: true, ..plan.clone() }, 200);
    assert_eq!((end, lasted), (CallEnd::WindowClosed, Duration::from_secs(120 - 24)));
    let (end, _, outcome) = planned(CallPlan { outside: Outside::Fail, ..plan }, 200);
    assert_eq!((end, outcome), (CallEnd::Failed, Err(Trouble::CallFailed)));
}

#[test]
fn a_budget_cuts_or_is_only_marked() {
    let budget = |over| Budget { connected: Duration::from_secs(60), per: BudgetPeriod::Run, over };
    let plan = |over| CallPlan { budget: Some(budget(over)), ..CallPlan::default() };
    let (end, lasted, outcome) = planned(plan(Over::Cut), 200);
    // Twelve of the sixty seconds were gone when packets could flow.
    assert_eq!((end, lasted), (CallEnd::BudgetSpent, Duration::from_secs(48)));
    assert_eq!(outcome, Err(Trouble::NoCarrier));
    assert_eq!(planned(plan(Over::Mark), 200).0, CallEnd::HungUp);
}
