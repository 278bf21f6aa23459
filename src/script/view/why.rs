//! `:why`: what just happened, which section says so, and the way of the answer.

mod imap;

use std::fmt::Write as _;

use super::{at, lasting};
use crate::desk::Service;
use crate::link::path::Fate;
use crate::link::tcp::Side;
use crate::protocol::{Server, pop3, row_named};
use crate::script::{Hand, legal, text};
use crate::time::Instant;
use crate::world::{Call, CallEnd, Command, CommandId, Conn, Packet, PacketId, WriteCause};

/// What just happened: the call, the last packet, the last command with the section that defines it, and the way
/// of its answer.
#[must_use]
pub fn why(hand: &Hand) -> String {
    let mut told = String::new();
    let journal = hand.world().journal();
    if let Some(call) = journal.calls.last() {
        call_so_far(hand, call, &mut told);
    } else {
        return "nobody has been called yet; `:open pop3` dials and connects\n".to_owned();
    }
    if let Some((id, packet)) = newest_arrival(hand) {
        arrival(hand, id, packet, &mut told);
    }
    match journal.commands.len().checked_sub(1).and_then(|nth| Some((nth, journal.commands.get(nth)?))) {
        Some((nth, command)) => {
            if let Some(conn) = hand.world().conn(command.conn) {
                exchange(hand, CommandId(nth as u32), command, conn, &mut told);
            }
        }
        None => greeting(hand, &mut told),
    }
    unfinished(hand, &mut told);
    told
}

/// The call, if it is what just happened: it comes up, or it has ended.
fn call_so_far(hand: &Hand, call: &Call, told: &mut String) {
    let _ = match (call.end, call.ended, call.up) {
        (Some(CallEnd::Dropped), Some(ended), _) => writeln!(
            told,
            "the line dropped at {} s: what was under way is lost, and the server finds out by silence; POP3 \
             removes no mail then (RFC 1939 §6), and in SMTP mail without a 250 is still the client's to send \
             (RFC 1047)",
            at(ended)
        ),
        (Some(CallEnd::Failed), Some(ended), _) => {
            writeln!(told, "the call failed at {} s: it never came up", at(ended))
        }
        (Some(end), Some(ended), _) if end.is_cut() => writeln!(
            told,
            "the call was ended at {} s, and not by the client: {}; what was under way is lost as when a line drops",
            at(ended),
            end.name()
        ),
        (_, Some(ended), _) => writeln!(told, "the call ended at {} s", at(ended)),
        (_, None, None) => writeln!(
            told,
            "dialling since {} s; answered: {}",
            at(call.dialled),
            call.answered.filter(|answered| *answered <= hand.world().now()).map_or("not yet".to_owned(), at)
        ),
        _ => Ok(()),
    };
}

/// The packet that arrived last.
fn newest_arrival(hand: &Hand) -> Option<(PacketId, &Packet)> {
    let log = &hand.world().journal().packets;
    let now = hand.world().now();
    // Few packets are under way at a time: the newest arrival is near the end.
    let recent = log.len().saturating_sub(200);
    log.iter_from(recent)
        .zip(recent..)
        .filter(|(packet, _)| packet.fate == Fate::Arrives && packet.transit.arrive <= now)
        .max_by_key(|(packet, nth)| (packet.transit.arrive, *nth))
        .map(|(packet, nth)| (PacketId(nth as u32), packet))
}

fn arrival(hand: &Hand, id: PacketId, packet: &Packet, told: &mut String) {
    let (from, to) = match packet.from {
        Side::Client => ("the client", "the server"),
        Side::Server => ("the server", "the client"),
    };
    let segment = &packet.segment;
    let what = match (segment.syn, segment.fin, segment.len) {
        (true, ..) => "a SYN, which opens a stream (RFC 793 §3.4)".to_owned(),
        (_, true, _) => "a FIN, which ends a stream (RFC 793 §3.5)".to_owned(),
        (_, _, 0) => "an acknowledgement alone (RFC 793 §3.3)".to_owned(),
        (_, _, octets) => format!("{octets} bytes of {from}'s"),
    };
    let _ = writeln!(
        told,
        "last arrival: packet {} at {} s, from {from} to {to}: {what}; {} bytes of IP, {} on the line",
        id.0,
        at(packet.transit.arrive),
        packet.ip_octets,
        packet.line_octets
    );
    let under_way = hand
        .world()
        .journal()
        .packets
        .iter_from((id.0 as usize).saturating_sub(200))
        .filter(|packet| packet.fate == Fate::Arrives && packet.transit.arrive > hand.world().now())
        .count();
    if under_way > 0 {
        let _ = writeln!(told, "under way now: {under_way} more");
    }
}

