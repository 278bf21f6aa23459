//! c18: does whoever gets little mail have to care how long POP3 takes?

use super::say;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::{self, Runs, collect, comparison, last_that, octets, run as run_all};
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::scenario::{self, Choice, Habits, MailSource, NewMail, Scenario, Size};
use crate::time::Duration;

const STRATEGIES: [&str; 2] = ["pop3-fetch-all-delete", "imap-fetch-all"];

// Their places.
const POP3: usize = 0;
const IMAP: usize = 1;

const LINKS: [&str; 5] =
    ["bell212a-1200", "v22bis-2400", "gsm-csd-9600:plain", "v34-28800:plain", "isdn-64k"];

/// The wait that nobody minds: the FAQ's own measure is the one-minute call.
const PATIENCE: Duration = Duration::from_secs(60);

/// Little mail.
const LITTLE: u32 = 3;

/// The largest mailbox tried.
const MOST: u32 = 200;

/// The sizes of mailboxes in the table.
const SIZES: [u32; 5] = [1, LITTLE, 10, 30, 100];

/// Kinds of mail: the share of messages with an attachment.
const KINDS: [(&str, f64); 2] = [("text only", 0.0), ("an attachment each", 1.0)];

pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
    let scenario = scenario::built_in("little-mail")?;
    let mut mails = Vec::new();
    for (_, attachments) in KINDS {
        let mailbox = MailSource::Generated {
            period: "1998".to_owned(),
            messages: MOST,
            attachments: Some(attachments),
            size: Size::OfPeriod,
            attached: None,
        };
        mails.push(Scenario { mailbox, ..scenario.clone() }.mail()?);
    }
    // Reading takes no time here, so that the last message is read when the wait is over.
    let waiting = Scenario { habits: Habits::default(), ..scenario.clone() };
    let at_once = Habits { reads: Choice::Share(1.0), ..waiting.habits.clone() };
    let waiting = Scenario { habits: at_once, ..waiting };

    let mut plans = Vec::new();
    for mail in &mails {
        for size in SIZES {
            plans.push(comparison(&waiting, first(mail, size), &STRATEGIES, &LINKS, &[])?);
        }
    }
    let runs = run_all(workers, plans)?;

    // The longer the mailbox, the longer the wait: the mailbox of n messages begins with that of n − 1.
    let most = collect(workers, KINDS.len() * LINKS.len(), |nth| {
        let (kind, link) = (nth / LINKS.len(), nth % LINKS.len());
        last_that(MOST, |size| {
            let plan =
                comparison(&waiting, first(&mails[kind], size), &STRATEGIES[..1], &[LINKS[link]], &[])?;
            Ok(wait_of(&bench::one(&plan, POP3)?) <= PATIENCE)
        })
    })?;

    Ok(Findings {
        verdict: verdict(&runs),
        region: region(&runs, &most),
        tables: vec![waits(&runs, scenario.habits.think), limits(&mails, &most)],
        charts: charts(&runs),
    })
}

fn first(mail: &[NewMail], size: u32) -> &[NewMail] {
    mail.get(..size as usize).unwrap_or(mail)
}

/// From dialling until all mail is there and the line is down.
fn wait_of(run: &crate::compare::Run) -> Duration {
    run.metrics.done.unwrap_or_default()
}

fn of(runs: &[Runs], kind: usize, size: usize, link: usize) -> Duration {
    wait_of(runs[kind * SIZES.len() + size].of(POP3, link))
}

fn verdict(runs: &[Runs]) -> Verdict {
    let little = SIZES.iter().position(|size| *size == LITTLE).unwrap_or(0);
    let short =
        |kind: usize| (0..LINKS.len()).filter(|link| of(runs, kind, little, *link) <= PATIENCE).count();
    let counts: Vec<usize> = (0..KINDS.len()).map(short).collect();
    match counts.iter().sum::<usize>() {
        0 => Verdict::Fails,
        all if all == KINDS.len() * LINKS.len() => Verdict::Holds,
        _ if counts[0] == LINKS.len() => Verdict::DependsOn(
            "attachments: little mail is soon there unless something is attached to it".to_owned(),
        ),
        _ => Verdict::DependsOn("the rate of the line and on what is attached".to_owned()),
    }
}

