//! `--state DIR`: what clients change is kept in a folder of the server's own; mail files are only read.
//!
//! ```text
//!   DIR/lock              held while a server runs; the system lets go of it when the server ends in any way
//!   DIR/state             the lines of `text.rs`
//!   DIR/messages/HEX.eml  messages that came in from clients, by the digest of their octets
//! ```

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use md5::{Digest, Md5};

use super::Keeper;
use super::pcmail::Pcmail;
use super::queue::KeptQueue;
use super::text::{COMMIT, Kept, KeptEntry, KeptMailbox, encoded, hex};
use super::visits::Visits;
use crate::lesson::{Lesson, Place};
use crate::mail::body::{Body, BodyLost, BodySource};
use crate::mail::message::Message;
use crate::mail::store::{ChangeKind, Entry, Mailbox, MailboxId, Store, Uid};

/// A state folder, locked.
#[derive(Debug)]
pub struct Folder {
    dir: PathBuf,
    /// Held until this is dropped.
    _lock: File,
}

impl Folder {
    /// Makes the folder if need be, and locks it.
    ///
    /// # Errors
    /// If it cannot be made, or another server has it.
    pub fn open(dir: &Path) -> Result<Self, Lesson> {
        let refused = |error: io::Error| {
            Lesson::new(format!("the state folder cannot be used: {error}"))
                .at(Place::file(dir.display().to_string()))
                .hint("name a folder that you may write to; it is made if it is not there")
        };
        fs::create_dir_all(dir.join("messages")).map_err(refused)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join("lock"))
            .map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { dir: std::path::absolute(dir).map_err(refused)?, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(Lesson::new("another server keeps its state in this folder")
                    .at(Place::file(dir.display().to_string()))
                    .hint("stop that one, or give this one a folder of its own with `--state OTHER`"))
            }
            Err(TryLockError::Error(error)) => Err(refused(error)),
        }
    }

    /// What was kept here.
    ///
    /// # Errors
    /// A state file that cannot be read, or was damaged.
    pub fn read(&self) -> Result<Kept, Lesson> {
        let path = self.dir.join("state");
        let name = path.display().to_string();
        match fs::read(&path) {
            Ok(text) => Kept::read(&text).map_err(|line| {
                Lesson::new("the state file is damaged, or from another version")
                    .at(Place::line(&name, line, line_of(&text, line)))
                    .note("nothing was changed; the messages beside it are whole")
                    .hint("put back a copy of it, or move the folder away to begin anew")
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Kept::default()),
            Err(error) => {
                Err(Lesson::new(format!("the state file cannot be read: {error}")).at(Place::file(name)))
            }
        }
    }

    /// A message that was kept here, if it is whole. Its octets stay on the disk.
    #[must_use]
    pub fn message(&self, digest: &[u8; 16]) -> Option<Message> {
        let path = self.message_path(digest);
        let octets = fs::read(&path).ok()?;
        let read: [u8; 16] = Md5::digest(&octets).into();
        let source = Arc::new(KeptMessage { path, digest: *digest });
        (read == *digest).then(|| Message::with_body(Body::Source { source, index: 0 }, &octets))
    }

    fn message_path(&self, digest: &[u8; 16]) -> PathBuf {
        self.dir.join("messages").join(format!("{}.eml", hex(digest)))
    }

    /// Writes a message, so that it is on the disk whole or not at all.
    fn write_message(&self, message: &Message) -> io::Result<()> {
        let path = self.message_path(&message.digest());
        if path.exists() {
            return Ok(());
        }
        let octets = message.octets().map_err(io::Error::other)?;
        write_whole(&path, &octets)
    }

    /// Begins to keep a store: writes down all that is in it, in place of what was written before. `from_source`
    /// are the entries whose messages are in mail files, `taken` the messages of mail files that clients removed.
    ///
    /// # Errors
    /// If the folder cannot be written to; what was kept before is then as it was.
    pub fn keep(
        self,
        store: &Store,
        from_source: BTreeSet<(MailboxId, Uid)>,
        before: &super::bring_back::Before,
    ) -> Result<State, Lesson> {
        let kept = snapshot(store, &from_source, before);
        let path = self.dir.join("state");
        let refused = |error: io::Error| {
            Lesson::new(format!("the state cannot be written: {error}"))
                .at(Place::file(path.display().to_string()))
                .hint("free some space, or name another folder")
        };
        for (at, mailbox) in store.all_mailboxes() {
            for entry in mailbox.entries.iter().filter(|entry| !from_source.contains(&(at, entry.uid))) {
                self.write_message(&entry.message).map_err(refused)?;
            }
        }
        for (_, item) in store.queue().items() {
            self.write_message(&item.message).map_err(refused)?;
        }
        let text = kept.to_text();
        write_whole(&path, text.as_bytes()).map_err(refused)?;
        self.forget_messages(&kept);
        let file = OpenOptions::new().append(true).open(&path).map_err(refused)?;
        Ok(State { folder: self, file, length: text.len() as u64, seen: store.clone() })
    }

    /// Removes messages that no entry has any longer.
    fn forget_messages(&self, kept: &Kept) {
        let needed: BTreeSet<String> = kept
            .mailboxes
            .values()
            .flat_map(|mailbox| mailbox.entries.values())
            .map(|entry| &entry.digest)
            .chain(kept.queue.digests())
            .map(|digest| format!("{}.eml", hex(digest)))
            .collect();
        let files = fs::read_dir(self.dir.join("messages")).into_iter().flatten().flatten();
        for file in files.filter(|file| !file.file_name().to_str().is_some_and(|name| needed.contains(name)))
        {
            // What cannot be removed only takes room.
            let _ = fs::remove_file(file.path());
        }
    }
}

