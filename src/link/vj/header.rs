//! The header of one packet: IP and TCP with their options, at most 120 octets.

/// The longest header: IP 60 octets (RFC 791 §3.1), TCP 60 octets (RFC 793 §3.1).
const OCTETS_MAX: usize = 120;

pub(super) const FIN_SYN_RST_ACK: u8 = 0x17;
pub(super) const ACK: u8 = 0x10;
pub(super) const PUSH: u8 = 0x08;
pub(super) const URGENT: u8 = 0x20;
/// The protocol number of TCP in an IP header (RFC 791 §3.1).
pub(super) const TCP: u8 = 6;

/// The octets of an IP and a TCP header. Whoever builds one has checked that both are whole and not fragmented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    octets: [u8; OCTETS_MAX],
    ip_len: u8,
    len: u8,
}

impl Header {
    /// The header with which `packet` begins, if it is IPv4 with all of a TCP header behind it and no fragment.
    /// `protocol` is what the protocol field must say: TCP, or anything where a slot stands in its place.
    pub(super) fn read(packet: &[u8], protocol: Option<u8>) -> Option<Self> {
        let ip_len = usize::from(*packet.first()? & 0x0F) * 4;
        let version = *packet.first()? >> 4;
        if version != 4 || ip_len < 20 || protocol.is_some_and(|p| packet.get(9) != Some(&p)) {
            return None;
        }
        let fragment = u16::from_be_bytes([*packet.get(6)?, *packet.get(7)?]);
        if fragment & 0x3FFF != 0 {
            return None;
        }
        let tcp_len = usize::from(*packet.get(ip_len + 12)? >> 4) * 4;
        let len = ip_len + tcp_len;
        let header = packet.get(..len).filter(|_| tcp_len >= 20)?;
        let mut octets = [0; OCTETS_MAX];
        octets.get_mut(..len)?.copy_from_slice(header);
        Some(Self { octets, ip_len: ip_len as u8, len: len as u8 })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    pub(super) const fn len(&self) -> usize {
        self.len as usize
    }

    /// Octets of data in its packet, by IP's total length; `None` if that is less than the headers.
    pub(super) fn data(&self) -> Option<u32> {
        u32::from(self.ip(2)).checked_sub(u32::from(self.len))
    }

    /// A 16-bit field of the IP header.
    pub(super) fn ip(&self, at: usize) -> u16 {
        self.field(at)
    }

    pub(super) fn set_ip(&mut self, at: usize, value: u16) {
        self.set_field(at, value);
    }

    /// A 16-bit field of the TCP header.
    pub(super) fn tcp(&self, at: usize) -> u16 {
        self.field(usize::from(self.ip_len) + at)
    }

    pub(super) fn set_tcp(&mut self, at: usize, value: u16) {
        self.set_field(usize::from(self.ip_len) + at, value);
    }

    /// A 32-bit field of the TCP header: sequence number or acknowledgement.
    pub(super) fn tcp_number(&self, at: usize) -> u32 {
        u32::from(self.tcp(at)) << 16 | u32::from(self.tcp(at + 2))
    }

    pub(super) fn set_tcp_number(&mut self, at: usize, value: u32) {
        self.set_tcp(at, (value >> 16) as u16);
        self.set_tcp(at + 2, value as u16);
    }

    /// The control bits of TCP (RFC 793 §3.1).
    pub(super) fn flags(&self) -> u8 {
        self.tcp(12) as u8
    }

    pub(super) fn set_flag(&mut self, flag: u8, set: bool) {
        let rest = self.tcp(12) & !u16::from(flag);
        self.set_tcp(12, if set { rest | u16::from(flag) } else { rest });
    }

    pub(super) fn set_protocol(&mut self, protocol: u8) {
        self.octets[9] = protocol;
    }

    /// Whether two headers belong to one connection and one direction: addresses and ports.
    pub(super) fn is_of_the_same_connection(&self, other: &Self) -> bool {
        self.octets[12..20] == other.octets[12..20]
            && self.tcp(0) == other.tcp(0)
            && self.tcp(2) == other.tcp(2)
    }

    /// Whether nothing changed that never should (RFC 1144 §3.2.3): version, lengths, service, flags of
    /// fragmentation, time to live, options. TCP's reserved bits are compared too: later documents use some of them
    /// (RFC 3168), and a decompressor that was told nothing would turn them back.
    pub(super) fn is_unchanged(&self, other: &Self) -> bool {
        let told_apart = u16::from(PUSH | URGENT | FIN_SYN_RST_ACK);
        self.len == other.len
            && self.octets[..2] == other.octets[..2]
            && self.octets[6..9] == other.octets[6..9]
            && self.octets[20..usize::from(self.ip_len)] == other.octets[20..usize::from(self.ip_len)]
            && self.tcp(12) & !told_apart == other.tcp(12) & !told_apart
            && self.tcp_options() == other.tcp_options()
    }

    fn tcp_options(&self) -> &[u8] {
        self.as_bytes().get(usize::from(self.ip_len) + 20..).unwrap_or_default()
    }

    /// Puts in the checksum of the IP header (RFC 791 §3.1).
    pub(super) fn sum_ip(&mut self) {
        self.set_ip(10, 0);
        let words = (0..usize::from(self.ip_len)).step_by(2).map(|at| u32::from(self.field(at)));
        let sum: u32 = words.sum();
        let folded = (sum & 0xFFFF) + (sum >> 16);
        let folded = (folded & 0xFFFF) + (folded >> 16);
        self.set_ip(10, !(folded as u16));
    }

    fn field(&self, at: usize) -> u16 {
        match self.octets.get(at..at + 2) {
            Some([high, low]) => u16::from_be_bytes([*high, *low]),
            _ => 0,
        }
    }

    fn set_field(&mut self, at: usize, value: u16) {
        if let Some(field) = self.octets.get_mut(at..at + 2) {
            field.copy_from_slice(&value.to_be_bytes());
        }
    }
}
