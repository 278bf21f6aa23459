//! c24: does a central server save retries, and the network's bandwidth, while the PC is off?
//!
//! Two ways for one message to a PC that is off for some hours. *Directly*: the sending host keeps it in its queue and calls
//! the PC again and again until somebody answers; each call that nobody answers costs the SYNs of TCP. *By a server* that is
//! always there: one session brings it, and the PC fetches it by POP3 when it is on.

use std::sync::Arc;

use super::say;
use crate::chart::{Column, Table, Unit};
use crate::claims::bench::collect;
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::desk::{Desk, Program, Running, Service, Trouble};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::tcp::{BSD_1990, LINUX, Profile};
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::generate::{Generator, Period};
use crate::mail::message::Message;
use crate::mail::queue::{Item, QueuedRecipient};
use crate::mail::store::Store;
use crate::measure::Interest;
use crate::measure::metrics::Metrics;
use crate::protocol::Server;
use crate::protocol::pop3::{Pop3, Pop3Client, Pop3Settings};
use crate::protocol::smtp::{Smtp, SmtpClient, SmtpSettings};
use crate::time::{Duration, Instant};
use crate::world::lab::Lab;
use crate::world::{Host, World};

/// The network between the hosts, and the same where nobody answers: everything sent there is lost.
const NETWORK: &str = "rate=64000,delay=50ms";
const NOBODY: &str = "rate=64000,delay=50ms,loss=1";
const STACKS: [(&Profile, &str); 2] = [(&BSD_1990, "BSD 1990"), (&LINUX, "Linux")];
/// Messages of so many octets.
const SIZES: [u32; 3] = [2_000, 10_000, 50_000];
/// The PC is off for so many hours: over lunch, over night, over a weekend, over a short holiday.
const HOURS: [u64; 4] = [1, 15, 64, 110];
const HOST: &str = "pc.example";

/// What crosses the network for one thing, in octets of IP packets, both ways.
#[derive(Clone, Copy, Debug)]
enum Crossing {
    /// A call that nobody answers.
    Unanswered,
    /// A message of so many octets, handed over by SMTP.
    Sent(u32),
    /// The same fetched by POP3.
    Fetched(u32),
}

/// All that is measured with one TCP.
struct Measured {
    unanswered: u64,
    /// By the place of the size: handed over, fetched.
    each: Vec<(u64, u64)>,
}

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let crossings: Vec<Crossing> = [Crossing::Unanswered]
        .into_iter()
        .chain(SIZES.iter().flat_map(|size| [Crossing::Sent(*size), Crossing::Fetched(*size)]))
        .collect();
    let octets = collect(workers, STACKS.len() * crossings.len(), |nth| {
        one(STACKS[nth / crossings.len()].0, crossings[nth % crossings.len()])
    })?;
    let measured: Vec<Measured> = octets
        .chunks(crossings.len())
        .map(|all| Measured {
            unanswered: all[0],
            each: all[1..].chunks(2).map(|pair| (pair[0], pair[1])).collect(),
        })
        .collect();
    let tries = HOURS.map(|hours| tries(Duration::from_secs(hours * 3600)));
    Ok(Findings {
        verdict: verdict(&measured, &tries),
        region: region(&measured, &tries),
        tables: vec![table(&measured, &tries)],
        charts: vec![("bytes".to_owned(), chart(&measured, &tries))],
    })
}

/// How often a host calls in vain while the PC is off: counted by the queue itself, in virtual time.
fn tries(off: Duration) -> u64 {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let message = Arc::new(Message::new("Subject: for a PC\r\n\r\n"));
    let to = QueuedRecipient { address: format!("alice@{HOST}"), notify: None, orcpt: None };
    let item = Item::new(message, "author@far.example", HOST, Instant::START);
    store.queue_mut().push(Item { recipients: vec![to], ..item });
    let sender = Smtp::new(SmtpSettings::default());
    let mut tries = 0;
    while let Some(due) = store.queue().next_due().filter(|due| *due < Instant::START + off) {
        sender.look_after_queue(due, &mut store, |_| Err("the PC is off".to_owned()));
        tries += 1;
    }
    tries
}

