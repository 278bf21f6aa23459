//! `--write-back`: what clients change goes back into the mail files themselves.
//!
//! Mail that comes and mail that goes is in the files before the client hears of it. Flags wait until a session
//! ends: they are changed often, and an mbox is written anew each time. Mailboxes that clients make become
//! Maildirs in a folder beside the INBOX's file: `PATH.folders/NAME`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Keeper;
use super::bring_back::Stocked;
use super::maildir::Maildir;
use super::mbox::{Changes, Mbox};
use super::text::{decoded, encoded};
use crate::lesson::{Lesson, Place};
use crate::mail::flags::Flags;
use crate::mail::store::{ChangeKind, Mailbox, MailboxId, ModSeq, Store, Uid, UserId};
use crate::serve::accounts::{Accounts, Source};

/// Mail files that follow a store.
#[derive(Debug)]
pub struct WriteBack {
    targets: BTreeMap<MailboxId, Target>,
    /// Where a user's new mailboxes are made.
    made: BTreeMap<UserId, PathBuf>,
    /// The store as the files have it, but for flags.
    seen: Store,
    /// Flags up to here are in the files.
    flags_seen: ModSeq,
    news: Vec<String>,
}

#[derive(Debug)]
enum Target {
    Mbox(Box<Mbox>),
    Maildir(Maildir),
}

/// The folder in which mailboxes lie that the clients of an account have made.
#[must_use]
pub fn made_folder(inbox: &Path) -> PathBuf {
    let mut name = inbox.as_os_str().to_owned();
    name.push(".folders");
    name.into()
}

