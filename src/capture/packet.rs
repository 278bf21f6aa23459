//! TCP segments out of captured packets.

use super::read::{Captured, refuse};
use crate::lesson::Lesson;

/// Address and port of an end; an IPv4 address is written as one of IPv6 (RFC 4291 §2.5.5.2).
pub type Address = ([u8; 16], u16);

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// The number of its packet.
    pub number: u32,
    /// When it was seen, in nanoseconds since 1970 began.
    pub nanos: u64,
    /// Address and port of the sender.
    pub source: Address,
    /// Address and port of the receiver.
    pub destination: Address,
    /// Sequence number of its first octet, of its SYN, or of its FIN.
    pub seq: u32,
    /// What is acknowledged, if anything.
    pub ack: Option<u32>,
    /// It opens a connection.
    pub syn: bool,
    /// Its sender writes no more.
    pub fin: bool,
    /// The connection is over.
    pub reset: bool,
    /// Its sender had no more to send at the moment.
    pub push: bool,
    /// Its octets.
    pub payload: &'a [u8],
}

/// EtherType and PPP protocol numbers of what is looked into.
const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_IPV6: u16 = 0x86DD;
const ETHERTYPE_VLAN: u16 = 0x8100;
const PPP_IPV4: u16 = 0x0021;
const PPP_IPV6: u16 = 0x0057;
/// IP's number for TCP (RFC 793 §2.6).
const TCP: u8 = 6;

/// The TCP segment in a packet; `None` if it holds something else.
///
/// # Errors
/// A link type that is not known, headers that claim more than is there, a segment cut short by the capture.
pub fn segment<'a>(packet: &Captured<'a>) -> Result<Option<Segment<'a>>, Lesson> {
    let Some(ip) = ip_packet(packet)? else { return Ok(None) };
    let cut = || refuse(packet.number, "its IP header is cut off");
    match ip.first().ok_or_else(cut)? >> 4 {
        4 => ipv4(packet, ip),
        6 => ipv6(packet, ip),
        version => Err(refuse(packet.number, format!("there is no version {version} of IP"))),
    }
}

/// What stands behind the header of the link, if it is IP.
fn ip_packet<'a>(packet: &Captured<'a>) -> Result<Option<&'a [u8]>, Lesson> {
    let octets = packet.octets;
    let cut = || refuse(packet.number, "the header of its link is cut off");
    let behind = |at: usize| octets.get(at..).ok_or_else(cut);
    let word = |at: usize| two(octets, at).ok_or_else(cut);
    let of_type = |kind: u16, at: usize| match kind {
        ETHERTYPE_IPV4 | ETHERTYPE_IPV6 => behind(at).map(Some),
        _ => Ok(None),
    };
    match packet.link_type {
        // Ethernet, with or without a VLAN tag.
        1 => match word(12)? {
            ETHERTYPE_VLAN => of_type(word(16)?, 18),
            kind => of_type(kind, 14),
        },
        // BSD loopback: the family in four octets, in either order.
        0 | 108 => behind(4).map(Some),
        // Raw IP.
        12 | 14 | 101 | 228 | 229 => Ok(Some(octets)),
        // PPP, with or without address and control; its protocol takes one octet if that is odd (RFC 1661 §6.5).
        9 | 50 => {
            let ppp = octets.strip_prefix(&[0xFF, 0x03]).unwrap_or(octets);
            let first = *ppp.first().ok_or_else(cut)?;
            let (protocol, at) =
                if first & 1 == 1 { (u16::from(first), 1) } else { (two(ppp, 0).ok_or_else(cut)?, 2) };
            let is_ip = matches!(protocol, PPP_IPV4 | PPP_IPV6);
            Ok(if is_ip { Some(ppp.get(at..).ok_or_else(cut)?) } else { None })
        }
        // Linux "cooked" captures, of both versions.
        113 => of_type(word(14)?, 16),
        276 => of_type(word(0)?, 20),
        other => Err(refuse(packet.number, format!("link type {other} is not known here"))
            .hint("known are Ethernet, raw IP, PPP, loopback and Linux cooked captures")),
    }
}

