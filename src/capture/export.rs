//! What a packet sniffer at one end of a session would have captured.

use super::LinkType;
use super::pcapng::{self, Interface, Way};
use crate::desk::ConnId;
use crate::link::ip;
use crate::link::path::Fate;
use crate::link::tcp::Side;
use crate::mail::date::Timestamp;
use crate::time::{Instant, NANOS_PER_SECOND};
use crate::world::{Packet, PacketCause, World, WriteCause};

/// How a session is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// At which end: it sees a packet when it leaves this end or has arrived there.
    pub at: Side,
    /// What stands around each packet.
    pub link_type: LinkType,
    /// What the clock shows when the session's time begins.
    pub epoch: Timestamp,
}

/// A packet that is seen.
struct Seen {
    when: Instant,
    /// Its place in the journal.
    number: usize,
    /// The identification in its IP header.
    id: u16,
    is_repeated: bool,
}

/// The pcapng file of a workstation's session, block by block.
pub fn pcapng(world: &World, workstation: usize, view: View) -> impl Iterator<Item = Vec<u8>> {
    let link = world.workstations().get(workstation).map(|place| place.link());
    let interface = Interface {
        link_type: view.link_type,
        name: link.map(|link| link.name.clone()).unwrap_or_default(),
        description: link.map(|link| link.to_string()).unwrap_or_default(),
        speed: link.map_or(0, |link| link.rate_down.bits_per_second()),
    };
    let packets = seen(world, workstation, view.at).into_iter();
    let packets = packets.filter_map(move |seen| Some((seen.when, block(world, &seen, view)?)));
    let mut control = match view.link_type {
        LinkType::Raw => Vec::new(),
        LinkType::Ppp => control(world, workstation, view),
    }
    .into_iter()
    .peekable();
    let mut packets = packets.peekable();
    // Two lists in order of time become one.
    let blocks = std::iter::from_fn(move || match (control.peek(), packets.peek()) {
        (Some((first, _)), Some((other, _))) if first <= other => control.next(),
        (Some(_), None) => control.next(),
        _ => packets.next(),
    });
    std::iter::once(pcapng::beginning(&interface)).chain(blocks.map(|(_, block)| block))
}

/// What is seen, in order of time. What a server sends to a client who does not get it is not seen by the client.
fn seen(world: &World, workstation: usize, at: Side) -> Vec<Seen> {
    let (mut ids, mut seen) = ([0_u16; 2], Vec::new());
    let mut sent = vec![[0_u64; 2]; world.conns().len()];
    for (number, packet) in world.journal().packets.iter().enumerate() {
        let Some(conn) = world.conn(packet.conn).filter(|conn| conn.workstation == workstation) else {
            continue;
        };
        let from = packet.from.index();
        ids[from] = ids[from].wrapping_add(1);
        let is_repeated = repeats(packet, sent.get_mut(packet.conn.0 as usize).map(|ends| &mut ends[from]));
        let when = if packet.from == at {
            packet.transit.queued
        } else {
            let call = world.journal().calls.get(conn.call.0 as usize);
            let is_cut = call.and_then(|call| call.ended).is_some_and(|ended| ended < packet.transit.arrive);
            if packet.fate != Fate::Arrives || is_cut {
                continue;
            }
            packet.transit.arrive
        };
        seen.push(Seen { when, number, id: ids[from], is_repeated });
    }
    // What arrives leads to what is sent: at the same instant the journal's order holds.
    seen.sort_by_key(|seen| seen.when);
    seen
}

/// Whether a packet carries octets, a SYN or a FIN that its end has sent before.
fn repeats(packet: &Packet, sent: Option<&mut u64>) -> bool {
    let Some(sent) = sent else { return false };
    let segment = &packet.segment;
    let end = segment.seq + u64::from(segment.len) + u64::from(segment.syn) + u64::from(segment.fin);
    let is_repeated = end > segment.seq && segment.seq < *sent;
    *sent = end.max(*sent);
    is_repeated
}

