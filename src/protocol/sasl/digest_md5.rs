//! DIGEST-MD5 (RFC 2831, historic by RFC 6331): HTTP's digest, brought to mail.

use super::Refusal;
use super::hash::{Hash, hex};
use super::layer::Layer;

/// What follows the login (RFC 2831 §2.1.1, qop). Confidentiality (`auth-conf`) is not offered: its ciphers are
/// why the mechanism is historic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// `auth`: what follows is in clear and unsigned.
    Auth,
    /// `auth-int`: what follows is signed.
    AuthInt,
}

impl Quality {
    const fn word(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// The first message of the server (RFC 2831 §2.1.1).
pub(super) fn challenge(realm: &str, nonce: &str, with_layer: bool) -> String {
    let qop = if with_layer { "auth,auth-int" } else { "auth" };
    format!("realm=\"{realm}\",nonce=\"{nonce}\",qop=\"{qop}\",algorithm=md5-sess,charset=utf-8")
}

/// The directives of a message: `name=value` or `name="value"`, with commas between them (RFC 2831 §7.1).
#[derive(Debug)]
pub(super) struct Directives(Vec<(String, Vec<u8>)>);

impl Directives {
    /// Reads a message; `None` if it is no list of directives or one that must be single comes twice.
    pub(super) fn parsed(message: &[u8]) -> Option<Self> {
        let mut found: Vec<(String, Vec<u8>)> = Vec::new();
        let mut rest = message.trim_ascii();
        while !rest.is_empty() {
            let equals = memchr::memchr(b'=', rest)?;
            let name = std::str::from_utf8(&rest[..equals]).ok()?.trim().to_ascii_lowercase();
            if name.is_empty() || found.len() >= 32 || found.iter().any(|(known, _)| *known == name) {
                return None;
            }
            let (value, after) = value(rest[equals + 1..].trim_ascii_start())?;
            found.push((name, value));
            rest = after.trim_ascii_start();
            rest = match rest.split_first() {
                Some((b',', after)) => after.trim_ascii_start(),
                Some(_) => return None,
                None => rest,
            };
        }
        Some(Self(found))
    }

    /// The value of a directive.
    pub(super) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    fn text(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }
}

/// A token, or a quoted string without its quotes; and what follows.
fn value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        let end = memchr::memchr(b',', text).unwrap_or(text.len());
        return Some((text[..end].trim_ascii_end().to_vec(), &text[end..]));
    };
    let mut value = Vec::new();
    loop {
        match rest.split_first()? {
            (b'"', after) => return Some((value, after)),
            (b'\\', after) => {
                let (octet, after) = after.split_first()?;
                value.push(*octet);
                rest = after;
            }
            (octet, after) => {
                value.push(*octet);
                rest = after;
            }
        }
    }
}

/// What goes into the digests: all of it but the password has crossed the line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Terms {
    pub(super) username: Vec<u8>,
    pub(super) realm: Vec<u8>,
    pub(super) nonce: String,
    pub(super) cnonce: String,
    pub(super) digest_uri: String,
    pub(super) quality: Quality,
    /// As whom; nothing for "as myself".
    pub(super) authzid: Option<Vec<u8>>,
    pub(super) utf8: bool,
}

impl Terms {
    /// What a client's message says, and its digest. A server believes it about the name alone: nonce, realm, count
    /// and service are its own.
    pub(super) fn of_response(
        message: &[u8],
        nonce: &str,
        realm: &str,
        service: &str,
        with_layer: bool,
    ) -> Result<(Self, Vec<u8>), Refusal> {
        const WANTED: Refusal = Refusal::Malformed("a DIGEST-MD5 response is as in RFC 2831 §2.1.2");
        let said = Directives::parsed(message).ok_or(WANTED)?;
        let quality = match said.text("qop") {
            None | Some("auth") => Quality::Auth,
            Some("auth-int") if with_layer => Quality::AuthInt,
            Some(_) => {
                return Err(Refusal::Malformed(
                    "that quality of protection was not offered (RFC 2831 §2.1.2)",
                ));
            }
        };
        // The count is 1: nobody logs in again with an old nonce here (RFC 2831 §2.2).
        let is_mine = said.text("nonce") == Some(nonce)
            && said.text("nc") == Some("00000001")
            && said.get("realm").unwrap_or_default() == realm.as_bytes()
            && said.text("digest-uri").is_some_and(|uri| uri.split('/').next() == Some(service));
        if !is_mine {
            return Err(Refusal::Denied);
        }
        let terms = Self {
            username: said.get("username").filter(|name| !name.is_empty()).ok_or(WANTED)?.to_vec(),
            realm: realm.as_bytes().to_vec(),
            nonce: nonce.to_owned(),
            cnonce: said.text("cnonce").filter(|nonce| !nonce.is_empty()).ok_or(WANTED)?.to_owned(),
            digest_uri: said.text("digest-uri").ok_or(WANTED)?.to_owned(),
            quality,
            authzid: said.get("authzid").map(<[u8]>::to_vec),
            utf8: said.get("charset").is_some(),
        };
        Ok((terms, said.get("response").ok_or(WANTED)?.to_vec()))
    }

