//! Traces to text.

use std::fmt::{self, Write as _};

use super::{CLOSE, Cause, Deed, END, FORMAT, HANG_UP, Line, OPEN, SIDES, Step, Trace, Write};
use crate::link::tcp::Side;

impl Trace {
    /// The trace as text, each line ended by LF.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FORMAT}")?;
        for (key, value) in &self.head {
            writeln!(f, "{} {value}", key.word())?;
        }
        let mut number = 0;
        for line in &self.lines {
            writeln!(f, "{}", Numbered { line, number })?;
            number += u32::from(matches!(line, Line::Write(_)));
        }
        Ok(())
    }
}

/// A line with the number that it has if it is a write.
pub(super) struct Numbered<'a> {
    pub line: &'a Line,
    pub number: u32,
}

impl fmt::Display for Numbered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Line::Call(event, at) => write!(f, "{} {}", event.word(), at.as_nanos()),
            Line::Step(step) => written_step(step, f),
            Line::Write(write) => written(self.number, write, f),
        }
    }
}

fn written_step(step: &Step, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let at = step.at.as_nanos();
    match step.deed {
        Deed::Open(service, conn, Side::Client) => write!(f, "{OPEN} {at} {}/{conn}", service.word())?,
        Deed::Open(service, conn, from) => {
            write!(f, "{OPEN} {at} {}/{conn} {}", service.word(), mark(from))?;
        }
        Deed::Close(service, conn, from) => {
            write!(f, "{CLOSE} {at} {}/{conn} {}", service.word(), mark(from))?
        }
        Deed::HangUp => write!(f, "{HANG_UP} {at}")?,
    }
    match step.after_end {
        true => write!(f, " {END} {}", step.think.as_nanos()),
        false => write!(f, " {} {}", Waited(step.cause), step.think.as_nanos()),
    }
}

fn written(number: u32, write: &Write, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Write { at, service, conn, from, cause, think, octets } = write;
    write!(f, "{number} {} {}/{conn} {} ", at.as_nanos(), service.word(), mark(*from))?;
    write!(f, "{} {} \"", Waited(*cause), think.as_nanos())?;
    octets.iter().try_for_each(|octet| escaped(*octet, f))?;
    f.write_char('"')
}

/// A cause as it is written.
struct Waited(Option<Cause>);

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(cause) => write!(f, "{}+{}", cause.write, cause.octets),
            None => f.write_char('-'),
        }
    }
}

fn mark(side: Side) -> &'static str {
    SIDES.into_iter().find(|(known, _)| *known == side).map_or("", |(_, mark)| mark)
}

fn escaped(octet: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match octet {
        b'\r' => f.write_str("\\r"),
        b'\n' => f.write_str("\\n"),
        b'\t' => f.write_str("\\t"),
        b'"' => f.write_str("\\\""),
        b'\\' => f.write_str("\\\\"),
        b' '..=b'~' => f.write_char(char::from(octet)),
        _ => write!(f, "\\x{octet:02X}"),
    }
}