/// What PPP's ends said before the calls were up.
fn control(world: &World, workstation: usize, view: View) -> Vec<(Instant, Vec<u8>)> {
    let calls = &world.journal().calls;
    let of_workstation = world.journal().negotiations.iter().filter(|negotiation| {
        calls.get(negotiation.call.0 as usize).is_some_and(|call| call.workstation == workstation)
    });
    let mut blocks: Vec<(Instant, Vec<u8>)> = of_workstation
        .flat_map(|negotiation| negotiation.what.frames.iter().map(move |frame| (negotiation.start, frame)))
        .map(|(start, frame)| {
            let (when, way) = match frame.from == view.at {
                true => (start + frame.sent, Way::Out),
                false => (start + frame.arrived, Way::In),
            };
            let has_address = frame.content.starts_with(&[0xFF, 0x03]);
            let mut octets = if has_address { Vec::new() } else { vec![0xFF, 0x03] };
            octets.extend_from_slice(&frame.content);
            (when, pcapng::packet(nanos(view, when), way, &octets, ""))
        })
        .collect();
    blocks.sort_by_key(|(when, _)| *when);
    blocks
}

/// A moment in nanoseconds after 1970 began.
fn nanos(view: View, when: Instant) -> u64 {
    let epoch = u64::try_from(view.epoch.unix).unwrap_or(0).saturating_mul(NANOS_PER_SECOND);
    epoch.saturating_add(when.as_nanos())
}

fn block(world: &World, seen: &Seen, view: View) -> Option<Vec<u8>> {
    let packet = world.journal().packets.get(seen.number)?;
    let mut octets = view.link_type.header().to_vec();
    octets.extend(ip_octets(world, packet, seen.id)?);
    let way = if packet.from == view.at { Way::Out } else { Way::In };
    let comment = if seen.is_repeated { "retransmission".to_owned() } else { cause(world, packet) };
    Some(pcapng::packet(nanos(view, seen.when), way, &octets, &comment))
}

/// The octets of an IP packet.
fn ip_octets(world: &World, packet: &Packet, id: u16) -> Option<Vec<u8>> {
    let conn = world.conn(packet.conn)?;
    let first = packet.segment.seq.saturating_sub(1);
    let payload = conn.stream(packet.from).slices(first, first + u64::from(packet.segment.len));
    let addressing = conn.addressing(packet.conn, id);
    let headers = ip::headers(&packet.segment, packet.from, &addressing, payload.clone());
    let mut octets = headers.as_bytes().to_vec();
    payload.for_each(|piece| octets.extend_from_slice(piece));
    Some(octets)
}

/// Why a packet was sent, for whoever reads the capture.
fn cause(world: &World, packet: &Packet) -> String {
    if packet.segment.len == 0 {
        return match packet.cause {
            PacketCause::Timer(_) => "a timer ran out".to_owned(),
            PacketCause::Packet(_) | PacketCause::Application(_) => String::new(),
        };
    }
    match packet.from {
        Side::Client => String::new(),
        Side::Server => {
            answered(world, packet.conn, packet.segment.seq.saturating_sub(1)).unwrap_or_default()
        }
    }
}

/// What the server's octet at this offset answers.
fn answered(world: &World, conn: ConnId, offset: u64) -> Option<String> {
    let write = world.conn(conn)?.stream(Side::Server).write_at(offset)?;
    Some(match write.cause {
        WriteCause::Reply(command) => {
            let command = world.journal().commands.get(command.0 as usize)?;
            format!("answers {}", String::from_utf8_lossy(&command.text).trim_end())
        }
        WriteCause::Greeting => "greets".to_owned(),
        WriteCause::Push { .. } => "tells what another session did".to_owned(),
        WriteCause::Timer | WriteCause::Client => return None,
    })
}
