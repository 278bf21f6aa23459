//! Which messages are marked as deleted.

use crate::persist::CowList;

/// Bits in a word.
const WORD: usize = u64::BITS as usize;

/// A set of small numbers whose clones share what did not change.
///
/// One bit for a message, in words of a [`CowList`]: a mark that is set after a checkpoint copies about 1 kB,
/// however many messages the maildrop holds, where a list of `bool` would copy one octet for each of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    words: CowList<u64>,
    len: usize,
}

impl Marks {
    /// How many are marked.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// True if the message at `index`, counted from 0, is marked.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        self.words.get(index / WORD).is_some_and(|word| word >> (index % WORD) & 1 == 1)
    }

    /// Marks the message at `index`.
    pub fn add(&mut self, index: usize) {
        while self.words.len() <= index / WORD {
            self.words.push(0);
        }
        if let Some(word) = self.words.get_mut(index / WORD) {
            let bit = 1 << (index % WORD);
            self.len += usize::from(*word & bit == 0);
            *word |= bit;
        }
    }

    /// All that are marked, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(nth, word)| {
            (0..WORD).filter(move |bit| word >> bit & 1 == 1).map(move |bit| nth * WORD + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn marks_are_a_set(indexes in prop::collection::vec(0..20_000_usize, 0..100)) {
            let mut marks = Marks::default();
            indexes.iter().for_each(|index| marks.add(*index));
            let set: BTreeSet<usize> = indexes.into_iter().collect();
            prop_assert_eq!(marks.len(), set.len());
            prop_assert!((0..20_100).all(|index| marks.has(index) == set.contains(&index)));
            prop_assert_eq!(marks.iter().collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }
    }
}
