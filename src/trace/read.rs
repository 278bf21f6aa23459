//! Traces from text.

use bytes::Bytes;

use super::write::Numbered;
use super::{
    CLOSE, CallEvent, Cause, Deed, END, FORMAT, HANG_UP, HeadKey, Line, Luck, OPEN, SIDES, Step, Trace, Write,
};
use crate::desk::Service;
use crate::lesson::{Lesson, Place, nearest};
use crate::link::tcp::Side;
use crate::time::{Duration, Instant};

/// What stands in a line that is a write.
const WRITE: &str = "ID TIME_NS SERVICE/CONN C>|S> CAUSE THINK_NS \"OCTETS\"";

/// What stands in a line that is a step.
const STEPS: &str = "`open TIME_NS CONN [S>] CAUSE THINK_NS`, `close TIME_NS CONN C>|S> CAUSE THINK_NS`, or `hangup TIME_NS CAUSE THINK_NS`";

/// What is wrong with a line: which part of it, what that is, and what is allowed there.
struct Slip<'a> {
    part: &'a str,
    what: String,
    allowed: String,
}

type Read<'a, T> = Result<T, Slip<'a>>;

fn slip<T>(part: &str, what: impl Into<String>, allowed: impl Into<String>) -> Read<'_, T> {
    Err(Slip { part, what: what.into(), allowed: allowed.into() })
}

impl Trace {
    /// Reads the text of a trace, called `file` in messages.
    ///
    /// # Errors
    /// A lesson with line and caret: another format or version, an unknown or repeated key, a line that is neither
    /// a write nor an event of a call, a cause that is no earlier write, time that runs backwards, or anything
    /// written otherwise than [`Trace::to_text`] writes it.
    pub fn parse(text: &str, file: &str) -> Result<Self, Lesson> {
        let lesson = |number: usize, line: &str, slip: Slip<'_>| {
            // A part is a slice of its line: where it begins there is the distance of their addresses.
            let from = (slip.part.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize).min(line.len());
            let column = line.get(..from).map_or(0, |before| before.chars().count());
            let place =
                Place::line(file, number, line).caret(column, slip.part.chars().count(), slip.allowed);
            Lesson::new(slip.what).at(place).hint("the documentation of `maillab::trace` shows a trace")
        };
        let Some(text) = text.strip_suffix('\n') else {
            return Err(Lesson::new("a trace ends with the end of a line; this one is empty or was cut off")
                .at(Place::file(file))
                .hint("record or copy it again"));
        };
        let mut lines = text.split('\n').zip(1..);
        let mut reader = Reader::default();
        if let Some((line, number)) = lines.next() {
            format(line).map_err(|slip| lesson(number, line, slip))?;
        }
        for (line, number) in lines {
            reader.line(line).map_err(|slip| lesson(number, line, slip))?;
        }
        Ok(reader.trace)
    }
}

fn format(line: &str) -> Read<'_, ()> {
    if line == FORMAT {
        return Ok(());
    }
    slip(line, "this is no trace that this version can read", format!("`{FORMAT}`"))
}

/// How far a trace has been read.
#[derive(Default)]
struct Reader {
    trace: Trace,
    /// Of each write its number of octets.
    sizes: Vec<usize>,
    now: Instant,
    call: CallState,
    /// A server has closed.
    ended: bool,
}

/// Whether something can be written.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum CallState {
    #[default]
    Idle,
    Dialling,
    Up,
}

