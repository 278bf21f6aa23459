use proptest::prelude::*;

use super::*;

/// What a packet of a made-up session says.
#[derive(Clone, Copy, Debug)]
struct Fields {
    port: u16,
    id: u16,
    sequence: u32,
    ack: u32,
    window: u16,
    flags: u8,
    urgent: u16,
    data: usize,
    timestamp: Option<u32>,
}

impl Fields {
    const FIRST: Self = Self {
        port: 1024,
        id: 1,
        sequence: 1000,
        ack: 5000,
        window: 4096,
        flags: header::ACK,
        urgent: 0,
        data: 0,
        timestamp: None,
    };

    fn packet(&self) -> Vec<u8> {
        let options: Vec<u8> = self.timestamp.map_or_else(Vec::new, |timestamp| {
            [&[1, 1, 8, 10][..], &timestamp.to_be_bytes(), &[0, 0, 0, 9]].concat()
        });
        let total = (40 + options.len() + self.data) as u16;
        let mut packet = vec![0x45, 0];
        packet.extend(total.to_be_bytes());
        packet.extend(self.id.to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0, 10, 9, 0, 2, 10, 9, 0, 1]);
        packet.extend(self.port.to_be_bytes());
        packet.extend([0, 110]);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.ack.to_be_bytes());
        packet.extend([((20 + options.len()) as u8 / 4) << 4, self.flags]);
        packet.extend(self.window.to_be_bytes());
        packet.extend([0xAB, self.id as u8]);
        packet.extend(self.urgent.to_be_bytes());
        packet.extend(options);
        packet.extend((0..self.data).map(|n| n as u8));
        let mut header = header::Header::read(&packet, Some(6)).unwrap();
        header.sum_ip();
        packet[..header.len()].copy_from_slice(header.as_bytes());
        packet
    }
}

/// A line: both ends, in step.
struct Line {
    compressor: Compressor,
    decompressor: Decompressor,
}

impl Line {
    fn new(slots: u16) -> Self {
        Self { compressor: Compressor::new(slots, true), decompressor: Decompressor::new(slots) }
    }

    fn compress(&mut self, packet: &[u8]) -> (Kind, Vec<u8>) {
        let compressed = self.compressor.compress(packet);
        (compressed.kind, [compressed.head(), &packet[compressed.replaced()..]].concat())
    }

    /// Sends a packet, checks that it comes back octet for octet, and says how its header went.
    #[track_caller]
    fn send(&mut self, fields: Fields) -> (Kind, Vec<u8>) {
        let packet = fields.packet();
        let (kind, sent) = self.compress(&packet);
        assert_eq!(self.decompressor.packet(kind, &sent).as_deref(), Some(&packet[..]));
        assert!(self.compressor.last.is_none() || self.decompressor.is_in_step_with(&self.compressor));
        (kind, sent[..sent.len() - fields.data].to_vec())
    }
}

#[test]
fn echoed_typing_takes_three_octets() {
    let mut line = Line::new(16);
    let mut typed = Fields { data: 1, flags: header::ACK | header::PUSH, ..Fields::FIRST };
    assert_eq!(line.send(typed).0, Kind::UncompressedTcp);
    for _ in 0..3 {
        typed = Fields { id: typed.id + 1, sequence: typed.sequence + 1, ack: typed.ack + 1, ..typed };
        // RFC 1144 §3.2.2 shows it as `0B c c d`; PUSH is set here, hence 1B.
        assert_eq!(line.send(typed), (Kind::CompressedTcp, vec![0x1B, 0xAB, typed.id as u8]));
    }
}

