//! Changing an mbox: one file for many messages, to which other programs add while it is served.
//!
//! - **Adding** writes behind the last message, under the locks, and waits until it is on the disk.
//! - **Removing and flagging** write the whole file anew beside the old one, which it then replaces in one step: a
//!   server that is killed leaves the one or the other.
//! - **What others add** meanwhile stands behind what is known here, and is carried over as it is. If what is known
//!   was changed, nothing is written at all: the file belongs to its owner.
//!
//! The locks: a file `NAME.lock` beside it, as mail programs have made it for decades, and the system's own lock on
//! the file. A program that opened the old file before it was replaced and adds to it afterwards writes into
//! nothing; so the old file is kept open and looked at again, and what it has gained is carried over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use md5::{Digest, Md5};

use crate::mail::date::Timestamp;
use crate::mail::export;
use crate::mail::flags::Flags;
use crate::mail::import::mbox::Variant;
use crate::mail::store::Uid;

/// An mbox that is written back to.
#[derive(Debug)]
pub struct Mbox {
    path: PathBuf,
    variant: Variant,
    /// The messages in the order of the file.
    items: Vec<Item>,
    /// What is known of the file: its length, and MD5 over so many octets.
    length: u64,
    hash: Md5,
    /// Files that were replaced, and how long they were then.
    replaced: Vec<(File, u64)>,
    news: Vec<String>,
}

#[derive(Clone, Debug)]
struct Item {
    uid: Uid,
    /// Where it stands in the file, its From line included.
    at: Range<u64>,
    /// Its flags as the file has them.
    flags: Flags,
}

/// What is to become of the messages of a file; those that are not named stay as they are.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// To be removed.
    pub gone: BTreeSet<Uid>,
    /// To be flagged.
    pub flags: BTreeMap<Uid, Flags>,
}

/// After so long a lock file of somebody else is taken for one that was forgotten.
const LOCK_FORGOTTEN: Duration = Duration::from_secs(300);

/// How many replaced files are still looked at.
const REPLACED_MAX: usize = 16;

