//! The scenarios inside the program: each is a file that a user could have written.

use super::Scenario;
use crate::lesson::{Lesson, nearest};

/// A scenario inside the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Its name: `faq-two-calls`.
    pub name: &'static str,
    /// The scenario file.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        /// All scenarios inside the program.
        pub const BUILT_IN: &[BuiltIn] = &[
            $(BuiltIn { name: $name, text: include_str!(concat!("builtin/", $name, ".toml")) }),*
        ];
    };
}

built_in![
    "default",
    "ref-v34",
    "faq-two-calls",
    "faq-two-calls-attachments",
    "little-mail",
    "much-mail",
    "abroad",
    "huge-attachment-first",
    "leave-on-server",
];

impl BuiltIn {
    /// What it is, in one sentence: the comment at the file's head.
    #[must_use]
    pub fn about(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches('#').trim()
    }

    /// The scenario.
    ///
    /// # Errors
    /// None, unless the file in the program is broken: a test reads each.
    pub fn scenario(&self) -> Result<Scenario, Lesson> {
        Scenario::read(self.name, self.text.as_bytes())
    }
}

/// The built-in scenario of this name.
///
/// # Errors
/// An unknown name, with the nearest known one.
pub fn built_in(name: &str) -> Result<Scenario, Lesson> {
    if let Some(found) = BUILT_IN.iter().find(|one| one.name == name) {
        return found.scenario();
    }
    let names = || BUILT_IN.iter().map(|one| one.name);
    let lesson = Lesson::new(format!("there is no scenario `{name}`"))
        .note(format!("built in are {}", names().collect::<Vec<_>>().join(", ")));
    Err(match nearest(name, names()) {
        Some(near) => lesson.hint(format!("did you mean `{near}`?")),
        None => lesson.hint("a file of your own is given with its path: `maillab compare my.toml`"),
    })
}
