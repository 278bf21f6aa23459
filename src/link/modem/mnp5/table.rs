//! How often each octet occurred, and the order that follows from it.

/// The list that both ends keep alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// The octet at each place, the most frequent first.
    octets: [u8; 256],
    /// The place of each octet.
    places: [u8; 256],
    /// How often the octet at each place occurred: never rising from one place to the next.
    counts: [u8; 256],
}

impl Table {
    /// No octet has occurred; they stand in the order of their values.
    pub(super) fn new() -> Self {
        let order = std::array::from_fn(|octet| octet as u8);
        Self { octets: order, places: order, counts: [0; 256] }
    }

    /// The octet at a place.
    pub(super) fn at(&self, place: u8) -> u8 {
        self.octets[usize::from(place)]
    }

    /// Counts an octet, and gives the place it had before.
    pub(super) fn sees(&mut self, octet: u8) -> u8 {
        let place = self.places[usize::from(octet)];
        let mut count = self.counts[usize::from(place)];
        if count == u8::MAX {
            for count in &mut self.counts {
                *count /= 2;
            }
            count = self.counts[usize::from(place)];
        }
        // The first of those that occurred as often gives it its place: one exchange keeps the order.
        let same =
            self.counts[..usize::from(place)].iter().rev().take_while(|other| **other == count).count();
        let first = place - same as u8;
        let other = self.octets[usize::from(first)];
        self.octets.swap(usize::from(first), usize::from(place));
        self.places[usize::from(other)] = place;
        self.places[usize::from(octet)] = first;
        self.counts[usize::from(first)] = count + 1;
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_follows_the_counts() {
        let mut table = Table::new();
        assert_eq!(
            (table.sees(b'e'), table.sees(b'e'), table.sees(b'x'), table.sees(b'e')),
            (101, 0, 120, 0)
        );
        assert_eq!((table.at(0), table.at(1)), (b'e', b'x'));
        let mut state = 5_u32;
        for _ in 0..20_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let octet = ((state >> 24) & (state >> 16)) as u8;
            let place = table.places[usize::from(octet)];
            assert_eq!(table.sees(octet), place);
            assert!(table.counts.is_sorted_by(|a, b| a >= b));
            assert_eq!(table.at(table.places[usize::from(octet)]), octet);
        }
    }
}