impl Mbox {
    /// The mbox at `path`, whose messages begin in these lines.
    ///
    /// # Errors
    /// If the file cannot be read, or is not what it was when its lines were counted.
    pub fn open(
        path: &Path,
        variant: Variant,
        messages: impl IntoIterator<Item = (Uid, usize, Flags)>,
    ) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        let octets = fs::read(&path)?;
        let mut lines = vec![0_u64];
        lines.extend(memchr::memchr_iter(b'\n', &octets).map(|end| end as u64 + 1));
        let changed = || io::Error::other("it was changed while it was read");
        let mut items: Vec<Item> = Vec::new();
        for (uid, line, flags) in messages {
            let start = *line.checked_sub(1).and_then(|line| lines.get(line)).ok_or_else(changed)?;
            if !octets.get(start as usize..).is_some_and(|rest| rest.starts_with(b"From ")) {
                return Err(changed());
            }
            if let Some(last) = items.last_mut() {
                last.at.end = start;
            }
            items.push(Item { uid, at: start..octets.len() as u64, flags });
        }
        let (length, hash) = (octets.len() as u64, Md5::new().chain_update(&octets));
        Ok(Self { path, variant, items, length, hash, replaced: Vec::new(), news: Vec::new() })
    }

    /// What its owner should be told, once.
    pub fn news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True if this message is in it.
    #[must_use]
    pub fn has(&self, uid: Uid) -> bool {
        self.items.iter().rev().any(|item| item.uid == uid)
    }

    /// Adds a message. It is on the disk when this returns.
    ///
    /// # Errors
    /// What the system says, and a file that is locked or was changed; then nothing was added.
    pub fn add(&mut self, uid: Uid, octets: &[u8], flags: Flags, received: Timestamp) -> io::Result<()> {
        let _lock = Lock::take(&self.path)?;
        let mut file = OpenOptions::new().read(true).append(true).open(&self.path)?;
        let _system_lock = SystemLock::take(&file)?;
        self.check(&mut file)?;
        let end = file.seek(SeekFrom::End(0))?;
        let mut text = Vec::with_capacity(octets.len() + 100);
        // An empty line stands before each From line but the first.
        text.extend_from_slice(match last_octets(&mut file, end)?.as_slice() {
            [.., b'\n', b'\n'] | [] => b"".as_slice(),
            [.., b'\n'] => b"\n",
            _ => b"\n\n",
        });
        let start = end + text.len() as u64;
        let stored = with_status(octets, b"\r\n", flags);
        export::mbox::append(&mut text, self.variant, "maillab", received, &stored);
        let written = file.write_all(&text).and_then(|()| file.sync_data());
        if let Err(error) = written {
            // Half a message is none.
            file.set_len(end)?;
            return Err(error);
        }
        // What others have added before it belongs to nobody here, and is carried along with the message before.
        if end == self.length {
            self.hash.update(&text);
            self.length = end + text.len() as u64;
        } else {
            self.learn(&mut file)?;
        }
        self.items.push(Item { uid, at: start..end + text.len() as u64, flags });
        Ok(())
    }

    /// Writes the file anew without some messages, and with other flags on some.
    ///
    /// # Errors
    /// What the system says, and a file that is locked or was changed; then it is as it was.
    pub fn change(&mut self, changes: &Changes) -> io::Result<()> {
        self.carry_over()?;
        let is_gone = |uid: &Uid| changes.gone.contains(uid);
        let flags_of = |item: &Item| {
            let new = changes.flags.get(&item.uid).copied();
            new.filter(|new| kept(*new) != kept(item.flags))
        };
        if !self.items.iter().any(|item| is_gone(&item.uid) || flags_of(item).is_some()) {
            return Ok(());
        }
        let _lock = Lock::take(&self.path)?;
        let mut file = File::open(&self.path)?;
        let _system_lock = SystemLock::take(&file)?;
        self.check(&mut file)?;

        let beside = beside(&self.path);
        let written = self.write_anew(&mut file, &beside, is_gone, flags_of);
        let (items, length, hash) = match written {
            Ok(written) => written,
            Err(error) => {
                let _ = fs::remove_file(&beside);
                return Err(error);
            }
        };
        let old_length = file.metadata()?.len();
        fs::set_permissions(&beside, file.metadata()?.permissions())?;
        fs::rename(&beside, &self.path)?;
        (self.items, self.length, self.hash) = (items, length, hash);
        drop(_system_lock);
        self.replaced.push((file, old_length));
        if self.replaced.len() > REPLACED_MAX {
            self.replaced.remove(0);
        }
        Ok(())
    }

    /// Carries over what was added to files that were replaced.
    ///
    /// # Errors
    /// What the system says.
    pub fn carry_over(&mut self) -> io::Result<()> {
        let mut late = Vec::new();
        for (file, length) in &mut self.replaced {
            if file.metadata()?.len() > *length {
                file.seek(SeekFrom::Start(*length))?;
                *length += file.read_to_end(&mut late)? as u64;
            }
        }
        if late.is_empty() {
            return Ok(());
        }
        let _lock = Lock::take(&self.path)?;
        let mut file = OpenOptions::new().append(true).open(&self.path)?;
        file.write_all(&late)?;
        file.sync_data()?;
        self.news.push(format!(
            "{}: mail came in while the file was written anew; it was carried over, and is served from the next \
             start on",
            self.path.display()
        ));
        Ok(())
    }

    /// Looks whether the file begins as it is known, and says so if it has grown.
    fn check(&mut self, file: &mut File) -> io::Result<()> {
        let length = file.metadata()?.len();
        let changed = || {
            io::Error::other(
                "another program has changed it; what clients change from now on is not written to it. Stop, look at \
                 it, and start again",
            )
        };
        if length < self.length {
            return Err(changed());
        }
        file.seek(SeekFrom::Start(0))?;
        let (mut hash, mut left) = (Md5::new(), self.length);
        let mut room = vec![0; 1 << 16];
        while left > 0 {
            let most = room.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let read = file.read(room.get_mut(..most).unwrap_or_default())?;
            if read == 0 {
                return Err(changed());
            }
            hash.update(room.get(..read).unwrap_or_default());
            left -= read as u64;
        }
        if hash.finalize() != self.hash.clone().finalize() {
            return Err(changed());
        }
        if length > self.length {
            self.learn(file)?;
        }
        Ok(())
    }

    /// The file has grown: takes what stands behind what is known for known, message of nobody here.
    fn learn(&mut self, file: &mut File) -> io::Result<()> {
        file.seek(SeekFrom::Start(self.length))?;
        let mut more = Vec::new();
        file.read_to_end(&mut more)?;
        self.hash.update(&more);
        self.length += more.len() as u64;
        if more.windows(5).any(|octets| octets == b"From ") {
            self.news.push(format!(
                "{} has grown: what another program added to it stays in it, and is served from the next start on",
                self.path.display()
            ));
        }
        Ok(())
    }

    fn write_anew(
        &self,
        from: &mut File,
        beside: &Path,
        is_gone: impl Fn(&Uid) -> bool,
        flags_of: impl Fn(&Item) -> Option<Flags>,
    ) -> io::Result<(Vec<Item>, u64, Md5)> {
        let mut to = File::options().write(true).create_new(true).open(beside)?;
        let (mut items, mut length, mut hash) = (Vec::new(), 0_u64, Md5::new());
        let mut at = 0;
        let mut write = |octets: &[u8]| {
            hash.update(octets);
            length += octets.len() as u64;
            to.write_all(octets).map(|()| length)
        };
        for item in &self.items {
            // What stands between is nobody's here: it stays.
            let start = write(&read(from, at..item.at.start)?)?;
            at = item.at.end;
            if is_gone(&item.uid) {
                continue;
            }
            let octets = read(from, item.at.clone())?;
            let (octets, flags) = match flags_of(item) {
                Some(flags) => (with_status(&octets, b"\n", flags), flags),
                None => (octets, item.flags),
            };
            let end = write(&octets)?;
            items.push(Item { uid: item.uid, at: start..end, flags });
        }
        write(&read(from, at..self.length)?)?;
        to.sync_all()?;
        Ok((items, length, hash))
    }
}

