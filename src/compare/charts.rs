//! The results as charts.

use super::{Comparison, Run};
use crate::chart::{Bar, BarGroup, Bars, Dot, DotPanel, Dots, Heading, Stack, Unit};
use crate::measure::metrics::UpDown;

/// The layers of a bar: where bytes on the line go.
const LAYERS: [&str; 5] = ["content", "protocol", "TCP/IP headers", "framing", "start and stop bits"];

/// All charts of a comparison: a file name without its ending, and the SVG.
#[must_use]
pub fn charts(comparison: &Comparison, runs: &[Option<Run>]) -> Vec<(String, String)> {
    let mut charts = vec![
        ("bytes".to_owned(), bytes(comparison, runs).svg()),
        ("time".to_owned(), time(comparison, runs).svg()),
        ("online".to_owned(), online(comparison, runs).svg()),
        ("turns".to_owned(), turns(comparison, runs).svg()),
        ("waste".to_owned(), waste(comparison, runs).svg()),
    ];
    for (number, tariff) in comparison.tariffs.iter().enumerate() {
        charts.push((format!("money-{}", file_name(&tariff.name)), money(comparison, runs, number).svg()));
        charts.push((format!("billed-{}", file_name(&tariff.name)), billed(comparison, runs, number).svg()));
    }
    charts
}

/// The name with whatever a file system may refuse replaced.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '_' }).collect()
}

fn heading(comparison: &Comparison, title: &str, subtitle: &str) -> Heading {
    comparison.rests_on().into_iter().fold(Heading::new(title, subtitle), Heading::note)
}

fn of_link(runs: &[Option<Run>], link: usize) -> impl Iterator<Item = &Run> {
    runs.iter().flatten().filter(move |run| run.link == link)
}

fn bytes(comparison: &Comparison, runs: &[Option<Run>]) -> Bars {
    let groups = comparison
        .links
        .iter()
        .enumerate()
        .map(|(number, link)| {
            let bound = comparison.bound(number);
            let bar = |run: &Run| Bar {
                name: comparison.strategies[run.strategy].name.to_owned(),
                left: Stack {
                    parts: layers(run, |count| count.up),
                    lower_bound: Some(bound.line_bytes_up as f64),
                },
                right: Stack {
                    parts: layers(run, |count| count.down),
                    lower_bound: Some(bound.line_bytes_down as f64),
                },
            };
            let finished = of_link(runs, number).filter(|run| run.outcome.is_ok());
            BarGroup { name: link.name.clone(), bars: finished.map(bar).collect() }
        })
        .collect();
    Bars {
        heading: heading(
            comparison,
            "What crosses the line",
            "Bytes on the line by strategy and link, up and down; eight start and stop bits count as a byte. The \
             mark shows what the wanted mail alone would take.",
        ),
        unit: Unit::Bytes,
        layers: LAYERS.map(str::to_owned).to_vec(),
        left: "up".to_owned(),
        right: "down".to_owned(),
        groups,
    }
}

/// Bytes of each layer in one direction. What is sent up carries answers, whose octets count as protocol.
fn layers(run: &Run, of: fn(UpDown) -> u64) -> Vec<f64> {
    let metrics = &run.metrics;
    let (content, app) = (of(metrics.content_bytes), of(metrics.app_bytes));
    let (ip, line, bits) = (of(metrics.ip_bytes), of(metrics.line_bytes), of(metrics.line_bits));
    vec![
        content as f64,
        app.min(line).saturating_sub(content) as f64,
        // With compressed headers less crosses the line than the IP packets have.
        ip.min(line).saturating_sub(app) as f64,
        line.saturating_sub(ip) as f64,
        (bits as f64 / 8.0 - line as f64).max(0.0),
    ]
}

/// What a chart of dots shows, of every run that did not fail.
struct Shown<'a> {
    title: &'a str,
    subtitle: &'a str,
    unit: Unit,
    /// What a filled dot means, and an open one.
    names: (&'a str, &'a str),
}

