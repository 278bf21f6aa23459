//! SMTP by its years: which commands a server of the time knows, and which extensions it may announce.
//!
//! One engine speaks three dialects. What a dialect does not know it answers as a server of that year would: with
//! 500, as any other word that is no command. What it knows and does not offer is answered with 502.

use std::fmt;

use super::command::Keyword;

/// Which text the server was built after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// RFC 821 of 1982: HELO, no extension, two digits for a year.
    Rfc821,
    /// RFC 5321 with its extensions, as today.
    #[default]
    Now,
    /// RFC 2033: between a queue and a delivery agent without one; one reply for each recipient.
    Lmtp,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 3] = [Self::Rfc821, Self::Now, Self::Lmtp];

    /// Its name in options and scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rfc821 => "821",
            Self::Now => "now",
            Self::Lmtp => "lmtp",
        }
    }

    /// The dialect of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word)
    }

    /// The text that it follows.
    #[must_use]
    pub const fn document(self) -> &'static str {
        match self {
            Self::Rfc821 => "RFC 821",
            Self::Now => "RFC 5321",
            Self::Lmtp => "RFC 2033",
        }
    }

    /// Whether a server of this dialect knows the command, offered or not.
    #[must_use]
    pub const fn knows(self, keyword: Keyword) -> bool {
        match (self, keyword) {
            // "The HELO and EHLO commands are replaced by LHLO" (RFC 2033 §4.1).
            (Self::Lmtp, Keyword::Helo | Keyword::Ehlo) => false,
            (Self::Rfc821 | Self::Now, Keyword::Lhlo) => false,
            (
                Self::Rfc821,
                Keyword::Ehlo | Keyword::Bdat | Keyword::Starttls | Keyword::Etrn | Keyword::Auth,
            ) => false,
            // What takes part in RFC 821 only: sending to terminals and turning around (RFC 5321 F.1, F.6).
            (Self::Lmtp, Keyword::Send | Keyword::Soml | Keyword::Saml | Keyword::Turn | Keyword::Etrn) => {
                false
            }
            _ => true,
        }
    }

    /// Whether the recipients of a text are answered one by one (RFC 2033 §4.2).
    #[must_use]
    pub const fn answers_each_recipient(self) -> bool {
        matches!(self, Self::Lmtp)
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One extension of the service: the one place where its keyword, clause and meaning stand.
#[derive(Clone, Copy, Debug)]
pub struct ExtensionRow {
    /// Which one.
    pub kind: Extension,
    /// The keyword behind which EHLO announces it.
    pub word: &'static str,
    /// The text that defines it.
    pub clause: &'static str,
    /// What it brings, in one line.
    pub help: &'static str,
}

/// An extension of the service (RFC 5321 §2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each has its row in EXTENSIONS, which says what it brings")]
pub enum Extension {
    Pipelining,
    Size,
    Vrfy,
    Etrn,
    Auth,
    EnhancedStatusCodes,
    EightBitMime,
    Dsn,
    SmtpUtf8,
    Chunking,
    BinaryMime,
    Help,
    Starttls,
}

/// All extensions, in the order in which EHLO announces them.
#[rustfmt::skip]
pub const EXTENSIONS: &[ExtensionRow] = &[
    extension(Extension::Pipelining, "PIPELINING", "RFC 2920 §3", "send commands without waiting for each reply"),
    extension(Extension::Etrn, "ETRN", "RFC 1985 §5", "ask for the mail that waits for a domain"),
    extension(Extension::Auth, "AUTH", "RFC 4954 §3", "say who you are, and prove it"),
    extension(Extension::EnhancedStatusCodes, "ENHANCEDSTATUSCODES", "RFC 2034 §3", "replies say more exactly what went wrong"),
    extension(Extension::EightBitMime, "8BITMIME", "RFC 6152 §2", "octets above 127 pass unchanged"),
    extension(Extension::Dsn, "DSN", "RFC 3461 §4", "say when you want to hear what became of a message"),
    extension(Extension::SmtpUtf8, "SMTPUTF8", "RFC 6531 §3.1", "addresses and headers in any script"),
    extension(Extension::Chunking, "CHUNKING", "RFC 3030 §2", "send the text in counted chunks: no dots, no 354"),
    extension(Extension::BinaryMime, "BINARYMIME", "RFC 3030 §3", "send any octets, in chunks"),
    extension(Extension::Size, "SIZE", "RFC 1870 §3", "hear that a message is too large before you send it"),
    extension(Extension::Vrfy, "VRFY", "RFC 5321 §3.5.2", "ask whether there is such a user"),
    extension(Extension::Help, "HELP", "RFC 5321 §4.1.1.8", "ask for help"),
    extension(Extension::Starttls, "STARTTLS", "RFC 3207 §2", "encrypt the connection"),
];

const fn extension(
    kind: Extension,
    word: &'static str,
    clause: &'static str,
    help: &'static str,
) -> ExtensionRow {
    ExtensionRow { kind, word, clause, help }
}

impl Extension {
    /// Its row.
    #[must_use]
    pub fn row(self) -> Option<&'static ExtensionRow> {
        EXTENSIONS.iter().find(|row| row.kind == self)
    }

    /// The extension of this keyword, in any case of letters.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        EXTENSIONS.iter().find(|row| row.word.eq_ignore_ascii_case(word)).map(|row| row.kind)
    }

    /// What it needs: chunks carry binary mail (RFC 3030 §3), 8-bit headers need 8-bit mail (RFC 6531 §3.1).
    const fn needs(self) -> Option<Self> {
        match self {
            Self::BinaryMime => Some(Self::Chunking),
            Self::SmtpUtf8 => Some(Self::EightBitMime),
            _ => None,
        }
    }
}

/// A set of extensions.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Extensions(u16);

impl Extensions {
    /// All that there are.
    pub const ALL: Self = Self(u16::MAX);
    /// None.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub const fn with(self, extension: Extension) -> Self {
        Self(self.0 | 1 << extension as u16)
    }

    /// Without one.
    #[must_use]
    pub const fn without(self, extension: Extension) -> Self {
        Self(self.0 & !(1 << extension as u16))
    }

    /// Whether an extension is in it, and what that one needs.
    #[must_use]
    pub const fn has(self, extension: Extension) -> bool {
        let within = self.0 & 1 << extension as u16 != 0;
        match extension.needs() {
            Some(other) => within && self.0 & 1 << other as u16 != 0,
            None => within,
        }
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(EXTENSIONS.iter().filter(|row| self.has(row.kind)).map(|row| row.word))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_that_needs_another_goes_with_it() {
        let all = Extensions::ALL;
        for row in EXTENSIONS {
            assert!(all.has(row.kind) && !all.without(row.kind).has(row.kind), "{}", row.word);
            assert!(!Extensions::NONE.has(row.kind));
            assert_eq!(Extension::named(&row.word.to_lowercase()), Some(row.kind));
        }
        assert!(!all.without(Extension::Chunking).has(Extension::BinaryMime));
        assert!(!all.without(Extension::EightBitMime).has(Extension::SmtpUtf8));
        assert!(Extensions::NONE.with(Extension::Size).has(Extension::Size));
    }

    #[test]
    fn a_dialect_is_found_by_its_word() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::named(dialect.word()), Some(dialect));
        }
        assert_eq!(Dialect::named("822"), None);
    }
}
