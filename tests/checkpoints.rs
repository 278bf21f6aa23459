//! What history and mail take in memory: bytes for each checkpoint of a session, and for each message of a store.
//!
//! The trap is state that grows with the mailbox inside a session, a timer that is never taken back, a list that
//! is copied whole: each makes a checkpoint cost what a clone of everything costs. Bytes are counted by the
//! allocator, so the figures are exact and the same on every run.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]
#![expect(
    clippy::print_stdout,
    reason = "the figures are worth reading: `cargo test --test checkpoints -- --nocapture`"
)]

use std::alloc::System;
use std::sync::{Arc, Mutex};

use maillab::desk::{Desk, Program, Service, Trouble};
use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::generate::{self, Generator, Period};
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::protocol::Server;
use maillab::protocol::imap::{Imap, ImapClient, ImapSettings};
use maillab::protocol::pop3::{Pop3, Pop3Client, Pop3Settings};
use maillab::repl::Prompt;
use maillab::script::Setting;
use maillab::world::lab::Lab;
use maillab::world::{Host, World};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Only one test counts at a time: the allocator is everybody's.
static COUNTING: Mutex<()> = Mutex::new(());

/// A large mailbox and a small one. No session may take much more in the one than in the other.
const LARGE: u32 = 50_000;
const SMALL: u32 = 500;

/// The most that keeping a checkpoint may add on average, in bytes, over a mailbox of [`LARGE`]. Measured: 26 kB in
/// POP3, of which most are the unfrozen ends of journal and streams; 41 kB in IMAP, where a checkpoint also pins
/// the entries changed since the last one (9 kB for a chunk of them, 9 kB for the list of chunks). What a workstation
/// knows of its calls takes 48 bytes of each.
const POP3_CHECKPOINT_MAX: i64 = 35_000;
const IMAP_CHECKPOINT_MAX: i64 = 55_000;

/// The most that a checkpoint over a mailbox of [`LARGE`] may add beyond one over [`SMALL`]: the list of chunks.
/// One octet for each message would add four times as much.
const BY_SIZE_MAX: i64 = 12_000;

/// The most that a generated message may take in a store, in bytes: 400 MB for 100,000 of them.
const MESSAGE_MAX: i64 = 4_000;

fn live_bytes() -> i64 {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated as i64 - stats.bytes_deallocated as i64
}

