//! Mail files that other programs change while they are served.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cli::Output;
use crate::serve::accounts::Accounts;

/// The files behind the mail, as they were when they were read.
pub struct Watched(BTreeMap<PathBuf, Option<State>>);

/// What shows that a file was changed: its size and the time of its last change.
type State = (u64, Option<SystemTime>);

impl Watched {
    /// Looks at them for the first time.
    pub fn begin(accounts: &Accounts) -> Self {
        Self(accounts.paths().map(|path| (path.to_owned(), state_of(path))).collect())
    }

    /// Says once of each file that it has changed.
    pub fn look(&mut self, output: &mut Output) {
        self.0.retain(|path, before| {
            let is_same = state_of(path) == *before;
            if !is_same {
                output.talk(&format!(
                    "note: {} has changed since it was read; clients see it as it was, and what came in since is not \
                     served. Stop and start again to serve it as it is now",
                    path.display()
                ));
            }
            is_same
        });
    }
}

fn state_of(path: &Path) -> Option<State> {
    fs::metadata(path).ok().map(|about| (about.len(), about.modified().ok()))
}
