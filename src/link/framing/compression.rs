//! Both ends of a direction's compression, so that it is known what a receiver makes of a frame after a loss.

use super::framer::Arrival;
use super::ppp::Protocol;
use crate::link::ppp::deflate::{Deflater, Sent};
use crate::link::vj::{Compressed, Compressor, Decompressor, Kind};

/// Both ends of one direction's header compression (RFC 1144).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeaderCompression {
    compressor: Compressor,
    decompressor: Decompressor,
    /// Whether the framer finds damaged frames, so that the decompressor is told.
    tells_of_damage: bool,
    /// The packet that was framed last, until it is known whether it arrived.
    under_way: Option<UnderWay>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct UnderWay {
    compressed: Compressed,
    /// The header as it was, at most 120 octets, and the octets behind it.
    header: [u8; 120],
    data: usize,
}

impl HeaderCompression {
    pub(super) fn new(slots: u16, elide_slot: bool, tells_of_damage: bool) -> Self {
        let (compressor, decompressor) = (Compressor::new(slots, elide_slot), Decompressor::new(slots));
        Self { compressor, decompressor, tells_of_damage, under_way: None }
    }

    pub(super) fn compress(&mut self, packet: &[u8]) -> Compressed {
        let compressed = self.compressor.compress(packet);
        let mut header = [0; 120];
        let kept = packet.len().min(compressed.replaced());
        if let (Some(place), Some(octets)) = (header.get_mut(..kept), packet.get(..kept)) {
            place.copy_from_slice(octets);
        }
        self.under_way = Some(UnderWay { compressed, header, data: packet.len() - kept });
        compressed
    }

    /// The packet that was compressed last arrived, or not. True if the decompressor makes of it what it was.
    pub(super) fn arrives(&mut self, missing: bool) -> bool {
        let Some(UnderWay { compressed, header, data }) = self.under_way.take() else { return !missing };
        if missing {
            // SLIP has no check, and nobody notices a packet that is not there (RFC 1144 §4.1).
            if self.tells_of_damage {
                self.decompressor.error();
            }
            return false;
        }
        if compressed.kind == Kind::Ip {
            return true;
        }
        let head = compressed.head();
        let received = self.decompressor.receive(compressed.kind, head, head.len() + data);
        // A header that comes out wrong has the checksum of another segment: TCP drops it.
        let right = header.get(..compressed.replaced());
        received.is_some_and(|received| Some(received.head()) == right)
    }
}

/// Both ends of one direction's Deflate (RFC 1979).
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PacketCompression {
    deflater: Deflater,
    /// Whether the packet that was framed last is deflated.
    is_deflated: bool,
    /// The receiver lacks a packet of the history: it can inflate nothing until both begin anew.
    is_lost: bool,
}

impl PacketCompression {
    pub(super) fn send<'a>(&mut self, protocol: Protocol, pieces: impl Iterator<Item = &'a [u8]>) -> Sent {
        let sent = self.deflater.send(protocol, pieces);
        self.is_deflated = matches!(sent, Sent::Deflated(_));
        sent
    }

    /// The packet that was deflated last arrived, or not. What went as it was can be read, but has no number by which
    /// a gap would be noticed (RFC 1979 §2).
    pub(super) fn arrives(&mut self, ruined: bool) -> Arrival {
        self.is_lost |= ruined;
        match (ruined, self.is_lost && self.is_deflated) {
            (true, _) => Arrival::Ruined,
            (false, true) => Arrival::NotInflated,
            (false, false) => Arrival::Whole,
        }
    }

    pub(super) fn begin_anew(&mut self) {
        self.deflater.reset();
    }

    pub(super) const fn inflate_anew(&mut self) {
        self.is_lost = false;
    }
}
