//! What the prompt shows of a world: why, state, bill, ladder, and how two sessions differ.

use std::fmt::Write as _;

use super::legal;
use crate::desk::Service;
use crate::link::tcp::Side;
use crate::measure::bill;
use crate::measure::timeline::Owner;
use crate::script::{Hand, text};
use crate::time::{Duration, Instant};
use crate::units::Money;
use crate::world::{CommandId, WriteCause};

/// Seconds to the millisecond.
fn seconds(nanos: u64) -> String {
    format!("{}.{:03}", nanos / 1_000_000_000, nanos / 1_000_000 % 1000)
}

fn at(instant: Instant) -> String {
    seconds(instant.as_nanos())
}

fn lasting(span: Duration) -> String {
    seconds(span.as_nanos())
}

/// What just happened: the last command, the section that defines it, and the way of its answer.
pub(super) fn why(hand: &Hand) -> String {
    let journal = hand.world().journal();
    let count = journal.commands.len();
    let Some(command) = count.checked_sub(1).and_then(|nth| journal.commands.get(nth)) else {
        return "no server has been told anything yet; `:open pop3` dials and connects\n".to_owned();
    };
    let Some(conn) = hand.world().conn(command.conn) else { return String::new() };
    let said = String::from_utf8_lossy(&command.text).into_owned();
    let mut words = said.split(' ');
    let word = if conn.service == Service::Imap { words.nth(1) } else { words.next() }.unwrap_or_default();
    let rows = legal::rows(conn.session());
    let mut told = format!("you said: {}\n", text::escaped(&command.text));
    let _ = match rows.iter().find(|row| row.word.eq_ignore_ascii_case(word)) {
        Some(row) => writeln!(
            told,
            "{}: {} ({})\nlegal in: {}; the session is now in: {}",
            row.syntax,
            row.help,
            row.clause,
            row.states,
            legal::state(conn.session())
        ),
        None => writeln!(told, "`{word}` is no command that this server knows"),
    };
    let id = CommandId((count - 1) as u32);
    let stream = conn.stream(Side::Server);
    let replies = || stream.writes.iter().filter(|write| write.cause == WriteCause::Reply(id));
    if let Some(first) = replies().next() {
        let line = first.bytes.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let _ = writeln!(told, "it said:  {}", text::escaped(line.strip_suffix(b"\r").unwrap_or(line)));
    }
    let octets: usize = replies().map(|write| write.bytes.len()).sum();
    let sent = conn.stream(Side::Client).write_at(command.from).map(|write| write.at);
    let done =
        replies().next_back().and_then(|write| stream.arrival_of(write.end())).map(|arrival| arrival.at);
    let _ = writeln!(
        told,
        "the server had the command's {} bytes at {} s",
        command.to - command.from,
        at(command.at)
    );
    if let (Some(sent), Some(done)) = (sent, done) {
        let _ = writeln!(
            told,
            "{} s up, {} s for {octets} bytes to come down: {} s in all",
            lasting(command.at.since(sent)),
            lasting(done.since(command.at)),
            lasting(done.since(sent)),
        );
    }
    told
}

/// Both ends of each connection, and what is legal now.
pub(super) fn state(hand: &Hand) -> String {
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
    for (nth, peer) in hand.peers().iter().enumerate() {
        let Some(conn) = hand.conn(nth) else { continue };
        let mark = if hand.current() == Some(nth) { "*" } else { " " };
        let _ = writeln!(told, "{mark} {:<28}| server", peer.name);
        for (client, server) in [
            (
                format!("TCP {:?}", conn.end(Side::Client).state()),
                format!("TCP {:?}", conn.end(Side::Server).state()),
            ),
            (
                format!("sent {}", conn.stream(Side::Client).end()),
                format!("has had {}", conn.stream(Side::Client).arrivals.last().map_or(0, |a| a.upto)),
            ),
            (
                format!("has had {}", conn.stream(Side::Server).arrivals.last().map_or(0, |a| a.upto)),
                format!("sent {}", conn.stream(Side::Server).end()),
            ),
            (if conn.is_lost() { "the line is gone" } else { "" }.to_owned(), legal::state(conn.session())),
        ] {
            let _ = writeln!(told, "  {client:<28}| {server}");
        }
    }
    let now: Vec<&str> = legal::all(hand).iter().filter(|row| row.now).map(|row| row.word).collect();
    if !now.is_empty() {
        let _ = writeln!(told, "legal now: {}", now.join(" "));
    }
    told
}

