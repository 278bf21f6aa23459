//! A store from what was kept and from what the mail files hold now.
//!
//! A message of a mail file and an entry that was kept are the same if their octets are. So mail that a client
//! removed stays removed, mail that came into the file meanwhile is new, and mail that somebody took out of the
//! file is gone for the clients too.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::state::Folder;
use super::text::{Kept, KeptMailbox};
use crate::lesson::Lesson;
use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::generate;
use crate::mail::import::mbox::Variant;
use crate::mail::import::{Imported, ImportedMessage, Origin};
use crate::mail::message::{Message, MessageId};
use crate::mail::store::{
    Change, ChangeKind, Entry, Exists, MailboxId, MailboxState, ModSeq, Store, Uid, UserId,
};
use crate::serve::accounts::{Accounts, Source, twice, uid_validity_of};

/// A store with all mail, and where the mail came from.
#[derive(Debug)]
pub struct Stocked {
    /// The store.
    pub store: Store,
    /// Its mailboxes that have a mail file behind them.
    pub stocks: Vec<Stock>,
    /// What was before the entries that are there now.
    pub before: Before,
    /// What the mail's owner should be told.
    pub news: Vec<String>,
}

/// A mailbox and its mail file.
#[derive(Debug)]
pub struct Stock {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The file or folder; none for the mailbox that is built in.
    pub path: Option<PathBuf>,
    /// Which entry stands where in it.
    pub origins: Vec<(Uid, Origin)>,
    /// How an mbox is quoted.
    pub variant: Option<Variant>,
    /// How many things in it could not be read.
    pub problems: usize,
}

/// What was in mailboxes before, and is not there now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Entries that are gone: UID and modification sequence.
    pub gone: BTreeMap<MailboxId, Vec<(u32, u64)>>,
    /// Messages of mail files that clients removed, by digest.
    pub taken: BTreeMap<MailboxId, BTreeMap<[u8; 16], u32>>,
}

impl Stocked {
    /// The entries whose messages are in mail files.
    #[must_use]
    pub fn from_source(&self) -> BTreeSet<(MailboxId, Uid)> {
        let all =
            |stock: &Stock| stock.origins.iter().map(|(uid, _)| (stock.mailbox, *uid)).collect::<Vec<_>>();
        self.stocks.iter().flat_map(all).collect()
    }
}

/// What is not kept counts its modification sequences from the clock on, so that a client that has seen an earlier
/// run hears of everything anew (RFC 7162 §3.1.2.1: under one UIDVALIDITY they never go back). No run makes so many
/// changes a second, and there are 63 bits.
const MODSEQS_A_SECOND: u64 = 1_000_000;

