//! The prompt without its screen: lines in, text out.
//!
//! **The tape is what was typed.** With each line goes the hand as it was before it; going back to an event takes
//! the last hand before it and runs its line again, up to that event. What is typed from there on replaces
//! what came after. A fork types the whole tape over another link.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | the tape, going back and forth, forks |
//! | `command.rs` | the commands that only the prompt has |
//! | `view.rs` | `:why`, `:state`, `:bill`, `:ladder`, `:diff` as text |
//! | `legal.rs` | what a server would take now: for hints and completion |

mod command;
pub mod legal;
mod view;

#[cfg(test)]
mod tests;

pub use command::{COMMANDS, help};

use std::fmt::Write as _;

use crate::lesson::Lesson;
use crate::link::preset;
use crate::script::run::type_line;
use crate::script::{Entry, Hand, Setting, Transcript, text, transcript};
use command::Command;

/// How many lines of one answer are shown.
const LINES_SHOWN: usize = 40;

/// A session at the prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    setting: Setting,
    hand: Hand,
    tape: Vec<Typed>,
    /// How many lines of the tape have been begun; more follow after going back.
    begun: usize,
}

/// A line that was typed.
#[derive(Clone, Debug)]
struct Typed {
    line: String,
    before: Hand,
    /// The last event that ran before the next line was typed.
    until: u64,
    entries: Vec<Entry>,
}

/// What a line brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What is to be shown.
    pub text: String,
    /// The session is over.
    pub ends: bool,
    /// A file to be written: its name, and what it shall hold.
    pub save: Option<(String, String)>,
}

impl Said {
    fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

impl Prompt {
    /// Sits down.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        Self { hand: Hand::new(&setting), setting, tape: Vec::new(), begun: 0 }
    }

    /// The hand as it is now.
    #[must_use]
    pub const fn hand(&self) -> &Hand {
        &self.hand
    }

    /// What stands before the next line: the connection, or that there is none.
    #[must_use]
    pub fn prompt(&self) -> String {
        match self.hand.current().and_then(|peer| self.hand.peers().get(peer)) {
            Some(peer) => format!("{}> ", peer.name),
            None => "maillab> ".to_owned(),
        }
    }

    /// Does a line.
    ///
    /// # Errors
    /// What is wrong with it, with a caret; nothing has happened then.
    pub fn enter(&mut self, line: &str) -> Result<Said, Lesson> {
        match command::parse(line)? {
            None => self.type_line(line).map(Said::text),
            Some(Command::Help(word)) => Ok(Said::text(help(&self.hand, &word)?)),
            Some(Command::Quit) => Ok(Said { ends: true, ..Said::default() }),
            Some(Command::Why) => Ok(Said::text(view::why(&self.hand))),
            Some(Command::State) => Ok(Said::text(view::state(&self.hand))),
            Some(Command::Bill) => Ok(Said::text(view::bill(&self.hand))),
            Some(Command::Ladder(packets)) => Ok(Said::text(view::ladder(&self.hand, packets))),
            Some(Command::Step(events)) => {
                self.goto(self.events().saturating_add(events));
                Ok(Said::text(self.place()))
            }
            Some(Command::Back(events)) => {
                self.goto(self.events().saturating_sub(events));
                Ok(Said::text(self.place()))
            }
            Some(Command::Goto(event)) => {
                self.goto(event);
                Ok(Said::text(self.place()))
            }
            Some(Command::Diff(link)) => {
                let other = self.over(&link)?;
                Ok(Said::text(view::diff(&self.hand, &other.hand)))
            }
            Some(Command::Fork(link)) => {
                *self = self.over(&link)?;
                Ok(Said::text(format!(
                    "the same {} lines, typed over {link}\n{}",
                    self.tape.len(),
                    self.place()
                )))
            }
            Some(Command::Save(file)) => {
                Ok(Said { save: Some((file, self.transcript())), ..Said::default() })
            }
        }
    }

    fn events(&self) -> u64 {
        self.hand.world().events()
    }

