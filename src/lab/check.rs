//! Checking what a student has done: scripts are played, answers compared with what runs measure.

use std::collections::BTreeMap;

use bytes::Bytes;
use regex_lite::{Regex, RegexBuilder};

use super::answers::{self, Answers, Line};
use super::decimal::Decimal;
use super::manifest::{CheckTable, Text, WrongTable};
use super::{Handout, runs};
use crate::lesson::{Lesson, Place};
use crate::script::command::Command;
use crate::script::expect::Expectation;
use crate::script::{Action, Entry, Mode, Played, Script};

/// What came of checking a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The checks, in order.
    pub checks: Vec<Checked>,
}

/// What came of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Its name.
    pub id: String,
    /// What it asks.
    pub ask: String,
    /// What it is worth.
    pub points: u32,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// As it should be; what there is to say about it.
    Passed(String),
    /// Nothing has been answered.
    Open,
    /// Not yet: what was found.
    Failed(String),
    /// A usual misconception: its place in [`super::Lab::misconceptions`], and the reply to it.
    Misconception(usize, String),
}

impl Outcome {
    /// Is it as it should be?
    #[must_use]
    pub const fn is_passed(&self) -> bool {
        matches!(self, Self::Passed(_))
    }
}

impl Report {
    /// Is all as it should be?
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.checks.iter().all(|check| check.outcome.is_passed())
    }

    /// The first check that is not as it should be.
    #[must_use]
    pub fn first_open(&self) -> Option<&Checked> {
        self.checks.iter().find(|check| !check.outcome.is_passed())
    }

    /// The points of the checks that passed.
    #[must_use]
    pub fn points(&self) -> u32 {
        self.checks.iter().filter(|check| check.outcome.is_passed()).map(|check| check.points).sum()
    }
}

/// The most digits of an answer that say something: what is measured is shown to three places.
const EXACT: Decimal = Decimal(Decimal::ONE / 1000);

