//! Claims about what a whole session takes, tried by scripts that are written for the purpose: c5 and c45.

use std::collections::BTreeMap;

use super::say;
use crate::chart::{Cell, Column, Table, Unit};
use crate::claims::bench::collect;
use crate::claims::{Failure, Findings, Verdict, Workers};
use crate::lesson::Lesson;
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::measure::metrics::Metrics;
use crate::scenario::{self, NewMail, Scenario};
use crate::script::{DEFAULT_TARIFF, Mode, Script, Setting, play};

/// The lines over which both are tried.
const LINKS: [&str; 4] = ["bell212a-1200", "v22bis-2400", "v34-28800:plain", "vsat-geo:plain"];

/// The mailbox that both are tried on.
const SCENARIO: &str = "faq-two-calls";

const LOGIN: &str = "C: USER alice\nS: +OK*\nC: PASS secret\nS: +OK*\nC: STAT\nS: +OK*\n";

fn took(scenario: &Scenario, mail: &[NewMail], link: &str, text: &str) -> Result<Metrics, Lesson> {
    let setting =
        Setting::new(scenario, mail.to_vec(), preset::resolve(link)?, Tariff::named(DEFAULT_TARIFF)?)?;
    let script = Script::parse("the trial's session", text.as_bytes())?;
    let played = play(&script, &setting, &BTreeMap::new(), Mode::Check)?;
    match played.failures.first() {
        Some(failure) => Err(failure.clone()),
        None => Ok(played.metrics),
    }
}

fn rests_on(scenario: &Scenario) -> String {
    format!("maillab {}, scenario {}, seed {}.", env!("CARGO_PKG_VERSION"), scenario.name, scenario.seed)
}

/// A table of metrics: a row for each link, number and way.
fn table(
    title: &str,
    number: Option<&'static str>,
    way: &'static str,
    rows: &[(&str, Option<u32>, &str, Metrics)],
) -> Table {
    let mut columns = vec![Column::text("link")];
    columns.extend(number.map(|name| Column::integer(name, "")));
    columns.extend([
        Column::text(way),
        Column::integer("turns", ""),
        Column::integer("round_trips", ""),
        Column::integer("app_bytes_up", "bytes"),
        Column::integer("app_bytes_down", "bytes"),
        Column::decimal("connected_s", "s", 2),
    ]);
    let mut table = Table::results(title.to_owned(), columns);
    for (link, count, way, metrics) in rows {
        let mut row: Vec<Cell> = vec![(*link).into()];
        row.extend(count.map(Cell::from));
        row.extend([
            (*way).into(),
            metrics.turns.into(),
            metrics.round_trips.into(),
            metrics.app_bytes.up.into(),
            metrics.app_bytes.down.into(),
            Cell::from(metrics.connected),
        ]);
        table.push(row);
    }
    table
}

/// c5: what does XTND XMIT spare?
pub mod xmit {
    use super::*;

    const ANSWERS: [u32; 5] = [1, 2, 3, 5, 10];
    const WAYS: [&str; 3] = ["XTND XMIT", "SMTP, lock-step", "SMTP, groups and chunks"];

    /// The text of an answer, without its end.
    fn answer(nth: u32) -> String {
        format!(
            "From: alice@example.org\nTo: alice@example.org\nSubject: Re: {nth}\n\nYes, on Tuesday. More when we meet.\n"
        )
    }

    fn said(text: &str) -> String {
        text.lines().map(|line| format!("C: {line}\n")).collect()
    }

