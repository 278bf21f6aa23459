//! The itemised bill of one run as a table: each command and pause, what the line did for it, what it cost.

use super::Comparison;
use crate::chart::{Cell, Column, Table};
use crate::lesson::Lesson;
use crate::link::tariff::Tariff;
use crate::measure::bill::{self, Item, SessionBill};
use crate::measure::timeline::{Layer, Owner};
use crate::time::Duration;
use crate::units::Money;
use crate::world::World;

/// Runs a job again and bills it item by item. The last row is the sum of all others.
///
/// # Errors
/// A lesson if the strategy is no function of its answers.
pub fn itemised(comparison: &Comparison, job: usize, tariff: &Tariff) -> Result<Table, Lesson> {
    let mut lab = comparison.lab(job, false);
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let session = bill::itemised(lab.world(), 0, tariff, comparison.start);
    let strategies = comparison.strategies.len().max(1);
    let title = format!(
        "{} over {}, billed by {}",
        comparison.strategies[job % strategies].name,
        comparison.links[job / strategies].name,
        tariff.name
    );
    Ok(table(title, lab.world(), comparison, &session, tariff))
}

fn table(
    title: String,
    world: &World,
    comparison: &Comparison,
    session: &SessionBill,
    tariff: &Tariff,
) -> Table {
    let mut columns = vec![
        Column::integer("call", ""),
        Column::text("item"),
        Column::text("message"),
        Column::text("waste"),
    ];
    columns.push(Column::decimal("seconds", "s", 3));
    columns.extend(Layer::ALL.iter().map(|layer| Column::decimal(layer.name(), "s", 3).detail()));
    columns.push(Column::decimal("cost", tariff.currency.as_str(), 4));
    let mut table = Table::results(title, columns);
    for (nth, call) in session.calls.iter().enumerate() {
        for group in call.items.chunk_by(|a, b| a.owner == b.owner) {
            table.push(row(nth + 1, world, comparison, group));
        }
        for (name, amount) in
            call.bill.lines().filter(|(name, amount)| *name != "time" && *amount != Money::ZERO)
        {
            table.push(line(Cell::from(nth + 1), format!("({name})"), None, amount));
        }
    }
    let time = session.calls.iter().flat_map(|call| &call.items).map(|item| item.time).sum();
    table.push(line(Cell::Empty, "total".to_owned(), Some(time), session.total()));
    table.note("An instant belongs to the byte that the client waits for: the next one of the oldest unanswered command.");
    table.note("Waste is a label on items, not a further item. Before the answer, time costs nothing.");
    table
}

fn line(call: Cell, item: String, time: Option<Duration>, amount: Money) -> Vec<Cell> {
    let mut row = vec![call, item.into(), Cell::Empty, Cell::Empty, time.into()];
    row.extend(Layer::ALL.iter().map(|_| Cell::Empty));
    row.push(amount.into());
    row
}

fn row(call: usize, world: &World, comparison: &Comparison, items: &[Item]) -> Vec<Cell> {
    let (name, message) = items.first().map_or((String::new(), None), |item| described(world, item.owner));
    let waste =
        message.is_some_and(|id| comparison.interest().messages.get(&id).is_some_and(|worth| !worth.wanted));
    let mut row: Vec<Cell> = vec![
        call.into(),
        name.into(),
        message.map(|id| format!("#{}", id.0 + 1)).into(),
        waste.then_some("never read").map(Cell::from).unwrap_or_default(),
        items.iter().map(|item| item.time).sum::<Duration>().into(),
    ];
    for layer in Layer::ALL {
        row.push(items.iter().find(|item| item.layer == layer).map(|item| item.time).into());
    }
    row.push(items.iter().map(|item| item.money).sum::<Money>().into());
    row
}

fn described(world: &World, owner: Owner) -> (String, Option<crate::mail::message::MessageId>) {
    match owner {
        Owner::SetUp => ("set-up".to_owned(), None),
        Owner::Connect(conn) => {
            let service = world.conn(conn).map(|conn| format!(" to {:?}", conn.service)).unwrap_or_default();
            (format!("connect{service}"), None)
        }
        Owner::Command(id, message) => {
            let text = world.journal().commands.get(id.0 as usize).map(|command| {
                let text = String::from_utf8_lossy(&command.text);
                text.chars().take(48).collect()
            });
            (text.unwrap_or_default(), message)
        }
        Owner::Think => ("think".to_owned(), None),
        Owner::Disconnect => ("disconnect".to_owned(), None),
    }
}
