//! Van Jacobson's compression of TCP/IP headers (RFC 1144): forty octets become three to five, because of most
//! fields both ends of a line know what they will be.
//!
//! ```text
//!              compressor (sender)                        decompressor (receiver)
//!   packet ──> no TCP, a fragment, SYN, FIN, RST ─ Ip ──────────────────────────────> as it is
//!          ──> new connection, odd change ─ UncompressedTcp, keep the header ───────> keep the header
//!          ──> the next of a known connection ─ CompressedTcp: what differs ────────> header + differences
//! ```
//!
//! Both keep the last header of each connection in a *slot*. Nothing flows back: after a loss the receiver tosses
//! what it cannot be sure of until TCP sends something again, which goes uncompressed (RFC 1144 §4.2).
//!
//! A compressed header, in octets (RFC 1144 §3.2.2); what stands in brackets only if its bit is set:
//!
//! ```text
//!   mask  [slot: C]  checksum (2)  [urgent: U]  [window: W]  [ack: A]  [sequence: S]  [IP id: I]
//! ```
//!
//! Timestamps (RFC 1323) change in every segment and are TCP options, which must stay the same: such a segment goes
//! uncompressed. And so does every retransmission, for it may be the answer to a loss.

mod compress;
mod decompress;
mod header;
#[cfg(test)]
mod tests;

pub use compress::{Compressed, Compressor};
pub use decompress::{Decompressed, Decompressor};

/// How a packet goes to the framer, which tells the receiver (RFC 1144 §3.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As it is.
    Ip,
    /// As it is, but for the slot in the place of IP's protocol number.
    UncompressedTcp,
    /// With a compressed header.
    CompressedTcp,
}

/// Slots that both ends keep unless told otherwise (RFC 1144 §5.1; RFC 1332 §4 sends 15, the highest number).
pub const SLOTS: u16 = 16;

/// What changed, as bits of the mask (RFC 1144 §3.2.2).
mod mask {
    /// The slot is given, for it is not that of the last packet.
    pub const SLOT: u8 = 0x40;
    /// The IP identification did not step by one.
    pub const IP_ID: u8 = 0x20;
    /// A copy of PUSH.
    pub const PUSH: u8 = 0x10;
    /// The sequence number.
    pub const SEQUENCE: u8 = 0x08;
    /// The acknowledgement.
    pub const ACK: u8 = 0x04;
    /// The window.
    pub const WINDOW: u8 = 0x02;
    /// The urgent pointer, and with it the flag.
    pub const URGENT: u8 = 0x01;
    /// Of these four two combinations mean something else.
    pub const CHANGES: u8 = SEQUENCE | ACK | WINDOW | URGENT;
    /// Sequence number and acknowledgement stepped by the last packet's data: echoed typing.
    pub const ECHOED: u8 = SEQUENCE | WINDOW | URGENT;
    /// The sequence number stepped by the last packet's data: data in one direction.
    pub const ONE_WAY: u8 = SEQUENCE | ACK | WINDOW | URGENT;
}

/// Marks a compressed packet on a SLIP line, which has no field for a type: IP's first octet, 45 hexadecimal or
/// near to it, never has this bit.
const SLIP_COMPRESSED: u8 = 0x80;
/// Marks an uncompressed one: IP's version 4 becomes 7.
const SLIP_UNCOMPRESSED: u8 = 0x70;

impl Kind {
    /// The first octet of a packet on a compressed SLIP line: it carries the kind.
    #[must_use]
    pub const fn mark(self, first: u8) -> u8 {
        match self {
            Self::Ip => first,
            Self::UncompressedTcp => first | SLIP_UNCOMPRESSED,
            Self::CompressedTcp => first | SLIP_COMPRESSED,
        }
    }

    /// The kind of a packet on a compressed SLIP line, and its first octet without the mark.
    #[must_use]
    pub const fn unmark(first: u8) -> (Self, u8) {
        if first & SLIP_COMPRESSED != 0 {
            (Self::CompressedTcp, first & !SLIP_COMPRESSED)
        } else if first & SLIP_UNCOMPRESSED == SLIP_UNCOMPRESSED {
            (Self::UncompressedTcp, first & !(SLIP_UNCOMPRESSED & !0x40))
        } else {
            (Self::Ip, first)
        }
    }
}
