//! Framing and header compression: what counting, encoding and compressing takes for each byte of a transfer.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use maillab::link::by_numbers::FRAMINGS;
use maillab::link::framing::Framer;
use maillab::link::tcp::Side;
use maillab::link::vj::{Compressor, Decompressor};

/// Packets of a transfer in one direction: 536 octets of text behind forty of headers.
fn packets() -> Vec<Vec<u8>> {
    let text = b"The quick brown fox jumps over the lazy dog, and then it sits down.\r\n";
    let packet = |nth: u32| {
        let mut packet = vec![0x45, 0, 2, 64];
        packet.extend((nth as u16).to_be_bytes());
        packet.extend([0x40, 0, 64, 6, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2, 0, 110, 4, 0]);
        packet.extend((nth * 536).to_be_bytes());
        packet.extend([0, 0, 0, 1, 0x50, 0x10, 0x20, 0, 0x5A, nth as u8, 0, 0]);
        packet.extend(text.iter().cycle().take(536));
        packet
    };
    (0..100).map(packet).collect()
}

fn framing(c: &mut Criterion) {
    let packets = packets();
    let octets = packets.iter().map(|packet| packet.len() as u64).sum();
    let mut group = c.benchmark_group("framing");
    group.throughput(Throughput::Bytes(octets));
    for (name, framing) in FRAMINGS {
        group.bench_function(format!("count {name}"), |b| {
            b.iter(|| {
                let mut framer = Framer::new(framing);
                packets.iter().map(|packet| framer.count(Side::Server, black_box(packet)).octets).sum::<u32>()
            });
        });
    }
    group.bench_function("encode ppp", |b| {
        b.iter(|| {
            let mut framer = Framer::new(maillab::link::framing::Framing::PPP_USUAL);
            let mut line = Vec::with_capacity(70_000);
            for packet in &packets {
                framer.encode(Side::Server, black_box(packet), &mut line);
            }
            line.len()
        });
    });
    group.finish();
}

fn vj(c: &mut Criterion) {
    let packets = packets();
    let mut group = c.benchmark_group("vj");
    group.throughput(Throughput::Elements(packets.len() as u64));
    group.bench_function("compress and decompress", |b| {
        b.iter(|| {
            let (mut compressor, mut decompressor) = (Compressor::default(), Decompressor::new(16));
            let restored = |packet: &Vec<u8>| {
                let compressed = compressor.compress(black_box(packet));
                let len = compressed.head().len() + packet.len() - compressed.replaced();
                decompressor.receive(compressed.kind, compressed.head(), len)
            };
            packets.iter().filter_map(restored).count()
        });
    });
    group.finish();
}

criterion_group!(benches, framing, vj);
criterion_main!(benches);
