//! Keys: a mailbox as a relation from keys to values (RFC 1203, "System Model and Philosophy").
//!
//! A generic key means the same in every mail format, a canonical key collects whatever is about one thing, and a
//! concrete key is the name of a header field. What a message does not have is NIL.

use super::super::address::{Address, addresses};
use super::super::section::{Reader, Unreadable, fields};
use super::encoding;
use super::feature::{Chosen, Feature};
use crate::mail::mime::{Content, Part};

/// What FETCH, STORE and SEARCH name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// `ENVELOPE`
    Envelope,
    /// `FLAGS`
    Flags,
    /// `INTERNALDATE`
    InternalDate,
    /// `RFC822`
    Rfc822,
    /// `RFC822.HEADER`
    Rfc822Header,
    /// `RFC822.SIZE`
    Rfc822Size,
    /// `RFC822.TEXT`
    Rfc822Text,
    /// `BODY`: what is not the header.
    Body,
    /// `HEADER`
    Header,
    /// `SIZE`: octets, with lines as they end here.
    Size,
    /// `TEXT`: the body; with ENCODING only its parts of text.
    Text,
    /// `BCC`, `CC`, `FROM`, `TO`: the addresses of a field.
    Addresses(&'static str),
    /// `SUBJECT`
    Subject,
    /// `$CC`, `$FROM`, `$SUBJECT`, `$TO`
    Canonical(Canonical),
    /// `ENCODING`: the parts of the body, each under a tag.
    Encoding,
    /// `G001`: what a tag of ENCODING stands for, counted from 1.
    Segment(usize),
    /// The name of a header field.
    Concrete(Vec<u8>),
}

/// A canonical key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canonical {
    /// `$CC`
    Cc,
    /// `$FROM`
    From,
    /// `$SUBJECT`
    Subject,
    /// `$TO`
    To,
}

impl Canonical {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cc => "$CC",
            Self::From => "$FROM",
            Self::Subject => "$SUBJECT",
            Self::To => "$TO",
        }
    }

    /// The header fields that it collects. Those of $TO are named by RFC 1203; the others are chosen in its spirit.
    #[must_use]
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Cc => &["cc", "resent-cc"],
            Self::From => &["from", "sender", "resent-from"],
            Self::Subject => &["subject"],
            Self::To => &["to", "resent-to", "apparently-to", "cc"],
        }
    }
}

/// The keys with names of their own.
const NAMED: [(&str, Key); 20] = [
    ("ENVELOPE", Key::Envelope),
    ("FLAGS", Key::Flags),
    ("INTERNALDATE", Key::InternalDate),
    ("RFC822", Key::Rfc822),
    ("RFC822.HEADER", Key::Rfc822Header),
    ("RFC822.SIZE", Key::Rfc822Size),
    ("RFC822.TEXT", Key::Rfc822Text),
    ("BODY", Key::Body),
    ("HEADER", Key::Header),
    ("SIZE", Key::Size),
    ("TEXT", Key::Text),
    ("BCC", Key::Addresses("BCC")),
    ("CC", Key::Addresses("CC")),
    ("FROM", Key::Addresses("FROM")),
    ("TO", Key::Addresses("TO")),
    ("SUBJECT", Key::Subject),
    ("$CC", Key::Canonical(Canonical::Cc)),
    ("$FROM", Key::Canonical(Canonical::From)),
    ("$SUBJECT", Key::Canonical(Canonical::Subject)),
    ("$TO", Key::Canonical(Canonical::To)),
];

/// What a key stands for in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Nil,
    /// A number.
    Number(u64),
    /// A text.
    Text(Vec<u8>),
    /// Several texts.
    List(Vec<Vec<u8>>),
    /// Data in its final form.
    Written(Vec<u8>),
}

