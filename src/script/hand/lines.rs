//! What is said on a connection: octets that are sent, and lines that are read.

use std::borrow::Cow;

use bytes::Bytes;

use super::deflated::Deflated;
use super::{Hand, Turn};
use crate::desk::{Answer, Ask, Service, Trouble};
use crate::world::{Conn, Waiting};

impl Hand {
    /// Sends octets; does not wait.
    ///
    /// # Errors
    /// The connection is closed or lost.
    pub fn send(&mut self, peer: usize, octets: &[u8]) -> Result<(), Trouble> {
        let Some(place) = self.peers.get_mut(peer) else { return Err(Trouble::NoCarrier) };
        if place.turn == Turn::MailHost {
            return Err(Trouble::Protocol("the mail host here has this connection since TURN".to_owned()));
        }
        if place.service == Service::Smtp && octets.trim_ascii().eq_ignore_ascii_case(b"TURN") {
            place.turn = Turn::Asked;
        }
        place.answers.sent(octets);
        let (id, chair) = (place.id, place.chair);
        let on_the_wire = match &mut place.deflated {
            Some(deflated) => Cow::Owned(deflated.deflate(octets)),
            None => Cow::Borrowed(octets),
        };
        let on_the_wire = place.coat.sealed(&on_the_wire);
        let cut = if self.by_octet { 1 } else { on_the_wire.len().max(1) };
        for piece in on_the_wire.chunks(cut) {
            self.ask(chair, &Ask::Send(id, Bytes::copy_from_slice(piece)))?;
        }
        Ok(())
    }

    /// The server's next line, without its line end, if it says one: time passes until the line is there or the
    /// server has no more to say.
    ///
    /// # Errors
    /// The connection is closed or lost, and no whole line is left.
    pub fn next_line(&mut self, peer: usize) -> Result<Option<Bytes>, Trouble> {
        let line = if self.look_ahead(peer)?.is_some() { self.take_line(peer) } else { None };
        if line.is_some() {
            self.shake_hands(peer)?;
        }
        Ok(line)
    }

    /// As [`Hand::next_line`], and leaves the line where it is.
    ///
    /// # Errors
    /// As [`Hand::next_line`].
    pub fn look_ahead(&mut self, peer: usize) -> Result<Option<Bytes>, Trouble> {
        while self.peek(peer).is_none() {
            if !self.more(peer)? {
                return Ok(None);
            }
        }
        let line = self.peek(peer).and_then(|end| self.peers.get(peer)?.arrived.get(..end));
        Ok(line.map(|line| Bytes::copy_from_slice(line.strip_suffix(b"\r").unwrap_or(line))))
    }

    /// What has arrived and is no whole line.
    #[must_use]
    pub fn unfinished(&self, peer: usize) -> &[u8] {
        self.peers.get(peer).map_or(&[], |peer| &peer.arrived)
    }

    /// Where the first line that has arrived ends.
    fn peek(&mut self, peer: usize) -> Option<usize> {
        let peer = self.peers.get_mut(peer)?;
        let found = memchr::memchr(b'\n', peer.arrived.get(peer.searched..)?);
        match found {
            Some(at) => Some(peer.searched + at),
            None => {
                peer.searched = peer.arrived.len();
                None
            }
        }
    }

    fn take_line(&mut self, peer: usize) -> Option<Bytes> {
        let end = self.peek(peer)?;
        let peer = self.peers.get_mut(peer)?;
        let mut line = peer.arrived.split_to(end + 1).freeze();
        peer.searched = 0;
        line.truncate(end);
        if line.last() == Some(&b'\r') {
            line.truncate(end - 1);
        }
        if peer.answers.agrees_to_deflate(&line) {
            peer.deflated = Some(Box::new(Deflated::after(peer.arrived.split())));
        }
        peer.answers.read(&line);
        if peer.turn == Turn::Asked && peer.answers.is_complete() {
            peer.turn = if line.starts_with(b"250") { Turn::MailHost } else { Turn::Hand };
            if peer.turn == Turn::MailHost {
                let (id, chair) = (peer.id, peer.chair);
                self.hand_over(id, chair);
            }
        }
        Some(line)
    }

    /// Lets time pass until more has arrived; false once the server has no more to say.
    fn more(&mut self, peer: usize) -> Result<bool, Trouble> {
        let Some((id, chair, turn)) = self.peers.get(peer).map(|peer| (peer.id, peer.chair, peer.turn))
        else {
            return Err(Trouble::NoCarrier);
        };
        if turn == Turn::MailHost {
            return Ok(false);
        }
        let waiting = Waiting::Octets(id, None);
        loop {
            match self.world.poll(self.number_of(chair), &waiting) {
                Some(Answer::Arrived(octets)) => {
                    let Some(peer) = self.peers.get_mut(peer) else { return Err(Trouble::NoCarrier) };
                    let octets = peer.coat.opened(octets)?;
                    match &mut peer.deflated {
                        Some(deflated) => deflated.inflate(&octets, &mut peer.arrived)?,
                        None => peer.arrived.extend_from_slice(&octets),
                    }
                    return Ok(true);
                }
                Some(Answer::Failed(trouble)) => return Err(trouble),
                Some(_) => return Err(Trouble::Stalled),
                None => {}
            }
            if self.world.conn(id).is_none_or(Conn::is_quiet) || !self.step() {
                return Ok(false);
            }
        }
    }
}
