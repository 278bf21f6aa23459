//! The header of a generated message: the lines that matter, then trace and X- lines up to its size.

use super::generator::Generator;
use super::people;
use super::plan::{self, Plan};
use super::random::{Purpose, Stream};
use crate::mail::date::Timestamp;

/// Message-ids in `References`; longer threads lose their middle (as RFC 5536 §3.2.10 has it for news).
const REFERENCES_MAX: usize = 8;

/// The most `Received` lines; the rest of a long header is X- lines.
const RECEIVED_MAX: u32 = 6;

/// The least room for a `Received` line in its shortest form.
const RECEIVED_ROOM: usize = 80;

/// The parts of a header while it is put together. Mail programs write the trace first and X- lines last.
struct Header {
    /// `Received` lines, newest first.
    trace: Vec<u8>,
    /// The lines that matter.
    core: Vec<u8>,
    /// Everything else.
    rest: Vec<u8>,
    /// No line is added that would make the header longer than this.
    limit: usize,
}

impl Header {
    fn len(&self) -> usize {
        self.trace.len() + self.core.len() + self.rest.len()
    }

    /// Adds a line to the lines that matter, if there is room.
    fn line(&mut self, line: &str) {
        if self.len() + line.len() + 2 <= self.limit {
            self.core.extend_from_slice(line.as_bytes());
            self.core.extend_from_slice(b"\r\n");
        }
    }
}

/// Writes the header and the empty line behind it. `mime` are lines that must stand in it,
/// `frame` the octets around the text.
pub fn write(generator: &Generator, plan: &Plan, mime: &[String], frame: usize, out: &mut Vec<u8>) {
    let limit =
        if generator.is_exact() { (plan.total as usize).saturating_sub(frame + 4) } else { usize::MAX };
    let mut header = Header { trace: Vec::new(), core: Vec::new(), rest: Vec::new(), limit };
    let mut stream = generator.streams().of(Purpose::Header, plan.index);
    core(generator, plan, &mut header);
    mime.iter().for_each(|line| header.line(line));
    pad(plan, &mut stream, &mut header);
    for part in [&header.trace, &header.core, &header.rest] {
        out.extend_from_slice(part);
    }
    out.extend_from_slice(b"\r\n");
}

/// The fields that a reader or a program goes by (RFC 822 §4).
fn core(generator: &Generator, plan: &Plan, header: &mut Header) {
    let author = &plan.author;
    header.line(&format!("Date: {}", plan.sent.rfc5322()));
    match plan.era.address_first {
        true => header.line(&format!("From: {} ({})", author.address, author.name)),
        false => header.line(&format!("From: {} <{}>", author.name, author.address)),
    }
    match plan.thread.list {
        Some(list) => header.line(&format!("To: {list}@example.net")),
        None => header.line(&format!("To: {}", people::OWNER)),
    }
    header.line(&format!("Subject: {}", subject_line(plan)));
    header.line(&format!("Message-ID: {}", plan::message_id(generator, plan.index)));
    let Some(parent) = plan.parent() else { return };
    header.line(&format!("In-Reply-To: {}", plan::message_id(generator, parent)));
    if !plan.era.address_first {
        let skipped = plan.chain.len().saturating_sub(REFERENCES_MAX);
        let ids: Vec<String> =
            plan.chain.iter().skip(skipped).map(|index| plan::message_id(generator, *index)).collect();
        header.line(&format!("References: {}", ids.join("\r\n\t")));
    }
}

fn subject_line(plan: &Plan) -> String {
    let reply = if plan.chain.is_empty() { "" } else { "Re: " };
    match plan.thread.list.filter(|_| plan.era.tagged_lists) {
        Some(list) => format!("{reply}[{list}] {}", plan.thread.subject),
        None => format!("{reply}{}", plan.thread.subject),
    }
}

/// Adds lines until the header is about as long as it should be.
fn pad(plan: &Plan, stream: &mut Stream, header: &mut Header) {
    let wanted = (plan.sizes.header as usize).saturating_sub(2).min(header.limit);
    received(plan, stream, header, wanted);
    if !plan.era.mailers.is_empty() {
        rest_line(header, wanted, &format!("X-Mailer: {}", stream.word(plan.era.mailers)));
    }
    let extras = plan.era.extras;
    let first = stream.below(extras.len() as u32) as usize;
    for nth in 0..extras.len() {
        rest_line(header, wanted, &numbered(stream, extras[(first + nth) % extras.len()]));
    }
    // A header much longer than its period had them still gets its size.
    for nth in 0.. {
        let room = wanted.saturating_sub(header.len());
        if room < 24 {
            return;
        }
        let digits = "@".repeat((room - 14).min(60).div_ceil(8));
        let mut line = numbered(stream, &format!("X-Trace-{:03}: {digits}", nth % 1000));
        line.truncate(room - 2);
        rest_line(header, wanted, &line);
    }
}

/// Adds trace lines: one or two in any case, then more while there is room, with other lines left some.
fn received(plan: &Plan, stream: &mut Stream, header: &mut Header, wanted: usize) {
    let mut hop = plan.author.host.clone();
    for nth in 0..RECEIVED_MAX {
        let room = wanted.saturating_sub(header.len());
        if room < RECEIVED_ROOM || (nth >= 2 && stream.below(4) == 0) {
            return;
        }
        let line = received_line(plan, stream, &mut hop, nth, room);
        header.trace.splice(..0, line.into_bytes());
    }
}

fn rest_line(header: &mut Header, wanted: usize, line: &str) {
    if header.len() + line.len() + 2 <= wanted {
        header.rest.extend_from_slice(line.as_bytes());
        header.rest.extend_from_slice(b"\r\n");
    }
}

/// A trace line (RFC 822 §4.3.2), folded as mail transfer agents fold it. `hop` is the machine from which the
/// message came, and becomes the one that took it.
fn received_line(plan: &Plan, stream: &mut Stream, hop: &mut String, nth: u32, room: usize) -> String {
    let by = people::relay(stream);
    let id = stream.bits();
    let on_the_way = plan.received.unix - plan.sent.unix;
    let at =
        Timestamp { unix: plan.sent.unix + on_the_way * i64::from(nth) / 8, offset_minutes: 0 }.rfc5322();
    let from =
        if room >= 190 { format!("{hop} ({hop} [{}])", people::ip_address(stream)) } else { hop.clone() };
    let agent = stream.word(plan.era.agents);
    let line = format!(
        "Received: from {from}\r\n\tby {by} ({agent}) with SMTP id {:03X}{:05};\r\n\t{at}\r\n",
        id & 0xFFF,
        id >> 16,
    );
    *hop = by;
    if line.len() <= room { line } else { format!("Received: by {hop}; {at}\r\n") }
}

/// The line with a number of eight hexadecimal digits for each `@` that stands for one: those in addresses,
/// which have a letter before them, stay.
fn numbered(stream: &mut Stream, line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 32);
    let mut letter = false;
    for c in line.chars() {
        if c == '@' && !letter {
            out.push_str(&format!("{:08x}", stream.bits()));
        } else {
            out.push(c);
            letter = c.is_ascii_lowercase();
        }
    }
    out
}
