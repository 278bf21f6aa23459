//! The client's octets: as they cross, or deflated once that was agreed on (RFC 4978).

use bytes::{Bytes, BytesMut};

use crate::desk::{Trouble, Wire};
use crate::protocol::imap::deflate::{Deflater, Inflater};
use crate::time::Instant;

/// A wire, and what COMPRESS put around it.
#[derive(Debug)]
pub struct Octets {
    /// The wire itself.
    pub wire: Wire,
    deflated: Option<Box<Deflated>>,
}

#[derive(Debug, Default)]
struct Deflated {
    deflater: Deflater,
    inflater: Inflater,
    /// What has come in and was not inflated.
    waiting: BytesMut,
    /// What was inflated and not read.
    plain: BytesMut,
}

/// How much is inflated at once.
const PIECE: usize = 16 << 10;

impl Octets {
    /// In clear.
    pub const fn new(wire: Wire) -> Self {
        Self { wire, deflated: None }
    }

    /// Deflated from here on, in both directions.
    pub async fn deflate(&mut self) -> Result<(), Trouble> {
        let mut deflated = Box::<Deflated>::default();
        let there = self.wire.buffered().len();
        deflated.waiting.extend_from_slice(&self.wire.read_exact(there).await?);
        self.deflated = Some(deflated);
        Ok(())
    }

    /// Sends octets; does not wait.
    pub async fn send(&mut self, octets: Vec<u8>) -> Result<(), Trouble> {
        let octets = match &mut self.deflated {
            Some(deflated) => deflated.deflater.deflate(&octets),
            None => octets,
        };
        self.wire.send(octets).await
    }

    /// Reads one line without its line end.
    pub async fn read_line(&mut self) -> Result<Bytes, Trouble> {
        if self.deflated.is_none() {
            return self.wire.read_line().await;
        }
        let mut searched = 0;
        loop {
            if let Some(deflated) = &mut self.deflated {
                if let Some(at) = memchr::memchr(b'\n', &deflated.plain[searched..]) {
                    let line = deflated.plain.split_to(searched + at + 1).freeze();
                    let end = line.len() - if line.ends_with(b"\r\n") { 2 } else { 1 };
                    return Ok(line.slice(..end));
                }
                searched = deflated.plain.len();
            }
            if searched > Wire::LINE_MAX {
                return Err(Trouble::LineTooLong);
            }
            self.more_until(None).await?;
        }
    }

    /// Reads exactly so many octets.
    pub async fn read_exact(&mut self, octets: usize) -> Result<Bytes, Trouble> {
        loop {
            match &mut self.deflated {
                None => return self.wire.read_exact(octets).await,
                Some(deflated) if deflated.plain.len() >= octets => {
                    return Ok(deflated.plain.split_to(octets).freeze());
                }
                Some(_) => {}
            }
            self.more_until(None).await?;
        }
    }

    /// What has arrived and was not read.
    pub fn buffered(&self) -> &[u8] {
        self.deflated.as_ref().map_or(self.wire.buffered(), |deflated| &deflated.plain)
    }

    /// Waits until anything more has arrived (`true`) or the moment has come (`false`).
    pub async fn more_until(&mut self, deadline: Option<Instant>) -> Result<bool, Trouble> {
        let Some(deflated) = &mut self.deflated else { return self.wire.more_until(deadline).await };
        loop {
            let (read, plain) = deflated
                .inflater
                .inflate(&deflated.waiting, PIECE)
                .map_err(|_| Trouble::Protocol("this is no deflate stream (RFC 4978)".to_owned()))?;
            if read > 0 || !plain.is_empty() {
                let _ = deflated.waiting.split_to(read);
                deflated.plain.extend_from_slice(&plain);
                if !plain.is_empty() {
                    return Ok(true);
                }
                continue;
            }
            if !self.wire.more_until(deadline).await? {
                return Ok(false);
            }
            let there = self.wire.buffered().len();
            deflated.waiting.extend_from_slice(&self.wire.read_exact(there).await?);
        }
    }
}
