//! One connection: two TCP ends, two streams, and the server's session.

use std::collections::VecDeque;

use super::journal::{CallId, CommandId, PacketId};
use super::stream::Stream;
use crate::desk::{ConnId, Service};
use crate::link::ip::Addressing;
use crate::link::tcp::{End, Side, State};
use crate::protocol::Server;
use crate::protocol::security::Tls;
use crate::protocol::tls::{Records, Version};
use crate::session::Output;
use crate::time::{Duration, Instant};

/// A connection and all that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Conn {
    /// Who opened it.
    pub workstation: usize,
    /// To which service.
    pub service: Service,
    /// In which call.
    pub call: CallId,
    /// When it was asked for.
    pub asked: Instant,
    /// Which end opened it: the host does so where it calls back (RFC 1985 §5.1).
    pub opener: Side,
    /// The streams, by the end that writes.
    pub streams: [Stream; 2],
    pub(super) ends: [End; 2],
    pub(super) session: Server,
    /// The records around all that is said, from the moment at which TLS was agreed on.
    pub(super) tls: Option<Box<Records>>,
    /// Up to where each end's application was given the other's stream, by the end that reads.
    pub(super) delivered: [u64; 2],
    /// Up to where the client has taken what was delivered.
    pub(super) taken: u64,
    pub(super) life: Life,
    /// Offset after the last octet that belongs to a command.
    pub(super) commands_end: u64,
    pub(super) command: Option<CommandId>,
    /// What the server has decided to say once it has thought.
    pub(super) held: VecDeque<(Instant, Output)>,
    /// The packet that each end got last.
    pub(super) heard: [Option<PacketId>; 2],
    pub(super) timers: [Option<Instant>; 2],
    /// When the session wants to be woken, and how long it wanted to wait.
    pub(super) deadline: Option<(Instant, Duration)>,
    /// When the client had acknowledged all that the server had written.
    pub(super) drained: Instant,
    pub(super) deadline_queued: Option<Instant>,
}

/// How alive a connection is, beside what its TCP ends know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Life {
    /// The session was opened.
    pub opened: bool,
    /// The session was told that its peer is gone, or closed by itself.
    pub gone: bool,
    /// The client has closed its end.
    pub client_closed: bool,
    /// The line under it is gone.
    pub lost: bool,
    /// The host opened it, and the client has taken it.
    pub accepted: bool,
}

impl Conn {
    /// The server's session.
    #[must_use]
    pub const fn session(&self) -> &Server {
        &self.session
    }

    /// The server's end of TLS, if it begins with the first octet (RFC 8314 §3).
    pub(super) fn tls_at_once(&self) -> Option<Records> {
        let security = self.session.security().filter(|security| security.tls == Tls::Active)?;
        (!self.life.opened && self.tls.is_none()).then(|| Records::server(security.version))
    }

    /// Which TLS the server waits for, if it waits for a client's first flight or the rest of a handshake.
    #[must_use]
    pub fn awaits_tls(&self) -> Option<Version> {
        self.tls.as_ref().filter(|tls| !tls.is_ready()).map(|tls| tls.version())
    }

    /// Which TLS a client has to begin now: the server has said so, or is known to speak nothing else.
    #[must_use]
    pub fn tls_wanted(&self) -> Option<Version> {
        self.awaits_tls().or_else(|| self.tls_at_once().map(|tls| tls.version()))
    }

    /// One of the TCP ends.
    #[must_use]
    pub const fn end(&self, side: Side) -> &End {
        &self.ends[side.index()]
    }

    /// The octets that `side` has written.
    #[must_use]
    pub const fn stream(&self, from: Side) -> &Stream {
        &self.streams[from.index()]
    }

    /// True if the handshake has reached the server, and neither the server nor the line has ended it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.life.opened && !self.life.gone && !self.life.lost
    }

    /// True if the server was there, and has said its last word.
    #[must_use]
    pub const fn has_left(&self) -> bool {
        self.life.opened && self.life.gone
    }

    /// What its packets' headers say beside their segments. `id` is this connection, and `packet` the number of the
    /// packet among those of its end.
    #[must_use]
    pub fn addressing(&self, id: ConnId, packet: u16) -> Addressing {
        // Whoever opens a connection takes a port of no meaning.
        let (opener, opened) = (1024_u16.wrapping_add(id.0 as u16), self.service.port());
        let (client_port, server_port) = match self.opener {
            Side::Client => (opener, opened),
            Side::Server => (opened, opener),
        };
        Addressing { client: [10, 9, 0, 2], server: [10, 9, 0, 1], client_port, server_port, id: packet }
    }

    /// True if the call under it ended before it was closed.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        self.life.lost
    }

    /// True if nothing is on its way, held back or owed by TCP: the server has had all that the client wrote, has
    /// said what it had to say, and all of that has arrived. A connection that is lost is quiet, too.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let read = |reader: Side| self.delivered[reader.index()] == self.stream(reader.other()).end();
        match self.life {
            Life { lost: true, .. } => true,
            // What is still to come is the server's end.
            Life { gone: true, .. } => read(Side::Client) && self.ends[Side::Client.index()].peer_closed(),
            // Where TLS comes first the session is opened behind it: both ends wait for the client's first flight.
            Life { opened: false, .. } if self.awaits_tls().is_some() => {
                self.held.is_empty() && read(Side::Server) && read(Side::Client)
            }
            Life { opened, .. } => opened && self.held.is_empty() && read(Side::Server) && read(Side::Client),
        }
    }

    /// True while the client has closed it and the last segments are still to come.
    pub(super) fn is_closing(&self) -> bool {
        self.life.client_closed
            && !self.life.lost
            && self.ends.iter().any(|end| end.state() != State::Finished)
    }
}