    fn type_line(&mut self, line: &str) -> Result<String, Lesson> {
        let before = self.hand.clone();
        let (entries, failures) = match type_line(&mut self.hand, line) {
            Ok(done) => done,
            Err(lesson) => {
                self.hand = before;
                return Err(lesson);
            }
        };
        self.tape.truncate(self.begun);
        if let Some(last) = self.tape.last_mut() {
            last.until = before.world().events();
        }
        let mut text = shown(&entries, &self.hand.tariff().currency);
        for failure in &failures {
            let _ = writeln!(text, "{failure}");
        }
        self.tape.push(Typed { line: line.to_owned(), before, until: self.events(), entries });
        self.begun = self.tape.len();
        Ok(text)
    }

    /// Goes to the moment after this event: back along the tape, forth along it, and beyond its end event by
    /// event as long as there are any.
    fn goto(&mut self, event: u64) {
        let last = self.tape.last().map_or(0, |typed| typed.until);
        if event < last {
            return self.along(event);
        }
        if self.begun < self.tape.len() || self.events() != last {
            self.along(last);
        }
        while self.events() < event && self.hand.step() {}
        // Events that were let run by hand belong to the line before them.
        let now = self.events();
        if let Some(typed) = self.tape.last_mut() {
            typed.until = now;
        }
    }

    /// Goes to an event that the tape holds. What is typed at an event comes after it.
    fn along(&mut self, event: u64) {
        let is_end = self.tape.last().is_some_and(|typed| event >= typed.until);
        self.begun = if is_end {
            self.tape.len()
        } else {
            self.tape.partition_point(|typed| typed.before.world().events() < event)
        };
        match self.begun.checked_sub(1).and_then(|nth| self.tape.get(nth)) {
            None => self.hand = Hand::new(&self.setting),
            Some(typed) => {
                let mut hand = typed.before.clone();
                hand.stop_after(event);
                // The line was understood when it was typed; if the stop cuts it short, that is no slip.
                let _ = type_line(&mut hand, &typed.line);
                while hand.world().events() < event && hand.step() {}
                hand.stop_after(u64::MAX);
                hand.keep_link(false);
                self.hand = hand;
            }
        }
    }

    /// The same lines, typed over another link.
    fn over(&self, link: &str) -> Result<Self, Lesson> {
        let setting = Setting { link: std::sync::Arc::new(preset::resolve(link)?), ..self.setting.clone() };
        let mut other = Self::new(setting);
        other.hand.keep_link(true);
        for typed in self.tape.iter().take(self.begun) {
            other.type_line(&typed.line)?;
        }
        other.hand.keep_link(false);
        Ok(other)
    }

    /// Where the session stands.
    fn place(&self) -> String {
        let now = self.hand.world().now().as_nanos() / 1_000_000;
        format!("event {}, {}.{:03} s\n", self.events(), now / 1000, now % 1000)
    }

    /// All that was said, as a script.
    fn transcript(&self) -> String {
        let entries = self.tape.iter().take(self.begun).flat_map(|typed| typed.entries.clone()).collect();
        Transcript { entries }.to_text(self.hand.tariff())
    }
}

/// What the server said, and what it took.
fn shown(entries: &[Entry], currency: &str) -> String {
    let mut text = String::new();
    let lines = entries.iter().filter(|entry| matches!(entry, Entry::Line(..))).count();
    let mut nth = 0;
    for entry in entries {
        let _ = match entry {
            Entry::Line(name, line) => {
                nth += 1;
                // The beginning of a long answer, and its end.
                let skipped = lines.saturating_sub(LINES_SHOWN);
                if skipped > 0 && nth == LINES_SHOWN {
                    writeln!(text, "  … {skipped} lines more")
                } else if skipped > 0 && (LINES_SHOWN..lines).contains(&nth) {
                    Ok(())
                } else {
                    let name = name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
                    writeln!(text, "{name}{}", text::escaped(line))
                }
            }
            Entry::Exchange(before, after) => {
                writeln!(text, "{}", transcript::exchange(before, after, currency))
            }
            Entry::Command(_) | Entry::Sent(..) | Entry::Rest(..) => Ok(()),
        };
    }
    text
}
