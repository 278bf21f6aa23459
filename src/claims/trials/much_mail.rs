//! c19: does IMAP lead when only some of much mail is read and answered?

use super::say;
use crate::chart::map::Verdict as Shown;
use crate::chart::scale::Spread;
use crate::chart::{Axis, Cell, Column, Heading, Map, Table, Unit};
use crate::claims::bench::{self, Runs, collect, comparison, last_that, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::lesson::Lesson;
use crate::scenario::{self, Choice, Habits, MailSource, NewMail, Scenario, Size};

const STRATEGIES: [&str; 3] = ["pop3-fetch-all-delete", "imap-headers-first", "pop3-top-then-retr"];
// Their places.
const POP3: usize = 0;
const IMAP: usize = 1;
const TOP: usize = 2;
const LINKS: [&str; 2] = ["v34-28800:plain", "v22bis-2400"];

/// How many messages there are.
const MAILBOXES: [u32; 4] = [5, 20, 50, 200];

/// From so many messages on it is much mail.
const MUCH: u32 = 50;

/// How many of twenty messages are read.
const TWENTIETHS: [u32; 5] = [2, 5, 10, 15, 20];

/// Kinds of mail: the share of messages with an attachment; none stands for the period's own.
const KINDS: [(&str, Option<f64>); 2] = [("text only", Some(0.0)), ("as of 1998", None)];

/// One mailbox with its reader.
struct Case {
    scenario: Scenario,
    kind: usize,
    messages: u32,
    mail: Vec<NewMail>,
}

impl Case {
    /// The same reader with so many of the messages read.
    fn reading(&self, count: u32) -> Scenario {
        let habits = Habits { reads: Choice::Count(count), ..self.scenario.habits.clone() };
        Scenario { habits, ..self.scenario.clone() }
    }
}

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let cases = cases()?;
    let mut plans = Vec::new();
    for case in &cases {
        for twentieths in TWENTIETHS {
            let count = (case.messages * twentieths).div_ceil(20);
            plans.push(comparison(&case.reading(count), &case.mail, &STRATEGIES, &LINKS, &[])?);
        }
    }
    let runs = run_all(workers, plans)?;
    // The more is read, the more IMAP has to fetch, while POP3 fetches everything anyway.
    let leads = collect(workers, cases.len() * LINKS.len(), |nth| {
        let (case, link) = (&cases[nth / LINKS.len()], LINKS[nth % LINKS.len()]);
        last_that(case.messages, |count| leads(case, count, link))
    })?;
    Ok(Findings {
        verdict: verdict(&cases, &leads),
        region: region(&cases, &leads, &runs),
        tables: vec![table(&cases, &runs), borders(&cases, &leads)],
        charts: charts(&cases, &runs, &leads),
    })
}

fn cases() -> Result<Vec<Case>, Lesson> {
    let scenario = scenario::built_in("much-mail")?;
    let mut cases = Vec::new();
    for (kind, (_, attachments)) in KINDS.iter().enumerate() {
        for messages in MAILBOXES {
            let mailbox = MailSource::Generated {
                period: "1998".to_owned(),
                messages,
                attachments: *attachments,
                size: Size::OfPeriod,
                attached: None,
            };
            let scenario = Scenario { mailbox, ..scenario.clone() };
            cases.push(Case { mail: scenario.mail()?, kind, messages, scenario });
        }
    }
    Ok(cases)
}

fn leads(case: &Case, count: u32, link: &str) -> Result<bool, Lesson> {
    let plan = comparison(&case.reading(count), &case.mail, &STRATEGIES[..2], &[link], &[])?;
    Ok(bench::one(&plan, IMAP)?.metrics.connected < bench::one(&plan, POP3)?.metrics.connected)
}

fn share(case: &Case, count: u32) -> f64 {
    f64::from(count) / f64::from(case.messages)
}

