//! c12: is ETRN a simpler way to collect mail than POP? Tried on a branch office of twenty people.

use std::sync::Arc;

use super::say;
use crate::chart::{Cell, Column, Table};
use crate::claims::bench::collect;
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::generate::{Generator, Period};
use crate::mail::message::Message;
use crate::mail::queue::{Item, QueuedRecipient};
use crate::mail::store::Store;
use crate::measure::metrics::Metrics;
use crate::measure::{Interest, bill};
use crate::protocol::Server;
use crate::protocol::pop3::{Pop3, Pop3Settings};
use crate::protocol::smtp::{Smtp, SmtpSettings};
use crate::strategy::branch::{Branch, Collecting, program};
use crate::time::{Duration, Instant};
use crate::units::Money;
use crate::world::lab::Lab;
use crate::world::{Host, World};

const DOMAIN: &str = "branch.example";
const PEOPLE: u32 = 20;
const MESSAGES: u32 = 40;
const LINKS: [&str; 3] = ["v22bis-2400", "v34-28800:plain", "isdn-64k"];
const TARIFF: &str = "de-dtag-1995-local";
const WAYS: [(Collecting, &str); 3] = [
    (Collecting::Etrn, "etrn"),
    (Collecting::Pop3InOneCall, "pop3-one-call"),
    (Collecting::Pop3ACallEach, "pop3-a-call-each"),
];
/// Of a day's mail so many messages are for everybody; the others are for one person each.
const FOR_ALL: [u32; 2] = [0, 4];

/// What one way of collecting a day's mail took.
#[derive(Clone, Copy, Debug)]
struct Taken {
    metrics: Metrics,
    billed: Duration,
    cost: Money,
    connections: usize,
}

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let tariff = Tariff::named(TARIFF)?;
    let per_mail = LINKS.len() * WAYS.len();
    let taken = collect(workers, FOR_ALL.len() * per_mail, |nth| {
        let (mail, link, way) = (nth / per_mail, nth / WAYS.len() % LINKS.len(), nth % WAYS.len());
        one(FOR_ALL[mail], LINKS[link], WAYS[way].0, tariff)
    })?;
    Ok(Findings {
        verdict: verdict(&taken),
        region: region(&taken, &tariff.currency),
        tables: vec![table(&taken, &tariff.currency)],
        charts: Vec::new(),
    })
}

fn at(taken: &[Taken], mail: usize, link: usize, way: usize) -> &Taken {
    &taken[(mail * LINKS.len() + link) * WAYS.len() + way]
}

/// Runs one way over one link.
fn one(for_all: u32, link: &str, how: Collecting, tariff: &Tariff) -> Result<Taken, Lesson> {
    let people: Vec<String> = (1..=PEOPLE).map(|nth| format!("user{nth}")).collect();
    let branch = Branch { domain: DOMAIN.into(), people, password: "secret".into() };
    let host = Host {
        nodes: vec![(DOMAIN.to_owned(), 0)],
        ..Host::new(vec![
            (Service::Smtp, Server::Smtp(Smtp::new(office()))),
            (Service::Pop3, Server::Pop3(Pop3::new(Pop3Settings::default()))),
        ])
    };
    let mut world = World::new(1998, mail(&branch, for_all, how)?, host);
    let workstation = world.add_workstation(Arc::new(preset::resolve(link)?));
    let mut lab = Lab::new(world);
    lab.add_client(workstation, program(branch, how));
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    match lab.outcomes().next().flatten() {
        Some(Ok(())) => {}
        other => return Err(Lesson::new(format!("{how:?} over {link} did not finish: {other:?}"))),
    }
    let world = lab.world();
    let left = world.store().queue().len();
    if left > 0 {
        return Err(Lesson::new(format!("{left} messages still wait for the branch over {link}")));
    }
    let bill = bill::totals(world, workstation, tariff, Timestamp::DEFAULT_START);
    Ok(Taken {
        metrics: Metrics::of(world, workstation, &Interest::default()),
        billed: bill.billed,
        cost: bill.total(),
        connections: world.conns().len(),
    })
}

fn office() -> SmtpSettings {
    SmtpSettings {
        host: "mail.office.example".into(),
        domains: vec!["office.example".into()],
        queued_domains: vec![DOMAIN.into()],
        ..SmtpSettings::default()
    }
}