    fn session(way: usize, answers: u32) -> String {
        let mut text = format!(":open pop3 --dialect popper\nS: +OK*\n{LOGIN}");
        let quit = "C: QUIT\nS: +OK*\n";
        let mail = "C: MAIL FROM:<alice@example.org>\n";
        let rcpt = "C: RCPT TO:<alice@example.org>\n";
        match way {
            0 => {
                for nth in 1..=answers {
                    text += &format!("C: XTND XMIT\nS: +OK*\n{}C: .\nS: +OK*\n", said(&answer(nth)));
                }
                text += quit;
            }
            1 => {
                text += &format!("{quit}:open smtp\nS: 220*\nC: HELO laptop.example.org\nS: 250*\n");
                for nth in 1..=answers {
                    text += &format!(
                        "{mail}S: 250*\n{rcpt}S: 250*\nC: DATA\nS: 354*\n{}C: .\nS: 250*\n",
                        said(&answer(nth))
                    );
                }
                text += "C: QUIT\nS: 221*\n";
            }
            _ => {
                text += &format!("{quit}:open smtp\nS: 220*\nC: EHLO laptop.example.org\nS: 250*\nS..\n");
                for nth in 1..=answers {
                    let answer = answer(nth);
                    let octets = answer.len() + answer.lines().count();
                    let last = if nth == answers { "C: QUIT\n" } else { "" };
                    text += &format!(
                        "{mail}{rcpt}C: BDAT {octets} LAST\n{}{last}S: 250*\nS: 250*\nS: 250*\n",
                        said(&answer)
                    );
                }
                text += "S: 221*\n";
            }
        }
        text
    }

    pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
        let scenario = scenario::built_in(SCENARIO)?;
        let mail = scenario.mail()?;
        let jobs: Vec<(usize, u32, usize)> = (0..LINKS.len())
            .flat_map(|link| {
                ANSWERS.into_iter().flat_map(move |count| (0..WAYS.len()).map(move |way| (link, count, way)))
            })
            .collect();
        let taken = collect(workers, jobs.len(), |nth| {
            let (link, count, way) = jobs.get(nth).copied().unwrap_or_default();
            took(&scenario, &mail, LINKS.get(link).copied().unwrap_or_default(), &session(way, count))
        })?;
        let rows: Vec<(&str, Option<u32>, &str, Metrics)> = jobs
            .iter()
            .zip(&taken)
            .map(|((link, count, way), metrics)| (LINKS[*link], Some(*count), WAYS[*way], *metrics))
            .collect();
        let at =
            |link: usize, count: usize, way: usize| &taken[(link * ANSWERS.len() + count) * WAYS.len() + way];
        let wins = |other: usize| {
            let all = (0..LINKS.len()).flat_map(|link| (0..ANSWERS.len()).map(move |count| (link, count)));
            all.filter(|(link, count)| at(*link, *count, 0).connected < at(*link, *count, other).connected)
                .count()
        };
        let all = LINKS.len() * ANSWERS.len();
        let verdict = match (wins(1), wins(2)) {
            (one, two) if one == all && two == all => Verdict::Holds,
            (0, 0) => Verdict::Fails,
            _ => Verdict::DependsOn("how SMTP is spoken, and how many answers there are".to_owned()),
        };
        let region = LINKS
            .iter()
            .enumerate()
            .map(|(link, name)| {
                let last = (0..ANSWERS.len()).rev().find(|count| at(link, *count, 0).connected < at(link, *count, 2).connected);
                let upto = last.map_or_else(
                    || "SMTP in groups and chunks is quicker from the first answer on".to_owned(),
                    |count| format!("XTND XMIT is quicker than SMTP in groups and chunks up to {} answers (of those tried)", ANSWERS[count]),
                );
                format!(
                    "{name}: {upto}; one answer takes {} by XTND XMIT, {} by SMTP in lock-step, {} in groups.",
                    say::time(at(link, 0, 0).connected),
                    say::time(at(link, 0, 1).connected),
                    say::time(at(link, 0, 2).connected),
                )
            })
            .collect();
        let notes = vec![
            rests_on(&scenario),
            "Each session logs in by POP3 and says STAT first; SMTP follows in the same call, after QUIT."
                .to_owned(),
        ];
        let panels = ANSWERS
            .iter()
            .enumerate()
            .map(|(count, answers)| {
                let values =
                    (0..WAYS.len()).map(|way| Some(at(1, count, way).connected.as_secs_f64())).collect();
                (format!("{answers} answers over {}", LINKS[1]), values)
            })
            .collect();
        let rows_of_chart = WAYS.iter().map(|way| (*way).to_owned()).collect();
        let chart = say::dots(
            "c5: time on line, by way of sending",
            "From answer to hang-up.",
            Unit::Seconds,
            "time on line",
            rows_of_chart,
            panels,
            notes.clone(),
        );
        let mut table = table("c5: handing over answers", Some("answers"), "way", &rows);
        say::rest(&mut table, notes);
        Ok(Findings { verdict, region, tables: vec![table], charts: vec![("ways".to_owned(), chart)] })
    }
}

