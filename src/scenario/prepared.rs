//! A scenario made ready to run: the mail when it comes, the reader, and the server's store.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::answer::DOMAIN;
use super::{Order, Reader, Scenario};
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::generate::Generated;
use crate::mail::message::Message;
use crate::mail::store::{Exists, MailboxId, Store};
use crate::world::Delivery;

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

impl From<Generated> for NewMail {
    fn from(generated: Generated) -> Self {
        Self { message: Arc::new(generated.message), flags: Flags::NONE, received: generated.received }
    }
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
    /// Everybody at the branch office whose mail it is; nobody, if it is the owner's alone.
    pub people: Vec<String>,
}

impl Default for Account {
    /// Alice, whose password is `secret`.
    fn default() -> Self {
        Self {
            user: "alice".to_owned(),
            password: "secret".to_owned(),
            address: format!("alice@{DOMAIN}"),
            people: Vec::new(),
        }
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
    /// All mail, in the order of the mailbox: a message's place, from 0, is its [`MessageId`] in the store.
    ///
    /// [`MessageId`]: crate::mail::message::MessageId
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
        let people = scenario.branch.map(|branch| branch.names()).unwrap_or_default();
        let account = Account { people, ..Account::default() };
        let reader = Reader::new(&scenario.habits, &mail, &account, scenario.seed, scenario.start)?;
        let (mut store, inbox) = store(scenario.start, &account, &reader)
            .map_err(|Exists(taken)| Lesson::new(format!("the name {taken} is given twice")))?;
        for name in &scenario.neighbours {
            let added = store.add_user(name, "secret");
            added
                .and_then(|user| store.add_address(user, &format!("{name}@{DOMAIN}")))
                .map_err(|Exists(taken)| Lesson::new(format!("the name {taken} is given twice")))?;
        }
        if let Some(branch) = scenario.branch {
            branch.fill(&mut store, &mail)?;
            post(scenario, &mut store)?;
            let (deliveries, mail, reader) = (Vec::new(), Arc::new(mail), Arc::new(reader));
            return Ok(Self { store, deliveries, mail, reader, account });
        }
        for new in batch(&mail, 0, reader.visits()) {
            store.append(inbox, Arc::clone(&new.message), new.flags, new.received);
        }
        let mut deliveries = Vec::new();
        for visit in 1..reader.visits() {
            let batch = batch(&mail, visit, reader.visits());
            deliveries.push(Delivery {
                at: reader.visit_start(visit),
                mailbox: inbox,
                first: store.reserve(batch.len() as u32),
                messages: batch.iter().map(|new| (Arc::clone(&new.message), new.received)).collect(),
            });
        }
        post(scenario, &mut store)?;
        Ok(Self { store, deliveries, mail: Arc::new(mail), reader: Arc::new(reader), account })
    }
}

/// Sets up the bulletin boards. They are the correspondents', and come last: a message's place in the mailbox is its
/// identity in the store.
fn post(scenario: &Scenario, store: &mut Store) -> Result<(), Lesson> {
    let Some(owner) = store.user(Prepared::CORRESPONDENTS.as_bytes()) else { return Ok(()) };
    for (nth, board) in (0..).zip(&scenario.boards) {
        let taken = |Exists(name)| Lesson::new(format!("the name {name} is given twice"));
        let at = store.create_board(owner, &board.name).map_err(taken)?;
        for new in board.mail(nth, scenario)? {
            store.append(at, new.message, new.flags, new.received);
        }
    }
    Ok(())
}

fn largest_first(mail: &mut [NewMail]) {
    let largest = (0..mail.len()).rev().max_by_key(|at| mail.get(*at).map(|new| new.message.size()));
    if let Some(upto) = largest.and_then(|at| mail.get_mut(..=at)) {
        upto.rotate_right(1);
    }
}

/// The mail that is there when a visit begins and was not there before.
pub(super) fn batch(mail: &[NewMail], visit: u32, visits: u32) -> &[NewMail] {
    let cut = |visit: u64| (mail.len() as u64 * visit / u64::from(visits.max(1))) as usize;
    mail.get(cut(u64::from(visit))..cut(u64::from(visit) + 1)).unwrap_or_default()
}

fn store(start: Timestamp, account: &Account, reader: &Reader) -> Result<(Store, MailboxId), Exists> {
    let mut store = Store::new(start);
    let owner = store.add_user(&account.user, account.password.clone())?;
    store.add_address(owner, &account.address)?;
    let others = store.add_user(Prepared::CORRESPONDENTS, "")?;
    // Addresses are compared in lower case: Bob@ and bob@ are one person.
    let addresses: BTreeSet<String> =
        reader.correspondents().into_iter().map(str::to_ascii_lowercase).collect();
    for address in addresses {
        store.add_address(others, &address)?;
    }
    let inbox = store.inbox(owner).ok_or_else(|| Exists(account.user.clone()))?;
    Ok((store, inbox))
}
