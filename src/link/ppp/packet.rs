//! Control packets: code, identifier, length, data; and the options in them (RFC 1661 §5, §6).

/// Codes of LCP and of every control protocol (RFC 1661 §5). PAP and CHAP have their own.
pub mod code {
    #![expect(missing_docs, reason = "the names are those of RFC 1661 §5, and say it")]
    pub const CONFIGURE_REQUEST: u8 = 1;
    pub const CONFIGURE_ACK: u8 = 2;
    pub const CONFIGURE_NAK: u8 = 3;
    pub const CONFIGURE_REJECT: u8 = 4;
    pub const TERMINATE_REQUEST: u8 = 5;
    pub const TERMINATE_ACK: u8 = 6;
    pub const CODE_REJECT: u8 = 7;
    pub const PROTOCOL_REJECT: u8 = 8;
    pub const ECHO_REQUEST: u8 = 9;
    pub const ECHO_REPLY: u8 = 10;
    pub const DISCARD_REQUEST: u8 = 11;
    /// Of CCP (RFC 1962 §3).
    pub const RESET_REQUEST: u8 = 14;
    pub const RESET_ACK: u8 = 15;
}

/// A packet of a control protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// What it is: see [`code`].
    pub code: u8,
    /// Ties an answer to its request.
    pub identifier: u8,
    /// What stands behind the length.
    pub data: Vec<u8>,
}

impl Packet {
    /// A packet with these options.
    #[must_use]
    pub fn with_options(code: u8, identifier: u8, options: &[Choice]) -> Self {
        Self { code, identifier, data: write_options(options) }
    }

    /// Its octets.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let data = self.data.get(..usize::from(u16::MAX) - 4).unwrap_or(&self.data);
        let length = (4 + data.len()) as u16;
        [&[self.code, self.identifier][..], &length.to_be_bytes(), data].concat()
    }

    /// Reads a packet; octets behind its length are padding (RFC 1661 §5). `None` if it is cut short.
    #[must_use]
    pub fn read(octets: &[u8]) -> Option<Self> {
        let [code, identifier, high, low, ..] = *octets else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let data = octets.get(4..length)?.to_vec();
        Some(Self { code, identifier, data })
    }

    /// Its options. `None` if one of them is cut short.
    #[must_use]
    pub fn options(&self) -> Option<Vec<Choice>> {
        read_options(&self.data)
    }
}

/// A configuration option (RFC 1661 §6): a type and its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is about: see [`lcp`], [`ipcp`], [`ccp`].
    pub kind: u8,
    /// Its value; most that are on or off have none.
    pub data: Vec<u8>,
}

impl Choice {
    /// An option with a value.
    #[must_use]
    pub fn new(kind: u8, data: &[u8]) -> Self {
        Self { kind, data: data.to_vec() }
    }
}

/// Options of LCP (RFC 1661 §6; RFC 1662 §7; RFC 1990 §5.1).
pub mod lcp {
    #![expect(missing_docs, reason = "the names are those of the documents")]
    pub const MRU: u8 = 1;
    pub const ACCM: u8 = 2;
    pub const AUTHENTICATION: u8 = 3;
    pub const MAGIC: u8 = 5;
    pub const PFC: u8 = 7;
    pub const ACFC: u8 = 8;
    /// Calls the caller back (RFC 1570 §2.3); Windows asks for it, with the operation 6.
    pub const CALLBACK: u8 = 13;
    pub const MRRU: u8 = 17;
    pub const SHORT_SEQUENCE: u8 = 18;
    pub const ENDPOINT: u8 = 19;
}

/// Options of IPCP (RFC 1332 §3; RFC 1877 §1).
pub mod ipcp {
    #![expect(missing_docs, reason = "the names are those of the documents")]
    pub const COMPRESSION: u8 = 2;
    pub const ADDRESS: u8 = 3;
    pub const PRIMARY_DNS: u8 = 129;
    pub const SECONDARY_DNS: u8 = 131;
}

/// Options of CCP (RFC 1962 §4; RFC 1979 §3).
pub mod ccp {
    #![expect(missing_docs, reason = "the names are those of the documents")]
    pub const DEFLATE: u8 = 26;
}

fn write_options(options: &[Choice]) -> Vec<u8> {
    let mut octets = Vec::new();
    for option in options {
        let data = option.data.get(..253).unwrap_or(&option.data);
        octets.extend([option.kind, data.len() as u8 + 2]);
        octets.extend(data);
    }
    octets
}

fn read_options(mut octets: &[u8]) -> Option<Vec<Choice>> {
    let mut options = Vec::new();
    while let [kind, length, rest @ ..] = octets {
        let (data, behind) = rest.split_at_checked(usize::from(*length).checked_sub(2)?)?;
        options.push(Choice::new(*kind, data));
        octets = behind;
    }
    octets.is_empty().then_some(options)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn padding_is_no_part_of_a_packet() {
        let read = Packet::read(&[9, 7, 0, 5, 1, 0, 0]).unwrap();
        assert_eq!(read, Packet { code: 9, identifier: 7, data: vec![1] });
        assert_eq!(Packet::read(&[9, 7, 0, 3]), None);
        assert_eq!(Packet::read(&[9, 7, 0, 6, 1]), None);
    }

    proptest! {
        #[test]
        fn packets_come_back(options in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..20)), 0..9)) {
            let options: Vec<Choice> = options.iter().map(|(kind, data)| Choice::new(*kind, data)).collect();
            let packet = Packet::with_options(1, 2, &options);
            let read = Packet::read(&packet.write()).unwrap();
            prop_assert_eq!(read.options(), Some(options));
        }

        #[test]
        fn any_octets_do_no_harm(octets in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Some(packet) = Packet::read(&octets) {
                let _ = packet.options();
            }
        }
    }
}
