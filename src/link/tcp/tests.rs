use super::*;
use crate::link::line::Direction;
use crate::time::Duration;
use crate::units::BitRate;

/// Two ends, a line each way, and a clock: what moves is written down.
struct Pair {
    now: Instant,
    ends: [End; 2],
    lines: [Direction; 2],
    /// Octets of header and framing a packet.
    overhead: u32,
    flying: Vec<(Instant, usize, Side, Segment)>,
    sent: usize,
    log: Vec<(Instant, Side, Segment)>,
    habit: Habit,
}

impl Pair {
    fn new(profile: &'static Profile, mtu: u32, rate: u64, delay: Duration) -> Self {
        let line = Direction::new(BitRate::new(rate).unwrap(), delay);
        Self {
            now: Instant::START,
            ends: [End::client(profile, mtu), End::server(profile, mtu)],
            lines: [line.clone(), line],
            overhead: 0,
            flying: Vec::new(),
            sent: 0,
            log: Vec::new(),
            habit: Habit::default(),
        }
    }

    fn act(&mut self, side: Side, what: impl FnOnce(&mut End, Instant, Habit) -> Actions) {
        let actions = what(&mut self.ends[side.index()], self.now, self.habit);
        for segment in actions.segments {
            let octets = crate::link::ip::packet_octets(&segment) + self.overhead;
            let transit = self.lines[side.index()].send(self.now, u64::from(octets) * 8, Duration::ZERO);
            self.sent += 1;
            self.flying.push((transit.arrive, self.sent, side, segment));
            self.log.push((self.now, side, segment));
        }
    }

    /// Runs until nothing moves or `done` holds.
    fn run(&mut self, mut done: impl FnMut(&[End; 2]) -> bool) {
        while !done(&self.ends) {
            let arrival = self.flying.iter().enumerate().min_by_key(|(_, (at, nth, ..))| (*at, *nth));
            let arrival = arrival.map(|(index, (at, ..))| (*at, index));
            let timer = [Side::Client, Side::Server]
                .into_iter()
                .filter_map(|side| self.ends[side.index()].deadline().map(|at| (at, side)))
                .min();
            match (arrival, timer) {
                (Some((at, index)), timer) if timer.is_none_or(|(due, _)| at <= due) => {
                    self.now = at;
                    let (_, _, from, segment) = self.flying.remove(index);
                    self.act(from.other(), |end, now, habit| end.receive(now, &segment, habit));
                }
                (_, Some((due, side))) => {
                    self.now = due;
                    self.act(side, |end, now, _| end.timer(now));
                }
                _ => return,
            }
        }
    }

    fn connect(&mut self) {
        self.act(Side::Client, |end, now, _| end.open(now));
        self.run(|ends| ends.iter().all(|end| end.state() == State::Established));
    }
}

#[test]
fn the_handshake_takes_a_round_trip_and_a_half() {
    let mut pair = Pair::new(&LINUX, 1500, 1_000_000_000, Duration::from_millis(100));
    pair.connect();
    let sizes: Vec<u32> = pair.log.iter().map(|(_, _, s)| crate::link::ip::packet_octets(s)).collect();
    assert_eq!(sizes, [60, 60, 52], "octets of SYN, SYN+ACK and ACK of Linux");
    assert_eq!(pair.now.as_nanos() / 1_000_000, 300);

    let mut old = Pair::new(&BSD_1990, 1500, 1_000_000_000, Duration::from_millis(100));
    old.connect();
    let sizes: Vec<u32> = old.log.iter().map(|(_, _, s)| crate::link::ip::packet_octets(s)).collect();
    assert_eq!(sizes, [44, 44, 40], "octets of SYN, SYN+ACK and ACK of BSD");
}

#[test]
fn segments_are_as_long_as_the_smaller_mss_allows() {
    for (profile, expected) in [(&LINUX, 524), (&BSD_1990, 536)] {
        let mut pair = Pair::new(profile, 576, 1_000_000, Duration::from_millis(10));
        pair.connect();
        pair.act(Side::Server, |end, now, habit| end.write(now, 5000, habit));
        pair.run(|ends| ends[0].received() == 5000);
        let lens: Vec<u32> = pair.log.iter().map(|(.., s)| s.len).filter(|len| *len > 0).collect();
        assert!(lens[..lens.len() - 1].iter().all(|len| *len == expected), "{lens:?}");
        assert_eq!(lens.iter().sum::<u32>(), 5000);
    }
}

