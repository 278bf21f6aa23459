//! ENCODING: the parts of a body under tags that are keys (RFC 1203, "ENCODING").
//!
//! RFC 1203 knew no MIME, which came a year later. Here the segments are the leaves of the MIME structure; the
//! encoding is the transfer encoding, and the media type is its option: `((G001 7BIT TEXT/PLAIN) (G002 BASE64
//! IMAGE/GIF))`. A message of one part that is not encoded has none: NIL.

use super::super::wire;
use crate::mail::mime::{Content, Part};

/// More segments than anybody asks for.
const SEGMENTS_MAX: usize = 999;

/// `G001`
#[must_use]
pub fn tag(number: usize) -> String {
    format!("G{number:03}")
}

/// The number of a tag, from 1; `None` if it is none.
#[must_use]
pub fn number(name: &[u8]) -> Option<usize> {
    let [b'G' | b'g', digits @ ..] = name else { return None };
    let number = std::str::from_utf8(digits).ok()?.parse().ok()?;
    (digits.len() == 3 && digits.iter().all(u8::is_ascii_digit) && number > 0).then_some(number)
}

/// True for text, and for parts that do not say what they are.
#[must_use]
pub fn is_text(part: &Part) -> bool {
    part.kind.eq_ignore_ascii_case("text")
}

/// The segments of a body, in order.
#[must_use]
pub fn segments(part: &Part) -> Vec<&Part> {
    let mut found = Vec::new();
    collect(part, &mut found);
    let is_plain = found.len() == 1 && matches!(part.content, Content::Leaf) && !is_encoded(part);
    if is_plain { Vec::new() } else { found }
}

fn collect<'a>(part: &'a Part, found: &mut Vec<&'a Part>) {
    match &part.content {
        Content::Multipart(parts) => parts.iter().for_each(|part| collect(part, found)),
        Content::Message(_) | Content::Leaf if found.len() < SEGMENTS_MAX => found.push(part),
        Content::Message(_) | Content::Leaf => {}
    }
}

fn is_encoded(part: &Part) -> bool {
    let plain = [&b"7bit"[..], b"8bit", b"binary"];
    !plain.iter().any(|known| encoding(part).eq_ignore_ascii_case(known))
}

/// The transfer encoding: 7BIT, if none is named (RFC 2045 §6.1).
fn encoding(part: &Part) -> &[u8] {
    part.encoding.as_deref().unwrap_or(b"7BIT")
}

/// `((G001 7BIT TEXT/PLAIN) ...)`, or NIL.
#[must_use]
pub fn list(structure: &Part) -> Vec<u8> {
    let segments = segments(structure);
    if segments.is_empty() {
        return b"NIL".to_vec();
    }
    let mut out = b"(".to_vec();
    for (nth, part) in segments.into_iter().enumerate() {
        out.extend_from_slice(if nth == 0 { b"(" } else { b" (" });
        out.extend_from_slice(tag(nth + 1).as_bytes());
        out.push(b' ');
        wire::astring(&mut out, &encoding(part).to_ascii_uppercase());
        out.push(b' ');
        wire::astring(&mut out, format!("{}/{}", part.kind, part.subtype).to_ascii_uppercase().as_bytes());
        out.push(b')');
    }
    out.push(b')');
    out
}
