//! POP1, the Post Office Protocol (RFC 918, October 1984): a whole mailbox as one lump.
//!
//! ```text
//!           USER           PASS           RETR or RDEL: #octets      RCEV: the octets
//!   +OK ──────────> NAMED ───────> IDLE ───────────────────> OPEN ───────────────────> SENT
//!                                   ^                          │ RSET                    │
//!                                   └──────────────────────────┴─────────────────────────┘
//!                                                                 RCVD: the mail is kept (RETR) or gone (RDEL)
//! ```
//!
//! There are no messages here, only octets: no count of messages, no numbers, nothing that could be deleted or
//! fetched alone. Its successor of four months later has all of these.
//!
//! # Where the text leaves a choice
//!
//! | point | what we do |
//! |---|---|
//! | the form of the lump | mbox: messages behind each other, a `From ` line before each |
//! | `RCEV` in the list, `RECV` in the figure | both are taken |
//! | the list answers RCEV with `+OK`, scenario and diagram with the data alone | the data alone |
//! | a command out of order | `-ERR`, and the session goes on |
//! | an empty mailbox | `#0`; RCEV then sends nothing, RCVD or RSET goes on |
//! | the port | 109, which it shared with POP2 by custom |
//! | mail that comes in behind RDEL | stays: only what was sent is removed |

mod command;
mod lump;
mod session;
#[cfg(test)]
mod tests;

pub use command::{COMMANDS, Keyword, StateName};
pub use session::{Pop1, Pop1Settings};
