//! The sender's half (RFC 1144 §3.2.3).

use std::sync::Arc;

use super::header::{ACK, FIN_SYN_RST_ACK, Header, PUSH, TCP, URGENT};
use super::{Kind, SLOTS, mask};

/// What a packet became. Its data is not touched: `head` goes in the place of its first `replaced` octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compressed {
    /// How the framer labels it.
    pub kind: Kind,
    octets: [u8; 120],
    len: u8,
    replaced: u8,
}

impl Compressed {
    /// The octets that go instead; none if the packet goes as it is.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// How many octets of the packet they stand for.
    #[must_use]
    pub const fn replaced(&self) -> usize {
        self.replaced as usize
    }

    const AS_IT_IS: Self = Self { kind: Kind::Ip, octets: [0; 120], len: 0, replaced: 0 };
}

/// The state of a line's sending end: the last header of each connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compressor {
    /// Shared until a packet is sent, so that a copy of the whole line costs a pointer.
    pub(super) slots: Arc<Vec<Slot>>,
    slots_max: u16,
    /// Whether a packet of the same connection as the last may go without its slot.
    elide_slot: bool,
    /// The slot of the last packet that had one.
    pub(super) last: Option<u8>,
    packets: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) header: Header,
    /// The number of the packet that used it last.
    used: u64,
}

impl Default for Compressor {
    fn default() -> Self {
        Self::new(SLOTS, true)
    }
}

impl Compressor {
    /// A compressor that nothing went through yet, for a receiver with so many slots, 1 to 256. Eliding slots needs
    /// a framer that tells of damaged frames, so that the receiver can toss (RFC 1144 §4.1).
    #[must_use]
    pub fn new(slots: u16, elide_slot: bool) -> Self {
        Self { slots: Arc::default(), slots_max: slots.clamp(1, 256), elide_slot, last: None, packets: 0 }
    }

    /// How many slots the receiver has, and whether the slot may be left out.
    #[must_use]
    pub const fn agreed(&self) -> (u16, bool) {
        (self.slots_max, self.elide_slot)
    }

    /// Compresses a packet, of which `packet` must hold at least all headers.
    pub fn compress(&mut self, packet: &[u8]) -> Compressed {
        self.packets += 1;
        let Some(header) = Header::read(packet, Some(TCP)).filter(|header| header.data().is_some()) else {
            return Compressed::AS_IT_IS;
        };
        if header.flags() & FIN_SYN_RST_ACK != ACK {
            return Compressed::AS_IT_IS;
        }
        let found = self.slots.iter().position(|slot| slot.header.is_of_the_same_connection(&header));
        let place = found.unwrap_or_else(|| self.reclaim());
        let number = place as u8;
        let same_slot = self.elide_slot && self.last == Some(number);
        let before = found.and_then(|place| self.slots.get(place)).map(|slot| slot.header);
        let compressed = before.and_then(|before| {
            let changes = Changes::between(&before, &header)?;
            Some(changes.write((!same_slot).then_some(number), &before, &header))
        });
        self.last = Some(number);
        let slot = Slot { header, used: self.packets };
        let slots = Arc::make_mut(&mut self.slots);
        match slots.get_mut(place) {
            Some(kept) => *kept = slot,
            None => slots.push(slot),
        }
        compressed.unwrap_or_else(|| uncompressed(header, number))
    }

    /// A slot for a new connection: one that was never used, or the one that was not used for longest.
    fn reclaim(&self) -> usize {
        if self.slots.len() < usize::from(self.slots_max) {
            return self.slots.len();
        }
        let oldest = self.slots.iter().enumerate().min_by_key(|(_, slot)| slot.used);
        oldest.map_or(0, |(place, _)| place)
    }
}

fn uncompressed(mut header: Header, slot: u8) -> Compressed {
    header.set_protocol(slot);
    let mut octets = [0; 120];
    octets[..header.len()].copy_from_slice(header.as_bytes());
    let len = header.len() as u8;
    Compressed { kind: Kind::UncompressedTcp, octets, len, replaced: len }
}

