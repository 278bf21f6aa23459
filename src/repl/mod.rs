//! The prompt without its screen: lines in, text out.
//!
//! **The tape is what was typed.** With each line goes the hand as it was before it; going back to an event takes
//! the last hand before it and runs its line again, up to that event. What is typed from there on replaces
//! what came after. A fork types the whole tape over another link.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | what each line does, and what is shown of it |
//! | `tape.rs` | the tape: going back and forth, forks |
//! | `complete.rs` | completion and hints: what could be typed here |

pub mod complete;
mod tape;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::sync::Arc;

use crate::lesson::Lesson;
use crate::script::command::{Pace, Travel, View};
use crate::script::parse::Action;
use crate::script::run::{Outcome, typed};
use crate::script::{Command, Entry, Files, Hand, Script, Setting, Transcript, help, text, transcript, view};
use crate::time::Instant;
use tape::{Tape, What};

/// How many lines of one answer are shown.
const LINES_SHOWN: usize = 40;

/// How wide the screen is until somebody says otherwise, in characters.
const WIDTH: usize = 80;

/// What is said when a trace begins to be kept.
const RECORDED: &str = "the session is kept as a trace: written now, and again after every line\n";

/// How deep scripts may play scripts.
const DEPTH_MAX: usize = 8;

/// A session at the prompt.
#[derive(Clone, Debug)]
pub struct Prompt {
    tape: Tape,
    width: usize,
    pace: Pace,
    record: Option<String>,
    depth: usize,
}

/// What a line brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What is to be shown, in order, each at its moment.
    pub beats: Vec<Beat>,
    /// The session is over.
    pub ends: bool,
    /// Files to be written, each its name and what it shall hold.
    pub files: Vec<(String, String)>,
    /// What `maillab lab` is to do: its arguments.
    pub lab: Option<Vec<String>>,
    /// A script to be read and handed to [`Prompt::play`].
    pub plays: Option<String>,
}

/// Something to be shown at a moment of the simulation. At a pace the screen waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The moment.
    pub at: Instant,
    /// The text.
    pub text: String,
}

impl Said {
    /// All that is to be shown.
    #[must_use]
    pub fn text(&self) -> String {
        self.beats.iter().map(|beat| beat.text.as_str()).collect()
    }
}

impl Prompt {
    /// Sits down.
    #[must_use]
    pub fn new(setting: Setting) -> Self {
        Self { tape: Tape::new(setting), width: WIDTH, pace: Pace::Max, record: None, depth: 0 }
    }

    /// The hand as it is now.
    #[must_use]
    pub const fn hand(&self) -> &Hand {
        self.tape.hand()
    }

    /// How fast the screen shall be.
    #[must_use]
    pub const fn pace(&self) -> Pace {
        self.pace
    }

    /// The screen is so many characters wide.
    pub fn set_width(&mut self, width: usize) {
        self.width = width.max(view::NARROWEST);
    }

    /// What stands before the next line: the connection, or that there is none.
    #[must_use]
    pub fn prompt(&self) -> String {
        match self.hand().current().and_then(|peer| self.hand().peers().get(peer)) {
            Some(peer) => format!("{}> ", peer.name),
            None => "maillab> ".to_owned(),
        }
    }

    /// Does a line.
    ///
    /// # Errors
    /// What is wrong with it, with a caret; nothing has happened then.
    pub fn enter(&mut self, line: &str) -> Result<Said, Lesson> {
        let script = typed(line)?;
        match script.steps.first().map(|step| &step.action) {
            None => Ok(Said::default()), // a remark
            Some(Action::Command(command)) if !command.acts() => {
                let command = command.clone();
                self.command(line, &command)
            }
            Some(_) => self.act(What::Line(line.to_owned())),
        }
    }

    /// Plays a script as if it were typed, line by line; its expectations are checked. `files` holds what it sends and
    /// the scripts that it plays.
    ///
    /// # Errors
    /// A slip in it, before anything has happened; or a line that cannot be done, after those before it.
    pub fn play(&mut self, name: &str, octets: &[u8], files: &Arc<Files>) -> Result<Said, Lesson> {
        let script = Arc::new(Script::parse(name, octets)?);
        let mut said = Said::default();
        for (nth, step) in script.steps.iter().enumerate() {
            let mut is_as_expected = true;
            let one = match &step.action {
                Action::Command(Command::Play(inner)) => self.play_inside(&script, nth, inner, files)?,
                Action::Command(command) if !command.acts() => {
                    let line = script.lines.get(step.line - 1).map_or("", |line| line.trim());
                    self.command(line, command)?
                }
                _ => {
                    let what = What::Step(Arc::clone(&script), Some(nth), Arc::clone(files));
                    let (one, failures) = self.act_checked(what)?;
                    is_as_expected = failures == 0;
                    one
                }
            };
            said.beats.extend(one.beats);
            said.files.extend(one.files);
            // What follows a wrong line would be compared with the wrong lines.
            if one.ends || !is_as_expected {
                break;
            }
        }
        let rest = self.act(What::Step(script, None, Arc::clone(files)))?;
        said.beats.extend(rest.beats);
        said.files.retain(|file| !rest.files.iter().any(|newer| newer.0 == file.0));
        said.files.extend(rest.files);
        Ok(said)
    }

