//! What the prompt keeps between sessions: the lines that were typed, and the last session as a script.
//!
//! Both stand where the system keeps such things: `$XDG_STATE_HOME/maillab` or `~/.local/state/maillab` on Linux,
//! `~/Library/Application Support/maillab` on macOS, `%LOCALAPPDATA%\maillab` on Windows. Where nothing can be
//! written nothing is kept, and nobody is bothered with it.

use std::path::{Path, PathBuf};

use rustyline::history::FileHistory;
use rustyline::{Editor, Helper};

use crate::repl::Prompt;

/// The files, if there is a place for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Keeping {
    folder: Option<PathBuf>,
}

impl Keeping {
    /// The place of whoever runs the program.
    pub(super) fn of_this_user() -> Self {
        Self::in_folder(dirs::state_dir().or_else(dirs::data_local_dir).map(|folder| folder.join("maillab")))
    }

    fn in_folder(folder: Option<PathBuf>) -> Self {
        Self { folder: folder.filter(|folder| std::fs::create_dir_all(folder).is_ok()) }
    }

    fn file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_deref().map(|folder: &Path| folder.join(name))
    }

    /// Brings back the lines of earlier sessions.
    pub(super) fn load<H: Helper>(&self, editor: &mut Editor<H, FileHistory>) {
        if let Some(file) = self.file("history") {
            // A first session has no history, and a broken one is as good as none.
            let _ = editor.load_history(&file);
        }
    }

    /// Keeps the newest line.
    pub(super) fn append<H: Helper>(&self, editor: &mut Editor<H, FileHistory>) {
        if let Some(file) = self.file("history") {
            let _ = editor.append_history(&file);
        }
    }

    /// Keeps the session so far, and gives its file. A session in which nothing was done replaces none.
    pub(super) fn session(&self, prompt: &Prompt) -> Option<PathBuf> {
        let file = self.file("last-session.txt").filter(|_| !prompt.is_blank())?;
        let text = prompt.transcript();
        // Renamed, so that a session that is killed leaves the old file or the new one. Nobody waits for the disk
        // after every line: of this file the last second may be lost.
        let new = self.file("last-session.new")?;
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &file)).ok()?;
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_can_be_written_nothing_is_kept() {
        let nowhere = Keeping::in_folder(Some(Path::new(file!()).join("no/folder")));
        assert_eq!(nowhere.file("history"), None);
        assert_eq!(Keeping::in_folder(None).file("history"), None);
    }
}
