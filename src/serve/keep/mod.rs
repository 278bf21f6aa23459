//! Keeping what clients change: in a folder of the server's own, or in the mail files themselves.
//!
//! The hub calls [`Keeper::keep`] after each step of a session that changed the store, and before any octet of
//! the session's answer leaves: what a client is told is done is written down.
//!
//! | file | holds |
//! |---|---|
//! | `text.rs` | the state file as text: lines, and what they add up to |
//! | `visits.rs` | what is kept of visits beside mail: LAST, LOGIN-DELAY, one-time passwords |
//! | `queue.rs` | what is kept of mail that waits for other hosts |
//! | `pcmail.rs` | what DMSP keeps beside mail: workstations, boards, addresses |
//! | `state.rs` | `--state DIR`: the state file, the messages beside it, the lock on both |
//! | `bring_back.rs` | a store from what was kept and from what the mail files hold now |
//! | `write_back.rs` | `--write-back`: which mailbox is which file |
//! | `mbox.rs`, `maildir.rs` | changing an mbox and a Maildir so that nothing is ever lost |

use crate::mail::store::Store;

pub mod bring_back;
pub mod maildir;
pub mod mbox;
pub mod pcmail;
pub mod queue;
pub mod state;
pub mod text;
pub mod visits;
pub mod write_back;

/// Writes down what changes in a store.
pub trait Keeper: std::fmt::Debug + Send {
    /// The store may have changed since the last call: writes down how.
    ///
    /// # Errors
    /// In words, if that could not be done. The next call tries again.
    fn keep(&mut self, store: &Store) -> Result<(), String>;

    /// A session is over, or the server stops: writes down what could wait until now.
    ///
    /// # Errors
    /// As [`Keeper::keep`].
    fn settle(&mut self, store: &Store) -> Result<(), String>;

    /// What its owner should be told, once.
    fn news(&mut self) -> Vec<String> {
        Vec::new()
    }
}
