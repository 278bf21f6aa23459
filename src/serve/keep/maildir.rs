//! Changing a Maildir. A message is a file: it enters by a rename out of `tmp`, its flags are its name, and it goes
//! by being unlinked. No step can harm another message.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;
use crate::mail::import::maildir;
use crate::mail::store::Uid;

/// A Maildir that is written back to.
#[derive(Debug)]
pub struct Maildir {
    path: PathBuf,
    /// The files by UID.
    files: BTreeMap<Uid, Item>,
    /// How many messages were put in, for their names.
    entered: u64,
}

#[derive(Debug)]
struct Item {
    path: PathBuf,
    flags: Flags,
}

impl Maildir {
    /// The Maildir at `path`, whose messages are in these files.
    #[must_use]
    pub fn new(path: &Path, files: impl IntoIterator<Item = (Uid, PathBuf, Flags)>) -> Self {
        let files = files.into_iter().map(|(uid, path, flags)| (uid, Item { path, flags })).collect();
        Self { path: path.to_owned(), files, entered: 0 }
    }

    /// Makes an empty Maildir.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(path: &Path) -> io::Result<Self> {
        for folder in ["cur", "new", "tmp"] {
            fs::create_dir_all(path.join(folder))?;
        }
        Ok(Self::new(path, []))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True if this message is in it.
    #[must_use]
    pub fn has(&self, uid: Uid) -> bool {
        self.files.contains_key(&uid)
    }

    /// Moves it.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(&mut self, to: &Path) -> io::Result<()> {
        fs::rename(&self.path, to)?;
        for item in self.files.values_mut() {
            if let Ok(inside) = item.path.strip_prefix(&self.path) {
                item.path = to.join(inside);
            }
        }
        self.path = to.to_owned();
        Ok(())
    }

    /// Puts a message in. It is on the disk, whole and under its name, when this returns.
    ///
    /// # Errors
    /// What the system says; then it is not there.
    pub fn add(&mut self, uid: Uid, octets: &[u8], flags: Flags, received: Timestamp) -> io::Result<()> {
        self.entered += 1;
        let (unix, process, count) = (received.unix.max(0), std::process::id(), self.entered);
        let unique = format!("{unix}.P{process}Q{count}U{}.maillab", uid.0);
        let beside = self.path.join("tmp").join(&unique);
        fs::create_dir_all(self.path.join("tmp"))?;
        let stored = without_cr(octets);
        let mut file = File::options().write(true).create_new(true).open(&beside)?;
        file.write_all(&stored)?;
        file.sync_all()?;
        drop(file);
        // A message without flags is new mail; one with flags was looked at, and stands in `cur`.
        let (folder, name) =
            if flags.is_empty() { ("new", unique) } else { ("cur", maildir::name(&unique, flags)) };
        let path = self.path.join(folder).join(name);
        fs::rename(&beside, &path)?;
        sync_folder(&self.path.join(folder));
        self.files.insert(uid, Item { path, flags });
        Ok(())
    }

    /// Gives a message other flags.
    ///
    /// # Errors
    /// What the system says. That the file is gone is none: another program has removed it.
    pub fn flag(&mut self, uid: Uid, flags: Flags) -> io::Result<()> {
        let Some(item) = self.files.get_mut(&uid).filter(|item| item.flags != flags) else { return Ok(()) };
        let Some(found) = find(&self.path, &item.path)? else { return Ok(()) };
        let name = found.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let unique = maildir::parse(&name).unique;
        let path = self.path.join("cur").join(maildir::name(unique, flags));
        if path != found {
            fs::rename(&found, &path)?;
        }
        (item.path, item.flags) = (path, flags);
        Ok(())
    }

    /// Removes a message.
    ///
    /// # Errors
    /// What the system says. That the file is gone already is none.
    pub fn remove(&mut self, uid: Uid) -> io::Result<()> {
        let Some(item) = self.files.get(&uid) else { return Ok(()) };
        if let Some(found) = find(&self.path, &item.path)? {
            match fs::remove_file(&found) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => sync_folder(found.parent().unwrap_or(&self.path)),
            }
        }
        self.files.remove(&uid);
        Ok(())
    }

    /// Removes the Maildir, if there is nothing in it; what other programs have put there stays.
    pub fn remove_all(self) {
        for folder in ["cur", "new", "tmp"] {
            let _ = fs::remove_dir(self.path.join(folder));
        }
        let _ = fs::remove_dir(&self.path);
    }
}

/// The file as it is called now: another program may have moved it from `new` to `cur`, or changed its flags.
fn find(maildir: &Path, known: &Path) -> io::Result<Option<PathBuf>> {
    if known.exists() {
        return Ok(Some(known.to_owned()));
    }
    let name = known.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let unique = maildir::parse(&name).unique;
    for folder in ["cur", "new"] {
        for file in fs::read_dir(maildir.join(folder)).into_iter().flatten() {
            let file = file?;
            if maildir::parse(&file.file_name().to_string_lossy()).unique == unique {
                return Ok(Some(file.path()));
            }
        }
    }
    Ok(None)
}

/// Lines of files end in LF; a CR of a line's own stays.
fn without_cr(octets: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(octets.len());
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        match line.strip_suffix(b"\r\n") {
            // A CR of the line's own before an LF would be taken for half of a CR LF.
            Some(content) if !content.ends_with(b"\r") => {
                stored.extend_from_slice(content);
                stored.push(b'\n');
            }
            _ => stored.extend_from_slice(line),
        }
    }
    stored
}

/// Waits until the names in a folder are on the disk. Not every system can; the names are there all the same.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
