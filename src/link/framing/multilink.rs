//! Multilink PPP (RFC 1990): one packet cut into fragments, over two calls at once.

use std::collections::BTreeMap;

/// The first fragment of a packet (RFC 1990 §3).
const BEGINS: u8 = 0x80;
/// The last fragment of a packet.
const ENDS: u8 = 0x40;

/// Packets shorter than this go whole, on the calls in turn: two fragments would add more than they save. No document
/// says where the line is; implementations differ.
const WHOLE_BELOW: usize = 128;

/// Fragments that a receiver keeps while it waits for one: more than two calls with a window of packets each need.
const KEPT_MAX: usize = 256;

/// How sequence numbers are written: 24 bits in a header of four octets, or 12 bits in one of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sequence {
    /// The default.
    Long,
    /// If both ends agreed on it (RFC 1990 §5.1.2).
    Short,
}

impl Sequence {
    const fn mask(self) -> u32 {
        match self {
            Self::Long => 0x00FF_FFFF,
            Self::Short => 0x0FFF,
        }
    }

    /// Octets of the header.
    #[must_use]
    pub const fn octets(self) -> usize {
        match self {
            Self::Long => 4,
            Self::Short => 2,
        }
    }
}

/// One fragment: which call it takes, its header, and which part of the packet it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// The call, from 0.
    pub call: usize,
    header: [u8; 4],
    header_len: u8,
    /// Where its part of the packet begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

impl Fragment {
    /// The multilink header, behind the protocol number.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        self.header.get(..usize::from(self.header_len)).unwrap_or_default()
    }
}

/// The sending end of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundle {
    calls: usize,
    sequence: Sequence,
    next: u32,
    /// Which call has its turn.
    turn: usize,
}

impl Bundle {
    /// A bundle of so many calls.
    #[must_use]
    pub fn new(calls: usize, sequence: Sequence) -> Self {
        Self { calls: calls.max(1), sequence, next: 0, turn: 0 }
    }

    /// Cuts a packet of `len` octets, its protocol number included, into parts of about equal length, one a call.
    pub fn cut(&mut self, len: usize) -> Vec<Fragment> {
        let parts = if len < WHOLE_BELOW { 1 } else { self.calls };
        let fragment = |bundle: &mut Self, part: usize| {
            let marks = if part == 0 { BEGINS } else { 0 } | if part + 1 == parts { ENDS } else { 0 };
            let (header, header_len) = header(bundle.sequence, marks, bundle.next);
            bundle.next = (bundle.next + 1) & bundle.sequence.mask();
            let call = bundle.turn;
            bundle.turn = (bundle.turn + 1) % bundle.calls;
            Fragment { call, header, header_len, from: len * part / parts, to: len * (part + 1) / parts }
        };
        (0..parts).map(|part| fragment(self, part)).collect()
    }
}

fn header(sequence: Sequence, marks: u8, number: u32) -> ([u8; 4], u8) {
    let [_, high, middle, low] = number.to_be_bytes();
    match sequence {
        Sequence::Long => ([marks, high, middle, low], 4),
        Sequence::Short => ([marks | middle, low, 0, 0], 2),
    }
}

/// The receiving end of a bundle: puts packets together again, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassembly {
    sequence: Sequence,
    octets_max: usize,
    /// What waits, by the number that it would have if numbers did not wrap.
    waiting: BTreeMap<u64, (u8, Vec<u8>)>,
    /// The number of the next fragment that was not yet taken or given up.
    expected: u64,
    /// The last number that each call brought.
    newest: Vec<Option<u64>>,
}

impl Reassembly {
    /// For a bundle of so many calls, and packets of at most so many octets (MRRU).
    #[must_use]
    pub fn new(calls: usize, sequence: Sequence, octets_max: usize) -> Self {
        let newest = vec![None; calls.max(1)];
        Self { sequence, octets_max, waiting: BTreeMap::new(), expected: 0, newest }
    }

    /// Takes a fragment, header first, that came over this call; gives the packets that are whole now, in order.
    pub fn receive(&mut self, call: usize, fragment: &[u8]) -> Vec<Vec<u8>> {
        let Some((marks, number, data)) = self.open(fragment) else { return Vec::new() };
        if let Some(newest) = self.newest.get_mut(call) {
            *newest = Some(newest.map_or(number, |before| before.max(number)));
        }
        if number >= self.expected && self.waiting.len() < KEPT_MAX {
            self.waiting.insert(number, (marks, data.to_vec()));
        }
        let mut packets = Vec::new();
        loop {
            match self.whole() {
                Some(packet) => packets.extend(packet),
                None if !self.give_up() => return packets,
                None => {}
            }
        }
    }

