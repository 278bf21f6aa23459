//! CRAM-MD5 (RFC 2195): the server's timestamp, hashed with the password.

use super::Chance;
use super::hash::{Hash, hex};

/// `<digits.digits@host>`: what the password is hashed with, another one each time (RFC 2195 §2).
pub(super) fn challenge(chance: Chance, host: &str) -> Vec<u8> {
    format!("<{}.{}@{host}>", chance.number(), chance.session).into_bytes()
}

/// The user's name, a space, and 32 digits (RFC 2195 §2).
pub(super) fn response(name: &[u8], password: &[u8], challenge: &[u8]) -> Vec<u8> {
    [name, b" ", digest(password, challenge).as_bytes()].concat()
}

/// `HMAC-MD5(password, challenge)` in hexadecimal digits of lower case (RFC 2195 §2).
pub(super) fn digest(password: &[u8], challenge: &[u8]) -> String {
    hex(&Hash::Md5.keyed(password, &[challenge]))
}

/// Name and digits of a response. The name may hold spaces: the digits stand behind the last one.
pub(super) fn parts(response: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = memchr::memrchr(b' ', response)?;
    let (name, digits) = (&response[..space], &response[space + 1..]);
    (!name.is_empty() && digits.len() == 32).then_some((name, digits))
}
