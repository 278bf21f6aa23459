//! Two traces side by side: round trips, bytes and seconds by kind of command.

use std::collections::BTreeMap;

use super::replay::word_of;
use super::{Deed, Line, Trace};
use crate::chart::{Cell, Column, Table};
use crate::desk::Service;
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};

/// What one kind of command took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// How many there were.
    pub commands: u64,
    /// How often the client waited for an answer before it went on: commands that left together count once.
    pub round_trips: u64,
    /// Octets of the commands.
    pub up: u64,
    /// Octets of the answers.
    pub down: u64,
    /// From the command's leaving until what the client waited for was there, as far as the trace tells.
    pub waited: Duration,
}

/// The kinds of commands of a trace, by protocol and word. Calls, greetings and thinking have names of their own.
#[must_use]
pub fn kinds(trace: &Trace) -> BTreeMap<String, Kind> {
    let mut counted = Counted::default();
    for line in &trace.lines {
        counted.line(line);
    }
    counted.kinds
}

#[derive(Default)]
struct Counted {
    kinds: BTreeMap<String, Kind>,
    /// Of each write its kind, and when it left.
    writes: Vec<(String, Instant)>,
    /// Of each connection the kind that the server answers now, and whether the client has gone on since.
    conns: BTreeMap<u32, Conn>,
    dialled: Instant,
}

#[derive(Default)]
struct Conn {
    /// The kind of the client's last whole line.
    kind: String,
    /// The client writes a message or another text: no commands until it ends.
    in_text: bool,
    opened: Option<Instant>,
    /// The moment and the kind of the burst that is not answered yet.
    burst: Option<(Instant, String)>,
}

impl Counted {
    fn line(&mut self, line: &Line) {
        match line {
            Line::Call(super::CallEvent::Dial, at) => self.dialled = *at,
            Line::Call(super::CallEvent::Up, at) => {
                let setup = self.kinds.entry("(set-up)".to_owned()).or_default();
                setup.commands += 1;
                setup.waited += at.since(self.dialled);
            }
            Line::Call(..) => {}
            Line::Step(step) => match step.deed {
                Deed::Open(_, conn, _) => {
                    self.conns.insert(conn, Conn { opened: Some(step.at), ..Conn::default() });
                }
                Deed::Close(_, conn, Side::Client) => {
                    self.heard(
                        conn,
                        Instant::from_nanos(step.at.as_nanos().saturating_sub(step.think.as_nanos())),
                    );
                    self.thought(step.think);
                }
                Deed::Close(..) | Deed::HangUp => {}
            },
            Line::Write(write) => match write.from {
                Side::Client => self.command(write),
                Side::Server => self.answer(write),
            },
        }
    }

    fn thought(&mut self, think: Duration) {
        if think > Duration::ZERO {
            let thinking = self.kinds.entry("(thinking)".to_owned()).or_default();
            thinking.commands += 1;
            thinking.waited += think;
        }
    }

    /// What the client waited for was there at a moment.
    fn heard(&mut self, conn: u32, at: Instant) {
        let Some((sent, kind)) = self.conns.entry(conn).or_default().burst.take() else { return };
        let kind = self.kinds.entry(kind).or_default();
        kind.round_trips += 1;
        kind.waited += at.since(sent);
    }

    fn command(&mut self, write: &super::Write) {
        let there = Instant::from_nanos(write.at.as_nanos().saturating_sub(write.think.as_nanos()));
        // What a write waited for tells when that was there; pipelined ones waited for the same.
        let waited_for_more = write.cause.is_some_and(|cause| {
            self.conns.get(&write.conn).and_then(|conn| conn.burst.as_ref()).is_some_and(|(sent, _)| {
                self.writes.get(cause.write as usize).is_some_and(|(_, at)| *at >= *sent)
            })
        });
        if waited_for_more {
            self.heard(write.conn, there);
            self.thought(write.think);
        } else if self.conns.get(&write.conn).is_none_or(|conn| conn.burst.is_none()) {
            self.thought(write.think);
        }
        let conn = self.conns.entry(write.conn).or_default();
        let starts = !conn.in_text;
        if starts {
            conn.kind = format!("{} {}", write.service.word(), word_of(write));
        }
        let kind = conn.kind.clone();
        conn.in_text = continues(write, conn.in_text, &kind);
        if conn.burst.is_none() {
            conn.burst = Some((write.at, kind.clone()));
        }
        let counted = self.kinds.entry(kind.clone()).or_default();
        counted.commands += u64::from(starts);
        counted.up += write.octets.len() as u64;
        self.writes.push((kind, write.at));
    }

