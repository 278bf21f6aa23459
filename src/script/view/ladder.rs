//! `:ladder`: packets between client and server as a time-sequence diagram.

use std::fmt::Write as _;

use super::{WIDE, at};
use crate::link::tcp::Side;
use crate::script::{Hand, text};
use crate::world::Packet;

/// The most octets of a packet's content that are looked at.
const EXCERPT: u64 = 60;

/// The last packets: the client on the left, the server on the right.
pub(super) fn ladder(hand: &Hand, packets: usize, width: usize) -> String {
    let log = &hand.world().journal().packets;
    let first = log.len().saturating_sub(packets);
    let arrow = if width < WIDE { 12 } else { 16 };
    let mut told = String::new();
    if first > 0 {
        let _ =
            writeln!(told, "the last {packets} of {} packets; `:ladder {}` shows all", log.len(), log.len());
    }
    told = super::wrapped(&told, width);
    let _ = writeln!(told, "{:>9}  client{:^w$}server {:>9}", "sent s", "", "there s", w = arrow - 7);
    for packet in log.iter_from(first) {
        let what = format!(" {} ", what(packet));
        let drawn = match packet.from {
            Side::Client => format!("|{what:-^arrow$}>|"),
            Side::Server => format!("|<{what:-^arrow$}|"),
        };
        let there = packet.transit.arrive;
        let there = if there <= hand.world().now() { at(there) } else { "under way".to_owned() };
        let mut line = format!("{:>9}  {drawn} {there:>9}", at(packet.transit.start));
        if width >= WIDE {
            let left = width.saturating_sub(line.chars().count() + 2);
            let excerpt: String = excerpt(hand, packet).chars().take(left).collect();
            let _ = write!(line, "  {excerpt}");
        }
        let _ = writeln!(told, "{}", line.trim_end());
    }
    told
}

fn what(packet: &Packet) -> String {
    let segment = &packet.segment;
    match (segment.syn, segment.fin, segment.len) {
        (true, ..) => "SYN".to_owned(),
        (_, true, _) => "FIN".to_owned(),
        (_, _, 0) => "ACK".to_owned(),
        (_, _, octets) => format!("{octets} bytes"),
    }
}

/// The beginning of what a packet carries.
fn excerpt(hand: &Hand, packet: &Packet) -> String {
    let segment = &packet.segment;
    let Some(conn) = hand.world().conn(packet.conn) else { return String::new() };
    // The SYN has number 0, the stream's first octet 1.
    let from = segment.seq.saturating_sub(1);
    let until = from + u64::from(segment.len).min(EXCERPT);
    if segment.syn || segment.len == 0 || until > conn.stream(packet.from).end() {
        return String::new();
    }
    let octets: Vec<u8> = conn.stream(packet.from).slices(from, until).flatten().copied().collect();
    text::escaped(&octets)
}

/// All packets as a drawing.
pub(super) fn drawing(_hand: &Hand) -> String {
    String::new()
}
