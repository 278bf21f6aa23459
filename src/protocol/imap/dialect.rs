//! The dialects of IMAP, from 1988 to today.

use std::fmt;

use super::capability::Extension;
use super::command::Verb;

/// Which IMAP is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// IMAP2 (RFC 1064, RFC 1176): one list of flags, no names of parts, no UIDs.
    Imap2,
    /// IMAP3 (RFC 1203): begins as RFC 1064 has it, until its client chooses version 3.0.
    Imap3,
    /// IMAP2bis (draft of 1993, never an RFC): MIME, APPEND, mailboxes that can be made.
    Imap2bis,
    /// IMAP4 (RFC 1730), with the older syntax that RFC 2062 keeps for it.
    Imap4,
    /// IMAP4rev1 (RFC 3501, before it RFC 2060), with the extensions that are switched on.
    #[default]
    Rev1,
    /// IMAP4rev2 (RFC 9051), which knows no other.
    Rev2,
}

impl Dialect {
    /// All of them, the oldest first.
    pub const ALL: [Self; 6] =
        [Self::Imap2, Self::Imap3, Self::Imap2bis, Self::Imap4, Self::Rev1, Self::Rev2];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imap2 => "imap2",
            Self::Imap3 => "imap3",
            Self::Imap2bis => "imap2bis",
            Self::Imap4 => "imap4",
            Self::Rev1 => "imap4rev1",
            Self::Rev2 => "imap4rev2",
        }
    }

    /// The dialect of this name, in any case of letters; `None` if there is none.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name().eq_ignore_ascii_case(name))
    }

    /// What greeting and CAPABILITY call it.
    #[must_use]
    pub const fn capability(self) -> &'static str {
        match self {
            Self::Imap2 => "IMAP2",
            Self::Imap3 => "IMAP3",
            Self::Imap2bis => "IMAP2bis",
            Self::Imap4 => "IMAP4",
            Self::Rev1 => "IMAP4rev1",
            Self::Rev2 => "IMAP4rev2",
        }
    }

    /// The document that defines it.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Imap2 => "RFC 1176",
            Self::Imap3 => "RFC 1203",
            Self::Imap2bis => "draft-ietf-imap-imap2bis-02 (1993)",
            Self::Imap4 => "RFC 1730",
            Self::Rev1 => "RFC 3501",
            Self::Rev2 => "RFC 9051",
        }
    }

    /// What it is, in one line.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Imap2 => "1988: FETCH, STORE and SEARCH on one mailbox; numbers only",
            Self::Imap3 => {
                "1991: as IMAP2 of 1988, until version 3.0 is chosen: tagged data, keys for all fields, features"
            }
            Self::Imap2bis => "1993: MIME structure and parts, APPEND, CREATE, subscriptions",
            Self::Imap4 => "1994: UIDs, LIST, literals both ways; BODY sections still by numbers alone",
            Self::Rev1 => "1996 and 2003: sections by name, STATUS, and all the extensions",
            Self::Rev2 => "2021: the extensions that everybody has, and no \\Recent",
        }
    }

    /// The port that it has of its own.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Imap3 => 220,
            _ => 143,
        }
    }

    /// True if it has the command.
    #[must_use]
    pub const fn knows(self, verb: Verb) -> bool {
        match verb {
            Verb::Noop
            | Verb::Login
            | Verb::Logout
            | Verb::Select
            | Verb::Check
            | Verb::Expunge
            | Verb::Copy
            | Verb::Fetch
            | Verb::Store
            | Verb::Search => true,
            Verb::Bboard => self.is_old(),
            // RFC 2062: IMAP4 servers may go on with it; this one does.
            Verb::Find => self as u8 <= Self::Imap4 as u8,
            Verb::Partial => matches!(self, Self::Imap2bis | Self::Imap4),
            Verb::Append
            | Verb::Create
            | Verb::Delete
            | Verb::Rename
            | Verb::Subscribe
            | Verb::Unsubscribe
            | Verb::Examine => self as u8 >= Self::Imap2bis as u8,
            Verb::SupportedVersions
            | Verb::SelectVersion
            | Verb::SelectFeatures
            | Verb::ReadOnly
            | Verb::ReadWrite
            | Verb::Flags
            | Verb::SetFlags
            | Verb::Send
            | Verb::AddMessage
            | Verb::Renumber
            | Verb::SetEol => matches!(self, Self::Imap3),
            Verb::Status => self as u8 >= Self::Rev1 as u8,
            // RFC 9051 App. E: CHECK and LSUB are deprecated, and still answered.
            _ => self as u8 >= Self::Imap4 as u8,
        }
    }

    /// True before IMAP4: no response codes, no UIDs, what is missing is made.
    #[must_use]
    pub const fn is_old(self) -> bool {
        (self as u8) < Self::Imap4 as u8
    }

    /// True if its dates have years of two digits and zones with names (RFC 1176, date); IMAP2bis has those of IMAP4.
    #[must_use]
    pub const fn has_old_dates(self) -> bool {
        matches!(self, Self::Imap2 | Self::Imap3)
    }

    /// True if a quoted string has no escapes, and holds neither `"` nor `\` (RFC 1176, RFC 1732, RFC 2061).
    #[must_use]
    pub const fn has_plain_quotes(self) -> bool {
        self.is_old()
    }

    /// True if it has the older forms of FETCH items and subscriptions (RFC 2062).
    #[must_use]
    pub const fn has_obsolete_syntax(self) -> bool {
        matches!(self, Self::Imap2bis | Self::Imap4)
    }

    /// True if extensions can be added to it.
    #[must_use]
    pub const fn takes_extensions(self) -> bool {
        self as u8 >= Self::Rev1 as u8
    }

    /// The extensions that are part of it.
    #[must_use]
    pub const fn built_in(self) -> &'static [Extension] {
        match self {
            Self::Imap2 | Self::Imap3 | Self::Imap2bis | Self::Imap4 | Self::Rev1 => &[],
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
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
