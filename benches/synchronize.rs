//! Synchronization, from the server's side: what a call of a workstation takes when so many messages are kept and so many
//! of them have changed, and what the repository keeps in memory for each workstation.
//!
//! A table, not a set of samples: each cell is the best of some runs. `cargo bench --bench synchronize`; give the most
//! messages as an argument to make it shorter (`-- 10000`).

#![expect(clippy::print_stdout, reason = "a benchmark tells what it has measured")]

use std::alloc::System;
use std::hint::black_box;
use std::sync::Arc;

use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::{FlagChange, MailboxId, Store, Uid};
use maillab::protocol::dmsp::{Dmsp, DmspSettings};
use maillab::protocol::imap::{Imap, ImapSettings};
use maillab::session::{Output, Session};
use maillab::time::Instant;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static COUNTED: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const MESSAGES: [u32; 4] = [100, 1_000, 10_000, 100_000];
const CHANGES: [u32; 5] = [0, 10, 100, 1_000, 10_000];
/// How many runs the best is of.
const RUNS: usize = 5;

fn store(messages: u32) -> Option<(Store, MailboxId)> {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").ok()?;
    let inbox = store.inbox(alice)?;
    for number in 0..messages {
        let text = format!(
            "From: Carla Meier <carla{}@example.net>\r\nTo: alice@mail.example\r\nSubject: Minutes {number}\r\nDate: Mon, 2 \
             Mar 1998 20:00:00 +0000\r\n\r\nText.\r\n",
            number % 50
        );
        store.append(inbox, Arc::new(Message::new(text)), Flags::NONE, Timestamp::DEFAULT_START);
    }
    store.create_client(alice, "home", Timestamp::DEFAULT_START).ok()?;
    let told = store.modseq();
    store.acknowledge(alice, "home", inbox, (Uid(0), Uid(u32::MAX)), told);
    Some((store, inbox))
}

/// What one protocol says in a call, and the octets of the answers.
fn talk(mut session: impl Session, store: &mut Store, lines: &[String]) -> u64 {
    let mut octets = 0;
    let mut out = Output::default();
    session.open(Instant::START, store, &mut out);
    for line in lines {
        session.receive(Instant::START, format!("{line}\r\n").as_bytes(), store, &mut out);
        octets += out.bytes().len() as u64;
        out = Output::default();
    }
    session.gone(store);
    octets
}

fn calls(since: u64, messages: u32) -> [(&'static str, Vec<String>); 4] {
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let known = format!("c UID FETCH 1:{messages} (FLAGS)");
    [
        (
            "dmsp",
            owned(&[
                "LOGIN alice secret home 0 1",
                "LIST-MAILBOXES",
                "FETCH-CHANGED-DESCRIPTORS alice 1000000",
                "RESET-DESCRIPTORS alice 1 1000000",
                "LOGOUT",
            ]),
        ),
        ("imap-flags", owned(&["a LOGIN alice secret", "b SELECT INBOX", &known, "d LOGOUT"])),
        (
            "imap-condstore",
            owned(&[
                "a LOGIN alice secret",
                "b SELECT INBOX (CONDSTORE)",
                &format!("c UID FETCH 1:{messages} (FLAGS) (CHANGEDSINCE {since})"),
                "d LOGOUT",
            ]),
        ),
        (
            "imap-qresync",
            owned(&[
                "a LOGIN alice secret",
                "b ENABLE QRESYNC",
                &format!("c SELECT INBOX (QRESYNC (1 {since}))"),
                "d LOGOUT",
            ]),
        ),
    ]
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures by the clock on the wall")]
fn best(mut run: impl FnMut() -> u64) -> (f64, u64) {
    let mut best = f64::INFINITY;
    let mut octets = 0;
    for _ in 0..RUNS {
        let start = std::time::Instant::now();
        octets = black_box(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    (best, octets)
}

fn main() {
    let most = std::env::args().skip(1).find_map(|word| word.parse::<u32>().ok()).unwrap_or(u32::MAX);
    println!("| messages | changes | way | time | bytes said | memory at the peak |");
    println!("|---:|---:|---|---:|---:|---:|");
    for messages in MESSAGES.into_iter().filter(|messages| *messages <= most) {
        let Some((store, inbox)) = store(messages) else { return };
        for changes in CHANGES.into_iter().filter(|changes| *changes <= messages) {
            let since = store.modseq().0;
            let mut changed = store.clone();
            let alone = Region::new(COUNTED);
            for nth in 0..changes {
                let at = u64::from(nth) * u64::from(messages) / u64::from(changes.max(1));
                changed.change_flags(inbox, Uid(at as u32 + 1), FlagChange::Add, Flags::SEEN);
            }
            let kept = alone.change();
            for (way, lines) in calls(since, messages) {
                let run = || {
                    let mut store = changed.clone();
                    match way {
                        "dmsp" => talk(Dmsp::new(DmspSettings::default()), &mut store, &lines),
                        _ => talk(Imap::new(ImapSettings::default()), &mut store, &lines),
                    }
                };
                let (seconds, octets) = best(run);
                let region = Region::new(COUNTED);
                black_box(run());
                let taken = region.change();
                println!(
                    "| {messages} | {changes} | {way} | {:.3} ms | {octets} | {:.0} kB |",
                    seconds * 1e3,
                    taken.bytes_allocated as f64 / 1e3
                );
            }
            println!(
                "| {messages} | {changes} | the change log itself | | | {:.0} kB |",
                (kept.bytes_allocated - kept.bytes_deallocated.min(kept.bytes_allocated)) as f64 / 1e3
            );
        }
        workstations(&store);
    }
}

/// What one workstation more costs the repository: with a full list, and with one that is noted.
fn workstations(store: &Store) {
    const MORE: u32 = 100;
    let Some(alice) = store.user(b"alice") else { return };
    let Some(inbox) = store.inbox(alice) else { return };
    let messages = store.mailbox(inbox).map_or(0, |mailbox| mailbox.entries.len());
    for noted in [false, true] {
        let mut store = store.clone();
        let region = Region::new(COUNTED);
        for nth in 0..MORE {
            let name = format!("more-{nth}");
            let made = store.create_client(alice, &name, Timestamp::DEFAULT_START);
            if made.is_ok() && noted {
                let told = store.modseq();
                store.acknowledge(alice, &name, inbox, (Uid(0), Uid(u32::MAX)), told);
            }
        }
        let taken = region.change();
        let each = taken.bytes_allocated.saturating_sub(taken.bytes_deallocated) / MORE as usize;
        let what = if noted { "that has noted all" } else { "that has noted nothing" };
        println!("| {messages} | | one workstation more, {what} | | | {:.1} kB |", each as f64 / 1e3);
    }
}
