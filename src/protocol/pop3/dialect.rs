//! POP3 by its years: which commands a server of a year knew, and how it answered to the others.
//!
//! Each RFC on POP3 replaced the one before. Who reads two FAQs of different years reads about two protocols: LAST
//! told what was new until 1994, UIDL has done so since; RPOP trusted a host, APOP hides a password.

use super::command::{Keyword, Row};
use crate::protocol::sasl::Mechanism;

/// The RFC that a server follows. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Year {
    /// RFC 1081, November 1988.
    Rfc1081,
    /// RFC 1225, May 1991.
    Rfc1225,
    /// RFC 1460, June 1993.
    Rfc1460,
    /// RFC 1725, November 1994.
    Rfc1725,
    /// RFC 1939, May 1996, with AUTH of RFC 1734.
    Rfc1939,
    /// RFC 1939 with all that was added to it: RFC 2449, 2595, 3206, 5034, 6856.
    Now,
}

/// What a POP3 server can be told to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The first POP3.
    Rfc1081,
    /// The same with clearer words.
    Rfc1225,
    /// With APOP, without RPOP.
    Rfc1460,
    /// With UIDL, without LAST.
    Rfc1725,
    /// The standard.
    Rfc1939,
    /// The standard with its extensions: what a server of today is.
    #[default]
    Now,
    /// Berkeley's popper of the early 1990s: RFC 1225 with XTND XMIT.
    Popper,
    /// Demon Internet's SDPS: `USER user@host` and `*ENV`.
    Sdps,
    /// A ticket before the greeting, as Kerberos has it, played with a toy.
    Kpop,
    /// POP4 as far as its sources tell: folders for POP3. A reconstruction.
    Pop4,
}

/// What is to be known of a dialect.
#[derive(Clone, Copy, Debug)]
pub struct DialectRow {
    /// Which one.
    pub dialect: Dialect,
    /// Its name on command lines and in scripts.
    pub word: &'static str,
    /// The RFC that it follows, apart from what it adds.
    pub year: Year,
    /// Where it is described.
    pub documents: &'static str,
    /// When, in words.
    pub date: &'static str,
    /// What is special about it, in one line.
    pub help: &'static str,
}

/// All dialects, the years first.
#[rustfmt::skip]
pub const DIALECTS: &[DialectRow] = &[
    row(Dialect::Rfc1081, "1081", Year::Rfc1081, "RFC 1081, 1082", "November 1988", "LAST tells what is new, RPOP trusts a host, XTND BBOARDS reads groups"),
    row(Dialect::Rfc1225, "1225", Year::Rfc1225, "RFC 1225, 1082", "May 1991", "as 1081, in clearer words"),
    row(Dialect::Rfc1460, "1460", Year::Rfc1460, "RFC 1460", "June 1993", "APOP hides the password; RPOP is gone"),
    row(Dialect::Rfc1725, "1725", Year::Rfc1725, "RFC 1725", "November 1994", "UIDL names messages for good; LAST is gone"),
    row(Dialect::Rfc1939, "1939", Year::Rfc1939, "RFC 1939, 1734", "May 1996", "the standard, with AUTH"),
    row(Dialect::Now, "now", Year::Now, "RFC 1939, 2449, 2595, 3206, 5034, 6856", "today", "CAPA, AUTH with a response in the line, response codes, STLS, UTF8, LANG"),
    row(Dialect::Popper, "popper", Year::Rfc1225, "RFC 1225; Berkeley popper 1.83", "about 1991", "mail can be sent by XTND XMIT; LAST begins at 0 each time"),
    row(Dialect::Sdps, "sdps", Year::Rfc1725, "SDPS technical specification (Demon)", "about 1996", "USER user@host reads one user's share of a host's mail; *ENV shows the envelope"),
    row(Dialect::Kpop, "kpop", Year::Rfc1725, "Berkeley popper; fetchmail", "1990s", "a ticket before the greeting instead of a password: a toy, simulated"),
    row(Dialect::Pop4, "pop4", Year::Now, "pop4.org (2003), reconstruction", "2003", "folders for POP3; arguments and replies are our guess"),
];

const fn row(
    dialect: Dialect,
    word: &'static str,
    year: Year,
    documents: &'static str,
    date: &'static str,
    help: &'static str,
) -> DialectRow {
    DialectRow { dialect, word, year, documents, date, help }
}

