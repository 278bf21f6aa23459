//! POP3, the Post Office Protocol in its third version (RFC 1939): fetch your mail, and leave.
//!
//! ```text
//!              (1)                       (3)
//!   greeting ─────> AUTHORIZATION ─────────────> TRANSACTION ──────> UPDATE
//!                     │ ^    │     USER + PASS      │ ^   │    QUIT   │ marked mail is removed
//!                     └─┘    │     or APOP          └─┘   │    (5)    v
//!                     (2)    │                      (4)   │        closed
//!                            └────────────────────────────┘
//!                              QUIT before login; (6) lost line, autologout: nothing is removed
//! ```
//!
//! 1. The greeting carries a timestamp for APOP (§4, §7).
//! 2. A wrong password leaves the session where it is; PASS needs a new USER (§7).
//! 3. The maildrop is locked and frozen: later mail gets no number, and a second session is refused (§4).
//! 4. STAT LIST RETR DELE NOOP RSET TOP UIDL (§5, §7). DELE only marks.
//! 5. QUIT is the one way to UPDATE (§6).
//! 6. Every other end leaves the mail as it was (§3, §6).
//!
//! **Supported**: all commands of RFC 1939, minimal and optional; AUTH (RFC 5034) with the mechanisms of
//! [`sasl`](super::sasl), CAPA and response codes (RFC 2449, RFC 3206), STLS (RFC 2595), UTF8 and LANG (RFC 6856);
//! the commands of earlier years as a [`Dialect`]; XTND BBOARDS (RFC 1082) and XTND XMIT; SDPS; POP4 as a
//! reconstruction; KPOP's place in a session, with a toy for its ticket.
//! **Not supported**: KERBEROS_V4 and GSSAPI; replies in other languages than English.
//!
//! # Where the text leaves a choice
//!
//! | clause | what we do | why |
//! |---|---|---|
//! | §4, the maildrop is in use | `-ERR [IN-USE]` at once (RFC 2449 §8.1.2); no waiting, no take-over | a client can tell it from a wrong password |
//! | §7, USER with an unknown name | `+OK` | a refusal would tell which names exist (§13) |
//! | §7, PASS "immediately after" USER | any line between them, also a refused one, makes a new USER necessary | as the text says |
//! | §3, line end | CR LF; a bare LF only where [`Quirks::accept_bare_lf`] says so | a QUIT cut short removes nothing |
//! | §3, one SPACE between arguments | no more, and none at the end of the line | hand-written clients learn it here |
//! | §5, a stored message that does not end in CR LF | the size is the stored one, RETR sends CR LF before the last dot | a dot must stand on its own line |
//! | §7, TOP of a message without an empty line | the whole message; no empty line is made up | the octets are the sender's |
//! | §13, a name with both PASS and APOP | both are open to all names | a laboratory compares them |

mod capability;
pub mod client;
mod command;
mod dialect;
mod envelope;
mod error;
mod folders;
mod groups;
mod maildrop;
mod marks;
mod parse;
mod reply;
mod session;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod transaction;
mod url;
mod xmit;

pub use super::sendmail::recipients;
pub use client::{Pop3Client, ScanListing, UniqueIdListing};
pub use command::{COMMANDS, Keyword, StateName};
pub use dialect::{DIALECTS, Dialect, DialectRow, Year};
pub use session::Pop3;
pub use settings::{Expire, GreetingStamp, Limits, Pop3Settings, Quirks};
pub use state::apop_digest;
pub use url::{PopUrl, UrlAuth};