fn one(stack: &'static Profile, crossing: Crossing) -> Result<u64, Lesson> {
    let link = if matches!(crossing, Crossing::Unanswered) { NOBODY } else { NETWORK };
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let exists = |_| Lesson::new("alice is there already");
    let alice = store.add_user("alice", "secret").map_err(exists)?;
    store.add_address(alice, &format!("alice@{HOST}")).map_err(exists)?;
    let size = match crossing {
        Crossing::Unanswered => None,
        Crossing::Sent(size) | Crossing::Fetched(size) => Some(size),
    };
    let text = match size {
        Some(size) => Generator::new(Period::named("1998")?, 1998, 1).of_exact_size(size).octets(0),
        None => Vec::new(),
    };
    if let (Crossing::Fetched(_), Some(inbox)) = (crossing, store.inbox(alice)) {
        store.append(inbox, Arc::new(Message::new(text.clone())), Flags::NONE, Timestamp::DEFAULT_START);
    }
    let smtp = Smtp::new(SmtpSettings { domains: vec![HOST.to_owned()], ..SmtpSettings::default() });
    let host = Host {
        stack,
        ..Host::new(vec![
            (Service::Smtp, Server::Smtp(smtp)),
            (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
        ])
    };
    let mut world = World::new(1998, store, host);
    let workstation = world.add_workstation(Arc::new(preset::resolve(link)?));
    let mut lab = Lab::new(world);
    lab.add_client(workstation, program(crossing, text));
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    match lab.outcomes().next().flatten() {
        Some(Ok(())) => Ok(Metrics::of(lab.world(), workstation, &Interest::default()).ip_bytes.sum()),
        other => Err(Lesson::new(format!("{crossing:?} did not finish: {other:?}"))),
    }
}

fn program(crossing: Crossing, text: Vec<u8>) -> Program {
    Arc::new(move |desk| -> Running {
        let text = text.clone();
        Box::pin(async move { cross(&desk, crossing, &text).await })
    })
}

async fn cross(desk: &Desk, crossing: Crossing, text: &[u8]) -> Result<(), Trouble> {
    desk.dial().await?;
    match crossing {
        Crossing::Unanswered => {
            if desk.connect(Service::Smtp).await.is_ok() {
                return Err(Trouble::Protocol("somebody answered".into()));
            }
        }
        Crossing::Sent(_) => {
            let mut client = SmtpClient::greet(desk.connect(Service::Smtp).await?).await?;
            client.helo("far.example").await?;
            client.send("author@far.example", &[&format!("alice@{HOST}")], text).await?;
            client.quit().await?;
        }
        Crossing::Fetched(_) => {
            let mut client = Pop3Client::greet(desk.connect(Service::Pop3).await?).await?;
            client.user_pass("alice", "secret").await?;
            client.stat().await?;
            client.retr(1).await?;
            client.dele(1).await?;
            client.quit().await?;
        }
    }
    desk.hang_up().await;
    Ok(())
}

/// Octets that cross, directly and by the server.
fn both(measured: &Measured, size: usize, tries: u64) -> (u64, u64) {
    let (sent, fetched) = measured.each.get(size).copied().unwrap_or_default();
    (sent + tries * measured.unanswered, sent + fetched)
}

fn verdict(measured: &[Measured], tries: &[u64]) -> Verdict {
    let saves = |measured: &Measured, size: usize, tries: u64| {
        let (directly, by_server) = both(measured, size, tries);
        directly > by_server
    };
    let all: Vec<bool> = measured
        .iter()
        .flat_map(|measured| {
            (0..SIZES.len()).flat_map(move |size| tries.iter().map(move |tries| (measured, size, *tries)))
        })
        .map(|(measured, size, tries)| saves(measured, size, tries))
        .collect();
    let saves_tries = tries.iter().all(|tries| *tries > 0);
    match (saves_tries, all.iter().all(|saved| *saved)) {
        (true, true) => Verdict::Holds,
        (false, _) if !all.iter().any(|saved| *saved) => Verdict::Fails,
        _ => Verdict::DependsOn(
            "what is counted: retries are saved always, bandwidth only where the PC is off for long and the mail is short"
                .to_owned(),
        ),
    }
}

fn region(measured: &[Measured], tries: &[u64]) -> Vec<String> {
    let mut region = vec![format!(
        "A host that tries every 30 minutes (RFC 5321 §4.5.4.1) calls in vain {} while the PC is off for {} hours; with a server \
         between, never.",
        say::list(&tries.iter().map(|tries| format!("{tries} times")).collect::<Vec<_>>()),
        say::list(&HOURS.map(|hours| hours.to_string())),
    )];
    for ((_, name), measured) in STACKS.iter().zip(measured) {
        let even = SIZES.iter().zip(&measured.each).map(|(size, (_, fetched))| {
            let tries = fetched.div_ceil(measured.unanswered.max(1));
            format!("{} for {}", say::time(Duration::from_secs(tries * 1800)), say::bytes((*size).into()))
        });
        region.push(format!(
            "{name}: a call that nobody answers costs {}. But mail by a server crosses twice, and what POP3 takes is as much as \
             the calls in vain of {}.",
            say::bytes(measured.unanswered),
            say::list(&even.collect::<Vec<_>>()),
        ));
    }
    region.push(
        "Whose bandwidth is it? The calls in vain cross the network between hosts, the fetching only the line between the PC and its \
         server. And after five days the sending host gives up, and a server does not."
            .to_owned(),
    );
    region
}

fn table(measured: &[Measured], tries: &[u64]) -> Table {
    let columns = vec![
        Column::text("tcp"),
        Column::integer("message", "bytes"),
        Column::integer("off", "hours"),
        Column::integer("calls_in_vain", ""),
        Column::integer("ip_bytes_directly", "bytes"),
        Column::integer("ip_bytes_by_server", "bytes"),
    ];
    let mut table = Table::results("c24: one message for a PC that is off", columns);
    for ((_, name), measured) in STACKS.iter().zip(measured) {
        for (place, size) in SIZES.iter().enumerate() {
            for (hours, tries) in HOURS.iter().zip(tries) {
                let (directly, by_server) = both(measured, place, *tries);
                let row = vec![
                    (*name).into(),
                    (*size).into(),
                    (*hours).into(),
                    (*tries).into(),
                    directly.into(),
                    by_server.into(),
                ];
                table.push(row);
            }
        }
    }
    table.note(rests_on());
    table
}

/// Octets by the server, and directly for each time, with today's TCP.
fn chart(measured: &[Measured], tries: &[u64]) -> String {
    let names = HOURS.map(|hours| format!("directly, off for {hours} h"));
    let names: Vec<String> = std::iter::once("by a server".to_owned()).chain(names).collect();
    let today = measured.last();
    let panels = SIZES.iter().enumerate().map(|(size, octets)| {
        let of = |tries| today.map(|measured| both(measured, size, tries));
        let by_server = of(0).map(|(_, by_server)| by_server as f64);
        let directly = tries.iter().map(|tries| of(*tries).map(|(directly, _)| directly as f64));
        (say::bytes((*octets).into()), std::iter::once(by_server).chain(directly).collect())
    });
    say::dots(
        "c24: one message for a PC that is off",
        "What crosses the networks, in octets of IP packets.",
        Unit::Bytes,
        "bytes",
        names,
        panels.collect(),
        vec![rests_on()],
    )
}

fn rests_on() -> String {
    format!(
        "maillab {}. Directly: one session of SMTP, and the SYNs of each call in vain. By a server: the same session, and one of \
         POP3. Octets of IP packets both ways; a host tries again every 30 minutes. BSD's timer of 75 s for a connection that does \
         not come up is not built: with it a call in vain would take 4 SYNs, not 13.",
        env!("CARGO_PKG_VERSION")
    )
}
