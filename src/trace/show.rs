//! A trace for people: who wrote what, when.

use std::fmt::Write as _;

use super::secret::without_password;
use super::{Deed, Line, Trace};
use crate::link::tcp::Side;
use crate::script::text::escaped;
use crate::time::Instant;

/// The trace, a line of the trace a line of text and each of what was written a line under it, no longer than
/// `width` characters, but of 40 at least. Passwords are `***`.
#[must_use]
pub fn plain(trace: &Trace, width: usize) -> String {
    let width = width.max(40);
    let mut told = String::new();
    for (key, value) in &trace.head {
        put(&mut told, width, &format!("{:<9} {value}", key.word()));
    }
    for line in &trace.lines {
        match line {
            Line::Call(event, at) => put(&mut told, width, &format!("{:>12} {}", seconds(*at), event.word())),
            Line::Step(step) => {
                let what = match step.deed {
                    Deed::Open(service, conn, Side::Client) => format!("open {}/{conn}", service.word()),
                    Deed::Open(service, conn, from) => {
                        format!("{} open {}/{conn}", mark(from), service.word())
                    }
                    Deed::Close(service, conn, from) => {
                        format!("{} close {}/{conn}", mark(from), service.word())
                    }
                    Deed::HangUp => "hang up".to_owned(),
                };
                put(&mut told, width, &format!("{:>12} {what}", seconds(step.at)));
            }
            Line::Write(write) => {
                let conn = format!("{}/{}", write.service.word(), write.conn);
                let shown = without_password(write);
                let mut pieces = shown.split_inclusive(|octet| *octet == b'\n');
                let first = text_of(pieces.next().unwrap_or_default());
                put(
                    &mut told,
                    width,
                    &format!("{:>12} {conn:<7} {} {first}", seconds(write.at), mark(write.from)),
                );
                let more: Vec<&[u8]> = pieces.collect();
                for piece in more.iter().take(LINES_SHOWN) {
                    put(&mut told, width, &format!("{:>12} {:<7}    {}", "", "", text_of(piece)));
                }
                if let Some(left) = more.len().checked_sub(LINES_SHOWN).filter(|left| *left > 0) {
                    put(&mut told, width, &format!("{:>12} {:<7}    ... {left} more lines", "", ""));
                }
            }
        }
    }
    told
}

/// So many more lines of one write are shown.
const LINES_SHOWN: usize = 6;

fn put(told: &mut String, width: usize, line: &str) {
    let _ = writeln!(told, "{}", cut(line.trim_end(), width));
}

/// The text, or as much of it as there is room for and an ellipsis.
pub(super) fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

/// A line without its line end; what is not printable is an escape. Of a long one only the beginning.
pub(super) fn text_of(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
    escaped(line.get(..1000).unwrap_or(line))
}

const fn mark(side: Side) -> &'static str {
    match side {
        Side::Client => "C>",
        Side::Server => "S>",
    }
}

/// Seconds to the tenth of a millisecond.
pub(super) fn seconds(at: Instant) -> String {
    let tenths = at.as_nanos() / 100_000;
    format!("{}.{:04}", tenths / 10_000, tenths % 10_000)
}
