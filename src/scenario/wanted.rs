//! What of a message a reader wants: the octets that no strategy can do without.

use std::ops::Range;

use super::habits::Opens;
use crate::mail::message::Message;
use crate::mail::mime::{Content, Part};

/// The octet ranges of a message that a reader looks at, in order. Headers are no part of them unless the whole
/// message is.
#[must_use]
pub fn wanted_ranges(message: &Message, opens: Opens) -> Vec<Range<u32>> {
    match opens {
        Opens::All => std::iter::once(0..message.size()).collect(),
        Opens::Text => text_parts(message.structure()).into_iter().map(|part| part.body.clone()).collect(),
    }
}

/// How many octets of text a reader has to get through.
#[must_use]
pub fn text_octets(message: &Message) -> u64 {
    text_parts(message.structure())
        .into_iter()
        .map(|part| u64::from(part.body.end.saturating_sub(part.body.start)))
        .sum()
}

/// The parts that a reader without interest in attachments looks at: every text leaf that does not call itself
/// an attachment (RFC 2183 §2.2), but of the alternatives (RFC 2046 §5.1.4) only one, plain text if there is any.
#[must_use]
pub fn text_parts(part: &Part) -> Vec<&Part> {
    match &part.content {
        Content::Leaf if is_readable_text(part) => vec![part],
        Content::Leaf => vec![],
        Content::Message(inner) => text_parts(inner),
        Content::Multipart(parts) if part.subtype.eq_ignore_ascii_case("alternative") => {
            let plain = parts.iter().find(|part| is_readable_text(part) && part.is("text", "plain"));
            plain.map(|part| vec![part]).or_else(|| first_with_text(parts)).unwrap_or_default()
        }
        Content::Multipart(parts) => parts.iter().flat_map(text_parts).collect(),
    }
}

fn first_with_text(parts: &[Part]) -> Option<Vec<&Part>> {
    parts.iter().map(text_parts).find(|texts| !texts.is_empty())
}

fn is_readable_text(part: &Part) -> bool {
    let disposition = part.details.as_ref().and_then(|details| details.disposition.as_ref());
    let attached = disposition.is_some_and(|disposition| disposition.kind.eq_ignore_ascii_case("attachment"));
    part.kind.eq_ignore_ascii_case("text") && !attached
}
