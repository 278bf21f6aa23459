//! One direction of a connection: what was written, why, and when it arrived.

use bytes::{Bytes, BytesMut};

use super::journal::{CommandId, PacketId};
use crate::persist::Log;
use crate::session::About;
use crate::time::Instant;

/// All octets that one end has written, in order, and how they came in at the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// The writes, oldest first.
    pub writes: Log<Write>,
    /// When octets became readable at the other end, oldest first.
    pub arrivals: Log<Arrival>,
    end: u64,
}

/// One write of an application.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// The offset of its first octet in the stream.
    pub offset: u64,
    /// Its octets.
    pub bytes: Bytes,
    /// When it was written.
    pub at: Instant,
    /// Why.
    pub cause: WriteCause,
    /// Whose content is in it.
    pub about: Option<About>,
    /// The packet whose arrival led to it; none if nothing had arrived.
    pub heard: Option<PacketId>,
}

/// Why something was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteCause {
    /// A client wanted to.
    Client,
    /// A server greets.
    Greeting,
    /// A server answers a command.
    Reply(CommandId),
    /// A server tells what another session's command did to the store; nobody waits for it.
    Push {
        /// The other session's command, if it was one.
        by: Option<CommandId>,
    },
    /// A server's own deadline came.
    Timer,
}

/// Octets that became readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: Instant,
    /// All octets before this offset are there.
    pub upto: u64,
    /// The packet that brought them.
    pub packet: PacketId,
}

impl Write {
    /// The offset after its last octet.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}

impl Stream {
    /// The offset after the last octet written.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Adds a write.
    pub fn write(
        &mut self,
        bytes: Bytes,
        at: Instant,
        cause: WriteCause,
        about: Option<About>,
        heard: Option<PacketId>,
    ) {
        let offset = self.end;
        self.end += bytes.len() as u64;
        self.writes.push(Write { offset, bytes, at, cause, about, heard });
    }

    /// The octets from offset `from` up to `to`, in the pieces in which they were written.
    pub fn slices(&self, from: u64, to: u64) -> impl Iterator<Item = &[u8]> + Clone {
        let first = self.writes.partition_point(|write| write.end() <= from);
        self.writes.iter_from(first).take_while(move |write| write.offset < to).map(move |write| {
            let start = from.saturating_sub(write.offset) as usize;
            let end = (to - write.offset).min(write.bytes.len() as u64) as usize;
            write.bytes.get(start..end).unwrap_or_default()
        })
    }

    /// As [`Stream::slices`], as shared octets.
    #[must_use]
    pub fn shared(&self, from: u64, to: u64) -> Vec<Bytes> {
        let first = self.writes.partition_point(|write| write.end() <= from);
        self.writes
            .iter_from(first)
            .take_while(|write| write.offset < to)
            .map(|write| {
                let start = from.saturating_sub(write.offset) as usize;
                let end = (to - write.offset).min(write.bytes.len() as u64) as usize;
                write.bytes.slice(start.min(end)..end)
            })
            .collect()
    }

    /// As [`Stream::slices`], in one piece. Octets of a single write are shared with it.
    #[must_use]
    pub fn joined(&self, from: u64, to: u64) -> Bytes {
        if let Some(write) = self.write_at(from).filter(|write| write.end() >= to && from <= to) {
            return write.bytes.slice((from - write.offset) as usize..(to - write.offset) as usize);
        }
        let mut bytes = BytesMut::with_capacity(to.saturating_sub(from) as usize);
        self.slices(from, to).for_each(|piece| bytes.extend_from_slice(piece));
        bytes.freeze()
    }

    /// The write that holds the octet at `offset`.
    #[must_use]
    pub fn write_at(&self, offset: u64) -> Option<&Write> {
        self.writes.get(self.writes.partition_point(|write| write.end() <= offset))
    }

    /// When the octet before `offset` was readable at the other end, and the packet that brought it.
    #[must_use]
    pub fn arrival_of(&self, offset: u64) -> Option<Arrival> {
        self.arrivals.get(self.arrivals.partition_point(|arrival| arrival.upto < offset)).copied()
    }
}
