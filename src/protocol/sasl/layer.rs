//! DIGEST-MD5's integrity layer: every buffer is counted, numbered and signed (RFC 2831 §2.3).
//!
//! ```text
//!   4 octets   length of all that follows
//!   n octets   the text, in clear
//!  10 octets   the first of HMAC-MD5(key, number ++ text)
//!   2 octets   0x0001, the version
//!   4 octets   the number, from 0
//! ```
//!
//! Twenty octets a buffer: that is the price of knowing that nobody changed a word.

use std::borrow::Cow;

use crate::mail::store::equal_in_constant_time;
use crate::session::{Out, Output};

use super::hash::Hash;

/// The two keys of a session, seen from one end.
#[derive(Clone, PartialEq)]
pub struct Layer {
    sends: Direction,
    reads: Direction,
    /// Octets that are no whole buffer yet.
    waiting: Vec<u8>,
    /// Octets of the stream that were the layer's own, and belong to no command yet.
    overhead: u64,
}

#[derive(Clone, Copy, PartialEq)]
struct Direction {
    key: [u8; 16],
    number: u32,
}

/// A buffer that is too long, or whose signature or number is wrong. The connection cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenLayer;

/// The layer of one session, from the login that begins it on: what comes in is opened before the session sees it, what it
/// says is sealed before it leaves. POP3, IMAP and SMTP speak through this one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sealing(Option<Box<Active>>);

/// A layer that was begun.
#[derive(Clone, Debug, PartialEq)]
struct Active {
    layer: Layer,
    /// So many items of the output of this call are not to be sealed.
    in_clear: usize,
    /// It ends with this call.
    ends: bool,
}

impl Sealing {
    /// A call of the session begins: what the output holds already was said by others.
    pub fn enter(&mut self, out: &Output) {
        if let Some(active) = &mut self.0 {
            active.in_clear = out.items.len();
        }
    }

    /// A login has brought a layer, and its welcome is the last thing in clear (RFC 2831 §2.3). `behind` is what came in
    /// behind it, and is wrapped: gives its text.
    ///
    /// # Errors
    /// As [`Layer::opened`].
    pub fn begin(&mut self, layer: Layer, behind: &[u8], out: &Output) -> Result<Vec<u8>, BrokenLayer> {
        let active = Box::new(Active { layer, in_clear: out.items.len(), ends: false });
        self.0.insert(active).layer.opened(behind)
    }

    /// What has come in, for the session.
    ///
    /// # Errors
    /// As [`Layer::opened`].
    pub fn opened<'a>(&mut self, octets: &'a [u8]) -> Result<Cow<'a, [u8]>, BrokenLayer> {
        match &mut self.0 {
            Some(active) => active.layer.opened(octets).map(Cow::Owned),
            None => Ok(Cow::Borrowed(octets)),
        }
    }

    /// The call ends: what the session has said is sealed.
    pub fn seal(&mut self, out: &mut Output) {
        let Some(active) = &mut self.0 else { return };
        active.layer.seal_output(out, std::mem::take(&mut active.in_clear));
        if active.ends {
            self.0 = None;
        }
    }

    /// The layer ends behind what this call says.
    pub fn end(&mut self) {
        if let Some(active) = &mut self.0 {
            active.ends = true;
        }
    }
}

/// Keys are not shown to those who debug.
impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Layer {{ sent: {}, read: {} }}", self.sends.number, self.reads.number)
    }
}

const SIGNATURE: usize = 10;
const VERSION: [u8; 2] = [0, 1];

impl Layer {
    /// What one end takes in one buffer, signature and all: the default of RFC 2831 §2.1.1, maxbuf.
    pub const BUFFER_MAX: usize = 65_536;

    /// What a buffer adds to its text.
    pub const OVERHEAD: usize = 4 + SIGNATURE + VERSION.len() + 4;

    /// The server's end, or the client's, for a login whose `H(A1)` is this.
    #[must_use]
    pub(super) fn new(h_a1: &[u8], is_server: bool) -> Self {
        let key = |of: &str| Direction { key: signing_key(h_a1, of), number: 0 };
        let (client, server) = (key("client-to-server"), key("server-to-client"));
        let (sends, reads) = if is_server { (server, client) } else { (client, server) };
        Self { sends, reads, waiting: Vec::new(), overhead: 0 }
    }

