//! The MIME structure of a message, as octet ranges and raw values (RFC 2045, RFC 2046, RFC 2183).
//!
//! ```text
//! Part ── header, body                                a leaf: text, picture, anything
//!  ├─ Multipart: Part, Part, …                        between boundary lines
//!  └─ Message: Part                                   message/rfc822: a message in a message
//! ```
//!
//! What IMAP's BODYSTRUCTURE and section numbers need (RFC 3501 §7.4.2, §6.4.5) is taken once, when a message
//! is entered. Values stand as they are in the header: case kept, nothing decoded; [`super::decode`] does that.
//!
//! Nothing is ever refused. What is broken is text/plain, as RFC 2045 §5.2 advises; limits keep the cost linear.

mod fields;
mod parse;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use parse::{DEPTH_MAX, PARTS_MAX, parse};

/// One part of a message; the whole message is the outermost part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Octets of the header, with the empty line that ends it. Empty for a part without one.
    pub header: Range<u32>,
    /// Octets of the body: what stands between the empty line and the next boundary's line end, which belongs
    /// to the boundary (RFC 2046 §5.1.1).
    pub body: Range<u32>,
    /// Line ends in the body. A last line without one is not counted, as Dovecot and others do it: a part whose
    /// one line is ended by a boundary has 0 lines.
    pub lines: u32,
    /// `text`, `multipart` ... as written; `text` if there is no valid Content-Type (RFC 2045 §5.2).
    pub kind: String,
    /// `plain`, `mixed` ... as written.
    pub subtype: String,
    /// Parameters of the Content-Type in their order: name as written, value without quotes.
    pub parameters: Vec<(String, Vec<u8>)>,
    /// Content-Transfer-Encoding as written; `None` stands for 7BIT (RFC 2045 §6.1).
    pub encoding: Option<Box<[u8]>>,
    /// Fields that most parts do not have.
    pub details: Option<Box<Details>>,
    /// What is inside.
    pub content: Content,
}

/// The rarer fields of a part, unfolded and without spaces at their ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Content-ID, with its angle brackets (RFC 2045 §7).
    pub id: Option<Vec<u8>>,
    /// Content-Description (RFC 2045 §8).
    pub description: Option<Vec<u8>>,
    /// Content-MD5 (RFC 1864).
    pub md5: Option<Vec<u8>>,
    /// Content-Disposition (RFC 2183).
    pub disposition: Option<Disposition>,
    /// Content-Language: the tags in their order (RFC 3282).
    pub language: Vec<Vec<u8>>,
    /// Content-Location (RFC 2557 §4).
    pub location: Option<Vec<u8>>,
    /// The header of the message inside a message/rfc822 part: its envelope is shown with the structure, and
    /// must not cost a look at the body.
    pub message_header: Option<Box<[u8]>>,
}

/// How a part wants to be shown (RFC 2183 §2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposition {
    /// `inline`, `attachment` ... as written.
    pub kind: String,
    /// Parameters in their order: name as written, value without quotes.
    pub parameters: Vec<(String, Vec<u8>)>,
}

/// What a part contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Octets that are no further parts.
    Leaf,
    /// The parts of a multipart; at least one.
    Multipart(Vec<Part>),
    /// The message in a message/rfc822 part: its header is the inner message's.
    Message(Box<Part>),
}

impl Part {
    /// The part that IMAP's section numbers name, counted from this message (RFC 3501 §6.4.5).
    ///
    /// Part 1 of a message that is no multipart is that message's body: its [`Part::body`] is what `BODY[1]`
    /// means. Numbers that follow a message/rfc822 part go on inside the message in it. No numbers name the
    /// message itself.
    #[must_use]
    pub fn at(&self, path: &[u32]) -> Option<&Self> {
        // `Err` stands at a message, whose single part still has to be named by a 1; `Ok` stands at a part.
        let mut at = Err(self);
        for number in path {
            let (Ok(here) | Err(here)) = at;
            at = match (&here.content, at) {
                (Content::Multipart(parts), _) => Ok(parts.get((*number as usize).checked_sub(1)?)?),
                (_, Err(message)) if *number == 1 => Ok(message),
                (Content::Message(inner), Ok(_)) => match &inner.content {
                    Content::Multipart(parts) => Ok(parts.get((*number as usize).checked_sub(1)?)?),
                    _ if *number == 1 => Ok(inner),
                    _ => return None,
                },
                _ => return None,
            };
        }
        let (Ok(here) | Err(here)) = at;
        Some(here)
    }

    /// The media type is this one, in any case of letters.
    #[must_use]
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// The first parameter of the Content-Type with this name, in any case of letters.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&[u8]> {
        parameter(&self.parameters, name)
    }

    /// Content-Transfer-Encoding, `7BIT` if there is none.
    #[must_use]
    pub fn encoding(&self) -> &[u8] {
        self.encoding.as_deref().unwrap_or(b"7BIT")
    }

    /// The message in a message/rfc822 part.
    #[must_use]
    pub fn message(&self) -> Option<&Self> {
        match &self.content {
            Content::Message(inner) => Some(inner),
            Content::Leaf | Content::Multipart(_) => None,
        }
    }

    /// The header of the message in a message/rfc822 part, with the empty line that ends it.
    #[must_use]
    pub fn message_header(&self) -> Option<&[u8]> {
        self.details.as_ref()?.message_header.as_deref()
    }

    /// All leaves in their order; those of inner messages too.
    pub fn leaves(&self) -> impl Iterator<Item = &Self> {
        let mut ahead = vec![self];
        std::iter::from_fn(move || {
            loop {
                let part = ahead.pop()?;
                match &part.content {
                    Content::Leaf => return Some(part),
                    Content::Multipart(parts) => ahead.extend(parts.iter().rev()),
                    Content::Message(inner) => ahead.push(inner),
                }
            }
        })
    }
}

/// The first parameter with this name, in any case of letters.
fn parameter<'a>(parameters: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a [u8]> {
    parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_slice())
}
