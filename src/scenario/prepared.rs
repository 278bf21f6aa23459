//! A scenario made ready to run: the mail when it comes, the reader, and the server's store.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::answer::DOMAIN;
use super::{Order, Reader, Scenario};
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::message::Message;
use crate::mail::store::{Exists, Store};
use crate::time::Instant;

/// A message on its way into a mailbox.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMail {
    /// The message.
    pub message: Arc<Message>,
    /// The flags it comes with.
    pub flags: Flags,
    /// When the server received it, or will have received it.
    pub received: Timestamp,
}

/// Mail that is there from a moment on.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// When: the start of a visit.
    pub at: Instant,
    /// What, in order.
    pub mail: Vec<NewMail>,
}

/// Whose mailbox it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name to log in with.
    pub user: String,
    /// The password.
    pub password: String,
    /// The owner's own mail address.
    pub address: String,
}

impl Default for Account {
    /// Alice, whose password is `secret`.
    fn default() -> Self {
        Self { user: "alice".to_owned(), password: "secret".to_owned(), address: format!("alice@{DOMAIN}") }
    }
}

/// A scenario with its mail, ready for any number of runs: each takes a clone of the store.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The server's store: the account with the mail of the first visit, and one user for everybody whom the
    /// reader answers.
    pub store: Store,
    /// What comes later: the mail of the second visit and those after it.
    pub deliveries: Vec<Delivery>,
    /// All mail, in the order of the mailbox.
    pub mail: Arc<Vec<NewMail>>,
    /// The reader.
    pub reader: Arc<Reader>,
    /// Whose mailbox it is.
    pub account: Account,
}

impl Prepared {
    /// The user in whose INBOX the reader's answers arrive.
    pub const CORRESPONDENTS: &str = "correspondents";

    /// Puts a scenario together with its mail, which the caller has read or generated.
    ///
    /// With several visits the mail is split in order into as many batches, equal to within one message; each
    /// is there when its visit begins.
    ///
    /// # Errors
    /// A lesson when the reader's habits name a message that the mailbox does not have.
    pub fn new(scenario: &Scenario, mut mail: Vec<NewMail>) -> Result<Self, Lesson> {
        if scenario.order == Order::LargestFirst {
            largest_first(&mut mail);
        }
        let account = Account::default();
        let reader = Reader::new(&scenario.habits, &mail, &account, scenario.seed, scenario.start)?;
        let mut deliveries = batches(&reader, &mail);
        let first = if deliveries.is_empty() { vec![] } else { deliveries.remove(0).mail };
        let store = store(scenario.start, &account, &reader, first)
            .map_err(|Exists(taken)| Lesson::new(format!("the name {taken} is given twice")))?;
        Ok(Self { store, deliveries, mail: Arc::new(mail), reader: Arc::new(reader), account })
    }
}

fn largest_first(mail: &mut [NewMail]) {
    let largest = (0..mail.len()).rev().max_by_key(|at| mail.get(*at).map(|new| new.message.size()));
    if let Some(upto) = largest.and_then(|at| mail.get_mut(..=at)) {
        upto.rotate_right(1);
    }
}

fn batches(reader: &Reader, mail: &[NewMail]) -> Vec<Delivery> {
    let visits = u64::from(reader.visits().max(1));
    let cut = |visit: u64| (mail.len() as u64 * visit / visits) as usize;
    (0..reader.visits().max(1))
        .map(|visit| Delivery {
            at: reader.visit_start(visit),
            mail: mail.get(cut(u64::from(visit))..cut(u64::from(visit + 1))).unwrap_or_default().to_vec(),
        })
        .collect()
}

fn store(start: Timestamp, account: &Account, reader: &Reader, mail: Vec<NewMail>) -> Result<Store, Exists> {
    let mut store = Store::new(start);
    let owner = store.add_user(&account.user, account.password.clone())?;
    store.add_address(owner, &account.address)?;
    let others = store.add_user(Prepared::CORRESPONDENTS, "")?;
    let mut named = BTreeSet::new();
    for address in reader.correspondents() {
        // Addresses are compared in lower case: Bob@ and bob@ are one person.
        if named.insert(address.to_ascii_lowercase()) {
            store.add_address(others, address)?;
        }
    }
    if let Some(inbox) = store.inbox(owner) {
        for new in mail {
            store.append(inbox, new.message, new.flags, new.received);
        }
    }
    Ok(store)
}
