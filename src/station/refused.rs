//! What the server says to a change, and what it refused for good.
//!
//! A refusal must neither end the call nor be asked for again in each: a change that will never be taken is set aside
//! with the server's words, and the rest of the queue goes on. The user sees it, mends it or drops it. What is refused
//! only for now stays in the queue, and so does what has to wait for it.

use super::change::Change;
use super::local::{LocalMail, Mark};

/// A change that the server will not take as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The change.
    pub change: Change,
    /// What the server said.
    pub words: String,
}

/// What the server said to a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// It is carried out, or what it was about is gone.
    Done,
    /// Not now.
    Later,
    /// Never like this; the server's words.
    Refused(String),
    /// UIDs turned out to be void, and took changes with them: the queue is another.
    Void,
}

/// More of a server's words is not kept.
const WORDS_MAX: usize = 200;

/// Response codes by which IMAP and POP3 refuse for now (RFC 5530 §3, RFC 2449 §8.1, RFC 3206 §4).
const FOR_NOW: [&str; 5] = ["UNAVAILABLE", "INUSE", "IN-USE", "SYS/TEMP", "LOGIN-DELAY"];

impl Told {
    /// Refused, with a response code where the server gave one.
    pub(super) fn refused(code: Option<&str>, words: &str) -> Self {
        let for_now = code.is_some_and(|code| FOR_NOW.iter().any(|known| known.eq_ignore_ascii_case(code)));
        if for_now { Self::Later } else { Self::Refused(words.chars().take(WORDS_MAX).collect()) }
    }
}

impl LocalMail {
    /// The next change that is to be told, from `at` on; `at` becomes its place. What waits for something before it,
    /// which was refused for now, is passed over.
    pub(super) fn next_to_tell(&self, at: &mut usize) -> Option<Change> {
        loop {
            let change = self.queue.get(*at)?;
            if !self.waits(change, *at) {
                return Some(change.clone());
            }
            *at += 1;
        }
    }

    /// Whether a change has to wait for one of the first `at` of the queue.
    pub(super) fn waits(&self, change: &Change, at: usize) -> bool {
        self.queue.iter().take(at).any(|earlier| earlier.comes_before(change))
    }

    /// `count` changes from `at` on have been told, and this was said; `at` becomes the place of the next.
    pub(super) fn settle(&mut self, at: &mut usize, count: usize, told: Told) {
        let end = at.saturating_add(count).min(self.queue.len());
        match told {
            Told::Done => drop(self.queue.drain((*at).min(end)..end)),
            Told::Later => {
                self.queue.range_mut((*at).min(end)..end).for_each(Change::was_answered);
                *at = end;
            }
            Told::Refused(words) => (*at..end).for_each(|_| self.refuse(*at, &words)),
            Told::Void => *at = 0,
        }
    }

    /// Sets a change aside, and takes back here what was not done there. What was to be filed is not deleted.
    fn refuse(&mut self, at: usize, words: &str) {
        let Some(mut change) = self.queue.remove(at) else { return };
        change.was_answered();
        match &change {
            Change::Mark { mailbox, number, mark, on } => self.set_here(mailbox, *number, *mark, !on),
            Change::Copy { mailbox, number, .. } => {
                self.queue.retain(|later| {
                    !(change.comes_before(later) && matches!(later, Change::Mark { on: true, .. }))
                });
                self.set_here(mailbox, *number, Mark::Deleted, false);
            }
            _ => {}
        }
        self.refused.push(Refused { change, words: words.to_owned() });
    }

    fn set_here(&mut self, mailbox: &str, number: u32, mark: Mark, on: bool) {
        if let Some(message) = self.message_mut(mailbox, number) {
            message.marks = message.marks.with(mark, on);
        }
    }

    /// The user has a refused change tried again, the first being number 1: mail to be sent in another text if he likes,
    /// a message filed in another mailbox. False if there is no such number, the message is gone, or the mending
    /// does not fit.
    pub fn try_again(&mut self, number: usize, mended: Mended) -> bool {
        let Some(nth) = number.checked_sub(1) else { return false };
        let Some(refused) = self.refused.get(nth) else { return false };
        let is_queued = match (refused.change.clone(), mended) {
            (Change::Send { number, .. }, Mended::Text(octets)) => {
                self.send(octets);
                self.outbox.remove(&number);
                true
            }
            (Change::Copy { mailbox, number, into, .. }, Mended::Not)
            | (Change::Copy { mailbox, number, .. }, Mended::Into(into)) => {
                self.file(&mailbox, number, &into)
            }
            (Change::Mark { mailbox, number, mark, on }, Mended::Not) => {
                self.mark(&mailbox, number, mark, on)
            }
            (change, Mended::Not) => {
                self.queue.push_back(change);
                true
            }
            _ => false,
        };
        if is_queued {
            self.refused.remove(nth);
        }
        is_queued
    }

    /// The user gives a refused change up, the first being number 1; with it goes what was to be sent.
    pub fn give_up(&mut self, number: usize) -> Option<Change> {
        let nth = number.checked_sub(1).filter(|nth| *nth < self.refused.len())?;
        let change = self.refused.remove(nth).change;
        if let Change::Send { number, .. } = change {
            self.outbox.remove(&number);
        }
        Some(change)
    }
}

/// What the user changes before a refused change is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mended {
    /// Nothing.
    Not,
    /// The message's octets.
    Text(bytes::Bytes),
    /// The mailbox in which to file.
    Into(String),
}
