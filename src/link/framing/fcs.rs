//! Check sequences: 16 bits of PPP, HDLC and LAPM (RFC 1662 §C.2), 32 bits of AAL5.

/// What 16-bit check of a frame with its check sequence comes to if no bit was changed (RFC 1662 §C.2).
const GOOD_FCS_16: u16 = 0xF0B8;

/// The frame check sequence of PPP and of V.42's LAPM: CRC-16 with polynomial 0x1021, low bit first, hence 0x8408.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fcs16(u16);

impl Default for Fcs16 {
    fn default() -> Self {
        Self(0xFFFF)
    }
}

impl Fcs16 {
    /// Adds octets.
    pub fn add(&mut self, octets: &[u8]) {
        let (eights, rest) = octets.as_chunks::<8>();
        for eight in eights {
            let [low, high] = self.0.to_le_bytes();
            let mut eight = *eight;
            eight[0] ^= low;
            eight[1] ^= high;
            let behind = FCS_TABLES.iter().rev();
            self.0 = behind.zip(eight).fold(0, |fcs, (table, octet)| fcs ^ table[usize::from(octet)]);
        }
        for octet in rest {
            self.0 = self.0 >> 8 ^ FCS_TABLE[usize::from((self.0 ^ u16::from(*octet)) & 0xFF)];
        }
    }

    /// The two octets as they go on the line: complemented, low octet first.
    #[must_use]
    pub const fn sent(self) -> [u8; 2] {
        (!self.0).to_le_bytes()
    }

    /// True if `frame`, its last two octets being the check sequence, arrived as it was sent.
    #[must_use]
    pub fn is_good(frame: &[u8]) -> bool {
        let mut fcs = Self::default();
        fcs.add(frame);
        fcs.0 == GOOD_FCS_16
    }
}

/// What an octet does to the sequence when so many others follow it: with eight such tables eight octets take
/// one step, and checking every packet's octets no longer outweighs all else that a simulation does.
static FCS_TABLES: [[u16; 256]; 8] = {
    let mut tables = [FCS_TABLE; 8];
    let mut behind = 1;
    while behind < 8 {
        let mut octet = 0;
        while octet < 256 {
            let before = tables[behind - 1][octet];
            tables[behind][octet] = before >> 8 ^ FCS_TABLE[(before & 0xFF) as usize];
            octet += 1;
        }
        behind += 1;
    }
    tables
};

const FCS_TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut value = octet as u16;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ 0x8408 } else { value >> 1 };
            bit += 1;
        }
        table[octet] = value;
        octet += 1;
    }
    table
};

/// The check of an AAL5 frame (ITU-T I.363.5): CRC-32 with polynomial 0x04C11DB7, high bit first, complemented.
#[must_use]
pub fn crc32_aal5<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> u32 {
    let step = |crc: u32, octet: &u8| crc << 8 ^ CRC32_TABLE[usize::from((crc >> 24) as u8 ^ octet)];
    !pieces.flatten().fold(u32::MAX, step)
}

static CRC32_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut octet = 0;
    while octet < 256 {
        let mut value = (octet as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            value = if value >> 31 == 1 { value << 1 ^ 0x04C1_1DB7 } else { value << 1 };
            bit += 1;
        }
        table[octet] = value;
        octet += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_check_sequences_are_those_of_the_standards() {
        let mut fcs = Fcs16::default();
        fcs.add(b"123456789");
        assert_eq!(fcs.sent(), 0x906E_u16.to_le_bytes(), "the check value of CRC-16/X-25");
        assert_eq!(crc32_aal5(std::iter::once(&b"123456789"[..])), 0xFC89_1918, "that of CRC-32/BZIP2");
    }

    proptest! {
        #[test]
        fn a_frame_with_its_check_is_good_and_one_wrong_bit_is_found(
            octets in prop::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            bit in 0_u32..8,
        ) {
            let mut fcs = Fcs16::default();
            fcs.add(&octets);
            let mut frame = [&octets[..], &fcs.sent()].concat();
            prop_assert!(Fcs16::is_good(&frame));
            let at = at.index(frame.len());
            frame[at] ^= 1 << bit;
            prop_assert!(!Fcs16::is_good(&frame));
        }
    }
}