fn line_of(text: &[u8], line: usize) -> String {
    let line = text.split(|octet| *octet == b'\n').nth(line.saturating_sub(1)).unwrap_or_default();
    String::from_utf8_lossy(line).into_owned()
}

/// All that is in a store, as it is kept.
fn snapshot(
    store: &Store,
    from_source: &BTreeSet<(MailboxId, Uid)>,
    before: &super::bring_back::Before,
) -> Kept {
    let mut kept = Kept {
        last_modseq: store.modseq().0,
        last_validity: store.last_uid_validity(),
        pcmail: Pcmail::of(store),
        visits: Visits::of(store),
        queue: KeptQueue::of(store),
        ..Kept::default()
    };
    for ((id, mailbox), number) in store.all_mailboxes().zip(0..) {
        if !is_there(store, id, mailbox) {
            continue;
        }
        let mut one = kept_mailbox(store, mailbox);
        one.keywords = mailbox.keywords.to_vec();
        for entry in mailbox.entries.iter() {
            one.entries.insert(entry.uid.0, kept_entry(entry, from_source.contains(&(id, entry.uid))));
        }
        one.gone = before.gone.get(&id).cloned().unwrap_or_default();
        one.taken = before.taken.get(&id).cloned().unwrap_or_default();
        kept.mailboxes.insert(number, one);
    }
    for user in store.users() {
        let name = store.user_name(user);
        kept.subscriptions.extend(store.subscriptions(user).map(|what| (name.to_owned(), what.to_owned())));
    }
    kept
}

fn is_there(store: &Store, id: MailboxId, mailbox: &Mailbox) -> bool {
    store.mailbox_named(mailbox.owner, &mailbox.name) == Some(id)
}

fn kept_mailbox(store: &Store, mailbox: &Mailbox) -> KeptMailbox {
    KeptMailbox {
        user: store.user_name(mailbox.owner).to_owned(),
        name: mailbox.name.clone(),
        uid_validity: mailbox.uid_validity,
        object: Some(mailbox.object),
        uid_next: mailbox.uid_next.0,
        first_recent: mailbox.first_recent.0,
        ..KeptMailbox::default()
    }
}

fn kept_entry(entry: &Entry, from_source: bool) -> KeptEntry {
    KeptEntry {
        modseq: entry.modseq.0,
        flags: entry.flags.bits(),
        message: entry.id.0,
        received: entry.internal_date,
        digest: entry.message.digest(),
        from_source,
    }
}

/// Writes a file beside its place, waits until it is on the disk, and moves it there.
pub(super) fn write_whole(path: &Path, octets: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    file.write_all(octets)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)
}

/// The octets of a message that was kept.
#[derive(Debug)]
struct KeptMessage {
    path: PathBuf,
    digest: [u8; 16],
}

impl BodySource for KeptMessage {
    fn octets(&self, _: u32) -> Result<Bytes, BodyLost> {
        let lost = |reason: String| BodyLost { reason: format!("{}: {reason}", self.path.display()) };
        let octets = fs::read(&self.path).map_err(|error| lost(error.to_string()))?;
        let digest: [u8; 16] = Md5::digest(&octets).into();
        if digest == self.digest { Ok(octets.into()) } else { Err(lost("the file was changed".to_owned())) }
    }
}

/// A state file that follows a store.
#[derive(Debug)]
pub struct State {
    folder: Folder,
    file: File,
    /// Octets of the file that are whole.
    length: u64,
    /// The store as the file tells it.
    seen: Store,
}

