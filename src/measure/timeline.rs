//! Whose is each instant of a call, and what was the line doing: two axes of the same time.
//!
//! **Owner: the waiting rule.** While any command is unanswered, the client waits for exactly one byte: the next
//! undelivered byte of the oldest unanswered command in the call. The instant belongs to that byte's cause,
//! `(command, message)`. Otherwise it belongs to set-up (dial to up), connect (SYN to greeting), think (nothing
//! unanswered) or disconnect (last answer to hang-up). These partition the call, so they add up.
//!
//! **Layer: the first that fits.** Down line busy: content, headers, framing or start-stop bits of that packet.
//! Owner is think: the reader. Up line busy: upstream. Something in flight: propagation. Server thinking: server.
//! Else: stall.

use crate::desk::ConnId;
use crate::link::call::CallPhase;
use crate::link::tcp::Side;
use crate::mail::message::MessageId;
use crate::time::Instant;
use crate::world::{Call, CallId, CommandId, Conn, Packet, World, WriteCause};

/// Whose an instant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// Dialling until packets can flow, by the phase of the call.
    SetUp(CallPhase),
    /// A connection's SYN until its greeting.
    Connect(ConnId),
    /// A command, and the message whose part of the answer is awaited.
    Command(CommandId, Option<MessageId>),
    /// Nothing is unanswered.
    Think,
    /// After the last answer, until the call is over.
    Disconnect,
}

/// What the line was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Dialling, ringing, training.
    SetUp,
    /// PPP's two ends agree on the line, and the caller logs in.
    Negotiation,
    /// Clocking out application octets towards the client.
    Content,
    /// Clocking out TCP and IP headers towards the client.
    Headers,
    /// Clocking out framing and escapes towards the client.
    Framing,
    /// Clocking out start and stop bits towards the client.
    StartStop,
    /// Nothing; the reader reads.
    Reader,
    /// Clocking out towards the server.
    Upstream,
    /// Bits are on their way.
    Propagation,
    /// The server thinks.
    Server,
    /// Nothing moves: a timer runs.
    Stall,
}

impl Layer {
    /// All layers, in order.
    pub const ALL: [Self; 11] = [
        Self::SetUp,
        Self::Negotiation,
        Self::Content,
        Self::Headers,
        Self::Framing,
        Self::StartStop,
        Self::Reader,
        Self::Upstream,
        Self::Propagation,
        Self::Server,
        Self::Stall,
    ];

    /// Its name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Negotiation => "negotiation",
            Self::Content => "content",
            Self::Headers => "headers",
            Self::Framing => "framing",
            Self::StartStop => "start-stop",
            Self::Reader => "reader",
            Self::Upstream => "upstream",
            Self::Propagation => "propagation",
            Self::Server => "server",
            Self::Stall => "stall",
        }
    }
}

/// A span of a call with its owner and its layer. The spans of a call follow each other without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub from: Instant,
    /// Until when; later than `from`.
    pub to: Instant,
    /// Whose it is.
    pub owner: Owner,
    /// What the line was doing.
    pub layer: Layer,
}

/// A span whose layer is not known yet.
#[derive(Clone, Copy, Debug)]
struct Owned {
    from: Instant,
    to: Instant,
    owner: Owner,
}

/// About how many spans a packet makes: its layers, what is sent upward, and the way.
const SPANS_A_PACKET: usize = 4;

/// All spans of a call, from dialling to hang-up.
#[must_use]
pub fn of_call(world: &World, id: CallId) -> Vec<Span> {
    let Some(call) = world.journal().calls.get(id.0 as usize) else { return Vec::new() };
    let ended = call.ended.unwrap_or_else(|| world.now());
    let up = call.up.unwrap_or(ended).min(ended);
    let mut spans = Vec::new();
    let is_spoken = world.journal().negotiations.iter().any(|negotiation| negotiation.call == id);
    let ends = call.phases.iter().skip(1).map(|(_, began)| *began).chain(std::iter::once(up));
    for ((phase, began), end) in call.phases.iter().zip(ends) {
        let layer = match phase {
            CallPhase::Negotiate | CallPhase::LogIn if is_spoken => Layer::Negotiation,
            _ => Layer::SetUp,
        };
        push(&mut spans, (*began).min(up), end.min(up), Owner::SetUp(*phase), layer);
    }
    let activity = Activity::of_call(world, id, call);
    spans.reserve(SPANS_A_PACKET * activity.flights.len());
    let mut cursor = Cursor::default();
    for owned in owners(world, id, up, ended) {
        activity.layers(owned, &mut cursor, &mut spans);
    }
    spans
}

