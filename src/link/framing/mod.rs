//! Framing: what becomes of an IP packet on a serial line, on the real octets.
//!
//! ```text
//!              SLIP                      packet                     END
//!              CSLIP            VJ head, data                       END
//!   PPP on an asynchronous line  head, packet (or VJ, or deflated), check, flag; escapes before some octets
//!   PPP on a synchronous line    the same, and a zero behind every five ones instead of escapes
//!   PPP multilink                head, fragment number, part of all that; one frame a call
//!   PPP in ATM cells             head, packet, trailer, in cells of 53 octets
//! ```
//!
//! [`Framing`] is what a link asks for, a [`Framer`] does it, and remembers what it must of earlier packets.

pub mod atm;
mod compression;
pub mod fcs;
mod framer;
pub mod hdlc;
pub mod multilink;
pub mod ppp;
pub mod slip;
pub mod stuffing;
#[cfg(test)]
mod tests;

pub use framer::{Arrival, Framed, Framer, Part};

use super::ppp::{Agreed, Vj};

/// How packets are delimited on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No framing of its own: a fixed number of octets a packet, whatever is in it (Ethernet, a measured link).
    None {
        /// Octets added to each packet.
        octets_a_packet: u16,
    },
    /// The same, with compressed TCP/IP headers (RFC 1144): a line whose framing is counted and not looked at.
    CountedVj {
        /// Octets added to each packet.
        octets_a_packet: u16,
        /// How many headers both ends keep, 1 to 256.
        slots: u16,
    },
    /// SLIP (RFC 1055): an END at the end, and an escape for each END or ESC in the packet.
    Slip,
    /// SLIP with compressed TCP/IP headers (RFC 1144); the kind of a packet stands in its first octet.
    Cslip {
        /// How many headers both ends keep, 1 to 256. Nothing negotiates them: both are configured alike.
        slots: u16,
    },
    /// PPP, with what is to be negotiated.
    Ppp(Ppp),
    /// HDLC with a head of four octets and no negotiation, on a synchronous line: Cisco's, of the leased lines.
    Hdlc,
}

/// PPP as both ends want it. What they then agree on is up to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ppp {
    /// What frames are put into.
    pub carrier: Carrier,
    /// The async control character map (RFC 1662 §7.1): bit n set means octet n is escaped.
    pub accm: u32,
    /// Address and control field compression (RFC 1661 §6.6): the octets FF 03 are left out.
    pub acfc: bool,
    /// Protocol field compression (RFC 1661 §6.5): IP's protocol number takes one octet, 21.
    pub pfc: bool,
    /// Compressed TCP/IP headers (RFC 1332 §4).
    pub vj: Option<Vj>,
    /// Deflated packets (RFC 1979).
    pub deflate: bool,
    /// Fragments over several calls (RFC 1990).
    pub multilink: Option<Calls>,
}

/// The calls of a multilink bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calls {
    /// How many, at least 1. They share the link's rate equally.
    pub calls: u8,
    /// Fragments numbered with 12 bits, in a header of two octets, in place of 24 in four (RFC 1990 §3).
    pub short_sequence: bool,
}

/// What PPP's frames are put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Octets with escapes and flags (RFC 1662 §4).
    Async,
    /// Bits with stuffed zeros and flags (RFC 1662 §5).
    Sync,
    /// ATM cells (RFC 2364), where address and control do not occur.
    Atm,
}

impl Ppp {
    /// As two ends of the 1990s usually left it after negotiation: XON and XOFF escaped, both compressions of the
    /// head; headers as they are.
    pub const USUAL: Self = Self {
        carrier: Carrier::Async,
        accm: 0x000A_0000,
        acfc: true,
        pfc: true,
        vj: None,
        deflate: false,
        multilink: None,
    };

    /// The usual one, with compressed TCP/IP headers.
    pub const WITH_VJ: Self = Self { vj: Some(Vj::USUAL), ..Self::USUAL };

    /// What an end may do that wanted this and got that.
    #[must_use]
    pub fn as_agreed(self, agreed: &Agreed) -> Self {
        Self {
            accm: agreed.accm.0,
            acfc: agreed.acfc,
            pfc: agreed.pfc,
            vj: agreed.vj,
            deflate: agreed.deflate.is_some(),
            multilink: self
                .multilink
                .filter(|_| agreed.mrru.is_some())
                .map(|calls| Calls { short_sequence: agreed.short_sequence, ..calls }),
            ..self
        }
    }
}

impl Framing {
    /// PPP as two ends of the 1990s usually left it after negotiation.
    pub const PPP_USUAL: Self = Self::Ppp(Ppp::USUAL);
    /// SLIP with compressed headers and sixteen slots.
    pub const CSLIP_USUAL: Self = Self::Cslip { slots: super::vj::SLOTS };

    /// True if the number of octets on the line depends on which octets they are.
    #[must_use]
    pub const fn looks_at_octets(self) -> bool {
        match self {
            Self::None { .. } => false,
            // Cells are as long whatever is in them.
            Self::Ppp(Ppp { carrier: Carrier::Atm, vj, deflate, .. }) => vj.is_some() || deflate,
            _ => true,
        }
    }

    /// How many calls it takes at once.
    #[must_use]
    pub const fn calls(self) -> u8 {
        match self {
            Self::Ppp(Ppp { multilink: Some(calls), .. }) => calls.calls,
            _ => 1,
        }
    }
}

impl std::fmt::Display for Framing {
    /// As the line under a table has it: `PPP with VJ headers`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None { octets_a_packet } => write!(f, "{octets_a_packet} bytes a packet"),
            Self::CountedVj { octets_a_packet, .. } => {
                write!(f, "VJ headers and {octets_a_packet} bytes a packet")
            }
            Self::Slip => f.write_str("SLIP"),
            Self::Cslip { .. } => f.write_str("CSLIP"),
            Self::Hdlc => f.write_str("HDLC"),
            Self::Ppp(ppp) => {
                f.write_str(match (ppp.carrier, ppp.multilink) {
                    (Carrier::Async, None) => "PPP",
                    (Carrier::Sync, None) => "synchronous PPP",
                    (Carrier::Atm, _) => "PPP in ATM cells",
                    (_, Some(_)) => "multilink PPP",
                })?;
                match (ppp.vj, ppp.deflate) {
                    (None, false) => Ok(()),
                    (Some(_), false) => f.write_str(" with VJ headers"),
                    (None, true) => f.write_str(" with Deflate"),
                    (Some(_), true) => f.write_str(" with VJ headers and Deflate"),
                }
            }
        }
    }
}
