//! One-time passwords: S/KEY (RFC 2222 §7.3) and OTP (RFC 2444, RFC 2289).
//!
//! A password is hashed N times; the server keeps the result and asks for what comes out after N − 1 times. To
//! hash once more is easy, to go back nobody can: what was overheard is worth nothing the next time.

use md4::Digest as _;

use super::Refusal;
use super::hash::{Hash, unhexed};
use super::server::{Next, Proof};
use super::six_words::from_words;
use crate::mail::store::{OneTime, OneTimeHash, Store, UserId, equal_in_constant_time};

/// Where a user's first chain begins: five hundred logins.
const SEQUENCE: u32 = 500;

/// Longest chain that a client may ask for or a server make it compute.
pub(super) const SEQUENCE_MAX: u32 = 100_000;

/// The one-time password of this number in the chain (RFC 2289 §6): the seed, in lower case, and the password
/// hashed once and then `sequence` times more, each time folded to 64 bits.
#[must_use]
pub fn one_time_password(hash: OneTimeHash, password: &[u8], seed: &str, sequence: u32) -> [u8; 8] {
    let first = folded(hash, &[seed.to_ascii_lowercase().as_bytes(), password]);
    (0..sequence).fold(first, |last, _| folded(hash, &[&last]))
}

/// A user's first chain: what a server makes when a password is all it has.
#[must_use]
pub fn first_one_time(hash: OneTimeHash, name: &str, password: &[u8]) -> OneTime {
    let seed = seed_of(name.as_bytes());
    OneTime { hash, sequence: SEQUENCE, last: one_time_password(hash, password, &seed, SEQUENCE), seed }
}

/// A seed that is the same for a name each time, whether anybody has the name or not.
fn seed_of(name: &[u8]) -> String {
    let digest = Hash::Md5.of(&[b"maillab one-time seed ", name]);
    let number = digest.iter().take(4).fold(0_u32, |number, octet| number << 8 | u32::from(*octet));
    format!("ml{:05}", number % 100_000)
}

/// A digest as 64 bits (RFC 2289 appendix A).
fn folded(hash: OneTimeHash, pieces: &[&[u8]]) -> [u8; 8] {
    let digest = match hash {
        OneTimeHash::Md4 => {
            pieces.iter().fold(md4::Md4::new(), |hash, piece| hash.chain_update(piece)).finalize().to_vec()
        }
        OneTimeHash::Md5 => Hash::Md5.of(pieces),
        // SHA-1's five words are folded to two, which are then turned around.
        OneTimeHash::Sha1 => {
            let digest = Hash::Sha1.of(pieces);
            let word = |nth: usize| eight(digest.iter().skip(4 * nth).take(4)).map(u32::from);
            let number = |nth: usize| word(nth)[..4].iter().fold(0, |number, octet| number << 8 | octet);
            let two = [number(0) ^ number(2) ^ number(4), number(1) ^ number(3)];
            return eight(two.map(u32::to_le_bytes).as_flattened().iter());
        }
    };
    let (low, high) = digest.split_at(digest.len() / 2);
    eight(low.iter().zip(high).map(|(low, high)| low ^ high).collect::<Vec<_>>().iter())
}

fn eight<'a>(octets: impl Iterator<Item = &'a u8>) -> [u8; 8] {
    let mut all = [0; 8];
    all.iter_mut().zip(octets).for_each(|(to, from)| *to = *from);
    all
}

/// A login that waits for its one-time password.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    proof: Proof,
    user: Option<UserId>,
    asked: OneTime,
}

impl Asked {
    /// S/KEY: the user's name alone (RFC 2222 §7.3).
    pub(super) fn skey(name: &[u8], store: &mut Store) -> Result<(Self, String), Refusal> {
        if name.is_empty() || name.contains(&0) {
            return Err(Refusal::Malformed("SKEY takes a name (RFC 2222 §7.3)"));
        }
        let asked = Self::new(Proof::of(name, b""), store, Some(OneTimeHash::Md4))?;
        let challenge = format!("{} {}", asked.asked.sequence - 1, asked.asked.seed);
        Ok((asked, challenge))
    }

    /// OTP: as whom, NUL, who (RFC 2444 §4).
    pub(super) fn otp(message: &[u8], store: &mut Store) -> Result<(Self, String), Refusal> {
        const WANTED: Refusal = Refusal::Malformed("OTP begins with [AUTHZID] NUL AUTHCID (RFC 2444 §4)");
        let nul = memchr::memchr(0, message).ok_or(WANTED)?;
        let (authorize, name) = (&message[..nul], &message[nul + 1..]);
        if name.is_empty() || name.contains(&0) || name.len().max(authorize.len()) > 255 {
            return Err(WANTED);
        }
        let asked = Self::new(Proof::of(name, authorize), store, None)?;
        let OneTime { hash, sequence, seed, .. } = &asked.asked;
        let challenge = format!("otp-{} {} {seed} ext", hash.word(), sequence - 1);
        Ok((asked, challenge))
    }

