//! Two ends over a line that loses, repeats and reorders packets: every octet arrives once and in order, both ends
//! close, and what a TCP must never do is never done.

use std::collections::BTreeMap;

use maillab::link::tcp::{
    AckPolicy, Actions, BSD_1988, BSD_1990, End, Habit, LINUX, LINUX_PERIOD_1, LINUX_PERIOD_2, Profile,
    ReceiveBuffer, Segment, Side, State, WINDOWS_95,
};
use maillab::time::{Duration, Instant};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What may happen to a packet, in permille.
#[derive(Clone, Copy, Debug)]
struct Weather {
    lost: u64,
    twice: u64,
    late: u64,
}

#[derive(Clone, Copy)]
enum Event {
    Arrive(Side, Segment),
    Timer(Side),
    Write(Side),
}

struct Transfer {
    now: Instant,
    ends: [End; 2],
    /// What each side writes: ends of its writes, and how many are done.
    plan: [Vec<u64>; 2],
    written: [usize; 2],
    events: BTreeMap<(Instant, u64), Event>,
    count: u64,
    random: ChaCha8Rng,
    weather: Weather,
    rate: u64,
    delay: Duration,
    free: [Instant; 2],
    habit: Habit,
    /// The right edge of the window that each side has offered, and the greatest number that it has sent.
    edge: [u64; 2],
    sent: [u64; 2],
    packets: u64,
    broken: bool,
}

