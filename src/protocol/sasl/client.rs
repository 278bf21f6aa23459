//! The client's end of an exchange.

use std::fmt;

use super::digest_md5::{Directives, Quality, Terms as DigestTerms};
use super::hash::{Hash, hex};
use super::layer::Layer;
use super::one_time::{SEQUENCE_MAX, is_seed, one_time_password};
use super::scram::{self, Terms as ScramTerms};
use super::{Mechanism, base64, cram_md5, six_words};
use crate::mail::store::{OneTimeHash, equal_in_constant_time};

/// What a client knows.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Who it is.
    pub name: String,
    /// What only the user and the server know.
    pub password: Vec<u8>,
    /// As whom it wants to act; empty for "as myself".
    pub authorize: String,
    /// The service's registered name: `pop`, `imap`, `smtp`.
    pub service: &'static str,
    /// The server's name as the client knows it.
    pub host: String,
    /// A nonce of the client's: printable, without a comma, never used before. A desk's random numbers make one.
    pub nonce: String,
    /// Ask for DIGEST-MD5's integrity layer where it is offered.
    pub wants_layer: bool,
}

/// Passwords are not shown to those who debug.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials {{ name: {:?}, authorize: {:?} }}", self.name, self.authorize)
    }
}

/// Why a client does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// What the server said is not what the mechanism says.
    Malformed,
    /// The server has not shown that it knows the secret, or plays back the client's own words.
    Impostor,
    /// The server asks for a one-time password that is the last of its chain.
    ChainAtItsEnd,
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the server's challenge is not what the mechanism says",
            Self::Impostor => "the server has not shown that it knows the password",
            Self::ChainAtItsEnd => "the one-time passwords are used up: begin a new chain",
        })
    }
}

/// One exchange.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientExchange {
    mechanism: Mechanism,
    credentials: Credentials,
    state: State,
    layer: Option<Layer>,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Begun,
    /// The first message, or LOGIN's name, is sent.
    FirstSent,
    /// The server must say this next.
    Awaits(Vec<u8>),
    /// All is said.
    Over,
}

impl ClientExchange {
    /// Begins with a mechanism.
    #[must_use]
    pub const fn new(mechanism: Mechanism, credentials: Credentials) -> Self {
        Self { mechanism, credentials, state: State::Begun, layer: None }
    }

    /// The initial response in base64, `=` if it is empty; `None` where the server speaks first. A client that may
    /// not send one in the command's line answers the server's empty challenge: do not call this then.
    pub fn initial(&mut self) -> Option<String> {
        if !self.mechanism.row().client_first {
            return None;
        }
        let first = self.first();
        Some(if first.is_empty() { "=".into() } else { base64::encoded(&first) })
    }

    /// The answer to a challenge, both in base64.
    ///
    /// # Errors
    /// [`Distrust`]: send `*` and give up.
    pub fn answer(&mut self, challenge: &[u8]) -> Result<String, Distrust> {
        let challenge = base64::decoded(challenge).ok_or(Distrust::Malformed)?;
        self.respond(&challenge).map(|response| base64::encoded(&response))
    }

    /// True once the client has nothing to doubt: a server that says "welcome" before that has proven nothing.
    #[must_use]
    pub fn is_satisfied(&self) -> bool {
        !self.mechanism.row().proves_server || self.state == State::Over
    }

    /// The layer for all that follows the server's welcome.
    #[must_use]
    pub fn into_layer(self) -> Option<Layer> {
        self.layer
    }

