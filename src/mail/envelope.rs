//! What an envelope says beside addresses: what kind of octets, and when the sender wants to hear of them.

/// What kind of octets a message holds (RFC 6152 §2, RFC 3030 §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// Lines of ASCII.
    #[default]
    SevenBit,
    /// Lines that may hold octets above 127.
    EightBit,
    /// Any octets; they come in chunks.
    Binary,
}

impl Body {
    /// As BODY= has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SevenBit => "7BIT",
            Self::EightBit => "8BITMIME",
            Self::Binary => "BINARYMIME",
        }
    }

    /// The kind that is called so, in capitals.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::SevenBit, Self::EightBit, Self::Binary].into_iter().find(|body| body.word() == word)
    }
}

/// How much of the message a report about its failure brings back (RFC 3461 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// All of it.
    Full,
    /// Its header.
    Headers,
}

impl Return {
    /// As RET= has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Headers => "HDRS",
        }
    }

    /// What is called so, in capitals.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Full, Self::Headers].into_iter().find(|ret| ret.word() == word)
    }
}

/// When the sender wants to hear of a recipient (RFC 3461 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notify {
    /// When the message was delivered.
    pub success: bool,
    /// When it cannot be delivered.
    pub failure: bool,
    /// When it is late.
    pub delay: bool,
}

/// Without NOTIFY a sender hears of failures, and may hear of delays (RFC 3461 §4.1).
impl Default for Notify {
    fn default() -> Self {
        Self { success: false, failure: true, delay: true }
    }
}

impl Notify {
    /// Nothing.
    pub const NEVER: Self = Self { success: false, failure: false, delay: false };

    /// As NOTIFY= has it.
    #[must_use]
    pub fn words(self) -> String {
        let words = [(self.success, "SUCCESS"), (self.failure, "FAILURE"), (self.delay, "DELAY")];
        let wanted: Vec<&str> = words.iter().filter(|(wanted, _)| *wanted).map(|(_, word)| *word).collect();
        if wanted.is_empty() { "NEVER".to_owned() } else { wanted.join(",") }
    }
}
