//! Messages that stay in their files until somebody looks at them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use md5::{Digest, Md5};

use crate::mail::body::{Body, BodyLost, BodySource};
use crate::mail::import::ImportedMessage;
use crate::mail::import::mbox::{Decoding, Keep};
use crate::mail::message::Message;

/// Keeps messages of an mbox in that file.
#[derive(Debug)]
pub(super) struct OnDemand {
    path: Arc<Path>,
}

impl OnDemand {
    /// For messages of the file at `path`.
    pub(super) fn new(path: &Path) -> Self {
        // A path from the root, so that a later change of the working directory does not matter.
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Self { path: path.into() }
    }
}

impl Keep for OnDemand {
    fn keep(&mut self, at: Range<u64>, decoding: Decoding, octets: Vec<u8>) -> Message {
        FileRange::message(self.path.clone(), at, decoding, &octets)
    }

    fn stored_again(&mut self, at: Range<u64>) -> Option<Vec<u8>> {
        read_range(&self.path, at).ok()
    }
}

/// Takes a message out of memory that is a whole file, `path`.
pub(super) fn keep_in_file(entry: &mut ImportedMessage, path: &Path) {
    let OnDemand { path } = OnDemand::new(path);
    if let (Ok(octets), Ok(about)) = (entry.message.octets(), path.metadata()) {
        entry.message = FileRange::message(path, 0..about.len(), Decoding::LINE_ENDS, &octets).into();
    }
}

/// A message in a file: where it stands and how it is read.
#[derive(Debug)]
struct FileRange {
    path: Arc<Path>,
    at: Range<u64>,
    decoding: Decoding,
    /// MD5 over the message's octets when it was read first.
    digest: OnceLock<[u8; 16]>,
}

impl FileRange {
    fn message(path: Arc<Path>, at: Range<u64>, decoding: Decoding, octets: &[u8]) -> Message {
        let source = Arc::new(Self { path, at, decoding, digest: OnceLock::new() });
        let message = Message::with_body(Body::Source { source: source.clone(), index: 0 }, octets);
        let _ = source.digest.set(message.digest());
        message
    }

    fn lost(&self, reason: impl std::fmt::Display) -> BodyLost {
        BodyLost { reason: format!("{}: {reason}", PathBuf::from(&*self.path).display()) }
    }
}

impl BodySource for FileRange {
    fn octets(&self, _: u32) -> Result<Bytes, BodyLost> {
        let stored = read_range(&self.path, self.at.clone()).map_err(|error| self.lost(error))?;
        let octets = self.decoding.decode(&stored);
        let digest: [u8; 16] = Md5::digest(&octets).into();
        if self.digest.get() == Some(&digest) {
            Ok(octets.into())
        } else {
            Err(self.lost("the file has been changed since it was read; start again to read it anew"))
        }
    }
}

fn read_range(path: &Path, at: Range<u64>) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(at.start))?;
    let size = at.end.saturating_sub(at.start);
    let mut octets = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(size).read_to_end(&mut octets)?;
    Ok(octets)
}