fn push(spans: &mut Vec<Span>, from: Instant, to: Instant, owner: Owner, layer: Layer) {
    if to > from {
        spans.push(Span { from, to, owner, layer });
    }
}

/// Something that a client has asked for: when, and when each part of its answer was there.
struct Claim {
    asked: Instant,
    parts: Vec<(Owner, Instant)>,
}

/// Cuts the time from `up` to `ended` by the waiting rule.
fn owners(world: &World, id: CallId, up: Instant, ended: Instant) -> Vec<Owned> {
    let mut claims: Vec<Claim> = Vec::new();
    for (number, conn) in world.conns().iter().enumerate().filter(|(_, conn)| conn.call == id) {
        claims_of_conn(world, ConnId(number as u32), conn, ended, &mut claims);
    }
    claims.sort_by_key(|claim| claim.asked);
    let mut spans = Vec::new();
    let mut now = up;
    let mut own = |now: &mut Instant, to: Instant, owner: Owner| {
        let to = to.min(ended);
        if to > *now {
            spans.push(Owned { from: *now, to, owner });
            *now = to;
        }
    };
    for claim in claims {
        own(&mut now, claim.asked, Owner::Think);
        for (owner, there) in claim.parts {
            own(&mut now, there, owner);
        }
    }
    own(&mut now, ended, Owner::Disconnect);
    spans
}

fn claims_of_conn(world: &World, id: ConnId, conn: &Conn, ended: Instant, claims: &mut Vec<Claim>) {
    let (asked_in, answered_in) = (conn.stream(Side::Client), conn.stream(Side::Server));
    let mut writes = answered_in.writes.iter().peekable();
    let mut greeted = None;
    while let Some(write) = writes.next_if(|write| write.cause == WriteCause::Greeting) {
        greeted = Some(answered_in.arrival_of(write.end()).map_or(ended, |arrival| arrival.at));
    }
    claims.push(Claim { asked: conn.asked, parts: vec![(Owner::Connect(id), greeted.unwrap_or(ended))] });
    for (number, command) in
        world.journal().commands.iter().enumerate().filter(|(_, command)| command.conn == id)
    {
        let command_id = CommandId(number as u32);
        let mut parts: Vec<(Owner, Instant)> = Vec::new();
        while let Some(write) = writes.peek() {
            match write.cause {
                WriteCause::Reply(reply) if reply == command_id => {
                    let there = answered_in.arrival_of(write.end()).map_or(ended, |arrival| arrival.at);
                    let owner = Owner::Command(command_id, write.about.map(|about| about.message));
                    match parts.last_mut() {
                        Some((last, at)) if *last == owner => *at = there,
                        _ => parts.push((owner, there)),
                    }
                }
                WriteCause::Reply(reply) if reply > command_id => break,
                _ => {}
            }
            writes.next();
        }
        let asked = asked_in.write_at(command.from).map_or(command.at, |write| write.at);
        claims.push(Claim { asked, parts });
    }
}

/// What the line and the server did during a call, each list in order of time.
struct Activity<'a> {
    down: Vec<&'a Packet>,
    up: Vec<(Instant, Instant)>,
    flights: Vec<(Instant, Instant)>,
    server: Vec<(Instant, Instant)>,
}

/// How far each list of an [`Activity`] has been used up: spans come in order of time.
#[derive(Default)]
struct Cursor {
    down: usize,
    up: usize,
    flights: usize,
    server: usize,
}

impl<'a> Activity<'a> {
    fn of_call(world: &'a World, id: CallId, call: &Call) -> Self {
        let packets = &world.journal().packets;
        let first = packets.partition_point(|packet| packet.transit.queued < call.dialled);
        let at_most = packets.len().saturating_sub(first);
        let mut activity = Self {
            down: Vec::with_capacity(at_most),
            up: Vec::with_capacity(at_most),
            flights: Vec::with_capacity(at_most),
            server: Vec::new(),
        };
        for packet in packets.iter_from(first).filter(|packet| packet.call == id) {
            activity.flights.push((packet.transit.end, packet.transit.arrive));
            match packet.from {
                Side::Client => activity.up.push((packet.transit.start, packet.transit.end)),
                Side::Server => activity.down.push(packet),
            }
        }
        activity.flights.sort_unstable();
        activity.server = server_time(world, id);
        activity
    }

