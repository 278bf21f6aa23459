//! Blocks fill, wait, are taken back, and keep to their window.

use proptest::prelude::*;

use super::*;
use crate::link::modem::v42bis::Parameters;
use crate::units::BitRate;

const MS: fn(u64) -> Duration = Duration::from_millis;

struct Line {
    line: Direction,
    lane: Lane,
    rules: Rules,
}

impl Line {
    fn new(rules: Rules, rate: u64, delay: u64, compression: Compression) -> Self {
        let line = Direction::new(BitRate::new(rate).unwrap(), MS(delay));
        Self { line, lane: Lane::new(compression), rules }
    }

    fn send(&mut self, now: Instant, octets: &[u8]) -> (u64, Transit) {
        let back = Lane::back(&self.line);
        let mut noise = Noise::default();
        let mut way = Way { line: &mut self.line, back, direction: 0, noise: &mut noise };
        self.lane.send(self.rules, &mut way, now, octets, Duration::ZERO)
    }
}

fn at(ms: u64) -> Instant {
    Instant::START + MS(ms)
}

#[test]
fn a_short_block_waits_and_a_full_one_does_not() {
    let mut line = Line::new(Rules::LAPM, 9600, 60, Compression::None);
    // Flag, header of 3, 8 octets without five ones in a row, check: 14 octets.
    let (bits, transit) = line.send(at(0), &[0x55; 8]);
    assert!((112..=114).contains(&bits), "{bits}");
    assert_eq!(transit.start, at(50));
    assert_eq!(transit.arrive, transit.end + MS(10), "the wait is a part of the delay");
    let (_, transit) = line.send(at(1000), &[0x55; 128]);
    assert_eq!(transit.start, at(1000));
}

#[test]
fn octets_that_come_in_time_get_into_the_same_block() {
    let mut line = Line::new(Rules::LAPM, 9600, 60, Compression::None);
    let (first, one) = line.send(at(0), &[0x55; 8]);
    let (second, two) = line.send(at(30), &[0x55; 8]);
    assert!(first + second <= 8 * 22 + 2, "one block: {first} + {second}");
    assert_eq!(two.start, one.end, "on the line one behind the other");
    assert!(two.end > one.end);
    // From here on it is another block.
    let (third, _) = line.send(at(2000), &[0x55; 8]);
    assert!(third >= 112);
}

#[test]
fn blocks_of_a_busy_line_are_full_whatever_the_packets() {
    let bits = |size: usize| -> u64 {
        let mut line = Line::new(Rules::LAPM, 9600, 60, Compression::None);
        let data = [0x2A; 12_800];
        data.chunks(size).map(|packet| line.send(at(0), packet).0).sum()
    };
    assert_eq!(bits(100), bits(12_800));
    assert_eq!(bits(128), bits(12_800));
}

#[test]
fn no_more_blocks_than_the_window_are_unacknowledged() {
    let mut line = Line::new(Rules::X25, 1_000_000_000, 250, Compression::None);
    let (_, transit) = line.send(at(0), &[0; 128 * 6]);
    // Three windows of two: the third begins after two round trips.
    assert!(transit.end >= at(1000) && transit.end < at(1002), "{}", transit.end);
}

#[test]
fn a_long_run_of_text_is_compressed_across_packets() {
    let text = "the quick brown fox jumps over the lazy dog, and again ".repeat(100);
    let bits = |compression| -> u64 {
        let mut line = Line::new(Rules::LAPM, 28_800, 60, compression);
        text.as_bytes().chunks(100).map(|packet| line.send(at(0), packet).0).sum()
    };
    let (plain, small) = (bits(Compression::None), bits(Compression::V42bis(Parameters::USUAL)));
    assert!(small * 4 < plain, "{small} of {plain}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn packets_leave_one_behind_the_other_and_bits_are_neither_lost_nor_counted_twice(
        packets in prop::collection::vec((0..400_u64, 1..600_usize), 1..60),
        which in 0..5_usize,
        compressed in any::<bool>(),
    ) {
        let rules = [Rules::LAPM, Rules::MNP4, Rules::X25, Rules::RLP, Rules::GPRS][which];
        let compression =
            if compressed { Compression::V42bis(Parameters::SMALLEST) } else { Compression::None };
        let mut line = Line::new(rules, 9600, 300, compression);
        let (mut now, mut last, mut arrived) = (at(0), at(0), at(0));
        let (mut bits, mut octets) = (0, 0);
        for (wait, size) in packets {
            now += MS(wait);
            let packet: Vec<u8> = (0..size).map(|n| ((n * n) >> 3) as u8).collect();
            let (taken, transit) = line.send(now, &packet);
            prop_assert!(transit.start >= last && transit.start >= now);
            prop_assert!(transit.end >= transit.start && transit.arrive >= transit.end);
            prop_assert!(transit.arrive >= arrived);
            (last, arrived) = (transit.end, transit.arrive);
            bits += taken;
            octets += size as u64;
        }
        prop_assert!(compressed || bits >= 8 * octets);
        // The line was never busier than its rate allows.
        let seconds = (last - at(0)).as_secs_f64();
        prop_assert!(bits as f64 <= seconds * 9600.0 + 200.0, "{bits} bits in {seconds} s");
    }
}
