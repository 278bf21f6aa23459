//! Completion and hints, as the line editor asks for them.

use std::borrow::Cow;

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use crate::repl::complete::Choices;

/// What could be typed now.
#[derive(Default)]
pub(super) struct Words {
    choices: Choices,
    /// Hints are told from typed text by their faintness alone: without colour there are none.
    shows_hints: bool,
}

impl Words {
    pub(super) fn new(shows_hints: bool) -> Self {
        Self { shows_hints, ..Self::default() }
    }

    /// Takes down what is legal now.
    pub(super) fn learn(&mut self, choices: Choices) {
        self.choices = choices;
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.choices.complete(line.get(..at).unwrap_or_default()))
    }
}

impl Hinter for Words {
    type Hint = String;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<String> {
        if !self.shows_hints || at < line.len() { None } else { self.choices.hint(line) }
    }
}

impl Highlighter for Words {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }
}

impl Validator for Words {}
impl Helper for Words {}
