//! ATM cells, as ADSL has them: 48 octets of content in 53 (ITU-T I.361), a packet in whole cells (AAL 5).

use crate::link::framing::atm;

/// What is added to a packet before it is cut into cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Octets before the packet.
    pub header: u32,
}

impl Rules {
    /// PPP over Ethernet over ATM: PPP's protocol 2 and PPPoE 6 octets (RFC 2516 §4), Ethernet 14, and 10 that name
    /// it with two octets to fill up (RFC 2684 §5.2).
    pub const PPPOE: Self = Self { header: 2 + 6 + 14 + 10 };

    /// How many octets of cells a packet of `len` octets takes.
    #[must_use]
    pub fn octets(self, len: u32) -> u32 {
        atm::octets_on_line(len.saturating_add(self.header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_packet_takes_thirty_two_cells_and_an_acknowledgement_two() {
        assert_eq!(Rules::PPPOE.octets(1492), 32 * 53);
        assert_eq!(Rules::PPPOE.octets(40), 2 * 53);
    }
}
