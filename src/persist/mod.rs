//! Values that clone in no time: what the world is made of.
//!
//! A checkpoint is a clone of the world, so whatever grows must share its past with its clones.
//! [`Log`] only grows: journal, streams, tapes. [`CowList`] also changes and shrinks: a mailbox's entries.

mod cow_list;
mod log;

pub use cow_list::CowList;
pub use log::Log;
