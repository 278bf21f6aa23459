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
//! | `routes.rs` | where mail for other hosts goes |
//! | `listen.rs` | kinds of ports, addresses, and which of them may see a password |
//! | `hub.rs` | the store and the sessions, without sockets and without a clock |
//! | `hub/onward.rs` | which hosts are called to send mail on, and what came of it |
//! | `runner.rs` | calling them |
//! | `keep/` | what clients change, kept in a folder or written back to the mail files |
//! | `connection.rs`, `stream.rs` | one client's socket |
//! | `tls.rs` | a certificate, and the handshake |
//! | `pipe.rs` | a line between a socket and its session, in real time |
//! | `recording.rs`, `cost.rs` | what was said, and what that would have cost over a line |
//! | `server.rs` | ports, signals, the end |
//! | `calling.rs` | the other way round: a client of ours before a real server |
//! | `report.rs` | the line about a session that is over |
//!
//! All runs on one thread: the protocols' sessions take microseconds, and a store that one thread owns needs no
//! locks. This module and `src/cli` are the only places that ask the real clock.

pub mod accounts;
pub mod calling;
mod connection;
pub mod cost;
pub mod hub;
pub mod keep;
pub mod limits;
pub mod listen;
pub mod pipe;
pub mod recording;
pub mod report;
pub mod routes;
mod runner;
pub mod server;
mod stream;
pub mod tls;