/// The claim is about much mail of which some, which is at most half, is read.
fn verdict(cases: &[Case], leads: &[u32]) -> Verdict {
    let much: Vec<bool> = cases
        .iter()
        .enumerate()
        .filter(|(_, case)| case.messages >= MUCH)
        .flat_map(|(at, case)| (0..LINKS.len()).map(move |link| (at, case, link)))
        .map(|(at, case, link)| share(case, leads[at * LINKS.len() + link]) >= 0.5)
        .collect();
    match much.iter().filter(|led| **led).count() {
        0 => Verdict::Fails,
        all if all == much.len() => Verdict::Holds,
        _ => Verdict::DependsOn("what the mail is like and the rate of the line".to_owned()),
    }
}

fn region(cases: &[Case], leads: &[u32], runs: &[Runs]) -> Vec<String> {
    let mut region = Vec::new();
    for (link, name) in LINKS.iter().enumerate() {
        for (kind, (mail, _)) in KINDS.iter().enumerate() {
            let of_kind = || cases.iter().enumerate().filter(|(_, case)| case.kind == kind);
            let most = |at: usize| leads[at * LINKS.len() + link];
            let said: Vec<String> =
                of_kind().map(|(at, case)| format!("{} of {}", most(at), case.messages)).collect();
            let lead = if of_kind().all(|(at, case)| most(at) == case.messages) {
                "however many of the messages are read".to_owned()
            } else {
                format!("as long as no more are read than {}", say::list(&said))
            };
            region.push(format!("Over {name}, mail {mail}: IMAP has the line up for less time {lead}."));
        }
    }
    let last = (MAILBOXES.len() - 1) * TWENTIETHS.len();
    let (few, all) = (&runs[last], &runs[last + TWENTIETHS.len() - 1]);
    let said = |runs: &Runs, strategy: usize| say::time(runs.connected(strategy, 0));
    region.push(format!(
        "With {} of 200 text messages read over {}, POP3 fetches everything in {}, IMAP takes {}; POP3 that chooses by TOP \
         takes {}. Choosing brings most of the lead, and asking for all headers in one command the rest.",
        few.of(IMAP, 0).metrics.read,
        LINKS[0],
        said(few, POP3),
        said(few, IMAP),
        said(few, TOP),
    ));
    region.push(format!(
        "With all 200 read it is {} against {}, and what is left of the lead is turns: POP3 takes {}, IMAP {}.",
        said(all, POP3),
        said(all, IMAP),
        all.of(POP3, 0).metrics.turns,
        all.of(IMAP, 0).metrics.turns,
    ));
    let half = &runs[TWENTIETHS.iter().position(|part| *part == 10).unwrap_or(0)];
    region.push(format!(
        "With little mail there is little to gain: of 5 messages {} read, {} by POP3 and {} by IMAP.",
        half.of(IMAP, 0).metrics.read,
        said(half, POP3),
        said(half, IMAP),
    ));
    region
}

fn table(cases: &[Case], runs: &[Runs]) -> Table {
    let mut columns =
        vec![Column::text("mail"), Column::integer("messages", ""), Column::integer("read", "")];
    for link in LINKS {
        let rate = short(link);
        columns.extend(
            ["pop3", "imap", "pop3_top"].map(|name| Column::decimal(format!("{name}_{rate}"), "s", 1)),
        );
        columns.push(Column::decimal(format!("imap_x_pop3_{rate}"), "×", 2));
    }
    let mut table = Table::results("c19: how long the line is up, by how much of the mail is read", columns);
    for (at, runs) in runs.iter().enumerate() {
        let case = &cases[at / TWENTIETHS.len()];
        let read = runs.of(IMAP, 0).metrics.read;
        let mut row: Vec<Cell> = vec![KINDS[case.kind].0.into(), case.messages.into(), read.into()];
        for link in 0..LINKS.len() {
            row.extend([POP3, IMAP, TOP].map(|strategy| Cell::from(runs.connected(strategy, link))));
            row.push(say::cell(say::ratio_of_times(runs.connected(IMAP, link), runs.connected(POP3, link))));
        }
        table.push(row);
    }
    table.note(format!(
        "Seconds on line over all calls, by {}, {} and {}; a quarter of what is read is answered in a second call. ×: below \
         1 IMAP leads.",
        STRATEGIES[POP3], STRATEGIES[IMAP], STRATEGIES[TOP],
    ));
    say::rest(&mut table, say::rests_on(runs));
    table
}

