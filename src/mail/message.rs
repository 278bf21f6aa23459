//! One message: exact bytes, and what is taken from them once.

use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest, Md5};

use super::body::{Body, BodyLost};
use super::mime::{self, Part};

/// Names a message inside one store: the order in which it entered. Copies in several mailboxes share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

/// An immutable message. Size, header, structure and digest are taken once, when the message is made, so that
/// a scan listing, a STATUS, an ENVELOPE or a BODYSTRUCTURE never touch the body.
#[derive(Clone, Debug)]
pub struct Message {
    body: Body,
    size: u32,
    header: Bytes,
    structure: Arc<Part>,
    digest: [u8; 16],
}

impl Message {
    /// The most octets that a message can have.
    pub const SIZE_MAX: usize = u32::MAX as usize;

    /// A message kept in memory. Octets beyond [`Message::SIZE_MAX`] are cut off: refuse such a message earlier.
    #[must_use]
    pub fn new(octets: impl Into<Bytes>) -> Self {
        let octets = octets.into();
        let octets = octets.slice(..octets.len().min(Self::SIZE_MAX));
        Self::with_body(Body::Memory(octets.clone()), &octets)
    }

    /// A message whose octets, given here once, are kept by `body`.
    #[must_use]
    pub fn with_body(body: Body, octets: &[u8]) -> Self {
        let structure = mime::parse(octets);
        let header = match &body {
            Body::Memory(bytes) => bytes.slice(..structure.body.start as usize),
            Body::Source { .. } => Bytes::copy_from_slice(&octets[..structure.body.start as usize]),
        };
        Self {
            body,
            size: octets.len() as u32,
            header,
            structure: Arc::new(structure),
            digest: Md5::digest(octets).into(),
        }
    }

    /// How many octets it has, each line end counted as two (RFC 1939 §11, RFC822.SIZE in RFC 3501 §2.3.4).
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// The header as it stands, with the empty line that ends it, if there is one.
    #[must_use]
    pub const fn header(&self) -> &Bytes {
        &self.header
    }

    /// The MIME structure; all ranges count from the message's first octet.
    #[must_use]
    pub fn structure(&self) -> &Part {
        &self.structure
    }

    /// MD5 over all octets: two messages with one digest are taken for the same octets.
    #[must_use]
    pub const fn digest(&self) -> [u8; 16] {
        self.digest
    }

    /// All octets.
    ///
    /// # Errors
    /// [`BodyLost`] when the source behind the message can no longer give them.
    pub fn octets(&self) -> Result<Bytes, BodyLost> {
        self.body.octets()
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.digest == other.digest
    }
}

impl Eq for Message {}