impl Handout<'_> {
    /// What a student's sheet says. `folder` holds the files of the student's folder by name; messages call it
    /// by the lab's name.
    ///
    /// # Errors
    /// A sheet that is missing or not understood.
    pub fn read_answers(&self, folder: &BTreeMap<String, Bytes>) -> Result<Answers, Lesson> {
        let file = format!("{}/{}", self.lab.id(), answers::FILE);
        let Some(octets) = folder.get(answers::FILE) else {
            return Err(Lesson::new("there is no answers.txt")
                .at(Place::file(file))
                .hint("move the folder away, and `maillab lab start` hands out a new one"));
        };
        Answers::parse(&file, octets, &self.lab.manifest)
    }

    /// The predictions in a sheet that are numbers, by name.
    ///
    /// # Errors
    /// A prediction that is no number.
    pub fn predictions(&self, answers: &Answers) -> Result<BTreeMap<String, Decimal>, Lesson> {
        let mut predictions = BTreeMap::new();
        for predict in &self.lab.manifest.predict {
            if let Some(line) = answers.predicted.get(predict.id.get_ref()) {
                predictions.insert(predict.id.get_ref().clone(), line.number(&predict.unit)?);
            }
        }
        Ok(predictions)
    }

    /// What is to be predicted: name, question and unit.
    ///
    /// # Errors
    /// A question with a name that means nothing.
    pub fn to_predict(&mut self) -> Result<Vec<(String, String, String)>, Lesson> {
        let lab = self.lab;
        let asked = lab.manifest.predict.iter();
        asked
            .map(|predict| {
                Ok((predict.id.get_ref().clone(), self.filled(&predict.ask, None)?, predict.unit.clone()))
            })
            .collect()
    }

    /// What was predicted as it was measured, by name.
    ///
    /// # Errors
    /// A run that cannot be made.
    pub fn measured(&mut self) -> Result<BTreeMap<String, Decimal>, Lesson> {
        let lab = self.lab;
        let asked = lab.manifest.predict.iter();
        asked
            .map(|predict| Ok((predict.id.get_ref().clone(), self.value(&predict.measured, None)?)))
            .collect()
    }

    /// Right answers, by the check's name: for a teacher.
    ///
    /// # Errors
    /// A run that cannot be made.
    pub fn right_answers(&mut self) -> Result<Vec<(String, String)>, Lesson> {
        let lab = self.lab;
        let checks = lab.manifest.check.iter().filter(|check| !check.is_script());
        checks.map(|check| Ok((check.id.get_ref().clone(), answers::right(self, check)?))).collect()
    }

    /// A misconception's own wrong answer, by its place: what a student who believes it would write.
    ///
    /// # Errors
    /// A run that cannot be made.
    pub fn wrong_answer(&mut self, nth: usize) -> Result<Option<String>, Lesson> {
        let lab = self.lab;
        let Some(wrong) = lab.manifest.wrong.get(nth) else { return Ok(None) };
        let Some(answer) = &wrong.answer else { return Ok(None) };
        let check = lab.manifest.check.iter().find(|check| check.id.get_ref() == wrong.check.get_ref());
        if check.is_some_and(|check| check.is_words() || check.holds.is_some()) {
            return self.filled(answer, None).map(Some);
        }
        Ok(Some(self.value(answer, None)?.to_string()))
    }

    /// The script in which a misconception shows, and the name of the file whose place it takes.
    ///
    /// # Errors
    /// A text that cannot be filled.
    pub fn wrong_example(&mut self, nth: usize) -> Result<Option<(String, String)>, Lesson> {
        let lab = self.lab;
        let Some(wrong) = lab.manifest.wrong.get(nth) else { return Ok(None) };
        let check = lab.manifest.check.iter().find(|check| check.id.get_ref() == wrong.check.get_ref());
        match (&wrong.example, check.and_then(|check| check.file.as_ref())) {
            (Some(example), Some(file)) => {
                Ok(Some((file.get_ref().clone(), self.filled_file(example.get_ref())?)))
            }
            _ => Ok(None),
        }
    }

    /// A hint, by its place.
    ///
    /// # Errors
    /// A hint with a name that means nothing.
    pub fn hint(&mut self, nth: usize) -> Result<Option<String>, Lesson> {
        let lab = self.lab;
        lab.manifest.hint.get(nth).map(|hint| self.filled(&hint.text, None)).transpose()
    }

    /// Checks a student's folder.
    ///
    /// # Errors
    /// What keeps it from being checked: a script or a sheet that is not understood, a lab that is broken.
    pub fn check(&mut self, folder: &BTreeMap<String, Bytes>) -> Result<Report, Lesson> {
        let lab = self.lab;
        let answers = self.read_answers(folder)?;
        let mut checks = Vec::new();
        for check in &lab.manifest.check {
            let outcome = match &check.file {
                Some(file) => self.check_script(check, file, folder)?,
                None => self.check_answer(check, answers.answered.get(check.id.get_ref()))?,
            };
            let ask = self.filled(&check.ask, None)?;
            checks.push(Checked { id: check.id.get_ref().clone(), ask, points: check.points, outcome });
        }
        Ok(Report { checks })
    }

    fn passed(&mut self, check: &CheckTable, measured: &str) -> Result<Outcome, Lesson> {
        let because = check.because.as_ref().map(|because| self.filled(because, None)).transpose()?;
        Ok(Outcome::Passed(match because {
            Some(because) if measured.is_empty() => because,
            Some(because) => format!("{measured} {because}"),
            None => measured.to_owned(),
        }))
    }

    fn check_answer(&mut self, check: &CheckTable, line: Option<&Line>) -> Result<Outcome, Lesson> {
        let Some(line) = line else { return Ok(Outcome::Open) };
        if let Some(options) = &check.options
            && !options.get_ref().contains(&line.text)
        {
            let allowed = options.get_ref().join(", ");
            let lesson = Lesson::new(format!("`{}` is none of the answers here", line.text));
            return Err(lesson.at(line.place.clone().allowed(format!("one of {allowed}"))));
        }
        let (right, measured) = if let Some(holds) = &check.holds {
            let holds = self.value(holds, Some(&line.text)).map_err(|lesson| match lesson.place() {
                Some(_) => lesson,
                None => lesson.at(line.place.clone().allowed("this answer cannot be tried")),
            })?;
            (holds.0 != 0, String::new())
        } else if check.is_words() {
            (answers::right(self, check)? == line.text, String::new())
        } else {
            let number = line.number(&check.unit)?;
            let Some(answer) = &check.answer else { return Ok(Outcome::Open) };
            let measured = self.value(answer, None)?;
            let unit = if check.unit.is_empty() { String::new() } else { format!(" {}", check.unit) };
            (self.is_within(check, number, measured)?, format!("Measured: {measured}{unit}."))
        };
        if right {
            return self.passed(check, &measured);
        }
        let lab = self.lab;
        let shows = |handout: &mut Self, wrong: &WrongTable| -> Result<bool, Lesson> {
            let Some(answer) = &wrong.answer else { return Ok(false) };
            if check.is_words() || check.holds.is_some() {
                return Ok(handout.filled(answer, None)? == line.text);
            }
            let believed = handout.value(answer, None)?;
            handout.is_within(check, line.number(&check.unit)?, believed)
        };
        for (nth, wrong) in (0..).zip(&lab.manifest.wrong) {
            if wrong.check.get_ref() == check.id.get_ref() && shows(self, wrong)? {
                return Ok(Outcome::Misconception(nth, self.filled(&wrong.reply, Some(&line.text))?));
            }
        }
        Ok(Outcome::Failed(self.not_right(check, line)?))
    }

    /// What is said of a wrong answer that nobody foresaw: nothing but in which direction it is wrong.
    fn not_right(&mut self, check: &CheckTable, line: &Line) -> Result<String, Lesson> {
        if let (Some(answer), false) = (&check.answer, check.is_words()) {
            let (number, measured) = (line.number(&check.unit)?, self.value(answer, None)?);
            let direction = if number > measured { "too much" } else { "too little" };
            let far = number.0.abs() > 2 * measured.0.abs() || 2 * number.0.abs() < measured.0.abs();
            let how_far = if far { ", by more than half" } else { "" };
            return Ok(format!("{} is {direction}{how_far}.", line.text));
        }
        Ok(format!("`{}` is not it.", line.text))
    }

    /// Is a number as near to the right one as the check wants it?
    fn is_within(&mut self, check: &CheckTable, number: Decimal, right: Decimal) -> Result<bool, Lesson> {
        let distance = Decimal(number.0.saturating_sub(right.0).saturating_abs());
        let Some(within) = &check.within else { return Ok(distance <= EXACT) };
        let text = within.get_ref().as_str();
        let allowed = match text.strip_suffix('%').map(str::trim_end).and_then(Decimal::parse) {
            Some(percent) => percent
                .over(Decimal::whole(100))
                .and_then(|share| share.times(Decimal(right.0.abs())))
                .unwrap_or_default(),
            None => Decimal::parse(text)
                .ok_or_else(|| self.lab.lesson(within, "this is no distance", "\"0.5\" or \"3 %\""))?,
        };
        Ok(distance <= allowed.max(EXACT))
    }

    fn check_script(
        &mut self,
        check: &CheckTable,
        file: &Text,
        folder: &BTreeMap<String, Bytes>,
    ) -> Result<Outcome, Lesson> {
        let name = format!("{}/{}", self.lab.id(), file.get_ref());
        let Some(octets) = folder.get(file.get_ref()) else {
            return Err(Lesson::new("this file is missing")
                .at(Place::file(name))
                .hint("move the lab's folder away, and `maillab lab start` hands out a new one"));
        };
        let script = Script::parse(&name, octets)?;
        let over = self.over([&check.link, &check.tariff, &check.stack], None)?;
        if let (Some(_), Some(step)) = (&check.link, changes_link(&script)) {
            return Err(Lesson::new("this lab has a link of its own")
                .at(script.place(step, "no :link, no :fork, no --link and no :play here"))
                .note(format!("every script here is played over {}", over.link)));
        }
        let setting = self.setting(&over)?;
        let files: BTreeMap<String, Bytes> = script
            .files()
            .filter_map(|(_, name, _)| Some((name.to_owned(), folder.get(name)?.clone())))
            .collect();
        let played = crate::script::play(&script, &setting, &files, Mode::Check)?;
        let sent = sent(&played);
        let Some(complaint) = self.complaint(check, &played, &sent)? else {
            return self.passed(check, "");
        };
        let lab = self.lab;
        for (nth, wrong) in (0..).zip(&lab.manifest.wrong) {
            if wrong.check.get_ref() == check.id.get_ref() && self.shows(wrong, &played, &sent)? {
                return Ok(Outcome::Misconception(nth, self.filled(&wrong.reply, None)?));
            }
        }
        Ok(Outcome::Failed(complaint))
    }

    /// What a script does not do that the check wants; `None` if it does all.
    fn complaint(
        &mut self,
        check: &CheckTable,
        played: &Played,
        sent: &str,
    ) -> Result<Option<String>, Lesson> {
        if let Some(failure) = played.failures.first() {
            return Ok(Some(failure.to_string().trim_start_matches("error: ").to_owned()));
        }
        if let Some(fetches) = &check.fetches {
            let wanted = self.messages(fetches)?;
            let sizes = self.sizes()?;
            let fetched: Vec<u64> = runs::whole_messages(played.hand.world(), &sizes).into_keys().collect();
            if fetched != wanted {
                return Ok(Some(format!(
                    "This session fetches {} whole; wanted is {}.",
                    messages_in_words(&fetched),
                    messages_in_words(&wanted)
                )));
            }
        }
        if let Some(leaves) = &check.leaves {
            let wanted = self.value(leaves, None)?;
            let left = runs::left(played.hand.world());
            if Some(left) != wanted.as_u64() {
                return Ok(Some(format!(
                    "At the end the mailbox holds {left} messages; it should hold {wanted}."
                )));
            }
        }
        if let Some(expect) = &check.expect {
            let expectation = self.expectation(expect)?;
            let unmet = expectation.unmet(&played.metrics, &played.bill);
            if let Some((expected, is)) = unmet.first() {
                return Ok(Some(format!("The session took {is}; wanted is {expected}.")));
            }
        }
        if let Some(pattern) = &check.sends
            && !self.regex(pattern)?.is_match(sent)
        {
            return Ok(Some("A line is missing that the client should send.".to_owned()));
        }
        if let Some(pattern) = &check.never_sends
            && let Some(found) = self.regex(pattern)?.find(sent)
        {
            return Ok(Some(format!("The client should not send `{}`.", found.as_str().trim_end())));
        }
        Ok(None)
    }

    /// Does a misconception show in a script?
    fn shows(&mut self, wrong: &WrongTable, played: &Played, sent: &str) -> Result<bool, Lesson> {
        let mut shows = wrong.sends.is_some() || wrong.lacks.is_some() || wrong.figures.is_some();
        if let Some(pattern) = &wrong.sends {
            shows &= self.regex(pattern)?.is_match(sent);
        }
        if let Some(pattern) = &wrong.lacks {
            shows &= !self.regex(pattern)?.is_match(sent);
        }
        if let Some(figures) = &wrong.figures {
            shows &= self.expectation(figures)?.unmet(&played.metrics, &played.bill).is_empty();
        }
        Ok(shows)
    }

    fn expectation(&mut self, text: &Text) -> Result<Expectation, Lesson> {
        Expectation::parse(&self.filled(text, None)?)
            .map_err(|slip| self.lab.lesson(text, slip.what, slip.allowed))
    }

    /// A pattern of the manifest; `^` and `$` are the ends of a line, letters count the same in any case.
    fn regex(&mut self, text: &Text) -> Result<Regex, Lesson> {
        RegexBuilder::new(&self.filled(text, None)?)
            .multi_line(true)
            .case_insensitive(true)
            .size_limit(1 << 20)
            .build()
            .map_err(|error| self.lab.lesson(text, "this is no regular expression", error.to_string()))
    }

    /// Numbers of messages: `3`, `2-6`, `1, 4`; filled first.
    fn messages(&mut self, text: &Text) -> Result<Vec<u64>, Lesson> {
        let filled = self.filled(text, None)?;
        let count = self.sizes()?.len() as u64;
        let mut messages = Vec::new();
        for part in filled.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            match (first.trim().parse::<u64>(), last.trim().parse::<u64>()) {
                (Ok(first), Ok(last)) if 1 <= first && first <= last && last <= count => {
                    messages.extend(first..=last)
                }
                _ => {
                    let what = format!("`{part}` names no messages of the mailbox");
                    return Err(self.lab.lesson(
                        text,
                        what,
                        format!("numbers from 1 to {count}: \"2-6, 8\""),
                    ));
                }
            }
        }
        messages.sort_unstable();
        messages.dedup();
        Ok(messages)
    }
}

/// The step of a script that asks for another link, if one does; what another script does is not looked into.
fn changes_link(script: &Script) -> Option<&crate::script::Step> {
    script.steps.iter().find(|step| {
        let Action::Command(command) = &step.action else { return false };
        matches!(
            command,
            Command::Link(_) | Command::Fork(_) | Command::Play(_) | Command::Open { link: Some(_), .. }
        )
    })
}

/// All lines that the client sent.
fn sent(played: &Played) -> String {
    let mut sent = String::new();
    for entry in &played.transcript.entries {
        if let Entry::Sent(_, octets) = entry {
            sent.push_str(&String::from_utf8_lossy(octets).replace("\r\n", "\n"));
        }
    }
    sent
}

fn messages_in_words(messages: &[u64]) -> String {
    match messages {
        [] => "no message".to_owned(),
        [one] => format!("message {one}"),
        [first, .., last] if last - first == messages.len() as u64 - 1 => {
            format!("messages {first} to {last}")
        }
        many => format!("messages {}", many.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")),
    }
}
