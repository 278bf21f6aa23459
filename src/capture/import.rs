//! A capture of a real session as a trace: which application wrote what, when, and what it had waited for.
//!
//! A capture shows packets and no causes. What is inferred:
//!
//! - **Writes.** What one end sends until the other says something is one write; it is cut where its sender had no
//!   more to send (PSH), all of it was acknowledged, and more came more than a second later all the same.
//! - **Causes.** A write waited for the last octets of the other end that its writer can have had. The handshake shows
//!   how long a word takes from where the capture was taken to each end and back; what was seen later than that before
//!   the write cannot have been known.
//! - **Sure or guessed.** A cause is *sure* if the two ends take turns there: the other end had said one thing since
//!   this one's last write (if it is the client's: one line, or more lines in answer to a request for them), all of
//!   it could be known, and it said no more until this write was seen. Anything else is *guessed*: who speaks while
//!   the other still does may have waited for less, or for nothing.
//!
//! The times of a trace are those of the writer: half a round trip before the packet was seen, and earlier by the time
//! that its octets took on the line, which packets that come one behind the other show.

use bytes::{Bytes, BytesMut};

use super::flow::{Flow, Flows, Part};
use super::packet;
use super::read::{Packets, refuse};
use crate::desk::Service;
use crate::lesson::Lesson;
use crate::link::tcp::Side;
use crate::time::{Duration, Instant, NANOS_PER_SECOND};
use crate::trace::{CallEvent, Cause, HeadKey, Line, Trace, Write};

/// What one end sends later than this, in nanoseconds, and than a round trip is another write.
const PAUSE: u64 = NANOS_PER_SECOND;

/// At most so many things that the other end said are tried as the cause of a write.
const LOOKED_BACK: usize = 64;

/// A capture as a trace, with what it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The session. Its head says which causes are guessed.
    pub trace: Trace,
    /// Packets in the capture.
    pub packets: u32,
    /// Packets of other protocols than TCP.
    pub others: u32,
    /// Connections that are no mail protocol that is known here, or that carried nothing.
    pub passed_over: usize,
    /// Causes that are sure, and causes that are guessed.
    pub causes: [usize; 2],
}

/// Reads a capture.
///
/// # Errors
/// What is no capture, what does not hold together (with the number of the packet), octets that are missing, and a
/// capture without a mail session.
pub fn import(file: &[u8]) -> Result<Imported, Lesson> {
    let (mut flows, mut packets, mut others) = (Flows::default(), 0, 0);
    for captured in Packets::new(file)? {
        let captured = captured?;
        packets = captured.number;
        match packet::segment(&captured)? {
            Some(segment) => flows.add(segment)?,
            None => others += 1,
        }
    }
    let all = flows.flows.len();
    let sessions: Vec<(Service, &Flow<'_>)> =
        flows.flows.iter().filter_map(|flow| Some((service(flow)?, flow))).collect();
    if sessions.is_empty() {
        let lesson =
            Lesson::new(format!("among {packets} packets there is no session of POP3, IMAP or SMTP"));
        return Err(lesson
            .note("a session is known by the server's first line: `+OK`, `* OK` or `220`")
            .hint("a session inside TLS cannot be told apart; capture one in clear"));
    }
    if let Some(number) = sessions.iter().filter_map(|(_, flow)| flow.gap()).min() {
        let lesson = refuse(number, "the octets before it are missing");
        return Err(lesson.hint("whoever captured it lost packets; capture again, with less to look at"));
    }
    let (trace, causes) = trace(&sessions);
    Ok(Imported { trace, packets, others, passed_over: all - sessions.len(), causes })
}

/// Which protocol a connection speaks, by what the server says first.
fn service(flow: &Flow<'_>) -> Option<Service> {
    let greeting = flow.streams.get(Side::Server.index())?;
    let mut first = greeting.slices(0..greeting.end().min(16)).flatten().copied();
    let mut begins = [0; 4];
    begins.iter_mut().zip(&mut first).for_each(|(place, octet)| *place = octet);
    match &begins {
        b"+OK " | b"+OK\r" => Some(Service::Pop3),
        b"* OK" | b"* PR" | b"* BY" => Some(Service::Imap),
        b"220 " | b"220-" => Some(Service::Smtp),
        _ => None,
    }
}

/// What an application wrote at once, as far as packets show it.
struct Written {
    from: Side,
    parts: Vec<Part>,
}

impl Written {
    fn begin(&self) -> u64 {
        self.parts.first().map_or(0, |part| part.offsets.start)
    }

    fn end(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.offsets.end)
    }

    fn first_seen(&self) -> u64 {
        self.parts.first().map_or(0, |part| part.nanos)
    }

    fn last_seen(&self) -> u64 {
        self.parts.last().map_or(0, |part| part.nanos)
    }
}

