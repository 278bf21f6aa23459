//! Sessions simple enough to be worked out by hand take as long as the hand says, to 0.1 %.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use bytes::Bytes;
use maillab::desk::Service;
use maillab::link::tcp::{BSD_1990, LINUX, Profile, Side};
use maillab::link::{by_numbers, preset};
use maillab::mail::date::Timestamp;
use maillab::mail::store::Store;
use maillab::protocol::Server;
use maillab::protocol::scripted::{self, Burst, Reply, Script, Scripted};
use maillab::time::Duration;
use maillab::world::lab::Lab;
use maillab::world::{Host, World};

/// A greeting, and then as many turns in lock-step, each of a command and a reply.
fn lock_step(greeting: usize, turns: u64, command: usize, reply: usize) -> Script {
    let filler = |octets: usize| Bytes::from(vec![b'x'; octets]);
    let first = Burst { thinks: Duration::ZERO, writes: vec![], awaits: greeting as u64 };
    let burst = Burst { thinks: Duration::ZERO, writes: vec![filler(command)], awaits: reply as u64 };
    let replies = std::iter::once(Reply {
        after: 0,
        thinks: Duration::ZERO,
        bytes: filler(greeting),
        answers: Default::default(),
    })
    .chain((1..=turns).map(|turn| Reply {
        after: turn * command as u64,
        thinks: Duration::ZERO,
        bytes: filler(reply),
        answers: Default::default(),
    }))
    .collect();
    let bursts = std::iter::once(first).chain((0..turns).map(|_| burst.clone())).collect();
    Script { bursts, replies, ..Script::default() }
}

/// Seconds from the SYN to the last octet's arrival at the client.
fn measured(script: Script, link: &str, stack: &'static Profile) -> f64 {
    let script = Arc::new(script);
    let services = vec![(Service::Pop3, Server::Scripted(Scripted::new(Arc::clone(&script))))];
    let host = Host { stack, ..Host::new(services) };
    let mut world = World::new(1, Store::new(Timestamp::DEFAULT_START), host);
    let link = by_numbers::parse(link).or_else(|_| preset::resolve(link)).unwrap();
    world.add_workstation(Arc::new(link));
    let mut lab = Lab::new(world);
    lab.add_client(0, scripted::client(Service::Pop3, script));
    lab.run().unwrap();
    assert!(lab.outcomes().all(|outcome| outcome == Some(&Ok(()))));
    let conn = &lab.world().conns()[0];
    let last = conn.stream(Side::Server).arrivals.last().unwrap();
    last.at.since(conn.asked).as_secs_f64()
}

fn agrees(measured: f64, expected: f64) {
    assert!((measured / expected - 1.0).abs() < 0.001, "measured {measured} s, by hand {expected} s");
}

/// Each packet costs its serialization with headers and framing, and one propagation. The handshake takes three
/// packets, the greeting leaves when the third has arrived, and each turn takes two: acknowledgements ride on
/// the command and on the reply.
#[test]
fn lock_step_in_single_segments() {
    for (rate, delay, command, reply) in
        [(28_800.0, 0.1, 8, 400), (2_400.0, 0.03, 6, 120), (300.0, 0.02, 6, 60)]
    {
        let link = format!("rate={rate},bits=8,frame=8,delay={}ms,mtu=576", delay * 1000.0);
        let packet = |octets: usize| (octets + 40 + 8) as f64 * 8.0 / rate + delay;
        let turns: u32 = 20;
        let by_hand = packet(4)
            + packet(4)
            + packet(0)
            + packet(30)
            + f64::from(turns) * (packet(command) + packet(reply));
        agrees(measured(lock_step(30, turns.into(), command, reply), &link, &BSD_1990), by_hand);
    }
}

/// Ten bits an octet and one END a packet: SLIP on an asynchronous line. Text needs no escapes; neither do the
/// headers but for one octet here and there, which stays below the tolerance.
#[test]
fn lock_step_over_slip() {
    let packet = |octets: usize| (octets + 40 + 1) as f64 * 10.0 / 2_400.0 + 0.030;
    let by_hand = packet(4) + packet(4) + packet(0) + packet(30) + 30.0 * (packet(6) + packet(200));
    agrees(measured(lock_step(30, 30, 6, 200), "v22bis-2400", &BSD_1990), by_hand);
}

/// Bulk over a line that is slower than the window: the line never idles, so the reply takes the serialization
/// of its packets after the command's arrival, and one propagation. A segment carries 524 octets, its packet 52
/// octets of headers and 8 of framing.
#[test]
fn bulk_keeps_the_line_busy() {
    let (rate, octets) = (28_800.0, 200_000_usize);
    let bits = (octets + octets.div_ceil(524) * 60) as f64 * 8.0;
    let packet = |octets: usize| (octets + 8) as f64 * 8.0 / rate + 0.1;
    // The command's own pure acknowledgement leaves first and holds the line for its 60 octets.
    let by_hand = packet(60)
        + packet(60)
        + packet(52)
        + packet(52 + 30)
        + packet(52 + 8)
        + 60.0 * 8.0 / rate
        + bits / rate
        + 0.1;
    let script = lock_step(30, 1, 8, octets);
    agrees(measured(script, "rate=28800,bits=8,frame=8,delay=100ms,mtu=576", &LINUX), by_hand);
}
