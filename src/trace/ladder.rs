//! Time-sequence diagrams: of a journal, packet by packet, and of a trace, write by write.

use super::{CallEvent, Deed, Line, Trace};
use crate::chart::Heading;
use crate::chart::ladder::{Arrow, Ladder, Rung};
use crate::chart::ladders::Ladders;
use crate::link::path::Fate;
use crate::link::tcp::Side;
use crate::script::text::escaped;
use crate::time::Instant;
use crate::world::{Conn, Packet, World};

/// The packets of a workstation's last `packets` packets, as they crossed the line.
#[must_use]
pub fn of_packets(world: &World, workstation: usize, packets: usize) -> Ladder {
    let log = &world.journal().packets;
    let mine = |nth: usize| {
        let packet = log.get(nth)?;
        let conn = world.conn(packet.conn).filter(|conn| conn.workstation == workstation)?;
        Some((*packet, conn))
    };
    let mut newest: Vec<_> = (0..log.len()).rev().filter_map(mine).take(packets).collect();
    newest.reverse();
    let rungs = newest.into_iter().map(|(packet, conn)| rung(world, &packet, conn));
    let link =
        world.workstations().get(workstation).map(|place| place.link().name.clone()).unwrap_or_default();
    ladder(
        &format!("Packets over {link}"),
        "Each band is a packet between its first and its last bit.",
        rungs.collect(),
    )
}

/// The last `packets` packets of several workstations, a pair of rails for each, by name and number.
#[must_use]
pub fn side_by_side(world: &World, places: &[(String, usize)], packets: usize) -> Ladders {
    let log = &world.journal().packets;
    let theirs = |nth: usize| {
        let packet = log.get(nth)?;
        let conn = world.conn(packet.conn)?;
        let side = places.iter().position(|(_, workstation)| *workstation == conn.workstation)?;
        Some((side, *packet, conn))
    };
    let mut newest: Vec<_> = (0..log.len()).rev().filter_map(theirs).take(packets).collect();
    newest.reverse();
    // Packets of several lines are in the order in which they were handed over, and may leave in another one.
    newest.sort_by_key(|(_, packet, _)| packet.transit.start);
    let link = |number: &usize| world.workstations().get(*number).map(|place| place.link().name.clone());
    let named = places.iter().map(|(name, number)| format!("{name}, {}", link(number).unwrap_or_default()));
    Ladders {
        heading: Heading::new("Packets of several workstations", "Time runs down, the same for all."),
        sides: named.collect(),
        server: "server".to_owned(),
        rungs: newest.into_iter().map(|(side, packet, conn)| (side, rung(world, &packet, conn))).collect(),
    }
}

/// A packet as an arrow.
fn rung(world: &World, packet: &Packet, conn: &Conn) -> Rung {
    let segment = &packet.segment;
    let what = match (segment.syn, segment.fin, segment.len) {
        (true, ..) => "SYN".to_owned(),
        (_, true, _) => "FIN".to_owned(),
        (_, _, 0) => "ACK".to_owned(),
        (_, _, octets) => {
            let said = conn.stream(packet.from).joined(
                segment.seq.saturating_sub(1),
                segment.seq.saturating_sub(1) + u64::from(octets.min(SAID_MAX as u32)),
            );
            format!("{octets} bytes: {}", first_line(&said))
        }
    };
    Rung::Arrow(Arrow {
        to_right: packet.from == Side::Client,
        left_at: packet.transit.start.as_nanos(),
        gone_at: Some(packet.transit.end.as_nanos()),
        there_at: is_there(packet, world.now()).then_some(packet.transit.arrive.as_nanos()),
        about: format!("{what}; {} bytes of IP, {} on the line", packet.ip_octets, packet.line_octets),
        label: match became(packet, world.now()) {
            Some(became) => format!("{became}: {what}"),
            None => what,
        },
    })
}

/// Has it arrived by now?
fn is_there(packet: &Packet, now: Instant) -> bool {
    packet.fate == Fate::Arrives && packet.transit.arrive <= now
}

