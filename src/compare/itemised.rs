//! The itemised bill of one run as a table: each command and pause, what the line did for it, what it cost.
//!
//! A command that brings many messages is two items: one for those that get read, one for those that do not. All
//! items and the tariff's own lines add up to the last row exactly; what is summed otherwise stands in the notes.

use std::collections::BTreeMap;

use super::Comparison;
use crate::chart::{Cell, Column, Table, Unit};
use crate::lesson::Lesson;
use crate::link::tariff::Tariff;
use crate::mail::message::MessageId;
use crate::measure::bill::{self, Item, SessionBill};
use crate::measure::timeline::{Layer, Owner};
use crate::time::Duration;
use crate::units::Money;
use crate::world::World;

/// How many characters of a command are shown.
const COMMAND_SHOWN: usize = 44;
/// The label of what was fetched in vain.
const NEVER_READ: &str = "never read";

/// Runs a job again and bills it item by item. The last row is the sum of all others.
///
/// # Errors
/// A lesson if the strategy is no function of its answers, or if its run failed: a bill of half a session tells
/// nothing.
pub fn itemised(comparison: &Comparison, job: usize, tariff: &Tariff) -> Result<Table, Lesson> {
    let mut lab = comparison.lab(job, false);
    lab.run().map_err(|diverged| Lesson::new(diverged.to_string()))?;
    let strategies = comparison.strategies.len().max(1);
    let strategy = comparison.strategies[job % strategies].name;
    let link = &comparison.links[job / strategies].name;
    if let Some(Some(Err(trouble))) = lab.outcomes().next() {
        return Err(Lesson::new(format!("{strategy} over {link} failed, so there is no bill: {trouble}"))
            .hint("try another link, or another --seed if chance was asked for"));
    }
    let session = bill::itemised(lab.world(), 0, tariff, comparison.start);
    let title = format!("{strategy} over {link}, billed by {}", tariff.name);
    let entries = entries(lab.world(), comparison, &session);
    let mut table = Table { in_groups: true, ..Table::results(title, columns(tariff)) };
    for (nth, call) in session.calls.iter().enumerate() {
        for entry in entries.iter().filter(|entry| entry.call == nth + 1) {
            table.push(entry.row());
        }
        for (name, amount) in
            call.bill.lines().filter(|(name, amount)| *name != "time" && *amount != Money::ZERO)
        {
            table.push(line(Cell::from(nth + 1), format!("({name})"), None, amount));
        }
    }
    let time = entries.iter().map(Entry::time).sum();
    table.push(line(Cell::Empty, "total".to_owned(), Some(time), session.total()));
    for note in notes(&entries, &session, tariff) {
        table.note(note);
    }
    for note in comparison.rests_on() {
        table.note(note);
    }
    Ok(table)
}

fn columns(tariff: &Tariff) -> Vec<Column> {
    let mut columns = vec![
        Column::integer("call", ""),
        Column::text("item"),
        Column::text("messages"),
        Column::text("waste"),
        Column::decimal("seconds", "s", 3),
    ];
    columns.extend(Layer::ALL.iter().map(|layer| Column::decimal(layer.name(), "s", 3).detail()));
    columns.push(Column::decimal("cost", tariff.currency.as_str(), 4));
    columns
}

/// One row of the bill: what one command or pause took, apart for messages that are read and that are not.
struct Entry {
    call: usize,
    name: String,
    messages: Vec<MessageId>,
    never_read: bool,
    items: Vec<Item>,
}

impl Entry {
    fn time(&self) -> Duration {
        self.items.iter().map(|item| item.time).sum()
    }

    fn money(&self) -> Money {
        self.items.iter().map(|item| item.money).sum()
    }

    fn row(&self) -> Vec<Cell> {
        let mut row: Vec<Cell> = vec![
            self.call.into(),
            self.name.as_str().into(),
            numbers(&self.messages).into(),
            self.never_read.then_some(NEVER_READ).map(Cell::from).unwrap_or_default(),
            self.time().into(),
        ];
        for layer in Layer::ALL {
            let of_layer = || self.items.iter().filter(|item| item.layer == layer);
            let time = of_layer().next().map(|_| of_layer().map(|item| item.time).sum::<Duration>());
            row.push(time.into());
        }
        row.push(self.money().into());
        row
    }
}

/// `#3`, or `12 of #1 to #60`.
fn numbers(messages: &[MessageId]) -> String {
    let number = |id: &MessageId| id.0 + 1;
    match (messages.iter().map(number).min(), messages.iter().map(number).max()) {
        (Some(first), Some(last)) if first == last => format!("#{first}"),
        (Some(first), Some(last)) if messages.len() as u64 == u64::from(last - first) + 1 => {
            format!("#{first} to #{last}")
        }
        (Some(first), Some(last)) => format!("{} of #{first} to #{last}", messages.len()),
        _ => String::new(),
    }
}

