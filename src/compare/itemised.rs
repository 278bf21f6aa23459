//! The itemised bill of one run as a table: each command and pause, what the line did for it, what it cost.
//!
//! What brings many messages is two items: one for those that get read, one for those that do not. All items and
//! the tariff's own lines add up to the last row exactly; what is summed otherwise stands in the notes.

use std::collections::{BTreeMap, BTreeSet};

use super::Comparison;
use crate::chart::{Cell, Column, Table, Unit};
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::link::tariff::Tariff;
use crate::link::tcp::Side;
use crate::mail::message::MessageId;
use crate::measure::bill::{self, Item, SessionBill};
use crate::measure::timeline::{Layer, Owner};
use crate::time::Duration;
use crate::units::Money;
use crate::world::{CommandId, World, WriteCause};

/// How many characters of a command are shown.
const COMMAND_SHOWN: usize = 44;
/// The label of what was fetched in vain.
const NEVER_READ: &str = "never read";

/// What makes one item of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Each command and each connection.
    Command,
    /// All commands of one kind in a call together: for people.
    Kind,
}

/// Runs a job again and bills it item by item. The last row is the sum of all others.
///
/// # Errors
/// A lesson if the strategy is no function of its answers, or if its run failed: a bill of half a session tells
/// nothing.
pub fn itemised(comparison: &Comparison, job: usize, tariff: &Tariff, grain: Grain) -> Result<Table, Lesson> {
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
    let entries = entries(lab.world(), comparison, &session, grain);
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
        Column::integer("times", ""),
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
    /// How many commands it was, the tariff's own lines apart.
    times: usize,
    messages: BTreeSet<MessageId>,
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
            self.times.into(),
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
fn numbers(messages: &BTreeSet<MessageId>) -> String {
    let number = |id: &MessageId| id.0 + 1;
    match (messages.first().map(number), messages.last().map(number)) {
        (Some(first), Some(last)) if first == last => format!("#{first}"),
        (Some(first), Some(last)) if messages.len() as u64 == u64::from(last - first) + 1 => {
            format!("#{first} to #{last}")
        }
        (Some(first), Some(last)) => format!("{} of #{first} to #{last}", messages.len()),
        _ => String::new(),
    }
}

/// Which messages the answer to each command is about: those that get read, and those that do not.
type Abouts = BTreeMap<CommandId, [BTreeSet<MessageId>; 2]>;

fn abouts(world: &World, comparison: &Comparison) -> Abouts {
    let wanted = |id: MessageId| comparison.interest().messages.get(&id).is_none_or(|worth| worth.wanted);
    let mut abouts = Abouts::new();
    for write in world.conns().iter().flat_map(|conn| conn.stream(Side::Server).writes.iter()) {
        if let (WriteCause::Reply(command), Some(about)) = (write.cause, write.about) {
            let [read, unread] = abouts.entry(command).or_default();
            if wanted(about.message) { read } else { unread }.insert(about.message);
        }
    }
    abouts
}

/// The items of a session put together, in the order in which each kind first came.
fn entries(world: &World, comparison: &Comparison, session: &SessionBill, grain: Grain) -> Vec<Entry> {
    let abouts = abouts(world, comparison);
    let mut entries: Vec<Entry> = Vec::new();
    for (nth, call) in session.calls.iter().enumerate() {
        let mut places: BTreeMap<(String, bool), (usize, Owner)> = BTreeMap::new();
        for item in &call.items {
            let command = without_message(item.owner);
            let (never_read, messages) = messages_of(&abouts, item.owner);
            let name = described(world, item.owner, grain);
            let known = places.get(&(name.clone(), never_read)).copied();
            // The items of one command stand together.
            let known = known.filter(|(_, before)| grain == Grain::Kind || *before == command);
            let (place, before) =
                known.map_or((entries.len(), None), |(place, before)| (place, Some(before)));
            if before.is_none() {
                let (call, name, messages, items) = (nth + 1, name.clone(), BTreeSet::new(), Vec::new());
                entries.push(Entry { call, name, times: 0, messages, never_read, items });
            }
            places.insert((name, never_read), (place, command));
            let entry = &mut entries[place];
            entry.times += usize::from(before != Some(command));
            entry.items.push(*item);
            entry.messages.extend(messages);
        }
    }
    entries
}

/// Whether an item is about messages that nobody reads, and about which. What a command takes besides (its
/// status line, say) goes with the messages that are read, if there are any.
fn messages_of(abouts: &Abouts, owner: Owner) -> (bool, impl Iterator<Item = MessageId>) {
    let (of_command, message) = match owner {
        Owner::Command(id, message) => (abouts.get(&id), message),
        _ => (None, None),
    };
    let never_read = of_command.is_some_and(|[read, unread]| match message {
        Some(message) => unread.contains(&message),
        None => read.is_empty(),
    });
    let messages = of_command.into_iter().flat_map(move |about| &about[usize::from(never_read)]).copied();
    (never_read, messages)
}

const fn without_message(owner: Owner) -> Owner {
    match owner {
        Owner::Command(id, _) => Owner::Command(id, None),
        other => other,
    }
}

fn line(call: Cell, item: String, time: Option<Duration>, amount: Money) -> Vec<Cell> {
    let mut row = vec![call, item.into(), Cell::Empty, Cell::Empty, Cell::Empty, time.into()];
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

fn described(world: &World, owner: Owner, grain: Grain) -> String {
    match owner {
        Owner::SetUp(phase) => format!("set-up: {}", phase.name()),
        Owner::Connect(conn) => {
            let service = |service| format!("{service:?}").to_uppercase();
            world.conn(conn).map(|conn| format!("connect to {}", service(conn.service))).unwrap_or_default()
        }
        Owner::Command(id, _) => {
            let Some(command) = world.journal().commands.get(id.0 as usize) else { return String::new() };
            let text = String::from_utf8_lossy(&command.text);
            let service = world.conn(command.conn).map(|conn| conn.service);
            let said = if grain == Grain::Kind { kind(&text, service) } else { text.into_owned() };
            said.chars().take(COMMAND_SHOWN).collect()
        }
        Owner::Think => "think: read and write, the line up".to_owned(),
        Owner::Disconnect => "disconnect".to_owned(),
    }
}

/// The command without what differs each time: its tag, its numbers, its addresses.
fn kind(text: &str, service: Option<Service>) -> String {
    if text.starts_with('(') {
        return "(mail data)".to_owned();
    }
    let is_set = |word: &str| word.chars().all(|c| c.is_ascii_digit() || [':', ',', '*'].contains(&c));
    match service {
        // A tag comes first, and a sequence set is no word.
        Some(Service::Imap) => {
            text.split_whitespace().skip(1).filter(|word| !is_set(word)).collect::<Vec<_>>().join(" ")
        }
        _ => text.split_whitespace().next().unwrap_or_default().to_owned(),
    }
}
