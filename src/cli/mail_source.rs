//! A user's own mail, read from wherever it lies: an mbox, a message in a file, a Maildir, a folder of `.eml`
//! files. Files are only read, never changed.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::on_demand::{self, OnDemand};
use crate::lesson::{Lesson, Place, nearest};
use crate::mail::flags::Flags;
use crate::mail::import::mbox::{self, Importer, Variant};
use crate::mail::import::{Imported, MESSAGE_MAX, Problem, eml, maildir};

/// Mail beyond this many octets stays on the disk and is read when a message is looked at.
pub const ON_DEMAND_FROM: u64 = 64 * 1024 * 1024;

/// How much of a file is read at once, and how much of it shows what the file is.
const PIECE: usize = 1024 * 1024;

/// Reads the mail at `path`, and tells apart what it is: an mbox (and which of its variants), one message, a
/// Maildir, or a folder of `.eml` files (in order of their names; folders inside it are not entered).
///
/// # Errors
/// When there is no mail to be had: nothing there, not readable, empty, or not mail. What is wrong with single
/// messages is among the result's problems.
pub fn read_path(path: &Path) -> Result<Imported, Lesson> {
    read_path_as(path, None)
}

/// As [`read_path`], for an mbox whose variant is known.
///
/// # Errors
/// As [`read_path`].
pub fn read_path_as(path: &Path, variant: Option<Variant>) -> Result<Imported, Lesson> {
    read_keeping(path, variant, ON_DEMAND_FROM)
}

fn read_keeping(path: &Path, variant: Option<Variant>, on_demand_from: u64) -> Result<Imported, Lesson> {
    let about = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    let imported = if about.is_dir() {
        read_folder(path, on_demand_from)?
    } else if about.is_file() {
        read_file(path, about.len(), variant, on_demand_from)?
    } else {
        return Err(not_mail(path, "this is a device or a pipe, not a file"));
    };
    if imported.messages.is_empty() { Err(no_message(path, &imported)) } else { Ok(imported) }
}

fn read_file(
    path: &Path,
    size: u64,
    variant: Option<Variant>,
    on_demand_from: u64,
) -> Result<Imported, Lesson> {
    let name = path.display().to_string();
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut first = Vec::new();
    file.by_ref().take(PIECE as u64).read_to_end(&mut first).map_err(|error| unreadable(path, &error))?;
    match kind(&first) {
        Kind::Empty => Err(Lesson::new("the file is empty")
            .at(Place::file(name))
            .note("an mbox without messages is an empty file, but there is nothing to try out with it")
            .hint(
                "name a file with at least one message, or leave it away to use the mailbox that is built in",
            )),
        Kind::Other(what) => Err(not_mail(path, what)),
        Kind::Message => {
            read_rest(&mut file, &mut first, MESSAGE_MAX).map_err(|error| unreadable(path, &error))?;
            Ok(eml::read(&name, eml::without_leading_blank_lines(&first), None, Flags::NONE))
        }
        Kind::Mbox if size <= on_demand_from => {
            read_rest(&mut file, &mut first, usize::MAX).map_err(|error| unreadable(path, &error))?;
            Ok(mbox::read(&name, &first, variant))
        }
        Kind::Mbox => {
            let mut importer = Importer::new(&name, variant, OnDemand::new(path));
            while !first.is_empty() {
                importer.push(&first);
                first.clear();
                file.by_ref()
                    .take(PIECE as u64)
                    .read_to_end(&mut first)
                    .map_err(|error| unreadable(path, &error))?;
            }
            Ok(importer.finish())
        }
    }
}

/// Reads on until the file's end, and no more than one octet beyond `most`.
fn read_rest(file: &mut File, octets: &mut Vec<u8>, most: usize) -> io::Result<()> {
    let room = (most as u64).saturating_add(1).saturating_sub(octets.len() as u64);
    file.take(room).read_to_end(octets).map(|_| ())
}