/// The items of a session put together by command, in their order.
fn entries(world: &World, comparison: &Comparison, session: &SessionBill) -> Vec<Entry> {
    let wanted = |id: MessageId| comparison.interest().messages.get(&id).is_none_or(|worth| worth.wanted);
    let mut entries: Vec<Entry> = Vec::new();
    for (nth, call) in session.calls.iter().enumerate() {
        // A command's items stand together; the wait for its first byte goes with the messages that are read.
        let mut places: BTreeMap<(String, bool), usize> = BTreeMap::new();
        let mut before = None;
        for item in &call.items {
            let (command, message) = command_of(item.owner);
            if before != Some(command) {
                places.clear();
                before = Some(command);
            }
            let never_read = message.is_some_and(|id| !wanted(id));
            let name = described(world, item.owner);
            let place = *places.entry((name.clone(), never_read)).or_insert_with(|| {
                entries.push(Entry {
                    call: nth + 1,
                    name,
                    messages: Vec::new(),
                    never_read,
                    items: Vec::new(),
                });
                entries.len() - 1
            });
            let entry = &mut entries[place];
            entry.items.push(*item);
            if let Some(id) = message.filter(|id| entry.messages.last() != Some(id)) {
                entry.messages.push(id);
            }
        }
    }
    entries
}

/// The owner without its message, and the message.
const fn command_of(owner: Owner) -> (Owner, Option<MessageId>) {
    match owner {
        Owner::Command(id, message) => (Owner::Command(id, None), message),
        other => (other, None),
    }
}

fn line(call: Cell, item: String, time: Option<Duration>, amount: Money) -> Vec<Cell> {
    let mut row = vec![call, item.into(), Cell::Empty, Cell::Empty, time.into()];
    row.extend(Layer::ALL.iter().map(|_| Cell::Empty));
    row.push(amount.into());
    row
}

/// The same items summed otherwise: by call, by what the line did, and what was in vain.
fn notes(entries: &[Entry], session: &SessionBill, tariff: &Tariff) -> Vec<String> {
    let currency = &tariff.currency;
    let mut notes = Vec::new();
    let calls: Vec<String> = session
        .calls
        .iter()
        .enumerate()
        .map(|(nth, call)| {
            let time: Duration = call.items.iter().map(|item| item.time).sum();
            format!("call {} {time} (billed {}), {} {currency}", nth + 1, call.bill.billed, call.bill.total())
        })
        .collect();
    notes.push(format!("By call: {}.", calls.join("; ")));
    let items = || entries.iter().flat_map(|entry| &entry.items);
    let layers: Vec<String> = Layer::ALL
        .iter()
        .filter_map(|layer| {
            let time: Duration = items().filter(|item| item.layer == *layer).map(|item| item.time).sum();
            (time > Duration::ZERO).then(|| format!("{} {time}", layer.name()))
        })
        .collect();
    notes.push(format!("By what the line did: {}.", layers.join(", ")));
    let wasted = || entries.iter().filter(|entry| entry.never_read);
    let (time, money): (Duration, Money) =
        (wasted().map(Entry::time).sum(), wasted().map(Entry::money).sum());
    if time > Duration::ZERO {
        notes.push(format!(
            "Of all this {time} and {} went on messages that are {NEVER_READ}. That is a label on items, \
             not a further item.",
            Unit::Money(currency.clone()).say(money.as_f64())
        ));
    }
    notes.push(
        "An instant belongs to the byte that the client waits for: the next one of the oldest unanswered command. \
         Before the answer, time costs nothing."
            .to_owned(),
    );
    notes
}

fn described(world: &World, owner: Owner) -> String {
    match owner {
        Owner::SetUp => "set-up".to_owned(),
        Owner::Connect(conn) => {
            let service = |service| format!("{service:?}").to_uppercase();
            world.conn(conn).map(|conn| format!("connect to {}", service(conn.service))).unwrap_or_default()
        }
        Owner::Command(id, _) => {
            let command = world.journal().commands.get(id.0 as usize);
            command
                .map(|command| String::from_utf8_lossy(&command.text).chars().take(COMMAND_SHOWN).collect())
                .unwrap_or_default()
        }
        Owner::Think => "think: read and write, the line up".to_owned(),
        Owner::Disconnect => "disconnect".to_owned(),
    }
}
