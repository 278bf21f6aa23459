//! Presets as sourced against figures that were measured or computed elsewhere.

use rand_core::SeedableRng;

use super::*;
use crate::link::path::{Fate, Path};
use crate::link::tcp::Side;
use crate::time::Instant;

/// Octets without any pattern, the same each time.
fn random(count: usize) -> Vec<u8> {
    let mut state = 11_u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    })
    .take(count)
    .collect()
}

/// Packets of `size` octets, all at once: how many bits one octet of frames takes, and octets of packets a second.
fn bulk(link: &LinkSpec, size: usize) -> (f64, f64) {
    let data = random(150_000);
    let mut path = Path::new(link);
    let (mut bits, mut octets, mut end) = (0, 0, Instant::START);
    for packet in data.chunks(size) {
        let sent = path.send(Instant::START, Side::Server, packet.len() as u32, || packet.to_vec());
        bits += sent.line_bits;
        // What a bearer itself puts around a packet is its own overhead; PPP and SLIP are not.
        let framed_by_bearer = link.framing == UNFRAMED;
        octets += if framed_by_bearer { packet.len() as u64 } else { u64::from(sent.line_octets) };
        end = sent.transit.arrive;
    }
    let seconds = (end - Instant::START).as_secs_f64() - link.delay_down.as_secs_f64();
    (bits as f64 / octets as f64, data.len() as f64 / seconds)
}

/// A packet of `size` octets there, and one back, on an idle line.
fn ping(link: &LinkSpec, size: usize) -> Duration {
    let data = random(2 * size);
    let mut path = Path::new(link);
    let start = Instant::START + Duration::from_secs(10);
    let mut at = start;
    for (side, packet) in [Side::Client, Side::Server].into_iter().zip(data.chunks(size)) {
        at = path.send(at, side, size as u32, || packet.to_vec()).transit.arrive;
    }
    at - start
}

fn sourced(name: &str) -> LinkSpec {
    resolve(name).unwrap()
}

fn uncompressed(name: &str) -> LinkSpec {
    let mut link = sourced(name);
    link.bearer.compression = Compression::None;
    link
}

#[test]
fn line_bits_a_byte_come_out_as_the_sources_have_them() {
    for preset in Preset::all().iter().filter(|preset| preset.carries_ip()) {
        let link = uncompressed(&preset.name);
        let (bits, _) = bulk(&link, preset.mtu as usize);
        let check = f64::from(preset.check.line_bits_per_kilobyte) / 1000.0;
        // Of radio bearers the sources give the sum only, from memory; Ethernet's own octets they leave out.
        let slack = match preset.stages.last().map(|stage| stage.name) {
            Some("rlp-l2rcop") => 0.065,
            Some("gprs-llc" | "cdpd-mdlp") => 0.035,
            Some("ethernet") => 0.03,
            _ => 0.025,
        };
        assert!((bits / check - 1.0).abs() < slack, "{}: {bits:.3} instead of {check}", preset.name);
    }
}

#[test]
fn lapm_takes_eight_and_a_half_bits_a_byte() {
    // 134 octets for 128, and a stuffed zero in 62 bits: facts that agree with modem manuals.
    let link = uncompressed("v32bis-14400");
    let (bits, _) = bulk(&link, 1500);
    assert!((bits / 8.51 - 1.0).abs() < 0.003, "{bits}");
    assert!((14_400.0 / bits / 1692.0 - 1.0).abs() < 0.005, "14.4 kbit/s carry 1692 bytes a second");
    assert!((28_800.0 / bits / 3384.0 - 1.0).abs() < 0.005, "28.8 kbit/s carry 3384 bytes a second");
}

#[test]
fn pings_take_as_long_as_they_were_measured_to_take() {
    let millis = |name: &str, size| ping(&sourced(name), size).as_secs_f64() * 1e3;
    let v34 = millis("v34-28800", 60);
    assert!((110.0..=159.0).contains(&v34), "a standard modem: {v34} ms");
    let internal = millis("v34-28800", 93);
    assert!((140.0..=180.0).contains(&internal), "100 bytes on the wire, 156 ms: {internal} ms");
    let v32bis = millis("v32bis-14400", 60);
    assert!((160.0..=600.0).contains(&v32bis), "{v32bis} ms");
    let isdn = millis("isdn-64k", 60);
    assert!((21.0..=40.0).contains(&isdn), "{isdn} ms");
    let gsm = millis("gsm-csd-9600", 60);
    assert!((500.0..=800.0).contains(&gsm), "{gsm} ms");
    let gprs = millis("gprs-2001", 60);
    assert!((600.0..=2000.0).contains(&gprs), "{gprs} ms");
    let iridium = millis("iridium-2400", 60);
    assert!((1000.0..=3000.0).contains(&iridium), "{iridium} ms");
}

