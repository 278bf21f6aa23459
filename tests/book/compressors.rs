//! The figures of the page "Compression in the modem": what each compressor makes of each kind of mail.

use maillab::link::bearer::Bearer;
use maillab::link::modem::compressor::{Compression, Compressor};
use maillab::link::modem::mnp5;
use maillab::link::modem::v42bis::{Encoder, Mode, Parameters, Switching};
use maillab::link::path::Path;
use maillab::link::preset::{self, Preset};
use maillab::link::spec::LinkSpec;
use maillab::link::tcp::Side;
use maillab::mail::generate::{Generator, Period};
use maillab::time::Instant;
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use crate::drawn::Block;

pub fn blocks() -> Vec<Block> {
    vec![("compression-ratios", ratios()), ("compression-presets", presets())]
}

/// A kind of data, and the ratios that a small model of these compressors gave on a sample of that kind: V.42bis
/// with 2048, 1024 and 512 codewords and without the compressibility test, then MNP 5.
struct Corpus {
    name: &'static str,
    octets: Vec<u8>,
    measured: [f64; 4],
}

fn corpora() -> Vec<Corpus> {
    let corpus = |name, octets, measured| Corpus { name, octets, measured };
    let packed = random(60_000);
    vec![
        corpus("prose of mails", prose(), [2.18, 1.94, 1.65, 1.53]),
        corpus("the same, in pages with head and foot", pages(), [2.25, 2.05, 1.7, 1.6]),
        corpus("60 mails, headers and 1.5 kB of prose", mails(), [2.18, 1.79, 1.54, 1.44]),
        corpus("headers of a mailing list", headers(), [3.7, 2.7, 1.5, 1.3]),
        corpus("one mail of 2.2 kB", one(), [1.6, 1.6, 1.6, 1.6]),
        corpus("base64 of compressed data", base64(&packed), [0.97, 0.94, 0.95, 1.13]),
        corpus("base64 of a text in UTF-16", base64(&utf16(&prose())), [3.1, 2.7, 2.2, 1.6]),
        corpus("compressed data", packed, [0.75, 0.81, 0.89, 0.89]),
    ]
}

fn ratios() -> String {
    let mut table = String::from(
        "| data | V.42bis 2048 | 1024 | 512 | MNP 5 | deflate | 2048 without the test |\n|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for corpus in corpora() {
        let data = &corpus.octets;
        let ratio = |len: usize| data.len() as f64 / len as f64;
        let dictionaries = [Parameters::USUAL, Parameters::new(1024, 32).unwrap(), Parameters::SMALLEST];
        let tested = dictionaries.map(|parameters| ratio(v42bis(data, parameters, Switching::ByTest)));
        let always = dictionaries.map(|parameters| ratio(v42bis(data, parameters, Switching::ByHand)));
        let mnp5 = ratio(mnp5(data));
        let deflate = ratio(miniz_oxide::deflate::compress_to_vec(data, 6).len());
        for (ours, measured) in always.into_iter().chain([mnp5]).zip(corpus.measured) {
            let off = ours / measured - 1.0;
            assert!(off.abs() < 0.10, "{}: {ours:.3} instead of {measured}", corpus.name);
        }
        // The test never lets data grow by more than 2 %, and costs next to nothing where there is a gain.
        for (tested, always) in tested.iter().zip(always) {
            assert!(*tested > 0.98 && *tested > 0.94 * always, "{}: {tested} and {always}", corpus.name);
        }
        table.push_str(&format!(
            "| {} | {:.2} | {:.2} | {:.2} | {mnp5:.2} | {deflate:.2} | {:.2} |\n",
            corpus.name, tested[0], tested[1], tested[2], always[0]
        ));
    }
    table
}

fn v42bis(data: &[u8], parameters: Parameters, switching: Switching) -> usize {
    let mut encoder = Encoder::new(parameters, switching);
    let mut line = Vec::new();
    if switching == Switching::ByHand {
        encoder.enter(Mode::Compressed, &mut line);
    }
    encoder.encode(data, &mut line);
    encoder.flush(&mut line);
    line.len()
}

fn mnp5(data: &[u8]) -> usize {
    let mut encoder = mnp5::Encoder::default();
    let mut line = Vec::new();
    encoder.encode(data, &mut line);
    encoder.flush(&mut line);
    line.len()
}

/// What the compression of each preset gives on packets, against what the presets' document has as a check.
fn presets() -> String {
    let mut table = String::from(
        "| link | compression | text | the sources | base64 | the sources |\n|---|---|---:|---:|---:|---:|\n",
    );
    let (text, coded) = (prose(), base64(&random(60_000)));
    for preset in Preset::all().iter().filter(|preset| preset.carries_ip()) {
        let link = preset::resolve(&preset.name).unwrap();
        if link.bearer.compression == Compression::None {
            continue;
        }
        let gain = |data: &[u8]| {
            let plain =
                LinkSpec { bearer: Bearer { compression: Compression::None, ..link.bearer }, ..link.clone() };
            on_line(&plain, data) as f64 / on_line(&link, data) as f64
        };
        let (ours_text, ours_coded) = (gain(&text), gain(&coded));
        let check = |permille: u32| f64::from(permille) / 1000.0;
        let (text_check, coded_check) =
            (check(preset.check.compression_text_permille), check(preset.check.compression_base64_permille));
        // Of the gateway of Iridium no source says how it compresses; its figure is what users saw.
        if !preset.name.starts_with("iridium") {
            assert!((ours_text / text_check - 1.0).abs() < 0.10, "{}: text {ours_text:.3}", preset.name);
        }
        assert!((ours_coded / coded_check - 1.0).abs() < 0.10, "{}: base64 {ours_coded:.3}", preset.name);
        let named =
            preset.stages.iter().map(|stage| stage.name).find(|name| {
                name.starts_with("v42bis") || name.starts_with("v44") || name.starts_with("mnp5")
            });
        table.push_str(&format!(
            "| `{}` | {} | {ours_text:.2} | {text_check:.2} | {ours_coded:.2} | {coded_check:.2} |\n",
            preset.name,
            named.unwrap_or_default(),
        ));
    }
    table
}

