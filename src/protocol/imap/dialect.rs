//! The dialects of IMAP, from 1988 to today.

use std::fmt;

use super::capability::Extension;

/// Which IMAP is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// IMAP4rev1 (RFC 3501, before it RFC 2060), with the extensions that are switched on.
    #[default]
    Rev1,
    /// IMAP4rev2 (RFC 9051), which knows no other.
    Rev2,
}

impl Dialect {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::Rev1, Self::Rev2];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rev1 => "imap4rev1",
            Self::Rev2 => "imap4rev2",
        }
    }

    /// What greeting and CAPABILITY call it.
    #[must_use]
    pub const fn capability(self) -> &'static str {
        match self {
            Self::Rev1 => "IMAP4rev1",
            Self::Rev2 => "IMAP4rev2",
        }
    }

    /// The extensions that are part of it.
    #[must_use]
    pub const fn built_in(self) -> &'static [Extension] {
        match self {
            Self::Rev1 => &[],
            // RFC 9051 App. E.
            Self::Rev2 => &[
                Extension::LiteralMinus,
                Extension::SaslIr,
                Extension::Enable,
                Extension::Namespace,
                Extension::Unselect,
                Extension::UidPlus,
                Extension::Children,
                Extension::Idle,
                Extension::Esearch,
                Extension::SearchRes,
                Extension::ListExtended,
                Extension::ListStatus,
                Extension::SpecialUse,
                Extension::Move,
                Extension::Binary,
                Extension::StatusSize,
                Extension::Rev2,
            ],
        }
    }

    /// The document that defines it.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Rev1 => "RFC 3501",
            Self::Rev2 => "RFC 9051",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
