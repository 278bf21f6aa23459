//! PPP before the first IP packet: two ends agree on the line (LCP, RFC 1661), the caller proves who it is (PAP,
//! RFC 1334; CHAP, RFC 1994), and both agree on what flows (IPCP, RFC 1332; CCP, RFC 1962). All of it are real
//! packets between two ends that know nothing of each other; nothing here knows a line or a clock.
//!
//! ```text
//!   caller                                           provider
//!     | ── LCP Configure-Request (what I receive) ──────> |   each end asks for how it wants to be sent to,
//!     | <───────── LCP Configure-Request, PAP please ──── |   and is answered with
//!     | ── Configure-Ack ───────────────────────────────> |   Ack     as you like
//!     | <──────────────────────────────── Configure-Ack ─ |   Nak     rather with this value
//!     | ── PAP Authenticate-Request ────────────────────> |   Reject  I know no such option
//!     | <──────────────────────────── Authenticate-Ack ── |
//!     | ── IPCP Configure-Request, address 0.0.0.0 ─────> |
//!     | <──────────── Configure-Nak, address 10.9.0.2 ─── |   … and the same again with the address
//! ```
//!
//! The way to read it: [`automaton`] is the RFC's table; a layer is one automaton with its counters and options; a
//! [`Peer`] is three layers and their phases; [`negotiation`] lets two peers talk over a line. What they agree on,
//! [`Agreed`], is what the framer of each direction then does.

mod auth;
pub mod automaton;
mod config;
pub mod deflate;
mod describe;
mod layer;
pub mod negotiation;
pub mod packet;
mod peer;
#[cfg(test)]
mod tests;

pub use auth::chap_response;
pub use config::{Authentication, Config, Dns, Multilink, Vj};
pub use describe::describe;
pub use peer::{Frame, Peer, Phase};

use super::framing::hdlc::Accm;

/// How one end may send, as the other has agreed to receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The longest packet.
    pub mru: u16,
    /// Which control characters have to be escaped on an asynchronous line.
    pub accm: Accm,
    /// Address and control may be left out.
    pub acfc: bool,
    /// Small protocol numbers may take one octet.
    pub pfc: bool,
    /// TCP/IP headers may be compressed, for so many slots.
    pub vj: Option<Vj>,
    /// Packets may be deflated, with a window of 2^n octets.
    pub deflate: Option<u8>,
    /// Packets may be cut into fragments over several calls; the longest packet that is put together again.
    pub mrru: Option<u16>,
    /// The fragments' sequence numbers have 12 bits.
    pub short_sequence: bool,
    /// The address that this end has now.
    pub own_address: Option<[u8; 4]>,
}
