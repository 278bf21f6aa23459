use proptest::prelude::*;

use super::hdlc::{Accm, Decoder, Received};
use super::multilink::{Reassembly, Sequence};
use super::*;
use crate::link::ppp::deflate::Inflater;
use crate::link::tcp::Side;
use crate::link::vj::{Decompressor, Kind};

const SIDE: Side = Side::Server;

fn octets(framing: Framing, packet: &[u8]) -> u32 {
    Framer::new(framing).count(SIDE, packet).octets
}

const BARE: Ppp = Ppp { accm: u32::MAX, acfc: false, pfc: false, ..Ppp::USUAL };
const SYNC: Ppp = Ppp { carrier: Carrier::Sync, ..Ppp::USUAL };
const MULTILINK: Ppp = Ppp { multilink: Some(Calls { calls: 2, short_sequence: false }), ..SYNC };

#[test]
fn slip_counts_one_end_and_its_escapes() {
    assert_eq!(octets(Framing::Slip, b"abc"), 4);
    assert_eq!(octets(Framing::Slip, &[0xC0, b'a', 0xDB]), 6);
}

#[test]
fn a_packet_in_ppp_has_four_octets_more_or_seven_and_its_escapes() {
    assert_eq!(octets(Framing::PPP_USUAL, &[b'a'; 100]), 104);
    assert_eq!(octets(Framing::Ppp(BARE), &[b'a'; 100]), 107 + 2, "03 and 00 of the head are escaped");
}

#[test]
fn a_synchronous_frame_has_as_many_octets_and_stuffed_zeros() {
    let framed = Framer::new(Framing::Ppp(SYNC)).count(SIDE, &[0xFF; 100]);
    assert_eq!(framed.octets, 104);
    assert!(framed.stuffed_bits >= 160, "800 ones: {}", framed.stuffed_bits);
    assert_eq!(framed.bits(8), 104 * 8 + u64::from(framed.stuffed_bits));
    assert_eq!(octets(Framing::Hdlc, &[b'a'; 100]), 107);
}

#[test]
fn two_calls_share_a_packet_and_each_part_has_its_head() {
    let framed = Framer::new(Framing::Ppp(MULTILINK)).count(SIDE, &[b'a'; 999]);
    // Each: protocol 1, multilink header 4, check 2, flag 1; one of them the packet's own protocol number.
    assert_eq!(framed.octets, 999 + 1 + 2 * (1 + 4 + 2 + 1));
    assert_eq!(framed.parts.iter().map(|part| part.call).collect::<Vec<_>>(), [0, 1]);
    let bits: u64 = framed.parts.iter().map(|part| part.bits).sum();
    assert_eq!(bits, framed.bits(8));
}

#[test]
fn growth_is_that_of_the_measured_samples() {
    // Text with CR LF and ACCM all ones grows by 2.8 to 4.8 %, with the usual ACCM not at all.
    let line = b"The quick brown fox jumps over the lazy dog, and then it sits down.\r\n";
    let text: Vec<u8> = line.iter().copied().cycle().take(line.len() * 20).collect();
    let all = octets(Framing::Ppp(Ppp { accm: u32::MAX, ..Ppp::USUAL }), &text);
    let usual = octets(Framing::PPP_USUAL, &text);
    let growth = f64::from(all - usual) / text.len() as f64;
    assert!((0.028..0.030).contains(&growth), "{growth}");
    assert!(usual - text.len() as u32 <= 6);
}

/// A TCP packet of a session: `nth` segment of `len` octets in one direction, with right lengths.
fn packet(nth: u32, len: usize, octet: u8) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend((40 + len as u16).to_be_bytes());
    packet.extend((nth as u16).to_be_bytes());
    packet.extend([0x40, 0, 64, 6, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2, 0, 110, 4, 0]);
    packet.extend((nth * len as u32).to_be_bytes());
    packet.extend([0, 0, 0, 1, 0x50, 0x10, 0x20, 0, 1, 2, 0, 0]);
    // IP's checksum, for the decompressor makes it anew (RFC 791 §3.1).
    let sum: u32 = packet[..20].chunks(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]]))).sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    packet[10..12].copy_from_slice(&(!(folded as u16)).to_be_bytes());
    packet.resize(40 + len, octet);
    packet
}