    fn play_inside(
        &mut self,
        script: &Script,
        nth: usize,
        name: &str,
        files: &Arc<Files>,
    ) -> Result<Said, Lesson> {
        let lesson = |what: &str| {
            let lesson = Lesson::new(what);
            match script.steps.get(nth) {
                Some(step) => lesson.at(script.place(step, "")),
                None => lesson,
            }
        };
        let octets = files.get(name).ok_or_else(|| lesson("this script was not read"))?;
        if self.depth >= DEPTH_MAX {
            return Err(lesson("scripts play scripts too deep").hint("does a script play itself?"));
        }
        self.depth += 1;
        let played = self.play(name, octets, files);
        self.depth -= 1;
        played
    }

    /// Something that is done to the world.
    fn act(&mut self, what: What) -> Result<Said, Lesson> {
        self.act_checked(what).map(|(said, _)| said)
    }

    /// Something that is done to the world, and how many expectations were not met.
    fn act_checked(&mut self, what: What) -> Result<(Said, usize), Lesson> {
        let calls = self.hand().world().journal().calls.len();
        let done = self.tape.act(what)?;
        let mut said = Said { beats: self.calls_since(calls), ..Said::default() };
        said.beats.extend(self.shown(&done));
        for failure in &done.failures {
            said.beats.push(self.beat(format!("{failure}\n")));
        }
        said.beats.sort_by_key(|beat| beat.at);
        if let Some(file) = &self.record {
            said.files.push((file.clone(), self.hand().trace().to_text()));
        }
        Ok((said, done.failures.len()))
    }

    /// A command that does nothing to the world.
    fn command(&mut self, line: &str, command: &Command) -> Result<Said, Lesson> {
        let width = self.width;
        match command {
            Command::Help(word) => Ok(self.told(help(self.hand(), word, width)?)),
            Command::Quit => Ok(Said { ends: true, ..Said::default() }),
            Command::Show(View::Drawing(file)) => {
                Ok(Said { files: vec![(file.clone(), view::drawing(self.hand()))], ..Said::default() })
            }
            Command::Show(what) => Ok(self.told(view::show(self.hand(), what, width))),
            Command::Travel(travel) => {
                let before = self.hand().world().events();
                self.travel(*travel);
                let mut text = view::place(self.hand());
                if self.hand().world().events() != before {
                    text.push_str(&arrived(&view::show(self.hand(), &View::Why, width)));
                } else if !matches!(travel, Travel::Step(0) | Travel::Back(0) | Travel::Goto(_)) {
                    text.push_str("nothing moves: there is no such event\n");
                }
                Ok(self.told(text))
            }
            Command::Diff(link) => {
                let other = self.tape.over(link)?;
                Ok(self.told(view::diff(self.hand(), other.hand(), width)))
            }
            Command::Fork(link) => {
                self.tape = self.tape.over(link)?;
                let lines = self.tape.lines();
                let text =
                    format!("the same {lines} lines, typed over {}\n{}", link.name, view::place(self.hand()));
                Ok(self.told(text))
            }
            Command::Save(file) => {
                Ok(Said { files: vec![(file.clone(), self.transcript())], ..Said::default() })
            }
            Command::Record(file) => {
                self.record = Some(file.clone());
                let text = self.hand().trace().to_text();
                Ok(Said { files: vec![(file.clone(), text)], ..self.told(RECORDED) })
            }
            Command::Lab(words) => Ok(Said { lab: Some(words.clone()), ..Said::default() }),
            Command::Play(file) => Ok(Said { plays: Some(file.clone()), ..Said::default() }),
            Command::Pace(pace) => {
                self.pace = *pace;
                Ok(self.told(match pace {
                    Pace::Max => "the screen does not wait\n".to_owned(),
                    Pace::Times(1) => "the screen waits as the line does; Ctrl-C ends a wait\n".to_owned(),
                    Pace::Times(times) => {
                        format!("the screen is {times} times as fast as the line; Ctrl-C ends a wait\n")
                    }
                }))
            }
            // What is left has something to say of the hand alone: expectations.
            _ => {
                let done = self.tape.ask(line)?;
                let mut said = Said::default();
                for failure in &done.failures {
                    said.beats.push(self.beat(format!("{failure}\n")));
                }
                if said.beats.is_empty() {
                    return Ok(self.told("as expected\n"));
                }
                Ok(said)
            }
        }
    }