/// Makes a store with all mail of all accounts, at `now` by the clock on the wall. `read` reads what lies at a path.
///
/// Without anything kept, UIDVALIDITY comes from a mailbox's content, and UIDs of what is in it count from 1: who
/// comes again finds the same UIDs, and a mailbox that was changed between two runs is another one (RFC 3501
/// §2.3.1.1). What comes in later is forgotten at the end, so its UIDs begin at the time of day, beyond those of
/// any earlier run; so do the UIDVALIDITYs of mailboxes that clients make.
///
/// # Errors
/// Whatever `read` says, what cannot be in one store, and what was kept for somebody who has no account.
pub fn stock(
    accounts: &Accounts,
    now: Timestamp,
    kept: Option<(&Kept, &Folder)>,
    mut read: impl FnMut(&Path) -> Result<Imported, Lesson>,
) -> Result<Stocked, Lesson> {
    let clock = u32::try_from(now.unix).unwrap_or(u32::MAX / 2).max(1);
    let is_new = kept.is_none_or(|(kept, _)| kept.mailboxes.is_empty());
    let counted_before = if is_new { u64::from(clock) * MODSEQS_A_SECOND } else { 0 };
    let mut making = Making {
        stocked: Stocked {
            store: Store::new(now).counting_from(ModSeq(counted_before)),
            stocks: Vec::new(),
            before: Before::default(),
            news: Vec::new(),
        },
        clock,
        last_modseq: kept.map_or(0, |(kept, _)| kept.last_modseq),
        new: Vec::new(),
    };
    let mut left: BTreeMap<(&str, &str), &KeptMailbox> = BTreeMap::new();
    if let Some((kept, _)) = kept {
        left.extend(kept.mailboxes.values().map(|one| ((one.user.as_str(), one.name.as_str()), one)));
    }
    for account in &accounts.accounts {
        let user = account.enter(&mut making.stocked.store).map_err(|Exists(taken)| twice(&taken))?;
        let folders = account.folders.iter().map(|(name, path)| (name.as_str(), Source::Path(path.clone())));
        for (name, source) in std::iter::once(("INBOX", account.mail.clone())).chain(folders) {
            let (mail, variant, problems, path) = match source {
                Source::Embedded => (embedded(), None, 0, None),
                Source::Path(path) => {
                    let read = read(&path)?;
                    let variant = read.verdict.map(|verdict| verdict.variant);
                    (read.messages, variant, read.problems.len(), Some(path))
                }
                Source::Nothing => (Vec::new(), None, 0, None),
            };
            let known = left.remove(&(account.name.as_str(), name)).zip(kept.map(|(_, folder)| folder));
            let mailbox = making.mailbox(user, name, known, mail)?;
            if let Some(stock) = making.stocked.stocks.iter_mut().find(|stock| stock.mailbox == mailbox) {
                (stock.variant, stock.problems, stock.path) = (variant, problems, path);
            }
        }
        let own: Vec<_> = left.keys().filter(|(owner, _)| *owner == account.name).copied().collect();
        for key in own {
            let known = left.remove(&key).zip(kept.map(|(_, folder)| folder));
            making.mailbox(user, key.1, known, Vec::new())?;
        }
    }
    accounts.grant(&mut making.stocked.store);
    if let Some(((user, _), _)) = left.first_key_value() {
        return Err(Lesson::new(format!("the state folder keeps mail of `{user}`, who has no account here"))
            .hint("give that user an account, or name another folder with `--state`"));
    }
    let mut stocked = making.finish(kept.map(|(kept, _)| kept))?;
    if let Some((kept, folder)) = kept {
        let lost = kept.queue.restore(&mut stocked.store, |digest| folder.message(digest));
        if lost > 0 {
            stocked.news.push(format!("{lost} messages for other hosts are missing from the state folder"));
        }
    }
    for account in &accounts.accounts {
        account.enter_clients(&mut stocked.store);
    }
    Ok(stocked)
}

struct Making {
    stocked: Stocked,
    clock: u32,
    last_modseq: u64,
    /// Mail that came into mail files since they were read last.
    new: Vec<(MailboxId, ImportedMessage)>,
}

impl Making {
    fn mailbox(
        &mut self,
        user: UserId,
        name: &str,
        known: Option<(&KeptMailbox, &Folder)>,
        mail: Vec<ImportedMessage>,
    ) -> Result<MailboxId, Lesson> {
        let mailbox = match known {
            Some((known, folder)) => self.known_mailbox(user, name, known, folder, mail)?,
            None => self.new_mailbox(user, name, mail)?,
        };
        if name != "INBOX" && known.is_none() {
            self.stocked.store.subscribe(user, name);
        }
        Ok(mailbox)
    }

    /// A mailbox of which nothing was kept.
    fn new_mailbox(
        &mut self,
        user: UserId,
        name: &str,
        mail: Vec<ImportedMessage>,
    ) -> Result<MailboxId, Lesson> {
        let store = &mut self.stocked.store;
        let at = match store.mailbox_named(user, name).filter(|_| name == "INBOX") {
            Some(inbox) => inbox,
            None => store.create(user, name).map_err(|Exists(taken)| twice(&taken))?,
        };
        let mut origins = Vec::new();
        for one in mail {
            let entered = store.append(at, one.message, one.flags, one.received);
            origins.extend(entered.map(|uid| (uid, one.origin)));
        }
        if let Some(validity) = store.mailbox(at).map(uid_validity_of) {
            store.restore_identity(at, validity, Uid(self.clock));
        }
        self.stocked.stocks.push(Stock { mailbox: at, path: None, origins, variant: None, problems: 0 });
        Ok(at)
    }

