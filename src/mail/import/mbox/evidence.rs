//! Telling the four variants apart by what is in the file.

use std::fmt;

use super::decode::Quotes;
use super::scan::Length;

/// The four ways to keep a "From " line inside a message from being taken for the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// `From ` is stored as `>From `, and `>From ` as itself: a line that began with `>From ` loses its `>`.
    Mboxo,
    /// One more `>` before `From `, `>From `, `>>From ` ...: nothing is lost.
    Mboxrd,
    /// A Content-Length field says where the message ends, and lines are quoted all the same. Programs quote as in
    /// mboxo or as in mboxrd; it is read and written as in mboxrd, which reads both.
    Mboxcl,
    /// A Content-Length field says where the message ends; nothing is quoted.
    Mboxcl2,
}

impl Variant {
    /// All four, in the order in which they came up.
    pub const ALL: [Self; 4] = [Self::Mboxo, Self::Mboxrd, Self::Mboxcl, Self::Mboxcl2];

    /// The name in general use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mboxo => "mboxo",
            Self::Mboxrd => "mboxrd",
            Self::Mboxcl => "mboxcl",
            Self::Mboxcl2 => "mboxcl2",
        }
    }

    /// The variant of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variant| variant.name() == name)
    }

    /// True if a Content-Length field says where each message ends.
    #[must_use]
    pub const fn has_length(self) -> bool {
        matches!(self, Self::Mboxcl | Self::Mboxcl2)
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which variant a file was read as, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The variant.
    pub variant: Variant,
    /// How sure that is.
    pub grounds: Grounds,
    /// Why, in one sentence for the mail's owner.
    pub why: &'static str,
}

/// What a verdict stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// Somebody said so.
    Told,
    /// The file shows it.
    Shown,
    /// The file does not tell; this was assumed, and the other reading gives the same messages.
    Assumed,
}

impl fmt::Display for Verdict {
    /// `read as mboxrd: lines with ">>From " are quoted twice`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "read as {}: {}", self.variant, self.why)
    }
}

/// What has been seen in a file so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    framed: usize,
    unframed: usize,
    bare_inside_frame: bool,
    once: bool,
    twice: bool,
}

impl Evidence {
    /// Takes a stored message into account.
    pub(super) const fn add(&mut self, length: Length, quotes: Quotes) {
        let framed = matches!(length, Length::Right);
        self.framed += framed as usize;
        self.unframed += !framed as usize;
        self.bare_inside_frame |= framed && quotes.bare > 0;
        self.once |= quotes.once > 0;
        self.twice |= quotes.twice > 0;
    }

    /// What the file looks like. A Content-Length can be a leftover from the message's travels; only when most
    /// messages end where theirs says is the file of a kind that has it.
    pub(super) const fn verdict(self) -> Verdict {
        use Grounds::{Assumed, Shown};
        let (variant, grounds, why) = if self.framed > self.unframed {
            if self.bare_inside_frame {
                let why = "each Content-Length leads to the next message, and lines inside begin with \"From \" unquoted";
                (Variant::Mboxcl2, Shown, why)
            } else if self.once || self.twice {
                let why = "each Content-Length leads to the next message, and lines inside are quoted as \">From \"";
                (Variant::Mboxcl, Shown, why)
            } else {
                let why = "each Content-Length leads to the next message; no line inside begins with \"From \", so \
                           that mboxcl would read the same";
                (Variant::Mboxcl2, Assumed, why)
            }
        } else if self.twice {
            (Variant::Mboxrd, Shown, "a line begins with \">>From \", which only mboxrd makes of \">From \"")
        } else if self.once {
            let why = "lines begin with \">From \" and none with \">>From \"; mboxrd would read the same";
            (Variant::Mboxo, Assumed, why)
        } else {
            (Variant::Mboxrd, Assumed, "no line is quoted; mboxo would read the same")
        };
        Verdict { variant, grounds, why }
    }
}
