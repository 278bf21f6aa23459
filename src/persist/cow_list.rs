//! A list that changes anywhere and whose clones share what did not change.

use std::sync::Arc;

/// Items to a chunk. A change copies one chunk and the list of chunks: at 50,000 items of 32 bytes about 4 kB
/// and 6 kB. A power of two, found by measuring; half or double costs about the same.
const CHUNK: usize = 128;

/// A two-level copy-on-write list. A clone is one pointer; a change after a clone copies one chunk and the
/// list of chunks, not the items.
#[derive(Clone, Debug)]
pub struct CowList<T> {
    chunks: Arc<Vec<Chunk<T>>>,
}

#[derive(Clone, Debug)]
struct Chunk<T> {
    /// Index of the chunk's first item in the whole list.
    start: usize,
    items: Arc<Vec<T>>,
}

impl<T> Default for CowList<T> {
    fn default() -> Self {
        Self { chunks: Arc::default() }
    }
}

impl<T> CowList<T> {
    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.last().map_or(0, |chunk| chunk.start + chunk.items.len())
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The item at `index`, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let chunk = &self.chunks[self.chunk_of(index)?];
        chunk.items.get(index - chunk.start)
    }

    /// The last item.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.chunks.last().and_then(|chunk| chunk.items.last())
    }

    /// All items in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.chunks.iter().flat_map(|chunk| chunk.items.iter())
    }

    /// The index of the first item for which `before` does not hold; items for which it holds must come first.
    #[must_use]
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        let at = self.chunks.partition_point(|chunk| chunk.items.last().is_some_and(&mut before));
        match self.chunks.get(at) {
            Some(chunk) => chunk.start + chunk.items.partition_point(before),
            None => self.len(),
        }
    }

    /// True if both lists are one and the same value that was cloned and not changed since.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.chunks, &other.chunks)
    }

    fn chunk_of(&self, index: usize) -> Option<usize> {
        (index < self.len()).then(|| self.chunks.partition_point(|chunk| chunk.start <= index) - 1)
    }
}

impl<T: Clone> CowList<T> {
    /// Adds an item at the end.
    pub fn push(&mut self, item: T) {
        let start = self.len();
        let chunks = Arc::make_mut(&mut self.chunks);
        match chunks.last_mut() {
            Some(chunk) if chunk.items.len() < CHUNK => Arc::make_mut(&mut chunk.items).push(item),
            _ => {
                let mut items = Vec::with_capacity(CHUNK);
                items.push(item);
                chunks.push(Chunk { start, items: Arc::new(items) });
            }
        }
    }

    /// The item at `index`, to be changed in place.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let at = self.chunk_of(index)?;
        let chunk = &mut Arc::make_mut(&mut self.chunks)[at];
        Arc::make_mut(&mut chunk.items).get_mut(index - chunk.start)
    }

    /// Takes out the item at `index`.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        let at = self.chunk_of(index)?;
        let chunks = Arc::make_mut(&mut self.chunks);
        let chunk = &mut chunks[at];
        let item = Arc::make_mut(&mut chunk.items).remove(index - chunk.start);
        if chunk.items.is_empty() {
            chunks.remove(at);
            for later in &mut chunks[at..] {
                later.start -= 1;
            }
        } else {
            for later in &mut chunks[at + 1..] {
                later.start -= 1;
            }
        }
        Some(item)
    }

    /// Keeps the items for which `keep` holds, and gives the others with the index that each had before.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) -> Vec<(usize, T)> {
        let doomed: Vec<(usize, T)> = self
            .iter()
            .enumerate()
            .filter(|(_, item)| !keep(item))
            .map(|(at, item)| (at, item.clone()))
            .collect();
        if doomed.is_empty() {
            return doomed;
        }
        let mut next = doomed.iter().map(|(at, _)| *at).peekable();
        let mut kept = Vec::with_capacity(self.chunks.len());
        let mut start = 0;
        for chunk in self.chunks.iter() {
            let end = chunk.start + chunk.items.len();
            let untouched = next.peek().is_none_or(|at| *at >= end);
            let items = if untouched {
                Arc::clone(&chunk.items)
            } else {
                let mut items = Vec::with_capacity(CHUNK);
                for (offset, item) in chunk.items.iter().enumerate() {
                    if next.next_if_eq(&(chunk.start + offset)).is_none() {
                        items.push(item.clone());
                    }
                }
                Arc::new(items)
            };
            if !items.is_empty() {
                let len = items.len();
                kept.push(Chunk { start, items });
                start += len;
            }
        }
        self.chunks = Arc::new(kept);
        doomed
    }
}

impl<T: PartialEq> PartialEq for CowList<T> {
    fn eq(&self, other: &Self) -> bool {
        self.same_as(other)
            || (self.len() == other.len() && self.iter().zip(other.iter()).all(|(a, b)| a == b))
    }
}

impl<T: Clone> FromIterator<T> for CowList<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut list = Self::default();
        for item in items {
            list.push(item);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Change {
        Push(u16),
        Set(usize, u16),
        Remove(usize),
        RetainOdd,
    }

    fn change() -> impl Strategy<Value = Change> {
        prop_oneof![
            6 => any::<u16>().prop_map(Change::Push),
            2 => (0..600_usize, any::<u16>()).prop_map(|(at, item)| Change::Set(at, item)),
            2 => (0..600_usize).prop_map(Change::Remove),
            1 => Just(Change::RetainOdd),
        ]
    }

    proptest! {
        #[test]
        fn any_history_agrees_with_a_plain_vector(start in 0..400_u16, changes in prop::collection::vec(change(), 0..200)) {
            let mut model: Vec<u16> = (0..start).collect();
            let mut list: CowList<u16> = model.iter().copied().collect();
            for change in changes {
                let (before, model_before) = (list.clone(), model.clone());
                match change {
                    Change::Push(item) => { model.push(item); list.push(item); }
                    Change::Set(at, item) => {
                        if let Some(slot) = model.get_mut(at) { *slot = item; }
                        if let Some(slot) = list.get_mut(at) { *slot = item; }
                    }
                    Change::Remove(at) => {
                        let expected = (at < model.len()).then(|| model.remove(at));
                        prop_assert_eq!(list.remove(at), expected);
                    }
                    Change::RetainOdd => {
                        let gone = list.retain(|item| item % 2 == 1);
                        prop_assert!(gone.iter().all(|(at, item)| model_before[*at] == *item && item % 2 == 0));
                        model.retain(|item| item % 2 == 1);
                    }
                }
                prop_assert_eq!(list.iter().copied().collect::<Vec<_>>(), model.clone());
                prop_assert!((0..model.len() + 2).all(|at| list.get(at) == model.get(at)));
                prop_assert_eq!(before.iter().copied().collect::<Vec<_>>(), model_before);
            }
        }
    }
}
