//! The same servers on real ports, for real clients.
//!
//! ```text
//!   sockets ── connection ──┐
//!   clock   ── connection ──┼── hub: the store, the sessions, a queue for each client
//!   signals ── server     ──┘
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `accounts.rs` | whose mail is served: from the command line or a file |
//! | `limits.rs` | what clients may not exceed |
//! | `listen.rs` | addresses, and which of them may see a password |
//! | `hub.rs` | the store and the sessions, without sockets and without a clock |
//! | `connection.rs` | one client's socket |
//! | `server.rs` | ports, signals, the end |
//! | `report.rs` | the line about a session that is over |
//!
//! All runs on one thread: the protocols' sessions take microseconds, and a store that one thread owns needs no
//! locks. This module and `src/cli` are the only places that ask the real clock.

pub mod accounts;
mod connection;
pub mod hub;
pub mod limits;
pub mod listen;
pub mod report;
pub mod server;
