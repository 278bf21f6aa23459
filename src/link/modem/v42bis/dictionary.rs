//! The dictionary that both ends keep alike, and the search for the longest string in it.

use super::Parameters;

/// A node of the tree: the string from its root down to itself. 0 stands for "none".
pub(super) type Node = u16;

/// Codewords 0 to 2 are for control.
const CONTROLS: u16 = 3;
/// The first codeword that stands for a string of more than one octet.
const FIRST_STRING: u16 = CONTROLS + 256;

/// Longer strings than this are rare.
const USUAL: usize = 32;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Entry {
    /// What the string is made of; the parent is 0 if this entry is free or a root.
    key: Key,
    /// The next entry in the same bucket.
    next: Node,
    /// How many strings are this one with an octet behind it.
    children: u16,
}

/// A string without its last octet, and that octet, in one number: compared in one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Key(u32);

impl Key {
    #[inline]
    fn new(parent: Node, octet: u8) -> Self {
        Self(u32::from(parent) << 8 | u32::from(octet))
    }

    #[inline]
    fn parent(self) -> Node {
        (self.0 >> 8) as Node
    }

    #[inline]
    fn octet(self) -> u8 {
        self.0 as u8
    }
}

/// All strings that both ends know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dictionary {
    entries: Vec<Entry>,
    /// How many octets the string of each entry has; 0 if the entry is free.
    lengths: Vec<u8>,
    /// Strings by the hash of their keys: finding the child of a node takes one or two looks, however many
    /// brothers it has.
    buckets: Vec<Node>,
    /// A bit for each entry, 64 a word: set if other strings build on it.
    inner: Vec<u64>,
    /// The entry that the next string gets (C1).
    free: Node,
    longest: u8,
}

impl Dictionary {
    pub(super) fn new(parameters: Parameters) -> Self {
        let size = usize::from(parameters.codewords);
        let mut entries = vec![Entry::default(); size];
        let mut lengths = vec![0; size];
        let mut inner = vec![0; size / 64];
        for octet in 0..=255 {
            let root = Self::root(octet);
            entries[usize::from(root)].key = Key::new(0, octet);
            lengths[usize::from(root)] = 1;
        }
        // Control codewords and single octets stay whatever happens, as if other strings built on them.
        for fixed in 0..FIRST_STRING {
            inner[usize::from(fixed / 64)] |= 1 << (fixed % 64);
        }
        let buckets = vec![0; 4 * size];
        Self { entries, lengths, buckets, inner, free: FIRST_STRING, longest: parameters.longest_string }
    }

    /// The string of one octet.
    #[inline]
    pub(super) fn root(octet: u8) -> Node {
        u16::from(octet) + CONTROLS
    }

    /// Whether a string stands behind a codeword.
    #[inline]
    pub(super) fn knows(&self, code: u16) -> bool {
        self.lengths.get(usize::from(code)).is_some_and(|length| *length > 0)
    }

    /// How many octets the string of `node` has.
    #[inline]
    pub(super) fn length(&self, node: Node) -> u8 {
        self.lengths[usize::from(node)]
    }

    /// Whether no octet may be added to the string of `node`.
    #[inline]
    pub(super) fn is_longest(&self, node: Node) -> bool {
        self.length(node) >= self.longest
    }

    /// The string of `node` with `octet` behind it; 0 if there is none.
    #[inline]
    pub(super) fn child(&self, node: Node, octet: u8) -> Node {
        let key = Key::new(node, octet);
        let mut at = self.buckets[self.bucket(key)];
        // Entry 0 is no string, so an empty bucket needs no question of its own.
        loop {
            let entry = &self.entries[usize::from(at)];
            if entry.key == key {
                return at;
            }
            at = entry.next;
            if at == 0 {
                return 0;
            }
        }
    }

    /// Takes in the string of `node` with `octet` behind it, unless it is there or would be too long. Gives the
    /// new entry, or 0.
    pub(super) fn extend(&mut self, node: Node, octet: u8) -> Node {
        if self.child(node, octet) == 0 { self.insert(node, octet) } else { 0 }
    }

    /// The same for a string that is known not to be there.
    pub(super) fn insert(&mut self, node: Node, octet: u8) -> Node {
        if self.is_longest(node) {
            return 0;
        }
        let new = self.free;
        let key = Key::new(node, octet);
        let bucket = self.bucket(key);
        self.entries[usize::from(new)] = Entry { key, next: self.buckets[bucket], children: 0 };
        self.lengths[usize::from(new)] = self.length(node) + 1;
        self.buckets[bucket] = new;
        self.entries[usize::from(node)].children += 1;
        self.inner[usize::from(node / 64)] |= 1 << (node % 64);
        self.recover();
        new
    }

