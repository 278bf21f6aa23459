//! A list that only grows, whose clones share all but the newest few items.

use std::sync::Arc;

/// Items in a frozen chunk. A clone copies half of these on average; larger chunks would make checkpoints
/// heavier, smaller ones the list of chunks longer.
const CHUNK: usize = 64;

/// A list that only grows. Clones share their frozen chunks, so a clone of a log of n items copies about
/// n ÷ 64 pointers behind one [`Arc`] and at most 63 items.
#[derive(Clone, Debug)]
pub struct Log<T> {
    frozen: Arc<Vec<Arc<Vec<T>>>>,
    fresh: Vec<T>,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self { frozen: Arc::default(), fresh: Vec::new() }
    }
}

impl<T> Log<T> {
    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frozen.len() * CHUNK + self.fresh.len()
    }

    /// True if nothing was ever pushed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The item at `index`, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        match self.frozen.get(index / CHUNK) {
            Some(chunk) => chunk.get(index % CHUNK),
            None => self.fresh.get(index - self.frozen.len() * CHUNK),
        }
    }

    /// The newest item.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.len().checked_sub(1).and_then(|at| self.get(at))
    }

    /// The newest item, to be completed in place while it is still the newest.
    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.fresh.last_mut()
    }

    /// All items, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.frozen.iter().flat_map(|chunk| chunk.iter()).chain(self.fresh.iter())
    }

    /// All items from `index` on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = &T> + Clone {
        let chunk = (index / CHUNK).min(self.frozen.len());
        self.frozen[chunk..]
            .iter()
            .flat_map(|chunk| chunk.iter())
            .chain(self.fresh.iter())
            .skip(index.saturating_sub(chunk * CHUNK))
    }

    /// The index of the first item for which `before` does not hold; items for which it holds must come first.
    #[must_use]
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        let chunk = self.frozen.partition_point(|chunk| chunk.last().is_some_and(&mut before));
        match self.frozen.get(chunk) {
            Some(found) => chunk * CHUNK + found.partition_point(before),
            None => chunk * CHUNK + self.fresh.partition_point(before),
        }
    }
}

impl<T: Clone> Log<T> {
    /// Adds an item and gives its index.
    pub fn push(&mut self, item: T) -> usize {
        // The newest chunk is frozen only when the next item comes, so that `last_mut` reaches the newest item.
        if self.fresh.len() == CHUNK {
            let full = std::mem::replace(&mut self.fresh, Vec::with_capacity(CHUNK));
            Arc::make_mut(&mut self.frozen).push(Arc::new(full));
        }
        self.fresh.push(item);
        self.len() - 1
    }

    /// Forgets all items from `len` on.
    pub fn truncate(&mut self, len: usize) {
        if len >= self.len() {
            return;
        }
        let kept = self.frozen.len() * CHUNK;
        if len >= kept {
            self.fresh.truncate(len - kept);
            return;
        }
        let frozen = Arc::make_mut(&mut self.frozen);
        self.fresh = frozen[len / CHUNK][..len % CHUNK].to_vec();
        frozen.truncate(len / CHUNK);
    }
}

impl<T: PartialEq> PartialEq for Log<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| a == b)
    }
}

impl<T: Clone> FromIterator<T> for Log<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut log = Self::default();
        for item in items {
            log.push(item);
        }
        log
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_a_list_across_its_chunks() {
        let log: Log<usize> = (0..1000).collect();
        assert_eq!(log.len(), 1000);
        assert!((0..1000).all(|n| log.get(n) == Some(&n)));
        assert_eq!(log.get(1000), None);
        assert_eq!(log.iter_from(900).copied().collect::<Vec<_>>(), (900..1000).collect::<Vec<_>>());
        for limit in [0, 1, 63, 64, 65, 500, 999, 1000, 2000] {
            assert_eq!(log.partition_point(|n| *n < limit), limit.min(1000));
        }
    }

    #[test]
    fn a_clone_keeps_its_own_future() {
        let mut log: Log<usize> = (0..130).collect();
        let before = log.clone();
        log.push(130);
        assert_eq!((before.len(), log.len()), (130, 131));
        for len in [130, 128, 100, 64, 63, 0] {
            let mut cut = log.clone();
            cut.truncate(len);
            assert_eq!(cut, (0..len).collect());
        }
    }
}