/// The writes of a connection, in the order in which they were first seen.
fn writes(flow: &Flow<'_>) -> Vec<Written> {
    let mut writes: Vec<Written> = Vec::new();
    // A sender that waits for its window goes on within a round trip.
    let pause = flow.round_trips.iter().fold(PAUSE, |sum, round_trip| sum.saturating_add(*round_trip));
    for part in &flow.parts {
        let goes_on = writes.last().is_some_and(|last| {
            let before = last.parts.last();
            let waited = before.is_some_and(|before| part.nanos.saturating_sub(before.nanos) > pause);
            let paused = waited && part.was_idle && before.is_some_and(|before| before.push);
            last.from == part.from && !paused
        });
        match writes.last_mut().filter(|_| goes_on) {
            Some(last) => last.parts.push(part.clone()),
            None => writes.push(Written { from: part.from, parts: vec![part.clone()] }),
        }
    }
    writes
}

/// A write with its cause, which is the place of a write of the same connection.
struct Inferred {
    at: u64,
    cause: Option<(usize, u32)>,
    think: u64,
    is_sure: bool,
}

/// What the `nth` write of a connection waited for. `paces` are the nanoseconds that an octet takes on the line, by the
/// end that writes.
fn infer(flow: &Flow<'_>, paces: [u64; 2], writes: &[Written], nth: usize) -> Option<Inferred> {
    let write = writes.get(nth)?;
    let round_trip = flow.round_trips.get(write.from.index()).copied().unwrap_or_default();
    let on_the_line =
        |part: Option<&Part>| part.map_or(0, |part| part.octets().saturating_mul(paces[part.from.index()]));
    // When the first octets of it would have been seen had they been as few as a handshake's.
    let seen_first = write.first_seen().saturating_sub(on_the_line(write.parts.first()));
    // Packets differ in length, and a handshake's are the shortest: what is a little too late was in time.
    let known_until = seen_first.saturating_sub(round_trip - round_trip / 8);
    let before = writes.get(..nth).unwrap_or_default();
    let heard = before.iter().enumerate().rev().filter(|(_, other)| other.from != write.from);
    let cause = heard.take(LOOKED_BACK).find_map(|(place, other)| {
        let in_time = other.parts.partition_point(|part| part.nanos <= known_until);
        let part = other.parts.get(in_time.checked_sub(1)?)?;
        Some((place, part.offsets.end - other.begin(), part.nanos))
    });
    let at = seen_first.saturating_sub(round_trip / 2);
    let Some((place, octets, seen)) = cause else {
        // A server greets by itself; whoever else speaks first was not waited for by anybody.
        return Some(Inferred { at, cause: None, think: 0, is_sure: before.is_empty() });
    };
    let other = writes.get(place)?;
    let took_turns = place + 1 == nth && octets == other.end() - other.begin();
    let one_before = place.checked_sub(1).and_then(|before| writes.get(before));
    let is_one_thing = one_before.is_none_or(|before| before.from == write.from);
    let asked_once = write.from == Side::Client || lines(flow, other) == 1 || is_wanted(flow, one_before);
    let is_sure = took_turns && is_one_thing && asked_once && other.last_seen() <= known_until;
    let think = seen_first.saturating_sub(seen).saturating_sub(round_trip);
    Some(Inferred { at, cause: Some((place, u32::try_from(octets).ok()?)), think, is_sure })
}

/// How many lines a write has.
fn lines(flow: &Flow<'_>, write: &Written) -> usize {
    octets(flow, write).iter().filter(|octet| **octet == b'\n').count()
}

/// Whether this write asked the other end for more: IMAP's `+` (RFC 3501 §7.5), SMTP's 354 (RFC 5321 §4.3.2).
fn is_wanted(flow: &Flow<'_>, write: Option<&Written>) -> bool {
    let Some(write) = write else { return false };
    let octets = octets(flow, write);
    let last = octets.strip_suffix(b"\r\n").and_then(|text| text.rsplit(|octet| *octet == b'\n').next());
    last.is_some_and(|line| line == b"+" || line.starts_with(b"+ ") || line.starts_with(b"354"))
}