impl Transfer {
    fn new(seed: u64, profiles: [&'static Profile; 2], weather: Weather) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mtu = [68, 128, 296, 576, 1006, 1500][(random.next_u64() % 6) as usize];
        let plan = [0, 1].map(|_| {
            let mut end = 0;
            (0..random.next_u64() % 6)
                .map(|_| {
                    end += random.next_u64() % [10, 600, 9_000][(random.next_u64() % 3) as usize] + 1;
                    end
                })
                .collect()
        });
        Self {
            now: Instant::START,
            ends: [End::client(profiles[0], mtu), End::server(profiles[1], mtu)],
            plan,
            written: [0; 2],
            events: BTreeMap::new(),
            count: 0,
            weather,
            rate: [2_400, 28_800, 1_000_000, 100_000_000][(random.next_u64() % 4) as usize],
            delay: Duration::from_millis(random.next_u64() % 400),
            free: [Instant::START; 2],
            habit: Habit {
                no_delay: random.next_u64() % 2 == 0,
                acknowledges_at_once: random.next_u64() % 2 == 0,
                corks: random.next_u64() % 2 == 0,
                keep_alive: false,
                closes_corked: false,
            },
            random,
            edge: [0; 2],
            sent: [0; 2],
            packets: 0,
            broken: false,
        }
    }

    fn permille(&mut self, share: u64) -> bool {
        self.random.next_u64() % 1_000 < share
    }

    fn schedule(&mut self, at: Instant, event: Event) {
        self.count += 1;
        self.events.insert((at.max(self.now), self.count), event);
    }

    fn act(&mut self, side: Side, actions: Actions) {
        self.broken |= actions.broken;
        for segment in actions.segments {
            self.check(side, &segment);
            self.packets += 1;
            let bits = u64::from(maillab::link::ip::packet_octets(&segment)) * 8;
            let free = &mut self.free[side.index()];
            *free = (*free).max(self.now) + Duration::from_nanos(bits * 1_000_000_000 / self.rate);
            let arrives = *free + self.delay;
            if self.permille(self.weather.lost) {
                continue;
            }
            let copies = 1 + u64::from(self.permille(self.weather.twice));
            for _ in 0..copies {
                let late =
                    if self.permille(self.weather.late) { self.random.next_u64() % 2_000_000_000 } else { 0 };
                self.schedule(arrives + Duration::from_nanos(late), Event::Arrive(side.other(), segment));
            }
        }
        if let Some(at) = self.ends[side.index()].deadline() {
            assert!(at >= self.now, "a timer in the past");
            self.schedule(at, Event::Timer(side));
        }
    }

    /// What must hold of every segment.
    fn check(&mut self, side: Side, segment: &Segment) {
        let (me, peer) = (side.index(), side.other().index());
        let end = &self.ends[me];
        let total = self.plan[me].last().copied().unwrap_or(0) + 2;
        assert!(segment.end() <= total, "numbers beyond the stream: {segment:?}");
        if segment.len > 0 {
            let probe = u64::from(segment.end() <= self.edge[peer] + 1);
            assert!(segment.end() <= self.edge[peer] + probe, "beyond the peer's window: {segment:?}");
        }
        let is_new = segment.end() > self.sent[me];
        assert!(
            is_new || segment.again || segment.end() == segment.seq,
            "repeated without saying so: {segment:?}"
        );
        self.sent[me] = self.sent[me].max(segment.end());
        if let Some(ack) = segment.ack {
            let edge = ack + segment.window_read();
            assert!(edge + 1 >= self.edge[me] || segment.syn, "the window shrinks: {segment:?}");
            self.edge[me] = self.edge[me].max(edge);
            assert!(ack <= self.sent[peer], "acknowledges what was never sent: {segment:?}");
            for (from, to) in segment.sack.blocks(ack) {
                assert!(from < to && to <= self.sent[peer], "a block of what was never sent: {segment:?}");
            }
        }
        assert!(end.state() != State::Established || end.congestion_window() > 0);
    }

    /// Runs until both ends are closed or nothing moves. False if it does not come to its end.
    fn run(&mut self) -> bool {
        let open = self.ends[0].open(self.now);
        self.act(Side::Client, open);
        let mut steps = 0;
        while let Some(((at, _), event)) = self.events.pop_first() {
            self.now = at;
            steps += 1;
            if steps > 200_000 || self.broken {
                return false;
            }
            match event {
                Event::Arrive(side, segment) => {
                    let (now, habit) = (self.now, self.habit);
                    let before = self.ends[side.index()].received();
                    let actions = self.ends[side.index()].receive(now, &segment, habit);
                    let after = self.ends[side.index()].received();
                    let from = side.other().index();
                    let written = self.written[from].checked_sub(1).map_or(0, |last| self.plan[from][last]);
                    assert!(after >= before && after <= written, "{before} {after} of {written}");
                    self.act(side, actions);
                    self.write(side);
                }
                Event::Timer(side) => {
                    let (now, end) = (self.now, &mut self.ends[side.index()]);
                    if end.deadline().is_some_and(|due| due <= now) {
                        let actions = end.timer(now);
                        assert!(end.deadline().is_none_or(|due| due > now), "a timer that does not go off");
                        self.act(side, actions);
                    }
                }
                Event::Write(side) => self.write(side),
            }
            if self.ends.iter().all(|end| end.state() == State::Finished) {
                return true;
            }
        }
        false
    }

    /// Writes what is next, sometimes after a pause, and closes behind the last.
    fn write(&mut self, side: Side) {
        let me = side.index();
        if !matches!(self.ends[me].state(), State::Established) {
            return;
        }
        let (now, habit) = (self.now, self.habit);
        let actions = if let Some(&end) = self.plan[me].get(self.written[me]) {
            self.written[me] += 1;
            let pause = Duration::from_nanos(self.random.next_u64() % 3_000_000_000);
            self.schedule(now + pause, Event::Write(side));
            self.ends[me].write(now, end, habit)
        } else {
            self.ends[me].close(now, habit)
        };
        self.act(side, actions);
    }
}

static SMALL: Profile = Profile { name: "small", receive_buffer: ReceiveBuffer::Fixed(700), ..BSD_1990 };
static TIGHT: Profile = Profile {
    name: "tight",
    receive_buffer: ReceiveBuffer::Memory { octets: 4_608, octets_max: 4_608, tuned: false },
    window_scale: 0,
    ..LINUX
};
static SLOW_ACKS: Profile = Profile {
    name: "slow",
    ack_policy: AckPolicy::Heartbeat { period: Duration::from_millis(500) },
    ..LINUX
};

fn runs() -> u64 {
    match std::env::var("MAILLAB_RUNS").as_deref() {
        Ok("full") => 100_000,
        Ok(number) => number.parse().unwrap_or(4_000),
        Err(_) => 4_000,
    }
}

#[test]
fn every_octet_arrives_once_and_in_order_whatever_the_line_does() {
    let stacks = [
        &LINUX,
        &LINUX_PERIOD_2,
        &LINUX_PERIOD_1,
        &WINDOWS_95,
        &BSD_1990,
        &BSD_1988,
        &SMALL,
        &TIGHT,
        &SLOW_ACKS,
    ];
    let weathers = [
        Weather { lost: 0, twice: 0, late: 0 },
        Weather { lost: 10, twice: 0, late: 0 },
        Weather { lost: 0, twice: 100, late: 0 },
        Weather { lost: 0, twice: 0, late: 150 },
        Weather { lost: 50, twice: 20, late: 50 },
        Weather { lost: 200, twice: 50, late: 100 },
    ];
    let mut gave_up = 0;
    for seed in 0..runs() {
        let weather = weathers[(seed % 6) as usize];
        let profiles = [stacks[(seed / 6 % 9) as usize], stacks[(seed / 54 % 9) as usize]];
        let mut transfer = Transfer::new(seed, profiles, weather);
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| transfer.run()));
        let names = profiles.map(|profile| profile.name);
        let Ok(ended) = ended else { panic!("seed {seed}, {names:?}, {weather:?}") };
        if transfer.broken && weather.lost >= 200 {
            // A stack that tries five times gives up on such a line now and then, as it should.
            gave_up += 1;
            continue;
        }
        let states = transfer.ends.each_ref().map(End::state);
        assert!(ended, "seed {seed}, {names:?}, {weather:?}: {states:?} after {} packets", transfer.packets);
        for side in [Side::Client, Side::Server] {
            let all = transfer.plan[side.index()].last().copied().unwrap_or(0);
            assert_eq!(transfer.ends[side.other().index()].received(), all, "seed {seed}, {names:?}");
            assert_eq!(transfer.ends[side.index()].acknowledged(), all, "seed {seed}, {names:?}");
        }
    }
    assert!(gave_up <= runs() / 20, "{gave_up} connections were given up");
}