    fn travel(&mut self, travel: Travel) {
        let now = self.hand().world().events();
        match travel {
            Travel::Step(events) => self.tape.goto(now.saturating_add(events)),
            Travel::Back(events) => self.tape.goto(now.saturating_sub(events)),
            Travel::Goto(event) => self.tape.goto(event),
            Travel::Until(until) => self.tape.go_until(until),
        }
    }

    fn beat(&self, text: String) -> Beat {
        Beat { at: self.hand().world().now(), text }
    }

    fn told(&self, text: impl Into<String>) -> Said {
        Said { beats: vec![self.beat(view::wrapped(&text.into(), self.width))], ..Said::default() }
    }

    /// What the telephone did in the calls that are new.
    fn calls_since(&self, calls: usize) -> Vec<Beat> {
        let link = self.hand().link();
        let is_dialled = link.as_ref().is_none_or(|link| link.call.is_dialled());
        let link = link.map(|link| link.name.clone()).unwrap_or_default();
        let mut beats = Vec::new();
        for call in self.hand().world().journal().calls.iter().skip(calls) {
            if !is_dialled {
                let at = transcript::seconds(call.dialled.as_nanos());
                let text =
                    view::wrapped(&format!("#    {at}: {link} is there, and nothing to dial\n"), self.width);
                beats.push(Beat { at: call.dialled, text });
                continue;
            }
            let answered = call.answered.map(|at| (at, "it is answered; the modems talk".to_owned()));
            let up = call.up.map(|at| (at, "packets can flow".to_owned()));
            let dialled = Some((call.dialled, format!("dialling over {link}")));
            for (at, text) in [dialled, answered, up].into_iter().flatten() {
                let text = format!("#    {}: {text}\n", transcript::seconds(at.as_nanos()));
                beats.push(Beat { at, text: view::wrapped(&text, self.width) });
            }
        }
        beats
    }

    /// All that was said, as a script.
    #[must_use]
    pub fn transcript(&self) -> String {
        Transcript { entries: self.tape.entries() }.to_text(self.hand().tariff())
    }

    /// Has anything been typed that is worth keeping?
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.tape.lines() == 0
    }

    /// What the server said, and what it took.
    fn shown(&self, done: &Outcome) -> Vec<Beat> {
        let currency = &self.hand().tariff().currency;
        let lines = done.entries.iter().filter(|entry| matches!(entry, Entry::Line(..))).count();
        // The beginning of a long answer, and its end.
        let skipped = lines.saturating_sub(LINES_SHOWN);
        let mut nth = 0;
        let mut beats = Vec::new();
        for (entry, at) in done.entries.iter().zip(&done.moments) {
            let mut text = String::new();
            let _ = match entry {
                Entry::Line(name, line) => {
                    nth += 1;
                    if skipped > 0 && nth == LINES_SHOWN {
                        writeln!(text, "  … {skipped} lines more")
                    } else if skipped > 0 && (LINES_SHOWN..lines).contains(&nth) {
                        Ok(())
                    } else {
                        writeln!(text, "{}{}", named(name), text::shown(line))
                    }
                }
                Entry::Rest(name, rest) => {
                    for line in &rest.first {
                        let _ = writeln!(text, "{}{}", named(name), text::shown(line));
                    }
                    match rest.lines.saturating_sub(rest.first.len() as u64) {
                        0 => Ok(()),
                        more => writeln!(text, "  … {more} lines more"),
                    }
                }
                Entry::Exchange(before, after) => {
                    let line = transcript::exchange(before, after, currency);
                    writeln!(text, "{}", view::wrapped(&line, self.width))
                }
                Entry::Told(told) => write!(text, "{told}"),
                Entry::Command(_) | Entry::Sent(..) => Ok(()),
            };
            if !text.is_empty() {
                beats.push(Beat { at: *at, text });
            }
        }
        beats
    }
}

fn named(name: &Option<String>) -> String {
    name.as_ref().map(|name| format!("{name} ")).unwrap_or_default()
}

/// The part of `:why` that tells of packets and calls: what a step brought.
fn arrived(why: &str) -> String {
    let end = why.find("you said: ").or_else(|| why.find("it said: ")).unwrap_or(why.len());
    why.get(..end).unwrap_or_default().to_owned()
}
