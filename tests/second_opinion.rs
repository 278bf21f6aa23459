//! A second opinion: the same sessions over smoltcp, a TCP by other people, on the same line in virtual time. Its
//! constants differ (initial window 2048 octets, acknowledgements after a fixed delay), its rules should not.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics has failed, which is what it is for"
)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use maillab::link::ip::packet_octets;
use maillab::link::tcp::{Actions, End, Habit, LINUX_PERIOD_2, Side};
use maillab::time::{Duration, Instant};
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr};

/// A line and what goes over it in lock-step: so many turns of a command and a reply.
#[derive(Clone, Copy)]
struct Case {
    rate: u64,
    delay_ms: u64,
    mtu: usize,
    turns: u64,
    command: u64,
    reply: u64,
}

const MICROS: u64 = 1_000_000;

/// One direction: packets and when they arrive, in microseconds.
#[derive(Default)]
struct Way {
    free: u64,
    flying: VecDeque<(u64, Vec<u8>)>,
    packets: u64,
}

/// An end of the line as smoltcp sees it.
struct Port {
    case: Case,
    now: Rc<RefCell<u64>>,
    out: Rc<RefCell<Way>>,
    into: Rc<RefCell<Way>>,
}

struct Received(Vec<u8>);
struct Sending<'a>(&'a Port);

impl RxToken for Received {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut packet = vec![0; len];
        let result = f(&mut packet);
        let (now, case) = (*self.0.now.borrow(), self.0.case);
        let mut way = self.0.out.borrow_mut();
        way.free = way.free.max(now) + len as u64 * 8 * MICROS / case.rate;
        way.packets += 1;
        let arrives = way.free + case.delay_ms * 1_000;
        way.flying.push_back((arrives, packet));
        result
    }
}

impl Device for Port {
    type RxToken<'a> = Received;
    type TxToken<'a> = Sending<'a>;

    fn receive(&mut self, _: smoltcp::time::Instant) -> Option<(Received, Sending<'_>)> {
        let now = *self.now.borrow();
        let packet = {
            let mut into = self.into.borrow_mut();
            into.flying.front().is_some_and(|(at, _)| *at <= now).then(|| into.flying.pop_front())?
        };
        packet.map(|(_, packet)| (Received(packet), Sending(self)))
    }

    fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<Sending<'_>> {
        Some(Sending(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = self.case.mtu;
        capabilities
    }
}

/// Seconds until the last reply is there, and packets each way, by smoltcp.
fn by_smoltcp(case: Case) -> (f64, [u64; 2]) {
    let now = Rc::new(RefCell::new(0_u64));
    let ways = [Rc::new(RefCell::new(Way::default())), Rc::new(RefCell::new(Way::default()))];
    let mut ends: Vec<(Interface, SocketSet<'static>, Port, smoltcp::iface::SocketHandle)> = [0, 1]
        .into_iter()
        .map(|side| {
            let mut port = Port {
                case,
                now: Rc::clone(&now),
                out: Rc::clone(&ways[side]),
                into: Rc::clone(&ways[1 - side]),
            };
            let start = smoltcp::time::Instant::from_micros(0);
            let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut port, start);
            let address = |side: usize| IpAddress::v4(10, 9, 0, 2 - side as u8);
            interface
                .update_ip_addrs(|list| list.push(IpCidr::new(address(side), 24)).expect("room for one"));
            // Whole segments: smoltcp would send the rest of a window as a short one.
            let buffer = || tcp::SocketBuffer::new(vec![0; 8_192 / (case.mtu - 40) * (case.mtu - 40)]);
            let mut socket = tcp::Socket::new(buffer(), buffer());
            socket.set_ack_delay(Some(smoltcp::time::Duration::from_millis(40)));
            socket.set_nagle_enabled(false);
            // With its Reno it fills a window of odd octets with short segments; these lines never need less than the
            // peer's window.
            socket.set_congestion_control(tcp::CongestionControl::None);
            if side == 0 {
                socket.connect(interface.context(), (address(1), 110), 1_025).unwrap();
            } else {
                socket.listen(110).unwrap();
            }
            let mut sockets = SocketSet::new(vec![]);
            let handle = sockets.add(socket);
            (interface, sockets, port, handle)
        })
        .collect();
    let (mut asked, mut got, mut heard, mut owed) = (0, 0, 0, 0);
    while got < case.turns * case.reply {
        let time = *now.borrow();
        let at = smoltcp::time::Instant::from_micros(time as i64);
        for (side, (interface, sockets, port, handle)) in ends.iter_mut().enumerate() {
            interface.poll(at, port, sockets);
            let socket = sockets.get_mut::<tcp::Socket<'_>>(*handle);
            let take = |socket: &mut tcp::Socket<'_>| {
                let mut taken = 0;
                while socket.can_recv() {
                    taken += socket.recv(|octets| (octets.len(), octets.len())).unwrap() as u64;
                }
                taken
            };
            if side == 0 {
                got += take(socket);
                if socket.may_send() && asked < case.turns && got == asked * case.reply {
                    asked += 1;
                    socket.send_slice(&vec![b'x'; case.command as usize]).unwrap();
                }
            } else {
                heard += take(socket);
                if heard >= case.command {
                    heard -= case.command;
                    owed += case.reply;
                }
                if owed > 0 && socket.can_send() {
                    let sent = socket.send_slice(&vec![b'y'; owed as usize]).unwrap();
                    owed -= sent as u64;
                }
            }
            interface.poll(at, port, sockets);
        }
        let arrivals = ways.iter().filter_map(|way| way.borrow().flying.front().map(|(at, _)| *at)).min();
        let timers = ends
            .iter_mut()
            .filter_map(|(interface, sockets, ..)| interface.poll_at(at, sockets))
            .map(|at| at.total_micros() as u64)
            .min();
        let next = arrivals.into_iter().chain(timers).min().expect("something is to come");
        *now.borrow_mut() = next.max(time + u64::from(next <= time));
        assert!(time < 10_000 * MICROS, "smoltcp does not come to its end");
    }
    let packets = [ways[0].borrow().packets, ways[1].borrow().packets];
    (*now.borrow() as f64 / MICROS as f64, packets)
}