    /// Cuts an owner's span into layers.
    fn layers(&self, owned: Owned, cursor: &mut Cursor, spans: &mut Vec<Span>) {
        let mut now = owned.from;
        skip(&mut cursor.down, &self.down, |packet| packet.transit.end <= now);
        let mut at = cursor.down;
        while now < owned.to {
            let Some(packet) = self.down.get(at).filter(|packet| packet.transit.start < owned.to) else {
                self.line_idle(Owned { from: now, ..owned }, cursor, spans);
                break;
            };
            let start = packet.transit.start.max(now);
            self.line_idle(Owned { from: now, to: start, ..owned }, cursor, spans);
            let end = packet.transit.end.min(owned.to);
            packet_layers(packet, start, end, owned.owner, spans);
            now = now.max(end);
            at += 1;
        }
    }

    /// The line towards the client is idle: what else was going on?
    fn line_idle(&self, owned: Owned, cursor: &mut Cursor, spans: &mut Vec<Span>) {
        if owned.owner == Owner::Think {
            push(spans, owned.from, owned.to, Owner::Think, Layer::Reader);
            return;
        }
        covered(&self.up, &mut cursor.up, owned, Layer::Upstream, spans, |rest, spans| {
            covered(&self.flights, &mut cursor.flights, rest, Layer::Propagation, spans, |rest, spans| {
                covered(&self.server, &mut cursor.server, rest, Layer::Server, spans, |rest, spans| {
                    push(spans, rest.from, rest.to, rest.owner, Layer::Stall);
                });
            });
        });
    }
}

fn skip<T>(cursor: &mut usize, list: &[T], mut over: impl FnMut(&T) -> bool) {
    while list.get(*cursor).is_some_and(&mut over) {
        *cursor += 1;
    }
}

/// Gives the parts of a span that a list covers to a layer, and hands the rest on.
fn covered(
    list: &[(Instant, Instant)],
    cursor: &mut usize,
    owned: Owned,
    layer: Layer,
    spans: &mut Vec<Span>,
    mut otherwise: impl FnMut(Owned, &mut Vec<Span>),
) {
    let mut now = owned.from;
    skip(cursor, list, |(_, end)| *end <= now);
    let mut at = *cursor;
    while now < owned.to {
        let Some((start, end)) = list.get(at).copied().filter(|(start, _)| *start < owned.to) else {
            otherwise(Owned { from: now, ..owned }, spans);
            return;
        };
        if start > now {
            otherwise(Owned { from: now, to: start, ..owned }, spans);
            now = start;
        }
        let until = end.min(owned.to);
        push(spans, now, until, owned.owner, layer);
        now = now.max(until);
        at += 1;
    }
}

/// The bits of a packet in proportion to its octets: content, headers, framing, and the rest start-stop bits or
/// what error control adds. Where a modem made it smaller than its octets are, they share the time and nothing is
/// left over.
fn packet_layers(packet: &Packet, from: Instant, to: Instant, owner: Owner, spans: &mut Vec<Span>) {
    let span = to.since(from).as_nanos();
    // Compressed, a packet can be shorter on the line than it is: what is beside its content then counts as headers.
    let framing = u64::from(packet.line_octets) * 8;
    let headers = (u64::from(packet.ip_octets) * 8).min(framing);
    let content = (u64::from(packet.segment.len) * 8).min(headers);
    let total = packet.line_bits.max(framing).max(1);
    let cut = |bits: u64| {
        // A part of the span: a product of two numbers of 64 bits nearly always fits into one.
        let part = match span.checked_mul(bits) {
            Some(product) => product / total,
            None => (u128::from(span) * u128::from(bits) / u128::from(total)) as u64,
        };
        from + crate::time::Duration::from_nanos(part)
    };
    let mut now = from;
    for (bits, layer) in [(content, Layer::Content), (headers, Layer::Headers), (framing, Layer::Framing)] {
        let end = if bits == total { to } else { cut(bits) };
        push(spans, now, end, owner, layer);
        now = now.max(end);
    }
    push(spans, now, to, owner, Layer::StartStop);
}

/// When the server had a command and had not begun to answer it.
fn server_time(world: &World, id: CallId) -> Vec<(Instant, Instant)> {
    let mut spans: Vec<(Instant, Instant)> = Vec::new();
    for (number, conn) in world.conns().iter().enumerate().filter(|(_, conn)| conn.call == id) {
        let mut writes = conn.stream(Side::Server).writes.iter().peekable();
        let commands = world.journal().commands.iter().enumerate();
        for (nth, command) in commands.filter(|(_, command)| command.conn == ConnId(number as u32)) {
            let answers = WriteCause::Reply(CommandId(nth as u32));
            let answer = loop {
                match writes.next() {
                    Some(write) if write.cause == answers => break Some(write),
                    Some(_) => {}
                    None => break None,
                }
            };
            if let Some(write) = answer.filter(|write| write.at > command.at) {
                spans.push((command.at, write.at));
            }
        }
    }
    spans.sort_unstable();
    spans
}
