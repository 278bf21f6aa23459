//! What a workstation writes to its disk, and what the disk holds then.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::file;
use super::local::LocalMail;
use crate::desk::Note;
use crate::lesson::Lesson;

/// The file that says what the others are.
pub const STATE_FILE: &str = "state";

/// The files of a workstation, by name. Each is written whole: it is there as before, or as told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disk {
    /// The files.
    pub files: BTreeMap<String, Bytes>,
}

impl Disk {
    /// What a workstation's notes have left on its disk, oldest first.
    #[must_use]
    pub fn of<'a>(notes: impl IntoIterator<Item = &'a Note>) -> Self {
        let mut disk = Self::default();
        notes.into_iter().for_each(|note| disk.take(note));
        disk
    }

    /// The disk of a workstation that keeps this mail.
    #[must_use]
    pub fn holding(mail: &LocalMail) -> Self {
        let state = (STATE_FILE.to_owned(), Bytes::from(file::write(mail)));
        let texts = file::texts(mail).map(|(name, octets)| (name, octets.clone()));
        Self { files: texts.chain([state]).collect() }
    }

    /// One note more.
    pub fn take(&mut self, note: &Note) {
        match note {
            Note::Saved(name, Some(octets)) => drop(self.files.insert(name.clone(), octets.clone())),
            Note::Saved(name, None) => drop(self.files.remove(name)),
            _ => {}
        }
    }

    /// The mail on it; `None` if there is no state.
    ///
    /// # Errors
    /// A lesson with the line that is not understood.
    pub fn mail(&self) -> Result<Option<LocalMail>, Lesson> {
        let Some(state) = self.files.get(STATE_FILE) else { return Ok(None) };
        let mut found = file::read(STATE_FILE, state)?;
        for name in std::mem::take(&mut found.texts) {
            if let Some(octets) = self.files.get(&name) {
                found.put_text(&name, octets.clone());
            }
        }
        Ok(Some(found.mail))
    }
}

/// Knows what is on the disk, so that only what has changed is written.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    texts: BTreeSet<String>,
    state: Bytes,
}

impl Writer {
    /// The disk as it is when it holds this mail.
    pub fn of(mail: &LocalMail) -> Self {
        Self { texts: file::texts(mail).map(|(name, _)| name).collect(), state: Bytes::new() }
    }

    /// What has to be written, in this order.
    pub fn writes(&mut self, mail: &LocalMail) -> Vec<(String, Option<Bytes>)> {
        let mut writes = Vec::new();
        let mut kept = BTreeSet::new();
        for (name, octets) in file::texts(mail) {
            if !self.texts.contains(&name) {
                writes.push((name.clone(), Some(octets.clone())));
            }
            kept.insert(name);
        }
        let state = Bytes::from(file::write(mail));
        if state != self.state {
            writes.push((STATE_FILE.to_owned(), Some(state.clone())));
            self.state = state;
        }
        writes.extend(self.texts.difference(&kept).map(|name| (name.clone(), None)));
        self.texts = kept;
        writes
    }
}