/// The flags that an mbox can keep.
fn kept(flags: Flags) -> Flags {
    flags & (Flags::SEEN | Flags::ANSWERED | Flags::FLAGGED | Flags::DELETED | Flags::DRAFT)
}

/// A message with these flags in its `Status` and `X-Status` fields, as elm, Pine and mutt write them, and without
/// those that it had. A message that has none and needs none stays as it is.
fn with_status(octets: &[u8], line_end: &[u8], flags: Flags) -> Vec<u8> {
    let mut stored = Vec::with_capacity(octets.len() + 32);
    let mut left = octets;
    let mut skipping = false;
    while let Some(end) = memchr::memchr(b'\n', left) {
        let (line, rest) = left.split_at(end + 1);
        if line == b"\n" || line == b"\r\n" {
            break;
        }
        let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
        if !goes_on {
            let is_field =
                |name: &[u8]| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
            skipping = is_field(b"Status:") || is_field(b"X-Status:") || is_field(b"X-Mozilla-Status:");
        }
        if !skipping {
            stored.extend_from_slice(line);
        }
        left = rest;
    }
    let letters = |all: &[(Flags, char)]| -> String {
        all.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, letter)| *letter).collect()
    };
    let status = letters(&[(Flags::SEEN, 'R')]);
    let more =
        letters(&[(Flags::ANSWERED, 'A'), (Flags::FLAGGED, 'F'), (Flags::DRAFT, 'T'), (Flags::DELETED, 'D')]);
    for (name, letters) in [("Status", status), ("X-Status", more)] {
        if !letters.is_empty() {
            stored.extend_from_slice(format!("{name}: {letters}").as_bytes());
            stored.extend_from_slice(line_end);
        }
    }
    stored.extend_from_slice(left);
    stored
}

fn read(file: &mut File, at: Range<u64>) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    if at.start < at.end {
        file.seek(SeekFrom::Start(at.start))?;
        file.take(at.end - at.start).read_to_end(&mut octets)?;
    }
    Ok(octets)
}

/// The last two octets of a file, or as many as there are.
fn last_octets(file: &mut File, end: u64) -> io::Result<Vec<u8>> {
    read(file, end.saturating_sub(2)..end)
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!(".{name}.{}.new", std::process::id()))
}

/// A lock file, removed when dropped.
struct Lock(Option<PathBuf>);

impl Lock {
    fn take(path: &Path) -> io::Result<Self> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock = PathBuf::from(name);
        match File::options().write(true).create_new(true).open(&lock) {
            Ok(_) => Ok(Self(Some(lock))),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let age = fs::metadata(&lock)?.modified()?.elapsed().unwrap_or_default();
                if age < LOCK_FORGOTTEN {
                    return Err(io::Error::other(format!(
                        "another program has locked it ({})",
                        lock.display()
                    )));
                }
                fs::remove_file(&lock)?;
                File::options().write(true).create_new(true).open(&lock)?;
                Ok(Self(Some(lock)))
            }
            // Where nobody may make files, as in a spool of the system's, the system's own lock must do.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(lock) = &self.0 {
            let _ = fs::remove_file(lock);
        }
    }
}

/// The system's lock on a file, let go of when dropped.
struct SystemLock(File);

impl SystemLock {
    fn take(file: &File) -> io::Result<Self> {
        let file = file.try_clone()?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(fs::TryLockError::WouldBlock) => Err(io::Error::other("another program has locked it")),
            Err(fs::TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(Self(file)),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for SystemLock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}
