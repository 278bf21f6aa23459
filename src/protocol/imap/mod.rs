//! IMAP (RFC 3501, RFC 9051): mail stays on the server, and the client looks at what it wants.
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
//! | `command.rs`, `arguments.rs` | the commands: one row each; what they are given |
//! | `lexer.rs`, `parse.rs`, `item.rs`, `key.rs`, `set.rs` | octets to commands, under the grammar's rules |
//! | `session.rs`, `begun.rs` | the server's shell: which octets belong to which command |
//! | `state.rs`, `opening.rs` | the states of RFC 3501 §3 and the one transition match; ENABLE and SELECT |
//! | `view.rs` | a session's view of its mailbox, and news of it |
//! | `fetch.rs`, `section.rs`, `envelope.rs`, `address.rs`, `bodystructure.rs` | FETCH |
//! | `search.rs`, `sort.rs`, `thread.rs`, `subject.rs` | SEARCH, SORT, THREAD |
//! | `context.rs` | results that are kept in step: CONTEXT |
//! | `change.rs`, `append.rs` | STORE, COPY, MOVE, EXPUNGE; APPEND |
//! | `mailboxes.rs`, `list.rs`, `names.rs` | STATUS, CREATE, RENAME and their like; LIST |
//! | `capability.rs`, `dialect.rs`, `settings.rs` | what is spoken: one row for each extension, one value for each dialect |
//! | `object.rs` | names of mailboxes, messages and conversations that stay: OBJECTID |
//! | `obsolete.rs`, `older.rs` | what older dialects have, write and answer otherwise |
//! | `resync.rs` | what a client has missed: QRESYNC |
//! | `deflate.rs`, `stream.rs` | COMPRESS: deflated octets, counted as they cross |
//! | `imap3/*.rs` | version 3.0 of RFC 1203, once it is chosen: commands, keys and tagged data of its own |
//! | `client.rs`, `client/*.rs` | the other end: typed commands; tags, literals and answers; keeping copies in step |
//! | `response.rs`, `scanner.rs`, `structure.rs` | what a client reads |
//!
//! Known deviations:
//! - No TLS in the simulated world: a laboratory needs to see what crosses the line. AUTHENTICATE offers no mechanism
//!   that encrypts what follows.
//! - NUL in a message is sent as it stands (a literal has no octet 0, RFC 3501 §9), and so are 8-bit header fields:
//!   octets are exact.
//! - A name without a mailbox of its own lasts as long as its inferiors: the `\Noselect` name that RFC 3501
//!   §6.3.4 shows goes with the last of them.
//! - Mailboxes called Sent, Drafts, Trash, Junk, Archive and Flagged are for what their names say (RFC 6154 leaves it to
//!   the server): there is no command that says otherwise.
//! - Within one flush of COMPRESS nobody can say which octet stands for what: commands and messages get shares by
//!   their lengths.
//! - THREAD looks at the last 100 References of a message, and at most at 500 ancestors.

mod address;
mod append;
mod arguments;
mod begun;
mod binary;
mod bodystructure;
pub mod capability;
mod change;
pub mod client;
pub mod command;
mod context;
pub mod deflate;
pub mod dialect;
mod envelope;
mod fetch;
pub mod imap3;
mod item;
mod key;
mod lexer;
mod list;
pub mod literal;
mod mailboxes;
pub mod names;
mod object;
mod obsolete;
pub mod older;
mod opening;
mod parse;
pub mod pipelining;
mod preview;
mod reply;
pub mod response;
mod resync;
mod scanner;
mod search;
mod section;
mod session;
mod set;
mod settings;
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
pub use session::Imap;
pub use settings::ImapSettings;
