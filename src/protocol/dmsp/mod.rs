//! DMSP, the protocol between PCMAIL's repository and its workstations (RFC 1056): both ends.
//!
//! A repository holds each user's *global mail state*; each *client* (workstation) keeps a local one, works off
//! line, and is told what it has not noted yet by its *update list* ([`crate::mail::store::ClientObject`]).
//!
//! | file | holds |
//! |---|---|
//! | `command.rs` | the operations: one row each |
//! | `parse.rs` | a line to an operation with its arguments |
//! | `names.rs` | which names are legal, and which mailbox goes by which |
//! | `flags.rs` | the sixteen flags, and the store's flags behind them |
//! | `descriptor.rs` | descriptors: to lines and back |
//! | `state.rs` | who is logged in, and what each operation does |
//! | `objects.rs` | operations on clients, mailboxes, addresses and subscriptions |
//! | `messages.rs` | operations on messages |
//! | `delivery.rs` | from SEND-MESSAGE into mailboxes |
//! | `reply.rs`, `error.rs` | reply codes and their words |
//! | `session.rs` | the repository's shell |
//! | `client.rs` | the other end |
//!
//! Where the RFC is silent or contradicts itself, `book/src/dmsp.md` says what is done here and why.

mod client;
mod command;
mod delivery;
mod descriptor;
mod error;
mod flags;
mod messages;
mod names;
mod objects;
mod parse;
mod reply;
mod session;
mod state;
#[cfg(test)]
mod tests;

pub use client::{ClientStatus, DmspClient, Login, MailboxLine, ReplyLine, SubscriptionLine};
pub use command::{COMMANDS, Keyword, Row, StateName};
pub use descriptor::{Change, Descriptor};
pub use flags::{FLAG_NAMES, SixteenFlags};
pub use names::is_legal as is_legal_name;
pub use reply::CODES;
pub use session::{Dmsp, DmspSettings, Limits, Outside};