fn two(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

fn four(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

/// IPv4 (RFC 791 §3.1).
fn ipv4<'a>(packet: &Captured<'a>, ip: &'a [u8]) -> Result<Option<Segment<'a>>, Lesson> {
    let cut = || refuse(packet.number, "its IP header is cut off");
    let header = usize::from(ip.first().ok_or_else(cut)? & 0x0F) * 4;
    // A sniffer that sees a segment before the network card cuts it up finds no length in it.
    let total = match usize::from(two(ip, 2).ok_or_else(cut)?) {
        0 => ip.len(),
        total => total,
    };
    if header < 20 || total < header {
        return Err(refuse(packet.number, format!("an IP header of {header} bytes in a packet of {total}")));
    }
    let protocol = *ip.get(9).ok_or_else(cut)?;
    if protocol != TCP {
        return Ok(None);
    }
    if two(ip, 6).ok_or_else(cut)? & 0x3FFF != 0 {
        return Err(refuse(
            packet.number,
            "it is a fragment of an IP packet, and those are not put together here",
        ));
    }
    let tcp = ip.get(header..total).ok_or_else(|| short(packet, total - ip.len()))?;
    let address = |at: usize| {
        let mut mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0];
        mapped[12..].copy_from_slice(ip.get(at..at + 4)?);
        Some(mapped)
    };
    tcp_segment(packet, tcp, (address(12).ok_or_else(cut)?, address(16).ok_or_else(cut)?)).map(Some)
}

/// IPv6 (RFC 8200 §3), and the headers before TCP's.
fn ipv6<'a>(packet: &Captured<'a>, ip: &'a [u8]) -> Result<Option<Segment<'a>>, Lesson> {
    let cut = || refuse(packet.number, "its IP header is cut off");
    let length = usize::from(two(ip, 4).ok_or_else(cut)?);
    let address = |at: usize| <[u8; 16]>::try_from(ip.get(at..at + 16)?).ok();
    let ends = (address(8).ok_or_else(cut)?, address(24).ok_or_else(cut)?);
    let (mut next, mut rest) = (*ip.get(6).ok_or_else(cut)?, ip.get(40..).ok_or_else(cut)?);
    if length > 0 {
        rest = rest.get(..length).ok_or_else(|| short(packet, length - rest.len()))?;
    }
    loop {
        match next {
            TCP => return tcp_segment(packet, rest, ends).map(Some),
            // Hop by hop, routing, destination options: each begins with what follows it and with its length.
            0 | 43 | 60 => {
                let (Some(after), Some(eights)) = (rest.first(), rest.get(1)) else { return Err(cut()) };
                next = *after;
                rest = rest.get((usize::from(*eights) + 1) * 8..).ok_or_else(cut)?;
            }
            44 => {
                let what = "it is a fragment of an IP packet, and those are not put together here";
                return Err(refuse(packet.number, what));
            }
            _ => return Ok(None),
        }
    }
}

/// A packet of which the capture kept too little.
fn short(packet: &Captured<'_>, missing: usize) -> Lesson {
    let lesson = refuse(packet.number, format!("{missing} of its bytes are missing"));
    if packet.octets.len() < packet.original as usize {
        return lesson.hint("capture whole packets: `tcpdump -s 0`");
    }
    lesson
}

/// TCP (RFC 793 §3.1).
fn tcp_segment<'a>(
    packet: &Captured<'a>,
    tcp: &'a [u8],
    (source, destination): ([u8; 16], [u8; 16]),
) -> Result<Segment<'a>, Lesson> {
    let cut = || refuse(packet.number, "its TCP header is cut off");
    let header = usize::from(tcp.get(12).ok_or_else(cut)? >> 4) * 4;
    if header < 20 {
        return Err(refuse(packet.number, format!("a TCP header of {header} bytes")));
    }
    let flags = *tcp.get(13).ok_or_else(cut)?;
    Ok(Segment {
        number: packet.number,
        nanos: packet.nanos,
        source: (source, two(tcp, 0).ok_or_else(cut)?),
        destination: (destination, two(tcp, 2).ok_or_else(cut)?),
        seq: four(tcp, 4).ok_or_else(cut)?,
        ack: if flags & 0x10 != 0 { Some(four(tcp, 8).ok_or_else(cut)?) } else { None },
        fin: flags & 0x01 != 0,
        syn: flags & 0x02 != 0,
        reset: flags & 0x04 != 0,
        push: flags & 0x08 != 0,
        payload: tcp.get(header..).ok_or_else(cut)?,
    })
}
