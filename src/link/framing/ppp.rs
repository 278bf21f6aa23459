//! What PPP puts before a packet (RFC 1661 §2, RFC 1662 §3.1): address, control, protocol.

/// Addresses every station; point to point there is but one (RFC 1662 §3.1).
const ADDRESS: u8 = 0xFF;
/// Unnumbered information (RFC 1662 §3.1).
const CONTROL: u8 = 0x03;

/// A protocol number (RFC 1661 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Protocol(pub u16);

impl Protocol {
    /// Internet protocol (RFC 1332 §2).
    pub const IP: Self = Self(0x0021);
    /// A TCP packet with a compressed header (RFC 1332 §4).
    pub const VJ_COMPRESSED: Self = Self(0x002D);
    /// A TCP packet that gives the receiver its header to start from (RFC 1332 §4).
    pub const VJ_UNCOMPRESSED: Self = Self(0x002F);
    /// A fragment of multilink (RFC 1990 §3).
    pub const MULTILINK: Self = Self(0x003D);
    /// A compressed packet (RFC 1962 §2).
    pub const COMPRESSED: Self = Self(0x00FD);
    /// Internet protocol control protocol (RFC 1332 §2).
    pub const IPCP: Self = Self(0x8021);
    /// Compression control protocol (RFC 1962 §2).
    pub const CCP: Self = Self(0x80FD);
    /// Link control protocol (RFC 1661 §5).
    pub const LCP: Self = Self(0xC021);
    /// Password authentication protocol (RFC 1334 §2).
    pub const PAP: Self = Self(0xC023);
    /// Challenge handshake authentication protocol (RFC 1994 §3).
    pub const CHAP: Self = Self(0xC223);

    /// Its name, if it is one of ours.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::IP => "IP",
            Self::VJ_COMPRESSED => "VJ compressed",
            Self::VJ_UNCOMPRESSED => "VJ uncompressed",
            Self::MULTILINK => "MP",
            Self::COMPRESSED => "compressed",
            Self::IPCP => "IPCP",
            Self::CCP => "CCP",
            Self::LCP => "LCP",
            Self::PAP => "PAP",
            Self::CHAP => "CHAP",
            Self(_) => return None,
        })
    }
}

/// Octets before a packet, at most four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    octets: [u8; 4],
    from: u8,
}

impl Head {
    /// The head of a packet, with the compressions that the receiver agreed to. LCP always goes without them, so
    /// that it is understood whatever was agreed (RFC 1661 §6.5, §6.6).
    #[must_use]
    pub const fn new(protocol: Protocol, acfc: bool, pfc: bool) -> Self {
        let [high, low] = protocol.0.to_be_bytes();
        let is_lcp = protocol.0 == Protocol::LCP.0;
        let short = pfc && high == 0;
        let acfc = acfc && !is_lcp;
        let (octets, from) = match (acfc, short) {
            (false, false) => ([ADDRESS, CONTROL, high, low], 0),
            (false, true) => ([0, ADDRESS, CONTROL, low], 1),
            (true, false) => ([0, 0, high, low], 2),
            (true, true) => ([0, 0, 0, low], 3),
        };
        Self { octets, from }
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.octets.get(usize::from(self.from)..).unwrap_or_default()
    }
}

/// The protocol of a frame and what it carries. Every form is understood, agreed or not (RFC 1661 §6.5).
#[must_use]
pub fn open(frame: &[u8]) -> Option<(Protocol, &[u8])> {
    let rest = match frame {
        [ADDRESS, CONTROL, rest @ ..] => rest,
        rest => rest,
    };
    match rest {
        // The last octet of a protocol number is odd, the first is even (RFC 1661 §2).
        [low, rest @ ..] if low & 1 == 1 => Some((Protocol(u16::from(*low)), rest)),
        [high, low, rest @ ..] if low & 1 == 1 => Some((Protocol(u16::from_be_bytes([*high, *low])), rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_have_one_to_four_octets_and_are_understood() {
        let known = [Protocol::IP, Protocol::VJ_COMPRESSED, Protocol::IPCP, Protocol::LCP, Protocol::CHAP];
        for protocol in known {
            for (acfc, pfc) in [(false, false), (false, true), (true, false), (true, true)] {
                let head = Head::new(protocol, acfc, pfc);
                let frame = [head.as_bytes(), b"x"].concat();
                assert_eq!(open(&frame), Some((protocol, &b"x"[..])), "{protocol:?} {acfc} {pfc}");
            }
        }
        assert_eq!(Head::new(Protocol::IP, true, true).as_bytes(), [0x21]);
        assert_eq!(Head::new(Protocol::IP, false, false).as_bytes(), [0xFF, 0x03, 0x00, 0x21]);
        assert_eq!(Head::new(Protocol::IPCP, true, true).as_bytes(), [0x80, 0x21]);
        assert_eq!(Head::new(Protocol::LCP, true, true).as_bytes(), [0xFF, 0x03, 0xC0, 0x21]);
    }

    #[test]
    fn what_has_no_protocol_is_none() {
        for frame in [&b""[..], b"\xFF\x03", b"\x00", b"\x00\x20"] {
            assert_eq!(open(frame), None);
        }
    }
}
