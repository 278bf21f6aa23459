//! IP and TCP headers as octets (RFC 791, RFC 793), made on demand for stages that must see them.

use super::tcp::{Segment, Side};

/// Octets of an IPv4 header without options (RFC 791 §3.1).
pub const IP_HEADER: u32 = 20;
/// Octets of a TCP header without options (RFC 793 §3.1).
pub const TCP_HEADER: u32 = 20;

/// What a packet needs beside its segment to become octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addressing {
    /// The client's address.
    pub client: [u8; 4],
    /// The server's address.
    pub server: [u8; 4],
    /// The client's port: one for each connection.
    pub client_port: u16,
    /// The service's port.
    pub server_port: u16,
    /// The identification field (RFC 791 §3.1): counts a host's packets.
    pub id: u16,
}

/// The headers of one packet, at most 20 + 60 octets.
#[derive(Clone, Copy, Debug)]
pub struct Headers {
    octets: [u8; 80],
    len: usize,
}

impl Headers {
    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

/// Octets of the IP packet that carries `segment`.
#[must_use]
pub const fn packet_octets(segment: &Segment) -> u32 {
    IP_HEADER + TCP_HEADER + segment.option_octets() + segment.len
}

/// The headers of the packet that carries `segment`, with correct checksums. `payload` gives the segment's
/// octets in order.
#[must_use]
pub fn headers<'a>(
    segment: &Segment,
    from: Side,
    addressing: &Addressing,
    payload: impl Iterator<Item = &'a [u8]>,
) -> Headers {
    let mut octets = [0; 80];
    let mut options = segment.options.write(segment.timestamp, segment.echo, &mut octets[40..]);
    let base = initial_sequence(from.other());
    options += segment.sack.write(base, segment.ack.unwrap_or(0), &mut octets[40 + options..]);
    let len = 40 + options;
    let (source, destination, source_port, destination_port) = match from {
        Side::Client => {
            (addressing.client, addressing.server, addressing.client_port, addressing.server_port)
        }
        Side::Server => {
            (addressing.server, addressing.client, addressing.server_port, addressing.client_port)
        }
    };
    let total = (packet_octets(segment) as u16).to_be_bytes();

    octets[0] = 0x45;
    octets[2..4].copy_from_slice(&total);
    octets[4..6].copy_from_slice(&addressing.id.to_be_bytes());
    octets[6] = 0x40;
    octets[8] = 64;
    octets[9] = 6;
    octets[12..16].copy_from_slice(&source);
    octets[16..20].copy_from_slice(&destination);
    let ip_sum = finish(sum(0, &octets[..20]));
    octets[10..12].copy_from_slice(&ip_sum.to_be_bytes());

    octets[20..22].copy_from_slice(&source_port.to_be_bytes());
    octets[22..24].copy_from_slice(&destination_port.to_be_bytes());
    octets[24..28].copy_from_slice(&initial_sequence(from).wrapping_add(segment.seq as u32).to_be_bytes());
    if let Some(ack) = segment.ack {
        let ack = initial_sequence(from.other()).wrapping_add(ack as u32);
        octets[28..32].copy_from_slice(&ack.to_be_bytes());
    }
    octets[32] = (((20 + options) / 4) as u8) << 4;
    octets[33] = u8::from(segment.fin)
        | u8::from(segment.syn) << 1
        | u8::from(segment.reset) << 2
        | u8::from(segment.push) << 3
        | u8::from(segment.ack.is_some()) << 4;
    octets[34..36].copy_from_slice(&segment.window_field().to_be_bytes());
    let tcp_len = total_len(segment);
    let mut partial = sum(0, &octets[12..20]) + 6 + tcp_len;
    partial = sum(partial, &octets[20..len]);
    let tcp_sum = finish(sum_pieces(partial, payload));
    octets[36..38].copy_from_slice(&tcp_sum.to_be_bytes());
    Headers { octets, len }
}

/// Initial sequence numbers: fixed, so that the same session gives the same octets.
const fn initial_sequence(from: Side) -> u32 {
    match from {
        Side::Client => 0x1A2B_0000,
        Side::Server => 0x5C6D_0000,
    }
}

const fn total_len(segment: &Segment) -> u32 {
    TCP_HEADER + segment.option_octets() + segment.len
}

/// Adds 16-bit words to a ones' complement sum that is folded at the end (RFC 1071). `octets` are an even
/// number, or the last.
fn sum(start: u32, octets: &[u8]) -> u32 {
    let mut words = octets.chunks_exact(2);
    let mut total = u64::from(start);
    for word in &mut words {
        total += u64::from(u16::from_be_bytes([word[0], word[1]]));
    }
    if let [last] = words.remainder() {
        total += u64::from(u16::from_be_bytes([*last, 0]));
    }
    fold(total)
}

/// As [`sum`], over pieces of any length that follow each other.
fn sum_pieces<'a>(start: u32, pieces: impl Iterator<Item = &'a [u8]>) -> u32 {
    let mut total = start;
    let mut odd: Option<u8> = None;
    for mut piece in pieces {
        if let (Some(first), [second, rest @ ..]) = (odd, piece) {
            total = fold(u64::from(total) + u64::from(u16::from_be_bytes([first, *second])));
            piece = rest;
            odd = None;
        }
        if piece.len() % 2 == 1 {
            odd = piece.last().copied();
            piece = &piece[..piece.len() - 1];
        }
        total = sum(total, piece);
    }
    odd.map_or(total, |last| fold(u64::from(total) + u64::from(u16::from_be_bytes([last, 0]))))
}

const fn fold(mut total: u64) -> u32 {
    while total > 0xFFFF {
        total = (total & 0xFFFF) + (total >> 16);
    }
    total as u32
}

const fn finish(total: u32) -> u16 {
    !(fold(total as u64) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::tcp::Options;

    fn segment(len: u32) -> Segment {
        Segment {
            seq: 1,
            len,
            push: true,
            ack: Some(1),
            window: 8192,
            options: Options::Timestamps,
            timestamp: 7,
            echo: 9,
            ..Segment::default()
        }
    }

    const ADDRESSING: Addressing = Addressing {
        client: [10, 9, 0, 2],
        server: [10, 9, 0, 1],
        client_port: 1025,
        server_port: 110,
        id: 3,
    };

    /// A checksum over octets that contain a right checksum gives zero (RFC 1071 §1).
    #[test]
    fn checksums_verify() {
        let payload = b"RETR 1\r\nodd";
        for cut in 0..payload.len() {
            let pieces = [&payload[..cut], &payload[cut..]];
            let segment = segment(payload.len() as u32);
            let headers = headers(&segment, Side::Client, &ADDRESSING, pieces.into_iter());
            let octets = headers.as_bytes();
            assert_eq!(octets.len(), 52);
            assert_eq!(finish(sum(0, &octets[..20])), 0);
            let tcp: Vec<u8> = [&octets[20..], &payload[..]].concat();
            assert_eq!(finish(sum(sum(0, &octets[12..20]) + 6 + tcp.len() as u32, &tcp)), 0, "cut at {cut}");
        }
    }

    #[test]
    fn lengths_say_what_is_there() {
        let segment = segment(11);
        assert_eq!(packet_octets(&segment), 63);
        let headers = headers(&segment, Side::Server, &ADDRESSING, std::iter::once(&b"hello world"[..]));
        assert_eq!(u16::from_be_bytes([headers.as_bytes()[2], headers.as_bytes()[3]]), 63);
        assert_eq!(headers.as_bytes()[32] >> 4, 8, "data offset in 32-bit words");
    }
}