    fn first(&mut self) -> Vec<u8> {
        self.state = State::FirstSent;
        let Credentials { name, password, authorize, .. } = &self.credentials;
        match self.mechanism {
            Mechanism::Plain => {
                self.state = State::Over;
                [authorize.as_bytes(), b"\0", name.as_bytes(), b"\0", password].concat()
            }
            Mechanism::ScramSha1 | Mechanism::ScramSha256 => {
                [self.gs2_header().as_slice(), &self.scram_bare()].concat()
            }
            Mechanism::Otp => [authorize.as_bytes(), b"\0", name.as_bytes()].concat(),
            Mechanism::External => {
                self.state = State::Over;
                authorize.clone().into_bytes()
            }
            Mechanism::Anonymous => {
                self.state = State::Over;
                name.clone().into_bytes()
            }
            // LOGIN's and S/KEY's first answer is the name.
            _ => name.clone().into_bytes(),
        }
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Distrust> {
        let password = &self.credentials.password;
        match (self.mechanism, std::mem::replace(&mut self.state, State::Over)) {
            (Mechanism::CramMd5, State::Begun) => {
                Ok(cram_md5::response(self.credentials.name.as_bytes(), password, challenge))
            }
            (Mechanism::DigestMd5, State::Begun) => self.digest(challenge),
            (_, State::Begun) => Ok(self.first()),
            (Mechanism::Login, State::FirstSent) => Ok(password.clone()),
            (Mechanism::ScramSha1, State::FirstSent) => self.scram(Hash::Sha1, challenge),
            (Mechanism::ScramSha256, State::FirstSent) => self.scram(Hash::Sha256, challenge),
            (Mechanism::Skey | Mechanism::Otp, State::FirstSent) => self.one_time(challenge),
            (_, State::Awaits(proof)) => {
                if equal_in_constant_time(&proof, challenge) {
                    Ok(Vec::new())
                } else {
                    self.state = State::Begun;
                    Err(Distrust::Impostor)
                }
            }
            _ => Err(Distrust::Malformed),
        }
    }

    fn gs2_header(&self) -> Vec<u8> {
        match self.credentials.authorize.as_bytes() {
            b"" => b"n,,".to_vec(),
            name => [b"n,a=".as_slice(), &scram::escaped(name), b","].concat(),
        }
    }

    fn scram_bare(&self) -> Vec<u8> {
        let Credentials { name, nonce, .. } = &self.credentials;
        [b"n=".as_slice(), &scram::escaped(name.as_bytes()), b",r=", nonce.as_bytes()].concat()
    }

    fn scram(&mut self, hash: Hash, challenge: &[u8]) -> Result<Vec<u8>, Distrust> {
        let (nonce, salt, iterations) = scram::server_first(challenge).ok_or(Distrust::Malformed)?;
        // A server that adds nothing of its own plays back an old session.
        if !nonce.starts_with(&self.credentials.nonce) || nonce.len() == self.credentials.nonce.len() {
            return Err(Distrust::Impostor);
        }
        let said = [&self.scram_bare(), b",".as_slice(), challenge].concat();
        let terms = ScramTerms { hash, gs2_header: self.gs2_header(), said, nonce, salt, iterations };
        let keys = terms.keys(&self.credentials.password);
        self.state = State::Awaits(terms.server_final(&keys).into_bytes());
        Ok(terms.client_final(&keys).into_bytes())
    }

    fn digest(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Distrust> {
        let said = Directives::parsed(challenge).ok_or(Distrust::Malformed)?;
        let text = |name| said.get(name).and_then(|value| std::str::from_utf8(value).ok());
        let offers_layer =
            text("qop").is_some_and(|qop| qop.split(',').any(|word| word.trim() == "auth-int"));
        let Credentials { name, password, authorize, service, host, nonce, wants_layer } = &self.credentials;
        let terms = DigestTerms {
            username: name.clone().into_bytes(),
            realm: said.get("realm").unwrap_or(host.as_bytes()).to_vec(),
            nonce: text("nonce").ok_or(Distrust::Malformed)?.to_owned(),
            cnonce: nonce.clone(),
            digest_uri: format!("{service}/{host}"),
            quality: if *wants_layer && offers_layer { Quality::AuthInt } else { Quality::Auth },
            authzid: (!authorize.is_empty()).then(|| authorize.clone().into_bytes()),
            utf8: true,
        };
        let h_a1 = terms.h_a1(password);
        self.layer = terms.layer(&h_a1, false);
        self.state = State::Awaits(format!("rspauth={}", terms.digest(&h_a1, "")).into_bytes());
        Ok(terms.response(password))
    }

    /// `95 Qa58308` or `otp-md5 499 ke1234 ext`.
    fn one_time(&self, challenge: &[u8]) -> Result<Vec<u8>, Distrust> {
        let text = std::str::from_utf8(challenge).map_err(|_| Distrust::Malformed)?;
        let mut words = text.split_ascii_whitespace();
        let is_otp = self.mechanism == Mechanism::Otp;
        let hash = if is_otp {
            words.next().and_then(|word| OneTimeHash::named(word.strip_prefix("otp-")?))
        } else {
            Some(OneTimeHash::Md4)
        };
        let terms = hash.zip(words.next().and_then(|number| number.parse::<u32>().ok())).zip(words.next());
        let ((hash, sequence), seed) = terms.filter(|(_, seed)| is_seed(seed)).ok_or(Distrust::Malformed)?;
        if sequence == 0 {
            return Err(Distrust::ChainAtItsEnd);
        }
        if sequence > SEQUENCE_MAX {
            return Err(Distrust::Malformed);
        }
        let password = one_time_password(hash, &self.credentials.password, seed, sequence);
        Ok(if is_otp { format!("hex:{}", hex(&password)) } else { six_words::to_words(password) }
            .into_bytes())
    }
}
