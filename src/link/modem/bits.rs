//! Codewords of a few bits, packed into octets and taken out again, low bits first.

/// Packs codewords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Packer {
    kept: u64,
    bits: u32,
}

impl Packer {
    /// Adds a `code` of `width` bits, at most 16. Whole octets go to `out`.
    #[inline]
    pub(super) fn put(&mut self, code: u32, width: u32, out: &mut Vec<u8>) {
        self.kept |= u64::from(code) << self.bits;
        self.bits += width;
        // All eight octets are written and the unfinished ones taken back: how many are ready is hard to guess for
        // a processor, and it need not.
        let ready = self.bits / 8;
        let end = out.len() + ready as usize;
        out.extend_from_slice(&self.kept.to_le_bytes());
        out.truncate(end);
        self.kept >>= 8 * ready;
        self.bits %= 8;
    }

    /// True if no bit waits for its octet.
    pub(super) const fn is_aligned(self) -> bool {
        self.bits == 0
    }

    /// Fills the last octet with zeros.
    pub(super) fn align(&mut self, out: &mut Vec<u8>) {
        if !self.is_aligned() {
            self.put(0, 8 - self.bits, out);
        }
    }
}

/// Takes codewords out of octets that come a few at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Unpacker {
    kept: u64,
    bits: u32,
}

impl Unpacker {
    /// Takes in as many octets of `line` as there is room for, and gives the rest back.
    #[inline]
    pub(super) fn feed<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        let mut rest = line;
        while self.bits <= 56
            && let Some((octet, behind)) = rest.split_first()
        {
            self.kept |= u64::from(*octet) << self.bits;
            self.bits += 8;
            rest = behind;
        }
        rest
    }

    /// The next codeword of `width` bits, at most 16, if all of it has come.
    #[inline]
    pub(super) fn take(&mut self, width: u32) -> Option<u32> {
        if self.bits < width {
            return None;
        }
        let code = (self.kept & ((1 << width) - 1)) as u32;
        self.kept >>= width;
        self.bits -= width;
        Some(code)
    }

    /// Drops what is left of the octet that was begun.
    pub(super) fn align(&mut self) {
        let odd = self.bits % 8;
        self.kept >>= odd;
        self.bits -= odd;
    }

    /// Drops everything, and says how many whole octets that were.
    pub(super) fn give_back(&mut self) -> usize {
        let octets = self.bits / 8;
        *self = Self::default();
        octets as usize
    }
}
