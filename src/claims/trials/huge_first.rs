//! c29: does a huge message have to come before those behind it?

use super::say;
use crate::chart::{Column, Dot, DotPanel, Dots, Heading, Table, Unit};
use crate::claims::bench::{collect, comparison};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::compare::Comparison;
use crate::lesson::Lesson;
use crate::link::tcp::Side;
use crate::mail::message::MessageId;
use crate::scenario;
use crate::time::{Duration, Instant};
use crate::world::World;

const STRATEGIES: [&str; 5] = [
    "pop3-fetch-all-delete",
    "pop3-smallest-first",
    "imap-fetch-all",
    "imap-headers-first",
    "imap-text-parts",
];
// Their places.
const IN_ORDER: usize = 0;
const BY_SIZE: usize = 1;
const FETCH_ALL: usize = 2;
const HEADERS_FIRST: usize = 3;
const TEXT_PARTS: usize = 4;
const LINKS: [&str; 3] = ["v22bis-2400", "v34-28800:plain", "isdn-64k"];

/// When messages were there, from dialling.
#[derive(Clone, Copy, Debug, Default)]
struct There {
    /// The first of the messages behind the huge one.
    first: Duration,
    /// The last of them.
    others: Duration,
    /// The end of the call in which mail was fetched.
    hung_up: Duration,
}

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = scenario::built_in("huge-attachment-first")?;
    let plan = comparison(&scenario, &scenario.mail()?, &STRATEGIES, &LINKS, &[])?;
    let there = collect(workers, plan.jobs(), |job| watch(&plan, job))?;
    let of = |strategy: usize, link: usize| there[plan.job(strategy, link)];
    let places = || 0..LINKS.len();
    let before =
        |strategy: usize, than: usize| places().all(|link| of(strategy, link).others < of(than, link).first);
    let verdict = match (before(BY_SIZE, IN_ORDER), before(TEXT_PARTS, IN_ORDER)) {
        (true, _) => Verdict::DependsOn(
            "the client: false of the protocol, true of clients that fetch in order".to_owned(),
        ),
        (false, true) => Verdict::Holds,
        (false, false) => Verdict::Fails,
    };
    let huge = plan.prepared.mail.first().map_or(0, |new| u64::from(new.message.size()));
    let rest: u64 = plan.prepared.mail.iter().skip(1).map(|new| u64::from(new.message.size())).sum();
    let mut region = vec![format!(
        "The message in front weighs {}, the fifty-nine behind it {} together.",
        say::bytes(huge),
        say::bytes(rest)
    )];
    for (link, name) in LINKS.iter().enumerate() {
        let said = |strategy: usize| say::time(of(strategy, link).others);
        region.push(format!(
            "Over {name} the fifty-nine are there after {} with a POP3 client that fetches in order (the first of them \
             after {}), after {} with one that goes by LIST and fetches the smallest first; IMAP fetching all in order \
             takes {}, headers first {}, text parts only {}.",
            said(IN_ORDER),
            say::time(of(IN_ORDER, link).first),
            said(BY_SIZE),
            said(FETCH_ALL),
            said(HEADERS_FIRST),
            said(TEXT_PARTS),
        ));
    }
    region.push(
        "RETR takes any message-number, and LIST tells the sizes beforehand (RFC 1939 §5). An IMAP client that fetches \
         in order waits as long; only text parts leave the huge attachment where it is."
            .to_owned(),
    );
    Ok(Findings { verdict, region, tables: vec![table(&plan, &there)], charts: charts(&plan, &there) })
}

fn watch(plan: &Comparison, job: usize) -> Result<There, Lesson> {
    let mut lab = plan.lab(job, false);
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let world = lab.world();
    let start = world.journal().calls.first().map_or(Instant::START, |call| call.dialled);
    let hung_up = world.journal().calls.first().and_then(|call| call.ended).unwrap_or(start);
    // Messages have their places in the mailbox as identities; the huge one is the first.
    let behind: Vec<Instant> =
        (1..plan.prepared.mail.len() as u32).filter_map(|id| complete(world, MessageId(id))).collect();
    let since = |at: Option<&Instant>| at.map_or(Duration::ZERO, |at| at.since(start));
    Ok(There {
        first: since(behind.iter().min()),
        others: since(behind.iter().max()),
        hung_up: hung_up.since(start),
    })
}

/// When the last octet of a message's content that crossed the line was there.
fn complete(world: &World, message: MessageId) -> Option<Instant> {
    let streams = world.conns().iter().map(|conn| conn.stream(Side::Server));
    let last = streams.filter_map(|stream| {
        let about = stream
            .writes
            .iter()
            .filter(|write| write.about.is_some_and(|about| about.content > 0 && about.message == message));
        let end = about.map(crate::world::Write::end).max()?;
        stream.arrival_of(end).map(|arrival| arrival.at)
    });
    last.max()
}

fn table(plan: &Comparison, there: &[There]) -> Table {
    let mut table = Table::results(
        "c29: when the mail behind a huge message is there",
        vec![
            Column::text("link"),
            Column::text("strategy"),
            Column::decimal("first_behind_s", "s", 1),
            Column::decimal("all_59_behind_s", "s", 1),
            Column::decimal("hung_up_s", "s", 1),
        ],
    );
    for (link, name) in LINKS.iter().enumerate() {
        for (strategy, strategy_name) in STRATEGIES.iter().enumerate() {
            let at = there[plan.job(strategy, link)];
            table.push(vec![
                (*name).into(),
                (*strategy_name).into(),
                at.first.into(),
                at.others.into(),
                at.hung_up.into(),
            ]);
        }
    }
    table.note(
        "Seconds from dialling until the first, and until the last, of the fifty-nine messages behind the huge one was \
         complete at the client, as far as the strategy fetches it; and until the line was down.",
    );
    say::rest(&mut table, plan.rests_on());
    table
}

fn charts(plan: &Comparison, there: &[There]) -> Vec<(String, String)> {
    let heading = Heading::new(
        "c29: when the mail behind a huge message is there",
        "Seconds from dialling until the first and the last of the fifty-nine messages behind it are complete.",
    );
    let panel = |(link, name): (usize, &&str)| DotPanel {
        name: (*name).to_owned(),
        dots: (0..STRATEGIES.len())
            .map(|strategy| {
                let at = there[plan.job(strategy, link)];
                Some(Dot { from: Some(at.first.as_secs_f64()), value: at.others.as_secs_f64() })
            })
            .collect(),
        lower_bound: None,
    };
    let dots = Dots {
        heading: plan.rests_on().into_iter().fold(heading, Heading::note),
        unit: Unit::Seconds,
        value_name: "all fifty-nine are there".to_owned(),
        from_name: "the first of them is there".to_owned(),
        rows: STRATEGIES.map(str::to_owned).to_vec(),
        panels: LINKS.iter().enumerate().map(panel).collect(),
    };
    vec![("there".to_owned(), dots.svg())]
}
