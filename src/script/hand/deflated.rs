//! A connection on which COMPRESS was agreed (RFC 4978): a person types and reads text, deflate is what crosses.

use bytes::BytesMut;

use crate::desk::Trouble;
use crate::protocol::imap::deflate::{Deflater, Inflater};

/// Both directions, at the client's end.
#[derive(Clone, Debug, Default)]
pub(super) struct Deflated {
    deflater: Deflater,
    inflater: Inflater,
    /// What has arrived and was not inflated.
    waiting: BytesMut,
}

/// How much is inflated at once.
const PIECE: usize = 16 << 10;

impl Deflated {
    /// From the agreement on; so much has arrived behind it.
    pub(super) fn after(waiting: BytesMut) -> Self {
        Self { waiting, ..Self::default() }
    }

    /// What crosses in place of `plain`.
    pub(super) fn deflate(&mut self, plain: &[u8]) -> Vec<u8> {
        self.deflater.deflate(plain)
    }

    /// Appends what the octets that arrived say.
    ///
    /// # Errors
    /// They are no deflate stream.
    pub(super) fn inflate(&mut self, arrived: &[u8], plain: &mut BytesMut) -> Result<(), Trouble> {
        self.waiting.extend_from_slice(arrived);
        loop {
            let (read, piece) = self
                .inflater
                .inflate(&self.waiting, PIECE)
                .map_err(|_| Trouble::Protocol("this is no deflate stream (RFC 4978)".to_owned()))?;
            if read == 0 && piece.is_empty() {
                return Ok(());
            }
            let _ = self.waiting.split_to(read);
            plain.extend_from_slice(&piece);
        }
    }
}
