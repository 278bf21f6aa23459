use proptest::prelude::*;

use super::negotiation::{Line, Negotiation, negotiate};
use super::*;
use crate::link::framing::hdlc;
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};

/// A modem line of 28.8 kbit/s that loses the frames whose numbers are given.
struct Modem {
    lost: Vec<usize>,
    sent: usize,
    free: [Instant; 2],
    octets: Vec<usize>,
}

impl Modem {
    fn losing(lost: &[usize]) -> Self {
        Self { lost: lost.to_vec(), sent: 0, free: [Instant::START; 2], octets: Vec::new() }
    }
}

impl Line for Modem {
    fn send(&mut self, now: Instant, from: Side, frame: &Frame) -> Option<Instant> {
        let mut octets = vec![hdlc::FLAG];
        hdlc::encode(&frame.content, frame.accm, &mut octets);
        self.octets.push(octets.len());
        let begins = now.max(self.free[from.index()]);
        let ends = begins + Duration::from_nanos(octets.len() as u64 * 10 * 1_000_000_000 / 28_800);
        self.free[from.index()] = ends;
        self.sent += 1;
        (!self.lost.contains(&(self.sent - 1))).then(|| ends + Duration::from_millis(55))
    }
}

fn client() -> Config {
    Config {
        mru: None,
        accm: Some(0x000A_0000),
        magic: Some(0x9235_5678),
        pfc: true,
        acfc: true,
        callback: false,
        multilink: None,
        demands: None,
        knows: vec![Authentication::Chap, Authentication::Pap],
        name: b"alice1".to_vec(),
        secret: b"secret".to_vec(),
        challenge: [0; 16],
        address: [0; 4],
        gives_address: None,
        dns: None,
        vj: Some(Vj::USUAL),
        deflate: None,
        restart: Duration::from_secs(3),
    }
}

fn server() -> Config {
    Config {
        magic: Some(0xC3A5_96B7),
        demands: Some(Authentication::Pap),
        knows: Vec::new(),
        challenge: *b"0123456789abcdef",
        address: [10, 9, 0, 1],
        gives_address: Some([10, 9, 0, 2]),
        dns: Some(Dns::Gives([[10, 9, 0, 1], [10, 9, 0, 3]])),
        ..client()
    }
}

fn talk(client: Config, server: Config) -> (Negotiation, Modem) {
    let mut modem = Modem::losing(&[]);
    (negotiate(client, server, Instant::START, &mut modem), modem)
}

fn script(negotiation: &Negotiation) -> Vec<String> {
    let arrow = |side| if side == Side::Client { ">" } else { "<" };
    negotiation
        .said
        .iter()
        .map(|said| format!("{} {}", arrow(said.from), describe(&said.frame.content)))
        .collect()
}

#[test]
fn two_ends_agree_with_the_packets_that_the_documents_prescribe() {
    let (negotiation, modem) = talk(client(), server());
    assert_eq!(
        script(&negotiation),
        [
            "> LCP Configure-Request 1: ACCM 000A0000, magic 92355678, PFC, ACFC",
            "< LCP Configure-Request 1: ACCM 000A0000, PAP, magic C3A596B7, PFC, ACFC",
            "< LCP Configure-Ack 1: ACCM 000A0000, magic 92355678, PFC, ACFC",
            "> LCP Configure-Ack 1: ACCM 000A0000, PAP, magic C3A596B7, PFC, ACFC",
            "> PAP Authenticate-Request 1: name alice1, password ***",
            "< PAP Authenticate-Ack 1",
            "< IPCP Configure-Request 1: VJ with slots 0 to 15, elided, address 10.9.0.1",
            "> IPCP Configure-Request 1: VJ with slots 0 to 15, elided, address 0.0.0.0",
            "> IPCP Configure-Ack 1: VJ with slots 0 to 15, elided, address 10.9.0.1",
            "< IPCP Configure-Nak 1: address 10.9.0.2",
            "> IPCP Configure-Request 2: VJ with slots 0 to 15, elided, address 10.9.0.2",
            "< IPCP Configure-Ack 2: VJ with slots 0 to 15, elided, address 10.9.0.2",
        ]
    );
    let [by_client, by_server] = negotiation.agreed.unwrap();
    assert_eq!(by_client.own_address, Some([10, 9, 0, 2]));
    for agreed in [by_client, by_server] {
        assert!(agreed.acfc && agreed.pfc && agreed.vj == Some(Vj::USUAL) && agreed.mru == 1500);
        assert_eq!(agreed.accm, Accm::XON_XOFF);
    }
    // 12 to 16 packets of 350 to 500 octets, and one to two seconds at 28.8 kbit/s with round trips of 0.14 s.
    let octets: usize = modem.octets.iter().sum();
    assert!((300..=500).contains(&octets), "{octets}");
    let took = negotiation.ended.since(Instant::START);
    assert!((Duration::from_millis(500)..Duration::from_secs(2)).contains(&took), "{took}");
}

