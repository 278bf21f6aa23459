//! c36: with mail left on the server and UIDL, are only new messages fetched?

use super::say;
use crate::chart::{Cell, Column, Heading, Stair, Stairs, Table, Unit};
use crate::claims::bench::{collect, comparison};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::compare::Comparison;
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::link::tcp::Side;
use crate::scenario::{self, Habits, MailSource, Scenario, Size};
use crate::time::Duration;

const STRATEGIES: [&str; 3] = ["pop3-leave-uidl", "imap-fetch-all", "pop3-fetch-all-delete"];
// Their places.
const UIDL: usize = 0;
const IMAP: usize = 1;
const DELETE: usize = 2;
const LINK: &str = "v34-28800:plain";
const VISITS: u32 = 100;
const NEW_EACH: u32 = 5;

/// The visits in the table, from 1.
const SHOWN: [usize; 7] = [1, 2, 5, 10, 25, 50, 100];

/// What one visit brought down, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Visit {
    /// Messages' own content.
    content: u64,
    /// Everything else that the server said.
    around: u64,
    connected: Duration,
}

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let built_in = scenario::built_in("leave-on-server")?;
    let scenario = Scenario {
        mailbox: MailSource::Generated {
            period: "1998".to_owned(),
            messages: VISITS * NEW_EACH,
            attachments: Some(0.0),
            size: Size::OfPeriod,
            attached: None,
        },
        habits: Habits { visits: VISITS, ..built_in.habits.clone() },
        ..built_in
    };
    let plan = comparison(&scenario, &scenario.mail()?, &STRATEGIES, &[LINK], &[])?;
    let visits = collect(workers, plan.jobs(), |job| watch(&plan, job))?;

    let new: Vec<u64> = plan
        .prepared
        .mail
        .chunks(NEW_EACH as usize)
        .map(|batch| batch.iter().map(|new| u64::from(new.message.size())).sum())
        .collect();
    // Dots that POP3 doubles are on the line, not in the messages: content is counted without them.
    let only_new = visits[UIDL].len() == new.len()
        && visits[UIDL].iter().zip(&new).all(|(visit, new)| visit.content == *new);
    let verdict = if only_new { Verdict::Holds } else { Verdict::Fails };
    Ok(Findings {
        verdict,
        region: region(&visits, &new),
        tables: vec![table(&plan, &visits, &new)],
        charts: charts(&plan, &visits, &new),
    })
}

/// Each visit of a run: there is one call and one connection for each, as nothing is answered.
fn watch(plan: &Comparison, job: usize) -> Result<Vec<Visit>, Lesson> {
    let mut lab = plan.lab(job, false);
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let world = lab.world();
    let mut visits = Vec::new();
    for conn in world.conns().iter().filter(|conn| conn.service != Service::Smtp) {
        let stream = conn.stream(Side::Server);
        let content: u64 =
            stream.writes.iter().filter_map(|write| write.about).map(|about| u64::from(about.content)).sum();
        let call = world.journal().calls.get(conn.call.0 as usize);
        let connected = call.and_then(|call| Some(call.ended?.since(call.answered?))).unwrap_or_default();
        visits.push(Visit { content, around: stream.end().saturating_sub(content), connected });
    }
    Ok(visits)
}

