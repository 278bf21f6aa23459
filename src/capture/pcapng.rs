//! The blocks of a pcapng file, as octets (draft-ietf-opsawg-pcapng): a section, its interface, its packets.
//!
//! Little-endian, times in nanoseconds. Every block begins and ends with its length, a multiple of four octets.

use super::LinkType;

/// Section Header Block.
pub(super) const SECTION: u32 = 0x0A0D_0D0A;
/// Interface Description Block.
pub(super) const INTERFACE: u32 = 1;
/// Simple Packet Block.
pub(super) const SIMPLE_PACKET: u32 = 3;
/// Enhanced Packet Block.
pub(super) const PACKET: u32 = 6;
/// What a section header says about the order of octets.
pub(super) const BYTE_ORDER: u32 = 0x1A2B_3C4D;
/// The option with an interface's resolution of time.
pub(super) const IF_TSRESOL: u16 = 9;

const COMMENT: u16 = 1;
const USER_APPLICATION: u16 = 4;
const IF_NAME: u16 = 2;
const IF_DESCRIPTION: u16 = 3;
const IF_SPEED: u16 = 8;
const PACKET_FLAGS: u16 = 2;

/// Which way a packet went, seen from where the capture was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Towards it.
    In = 1,
    /// From it.
    Out = 2,
}

/// The interface that packets are seen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What stands around each packet.
    pub link_type: LinkType,
    /// Its name.
    pub name: String,
    /// What it is, in a few words.
    pub description: String,
    /// Its rate in bit/s.
    pub speed: u64,
}

/// The beginning of a file: the section and its one interface.
#[must_use]
pub fn beginning(interface: &Interface) -> Vec<u8> {
    let mut section = Vec::new();
    section.extend(BYTE_ORDER.to_le_bytes());
    section.extend(1_u16.to_le_bytes());
    section.extend(0_u16.to_le_bytes());
    section.extend(u64::MAX.to_le_bytes());
    option(&mut section, USER_APPLICATION, concat!("maillab ", env!("CARGO_PKG_VERSION")).as_bytes());
    end_of_options(&mut section);
    let mut described = Vec::new();
    described.extend(interface.link_type.number().to_le_bytes());
    described.extend(0_u16.to_le_bytes());
    described.extend(0_u32.to_le_bytes());
    option(&mut described, IF_NAME, interface.name.as_bytes());
    option(&mut described, IF_DESCRIPTION, interface.description.as_bytes());
    option(&mut described, IF_SPEED, &interface.speed.to_le_bytes());
    option(&mut described, IF_TSRESOL, &[9]);
    end_of_options(&mut described);
    [block(SECTION, &section), block(INTERFACE, &described)].concat()
}

/// A packet, seen so many nanoseconds after 1970 began.
#[must_use]
pub fn packet(nanos: u64, way: Way, octets: &[u8], comment: &str) -> Vec<u8> {
    let len = (octets.len() as u32).to_le_bytes();
    let mut body = Vec::with_capacity(octets.len() + 64);
    body.extend(0_u32.to_le_bytes());
    body.extend(((nanos >> 32) as u32).to_le_bytes());
    body.extend((nanos as u32).to_le_bytes());
    body.extend(len);
    body.extend(len);
    body.extend_from_slice(octets);
    pad(&mut body);
    if !comment.is_empty() {
        option(&mut body, COMMENT, comment.as_bytes());
    }
    option(&mut body, PACKET_FLAGS, &(way as u32).to_le_bytes());
    end_of_options(&mut body);
    block(PACKET, &body)
}

fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let len = (body.len() as u32 + 12).to_le_bytes();
    [&kind.to_le_bytes(), &len[..], body, &len[..]].concat()
}

/// An option; what is longer than an option can be is cut.
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
    body.extend(code.to_le_bytes());
    body.extend((value.len() as u16).to_le_bytes());
    body.extend_from_slice(value);
    pad(body);
}

fn end_of_options(body: &mut Vec<u8>) {
    body.extend([0; 4]);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}
