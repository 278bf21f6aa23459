//! Mail: messages with exact bytes, the one store that serves every protocol, and where messages come from.
//!
//! ```text
//! import ─┐                          ┌─ maildrop     (POP3)
//!         ├─> Message ──> Store ─────┼─ mailbox      (IMAP)
//! generate┘   bytes,      users,     └─ delivery     (SMTP)
//!             structure   mailboxes, entries, change log
//! ```
//!
//! Nothing here knows a protocol, a link or a file: importers are given bytes, and an edge reads the files.

pub mod body;
pub mod date;
pub mod decode;
pub mod envelope;
pub mod export;
pub mod flags;
pub mod generate;
pub mod import;
pub mod message;
pub mod mime;
pub mod queue;
pub mod report;
pub mod store;
pub mod summary;
