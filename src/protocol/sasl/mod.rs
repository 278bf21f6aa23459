//! SASL: logging in by challenge and response, the same for POP3, IMAP and SMTP (RFC 4422).
//!
//! ```text
//!   client                                server
//!   AUTH NAME [initial response] ───────>  Exchange::begin
//!            <─────────────── + challenge  Step::Challenge
//!   response ───────────────────────────>  Exchange::answer
//!                                   ...    Step::Done: who it is, and as whom they act
//! ```
//!
//! A mechanism is a small state machine over octets; the profile around it (which command begins it, what the
//! lines look like) is the protocol's. Base64, `*` to give up and `=` for an empty initial response are the same
//! in all three profiles (RFC 5034 §4, RFC 4959, RFC 4954 §4), so they are done here.
//!
//! **No chance inside.** What must never come twice, a nonce, is drawn from a [`Chance`] that is handed in.
//!
//! **Who, and as whom.** A client proves to be one user (*authentication identity*) and may ask to act as another
//! (*authorization identity*, RFC 4422 §2). The store says who may ([`Store::may_act_as`]).
//!
//! Not supported: KERBEROS_V4 and GSSAPI, which need a ticket server; channel binding (`SCRAM-…-PLUS`); SASLprep
//! (RFC 4013): names and passwords are compared as the octets they are.
//!
//! [`Store::may_act_as`]: crate::mail::store::Store::may_act_as

pub mod base64;
mod client;
mod cram_md5;
mod digest_md5;
mod hash;
mod layer;
mod mechanism;
mod one_time;
mod plain;
mod scram;
mod server;
mod six_words;
#[cfg(test)]
mod tests;

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

pub use client::{ClientExchange, Credentials, Distrust};
pub use digest_md5::Quality;
pub use layer::{BrokenLayer, Layer, Sealing};
pub use mechanism::{MECHANISMS, Mechanism, MechanismRow};
pub use one_time::{first_one_time, one_time_password};
pub use server::{Exchange, Login, Peer, Step};
pub use six_words::{from_words, to_words};

/// What nonces are drawn from: a stream of its own for each session, so that nothing overheard in one can be
/// played back in another. A world hands in its clock, a server on real ports something nobody can guess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chance {
    /// For all sessions of a host.
    pub seed: u64,
    /// The session's number, or the connection's.
    pub session: u64,
}

impl Chance {
    /// The stream of the generator that nonces alone are drawn from (`sasl` as a number).
    const STREAM: u64 = 0x7361_736c_0000_0000;

    /// The nonce of this number: 24 letters of base64, 144 bits, without a comma.
    #[must_use]
    pub fn nonce(self, nth: u64) -> String {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(Self::STREAM ^ self.session);
        random.set_word_pos(u128::from(nth) * 16);
        let mut octets = [0; 18];
        random.fill_bytes(&mut octets);
        base64::encoded(&octets)
    }

    /// A number for a timestamp.
    #[must_use]
    pub fn number(self) -> u64 {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(Self::STREAM ^ self.session);
        random.next_u64()
    }
}

/// Why a server ends an exchange without a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such mechanism, or it may not be used here.
    NoMechanism,
    /// The client gave up with `*` (RFC 5034 §4, RFC 3501 §6.2.2, RFC 4954 §4).
    GivenUp,
    /// What came is no base64.
    NotBase64,
    /// An initial response where the server speaks first (RFC 5034 §4).
    NoInitialResponse,
    /// What came is not what the mechanism says; the words tell what it wants.
    Malformed(&'static str),
    /// Wrong name or secret; which of them is not said.
    Denied,
    /// The secret is right, but this user may not act as the one asked for (RFC 4422 §2).
    NotAuthorized,
    /// This user has no one-time passwords left, or those of another mechanism.
    NoOneTimePassword,
}

impl Refusal {
    /// True if the peer broke the protocol; false if it did everything right and is turned away.
    #[must_use]
    pub const fn is_misuse(self) -> bool {
        matches!(self, Self::NotBase64 | Self::NoInitialResponse | Self::Malformed(_))
    }

    /// True if name, secret or right are the trouble: what POP3 calls `[AUTH]` (RFC 3206 §4), IMAP
    /// `AUTHENTICATIONFAILED` (RFC 5530 §3) and SMTP 535 (RFC 4954 §6).
    #[must_use]
    pub const fn is_about_credentials(self) -> bool {
        matches!(self, Self::Denied | Self::NotAuthorized | Self::NoOneTimePassword)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMechanism => "there is no such mechanism here",
            Self::GivenUp => "the client has given up (RFC 4422 §3.5)",
            Self::NotBase64 => "a response is base64 in whole groups, and nothing else (RFC 4648 §4)",
            Self::NoInitialResponse => "with this mechanism the server speaks first (RFC 4422 §3)",
            Self::Malformed(wanted) => wanted,
            Self::Denied => "nobody is known by this name and secret",
            Self::NotAuthorized => "this user may not act as the one asked for (RFC 4422 §2)",
            Self::NoOneTimePassword => "this user has no one-time password that fits",
        })
    }
}
