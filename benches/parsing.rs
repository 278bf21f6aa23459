//! Parsing: MIME structure, IMAP commands, mbox files.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use maillab::mail::date::Timestamp;
use maillab::mail::export;
use maillab::mail::generate;
use maillab::mail::import::mbox::{self, Variant};
use maillab::mail::mime;
use maillab::mail::store::Store;
use maillab::protocol::imap::{Imap, ImapSettings};
use maillab::session::{Output, Session};
use maillab::time::Instant;

/// The octets of the embedded mailbox, message by message.
fn mail() -> Vec<(Bytes, Timestamp)> {
    generate::messages(generate::embedded())
        .filter_map(|made| made.message.octets().ok().map(|octets| (octets, made.received)))
        .collect()
}

fn mime_structure(c: &mut Criterion) {
    let mail = mail();
    let mut group = c.benchmark_group("mime");
    group.throughput(Throughput::Bytes(mail.iter().map(|(octets, _)| octets.len() as u64).sum()));
    group.bench_function("structure of the embedded mailbox", |b| {
        b.iter(|| mail.iter().map(|(octets, _)| black_box(mime::parse(octets)).lines).sum::<u32>());
    });
    group.finish();
}

fn mbox_import(c: &mut Criterion) {
    let mut group = c.benchmark_group("mbox");
    for (name, variant) in [("mboxrd", Variant::Mboxrd), ("mboxcl2", Variant::Mboxcl2)] {
        let mut file = Vec::new();
        for (octets, received) in mail() {
            export::mbox::append(&mut file, variant, "sender@example.org", received, &octets);
        }
        group.throughput(Throughput::Bytes(file.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| black_box(mbox::read("inbox.mbox", &file, None)).messages.len())
        });
    }
    group.finish();
}

/// A thousand commands of a logged-in client, each with a sequence set and a list of items to read.
fn imap_commands(c: &mut Criterion) {
    const COMMANDS: u32 = 1000;
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let _ = store.add_user("alice", "secret");
    let mut session = Imap::new(ImapSettings::default());
    let mut out = Output::default();
    session.open(Instant::START, &mut store, &mut out);
    session.receive(Instant::START, b"a LOGIN alice secret\r\nb SELECT INBOX\r\n", &mut store, &mut out);
    let commands: String = (0..COMMANDS)
        .map(|n| {
            format!(
                "c{n} UID FETCH {n}:*,7,9:12 (FLAGS BODY.PEEK[HEADER.FIELDS (FROM SUBJECT DATE)]<0.512>)\r\n"
            )
        })
        .collect();
    let mut group = c.benchmark_group("imap");
    group.throughput(Throughput::Elements(COMMANDS.into()));
    group.bench_function("commands read and answered", |b| {
        b.iter_batched(
            || (session.clone(), store.clone(), Output::default()),
            |(mut session, mut store, mut out)| {
                session.receive(Instant::START, commands.as_bytes(), &mut store, &mut out);
                out
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(all, mime_structure, mbox_import, imap_commands);
criterion_main!(all);