impl Key {
    /// The key of this name, in any case of letters: what no other is called is the name of a header field.
    #[must_use]
    pub fn named(name: &[u8], chosen: &Chosen) -> Self {
        if let Some((_, key)) = NAMED.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name)) {
            return key.clone();
        }
        if chosen.has(Feature::Encoding) {
            if name.eq_ignore_ascii_case(b"ENCODING") {
                return Self::Encoding;
            }
            if let Some(number) = encoding::number(name) {
                return Self::Segment(number);
            }
        }
        Self::Concrete(name.to_vec())
    }

    /// As a response names it.
    #[must_use]
    pub fn label(&self) -> Vec<u8> {
        match self {
            Self::Concrete(name) => {
                let mut label = Vec::new();
                super::super::wire::astring(&mut label, &name.to_ascii_uppercase());
                label
            }
            Self::Encoding => b"ENCODING".to_vec(),
            Self::Segment(number) => encoding::tag(*number).into_bytes(),
            key => {
                let named = NAMED.iter().find(|(_, known)| known == key);
                named.map_or_else(Vec::new, |(name, _)| name.as_bytes().to_vec())
            }
        }
    }

    /// True if fetching it shows the message to its reader, so that AUTO.SET.SEEN applies.
    #[must_use]
    pub const fn shows_text(&self) -> bool {
        matches!(self, Self::Rfc822 | Self::Rfc822Text)
    }

    /// True if it stands for text of which some octets can be asked.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        !matches!(
            self,
            Self::Envelope
                | Self::Flags
                | Self::InternalDate
                | Self::Rfc822Size
                | Self::Size
                | Self::Encoding
        )
    }

    /// Its value in a message. Flags, internal date and envelope are the mailbox's or have a form of their own.
    ///
    /// # Errors
    /// [`Unreadable`] if the message's octets are not to be had.
    pub fn value(&self, reader: &mut Reader<'_>, chosen: &Chosen) -> Result<Value, Unreadable> {
        let message = reader.message;
        let header = message.header();
        let structure = message.structure();
        let generic = |octets: &[u8]| Value::Text(with_eol(octets, chosen));
        Ok(match self {
            Self::Envelope | Self::Flags | Self::InternalDate => Value::Nil,
            Self::Rfc822 => Value::Text(reader.octets()?.to_vec()),
            Self::Rfc822Header => Value::Text(header.to_vec()),
            Self::Rfc822Text => Value::Text(reader.range(&structure.body)?.to_vec()),
            Self::Rfc822Size => Value::Number(u64::from(message.size())),
            Self::Body => generic(&reader.range(&structure.body)?),
            Self::Header => generic(header),
            // RFC 1203, ENCODING: the key means only parts of text from then on.
            Self::Text if chosen.has(Feature::Encoding) => {
                let mut text = Vec::new();
                text_parts(structure, reader, &mut text)?;
                generic(&text)
            }
            Self::Text => generic(&reader.range(&structure.body)?),
            Self::Size => Value::Number(size_with_eol(&reader.octets()?, chosen)),
            Self::Addresses(name) => list(addresses_of(header, &[name])),
            Self::Subject => first(values(header, &["subject"])),
            Self::Canonical(Canonical::Subject) => first(values(header, Canonical::Subject.fields())),
            Self::Canonical(key) => list(addresses_of(header, key.fields())),
            Self::Encoding => Value::Written(encoding::list(structure)),
            Self::Segment(number) => match encoding::segments(structure).get(number - 1) {
                Some(part) => Value::Text(reader.range(&part.body)?.to_vec()),
                None => Value::Nil,
            },
            Self::Concrete(name) => {
                let name = String::from_utf8_lossy(name);
                list(values(header, &[&name]))
            }
        })
    }
}

/// One text stands for itself, several stand in parentheses, none is NIL.
fn list(mut texts: Vec<Vec<u8>>) -> Value {
    match texts.len() {
        0 => Value::Nil,
        1 => texts.pop().map_or(Value::Nil, Value::Text),
        _ => Value::List(texts),
    }
}

fn first(texts: Vec<Vec<u8>>) -> Value {
    texts.into_iter().next().map_or(Value::Nil, Value::Text)
}

/// The values of all fields of these names, in the order of the names.
fn values(header: &[u8], names: &[&str]) -> Vec<Vec<u8>> {
    let of = |name: &str| {
        let called = fields(header).filter(|field| field.is_called(name.as_bytes()));
        called.map(|field| field.value().trim_ascii().to_vec()).collect::<Vec<_>>()
    };
    names.iter().flat_map(|name| of(name)).collect()
}

/// The addresses of these fields, each once, as a header would have them.
fn addresses_of(header: &[u8], names: &[&str]) -> Vec<Vec<u8>> {
    let mut seen = std::collections::BTreeSet::new();
    let mut found = Vec::new();
    for value in values(header, names) {
        for address in addresses(&value) {
            let Address::Mailbox { name, local, host, .. } = address else { continue };
            let mut spec = local;
            if !host.is_empty() {
                spec = [&spec[..], b"@", &host].concat();
            }
            if seen.insert(spec.to_ascii_lowercase()) {
                found.push(match name {
                    Some(name) => [&name[..], b" <", &spec, b">"].concat(),
                    None => spec,
                });
            }
        }
    }
    found
}

/// Adds the parts of text, enclosed messages among them.
fn text_parts(part: &Part, reader: &mut Reader<'_>, text: &mut Vec<u8>) -> Result<(), Unreadable> {
    match &part.content {
        Content::Multipart(parts) => parts.iter().try_for_each(|part| text_parts(part, reader, text)),
        Content::Message(inner) => text_parts(inner, reader, text),
        Content::Leaf if encoding::is_text(part) => {
            text.extend_from_slice(&reader.range(&part.body)?);
            Ok(())
        }
        Content::Leaf => Ok(()),
    }
}

/// The octets with their lines ended as the client has chosen.
fn with_eol(octets: &[u8], chosen: &Chosen) -> Vec<u8> {
    let eol = chosen.eol.octets();
    if eol == b"\r\n" {
        return octets.to_vec();
    }
    let mut out = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(at) = memchr::memmem::find(rest, b"\r\n") {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(eol);
        rest = &rest[at + 2..];
    }
    out.extend_from_slice(rest);
    out
}

fn size_with_eol(octets: &[u8], chosen: &Chosen) -> u64 {
    let lines = memchr::memmem::find_iter(octets, b"\r\n").count();
    (octets.len() - 2 * lines + chosen.eol.octets().len() * lines) as u64
}