/// What the calls cost if they ended now.
pub(super) fn bill(hand: &Hand) -> String {
    let bill = bill::itemised(hand.world(), hand.workstation(), hand.tariff(), hand.start());
    let currency = &hand.tariff().currency;
    let mut told = format!("{}: {}\n", hand.tariff().name, hand.tariff().title);
    for (nth, call) in bill.calls.iter().enumerate() {
        let _ = writeln!(told, "call {}", nth + 1);
        for item in &call.items {
            let owner = match item.owner {
                Owner::Command(command, _) => hand
                    .world()
                    .journal()
                    .commands
                    .get(command.0 as usize)
                    .map_or_else(|| "a command".to_owned(), |c| text::escaped(&c.text)),
                Owner::SetUp => "set-up".to_owned(),
                Owner::Connect(_) => "connect".to_owned(),
                Owner::Think => "think".to_owned(),
                Owner::Disconnect => "disconnect".to_owned(),
            };
            let short: String = owner.chars().take(24).collect();
            let _ = writeln!(
                told,
                "  {short:<24} {:<14} {:>9} s {:>12}",
                item.layer.name(),
                lasting(item.time),
                item.money.to_string()
            );
        }
        for (line, money) in call.bill.lines().filter(|(_, money)| *money != Money::ZERO) {
            let _ = writeln!(told, "  {line:<51} {:>12}", money.to_string());
        }
    }
    let _ = writeln!(told, "in all {} {currency}, for {} bought", bill.total(), bill.billed());
    told
}

/// The last packets as a time-sequence diagram: the client on the left, the server on the right.
pub(super) fn ladder(hand: &Hand, packets: usize) -> String {
    let log = &hand.world().journal().packets;
    let count = log.len();
    let mut told = "     sent s  client            server   arrives s\n".to_owned();
    for packet in log.iter_from(count.saturating_sub(packets)) {
        let segment = &packet.segment;
        let what = match (segment.syn, segment.fin, segment.len) {
            (true, ..) => "SYN".to_owned(),
            (_, true, _) => "FIN".to_owned(),
            (_, _, 0) => "ACK".to_owned(),
            (_, _, octets) => format!("{octets} bytes"),
        };
        let arrow = match packet.from {
            Side::Client => format!("|--{what:-^14}->|"),
            Side::Server => format!("|<-{what:-^14}--|"),
        };
        let _ =
            writeln!(told, "{:>11}  {arrow}  {:>10}", at(packet.transit.start), at(packet.transit.arrive));
    }
    told
}

/// The figures of two sessions side by side.
pub(super) fn diff(this: &Hand, other: &Hand) -> String {
    let name = |hand: &Hand| hand.link().map(|link| link.name.clone()).unwrap_or_default();
    let mut told = format!("{:<20} {:>18} {:>18}\n", "", name(this), name(other));
    let (mine, theirs) = ((this.metrics(), this.bill()), (other.metrics(), other.bill()));
    for figure in crate::script::expect::FIGURES {
        let (a, b) = (figure.value(&mine.0, &mine.1), figure.value(&theirs.0, &theirs.1));
        let mark = if a == b { "" } else { " *" };
        let _ = writeln!(told, "{:<20} {a:>18} {b:>18}{mark}", figure.word);
    }
    told
}
