//! The contract that all protocol servers share: bytes in, bytes out, plus the store they are lent.
//!
//! 1. The world opens a session ([`Session::open`]: greet), then hands it bytes as they arrive
//!    ([`Session::receive`], cut anywhere), tells it when somebody else changed the store
//!    ([`Session::notice`]), when its deadline has come ([`Session::wake`]), when what it said has drained and it
//!    has more to say ([`Session::proceed`]), when its octets are encrypted from now on ([`Session::secured`]),
//!    and when the peer has left ([`Session::gone`]).
//! 2. After each call it reads the [`Output`]: commands as they were framed and the writes that answer them, in
//!    order; the next deadline; whether there is more; whether to start TLS; whether to close.
//!
//! **Long answers.** A host that keeps real octets for real clients gives each call some [`Output::room`]. An
//! answer that does not fit pauses between two writes and says [`Output::more`]; when its octets have drained the
//! host calls [`Session::proceed`]. What came in meanwhile waits in the session, and is obeyed when the answer is
//! whole. A host without a limit, as the simulated world is, hears everything in one call, as if it had asked
//! again and again at the same instant: no figure depends on it.
//!
//! **TLS.** A session that has agreed to begin TLS says [`Output::start_tls`] with its last write in clear. The
//! host sends that write, throws away what came in behind the command (it came in clear, and could have been put
//! there by anybody: RFC 3207 §6), shakes hands, and calls [`Session::secured`].
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
    /// About how many octets the host would like to have in one call; `None` for any number.
    pub room: Option<usize>,
    /// The answer goes on: call [`Session::proceed`] when what is written here has drained.
    pub more: bool,
    /// Once all writes are sent: forget what else has come in, begin TLS, and call [`Session::secured`].
    pub start_tls: bool,
    octets: usize,
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
    /// Nothing said yet, and room for about so many octets.
    #[must_use]
    pub fn with_room(octets: usize) -> Self {
        Self { room: Some(octets), ..Self::default() }
    }

    /// True if a long answer should pause here.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.room.is_some_and(|room| self.octets >= room)
    }

    /// Sends bytes that are about no message.
    pub fn write(&mut self, bytes: impl Into<Bytes>) {
        self.push(bytes.into(), None);
    }

    /// Sends bytes that carry `content` octets of `message`.
    pub fn write_about(&mut self, bytes: impl Into<Bytes>, message: MessageId, content: u32) {
        self.push(bytes.into(), Some(About { message, content }));
    }

    fn push(&mut self, bytes: Bytes, about: Option<About>) {
        self.octets = self.octets.saturating_add(bytes.len());
        self.items.push(Out::Write { bytes, about });
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

    /// Somebody else changed the store. The loan is read-only, so that notices cannot cascade. A session that has to
    /// say something about it now, and needs the store for that, asks to be woken at `now`, and is.
    fn notice(&mut self, now: Instant, store: &Store, out: &mut Output);

    /// The deadline asked for by [`Output::wake`] has come.
    fn wake(&mut self, now: Instant, store: &mut Store, out: &mut Output);

    /// What was written has drained, and [`Output::more`] was said: go on.
    fn proceed(&mut self, _now: Instant, _store: &mut Store, _out: &mut Output) {}

    /// TLS has begun: nobody else reads or writes the octets from here on. What the session knew of its client
    /// was said in clear, and is forgotten where the protocol says so.
    fn secured(&mut self, _now: Instant, _store: &mut Store, _out: &mut Output) {}

    /// The peer has left: give back locks, forget what was not committed. May be called more than once.
    fn gone(&mut self, store: &mut Store);
}
