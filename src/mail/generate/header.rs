//! The header of a generated message: the lines that matter, then trace and X- lines up to its size.

use super::generator::Generator;
use super::people;
use super::plan::{self, Plan};
use super::random::{Purpose, Stream};

/// Message-ids in `References`; longer threads lose their middle (as RFC 5536 §3.2.10 has it for news).
const REFERENCES_MAX: usize = 8;

/// The most `Received` lines; the rest of a long header is X- lines.
const RECEIVED_MAX: usize = 9;

const MAILERS: [&str; 8] = [
    "ELM [version 2.4 PL25]",
    "Mozilla 4.04 [en] (Win95; I)",
    "Microsoft Outlook Express 4.72.2106.4",
    "Eudora Pro 3.0.5 (32)",
    "exmh version 2.0.2",
    "Pegasus Mail for Win32 (v2.54)",
    "Z-Mail (3.2.0 06sep94)",
    "Gnus v5.5/Emacs 20.2",
];

/// Lines of little meaning, each used at most once, in this order from a place chosen by chance.
const EXTRAS: [&str; 14] = [
    "X-Priority: 3 (Normal)",
    "X-MSMail-Priority: Normal",
    "Importance: Normal",
    "Organization: The Example Organization, Department of Examples",
    "X-MimeOLE: Produced By Microsoft MimeOLE V4.72.2106.4",
    "X-Sender: (Unverified)",
    "X-Accept-Language: en,de,fr",
    "X-Mozilla-Status: 8001",
    "Status: O",
    "X-Face: nothing to see",
    "X-Attribution: me",
    "X-Loop: example.net",
    "Comments: Authenticated sender is the sender",
    "X-Status:",
];

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
    let old = generator.period().name.as_str() < "1990";
    header.line(&format!("Date: {}", plan.sent.rfc5322()));
    match old {
        true => header.line(&format!("From: {} ({})", author.address, author.name)),
        false => header.line(&format!("From: {} <{}>", author.name, author.address)),
    }
    match plan.thread.list {
        Some(list) => header.line(&format!("To: {list}@example.net")),
        None => header.line(&format!("To: {}", people::OWNER)),
    }
    header.line(&format!("Subject: {}", subject_line(generator, plan)));
    header.line(&format!("Message-ID: {}", plan::message_id(generator, plan.index)));
    let Some(parent) = plan.parent() else { return };
    header.line(&format!("In-Reply-To: {}", plan::message_id(generator, parent)));
    if !old {
        let skipped = plan.chain.len().saturating_sub(REFERENCES_MAX);
        let ids: Vec<String> =
            plan.chain.iter().skip(skipped).map(|index| plan::message_id(generator, *index)).collect();
        header.line(&format!("References: {}", ids.join("\r\n\t")));
    }
}

fn subject_line(generator: &Generator, plan: &Plan) -> String {
    let reply = if plan.chain.is_empty() { "" } else { "Re: " };
    match plan.thread.list.filter(|_| generator.period().name.as_str() >= "1998") {
        Some(list) => format!("{reply}[{list}] {}", plan.thread.subject),
        None => format!("{reply}{}", plan.thread.subject),
    }
}

/// Adds lines until the header is about as long as it should be.
fn pad(plan: &Plan, stream: &mut Stream, header: &mut Header) {
    let wanted = (plan.sizes.header as usize).saturating_sub(2).min(header.limit);
    let mut hop = format!("{} ", plan.author.host);
    let (mut received, mut extras) = (0, 0);
    let first_extra = stream.below(EXTRAS.len() as u32) as usize;
    let mailer = stream.word(&MAILERS);
    loop {
        let room = wanted.saturating_sub(header.len());
        if room >= 110 && received < RECEIVED_MAX && (received < 2 || stream.below(4) > 0) {
            let line = received_line(plan, stream, &mut hop, received, room);
            header.trace.splice(..0, line.into_bytes());
            received += 1;
        } else if room >= 60 && extras == 0 {
            rest_line(header, wanted, &format!("X-Mailer: {mailer}"));
            extras += 1;
        } else if room >= 24 && extras <= EXTRAS.len() {
            rest_line(header, wanted, EXTRAS[(first_extra + extras) % EXTRAS.len()]);
            extras += 1;
        } else if room >= 24 {
            let length = (room - 16).min(60);
            let line = format!("X-Spare-{:02}: {}", extras % 100, hex(stream, length.saturating_sub(1)));
            rest_line(header, wanted, &line);
            extras += 1;
        } else {
            return;
        }
    }
}

fn rest_line(header: &mut Header, wanted: usize, line: &str) {
    if header.len() + line.len() + 2 <= wanted {
        header.rest.extend_from_slice(line.as_bytes());
        header.rest.extend_from_slice(b"\r\n");
    }
}

/// A trace line (RFC 822 §4.3.2), folded as mail transfer agents fold it.
fn received_line(plan: &Plan, stream: &mut Stream, hop: &mut String, nth: usize, room: usize) -> String {
    let by = people::relay(stream);
    let id = stream.bits();
    let at = crate::mail::date::Timestamp {
        unix: plan.sent.unix + ((plan.received.unix - plan.sent.unix) * nth as i64 / 9),
        offset_minutes: 0,
    };
    let from =
        if room >= 170 { format!("{hop}({hop}[{}])", people::ip_address(stream)) } else { hop.clone() };
    *hop = format!("{by} ");
    let agent = ["8.8.5/8.8.5", "8.6.12/8.6.9", "SMI-8.6/SMI-SVR4", "5.67b/IDA-1.5"][id as usize % 4];
    let line = format!(
        "Received: from {}\r\n\tby {by} ({agent}) with SMTP id {:03X}{:05};\r\n\t{}\r\n",
        from.trim_end(),
        id & 0xFFF,
        id >> 16,
        at.rfc5322()
    );
    if line.len() <= room { line } else { format!("Received: by {by}; {}\r\n", at.rfc5322()) }
}

fn hex(stream: &mut Stream, length: usize) -> String {
    (0..length).map(|_| char::from(b"0123456789abcdef"[stream.below(16) as usize])).collect()
}
