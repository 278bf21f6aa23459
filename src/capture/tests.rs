//! Sessions of ours to captures and back, and captures that do not hold together.

use proptest::prelude::*;

use super::export::{View, pcapng};
use super::import::import;
use super::read::Packets;
use super::*;
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::link::tcp::Side;
use crate::mail::date::Timestamp;
use crate::scenario::Scenario;
use crate::script::{Mode, Script, Setting, play};
use crate::trace::{HeadKey, Trace};
use crate::world::World;

/// A dialogue over a link.
fn world(script: &str, link: &str) -> World {
    let scenario = Scenario::default();
    let mail = scenario.mail().unwrap();
    let link = preset::resolve(link).unwrap();
    let setting = Setting::new(&scenario, mail, link, Tariff::named("free").unwrap()).unwrap();
    let script = Script::parse("test", script.as_bytes()).unwrap();
    let played = play(&script, &setting, &std::collections::BTreeMap::new(), Mode::Check).unwrap();
    assert!(played.failures.is_empty(), "{:?}", played.failures);
    played.hand.world().clone()
}

const POP3: &str = ":open pop3\nS: +OK *\nC: USER alice\nS: *\nC: PASS secret\nS: *\nC: STAT\nS: *\n:think 2s\nC: RETR 1\nS.. 3\nC: QUIT\nS: *\n";

fn capture(world: &World, at: Side, link_type: LinkType) -> Vec<u8> {
    pcapng(world, 0, View { at, link_type, epoch: Timestamp::DEFAULT_START }).flatten().collect()
}

/// A sum over octets that contain a right checksum is all ones (RFC 1071 §1).
fn sums_to_ones(octets: &[u8]) -> bool {
    let sum: u32 = octets
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    let folded = (sum & 0xFFFF) + (sum >> 16);
    (folded & 0xFFFF) + (folded >> 16) == 0xFFFF
}

#[test]
fn each_packet_of_a_session_is_captured_with_true_headers() {
    let world = world(POP3, "v22bis-2400");
    for link_type in [LinkType::Raw, LinkType::Ppp] {
        let file = capture(&world, Side::Client, link_type);
        let packets: Vec<_> = Packets::new(&file).unwrap().map(Result::unwrap).collect();
        assert_eq!(packets.len(), world.journal().packets.len());
        let start = u64::try_from(Timestamp::DEFAULT_START.unix).unwrap() * 1_000_000_000;
        let mut last = start;
        for captured in packets {
            assert!(captured.nanos >= last, "packet {}", captured.number);
            last = captured.nanos;
            let ip = captured.octets.strip_prefix(link_type.header()).unwrap();
            assert!(sums_to_ones(&ip[..20]), "IP header of packet {}", captured.number);
            let pseudo = [&ip[12..20], &[0, 6], &((ip.len() - 20) as u16).to_be_bytes()].concat();
            assert!(sums_to_ones(&[&pseudo[..], &ip[20..]].concat()), "TCP of packet {}", captured.number);
            assert_eq!(usize::from(u16::from_be_bytes([ip[2], ip[3]])), ip.len());
        }
    }
}

/// Who wrote what in a trace, whatever the time.
fn written(trace: &Trace) -> Vec<(Side, Vec<u8>)> {
    let mut written: Vec<(Side, Vec<u8>)> = Vec::new();
    for write in trace.writes() {
        match written.last_mut().filter(|(from, _)| *from == write.from) {
            Some((_, octets)) => octets.extend_from_slice(&write.octets),
            None => written.push((write.from, write.octets.to_vec())),
        }
    }
    written
}

