//! The queue of what was done off line, and in which order it is replayed.

use std::collections::BTreeSet;

use super::local::{LocalMail, Mark};

/// Something that the user did here and the server does not know yet. Messages are named by their UIDs; where the
/// protocol has none, by unique-id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A mailbox was made.
    Create {
        /// Its name.
        mailbox: String,
    },
    /// A flag was set or cleared.
    Mark {
        /// The message's mailbox.
        mailbox: String,
        /// Its UID.
        number: u32,
        /// The flag.
        mark: Mark,
        /// Whether it is set.
        on: bool,
    },
    /// A message was copied.
    Copy {
        /// From where.
        mailbox: String,
        /// Its UID there.
        number: u32,
        /// To where.
        into: String,
        /// It was tried, and no answer came: a copy, if there is one, has this UID or a higher one.
        since: Option<u32>,
    },
    /// What is marked as deleted was removed for good.
    Expunge {
        /// Where.
        mailbox: String,
    },
    /// A message of a maildrop was deleted.
    Drop {
        /// Its unique-id.
        id: String,
    },
    /// A message was written, and waits to be sent.
    Send {
        /// Its number among those that wait.
        number: u32,
        /// It was tried, and no answer came: nobody can be asked, and it may arrive twice.
        tried: bool,
    },
}

impl Change {
    /// The mailboxes that it names.
    pub(super) fn mailboxes(&self) -> impl Iterator<Item = &str> {
        let (first, second) = match self {
            Self::Create { mailbox } | Self::Mark { mailbox, .. } | Self::Expunge { mailbox } => {
                (Some(mailbox), None)
            }
            Self::Copy { mailbox, into, .. } => (Some(mailbox), Some(into)),
            Self::Drop { .. } | Self::Send { .. } => (None, None),
        };
        [first, second].into_iter().flatten().map(String::as_str)
    }

    /// Flags first, since copies take them along; copies before their originals are deleted; and what is removed
    /// goes at last. Mail is sent when all else is done.
    const fn turn(&self) -> u8 {
        match self {
            Self::Create { .. } => 0,
            Self::Mark { mark: Mark::Deleted, .. } => 3,
            Self::Mark { .. } => 1,
            Self::Copy { .. } => 2,
            Self::Expunge { .. } | Self::Drop { .. } => 4,
            Self::Send { .. } => 5,
        }
    }

    /// Whether `later` has to wait until this has been carried out: what was filed would be lost if its original went
    /// before it was copied, and there is no copy into a mailbox that is not there yet.
    pub(super) fn comes_before(&self, later: &Self) -> bool {
        match (self, later) {
            (Self::Create { mailbox }, Self::Copy { into, .. }) => mailbox == into,
            (Self::Mark { mailbox, number, .. }, Self::Copy { mailbox: from, number: of, .. })
            | (
                Self::Copy { mailbox, number, .. },
                Self::Mark { mailbox: from, number: of, mark: Mark::Deleted, .. },
            ) => (mailbox, number) == (from, of),
            (Self::Mark { mailbox, mark: Mark::Deleted, .. }, Self::Expunge { mailbox: at }) => mailbox == at,
            _ => false,
        }
    }

    /// The server has answered that it was not carried out: there is nothing to be looked for before the next time.
    pub(super) const fn was_answered(&mut self) {
        match self {
            Self::Copy { since, .. } => *since = None,
            Self::Send { tried, .. } => *tried = false,
            _ => {}
        }
    }

    /// Changes of one kind stand together, so that IMAP can make them by one command.
    fn kind(&self) -> (u8, &str, Option<(Mark, bool)>) {
        match self {
            Self::Mark { mailbox, mark, on, .. } => (self.turn(), mailbox, Some((*mark, *on))),
            Self::Copy { mailbox, .. } | Self::Create { mailbox } | Self::Expunge { mailbox } => {
                (self.turn(), mailbox, None)
            }
            Self::Drop { .. } | Self::Send { .. } => (self.turn(), "", None),
        }
    }

    /// Of changes with one identity the last one is enough: the same flag, set anew; the same thing done twice.
    fn identity(&self) -> Option<(u8, &str, u32, Option<Mark>)> {
        match self {
            Self::Create { mailbox } => Some((0, mailbox, 0, None)),
            Self::Mark { mailbox, number, mark, .. } => Some((1, mailbox, *number, Some(*mark))),
            Self::Expunge { mailbox } => Some((2, mailbox, 0, None)),
            Self::Copy { .. } | Self::Drop { .. } | Self::Send { .. } => None,
        }
    }
}

impl LocalMail {
    /// Puts the queue in the order in which it is replayed, without what was overtaken. Of changes of different
    /// flags and different messages no order can be seen afterwards.
    pub fn put_queue_in_order(&mut self) {
        let queue = std::mem::take(&mut self.queue);
        let mut overtaken = BTreeSet::new();
        let mut kept: Vec<Change> = (queue.iter().rev())
            .filter(|change| change.identity().is_none_or(|identity| overtaken.insert(identity)))
            .cloned()
            .collect();
        kept.reverse();
        kept.sort_by(|a, b| a.kind().cmp(&b.kind()));
        self.queue = kept.into();
    }
}
