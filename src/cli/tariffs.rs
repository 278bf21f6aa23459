//! `maillab tariffs`: what calls cost, where and when.

use super::listing::{self, ListArgs};
use super::{CliError, Outcome, Output, compare};
use crate::chart::{Cell, Column, Table};
use crate::link::tariff::{CallRecord, Rounding, Tariff};
use crate::mail::date::Timestamp;
use crate::time::{Duration, Instant};

/// The short list: one of each way of charging, over the years.
const SHORT: [&str; 14] = [
    "us-local-flat",
    "us-att-1989-0926",
    "us-att-1990-night",
    "bt-unit-1992-local",
    "bt-local-1997",
    "de-dtag-1995-local",
    "de-bycall-2000",
    "de-gsm-csd-2000",
    "de-d1-gprs-2001a",
    "jp-ntt-local",
    "au-local-1999",
    "sat-minim-1997",
    "sat-iridium-2013",
    "free",
];

/// What stands at the end of `maillab tariffs --help`.
pub const EXAMPLES: &str = "\
Examples:
  maillab tariffs                       one of each way of charging
  maillab tariffs bt-local-1997         one tariff with its sources
  maillab tariffs mine.toml             your own, from a file in the tariff language (see the book)
  maillab tariffs --all --format csv    every one, for a spreadsheet

Amounts are in the currency of the tariff's own column; currencies are never converted.";

/// The arguments of `maillab tariffs`.
pub type Args = ListArgs;

/// Lists tariffs.
///
/// # Errors
/// An unknown name; an output that takes no more.
pub fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let tariffs: Vec<Tariff> = if args.names.is_empty() {
        let chosen = listing::chosen(args, Tariff::all(), |tariff| &tariff.name, &SHORT, Tariff::named)?;
        chosen.into_iter().cloned().collect()
    } else {
        compare::tariffs(&args.names)?
    };
    let mut table =
        Table::listing(listing::title("Tariffs", args, tariffs.len(), Tariff::all().len()), columns(args));
    table.in_blocks = !args.names.is_empty();
    for tariff in &tariffs {
        table.push(row(tariff));
    }
    table.note(
        "1min, 10min, 30min: what a call of that length costs if it begins on Monday 2 March 1998 at 20:00; \
         10min_am: at 10:00. 100kB: what 100 kB of IP packets cost on top, where volume is charged.",
    );
    table.note("`maillab tariffs NAME` shows all about one: how it counts, its sources, how far they carry.");
    output.table(&table, args.table)?;
    Ok(Outcome::Fine)
}

fn columns(args: &Args) -> Vec<Column> {
    let money = |name: &str| Column::decimal(name, "", 2);
    let sources = Column::text("sources");
    vec![
        Column::text("tariff"),
        Column::text("what"),
        Column::text("country").detail(),
        Column::integer("year", "").detail(),
        Column::text("currency"),
        Column::text("counts").detail(),
        Column::text("prices").detail(),
        money("setup_fee").detail(),
        money("minimum_charge").detail(),
        money("1min"),
        money("10min"),
        money("30min"),
        money("10min_am"),
        money("100kB"),
        money("monthly").detail(),
        Column::text("confidence").detail(),
        if args.sources { sources } else { sources.detail() },
        Column::text("note").detail(),
    ]
}

fn row(tariff: &Tariff) -> Vec<Cell> {
    let evening = Timestamp::DEFAULT_START;
    let morning = Timestamp { unix: evening.unix - 10 * 3600, ..evening };
    let call = |start: Timestamp, minutes: u64, bytes_down: u64| {
        let ended = Instant::START + Duration::from_secs(60 * minutes);
        let call =
            CallRecord { answered: Instant::START, ended, bytes_up: 0, bytes_down, segments: 0, channels: 1 };
        tariff.bill(start, &call).total()
    };
    let year = (tariff.year > 0).then_some(tariff.year);
    vec![
        tariff.name.as_str().into(),
        tariff.title.as_str().into(),
        tariff.country.as_str().into(),
        year.into(),
        tariff.currency.as_str().into(),
        counts(tariff.rounding).into(),
        tariff.to_string().into(),
        tariff.setup_fee.into(),
        tariff.minimum_charge.into(),
        call(evening, 1, 0).into(),
        call(evening, 10, 0).into(),
        call(evening, 30, 0).into(),
        call(morning, 10, 0).into(),
        (call(evening, 1, 100_000) - call(evening, 1, 0)).into(),
        tariff.monthly.into(),
        tariff.confidence.to_string().into(),
        tariff.sources.join("; ").into(),
        tariff.note.as_str().into(),
    ]
}

const fn counts(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Ceil => "started units",
        Rounding::Pulse => "pulses",
        Rounding::Completed => "completed units",
        Rounding::PerSecond => "seconds",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_list_holds_tariffs_that_exist() {
        for name in SHORT {
            assert!(Tariff::named(name).is_ok(), "{name}");
        }
    }
}