#[test]
fn a_session_comes_back_from_its_capture_with_its_causes() {
    let world = world(POP3, "rate=28800,frame=8,delay=100ms,mtu=576");
    let ours = Trace::of(&world, 0);
    for at in [Side::Client, Side::Server] {
        let imported = import(&capture(&world, at, LinkType::Raw)).unwrap();
        assert_eq!(written(&imported.trace), written(&ours), "{at:?}");
        // What an application wrote in several pieces at once is one write as packets show it.
        let mut from = None;
        let turns: Vec<_> =
            ours.writes().filter(|write| from.replace(write.from) != Some(write.from)).collect();
        let theirs: Vec<_> = imported.trace.writes().collect();
        assert_eq!(theirs.len(), turns.len(), "{at:?}\n{}", imported.trace);
        for (number, (their, my)) in (0_u32..).zip(theirs.iter().zip(&turns)) {
            assert_eq!((their.from, their.cause.map(|cause| cause.write)), (my.from, number.checked_sub(1)));
            let (think, truth) = (their.think.as_secs_f64(), my.think.as_secs_f64());
            let within = match (their.from == at, at) {
                (true, _) => 0.001,
                // Acknowledgements that went ahead, each way, cannot be told from thinking: 60 octets each.
                (false, Side::Client) => 2.0 * 60.0 * 8.0 / 28_800.0,
                // Nor can the line from where packets are seen before they are on it.
                (false, Side::Server) => 1.0,
            };
            let near = (think - truth).abs() < within;
            assert!(near, "{at:?}: {think} for {truth}\n{}", imported.trace);
        }
        assert_eq!(imported.trace.head(HeadKey::Guessed), None, "{at:?}: {}", imported.trace);
        assert_eq!(imported.causes, [turns.len(), 0]);
    }
}

#[test]
fn a_trace_that_was_imported_is_written_and_read_as_any_other() {
    let script = ":open imap\nS: \\* OK *\nC: 1 LOGIN alice secret\nC: 2 SELECT INBOX\nS: 1 OK *\nS.. 3\nS: 2 OK *\nC: 3 LOGOUT\nS: \\* BYE *\nS: 3 OK *\n";
    let world = world(script, "v34-28800:plain");
    let trace = import(&capture(&world, Side::Client, LinkType::Ppp)).unwrap().trace;
    let text = trace.to_string();
    assert_eq!(Trace::parse(&text, "t").unwrap(), trace);
    assert!(trace.head(HeadKey::Guessed).is_some(), "two commands at once were sent:\n{text}");
}

/// The blocks of a capture, each with its place.
fn blocks(file: &[u8]) -> Vec<(usize, usize)> {
    let (mut at, mut blocks) = (0, Vec::new());
    while at < file.len() {
        let len = u32::from_le_bytes(file[at + 4..at + 8].try_into().unwrap()) as usize;
        blocks.push((at, len));
        at += len;
    }
    blocks
}

#[test]
fn what_does_not_hold_together_is_refused_with_the_packets_number() {
    let good = capture(&world(POP3, "v22bis-2400"), Side::Client, LinkType::Raw);
    let at = blocks(&good)[2 + 4].0;
    let changed = |offset: usize, octets: &[u8]| {
        let mut file = good.clone();
        file[at + offset..at + offset + octets.len()].copy_from_slice(octets);
        import(&file).unwrap_err().to_string()
    };
    for (offset, octets, says) in [
        (4, &[7, 0, 0, 0][..], "packet 5: a block before it has a length of 7"),
        (4, &[0xFC, 0xFF, 0xFF, 0x7C], "packet 5: the file ends within"),
        (8, &[9, 0, 0, 0], "packet 5: it was seen on interface 9"),
        (20, &[0xFF, 0xFF, 0xFF, 0], "packet 5: 16777215 bytes are no packet"),
        (20, &[0xFF, 0, 0, 0], "packet 5"),
        (28, &[0x15], "packet 5: there is no version 1 of IP"),
        (28, &[0x44], "packet 5: an IP header of 16 bytes"),
        (30, &[0xFF, 0xFF], "of its bytes are missing"),
        (34, &[0x20, 1], "packet 5: it is a fragment"),
        (28 + 32, &[0x10], "packet 5: a TCP header of 4 bytes"),
    ] {
        let shown = changed(offset, octets);
        assert!(shown.contains(says), "{offset}: {shown}");
    }
    // The largest packet holds octets of a message: moved elsewhere, or changed and sent again.
    let (at, len) = blocks(&good).into_iter().max_by_key(|(_, len)| *len).unwrap();
    let mut file = good.clone();
    file[at + 28 + 24..at + 28 + 28].fill(0);
    let shown = import(&file).unwrap_err().to_string();
    assert!(shown.contains("outside of every window"), "{shown}");
    let mut again = good[at..at + len].to_vec();
    again[28 + 60] ^= 1;
    let shown = import(&[&good[..at + len], &again].concat()).unwrap_err().to_string();
    assert!(shown.contains("it sends other octets again"), "{shown}");
    for (file, says) in [
        (&b""[..], "this is no capture"),
        (b"\x1F\x8B\x08\x00", "gunzip"),
        (b"\xD4\xC3\xB2\xA1", "cut off"),
        (&good[..200], "packet 1: the file ends within"),
    ] {
        let shown = import(file).unwrap_err().to_string();
        assert!(shown.contains(says), "{shown}");
    }
}

