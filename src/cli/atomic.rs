//! Writing a file whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::lesson::{Lesson, Place};

/// How many names are tried for the temporary file, should others exist.
const NAMES_MAX: u32 = 100;

/// Writes a file: `content` writes to a temporary file beside `target`, which then takes its place in one step.
///
/// A file that was there keeps its permissions, and a symbolic link its place: what it points to is replaced.
///
/// # Errors
/// On any failure (a full disk, no permission, an error of `content`'s own) the temporary file is removed, an old
/// `target` is as it was, and the lesson says what to try.
pub fn write(target: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Lesson> {
    replace(&RealDisk, target, content).map_err(|error| lesson(target, &error))
}

/// What replacing a file asks of a disk; tests have one that fails.
trait Disk {
    type File: Write;
    fn create_new(&self, path: &Path) -> io::Result<Self::File>;
    /// Waits until the octets are on the disk itself: a full disk may show only now.
    fn sync(&self, file: &Self::File) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
}

struct RealDisk;

impl Disk for RealDisk {
    type File = File;

    fn create_new(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(path)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }
}

fn replace<D: Disk>(
    disk: &D,
    target: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    let old = fs::metadata(&target).ok();
    if old.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(ErrorKind::IsADirectory.into());
    }
    let (file, temporary) = create_beside(disk, &target)?;
    // From here on, leaving early removes the temporary file.
    let temporary = Temporary(temporary);
    let mut file = BufWriter::new(file);
    content(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    disk.sync(&file)?;
    drop(file);
    if let Some(old) = old {
        fs::set_permissions(&temporary.0, old.permissions())?;
    }
    disk.rename(&temporary.0, &target)
}

/// Makes a file with a name that nothing else has, in the target's folder: a rename works within one disk only.
fn create_beside<D: Disk>(disk: &D, target: &Path) -> io::Result<(D::File, PathBuf)> {
    let name = target.file_name().ok_or(ErrorKind::InvalidFilename)?;
    for attempt in 0..NAMES_MAX {
        let mut temporary = OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let path = target.with_file_name(temporary);
        match disk.create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            created => return created.map(|file| (file, path)),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Removes the file when dropped; after it was renamed there is none.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn lesson(target: &Path, error: &io::Error) -> Lesson {
    let hint = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space, or name a file on another disk"
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "name a file in a folder that you may write to"
        }
        ErrorKind::NotFound => "make the folder first, or name a file in one that exists",
        ErrorKind::IsADirectory => "this is a folder: name a file in it",
        ErrorKind::InvalidFilename => "this names no file: give a file's name",
        _ => "try again, or name a file elsewhere",
    };
    Lesson::new(format!("the file cannot be written: {error}"))
        .at(Place::file(target.display().to_string()))
        .note("nothing was changed: a file that was there before is as it was")
        .hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::scratch::Scratch;

    /// A disk that takes `room` octets and then is full, or fails at a later step.
    #[derive(Default)]
    struct BadDisk {
        room: usize,
        sync_fails: bool,
        rename_fails: bool,
    }

    struct BadFile(File, usize);

    impl Write for BadFile {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            let fits = octets.len().min(self.1);
            if fits == 0 && !octets.is_empty() {
                return Err(ErrorKind::StorageFull.into());
            }
            self.1 -= fits;
            self.0.write(&octets[..fits])
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl Disk for BadDisk {
        type File = BadFile;
        fn create_new(&self, path: &Path) -> io::Result<BadFile> {
            RealDisk.create_new(path).map(|file| BadFile(file, self.room))
        }
        fn sync(&self, _: &BadFile) -> io::Result<()> {
            if self.sync_fails { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            if self.rename_fails {
                Err(ErrorKind::PermissionDenied.into())
            } else {
                RealDisk.rename(from, to)
            }
        }
    }

    #[test]
    fn the_new_file_takes_the_old_ones_place() {
        let scratch = Scratch::new("atomic-new");
        let target = scratch.file("table.csv", b"old");
        for text in ["new", "newer"] {
            write(&target, |file| file.write_all(text.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&target).unwrap(), text);
        }
        write(&scratch.path("fresh"), |file| file.write_all(b"x")).unwrap();
        assert_eq!(scratch.names(), ["fresh", "table.csv"]);
    }

    #[test]
    fn whatever_fails_the_old_file_stays_and_nothing_else() {
        let scratch = Scratch::new("atomic-bad");
        let target = scratch.file("table.csv", b"old");
        let much = vec![b'x'; 100_000];
        for disk in [
            BadDisk { room: 0, ..BadDisk::default() },
            BadDisk { room: 50_000, ..BadDisk::default() },
            BadDisk { room: 1_000_000, sync_fails: true, ..BadDisk::default() },
            BadDisk { room: 1_000_000, rename_fails: true, ..BadDisk::default() },
        ] {
            assert!(replace(&disk, &target, |file| file.write_all(&much)).is_err());
            assert_eq!(fs::read(&target).unwrap(), b"old");
            assert_eq!(scratch.names(), ["table.csv"]);
        }
        let interrupted = write(&target, |file| {
            file.write_all(&much)?;
            Err(io::Error::other("the simulation ended early"))
        });
        assert!(interrupted.unwrap_err().to_string().contains("the simulation ended early"));
        assert_eq!((fs::read(&target).unwrap().as_slice(), scratch.names().len()), (&b"old"[..], 1));
    }

    #[test]
    fn a_place_that_cannot_be_written_to_gives_place_and_remedy() {
        let scratch = Scratch::new("atomic-place");
        let missing = write(&scratch.path("no/such/file"), |_| Ok(())).unwrap_err();
        assert!(
            missing.to_string().contains("no/such/file")
                && missing.to_string().contains("make the folder first")
        );
        let folder = write(&scratch.path(""), |_| Ok(())).unwrap_err();
        assert!(folder.to_string().contains("name a file in it"));
        let full = lesson(Path::new("x.csv"), &ErrorKind::StorageFull.into());
        assert!(full.to_string().contains("free some space"));
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_survive() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::new("atomic-link");
        let target = scratch.file("real", b"old");
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&target, scratch.path("link")).unwrap();
        write(&scratch.path("link"), |file| file.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(scratch.path("link")).unwrap().is_symlink());
    }
}
