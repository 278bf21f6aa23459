//! Strategies: which protocol, how many calls, and what to fetch when.
//!
//! Each strategy is one file with one straight-line `async fn` that reads as what a user and a mail program do
//! together: begin the visit, dial, log in, fetch, hang up, read, answer. They differ in two ways that are often
//! taken for one:
//!
//! | | reads off line | reads with the line up |
//! |---|---|---|
//! | **POP3** | `pop3-fetch-all-delete`, `pop3-leave-uidl`, `pop3-top-then-retr` | `pop3-online` |
//! | **IMAP** | `imap-fetch-all`, `imap-headers-first`, `imap-text-parts` | `imap-online` |
//! | **DMSP** | `dmsp-batch`, `dmsp-full-reset` | `dmsp-interactive` |
//!
//! What all have in common:
//! - They serve the same [`Reader`]: same choices, same time for reading and writing.
//! - Whoever reads off line hands answers over in a second call, made only if there are any; whoever reads on
//!   line hands each over at once, through a second connection in the same call.
//! - What the reader deletes goes from the server in the call that fetched it.
//! - A call that fails is tried again ([`CALLS_MAX`] times with [`REDIAL_PAUSE`] between, unless the scenario says
//!   otherwise), and so is one that drops. What is done again then differs:
//!
//! | after a drop | fetches again |
//! |---|---|
//! | `pop3-fetch-all-delete`, `pop3-smallest-first`, `pop3-pipelined`, `pop3-xmit` | everything: without QUIT nothing was deleted (RFC 1939 §6) |
//! | `pop2-fetch-all` | everything: what ACKD named is removed when the mailbox is released (RFC 937) |
//! | `pop3-leave-uidl`, `pop3-leave-days`, `pop3-size-limit` | the unique-ids, and the message that was on its way |
//! | `pop3-top-then-retr`, `pop3-online` | all headers, and the message that was on its way |
//! | `imap-fetch-all` | everything: it is one command |
//! | `imap-headers-first` | the headers if they were not all there, and all that was chosen: it is one command |
//! | `imap-text-parts` | the list if it was not all there, and the messages of the shape that was on its way |
//! | `imap-online`, `imap-online-text` | the list if it was not all there, and the message that was on its way |
//! | `imap-partial-resume` | the piece that was on its way |
//! | `imap-idle`, `imap-noop-poll` | what is new, and the message that was on its way |
//!
//! The lower bound that results are measured against is no strategy: it is worked out, not run.

pub mod branch;
mod dmsp_batch;
mod dmsp_interactive;
mod imap_call;
mod imap_fetch_all;
mod imap_forward;
mod imap_headers_first;
mod imap_keep_sent;
mod imap_one_by_one;
mod imap_online;
mod imap_online_text;
mod imap_search_there;
mod imap_text_parts;
mod imap_wait;
mod mailbox;
mod pop2_fetch_all;
mod pop3_fetch_all_delete;
mod pop3_leave_days;
mod pop3_leave_uidl;
mod pop3_online;
mod pop3_pipelined;
mod pop3_size_limit;
mod pop3_smallest_first;
mod pop3_top_then_retr;
mod pop3_xmit;
mod reference;
mod repository;
mod user;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::desk::{Desk, Program, Running, Service};
use crate::lesson::{Lesson, nearest};
use crate::scenario::{Account, Reader};
use branch::Collecting;
use imap_forward::Where;
use imap_headers_first::Shown;
use imap_one_by_one::{PIECE, SMALL_MAX, Turn};
use imap_wait::{POLL_EVERY, Waits};
use user::User;

pub use reference::reference;
pub use user::{CALLS_MAX, REDIAL_PAUSE};

/// One strategy: the one place where its name, its protocol and its assumptions stand.
#[derive(Clone, Copy)]
pub struct StrategyRow {
    /// Its name: `pop3-fetch-all-delete`.
    pub name: &'static str,
    /// The protocol by which it fetches. All send by SMTP.
    pub protocol: Service,
    /// How the line is used.
    pub family: Family,
    /// What it does, in one sentence.
    pub does: &'static str,
    /// What it assumes, in one sentence.
    pub assumes: &'static str,
    start: fn(User) -> Running,
}

/// The three ways of using a mailbox at a distance (RFC 1733 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Mail is fetched and leaves the server; work is done without it.
    Offline,
    /// Work is done on the server's copy while the line is up.
    Online,
    /// Mail is fetched and the server keeps it; what was done here is told there later.
    Disconnected,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Offline => "offline",
            Self::Online => "online",
            Self::Disconnected => "disconnected",
        })
    }
}

