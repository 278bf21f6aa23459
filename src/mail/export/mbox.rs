//! Messages as an mbox file, in any of the four variants.

use crate::mail::date::{MONTHS, Timestamp, WEEKDAYS};
use crate::mail::import::mbox::Variant;

/// Appends one message to the octets of an mbox, lines ended by LF.
///
/// The "From " line gets `sender` (`MAILER-DAEMON` if it is empty; blanks and control characters become `-`) and
/// the date in UTC. Reading the file as `variant` gives the same octets back, with these exceptions, which the
/// formats cannot express:
///
/// * mboxo: a line that begins with `>From ` loses its `>`.
/// * mboxo and mboxrd, and a message without a body in any variant: a last line without CR LF gets one.
/// * All: an LF on its own becomes CR LF.
pub fn append(file: &mut Vec<u8>, variant: Variant, sender: &str, received: Timestamp, message: &[u8]) {
    file.extend_from_slice(from_line(sender, received).as_bytes());
    let body_at = body_at(message);
    let (header, body) = message.split_at(body_at.unwrap_or(message.len()));
    let mut stored_body = Vec::with_capacity(body.len() + body.len() / 32);
    push_lines(&mut stored_body, variant, body);
    let fields = if body_at.is_some() { without_blank_line(header) } else { header };
    push_lines(file, variant, fields);
    if !file.ends_with(b"\n") {
        file.push(b'\n');
    }
    if variant.has_length() {
        file.extend_from_slice(format!("Content-Length: {}\n", stored_body.len()).as_bytes());
    }
    if body_at.is_some() {
        file.push(b'\n');
    }
    file.extend_from_slice(&stored_body);
    if !variant.has_length() && !file.ends_with(b"\n") {
        file.push(b'\n');
    }
    file.push(b'\n');
}

fn from_line(sender: &str, received: Timestamp) -> String {
    let sender: String =
        sender.chars().map(|c| if c.is_whitespace() || c.is_control() { '-' } else { c }).collect();
    let sender = if sender.is_empty() { "MAILER-DAEMON" } else { &sender };
    let utc = Timestamp { offset_minutes: 0, ..received }.civil();
    let weekday = WEEKDAYS[utc.weekday().to_monday_zero_offset() as usize % 7];
    let month = MONTHS[(utc.month() as usize + 11) % 12];
    let (day, hour, minute, second) = (utc.day(), utc.hour(), utc.minute(), utc.second());
    format!("From {sender} {weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {:04}\n", utc.year())
}

/// Where the body begins: behind the first empty line. `None` if there is none.
fn body_at(message: &[u8]) -> Option<usize> {
    let mut at = 0;
    for line in message.split_inclusive(|octet| *octet == b'\n') {
        at += line.len();
        if line == b"\r\n" || line == b"\n" {
            return Some(at);
        }
    }
    None
}

fn without_blank_line(header: &[u8]) -> &[u8] {
    let header = header.strip_suffix(b"\n").unwrap_or(header);
    header.strip_suffix(b"\r").unwrap_or(header)
}

fn push_lines(file: &mut Vec<u8>, variant: Variant, text: &[u8]) {
    for line in text.split_inclusive(|octet| *octet == b'\n') {
        if is_quoted(variant, line) {
            file.push(b'>');
        }
        match line.strip_suffix(b"\r\n") {
            // A CR of the line's own before an LF would be taken for half of a CR LF.
            Some(content) if content.ends_with(b"\r") => file.extend_from_slice(line),
            Some(content) => {
                file.extend_from_slice(content);
                file.push(b'\n');
            }
            None => file.extend_from_slice(line),
        }
    }
}

fn is_quoted(variant: Variant, line: &[u8]) -> bool {
    let marks = line.iter().take_while(|octet| **octet == b'>').count();
    let is_from = line.get(marks..).is_some_and(|rest| rest.starts_with(b"From "));
    match variant {
        Variant::Mboxo => is_from && marks == 0,
        Variant::Mboxrd | Variant::Mboxcl => is_from,
        Variant::Mboxcl2 => false,
    }
}