/// What a file looks like.
enum Kind {
    Empty,
    Mbox,
    Message,
    Other(&'static str),
}

fn kind(first: &[u8]) -> Kind {
    const ARCHIVES: [(&[u8], &str); 5] = [
        (b"\x1f\x8b", "this is a compressed file (gzip): unpack it first"),
        (b"PK\x03\x04", "this is a compressed file (zip): unpack it first"),
        (b"BZh", "this is a compressed file (bzip2): unpack it first"),
        (b"\xfd7zXZ\0", "this is a compressed file (xz): unpack it first"),
        (b"!BDN", "this is an Outlook data file: export the mail as mbox or .eml first"),
    ];
    let text = eml::without_leading_blank_lines(first);
    if first.is_empty() {
        Kind::Empty
    } else if let Some((_, what)) = ARCHIVES.iter().find(|(magic, _)| first.starts_with(magic)) {
        Kind::Other(what)
    } else if mbox::is_first_line(text) {
        Kind::Mbox
    } else if !first.contains(&b'\n') && first.contains(&b'\r') {
        Kind::Other("its lines end in CR alone, as old Macintoshes wrote them: convert them to LF first")
    } else if eml::is_message(text) && eml::has_mail_field(text) {
        Kind::Message
    } else if mbox::has_from_line(first) {
        Kind::Mbox
    } else if first.contains(&0) {
        Kind::Other("this is a file of some other kind, with octets that no text has")
    } else {
        Kind::Other("this is text, but neither a mailbox nor a message")
    }
}

fn read_folder(path: &Path, on_demand_from: u64) -> Result<Imported, Lesson> {
    if path.join("cur").is_dir() || path.join("new").is_dir() {
        return Ok(read_messages(maildir_files(path)?, Source::Maildir, on_demand_from));
    }
    let (eml, others): (Vec<PathBuf>, Vec<PathBuf>) = entries(path)?
        .into_iter()
        .partition(|file| file.extension().is_some_and(|end| end.eq_ignore_ascii_case("eml")));
    if !eml.is_empty() {
        return Ok(read_messages(eml, Source::Folder, on_demand_from));
    }
    let lesson = Lesson::new("this folder holds no mail")
        .at(Place::file(path.display().to_string()))
        .note("a folder can be a Maildir (with cur and new in it), or hold messages in files ending in .eml");
    Err(match others.iter().find(|other| other.is_file()) {
        Some(file) => lesson.hint(format!("if a file in it is meant, name it: {}", file.display())),
        None => lesson.hint("name an mbox file, a Maildir, or a folder of .eml files"),
    })
}

/// The files of a Maildir in order of delivery. What is in `tmp` has not been delivered yet.
fn maildir_files(path: &Path) -> Result<Vec<PathBuf>, Lesson> {
    let mut found = Vec::new();
    for folder in ["cur", "new"].map(|folder| path.join(folder)).iter().filter(|folder| folder.is_dir()) {
        found.extend(entries(folder)?);
    }
    found.retain(|file| !file_name(file).starts_with('.'));
    found.sort_by(|a, b| maildir::delivery_order(&file_name(a), &file_name(b)));
    Ok(found)
}

/// What is in a folder, in order of names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Lesson> {
    let entries = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>()
    });
    let mut entries = entries.map_err(|error| unreadable(folder, &error))?;
    entries.sort();
    Ok(entries)
}

fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().map_or(Cow::Borrowed(""), |name| name.to_string_lossy())
}

/// Whether the names of files tell of the messages in them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Maildir,
    Folder,
}

/// Reads files of one message each.
fn read_messages(files: Vec<PathBuf>, source: Source, on_demand_from: u64) -> Imported {
    let mut all = Imported::default();
    let mut in_memory = 0;
    for path in files {
        let name = path.display().to_string();
        let octets = match read_message(&path) {
            Ok(octets) => octets,
            Err(error) => {
                let what = format!("the file cannot be read ({error}); it was left out");
                all.problems.push(Problem { file: name.into(), line: None, what });
                continue;
            }
        };
        let file_name = file_name(&path);
        let told = (source == Source::Maildir).then(|| maildir::parse(&file_name));
        let (received, flags) = told.map_or((None, Flags::NONE), |told| (told.received, told.flags));
        let mut one = eml::read(&name, &octets, received, flags);
        in_memory += octets.len() as u64;
        if in_memory > on_demand_from && one.verdict.is_none() {
            one.messages.iter_mut().for_each(|entry| on_demand::keep_in_file(entry, &path));
        }
        all.messages.append(&mut one.messages);
        all.problems.append(one.problems);
    }
    all
}

fn read_message(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    read_rest(&mut File::open(path)?, &mut octets, MESSAGE_MAX)?;
    Ok(octets)
}

fn unreadable(path: &Path, error: &io::Error) -> Lesson {
    let place = Place::file(path.display().to_string());
    match error.kind() {
        ErrorKind::NotFound => {
            let lesson = Lesson::new("there is no such file or folder").at(place);
            match neighbour(path) {
                Some(near) => lesson.hint(format!("did you mean {}?", near.display())),
                None => lesson.hint("name an mbox file, a message, a Maildir, or a folder of .eml files"),
            }
        }
        ErrorKind::PermissionDenied => Lesson::new("this may not be read")
            .at(place)
            .hint("ask its owner for permission to read it, or copy it to a place of your own"),
        _ => Lesson::new(format!("this cannot be read: {error}"))
            .at(place)
            .hint("try a copy of it on another disk"),
    }
}

/// A file or folder beside `path` with nearly its name.
fn neighbour(path: &Path) -> Option<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = entries(folder).ok()?;
    let names: Vec<Cow<'_, str>> = entries.iter().map(|entry| file_name(entry)).collect();
    let near = nearest(path.file_name()?.to_str()?, names.iter().map(AsRef::as_ref))?;
    Some(path.with_file_name(near))
}

fn not_mail(path: &Path, what: &str) -> Lesson {
    Lesson::new(what)
        .at(Place::file(path.display().to_string()))
        .note("an mbox begins with a line such as \"From alice@example.org Mon Mar  2 20:00:00 1998\"")
        .note("a message begins with header fields such as \"Subject: hello\"")
        .hint("name an mbox file, a message, a Maildir, or a folder of .eml files")
}

fn no_message(path: &Path, imported: &Imported) -> Lesson {
    let lesson = Lesson::new("no message could be read")
        .at(Place::file(path.display().to_string()))
        .hint("name an mbox file, a message, a Maildir, or a folder of .eml files");
    let lesson =
        imported.problems.iter().take(3).fold(lesson, |lesson, problem| lesson.note(problem.to_string()));
    match imported.problems.len() {
        0 => lesson.note("the mailbox is empty"),
        1..=3 => lesson,
        more => lesson.note(format!("and {} more", more - 3)),
    }
}

#[cfg(test)]
mod tests;
