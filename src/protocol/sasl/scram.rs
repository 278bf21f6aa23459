//! SCRAM (RFC 5802; with SHA-256: RFC 7677): salted, stretched, and proven by both ends.

use super::Refusal;
use super::base64;
use super::hash::Hash;
use crate::mail::store::equal_in_constant_time;

/// How often a password is hashed: the least that RFC 5802 §5.1 and RFC 7677 §4 ask for.
pub(super) const ITERATIONS: u32 = 4096;

/// A client lets no server make it work longer than this.
pub(super) const ITERATIONS_MAX: u32 = 1_000_000;

/// `client-first-message` (RFC 5802 §7).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ClientFirst {
    /// `n,,` or `y,,` with the authorization identity in it: comes back in base64.
    pub(super) gs2_header: Vec<u8>,
    pub(super) authzid: Vec<u8>,
    pub(super) username: Vec<u8>,
    pub(super) nonce: String,
    /// `client-first-message-bare`.
    pub(super) bare: Vec<u8>,
}

const WANTED: Refusal = Refusal::Malformed("a SCRAM message is as in RFC 5802 §7");

impl ClientFirst {
    pub(super) fn parsed(message: &[u8]) -> Result<Self, Refusal> {
        let mut commas = memchr::memchr_iter(b',', message);
        let (flag, header) = commas.next().zip(commas.next()).ok_or(WANTED)?;
        match &message[..flag] {
            // `y`: the client could bind to the channel and thinks that we cannot: right, we offer no -PLUS.
            b"n" | b"y" => {}
            _ => return Err(Refusal::Malformed("channel binding was not offered (RFC 5802 §6)")),
        }
        let authzid = match &message[flag + 1..header] {
            b"" => Vec::new(),
            name => unescaped(name.strip_prefix(b"a=").ok_or(WANTED)?)?,
        };
        let bare = &message[header + 1..];
        let mut attributes = bare.split(|octet| *octet == b',');
        let mut next =
            |name: &[u8; 2]| attributes.next().and_then(|text| text.strip_prefix(name)).ok_or(WANTED);
        // A reserved `m=` in front would be an extension that must be understood: it is refused as no `n=`.
        let username = unescaped(next(b"n=")?)?;
        let nonce = printable(next(b"r=")?)?;
        if username.is_empty() {
            return Err(WANTED);
        }
        Ok(Self { gs2_header: message[..=header].to_vec(), authzid, username, nonce, bare: bare.to_vec() })
    }
}

/// What both ends know after the server's first message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    pub(super) hash: Hash,
    pub(super) gs2_header: Vec<u8>,
    /// `client-first-message-bare,server-first-message`.
    pub(super) said: Vec<u8>,
    /// The client's nonce with the server's behind it.
    pub(super) nonce: String,
    pub(super) salt: Vec<u8>,
    pub(super) iterations: u32,
}

/// The keys of a password (RFC 5802 §3). A server needs `stored` and `server` alone; from `client` one could log in.
pub(super) struct Keys {
    client: Vec<u8>,
    stored: Vec<u8>,
    server: Vec<u8>,
}

impl Terms {
    /// `server-first-message`.
    pub(super) fn server_first(nonce: &str, salt: &[u8], iterations: u32) -> String {
        format!("r={nonce},s={},i={iterations}", base64::encoded(salt))
    }

    pub(super) fn keys(&self, password: &[u8]) -> Keys {
        let salted = self.hash.stretched(password, &self.salt, self.iterations);
        let client = self.hash.keyed(&salted, &[b"Client Key"]);
        let stored = self.hash.of(&[&client]);
        Keys { client, stored, server: self.hash.keyed(&salted, &[b"Server Key"]) }
    }

    /// `client-final-message-without-proof`.
    fn without_proof(&self) -> String {
        format!("c={},r={}", base64::encoded(&self.gs2_header), self.nonce)
    }

    /// `client-final-message`.
    pub(super) fn client_final(&self, keys: &Keys) -> String {
        let without = self.without_proof();
        let proof = xor(&keys.client, &self.signature(&keys.stored, &without));
        format!("{without},p={}", base64::encoded(&proof))
    }

    /// Whether a `client-final-message` proves the password; and what the server says then.
    pub(super) fn verified(&self, message: &[u8], keys: &Keys) -> Result<String, Refusal> {
        let proof = memchr::memmem::rfind(message, b",p=").ok_or(WANTED)?;
        let without = self.without_proof();
        let proven = base64::decoded(&message[proof + 3..]).ok_or(WANTED)?;
        if !equal_in_constant_time(without.as_bytes(), &message[..proof]) {
            return Err(Refusal::Denied);
        }
        let client = xor(&proven, &self.signature(&keys.stored, &without));
        if !equal_in_constant_time(&keys.stored, &self.hash.of(&[&client])) {
            return Err(Refusal::Denied);
        }
        Ok(self.server_final(keys))
    }

    /// `server-final-message`: the server, too, knows the secret.
    pub(super) fn server_final(&self, keys: &Keys) -> String {
        format!("v={}", base64::encoded(&self.signature(&keys.server, &self.without_proof())))
    }

    /// `HMAC(key, AuthMessage)`.
    fn signature(&self, key: &[u8], without_proof: &str) -> Vec<u8> {
        self.hash.keyed(key, &[&self.said, b",", without_proof.as_bytes()])
    }
}

fn xor(one: &[u8], two: &[u8]) -> Vec<u8> {
    one.iter().zip(two).map(|(one, two)| one ^ two).collect()
}

/// `saslname`: a comma is written `=2C`, an equals sign `=3D` (RFC 5802 §5.1).
pub(super) fn escaped(name: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(name.len());
    for octet in name {
        match octet {
            b',' => text.extend_from_slice(b"=2C"),
            b'=' => text.extend_from_slice(b"=3D"),
            octet => text.push(*octet),
        }
    }
    text
}

fn unescaped(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((octet, after)) = rest.split_first() {
        (rest, _) = match (octet, after.split_at_checked(2)) {
            (b'=', Some((b"2C", after))) => (after, name.push(b',')),
            (b'=', Some((b"3D", after))) => (after, name.push(b'=')),
            (b'=' | 0, _) => return Err(WANTED),
            (octet, _) => (after, name.push(*octet)),
        };
    }
    Ok(name)
}

/// A nonce: printable ASCII without a comma (RFC 5802 §7).
fn printable(text: &[u8]) -> Result<String, Refusal> {
    let is_nonce = !text.is_empty() && text.len() <= 1024 && text.iter().all(u8::is_ascii_graphic);
    if is_nonce { String::from_utf8(text.to_vec()).map_err(|_| WANTED) } else { Err(WANTED) }
}

/// What a client reads in a `server-first-message`: nonce, salt, iterations.
pub(super) fn server_first(message: &[u8]) -> Option<(String, Vec<u8>, u32)> {
    let mut attributes = message.split(|octet| *octet == b',');
    let mut next = |name: &[u8; 2]| attributes.next()?.strip_prefix(name);
    let nonce = printable(next(b"r=")?).ok()?;
    let salt = base64::decoded(next(b"s=")?).filter(|salt| !salt.is_empty())?;
    let iterations: u32 = std::str::from_utf8(next(b"i=")?).ok()?.parse().ok()?;
    (1..=ITERATIONS_MAX).contains(&iterations).then_some((nonce, salt, iterations))
}