    /// A mailbox that was kept, and what its mail file holds now.
    fn known_mailbox(
        &mut self,
        user: UserId,
        name: &str,
        known: &KeptMailbox,
        folder: &Folder,
        mail: Vec<ImportedMessage>,
    ) -> Result<MailboxId, Lesson> {
        let store = &mut self.stocked.store;
        let state = MailboxState {
            uid_validity: NonZeroU32::new(known.uid_validity).map_or(1, NonZeroU32::get),
            object: known.object,
            uid_next: Uid(known.uid_next),
            first_recent: Uid(known.first_recent),
            keywords: known.keywords.clone(),
        };
        let at = store.restore_mailbox(user, name, state).map_err(|Exists(taken)| twice(&taken))?;
        let mut there: BTreeMap<[u8; 16], VecDeque<usize>> = BTreeMap::new();
        for (nth, one) in mail.iter().enumerate() {
            there.entry(one.message.digest()).or_default().push_back(nth);
        }
        let mut used = vec![false; mail.len()];
        let mut take = |digest: &[u8; 16]| {
            let nth = there.get_mut(digest)?.pop_front()?;
            *used.get_mut(nth)? = true;
            mail.get(nth)
        };
        let mut gone = known.gone.clone();
        let mut origins = Vec::new();
        let mut lost = 0;
        for (uid, entry) in &known.entries {
            let source = if entry.from_source { take(&entry.digest) } else { None };
            let message: Option<Arc<Message>> = match source {
                Some(one) => {
                    origins.push((Uid(*uid), one.origin.clone()));
                    Some(Arc::clone(&one.message))
                }
                None if entry.from_source => None,
                None => {
                    let kept = folder.message(&entry.digest).map(Arc::new);
                    lost += usize::from(kept.is_none());
                    kept
                }
            };
            let Some(message) = message else {
                self.last_modseq += 1;
                gone.push((*uid, self.last_modseq));
                continue;
            };
            store.restore_entry(
                at,
                Entry {
                    uid: Uid(*uid),
                    flags: Flags::from_bits(entry.flags),
                    id: MessageId(entry.message),
                    internal_date: entry.received,
                    modseq: ModSeq(entry.modseq),
                    message,
                },
            );
        }
        let mut taken = known.taken.clone();
        taken.retain(|digest, times| {
            // Once a message has left the file, too, it may come again.
            *times = (0..*times).filter(|_| take(digest).is_some()).count() as u32;
            *times > 0
        });
        if lost > 0 {
            let what =
                format!("{name}: {lost} messages that were kept are missing, or were changed on the disk");
            self.stocked.news.push(what);
        }
        let new = mail.into_iter().zip(used).filter(|(_, used)| !used).map(|(one, _)| (at, one));
        self.new.extend(new);
        self.stocked.before.gone.insert(at, gone);
        self.stocked.before.taken.insert(at, taken);
        self.stocked.stocks.push(Stock { mailbox: at, path: None, origins, variant: None, problems: 0 });
        Ok(at)
    }

    fn finish(mut self, kept: Option<&Kept>) -> Result<Stocked, Lesson> {
        let store = &mut self.stocked.store;
        store.restore_uid_validities(self.clock.max(kept.map_or(0, |kept| kept.last_validity)));
        let Some(kept) = kept.filter(|kept| !kept.mailboxes.is_empty()) else { return Ok(self.stocked) };
        let expunged = self.stocked.before.gone.iter().flat_map(|(mailbox, gone)| {
            gone.iter().map(|(uid, modseq)| Change {
                modseq: ModSeq(*modseq),
                mailbox: *mailbox,
                uid: Uid(*uid),
                kind: ChangeKind::Expunged,
            })
        });
        store.restore_changes(expunged.collect::<Vec<_>>(), ModSeq(self.last_modseq));
        for (at, one) in self.new {
            let Some(uid) = store.append(at, one.message, one.flags, one.received) else { continue };
            if let Some(stock) = self.stocked.stocks.iter_mut().find(|stock| stock.mailbox == at) {
                stock.origins.push((uid, one.origin));
            }
        }
        for user in store.users().collect::<Vec<_>>() {
            let name = store.user_name(user).to_owned();
            for (_, what) in kept.subscriptions.iter().filter(|(owner, _)| *owner == name) {
                store.subscribe(user, what);
            }
        }
        let number = |(number, one): (&u32, &KeptMailbox)| {
            let user = store.user(one.user.as_bytes())?;
            Some((*number, store.mailbox_named(user, &one.name)?))
        };
        let numbers: BTreeMap<u32, MailboxId> = kept.mailboxes.iter().filter_map(number).collect();
        kept.pcmail.restore(store, &numbers);
        kept.visits.restore(store);
        Ok(self.stocked)
    }
}

fn embedded() -> Vec<ImportedMessage> {
    let file: Arc<str> = "(built in)".into();
    generate::messages(generate::embedded())
        .map(crate::scenario::NewMail::from)
        .map(|new| ImportedMessage {
            message: new.message,
            flags: new.flags,
            received: new.received,
            origin: Origin { file: Arc::clone(&file), line: 1 },
        })
        .collect()
}
