//! Sequence sets: `2,4:7,9,12:*` (RFC 3501 §9, sequence-set).

use std::fmt;
use std::ops::RangeInclusive;

/// A number of a message, or a UID: never 0; or `*`, the largest there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetNumber {
    /// A number as it stands.
    Number(u32),
    /// `*`
    Largest,
}

/// A set of message numbers or UIDs as a client wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceSet {
    /// Its ranges, both ends included, in any order. Without any it is `$`, the result that a SEARCH has saved
    /// (RFC 5182 §2.1).
    pub ranges: Vec<(SetNumber, SetNumber)>,
    /// How many octets of its command stand before it.
    pub at: usize,
}

/// A set whose `*` is known: ranges in order that do not touch. Small, whatever numbers the client wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(Vec<RangeInclusive<u32>>);

impl SequenceSet {
    /// `$`
    pub const SAVED: Self = Self { ranges: Vec::new(), at: 0 };

    /// True for `$`.
    #[must_use]
    pub const fn is_saved(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The set once the largest number is known. A range that ends in `*` always contains the largest
    /// (RFC 3501 §6.4.8). With no largest number the mailbox is empty, and so is the set.
    #[must_use]
    pub fn resolve(&self, largest: Option<u32>) -> Numbers {
        let Some(largest) = largest else { return Numbers(Vec::new()) };
        let number = |end: SetNumber| match end {
            SetNumber::Number(number) => number,
            SetNumber::Largest => largest,
        };
        let mut ranges: Vec<(u32, u32)> = self
            .ranges
            .iter()
            .map(|(a, b)| (number(*a).min(number(*b)), number(*a).max(number(*b))))
            .collect();
        ranges.sort_unstable();
        let mut joined: Vec<RangeInclusive<u32>> = Vec::with_capacity(ranges.len());
        for (low, high) in ranges {
            match joined.last_mut() {
                Some(last) if low <= last.end().saturating_add(1) => {
                    if high > *last.end() {
                        *last = *last.start()..=high;
                    }
                }
                _ => joined.push(low..=high),
            }
        }
        Numbers(joined)
    }

    /// The first number that is written down and above `exists`.
    #[must_use]
    pub fn beyond(&self, exists: u32) -> Option<u32> {
        self.ranges.iter().flat_map(|(a, b)| [a, b]).find_map(|end| match end {
            SetNumber::Number(number) if *number > exists => Some(*number),
            _ => None,
        })
    }

    /// How many octets stand before `number` in the command of which the set is a part; before the set, if the number
    /// is not in it.
    #[must_use]
    pub fn place_of(&self, number: u32, command: &[u8]) -> usize {
        let mut place = self.at;
        let set = command.get(self.at..).unwrap_or_default().split(|octet| *octet == b' ').next();
        for written in set.unwrap_or_default().split(|octet| matches!(octet, b',' | b':')) {
            if std::str::from_utf8(written).is_ok_and(|written| written.parse() == Ok(number)) {
                return place;
            }
            place += written.len() + 1;
        }
        self.at
    }
}

impl FromIterator<u32> for Numbers {
    /// From numbers in order, each once or more often.
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Self {
        let mut set = Self::default();
        numbers.into_iter().for_each(|number| set.push(number));
        set
    }
}

/// `1:3,5`
impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, range) in self.0.iter().enumerate() {
            let gap = if nth == 0 { "" } else { "," };
            match range.start() == range.end() {
                true => write!(f, "{gap}{}", range.start())?,
                false => write!(f, "{gap}{}:{}", range.start(), range.end())?,
            }
        }
        Ok(())
    }
}

impl Numbers {
    /// Adds a number that is not below those that are there.
    pub fn push(&mut self, number: u32) {
        match self.0.last_mut() {
            Some(last) if number <= *last.end() => {}
            Some(last) if number - 1 == *last.end() => *last = *last.start()..=number,
            _ => self.0.push(number..=number),
        }
    }

    /// Adds a number wherever it belongs.
    pub fn insert(&mut self, number: u32) {
        let at = self.0.partition_point(|range| *range.end() < number);
        if self.0.get(at).is_some_and(|range| *range.start() <= number) {
            return;
        }
        let follows = at
            .checked_sub(1)
            .and_then(|before| self.0.get(before))
            .is_some_and(|before| before.end().checked_add(1) == Some(number));
        let leads = self.0.get(at).is_some_and(|after| number.checked_add(1) == Some(*after.start()));
        match (follows, leads) {
            (true, true) => {
                let after = self.0.remove(at);
                if let Some(before) = self.0.get_mut(at - 1) {
                    *before = *before.start()..=*after.end();
                }
            }
            (true, false) => {
                if let Some(before) = self.0.get_mut(at - 1) {
                    *before = *before.start()..=number;
                }
            }
            (false, true) => {
                if let Some(after) = self.0.get_mut(at) {
                    *after = number..=*after.end();
                }
            }
            (false, false) => self.0.insert(at, number..=number),
        }
    }