impl fmt::Debug for StrategyRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StrategyRow").field(&self.name).finish()
    }
}

/// The strategies that are compared unless others are named.
pub const STRATEGIES: &[StrategyRow] = &[
    StrategyRow {
        name: "pop3-fetch-all-delete",
        protocol: Service::Pop3,
        family: Family::Offline,
        does: "Fetches every message, deletes it from the server, hangs up; answers go out in a second call.",
        assumes: "The reader has one computer, and disk enough for all mail.",
        start: |user| Box::pin(pop3_fetch_all_delete::run(user)),
    },
    StrategyRow {
        name: "pop3-leave-uidl",
        protocol: Service::Pop3,
        family: Family::Disconnected,
        does: "Fetches every message whose unique-id is new and leaves it on the server; dials again after a drop.",
        assumes: "The server has UIDL, and the computer remembers all unique-ids it has seen.",
        start: |user| Box::pin(pop3_leave_uidl::run(user)),
    },
    StrategyRow {
        name: "pop3-top-then-retr",
        protocol: Service::Pop3,
        family: Family::Disconnected,
        does: "Looks at every header by TOP, then fetches the messages chosen by RETR, hangs up and reads.",
        assumes: "The server has TOP; headers tell the reader enough, and choosing takes no time.",
        start: |user| Box::pin(pop3_top_then_retr::run(user)),
    },
    StrategyRow {
        name: "pop3-online",
        protocol: Service::Pop3,
        family: Family::Online,
        does: "Looks at every header by TOP, then fetches and reads message by message with the line up.",
        assumes: "The server has TOP; nobody else needs the telephone, or the maildrop, meanwhile.",
        start: |user| Box::pin(pop3_online::run(user)),
    },
    StrategyRow {
        name: "imap-online",
        protocol: Service::Imap,
        family: Family::Online,
        does: "Lists envelopes, then fetches and reads message by message with the line up.",
        assumes: "The reader keeps no mail: what is wanted again is fetched again.",
        start: |user| Box::pin(imap_online::run(user)),
    },
    StrategyRow {
        name: "imap-headers-first",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "Fetches four header fields of every message, then the chosen messages whole, hangs up and reads.",
        assumes: "Headers tell the reader enough, and choosing takes no time.",
        start: |user| Box::pin(imap_headers_first::run(user, Shown::Headers)),
    },
    StrategyRow {
        name: "imap-text-parts",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "Fetches envelopes and structures, then only the text of the chosen messages, hangs up and reads.",
        assumes: "The reader leaves attachments closed; if not, messages chosen come whole.",
        start: |user| Box::pin(imap_text_parts::run(user)),
    },
    StrategyRow {
        name: "imap-fetch-all",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "Fetches all new messages whole in one command, hangs up and reads.",
        assumes: "The computer has disk enough for all mail; the server keeps it too.",
        start: |user| Box::pin(imap_fetch_all::run(user)),
    },
];

