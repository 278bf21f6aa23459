//! The MIME structure of a message, as octet ranges (RFC 2045, RFC 2046).

use std::ops::Range;

/// One part of a message; the whole message is the outermost part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Octets of the header, with the empty line that ends it. Empty for a part without one.
    pub header: Range<u32>,
    /// Octets of the body: what stands between the empty line and the next boundary's line end.
    pub body: Range<u32>,
    /// Text lines in the body.
    pub lines: u32,
    /// `text`, `multipart` ... as written; `text` if there is no valid Content-Type (RFC 2045 §5.2).
    pub kind: String,
    /// `plain`, `mixed` ... as written.
    pub subtype: String,
    /// Parameters of the Content-Type in their order: name as written, value without quotes.
    pub parameters: Vec<(String, Vec<u8>)>,
    /// What is inside.
    pub content: Content,
}

/// What a part contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Octets that are no further parts.
    Leaf,
    /// The parts of a multipart.
    Multipart(Vec<Part>),
    /// The message in a message/rfc822 part: its header is the inner message's.
    Message(Box<Part>),
}

/// Finds the structure of a message. Never fails: what is broken becomes text/plain.
#[must_use]
pub fn parse(octets: &[u8]) -> Part {
    let body = if octets.starts_with(b"\r\n") {
        2
    } else {
        memchr::memmem::find(octets, b"\r\n\r\n").map_or(octets.len(), |at| at + 4) as u32
    };
    Part {
        header: 0..body,
        body: body..octets.len() as u32,
        lines: memchr::memchr_iter(b'\n', &octets[body as usize..]).count() as u32,
        kind: "text".into(),
        subtype: "plain".into(),
        parameters: vec![],
        content: Content::Leaf,
    }
}