/// Bits of `data` in packets that are sent all at once.
fn on_line(link: &LinkSpec, data: &[u8]) -> u64 {
    let mut path = Path::new(link);
    data.chunks(link.mtu as usize)
        .map(|packet| {
            path.send(Instant::START, Side::Server, packet.len() as u32, || packet.to_vec()).line_bits
        })
        .sum()
}

/// Three compressors one behind the other gain nothing that the first has not gained.
#[test]
fn what_deflate_has_compressed_a_modem_leaves_as_it_is() {
    let text = prose();
    let deflated = miniz_oxide::deflate::compress_to_vec(&text, 6);
    let mut compressor = Compressor::new(Compression::V42bis(Parameters::USUAL));
    let mut line = Vec::new();
    compressor.encode(&deflated, &mut line);
    compressor.flush(&mut line);
    assert!(line.len() * 100 <= deflated.len() * 102);
    assert!(line.len() * 2 < text.len(), "deflate alone beats the modem: {} {}", line.len(), text.len());
}

fn period() -> &'static Period {
    Period::named("1998").unwrap()
}

fn body(message: &[u8]) -> &[u8] {
    let end = message.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    &message[end..]
}

fn prose() -> Vec<u8> {
    let generator = Generator::new(period(), 9, 20).with_attachments(0.0).of_exact_size(8192);
    (0..20).flat_map(|index| body(&generator.octets(index)).to_vec()).collect()
}

fn pages() -> Vec<u8> {
    let mut out = String::new();
    let prose = prose();
    for (page, lines) in prose.split(|octet| *octet == b'\n').collect::<Vec<_>>().chunks(52).enumerate() {
        for line in lines {
            out.push_str("   ");
            out.push_str(std::str::from_utf8(line).unwrap_or_default().trim_end());
            out.push_str("\r\n");
        }
        let page = page + 1;
        out.push_str(&format!("\r\n\r\n\r\nPostel and Others               Standards Track                   [Page {page}]\r\n\x0c\r\n"));
        out.push_str("RFC 9990             A Protocol That Nobody Wrote           November 1998\r\n\r\n\r\n");
    }
    out.into_bytes()
}

fn mails() -> Vec<u8> {
    let generator = Generator::new(period(), 7, 60).with_attachments(0.0).with_mean_size(2200);
    (0..60).flat_map(|index| generator.octets(index)).collect()
}

fn one() -> Vec<u8> {
    let head = b"From: erin@example.net\r\nTo: frank@example.org\r\nSubject: notes\r\n\
                 Date: Tue, 3 Mar 1998 10:00:00 +0000\r\n\r\n";
    [head.as_slice(), &prose()[..2100]].concat()
}

/// One list, two relays: most of a header is in the one before it.
fn headers() -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let people = ["alice", "bob", "carol", "dave", "erin", "frank"];
    let mut out = String::new();
    for number in 0..60_u32 {
        let from = people[random.next_u32() as usize % people.len()];
        let (id, time) = (random.next_u32() >> 8, random.next_u32());
        let (hour, minute, second) = (time % 24, time / 24 % 60, time / 1440 % 60);
        let date = format!("{} Mar 1998 {hour:02}:{minute:02}:{second:02} +0000", 1 + number / 3);
        out.push_str(&format!(
            "Received: from lists.example.org (lists.example.org [192.0.2.17])\r\n\
             \tby mail.example.net (8.8.8/8.8.8) with ESMTP id {id:08X}\r\n\
             \tfor <reader@example.net>; {date}\r\n\
             Received: from {from}.example.com ({from}.example.com [198.51.100.7])\r\n\
             \tby lists.example.org (8.8.8/8.8.8) with SMTP id {:08X}\r\n\
             \tfor <protocols@lists.example.org>; {date}\r\n\
             Message-ID: <{:08X}.{id:06X}@{from}.example.com>\r\n\
             Date: {date}\r\nFrom: {from}@{from}.example.com\r\n\
             To: protocols@lists.example.org\r\nSubject: Re: [protocols] draft {}\r\n\
             Precedence: list\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\
             Content-Transfer-Encoding: 7bit\r\nX-Mailer: Example Mail 1.0\r\n\r\n",
            id ^ 0x5A5A,
            random.next_u32(),
            number % 7,
        ));
    }
    out.into_bytes()
}

fn random(count: usize) -> Vec<u8> {
    let mut octets = vec![0; count];
    ChaCha8Rng::seed_from_u64(5).fill_bytes(&mut octets);
    octets
}

fn utf16(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|octet| [*octet, 0]).collect()
}

fn base64(raw: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(raw.len() * 3 / 2);
    for line in raw.chunks(57) {
        for three in line.chunks_exact(3) {
            let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            out.extend([18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 63) as usize]));
        }
        out.extend_from_slice(b"\r\n");
    }
    out
}
