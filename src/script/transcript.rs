//! What came of a script, as text: itself a script, with time, bytes and cost as remarks.

use std::fmt::Write as _;

use bytes::Bytes;

use super::hand::Used;
use super::text;
use crate::link::tariff::Tariff;

/// All that was said, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// The entries.
    pub entries: Vec<Entry>,
}

/// One thing that was said or done.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// A command of the laboratory, as the script has it.
    Command(String),
    /// Octets that the client sent; on which connection, if a name is needed.
    Sent(Option<String>, Bytes),
    /// A line of the server.
    Line(Option<String>, Bytes),
    /// The rest of an answer.
    Rest(Option<String>, Rest),
    /// What the laboratory had to say, in lines.
    Told(String),
    /// An exchange is over: what was used up before it and after it.
    Exchange(Used, Used),
}

/// The rest of an answer: how long it was and how it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// Lines.
    pub lines: u64,
    /// Octets, line ends included.
    pub octets: u64,
    /// The first lines.
    pub first: Vec<Bytes>,
}

/// How many lines of a long answer are shown.
pub const SHOWN_LINES: usize = 5;

impl Rest {
    /// One line more.
    pub fn push(&mut self, line: &Bytes) {
        self.lines += 1;
        self.octets += line.len() as u64 + 2;
        if self.first.len() < SHOWN_LINES {
            self.first.push(line.clone());
        }
    }
}

impl Transcript {
    /// The transcript as text. What it has to say beside the dialogue stands in remarks.
    #[must_use]
    pub fn to_text(&self, tariff: &Tariff) -> String {
        let mut text = String::new();
        for entry in &self.entries {
            entry.write(&mut text, &tariff.currency);
        }
        text
    }
}

impl Entry {
    fn write(&self, to: &mut String, currency: &str) {
        let name = |conn: &Option<String>| conn.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        // Writing into a string cannot fail.
        let _ = match self {
            Self::Command(command) => writeln!(to, "{command}"),
            Self::Sent(conn, octets) => match octets.strip_suffix(b"\r\n") {
                Some(line) => writeln!(to, "{}C: {}", name(conn), text::escaped(line)),
                None => writeln!(to, "{}C- {}", name(conn), text::escaped(octets)),
            },
            Self::Line(conn, line) => writeln!(to, "{}S: {}", name(conn), text::expected(line)),
            Self::Rest(conn, rest) => {
                let _ = writeln!(to, "{}S.. {}", name(conn), rest.lines);
                for line in &rest.first {
                    let _ = writeln!(to, "#  | {}", text::escaped(line));
                }
                let more = rest.lines.saturating_sub(rest.first.len() as u64);
                if more > 0 {
                    writeln!(to, "#  … {more} lines more; {} bytes in all", rest.octets)
                } else {
                    Ok(())
                }
            }
            Self::Told(told) => {
                for line in told.lines() {
                    let _ = writeln!(to, "#  {line}");
                }
                Ok(())
            }
            Self::Exchange(before, after) => writeln!(to, "{}", exchange(before, after, currency)),
        };
    }
}

/// An exchange in one line: when it was over, how long it took, what it moved, and what it all costs so far.
#[must_use]
pub fn exchange(before: &Used, after: &Used, currency: &str) -> String {
    format!(
        "#    {} (+{}): {} bytes up, {} down, {} on the line; {} {currency}",
        seconds(after.at.as_nanos()),
        seconds(after.at.since(before.at).as_nanos()),
        after.up - before.up,
        after.down - before.down,
        after.line - before.line,
        after.cost,
    )
}

/// Seconds to the millisecond, the last digit cut off, not rounded: no figure may be ahead of its time.
#[must_use]
pub fn seconds(nanos: u64) -> String {
    let millis = nanos / 1_000_000;
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}