fn octets(flow: &Flow<'_>, write: &Written) -> Bytes {
    let mut octets = BytesMut::new();
    if let Some(stream) = flow.streams.get(write.from.index()) {
        stream.slices(write.begin()..write.end()).for_each(|piece| octets.extend_from_slice(piece));
    }
    octets.freeze()
}

/// All connections as one trace, within one call, and how many causes are sure and guessed.
fn trace(sessions: &[(Service, &Flow<'_>)]) -> (Trace, [usize; 2]) {
    let begun = sessions.iter().map(|(_, flow)| flow.begun).min().unwrap_or_default();
    let mut lines: Vec<Placed> = Vec::new();
    for (conn, (_, flow)) in sessions.iter().enumerate() {
        let writes = writes(flow);
        let paces = [Side::Client, Side::Server].map(|from| flow.nanos_an_octet(from));
        // A write is no earlier than what it waited for, whatever half a round trip makes of it.
        let mut at: Vec<u64> = Vec::with_capacity(writes.len());
        for (nth, write) in writes.iter().enumerate() {
            let Some(mut inferred) = infer(flow, paces, &writes, nth) else { continue };
            let cause = inferred.cause.and_then(|(place, _)| at.get(place)).copied().unwrap_or_default();
            inferred.at = inferred.at.max(cause).max(flow.begun);
            at.push(inferred.at);
            lines.push(Placed {
                place: (conn, nth),
                inferred,
                octets: octets(flow, write),
                from: write.from,
            });
        }
    }
    lines.sort_by_key(|line| (line.inferred.at, line.place));
    numbered(sessions, lines, begun)
}

/// A write of one of several connections, with what was inferred about it.
struct Placed {
    /// Which connection, and which of its writes.
    place: (usize, usize),
    inferred: Inferred,
    octets: Bytes,
    from: Side,
}

/// Writes, in order, with the numbers that they have in the trace.
fn numbered(sessions: &[(Service, &Flow<'_>)], lines: Vec<Placed>, begun: u64) -> (Trace, [usize; 2]) {
    let numbers: std::collections::BTreeMap<(usize, usize), u32> =
        lines.iter().zip(0..).map(|(line, number)| (line.place, number)).collect();
    let (mut causes, mut guessed, mut last) = ([0; 2], Vec::new(), begun);
    let mut trace = Trace::default().with(HeadKey::Version, env!("CARGO_PKG_VERSION"));
    let since = |nanos: u64| Instant::from_nanos(nanos.saturating_sub(begun));
    let mut written =
        vec![Line::Call(CallEvent::Dial, since(begun)), Line::Call(CallEvent::Up, since(begun))];
    for (Placed { place: (conn, _), inferred, octets, from }, number) in lines.into_iter().zip(0_u32..) {
        let at = inferred.at;
        causes[usize::from(!inferred.is_sure)] += 1;
        if !inferred.is_sure {
            guessed.push(number);
        }
        last = last.max(at);
        let service = sessions.get(conn).map_or(Service::Pop3, |(service, _)| *service);
        let cause = inferred.cause.and_then(|(place, octets)| {
            numbers.get(&(conn, place)).map(|write| Cause { write: *write, octets })
        });
        let think = Duration::from_nanos(if cause.is_some() { inferred.think } else { 0 });
        written.push(Line::Write(Write {
            at: since(at),
            service,
            conn: conn as u32,
            from,
            cause,
            think,
            octets,
        }));
    }
    let ended = sessions.iter().filter_map(|(_, flow)| flow.parts.last()).map(|part| part.nanos).max();
    written.push(Line::Call(CallEvent::Down, since(ended.unwrap_or(last).max(last))));
    if !guessed.is_empty() {
        trace = trace.with(HeadKey::Guessed, ranges(&guessed));
    }
    trace.lines = written;
    (trace, causes)
}

/// Numbers in ascending order, those that follow each other drawn together: `3 5-9`.
fn ranges(numbers: &[u32]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let texts: Vec<String> = runs
        .filter_map(|run| match (run.first()?, run.last()?) {
            (first, last) if first == last => Some(first.to_string()),
            (first, last) => Some(format!("{first}-{last}")),
        })
        .collect();
    texts.join(" ")
}