/// Strategies that answer one question each, and run when they are asked for by name.
pub const ON_REQUEST: &[StrategyRow] = &[
    StrategyRow {
        name: "pop3-smallest-first",
        protocol: Service::Pop3,
        family: Family::Offline,
        does: "As pop3-fetch-all-delete, but asks LIST for the sizes and fetches the smallest message first.",
        assumes: "The reader has one computer, and disk enough for all mail.",
        start: |user| Box::pin(pop3_smallest_first::run(user)),
    },
    StrategyRow {
        name: "pop2-fetch-all",
        protocol: Service::Pop2,
        family: Family::Offline,
        does: "As pop3-fetch-all-delete, over POP2: one login line, counted octets, ACKD in place of DELE.",
        assumes: "The reader has one computer, and disk enough for all mail.",
        start: |user| Box::pin(pop2_fetch_all::run(user)),
    },
    StrategyRow {
        name: "pop3-pipelined",
        protocol: Service::Pop3,
        family: Family::Offline,
        does: "As pop3-fetch-all-delete, but sends up to 40 commands ahead if CAPA announces PIPELINING.",
        assumes: "The server has CAPA (RFC 2449); if it has no PIPELINING, nothing is sent ahead.",
        start: |user| Box::pin(pop3_pipelined::run(user)),
    },
    StrategyRow {
        name: "pop3-leave-days",
        protocol: Service::Pop3,
        family: Family::Disconnected,
        does: "As pop3-leave-uidl, but deletes from the server what this computer fetched seven days ago.",
        assumes: "The server has UIDL, and a second computer comes by within a week.",
        start: |user| Box::pin(pop3_leave_days::run(user)),
    },
    StrategyRow {
        name: "pop3-size-limit",
        protocol: Service::Pop3,
        family: Family::Disconnected,
        does: "Fetches messages of up to 15,000 octets whole; of bigger ones the header by TOP, and the rest if wanted.",
        assumes: "The server has UIDL and TOP; a header tells whether a big message is wanted.",
        start: |user| Box::pin(pop3_size_limit::run(user)),
    },
    StrategyRow {
        name: "pop3-xmit",
        protocol: Service::Pop3,
        family: Family::Offline,
        does: "As pop3-fetch-all-delete, but hands answers over by XTND XMIT, over POP3 itself.",
        assumes: "The server has XTND XMIT, which no RFC defines; Berkeley's popper had it.",
        start: |user| Box::pin(pop3_xmit::run(user)),
    },
    StrategyRow {
        name: "imap-online-text",
        protocol: Service::Imap,
        family: Family::Online,
        does: "As imap-online, but lists structures too, and fetches of each message only its text.",
        assumes: "The reader leaves attachments closed; if not, messages come whole.",
        start: |user| Box::pin(imap_online_text::run(user)),
    },
    StrategyRow {
        name: "imap-envelope-only",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "As imap-headers-first, but lists envelopes, which the server has taken apart.",
        assumes: "Envelopes tell the reader enough, and choosing takes no time.",
        start: |user| Box::pin(imap_headers_first::run(user, Shown::Envelopes)),
    },
    StrategyRow {
        name: "imap-small-first",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "Fetches the chosen messages of at most 20,000 octets, and the larger ones in the same call after them.",
        assumes: "Whoever cuts the call short would rather have many small messages than one large one.",
        start: |user| Box::pin(imap_one_by_one::run(user, Turn::SmallFirst(SMALL_MAX))),
    },
    StrategyRow {
        name: "imap-partial-resume",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "Fetches the chosen messages in pieces of 4,096 octets, and goes on behind the last piece after a drop.",
        assumes: "The line drops now and then, and the mail program keeps what it has of a message.",
        start: |user| Box::pin(imap_one_by_one::run(user, Turn::Pieces(PIECE))),
    },
    StrategyRow {
        name: "imap-search-there",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "Lets the server look for the word in the subject, then fetches the messages found, hangs up and reads.",
        assumes: "The reader looks for a word; whoever chooses otherwise gets a list of all envelopes.",
        start: |user| Box::pin(imap_search_there::run(user)),
    },
    StrategyRow {
        name: "imap-fetch-all-deflated",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "As imap-fetch-all, with both directions deflated from the login on.",
        assumes: "The server has COMPRESS=DEFLATE; the modem may compress as well, for less.",
        start: |user| Box::pin(imap_fetch_all::run(user.deflating())),
    },
    StrategyRow {
        name: "imap-headers-first-deflated",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "As imap-headers-first, with both directions deflated from the login on.",
        assumes: "The server has COMPRESS=DEFLATE; the modem may compress as well, for less.",
        start: |user| Box::pin(imap_headers_first::run(user.deflating(), Shown::Headers)),
    },
    StrategyRow {
        name: "imap-keep-sent",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "As imap-headers-first, and puts a copy of each answer into a mailbox at the server by APPEND.",
        assumes: "The reader wants to see at every computer what was answered, and pays for each answer twice.",
        start: |user| Box::pin(imap_keep_sent::run(user)),
    },
    StrategyRow {
        name: "imap-forward-here",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "As imap-text-parts, and passes on what is answered: it comes whole, goes into a new message, and up by APPEND.",
        assumes: "Somebody at the server sends what is put into Outgoing.",
        start: |user| Box::pin(imap_forward::run(user, Where::Here)),
    },
    StrategyRow {
        name: "imap-forward-there",
        protocol: Service::Imap,
        family: Family::Disconnected,
        does: "As imap-forward-here, but the server puts the message together by CATENATE, and it does not cross the line.",
        assumes: "The server has CATENATE, and somebody there sends what is put into Outgoing.",
        start: |user| Box::pin(imap_forward::run(user, Where::There)),
    },
    StrategyRow {
        name: "imap-idle",
        protocol: Service::Imap,
        family: Family::Online,
        does: "As imap-online, with the line up from the first visit to the last: the mail program waits by IDLE to be told.",
        assumes: "The server has IDLE, and the line costs nothing while nothing crosses it.",
        start: |user| Box::pin(imap_wait::run(user, Waits::Idle)),
    },
    StrategyRow {
        name: "imap-noop-poll",
        protocol: Service::Imap,
        family: Family::Online,
        does: "As imap-idle, but the mail program asks by NOOP once a minute.",
        assumes: "The server tells of new mail when it is asked, as every server must.",
        start: |user| Box::pin(imap_wait::run(user, Waits::Noop(POLL_EVERY))),
    },
    StrategyRow {
        name: "dmsp-batch",
        protocol: Service::Dmsp,
        family: Family::Disconnected,
        does: "Takes the changed descriptors, acknowledges them, fetches the texts chosen, hangs up and reads.",
        assumes: "Descriptors tell the reader enough, and choosing takes no time.",
        start: |user| Box::pin(dmsp_batch::run(user, dmsp_batch::Lists::AsTheyAre)),
    },
    StrategyRow {
        name: "dmsp-full-reset",
        protocol: Service::Dmsp,
        family: Family::Disconnected,
        does: "As dmsp-batch, but every visit comes after a long absence: RESET-CLIENT, and all descriptors anew.",
        assumes: "The workstation has lost what it knew, or was away for more than a week.",
        start: |user| Box::pin(dmsp_batch::run(user, dmsp_batch::Lists::Reset)),
    },
    StrategyRow {
        name: "dmsp-interactive",
        protocol: Service::Dmsp,
        family: Family::Online,
        does: "Takes the changed descriptors, then fetches and reads message by message with the line up.",
        assumes: "Nobody else needs the telephone meanwhile.",
        start: |user| Box::pin(dmsp_interactive::run(user)),
    },
];

