//! The student's folder: progress, the class's pack, and the folders of labs in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::cli::atomic;
use crate::lab::{self, Lab, PACK_MAX, PROGRESS_FILE, Pack, Progress, Started, files};
use crate::lesson::{Lesson, Place};

/// The class's pack in the student's folder.
pub(super) const PACK_FILE: &str = "maillab-class.toml";

/// The largest file of a student that is read, and the most of them in a lab's folder.
const FILE_MAX: u64 = 1 << 20;
const FILES_MAX: usize = 200;

/// A student's folder.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    progress: Option<Progress>,
    pack: Option<Pack>,
}

impl Folder {
    /// The folder with progress in it: this one, or the one above when this is the folder of a lab begun there;
    /// else this one, in which nothing is begun.
    pub fn find() -> Result<Self, Lesson> {
        let here = Self::at(Path::new("."))?;
        if here.progress.is_some() {
            return Ok(here);
        }
        let above = Self::at(Path::new(".."));
        match (this_folder(), above) {
            (Some(name), Ok(above)) if above.has_begun(&name) => Ok(above),
            _ => Ok(here),
        }
    }

    fn has_begun(&self, id: &str) -> bool {
        self.progress.as_ref().is_some_and(|progress| progress.lab(id).is_some())
    }

    /// What is in this folder.
    pub fn at(root: &Path) -> Result<Self, Lesson> {
        let read = |name: &str, most: u64| read_some(&root.join(name), most);
        let shown = |name: &str| root.join(name).display().to_string();
        let progress = read(PROGRESS_FILE, FILE_MAX)?
            .map(|octets| Progress::parse(&shown(PROGRESS_FILE), &octets))
            .transpose()?;
        let pack = match &progress {
            None => None,
            Some(_) => read(PACK_FILE, PACK_MAX as u64)?
                .map(|octets| Pack::read(&shown(PACK_FILE), &octets))
                .transpose()?,
        };
        Ok(Self { root: root.to_owned(), progress, pack })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    pub fn set(&mut self, progress: Progress, pack: Option<Pack>) {
        self.progress = Some(progress);
        self.pack = pack.or(self.pack.take());
    }

    /// The labs here: those of the class's pack, or those inside the program.
    pub fn labs(&self) -> Result<&[Lab], Lesson> {
        match &self.pack {
            Some(pack) => Ok(&pack.labs),
            None => lab::built_in(),
        }
    }

    /// The lab that is meant: the one named, the one whose folder this is, the one begun last.
    pub fn meant(&self, named: Option<&str>) -> Result<String, Lesson> {
        if let Some(id) = named {
            // A folder's name as a shell completes it.
            return lab::named(self.labs()?, id.trim_end_matches(['/', '\\'])).map(|lab| lab.id().to_owned());
        }
        if self.root == Path::new("..")
            && let Some(name) = this_folder()
        {
            return Ok(name);
        }
        let begun = self.progress.as_ref().and_then(|progress| Some(progress.labs.last()?.id.clone()));
        begun.ok_or_else(|| {
            Lesson::new("no lab is begun in this folder")
                .note("labs are looked for in this folder and in the one above")
                .hint("`maillab lab next` says where to begin; or go to the folder in which you began")
        })
    }

    /// The student's name and what was done in a lab.
    pub fn started(&self, id: &str) -> Result<(String, &Started), Lesson> {
        let progress = self.progress.as_ref();
        progress.and_then(|progress| Some((progress.student.clone(), progress.lab(id)?))).ok_or_else(|| {
            Lesson::new(format!("the lab {id} is not begun in this folder"))
                .hint(format!("`maillab lab start {id}` begins it; or go to the folder in which you began"))
        })
    }

    /// Changes what is known of a lab.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Started)) -> Result<(), Lesson> {
        if let Some(started) = self.progress.as_mut().and_then(|progress| progress.lab_mut(id)) {
            change(started);
        }
        Ok(())
    }

    /// Writes the progress, whole or not at all.
    pub fn save(&self) -> Result<(), Lesson> {
        match &self.progress {
            Some(progress) => {
                let text = progress.to_text();
                atomic::write(&self.root.join(PROGRESS_FILE), |file| file.write_all(text.as_bytes()))
            }
            None => Ok(()),
        }
    }

    /// The files of a lab's folder, by name.
    pub fn files(&self, id: &str) -> Result<BTreeMap<String, Bytes>, Lesson> {
        let folder = self.root.join(id);
        let unreadable = |error: std::io::Error| {
            Lesson::new(format!("the lab's folder cannot be read: {error}"))
                .at(Place::file(folder.display().to_string()))
                .hint(format!("it was made by `maillab lab start {id}`: put it back where it was"))
        };
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            // Editors leave other files; those that a lab could ask for have plain names.
            if !is_file || files::refused(&name).is_some() {
                continue;
            }
            if let Some(octets) = read_some(&entry.path(), FILE_MAX)? {
                found.insert(name, Bytes::from(octets));
            }
            if found.len() > FILES_MAX {
                return Err(Lesson::new("there are too many files in this folder")
                    .at(Place::file(folder.display().to_string()))
                    .hint("keep only the lab's own files in it"));
            }
        }
        Ok(found)
    }
}

/// What the folder is called that the program was started in.
fn this_folder() -> Option<String> {
    std::env::current_dir().ok()?.file_name()?.to_str().map(str::to_owned)
}

/// A file's octets; `None` if there is none.
pub(super) fn read_some(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Lesson> {
    let shown = || Place::file(path.display().to_string());
    let mut octets = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut octets));
    match read {
        Ok(_) if octets.len() as u64 > most => Err(Lesson::new("this file is too large")
            .at(shown())
            .note(format!("at most {most} bytes are read"))),
        Ok(_) => Ok(Some(octets)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Lesson::new(format!("this file cannot be read: {error}"))
            .at(shown())
            .hint("look at its permissions, and whether it is a file")),
    }
}

/// A text that must be there.
pub(super) fn read_text(path: &Path) -> Result<String, Lesson> {
    let shown = || Place::file(path.display().to_string());
    let octets = read_some(path, FILE_MAX)?.ok_or_else(|| {
        Lesson::new("there is no such file").at(shown()).hint("a name starts from the folder you are in")
    })?;
    String::from_utf8(octets).map_err(|_| Lesson::new("this text is no UTF-8").at(shown()))
}
