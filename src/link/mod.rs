//! The link: everything between two ends that exchange octets.
//!
//! ```text
//! application write ─> TCP segment ─> IP packet ─> framing ─> modem ─> line ─┐
//!                        tcp            ip          framing     bits      line │ in a call
//! application read  <─ TCP segment <─ IP packet <─ framing <─ modem <─ line <─┘
//! ```
//!
//! What link it is comes from [`preset`] (names, as documents with sources) or [`by_numbers`], as a
//! [`spec::LinkSpec`]; what it costs comes from [`tariff`].

pub mod bearer;
pub mod bundle;
pub mod by_numbers;
pub mod call;
pub mod framing;
pub mod ip;
pub mod line;
pub mod modem;
pub mod negotiated;
pub mod path;
pub mod ppp;
pub mod preset;
pub mod queue;
mod resets;
pub mod sourced;
pub mod spec;
pub mod tariff;
pub mod tcp;
pub mod vj;
pub mod weekdays;