/// A day's mail for the branch at the office: in the queue, once for each message, or in everybody's maildrop.
fn mail(branch: &Branch, for_all: u32, how: Collecting) -> Result<Store, Lesson> {
    let generator = Generator::new(Period::named("1998")?, 1998, MESSAGES).with_attachments(0.0);
    let mut store = Store::new(Timestamp::DEFAULT_START);
    let mut inboxes = Vec::new();
    for person in &branch.people {
        let exists = |exists: crate::mail::store::Exists| Lesson::new(format!("{} exists", exists.0));
        let user = store.add_user(person, branch.password.clone()).map_err(exists)?;
        inboxes.extend(store.inbox(user));
    }
    store.queue_mut().hold(DOMAIN);
    let now = store.clock(Instant::START);
    for nth in 0..MESSAGES {
        let message = Arc::new(Message::new(generator.octets(nth)));
        let first = (nth % PEOPLE) as usize;
        let recipients = if nth < for_all { 0..branch.people.len() } else { first..first + 1 };
        if how == Collecting::Etrn {
            let recipient = |person: &String| QueuedRecipient {
                address: format!("{person}@{DOMAIN}"),
                notify: None,
                orcpt: None,
            };
            let item = Item::new(Arc::clone(&message), "author@far.example", DOMAIN, Instant::START);
            let recipients = branch.people[recipients].iter().map(recipient).collect();
            store.queue_mut().push(Item { recipients, ..item });
        } else {
            for inbox in &inboxes[recipients] {
                store.append(*inbox, Arc::clone(&message), Flags::NONE, now);
            }
        }
    }
    Ok(store)
}

/// Simpler is what takes fewer connections and turns and costs no more.
fn verdict(taken: &[Taken]) -> Verdict {
    let wins = |other: usize| {
        let all = (0..FOR_ALL.len()).flat_map(|mail| (0..LINKS.len()).map(move |link| (mail, link)));
        all.filter(|(mail, link)| {
            let (etrn, pop3) = (at(taken, *mail, *link, 0), at(taken, *mail, *link, other));
            etrn.metrics.turns < pop3.metrics.turns && etrn.cost <= pop3.cost
        })
        .count()
    };
    let all = FOR_ALL.len() * LINKS.len();
    match (wins(1), wins(2)) {
        (one, each) if one == all && each == all => Verdict::Holds,
        (0, 0) => Verdict::Fails,
        _ => Verdict::DependsOn("the line, and how much of the mail is for several people".to_owned()),
    }
}

fn region(taken: &[Taken], currency: &str) -> Vec<String> {
    let mut region = Vec::new();
    for (mail, for_all) in FOR_ALL.iter().enumerate() {
        for (link, name) in LINKS.iter().enumerate() {
            let [etrn, one, each] = [0, 1, 2].map(|way| at(taken, mail, link, way));
            region.push(format!(
                "{for_all} of {MESSAGES} messages for all, over {name}: ETRN has the line up for {} and costs {}; POP3 \
                 in one call {} and {}, with a call each {} and {}.",
                say::time(etrn.metrics.connected),
                say::money(etrn.cost, currency),
                say::time(one.metrics.connected),
                say::money(one.cost, currency),
                say::time(each.metrics.connected),
                say::money(each.cost, currency),
            ));
        }
    }
    region.push(
        "What ETRN needs beside: a mail host at the branch that can be reached while the call is up, and somebody \
         who looks after it. POP3 needs passwords at the office, one for each person."
            .to_owned(),
    );
    region
}

fn table(taken: &[Taken], currency: &str) -> Table {
    let columns = vec![
        Column::integer("for_all", "messages"),
        Column::text("link"),
        Column::text("way"),
        Column::integer("calls", ""),
        Column::integer("connections", ""),
        Column::integer("turns", ""),
        Column::integer("app_bytes", "bytes"),
        Column::integer("line_bytes", "bytes"),
        Column::decimal("connected_s", "s", 1),
        Column::decimal("billed_s", "s", 0),
        Column::decimal("cost", currency, 2),
    ];
    let title = format!("c12: a day's {MESSAGES} messages for {PEOPLE} people of a branch");
    let mut table = Table::results(title, columns);
    for (mail, for_all) in FOR_ALL.iter().enumerate() {
        for (link, name) in LINKS.iter().enumerate() {
            for (way, (_, word)) in WAYS.iter().enumerate() {
                let taken = at(taken, mail, link, way);
                table.push(vec![
                    (*for_all).into(),
                    (*name).into(),
                    (*word).into(),
                    taken.metrics.calls.into(),
                    taken.connections.into(),
                    taken.metrics.turns.into(),
                    taken.metrics.app_bytes.sum().into(),
                    taken.metrics.line_bytes.sum().into(),
                    Cell::from(taken.metrics.connected),
                    Cell::from(taken.billed),
                    Cell::from(taken.cost),
                ]);
            }
        }
    }
    table.note(format!(
        "Mail of the period 1998 without attachments, seed 1998; calls charged by {TARIFF}. The office speaks ESMTP with \
         pipelining and chunks, POP3 without."
    ));
    table
}
