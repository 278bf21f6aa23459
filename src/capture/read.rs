//! Packets out of pcap and pcapng files, each checked before the next is looked at.
//!
//! A capture is hostile: lengths are held against what is there, nothing is kept but slices of the file, and what
//! does not hold together is refused with the number of the packet, as Wireshark counts them.

use super::pcapng::{BYTE_ORDER, IF_TSRESOL, INTERFACE, PACKET, SECTION, SIMPLE_PACKET};
use crate::lesson::Lesson;
use crate::time::NANOS_PER_SECOND;

/// A file with more interfaces than this is refused.
const INTERFACES_MAX: usize = 1000;
/// The longest packet that is believed: jumbo frames and offloaded segments are shorter.
const PACKET_MAX: usize = 1 << 18;

/// A packet as the file holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captured<'a> {
    /// Its number, from 1.
    pub number: u32,
    /// When it was seen, in nanoseconds since 1970 began; 0 if the file does not say.
    pub nanos: u64,
    /// The number of its link type.
    pub link_type: u16,
    /// Its octets, as far as they were kept.
    pub octets: &'a [u8],
    /// How many it had.
    pub original: u32,
}

/// What a packet, or what stands in its place, is refused for.
pub(super) fn refuse(number: u32, what: impl std::fmt::Display) -> Lesson {
    Lesson::new(format!("packet {number}: {what}"))
}

/// The packets of a file, in its order. After an error comes nothing more.
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    rest: &'a [u8],
    big_endian: bool,
    form: Form,
    read: u32,
}

#[derive(Clone, Debug)]
enum Form {
    /// One interface for all packets.
    Pcap {
        link_type: u16,
        a_tick: u64,
    },
    Pcapng {
        interfaces: Vec<Interface>,
    },
    Failed,
}

#[derive(Clone, Copy, Debug)]
struct Interface {
    link_type: u16,
    ticks_a_second: u64,
    snap_length: u32,
}

impl<'a> Packets<'a> {
    /// Looks at the beginning of a file.
    ///
    /// # Errors
    /// What is neither pcap nor pcapng.
    pub fn new(file: &'a [u8]) -> Result<Self, Lesson> {
        let magic =
            |at: usize| file.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
        let packets = |rest, big_endian, form| Self { rest, big_endian, form, read: 0 };
        let (big_endian, a_tick) = match magic(0) {
            Some(SECTION) => return Ok(packets(file, false, Form::Pcapng { interfaces: Vec::new() })),
            Some(0xA1B2_C3D4) => (false, 1000),
            Some(0xA1B2_3C4D) => (false, 1),
            Some(0xD4C3_B2A1) => (true, 1000),
            Some(0x4D3C_B2A1) => (true, 1),
            Some(gzip) if gzip & 0xFFFF == 0x8B1F => {
                return Err(Lesson::new("this file is compressed by gzip").hint("`gunzip` it first"));
            }
            _ => {
                return Err(Lesson::new("this is no capture: neither pcap nor pcapng begins like this")
                    .hint("save it by Wireshark, tcpdump or `maillab play --pcapng`"));
            }
        };
        let head = file.get(..24).ok_or_else(|| Lesson::new("the head of this pcap file is cut off"))?;
        let link_type = number(head.get(20..24), big_endian).unwrap_or_default();
        // The upper bits say whether there is a frame check sequence.
        let form = Form::Pcap { link_type: (link_type & 0xFFFF) as u16, a_tick };
        Ok(packets(file.get(24..).unwrap_or_default(), big_endian, form))
    }

    fn u32(&self, octets: &[u8], at: usize) -> Option<u32> {
        number(octets.get(at..at.checked_add(4)?), self.big_endian)
    }

    fn u16(&self, octets: &[u8], at: usize) -> Option<u16> {
        let two: [u8; 2] = octets.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    }

