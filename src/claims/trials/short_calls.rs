//! c35: is POP made for users with short, temporary connections?

use super::say;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::{collect, comparison};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::compare::{Comparison, Run};
use crate::lesson::Lesson;
use crate::scenario::{self, Choice, Habits, MailSource, Scenario, Size};

/// POP3 in three ways of using it, then IMAP in three.
const STRATEGIES: [&str; 6] = [
    "pop3-fetch-all-delete",
    "pop3-leave-uidl",
    "pop3-online",
    "imap-fetch-all",
    "imap-headers-first",
    "imap-online",
];
const POP3: std::ops::Range<usize> = 0..3;
const IMAP: std::ops::Range<usize> = 3..6;
const LINK: &str = "v34-28800:plain";
/// After how many bytes of packets every call is cut, the kindest first. `None` is never.
const CUTS: [Option<u32>; 5] = [None, Some(200_000), Some(100_000), Some(60_000), Some(40_000)];

/// Forty messages of text, of which each is read and none answered.
pub(super) fn mailbox(scenario: &Scenario) -> Scenario {
    Scenario {
        mailbox: MailSource::Generated {
            period: "1998".to_owned(),
            messages: 40,
            attachments: Some(0.0),
            size: Size::Mean(3_000),
            attached: None,
        },
        habits: Habits { reads: Choice::Share(1.0), answers: Choice::Count(0), ..scenario.habits.clone() },
        ..scenario.clone()
    }
}

/// What came of calls that are cut; a client may give up.
struct Cut {
    plan: Comparison,
    /// By strategy.
    runs: Vec<Run>,
}

impl Cut {
    /// The run of a strategy, if all mail came.
    fn done(&self, strategy: usize) -> Option<&Run> {
        self.runs.get(strategy).filter(|run| run.outcome.is_ok())
    }

    /// Content that came down, if all did.
    fn content(&self, strategy: usize) -> u64 {
        self.done(strategy).map_or(0, |run| run.metrics.content_bytes.down)
    }
}

/// Content that came down beyond what does when no call is cut.
fn again(sweep: &[Cut], cut: &Cut, strategy: usize) -> u64 {
    cut.content(strategy).saturating_sub(sweep.first().map_or(0, |never| never.content(strategy)))
}

/// c35: every call is cut after so many bytes.
pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = mailbox(&scenario::built_in("faq-two-calls")?);
    let mail = scenario.mail()?;
    let plans = CUTS.iter().map(|cut| {
        let mut plan = comparison(&scenario, &mail, &STRATEGIES, &[LINK], &[])?;
        if let Some(bytes) = cut {
            plan.calls = plan.calls.with_drop(&format!("byte={bytes},call=every"), "the trial")?;
        }
        Ok(plan)
    });
    let sweep = plans
        .collect::<Result<Vec<Comparison>, Lesson>>()?
        .into_iter()
        .map(|plan| {
            let run = |job| plan.run(job).map_err(|diverged| Lesson::new(diverged.to_string()));
            Ok(Cut { runs: collect(workers, plan.jobs(), run)?, plan })
        })
        .collect::<Result<Vec<Cut>, Failure>>()?;

    let least: Vec<Option<u32>> = (0..STRATEGIES.len())
        .map(|strategy| {
            let cuts = CUTS.iter().zip(&sweep);
            cuts.filter(|(_, cut)| cut.done(strategy).is_some()).filter_map(|(bytes, _)| *bytes).min()
        })
        .collect();
    let best =
        |range: std::ops::Range<usize>| least.get(range).into_iter().flatten().flatten().min().copied();
    let said = |least: Option<u32>| match least {
        Some(bytes) => format!("calls of {}", say::bytes(bytes.into())),
        None => "no call that is cut".to_owned(),
    };
    let mut region: Vec<String> = STRATEGIES
        .iter()
        .zip(&least)
        .enumerate()
        .map(|(strategy, (name, least))| {
            let shortest = sweep.iter().rfind(|cut| cut.done(strategy).is_some());
            let twice = shortest.map_or(0, |cut| again(&sweep, cut, strategy));
            format!(
                "{name} gets all mail with {}; in the shortest, {} crossed twice.",
                said(*least),
                say::bytes(twice)
            )
        })
        .collect();
    region.push(
        "What decides is whether a client remembers what it has, by unique-id or UID, and asks for one message at a time. \
         POP3 deletes nothing without QUIT (RFC 1939 §6), so whoever counts on deletion begins anew."
            .to_owned(),
    );
    let usual = least.first().copied().flatten();
    let verdict = match (usual, best(POP3), best(IMAP)) {
        (Some(usual), _, imap) if imap.is_none_or(|imap| usual <= imap) => Verdict::Holds,
        (_, Some(_), _) => Verdict::DependsOn("whether the client remembers what it has".to_owned()),
        _ => Verdict::Fails,
    };
    Ok(Findings { verdict, region, tables: vec![cut_table(&sweep)], charts: cut_charts(&sweep) })
}

fn cut_table(sweep: &[Cut]) -> Table {
    let mut table = Table::results(
        "c35: forty messages over calls that are cut",
        vec![
            Column::text("cut_after"),
            Column::text("strategy"),
            Column::text("mail"),
            Column::integer("calls", ""),
            Column::integer("content_again", "bytes"),
            Column::decimal("connected_s", "s", 0),
        ],
    );
    for (bytes, cut) in CUTS.iter().zip(sweep) {
        for (strategy, name) in STRATEGIES.iter().enumerate() {
            let done = cut.done(strategy);
            table.push(vec![
                bytes.map_or("never".to_owned(), |bytes| say::bytes(bytes.into())).into(),
                (*name).into(),
                if done.is_some() { "all there" } else { "gave up" }.into(),
                done.map(|run| run.metrics.calls).into(),
                done.map(|_| again(sweep, cut, strategy)).into(),
                done.map_or(Cell::Empty, |run| run.metrics.connected.into()),
            ]);
        }
    }
    table.note("cut_after: bytes of IP packets, both ways, after which every call drops. content_again: beyond what came when no call was cut.");
    say::rest(&mut table, rests_on(sweep));
    table
}

fn cut_charts(sweep: &[Cut]) -> Vec<(String, String)> {
    let panels = CUTS.iter().zip(sweep).map(|(bytes, cut)| {
        let name =
            bytes.map_or("never cut".to_owned(), |bytes| format!("cut after {}", say::bytes(bytes.into())));
        let on_line = |strategy| cut.done(strategy).map(|run| run.metrics.connected.as_secs_f64());
        (name, (0..STRATEGIES.len()).map(on_line).collect())
    });
    let panels = panels.collect();
    let svg = say::dots(
        "c35: mail over calls that are cut",
        "Time on line until all forty messages are there; no dot: given up.",
        Unit::Seconds,
        "time on line",
        STRATEGIES.map(str::to_owned).to_vec(),
        panels,
        rests_on(sweep),
    );
    vec![("cuts".to_owned(), svg)]
}

/// What the figures rest on, once each.
fn rests_on(sweep: &[Cut]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in sweep.iter().flat_map(|cut| cut.plan.rests_on()) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