impl Reader {
    fn line<'a>(&mut self, line: &'a str) -> Read<'a, ()> {
        let (word, rest) = line.split_once(' ').unwrap_or_else(|| line.split_at(line.len()));
        if let Some(event) = CallEvent::ALL.into_iter().find(|event| event.word() == word) {
            let at = Instant::from_nanos(nanoseconds(rest)?);
            self.call_event(event, word)?;
            return self.add(Line::Call(event, at), line);
        }
        if [OPEN, CLOSE, HANG_UP].contains(&word) {
            let step = self.step(line, word)?;
            self.ended |= matches!(step.deed, Deed::Close(_, _, Side::Server));
            return self.add(Line::Step(step), line);
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let write = self.write(line)?;
            return self.add(Line::Write(write), line);
        }
        self.head(word, rest)
    }

    fn head<'a>(&mut self, word: &'a str, value: &'a str) -> Read<'a, ()> {
        let words = || HeadKey::ALL.map(HeadKey::word).into_iter();
        let Some(key) = HeadKey::ALL.into_iter().find(|key| key.word() == word) else {
            let events = CallEvent::ALL.map(CallEvent::word).into_iter().chain([OPEN, CLOSE, HANG_UP]);
            let known: Vec<&str> = words().chain(events).collect();
            let allowed = match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("{}, or a write", known.join(", ")),
            };
            return slip(word, "a trace has no such line", allowed);
        };
        if !self.trace.lines.is_empty() {
            return slip(
                word,
                "the head of a trace is over where something happens",
                "a call's event or a write",
            );
        }
        if self.trace.head(key).is_some() {
            return slip(word, format!("`{word}` stands twice in the head"), "once");
        }
        if value.is_empty() || value.contains('\r') {
            return slip(word, format!("`{word}` has no value, or a CR in it"), "a space, a value, LF");
        }
        if key == HeadKey::Luck {
            for word in value.split(' ') {
                if !Luck::ALL.iter().any(|(_, known)| *known == word) {
                    let known = Luck::ALL.map(|(_, word)| word).join(", ");
                    return slip(
                        if word.is_empty() { value } else { word },
                        "this is no kind of luck",
                        known,
                    );
                }
            }
        }
        self.trace.head.push((key, value.to_owned()));
        Ok(())
    }

    fn call_event<'a>(&mut self, event: CallEvent, word: &'a str) -> Read<'a, ()> {
        self.call = match (self.call, event) {
            (CallState::Idle, CallEvent::Dial) => CallState::Dialling,
            (CallState::Dialling, CallEvent::Up) => CallState::Up,
            (CallState::Dialling | CallState::Up, CallEvent::Down | CallEvent::Drop) => CallState::Idle,
            (CallState::Idle, _) => return slip(word, "there is no call here", "`dial`"),
            (_, CallEvent::Dial | CallEvent::Up) => {
                return slip(word, "a call stands already", "`down` or `drop`");
            }
        };
        Ok(())
    }

    /// Takes a line in, if this is how it is written and its time has come.
    fn add<'a>(&mut self, line: Line, text: &'a str) -> Read<'a, ()> {
        let written = Numbered { line: &line, number: self.sizes.len() as u32 }.to_string();
        if written != text {
            let same = text
                .chars()
                .zip(written.chars())
                .take_while(|(a, b)| a == b)
                .map(|(a, _)| a.len_utf8())
                .sum();
            let expected: String = written.get(same..).unwrap_or_default().chars().take(20).collect();
            let part = text.get(same..).unwrap_or_default();
            return slip(part, "a trace is written in one way only", format!("here `{expected}`"));
        }
        if line.at() < self.now {
            let allowed = format!("{} or later", self.now.as_nanos());
            return slip(text, "time runs backwards here", allowed);
        }
        self.now = line.at();
        if let Line::Write(write) = &line {
            self.sizes.push(write.octets.len());
        }
        self.trace.lines.push(line);
        Ok(())
    }

    fn write<'a>(&self, line: &'a str) -> Read<'a, Write> {
        let mut fields = line.splitn(7, ' ');
        let mut field = |what: &str| match fields.next() {
            Some(field) if !field.is_empty() => Ok(field),
            _ => slip(line, format!("{what} is missing"), WRITE),
        };
        let id = field("the number of the write")?;
        if id.parse() != Ok(self.sizes.len()) {
            return slip(id, "writes are numbered from 0 on, one by one", self.sizes.len().to_string());
        }
        if self.call != CallState::Up {
            return slip(id, "nothing can be written while no call is up", "`dial` and `up` first");
        }
        let at = Instant::from_nanos(nanoseconds(field("the time")?)?);
        let (service, conn) = connection(field("the connection")?)?;
        let from = side(field("who wrote")?)?;
        let cause = self.cause(field("what it waited for")?)?;
        let think = Duration::from_nanos(nanoseconds(field("the time of thinking")?)?);
        let octets = octets(field("what was written")?)?;
        Ok(Write { at, service, conn, from, cause, think, octets })
    }

    fn step<'a>(&self, line: &'a str, word: &'a str) -> Read<'a, Step> {
        let mut fields = line.split(' ').skip(1);
        let mut field = |what: &str| match fields.next() {
            Some(field) if !field.is_empty() => Ok(field),
            _ => slip(line, format!("{what} is missing"), STEPS),
        };
        if self.call != CallState::Up {
            return slip(word, "nothing can be done while no call is up", "`dial` and `up` first");
        }
        let at = Instant::from_nanos(nanoseconds(field("the time")?)?);
        let deed = match word {
            HANG_UP => Deed::HangUp,
            OPEN => {
                let (service, conn) = connection(field("the connection")?)?;
                Deed::Open(service, conn, Side::Client)
            }
            _ => {
                let (service, conn) = connection(field("the connection")?)?;
                Deed::Close(service, conn, side(field("who closed")?)?)
            }
        };
        let mut awaited = field("what it waited for")?;
        // Who opened is said where it was not the client.
        let deed = match (deed, side(awaited)) {
            (Deed::Open(service, conn, _), Ok(from)) => {
                awaited = field("what it waited for")?;
                Deed::Open(service, conn, from)
            }
            _ => deed,
        };
        let after_end = awaited == END;
        if after_end && !self.ended {
            return slip(awaited, "no server has closed before this line", "`-`, or an earlier write");
        }
        let cause = if after_end { None } else { self.cause(awaited)? };
        let think = Duration::from_nanos(nanoseconds(field("the time of thinking")?)?);
        Ok(Step { at, deed, cause, after_end, think })
    }

    fn cause<'a>(&self, text: &'a str) -> Read<'a, Option<Cause>> {
        if text == "-" {
            return Ok(None);
        }
        let numbers = text
            .split_once('+')
            .and_then(|(write, octets)| Some((write.parse().ok()?, octets.parse().ok()?)));
        let Some((write, octets)) = numbers else {
            return slip(
                text,
                "this is no cause",
                "`-`, or the number of a write, `+` and how many of its octets",
            );
        };
        match self.sizes.get(write as usize) {
            None => slip(text, format!("there is no write {write} before this line"), "an earlier write"),
            Some(size) if octets == 0 || octets as usize > *size => {
                slip(text, format!("write {write} has {size} octets"), format!("1 to {size} of them"))
            }
            Some(_) => Ok(Some(Cause { write, octets })),
        }
    }
}