    /// Unknown names get a challenge as well; it leads nowhere.
    fn new(proof: Proof, store: &mut Store, only: Option<OneTimeHash>) -> Result<Self, Refusal> {
        let hash = only.unwrap_or(OneTimeHash::Md5);
        let user = store.user(&proof.name);
        let asked = match user {
            Some(user) => match store.one_time(user) {
                Some(known) => known,
                None => {
                    let first = first_one_time(hash, store.user_name(user), &store.password(user));
                    store.set_one_time(user, first.clone());
                    first
                }
            },
            None => OneTime { hash, sequence: SEQUENCE, seed: seed_of(&proof.name), last: [0; 8] },
        };
        // "A server is restricted to one OTP hash algorithm per user" (RFC 2444 §4); the last one is number 1.
        if asked.sequence < 2 || only.is_some_and(|only| asked.hash != only) {
            return Err(Refusal::NoOneTimePassword);
        }
        Ok(Self { proof, user, asked })
    }

    /// S/KEY's answer: eight octets, or six words.
    pub(super) fn skey_answer(self, answer: &[u8], store: &mut Store) -> Result<Next, Refusal> {
        let offered = <[u8; 8]>::try_from(answer).ok().or_else(|| from_words(answer));
        let offered = offered.ok_or(Refusal::Malformed("eight octets or six words (RFC 2222 §7.3)"))?;
        self.accept(offered, None, store)
    }

    /// OTP's answer, an extended response (RFC 2444 §3, RFC 2243 §3).
    pub(super) fn otp_answer(self, answer: &[u8], store: &mut Store) -> Result<Next, Refusal> {
        const WANTED: Refusal =
            Refusal::Malformed("hex:, word:, init-hex: or init-word: and a password (RFC 2444 §3)");
        let mut parts = answer.split(|octet| *octet == b':');
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let read = |text: Option<&[u8]>| match kind.strip_prefix(b"init-").unwrap_or(&kind) {
            b"hex" => <[u8; 8]>::try_from(unhexed(text?)?).ok(),
            b"word" => from_words(text?),
            _ => None,
        };
        let current = read(parts.next()).ok_or(WANTED)?;
        if !kind.starts_with(b"init-") {
            return if parts.next().is_none() { self.accept(current, None, store) } else { Err(WANTED) };
        }
        let (terms, last) = (parts.next().ok_or(WANTED)?, read(parts.next()).ok_or(WANTED)?);
        let next = new_chain(terms, last).ok_or(WANTED)?;
        self.accept(current, Some(next), store)
    }

    /// Takes the password if hashing it once more gives the last one; it is worth nothing from then on.
    fn accept(self, offered: [u8; 8], next: Option<OneTime>, store: &mut Store) -> Result<Next, Refusal> {
        let right = equal_in_constant_time(&self.asked.last, &folded(self.asked.hash, &[&offered]));
        let user = self.user.filter(|_| right).ok_or(Refusal::Denied)?;
        // Two sessions that wait for the same password: the first to give it has it (RFC 2289 §9).
        if store.one_time(user).as_ref() != Some(&self.asked) {
            return Err(Refusal::Denied);
        }
        let used = OneTime { sequence: self.asked.sequence - 1, last: offered, ..self.asked };
        store.set_one_time(user, next.unwrap_or(used));
        Ok(Next::Done(self.proof))
    }
}

/// `md5 499 ke1235`: what a new chain is made with, and its last password.
fn new_chain(terms: &[u8], last: [u8; 8]) -> Option<OneTime> {
    let mut words = std::str::from_utf8(terms).ok()?.split_ascii_whitespace();
    let hash = OneTimeHash::named(words.next()?)?;
    let sequence = words.next()?.parse().ok().filter(|sequence| (2..=SEQUENCE_MAX).contains(sequence))?;
    let seed = words.next().filter(|seed| is_seed(seed))?.to_ascii_lowercase();
    words.next().is_none().then_some(OneTime { hash, sequence, seed, last })
}

/// One to sixteen letters and digits (RFC 2289 §6).
pub(super) fn is_seed(seed: &str) -> bool {
    (1..=16).contains(&seed.len()) && seed.bytes().all(|octet| octet.is_ascii_alphanumeric())
}
