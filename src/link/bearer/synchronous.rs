//! PPP and HDLC on a synchronous line (RFC 1662 §5): no escapes, but a zero behind each five ones.

use crate::link::framing::fcs::Fcs16;
use crate::link::framing::stuffing::{FLAG_BITS, StuffedZeros};

/// What surrounds a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The octets before the packet: address and control field, protocol.
    pub header: &'static [u8],
    /// Multilink (RFC 1990): each packet goes in two halves, one a channel, with a header of four octets each.
    pub multilink: bool,
}

impl Rules {
    /// PPP as two ends leave it after negotiation: address and control field left out, IP's protocol in one octet.
    pub const PPP: Self = Self { header: &[0x21], multilink: false };
    /// The same, over two channels.
    pub const PPP_MULTILINK: Self = Self { header: &[0x21], multilink: true };
    /// Address, control, and a type of two octets, as routers framed leased lines: IP is type 0800.
    pub const HDLC: Self = Self { header: &[0x0F, 0x00, 0x08, 0x00], multilink: false };

    /// How many octets and bits a packet takes, check and one flag included.
    #[must_use]
    pub fn count(self, packet: &[u8]) -> (u32, u64) {
        if !self.multilink {
            return frame(&[self.header, packet]);
        }
        let (first, second) = packet.split_at(packet.len() / 2);
        // Protocol 003D in one octet; begin and end bits, and a sequence number of 24 bits (RFC 1990 §3).
        let one = frame(&[&[0x3D, 0x80, 0, 0, 0], self.header, first]);
        let two = frame(&[&[0x3D, 0x40, 0, 0, 1], second]);
        (one.0 + two.0, one.1 + two.1)
    }
}

/// Octets and bits of one frame, from its pieces.
fn frame(pieces: &[&[u8]]) -> (u32, u64) {
    let (mut fcs, mut zeros) = (Fcs16::default(), StuffedZeros::default());
    let (mut octets, mut bits) = (2 + 1, FLAG_BITS);
    for piece in pieces {
        fcs.add(piece);
        octets += piece.len() as u32;
        bits += 8 * piece.len() as u64 + zeros.add(piece);
    }
    (octets, bits + 16 + zeros.add(&fcs.sent()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::framing::stuffing::stuff;

    #[test]
    fn a_frame_is_flag_protocol_packet_and_check_with_stuffed_zeros() {
        let packet: Vec<u8> = (0..=255).collect();
        let mut octets = vec![0x21];
        octets.extend_from_slice(&packet);
        let mut fcs = Fcs16::default();
        fcs.add(&octets);
        octets.extend_from_slice(&fcs.sent());
        assert_eq!(Rules::PPP.count(&packet), (256 + 4, stuff(&octets).len() as u64 + 8));
        assert_eq!(Rules::HDLC.count(&packet).0, 256 + 7);
    }

    #[test]
    fn multilink_costs_nine_octets_more() {
        let packet = [0x55; 1000];
        assert_eq!(Rules::PPP_MULTILINK.count(&packet).0, 2 * (5 + 3) + 1 + 1000);
    }
}
