//! Going back at the prompt: any step in a session of 10,000 events over a mailbox of 50,000 messages, and the whole
//! mailbox listed in one line, which is the longest line to be run again.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use maillab::lesson::Lesson;
use maillab::link::preset;
use maillab::link::tariff::Tariff;
use maillab::mail::date::Timestamp;
use maillab::mail::flags::Flags;
use maillab::mail::message::Message;
use maillab::mail::store::Store;
use maillab::repl::Prompt;
use maillab::script::Setting;

const MESSAGES: u32 = 50_000;
const EVENTS: u64 = 10_000;

fn setting() -> Result<Setting, Lesson> {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let message = Arc::new(Message::new(&b"Subject: one of many\r\n\r\nshort\r\n"[..]));
    if let Some(alice) = store.add_user("alice", "secret").ok()
        && let Some(inbox) = store.inbox(alice)
    {
        for _ in 0..MESSAGES {
            let _ = store.append(inbox, Arc::clone(&message), Flags::NONE, Timestamp::DEFAULT_START);
        }
    }
    Ok(Setting {
        branch: None,
        store,
        deliveries: Vec::new(),
        start: Timestamp::DEFAULT_START,
        seed: 1998,
        calls: Default::default(),
        chance: false,
        link: Arc::new(preset::resolve("rate=1000000,delay=10ms")?),
        tariff: Arc::new(Tariff::named("bt-local-1997")?.clone()),
        stack: &maillab::link::tcp::LINUX,
        by_octet: false,
    })
}

fn prompt(c: &mut Criterion) -> Result<(), Lesson> {
    let mut group = c.benchmark_group("prompt");
    let mut begun = Prompt::new(setting()?);
    for line in [":open pop3", "USER alice", "PASS secret"] {
        begun.enter(line)?;
    }
    let mut by_lines = begun.clone();
    let mut message = 0;
    while by_lines.hand().world().events() < EVENTS {
        message += 1;
        by_lines.enter(&format!("RETR {message}"))?;
        by_lines.enter(&format!("DELE {message}"))?;
    }
    let mut in_one_line = begun;
    while in_one_line.hand().world().events() < EVENTS {
        in_one_line.enter("LIST")?;
    }
    for (name, session) in [("back, many lines", by_lines), ("back, long lines", in_one_line)] {
        let last = session.hand().world().events();
        let mut prompt = session;
        let mut event = last;
        // Every jump goes elsewhere: 4999 and the number of events have no divisor in common.
        group.bench_function(name, |b| {
            b.iter(|| {
                event = (event + 4_999) % last;
                black_box(prompt.enter(&format!(":goto {event}")).is_ok())
            });
        });
    }
    group.finish();
    Ok(())
}

fn benches(c: &mut Criterion) {
    let done = prompt(c);
    assert!(done.is_ok(), "{done:?}");
}

criterion_group!(all, benches);
criterion_main!(all);