#[test]
fn the_octets_of_a_negotiation_are_these() {
    let (negotiation, _) = talk(client(), server());
    let hex = |number: usize| {
        let frame = &negotiation.said[number].frame;
        let mut line = vec![hdlc::FLAG];
        hdlc::encode(&frame.content, frame.accm, &mut line);
        line.iter().map(|octet| format!("{octet:02X}")).collect::<Vec<_>>().join(" ")
    };
    // LCP: every control character escaped, nothing left out.
    let first = hex(0);
    let start = "7E FF 7D 23 C0 21 7D 21 7D 21 7D 20 7D 34 7D 22 7D 26 7D 20 7D 2A 7D 20 7D 20 7D 25 7D 26 92 35 56 78";
    assert_eq!(first[..start.len()], *start);
    assert_eq!(first.split(' ').count(), 45);
    // PAP: address and control are left out, and only XON and XOFF would be escaped.
    let pap = "7E C0 23 01 01 00 12 06 61 6C 69 63 65 31 06 73 65 63 72 65 74";
    assert_eq!(hex(4)[..pap.len()], *pap);
    assert_eq!(hex(4).split(' ').count(), 24);
    assert_eq!(hex(5).split(' ').count(), 11);
    let ipcp = "7E 80 21 01 01 00 10 02 06 00 2D 0F 01 03 06 00 00 00 00";
    assert_eq!(hex(7)[..ipcp.len()], *ipcp);
    assert_eq!(hex(7).split(' ').count(), 22);
}

#[test]
fn chap_proves_without_showing_the_password() {
    let server = Config { demands: Some(Authentication::Chap), ..server() };
    let (negotiation, _) = talk(client(), server);
    let said = script(&negotiation).join("\n");
    for line in ["< CHAP Challenge 1", "> CHAP Response 1", "< CHAP Success 1"] {
        assert!(said.contains(line), "{said}");
    }
    assert!(negotiation.agreed.is_some());
    let shown = negotiation.said.iter().any(|said| said.frame.content.windows(6).any(|w| w == b"secret"));
    assert!(!shown);
}

#[test]
fn the_response_to_a_challenge_is_md5_over_identifier_secret_and_challenge() {
    // MD5 of "abc" (RFC 1321 §A.5).
    let digest =
        chap_response(b'a', b"b", b"c").iter().fold(String::new(), |hex, octet| format!("{hex}{octet:02x}"));
    assert_eq!(digest, "900150983cd24fb0d6963f7d28e17f72");
}

#[test]
fn a_wrong_password_is_refused_and_the_line_ends() {
    for method in [Authentication::Pap, Authentication::Chap] {
        let wrong = Config { secret: b"wrong".to_vec(), ..client() };
        let (negotiation, _) = talk(wrong, Config { demands: Some(method), ..server() });
        assert_eq!(negotiation.agreed, None);
        let said = script(&negotiation);
        assert!(said.iter().any(|line| line.contains("Terminate-Request")), "{said:#?}");
    }
}

#[test]
fn a_caller_that_knows_only_pap_says_so() {
    let client = Config { knows: vec![Authentication::Pap], ..client() };
    let (negotiation, _) = talk(client, Config { demands: Some(Authentication::Chap), ..server() });
    let said = script(&negotiation);
    assert!(said.contains(&"> LCP Configure-Nak 1: PAP".to_owned()), "{said:#?}");
    assert!(negotiation.agreed.is_some());
}

#[test]
fn windows_asks_for_callback_is_rejected_and_asks_again_without() {
    let windows = Config { callback: true, mru: Some(1500), dns: Some(Dns::Asks), ..client() };
    let (negotiation, modem) = talk(windows, server());
    let said = script(&negotiation);
    assert!(said.contains(&"< LCP Configure-Reject 1: callback".to_owned()), "{said:#?}");
    assert!(
        said.contains(
            &"< IPCP Configure-Nak 1: address 10.9.0.2, name server 10.9.0.1, second name server 10.9.0.3"
                .to_owned()
        )
    );
    assert!(negotiation.agreed.is_some());
    assert_eq!(modem.octets[0], 58, "with MRU and callback");
}

#[test]
fn one_end_without_compression_gets_none() {
    let plain = Config { vj: None, acfc: false, deflate: None, ..server() };
    let (negotiation, _) = talk(Config { deflate: Some(15), ..client() }, plain);
    let said = script(&negotiation);
    assert!(said.contains(&"< LCP Configure-Reject 1: ACFC".to_owned()), "{said:#?}");
    assert!(said.iter().any(|line| line.starts_with("< LCP Protocol-Reject")), "CCP is not known: {said:#?}");
    let [by_client, by_server] = negotiation.agreed.unwrap();
    assert_eq!((by_client.vj, by_client.acfc, by_client.deflate), (None, false, None));
    assert_eq!((by_server.vj, by_server.acfc), (None, false));
}

