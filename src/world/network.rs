//! Packets: what puts them on the line, and what happens when they arrive.

use std::sync::Arc;

use super::conn::Conn;
use super::journal::{Packet, PacketCause, PacketId};
use super::stream::Arrival;
use super::{Event, World};
use crate::desk::ConnId;
use crate::link::ip;
use crate::link::path::{Fate, Sent};
use crate::link::tcp::{Actions, Habit, Segment, Side};

impl World {
    /// The last bit of a packet has arrived: the end that gets it acts, and then its application.
    pub(super) fn arrive(&mut self, id: PacketId) {
        let Some(packet) = self.journal.packets.get(id.0 as usize).copied() else { return };
        let now = self.now;
        let side = packet.from.other();
        let habit = if side == Side::Server { self.host.habit } else { Habit::default() };
        let Some(conn) = self.conns.get_mut(packet.conn.0 as usize).map(Arc::make_mut) else { return };
        if conn.life.lost {
            return;
        }
        conn.heard[side.index()] = Some(id);
        let end = &mut conn.ends[side.index()];
        let actions = end.receive(now, &packet.segment, habit);
        let (before, after) = (conn.delivered[side.index()], end.received());
        conn.delivered[side.index()] = after;
        if after > before {
            let arrivals = &mut conn.streams[packet.from.index()].arrivals;
            arrivals.push(Arrival { at: now, upto: after, packet: id });
        }
        if side == Side::Server && packet.segment.ack.is_some() && conn.ends[side.index()].is_drained() {
            conn.drained = now;
        }
        let (established, ended, broken) = (actions.established, actions.ended, actions.broken);
        if side == Side::Client
            && established
            && let Some(place) = self.workstations.get_mut(conn.workstation)
        {
            place.heard = Some(id);
        }
        // An acknowledgement that leaves at once leaves before the application answers.
        self.act(packet.conn, side, actions, PacketCause::Packet(id));
        if side == Side::Server {
            self.serve(packet.conn, id, established, before..after, ended);
        }
        if broken {
            self.lose(packet.conn);
        }
    }

    pub(super) fn tcp_timer(&mut self, id: ConnId, side: Side) {
        let now = self.now;
        let Some(conn) = self.conn_mut(id) else { return };
        if conn.timers[side.index()] != Some(now) {
            return;
        }
        conn.timers[side.index()] = None;
        if conn.life.lost {
            return;
        }
        let actions = conn.ends[side.index()].timer(now);
        let cause = PacketCause::Timer(conn.heard[side.index()]);
        let broken = actions.broken;
        self.act(id, side, actions, cause);
        if broken {
            self.lose(id);
        }
    }

    /// Puts an end's segments on the line and queues its timer.
    pub(super) fn act(&mut self, id: ConnId, side: Side, actions: Actions, cause: PacketCause) {
        for segment in actions.segments {
            self.put_on_line(id, side, segment, cause);
        }
        let now = self.now;
        let Some(conn) = self.conns.get_mut(id.0 as usize) else { return };
        if let Some(at) = conn.ends[side.index()].deadline()
            && conn.timers[side.index()].is_none_or(|queued| at < queued || queued < now)
        {
            Arc::make_mut(conn).timers[side.index()] = Some(at);
            self.schedule(at, Event::Timer(id, side));
        }
    }

    fn put_on_line(&mut self, id: ConnId, from: Side, segment: Segment, cause: PacketCause) {
        let Some(conn) = self.conns.get(id.0 as usize) else { return };
        let (workstation, call) = (conn.workstation, conn.call);
        let Some(place) = self.workstations.get_mut(workstation) else { return };
        place.packets[from.index()] = place.packets[from.index()].wrapping_add(1);
        let ip_octets = ip::packet_octets(&segment);
        let addressing = conn.addressing(id, place.packets[from.index()]);
        let octets = || {
            let first = segment.seq.saturating_sub(1);
            let payload = conn.streams[from.index()].slices(first, first + u64::from(segment.len));
            let headers = ip::headers(&segment, from, &addressing, payload.clone());
            let mut packet = Vec::with_capacity(ip_octets as usize);
            packet.extend_from_slice(headers.as_bytes());
            payload.for_each(|piece| packet.extend_from_slice(piece));
            packet
        };
        let Sent { line_octets, line_bits, transit, fate } =
            place.path.send(self.now, from, ip_octets, octets);
        let packet =
            Packet { conn: id, call, from, segment, ip_octets, line_octets, line_bits, transit, fate, cause };
        let number = self.journal.packets.push(packet);
        self.carry(workstation, call, ip_octets, &transit);
        if fate == Fate::Arrives {
            self.schedule(transit.arrive, Event::Arrive(PacketId(number as u32)));
        }
    }

    pub(super) fn conn_mut(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.get_mut(id.0 as usize).map(Arc::make_mut)
    }
}