#[test]
fn a_capture_with_a_hole_in_it_is_refused_behind_the_hole() {
    let good = capture(&world(POP3, "v34-28800:plain"), Side::Client, LinkType::Raw);
    let places = blocks(&good);
    // The first packet of a long answer is the largest; what follows it is behind the hole.
    let (nth, (at, len)) = places.iter().copied().enumerate().max_by_key(|(_, (_, len))| *len).unwrap();
    let file = [&good[..at], &good[at + len..]].concat();
    let shown = import(&file).unwrap_err().to_string();
    assert!(shown.contains("the octets before it are missing") && nth > 2, "{shown}");
}

#[test]
fn a_classic_capture_is_read_in_either_order_of_octets() {
    let good = capture(&world(POP3, "v22bis-2400"), Side::Client, LinkType::Raw);
    let packets: Vec<_> = Packets::new(&good).unwrap().map(Result::unwrap).collect();
    let file = |word: fn(u32) -> [u8; 4], magic: u32| {
        let mut file: Vec<u8> =
            [word(magic), word(0x0004_0002), word(0), word(0), word(65_535), word(101)].concat();
        for packet in &packets {
            let (seconds, nanos) = (packet.nanos / 1_000_000_000, packet.nanos % 1_000_000_000);
            let len = packet.octets.len() as u32;
            file.extend([word(seconds as u32), word(nanos as u32), word(len), word(len)].concat());
            file.extend_from_slice(packet.octets);
        }
        file
    };
    let expected = import(&good).unwrap();
    for found in [file(u32::to_le_bytes, 0xA1B2_3C4D), file(u32::to_be_bytes, 0xA1B2_3C4D)] {
        assert_eq!(import(&found).unwrap(), expected);
    }
}

proptest! {
    #[test]
    fn no_octets_make_the_reader_panic(
        octets in proptest::collection::vec(any::<u8>(), 0..300), at in 0..4000_usize, magic in 0..4_usize,
    ) {
        let magics = [[0x0A, 0x0D, 0x0D, 0x0A], [0xD4, 0xC3, 0xB2, 0xA1], [0xA1, 0xB2, 0x3C, 0x4D], [0, 0, 0, 0]];
        let _ = import(&[&magics[magic][..], &octets].concat());
        thread_local!(static GOOD: Vec<u8> = capture(&world(POP3, "v22bis-2400"), Side::Client, LinkType::Raw));
        GOOD.with(|good| {
            let mut bad = good.clone();
            for (place, octet) in bad.iter_mut().skip(at).zip(octets.iter().take(12)) {
                *place = *octet;
            }
            let _ = import(&bad);
        });
    }
}
