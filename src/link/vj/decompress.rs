//! The receiver's half (RFC 1144 §3.2.4).

use std::sync::Arc;

use super::compress::Compressor;
use super::header::{Header, PUSH, TCP, URGENT};
use super::{Kind, mask};

/// The header of a packet as it was before it was compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decompressed {
    header: Option<Header>,
    replaced: usize,
}

impl Decompressed {
    /// The octets that go in the place of the first [`Decompressed::replaced`] ones; none if the packet is as it was.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.header.as_ref().map_or(&[], Header::as_bytes)
    }

    /// How many octets they stand for.
    #[must_use]
    pub const fn replaced(&self) -> usize {
        self.replaced
    }
}

/// The state of a line's receiving end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decompressor {
    slots: Arc<Vec<Option<Header>>>,
    slots_max: u16,
    last: Option<u8>,
    /// Something was lost: only a packet that names its slot can be trusted to mean it (RFC 1144 §4.1).
    toss: bool,
}

impl Decompressor {
    /// A decompressor that nothing came to yet, with so many slots, 1 to 256.
    #[must_use]
    pub fn new(slots: u16) -> Self {
        Self { slots: Arc::default(), slots_max: slots.clamp(1, 256), last: None, toss: true }
    }

    /// A decompressor that has received all that this compressor has sent.
    #[must_use]
    pub fn in_step_with(compressor: &Compressor) -> Self {
        let slots = compressor.slots.iter().map(|slot| Some(slot.header)).collect();
        let last = compressor.last;
        Self { slots: Arc::new(slots), slots_max: compressor.agreed().0, last, toss: last.is_none() }
    }

    /// Whether it knows what the compressor believes it to know, so that nothing will be tossed.
    #[must_use]
    pub fn is_in_step_with(&self, compressor: &Compressor) -> bool {
        let known = |(place, slot): (usize, &super::compress::Slot)| {
            self.slots.get(place).copied().flatten() == Some(slot.header)
        };
        !self.toss && self.last == compressor.last && compressor.slots.iter().enumerate().all(known)
    }

    /// The framer found a damaged frame, or one of no known type (`TYPE_ERROR` in RFC 1144 §3.2.4).
    pub const fn error(&mut self) {
        self.toss = true;
    }

    /// The packet that was sent, or `None` if this one has to be tossed.
    pub fn packet(&mut self, kind: Kind, packet: &[u8]) -> Option<Vec<u8>> {
        let decompressed = self.receive(kind, packet, packet.len())?;
        Some([decompressed.head(), packet.get(decompressed.replaced()..)?].concat())
    }

    /// The header of a packet of `len` octets of which `packet` holds at least all headers.
    pub fn receive(&mut self, kind: Kind, packet: &[u8], len: usize) -> Option<Decompressed> {
        match kind {
            Kind::Ip => Some(Decompressed { header: None, replaced: 0 }),
            Kind::UncompressedTcp => self.uncompressed(packet),
            Kind::CompressedTcp => self.compressed(packet, len),
        }
    }

    fn uncompressed(&mut self, packet: &[u8]) -> Option<Decompressed> {
        let header = Header::read(packet, None).filter(|header| header.data().is_some());
        let slot = packet.get(9).copied().filter(|slot| u16::from(*slot) < self.slots_max);
        let (Some(mut header), Some(slot)) = (header, slot) else {
            self.toss = true;
            return None;
        };
        header.set_protocol(TCP);
        self.toss = false;
        self.last = Some(slot);
        let slots = Arc::make_mut(&mut self.slots);
        let place = usize::from(slot);
        if slots.len() <= place {
            slots.resize(place + 1, None);
        }
        slots[place] = Some(header);
        Some(Decompressed { header: Some(header), replaced: header.len() })
    }

    fn compressed(&mut self, packet: &[u8], len: usize) -> Option<Decompressed> {
        let mut octets = Octets { packet, at: 0 };
        let decompressed = self.changed(&mut octets, len);
        // What cannot be understood is a damaged frame that its check did not find.
        self.toss |= decompressed.is_none();
        decompressed
    }

    fn changed(&mut self, octets: &mut Octets<'_>, len: usize) -> Option<Decompressed> {
        let changed = octets.next()?;
        if changed & mask::SLOT != 0 {
            let slot = octets.next().filter(|slot| u16::from(*slot) < self.slots_max)?;
            self.last = Some(slot);
            self.toss = false;
        } else if self.toss {
            return None;
        }
        let slots = Arc::make_mut(&mut self.slots);
        let header = slots.get_mut(usize::from(self.last?))?.as_mut()?;
        let sent_last = header.data()?;

        let checksum = u16::from_be_bytes([octets.next()?, octets.next()?]);
        header.set_tcp(16, checksum);
        header.set_flag(PUSH, changed & mask::PUSH != 0);
        let (sequence, ack) = (header.tcp_number(4), header.tcp_number(8));
        match changed & mask::CHANGES {
            mask::ONE_WAY => {
                header.set_flag(URGENT, false);
                header.set_tcp_number(4, sequence.wrapping_add(sent_last));
            }
            mask::ECHOED => {
                header.set_flag(URGENT, false);
                header.set_tcp_number(4, sequence.wrapping_add(sent_last));
                header.set_tcp_number(8, ack.wrapping_add(sent_last));
            }
            changes => {
                header.set_flag(URGENT, changes & mask::URGENT != 0);
                if changes & mask::URGENT != 0 {
                    header.set_tcp(18, octets.number()?);
                }
                if changes & mask::WINDOW != 0 {
                    header.set_tcp(14, header.tcp(14).wrapping_add(octets.number()?));
                }
                if changes & mask::ACK != 0 {
                    header.set_tcp_number(8, ack.wrapping_add(octets.number()?.into()));
                }
                if changes & mask::SEQUENCE != 0 {
                    header.set_tcp_number(4, sequence.wrapping_add(octets.number()?.into()));
                }
            }
        }
        let id_step = if changed & mask::IP_ID != 0 { octets.number()? } else { 1 };
        header.set_ip(4, header.ip(4).wrapping_add(id_step));
        let data = len.checked_sub(octets.at)?;
        header.set_ip(2, u16::try_from(header.len() + data).ok()?);
        header.sum_ip();
        Some(Decompressed { header: Some(*header), replaced: octets.at })
    }
}

struct Octets<'a> {
    packet: &'a [u8],
    at: usize,
}

impl Octets<'_> {
    fn next(&mut self) -> Option<u8> {
        let octet = self.packet.get(self.at).copied()?;
        self.at += 1;
        Some(octet)
    }

    fn number(&mut self) -> Option<u16> {
        match self.next()? {
            0 => Some(u16::from_be_bytes([self.next()?, self.next()?])),
            small => Some(small.into()),
        }
    }
}
