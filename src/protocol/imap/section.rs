//! Sections: which octets of a message `BODY[...]` means (RFC 3501 §6.4.5).

use std::fmt;

use bytes::Bytes;

use super::item::{Section, SectionText};
use crate::mail::body::BodyLost;
use crate::mail::message::Message;
use crate::mail::mime::{Content, Part};

/// Why an item of a message cannot be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Its octets are no longer to be had.
    Lost(BodyLost),
    /// The part has a transfer encoding that nobody here knows (RFC 3516 §4.3).
    UnknownEncoding,
    /// One response would be many times as long as the message.
    TooMuch,
}

impl From<BodyLost> for Unreadable {
    fn from(lost: BodyLost) -> Self {
        Self::Lost(lost)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(lost) => lost.fmt(f),
            Self::UnknownEncoding => f.write_str("its transfer encoding is unknown here (RFC 3516 §4.3)"),
            Self::TooMuch => f.write_str("it is asked for too many times over: ask with more than one FETCH"),
        }
    }
}

/// A message, whose octets are asked for when they are first needed, and then kept for its other sections.
#[derive(Debug)]
pub struct Reader<'a> {
    /// The message.
    pub message: &'a Message,
    octets: Option<Bytes>,
}

impl<'a> Reader<'a> {
    /// A reader that has read nothing yet.
    #[must_use]
    pub const fn new(message: &'a Message) -> Self {
        Self { message, octets: None }
    }

    /// All octets.
    ///
    /// # Errors
    /// [`BodyLost`] when they are no longer to be had.
    pub fn octets(&mut self) -> Result<Bytes, BodyLost> {
        if let Some(octets) = &self.octets {
            return Ok(octets.clone());
        }
        let octets = self.message.octets()?;
        if octets.len() != self.message.size() as usize {
            return Err(BodyLost { reason: "its size has changed".to_owned() });
        }
        self.octets = Some(octets.clone());
        Ok(octets)
    }

    /// Octets of the message in `range`.
    ///
    /// # Errors
    /// As [`Reader::octets`].
    pub fn range(&mut self, range: &std::ops::Range<u32>) -> Result<Bytes, BodyLost> {
        let (start, end) = (range.start as usize, range.end as usize);
        let header = self.message.header();
        if end <= header.len() && start <= end {
            return Ok(header.slice(start..end));
        }
        let octets = self.octets()?;
        let end = end.min(octets.len());
        Ok(octets.slice(start.min(end)..end))
    }

    /// The octets of a section; `None` if the message has no such part.
    ///
    /// # Errors
    /// As [`Reader::octets`].
    pub fn section(&mut self, section: &Section) -> Result<Option<Bytes>, BodyLost> {
        let structure = self.message.structure();
        if section.path.is_empty() {
            return self.message_section(structure, &section.text).map(Some);
        }
        let Some(part) = structure.at(&section.path) else { return Ok(None) };
        match &section.text {
            SectionText::Whole => self.range(&part.body).map(Some),
            SectionText::Mime => self.range(&part.header).map(Some),
            // HEADER and TEXT behind part numbers belong to an enclosed message.
            text => match &part.content {
                Content::Message(inner) => self.message_section(inner, text).map(Some),
                _ => Ok(None),
            },
        }
    }

    fn message_section(&mut self, message: &Part, text: &SectionText) -> Result<Bytes, BodyLost> {
        match text {
            SectionText::Whole => self.range(&(message.header.start..message.body.end)),
            SectionText::Header | SectionText::Mime => self.range(&message.header),
            SectionText::Text => self.range(&message.body),
            SectionText::Fields { names, not } => {
                let header = self.range(&message.header)?;
                Ok(chosen_fields(&header, names, *not).into())
            }
        }
    }
}

/// Some fields of a header, folded lines whole, and the empty line that ends it, if it has one.
fn chosen_fields(header: &[u8], names: &[Vec<u8>], not: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for field in fields(header) {
        if names.iter().any(|name| field.is_called(name)) != not {
            out.extend_from_slice(field.raw);
        }
    }
    if header.ends_with(b"\r\n\r\n") || header == b"\r\n" {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// A header field as it stands: its lines with their line ends.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// All of it.
    pub raw: &'a [u8],
    name: &'a [u8],
}

impl Field<'_> {
    /// True if this is its name, in any case of letters.
    #[must_use]
    pub const fn is_called(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// What stands behind the colon, unfolded: line ends taken out (RFC 5322 §2.2.3).
    #[must_use]
    pub fn value(&self) -> Vec<u8> {
        let value = memchr::memchr(b':', self.raw).map_or(&b""[..], |colon| &self.raw[colon + 1..]);
        value.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect()
    }
}

/// The fields of a header in their order, up to the empty line that ends it. A line without a colon is a field
/// without a name.
pub fn fields(header: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = header;
    std::iter::from_fn(move || {
        if rest.is_empty() || rest.starts_with(b"\r\n") {
            return None;
        }
        let mut end = 0;
        loop {
            end = memchr::memchr(b'\n', &rest[end..]).map_or(rest.len(), |at| end + at + 1);
            if !matches!(rest.get(end), Some(b' ' | b'\t')) {
                break;
            }
        }
        let (raw, after) = rest.split_at(end);
        rest = after;
        let name = memchr::memchr(b':', raw).map_or(&b""[..], |colon| raw[..colon].trim_ascii_end());
        Some(Field { raw, name })
    })
}
