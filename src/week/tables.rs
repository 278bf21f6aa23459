//! Weeks as a table, and as a drawing.

use super::referee::Judgement;
use super::run::{Lived, LivedPlace};
use super::{Place, Week};
use crate::chart::{Bar, BarGroup, Bars, Cell, Column, Heading, Stack, Table, Unit};
use crate::units::Money;

/// A row for each way and workstation.
#[must_use]
pub fn table(week: &Week, lived: &[Lived]) -> Table {
    let columns = vec![
        Column::text("way"),
        Column::text("workstation"),
        Column::text("link"),
        Column::integer("calls", ""),
        Column::decimal("connected_s", "s", 0),
        Column::integer("line_bytes_up", "bytes"),
        Column::integer("line_bytes_down", "bytes"),
        Column::integer("turns", "").detail(),
        Column::integer("app_bytes_up", "bytes").detail(),
        Column::integer("app_bytes_down", "bytes").detail(),
        Column::decimal("billed_s", "s", 0).detail(),
        Column::text("tariff").detail(),
        Column::decimal("cost", "", 2),
        Column::text("currency"),
        Column::integer("lost", ""),
        Column::integer("double", ""),
        Column::integer("ghost", ""),
        Column::integer("stale", ""),
        Column::integer("absent", ""),
        Column::text("outcome").detail(),
    ];
    let title =
        format!("One user, {} workstations, a week of {} messages", week.places.len(), week.mail.len());
    let mut table = Table { in_groups: true, ..Table::results(title, columns) };
    for lived in lived {
        for ((place, one), judgement) in week.places.iter().zip(&lived.places).zip(&lived.verdicts.places) {
            table.push(row(lived, place, one, judgement));
        }
    }
    notes(week, lived, &mut table);
    table
}

fn row(lived: &Lived, place: &Place, one: &LivedPlace, judgement: &Judgement) -> Vec<Cell> {
    let Judgement { lost, double, ghost, stale, absent } = *judgement;
    let metrics = &one.metrics;
    let tariff = place.tariff.as_ref();
    vec![
        lived.way.word().into(),
        place.name.as_str().into(),
        place.link.name.as_str().into(),
        metrics.calls.into(),
        metrics.connected.into(),
        metrics.line_bytes.up.into(),
        metrics.line_bytes.down.into(),
        metrics.turns.into(),
        metrics.app_bytes.up.into(),
        metrics.app_bytes.down.into(),
        one.bill.as_ref().map(|bill| bill.billed).into(),
        tariff.map(|tariff| tariff.name.as_str()).into(),
        one.bill.as_ref().map(|bill| bill.total()).into(),
        tariff.map(|tariff| tariff.currency.as_str()).into(),
        lost.into(),
        double.into(),
        ghost.into(),
        stale.into(),
        absent.into(),
        one.outcome.as_ref().map_or_else(ToString::to_string, |()| "done".to_owned()).into(),
    ]
}

fn notes(week: &Week, lived: &[Lived], table: &mut Table) {
    let acts = lived.first().map_or(0, |one| one.verdicts.acts);
    let sums: Vec<String> = lived
        .iter()
        .map(|one| {
            let sum = |figure: fn(&Judgement) -> u64| one.verdicts.places.iter().map(figure).sum::<u64>();
            let cost: Money = one.places.iter().filter_map(|place| Some(place.bill.as_ref()?.total())).sum();
            let currencies: std::collections::BTreeSet<&str> = week
                .places
                .iter()
                .filter_map(|place| Some(place.tariff.as_ref()?.currency.as_str()))
                .collect();
            let cost = match (currencies.len(), currencies.first()) {
                (1, Some(currency)) => format!(", {cost} {currency}"),
                _ => String::new(),
            };
            format!(
                "{}: of {acts} acts {} lost; {} double; {} ghosts, {} stale, {} absent{cost}",
                one.way.word(),
                sum(|j| j.lost),
                sum(|j| j.double) + one.verdicts.double_at_server,
                sum(|j| j.ghost),
                sum(|j| j.stale),
                sum(|j| j.absent),
            )
        })
        .collect();
    table.note(format!("All together: {}.", sums.join(". ")));
    table.note(
        "Lost: an act of the user's without effect at the end. Double: a message or an answer twice. Ghost: on a workstation \
         and not in truth. Stale: its flags or its mailbox are not the true ones. Absent: in truth and not on the \
         workstation. Truth is all acts in order of time on one ideal mailbox. After the week each workstation calls twice \
         more; those calls are counted.",
    );
    table.note(format!(
        "Seed {}; maillab {}; {}; today's TCP.",
        week.seed,
        env!("CARGO_PKG_VERSION"),
        if week.chance {
            "calls fail and lines drop by chance"
        } else {
            "nothing on the lines is left to chance"
        }
    ));
}

/// Bytes on each line by each way: a group a workstation.
#[must_use]
pub fn chart(week: &Week, lived: &[Lived]) -> String {
    let group = |(nth, place): (usize, &Place)| BarGroup {
        name: format!("{}, {}", place.name, place.link.name),
        bars: lived
            .iter()
            .filter_map(|one| {
                let metrics = &one.places.get(nth)?.metrics;
                let stack = |app: u64, line: u64| Stack {
                    parts: vec![app as f64, line.saturating_sub(app) as f64],
                    lower_bound: None,
                };
                Some(Bar {
                    name: one.way.word().to_owned(),
                    left: stack(metrics.app_bytes.up, metrics.line_bytes.up),
                    right: stack(metrics.app_bytes.down, metrics.line_bytes.down),
                })
            })
            .collect(),
    };
    let mut heading = Heading::new(
        "A week at several workstations",
        "Bytes on each line, by each way of keeping up. What they bought is in the table: acts lost, messages stale.",
    );
    for note in table(week, lived).notes {
        heading = heading.note(note);
    }
    Bars {
        heading,
        unit: Unit::Bytes,
        layers: vec!["the applications'".to_owned(), "TCP, IP and framing".to_owned()],
        left: "up, to the server".to_owned(),
        right: "down, to the workstation".to_owned(),
        groups: week.places.iter().enumerate().map(group).collect(),
    }
    .svg()
}
