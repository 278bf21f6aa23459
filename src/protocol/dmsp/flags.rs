//! The sixteen flags (RFC 1056 §3.1), and the store's flags and keywords that stand behind them.
//!
//! Three of them are what IMAP calls system flags; the others are keywords, which IMAP shows under these names.
//! `\Flagged` and `\Draft` have no flag here: they are neither shown nor lost.

use std::fmt;

use crate::mail::flags::Flags;
use crate::mail::store::{Entry, FlagChange, Mailbox, MailboxId, Store, Uid};

/// What each flag says, by its number (RFC 1056 §3.1); 8 to 15 are the user's.
pub const FLAG_NAMES: [&str; 8] = [
    "deleted",
    "seen",
    "forwarded to the user",
    "forwarded by the user",
    "filed outside the repository",
    "printed",
    "replied to",
    "copied to another mailbox",
];

/// The number of the flag "deleted".
pub const DELETED: u8 = 0;
/// The number of the flag "printed".
pub const PRINTED: u8 = 5;
/// The number of the flag "copied to another mailbox".
pub const COPIED: u8 = 7;

/// The flags of a message: bit n is flag n.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SixteenFlags(pub u16);

/// What stands behind a flag.
enum Behind {
    System(Flags),
    Keyword(&'static str),
}

const fn behind(flag: u8) -> Behind {
    match flag {
        0 => Behind::System(Flags::DELETED),
        1 => Behind::System(Flags::SEEN),
        2 => Behind::Keyword("$ForwardedToMe"),
        // The keyword that other mail programs use for the same (IANA, IMAP keywords).
        3 => Behind::Keyword("$Forwarded"),
        4 => Behind::Keyword("$Filed"),
        5 => Behind::Keyword("$Printed"),
        6 => Behind::System(Flags::ANSWERED),
        7 => Behind::Keyword("$Copied"),
        8 => Behind::Keyword("$User8"),
        9 => Behind::Keyword("$User9"),
        10 => Behind::Keyword("$User10"),
        11 => Behind::Keyword("$User11"),
        12 => Behind::Keyword("$User12"),
        13 => Behind::Keyword("$User13"),
        14 => Behind::Keyword("$User14"),
        _ => Behind::Keyword("$User15"),
    }
}

impl SixteenFlags {
    /// The flags of an entry.
    #[must_use]
    pub fn of(mailbox: &Mailbox, entry: &Entry) -> Self {
        let has = |flag: u8| match behind(flag) {
            Behind::System(system) => entry.flags.contains(system),
            Behind::Keyword(name) => {
                mailbox.keyword_names(entry.flags).any(|known| known.eq_ignore_ascii_case(name))
            }
        };
        Self((0..16).filter(|flag| has(*flag)).fold(0, |bits, flag| bits | 1 << flag))
    }

    /// Whether a flag, 0 to 15, is set.
    #[must_use]
    pub const fn contains(self, flag: u8) -> bool {
        flag < 16 && self.0 >> flag & 1 == 1
    }

    /// Sixteen characters, flag 0 first (RFC 1056 §6); `None` if it is anything else.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let digits = text.iter().enumerate().map(|(at, digit)| match digit {
            b'0' => Some(0),
            b'1' => 1_u16.checked_shl(at as u32),
            _ => None,
        });
        (text.len() == 16).then(|| digits.sum::<Option<u16>>()).flatten().map(Self)
    }
}

impl fmt::Display for SixteenFlags {
    /// A one for each flag that is set, flag 0 first: `0100000000000000` is seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..16).try_for_each(|flag| f.write_str(if self.contains(flag) { "1" } else { "0" }))
    }
}

/// Sets or clears a flag of an entry. `None` if the entry is gone or the mailbox can have no more keywords.
pub fn set(store: &mut Store, at: MailboxId, uid: Uid, flag: u8, on: bool) -> Option<()> {
    let flags = match behind(flag) {
        Behind::System(system) => system,
        Behind::Keyword(name) => store.keyword(at, name)?,
    };
    let change = if on { FlagChange::Add } else { FlagChange::Remove };
    store.change_flags(at, uid, change, flags).map(drop)
}