/// The greeting, while no command has been heard.
fn greeting(hand: &Hand, told: &mut String) {
    let Some((peer, conn)) =
        hand.current().and_then(|peer| Some((hand.peers().get(peer)?, hand.conn(peer)?)))
    else {
        return;
    };
    let clause = match peer.service {
        Service::Pop3 => "RFC 1939 §4: the server greets first, and the session is in AUTHORIZATION",
        Service::Imap => "RFC 3501 §7.1: the server greets first, with OK, PREAUTH or BYE",
        Service::Smtp => "RFC 821 §4.3: the server greets first, with 220, and waits for HELO",
        Service::Lmtp => "RFC 2033 §4.1: the server greets first, with 220, and waits for LHLO",
        Service::Dmsp => "RFC 1056 §4.3: the repository greets first, with 200, and waits for LOGIN",
        Service::Pop2 => {
            "RFC 937, Replies: the server greets first, with its protocol and name, and waits for HELO"
        }
        Service::Pop1 => "RFC 918: the server greets first, and waits for USER",
        Service::Poppassd => "poppassd 1.8: the daemon greets first, and waits for `user`",
    };
    match conn.stream(Side::Server).writes.iter().find(|write| write.cause == WriteCause::Greeting) {
        Some(write) => {
            let _ = writeln!(told, "it said:  {}\n{clause}", text::escaped(first_line(&write.bytes)));
        }
        None => {
            let _ = writeln!(told, "the greeting is not said yet\n{clause}");
        }
    }
}

fn first_line(octets: &[u8]) -> &[u8] {
    let line = octets.split(|octet| *octet == b'\n').next().unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A command, the section that defines it, and the way of its answer.
fn exchange(hand: &Hand, id: CommandId, command: &Command, conn: &Conn, told: &mut String) {
    let said = String::from_utf8_lossy(&command.text).into_owned();
    let mut words = said.split(' ');
    let word = if conn.service == Service::Imap { words.nth(1) } else { words.next() }.unwrap_or_default();
    let rows = legal::rows(conn.session());
    let _ = writeln!(told, "you said: {}", text::escaped(&command.text));
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
        // What a server frames in DATA is no command, and stands in parentheses.
        None if command.text.ends_with(b"of SASL)") => {
            writeln!(
                told,
                "an answer to the server's challenge, in base64; no line is a command here (RFC 4422 §3)"
            )
        }
        None if command.text.starts_with(b"(a ticket") => {
            writeln!(told, "a ticket, which a toy stands for here")
        }
        None if command.text.starts_with(b"(") => {
            writeln!(told, "the mail itself, up to a line with a lone dot (RFC 821 §4.5.2)")
        }
        None => unknown(word, conn, &rows, told),
    };
    answer(id, command, conn, told);
    if conn.service == Service::Imap {
        remarks_on_imap(hand, id, command, conn, told);
    }
}

/// So many octets of a command and of its answer are looked at, and so many commands before it.
const LOOKED_AT: u64 = 1 << 16;
const COMMANDS_BEFORE: usize = 8;

