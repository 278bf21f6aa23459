//! Figures of runs, by their words: what the answers of a lab are checked against.

use std::collections::BTreeMap;

use super::decimal::Decimal;
use crate::link::tariff::Bill;
use crate::link::tcp::Side;
use crate::mail::message::MessageId;
use crate::measure::metrics::Metrics;
use crate::script::expect::FIGURES;
use crate::script::{Entry, Transcript, USER};
use crate::time::{Duration, Instant};
use crate::world::World;

/// The figures of one run, by their words.
pub type Figures = BTreeMap<&'static str, Decimal>;

/// The words of a run's figures beside those that scripts can expect, and what they count.
pub const MORE_FIGURES: [(&str, &str); 11] = [
    ("line_bits_up", "bits on the line to the server, start and stop bits included"),
    ("line_bits_down", "bits on the line to the client"),
    ("left", "messages in the INBOX at the end"),
    (
        "longest_answer_s",
        "of a script: seconds from the first command to the last octet of its slowest exchange",
    ),
    ("last_answer_s", "of a script: seconds of its last exchange in which something was asked"),
    ("first_message_s", "seconds from dialling until the first whole message is at the client"),
    ("last_message_s", "seconds from dialling until the last whole message is at the client"),
    ("first_read_s", "of a strategy: seconds from dialling until the first message is read"),
    ("done_s", "of a strategy: seconds from dialling until the last message is read"),
    ("online_s", "of a strategy: the part of done_s that is on line"),
    ("wasted_bytes", "of a strategy: message content delivered and never looked at"),
];

/// Is this the word of a figure?
#[must_use]
pub fn is_figure(word: &str) -> bool {
    FIGURES.iter().any(|figure| figure.word == word) || MORE_FIGURES.iter().any(|(known, _)| *known == word)
}

fn seconds(span: Duration) -> Decimal {
    Decimal(i128::from(span.as_nanos()))
}

/// The figures that scripts and strategies share. `sizes` are those of the mailbox's messages.
pub(super) fn common(world: &World, metrics: &Metrics, bill: &Bill, sizes: &[u64]) -> Figures {
    let mut figures: Figures =
        FIGURES.iter().map(|figure| (figure.word, Decimal(figure.nanos(metrics, bill)))).collect();
    figures.insert("line_bits_up", Decimal::whole(metrics.line_bits.up));
    figures.insert("line_bits_down", Decimal::whole(metrics.line_bits.down));
    figures.insert("left", Decimal::whole(left(world)));
    let start = world.journal().calls.first().map_or(Instant::START, |call| call.dialled);
    let there: Vec<Duration> = whole_messages(world, sizes).values().map(|at| at.since(start)).collect();
    figures.insert("first_message_s", seconds(there.iter().min().copied().unwrap_or_default()));
    figures.insert("last_message_s", seconds(there.iter().max().copied().unwrap_or_default()));
    figures
}

/// How many messages are in the INBOX.
pub(super) fn left(world: &World) -> u64 {
    let store = world.store();
    let inbox = store.user(USER.as_bytes()).and_then(|user| store.inbox(user));
    inbox.and_then(|inbox| store.mailbox(inbox)).map_or(0, |mailbox| mailbox.entries.len() as u64)
}

/// What only a script has.
pub(super) fn of_script(figures: &mut Figures, transcript: &Transcript) {
    let spans = transcript.entries.iter().filter_map(|entry| match entry {
        // The exchange in which nothing was asked is dialling and the greeting.
        Entry::Exchange(before, after) if after.up > before.up => Some(after.at.since(before.at)),
        _ => None,
    });
    let spans: Vec<Duration> = spans.collect();
    figures.insert("longest_answer_s", seconds(spans.iter().max().copied().unwrap_or_default()));
    figures.insert("last_answer_s", seconds(spans.last().copied().unwrap_or_default()));
}

/// What only a strategy has.
pub(super) fn of_strategy(figures: &mut Figures, metrics: &Metrics) {
    figures.insert("first_read_s", seconds(metrics.first_read.unwrap_or_default()));
    figures.insert("done_s", seconds(metrics.done.unwrap_or_default()));
    figures.insert("online_s", seconds(metrics.online));
    figures.insert("wasted_bytes", Decimal::whole(metrics.wasted_bytes));
}

/// The messages whose every octet came to the client, by their number from 1, and when the last one was there.
pub(super) fn whole_messages(world: &World, sizes: &[u64]) -> BTreeMap<u64, Instant> {
    let mut delivered: BTreeMap<MessageId, (u64, Instant)> = BTreeMap::new();
    for conn in world.conns() {
        let stream = conn.stream(Side::Server);
        for write in stream.writes.iter() {
            let Some(about) = write.about.filter(|about| about.content > 0) else { continue };
            let Some(arrival) = stream.arrival_of(write.end()) else { continue };
            let (octets, at) = delivered.entry(about.message).or_insert((0, Instant::START));
            *octets += u64::from(about.content);
            *at = (*at).max(arrival.at);
        }
    }
    // A message's place in the mailbox is its identity in the store.
    (0..)
        .zip(sizes)
        .filter_map(|(place, size)| {
            let (octets, at) = delivered.get(&MessageId(place))?;
            (octets >= size).then_some((u64::from(place) + 1, *at))
        })
        .collect()
}
