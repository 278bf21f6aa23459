//! A connection's octets between COMPRESS and the session: what comes in is inflated, what goes out deflated, and
//! commands are counted in the octets that really crossed (RFC 4978).

use std::collections::VecDeque;

use bytes::Bytes;

use super::deflate::{Broken, Deflater, Inflater};
use crate::session::{About, Out, Output};

/// Both directions of a connection whose octets are deflated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    inflater: Inflater,
    deflater: Deflater,
    /// What has come in and was not inflated.
    waiting: Vec<u8>,
    /// How many octets were inflated, and how many they had been.
    inflated: u64,
    consumed: u64,
    /// The same at earlier moments, as far as commands may still end there.
    marks: VecDeque<(u64, u64)>,
    /// Where the last command ended, in inflated octets and in those that came in.
    framed: (u64, u64),
}

/// How much is inflated at once: what one octet can stand for is bounded by it.
const PIECE: usize = 16 << 10;

impl Stream {
    /// Takes in what has arrived.
    pub fn push(&mut self, octets: &[u8]) {
        self.waiting.extend_from_slice(octets);
    }

    /// Inflates the next piece; `None` if nothing is left.
    ///
    /// # Errors
    /// [`Broken`] if what came in is no deflate stream.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let (consumed, plain) = self.inflater.inflate(&self.waiting, PIECE)?;
        if consumed == 0 && plain.is_empty() {
            return Ok(None);
        }
        self.waiting.drain(..consumed);
        self.consumed += consumed as u64;
        self.inflated += plain.len() as u64;
        match self.marks.back_mut() {
            Some(last) if last.0 == self.inflated => last.1 = self.consumed,
            _ => self.marks.push_back((self.inflated, self.consumed)),
        }
        Ok(Some(plain))
    }

    /// Puts what a session said into the octets that cross: everything from `from` on.
    pub fn deflate(&mut self, out: &mut Output, from: usize) {
        let items = out.items.split_off(from.min(out.items.len()));
        let mut plain: Vec<u8> = Vec::new();
        let mut lengths = Vec::new();
        for item in &items {
            if let Out::Write { bytes, .. } = item {
                plain.extend_from_slice(bytes);
                lengths.push(bytes.len());
            }
        }
        // One flush for all that is said at once, as servers do it.
        let deflated = if plain.is_empty() { Bytes::new() } else { self.deflater.deflate(&plain).into() };
        let mut shares = shares(&deflated, &lengths, plain.len()).into_iter();
        for item in items {
            match item {
                Out::Command { octets, text } => {
                    let octets = self.framed_octets(octets);
                    out.items.push(Out::Command { octets, text });
                }
                Out::Write { bytes, about } => {
                    let share = shares.next().unwrap_or_default();
                    let about = about.map(|about| about_deflated(about, bytes.len(), share.len()));
                    out.items.push(Out::Write { bytes: share, about });
                }
            }
        }
    }

    /// How many octets a command took that is so long when inflated. A command that ends within a flush gets its
    /// share by length.
    fn framed_octets(&mut self, plain: u64) -> u64 {
        let end = self.framed.0 + plain;
        let mut before = self.framed;
        while let Some(mark) = self.marks.front().copied().filter(|mark| mark.0 <= end) {
            before = mark;
            self.marks.pop_front();
        }
        let at = match self.marks.front() {
            Some(after) if end > before.0 => {
                let (span, octets) = (after.0 - before.0, after.1 - before.1);
                before.1 + (end - before.0) * octets / span.max(1)
            }
            _ => before.1,
        };
        if self.marks.front().is_some() {
            // What is left of the flush begins here.
            self.marks.push_front((end, at));
        }
        let octets = at - self.framed.1;
        self.framed = (end, at);
        octets
    }
}

/// Cuts deflated octets into parts in proportion to what they were: in a flush nobody can say which octet stands
/// for what.
fn shares(deflated: &Bytes, lengths: &[usize], plain: usize) -> Vec<Bytes> {
    let (mut done, mut from) = (0_u64, 0);
    lengths
        .iter()
        .map(|length| {
            done += *length as u64;
            let to = (done * deflated.len() as u64 / (plain as u64).max(1)) as usize;
            let share = deflated.slice(from..to.max(from));
            from = to;
            share
        })
        .collect()
}

/// Content in proportion to what is left of the write.
fn about_deflated(about: About, plain: usize, deflated: usize) -> About {
    let content = u64::from(about.content) * deflated as u64 / (plain as u64).max(1);
    About { content: u32::try_from(content).unwrap_or(u32::MAX), ..about }
}