fn region(visits: &[Vec<Visit>], new: &[u64]) -> Vec<String> {
    let at = |strategy: usize, visit: usize| visits[strategy].get(visit - 1).copied().unwrap_or_default();
    let last = VISITS as usize;
    let (first, end) = (at(UIDL, 1), at(UIDL, last));
    let kept = u64::from((VISITS - 1) * NEW_EACH);
    let each = end.around.saturating_sub(first.around) as f64 / kept as f64;
    let mean = new.iter().sum::<u64>() / (new.len() as u64).max(1);
    let more = visits[UIDL].iter().zip(new).position(|(visit, new)| visit.around > *new);
    vec![
        format!(
            "In each of {VISITS} visits the content that came down was that of the {NEW_EACH} new messages and of no other \
             ({} on average).",
            say::bytes(mean)
        ),
        format!(
            "But the list of unique-ids names all that is kept: what the server says beside the messages grows from {} \
             in the first visit to {} in the last, with {kept} messages kept. That is {each:.1} bytes for each kept \
             message, in every visit.",
            say::bytes(first.around),
            say::bytes(end.around),
        ),
        match more {
            Some(visit) => format!(
                "In visit {} it was more than the new mail itself for the first time, with {} messages kept.",
                visit + 1,
                visit as u32 * NEW_EACH
            ),
            None => {
                format!("In no visit was it more than the new mail itself, with up to {kept} messages kept.")
            }
        },
        format!(
            "An IMAP client that remembers the next UID asks for nothing else: {} beside the messages in the first visit, \
             {} in the last. A POP3 client that deletes needs {} and {}.",
            say::bytes(at(IMAP, 1).around),
            say::bytes(at(IMAP, last).around),
            say::bytes(at(DELETE, 1).around),
            say::bytes(at(DELETE, last).around),
        ),
    ]
}

fn table(plan: &Comparison, visits: &[Vec<Visit>], new: &[u64]) -> Table {
    let mut columns = vec![
        Column::integer("visit", ""),
        Column::integer("kept", "messages"),
        Column::integer("new_mail", "bytes"),
        Column::integer("uidl_content", "bytes"),
    ];
    columns
        .extend(["uidl_around", "imap_around", "delete_around"].map(|name| Column::integer(name, "bytes")));
    columns.extend(
        ["uidl_connected_s", "imap_connected_s", "delete_connected_s"]
            .map(|name| Column::decimal(name, "s", 2)),
    );
    let mut table =
        Table::results("c36: what each visit brings down, with all mail left on the server", columns);
    for visit in SHOWN {
        let of = |strategy: usize| visits[strategy].get(visit - 1).copied().unwrap_or_default();
        let mut row: Vec<Cell> = vec![
            visit.into(),
            ((visit - 1) * NEW_EACH as usize).into(),
            new.get(visit - 1).copied().into(),
            of(UIDL).content.into(),
        ];
        row.extend([UIDL, IMAP, DELETE].map(|strategy| Cell::from(of(strategy).around)));
        row.extend([UIDL, IMAP, DELETE].map(|strategy| Cell::from(of(strategy).connected)));
        table.push(row);
    }
    table.note(
        "uidl: pop3-leave-uidl; imap: imap-fetch-all, which remembers UIDs; delete: pop3-fetch-all-delete, which keeps \
         nothing on the server. content: messages' own bytes; around: all else that the server says.",
    );
    say::rest(&mut table, plan.rests_on());
    table
}

fn charts(plan: &Comparison, visits: &[Vec<Visit>], new: &[u64]) -> Vec<(String, String)> {
    let steps = |values: &mut dyn Iterator<Item = u64>| -> Vec<(f64, f64)> {
        values.enumerate().map(|(at, value)| (at as f64, value as f64)).collect()
    };
    let around = |strategy: usize| steps(&mut visits[strategy].iter().map(|visit| visit.around));
    let heading = Heading::new(
        "c36: finding out what is new, with all mail left on the server",
        "Bytes that the server says in each visit beside the messages themselves; and the new mail of each visit.",
    );
    let stairs = Stairs {
        heading: plan.rests_on().into_iter().fold(heading, Heading::note),
        x_name: "visit".to_owned(),
        x_unit: Unit::Count(String::new()),
        unit: Unit::Bytes,
        x_end: f64::from(VISITS),
        stairs: vec![
            Stair { name: "POP3 with UIDL".to_owned(), steps: around(UIDL) },
            Stair { name: "IMAP by UID".to_owned(), steps: around(IMAP) },
            Stair { name: "the new mail".to_owned(), steps: steps(&mut new.iter().copied()) },
        ],
        crossings: Vec::new(),
        moments: Vec::new(),
    };
    vec![("visits".to_owned(), stairs.svg())]
}