/// The differences of a packet to the one before, encoded, and which of them there are.
struct Changes {
    mask: u8,
    encoded: Short,
}

impl Changes {
    /// `None` if the packet has to go uncompressed.
    fn between(before: &Header, now: &Header) -> Option<Self> {
        if !now.is_unchanged(before) {
            return None;
        }
        let mut mask = 0;
        let mut encoded = Short::default();
        if now.flags() & URGENT != 0 {
            encoded.number(now.tcp(18));
            mask |= mask::URGENT;
        } else if now.tcp(18) != before.tcp(18) {
            return None;
        }
        let window = now.tcp(14).wrapping_sub(before.tcp(14));
        if window != 0 {
            encoded.number(window);
            mask |= mask::WINDOW;
        }
        let ack = step(before.tcp_number(8), now.tcp_number(8))?;
        if ack != 0 {
            encoded.number(ack);
            mask |= mask::ACK;
        }
        let sequence = step(before.tcp_number(4), now.tcp_number(4))?;
        if sequence != 0 {
            encoded.number(sequence);
            mask |= mask::SEQUENCE;
        }
        let sent_last = before.data()?;
        let by_last_data = u32::from(sequence) == sent_last;
        match mask {
            // These two combinations mean the two special cases, so their changes cannot be told.
            mask::ECHOED | mask::ONE_WAY => return None,
            mask::SEQUENCE if by_last_data => (mask, encoded) = (mask::ONE_WAY, Short::default()),
            m if m == mask::SEQUENCE | mask::ACK && by_last_data && ack == sequence => {
                (mask, encoded) = (mask::ECHOED, Short::default());
            }
            // Nothing changed. Data behind a packet without data is new; anything else was sent before, or asks
            // for an answer, and may be wanted because the receiver lost track.
            0 if sent_last != 0 || now.data()? == 0 => return None,
            _ => {}
        }
        Some(Self { mask, encoded })
    }

    fn write(mut self, slot: Option<u8>, before: &Header, now: &Header) -> Compressed {
        let id = now.ip(4).wrapping_sub(before.ip(4));
        if id != 1 {
            self.encoded.number(id);
            self.mask |= mask::IP_ID;
        }
        if now.flags() & PUSH != 0 {
            self.mask |= mask::PUSH;
        }
        let mut head = Short::default();
        match slot {
            Some(slot) => {
                head.push(self.mask | mask::SLOT);
                head.push(slot);
            }
            None => head.push(self.mask),
        }
        for octet in now.tcp(16).to_be_bytes().iter().chain(self.encoded.as_bytes()) {
            head.push(*octet);
        }
        let mut octets = [0; 120];
        octets[..head.as_bytes().len()].copy_from_slice(head.as_bytes());
        Compressed { kind: Kind::CompressedTcp, octets, len: head.len, replaced: now.len() as u8 }
    }
}

/// How far a 32-bit number stepped, if it did so by less than 2^16 and forwards.
fn step(before: u32, now: u32) -> Option<u16> {
    u16::try_from(now.wrapping_sub(before)).ok()
}

/// At most 4 + 5 × 3 octets.
#[derive(Default)]
struct Short {
    octets: [u8; 19],
    len: u8,
}

impl Short {
    fn push(&mut self, octet: u8) {
        if let Some(place) = self.octets.get_mut(usize::from(self.len)) {
            *place = octet;
            self.len += 1;
        }
    }

    /// 1 to 255 in one octet; 0 and what is more behind an octet of zero (RFC 1144 §3.2.2).
    fn number(&mut self, number: u16) {
        let [high, low] = number.to_be_bytes();
        if high == 0 && low != 0 {
            self.push(low);
        } else {
            self.push(0);
            self.push(high);
            self.push(low);
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.octets.get(..usize::from(self.len)).unwrap_or_default()
    }
}
