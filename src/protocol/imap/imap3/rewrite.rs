//! A message whose header, field, text or part has another value (RFC 1203, STORE).

use super::super::section::fields;
use super::encoding;
use super::feature::{Chosen, Feature};
use super::key::Key;
use crate::mail::message::Message;

/// The octets of the message with another value of a key; `None` takes a field away.
///
/// # Errors
/// Why that cannot be.
pub fn rewritten(
    message: &Message,
    key: &Key,
    value: Option<&[u8]>,
    chosen: &Chosen,
) -> Result<Vec<u8>, String> {
    let octets = message.octets().map_err(|lost| lost.to_string())?;
    let header = message.header();
    let body = octets.get(header.len()..).unwrap_or_default();
    let text = value.unwrap_or_default();
    Ok(match key {
        Key::Rfc822Header => [&whole_header(text)?[..], body].concat(),
        Key::Header => [&whole_header(&with_crlf(text, chosen))?[..], body].concat(),
        Key::Text if chosen.has(Feature::Encoding) => {
            return Err("with ENCODING a part is stored under its tag".to_owned());
        }
        Key::Rfc822Text => [header_before_text(header).as_slice(), text].concat(),
        Key::Body | Key::Text => [header_before_text(header).as_slice(), &with_crlf(text, chosen)].concat(),
        Key::Segment(number) => {
            let segments = encoding::segments(message.structure());
            let part = segments.get(number - 1).ok_or("there is no part of this tag")?;
            let (start, end) = (part.body.start as usize, part.body.end as usize);
            let [before, after] = [octets.get(..start), octets.get(end..)].map(Option::unwrap_or_default);
            [before, text, after].concat()
        }
        Key::Addresses(name) => [&with_field(header, &capitalized(name), value)?[..], body].concat(),
        Key::Subject => [&with_field(header, "Subject", value)?[..], body].concat(),
        Key::Concrete(name) => {
            let name = String::from_utf8_lossy(name).into_owned();
            [&with_field(header, &name, value)?[..], body].concat()
        }
        _ => return Err("this key cannot be stored".to_owned()),
    })
}

/// A header as a client gives it, with the empty line that ends it.
fn whole_header(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut text = text;
    while let Some(rest) = text.strip_suffix(b"\r\n") {
        text = rest;
    }
    if memchr::memmem::find(text, b"\r\n\r\n").is_some() || text.starts_with(b"\r\n") {
        return Err("an empty line within a header would end it".to_owned());
    }
    let is_bare = |at: usize| match text.get(at) {
        Some(b'\r') => text.get(at + 1) != Some(&b'\n'),
        _ => at.checked_sub(1).and_then(|at| text.get(at)) != Some(&b'\r'),
    };
    if memchr::memchr2_iter(b'\r', b'\n', text).any(is_bare) {
        return Err("the lines of a header end in CR LF".to_owned());
    }
    Ok(if text.is_empty() { b"\r\n".to_vec() } else { [text, b"\r\n\r\n"].concat() })
}

/// The header, and the empty line that a text needs before it.
fn header_before_text(header: &[u8]) -> Vec<u8> {
    match header {
        _ if header == b"\r\n" || header.ends_with(b"\r\n\r\n") => header.to_vec(),
        _ if header.is_empty() || header.ends_with(b"\r\n") => [header, b"\r\n"].concat(),
        _ => [header, b"\r\n\r\n"].concat(),
    }
}

/// The header with one field of this name, at the place of the first; at the end, if there was none.
fn with_field(header: &[u8], name: &str, value: Option<&[u8]>) -> Result<Vec<u8>, String> {
    if name.is_empty() || !name.bytes().all(|octet| matches!(octet, b'!'..=b'~') && octet != b':') {
        return Err("this cannot be the name of a header field".to_owned());
    }
    let mut field = Vec::new();
    if let Some(value) = value {
        if value.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            return Err("the value of a field is one line".to_owned());
        }
        field = [name.as_bytes(), b": ", value, b"\r\n"].concat();
    }
    let mut out = Vec::with_capacity(header.len() + field.len());
    let mut left = 0;
    for old in fields(header) {
        left += old.raw.len();
        if old.is_called(name.as_bytes()) {
            out.append(&mut field);
        } else {
            out.extend_from_slice(old.raw);
        }
    }
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.append(&mut field);
    let end = header.get(left..).unwrap_or_default();
    out.extend_from_slice(if end.is_empty() { b"\r\n" } else { end });
    Ok(out)
}

/// `SUBJECT` as a header has it.
fn capitalized(name: &str) -> String {
    let (first, rest) = name.split_at(1.min(name.len()));
    first.to_owned() + &rest.to_ascii_lowercase()
}

/// The text with its lines ended by CR LF, where its client ends them otherwise.
fn with_crlf(text: &[u8], chosen: &Chosen) -> Vec<u8> {
    let eol = chosen.eol.octets();
    if eol == b"\r\n" {
        return text.to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, eol) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"\r\n");
        rest = &rest[at + eol.len()..];
    }
    out.extend_from_slice(rest);
    out
}