#[test]
fn data_in_one_direction_takes_three_octets_and_its_acks_four() {
    let mut line = Line::new(16);
    let mut data = Fields { data: 216, ..Fields::FIRST };
    line.send(data);
    for _ in 0..3 {
        data = Fields { id: data.id + 1, sequence: data.sequence + 216, ..data };
        assert_eq!(line.send(data), (Kind::CompressedTcp, vec![0x0F, 0xAB, data.id as u8]));
    }
    let mut line = Line::new(16);
    let ack = Fields::FIRST;
    line.send(ack);
    let near = Fields { id: ack.id + 1, ack: ack.ack + 216, ..ack };
    assert_eq!(line.send(near), (Kind::CompressedTcp, vec![0x04, 0xAB, 2, 216]));
    let far = Fields { id: near.id + 1, ack: near.ack + 1072, ..near };
    assert_eq!(
        line.send(far),
        (Kind::CompressedTcp, vec![0x04, 0xAB, 3, 0, 4, 48]),
        "three octets from 256 on"
    );
}

#[test]
fn a_command_behind_a_short_reply_takes_five_and_behind_a_long_one_seven() {
    let mut line = Line::new(16);
    let stat = Fields { data: 6, flags: header::ACK | header::PUSH, ..Fields::FIRST };
    line.send(stat);
    let retr = Fields { id: stat.id + 1, sequence: stat.sequence + 6, ack: stat.ack + 14, data: 8, ..stat };
    assert_eq!(line.send(retr), (Kind::CompressedTcp, vec![0x1C, 0xAB, 2, 14, 6]));
    let dele = Fields { id: retr.id + 1, sequence: retr.sequence + 8, ack: retr.ack + 2500, ..retr };
    assert_eq!(line.send(dele).1.len(), 7);
}

#[test]
fn syn_fin_rst_and_fragments_go_as_they_are() {
    let mut line = Line::new(16);
    for flags in [0x02, 0x12, 0x11, 0x14, 0x00] {
        assert_eq!(line.send(Fields { flags, ..Fields::FIRST }).0, Kind::Ip);
    }
    let mut fragment = Fields::FIRST.packet();
    fragment[6] = 0x20;
    assert_eq!(line.compress(&fragment).0, Kind::Ip);
}

#[test]
fn retransmissions_and_repeated_acks_go_uncompressed() {
    let mut line = Line::new(16);
    let data = Fields { data: 100, ..Fields::FIRST };
    line.send(data);
    line.send(Fields { id: 2, sequence: data.sequence + 100, ..data });
    assert_eq!(line.send(Fields { id: 3, ..data }).0, Kind::UncompressedTcp, "the sequence number went back");
    assert_eq!(line.send(Fields { id: 4, ..data }).0, Kind::UncompressedTcp, "nothing changed");
    let mut line = Line::new(16);
    line.send(Fields::FIRST);
    assert_eq!(line.send(Fields { id: 2, ..Fields::FIRST }).0, Kind::UncompressedTcp, "the same ack again");
    let first = Fields { id: 3, data: 5, ..Fields::FIRST };
    assert_eq!(line.send(first), (Kind::CompressedTcp, vec![0x00, 0xAB, 3]), "data behind an ack is new");
}

#[test]
fn changes_that_would_read_as_a_special_case_go_uncompressed() {
    let mut line = Line::new(16);
    line.send(Fields::FIRST);
    let urgent = Fields {
        id: 2,
        sequence: Fields::FIRST.sequence + 7,
        window: 4000,
        flags: header::ACK | header::URGENT,
        urgent: 3,
        ..Fields::FIRST
    };
    assert_eq!(line.send(urgent).0, Kind::UncompressedTcp);
    let more = Fields { id: 3, sequence: urgent.sequence + 7, ..urgent };
    assert_eq!(
        line.send(more).0,
        Kind::CompressedTcp,
        "urgent and sequence number alone are no special case"
    );
}

#[test]
fn timestamps_are_never_compressed() {
    let mut line = Line::new(16);
    let mut data = Fields { data: 100, timestamp: Some(1), ..Fields::FIRST };
    for _ in 0..5 {
        let (kind, header) = line.send(data);
        assert_eq!((kind, header.len()), (Kind::UncompressedTcp, 52));
        data.sequence += 100;
        data.id += 1;
        data.timestamp = data.timestamp.map(|timestamp| timestamp + 1);
    }
    // Two segments within a tick of the clock have the same timestamp; then there is nothing in the way.
    data.timestamp = data.timestamp.map(|timestamp| timestamp - 1);
    assert_eq!(line.send(data).0, Kind::CompressedTcp);
}