/// How a branch office of several people collects its mail: for scenarios with a `[branch]`.
pub const OF_A_BRANCH: &[StrategyRow] = &[
    StrategyRow {
        name: "branch-etrn",
        protocol: Service::Smtp,
        family: Family::Offline,
        does: "The branch's mail host calls and says ETRN; the office's host brings each message once, over the same call.",
        assumes: "The branch has a mail host, and somebody who looks after it.",
        start: |user| Box::pin(branch::run(user, Collecting::Etrn)),
    },
    StrategyRow {
        name: "branch-pop3",
        protocol: Service::Pop3,
        family: Family::Offline,
        does: "Everybody at the branch fetches and deletes by POP3, one after the other, in one call.",
        assumes: "A router keeps the line up between one person and the next.",
        start: |user| Box::pin(branch::run(user, Collecting::Pop3InOneCall)),
    },
    StrategyRow {
        name: "branch-pop3-calls",
        protocol: Service::Pop3,
        family: Family::Offline,
        does: "Everybody at the branch fetches and deletes by POP3, each in a call of their own.",
        assumes: "Everybody has a modem, and somebody else's call is over before the next begins.",
        start: |user| Box::pin(branch::run(user, Collecting::Pop3ACallEach)),
    },
];

/// The strategy of this name, among [`STRATEGIES`], [`ON_REQUEST`] and [`OF_A_BRANCH`].
///
/// # Errors
/// An unknown name, with the nearest known one.
pub fn named(name: &str) -> Result<&'static StrategyRow, Lesson> {
    let known = || STRATEGIES.iter().chain(ON_REQUEST).chain(OF_A_BRANCH);
    if let Some(row) = known().find(|row| row.name == name) {
        return Ok(row);
    }
    let names = || known().map(|row| row.name);
    let lesson = Lesson::new(format!("there is no strategy `{name}`"))
        .note(format!("known are {}", names().collect::<Vec<_>>().join(", ")));
    Err(match nearest(name, names()) {
        Some(near) => lesson.hint(format!("did you mean `{near}`?")),
        None => lesson.hint("`maillab strategies` says what each does"),
    })
}

/// The strategy as a program that a world can run, and start afresh.
#[must_use]
pub fn program(strategy: &StrategyRow, reader: Arc<Reader>, account: Account) -> Program {
    let start = strategy.start;
    Arc::new(move |desk: Desk| start(User::new(desk, Arc::clone(&reader), account.clone())))
}
