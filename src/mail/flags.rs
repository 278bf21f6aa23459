//! The system flags of a message, and its keywords.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not};

/// A set of flags: the five system flags (RFC 3501 §2.3.2) and up to 27 keywords, whose names the mailbox keeps.
///
/// `\Recent` is not among them: it belongs to a session, not to a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags(u32);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// `\Seen`: the message has been read.
    pub const SEEN: Self = Self(1);
    /// `\Answered`: it has been answered.
    pub const ANSWERED: Self = Self(1 << 1);
    /// `\Flagged`: it is marked for attention.
    pub const FLAGGED: Self = Self(1 << 2);
    /// `\Deleted`: it will go at the next EXPUNGE.
    pub const DELETED: Self = Self(1 << 3);
    /// `\Draft`: it is not finished.
    pub const DRAFT: Self = Self(1 << 4);
    /// The system flags with their names as IMAP writes them.
    pub const SYSTEM: [(Self, &'static str); 5] = [
        (Self::ANSWERED, "\\Answered"),
        (Self::FLAGGED, "\\Flagged"),
        (Self::DELETED, "\\Deleted"),
        (Self::SEEN, "\\Seen"),
        (Self::DRAFT, "\\Draft"),
    ];
    /// How many keywords a mailbox can have.
    pub const KEYWORDS_MAX: usize = 27;

    /// All flags as one number, for whoever keeps them: the system flags in its lowest five bits, in the order of
    /// [`Flags::SYSTEM`]'s constants, keywords above.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The flags that [`Flags::bits`] gave.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The keyword whose name stands at `index` in the mailbox's list; `None` beyond [`Flags::KEYWORDS_MAX`].
    #[must_use]
    pub const fn keyword(index: usize) -> Option<Self> {
        if index < Self::KEYWORDS_MAX { Some(Self(1 << (index + 5))) } else { None }
    }

    /// True if all flags of `other` are set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// True if no flag is set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Flags {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Not for Flags {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl fmt::Display for Flags {
    /// The names of the system flags, as inside IMAP's parentheses: `\Answered \Seen`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (flag, name) in Self::SYSTEM {
            if self.contains(flag) {
                write!(f, "{gap}{name}")?;
                gap = " ";
            }
        }
        Ok(())
    }
}