fn connection(text: &str) -> Read<'_, (Service, u32)> {
    let named = text.split_once('/').and_then(|(word, number)| {
        let service = Service::named(word)?;
        Some((service, number.parse().ok()?))
    });
    match named {
        Some(named) => Ok(named),
        None => {
            let words: Vec<String> =
                Service::ALL.iter().map(|service| format!("`{}/`", service.word())).collect();
            slip(text, "this names no connection", format!("{} and its number", words.join(", ")))
        }
    }
}

fn side(text: &str) -> Read<'_, Side> {
    match SIDES.into_iter().find(|(_, known)| *known == text) {
        Some((side, _)) => Ok(side),
        None => slip(text, "this is no end of a connection", "`C>` or `S>`"),
    }
}

fn nanoseconds(text: &str) -> Read<'_, u64> {
    text.parse().or_else(|_| slip(text, "this is no time", "nanoseconds, at most 2^64-1"))
}

fn octets(text: &str) -> Read<'_, Bytes> {
    let Some(quoted) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return slip(text, "octets stand between double quotes", "\"...\"");
    };
    let mut octets = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let Some(c) = rest.chars().next() {
        let (octet, len) = match (c, rest.as_bytes().get(1)) {
            ('\\', Some(b'r')) => (Some(b'\r'), 2),
            ('\\', Some(b'n')) => (Some(b'\n'), 2),
            ('\\', Some(b't')) => (Some(b'\t'), 2),
            ('\\', Some(b'"')) => (Some(b'"'), 2),
            ('\\', Some(b'\\')) => (Some(b'\\'), 2),
            ('\\', Some(b'x')) => (rest.get(2..4).and_then(|digits| u8::from_str_radix(digits, 16).ok()), 4),
            (' '..='~', _) if c != '\\' && c != '"' => (u8::try_from(c).ok(), 1),
            _ => (None, 0),
        };
        let Some(octet) = octet else {
            let part = rest.get(..c.len_utf8()).unwrap_or(rest);
            return slip(
                part,
                "this stands for no octet",
                "space to `~`; `\\r \\n \\t \\\" \\\\`; `\\xHH` for any other",
            );
        };
        octets.push(octet);
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(octets.into())
}
