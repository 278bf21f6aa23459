//! Figures in words, and what charts and tables of trials have in common.

use crate::chart::{Cell, Dot, DotPanel, Dots, Heading, Table, Unit};
use crate::claims::bench::Runs;
use crate::time::Duration;
use crate::units::Money;

/// A time as people say it: `46 s`, `4 min 30 s`.
pub fn time(span: Duration) -> String {
    Unit::Seconds.say(span.as_secs_f64())
}

/// An amount: `7.50 USD`.
pub fn money(amount: Money, currency: &str) -> String {
    Unit::Money(currency.to_owned()).say(amount.as_f64())
}

/// Bytes: `1.5 MB`.
pub fn bytes(octets: u64) -> String {
    Unit::Bytes.say(octets as f64)
}

/// A share in percent.
pub fn percent(share: f64) -> String {
    Unit::Share.say(share)
}

/// How many times one thing is another: `14.5`, `2.4`, `0.48`.
pub fn times(ratio: f64) -> String {
    if ratio >= 1.0 { format!("{ratio:.1}") } else { format!("{ratio:.2}") }
}

/// `part` in units of `whole`; nothing is infinitely many times as much as nothing.
pub fn ratio(part: i128, whole: i128) -> f64 {
    if whole == 0 { f64::INFINITY } else { part as f64 / whole as f64 }
}

/// One time in units of another.
pub fn ratio_of_times(part: Duration, whole: Duration) -> f64 {
    ratio(part.as_nanos().into(), whole.as_nanos().into())
}

/// One amount in units of another.
pub fn ratio_of_money(part: Money, whole: Money) -> f64 {
    ratio(part.as_nanos(), whole.as_nanos())
}

/// A ratio as a table's cell; none where it is not finite.
pub fn cell(ratio: f64) -> Cell {
    if ratio.is_finite() { Cell::Nanos(libm::round(ratio * 1e9) as i128) } else { Cell::Empty }
}

/// Words in a row: `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// What the figures of a sweep rest on: what its comparisons have in common, and what is said of any of their links.
pub fn rests_on(runs: &[Runs]) -> Vec<String> {
    let Some(first) = runs.first().map(|runs| &runs.comparison) else { return Vec::new() };
    let mut lines = vec![format!(
        "maillab {}, scenario {}, seed {}, with the mail and what is read of it varied as said; begins {}; both ends run \
         TCP as {}.",
        env!("CARGO_PKG_VERSION"),
        first.name,
        first.seed,
        first.start,
        first.options.stack.title,
    )];
    for line in runs.iter().flat_map(|runs| runs.comparison.rests_on().into_iter().skip(1)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Notes under a table.
pub fn rest(table: &mut Table, notes: Vec<String>) {
    for note in notes {
        table.note(note);
    }
}

/// A chart of dots: a panel each with a dot a row, and notes below.
pub fn dots(
    title: &str,
    subtitle: &str,
    unit: Unit,
    value_name: &str,
    rows: Vec<String>,
    panels: Vec<(String, Vec<Option<f64>>)>,
    notes: Vec<String>,
) -> String {
    let panel = |(name, values): (String, Vec<Option<f64>>)| DotPanel {
        name,
        dots: values.into_iter().map(|value| value.map(|value| Dot { from: None, value })).collect(),
        lower_bound: None,
    };
    Dots {
        heading: notes.into_iter().fold(Heading::new(title, subtitle), Heading::note),
        unit,
        value_name: value_name.to_owned(),
        from_name: String::new(),
        rows,
        panels: panels.into_iter().map(panel).collect(),
    }
    .svg()
}