/// What became of a packet that has not arrived, in a word or two.
fn became(packet: &Packet, now: Instant) -> Option<&'static str> {
    match packet.fate {
        Fate::Arrives if is_there(packet, now) => None,
        Fate::Arrives => Some("under way"),
        Fate::Lost => Some("LOST"),
        Fate::Tossed => Some("TOSSED"),
        Fate::QueueFull => Some("QUEUE FULL"),
    }
}

impl Trace {
    /// The trace as a time-sequence diagram: an arrow a write. When it had arrived is known of writes that something
    /// waited for.
    #[must_use]
    pub fn ladder(&self) -> Ladder {
        let there = self.arrivals();
        let mut rungs = Vec::with_capacity(self.lines.len());
        let mut number = 0;
        for line in &self.lines {
            match line {
                Line::Call(event, at) => rungs.push(Rung::Mark(at.as_nanos(), said(*event).to_owned())),
                Line::Step(step) => {
                    let what = match step.deed {
                        Deed::Open(service, conn, from) => {
                            let who = if from == Side::Client { "" } else { "server: " };
                            format!("{who}open {}/{conn}", service.word())
                        }
                        Deed::Close(service, conn, from) => {
                            let who = if from == Side::Client { "client" } else { "server" };
                            format!("{who} closes {}/{conn}", service.word())
                        }
                        Deed::HangUp => "hang up".to_owned(),
                    };
                    rungs.push(Rung::Mark(step.at.as_nanos(), what));
                }
                Line::Write(write) => {
                    rungs.push(Rung::Arrow(Arrow {
                        to_right: write.from == Side::Client,
                        left_at: write.at.as_nanos(),
                        gone_at: None,
                        there_at: there.get(number).copied().flatten(),
                        label: first_line(&super::secret::without_password(write)),
                        about: format!("write {number}, {} bytes", write.octets.len()),
                    }));
                    number += 1;
                }
            }
        }
        let title = match self.head(super::HeadKey::Link) {
            Some(link) => format!("A session over {link}"),
            None => "A session".to_owned(),
        };
        ladder(&title, "An arrow is a write; it ends where the other end is known to have had it.", rungs)
    }

    /// Of each write when all of it had arrived, if something waited for its end.
    fn arrivals(&self) -> Vec<Option<u64>> {
        let sizes: Vec<usize> = self.writes().map(|write| write.octets.len()).collect();
        let mut there = vec![None; sizes.len()];
        let waits = self.lines.iter().filter_map(|line| match line {
            Line::Call(..) => None,
            Line::Step(step) => Some((step.at, step.cause?, step.think)),
            Line::Write(write) => Some((write.at, write.cause?, write.think)),
        });
        for (at, cause, think) in waits {
            let nth = cause.write as usize;
            if let (Some(there), Some(size)) = (there.get_mut(nth), sizes.get(nth))
                && *size == cause.octets as usize
            {
                *there = Some(at.as_nanos().saturating_sub(think.as_nanos()));
            }
        }
        there
    }
}

const fn said(event: CallEvent) -> &'static str {
    match event {
        CallEvent::Dial => "dial",
        CallEvent::Up => "the line is up",
        CallEvent::Drop => "the line drops",
        CallEvent::Down => "the call is over",
    }
}

/// So many octets are looked at for a label.
const SAID_MAX: usize = 60;

/// The first line of what was written, and that there is more.
fn first_line(octets: &[u8]) -> String {
    let shown = octets.get(..SAID_MAX.min(octets.len())).unwrap_or(octets);
    let end = memchr::memchr(b'\n', shown);
    let line = end.and_then(|end| shown.get(..end)).unwrap_or(shown);
    let more = end.map_or(octets.len() > shown.len(), |end| end + 1 < octets.len());
    format!("{}{}", escaped(line.strip_suffix(b"\r").unwrap_or(line)), if more { " …" } else { "" })
}

fn ladder(title: &str, subtitle: &str, rungs: Vec<Rung>) -> Ladder {
    Ladder {
        heading: Heading::new(title, subtitle),
        left: "client".to_owned(),
        right: "server".to_owned(),
        rungs,
    }
}
