//! POP2, the Post Office Protocol in its second version (RFC 937, February 1985): counted octets, several folders.
//!
//! ```text
//!            (1)                (2)                READ                RETR
//!   Open ──────────> AUTH ─────────────> MBOX ───────────────> ITEM ──────────────> NEXT
//!                     │    HELO: #nnn    │  ^   =ccc          │ ^  ^   the data       │
//!                     │                  └──┘                 └─┘  │                  │
//!                     │                  FOLD: #nnn       READ: =ccc└── ACKS ACKD NACK: =ccc
//!                     └────────── QUIT: + ───┴─────────────────┘         (4)
//!                                  │ (3)
//!                                 DONE
//! ```
//!
//! 1. The greeting names the protocol and the host.
//! 2. A wrong name or password ends the session; so does everything that the decision table calls garbage
//!    ([`table`]).
//! 3. QUIT and FOLD release the mailbox: what ACKD named is removed then, and not before. An error, a timeout or a
//!    lost line removes nothing.
//! 4. ACKS keeps the message, ACKD marks it, NACK asks for it again; each tells the size of the message that is
//!    current now.
//!
//! A message comes as so many octets as were promised: nothing ends it, nothing is stuffed, and a client that
//! counts wrongly is lost.
//!
//! **Supported**: all of RFC 937, with both its timeouts.
//!
//! # Where the text leaves a choice
//!
//! | clause | what we do | why |
//! |---|---|---|
//! | READ of a number that is not there, or in an empty mailbox: the text answers `=0`, example 3 closes | `=0`, and the session goes on; RETR then closes | the text of the command is clearer than an example |
//! | after ACKD the line drops | the mail stays | "the actual change is made when the mailbox is released" |
//! | QUIT right behind RETR | an error, and the session ends | so says the decision table |
//! | action 5 answers FOLD with `+NNN`, all diagrams with `#NNN` | `#NNN` | a slip of the pen |
//! | FOLD to a mailbox that is not there, or not the user's | `#0` | "the number of messages reported is zero" |
//! | keywords in small letters; a name for the default mailbox | taken; `INBOX` | clients wrote both |
//! | the next message is marked as deleted | `=0`; it is not skipped | "or the message is marked deleted, the count of zero" |
//! | two sessions with one mailbox | INBOX is locked, with the lock that POP3 takes; others are not | one post office, one maildrop |
//! | a bulletin board | can be read by FOLD, and ACKD changes nothing | "if the user does not have write access" |

pub mod client;
mod command;
mod error;
mod folder;
mod parse;
mod session;
mod state;
pub mod table;
#[cfg(test)]
mod tests;

pub use client::Pop2Client;
pub use command::{COMMANDS, Keyword, StateName};
pub use session::{Limits, Pop2, Pop2Settings};