#[test]
fn slow_start_doubles_each_round_trip() {
    let mut pair = Pair::new(&BSD_1990, 576, 1_000_000_000, Duration::from_millis(100));
    pair.connect();
    let start = pair.now;
    pair.act(Side::Server, |end, now, habit| end.write(now, 8 * 536, habit));
    pair.run(|ends| ends[0].received() == 8 * 536);
    let mut flights: Vec<(u64, u32)> = Vec::new();
    for (at, ..) in pair.log.iter().filter(|(_, side, s)| *side == Side::Server && s.len > 0) {
        let millis = at.since(start).as_nanos() / 1_000_000;
        match flights.last_mut() {
            Some((last, count)) if *last == millis => *count += 1,
            _ => flights.push((millis, 1)),
        }
    }
    let counts: Vec<u32> = flights.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [1, 2, 3, 2], "one ACK a lone segment, then one for two: 1, 2, 3 ...");
}

#[test]
fn a_modern_stack_sends_ten_segments_at_once() {
    let mut pair = Pair::new(&LINUX, 1500, 1_000_000_000, Duration::from_millis(100));
    pair.connect();
    let before = pair.log.len();
    pair.act(Side::Server, |end, now, habit| end.write(now, 100_000, habit));
    assert_eq!(pair.log.len() - before, 10);
}

#[test]
fn a_lone_short_segment_waits_for_the_heartbeat() {
    let mut pair = Pair::new(&BSD_1990, 576, 1_000_000_000, Duration::from_millis(1));
    pair.connect();
    pair.act(Side::Server, |end, now, habit| end.write(now, 10, habit));
    pair.run(|ends| ends[1].is_drained());
    assert_eq!(pair.now.as_nanos() / 1_000_000, 201, "acknowledged at the 200 ms heartbeat");
}

#[test]
fn nagle_holds_the_second_short_segment() {
    for (profile, no_delay, segments) in [(&BSD_1990, false, 1), (&BSD_1990, true, 2), (&LINUX, false, 1)] {
        let mut pair = Pair::new(profile, 576, 1_000_000_000, Duration::from_millis(1));
        pair.connect();
        pair.habit.no_delay = no_delay;
        let before = pair.log.len();
        pair.act(Side::Client, |end, now, habit| end.write(now, 10, habit));
        pair.act(Side::Client, |end, now, habit| end.write(now, 20, habit));
        assert_eq!(pair.log.len() - before, segments, "{} {no_delay}", profile.name);
    }
    // Minshall's rule lets a short segment follow a full one; Nagle's own does not.
    for (profile, segments) in [(&BSD_1990, 1), (&LINUX, 2)] {
        let mut pair = Pair::new(profile, 576, 1_000_000_000, Duration::from_millis(1));
        pair.connect();
        let before = pair.log.len();
        pair.act(Side::Server, |end, now, habit| end.write(now, 600, habit));
        assert_eq!(pair.log.len() - before, segments, "{}", profile.name);
    }
}

#[test]
fn a_program_that_acknowledges_at_once_sends_an_ack_ahead_of_each_reply() {
    for (at_once, acks) in [(false, 0), (true, 5)] {
        let mut pair = Pair::new(&LINUX, 576, 28_800, Duration::from_millis(50));
        pair.habit.acknowledges_at_once = at_once;
        pair.connect();
        let (mut asked, mut answered) = (0, 0);
        // The greeting and a first exchange bring both ends into their dialogue.
        for round in 0..6 {
            answered += 20;
            pair.act(Side::Server, |end, now, habit| end.write(now, answered, habit));
            pair.run(|ends| ends[0].received() == answered);
            asked += 8;
            if round == 1 {
                pair.log.clear();
            }
            pair.act(Side::Client, |end, now, habit| end.write(now, asked, habit));
            pair.run(|ends| ends[1].received() == asked);
        }
        let pure = pair.log.iter().filter(|(_, side, s)| *side == Side::Server && s.is_pure_ack()).count();
        assert_eq!(pure, acks, "acknowledges at once: {at_once}");
    }
}

#[test]
fn closing_takes_both_fins() {
    let mut pair = Pair::new(&LINUX, 576, 28_800, Duration::from_millis(50));
    pair.connect();
    pair.act(Side::Client, |end, now, habit| end.write(now, 6, habit));
    pair.act(Side::Client, |end, now, habit| end.close(now, habit));
    pair.run(|ends| ends[1].peer_closed());
    assert_eq!(pair.ends[1].received(), 6);
    pair.act(Side::Server, |end, now, habit| end.close(now, habit));
    pair.run(|_| false);
    assert!(pair.ends.iter().all(|end| end.state() == State::Finished), "{:?}", pair.ends.map(|e| e.state()));
}

/// n octets at rate r: handshake, then serialization of each packet with its framing, then one propagation.
#[test]
fn bulk_takes_as_long_as_the_closed_form_says() {
    let (rate, delay, octets) = (28_800, Duration::from_millis(100), 100_000_u64);
    let mut pair = Pair::new(&LINUX, 576, rate, delay);
    pair.overhead = 8;
    pair.connect();
    let start = pair.now;
    pair.act(Side::Server, |end, now, habit| end.write(now, octets, habit));
    pair.run(|ends| ends[0].received() == octets);
    let packets = octets.div_ceil(524);
    let bits = (octets + packets * (52 + 8)) * 8;
    let expected = BitRate::new(rate).unwrap().serialization_delay(bits) + delay;
    let error = (pair.now - start).as_secs_f64() / expected.as_secs_f64() - 1.0;
    assert!(error.abs() < 0.001, "{error}");
}