#[test]
fn the_second_packet_of_a_transfer_has_a_head_of_three_octets() {
    let sizes = |framing: Framing| {
        let mut framer = Framer::new(framing);
        let sizes: Vec<u32> = (0..3).map(|nth| framer.count(SIDE, &packet(nth, 100, b'a')).octets).collect();
        sizes
    };
    assert_eq!(sizes(Framing::CSLIP_USUAL)[1..], [104, 104], "3, 100, END");
    let ppp = sizes(Framing::Ppp(Ppp::WITH_VJ));
    assert!(
        ppp[1..].iter().all(|octets| (107..110).contains(octets)),
        "1, 3, 100, 2, 1 and escapes: {ppp:?}"
    );
    assert_eq!(sizes(Framing::Slip)[1..], [141, 141]);
}

#[test]
fn after_a_loss_compressed_packets_reach_nobody_until_one_goes_uncompressed() {
    for framing in [Framing::CSLIP_USUAL, Framing::Ppp(Ppp::WITH_VJ)] {
        let mut framer = Framer::new(framing);
        let mut send = |nth, ruined| {
            framer.count(SIDE, &packet(nth, 100, b'a'));
            framer.arrives(SIDE, ruined) == Arrival::Whole
        };
        assert!(send(0, false) && send(1, false));
        assert!(!send(2, true));
        assert!(!send(3, false) && !send(4, false), "{framing}");
        assert!(send(2, false), "sent again, it goes uncompressed");
        assert!(send(3, false) || framing != Framing::Slip);
    }
}

#[test]
fn a_counted_line_with_compressed_headers_takes_what_slip_takes_but_for_escapes() {
    let counted = Framing::CountedVj { octets_a_packet: 1, slots: 16 };
    let (mut counted, mut slip) = (Framer::new(counted), Framer::new(Framing::CSLIP_USUAL));
    for nth in 0..5 {
        let packet = packet(nth, 100, b'a');
        let octets = counted.count(SIDE, &packet).octets;
        assert!(octets <= if nth == 0 { 141 } else { 107 }, "{nth}: {octets}");
        assert!(slip.count(SIDE, &packet).octets >= octets);
        assert_eq!([counted.arrives(SIDE, false), slip.arrives(SIDE, false)], [Arrival::Whole; 2]);
    }
}

#[test]
fn a_loss_costs_nothing_more_where_headers_go_as_they_are() {
    let mut framer = Framer::new(Framing::PPP_USUAL);
    framer.count(SIDE, &packet(0, 100, b'a'));
    assert_eq!(framer.arrives(SIDE, true), Arrival::Ruined);
    framer.count(SIDE, &packet(1, 100, b'a'));
    assert_eq!(framer.arrives(SIDE, false), Arrival::Whole);
}

/// Takes frames apart as the other end does, all the way to the packets.
fn receive(framing: Framing, line: &[u8]) -> Vec<Vec<u8>> {
    match framing {
        Framing::None { .. } | Framing::CountedVj { .. } | Framing::Hdlc => Vec::new(),
        Framing::Slip => slip::Decoder::new(2000).receive(line),
        Framing::Cslip { slots } => {
            let mut decompressor = Decompressor::new(slots);
            let frames = slip::Decoder::new(2000).receive(line);
            let packet = |mut frame: Vec<u8>| {
                let (kind, first) = Kind::unmark(frame[0]);
                frame[0] = first;
                decompressor.packet(kind, &frame)
            };
            frames.into_iter().filter_map(packet).collect()
        }
        Framing::Ppp(options) => {
            let mut decompressor = Decompressor::new(16);
            let mut inflater = Inflater::new(2000);
            let mut reassembly = Reassembly::new(2, Sequence::Long, 2000);
            let mut call = 1;
            let frames: Vec<Vec<u8>> = match options.carrier {
                Carrier::Atm => atm::decode(line).into_iter().flatten().collect(),
                Carrier::Async => Decoder::new(Accm(options.accm), 2000)
                    .receive(line)
                    .into_iter()
                    .map(|received| match received {
                        Received::Frame(frame) => frame,
                        Received::Damaged => panic!("nothing was damaged"),
                    })
                    .collect(),
                Carrier::Sync => panic!("bits cannot be told from octets"),
            };
            let whole = frames.into_iter().flat_map(|frame| match ppp::open(&frame) {
                Some((ppp::Protocol::MULTILINK, fragment)) => {
                    call = 1 - call;
                    reassembly.receive(call, fragment)
                }
                _ => vec![frame],
            });
            let whole: Vec<Vec<u8>> = whole.collect();
            let packet = |frame: Vec<u8>| {
                let (protocol, data) = ppp::open(&frame)?;
                let inflated = match protocol {
                    ppp::Protocol::COMPRESSED => inflater.receive(data)?,
                    _ => {
                        inflater.remember(protocol, std::iter::once(data));
                        frame.clone()
                    }
                };
                let (protocol, data) = ppp::open(&inflated)?;
                match protocol {
                    ppp::Protocol::VJ_COMPRESSED => decompressor.packet(Kind::CompressedTcp, data),
                    ppp::Protocol::VJ_UNCOMPRESSED => decompressor.packet(Kind::UncompressedTcp, data),
                    _ => Some(data.to_vec()),
                }
            };
            whole.into_iter().filter_map(packet).collect()
        }
    }
}

