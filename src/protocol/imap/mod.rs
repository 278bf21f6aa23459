//! IMAP4rev1 (RFC 3501): mail stays on the server, and the client looks at what it wants.
//!
//! ```text
//!            greeting
//!               │
//!               v          LOGIN            SELECT, EXAMINE
//!      not authenticated ───────> authenticated ───────> selected
//!               │                      │  ^                 │ │
//!               │                      │  └─ CLOSE, or a ───┘ │
//!               │                      │     SELECT refused   │
//!               └────── LOGOUT ────────┴──────────────────────┘
//!                                      v
//!                                   logout
//! ```
//!
//! A command is a line, broken by literals: `{5}`, a go-ahead (`+`) from the server, five octets, and the line
//! goes on. The client puts a tag before each command; untagged responses (`*`) bring data, and a tagged one
//! ends the command. Numbers of messages move when mail is expunged, UIDs never do.
//!
//! | file | holds |
//! |---|---|
//! | `command.rs` | the commands: one row each |
//! | `lexer.rs`, `parse.rs`, `item.rs`, `key.rs`, `set.rs` | octets to commands, under the grammar's rules |
//! | `session.rs` | the server's shell: which octets belong to which command |
//! | `state.rs` | the states of RFC 3501 §3 and the one transition match |
//! | `view.rs` | a session's view of its mailbox, and news of it |
//! | `fetch.rs`, `section.rs`, `envelope.rs`, `address.rs`, `bodystructure.rs` | FETCH |
//! | `search.rs` | SEARCH |
//! | `change.rs`, `mailboxes.rs`, `names.rs` | STORE, COPY, EXPUNGE; LIST, STATUS, CREATE, APPEND and their like |
//! | `client.rs`, `client/exchange.rs` | the other end: typed commands; tags, literals and answers |
//! | `response.rs`, `scanner.rs`, `structure.rs` | what a client reads |
//!
//! Known deviations:
//! - No AUTHENTICATE (RFC 3501 §11.1 wants it), and no TLS in the simulated world: a laboratory needs to see what crosses the line.
//! - NUL in a message is sent as it stands (a literal has no octet 0, RFC 3501 §9), and so are 8-bit header fields:
//!   octets are exact.
//! - A name without a mailbox of its own lasts as long as its inferiors: the `\Noselect` name that RFC 3501
//!   §6.3.4 shows goes with the last of them.
//! - A literal sent without waiting (`{5+}`) is passed over with its command, and refused: LITERAL+ is not offered.

mod address;
mod append;
mod binary;
mod bodystructure;
pub mod capability;
mod change;
pub mod client;
pub mod command;
mod deflate;
pub mod dialect;
mod envelope;
mod fetch;
mod item;
mod key;
mod lexer;
mod list;
mod mailboxes;
mod names;
mod parse;
mod preview;
pub mod response;
mod resync;
mod scanner;
mod search;
mod section;
mod session;
mod set;
mod sort;
mod state;
mod stream;
pub mod structure;
mod subject;
mod thread;
mod view;
mod wire;

#[cfg(test)]
mod tests;

pub use capability::{Extension, Extensions};
pub use client::ImapClient;
pub use dialect::Dialect;
pub use session::{Imap, ImapSettings};