#[test]
fn delay_does_not_add_up_for_each_piece_written() {
    let mut ends = Vec::new();
    for piece in [100_000_u64, 100] {
        let mut pair = Pair::new(&LINUX, 576, 28_800, Duration::from_millis(100));
        pair.habit.no_delay = true;
        pair.connect();
        let mut written = 0;
        while written < 100_000 {
            written += piece;
            pair.act(Side::Server, |end, now, habit| end.write(now, written, habit));
        }
        pair.run(|ends| ends[0].received() == 100_000);
        ends.push((pair.now.as_nanos(), pair.log.iter().filter(|(.., s)| s.len > 0).count()));
    }
    let more_packets = (ends[1].1 - ends[0].1) as u64;
    let extra = ends[1].0.abs_diff(ends[0].0);
    assert!(
        extra <= more_packets * 52 * 8 * 1_000_000_000 / 28_800 + 1_000_000,
        "{extra} ns for {more_packets} packets"
    );
}

/// A train of two leaves together on slow lines, and its last segment carries PSH, though more is to come.
#[test]
fn linux_pushes_at_the_end_of_each_train() {
    for (profile, expected) in
        [(&LINUX, [false, true, false, true, true]), (&BSD_1990, [false, false, false, false, true])]
    {
        let mut pair = Pair::new(profile, 576, 1_000_000_000, Duration::from_millis(100));
        pair.connect();
        let octets = 4 * if profile.modern_options { 524 } else { 536 } + 100;
        pair.act(Side::Server, |end, now, habit| end.write(now, octets, habit));
        pair.run(|ends| ends[0].received() == octets);
        let pushes: Vec<bool> = pair.log.iter().filter(|(.., s)| s.len > 0).map(|(.., s)| s.push).collect();
        assert_eq!(pushes, expected, "{}", profile.name);
    }
}

/// In a dialogue a reply's first segment waits 40 ms for its acknowledgement, and the timer ends the dialogue; the
/// next segment, pushed at the end of its train, is acknowledged at once.
#[test]
fn a_pushed_segment_is_acknowledged_at_once_outside_a_dialogue() {
    let mut pair = Pair::new(&LINUX, 576, 28_800, Duration::from_millis(100));
    pair.connect();
    pair.act(Side::Server, |end, now, habit| end.write(now, 20, habit));
    pair.run(|ends| ends[0].received() == 20);
    pair.act(Side::Client, |end, now, habit| end.write(now, 8, habit));
    pair.run(|ends| ends[1].received() == 8);
    pair.act(Side::Server, |end, now, habit| end.write(now, 20 + 2 * 524 + 100, habit));
    let mut waits = Vec::new();
    for octets in [20 + 524, 20 + 2 * 524] {
        pair.run(|ends| ends[0].received() == octets);
        let arrived = pair.now;
        pair.run(|ends| ends[1].acknowledged() == octets);
        let acked = pair.log.iter().find(|(_, side, s)| *side == Side::Client && s.ack == Some(octets + 1));
        waits.push(acked.map(|(at, ..)| at.since(arrived).as_nanos() / 1_000_000));
    }
    assert!(matches!(waits[..], [Some(40..=44), Some(0)]), "40 ms, and up to a tick of the timer: {waits:?}");
}

/// An end that is asked to close acknowledges the FIN with its own, if its program closes soon (Linux), or at once
/// (BSD).
#[test]
fn a_fin_is_acknowledged_by_the_answering_fin() {
    for (profile, pure) in [(&LINUX, 0), (&BSD_1990, 1)] {
        let mut pair = Pair::new(profile, 576, 28_800, Duration::from_millis(50));
        pair.connect();
        pair.act(Side::Server, |end, now, habit| end.close(now, habit));
        pair.log.clear();
        pair.run(|ends| ends[0].peer_closed());
        pair.act(Side::Client, |end, now, habit| end.close(now, habit));
        pair.run(|_| false);
        assert!(pair.ends.iter().all(|end| end.state() == State::Finished), "{}", profile.name);
        let acks = pair.log.iter().filter(|(_, side, s)| *side == Side::Client && s.is_pure_ack()).count();
        assert_eq!(acks, pure, "{}", profile.name);
    }
    // Where the program never closes, the stack acknowledges after a while.
    let mut pair = Pair::new(&LINUX, 576, 28_800, Duration::from_millis(50));
    pair.connect();
    pair.act(Side::Server, |end, now, habit| end.close(now, habit));
    pair.run(|_| false);
    assert!(pair.ends[1].is_drained());
}