    /// `H(A1)` (RFC 2831 §2.1.2.1).
    pub(super) fn h_a1(&self, password: &[u8]) -> Vec<u8> {
        let text = |octets: &[u8]| if self.utf8 { latin1_if_possible(octets) } else { octets.to_vec() };
        let (user, realm, password) = (text(&self.username), text(&self.realm), text(password));
        let secret = Hash::Md5.of(&[&user, b":", &realm, b":", &password]);
        let mut pieces: Vec<&[u8]> = vec![&secret, b":", self.nonce.as_bytes(), b":", self.cnonce.as_bytes()];
        if let Some(authzid) = &self.authzid {
            pieces.extend([b":".as_slice(), authzid]);
        }
        Hash::Md5.of(&pieces)
    }

    /// The client's digest (`AUTHENTICATE`), or the server's (nothing in its place): RFC 2831 §2.1.2.1, §2.1.3.
    pub(super) fn digest(&self, h_a1: &[u8], method: &str) -> String {
        let body = match self.quality {
            Quality::Auth => "",
            Quality::AuthInt => ":00000000000000000000000000000000",
        };
        let h_a2 =
            hex(&Hash::Md5.of(&[method.as_bytes(), b":", self.digest_uri.as_bytes(), body.as_bytes()]));
        let text =
            format!("{}:{}:00000001:{}:{}:{h_a2}", hex(h_a1), self.nonce, self.cnonce, self.quality.word());
        hex(&Hash::Md5.of(&[text.as_bytes()]))
    }

    /// The client's message (RFC 2831 §2.1.2).
    pub(super) fn response(&self, password: &[u8]) -> Vec<u8> {
        let digest = self.digest(&self.h_a1(password), "AUTHENTICATE");
        let mut message = Vec::new();
        for (name, value) in [("charset=utf-8,username", &self.username), ("realm", &self.realm)] {
            message.extend_from_slice(name.as_bytes());
            message.extend_from_slice(b"=\"");
            for octet in value {
                if matches!(octet, b'"' | b'\\') {
                    message.push(b'\\');
                }
                message.push(*octet);
            }
            message.extend_from_slice(b"\",");
        }
        let rest = format!(
            "nonce=\"{}\",nc=00000001,cnonce=\"{}\",digest-uri=\"{}\",response={digest},qop={}",
            self.nonce,
            self.cnonce,
            self.digest_uri,
            self.quality.word(),
        );
        message.extend_from_slice(rest.as_bytes());
        if let Some(authzid) = &self.authzid {
            message.extend_from_slice(b",authzid=\"");
            message.extend(authzid.iter().filter(|octet| !matches!(octet, b'"' | b'\\')));
            message.push(b'"');
        }
        message
    }

    /// The layer that this login begins, if it begins one.
    pub(super) fn layer(&self, h_a1: &[u8], is_server: bool) -> Option<Layer> {
        (self.quality == Quality::AuthInt).then(|| Layer::new(h_a1, is_server))
    }
}

/// UTF-8 as ISO 8859-1 where every character fits (RFC 2831 §2.1.2.1): what HTTP's password files hold.
fn latin1_if_possible(octets: &[u8]) -> Vec<u8> {
    let latin1 = std::str::from_utf8(octets)
        .ok()
        .and_then(|text| text.chars().map(|c| u8::try_from(c).ok()).collect());
    latin1.unwrap_or_else(|| octets.to_vec())
}
