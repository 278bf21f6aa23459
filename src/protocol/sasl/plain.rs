//! The mechanisms that show what they carry: PLAIN, LOGIN, EXTERNAL, ANONYMOUS. Base64 hides nothing.

use super::Refusal;
use super::server::{Next, Proof};

/// `[authzid] NUL authcid NUL passwd` (RFC 4616 §2): as whom, who, and the password.
pub(super) fn plain(message: &[u8]) -> Result<(Proof, Vec<u8>), Refusal> {
    const WANTED: Refusal = Refusal::Malformed("PLAIN is [AUTHZID] NUL AUTHCID NUL PASSWORD (RFC 4616 §2)");
    let mut parts = message.split(|octet| *octet == 0);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(authorize), Some(name), Some(password), None) if !name.is_empty() && !password.is_empty() => {
            Ok((Proof::of(name, authorize), password.to_vec()))
        }
        _ => Err(WANTED),
    }
}

/// LOGIN's first question, as the servers that clients were tried with asked it.
pub(super) const LOGIN_NAME: &[u8] = b"Username:";

/// LOGIN's second question.
pub(super) const LOGIN_PASSWORD: &[u8] = b"Password:";

/// EXTERNAL: as whom, or nothing for "as myself" (RFC 4422 appendix A).
pub(super) fn external(message: &[u8], known: Option<&[u8]>) -> Result<Next, Refusal> {
    if message.contains(&0) {
        return Err(Refusal::Malformed("EXTERNAL takes one name without a NUL (RFC 4422 appendix A)"));
    }
    known.map(|name| Next::Done(Proof::of(name, message))).ok_or(Refusal::Denied)
}

/// ANONYMOUS: a trace of at most 255 characters, an address or a token of one's own (RFC 4505 §2).
pub(super) fn anonymous(message: &[u8]) -> Result<Next, Refusal> {
    let trace = std::str::from_utf8(message).ok().filter(|text| text.chars().count() <= 255);
    match trace {
        Some(text) if !text.chars().any(char::is_control) => Ok(Next::Done(Proof::of(b"anonymous", b""))),
        _ => Err(Refusal::Malformed("ANONYMOUS takes up to 255 characters of UTF-8 (RFC 4505 §2)")),
    }
}
