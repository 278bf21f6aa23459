//! The tape: what was typed, with the hand as it was before each line; going back and forth along it.

use std::sync::Arc;

use crate::lesson::Lesson;
use crate::link::spec::LinkSpec;
use crate::script::command::Until;
use crate::script::run::{Outcome, take_step, type_line};
use crate::script::travel::Awaited;
use crate::script::{Entry, Files, Hand, Script, Setting};

/// What was typed, and where in it we are.
#[derive(Clone, Debug)]
pub(super) struct Tape {
    setting: Setting,
    hand: Hand,
    typed: Vec<Typed>,
    /// How many lines have been begun; more follow after going back.
    begun: usize,
}

/// A line that was typed.
#[derive(Clone, Debug)]
struct Typed {
    what: What,
    before: Hand,
    /// The last event that ran before the next line was typed.
    until: u64,
    entries: Vec<Entry>,
}

/// Something that is done to the world.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// A typed line.
    Line(String),
    /// A step of a script; without a number: whatever it did not describe is read.
    Step(Arc<Script>, Option<usize>, Arc<Files>),
}

impl What {
    fn act(&self, hand: &mut Hand) -> Result<Outcome, Lesson> {
        match self {
            Self::Line(line) => type_line(hand, line),
            Self::Step(script, nth, files) => take_step(hand, script, *nth, files),
        }
    }
}

impl Tape {
    pub(super) fn new(setting: Setting) -> Self {
        Self { hand: Hand::new(&setting), setting, typed: Vec::new(), begun: 0 }
    }

    pub(super) const fn hand(&self) -> &Hand {
        &self.hand
    }

    /// How many lines have been begun.
    pub(super) const fn lines(&self) -> usize {
        self.begun
    }

    /// All that was said so far.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.typed.iter().take(self.begun).flat_map(|typed| typed.entries.clone()).collect()
    }

    /// Does something, and keeps it on the tape.
    pub(super) fn act(&mut self, what: What) -> Result<Outcome, Lesson> {
        let before = self.hand.clone();
        let done = match what.act(&mut self.hand) {
            Ok(done) => done,
            Err(lesson) => {
                self.hand = before;
                return Err(lesson);
            }
        };
        self.typed.truncate(self.begun);
        if let Some(last) = self.typed.last_mut() {
            last.until = before.world().events();
        }
        let until = self.hand.world().events();
        self.typed.push(Typed { what, before, until, entries: done.entries.clone() });
        self.begun = self.typed.len();
        Ok(done)
    }

    /// What comes of a line that does nothing.
    pub(super) fn ask(&mut self, line: &str) -> Result<Outcome, Lesson> {
        type_line(&mut self.hand.clone(), line)
    }

    /// Goes to the moment after this event: back along the tape, forth along it, and beyond its end event by
    /// event as long as there are any.
    pub(super) fn goto(&mut self, event: u64) {
        let last = self.last();
        if event < last {
            return self.along(event);
        }
        self.run_out();
        while self.hand.world().events() < event && self.hand.step() {}
        self.extend();
    }

    fn last(&self) -> u64 {
        self.typed.last().map_or(0, |typed| typed.until)
    }

    fn run_out(&mut self) {
        let last = self.last();
        if self.begun < self.typed.len() || self.hand.world().events() != last {
            self.along(last);
        }
    }

    /// Events that were let run by hand belong to the line before them.
    fn extend(&mut self) {
        let now = self.hand.world().events();
        if let Some(typed) = self.typed.last_mut() {
            typed.until = now;
        }
    }

    /// Goes on until something is the case. What is awaited stays once it is there, so its event is found on the tape
    /// by halving.
    pub(super) fn go_until(&mut self, until: Until) {
        let awaited = Awaited::new(until, &self.hand);
        if awaited.is_there(&self.hand) {
            return;
        }
        let (mut not_yet, last) = (self.hand.world().events(), self.last());
        self.run_out();
        if awaited.is_there(&self.hand) {
            let mut there = last;
            while there - not_yet > 1 {
                let middle = not_yet + (there - not_yet) / 2;
                self.along(middle);
                if awaited.is_there(&self.hand) {
                    there = middle;
                } else {
                    not_yet = middle;
                }
            }
            return self.goto(there);
        }
        while !awaited.is_there(&self.hand) && self.hand.step() {}
        self.extend();
    }

    /// Goes to an event that the tape holds. What is typed at an event comes after it.
    fn along(&mut self, event: u64) {
        let is_end = self.typed.last().is_some_and(|typed| event >= typed.until);
        self.begun = if is_end {
            self.typed.len()
        } else {
            self.typed.partition_point(|typed| typed.before.world().events() < event)
        };
        match self.begun.checked_sub(1).and_then(|nth| self.typed.get(nth)) {
            None => self.hand = Hand::new(&self.setting),
            Some(typed) => {
                let mut hand = typed.before.clone();
                hand.stop_after(event);
                // It was understood when it was typed; if the stop cuts it short, that is no slip.
                let _ = typed.what.act(&mut hand);
                while hand.world().events() < event && hand.step() {}
                hand.stop_after(u64::MAX);
                hand.keep_link(false);
                self.hand = hand;
            }
        }
    }

    /// The same lines, typed over another link.
    pub(super) fn over(&self, link: &Arc<LinkSpec>) -> Result<Self, Lesson> {
        let setting = Setting { link: Arc::clone(link), ..self.setting.clone() };
        let mut other = Self::new(setting);
        other.hand.keep_link(true);
        for typed in self.typed.iter().take(self.begun) {
            other.act(typed.what.clone())?;
        }
        other.hand.keep_link(false);
        Ok(other)
    }
}