impl State {
    /// The lines that lead from what was seen to `store`, and whether they are about mail: flags and names can be
    /// written again by a client that missed them, mail cannot.
    fn lines(&self, store: &Store) -> io::Result<(String, bool)> {
        let (mut text, mut is_dear) = (String::new(), false);
        for ((id, mailbox), number) in store.all_mailboxes().zip(0_u32..) {
            let seen = self.seen.mailbox(id);
            let was_there = seen.is_some_and(|seen| is_there(&self.seen, id, seen));
            let there = is_there(store, id, mailbox);
            if was_there && !there {
                text += &format!("removed {number}\n");
            }
            if !there || (was_there && store.has_same_mailbox(&self.seen, id)) {
                continue;
            }
            text += &kept_mailbox(store, mailbox).line(number);
            let before = seen.filter(|_| was_there).map_or(&[][..], |seen| seen.keywords.as_slice());
            for (at, keyword) in mailbox.keywords.iter().enumerate() {
                match before.get(at) {
                    None => text += &format!("keyword {number} {}\n", encoded(keyword)),
                    // One keyword went, and perhaps another has its place.
                    Some(before) if before != keyword => {
                        text += &format!("keyword-at {number} {at} {}\n", encoded(keyword));
                    }
                    Some(_) => {}
                }
            }
        }
        let numbers: std::collections::BTreeMap<MailboxId, u32> =
            store.all_mailboxes().map(|(id, _)| id).zip(0..).collect();
        for change in store.changes_since(self.seen.modseq()) {
            let Some((number, mailbox)) = numbers.get(&change.mailbox).zip(store.mailbox(change.mailbox))
            else {
                continue;
            };
            if !is_there(store, change.mailbox, mailbox) {
                continue;
            }
            let uid = change.uid.0;
            match (change.kind, mailbox.entry(change.uid)) {
                (ChangeKind::Expunged, _) => {
                    is_dear = true;
                    text += &format!("gone {number} {uid} {}\n", change.modseq.0);
                }
                (ChangeKind::Added, Some(entry)) => {
                    is_dear = true;
                    self.folder.write_message(&entry.message)?;
                    text += &kept_entry(entry, false).line(*number, uid);
                }
                (ChangeKind::Flags, Some(entry)) => {
                    text += &format!("flags {number} {uid} {} {}\n", entry.modseq.0, entry.flags.bits());
                }
                // It came or was flagged, and went again.
                (ChangeKind::Added | ChangeKind::Flags, None) => {}
            }
        }
        for user in store.users() {
            let [now, before] = [store, &self.seen]
                .map(|store| store.subscriptions(user).map(str::to_owned).collect::<BTreeSet<String>>());
            let owner = encoded(store.user_name(user));
            for name in now.difference(&before) {
                text += &format!("subscribed {owner} {}\n", encoded(name));
            }
            for name in before.difference(&now) {
                text += &format!("unsubscribed {owner} {}\n", encoded(name));
            }
        }
        text += &Pcmail::of(store).changes(&Pcmail::of(&self.seen));
        let (now, before) = (Visits::of(store), Visits::of(&self.seen));
        text += &now.changes(&before);
        // A password that was used must never be good again.
        is_dear |= now.has_other_chains(&before);
        let queue = KeptQueue::changes(store, &self.seen);
        for (_, item) in store.queue().items().filter(|(id, _)| self.seen.queue().item(*id).is_none()) {
            self.folder.write_message(&item.message)?;
        }
        // Mail that was taken in, and mail that another host has.
        is_dear |= !queue.is_empty();
        text += &queue;
        if !text.is_empty() {
            text += &format!("last {} {}\n{COMMIT}", store.modseq().0, store.last_uid_validity());
        }
        Ok((text, is_dear))
    }

    fn write(&mut self, text: &str, is_dear: bool) -> io::Result<()> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| match is_dear {
            true => self.file.sync_data(),
            false => Ok(()),
        });
        match written {
            Ok(()) => self.length += text.len() as u64,
            // Half a line would spoil those behind it.
            Err(_) => self.file.set_len(self.length)?,
        }
        written
    }
}

impl Keeper for State {
    fn keep(&mut self, store: &Store) -> Result<(), String> {
        if store.is_untouched_since(&self.seen) {
            return Ok(());
        }
        let done = self.lines(store).and_then(|(text, is_dear)| self.write(&text, is_dear));
        done.map_err(|error| format!("{}: {error}", self.folder.dir.display()))?;
        self.seen = store.clone();
        Ok(())
    }

    fn settle(&mut self, store: &Store) -> Result<(), String> {
        self.keep(store)
    }
}
