//! What is shown of a write: no password.

use std::borrow::Cow;

use super::Write;
use crate::desk::Service;
use crate::link::tcp::Side;

/// The octets of a write, to be shown: what stands where a password is expected is `***`. The whole truth is in
/// the trace itself.
#[must_use]
pub fn without_password(write: &Write) -> Cow<'_, [u8]> {
    let octets = &write.octets[..];
    if write.from == Side::Server {
        return Cow::Borrowed(octets);
    }
    let keeps = match write.service {
        Service::Pop3 if starts(octets, b"PASS ") => Some(5),
        Service::Pop3 => sasl(octets),
        Service::Imap => login(octets),
        // `LOGIN user password …`, and `SET-PASSWORD old new` (RFC 1056 §4.5).
        Service::Dmsp if starts(octets, b"SET-PASSWORD ") => Some(13),
        Service::Dmsp => {
            starts(octets, b"LOGIN ").then(|| 6 + first_word(octets.get(6..).unwrap_or_default()))
        }
        // `AUTH mechanism initial-response` (RFC 4954 §4).
        Service::Smtp | Service::Lmtp if starts(octets, b"AUTH ") => {
            let word = first_word(octets.get(5..).unwrap_or_default());
            (word > 0).then_some(5 + word)
        }
        // `HELO user password` (RFC 937).
        Service::Pop2 => {
            starts(octets, b"HELO ").then(|| 5 + first_word(octets.get(5..).unwrap_or_default()))
        }
        Service::Pop1 => starts(octets, b"PASS ").then_some(5),
        Service::Poppassd if starts(octets, b"NEWPASS ") => Some(8),
        Service::Poppassd => starts(octets, b"PASS ").then_some(5),
        Service::Smtp | Service::Lmtp => None,
    };
    match keeps.and_then(|keeps| octets.get(..keeps)) {
        Some(kept) => Cow::Owned([kept, b"***\r\n"].concat()),
        None => Cow::Borrowed(octets),
    }
}

/// `AUTH PLAIN ` and what stands behind it, or a line that is nothing but base64: it may hold a password.
fn sasl(octets: &[u8]) -> Option<usize> {
    if starts(octets, b"AUTH ") {
        return octets.get(5..).map(|rest| 5 + first_word(rest)).filter(|kept| *kept > 5);
    }
    let line = octets.strip_suffix(b"\r\n")?;
    let letters = line.len() >= 8 && line.len().is_multiple_of(4);
    let is_base64 = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/' | b'=');
    (letters && line.iter().all(is_base64)).then_some(0)
}

fn starts(octets: &[u8], word: &[u8]) -> bool {
    octets.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// How long the first word is, with the space behind it.
fn first_word(octets: &[u8]) -> usize {
    memchr::memchr(b' ', octets).map_or(0, |at| at + 1)
}

/// `tag LOGIN user `: how long that is (RFC 3501 §6.2.3).
fn login(octets: &[u8]) -> Option<usize> {
    let tag = memchr::memchr(b' ', octets)? + 1;
    let rest = octets.get(tag..)?;
    if !starts(rest, b"LOGIN ") {
        return None;
    }
    let user = tag + 6;
    Some(user + first_word(octets.get(user..)?))
}
