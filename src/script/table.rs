//! What came of a script, as a table: a record for each exchange, and one for the whole session.

use super::Played;
use super::expect::FIGURES;
use super::text;
use super::transcript::{Entry, Rest};
use crate::chart::{Cell, Column, Table};

/// What is said in one exchange.
#[derive(Default)]
struct Said {
    sent: Vec<String>,
    first: Option<String>,
    lines: u64,
}

impl Said {
    fn line(&mut self, line: &[u8]) {
        self.first.get_or_insert_with(|| text::escaped(line));
        self.lines += 1;
    }

    fn rest(&mut self, rest: &Rest) {
        if let Some(first) = rest.first.first() {
            self.first.get_or_insert_with(|| text::escaped(first));
        }
        self.lines += rest.lines;
    }
}

impl Played {
    /// The session as a table. Of an exchange the bytes and seconds are its own, and the cost is what the session has
    /// cost so far; the last record has the figures of all of it.
    #[must_use]
    pub fn table(&self) -> Table {
        let mut table = Table::results("A session by hand", columns());
        let mut said = Said::default();
        let mut number = 0_u64;
        for entry in &self.transcript.entries {
            match entry {
                Entry::Command(line) => said.sent.push(line.clone()),
                Entry::Sent(_, octets) => {
                    said.sent.push(text::escaped(octets.strip_suffix(b"\r\n").unwrap_or(octets)));
                }
                Entry::Line(_, line) => said.line(line),
                Entry::Rest(_, rest) => said.rest(rest),
                Entry::Told(_) => {}
                Entry::Exchange(before, after) => {
                    number += 1;
                    let done = std::mem::take(&mut said);
                    let mut row: Vec<Cell> = vec![
                        number.into(),
                        done.sent.join(" / ").into(),
                        done.first.into(),
                        done.lines.into(),
                        Cell::Nanos(after.at.as_nanos().into()),
                        after.at.since(before.at).into(),
                        (after.up - before.up).into(),
                        (after.down - before.down).into(),
                        (after.line - before.line).into(),
                        after.cost.into(),
                    ];
                    row.extend(FIGURES.iter().map(|_| Cell::Empty));
                    row.push(self.hand.tariff().currency.clone().into());
                    table.push(row);
                }
            }
        }
        table.push(self.in_all());
        table.note(format!("Begun over {}, charged by {}.", self.link(), self.hand.tariff().name));
        table
    }

    fn link(&self) -> String {
        self.hand.link().map(|link| link.name.clone()).unwrap_or_default()
    }

    fn in_all(&self) -> Vec<Cell> {
        let mut row = vec![Cell::Empty, "in all".into()];
        row.extend((0..8).map(|_| Cell::Empty));
        row.extend(FIGURES.iter().map(|figure| {
            let nanos = figure.nanos(&self.metrics, &self.bill);
            if figure.is_count() {
                Cell::Integer(nanos / crate::units::Money::NANOS)
            } else {
                Cell::Nanos(nanos)
            }
        }));
        row.push(self.hand.tariff().currency.clone().into());
        row
    }
}

fn columns() -> Vec<Column> {
    let mut columns = vec![
        Column::integer("exchange", ""),
        Column::text("said"),
        Column::text("answer"),
        Column::integer("answer_lines", ""),
        Column::decimal("at_s", "s", 3),
        Column::decimal("took_s", "s", 3),
        Column::integer("took_bytes_up", "B"),
        Column::integer("took_bytes_down", "B"),
        Column::integer("took_line_bytes", "B"),
        Column::decimal("cost_so_far", "", 3),
    ];
    columns.extend(FIGURES.iter().map(|figure| {
        if figure.is_count() { Column::integer(figure.word, "") } else { Column::decimal(figure.word, "", 3) }
    }));
    columns.push(Column::text("currency"));
    columns
}