    /// The text as buffers.
    #[must_use]
    pub fn sealed(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + Self::OVERHEAD);
        for piece in text.chunks(Self::BUFFER_MAX - Self::OVERHEAD) {
            let number = self.sends.next();
            // A piece is shorter than BUFFER_MAX.
            let length = (piece.len() + Self::OVERHEAD - 4) as u32;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(piece);
            out.extend_from_slice(&signature(&self.sends.key, number, piece));
            out.extend_from_slice(&VERSION);
            out.extend_from_slice(&number);
        }
        out
    }

    /// Takes in what has arrived, and gives the text of all buffers that are whole.
    ///
    /// # Errors
    /// [`BrokenLayer`]: somebody has changed, lost or repeated something.
    pub fn opened(&mut self, octets: &[u8]) -> Result<Vec<u8>, BrokenLayer> {
        self.waiting.extend_from_slice(octets);
        let mut text = Vec::new();
        let mut start = 0;
        while let Some((length, rest)) = self.waiting[start..].split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            if !(Self::OVERHEAD - 4..=Self::BUFFER_MAX).contains(&length) {
                return Err(BrokenLayer);
            }
            let Some(buffer) = rest.get(..length) else { break };
            let (piece, seal) = buffer.split_at(length + 4 - Self::OVERHEAD);
            let number = self.reads.next();
            let right = [&signature(&self.reads.key, number, piece), &VERSION[..], &number].concat();
            if !equal_in_constant_time(&right, seal) {
                return Err(BrokenLayer);
            }
            text.extend_from_slice(piece);
            start += 4 + length;
            self.overhead += Self::OVERHEAD as u64;
        }
        self.waiting.drain(..start);
        Ok(text)
    }

    /// Seals what a session has written since `from`, and counts buffers of the client among its commands.
    fn seal_output(&mut self, out: &mut Output, from: usize) {
        for item in out.items.iter_mut().skip(from) {
            match item {
                Out::Command { octets, .. } => *octets += std::mem::take(&mut self.overhead),
                Out::Write { bytes, .. } => *bytes = self.sealed(bytes).into(),
            }
        }
    }
}

/// A client speaks through its layer.
impl crate::desk::Coat for Layer {
    fn sealed(&mut self, text: &[u8]) -> Vec<u8> {
        Self::sealed(self, text)
    }

    fn opened(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        Self::opened(self, octets).ok()
    }
}

impl Direction {
    fn next(&mut self) -> [u8; 4] {
        let number = self.number;
        self.number = number.wrapping_add(1);
        number.to_be_bytes()
    }
}

/// `Kic` and `Kis` (RFC 2831 §2.3).
fn signing_key(h_a1: &[u8], of: &str) -> [u8; 16] {
    let text = format!("Digest session key to {of} signing key magic constant");
    let mut key = [0; 16];
    key.iter_mut().zip(Hash::Md5.of(&[h_a1, text.as_bytes()])).for_each(|(to, from)| *to = from);
    key
}

fn signature(key: &[u8], number: [u8; 4], text: &[u8]) -> Vec<u8> {
    let mut signature = Hash::Md5.keyed(key, &[&number, text]);
    signature.truncate(SIGNATURE);
    signature
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_buffer_costs_twenty_octets_and_nobody_can_change_one() {
        let (mut client, server) =
            (Layer::new(b"0123456789abcdef", false), Layer::new(b"0123456789abcdef", true));
        let buffer = client.sealed(b"QUIT\r\n");
        assert_eq!(buffer.len(), 6 + Layer::OVERHEAD);
        assert!(memchr::memmem::find(&buffer, b"QUIT").is_some(), "it is signed, not hidden");
        assert_eq!(server.clone().opened(&buffer), Ok(b"QUIT\r\n".to_vec()));
        for at in 0..buffer.len() {
            let mut changed = buffer.clone();
            changed[at] ^= 1;
            assert_ne!(server.clone().opened(&changed), Ok(b"QUIT\r\n".to_vec()), "octet {at}");
        }
        let mut played_back = server;
        assert!(played_back.opened(&buffer).is_ok());
        assert_eq!(played_back.opened(&buffer), Err(BrokenLayer));
    }

    #[test]
    fn a_buffer_has_a_least_and_a_greatest_length() {
        let open = |length: u32| Layer::new(b"k", true).opened(&length.to_be_bytes());
        assert_eq!((open(15), open(16)), (Err(BrokenLayer), Ok(vec![])));
        assert_eq!((open(65_536), open(65_537)), (Ok(vec![]), Err(BrokenLayer)));
    }

    proptest! {
        #[test]
        fn text_arrives_however_it_is_cut(text in prop::collection::vec(any::<u8>(), 0..300), cut in 1..40_usize) {
            let (mut client, mut server) = (Layer::new(b"k", false), Layer::new(b"k", true));
            let mut arrived = Vec::new();
            for piece in text.chunks(cut) {
                for octet in server.sealed(piece) {
                    arrived.extend(client.opened(&[octet]).unwrap());
                }
            }
            prop_assert_eq!(arrived, text);
        }
    }
}
