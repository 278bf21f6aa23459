//! The server's end of an exchange.

use std::sync::Arc;

use super::digest_md5::{self, Terms as DigestTerms};
use super::hash::Hash;
use super::layer::Layer;
use super::one_time::Asked;
use super::scram::{self, ClientFirst, Keys, Terms as ScramTerms};
use super::{Chance, Mechanism, Refusal, base64, cram_md5, plain};
use crate::mail::store::{Store, UserId, equal_in_constant_time};

/// What a server knows of itself and of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The service's name as SASL registers it: `pop`, `imap`, `smtp` (RFC 4422 §4).
    pub service: &'static str,
    /// The server's name: DIGEST-MD5's realm, the end of CRAM-MD5's timestamp.
    pub host: String,
    /// What nonces are drawn from.
    pub chance: Chance,
    /// Who the client is, if something below has shown it, as a TLS certificate does: EXTERNAL rests on it.
    pub external: Option<Vec<u8>>,
    /// DIGEST-MD5's integrity layer is offered. Only a session that can speak through it may say so.
    pub layers: bool,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Send `+ ` (SMTP: `334 `) and this, then hand the client's next line to [`Exchange::answer`]. It is base64,
    /// and may be empty: the space stays.
    Challenge(String),
    /// The client has logged in.
    Done(Login),
    /// It has not. The exchange is over.
    Refused(Refusal),
}

/// A login.
#[derive(Clone, Debug, PartialEq)]
pub struct Login {
    /// As whom the client acts: whose mail it is.
    pub user: UserId,
    /// Who the client is. Mostly the same.
    pub authenticated: UserId,
    /// All octets behind the reply go through this, both ways.
    pub layer: Option<Layer>,
}

/// One exchange: a value, as the session that holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    mechanism: Mechanism,
    peer: Arc<Peer>,
    state: State,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Nothing was said, or an empty challenge.
    Begun,
    /// LOGIN has asked for the password.
    Named(Vec<u8>),
    /// The server has sent this.
    Challenged(Vec<u8>),
    /// SCRAM's first messages are exchanged.
    Scram { username: Vec<u8>, authzid: Vec<u8>, terms: Box<ScramTerms> },
    /// A one-time password is asked for.
    OneTime(Box<Asked>),
    /// All is proven but that the client has heard the server's own proof.
    Proven(Box<Proof>),
    /// Nothing more may come.
    Over,
}

/// Who has shown to be whom, and as whom they want to act.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Proof {
    pub(super) name: Vec<u8>,
    /// Nothing for "as myself".
    authorize: Vec<u8>,
    layer: Option<Layer>,
}

impl Proof {
    pub(super) fn of(name: &[u8], authorize: &[u8]) -> Self {
        Self { name: name.to_vec(), authorize: authorize.to_vec(), layer: None }
    }
}

/// What a mechanism wants to happen.
pub(super) enum Next {
    Challenge(Vec<u8>),
    Done(Proof),
}

impl Exchange {
    /// Begins with a mechanism. `initial` is the initial response as it stood in the line, in base64, `=` for an
    /// empty one; `None` if there was none.
    #[must_use]
    pub fn begin(
        mechanism: Mechanism,
        peer: Peer,
        initial: Option<&[u8]>,
        store: &mut Store,
    ) -> (Self, Step) {
        let mut exchange = Self { mechanism, peer: Arc::new(peer), state: State::Begun };
        let step = match initial {
            Some(_) if exchange.speaks_first() => Err(Refusal::NoInitialResponse),
            Some(b"=") => exchange.respond(&[], store),
            Some(text) => base64::decoded(text)
                .ok_or(Refusal::NotBase64)
                .and_then(|octets| exchange.respond(&octets, store)),
            None => Ok(Next::Challenge(exchange.first_challenge())),
        };
        let step = exchange.step(step, store);
        (exchange, step)
    }

    /// The client's next line, without its line end: base64, or `*` to give up.
    pub fn answer(&mut self, line: &[u8], store: &mut Store) -> Step {
        let next = match line {
            b"*" => Err(Refusal::GivenUp),
            _ => base64::decoded(line)
                .ok_or(Refusal::NotBase64)
                .and_then(|octets| self.respond(&octets, store)),
        };
        self.step(next, store)
    }

