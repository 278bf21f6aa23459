//! The pages on framing, PPP and VJ: where the bytes of a frame go, what two ends negotiate, RFC 1144's figures.

use maillab::link::by_numbers::{self, FRAMINGS};
use maillab::link::framing::{Framer, Framing, Ppp};
use maillab::link::negotiated::Negotiated;
use maillab::link::path::Fate;
use maillab::link::ppp::describe;
use maillab::link::preset;
use maillab::link::tcp::{BSD_1990, LINUX, Side};
use maillab::link::vj::Compressor;

use crate::drawn::Block;
use crate::lab;
use crate::worked::{self, Counted, Worked};

/// Every block of the three pages.
pub fn blocks() -> Vec<Block> {
    vec![
        ("framing-names", names()),
        ("framing-where-bytes-go", where_bytes_go()),
        ("ppp-negotiation", negotiation("inmarsat-b-9600")),
        ("ppp-negotiation-isdn", negotiation("isdn-128k")),
        ("ppp-set-up", set_up()),
        ("vj-headers", headers()),
        ("vj-throughput", throughput()),
        ("vj-file", file()),
        ("vj-sessions", sessions()),
    ]
}

/// A segment of a connection, as its sender's n-th packet.
#[derive(Clone, Copy)]
struct Made {
    id: u16,
    sequence: u32,
    ack: u32,
    push: bool,
    data: usize,
}

impl Made {
    const FIRST: Self = Self { id: 1, sequence: 1, ack: 1, push: true, data: 1 };

    /// The octets, with a right IP checksum and a made-up one of TCP.
    fn packet(self) -> Vec<u8> {
        let mut packet = vec![0x45, 0];
        packet.extend((40 + self.data as u16).to_be_bytes());
        packet.extend(self.id.to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2, 0, 110, 4, 0]);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(self.ack.to_be_bytes());
        packet.extend([0x50, if self.push { 0x18 } else { 0x10 }, 0x20, 0, 0x5A, 0x5A, 0, 0]);
        let words = packet[..20].chunks(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])));
        let sum: u32 = words.sum();
        let folded = (sum & 0xFFFF) + (sum >> 16);
        packet[10..12].copy_from_slice(&(!(folded as u16)).to_be_bytes());
        packet.resize(40 + self.data, b'a');
        packet
    }

    /// The next packet when this one's data was answered by so much.
    fn next(self, ack: u32, data: usize) -> Self {
        let sequence = self.sequence + self.data as u32;
        Self { id: self.id + 1, sequence, ack: self.ack + ack, data, ..self }
    }
}

fn names() -> String {
    let mut text = String::from("| `framing=` | what |\n|---|---|\n");
    for (name, framing) in FRAMINGS {
        text.push_str(&format!("| `{name}` | {framing} |\n"));
    }
    text
}

/// Line bytes of one typed character and of its echo, once the line knows the connection, and of a full packet.
fn where_bytes_go() -> String {
    let mut text = String::from(
        "| framing | one character | and its echo | 536 bytes of text | stuffed bits |\n|---|---:|---:|---:|---:|\n",
    );
    for (name, framing) in FRAMINGS {
        let mut framer = Framer::new(framing);
        framer.count(Side::Client, &Made::FIRST.packet());
        framer.count(Side::Server, &Made::FIRST.packet());
        let typed = Made::FIRST.next(1, 1);
        let [up, down] = [Side::Client, Side::Server].map(|from| framer.count(from, &typed.packet()).octets);
        let bulk = typed.next(1, 536);
        framer.count(Side::Server, &bulk.packet());
        let full = framer.count(Side::Server, &bulk.next(0, 536).packet());
        text.push_str(&format!("| {name} | {up} | {down} | {} | {} |\n", full.octets, full.stuffed_bits));
    }
    text
}