/// c45: TLS on one port or on two.
pub mod tls {
    use super::*;

    const WAYS: [(&str, &str, bool); 5] = [
        ("in clear", "", false),
        ("STLS at 110", " --with stls", true),
        ("TLS at 995", " --with tls", false),
        ("STLS at 110, TLS 1.0", " --with stls,tls-1.0", true),
        ("TLS 1.0 at 995", " --with tls,tls-1.0", false),
    ];

    fn session(way: usize) -> String {
        let (_, with, asks) = WAYS.get(way).copied().unwrap_or_default();
        let stls = if asks { "C: STLS\nS: +OK*\n" } else { "" };
        format!(":open pop3{with}\nS: +OK*\n{stls}{LOGIN}C: QUIT\nS: +OK*\n")
    }

    pub fn run(workers: &dyn Workers) -> Result<Findings, Failure> {
        let scenario = scenario::built_in(SCENARIO)?;
        let mail = scenario.mail()?;
        let taken = collect(workers, LINKS.len() * WAYS.len(), |nth| {
            let link = LINKS.get(nth / WAYS.len()).copied().unwrap_or_default();
            took(&scenario, &mail, link, &session(nth % WAYS.len()))
        })?;
        let at = |link: usize, way: usize| &taken[link * WAYS.len() + way];
        let rows: Vec<(&str, Option<u32>, &str, Metrics)> = (0..taken.len())
            .map(|nth| (LINKS[nth / WAYS.len()], None, WAYS[nth % WAYS.len()].0, taken[nth]))
            .collect();
        // Of each line and each TLS: by STLS, and at the port of its own.
        let pairs: Vec<(&Metrics, &Metrics)> = (0..LINKS.len())
            .flat_map(|link| [(at(link, 1), at(link, 2)), (at(link, 3), at(link, 4))])
            .collect();
        let quicker = pairs.iter().filter(|(stls, own)| own.connected < stls.connected).count();
        let fewer = pairs.iter().filter(|(stls, own)| own.round_trips < stls.round_trips).count();
        // That both come to their end is the claim; which is cheaper is the question.
        let verdict = match quicker == pairs.len() && fewer == pairs.len() {
            true => Verdict::Holds,
            false => Verdict::DependsOn("the line, if one asks which is cheaper; both work".to_owned()),
        };
        let mut region: Vec<String> = LINKS
            .iter()
            .enumerate()
            .map(|(link, name)| {
                format!(
                    "{name}: {} in clear; STLS adds {} and {} round trips, port 995 {} and {}.",
                    say::time(at(link, 0).connected),
                    say::time(at(link, 1).connected.saturating_sub(at(link, 0).connected)),
                    at(link, 1).round_trips.saturating_sub(at(link, 0).round_trips),
                    say::time(at(link, 2).connected.saturating_sub(at(link, 0).connected)),
                    at(link, 2).round_trips.saturating_sub(at(link, 0).round_trips),
                )
            })
            .collect();
        region.push(format!(
            "Of {} comparisons (each line, each TLS) port 995 takes less time in {quicker} and fewer round trips in {fewer}: \
             nobody asks, and no greeting in clear comes first; but on a slow line most of that is hidden behind the \
             certificate.",
            pairs.len(),
        ));
        let notes = vec![
            rests_on(&scenario),
            "TLS by its octets, as OpenSSL 3.0 sends them with a self-signed certificate; what processors took is left out."
                .to_owned(),
        ];
        let panels = LINKS
            .iter()
            .enumerate()
            .map(|(link, name)| {
                let values = (0..WAYS.len()).map(|way| Some(at(link, way).connected.as_secs_f64())).collect();
                ((*name).to_owned(), values)
            })
            .collect();
        let names = WAYS.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let chart = say::dots(
            "c45: a visit without new mail",
            "From answer to hang-up.",
            Unit::Seconds,
            "time on line",
            names,
            panels,
            notes.clone(),
        );
        let mut table = table("c45: a visit without new mail, in clear and with TLS", None, "way", &rows);
        say::rest(&mut table, notes);
        Ok(Findings { verdict, region, tables: vec![table], charts: vec![("ports".to_owned(), chart)] })
    }
}