    /// Which mechanism it is.
    #[must_use]
    pub const fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    fn speaks_first(&self) -> bool {
        matches!(self.mechanism, Mechanism::CramMd5 | Mechanism::DigestMd5)
    }

    /// What the server says first: nothing, where the client begins.
    fn first_challenge(&mut self) -> Vec<u8> {
        let Peer { host, chance, layers, .. } = &*self.peer;
        let challenge = match self.mechanism {
            Mechanism::Login => return plain::LOGIN_NAME.to_vec(),
            Mechanism::CramMd5 => cram_md5::challenge(*chance, host),
            Mechanism::DigestMd5 => digest_md5::challenge(host, &chance.nonce(0), *layers).into_bytes(),
            _ => return Vec::new(),
        };
        self.state = State::Challenged(challenge.clone());
        challenge
    }

    fn step(&mut self, next: Result<Next, Refusal>, store: &Store) -> Step {
        match next {
            Ok(Next::Challenge(octets)) => Step::Challenge(base64::encoded(&octets)),
            Ok(Next::Done(proof)) => {
                self.state = State::Over;
                authorized(proof, store).map_or_else(Step::Refused, Step::Done)
            }
            Err(refusal) => {
                self.state = State::Over;
                Step::Refused(refusal)
            }
        }
    }

    fn respond(&mut self, response: &[u8], store: &mut Store) -> Result<Next, Refusal> {
        let state = std::mem::replace(&mut self.state, State::Over);
        match (self.mechanism, state) {
            (Mechanism::Plain, State::Begun) => {
                let (proof, password) = plain::plain(response)?;
                with_password(proof, &password, store)
            }
            (Mechanism::Login, State::Begun) => {
                self.state = State::Named(response.to_vec());
                Ok(Next::Challenge(plain::LOGIN_PASSWORD.to_vec()))
            }
            (Mechanism::Login, State::Named(name)) => with_password(Proof::of(&name, b""), response, store),
            (Mechanism::CramMd5, State::Challenged(challenge)) => {
                let (name, digits) = cram_md5::parts(response)
                    .ok_or(Refusal::Malformed("a name, a space and 32 hexadecimal digits (RFC 2195 §2)"))?;
                let (known, password) = secret(name, store);
                let right =
                    equal_in_constant_time(cram_md5::digest(&password, &challenge).as_bytes(), digits);
                if known && right { Ok(Next::Done(Proof::of(name, b""))) } else { Err(Refusal::Denied) }
            }
            (Mechanism::DigestMd5, State::Challenged(_)) => self.digest(response, store),
            (Mechanism::ScramSha1, State::Begun) => self.scram_first(Hash::Sha1, response),
            (Mechanism::ScramSha256, State::Begun) => self.scram_first(Hash::Sha256, response),
            (_, State::Scram { username, authzid, terms }) => {
                let (known, password) = secret(&username, store);
                let keys: Keys = terms.keys(&password);
                let last = terms.verified(response, &keys)?;
                if !known {
                    return Err(Refusal::Denied);
                }
                self.state = State::Proven(Box::new(Proof::of(&username, &authzid)));
                Ok(Next::Challenge(last.into_bytes()))
            }
            // The client has heard the proof, and has nothing to add. RFC 5034 §4: "an empty response"
            (_, State::Proven(proof)) if response.is_empty() => Ok(Next::Done(*proof)),
            (Mechanism::External, State::Begun) => plain::external(response, self.peer.external.as_deref()),
            (Mechanism::Anonymous, State::Begun) => plain::anonymous(response),
            (Mechanism::Skey, State::Begun) => self.one_time(Asked::skey(response, store)?),
            (Mechanism::Otp, State::Begun) => self.one_time(Asked::otp(response, store)?),
            (Mechanism::Skey, State::OneTime(asked)) => asked.skey_answer(response, store),
            (Mechanism::Otp, State::OneTime(asked)) => asked.otp_answer(response, store),
            _ => Err(Refusal::Malformed("nothing more was asked for (RFC 4422 §3)")),
        }
    }

    fn one_time(&mut self, (asked, challenge): (Asked, String)) -> Result<Next, Refusal> {
        self.state = State::OneTime(Box::new(asked));
        Ok(Next::Challenge(challenge.into_bytes()))
    }