/// The same by our TCP: without options and with an 8 kB window, as smoltcp has them here.
fn by_ours(case: Case) -> (f64, [u64; 2]) {
    let mut ends =
        [End::client(&LINUX_PERIOD_2, case.mtu as u32), End::server(&LINUX_PERIOD_2, case.mtu as u32)];
    let habit = Habit { no_delay: true, ..Habit::default() };
    let mut free = [Instant::START; 2];
    let mut flying: Vec<(Instant, u64, Side, maillab::link::tcp::Segment)> = Vec::new();
    let (mut now, mut packets, mut asked, mut answered) = (Instant::START, [0_u64; 2], 0, 0);
    let mut act = |now: Instant, side: Side, actions: Actions, flying: &mut Vec<_>| {
        for segment in actions.segments {
            let free = &mut free[side.index()];
            let bits = u64::from(packet_octets(&segment)) * 8;
            *free = (*free).max(now) + Duration::from_nanos(bits * 1_000_000_000 / case.rate);
            packets[side.index()] += 1;
            let number = packets[0] + packets[1];
            flying.push((*free + Duration::from_millis(case.delay_ms), number, side.other(), segment));
        }
    };
    let open = ends[0].open(now);
    act(now, Side::Client, open, &mut flying);
    while ends[0].received() < case.turns * case.reply {
        let arrival = flying.iter().map(|(at, number, ..)| (*at, *number)).min();
        let timer = [Side::Client, Side::Server]
            .into_iter()
            .filter_map(|side| ends[side.index()].deadline().map(|at| (at, side)))
            .min();
        match (arrival, timer) {
            (Some((at, number)), timer) if timer.is_none_or(|(due, _)| at <= due) => {
                now = at;
                let place = flying.iter().position(|(_, n, ..)| *n == number).unwrap();
                let (_, _, side, segment) = flying.remove(place);
                let actions = ends[side.index()].receive(now, &segment, habit);
                act(now, side, actions, &mut flying);
            }
            (_, Some((due, side))) => {
                now = due;
                let actions = ends[side.index()].timer(now);
                act(now, side, actions, &mut flying);
            }
            _ => unreachable!("something is to come"),
        }
        let is_open = ends.iter().all(|end| end.state() == maillab::link::tcp::State::Established)
            || ends[0].state() == maillab::link::tcp::State::Established;
        if is_open && asked < case.turns && ends[0].received() == asked * case.reply {
            asked += 1;
            let actions = ends[0].write(now, asked * case.command, habit);
            act(now, Side::Client, actions, &mut flying);
        }
        while answered < asked && ends[1].received() >= (answered + 1) * case.command {
            answered += 1;
            let actions = ends[1].write(now, answered * case.reply, habit);
            act(now, Side::Server, actions, &mut flying);
        }
    }
    (now.as_nanos() as f64 / 1e9, packets)
}

#[test]
fn another_tcp_takes_as_long() {
    for (case, percent) in [
        (Case { rate: 28_800, delay_ms: 100, mtu: 576, turns: 1, command: 8, reply: 100_000 }, 0.5),
        (Case { rate: 28_800, delay_ms: 100, mtu: 576, turns: 60, command: 8, reply: 8_215 }, 1.0),
        (Case { rate: 28_800, delay_ms: 100, mtu: 1500, turns: 60, command: 8, reply: 8_215 }, 2.0),
        (Case { rate: 28_800, delay_ms: 100, mtu: 576, turns: 100, command: 8, reply: 300 }, 0.5),
        (Case { rate: 1_000_000, delay_ms: 20, mtu: 576, turns: 400, command: 8, reply: 400 }, 0.5),
    ] {
        let ((theirs, their_packets), (ours, our_packets)) = (by_smoltcp(case), by_ours(case));
        let error = (ours / theirs - 1.0) * 100.0;
        println!(
            "{} octets at MTU {}: {theirs:.3} s and {ours:.3} s, {error:+.2} %, packets {their_packets:?} and {our_packets:?}",
            case.reply, case.mtu
        );
        assert!(
            error.abs() < percent,
            "{} octets: smoltcp takes {theirs:.3} s, ours {ours:.3} s",
            case.reply
        );
    }
}