#[test]
fn packet_radio_alone_on_its_channel_carries_a_hundred_and_twenty_five_bytes_a_second() {
    let (_, rate) = bulk(&sourced("ax25-1200"), 256);
    assert!((118.0..=130.0).contains(&rate), "{rate}");
}

#[test]
fn packet_radio_takes_turns() {
    let mut path = Path::new(&sourced("ax25-1200"));
    let up = path.send(Instant::START, Side::Client, 100, || vec![0; 100]).transit;
    let down = path.send(Instant::START, Side::Server, 100, || vec![0; 100]).transit;
    assert!(down.start > up.end, "one channel for both");
    let again = path.send(Instant::START, Side::Client, 100, || vec![0; 100]).transit;
    assert!(again.start > down.end, "the turn was given away");
}

#[test]
fn a_circuit_of_x25_carries_two_packets_a_round_trip() {
    let link = sourced("x25-host-9600");
    let (_, rate) = bulk(&link, 512);
    let packet = link.rate_up.serialization_delay(8 * 136);
    let round_trip = (link.delay_up + link.delay_down + packet).as_secs_f64();
    assert!(rate <= 256.0 / round_trip * 1.01, "{rate}");
    assert!(rate > 256.0 / round_trip * 0.9, "{rate}");
    // On a line so fast that packets take no time, 512 bytes a second remain of a round trip of half a second.
    let fast = BitRate::new(1_000_000_000).unwrap();
    let (_, rate) = bulk(&LinkSpec { rate_up: fast, rate_down: fast, ..link }, 512);
    assert!((508.0..=520.0).contains(&rate), "{rate}");
}

#[test]
fn gsm_delivers_by_slots_of_twenty_milliseconds() {
    let (_, rate) = bulk(&sourced("gsm-csd-9600"), 576);
    assert!((1150.0..=1200.0).contains(&rate), "{rate}");
    let mut path = Path::new(&sourced("gsm-csd-9600"));
    let at = Instant::START + Duration::from_millis(7);
    let sent = path.send(at, Side::Client, 10, || vec![0; 10]).transit;
    assert_eq!((sent.start.as_nanos(), sent.end.as_nanos()), (20_000_000, 40_000_000));
}

#[test]
fn a_channel_of_gprs_that_is_held_spares_asking_for_it() {
    let mut path = Path::new(&sourced("gprs-2001"));
    let send = |path: &mut Path, ms: u64| {
        let now = Instant::START + Duration::from_millis(ms);
        path.send(now, Side::Server, 60, || vec![0; 60]).transit.arrive - now
    };
    let (first, second, late) = (send(&mut path, 1000), send(&mut path, 1400), send(&mut path, 9000));
    assert_eq!((first, late), (Duration::from_millis(520), Duration::from_millis(520)));
    assert_eq!(second, Duration::from_millis(320));
}

#[test]
fn v90_is_slower_towards_the_server() {
    let link = sourced("v90-typical");
    let packet = random(1500);
    let time = |side| {
        let transit = Path::new(&link).send(Instant::START, side, 1500, || packet.clone()).transit;
        transit.end - transit.start
    };
    assert!(time(Side::Client).as_nanos() * 10 > time(Side::Server).as_nanos() * 14);
}

#[test]
fn error_control_turns_wrong_bits_into_time() {
    let chance = Chance { bit_errors_per_billion: 20_000, ..Chance::default() };
    let run = |name: &str, chance: Chance| {
        let link = LinkSpec { chance, ..uncompressed(name) };
        let random = rand_chacha::ChaCha8Rng::from_seed([1; 32]);
        let mut path = Path::new(&link).leave_to_chance(&link, random);
        let data = self::random(60_000);
        let sent: Vec<_> = data
            .chunks(256)
            .map(|packet| path.send(Instant::START, Side::Server, 256, || packet.to_vec()))
            .collect();
        let lost = sent.iter().filter(|sent| sent.fate == Fate::Lost).count();
        (
            lost,
            sent.last().unwrap().transit.arrive - Instant::START,
            sent.iter().map(|sent| sent.line_bits).sum::<u64>(),
        )
    };
    let (lost, clean, bits) = run("v32-9600", Chance::default());
    let (lost_too, noisy, more_bits) = run("v32-9600", chance);
    assert_eq!((lost, lost_too), (0, 0));
    assert!(noisy > clean && more_bits > bits, "{noisy} {clean}");
    assert_eq!(run("v32-9600", chance), run("v32-9600", chance), "the seed decides");
}

#[test]
fn a_split_connection_proxy_is_refused_by_name() {
    let shown = resolve("vsat-geo:pep").unwrap_err().to_string();
    assert!(shown.contains("split-connection") && shown.contains("`vsat-geo`"), "{shown}");
}