    fn digest(&mut self, response: &[u8], store: &Store) -> Result<Next, Refusal> {
        let Peer { service, host, chance, layers, .. } = &*self.peer;
        let (terms, digest) = DigestTerms::of_response(response, &chance.nonce(0), host, service, *layers)?;
        let (known, password) = secret(&terms.username, store);
        let h_a1 = terms.h_a1(&password);
        if !equal_in_constant_time(terms.digest(&h_a1, "AUTHENTICATE").as_bytes(), &digest) || !known {
            return Err(Refusal::Denied);
        }
        let mut proof = Proof::of(&terms.username, terms.authzid.as_deref().unwrap_or_default());
        proof.layer = terms.layer(&h_a1, true);
        self.state = State::Proven(Box::new(proof));
        Ok(Next::Challenge(format!("rspauth={}", terms.digest(&h_a1, "")).into_bytes()))
    }

    fn scram_first(&mut self, hash: Hash, response: &[u8]) -> Result<Next, Refusal> {
        let first = ClientFirst::parsed(response)?;
        // The salt is the same for a name each time, whether anybody has the name or not (RFC 5802 §9).
        let salt =
            &Hash::Sha256.of(&[b"maillab salt ", self.peer.host.as_bytes(), b" ", &first.username])[..16];
        let nonce = format!("{}{}", first.nonce, self.peer.chance.nonce(0));
        let challenge = self.scram_challenge(hash, first, nonce, salt);
        Ok(Next::Challenge(challenge.into_bytes()))
    }

    fn scram_challenge(&mut self, hash: Hash, first: ClientFirst, nonce: String, salt: &[u8]) -> String {
        let challenge = ScramTerms::server_first(&nonce, salt, scram::ITERATIONS);
        let terms = ScramTerms {
            hash,
            gs2_header: first.gs2_header,
            said: [&first.bare, b",".as_slice(), challenge.as_bytes()].concat(),
            nonce,
            salt: salt.to_vec(),
            iterations: scram::ITERATIONS,
        };
        self.state =
            State::Scram { username: first.username, authzid: first.authzid, terms: Box::new(terms) };
        challenge
    }
}

/// A password, and whether anybody has the name: for unknown names one is compared as well, so that time tells
/// nothing.
fn secret(name: &[u8], store: &Store) -> (bool, Vec<u8>) {
    let user = store.user(name);
    (user.is_some(), user.map_or_else(Vec::new, |user| store.password(user).to_vec()))
}

fn with_password(proof: Proof, password: &[u8], store: &Store) -> Result<Next, Refusal> {
    let right = store.user(&proof.name).is_some_and(|user| store.password_matches(user, password));
    if right { Ok(Next::Done(proof)) } else { Err(Refusal::Denied) }
}

/// "The server verifies that the authentication identity may act as the authorization identity" (RFC 4422 §3.4.1).
fn authorized(proof: Proof, store: &Store) -> Result<Login, Refusal> {
    let authenticated = store.user(&proof.name).ok_or(Refusal::Denied)?;
    if proof.authorize.is_empty() {
        return Ok(Login { user: authenticated, authenticated, layer: proof.layer });
    }
    // A name that nobody has is refused in the same words.
    let user = store.user(&proof.authorize).filter(|user| store.may_act_as(authenticated, *user));
    user.map(|user| Login { user, authenticated, layer: proof.layer }).ok_or(Refusal::NotAuthorized)
}

#[cfg(test)]
impl Exchange {
    /// As if these first messages had been exchanged: for the RFCs' examples.
    pub(super) fn scripted_scram(
        mechanism: Mechanism,
        peer: Peer,
        first: &[u8],
        nonce: &str,
        salt: &[u8],
    ) -> (Self, String) {
        let mut exchange = Self { mechanism, peer: Arc::new(peer), state: State::Begun };
        let hash = if mechanism == Mechanism::ScramSha1 { Hash::Sha1 } else { Hash::Sha256 };
        let challenge =
            exchange.scram_challenge(hash, ClientFirst::parsed(first).unwrap(), nonce.to_owned(), salt);
        (exchange, challenge)
    }
}
