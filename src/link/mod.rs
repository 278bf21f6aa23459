//! The link: everything between two ends that exchange octets.
//!
//! ```text
//! application write ─> TCP segment ─> IP packet ─> framing ─> modem ─> line ─┐
//!                        tcp            ip          framing     bits      line │ in a call
//! application read  <─ TCP segment <─ IP packet <─ framing <─ modem <─ line <─┘
//! ```
//!
//! Segments carry stream offsets, never octets: the octets live once, in the stream of application writes, and
//! are made into packets only where a stage must look at them (escapes, checksums).
//!
//! Nothing here knows a mail protocol, and nothing asks a clock.

pub mod framing;
pub mod ip;
pub mod line;
pub mod sourced;
pub mod spec;
pub mod tcp;
