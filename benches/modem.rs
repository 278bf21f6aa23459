//! The compressors of modems, encoder and decoder together: nanoseconds a byte are 1000 over the megabytes a second.
#![allow(missing_docs)]
#![expect(clippy::unwrap_used, reason = "a benchmark that panics has failed")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use maillab::link::modem::mnp5;
use maillab::link::modem::v42bis::{Decoder, Encoder, Parameters, Switching};
use maillab::mail::generate::{Generator, Period};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

const SIZE: usize = 1 << 20;

fn compressors(c: &mut Criterion) {
    let generator =
        Generator::new(Period::named("1998").unwrap(), 9, 140).with_attachments(0.0).of_exact_size(8192);
    let mut text: Vec<u8> = (0..140).flat_map(|index| generator.octets(index)).collect();
    text.truncate(SIZE);
    let mut random = vec![0; SIZE];
    ChaCha8Rng::seed_from_u64(1).fill_bytes(&mut random);
    let mut group = c.benchmark_group("modem");
    for (name, data) in [("text", &text), ("random", &random)] {
        group.throughput(Throughput::Bytes(data.len() as u64));
        group.bench_function(format!("v42bis-{name}"), |b| b.iter(|| v42bis(black_box(data))));
        group.bench_function(format!("mnp5-{name}"), |b| b.iter(|| mnp5(black_box(data))));
    }
    group.finish();
}

fn v42bis(data: &[u8]) -> usize {
    let mut encoder = Encoder::new(Parameters::USUAL, Switching::ByTest);
    let mut decoder = Decoder::new(Parameters::USUAL);
    let (mut line, mut out) = (Vec::new(), Vec::with_capacity(data.len()));
    for packet in data.chunks(576) {
        line.clear();
        encoder.encode(packet, &mut line);
        decoder.decode(&line, &mut out).unwrap();
    }
    out.len()
}

fn mnp5(data: &[u8]) -> usize {
    let (mut encoder, mut decoder) = (mnp5::Encoder::default(), mnp5::Decoder::default());
    let (mut line, mut out) = (Vec::new(), Vec::with_capacity(data.len()));
    for packet in data.chunks(576) {
        line.clear();
        encoder.encode(packet, &mut line);
        decoder.decode(&line, &mut out);
    }
    out.len()
}

criterion_group!(benches, compressors);
criterion_main!(benches);
