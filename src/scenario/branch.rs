//! A branch office: several people behind one line, whose mail waits at the main office.
//!
//! The same mail waits twice: in everybody's maildrop, for those who fetch it by POP3, and in the queue for the
//! branch's domain, for the branch's own mail host that asks for it by ETRN (RFC 1985). A message for everybody lies
//! in every maildrop, and once in the queue.

use std::sync::Arc;

use super::NewMail;
use crate::lesson::Lesson;
use crate::mail::message::MessageId;
use crate::mail::queue::{BRANCH, Item, QueuedRecipient};
use crate::mail::store::{Exists, Store};
use crate::time::Instant;

/// Who is at the branch, and how much of the mail is for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// How many people, named `user1` and so on.
    pub people: u32,
    /// So many messages, the first ones, are for everybody; each of the others is for one person.
    pub for_all: u32,
}

/// A few people, and nothing that is for all of them.
impl Default for Branch {
    fn default() -> Self {
        Self { people: 3, for_all: 0 }
    }
}

impl Branch {
    /// The most people of a branch.
    pub const PEOPLE_MAX: u32 = 1000;

    /// The password of everybody at the office.
    pub const PASSWORD: &str = "secret";

    /// What people are called, at the branch and at the office.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        (1..=self.people).map(|nth| format!("user{nth}")).collect()
    }

    /// Puts the mail where it waits. A message's place is its identity in the store, in whosever maildrop it lies.
    ///
    /// # Errors
    /// A name that is taken.
    pub(super) fn fill(&self, store: &mut Store, mail: &[NewMail]) -> Result<(), Lesson> {
        let people = self.names();
        let mut inboxes = Vec::new();
        for person in &people {
            let taken = |Exists(name): Exists| Lesson::new(format!("the name {name} is given twice"));
            let user = store.add_user(person, Self::PASSWORD).map_err(taken)?;
            inboxes.extend(store.inbox(user));
        }
        store.queue_mut().hold(BRANCH);
        let first = store.reserve(mail.len() as u32);
        for (nth, (id, new)) in (first.0..).zip(mail).enumerate() {
            let recipients = if (nth as u32) < self.for_all {
                0..people.len()
            } else {
                let one = nth % people.len().max(1);
                one..(one + 1).min(people.len())
            };
            for inbox in inboxes.get(recipients.clone()).unwrap_or_default() {
                let message = Arc::clone(&new.message);
                store.append_as(MessageId(id), *inbox, message, new.flags, new.received);
            }
            let addresses = people.get(recipients).unwrap_or_default().iter();
            let recipients = addresses
                .map(|person| QueuedRecipient {
                    address: format!("{person}@{BRANCH}"),
                    notify: None,
                    orcpt: None,
                })
                .collect();
            let item = Item::new(Arc::clone(&new.message), "author@far.example", BRANCH, Instant::START);
            store.queue_mut().push(Item { recipients, ..item });
        }
        Ok(())
    }
}