#[test]
fn deflate_is_agreed_on_by_two_that_know_it() {
    let with = |config| Config { deflate: Some(15), ..config };
    let (negotiation, _) = talk(with(client()), with(server()));
    assert_eq!(negotiation.agreed.map(|both| both.map(|agreed| agreed.deflate)), Some([Some(15); 2]));
}

#[test]
fn multilink_is_agreed_on_by_two_that_know_it() {
    let with = |config| Config { multilink: Some(Multilink { mrru: 1500, short_sequence: true }), ..config };
    let (negotiation, _) = talk(with(client()), with(server()));
    let both = negotiation.agreed.unwrap();
    assert_eq!(both.map(|agreed| (agreed.mrru, agreed.short_sequence)), [(Some(1500), true); 2]);
}

#[test]
fn the_same_magic_number_at_both_ends_is_changed() {
    let (negotiation, _) = talk(client(), Config { magic: client().magic, ..server() });
    assert!(script(&negotiation).iter().any(|line| line.contains("Configure-Nak 1: magic")));
    assert!(negotiation.agreed.is_some());
}

#[test]
fn an_echo_is_answered_and_a_close_is_acknowledged() {
    let (negotiation, _) = talk(client(), server());
    let [mut client, mut server] = negotiation.peers;
    let now = negotiation.ended;
    let (mut up, mut down) = (Vec::new(), Vec::new());
    client.echo(&mut up);
    server.receive(now, &up[0].content, &mut down);
    assert_eq!(describe(&down[0].content), "LCP Echo-Reply 1");
    let (mut up, mut down) = (Vec::new(), Vec::new());
    client.close(now, &mut up);
    assert_eq!(describe(&up[0].content), "LCP Terminate-Request 2");
    let mut line = vec![hdlc::FLAG];
    hdlc::encode(&up[0].content, up[0].accm, &mut line);
    assert_eq!(line.len(), 17);
    server.receive(now, &up[0].content, &mut down);
    assert_eq!(describe(&down[0].content), "LCP Terminate-Ack 2");
    client.receive(now, &down[0].content, &mut Vec::new());
    assert_eq!(client.phase(), Phase::Dead);
}

#[test]
fn unknown_codes_and_protocols_are_rejected() {
    let (negotiation, _) = talk(client(), server());
    let [_, mut server] = negotiation.peers;
    let mut out = Vec::new();
    server.receive(negotiation.ended, &[0x80, 0x21, 99, 1, 0, 4], &mut out);
    server.receive(negotiation.ended, &[0x80, 0x2B, 1, 1, 0, 4], &mut out);
    let said: Vec<String> = out.iter().map(|frame| describe(&frame.content)).collect();
    assert_eq!(said, ["IPCP Code-Reject 2", "LCP Protocol-Reject 1"]);
}

#[test]
fn nobody_at_the_other_end_is_given_up_after_ten_tries() {
    let mut modem = Modem::losing(&(0..400).collect::<Vec<_>>());
    let negotiation = negotiate(client(), server(), Instant::START, &mut modem);
    assert_eq!(negotiation.agreed, None);
    let by_client = negotiation.said.iter().filter(|said| said.from == Side::Client).count();
    assert_eq!(by_client, 10);
    assert_eq!(negotiation.ended.since(Instant::START), Duration::from_secs(30), "ten times three seconds");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn losses_cost_time_and_nothing_else(
        lost in prop::collection::vec(0..40_usize, 0..8),
        chap in any::<bool>(),
        deflate in any::<bool>(),
    ) {
        let method = if chap { Authentication::Chap } else { Authentication::Pap };
        let deflate = deflate.then_some(15);
        let mut modem = Modem::losing(&lost);
        let client = Config { deflate, ..client() };
        let server = Config { demands: Some(method), deflate, ..server() };
        let negotiation = negotiate(client, server, Instant::START, &mut modem);
        let both = negotiation.agreed.map(|both| both.map(|agreed| (agreed.acfc, agreed.vj, agreed.deflate)));
        prop_assert_eq!(both, Some([(true, Some(Vj::USUAL), deflate); 2]), "{:#?}", script(&negotiation));
    }

    #[test]
    fn any_frames_do_no_harm(
        frames in prop::collection::vec(
            (prop::sample::select(vec![0xC021_u16, 0xC023, 0xC223, 0x8021, 0x80FD, 0x0021]),
             1..16_u8, prop::collection::vec(any::<u8>(), 0..40)), 0..30),
    ) {
        let mut peer = Peer::new(Config { deflate: Some(15), ..server() });
        let mut out = Vec::new();
        peer.carrier(Instant::START, &mut out);
        for (protocol, code, data) in frames {
            let packet = packet::Packet { code, identifier: 1, data };
            let content = [&protocol.to_be_bytes()[..], &packet.write()].concat();
            peer.receive(Instant::START, &content, &mut out);
            if let Some(at) = peer.deadline() {
                peer.wake(at, &mut out);
            }
        }
        for frame in &out {
            let _ = describe(&frame.content);
        }
    }
}
