//! SLIP (RFC 1055): an END behind each packet, and two octets for each END or ESC in it. No check, no type.

use memchr::memchr2_iter;

/// Ends a packet.
pub const END: u8 = 0xC0;
/// Announces that the next octet stands for another one.
pub const ESC: u8 = 0xDB;
/// Behind ESC: an END in the packet.
pub const ESC_END: u8 = 0xDC;
/// Behind ESC: an ESC in the packet.
pub const ESC_ESC: u8 = 0xDD;

/// How many of these octets are sent as two.
#[must_use]
pub fn escapes(octets: &[u8]) -> u32 {
    u32::try_from(memchr2_iter(END, ESC, octets).count()).unwrap_or(u32::MAX)
}

/// Appends the octets of a packet as they go on the line.
pub fn encode(packet: &[u8], line: &mut Vec<u8>) {
    escape(packet, line);
    line.push(END);
}

/// Appends a part of a packet.
pub fn escape(part: &[u8], line: &mut Vec<u8>) {
    line.reserve(part.len() + 1);
    for octet in part {
        match *octet {
            END => line.extend_from_slice(&[ESC, ESC_END]),
            ESC => line.extend_from_slice(&[ESC, ESC_ESC]),
            octet => line.push(octet),
        }
    }
}

/// Takes packets out of the octets of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoder {
    packet: Vec<u8>,
    escaped: bool,
    octets_max: usize,
    too_long: bool,
}

impl Decoder {
    /// A receiver that drops packets of more than `octets_max` octets.
    #[must_use]
    pub const fn new(octets_max: usize) -> Self {
        Self { packet: Vec::new(), escaped: false, octets_max, too_long: false }
    }

    /// The packets that these octets end. What stands between two ENDs without an octet is no packet, so that a
    /// sender may flush line noise with a leading END.
    pub fn receive(&mut self, line: &[u8]) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        for octet in line {
            if *octet == END {
                let packet = std::mem::take(&mut self.packet);
                if !packet.is_empty() && !self.too_long {
                    packets.push(packet);
                }
                (self.escaped, self.too_long) = (false, false);
                continue;
            }
            if *octet == ESC && !self.escaped {
                self.escaped = true;
                continue;
            }
            // What else stands behind an ESC is a protocol violation; RFC 1055's own receiver keeps the octet.
            let octet = match (self.escaped, *octet) {
                (true, ESC_END) => END,
                (true, ESC_ESC) => ESC,
                (_, octet) => octet,
            };
            self.escaped = false;
            if self.packet.len() < self.octets_max {
                self.packet.push(octet);
            } else {
                self.too_long = true;
            }
        }
        packets
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn end_and_escape_take_two_octets() {
        let mut line = Vec::new();
        encode(&[0xC0, b'a', 0xDB], &mut line);
        assert_eq!(line, [0xDB, 0xDC, b'a', 0xDB, 0xDD, 0xC0]);
    }

    #[test]
    fn a_packet_that_is_too_long_is_dropped_and_the_next_is_not() {
        let mut decoder = Decoder::new(3);
        assert_eq!(decoder.receive(b"abcd\xC0abc\xC0\xC0"), [b"abc".to_vec()]);
    }

    proptest! {
        #[test]
        fn packets_come_back_and_the_count_is_that_of_the_encoder(
            packets in prop::collection::vec(
                prop::collection::vec(prop_oneof![any::<u8>(), Just(END), Just(ESC)], 1..50), 0..5),
            cut in 1..20_usize,
        ) {
            let mut line = Vec::new();
            let mut octets = 0;
            for packet in &packets {
                encode(packet, &mut line);
                octets += packet.len() + 1 + escapes(packet) as usize;
            }
            prop_assert_eq!(line.len(), octets);
            let mut decoder = Decoder::new(1006);
            let received: Vec<Vec<u8>> = line.chunks(cut).flat_map(|piece| decoder.receive(piece)).collect();
            prop_assert_eq!(received, packets);
        }

        #[test]
        fn any_octets_on_the_line_do_no_harm(line in prop::collection::vec(any::<u8>(), 0..500)) {
            for packet in Decoder::new(100).receive(&line) {
                prop_assert!(packet.len() <= 100);
            }
        }
    }
}