fn framings() -> impl Strategy<Value = Framing> {
    let multilink = Some(Calls { calls: 2, short_sequence: false });
    prop_oneof![
        Just(Framing::Slip),
        Just(Framing::CSLIP_USUAL),
        Just(Framing::Ppp(BARE)),
        Just(Framing::Ppp(Ppp::WITH_VJ)),
        Just(Framing::Ppp(Ppp { deflate: true, ..Ppp::WITH_VJ })),
        Just(Framing::Ppp(Ppp { carrier: Carrier::Atm, ..Ppp::WITH_VJ })),
        Just(Framing::Ppp(Ppp { multilink, ..Ppp::WITH_VJ })),
        Just(Framing::Ppp(Ppp { multilink, deflate: true, ..Ppp::USUAL })),
    ]
}

proptest! {
    #[test]
    fn what_was_framed_comes_back_and_takes_what_was_counted(
        framing in framings(),
        packets in prop::collection::vec((0..9_u32, 0..300_usize, any::<u8>()), 1..20),
    ) {
        let (mut counter, mut encoder) = (Framer::new(framing), Framer::new(framing));
        let mut line = Vec::new();
        let mut sent = Vec::new();
        for (nth, len, octet) in packets {
            let packet = packet(nth, len, octet);
            let before = line.len();
            let counted = counter.count(SIDE, &packet);
            let encoded = encoder.encode(SIDE, &packet, &mut line);
            prop_assert_eq!(&counted, &encoded);
            prop_assert_eq!(counted.octets as usize, line.len() - before);
            prop_assert_eq!([counter.arrives(SIDE, false), encoder.arrives(SIDE, false)], [Arrival::Whole; 2]);
            sent.push(packet);
        }
        prop_assert_eq!(receive(framing, &line), sent);
        prop_assert_eq!(counter, encoder);
    }

    #[test]
    fn any_octets_can_be_framed(
        framing in framings(),
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..5),
    ) {
        let mut framer = Framer::new(framing);
        for packet in packets {
            framer.count(SIDE, &packet);
            framer.arrives(SIDE, packet.len() % 2 == 0);
        }
    }
}

#[test]
fn after_a_loss_no_deflated_packet_is_read_until_both_ends_begin_anew() {
    let mut framer = Framer::new(Framing::Ppp(Ppp { deflate: true, ..Ppp::USUAL }));
    let sizes: Vec<u32> = (0..2).map(|nth| framer.count(SIDE, &packet(nth, 100, b'a')).octets).collect();
    assert!(sizes[1] < sizes[0] && sizes[0] < 147, "{sizes:?}");
    assert_eq!(framer.arrives(SIDE, true), Arrival::Ruined);
    for nth in 2..4 {
        framer.count(SIDE, &packet(nth, 100, b'a'));
        assert_eq!(framer.arrives(SIDE, false), Arrival::NotInflated);
    }
    framer.begin_anew(SIDE);
    let anew = framer.count(SIDE, &packet(0, 100, b'a')).octets;
    assert_eq!(
        (anew, framer.arrives(SIDE, false)),
        (sizes[0], Arrival::NotInflated),
        "Reset-Ack is on its way"
    );
    framer.inflate_anew(SIDE);
    framer.count(SIDE, &packet(1, 100, b'a'));
    assert_eq!(framer.arrives(SIDE, false), Arrival::Whole);
}
