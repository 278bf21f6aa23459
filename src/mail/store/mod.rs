//! The one store behind every protocol: users, mailboxes, entries, and the log of what changed.
//!
//! A message that SMTP delivered is seen by POP3 and IMAP at once. Each change gets a modification sequence and
//! one line in the change log; what POP3 calls unique-id and IMAP calls UID names the same identity.
//!
//! The store is a value: a clone costs a few pointers, and a change after a clone copies what it touches.
//!
//! | file | holds |
//! |---|---|
//! | `users.rs` | users, passwords, addresses, the lock on a maildrop |
//! | `mailboxes.rs` | mailboxes by name, subscriptions |
//! | `entries.rs` | what happens to the messages in a mailbox |
//! | `clients.rs` | a user's workstations, and what each has not noted yet: update lists |
//! | `boards.rs` | bulletin boards, which others may read |
//! | `directory.rs` | full names, forwarding, mailing lists, terminals |
//! | `printer.rs` | what was printed |
//! | `secrets.rs` | who may act as whom, one-time passwords |
//! | `uid_runs.rs` | sets of UIDs |
//! | `visits.rs` | what a post office remembers of its users' visits |
//! | `restore.rs` | bringing back what was kept of an earlier run |

mod boards;
mod clients;
mod directory;
mod entries;
mod mailboxes;
mod printer;
mod restore;
mod secrets;
mod uid_runs;
mod users;
mod visits;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::date::Timestamp;
use super::queue::Queue;
use crate::persist::Log;
use crate::time::Instant;

pub use boards::BoardSubscription;
pub use clients::{ClientInUse, ClientObject, KnownClient};
pub use directory::{Alias, OnTerminal};
pub use entries::{Entry, FlagChange};
pub use mailboxes::Mailbox;
pub use printer::Printed;
pub use restore::MailboxState;
pub use secrets::{OneTime, OneTimeHash};
pub use uid_runs::UidRuns;
pub use users::{InUse, equal_in_constant_time};

use users::{Address, User};

/// Modification sequence: counts the changes of the store. Zero is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModSeq(pub u64);

/// Unique identifier of an entry in its mailbox (RFC 3501 §2.3.1.1): never zero, never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u32);

/// Names a user of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId(u32);

/// Names a mailbox of the store, whatever it is called at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxId(u32);

/// A line of the change log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the order of all changes.
    pub modseq: ModSeq,
    /// Where it happened.
    pub mailbox: MailboxId,
    /// To which entry.
    pub uid: Uid,
    /// What happened.
    pub kind: ChangeKind,
}

/// What can happen to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It entered the mailbox.
    Added,
    /// Its flags changed.
    Flags,
    /// It was removed for good.
    Expunged,
}

/// A user, mailbox or address that exists already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exists(pub String);

/// All mail of all users.
#[derive(Clone, Debug, PartialEq)]
pub struct Store {
    /// What the clock on the wall shows at the scenario's start.
    epoch: Timestamp,
    users: Vec<Arc<User>>,
    mailboxes: Vec<Arc<Mailbox>>,
    /// Mail addresses in lower case, and where mail for each goes.
    addresses: Arc<BTreeMap<String, Address>>,
    /// Bulletin boards by name in lower case.
    boards: Arc<BTreeMap<String, MailboxId>>,
    directory: Arc<directory::Directory>,
    queue: Arc<Queue>,
    printed: Log<Printed>,
    changes: Log<Change>,
    /// What was counted before the first change.
    counted_before: ModSeq,
    messages: u32,
    uid_validities: u32,
}

impl Store {
    /// An empty store; `epoch` is what the clock on the wall shows at the scenario's start.
    #[must_use]
    pub fn new(epoch: Timestamp) -> Self {
        Self {
            epoch,
            users: Vec::new(),
            mailboxes: Vec::new(),
            addresses: Arc::default(),
            boards: Arc::default(),
            directory: Arc::default(),
            queue: Arc::default(),
            printed: Log::default(),
            changes: Log::default(),
            counted_before: ModSeq::default(),
            messages: 0,
            uid_validities: 0,
        }
    }

    /// What the clock on the wall shows now.
    #[must_use]
    pub fn clock(&self, now: Instant) -> Timestamp {
        self.epoch.at(now)
    }

    /// The mail that waits to be sent on.
    #[must_use]
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The mail that waits to be sent on, to be changed.
    pub fn queue_mut(&mut self) -> &mut Queue {
        Arc::make_mut(&mut self.queue)
    }

    /// Counts changes on from `before`, in a store that has seen none.
    #[must_use]
    pub fn counting_from(self, before: ModSeq) -> Self {
        Self { counted_before: before, ..self }
    }

    /// Sets number 1 aside, where nothing has happened yet: whoever asks is told of 1 then, since a modification
    /// sequence is never 0, and the first change has to be above that (RFC 7162 §3.1.2.1).
    pub fn set_first_modseq_aside(&mut self) {
        if self.modseq() == ModSeq::default() {
            self.counted_before = ModSeq(1);
        }
    }

    /// The newest change: a session that has seen it has seen everything.
    #[must_use]
    pub fn modseq(&self) -> ModSeq {
        self.changes.last().map_or(self.counted_before, |change| change.modseq)
    }

    /// All changes after `seen`, oldest first.
    pub fn changes_since(&self, seen: ModSeq) -> impl Iterator<Item = &Change> {
        self.changes.iter_from(self.changes.partition_point(|change| change.modseq <= seen))
    }
}

#[cfg(test)]
mod tests;
