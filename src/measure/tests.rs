use std::sync::Arc;

use proptest::prelude::*;

use super::metrics::Metrics;
use super::timeline::{Layer, Owner};
use super::{Interest, Worth, bill, bound, timeline};
use crate::desk::{Note, Program, Service};
use crate::link::call::CallPhase;
use crate::link::spec::{Bearer, CallSetup, Chance, Framing, LinkSpec, Loss, Queue};
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::Store;
use crate::mail::summary::Summary;
use crate::protocol::Server;
use crate::protocol::pop3::client::Pop3Client;
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::time::{Duration, Instant};
use crate::units::{BitRate, Money};
use crate::world::lab::Lab;
use crate::world::{CallId, Host, World};

const MESSAGES: usize = 4;

fn link(rate: u64, framing: Framing, bits_per_octet: u8, delay_ms: u64) -> LinkSpec {
    let rate = BitRate::new(rate).unwrap();
    let delay = Duration::from_millis(delay_ms);
    LinkSpec {
        name: "test".into(),
        title: String::new(),
        era: String::new(),
        rate_down: rate,
        rate_up: rate,
        delay_down: delay,
        delay_up: delay,
        mtu: 576,
        bits_per_octet,
        framing,
        bearer: Bearer::default(),
        queue_down: Queue::ENDLESS,
        queue_up: Queue::ENDLESS,
        loss: Loss::default(),
        call: CallSetup {
            unbilled: Duration::from_secs(12),
            billed: Duration::from_secs(3),
            billed_from_dial: false,
            channels: 1,
        },
        chance: Chance::default(),
        plain: None,
        sources: vec![],
        confidence: None,
        note: String::new(),
    }
}

fn message(number: usize, octets: usize) -> Message {
    let mut text = format!("Message-ID: <{number}@example.org>\r\nSubject: {number}\r\n\r\n");
    while text.len() + 72 < octets {
        text.push_str(&"~".repeat(70));
        text.push_str("\r\n");
    }
    Message::new(text)
}

/// Fetches all, reads the even messages while still on line, and says so.
fn reader(think_ms: u64) -> Program {
    Arc::new(move |desk| {
        Box::pin(async move {
            desk.dial().await?;
            let mut pop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
            pop.user_pass("alice", "secret").await?;
            for number in 1..=MESSAGES as u32 {
                let header = pop.top(number, 0).await?;
                let key = Summary::of_header(&header).key();
                pop.retr(number).await?;
                if number % 2 == 0 {
                    desk.think(Duration::from_millis(think_ms)).await;
                    desk.note(Note::Read(key)).await;
                }
            }
            pop.quit().await?;
            desk.think(Duration::from_millis(think_ms)).await;
            desk.hang_up().await;
            Ok(())
        })
    })
}

fn run(link: LinkSpec, octets: usize, think_ms: u64, server_ms: u64) -> (World, Interest) {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let user = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(user).unwrap();
    for number in 1..=MESSAGES {
        store
            .append(inbox, Arc::new(message(number, octets)), Flags::NONE, Timestamp::DEFAULT_START)
            .unwrap();
    }
    let interest = Interest {
        messages: store
            .mailbox(inbox)
            .unwrap()
            .entries
            .iter()
            .map(|entry| {
                let (size, header) = (u64::from(entry.message.size()), entry.message.header().len() as u64);
                (entry.id, Worth { wanted: entry.uid.0 % 2 == 0, looked_at: size, header })
            })
            .collect(),
    };
    let services = vec![(Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default())))];
    let host = Host { thinks: Duration::from_millis(server_ms), ..Host::new(services) };
    let mut world = World::new(1, store, host);
    world.add_workstation(Arc::new(link));
    let mut lab = Lab::new(world);
    lab.add_client(0, reader(think_ms));
    lab.run().unwrap();
    assert!(lab.outcomes().all(|outcome| outcome == Some(&Ok(()))));
    (lab.world().clone(), interest)
}

const PLAIN: Framing = Framing::None { octets_a_packet: 8 };

#[test]
fn a_lock_step_session_takes_the_turns_and_round_trips_that_one_counts_by_hand() {
    let (world, interest) = run(link(28_800, PLAIN, 8, 100), 200, 0, 0);
    let metrics = Metrics::of(&world, 0, &interest);
    // USER PASS, then TOP and RETR for each message, then QUIT.
    assert_eq!(metrics.turns, 2 + 2 * MESSAGES as u64 + 1);
    assert_eq!(metrics.dir_changes, 2 * metrics.turns, "greeting, and a reply to each command");
    // SYN and greeting are one and a half; the chain ends with the last RETR, before QUIT: SYN/SYN+ACK,
    // ACK/greeting, then one for each command.
    assert_eq!(metrics.round_trips, 2 + 2 + 2 * MESSAGES as u64);
    assert_eq!((metrics.read, metrics.calls), (2, 1));
}

#[test]
fn content_fetched_twice_or_never_read_is_waste() {
    let (world, interest) = run(link(28_800, PLAIN, 8, 100), 2000, 0, 0);
    let metrics = Metrics::of(&world, 0, &interest);
    let (mut whole, mut header) = (0, 0);
    for number in 1..=MESSAGES {
        whole += u64::from(message(number, 2000).size());
        header += message(number, 2000).header().len() as u64;
    }
    assert_eq!(metrics.content_bytes.down, whole + header, "TOP 0 and RETR of each");
    // Half the messages are read: their second header is waste; of the others all but one header is.
    assert_eq!(metrics.wasted_bytes, whole + header - whole / 2 - header / 2);
}