impl Dialect {
    /// The dialect of this name.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        DIALECTS.iter().find(|row| row.word.eq_ignore_ascii_case(word)).map(|row| row.dialect)
    }

    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static DialectRow {
        // Every dialect has its row, and a test says so.
        DIALECTS.iter().find(|row| row.dialect == self).unwrap_or(&DIALECTS[0])
    }

    /// The RFC that it follows.
    #[must_use]
    pub fn year(self) -> Year {
        self.row().year
    }

    /// Whether a server of this dialect knows a command: this is where each came, and went.
    #[must_use]
    pub fn knows(self, keyword: Keyword) -> bool {
        let year = self.year();
        match keyword {
            Keyword::User | Keyword::Pass | Keyword::Quit => true,
            Keyword::Stat | Keyword::List | Keyword::Retr | Keyword::Dele | Keyword::Noop | Keyword::Rset => {
                true
            }
            // Optional from the first to the last.
            Keyword::Top => true,
            // "RPOP ... optional" (RFC 1081, RFC 1225); RFC 1460 struck it out. Popper had it.
            Keyword::Rpop => year <= Year::Rfc1225,
            // "LAST" was struck out by RFC 1725.
            Keyword::Last => year <= Year::Rfc1460,
            Keyword::Apop => year >= Year::Rfc1460 && !matches!(self, Self::Sdps | Self::Kpop),
            Keyword::Uidl => year >= Year::Rfc1725,
            // RFC 1734 is of December 1994; servers of RFC 1725 did not have it yet.
            Keyword::Auth => year >= Year::Rfc1939,
            Keyword::Capa | Keyword::Stls | Keyword::Utf8 | Keyword::Lang => year >= Year::Now,
            Keyword::Xtnd => self.reads_groups() || self.sends_mail(),
            Keyword::Env => self == Self::Sdps,
            Keyword::Sfld | Keyword::Lfld | Keyword::Cfld | Keyword::Dfld | Keyword::Renf => {
                self == Self::Pop4
            }
            Keyword::Move | Keyword::Copy | Keyword::Stor => self == Self::Pop4,
        }
    }

    /// XTND BBOARDS and XTND ARCHIVE (RFC 1082 was of the same month as RFC 1081).
    #[must_use]
    pub const fn reads_groups(self) -> bool {
        matches!(self, Self::Rfc1081 | Self::Rfc1225 | Self::Rfc1460 | Self::Now)
    }

    /// XTND XMIT, which no RFC has. Servers of today that grew out of popper still know it.
    #[must_use]
    pub const fn sends_mail(self) -> bool {
        matches!(self, Self::Popper | Self::Now)
    }

    /// A keyword that a client may have meant, or that it may try next.
    pub fn commands(self) -> impl Iterator<Item = &'static Row> {
        super::command::COMMANDS.iter().filter(move |row| self.knows(row.kind))
    }

    /// Refusals begin with a code in brackets (RFC 2449 §8).
    #[must_use]
    pub fn has_response_codes(self) -> bool {
        self.year() >= Year::Now
    }

    /// The mechanisms for AUTH. RFC 1734 named those of IMAP4 (RFC 1731), of which S/KEY needs no ticket; CRAM-MD5
    /// came a year after RFC 1939.
    #[must_use]
    pub fn mechanisms(self) -> &'static [Mechanism] {
        match self.year() {
            Year::Now => &[
                Mechanism::Plain,
                Mechanism::Login,
                Mechanism::CramMd5,
                Mechanism::DigestMd5,
                Mechanism::ScramSha1,
                Mechanism::ScramSha256,
                Mechanism::Otp,
                Mechanism::Skey,
            ],
            Year::Rfc1939 => &[Mechanism::Skey, Mechanism::CramMd5],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::pop3::command::COMMANDS;

    #[test]
    fn every_dialect_has_its_row_and_every_command_some_dialect() {
        for row in DIALECTS {
            assert_eq!((Dialect::named(row.word), row.dialect.row().word), (Some(row.dialect), row.word));
        }
        for row in COMMANDS {
            assert!(DIALECTS.iter().any(|dialect| dialect.dialect.knows(row.kind)), "{}", row.word);
        }
    }

    #[test]
    fn commands_came_and_went_as_the_rfcs_say() {
        let years = [
            Dialect::Rfc1081,
            Dialect::Rfc1225,
            Dialect::Rfc1460,
            Dialect::Rfc1725,
            Dialect::Rfc1939,
            Dialect::Now,
        ];
        for (keyword, known) in [
            (Keyword::Rpop, "yynnnn"),
            (Keyword::Last, "yyynnn"),
            (Keyword::Apop, "nnyyyy"),
            (Keyword::Uidl, "nnnyyy"),
            (Keyword::Auth, "nnnnyy"),
            (Keyword::Capa, "nnnnny"),
            (Keyword::Top, "yyyyyy"),
        ] {
            let found: String =
                years.iter().map(|year| if year.knows(keyword) { 'y' } else { 'n' }).collect();
            assert_eq!(found, known, "{keyword:?}");
        }
    }
}
