//! The mechanisms, one row each.

/// A mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is its registered name; its row in MECHANISMS says what it does")]
pub enum Mechanism {
    Plain,
    Login,
    CramMd5,
    DigestMd5,
    ScramSha1,
    ScramSha256,
    Skey,
    Otp,
    External,
    Anonymous,
}

/// What is to be known of a mechanism.
#[derive(Clone, Copy, Debug)]
pub struct MechanismRow {
    /// Which one.
    pub mechanism: Mechanism,
    /// Its registered name.
    pub name: &'static str,
    /// Where it is defined.
    pub clause: &'static str,
    /// The client speaks first: an initial response saves a turn.
    pub client_first: bool,
    /// The password itself crosses the line.
    pub shows_password: bool,
    /// The server must have the password itself, not only something made from it.
    pub stores_password: bool,
    /// The server, too, shows that it knows the secret.
    pub proves_server: bool,
    /// What it does, in one line.
    pub help: &'static str,
}

/// All mechanisms, the plainest first.
#[rustfmt::skip]
pub const MECHANISMS: &[MechanismRow] = &[
    row(Mechanism::Plain, "PLAIN", "RFC 4616", 0b1100, "name and password in one message, in clear"),
    row(Mechanism::Login, "LOGIN", "draft-murchison-sasl-login (2003), obsolete", 0b0100, "name and password asked for one after the other, in clear"),
    row(Mechanism::CramMd5, "CRAM-MD5", "RFC 2195", 0b0010, "a challenge hashed with the password"),
    row(Mechanism::DigestMd5, "DIGEST-MD5", "RFC 2831, historic by RFC 6331", 0b0011, "both ends hash their challenges; can sign what follows"),
    row(Mechanism::ScramSha1, "SCRAM-SHA-1", "RFC 5802", 0b1001, "salted and stretched; the server stores no password"),
    row(Mechanism::ScramSha256, "SCRAM-SHA-256", "RFC 7677", 0b1001, "the same with SHA-256"),
    row(Mechanism::Skey, "SKEY", "RFC 2222 §7.3", 0b1000, "a password for one time, six words, by MD4"),
    row(Mechanism::Otp, "OTP", "RFC 2444", 0b1000, "a password for one time, and how to get new ones"),
    row(Mechanism::External, "EXTERNAL", "RFC 4422 appendix A", 0b1000, "who it is was shown below, by TLS"),
    row(Mechanism::Anonymous, "ANONYMOUS", "RFC 4505", 0b1000, "nobody in particular, with a trace by courtesy"),
];

/// The bits: client first, password shown, password stored, server proven.
const fn row(
    mechanism: Mechanism,
    name: &'static str,
    clause: &'static str,
    bits: u8,
    help: &'static str,
) -> MechanismRow {
    MechanismRow {
        mechanism,
        name,
        clause,
        client_first: bits & 8 != 0,
        shows_password: bits & 4 != 0,
        stores_password: bits & 2 != 0,
        proves_server: bits & 1 != 0,
        help,
    }
}

impl Mechanism {
    /// The mechanism of this name, in any case of letters.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        let mut rows = MECHANISMS.iter();
        rows.find(|row| row.name.as_bytes().eq_ignore_ascii_case(name)).map(|row| row.mechanism)
    }

    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static MechanismRow {
        // Every mechanism has its row, and a test says so.
        MECHANISMS.iter().find(|row| row.mechanism == self).unwrap_or(&MECHANISMS[0])
    }

    /// Its registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The mechanisms that a server offers by default, the best last. EXTERNAL and ANONYMOUS need something to
    /// rest on, and LOGIN something to excuse it.
    pub const USUAL: [Self; 5] =
        [Self::Plain, Self::CramMd5, Self::DigestMd5, Self::ScramSha1, Self::ScramSha256];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_by_its_mechanism_and_by_its_name() {
        for row in MECHANISMS {
            assert_eq!(row.mechanism.name(), row.name);
            assert_eq!(Mechanism::named(row.name.to_ascii_lowercase().as_bytes()), Some(row.mechanism));
            assert!(row.name.len() <= 20, "RFC 4422 §3.1: {}", row.name);
        }
        assert_eq!(Mechanism::named(b"GSSAPI"), None);
    }
}
