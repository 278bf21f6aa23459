//! c33: are headers without messages the most efficient use of connect time?

use super::say;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::{Runs, comparison, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::scenario::{self, Choice, Habits, MailSource, Scenario, Size};

const STRATEGIES: [&str; 6] = [
    "imap-headers-first",
    "imap-text-parts",
    "imap-fetch-all",
    "pop3-top-then-retr",
    "pop3-fetch-all-delete",
    "imap-online",
];
// Their places.
const HEADERS: usize = 0;
const TEXT_PARTS: usize = 1;
const FETCH_ALL: usize = 2;
const TOP: usize = 3;
const POP3: usize = 4;
const ON_LINE: usize = 5;
const LINK: &str = "v34-28800:plain";

/// How many of a hundred messages are read.
const PERCENT: [u32; 10] = [1, 5, 10, 20, 40, 60, 70, 80, 90, 100];

/// Kinds of mail: the share of messages with an attachment; none stands for the period's own.
const KINDS: [(&str, Option<f64>); 2] = [("text only", Some(0.0)), ("as of 1998", None)];

const MESSAGES: u32 = 200;

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = scenario::built_in("much-mail")?;
    let mut plans = Vec::new();
    for (_, attachments) in KINDS {
        let mailbox = MailSource::Generated {
            period: "1998".to_owned(),
            messages: MESSAGES,
            attachments,
            size: Size::OfPeriod,
            attached: None,
        };
        let scenario = Scenario { mailbox, ..scenario.clone() };
        let mail = scenario.mail()?;
        for percent in PERCENT {
            // Nothing is answered and nothing deleted: the line is there to get mail.
            let habits = Habits {
                reads: Choice::Count(MESSAGES * percent / 100),
                answers: Choice::Count(0),
                deletes: scenario::Deletes::None,
                ..scenario.habits.clone()
            };
            let scenario = Scenario { habits, ..scenario.clone() };
            plans.push(comparison(&scenario, &mail, &STRATEGIES, &[LINK], &[])?);
        }
    }
    let runs = run_all(workers, plans)?;
    let kinds: Vec<&[Runs]> = runs.chunks(PERCENT.len()).collect();
    let best = |rivals: &[usize]| {
        let leads = |runs: &Runs| rivals.iter().all(|rival| !ahead(runs, *rival));
        runs.iter().filter(|runs| leads(runs)).count()
    };
    let verdict = match (best(&[FETCH_ALL, POP3]), best(&[FETCH_ALL, POP3, TEXT_PARTS])) {
        (0, _) => Verdict::Fails,
        (_, most) if most == runs.len() => Verdict::Holds,
        _ => Verdict::DependsOn(
            "how much is read, what is attached, and whether one hangs up to read".to_owned(),
        ),
    };
    Ok(Findings {
        verdict,
        region: kinds.iter().zip(KINDS).flat_map(|(kind, (name, _))| region(kind, name)).collect(),
        tables: vec![table(&kinds, &runs)],
        charts: charts(&kinds, &runs),
    })
}

/// True if a strategy has the line up for less time than headers first.
fn ahead(runs: &Runs, strategy: usize) -> bool {
    runs.connected(strategy, 0) < runs.connected(HEADERS, 0)
}

/// Octets of the messages read that the reader looks at.
fn wanted(runs: &Runs) -> u64 {
    runs.comparison
        .interest()
        .messages
        .values()
        .filter(|worth| worth.wanted)
        .map(|worth| worth.looked_at)
        .sum()
}

/// Seconds on line for each 1,000 bytes that were wanted, in 10⁻⁹.
fn each_kilobyte(runs: &Runs, strategy: usize) -> Cell {
    let nanos = i128::from(runs.connected(strategy, 0).as_nanos());
    match i128::from(wanted(runs)) {
        0 => Cell::Empty,
        wanted => Cell::Nanos(nanos * 1000 / wanted),
    }
}

/// From which share on a strategy is ahead of headers first, of the shares tried.
fn ahead_from(kind: &[Runs], strategy: usize) -> String {
    let behind = kind.iter().rposition(|runs| !ahead(runs, strategy));
    match PERCENT.get(behind.map_or(0, |at| at + 1)) {
        Some(percent) if behind.is_none() => format!("from {percent} % read on, the least tried"),
        Some(percent) => format!("only from {percent} % read on"),
        None => "at no share".to_owned(),
    }
}

fn region(kind: &[Runs], name: &str) -> Vec<String> {
    let tenth = PERCENT.iter().position(|percent| *percent == 10).unwrap_or(0);
    let runs = &kind[tenth];
    let said = |strategy: usize| say::time(runs.connected(strategy, 0));
    vec![
        format!(
            "Mail {name}, 10 % of {MESSAGES} messages read over {LINK}: headers first {}, text parts {}, IMAP fetch-all {}, \
             POP3 by TOP {}, POP3 fetch-all {} on line; headers first with the line up while reading {}.",
            said(HEADERS),
            said(TEXT_PARTS),
            said(FETCH_ALL),
            said(TOP),
            said(POP3),
            said(ON_LINE),
        ),
        format!(
            "There headers first loses to fetching everything in one command {}, to POP3's fetch-all {}, to fetching text \
             parts {}, to POP3 by TOP {}.",
            ahead_from(kind, FETCH_ALL),
            ahead_from(kind, POP3),
            ahead_from(kind, TEXT_PARTS),
            ahead_from(kind, TOP),
        ),
    ]
}

fn table(kinds: &[&[Runs]], runs: &[Runs]) -> Table {
    let mut columns =
        vec![Column::text("mail"), Column::decimal("read", "%", 0), Column::decimal("wanted_kB", "kB", 1)];
    columns.extend(STRATEGIES.iter().map(|name| Column::decimal(*name, "s/kB", 2)));
    let mut table = Table::results("c33: seconds on line for each 1,000 bytes that were wanted", columns);
    for (kind, (name, _)) in kinds.iter().zip(KINDS) {
        for (runs, percent) in kind.iter().zip(PERCENT) {
            let mut row: Vec<Cell> = vec![
                name.into(),
                say::cell(f64::from(percent)),
                Cell::Nanos(i128::from(wanted(runs)) * 1_000_000),
            ];
            row.extend((0..STRATEGIES.len()).map(|strategy| each_kilobyte(runs, strategy)));
            table.push(row);
        }
    }
    table.note(
        "wanted: header and text of the messages read; attachments stay closed. The line of imap-online stays up while \
         the reader reads.",
    );
    say::rest(&mut table, say::rests_on(runs));
    table
}

fn charts(kinds: &[&[Runs]], runs: &[Runs]) -> Vec<(String, String)> {
    let panel = |percent: u32, name: &str, runs: &Runs| {
        let values =
            (0..STRATEGIES.len()).map(|strategy| Some(runs.connected(strategy, 0).as_secs_f64())).collect();
        (format!("{name}, {percent} % read"), values)
    };
    let panels = kinds
        .iter()
        .zip(KINDS)
        .flat_map(|(kind, (name, _))| {
            kind.iter()
                .zip(PERCENT)
                .filter(|(_, percent)| [1, 10, 40, 80, 100].contains(percent))
                .map(move |(runs, percent)| panel(percent, name, runs))
        })
        .collect();
    let svg = say::dots(
        "c33: time on line to get the mail that is wanted",
        &format!("Of {MESSAGES} messages over {LINK}; seconds from answer to hang-up."),
        Unit::Seconds,
        "on line",
        STRATEGIES.map(str::to_owned).to_vec(),
        panels,
        say::rests_on(runs),
    );
    vec![("online".to_owned(), svg)]
}