    fn of_pcap(&mut self, link_type: u16, a_tick: u64) -> Result<Captured<'a>, Lesson> {
        let number = self.read + 1;
        let cut = || refuse(number, "the file ends within it");
        let field = |at| self.u32(self.rest, at).ok_or_else(cut);
        let (seconds, fraction, kept, original) = (field(0)?, field(4)?, field(8)?, field(12)?);
        if u64::from(fraction) * a_tick >= NANOS_PER_SECOND {
            return Err(refuse(number, "its time has more than a second behind the point"));
        }
        check_lengths(number, kept, original)?;
        let octets = self.rest.get(16..16 + kept as usize).ok_or_else(cut)?;
        self.rest = self.rest.get(16 + kept as usize..).unwrap_or_default();
        let nanos = u64::from(seconds) * NANOS_PER_SECOND + u64::from(fraction) * a_tick;
        Ok(Captured { number, nanos, link_type, octets, original })
    }

    /// The next packet of a pcapng file: passes by blocks of other kinds.
    fn of_pcapng(&mut self) -> Result<Option<Captured<'a>>, Lesson> {
        loop {
            if self.rest.is_empty() {
                return Ok(None);
            }
            let number = self.read + 1;
            let cut = || refuse(number, "the file ends within the block that should hold it");
            if self.u32(self.rest, 0) == Some(SECTION) {
                self.begin_section(number)?;
            }
            let kind = self.u32(self.rest, 0).ok_or_else(cut)?;
            let length = self.u32(self.rest, 4).ok_or_else(cut)? as usize;
            if length < 12 || !length.is_multiple_of(4) {
                return Err(refuse(number, format!("a block before it has a length of {length}")));
            }
            let block = self.rest.get(..length).ok_or_else(cut)?;
            if self.u32(block, length - 4) != Some(length as u32) {
                return Err(refuse(number, "a block before it ends with another length than it begins with"));
            }
            self.rest = self.rest.get(length..).unwrap_or_default();
            let body = block.get(8..length - 4).unwrap_or_default();
            match kind {
                SECTION => {}
                INTERFACE => self.add_interface(number, body)?,
                PACKET => return self.enhanced(number, body).map(Some),
                SIMPLE_PACKET => return self.simple(number, body).map(Some),
                _ => {}
            }
        }
    }

    /// A section says in which order its octets stand, and has interfaces of its own.
    fn begin_section(&mut self, number: u32) -> Result<(), Lesson> {
        let order = self.rest.get(8..12).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes);
        self.big_endian = match order {
            Some(BYTE_ORDER) => false,
            Some(order) if order.swap_bytes() == BYTE_ORDER => true,
            _ => {
                return Err(refuse(
                    number,
                    "the section before it does not say in which order its octets stand",
                ));
            }
        };
        self.form = Form::Pcapng { interfaces: Vec::new() };
        Ok(())
    }

    fn add_interface(&mut self, number: u32, body: &[u8]) -> Result<(), Lesson> {
        let cut = || refuse(number, "an interface before it is not fully described");
        let link_type = self.u16(body, 0).ok_or_else(cut)?;
        let snap_length = self.u32(body, 4).ok_or_else(cut)?;
        let mut ticks_a_second = 1_000_000;
        let mut options = body.get(8..).unwrap_or_default();
        while let (Some(code), Some(length)) = (self.u16(options, 0), self.u16(options, 2)) {
            let value = options.get(4..4 + usize::from(length)).ok_or_else(cut)?;
            if let (IF_TSRESOL, [resolution]) = (code, value) {
                ticks_a_second = ticks(*resolution)
                    .ok_or_else(|| refuse(number, "an interface before it counts time too finely"))?;
            }
            options = options.get(4 + usize::from(length).next_multiple_of(4)..).unwrap_or_default();
        }
        let Form::Pcapng { interfaces } = &mut self.form else { return Ok(()) };
        if interfaces.len() >= INTERFACES_MAX {
            return Err(refuse(number, format!("more than {INTERFACES_MAX} interfaces stand before it")));
        }
        interfaces.push(Interface { link_type, ticks_a_second, snap_length });
        Ok(())
    }

    fn interface(&self, number: u32, nth: u32) -> Result<Interface, Lesson> {
        let Form::Pcapng { interfaces } = &self.form else { return Err(refuse(number, "it has no section")) };
        let found = interfaces.get(nth as usize).copied();
        found.ok_or_else(|| refuse(number, format!("it was seen on interface {nth}, which is not described")))
    }

    fn enhanced(&self, number: u32, body: &'a [u8]) -> Result<Captured<'a>, Lesson> {
        let cut = || refuse(number, "its block is too short");
        let field = |at| self.u32(body, at).ok_or_else(cut);
        let interface = self.interface(number, field(0)?)?;
        let (high, low, kept, original) = (field(4)?, field(8)?, field(12)?, field(16)?);
        check_lengths(number, kept, original)?;
        let octets = body.get(20..20 + kept as usize).ok_or_else(cut)?;
        let ticks = u128::from(high) << 32 | u128::from(low);
        let nanos = ticks * u128::from(NANOS_PER_SECOND) / u128::from(interface.ticks_a_second);
        let nanos = u64::try_from(nanos).map_err(|_| refuse(number, "its time is centuries away"))?;
        Ok(Captured { number, nanos, link_type: interface.link_type, octets, original })
    }

    fn simple(&self, number: u32, body: &'a [u8]) -> Result<Captured<'a>, Lesson> {
        let cut = || refuse(number, "its block is too short");
        let interface = self.interface(number, 0)?;
        let original = self.u32(body, 0).ok_or_else(cut)?;
        let kept = if interface.snap_length == 0 { original } else { original.min(interface.snap_length) };
        check_lengths(number, kept, original)?;
        let octets = body.get(4..4 + kept as usize).ok_or_else(cut)?;
        Ok(Captured { number, nanos: 0, link_type: interface.link_type, octets, original })
    }
}

fn check_lengths(number: u32, kept: u32, original: u32) -> Result<(), Lesson> {
    if kept as usize > PACKET_MAX {
        return Err(refuse(number, format!("{kept} bytes are no packet; {PACKET_MAX} are the most")));
    }
    if kept > original {
        return Err(refuse(number, format!("of its {original} bytes {kept} were kept")));
    }
    Ok(())
}

/// Ticks in a second: a power of ten, or of two with the highest bit set.
fn ticks(resolution: u8) -> Option<u64> {
    match resolution {
        0x80.. => 1_u64.checked_shl(u32::from(resolution & 0x7F)),
        _ => 10_u64.checked_pow(resolution.into()),
    }
}

fn number(octets: Option<&[u8]>, big_endian: bool) -> Option<u32> {
    let four: [u8; 4] = octets?.try_into().ok()?;
    Some(if big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Captured<'a>, Lesson>;

    fn next(&mut self) -> Option<Self::Item> {
        let packet = match self.form {
            Form::Failed => return None,
            Form::Pcap { .. } if self.rest.is_empty() => return None,
            Form::Pcap { link_type, a_tick } => self.of_pcap(link_type, a_tick),
            Form::Pcapng { .. } => self.of_pcapng().transpose()?,
        };
        match &packet {
            Ok(packet) => self.read = packet.number,
            Err(_) => self.form = Form::Failed,
        }
        Some(packet)
    }
}
