//! What there is to be seen of a world, as text for a screen of any width from 40 characters on: why, state, bill,
//! ladder, and how two sessions differ.

mod bill;
mod why;

use std::fmt::Write as _;

use super::command::View;
use super::{Hand, legal};
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};
use crate::trace::ladder;

pub use why::why;

/// The narrowest screen that is thought of, in characters.
pub const NARROWEST: usize = 40;

/// From this width on there is room for remarks beside a table.
const WIDE: usize = 72;

/// What a command shows, in lines of at most `width` characters; what a server or a client said may be longer.
#[must_use]
pub fn show(hand: &Hand, view: &View, width: usize) -> String {
    let width = width.max(NARROWEST);
    match view {
        View::Why => wrapped(&why(hand), width),
        View::State => state(hand, width),
        View::Bill => bill::bill(hand, width),
        View::Ladder(packets) => match several(hand) {
            Some(places) => ladder::side_by_side(hand.world(), &places, *packets).text(width),
            None => ladder::of_packets(hand.world(), hand.workstation(), *packets).text(width),
        },
        View::Drawing(_) => String::new(),
    }
}

/// All packets as a drawing, SVG.
#[must_use]
pub fn drawing(hand: &Hand) -> String {
    match several(hand) {
        Some(places) => ladder::side_by_side(hand.world(), &places, usize::MAX).svg(),
        None => ladder::of_packets(hand.world(), hand.workstation(), usize::MAX).svg(),
    }
}

/// The workstations with their names, if there is more than one.
fn several(hand: &Hand) -> Option<Vec<(String, usize)>> {
    let places = hand.chairs().iter().map(|chair| (chair.name.clone(), chair.workstation));
    (hand.chairs().len() > 1).then(|| places.collect())
}

/// Where the session stands: event and time.
#[must_use]
pub fn place(hand: &Hand) -> String {
    format!("event {}, {} s\n", hand.world().events(), at(hand.world().now()))
}

/// Seconds to the millisecond, the last digit cut off, not rounded: no figure may be ahead of its time.
fn seconds(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1_000_000_000, nanos / 1_000_000 % 1000)
}

fn at(instant: Instant) -> String {
    seconds(instant.as_nanos())
}

fn lasting(span: Duration) -> String {
    seconds(span.as_nanos())
}

/// A text with no line longer than `width` characters where a blank can be broken at. What goes on below begins
/// as its line does: with the same blanks, and behind the `#` of a remark.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        wrap_line(line, width, &mut out);
    }
    out
}

fn wrap_line(line: &str, width: usize, out: &mut String) {
    if line.trim_end().chars().count() <= width {
        out.push_str(line);
        return;
    }
    let is_margin = |c: char| c == ' ' || c == '#';
    let margin: String = line.chars().take_while(|c| is_margin(*c)).take(width / 2).collect();
    let mut used = 0;
    for word in line.split_whitespace().filter(|word| *word != "#") {
        let long = word.chars().count();
        if used == 0 {
            out.push_str(&margin);
            used = margin.chars().count();
        } else if used + 1 + long > width {
            out.push('\n');
            out.push_str(&margin);
            out.push_str("  ");
            used = margin.chars().count() + 2;
        } else {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += long;
    }
    if line.ends_with('\n') {
        out.push('\n');
    }
}

/// Both ends of each connection, and what is legal now.
fn state(hand: &Hand, width: usize) -> String {
    let mut told = String::new();
    let call = if hand.is_in_call() { "a call is up" } else { "no call is up" };
    let link = hand.link().map(|link| link.name.clone()).unwrap_or_default();
    let _ = writeln!(
        told,
        "{} s, event {}: {call}; link {link}, tariff {}",
        at(hand.world().now()),
        hand.world().events(),
        hand.tariff().name
    );
    told = wrapped(&told, width);
    let column = ((width - 4) / 2).min(28);
    for (nth, peer) in hand.peers().iter().enumerate() {
        let Some(conn) = hand.conn(nth) else { continue };
        let mark = if hand.current() == Some(nth) { "*" } else { " " };
        let place = hand.chairs().get(peer.chair).map_or("client", |chair| chair.name.as_str());
        let place = if place == peer.name { "client" } else { place };
        let _ = writeln!(told, "{mark} {:<column$}| server", format!("{} ({place})", peer.name));
        let (up, down) = (conn.stream(Side::Client), conn.stream(Side::Server));
        let had = |stream: &crate::world::Stream| stream.arrivals.last().map_or(0, |arrival| arrival.upto);
        let owed = peer.answers.owed();
        let waits = match (conn.is_lost(), owed) {
            (true, _) => "the line is gone".to_owned(),
            (_, 0) => "waits for nothing".to_owned(),
            (_, owed) => format!("{owed} unanswered"),
        };
        for (client, server) in [
            (
                format!("TCP {:?}", conn.end(Side::Client).state()),
                format!("TCP {:?}", conn.end(Side::Server).state()),
            ),
            (format!("sent {}", up.end()), format!("has had {}", had(up))),
            (format!("has had {}", had(down)), format!("sent {}", down.end())),
            (waits, legal::state(conn.session())),
        ] {
            let _ = writeln!(told, "  {client:<column$}| {server}");
        }
    }
    let now: Vec<&str> = legal::all(hand).iter().filter(|row| row.now).map(|row| row.word).collect();
    if !now.is_empty() {
        told.push_str(&wrapped(&format!("legal now: {}\n", now.join(" ")), width));
    }
    told
}

/// The figures of two sessions side by side, in lines of at most `width` characters; those that differ are marked.
#[must_use]
pub fn diff(this: &Hand, other: &Hand, width: usize) -> String {
    let name = |hand: &Hand| hand.link().map(|link| link.name.clone()).unwrap_or_default();
    let mut told = String::new();
    let column = if width < WIDE { 9 } else { 20 };
    if width < WIDE {
        let _ = writeln!(told, "here:  {}\nthere: {}", name(this), name(other));
        let _ = writeln!(told, "{:<18} {:>column$} {:>column$}", "", "here", "there");
    } else {
        let _ = writeln!(told, "{:<18} {:>column$} {:>column$}", "", name(this), name(other));
    }
    let (mine, theirs) = ((this.metrics(), this.bill()), (other.metrics(), other.bill()));
    for figure in super::expect::FIGURES {
        let (a, b) = (figure.value(&mine.0, &mine.1), figure.value(&theirs.0, &theirs.1));
        let mark = if a == b { "" } else { " *" };
        let short = |value: &str| shortened(value, column);
        let _ = writeln!(told, "{:<18} {:>column$} {:>column$}{mark}", figure.word, short(&a), short(&b));
    }
    told
}

/// A decimal number in a column: digits at its end that do not fit are cut off.
fn shortened(value: &str, column: usize) -> String {
    match value.find('.') {
        Some(point) if value.len() > column => {
            value.get(..column.max(point)).unwrap_or(value).trim_end_matches('.').to_owned()
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_at_blanks_and_go_on_below_their_beginning() {
        assert_eq!(wrapped("short\n", 10), "short\n");
        assert_eq!(wrapped("  one two three four\n", 12), "  one two\n    three\n    four\n");
        assert_eq!(wrapped("#    1.0 s: 2 bytes\n", 14), "#    1.0 s: 2\n#      bytes\n");
        assert_eq!(wrapped("unbreakableword x", 5), "unbreakableword\n  x");
        assert_eq!(shortened("12.345678901", 6), "12.345");
        assert_eq!(shortened("1234567.5", 7), "1234567");
    }
}