    /// Marks, number, data. Numbers are taken to be near to what is expected.
    fn open<'a>(&self, fragment: &'a [u8]) -> Option<(u8, u64, &'a [u8])> {
        let (number, marks, data) = match (self.sequence, fragment) {
            (Sequence::Long, [marks, high, middle, low, data @ ..]) => {
                (u32::from_be_bytes([0, *high, *middle, *low]), *marks, data)
            }
            (Sequence::Short, [marks, low, data @ ..]) => {
                (u32::from_be_bytes([0, 0, marks & 0x0F, *low]), *marks, data)
            }
            _ => return None,
        };
        let mask = u64::from(self.sequence.mask());
        let ahead = u64::from(number).wrapping_sub(self.expected) & mask;
        let behind = ahead > mask / 2;
        let number =
            if behind { (self.expected + ahead).checked_sub(mask + 1)? } else { self.expected + ahead };
        Some((marks & (BEGINS | ENDS), number, data))
    }

    /// Takes the next packet if all its fragments are there; `Some(None)` if it was too long or had no beginning.
    fn whole(&mut self) -> Option<Option<Vec<u8>>> {
        let mut last = self.expected;
        while self.waiting.get(&last)?.0 & ENDS == 0 {
            last += 1;
        }
        let mut packet = Vec::new();
        let mut begun = false;
        for number in self.expected..=last {
            let (marks, data) = self.waiting.remove(&number)?;
            begun |= number == self.expected && marks & BEGINS != 0;
            packet.extend(data);
        }
        self.expected = last + 1;
        Some((begun && packet.len() <= self.octets_max).then_some(packet))
    }

    /// A number that every call has passed was lost, and with it its packet (RFC 1990 §4.1).
    fn give_up(&mut self) -> bool {
        let Some(lowest) = self.newest.iter().copied().min().flatten() else { return false };
        let crowded = self.waiting.len() >= KEPT_MAX;
        let missing =
            (self.expected..).find(|number| !self.waiting.contains_key(number)).unwrap_or(self.expected);
        if missing > lowest && !crowded {
            return false;
        }
        // Go on behind the packet that misses something: at the next beginning.
        let next = self.waiting.iter().find(|(number, (marks, _))| **number > missing && marks & BEGINS != 0);
        let next = next.map(|(number, _)| *number);
        // Without one yet, all up to what every call has passed is lost; the packet may still be coming in.
        let from = next.unwrap_or(if crowded { u64::MAX } else { lowest + 1 }).max(self.expected + 1);
        let from = if from == u64::MAX {
            self.waiting.keys().last().map_or(self.expected, |last| last + 1)
        } else {
            from
        };
        self.waiting = self.waiting.split_off(&from);
        self.expected = from;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_packet_is_cut_in_two_with_the_header_of_the_document() {
        let mut bundle = Bundle::new(2, Sequence::Long);
        let parts = bundle.cut(1001);
        assert_eq!(
            parts.iter().map(|part| (part.call, part.from, part.to)).collect::<Vec<_>>(),
            [(0, 0, 500), (1, 500, 1001)]
        );
        assert_eq!(parts[0].header(), [0x80, 0, 0, 0]);
        assert_eq!(parts[1].header(), [0x40, 0, 0, 1]);
        let mut short = Bundle { next: 0xABC, ..Bundle::new(2, Sequence::Short) };
        assert_eq!(short.cut(40)[0].header(), [0xCA, 0xBC]);
    }

    /// Fragments as they stand on the calls: call, octets.
    fn fragments(bundle: &mut Bundle, packet: &[u8]) -> Vec<(usize, Vec<u8>)> {
        let cut = bundle.cut(packet.len());
        cut.iter().map(|part| (part.call, [part.header(), &packet[part.from..part.to]].concat())).collect()
    }

    #[test]
    fn a_lost_fragment_costs_its_packet_and_no_other() {
        let mut bundle = Bundle::new(2, Sequence::Short);
        let packets: Vec<Vec<u8>> = (0..4_u8).map(|n| vec![n; 200]).collect();
        let mut reassembly = Reassembly::new(2, Sequence::Short, 1500);
        let mut received = Vec::new();
        for (number, (call, octets)) in packets.iter().flat_map(|p| fragments(&mut bundle, p)).enumerate() {
            if number != 3 {
                received.extend(reassembly.receive(call, &octets));
            }
        }
        assert_eq!(received, [packets[0].clone(), packets[2].clone(), packets[3].clone()]);
    }

    proptest! {
        #[test]
        fn packets_come_back_in_order_however_the_calls_are_late(
            lengths in prop::collection::vec(1..400_usize, 1..40),
            late in prop::collection::vec(any::<bool>(), 0..200),
            short in any::<bool>(),
        ) {
            let sequence = if short { Sequence::Short } else { Sequence::Long };
            let mut bundle = Bundle::new(2, sequence);
            // Near the end of the numbers, so that they wrap.
            bundle.next = sequence.mask() - 5;
            let packets: Vec<Vec<u8>> = lengths.iter().enumerate().map(|(n, len)| vec![n as u8; *len]).collect();
            let mut calls = [Vec::new(), Vec::new()];
            for (call, octets) in packets.iter().flat_map(|packet| fragments(&mut bundle, packet)) {
                calls[call].push(octets);
            }
            let mut reassembly = Reassembly::new(2, sequence, 1500);
            reassembly.expected = u64::from(sequence.mask() - 5);
            let mut received = Vec::new();
            let mut late = late.into_iter();
            let mut queues = calls.map(|call| call.into_iter().peekable());
            while queues.iter_mut().any(|queue| queue.peek().is_some()) {
                let call = usize::from(late.next().unwrap_or_default());
                let call = if queues[call].peek().is_some() { call } else { 1 - call };
                if let Some(octets) = queues[call].next() {
                    received.extend(reassembly.receive(call, &octets));
                }
            }
            prop_assert_eq!(received, packets);
        }

        #[test]
        fn any_fragments_do_no_harm(
            fragments in prop::collection::vec((0..3_usize, prop::collection::vec(any::<u8>(), 0..9)), 0..600),
            short in any::<bool>(),
        ) {
            let sequence = if short { Sequence::Short } else { Sequence::Long };
            let mut reassembly = Reassembly::new(2, sequence, 20);
            for (call, octets) in fragments {
                for packet in reassembly.receive(call, &octets) {
                    prop_assert!(packet.len() <= 20);
                }
                prop_assert!(reassembly.waiting.len() <= KEPT_MAX);
            }
        }
    }
}