/// What the ends of a preset say before the first packet.
fn negotiation(name: &str) -> String {
    let link = preset::resolve(name).unwrap();
    let negotiated = Negotiated::on(&link).unwrap();
    let mut text = String::from("| sent | by | bytes on the line | frame |\n|---:|---|---:|---|\n");
    for frame in &negotiated.frames {
        let by = if frame.from == Side::Client { "caller" } else { "provider" };
        text.push_str(&format!(
            "| {} | {by} | {} | {} |\n",
            worked::milliseconds(frame.sent),
            frame.line_octets,
            describe(&frame.content)
        ));
    }
    text
}

/// How long that takes on every preset that negotiates, beside the billed part of its set-up.
fn set_up() -> String {
    let mut text = String::from(
        "| link | frames | bytes | PPP | billed set-up of the sources |\n|---|---:|---:|---:|---:|\n",
    );
    for preset in preset::Preset::all() {
        let link = preset.as_sourced().or_else(|_| preset.plain());
        let Some((link, negotiated)) = link.ok().and_then(|link| Negotiated::on(&link).map(|n| (link, n)))
        else {
            continue;
        };
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} |\n",
            link.name,
            negotiated.frames.len(),
            negotiated.line_octets(),
            negotiated.took,
            link.call.billed
        ));
    }
    text
}

/// Header bytes by what a segment says, each behind a packet that the line knows.
fn headers() -> String {
    let command = Made { data: 6, ..Made::FIRST };
    let quiet = Made { data: 0, push: false, ..Made::FIRST };
    let bulk = Made { data: 216, push: false, ..Made::FIRST };
    let cases = [
        ("a typed character whose last one was echoed", 3, Made::FIRST, Made::FIRST.next(1, 1)),
        ("bulk data, one segment after the other", 3, bulk, bulk.next(0, 216)),
        ("an acknowledgement of less than 256 bytes", 4, quiet, quiet.next(216, 0)),
        ("an acknowledgement of two segments of 536 bytes", 6, quiet, quiet.next(1072, 0)),
        ("a POP3 command behind a reply of 14 bytes", 5, command, command.next(14, 8)),
        ("a POP3 command behind a reply of 2500 bytes", 7, command, command.next(2500, 8)),
        ("the same acknowledgement once more", 40, quiet, Made { id: 2, ..quiet }),
        ("a segment sent again", 40, bulk, Made { id: 2, ..bulk }),
    ];
    let mut text = String::from("| segment | RFC 1144 | ours |\n|---|---:|---:|\n");
    for (what, expected, first, second) in cases {
        let mut compressor = Compressor::default();
        compressor.compress(&first.packet());
        let ours = compressor.compress(&second.packet()).head().len();
        assert_eq!(ours, expected, "{what}");
        text.push_str(&format!("| {what} | {expected} | {ours} |\n"));
    }
    text
}

/// Line bytes of a transfer of so many bytes in one direction, acknowledgements apart.
fn transfer(framing: Framing, mtu: usize, octets: usize) -> u32 {
    let mut framer = Framer::new(framing);
    let mut made = Made { push: false, data: 0, ..Made::FIRST };
    let mut left = octets;
    let mut line = 0;
    while left > 0 {
        made = made.next(0, left.min(mtu - 40));
        left -= made.data;
        line += framer.count(Side::Server, &made.packet()).octets;
    }
    line
}

/// RFC 1144 §5.2: throughput by MTU at 9600 bit/s, four bytes of framing a packet.
fn throughput() -> String {
    let mut text = String::from(
        "| MTU | with VJ | without | wait for half a packet at 9600 bit/s, 10 bits a byte |\n|---:|---:|---:|---:|\n",
    );
    let share = |framing, mtu| {
        // A hundred full packets, so that the first, uncompressed one weighs little.
        let octets = 1000 * (mtu - 40);
        100.0 * octets as f64 / f64::from(transfer(framing, mtu, octets))
    };
    for mtu in [48, 200, 576, 1024, 1500] {
        let (with, without) = (share(Framing::Ppp(Ppp::WITH_VJ), mtu), share(Framing::PPP_USUAL, mtu));
        match mtu {
            200 => assert!((95.5..96.5).contains(&with), "RFC 1144 says 96 %: {with}"),
            576 => assert!((98.5..99.5).contains(&with), "RFC 1144 says 99 %: {with}"),
            _ => {}
        }
        let half = mtu as f64 * 10.0 / 9.6 / 2.0;
        text.push_str(&format!("| {mtu} | {with:.1} % | {without:.1} % | {half:.0} ms |\n"));
    }
    text
}

