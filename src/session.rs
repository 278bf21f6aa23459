//! The contract that all protocol servers share: bytes in, bytes out, plus the store they are lent.
//!
//! 1. The world opens a session ([`Session::open`]: greet), then hands it bytes as they arrive
//!    ([`Session::receive`], cut anywhere), tells it when somebody else changed the store
//!    ([`Session::notice`]), when its deadline has come ([`Session::wake`]), and when the peer has left
//!    ([`Session::gone`]).
//! 2. After each call it reads the [`Output`]: commands as they were framed and the writes that answer them, in
//!    order; the next deadline; whether to close.
//!
//! A session knows no socket, clock, thread or chance, and it is a value: `Clone` and `PartialEq`.

use bytes::Bytes;

use crate::mail::message::MessageId;
use crate::mail::store::Store;
use crate::time::Instant;

/// What a session has to say after one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Commands framed and bytes to send, in order.
    pub items: Vec<Out>,
    /// When to call [`Session::wake`]: an absolute moment that replaces the earlier one. `None` keeps it.
    pub wake: Option<Instant>,
    /// Close the connection once all writes are sent.
    pub close: bool,
}

/// One thing that a session did.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// The session has just framed a command: the next `octets` bytes of the client's stream, line end and
    /// literals included. Whatever is written until the next `Command` answers this one. Every octet that a
    /// client sends belongs to some command: a line that is refused is one too.
    Command {
        /// How many octets of the client's stream it took.
        octets: u64,
        /// The command's first line without its line end, for people: passwords are shown as `***`.
        text: Bytes,
    },
    /// Bytes for the peer.
    Write {
        /// The octets.
        bytes: Bytes,
        /// Whose content is in them, if they carry any message.
        about: Option<About>,
    },
}

/// Which message a write carries, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The message.
    pub message: MessageId,
    /// Octets of the write that are the message's own content as stored: neither a reply line, nor a literal's
    /// length, nor the dots that a line-based protocol puts in. Zero for data about a message (a size, flags).
    pub content: u32,
}

impl Output {
    /// Sends bytes that are about no message.
    pub fn write(&mut self, bytes: impl Into<Bytes>) {
        self.items.push(Out::Write { bytes: bytes.into(), about: None });
    }

    /// Sends bytes that carry `content` octets of `message`.
    pub fn write_about(&mut self, bytes: impl Into<Bytes>, message: MessageId, content: u32) {
        self.items.push(Out::Write { bytes: bytes.into(), about: Some(About { message, content }) });
    }

    /// Says that a command was framed from the next `octets` of the client's stream.
    pub fn command(&mut self, octets: u64, text: impl Into<Bytes>) {
        self.items.push(Out::Command { octets, text: text.into() });
    }

    /// All bytes to be sent, joined: for tests and for hosts that need no causes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for item in &self.items {
            if let Out::Write { bytes, .. } = item {
                all.extend_from_slice(bytes);
            }
        }
        all
    }
}

/// One end of a protocol: the server's.
pub trait Session {
    /// The connection is up: greet, if the protocol has a greeting.
    fn open(&mut self, now: Instant, store: &mut Store, out: &mut Output);

    /// Bytes came in, cut anywhere; the session may change the store.
    fn receive(&mut self, now: Instant, bytes: &[u8], store: &mut Store, out: &mut Output);

    /// Somebody else changed the store. The loan is read-only, so that notices cannot cascade.
    fn notice(&mut self, now: Instant, store: &Store, out: &mut Output);

    /// The deadline asked for by [`Output::wake`] has come.
    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output);

    /// The peer has left: give back locks, forget what was not committed. May be called more than once.
    fn gone(&mut self, store: &mut Store);
}
