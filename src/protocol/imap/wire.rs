//! Strings and flags as they go over the wire (RFC 3501 §4.3, §9).

use crate::mail::flags::Flags;
use crate::mail::store::Mailbox;

/// `nstring`: NIL, or a string.
pub fn nstring(out: &mut Vec<u8>, text: Option<&[u8]>) {
    match text {
        Some(text) => string(out, text),
        None => out.extend_from_slice(b"NIL"),
    }
}

/// `string`: in quotes if it can be, else as a literal. 8-bit octets, CR, LF and NUL never stand in quotes.
pub fn string(out: &mut Vec<u8>, text: &[u8]) {
    if text.iter().any(|octet| !matches!(octet, 1..=0x7f) || matches!(octet, b'\r' | b'\n')) {
        return literal(out, text);
    }
    out.push(b'"');
    for octet in text {
        if matches!(octet, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*octet);
    }
    out.push(b'"');
}

/// `literal`; the empty string is written in quotes, which is shorter.
pub fn literal(out: &mut Vec<u8>, octets: &[u8]) {
    if octets.is_empty() {
        out.extend_from_slice(b"\"\"");
        return;
    }
    out.extend_from_slice(format!("{{{}}}\r\n", octets.len()).as_bytes());
    out.extend_from_slice(octets);
}

/// `astring`: a mailbox's name, bare if it can be.
pub fn astring(out: &mut Vec<u8>, text: &[u8]) {
    let is_bare = !text.is_empty()
        && text.iter().all(|octet| super::lexer::is_astring_char(*octet))
        && !text.eq_ignore_ascii_case(b"NIL");
    if is_bare { out.extend_from_slice(text) } else { string(out, text) }
}

/// A mailbox's name in UTF-8: in quotes, which may hold it once that is agreed on (RFC 6855 §3).
pub fn utf8_astring(out: &mut Vec<u8>, text: &str) {
    if text.is_ascii() {
        return astring(out, text.as_bytes());
    }
    out.push(b'"');
    for octet in text.bytes() {
        if matches!(octet, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(octet);
    }
    out.push(b'"');
}

/// The flags of a message in parentheses: system flags, `\Recent` if this session has it, keywords.
pub fn flags(out: &mut Vec<u8>, flags: Flags, recent: bool, mailbox: Option<&Mailbox>) {
    out.push(b'(');
    let mut gap = false;
    let mut put = |name: &str| {
        if std::mem::replace(&mut gap, true) {
            out.push(b' ');
        }
        out.extend_from_slice(name.as_bytes());
    };
    for (flag, name) in Flags::SYSTEM {
        if flags.contains(flag) {
            put(name);
        }
    }
    if recent {
        put("\\Recent");
    }
    for name in mailbox.into_iter().flat_map(|mailbox| mailbox.keyword_names(flags)) {
        put(name);
    }
    out.push(b')');
}

/// The text with `§` spelled out: response text is 7-bit (RFC 3501 §9, resp-text).
#[must_use]
pub fn seven_bit(text: &str) -> String {
    text.replace('§', "section ").chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect()
}
