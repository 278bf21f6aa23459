//! Versions and features: what a client may choose (RFC 1203, "Appendix: Features").

use std::fmt::Write;

/// A feature of version 3.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// FETCH of RFC822 and RFC822.TEXT, and COPY, set `\Seen`.
    AutoSetSeen,
    /// Data that answers a command carries its tag.
    TaggedSolicited,
    /// All eight bits of an octet pass.
    EightBitTransparent,
    /// New mail is told at once.
    NewMailNotify,
    /// SEND.
    Send,
    /// ADD.MESSAGE.
    AddMessage,
    /// RENUMBER.
    Renumber,
    /// Parts of a message have keys.
    Encoding,
    /// FETCH of some octets of a key.
    IndexableFields,
    /// SET.EOL.
    SetEol,
}

/// One feature.
#[derive(Clone, Copy, Debug)]
pub struct FeatureRow {
    /// Which.
    pub feature: Feature,
    /// Its name; `~` before it is its inverse.
    pub name: &'static str,
    /// It is on when version 3.0 has been chosen.
    pub default: bool,
    /// A server has to have it.
    pub required: bool,
    /// What it does, in one line.
    pub help: &'static str,
    /// What became of the idea.
    pub later: &'static str,
}

const fn row(
    feature: Feature,
    name: &'static str,
    (default, required): (bool, bool),
    help: &'static str,
    later: &'static str,
) -> FeatureRow {
    FeatureRow { feature, name, default, required, help, later }
}

/// The features that this server offers: all of RFC 1203.
#[rustfmt::skip]
pub static FEATURES: &[FeatureRow] = &[
    row(Feature::AutoSetSeen, "AUTO.SET.SEEN", (false, true), "FETCH of RFC822 or RFC822.TEXT, and COPY, set \\Seen", "`BODY.PEEK` says it for each FETCH (RFC 1730)"),
    row(Feature::TaggedSolicited, "TAGGED.SOLICITED", (true, true), "data that answers a command carries its tag", "ESEARCH names the tag of its SEARCH (RFC 4731)"),
    row(Feature::EightBitTransparent, "EIGHT.BIT.TRANSPARENT", (false, false), "octets above 127 pass, also in quotes", "8-bit literals (RFC 1730), UTF-8 (RFC 6855)"),
    row(Feature::NewMailNotify, "NEW.MAIL.NOTIFY", (false, false), "EXISTS, RECENT and SEARCH come as soon as mail does", "IDLE (RFC 2177), NOTIFY (RFC 5465)"),
    row(Feature::Send, "SEND", (false, false), "SEND RFC822 {n}: the server sends a message", "submission stayed with SMTP (RFC 6409); BURL (RFC 4468)"),
    row(Feature::AddMessage, "ADD.MESSAGE", (false, false), "ADD.MESSAGE mailbox RFC822 {n}: put a message into a mailbox", "APPEND (RFC 1730)"),
    row(Feature::Renumber, "RENUMBER", (false, false), "RENUMBER key ALPHA|DATE|NUMERIC: number the messages in this order", "SORT, which leaves numbers alone (RFC 5256)"),
    row(Feature::Encoding, "ENCODING", (false, false), "FETCH n ENCODING names the parts of a message, FETCH n G001 gets one", "BODYSTRUCTURE and `BODY[1]` (RFC 1730)"),
    row(Feature::IndexableFields, "INDEXABLE.FIELDS", (false, false), "FETCH n BODY 0:1999 gets some octets", "PARTIAL (RFC 1730), `BODY[]<0.2000>` (RFC 2060)"),
    row(Feature::SetEol, "SET.EOL", (false, false), "SET.EOL LF: how lines end in generic keys", "lines end in CR LF (RFC 2060)"),
];

/// A set of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Features(u16);

impl Features {
    /// Those that are on when version 3.0 has been chosen.
    #[must_use]
    pub fn usual() -> Self {
        let on = FEATURES.iter().filter(|row| row.default);
        on.fold(Self(0), |set, row| set.with(row.feature, true))
    }

    /// True if the feature is on.
    #[must_use]
    pub const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u16) != 0
    }

    /// The set with the feature on or off.
    #[must_use]
    pub const fn with(self, feature: Feature, on: bool) -> Self {
        let bit = 1 << feature as u16;
        Self(if on { self.0 | bit } else { self.0 & !bit })
    }

    /// The usual features, changed as SELECT.FEATURES says: the set that was in force before is forgotten.
    ///
    /// # Errors
    /// The first word that names no feature.
    pub fn chosen<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut set = Self::usual();
        for word in words {
            let (name, on) = match word.strip_prefix('~') {
                Some(name) => (name, false),
                None => (word, true),
            };
            let row = FEATURES.iter().find(|row| row.name.eq_ignore_ascii_case(name)).ok_or(word)?;
            set = set.with(row.feature, on);
        }
        Ok(set)
    }
}

/// What ends a line in generic keys (RFC 1203, SET.EOL): one to four octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eol {
    octets: [u8; Self::MAX],
    length: u8,
}

impl Eol {
    /// More than any system ends its lines with.
    pub const MAX: usize = 4;
    /// CR LF, as RFC 822 has it.
    pub const CRLF: Self = Self { octets: [b'\r', b'\n', 0, 0], length: 2 };

    /// These octets; `None` if there are none, or too many.
    #[must_use]
    pub fn new(given: &[u8]) -> Option<Self> {
        let mut octets = [0; Self::MAX];
        octets.get_mut(..given.len())?.copy_from_slice(given);
        (!given.is_empty()).then_some(Self { octets, length: given.len() as u8 })
    }

    /// The octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// What a client has chosen, once that is version 3.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The features.
    pub features: Features,
    /// What ends a line in generic keys.
    pub eol: Eol,
}

impl Default for Chosen {
    fn default() -> Self {
        Self { features: Features::usual(), eol: Eol::CRLF }
    }
}

impl Chosen {
    /// True if the feature is on.
    #[must_use]
    pub const fn has(&self, feature: Feature) -> bool {
        self.features.has(feature)
    }
}

/// `SUPPORTED.VERSIONS ((2 0 ) (3 0 AUTO.SET.SEEN ...))`
#[must_use]
pub fn supported_versions() -> String {
    let mut text = "SUPPORTED.VERSIONS ((2 0 ) (3 0".to_owned();
    for row in FEATURES {
        let _ = write!(text, " {}", row.name);
    }
    text + "))"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_of_features_forgets_the_one_before() {
        let usual = Features::usual();
        assert!(usual.has(Feature::TaggedSolicited) && !usual.has(Feature::AutoSetSeen));
        let chosen = Features::chosen(["auto.set.seen", "~TAGGED.SOLICITED"]).unwrap();
        assert!(chosen.has(Feature::AutoSetSeen) && !chosen.has(Feature::TaggedSolicited));
        assert_eq!(Features::chosen([]), Ok(usual));
        assert_eq!(Features::chosen(["SEND", "FLY"]), Err("FLY"));
    }

    #[test]
    fn each_feature_has_a_place_of_its_own() {
        for (nth, row) in FEATURES.iter().enumerate() {
            assert_eq!(row.feature as usize, nth, "{}", row.name);
        }
    }
}
