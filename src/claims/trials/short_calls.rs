//! c35: is POP made for users with short, temporary connections? And c32: is IMAP the more reliable transport?

use super::say;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::{Runs, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::compare::Run;
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
/// The shares of packets that are lost on the lossy lines.
const LOSSES: [&str; 4] = ["0", "0.01", "0.03", "0.05"];
/// Noise differs from run to run: each share is tried with so many seeds.
const SEEDS: u32 = 8;

fn mailbox(scenario: &Scenario) -> Scenario {
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
    let sweep = run_all(workers, plans.collect::<Result<_, Lesson>>()?)?;

    let least: Vec<Option<u32>> = (0..STRATEGIES.len())
        .map(|strategy| {
            let survives = |(_, runs): &(&Option<u32>, &Runs)| runs.of(strategy, 0).outcome.is_ok();
            CUTS.iter().zip(&sweep).skip(1).filter(survives).filter_map(|(cut, _)| *cut).min()
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
            let again = CUTS.iter().zip(&sweep).rfind(|(_, runs)| runs.of(strategy, 0).outcome.is_ok());
            let again = again.map_or(0, |(_, runs)| again_bytes(runs, strategy));
            format!(
                "{name} gets all mail with {}; in the shortest, {} crossed twice.",
                said(*least),
                say::bytes(again)
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

/// Content that came down beyond what there is.
fn again_bytes(runs: &Runs, strategy: usize) -> u64 {
    runs.of(strategy, 0).metrics.content_bytes.down.saturating_sub(runs.octets())
}

fn cut_table(sweep: &[Runs]) -> Table {
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
    for (cut, runs) in CUTS.iter().zip(sweep) {
        for (strategy, name) in STRATEGIES.iter().enumerate() {
            let run = runs.of(strategy, 0);
            let done = run.outcome.is_ok();
            let figure = |figure: Cell| if done { figure } else { Cell::Empty };
            table.push(vec![
                cut.map_or("never".to_owned(), |bytes| say::bytes(bytes.into())).into(),
                (*name).into(),
                if done { "all there" } else { "gave up" }.into(),
                run.metrics.calls.into(),
                figure(again_bytes(runs, strategy).into()),
                figure(run.metrics.connected.into()),
            ]);
        }
    }
    table.note("cut_after: bytes of IP packets, both ways, after which every call drops. A reader calls again ten times at most in a row without success.");
    say::rest(&mut table, say::rests_on(sweep));
    table
}

fn cut_charts(sweep: &[Runs]) -> Vec<(String, String)> {
    let panels = CUTS
        .iter()
        .zip(sweep)
        .map(|(cut, runs)| {
            let name =
                cut.map_or("never cut".to_owned(), |bytes| format!("cut after {}", say::bytes(bytes.into())));
            let calls = |strategy: usize| {
                let run = runs.of(strategy, 0);
                run.outcome.is_ok().then_some(run.metrics.connected.as_secs_f64())
            };
            (name, (0..STRATEGIES.len()).map(calls).collect())
        })
        .collect();
    let svg = say::dots(
        "c35: mail over calls that are cut",
        "Time on line until all forty messages are there; no dot: given up.",
        Unit::Seconds,
        "time on line",
        STRATEGIES.map(str::to_owned).to_vec(),
        panels,
        say::rests_on(sweep),
    );
    vec![("cuts".to_owned(), svg)]
}

/// c32: lines that lose packets.
pub fn run_lossy(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = mailbox(&scenario::built_in("faq-two-calls")?);
    let mail = scenario.mail()?;
    let links: Vec<String> = LOSSES
        .iter()
        .flat_map(|loss| {
            (0..SEEDS).map(move |seed| format!("rate=28800,delay=55ms,framing=ppp,loss={loss},seed={seed}"))
        })
        .collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let runs = run_all(
        workers,
        vec![comparison(&scenario, &mail, &[STRATEGIES[0], STRATEGIES[3], STRATEGIES[4]], &links, &[])?],
    )?
    .swap_remove(0);
    let names: Vec<&str> = runs.comparison.strategies.iter().map(|row| row.name).collect();
    let rows: Vec<Vec<Lossy>> = (0..names.len())
        .map(|strategy| (0..LOSSES.len()).map(|loss| Lossy::of(&runs, strategy, loss)).collect())
        .collect();

    let failed: u32 = rows.iter().flatten().map(|row| row.failed).sum();
    let slower = |strategy: usize, loss: usize| match (
        rows.get(strategy),
        rows.get(strategy).and_then(|row| row.get(loss)),
    ) {
        (Some(row), Some(lossy)) => {
            say::ratio_of_times(lossy.mean, row.first().map_or(lossy.mean, |clean| clean.mean))
        }
        _ => 1.0,
    };
    let last = LOSSES.len() - 1;
    let region = vec![
        format!("Of {} runs over lines that lose up to 5 % of their packets {failed} did not end well.", rows.len() * LOSSES.len() * SEEDS as usize),
        format!(
            "Loss makes both slower, by what TCP needs to notice and to send again: at 5 % {} times the time of the clean line \
             for {}, {} times for {}, {} times for {} (means over {SEEDS} seeds).",
            say::times(slower(0, last)),
            names.first().unwrap_or(&""),
            say::times(slower(1, last)),
            names.get(1).unwrap_or(&""),
            say::times(slower(2, last)),
            names.get(2).unwrap_or(&""),
        ),
        "Neither protocol has a transport of its own: what arrives, and when, is TCP's. Where they differ is how long a pause \
         they wait for, at which TCP is asked once and at which many times."
            .to_owned(),
    ];
    let gains = (1..LOSSES.len()).all(|loss| slower(1, loss) < 0.9 * slower(0, loss));
    let verdict = if gains { Verdict::Holds } else { Verdict::Fails };
    Ok(Findings {
        verdict,
        region,
        tables: vec![lossy_table(&runs, &names, &rows)],
        charts: lossy_charts(&runs, &names, &rows),
    })
}

/// What came of one strategy at one share of loss, over all seeds.
struct Lossy {
    mean: crate::time::Duration,
    repeated: u64,
    failed: u32,
}

impl Lossy {
    fn of(runs: &Runs, strategy: usize, loss: usize) -> Self {
        let each: Vec<&Run> =
            (0..SEEDS as usize).map(|seed| runs.of(strategy, loss * SEEDS as usize + seed)).collect();
        let nanos: u64 = each.iter().map(|run| run.metrics.connected.as_nanos()).sum();
        Self {
            mean: crate::time::Duration::from_nanos(nanos / u64::from(SEEDS)),
            repeated: each.iter().map(|run| run.metrics.repeated_packets.sum()).sum::<u64>()
                / u64::from(SEEDS),
            failed: each.iter().filter(|run| run.outcome.is_err()).count() as u32,
        }
    }
}

fn lossy_table(runs: &Runs, names: &[&str], rows: &[Vec<Lossy>]) -> Table {
    let mut table = Table::results(
        "c32: forty messages over lines that lose packets",
        vec![
            Column::text("strategy"),
            Column::text("loss"),
            Column::decimal("connected_s", "s", 1),
            Column::integer("repeated_packets", ""),
            Column::integer("failed", "runs"),
        ],
    );
    for (name, row) in names.iter().zip(rows) {
        for (loss, lossy) in LOSSES.iter().zip(row) {
            table.push(vec![
                (*name).into(),
                (*loss).into(),
                lossy.mean.into(),
                lossy.repeated.into(),
                lossy.failed.into(),
            ]);
        }
    }
    table.note(format!("Means over {SEEDS} seeds of the noise; failed: of so many runs."));
    say::rest(&mut table, runs.comparison.rests_on().into_iter().take(1).collect());
    table
}

fn lossy_charts(runs: &Runs, names: &[&str], rows: &[Vec<Lossy>]) -> Vec<(String, String)> {
    let panels = names
        .iter()
        .zip(rows)
        .map(|(name, row)| {
            ((*name).to_owned(), row.iter().map(|lossy| Some(lossy.mean.as_secs_f64())).collect())
        })
        .collect();
    let svg = say::dots(
        "c32: what loss costs, by protocol",
        &format!("Time on line, mean over {SEEDS} seeds, by the share of packets lost."),
        Unit::Seconds,
        "time on line",
        LOSSES.map(|loss| format!("loss {loss}")).to_vec(),
        panels,
        runs.comparison.rests_on().into_iter().take(1).collect(),
    );
    vec![("loss".to_owned(), svg)]
}