impl Shown<'_> {
    /// A panel a link, a row a strategy.
    fn dots(
        self,
        comparison: &Comparison,
        runs: &[Option<Run>],
        dot: impl Fn(&Run) -> Option<Dot>,
        bound: impl Fn(usize) -> Option<f64>,
    ) -> Dots {
        let of = |strategy: usize, link: usize| {
            let run = of_link(runs, link).find(|run| run.strategy == strategy)?;
            run.outcome.is_ok().then(|| dot(run)).flatten()
        };
        let panels = comparison.links.iter().enumerate().map(|(number, link)| DotPanel {
            name: link.name.clone(),
            dots: (0..comparison.strategies.len()).map(|strategy| of(strategy, number)).collect(),
            lower_bound: bound(number),
        });
        Dots {
            heading: heading(comparison, self.title, self.subtitle),
            unit: self.unit,
            value_name: self.names.0.to_owned(),
            from_name: self.names.1.to_owned(),
            rows: comparison.strategies.iter().map(|row| row.name.to_owned()).collect(),
            panels: panels.collect(),
        }
    }
}

const fn at(value: f64) -> Option<Dot> {
    Some(Dot { from: None, value })
}

fn time(comparison: &Comparison, runs: &[Option<Run>]) -> Dots {
    let shown = Shown {
        title: "Until the first message is read, and until the last",
        subtitle: "Time from the first dialling, think time included.",
        unit: Unit::Seconds,
        names: ("last wanted message read", "first message read"),
    };
    shown.dots(
        comparison,
        runs,
        |run| {
            let first = run.metrics.first_read.map(|span| span.as_secs_f64());
            run.metrics.done.map(|done| Dot { from: first, value: done.as_secs_f64() })
        },
        |link| Some(comparison.bound(link).done.as_secs_f64()),
    )
}

fn online(comparison: &Comparison, runs: &[Option<Run>]) -> Dots {
    let shown = Shown {
        title: "How long the line is up",
        subtitle: "Time from answer to hang-up, over all calls.",
        unit: Unit::Seconds,
        names: ("connected", ""),
    };
    shown.dots(
        comparison,
        runs,
        |run| at(run.metrics.connected.as_secs_f64()),
        |link| Some(comparison.bound(link).connected.as_secs_f64()),
    )
}

fn turns(comparison: &Comparison, runs: &[Option<Run>]) -> Dots {
    let shown = Shown {
        title: "How often the line turns round",
        subtitle: "Bursts of the client, and round trips in the chain of causes up to the last wanted byte.",
        unit: Unit::Count(String::new()),
        names: ("turns", "round trips"),
    };
    shown.dots(
        comparison,
        runs,
        |run| Some(Dot { from: Some(run.metrics.round_trips as f64), value: run.metrics.turns as f64 }),
        |_| None,
    )
}

fn waste(comparison: &Comparison, runs: &[Option<Run>]) -> Dots {
    let shown = Shown {
        title: "Fetched and never looked at",
        subtitle: "Content of messages that crossed the line and that nobody read.",
        unit: Unit::Bytes,
        names: ("wasted", ""),
    };
    shown.dots(comparison, runs, |run| at(run.metrics.wasted_bytes as f64), |_| None)
}

fn money(comparison: &Comparison, runs: &[Option<Run>], tariff: usize) -> Dots {
    let chosen = &comparison.tariffs[tariff];
    let year = if chosen.year > 0 { format!(", {}", chosen.year) } else { String::new() };
    let illustrative = if chosen.is_illustrative() { " These prices are illustrative." } else { "" };
    let shown = Shown {
        title: "What the calls cost",
        subtitle: &format!("All calls by {}: {}{year}.{illustrative}", chosen.name, chosen.title),
        unit: Unit::Money(chosen.currency.clone()),
        names: ("cost", ""),
    };
    shown.dots(
        comparison,
        runs,
        |run| run.bills.get(tariff).and_then(|bill| at(bill.total().as_f64())),
        |link| Some(comparison.least_price(link, tariff).as_f64()),
    )
}

fn billed(comparison: &Comparison, runs: &[Option<Run>], tariff: usize) -> Dots {
    let chosen = &comparison.tariffs[tariff];
    let shown = Shown {
        title: "What was used, and what was bought",
        subtitle: &format!("Time on line, and time after the rounding of {}: {}.", chosen.name, chosen.title),
        unit: Unit::Seconds,
        names: ("billed", "connected"),
    };
    shown.dots(
        comparison,
        runs,
        |run| {
            let connected = Some(run.metrics.connected.as_secs_f64());
            run.bills.get(tariff).map(|bill| Dot { from: connected, value: bill.billed.as_secs_f64() })
        },
        |link| Some(comparison.bound(link).connected.as_secs_f64()),
    )
}
