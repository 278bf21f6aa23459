//! The link: everything between two ends that exchange octets.
//!
//! ```text
//! application write ─> TCP segment ─> IP packet ─> framing ─> modem ─> line ─┐
//!                        tcp            ip          framing     bits      line │ in a call
//! application read  <─ TCP segment <─ IP packet <─ framing <─ modem <─ line <─┘
//! ```
//!
pub mod by_numbers;
pub mod framing;
pub mod ip;
pub mod line;
pub mod preset;
pub mod sourced;
pub mod spec;
pub mod tariff;
pub mod tcp;