#[test]
fn two_connections_in_turn_name_their_slot() {
    let mut line = Line::new(16);
    let mut ends = [Fields { data: 10, ..Fields::FIRST }, Fields { data: 10, port: 1025, ..Fields::FIRST }];
    let mut id = 0;
    for round in 0..4 {
        for (slot, end) in ends.iter_mut().enumerate() {
            id += 1;
            end.id = id;
            let (kind, header) = line.send(*end);
            if round > 0 {
                assert_eq!(kind, Kind::CompressedTcp);
                // Slot, and the step of two of the host's counter of packets.
                assert_eq!(header, [0x6F, slot as u8, 0xAB, id as u8, 2]);
            }
            end.sequence += 10;
        }
    }
}

#[test]
fn a_connection_more_than_slots_pushes_out_the_one_unused_for_longest() {
    let mut line = Line::new(2);
    for port in [1, 2, 1, 3] {
        line.send(Fields { port, ..Fields::FIRST });
    }
    assert_eq!(line.send(Fields { port: 1, data: 5, id: 2, ..Fields::FIRST }).0, Kind::CompressedTcp);
    assert_eq!(line.send(Fields { port: 2, data: 5, id: 2, ..Fields::FIRST }).0, Kind::UncompressedTcp);
}

#[test]
fn after_a_damaged_frame_everything_is_tossed_until_something_goes_uncompressed() {
    let mut line = Line::new(16);
    let mut data = Fields { data: 100, ..Fields::FIRST };
    line.send(data);
    let mut next = || {
        data = Fields { id: data.id + 1, sequence: data.sequence + 100, ..data };
        data
    };
    let lost = next();
    line.compress(&lost.packet());
    line.decompressor.error();
    for _ in 0..3 {
        let packet = next().packet();
        let (kind, sent) = line.compress(&packet);
        assert_eq!((kind, line.decompressor.packet(kind, &sent)), (Kind::CompressedTcp, None));
    }
    // TCP sends the lost segment again: its sequence number steps back, so it goes uncompressed.
    let again = Fields { id: lost.id + 10, ..lost };
    assert_eq!(line.send(again).0, Kind::UncompressedTcp);
    assert_eq!(
        line.send(Fields { id: again.id + 1, sequence: again.sequence + 100, ..again }).0,
        Kind::CompressedTcp
    );
}

#[test]
fn a_packet_lost_without_a_sign_gives_a_wrong_header_that_tcp_refuses() {
    // SLIP has no check: the decompressor goes on from the header before the gap (RFC 1144 §4.1).
    let mut line = Line::new(16);
    let data = Fields { data: 100, ..Fields::FIRST };
    line.send(data);
    line.compress(&Fields { id: 2, sequence: data.sequence + 100, ..data }.packet());
    let packet = Fields { id: 3, sequence: data.sequence + 200, ..data }.packet();
    let (kind, sent) = line.compress(&packet);
    let received = line.decompressor.packet(kind, &sent).unwrap();
    assert_eq!(received[24..28], (data.sequence + 100).to_be_bytes(), "a sequence number too small");
    assert_eq!(received[36..38], packet[36..38], "with the checksum of another segment");
}

#[test]
fn a_receiver_made_from_the_sender_is_in_step() {
    let mut line = Line::new(16);
    assert!(!Decompressor::new(16).is_in_step_with(&line.compressor), "nothing was ever sent");
    line.send(Fields { data: 10, ..Fields::FIRST });
    line.decompressor = Decompressor::in_step_with(&line.compressor);
    line.send(Fields { id: 2, sequence: Fields::FIRST.sequence + 10, ..Fields::FIRST });
}