fn region(runs: &[Runs], most: &[u32]) -> Vec<String> {
    let little = SIZES.iter().position(|size| *size == LITTLE).unwrap_or(0);
    let mut region = Vec::new();
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        let weight = say::bytes(runs[kind * SIZES.len() + little].octets());
        let waits: Vec<String> = LINKS
            .iter()
            .enumerate()
            .map(|(link, link_name)| format!("{} over {link_name}", say::time(of(runs, kind, little, link))))
            .collect();
        let imap: Vec<String> = (0..LINKS.len())
            .map(|link| say::time(wait_of(runs[kind * SIZES.len() + little].of(IMAP, link))))
            .collect();
        let alike = (0..LINKS.len()).all(|link| {
            let [pop3, imap] =
                [POP3, IMAP].map(|strategy| wait_of(runs[kind * SIZES.len() + little].of(strategy, link)));
            (0.85..1.15).contains(&say::ratio_of_times(imap, pop3))
        });
        let blame = if alike { ": a wait that is too long is the line's doing, not POP3's" } else { "" };
        region.push(format!(
            "Three messages, {name} ({weight} in all), take {}. By IMAP, fetched whole, they take {}{blame}.",
            say::list(&waits),
            say::list(&imap)
        ));
        let limits: Vec<String> = LINKS
            .iter()
            .zip(&most[kind * LINKS.len()..])
            .map(|(link, most)| format!("{} over {link}", up_to(*most)))
            .collect();
        region.push(format!("Within one minute, {name}: {}.", say::list(&limits)));
    }
    region
}

fn up_to(most: u32) -> String {
    match most {
        0 => "not even one message".to_owned(),
        1 => "one message".to_owned(),
        MOST => format!("{MOST} messages or more"),
        n => format!("up to {n} messages"),
    }
}

fn waits(runs: &[Runs], think: Duration) -> Table {
    let mut columns = vec![
        Column::text("mail"),
        Column::integer("messages", ""),
        Column::decimal("size_kB", "kB", 1),
        Column::decimal("reading_s", "s", 0),
    ];
    columns.extend(LINKS.iter().map(|link| Column::decimal(*link, "s", 1)));
    let mut table = Table::results("c18: how long POP3 lets one wait", columns);
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        for (at, size) in SIZES.iter().enumerate() {
            let kilobytes = i128::from(runs[kind * SIZES.len() + at].octets()) * 1_000_000;
            let reading = think.saturating_mul(u64::from(*size));
            let mut row: Vec<Cell> =
                vec![(*name).into(), (*size).into(), Cell::Nanos(kilobytes), reading.into()];
            row.extend((0..LINKS.len()).map(|link| Cell::from(of(runs, kind, at, link))));
            table.push(row);
        }
    }
    table.note(
        "Seconds from dialling, set-up of the call and of the modem included, until the last message is there. \
         reading_s: what reading them takes, at half a minute a message. A wait above 60 s is one that people mind.",
    );
    say::rest(&mut table, say::rests_on(runs));
    table
}

fn limits(mails: &[Vec<NewMail>], most: &[u32]) -> Table {
    let columns = vec![
        Column::text("mail"),
        Column::text("link"),
        Column::integer("messages_within_1min", ""),
        Column::decimal("size_kB", "kB", 1),
    ];
    let mut table = Table::results("c18: the largest mailbox that POP3 fetches within a minute", columns);
    for (kind, (name, _)) in KINDS.iter().enumerate() {
        for (link, most) in LINKS.iter().zip(&most[kind * LINKS.len()..]) {
            let kilobytes = i128::from(octets(first(&mails[kind], *most))) * 1_000_000;
            table.push(vec![(*name).into(), (*link).into(), (*most).into(), Cell::Nanos(kilobytes)]);
        }
    }
    table.note(format!(
        "Bisected: one message more takes longer than a minute. {MOST} messages were the most tried."
    ));
    table
}

fn charts(runs: &[Runs]) -> Vec<(String, String)> {
    let rows =
        KINDS.iter().flat_map(|(name, _)| SIZES.iter().map(move |size| format!("{size}, {name}"))).collect();
    let panels = LINKS
        .iter()
        .enumerate()
        .map(|(link, name)| {
            let waits = runs.iter().map(|runs| Some(wait_of(runs.of(POP3, link)).as_secs_f64())).collect();
            ((*name).to_owned(), waits)
        })
        .collect();
    let svg = say::dots(
        "c18: how long POP3 lets one wait",
        "Seconds from dialling until the last message is there, by number of messages.",
        Unit::Seconds,
        "all mail there",
        rows,
        panels,
        say::rests_on(runs),
    );
    vec![("wait".to_owned(), svg)]
}