/// The mailboxes that clients have made in earlier runs, beside the INBOX's file: name and path.
///
/// # Errors
/// A folder that cannot be read.
pub fn made_before(inbox: &Path) -> Result<Vec<(String, PathBuf)>, Lesson> {
    let folder = made_folder(inbox);
    let unreadable = |error: io::Error| {
        Lesson::new(format!("this folder cannot be read: {error}"))
            .at(Place::file(folder.display().to_string()))
            .hint("it holds the mailboxes that clients have made")
    };
    let mut found = Vec::new();
    match fs::read_dir(&folder) {
        Ok(files) => {
            for file in files {
                let path = file.map_err(unreadable)?.path();
                let name = path.file_name().and_then(|name| name.to_str()).and_then(decoded);
                found.extend(name.filter(|_| path.join("cur").is_dir()).map(|name| (name, path)));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unreadable(error)),
    }
    found.sort();
    Ok(found)
}

/// Says why accounts cannot be written back to, before anything is read.
///
/// # Errors
/// Mail that is built in, and accounts without mail.
pub fn check(accounts: &Accounts) -> Result<(), Lesson> {
    for account in &accounts.accounts {
        if !matches!(account.mail, Source::Path(_)) {
            return Err(Lesson::new(format!("there is no mail file of `{}` to write back to", account.name))
                .hint("name one with `--mail PATH`, or keep changes in a folder with `--state DIR`"));
        }
    }
    Ok(())
}

impl WriteBack {
    /// Opens the files behind a store.
    ///
    /// # Errors
    /// A file that is neither an mbox nor a Maildir, or of which not everything could be read.
    pub fn open(stocked: &Stocked) -> Result<Self, Lesson> {
        let store = &stocked.store;
        let (mut targets, mut made) = (BTreeMap::new(), BTreeMap::new());
        for stock in &stocked.stocks {
            let Some((path, mailbox)) = stock.path.as_ref().zip(store.mailbox(stock.mailbox)) else {
                continue;
            };
            let place = || Place::file(path.display().to_string());
            if stock.problems > 0 {
                return Err(Lesson::new(
                    "not everything in this mail could be read, so it is not written to",
                )
                .at(place())
                .note("what was not understood could be lost")
                .hint("keep changes in a folder of their own instead, with `--state DIR`"));
            }
            let flags = |uid: Uid| mailbox.entry(uid).map_or(Flags::NONE, |entry| entry.flags);
            let target = if path.is_dir() {
                let is_maildir = path.join("cur").is_dir();
                let items: Vec<_> = stock
                    .origins
                    .iter()
                    .map(|(uid, origin)| (*uid, PathBuf::from(&*origin.file), flags(*uid)))
                    .collect();
                if !is_maildir || items.iter().any(|(_, path, _)| !path.exists()) {
                    return Err(neither(place()));
                }
                Target::Maildir(Maildir::new(path, items))
            } else {
                let is_empty = fs::metadata(path).is_ok_and(|about| about.len() == 0);
                let variant =
                    stock.variant.or(is_empty.then_some(crate::mail::import::mbox::Variant::Mboxrd));
                let variant = variant.ok_or_else(|| neither(place()))?;
                let items = stock.origins.iter().map(|(uid, origin)| (*uid, origin.line, flags(*uid)));
                let mbox = Mbox::open(path, variant, items).map_err(|error| {
                    Lesson::new(format!("this mbox cannot be written back to: {error}"))
                        .at(place())
                        .hint("try again, or keep changes in a folder of their own with `--state DIR`")
                })?;
                Target::Mbox(Box::new(mbox))
            };
            if mailbox.name == "INBOX" {
                made.insert(mailbox.owner, made_folder(path));
            }
            targets.insert(stock.mailbox, target);
        }
        let (seen, flags_seen) = (store.clone(), store.modseq());
        Ok(Self { targets, made, seen, flags_seen, news: Vec::new() })
    }

    /// Makes, moves and removes what mailboxes were made, renamed and removed.
    fn follow_mailboxes(&mut self, store: &Store) -> Result<(), String> {
        for (id, mailbox) in store.all_mailboxes() {
            let there = store.mailbox_named(mailbox.owner, &mailbox.name) == Some(id);
            let named = self.made.get(&mailbox.owner).map(|folder| folder.join(encoded(&mailbox.name)));
            match (there, self.targets.get_mut(&id), named) {
                (true, None, Some(path)) => {
                    let made = Maildir::create(&path).map_err(|error| told(&path, &error))?;
                    self.targets.insert(id, Target::Maildir(made));
                }
                (true, Some(Target::Maildir(maildir)), Some(path)) => {
                    let was_made = maildir.path().parent() == path.parent();
                    if was_made && maildir.path() != path {
                        maildir.rename(&path).map_err(|error| told(&path, &error))?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn drop_mailboxes(&mut self, store: &Store) {
        let made: Vec<PathBuf> = self.made.values().cloned().collect();
        for (id, mailbox) in store.all_mailboxes() {
            if store.mailbox_named(mailbox.owner, &mailbox.name) == Some(id) {
                continue;
            }
            // A file that its owner named stays, empty; what a client made goes.
            let is_made = |maildir: &Maildir| {
                maildir.path().parent().is_some_and(|parent| made.iter().any(|folder| folder == parent))
            };
            if let Some(Target::Maildir(maildir)) = self.targets.remove(&id)
                && is_made(&maildir)
            {
                maildir.remove_all();
            }
        }
    }

    /// What came and went since the files were written.
    fn follow_mail(&mut self, store: &Store) -> Result<(), String> {
        let mut gone: BTreeMap<MailboxId, BTreeSet<Uid>> = BTreeMap::new();
        for change in store.changes_since(self.seen.modseq()) {
            match change.kind {
                ChangeKind::Expunged => {
                    gone.entry(change.mailbox).or_default().insert(change.uid);
                }
                ChangeKind::Added => self.add(store, change.mailbox, change.uid)?,
                ChangeKind::Flags => {}
            }
        }
        for (mailbox, uids) in gone {
            let flags = self.flags_to_write(store, mailbox);
            match self.targets.get_mut(&mailbox) {
                Some(Target::Mbox(mbox)) => {
                    let changes = Changes { gone: uids, flags };
                    mbox.change(&changes).map_err(|error| told(mbox.path(), &error))?;
                }
                Some(Target::Maildir(maildir)) => {
                    for uid in uids {
                        maildir.remove(uid).map_err(|error| told(maildir.path(), &error))?;
                    }
                }
                None => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, store: &Store, mailbox: MailboxId, uid: Uid) -> Result<(), String> {
        let Some(entry) = store.mailbox(mailbox).and_then(|mailbox| mailbox.entry(uid)) else {
            return Ok(());
        };
        let octets = entry.message.octets().map_err(|lost| lost.to_string())?;
        let (flags, received) = (entry.flags, entry.internal_date);
        match self.targets.get_mut(&mailbox) {
            // A message that is in the file already came there when a later one could not be written.
            Some(Target::Mbox(mbox)) if mbox.has(uid) => Ok(()),
            Some(Target::Mbox(mbox)) => {
                mbox.add(uid, &octets, flags, received).map_err(|error| told(mbox.path(), &error))
            }
            Some(Target::Maildir(maildir)) if maildir.has(uid) => Ok(()),
            Some(Target::Maildir(maildir)) => {
                maildir.add(uid, &octets, flags, received).map_err(|error| told(maildir.path(), &error))
            }
            None => Err("there is no file for this mailbox".to_owned()),
        }
    }

    fn flags_to_write(&self, store: &Store, at: MailboxId) -> BTreeMap<Uid, Flags> {
        let entry = |mailbox: &Mailbox, uid| mailbox.entry(uid).map(|entry| (uid, entry.flags));
        store
            .changes_since(self.flags_seen)
            .filter(|change| change.mailbox == at && change.kind == ChangeKind::Flags)
            .filter_map(|change| entry(store.mailbox(at)?, change.uid))
            .collect()
    }

    fn write_flags(&mut self, store: &Store) -> Result<(), String> {
        let changed: BTreeSet<MailboxId> = store
            .changes_since(self.flags_seen)
            .filter(|change| change.kind == ChangeKind::Flags)
            .map(|change| change.mailbox)
            .collect();
        for mailbox in changed {
            let flags = self.flags_to_write(store, mailbox);
            match self.targets.get_mut(&mailbox) {
                Some(Target::Mbox(mbox)) => {
                    let changes = Changes { gone: BTreeSet::new(), flags };
                    mbox.change(&changes).map_err(|error| told(mbox.path(), &error))?;
                }
                Some(Target::Maildir(maildir)) => {
                    for (uid, flags) in flags {
                        maildir.flag(uid, flags).map_err(|error| told(maildir.path(), &error))?;
                    }
                }
                None => {}
            }
        }
        self.flags_seen = store.modseq();
        Ok(())
    }
}

impl Keeper for WriteBack {
    fn keep(&mut self, store: &Store) -> Result<(), String> {
        if store.is_untouched_since(&self.seen) {
            return Ok(());
        }
        self.follow_mailboxes(store)?;
        self.follow_mail(store)?;
        self.drop_mailboxes(store);
        self.seen = store.clone();
        Ok(())
    }

    fn settle(&mut self, store: &Store) -> Result<(), String> {
        self.keep(store)?;
        self.write_flags(store)?;
        for target in self.targets.values_mut() {
            if let Target::Mbox(mbox) = target {
                mbox.carry_over().map_err(|error| told(mbox.path(), &error))?;
            }
        }
        Ok(())
    }

    fn news(&mut self) -> Vec<String> {
        let mut news = std::mem::take(&mut self.news);
        for target in self.targets.values_mut() {
            if let Target::Mbox(mbox) = target {
                news.extend(mbox.news());
            }
        }
        news
    }
}

fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn neither(place: Place) -> Lesson {
    Lesson::new("only an mbox and a Maildir can be written back to")
        .at(place)
        .hint("keep changes in a folder of their own instead, with `--state DIR`")
}