#[test]
fn kinds_are_told_apart_on_a_slip_line() {
    for (kind, first) in [(Kind::Ip, 0x45), (Kind::UncompressedTcp, 0x45), (Kind::CompressedTcp, 0x0B)] {
        assert_eq!(Kind::unmark(kind.mark(first)), (kind, first));
    }
    assert_eq!(Kind::UncompressedTcp.mark(0x45), 0x75);
}

/// What the next packet of a session may do to the fields.
fn changes() -> impl Strategy<Value = (usize, u32, u32, u16, u16, u8, usize, bool)> {
    (
        0..3_usize,
        prop_oneof![Just(0), Just(1), 1..70_000_u32, any::<u32>()],
        prop_oneof![Just(0), 1..300_u32, any::<u32>()],
        prop_oneof![Just(0), any::<u16>()],
        prop_oneof![Just(1), Just(0), any::<u16>()],
        prop_oneof![5 => Just(header::ACK), 5 => Just(header::ACK | header::PUSH), 1 => any::<u8>()],
        prop_oneof![Just(0), Just(1), 0..600_usize],
        prop::bool::weighted(0.6),
    )
}

proptest! {
    #[test]
    fn whatever_a_session_does_every_packet_comes_back(
        steps in prop::collection::vec(changes(), 1..60),
        slots in 1..4_u16,
    ) {
        let mut line = Line::new(slots);
        let mut ends = [0, 1, 2].map(|port| Fields { port, ..Fields::FIRST });
        for (end, sequence, ack, window, id, flags, data, usual) in steps {
            let end = &mut ends[end];
            let sequence = if usual { end.data as u32 } else { sequence };
            end.sequence = end.sequence.wrapping_add(sequence);
            end.ack = end.ack.wrapping_add(if usual { 0 } else { ack });
            end.window = end.window.wrapping_add(window);
            end.id = end.id.wrapping_add(id);
            end.flags = flags;
            end.data = data;
            end.urgent = if flags & header::URGENT != 0 { window } else { end.urgent };
            line.send(*end);
        }
    }

    #[test]
    fn losses_give_no_wrong_packet_where_damage_is_seen_and_a_new_header_ends_them(
        steps in prop::collection::vec((0..3_usize, 0..4_u8, 1..500_usize), 1..60),
    ) {
        // One packet in four is lost, and the framer says so. A packet that names its slot ends tossing, though its
        // slot may be behind: RFC 1144 §4.1 leaves that to TCP's checksum, so a wrong header must differ there.
        let mut line = Line::new(16);
        let mut ends = [0, 1, 2].map(|port| Fields { port, ..Fields::FIRST });
        for (number, (end, fate, data)) in steps.into_iter().enumerate() {
            let end = &mut ends[end];
            (end.sequence, end.data, end.id) = (end.sequence + end.data as u32, data, number as u16);
            let packet = end.packet();
            let (kind, sent) = line.compress(&packet);
            if fate == 0 {
                line.decompressor.error();
                continue;
            }
            let received = line.decompressor.packet(kind, &sent);
            if kind == Kind::UncompressedTcp {
                prop_assert_eq!(received.as_deref(), Some(&packet[..]));
            } else if let Some(received) = received {
                prop_assert!(received == packet || received[24..28] != packet[24..28] || received[4..6] != packet[4..6]);
            }
        }
    }

    #[test]
    fn any_octets_do_no_harm(
        packets in prop::collection::vec((0..3_u8, prop::collection::vec(any::<u8>(), 0..150)), 0..20),
    ) {
        let mut decompressor = Decompressor::new(16);
        let mut compressor = Compressor::default();
        for (kind, mut packet) in packets {
            let kind = [Kind::Ip, Kind::UncompressedTcp, Kind::CompressedTcp][usize::from(kind)];
            decompressor.packet(kind, &packet);
            compressor.compress(&packet);
            if let [first, .., last] = packet.as_mut_slice() {
                (*first, *last) = (0x45, 6);
                compressor.compress(&packet);
                decompressor.packet(Kind::UncompressedTcp, &packet);
            }
        }
    }
}