    fn answer(&mut self, write: &super::Write) {
        let conn = self.conns.entry(write.conn).or_default();
        let asked =
            write.cause.and_then(|cause| self.writes.get(cause.write as usize)).map(|(kind, _)| kind.clone());
        let kind = asked.unwrap_or_else(|| format!("{} (greeting)", write.service.word()));
        if let (Some(opened), None) = (conn.opened.take(), write.cause) {
            // Connecting ends with the greeting.
            conn.burst = Some((opened, kind.clone()));
            self.kinds.entry(kind.clone()).or_default().commands += 1;
        }
        self.kinds.entry(kind.clone()).or_default().down += write.octets.len() as u64;
        self.writes.push((kind, write.at));
    }
}

/// Does what the client writes next belong to this write? A message behind SMTP's DATA ends with a dot of its
/// own (RFC 821 §4.5.2), what follows a literal's length is the rest of its command (RFC 3501 §4.3).
fn continues(write: &super::Write, in_text: bool, kind: &str) -> bool {
    let octets = &write.octets[..];
    match write.service {
        Service::Smtp | Service::Lmtp | Service::Dmsp if in_text || TEXT_FOLLOWS.contains(&kind) => {
            !(octets.ends_with(b"\r\n.\r\n") || (in_text && octets == b".\r\n"))
        }
        Service::Imap => octets.ends_with(b"}\r\n") || !octets.ends_with(b"\n"),
        _ => !octets.ends_with(b"\n"),
    }
}

/// Behind these a text follows up to a dot on a line of its own.
const TEXT_FOLLOWS: [&str; 2] = ["smtp DATA", "dmsp SEND-MESSAGE"];

/// Two traces by kind of command, and what B has more than A.
#[must_use]
pub fn diff(traces: [&Trace; 2], names: [String; 2]) -> Table {
    let [a, b] = traces.map(kinds);
    let mut columns = vec![Column::text("command")];
    for (name, unit, decimal) in [
        ("commands", "", false),
        ("round_trips", "", false),
        ("up", "bytes", false),
        ("down", "bytes", false),
        ("waited_s", "s", true),
    ] {
        for side in ["a", "b"] {
            let column = format!("{side}_{name}");
            let column =
                if decimal { Column::decimal(column, unit, 3) } else { Column::integer(column, unit) };
            columns.push(if name == "commands" { column.detail() } else { column });
        }
    }
    let mut table = Table::results(format!("A: {}, B: {}", names[0], names[1]), columns);
    let words: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let none = Kind::default();
    let mut sums = [Kind::default(); 2];
    for word in words {
        let both = [&a, &b].map(|kinds| *kinds.get(word).unwrap_or(&none));
        for (sum, kind) in sums.iter_mut().zip(both) {
            sum.add(kind);
        }
        table.push(row(word, both));
    }
    table.push(row("in all", sums));
    for (side, trace) in ["A", "B"].into_iter().zip(traces) {
        let said: Vec<String> =
            trace.head.iter().map(|(key, value)| format!("{} {value}", key.word())).collect();
        table.note(format!(
            "{side}: {}.",
            if said.is_empty() { "nothing is said of it".to_owned() } else { said.join(", ") }
        ));
    }
    table.note("waited_s: from a command's leaving until the client had what it waited for; commands that left together count as one round trip, that of the first.");
    table
}

impl Kind {
    fn add(&mut self, other: Self) {
        self.commands += other.commands;
        self.round_trips += other.round_trips;
        self.up += other.up;
        self.down += other.down;
        self.waited += other.waited;
    }
}

fn row(word: &str, [a, b]: [Kind; 2]) -> Vec<Cell> {
    vec![
        word.into(),
        a.commands.into(),
        b.commands.into(),
        a.round_trips.into(),
        b.round_trips.into(),
        a.up.into(),
        b.up.into(),
        a.down.into(),
        b.down.into(),
        a.waited.into(),
        b.waited.into(),
    ]
}
