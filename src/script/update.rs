//! A golden script, rewritten with what the server says now. Remarks, commands and everything that the client
//! says stay as they are, and so does every expectation that is met.

use super::parse::{Script, Step};
use super::text;

/// The lines of the new script.
#[derive(Clone, Debug)]
pub(super) struct Update {
    /// For each old line what stands in its place, and what follows it.
    lines: Vec<Vec<String>>,
}

impl Update {
    pub(super) fn of(script: &Script) -> Self {
        Self { lines: script.lines.iter().map(|line| vec![line.clone()]).collect() }
    }

    fn at(&mut self, line: usize) -> Option<&mut Vec<String>> {
        self.lines.get_mut(line.saturating_sub(1))
    }

    /// The server says nothing where a line was expected.
    pub(super) fn remove(&mut self, line: usize) {
        if let Some(lines) = self.at(line) {
            lines.clear();
        }
    }

    /// The server says something else.
    pub(super) fn replace(&mut self, step: &Step, got: &[u8]) {
        let name = step.conn.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        if let Some(lines) = self.at(step.line) {
            *lines = vec![format!("{name}S: {}", text::expected(got))];
        }
    }

    /// An answer has fewer lines than it should have at least.
    pub(super) fn fewer(&mut self, step: &Step, lines: u64) {
        let name = step.conn.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        if let Some(there) = self.at(step.line) {
            *there = if lines == 0 { Vec::new() } else { vec![format!("{name}S.. {lines}")] };
        }
    }

    /// The server says more.
    pub(super) fn insert_after(&mut self, line: usize, new: String) {
        if let Some(lines) = self.at(line) {
            lines.push(new);
        }
    }

    pub(super) fn text(&self) -> String {
        self.lines.iter().flatten().map(|line| format!("{line}\n")).collect()
    }
}