/// Tag, literals, where the client has to wait, and numbers that move.
fn remarks_on_imap(hand: &Hand, id: CommandId, command: &Command, conn: &Conn, told: &mut String) {
    let client = conn.stream(Side::Client);
    let said = client.joined(command.from, command.to.min(command.from.saturating_add(LOOKED_AT)));
    let shown = String::from_utf8_lossy(&command.text).into_owned();
    let tag = shown.split(' ').next().unwrap_or_default();
    let mut answer = Vec::new();
    for write in conn.stream(Side::Server).writes.iter().filter(|write| write.cause == WriteCause::Reply(id))
    {
        if answer.len() as u64 > LOOKED_AT {
            break;
        }
        answer.extend_from_slice(&write.bytes);
    }
    let commands = &hand.world().journal().commands;
    let first = (id.0 as usize).saturating_sub(COMMANDS_BEFORE);
    let before = (first..).zip(commands.iter_from(first)).take(id.0 as usize - first);
    let before: Vec<(usize, &Command)> = before.filter(|(_, one)| one.conn == command.conn).collect();
    let left = client.write_at(command.from).map(|write| write.at);
    let text = |one: &Command| String::from_utf8_lossy(&one.text).into_owned();
    let exchange = imap::Exchange {
        // What crossed deflated cannot be read here.
        said: if said.starts_with(tag.as_bytes()) { &said[..] } else { shown.as_bytes() },
        shown: &shown,
        answer: if said.starts_with(tag.as_bytes()) { &answer[..] } else { &[] },
        under_way: before
            .iter()
            .filter(|(nth, _)| {
                let end = answered(CommandId(*nth as u32), conn);
                left.is_some_and(|left| end.is_none_or(|end| end > left))
            })
            .map(|(_, one)| text(one))
            .collect(),
        has_old_tag: before.iter().any(|(_, one)| text(one).split(' ').next() == Some(tag)),
        withheld: match conn.session() {
            Server::Imap(session) => session.withheld(hand.world().store()),
            _ => 0,
        },
    };
    for remark in imap::remarks(&exchange) {
        let _ = writeln!(told, "{remark}");
    }
}

/// When the last octet of a command's answer was at the client.
fn answered(id: CommandId, conn: &Conn) -> Option<Instant> {
    let stream = conn.stream(Side::Server);
    let last = stream.writes.iter().rfind(|write| write.cause == WriteCause::Reply(id))?;
    stream.arrival_of(last.end()).map(|arrival| arrival.at)
}

/// A command of IMAP of which the server has not got everything: which literal it waits for.
fn unfinished(hand: &Hand, told: &mut String) {
    let peer =
        hand.current().and_then(|peer| hand.peers().get(peer)).filter(|peer| peer.service == Service::Imap);
    let Some((peer, conn)) = peer.and_then(|peer| Some((peer, hand.world().conn(peer.id)?))) else { return };
    let framed = hand.world().journal().commands.iter().filter(|command| command.conn == peer.id);
    let framed = framed.map(|command| command.to).max().unwrap_or(0);
    let client = conn.stream(Side::Client);
    let rest = client.joined(framed, client.end().min(framed.saturating_add(LOOKED_AT)));
    if let Some(remark) = imap::unfinished(&rest) {
        let _ = writeln!(told, "{remark}");
    }
}

/// A word that is no command: which one was meant?
fn unknown(word: &str, conn: &Conn, rows: &[legal::Legal], told: &mut String) -> std::fmt::Result {
    let word = word.to_ascii_uppercase();
    if word.is_empty() && conn.service == Service::Imap {
        return writeln!(
            told,
            "every command begins with a tag of your own, as in `a1 NOOP` (RFC 3501 §2.2.1)"
        );
    }
    if let Server::Pop3(session) = conn.session() {
        let (dialect, row) = (session.settings().dialect.row(), row_named(pop3::COMMANDS, word.as_bytes()));
        if let Some(row) = row {
            let (documents, date) = (dialect.documents, dialect.date);
            return writeln!(
                told,
                "`{word}` ({}) is not known to a server of {documents} ({date})",
                row.clause
            );
        }
    }
    match crate::lesson::nearest(&word, rows.iter().map(|row| row.word)) {
        Some(near) => writeln!(told, "`{word}` is no command that this server knows; did you mean `{near}`?"),
        None => writeln!(told, "`{word}` is no command that this server knows; `:state` lists those of now"),
    }
}

fn answer(id: CommandId, command: &Command, conn: &Conn, told: &mut String) {
    let stream = conn.stream(Side::Server);
    let replies = || stream.writes.iter().filter(|write| write.cause == WriteCause::Reply(id));
    if let Some(first) = replies().next() {
        let line = first_line(&first.bytes);
        let _ = if line.iter().any(|octet| octet.is_ascii_control() && *octet != b'\t') {
            writeln!(told, "it said it deflated, in {} bytes (RFC 4978)", first.bytes.len())
        } else {
            writeln!(told, "it said:  {}", text::escaped(line))
        };
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
    let _ = match (sent, done) {
        (Some(sent), Some(done)) => writeln!(
            told,
            "{} s up, {} s for {octets} bytes to come down: {} s in all",
            lasting(command.at.since(sent)),
            lasting(done.since(command.at)),
            lasting(done.since(sent)),
        ),
        _ if octets > 0 => writeln!(told, "its answer's {octets} bytes are under way"),
        _ => Ok(()),
    };
}
