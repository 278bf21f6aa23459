//! Sets of UIDs as runs: a whole mailbox is one run, however many messages it has.

use super::Uid;

/// A set of UIDs, kept as runs without gaps, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UidRuns {
    /// First and last of each run; runs neither overlap nor touch.
    runs: Vec<(u32, u32)>,
}

impl UidRuns {
    /// A set from its runs in order; `None` if they are not in order, overlap or touch.
    #[must_use]
    pub fn of_runs(runs: impl IntoIterator<Item = (Uid, Uid)>) -> Option<Self> {
        let mut kept: Vec<(u32, u32)> = Vec::new();
        for (Uid(first), Uid(last)) in runs {
            let is_apart = kept.last().is_none_or(|(_, before)| u64::from(first) > u64::from(*before) + 1);
            if first > last || !is_apart {
                return None;
            }
            kept.push((first, last));
        }
        Some(Self { runs: kept })
    }

    /// Adds one UID.
    pub fn insert(&mut self, Uid(uid): Uid) {
        let at = self.runs.partition_point(|(_, last)| *last < uid);
        if self.runs.get(at).is_some_and(|(first, _)| *first <= uid) {
            return;
        }
        let joins_next = self.runs.get(at).is_some_and(|(first, _)| *first - 1 == uid);
        let joins_last = at > 0 && self.runs[at - 1].1.checked_add(1) == Some(uid);
        match (joins_last, joins_next) {
            (true, true) => {
                self.runs[at - 1].1 = self.runs[at].1;
                self.runs.remove(at);
            }
            (true, false) => self.runs[at - 1].1 = uid,
            (false, true) => self.runs[at].0 = uid,
            (false, false) => self.runs.insert(at, (uid, uid)),
        }
    }

    /// Takes out all UIDs from `low` to `high`, both included.
    pub fn remove(&mut self, Uid(low): Uid, Uid(high): Uid) {
        if low > high {
            return;
        }
        let from = self.runs.partition_point(|(_, last)| *last < low);
        let to = self.runs.partition_point(|(first, _)| *first <= high);
        if from >= to {
            return;
        }
        let before =
            self.runs.get(from).filter(|(first, _)| *first < low).map(|(first, _)| (*first, low - 1));
        let after = self.runs.get(to - 1).filter(|(_, last)| *last > high).map(|(_, last)| (high + 1, *last));
        self.runs.splice(from..to, before.into_iter().chain(after));
    }

    /// Whether a UID is in the set.
    #[must_use]
    pub fn contains(&self, Uid(uid): Uid) -> bool {
        let at = self.runs.partition_point(|(_, last)| *last < uid);
        self.runs.get(at).is_some_and(|(first, _)| *first <= uid)
    }

    /// The UIDs in order.
    pub fn iter(&self) -> impl Iterator<Item = Uid> + '_ {
        self.runs.iter().flat_map(|(first, last)| (*first..=*last).map(Uid))
    }

    /// The runs in order, each with its first and last UID.
    pub fn runs(&self) -> impl Iterator<Item = (Uid, Uid)> + '_ {
        self.runs.iter().map(|(first, last)| (Uid(*first), Uid(*last)))
    }

    /// True if there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

impl FromIterator<Uid> for UidRuns {
    fn from_iter<I: IntoIterator<Item = Uid>>(uids: I) -> Self {
        let mut runs = Self::default();
        uids.into_iter().for_each(|uid| runs.insert(uid));
        runs
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_behave_as_the_set_of_their_uids(
            steps in prop::collection::vec((any::<bool>(), 1_u32..40, 0_u32..12), 0..60),
        ) {
            let (mut runs, mut set) = (UidRuns::default(), BTreeSet::new());
            for (inserts, low, span) in steps {
                if inserts {
                    runs.insert(Uid(low));
                    set.insert(low);
                } else {
                    runs.remove(Uid(low), Uid(low + span));
                    set.retain(|uid| !(low..=low + span).contains(uid));
                }
                prop_assert!(runs.iter().map(|uid| uid.0).eq(set.iter().copied()));
                let gaps = runs.runs().zip(runs.runs().skip(1)).all(|((_, last), (first, _))| last.0 + 1 < first.0);
                prop_assert!(gaps, "{runs:?}");
                prop_assert!((0..60).all(|uid| runs.contains(Uid(uid)) == set.contains(&uid)));
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_are_uids_like_others() {
        let mut runs: UidRuns = [Uid(u32::MAX), Uid(u32::MAX - 1), Uid(1)].into_iter().collect();
        runs.remove(Uid(0), Uid(u32::MAX - 1));
        assert!(runs.runs().eq([(Uid(u32::MAX), Uid(u32::MAX))]));
    }
}