    /// Writes the string of `node` behind `out` and gives its first octet.
    #[inline]
    pub(super) fn spell(&self, node: Node, out: &mut Vec<u8>) -> u8 {
        let start = out.len();
        let length = usize::from(self.length(node));
        // Room for any usual string at once: how long this one is is hard to guess for a processor.
        out.extend_from_slice(&[0; USUAL]);
        out.resize(start + length, 0);
        let (mut at, mut first) = (node, 0);
        for place in out[start..].iter_mut().rev() {
            let key = self.entries[usize::from(at)].key;
            first = key.octet();
            *place = first;
            at = key.parent();
        }
        first
    }

    /// Finds the entry for the next string: the next in order that is free, or whose string no other builds on.
    /// Such a leaf is cut off its parent at once.
    fn recover(&mut self) {
        self.free = self.next_leaf();
        let leaf = self.entries[usize::from(self.free)];
        let parent = leaf.key.parent();
        if parent == 0 {
            return;
        }
        let left = &mut self.entries[usize::from(parent)].children;
        *left -= 1;
        // Whether the parent is a leaf now is hard to guess for a processor, and it need not.
        let is_leaf = u64::from(*left == 0) & u64::from(parent >= FIRST_STRING);
        self.inner[usize::from(parent / 64)] &= !(is_leaf << (parent % 64));
        self.unlink(self.bucket(leaf.key), leaf.next);
        self.entries[usize::from(self.free)] = Entry::default();
        self.lengths[usize::from(self.free)] = 0;
    }

    /// The first entry behind `free`, round and round, on which no string builds. The newest string is such a
    /// leaf itself, so there is one.
    fn next_leaf(&self) -> Node {
        let start = self.free + 1;
        let mut word = usize::from(start / 64) % self.inner.len();
        let mut leaves = !self.inner[word] & u64::MAX << (start % 64);
        while leaves == 0 {
            word = (word + 1) % self.inner.len();
            leaves = !self.inner[word];
        }
        (64 * word) as Node + leaves.trailing_zeros() as Node
    }

    /// Takes the entry `free` out of its bucket; `next` stands behind it.
    fn unlink(&mut self, bucket: usize, next: Node) {
        let mut at = self.buckets[bucket];
        if at == self.free {
            self.buckets[bucket] = next;
            return;
        }
        while at != 0 {
            let entry = &mut self.entries[usize::from(at)];
            if entry.next == self.free {
                entry.next = next;
                return;
            }
            at = entry.next;
        }
    }

    /// Where a string is kept. There are 2^n buckets, n at most 14.
    #[inline]
    fn bucket(&self, key: Key) -> usize {
        (key.0.wrapping_mul(0x9E37_79B1) >> 18) as usize & (self.buckets.len() - 1)
    }
}

/// A string that the search has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) node: Node,
    /// Whether the octet that ended the search belongs to the string: it was as long as strings may be. Otherwise
    /// that octet begins the next.
    pub(super) whole: bool,
}

/// The search for the longest known string: the same steps in the encoder, and in the decoder while the data are
/// transparent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) dictionary: Dictionary,
    /// The string so far; 0 before its first octet.
    at: Node,
    /// How many octets it has.
    length: u8,
    /// A string that ended before the octet behind it was known; 0 if there is none.
    ended: Node,
    /// The string that was taken in last; 0 if the last search took in none.
    newest: Node,
}

impl Search {
    pub(super) fn new(parameters: Parameters) -> Self {
        Self { dictionary: Dictionary::new(parameters), at: 0, length: 0, ended: 0, newest: 0 }
    }

    /// Goes on by one octet of data. When a string ends with it, or just before it, that string.
    #[inline]
    pub(super) fn step(&mut self, octet: u8) -> Option<Found> {
        if self.at == 0 {
            self.learn_first(octet);
            (self.at, self.length) = (Dictionary::root(octet), 1);
            return None;
        }
        let child = self.dictionary.child(self.at, octet);
        if child != 0 && child != self.newest {
            self.at = child;
            self.length += 1;
            if self.length < self.dictionary.longest {
                return None;
            }
            (self.at, self.newest) = (0, 0);
            return Some(Found { node: child, whole: true });
        }
        let node = self.at;
        self.newest = if child == 0 { self.dictionary.insert(node, octet) } else { 0 };
        (self.at, self.length) = (Dictionary::root(octet), 1);
        Some(Found { node, whole: false })
    }

    /// The octet behind a string that ended early is known now, the first of the next string.
    #[inline]
    pub(super) fn learn_first(&mut self, octet: u8) {
        if self.ended != 0 {
            self.newest = self.dictionary.extend(self.ended, octet);
            self.ended = 0;
        }
    }

    /// Ends the string that was begun, before the octet behind it is known; 0 if none was.
    pub(super) fn end(&mut self) -> Node {
        let node = std::mem::take(&mut self.at);
        if node != 0 {
            self.ended = node;
        }
        node
    }

    /// A whole string came by its codeword.
    #[inline]
    pub(super) fn came(&mut self, node: Node) {
        self.ended = node;
    }

    /// The string that was begun; 0 if none was.
    pub(super) const fn begun(&self) -> Node {
        self.at
    }
}