#[test]
fn layers_tell_what_the_line_did() {
    // Half a second of thought outlasts the flight of the acknowledgement that the command got.
    let (world, _) = run(link(2_400, PLAIN, 10, 100), 600, 5_000, 500);
    let spans = timeline::of_call(&world, CallId(0));
    let total =
        |layer| -> Duration { spans.iter().filter(|s| s.layer == layer).map(|s| s.to.since(s.from)).sum() };
    assert_eq!(total(Layer::SetUp), Duration::from_secs(15));
    let thought: Duration =
        spans.iter().filter(|s| s.owner == Owner::Think).map(|s| s.to.since(s.from)).sum();
    assert_eq!(
        thought,
        Duration::from_millis(2 * 5_000),
        "two messages; the pause before hanging up is the goodbye"
    );
    // On so slow a line the last segment of a long reply is sent again for nothing, while the user reads already.
    assert!(total(Layer::Reader) > Duration::from_millis(9_500) && total(Layer::Reader) <= thought);
    let down: u64 = world
        .journal()
        .packets
        .iter()
        .filter(|p| p.from == crate::link::tcp::Side::Server)
        .map(|p| p.line_bits)
        .sum();
    let clocked = [Layer::Content, Layer::Headers, Layer::Framing, Layer::StartStop]
        .map(total)
        .into_iter()
        .sum::<Duration>();
    let expected = BitRate::new(2_400).unwrap().serialization_delay(down);
    assert!(clocked.as_nanos().abs_diff(expected.as_nanos()) < 1_000, "{clocked:?} {expected:?}");
    // Of ten bits two are start and stop.
    let share = total(Layer::StartStop).as_secs_f64() / clocked.as_secs_f64();
    assert!((share - 0.2).abs() < 0.001, "{share}");
    assert!(total(Layer::Server) > Duration::ZERO);
    assert!(total(Layer::Propagation) > Duration::ZERO);
}

#[test]
fn a_call_begins_with_set_up_and_ends_with_the_goodbye() {
    use CallPhase::{Dial, LogIn, Ring, Train};
    let (world, _) = run(link(28_800, PLAIN, 8, 100), 300, 1_000, 0);
    let spans = timeline::of_call(&world, CallId(0));
    let phases: Vec<CallPhase> = spans
        .iter()
        .filter_map(|span| match span.owner {
            Owner::SetUp(phase) => Some(phase),
            _ => None,
        })
        .collect();
    assert_eq!(phases, [Dial, Ring, Train, LogIn], "without PPP nothing is negotiated");
    assert_eq!(spans.last().map(|s| s.owner), Some(Owner::Disconnect), "from the last answer to the hang-up");
    assert!(spans.iter().any(|s| s.owner == Owner::Think && s.layer == Layer::Reader));
}

fn links() -> impl Strategy<Value = LinkSpec> {
    let framings = prop_oneof![Just(PLAIN), Just(Framing::Slip), Just(Framing::PPP_USUAL)];
    (300_u64..200_000, framings, prop_oneof![Just(8_u8), Just(10)], 0_u64..700)
        .prop_map(|(rate, framing, bits, delay)| link(rate, framing, bits, delay))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_bill_adds_up_and_no_run_undercuts_the_bound(
        link in links(), octets in 150_usize..3_000, think in 0_u64..90_000, server in 0_u64..300,
    ) {
        let (world, interest) = run(link.clone(), octets, think, server);
        let epoch = Timestamp::DEFAULT_START;
        let call = world.journal().calls[0].clone();
        let spans = timeline::of_call(&world, CallId(0));
        prop_assert_eq!(spans.first().map(|s| s.from), Some(call.dialled));
        prop_assert_eq!(spans.last().map(|s| s.to), call.ended);
        prop_assert!(spans.windows(2).all(|pair| pair[0].to == pair[1].from), "no gap, no overlap");
        prop_assert!(spans.iter().all(|s| s.to > s.from));

        let content: Vec<u8> = (1..=MESSAGES).filter(|n| n % 2 == 0)
            .flat_map(|n| message(n, octets).octets().unwrap().to_vec()).collect();
        let need = bound::Need::new(&[content], &[vec![]], Duration::from_millis(2 * think), Duration::ZERO);
        let least = need.bound(&link);
        let metrics = Metrics::of(&world, 0, &interest);
        prop_assert!(metrics.line_bytes.down >= least.line_bytes_down);
        prop_assert!(metrics.connected >= least.connected);
        prop_assert!(metrics.done.unwrap() >= least.done);
        prop_assert!(metrics.done.unwrap() >= metrics.first_read.unwrap());
        prop_assert!(metrics.wasted_bytes <= metrics.content_bytes.down);

        for tariff in Tariff::all() {
            let itemised = bill::itemised(&world, 0, tariff, epoch);
            let plain = bill::totals(&world, 0, tariff, epoch);
            prop_assert_eq!(itemised.lines(), plain);
            let items: Money = itemised.calls.iter().flat_map(|c| &c.items).map(|item| item.money).sum();
            prop_assert!(itemised.calls.iter().flat_map(|c| &c.items).all(|item| item.money >= Money::ZERO));
            prop_assert_eq!(items, plain.time, "{}", tariff.name);
            prop_assert!(plain.lines().all(|(_, amount)| amount >= Money::ZERO));
            prop_assert!(plain.total() >= need.price(&link, tariff, epoch), "{}", tariff.name);
            let time: Duration = itemised.calls.iter().flat_map(|c| &c.items).map(|item| item.time).sum();
            prop_assert_eq!(time, call.ended.unwrap_or(Instant::START).since(call.dialled));
        }
    }
}
