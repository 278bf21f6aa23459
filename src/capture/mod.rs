//! Captures: what a packet sniffer beside a session would have seen, and what its captures say of real sessions.
//!
//! ```text
//!   World ──export──> packets with real headers ──pcapng.rs──> a file that Wireshark opens
//!
//!   pcap or pcapng ──read.rs──> packets ──packet.rs──> TCP segments ──flow.rs──> two streams a connection
//!                                                                       │
//!                                             Trace <──import.rs── writes and their causes, sure or guessed
//! ```
//!
//! Nothing here opens a file: octets come in and go out, a block or a slice at a time. A capture is hostile until
//! it is parsed: whatever does not hold together is refused with the packet's number.

pub mod export;
pub mod flow;
pub mod import;
pub mod packet;
pub mod pcapng;
pub mod read;

#[cfg(test)]
mod tests;

/// What stands around each IP packet in a capture, by its number in the registry of link types
/// (<https://www.tcpdump.org/linktypes.html>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkType {
    /// Nothing: LINKTYPE_RAW.
    #[default]
    Raw,
    /// Address, control and protocol field of PPP (RFC 1662 §3.1), without flags, escapes and check sequence:
    /// LINKTYPE_PPP.
    Ppp,
}

impl LinkType {
    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Raw => 101,
            Self::Ppp => 9,
        }
    }

    /// What stands before an IPv4 packet.
    #[must_use]
    pub const fn header(self) -> &'static [u8] {
        match self {
            Self::Raw => &[],
            // All stations, unnumbered information, IP (RFC 1661 §2, RFC 1662 §3.1).
            Self::Ppp => &[0xFF, 0x03, 0x00, 0x21],
        }
    }
}
