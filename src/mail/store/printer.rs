//! Printers: what they were given to print, to be looked at.

use super::Store;
use crate::mail::date::Timestamp;
use crate::mail::message::MessageId;

/// One message on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Printed {
    /// The printer.
    pub printer: String,
    /// The message.
    pub message: MessageId,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Prints a message.
    pub fn print(&mut self, printer: &str, message: MessageId, at: Timestamp) {
        self.printed.push(Printed { printer: printer.to_owned(), message, at });
    }

    /// All that was printed, in order.
    pub fn printed(&self) -> impl Iterator<Item = &Printed> {
        self.printed.iter()
    }
}