/// A link's name without what was left out: `v34-28800`.
fn short(link: &str) -> &str {
    link.trim_end_matches(":plain")
}

fn borders(cases: &[Case], leads: &[u32]) -> Table {
    let columns = vec![
        Column::text("mail"),
        Column::integer("messages", ""),
        Column::text("link"),
        Column::integer("imap_leads_up_to", "messages read"),
        Column::decimal("share", "%", 0),
    ];
    let mut table = Table::results("c19: up to where IMAP leads", columns);
    for (at, case) in cases.iter().enumerate() {
        for (link, name) in LINKS.iter().enumerate() {
            let most = leads[at * LINKS.len() + link];
            table.push(vec![
                KINDS[case.kind].0.into(),
                case.messages.into(),
                (*name).into(),
                most.into(),
                say::cell(share(case, most) * 100.0),
            ]);
        }
    }
    table.note(
        "Bisected: with one message more read, POP3's fetch-all has the line up for no more time than IMAP.",
    );
    table
}

fn charts(cases: &[Case], runs: &[Runs], leads: &[u32]) -> Vec<(String, String)> {
    let maps = KINDS.iter().enumerate().flat_map(|(kind, _)| (0..LINKS.len()).map(move |link| (kind, link)));
    maps.map(|(kind, link)| {
        let of_kind: Vec<(usize, &Case)> =
            cases.iter().enumerate().filter(|(_, case)| case.kind == kind).collect();
        let verdicts = of_kind
            .iter()
            .map(|(at, _)| {
                let row = &runs[at * TWENTIETHS.len()..(at + 1) * TWENTIETHS.len()];
                row.iter().map(|runs| better(runs, link)).collect()
            })
            .collect();
        let crossings = of_kind
            .iter()
            .map(|(at, case)| (leads[at * LINKS.len() + link], *case))
            .filter(|(most, case)| *most > 0 && *most < case.messages)
            .map(|(most, case)| {
                (share(case, most) + 0.5 / f64::from(case.messages), f64::from(case.messages))
            })
            .collect();
        let heading = Heading::new(
            "c19: who has the line up for less time",
            format!("Mail {}, over {}: POP3 fetches all, IMAP headers first.", KINDS[kind].0, LINKS[link]),
        );
        let map = Map {
            heading: say::rests_on(runs).into_iter().fold(heading, Heading::note),
            x: Axis {
                name: "share of the mail that is read".to_owned(),
                unit: Unit::Share,
                spread: Spread::Linear,
                values: TWENTIETHS.iter().map(|part| f64::from(*part) / 20.0).collect(),
            },
            y: Axis {
                name: "messages in the mailbox".to_owned(),
                unit: Unit::Count(String::new()),
                spread: Spread::Log,
                values: MAILBOXES.iter().map(|messages| f64::from(*messages)).collect(),
            },
            winners: vec![STRATEGIES[POP3].to_owned(), STRATEGIES[IMAP].to_owned()],
            verdicts,
            crossings,
            markers: Vec::new(),
            tie_name: "the same time".to_owned(),
        };
        let mail = if kind == 0 { "text" } else { "period" };
        (format!("map-{mail}-{}", short(LINKS[link])), map.svg())
    })
    .collect()
}

fn better(runs: &Runs, link: usize) -> Shown {
    match runs.connected(POP3, link).cmp(&runs.connected(IMAP, link)) {
        std::cmp::Ordering::Less => Shown::Winner(POP3),
        std::cmp::Ordering::Greater => Shown::Winner(IMAP),
        std::cmp::Ordering::Equal => Shown::Tie,
    }
}
