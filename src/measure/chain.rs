//! The chain of causes from the first SYN to the last wanted byte, walked backwards.
//!
//! From the packet that brought the last wanted byte: if it queued behind another packet, that one held it up;
//! if not, whatever made its sender send it did: a packet that had come from the other end. Each such step
//! crosses the link once. The first SYN has no cause before it.

use super::Interest;
use crate::link::tcp::Side;
use crate::world::{Packet, PacketCause, PacketId, World};

/// How often the chain goes to the other end and comes back. Call set-up is not in it.
#[must_use]
pub fn round_trips(world: &World, workstation: usize, interest: &Interest) -> u64 {
    let mut crossings = 0_u64;
    let mut next = last_wanted_packet(world, workstation, interest);
    while let Some(id) = next {
        crossings += 1;
        let Some(first) = first_of_queue(world, id) else { break };
        next = match first.cause {
            PacketCause::Packet(cause) => Some(cause),
            PacketCause::Application(cause) | PacketCause::Timer(cause) => cause,
        };
    }
    crossings.div_ceil(2)
}

/// The packet that brought the last byte of a wanted message; without one, the last byte of all.
fn last_wanted_packet(world: &World, workstation: usize, interest: &Interest) -> Option<PacketId> {
    let streams =
        || world.conns().iter().filter(|c| c.workstation == workstation).map(|c| c.stream(Side::Server));
    let wanted = streams()
        .flat_map(|stream| {
            stream
                .writes
                .iter()
                .filter(|write| {
                    write.about.is_some_and(|about| {
                        about.content > 0
                            && interest.messages.get(&about.message).is_some_and(|worth| worth.wanted)
                    })
                })
                .filter_map(|write| stream.arrival_of(write.end()))
        })
        .max_by_key(|arrival| arrival.packet);
    wanted
        .or_else(|| streams().filter_map(|stream| stream.arrivals.last().copied()).max_by_key(|a| a.packet))
        .map(|a| a.packet)
}

/// The packet that began the busy period of the line in which this packet was sent: each one after it waited
/// for the one before.
fn first_of_queue(world: &World, id: PacketId) -> Option<Packet> {
    let packets = &world.journal().packets;
    let mut current = *packets.get(id.0 as usize)?;
    let workstation = world.conn(current.conn)?.workstation;
    let mut index = id.0 as usize;
    while current.transit.start > current.transit.queued {
        let earlier = (0..index).rev().find(|at| {
            packets.get(*at).is_some_and(|packet| {
                packet.from == current.from
                    && world.conn(packet.conn).is_some_and(|c| c.workstation == workstation)
            })
        })?;
        index = earlier;
        current = *packets.get(earlier)?;
    }
    Some(current)
}
