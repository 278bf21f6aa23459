//! Bit stuffing of synchronous lines (RFC 1662 §5.2): behind five ones in a row goes a zero, so that the flag
//! 01111110 stands nowhere but between frames. Octets go low bit first. HDLC, PPP on ISDN and V.42's LAPM do this.

/// The bits of a flag, as they go on the line.
pub const FLAG_BITS: u64 = 8;

/// How many ones in a row a frame may have before a zero is put in.
const ONES_MAX: u8 = 5;

/// Counts the zeros that stuffing puts into a frame whose octets come in pieces.
///
/// Start a fresh one behind each flag; the check sequence is part of the frame, and is stuffed too.
///
/// ```
/// use maillab::link::framing::stuffing::StuffedZeros;
///
/// let mut zeros = StuffedZeros::default();
/// assert_eq!(zeros.add(&[0xFF]), 1, "five ones, a zero, three ones");
/// assert_eq!(zeros.add(&[0x03]), 1, "and two ones make five again");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StuffedZeros {
    /// How many ones were sent last, 0 to 4.
    ones: u8,
}

impl StuffedZeros {
    /// How many zeros go between or behind the bits of these octets.
    pub fn add(&mut self, octets: &[u8]) -> u64 {
        let (eights, rest) = octets.as_chunks::<8>();
        let mut zeros = 0;
        for eight in eights {
            let bits = u64::from_le_bytes(*eight);
            // The first bit on the line is the lowest. Text has few runs of five: most words end here.
            let five = bits & bits >> 1 & bits >> 2 & bits >> 3 & bits >> 4;
            if five == 0 && u32::from(self.ones) + bits.trailing_ones() < u32::from(ONES_MAX) {
                self.ones = bits.leading_ones() as u8;
            } else {
                zeros += self.add_slowly(eight);
            }
        }
        zeros + self.add_slowly(rest)
    }

    fn add_slowly(&mut self, octets: &[u8]) -> u64 {
        let mut zeros = 0;
        for octet in octets {
            let step = STEPS[usize::from(self.ones)][usize::from(*octet)];
            zeros += u64::from(step >> 4);
            self.ones = step & 0x0F;
        }
        zeros
    }
}

/// For each run of ones so far and each octet: zeros put in (high half), and the run of ones behind it (low half).
static STEPS: [[u8; 256]; ONES_MAX as usize] = {
    let mut steps = [[0; 256]; ONES_MAX as usize];
    let mut before = 0;
    while before < ONES_MAX {
        let mut octet = 0;
        while octet < 256 {
            let (mut ones, mut zeros, mut bit) = (before, 0, 0);
            while bit < 8 {
                ones = if octet >> bit & 1 == 1 { ones + 1 } else { 0 };
                if ones == ONES_MAX {
                    zeros += 1;
                    ones = 0;
                }
                bit += 1;
            }
            steps[before as usize][octet] = zeros << 4 | ones;
            octet += 1;
        }
        before += 1;
    }
    steps
};

/// The bits between two flags, in the order in which they are sent.
#[must_use]
pub fn stuff(octets: &[u8]) -> Vec<bool> {
    let mut bits = Vec::with_capacity(octets.len() * 8 + octets.len() / 7);
    let mut ones = 0;
    for bit in octets.iter().flat_map(|octet| (0..8).map(move |place| octet >> place & 1 == 1)) {
        bits.push(bit);
        ones = if bit { ones + 1 } else { 0 };
        if ones == ONES_MAX {
            bits.push(false);
            ones = 0;
        }
    }
    bits
}

/// The octets that were stuffed; `None` if six ones stand in a row (a flag or an abort) or an octet is cut short.
#[must_use]
pub fn unstuff(bits: &[bool]) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(bits.len() / 8);
    let (mut ones, mut octet, mut place) = (0, 0_u8, 0);
    for bit in bits {
        if ones == ONES_MAX {
            if *bit {
                return None;
            }
            ones = 0;
            continue;
        }
        ones = if *bit { ones + 1 } else { 0 };
        octet |= u8::from(*bit) << place;
        place += 1;
        if place == 8 {
            octets.push(octet);
            (octet, place) = (0, 0);
        }
    }
    (place == 0).then_some(octets)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zeros(octets: &[u8]) -> u64 {
        StuffedZeros::default().add(octets)
    }

    #[test]
    fn five_ones_take_a_zero_and_four_do_not() {
        assert_eq!(zeros(&[0x0F]), 0);
        assert_eq!(zeros(&[0x1F]), 1);
        assert_eq!(zeros(&[0x7E]), 1, "a flag in the data is none on the line");
        assert_eq!(zeros(&[0xFF; 5]), 8, "forty ones");
        assert_eq!(
            stuff(&[0x7E]).iter().map(|bit| u8::from(*bit)).collect::<Vec<_>>(),
            [0, 1, 1, 1, 1, 1, 0, 1, 0]
        );
    }

    #[test]
    fn random_data_grows_by_one_bit_in_sixty_two() {
        // A run of five ones ends behind 2^5 + … + 2 = 62 fair bits on average.
        let mut state = 1_u64;
        let octets: Vec<u8> = (0..200_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        let growth = zeros(&octets) as f64 / (octets.len() * 8) as f64;
        assert!((0.0159..0.0164).contains(&growth), "{growth}");
    }

    #[test]
    fn an_abort_is_no_frame() {
        assert_eq!(unstuff(&[true; 7]), None);
        assert_eq!(unstuff(&[false; 7]), None, "seven bits are no octet");
    }

    proptest! {
        #[test]
        fn the_count_agrees_with_the_bits_and_they_give_the_octets_back(
            octets in prop::collection::vec(prop_oneof![any::<u8>(), Just(0xFF), Just(0x1F), Just(0xF8)], 0..100),
            cut in any::<prop::sample::Index>(),
        ) {
            let bits = stuff(&octets);
            prop_assert_eq!(bits.len() as u64, octets.len() as u64 * 8 + zeros(&octets));
            let (first, second) = octets.split_at(cut.index(octets.len() + 1));
            let mut counted = StuffedZeros::default();
            prop_assert_eq!(counted.add(first) + counted.add(second), zeros(&octets));
            prop_assert_eq!(unstuff(&bits), Some(octets));
        }
    }
}
