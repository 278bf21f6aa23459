//! The journal: what happened, and why. Always on, since every figure is counted from it.

use std::sync::Arc;

use bytes::Bytes;

use super::call::Call;
use crate::desk::{ConnId, Note};
use crate::link::line::Transit;
use crate::link::negotiated::Negotiated;
use crate::link::path::Fate;
use crate::link::tcp::{Segment, Side};
use crate::persist::Log;
use crate::time::Instant;

/// Names a packet: its place in [`Journal::packets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketId(pub u32);

/// Names a command: its place in [`Journal::commands`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u32);

/// Names a call: its place in [`Journal::calls`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u32);

/// What happened so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    /// Every packet put on a line, in order.
    pub packets: Log<Packet>,
    /// Every command that a server framed, in order.
    pub commands: Log<Command>,
    /// Every call that was dialled, in order.
    pub calls: Vec<Call>,
    /// What PPP's ends said before each call was up, in order.
    pub negotiations: Vec<Negotiation>,
    /// What clients wrote down about their users, in order.
    pub notes: Log<NoteTaken>,
    /// When users thought, read or wrote.
    pub thinking: Log<Thinking>,
    /// What applications did, of both ends, in order.
    pub acts: Log<Act>,
}

/// Something that an application did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Instant,
    /// At which workstation, or for the client at which.
    pub workstation: usize,
    /// The packet that brought what the application had heard last.
    pub heard: Option<PacketId>,
    /// What it did.
    pub deed: Deed,
}

/// What an application can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The client asked for a connection.
    Open(ConnId),
    /// The host opened a connection to the workstation, after this command if it was for one (RFC 1985 §5.1).
    HostOpens(ConnId, Option<CommandId>),
    /// One of the ends wrote: its connection, and the offset of the write in the end's stream.
    Write(ConnId, Side, u64),
    /// The client closed its end.
    ClientCloses(ConnId),
    /// The server closed of its own accord, after this command if it was for one.
    ServerCloses(ConnId, Option<CommandId>),
    /// The client asked to hang up.
    HangUp(CallId),
}

/// One packet on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its connection.
    pub conn: ConnId,
    /// The call in which it was sent.
    pub call: CallId,
    /// Which end sent it.
    pub from: Side,
    /// The segment in it.
    pub segment: Segment,
    /// Octets of the IP packet.
    pub ip_octets: u32,
    /// Octets on the line, framing and escapes included.
    pub line_octets: u32,
    /// Bits on the line, start and stop bits included.
    pub line_bits: u64,
    /// When it left and arrived.
    pub transit: Transit,
    /// Whether it arrives.
    pub fate: Fate,
    /// Why it was sent.
    pub cause: PacketCause,
}

/// What PPP's ends said before a call was up. It lies within the call's set-up: bills and metrics count it there,
/// and not among the packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiation {
    /// The call that it brought up.
    pub call: CallId,
    /// When its first frame was sent.
    pub start: Instant,
    /// Its frames, in times after that.
    pub what: Arc<Negotiated>,
}

/// Why a packet was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketCause {
    /// Another packet came: an acknowledgement, or data that a wider window let go.
    Packet(PacketId),
    /// An application opened, wrote or closed, after this packet had come.
    Application(Option<PacketId>),
    /// A timer ran out that this packet had started.
    Timer(Option<PacketId>),
}

/// A command that a server framed.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Its connection.
    pub conn: ConnId,
    /// When the server had all of it.
    pub at: Instant,
    /// Offset of its first octet in the client's stream.
    pub from: u64,
    /// Offset after its last octet.
    pub to: u64,
    /// Its first line, for people; passwords are `***`.
    pub text: Bytes,
}

/// A note, with when and where it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteTaken {
    /// When.
    pub at: Instant,
    /// At which workstation.
    pub workstation: usize,
    /// The note.
    pub note: Note,
}

/// A span in which a user thought, read or wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thinking {
    /// At which workstation.
    pub workstation: usize,
    /// From when.
    pub from: Instant,
    /// Until when.
    pub to: Instant,
}
