//! c32: is IMAP the more reliable transport, with fewer time-outs?

use super::{say, short_calls};
use crate::chart::{Column, Table, Unit};
use crate::claims::bench::{Runs, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::compare::Run;
use crate::scenario::{self, Habits, Scenario};
use crate::time::Duration;

/// POP3, then IMAP in three ways; the last asks for one message at a time, as POP3 does, so that what the protocol
/// does can be told from what fewer turns do.
const STRATEGIES: [&str; 4] =
    ["pop3-fetch-all-delete", "imap-fetch-all", "imap-headers-first", "imap-online"];
const BY_TURNS: usize = 3;
/// The shares of packets that are lost; the first line is clean.
const LOSSES: [&str; 4] = ["0", "0.01", "0.03", "0.05"];
/// Noise differs from run to run: each share is tried with so many seeds.
const SEEDS: u32 = 16;

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = short_calls::mailbox(&scenario::built_in("faq-two-calls")?);
    // Nobody thinks: the time on line is the transport's.
    let habits = Habits { think: Duration::ZERO, think_per_kb: Duration::ZERO, ..scenario.habits.clone() };
    let scenario = Scenario { habits, ..scenario };
    let mail = scenario.mail()?;
    let links: Vec<String> = LOSSES
        .iter()
        .flat_map(|loss| {
            (0..SEEDS).map(move |seed| format!("rate=28800,delay=55ms,framing=ppp,loss={loss},seed={seed}"))
        })
        .collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    let runs =
        run_all(workers, vec![comparison(&scenario, &mail, &STRATEGIES, &links, &[])?])?.swap_remove(0);
    let names: Vec<&str> = runs.comparison.strategies.iter().map(|row| row.name).collect();
    let rows: Vec<Vec<Lossy>> = (0..names.len())
        .map(|strategy| (0..LOSSES.len()).map(|loss| Lossy::of(&runs, strategy, loss)).collect())
        .collect();

    // What loss adds to the time of the clean line, as a share.
    let adds = |strategy: usize, loss: usize| {
        let at = |loss: usize| rows.get(strategy).and_then(|row| row.get(loss)).map(|lossy| lossy.mean);
        say::ratio_of_times(at(loss).unwrap_or_default(), at(0).unwrap_or_default()) - 1.0
    };
    let mean = |strategy: usize| {
        (1..LOSSES.len()).map(|loss| adds(strategy, loss)).sum::<f64>() / (LOSSES.len() - 1) as f64
    };
    let last = LOSSES.len() - 1;
    let said: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(strategy, name)| format!("{} for {name}", say::percent(adds(strategy, last))))
        .collect();
    let region = vec![
        format!("All {} runs over lines that lose up to 5 % of their packets brought all mail.", runs.comparison.jobs()),
        format!(
            "Loss makes both slower, by what TCP needs to notice and to send again: at 5 % by {} (means over {SEEDS} seeds).",
            say::list(&said),
        ),
        "Neither protocol has a transport of its own: what arrives, and when, is TCP's affair. Whoever asks for one message \
         at a time has more last packets, behind which nothing follows that would show a gap; then only a timer helps."
            .to_owned(),
    ];
    let loses_less = |imap: usize| mean(imap) < 0.5 * mean(0);
    let verdict = match ((1..BY_TURNS).all(loses_less), loses_less(BY_TURNS)) {
        (true, true) => Verdict::Holds,
        (true, false) => Verdict::DependsOn("how many turns the client takes".to_owned()),
        (false, _) => Verdict::Fails,
    };
    Ok(Findings {
        verdict,
        region,
        tables: vec![lossy_table(&runs, &names, &rows)],
        charts: lossy_charts(&runs, &names, &rows),
    })
}

/// What came of one strategy at one share of loss, over all seeds.
struct Lossy {
    mean: Duration,
    repeated: u64,
}

impl Lossy {
    fn of(runs: &Runs, strategy: usize, loss: usize) -> Self {
        let each: Vec<&Run> =
            (0..SEEDS as usize).map(|seed| runs.of(strategy, loss * SEEDS as usize + seed)).collect();
        let nanos: u64 = each.iter().map(|run| run.metrics.connected.as_nanos()).sum();
        Self {
            mean: Duration::from_nanos(nanos / u64::from(SEEDS)),
            repeated: each.iter().map(|run| run.metrics.repeated_packets.sum()).sum::<u64>()
                / u64::from(SEEDS),
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
        ],
    );
    for (name, row) in names.iter().zip(rows) {
        for (loss, lossy) in LOSSES.iter().zip(row) {
            table.push(vec![(*name).into(), (*loss).into(), lossy.mean.into(), lossy.repeated.into()]);
        }
    }
    table.note(format!("Means over {SEEDS} seeds of the noise."));
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
