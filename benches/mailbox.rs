//! Large mailboxes: entering 100,000 generated messages, and what a session costs against the mailbox's size.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use maillab::desk::{Desk, Program, Service, Trouble};
use maillab::link::preset;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::generate::{self, Generator, Period};
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::Server;
use maillab::protocol::imap::{Imap, ImapClient, ImapSettings};
use maillab::protocol::pop3::{Pop3, Pop3Client, Pop3Settings};
use maillab::world::lab::Lab;
use maillab::world::{Host, World};

/// A store with the mail of alice; `None` only if the program's own data were broken.
fn store_of(messages: impl Iterator<Item = (Arc<Message>, Timestamp)>) -> Option<Store> {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").ok()?;
    let inbox = store.inbox(alice)?;
    for (message, received) in messages {
        store.append(inbox, message, Flags::NONE, received);
    }
    Some(store)
}

fn generated(count: u32) -> Option<Store> {
    let generator = Arc::new(Generator::new(Period::named("1998").ok()?, 1998, count));
    store_of(generate::messages(generator).map(|made| (Arc::new(made.message), made.received)))
}

fn store_100k(c: &mut Criterion) {
    let mut group = c.benchmark_group("store-100k");
    group.sample_size(10).measurement_time(Duration::from_secs(60));
    group.throughput(Throughput::Elements(100_000));
    group.bench_function("entering 100,000 generated messages", |b| b.iter(|| black_box(generated(100_000))));
    group.finish();
}

/// Lists the maildrop and reads its ten newest messages.
async fn pop3(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    maildrop.user_pass("alice", "secret").await?;
    let newest = maildrop.list().await?.into_iter().rev().take(10);
    for message in newest {
        maildrop.retr(message.number).await?;
    }
    maildrop.quit().await?;
    desk.hang_up().await;
    Ok(())
}

/// Opens the mailbox, reads its ten newest messages and flags them: nothing is listed.
async fn imap(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut inbox = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
    inbox.login("alice", "secret").await?;
    let newest = inbox.select("INBOX").await?.exists;
    for number in newest.saturating_sub(9).max(1)..=newest {
        inbox.fetch(&number.to_string(), "BODY[]").await?;
    }
    inbox.logout().await?;
    desk.hang_up().await;
    Ok(())
}

fn scaling(c: &mut Criterion) {
    let short = Arc::new(Message::new(&b"Subject: one of many\r\n\r\nshort\r\n"[..]));
    let clients: [(&str, Program); 2] = [
        ("pop3-list", Arc::new(|desk| Box::pin(pop3(desk)))),
        ("imap-select", Arc::new(|desk| Box::pin(imap(desk)))),
    ];
    let mut group = c.benchmark_group("scaling");
    group.sample_size(20);
    for count in [10, 100, 1_000, 10_000, 100_000] {
        let mail = (0..count).map(|_| (Arc::clone(&short), Timestamp::DEFAULT_START));
        let Some(store) = store_of(mail) else { continue };
        let host = Host::new(vec![
            (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
            (Service::Imap, Server::Imap(Imap::new(ImapSettings::default()))),
        ]);
        let mut world = World::new(1998, store, host);
        let Ok(link) = preset::resolve("rate=1000000,delay=10ms") else { continue };
        world.add_workstation(Arc::new(link));
        group.throughput(Throughput::Elements(count));
        for (name, program) in &clients {
            group.bench_function(BenchmarkId::new(*name, count), |b| {
                let lab = || {
                    let mut lab = Lab::new(world.clone());
                    lab.add_client(0, Arc::clone(program));
                    lab
                };
                b.iter_batched(
                    lab,
                    |mut lab| {
                        assert!(lab.run().is_ok() && lab.outcomes().all(|outcome| outcome == Some(&Ok(()))));
                        lab
                    },
                    BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(all, scaling, store_100k);
criterion_main!(all);