    /// Takes a number out.
    pub fn remove(&mut self, number: u32) {
        let at = self.0.partition_point(|range| *range.end() < number);
        let Some(range) = self.0.get(at).filter(|range| range.contains(&number)).cloned() else { return };
        let before = (*range.start() < number).then(|| *range.start()..=number - 1);
        let after = (number < *range.end()).then(|| number + 1..=*range.end());
        self.0.splice(at..=at, before.into_iter().chain(after));
    }

    /// All from `first` to `last`; none, if that is no range.
    #[must_use]
    pub fn range(first: u32, last: u32) -> Self {
        if first <= last { Self(vec![first..=last]) } else { Self::default() }
    }

    /// True if there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().cloned().flatten()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().map(|range| u64::from(range.end() - range.start()) + 1).sum()
    }

    /// Those that are also in `ranges`, which are in order and do not overlap.
    #[must_use]
    pub fn intersection(&self, ranges: &[RangeInclusive<u32>]) -> Self {
        let mut both = Vec::new();
        let mut theirs = ranges.iter().peekable();
        for ours in &self.0 {
            while theirs.next_if(|range| range.end() < ours.start()).is_some() {}
            for range in theirs.clone().take_while(|range| range.start() <= ours.end()) {
                both.push(*ours.start().max(range.start())..=*ours.end().min(range.end()));
            }
        }
        Self(both)
    }

    /// Those from `low` on.
    #[must_use]
    pub fn starting_at(&self, low: u32) -> Self {
        Self(
            self.0
                .iter()
                .filter(|range| *range.end() >= low)
                .map(|range| low.max(*range.start())..=*range.end())
                .collect(),
        )
    }

    /// True if `number` is in the set.
    #[must_use]
    pub fn contains(&self, number: u32) -> bool {
        let at = self.0.partition_point(|range| *range.end() < number);
        self.0.get(at).is_some_and(|range| *range.start() <= number)
    }

    /// The ranges in order.
    pub fn ranges(&self) -> impl Iterator<Item = &RangeInclusive<u32>> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SetNumber::{Largest, Number};

    fn set(ranges: &[(SetNumber, SetNumber)]) -> SequenceSet {
        SequenceSet { ranges: ranges.to_vec(), at: 0 }
    }

    #[test]
    fn ranges_are_sorted_joined_and_turned_round() {
        let numbers = set(&[
            (Number(9), Number(7)),
            (Number(2), Number(2)),
            (Number(3), Number(4)),
            (Largest, Number(12)),
        ])
        .resolve(Some(14));
        assert_eq!(numbers.ranges().cloned().collect::<Vec<_>>(), [2..=4, 7..=9, 12..=14]);
        assert!([2, 3, 4, 7, 8, 9, 12, 13, 14].iter().all(|n| numbers.contains(*n)));
        assert!([0, 1, 5, 6, 10, 11, 15, u32::MAX].iter().all(|n| !numbers.contains(*n)));
    }

    #[test]
    fn a_range_to_the_largest_holds_the_largest() {
        let numbers = set(&[(Number(559), Largest)]).resolve(Some(40));
        assert!(numbers.contains(40) && numbers.contains(559) && !numbers.contains(39));
        assert_eq!(set(&[(Number(1), Largest)]).resolve(None).ranges().count(), 0);
    }

    #[test]
    fn a_number_is_found_where_it_was_written() {
        let written = SequenceSet { ranges: vec![(Number(2), Number(4)), (Number(31), Largest)], at: 8 };
        assert_eq!(written.place_of(31, b"c FETCH 2:4,31:* FLAGS"), 12);
        assert_eq!(written.place_of(4, b"c FETCH 2:4,31:* FLAGS"), 10);
        assert_eq!(written.place_of(9, b"c FETCH 2:4,31:* FLAGS"), 8);
        assert_eq!(written.place_of(9, b""), 8);
    }

    #[test]
    fn numbers_come_and_go_anywhere() {
        let mut numbers = Numbers::default();
        for number in [5, 3, 4, 9, 1, 5] {
            numbers.insert(number);
        }
        assert_eq!(numbers.to_string(), "1,3:5,9");
        for number in [4, 9, 7] {
            numbers.remove(number);
        }
        assert_eq!(numbers.to_string(), "1,3,5");
        numbers.insert(2);
        numbers.insert(u32::MAX);
        assert_eq!(numbers.to_string(), "1:3,5,4294967295");
    }

    #[test]
    fn a_huge_range_costs_nothing() {
        let numbers = set(&[(Number(1), Number(u32::MAX)), (Number(u32::MAX), Largest)]).resolve(Some(3));
        assert_eq!(numbers.ranges().count(), 1);
    }
}
