//! What came of a run: metrics, the itemised bill, and the lower bound. All of it is counted from the journal.
//!
//! | file | answers |
//! |---|---|
//! | `metrics.rs` | how many bytes, turns, seconds |
//! | `chain.rs` | how many round trips stood between the first SYN and the last wanted byte |
//! | `timeline.rs` | whose is each instant of a call, and what was the line doing |
//! | `bill.rs` | what each of these instants cost |
//! | `bound.rs` | what no strategy can undercut |

pub mod bill;
pub mod bound;
pub mod chain;
pub mod metrics;
pub mod timeline;

use std::collections::BTreeMap;

use crate::mail::message::MessageId;

/// What a reader cares about: for each message of the mailbox, which of its octets are worth having.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// By message.
    pub messages: BTreeMap<MessageId, Worth>,
}

/// What one message is worth to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// The reader wants to read it.
    pub wanted: bool,
    /// Octets that are looked at when it is read: all of it, or all but the attachments that stay closed.
    pub looked_at: u64,
    /// Octets of its header: what a list shows of a message that is not read.
    pub header: u64,
}

impl Worth {
    /// Octets of the message that are of use, if the reader has read it or not.
    #[must_use]
    pub const fn useful(&self) -> u64 {
        if self.wanted { self.looked_at } else { self.header }
    }
}

#[cfg(test)]
mod tests;
