//! A client's end of a connection: octets, lines and texts as they arrive.

use std::cell::RefCell;

use bytes::{Buf, Bytes, BytesMut};

use super::{Answer, Ask, ConnId, Desk, Trouble, done, trouble};
use crate::time::Instant;

/// So many octets of room are made for what arrives.
const ROOM: usize = 8 << 10;

/// One end of a connection, owned by the client that opened it.
///
/// Lines are cut here, on the client's side, from whatever has arrived: one question to the world brings all
/// that is there.
#[derive(Debug)]
pub struct Wire {
    desk: Desk,
    conn: ConnId,
    /// Octets that have arrived and were not read.
    arrived: BytesMut,
    /// What all octets go through.
    coat: Option<RefCell<Box<dyn Coat>>>,
}

/// What lies around all that is said on a wire from some moment on, such as the layer of a login.
pub trait Coat: std::fmt::Debug {
    /// The text as it is sent.
    fn sealed(&mut self, text: &[u8]) -> Vec<u8>;

    /// The text in what has arrived; nothing if somebody has changed it.
    fn opened(&mut self, octets: &[u8]) -> Option<Vec<u8>>;
}

fn torn() -> Trouble {
    Trouble::Protocol("what came is not signed as it should be".to_owned())
}

impl Wire {
    /// The wire of a connection that is up.
    pub(super) fn new(desk: Desk, conn: ConnId) -> Self {
        Self { desk, conn, arrived: BytesMut::new(), coat: None }
    }

    /// The longest line that a client keeps, in octets.
    pub const LINE_MAX: usize = 16 << 20;

    /// The longest text of many lines that a client keeps, in octets.
    pub const TEXT_MAX: usize = 1 << 30;

    /// The connection's name.
    #[must_use]
    pub const fn id(&self) -> ConnId {
        self.conn
    }

    /// The desk that the wire belongs to.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Sends octets; does not wait.
    ///
    /// # Errors
    /// [`Trouble::NoCarrier`] or [`Trouble::Closed`] when the connection is gone.
    pub async fn send(&self, octets: impl Into<Bytes>) -> Result<(), Trouble> {
        let octets = octets.into();
        let octets = match &self.coat {
            Some(coat) => coat.borrow_mut().sealed(&octets).into(),
            None => octets,
        };
        done(self.desk.ask(Ask::Send(self.conn, octets)).await)
    }

    /// All octets go through this from here on, those that have arrived and were not read, too.
    ///
    /// # Errors
    /// [`Trouble::Protocol`] if what has arrived does not fit.
    pub fn put_on(&mut self, mut coat: Box<dyn Coat>) -> Result<(), Trouble> {
        let text = coat.opened(&self.arrived).ok_or_else(torn)?;
        self.arrived = BytesMut::from(&text[..]);
        self.coat = Some(RefCell::new(coat));
        Ok(())
    }

    /// Octets that have arrived and were not read; does not wait.
    #[must_use]
    pub fn buffered(&self) -> &[u8] {
        &self.arrived
    }

    /// Waits until anything more has arrived.
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn more(&mut self) -> Result<(), Trouble> {
        self.more_until(None).await.map(|_| ())
    }

    /// Waits until anything more has arrived (`true`) or the moment has come (`false`).
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn more_until(&mut self, deadline: Option<Instant>) -> Result<bool, Trouble> {
        match self.desk.ask(Ask::Arrived(self.conn, deadline)).await {
            Answer::Arrived(bytes) => {
                let bytes = match &mut self.coat {
                    Some(coat) => coat.get_mut().opened(&bytes).ok_or_else(torn)?.into(),
                    None => bytes,
                };
                // A long text comes in many pieces: room for some of them is made at once.
                if self.arrived.capacity() - self.arrived.len() < bytes.len() {
                    self.arrived.reserve(bytes.len().max(ROOM));
                }
                self.arrived.extend_from_slice(&bytes);
                Ok(true)
            }
            Answer::TimedOut => Ok(false),
            other => Err(trouble(other)),
        }
    }

    /// Reads one line, without its CR LF (or its bare LF).
    ///
    /// # Errors
    /// [`Trouble::Closed`], [`Trouble::NoCarrier`] or [`Trouble::Stalled`] when no whole line will come;
    /// [`Trouble::LineTooLong`] beyond [`Wire::LINE_MAX`].
    pub async fn read_line(&mut self) -> Result<Bytes, Trouble> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.arrived[searched..]) {
                let line = &self.arrived[..searched + at];
                let line = Bytes::copy_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                self.arrived.advance(searched + at + 1);
                return Ok(line);
            }
            searched = self.arrived.len();
            if searched > Self::LINE_MAX {
                return Err(Trouble::LineTooLong);
            }
            self.more().await?;
        }
    }

    /// Reads up to and with `end`, over as many lines as it takes. `end` must not be empty.
    ///
    /// # Errors
    /// As [`Wire::read_line`]; [`Trouble::LineTooLong`] beyond [`Wire::TEXT_MAX`].
    pub async fn read_until(&mut self, end: &[u8]) -> Result<Bytes, Trouble> {
        let finder = memchr::memmem::Finder::new(end);
        let mut searched = 0;
        loop {
            if let Some(at) = finder.find(&self.arrived[searched..]) {
                let octets = searched + at + end.len();
                return self.read_exact(octets).await;
            }
            // The end may have arrived in part.
            searched = (self.arrived.len() + 1).saturating_sub(end.len().max(1));
            if searched > Self::TEXT_MAX {
                return Err(Trouble::LineTooLong);
            }
            self.more().await?;
        }
    }

    /// Reads exactly `octets` octets.
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn read_exact(&mut self, octets: usize) -> Result<Bytes, Trouble> {
        while self.arrived.len() < octets {
            self.more().await?;
        }
        Ok(self.arrived.split_to(octets).freeze())
    }

    /// Waits for `octets` octets and throws them away as they come.
    ///
    /// # Errors
    /// As [`Wire::read_line`].
    pub async fn skip(&mut self, octets: u64) -> Result<(), Trouble> {
        let mut left = octets;
        loop {
            let there = (self.arrived.len() as u64).min(left);
            self.arrived.advance(there as usize);
            left -= there;
            if left == 0 {
                return Ok(());
            }
            self.more().await?;
        }
    }

    /// Reads until the other end has closed, and throws away what comes.
    pub async fn read_to_end(&mut self) {
        while self.more().await.is_ok() {
            self.arrived.clear();
        }
    }

    /// Closes the connection from this end.
    pub async fn close(self) {
        self.desk.ask(Ask::Close(self.conn)).await;
    }
}

#[cfg(test)]
mod tests;
