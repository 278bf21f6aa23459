//! Traces to text.

use std::fmt::{self, Write as _};

use super::{FORMAT, Line, SIDES, Trace, Write};

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
        let write = match self.line {
            Line::Call(event, at) => return write!(f, "{} {}", event.word(), at.as_nanos()),
            Line::Write(write) => write,
        };
        let Write { at, service, conn, from, cause, think, octets } = write;
        let word = service.word();
        let mark = SIDES.iter().find(|(known, _)| known == from).map_or("", |(_, mark)| mark);
        write!(f, "{} {} {word}/{conn} {mark} ", self.number, at.as_nanos())?;
        match cause {
            Some(cause) => write!(f, "{}+{}", cause.write, cause.octets)?,
            None => f.write_char('-')?,
        }
        write!(f, " {} \"", think.as_nanos())?;
        octets.iter().try_for_each(|octet| escaped(*octet, f))?;
        f.write_char('"')
    }
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
