//! A teacher's own lab: a folder, read whole and tried before it is packed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::folder::read_some;
use crate::lab::{Handout, Lab, MANIFEST, files, seed};
use crate::lesson::{Lesson, Place};

/// The largest file, the most files, and how deep folders go.
const FILE_MAX: u64 = 1 << 20;
const FILES_MAX: usize = 200;
const DEPTH_MAX: usize = 8;

/// Students who are nobody's, with whose numbers a lab is tried.
const STUDENTS: [&str; 3] = ["Ada Lovelace", "Grace Hopper", "Radia Perlman"];

/// The folder that is meant, if this is no lab's name: a path, or a folder here with a lab.toml in it.
pub(super) fn folder(asked: &str) -> Option<PathBuf> {
    let path = PathBuf::from(asked);
    let is_path = asked.contains(['/', '\\']) || asked.starts_with('.');
    (is_path || path.join(MANIFEST).is_file()).then_some(path)
}

/// Reads a lab from its folder, and lets it prove itself.
///
/// # Errors
/// A folder that cannot be read, or has too much in it; a lab that is broken or proves nothing, with the place.
pub(super) fn read(folder: &Path) -> Result<Lab, Lesson> {
    let shown = folder.display().to_string().trim_end_matches(['/', '\\']).to_owned();
    let mut found = BTreeMap::new();
    collect(folder, "", 0, &mut found)?;
    let lab = Lab::read(&shown, found)?;
    for student in STUDENTS {
        Handout::new(&lab, student, seed::seed(0, lab.id(), student))?.prove()?;
    }
    Ok(lab)
}

/// All files below a folder, by their names from there; those that begin with a dot are passed over, and so are links.
fn collect(
    folder: &Path,
    below: &str,
    depth: usize,
    found: &mut BTreeMap<String, Bytes>,
) -> Result<(), Lesson> {
    let at = || Place::file(folder.display().to_string());
    let unreadable = |error: io::Error| {
        Lesson::new(format!("this lab's folder cannot be read: {error}"))
            .at(at())
            .hint("name a folder with a lab.toml in it, or a lab that `maillab lab list` shows")
    };
    if depth > DEPTH_MAX {
        return Err(Lesson::new("these folders go too deep for a lab").at(at()).note("at most eight"));
    }
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || !(kind.is_dir() || kind.is_file()) {
            continue;
        }
        let name = format!("{below}{name}");
        if kind.is_dir() {
            collect(&entry.path(), &format!("{name}/"), depth + 1, found)?;
            continue;
        }
        if let Some(allowed) = files::refused(&name) {
            return Err(Lesson::new(format!("a lab may not have a file called {name:?}"))
                .at(at())
                .note(format!("allowed: {allowed}")));
        }
        let octets = read_some(&entry.path(), FILE_MAX)?.unwrap_or_default();
        if std::str::from_utf8(&octets).is_err() {
            return Err(Lesson::new("this file is no UTF-8, and a class pack holds texts alone")
                .at(Place::file(entry.path().display().to_string()))
                .hint("save it as UTF-8, or take it out of the lab's folder"));
        }
        found.insert(name, Bytes::from(octets));
        if found.len() > FILES_MAX {
            return Err(Lesson::new("there are too many files in this folder for a lab")
                .at(at())
                .note(format!("at most {FILES_MAX}")));
        }
    }
    Ok(())
}