/// A world with a mailbox of copies of one short message, over a quick line.
fn world(messages: u32) -> World {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    let message = Arc::new(Message::new(&b"Subject: one of many\r\n\r\nshort\r\n"[..]));
    for _ in 0..messages {
        store.append(inbox, Arc::clone(&message), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    let services = vec![
        (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
        (Service::Imap, Server::Imap(Imap::new(ImapSettings::default()))),
    ];
    let mut world = World::new(1998, store, Host::new(services));
    world.add_workstation(Arc::new(preset::resolve("rate=1000000,delay=10ms").unwrap()));
    world
}

/// Reads and deletes 400 messages, the oldest.
async fn pop3_session(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut maildrop = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
    maildrop.user_pass("alice", "secret").await?;
    for number in 1..=400 {
        maildrop.retr(number).await?;
        maildrop.dele(number).await?;
    }
    maildrop.quit().await?;
    desk.hang_up().await;
    Ok(())
}

/// Reads and flags 400 messages, as somebody does who reads a mailbox from one end on.
async fn imap_session(desk: Desk) -> Result<(), Trouble> {
    desk.dial().await?;
    let mut inbox = ImapClient::greet(desk.connect(Service::Imap).await?).await?;
    inbox.login("alice", "secret").await?;
    inbox.select("INBOX").await?;
    for uid in 1..=400 {
        inbox.uid_fetch(&uid.to_string(), "(FLAGS BODY.PEEK[])").await?;
        inbox.uid_store(&uid.to_string(), "+FLAGS.SILENT", "(\\Seen)").await?;
    }
    inbox.logout().await?;
    desk.hang_up().await;
    Ok(())
}

/// Runs a session with and without history, and gives what keeping a checkpoint adds to the world's own growth.
fn bytes_a_checkpoint(
    messages: u32,
    session: impl AsyncFn(Desk) -> Result<(), Trouble> + Send + Sync + Copy + 'static,
) -> i64 {
    let program: Program = Arc::new(move |desk| Box::pin(async move { session(desk).await }));
    let grown = |mut lab: Lab| {
        lab.add_client(0, Arc::clone(&program));
        let before = live_bytes();
        lab.run().unwrap();
        let grown = live_bytes() - before;
        assert!(lab.outcomes().all(|outcome| outcome == Some(&Ok(()))), "the session fails");
        (lab.checkpoints() as i64, grown)
    };
    let (_, plain) = grown(Lab::new(world(messages)));
    let (checkpoints, with_history) = grown(Lab::with_history(world(messages)));
    assert!(checkpoints > 30, "only {checkpoints} checkpoints");
    let each = (with_history - plain) / checkpoints;
    println!(
        "{messages} messages, {checkpoints} checkpoints: the world grows by {} bytes from one to the next, and \
         keeping one takes {each} more",
        plain / checkpoints
    );
    each
}

#[track_caller]
fn check(session: impl AsyncFn(Desk) -> Result<(), Trouble> + Send + Sync + Copy + 'static, most: i64) {
    let _alone = COUNTING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let (small, large) = (bytes_a_checkpoint(SMALL, session), bytes_a_checkpoint(LARGE, session));
    assert!(large <= most, "{large} bytes a checkpoint, and {most} is the most");
    let by_size = large - small;
    assert!(
        by_size <= BY_SIZE_MAX,
        "{by_size} bytes more in the large mailbox: what grows with the mailbox?"
    );
}

#[test]
fn a_checkpoint_of_a_pop3_session_adds_little() {
    check(pop3_session, POP3_CHECKPOINT_MAX);
}

#[test]
fn a_checkpoint_of_an_imap_session_adds_little() {
    check(imap_session, IMAP_CHECKPOINT_MAX);
}

/// The most that the history of a session of [`EVENTS`] events may take at the prompt, over a mailbox of [`LARGE`].
const PROMPT_HISTORY_MAX: i64 = 200_000_000;
const EVENTS: u64 = 10_000;

/// Somebody types for hours: what one can go back to is kept for every line.
#[test]
fn the_history_of_a_long_session_at_the_prompt_fits_into_memory() {
    let _alone = COUNTING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    let message = Arc::new(Message::new(&b"Subject: one of many\r\n\r\nshort\r\n"[..]));
    for _ in 0..LARGE {
        store.append(inbox, Arc::clone(&message), Flags::NONE, Timestamp::DEFAULT_START).unwrap();
    }
    let setting = Setting {
        branch: None,
        store,
        deliveries: Vec::new(),
        start: Timestamp::DEFAULT_START,
        seed: 1998,
        calls: Default::default(),
        chance: false,
        link: Arc::new(preset::resolve("rate=1000000,delay=10ms").unwrap()),
        tariff: Arc::new(Tariff::named("bt-local-1997").unwrap().clone()),
        stack: &maillab::link::tcp::LINUX,
        by_octet: false,
    };
    let before = live_bytes();
    let mut prompt = Prompt::new(setting);
    for line in [":open pop3", "USER alice", "PASS secret"] {
        prompt.enter(line).unwrap();
    }
    let mut message = 0;
    while prompt.hand().world().events() < EVENTS {
        message += 1;
        prompt.enter(&format!("RETR {message}")).unwrap();
        prompt.enter(&format!("DELE {message}")).unwrap();
    }
    let lines = 3 + 2 * message;
    let history = live_bytes() - before;
    println!("{EVENTS} events, {lines} lines: {history} bytes, {} a line", history / lines);
    assert!(history <= PROMPT_HISTORY_MAX, "{history} bytes, and {PROMPT_HISTORY_MAX} is the most");
    let end = prompt.hand().world().clone();
    prompt.enter(":back 5000").unwrap();
    prompt.enter(":step 5000").unwrap();
    assert!(*prompt.hand().world() == end, "going back and forth leads elsewhere");
}

/// 4,000 messages, or 100,000 if `MAILLAB_RUNS=full`; either way too many to keep their bodies in memory.
#[test]
fn a_generated_message_takes_little_room_in_a_store() {
    let _alone = COUNTING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let full = std::env::var("MAILLAB_RUNS").is_ok_and(|runs| runs == "full");
    let messages: u32 = if full { 100_000 } else { 4_000 };
    let generator = Arc::new(Generator::new(Period::named("1998").unwrap(), 1998, messages));
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let alice = store.add_user("alice", "secret").unwrap();
    let inbox = store.inbox(alice).unwrap();
    let before = live_bytes();
    for made in generate::messages(generator) {
        store.append(inbox, Arc::new(made.message), Flags::NONE, made.received).unwrap();
    }
    let each = (live_bytes() - before) / i64::from(messages);
    println!("{messages} generated messages take {each} bytes each");
    assert!(each <= MESSAGE_MAX, "{each} bytes a message, and {MESSAGE_MAX} is the most");
}