/// RFC 1144 §5.3: a text of 78,776 bytes in segments of 216 grows by 19 % and by 2 %.
fn file() -> String {
    const FILE: usize = 78_776;
    // Headers alone: PPP's four bytes a packet are taken off.
    let packets = FILE.div_ceil(216);
    let bare = |framing| transfer(framing, 256, FILE) as usize - packets * 4;
    let (without, with) = (bare(Framing::PPP_USUAL), bare(Framing::Ppp(Ppp::WITH_VJ)));
    let growth = |octets: usize| 100.0 * (octets - FILE) as f64 / FILE as f64;
    assert!((18.0..19.5).contains(&growth(without)), "{}", growth(without));
    assert!((1.4..2.0).contains(&growth(with)), "{}", growth(with));
    worked::table(&[
        Worked {
            what: "78 776 bytes in 365 segments, 40 bytes of headers each".to_owned(),
            by_hand: "78776 + 365 × 40".to_owned(),
            counted: Counted::Octets((without - escapes(Framing::PPP_USUAL)) as u64),
        },
        Worked {
            what: "the same with VJ: the first header 40 bytes, the others 3, the last, shorter one too"
                .to_owned(),
            by_hand: "78776 + 40 + 364 × 3".to_owned(),
            counted: Counted::Octets((with - escapes(Framing::Ppp(Ppp::WITH_VJ))) as u64),
        },
    ])
}

/// Escapes in that transfer: what asynchronous frames have more than synchronous ones.
fn escapes(framing: Framing) -> usize {
    let everything = transfer(framing, 256, 78_776) as usize;
    let Framing::Ppp(ppp) = framing else { return 0 };
    let sync = Framing::Ppp(Ppp { carrier: maillab::link::framing::Carrier::Sync, ..ppp });
    everything - transfer(sync, 256, 78_776) as usize
}

/// Whole POP3 sessions with and without VJ, by the stacks of two times; nothing may go wrong on the way.
fn sessions() -> String {
    let mut text = String::from(
        "| stack | framing | packets | IP bytes | bytes on the line | seconds |\n|---|---|---:|---:|---:|---:|\n",
    );
    let mut saved = Vec::new();
    for (stack, name) in [(&BSD_1990, "BSD 1990"), (&LINUX, "Linux today")] {
        let mut line_bytes = Vec::new();
        for framing in ["ppp", "ppp-vj", "ppp-vj-deflate"] {
            let link = format!("rate=9600,bits=10,delay=60ms,mtu=296,framing={framing}");
            assert!(by_numbers::parse(&link).is_ok());
            let ran = lab::run(&link, stack, &[2000; 10], lab::fetch_all);
            let packets: Vec<_> = ran.packets().to_vec();
            assert!(
                packets.iter().all(|packet| packet.fate == Fate::Arrives),
                "every header came back right"
            );
            let ip: u32 = packets.iter().map(|packet| packet.ip_octets).sum();
            let line: u32 = packets.iter().map(|packet| packet.line_octets).sum();
            let end = packets.iter().map(|packet| packet.transit.arrive).max().unwrap_or_default();
            line_bytes.push(line);
            text.push_str(&format!(
                "| {name} | {framing} | {} | {ip} | {line} | {:.1} |\n",
                packets.len(),
                end.as_nanos() as f64 / 1e9
            ));
        }
        saved.push(f64::from(line_bytes[0] - line_bytes[1]) / f64::from(line_bytes[0]));
    }
    assert!(saved[0] > 0.10, "forty bytes in three hundred: {saved:?}");
    assert!(saved[1] < saved[0], "timestamps do not compress: {saved:?}");
    text
}
