//! SMTP, the Simple Mail Transfer Protocol (RFC 821): hand over mail for others.
//!
//! ```text
//!                 (1)             (2)            (3)
//!  220 ─> Connected ─────> Ready ─────> Mail ─────────> Recipients ──────┐
//!                  HELO    ^ ^ │  MAIL   │ RCPT          │ ^  │ (3) RCPT │ DATA, 354
//!                  EHLO    │ └─┘         │               │ └──┘          v
//!                          └─────────────┴───────────────┘        text up to a line
//!                          │   RSET, HELO; MAIL begins anew       with a single dot
//!                          └─────────────────────────────────────────────┘
//!                                   (4) delivered or refused: 250, 552, 451
//! ```
//!
//! 1. First the client says which host it is (§4.1.1).
//! 2. MAIL gives the reverse-path and resets whatever was given before (§3.1).
//! 3. Each RCPT is accepted or refused by itself (§3.1).
//! 4. The end of the text confirms the transaction (§4.1.1).
//!
//! NOOP, HELP, VRFY and QUIT may come at any time; QUIT closes.
//!
//! **Supported**: HELO, MAIL, RCPT, DATA, RSET, VRFY, HELP, NOOP, QUIT; EHLO with SIZE (RFC 1870) and 8BITMIME
//! (RFC 6152). **Not supported**, and answered with 502: SEND, SOML, SAML, EXPN, TURN.
//!
//! # Where the text leaves a choice
//!
//! | clause | what we do | why |
//! |---|---|---|
//! | §4.1.2, line end | CR LF alone, in commands and in the text; a command with a bare CR or LF is refused as a whole (500) | whoever takes a bare LF for an end can be made to run text as commands |
//! | §4.5.2, bare CR or LF in the text | kept as it is | the octets are the sender's |
//! | §3.1, MAIL in an open transaction | begins anew | as the text says; RFC 2821 forbids it later |
//! | §4.1.1, DATA without an accepted RCPT | 503 | the order of commands is what is wrong |
//! | §3.6, source routes | read, not followed (RFC 1123 §5.3.3) | hosts know the way |
//! | §3.7, mail for other domains | 550, or into one user's INBOX ([`Relay`]) | nothing leaves a laboratory |
//! | §3.3, VRFY | 252 (RFC 1123 §5.2.3) unless the laboratory turns it on | a refusal would tell who exists |
//! | §4.1.2, the date in the time stamp line | as RFC 1123 §5.2.14 has it | two digits are too few for a year |
//! | §4.5.3, the longest text line | none | "no limits" is what the text asks for |

mod answer;
pub mod client;
mod command;
mod delivery;
pub mod dialect;
pub mod dispatch;
mod error;
mod notify;
mod parameter;
mod parse;
mod path;
pub mod posting;
mod reply;
mod route;
mod sender;
mod session;
mod settings;
mod state;
#[cfg(test)]
mod tests;

pub use client::SmtpClient;
pub use command::{COMMANDS, Keyword, Row, StateName};
pub use dialect::{Dialect, EXTENSIONS, Extension, ExtensionRow, Extensions};
pub use sender::{Announced, PeerReply};
pub use session::Smtp;
pub use settings::{BareLineEnds, Limits, Relay, SmtpSettings};
