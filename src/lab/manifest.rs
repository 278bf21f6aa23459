//! `lab.toml`: what a lab asks, measures and answers. The book's page for authors shows each key with an example.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::config::Document;
use crate::lesson::Lesson;

/// Text with its place in the file.
pub(super) type Text = Spanned<String>;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    #[serde(rename = "format")]
    _format: String,
    pub id: Text,
    pub title: String,
    pub minutes: Spanned<u32>,
    pub level: Spanned<u32>,
    #[serde(default)]
    pub needs: Vec<Text>,
    pub chapter: Option<Text>,
    pub question: String,
    pub teaches: Text,
    pub start: Option<Text>,
    #[serde(default)]
    pub value: Vec<ValueTable>,
    #[serde(default)]
    pub account: Vec<AccountTable>,
    #[serde(default)]
    pub run: Vec<RunTable>,
    #[serde(default)]
    pub record: Vec<RecordTable>,
    #[serde(default)]
    pub predict: Vec<PredictTable>,
    #[serde(default)]
    pub check: Vec<CheckTable>,
    #[serde(default)]
    pub wrong: Vec<WrongTable>,
    #[serde(default)]
    pub hint: Vec<HintTable>,
}

/// A student's own value: one of the ways to make it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ValueTable {
    pub name: Text,
    /// A whole number from the first to the last.
    pub draw: Option<Spanned<[u32; 2]>>,
    /// Only every so manieth of them, from the first on.
    pub step: Option<Spanned<u32>>,
    /// One of these words.
    pub pick: Option<Spanned<Vec<String>>>,
    /// A formula.
    #[serde(rename = "is")]
    pub formula: Option<Text>,
    /// So many words of English, a line each, no two alike.
    pub words: Option<Spanned<u32>>,
    /// One line of another value: by chance, or the one whose number from 1 the formula `at` gives.
    pub line_of: Option<Text>,
    pub at: Option<Text>,
    /// The timestamp in the POP3 greeting over this link.
    pub greeting: Option<Text>,
    /// The APOP digest of a timestamp and a secret, both values.
    pub apop: Option<Spanned<[String; 2]>>,
}

/// Somebody else who has a mailbox, an empty one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountTable {
    pub user: Text,
    pub password: Text,
}

/// A run whose figures the lab uses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunTable {
    pub name: Text,
    /// A script of the lab's folder.
    pub script: Option<Text>,
    /// A strategy.
    pub strategy: Option<Text>,
    pub link: Option<Text>,
    pub tariff: Option<Text>,
    /// The TCP of both ends.
    pub stack: Option<Text>,
}

/// A session that is recorded and handed out as a trace.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordTable {
    /// The file that the student gets.
    pub file: Text,
    /// The script of the lab's folder that is played for it.
    pub script: Text,
    pub link: Text,
}

/// What the student predicts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PredictTable {
    pub id: Text,
    pub ask: Text,
    pub unit: String,
    pub measured: Text,
}

/// What is checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckTable {
    pub id: Text,
    pub kind: Text,
    pub ask: Text,
    #[serde(default = "one")]
    pub points: u32,
    // Of a script:
    pub file: Option<Text>,
    pub link: Option<Text>,
    pub tariff: Option<Text>,
    pub stack: Option<Text>,
    pub expect: Option<Text>,
    pub fetches: Option<Text>,
    pub leaves: Option<Text>,
    pub sends: Option<Text>,
    pub never_sends: Option<Text>,
    // Of an answer:
    #[serde(default)]
    pub unit: String,
    pub answer: Option<Text>,
    pub within: Option<Text>,
    pub options: Option<Spanned<Vec<String>>>,
    pub holds: Option<Text>,
    pub solution: Option<Text>,
    pub given: Option<Text>,
    pub given_by: Option<Text>,
    /// What is said when it passes.
    pub because: Option<Text>,
}

const fn one() -> u32 {
    1
}

/// A usual misconception and the reply to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrongTable {
    pub check: Text,
    /// The misconception in a sentence, as somebody would say it.
    pub believes: String,
    pub reply: Text,
    // How it shows; all that are given must hold.
    pub answer: Option<Text>,
    pub sends: Option<Text>,
    pub lacks: Option<Text>,
    pub figures: Option<Text>,
    /// A script of the lab's folder in which it shows: for the test of the lab.
    pub example: Option<Text>,
}

/// A hint; they are given one after the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HintTable {
    pub text: Text,
}

/// The most tables of one kind.
const TABLES_MAX: usize = 64;

impl Manifest {
    /// Reads the file; what can be seen to be wrong without any other file is refused.
    pub fn read(document: &Document<'_>) -> Result<Self, Lesson> {
        document.check_format("maillab-lab", 1)?;
        let manifest: Self = document.read()?;
        manifest.check(document)?;
        Ok(manifest)
    }

    fn check(&self, document: &Document<'_>) -> Result<(), Lesson> {
        check_id(document, &self.id)?;
        self.needs.iter().try_for_each(|id| check_id(document, id))?;
        within(document, &self.minutes, 1, 240)?;
        within(document, &self.level, 1, 3)?;
        let counts = [
            ("value", self.value.len(), 0),
            ("account", self.account.len(), 0),
            ("run", self.run.len(), 0),
            ("record", self.record.len(), 0),
            ("predict", self.predict.len(), 1),
            ("check", self.check.len(), 1),
            ("wrong", self.wrong.len(), 0),
            ("hint", self.hint.len(), 0),
        ];
        for (name, count, least) in counts {
            if !(least..=TABLES_MAX).contains(&count) {
                let what =
                    format!("a lab has {least} to {TABLES_MAX} tables [[{name}]], and this one {count}");
                return Err(document.lesson(self.id.span(), what, "the lab"));
            }
        }
        unique(document, self.value.iter().map(|value| &value.name))?;
        unique(document, self.run.iter().map(|run| &run.name))?;
        let asked = self.predict.iter().map(|predict| &predict.id);
        unique(document, asked.chain(self.check.iter().map(|check| &check.id)))?;
        self.one_of(document, &self.teaches)?;
        self.wrong.iter().try_for_each(|wrong| self.one_of(document, &wrong.check))?;
        self.check.iter().try_for_each(|check| check.check(document))
    }

    fn one_of(&self, document: &Document<'_>, id: &Text) -> Result<(), Lesson> {
        if self.check.iter().any(|check| check.id.get_ref() == id.get_ref()) {
            return Ok(());
        }
        let known: Vec<&str> = self.check.iter().map(|check| check.id.get_ref().as_str()).collect();
        let what = format!("there is no check `{}` in this lab", id.get_ref());
        Err(document.lesson(id.span(), what, format!("one of {}", known.join(", "))))
    }
}

impl CheckTable {
    pub fn is_script(&self) -> bool {
        self.kind.get_ref() == "script"
    }

    fn check(&self, document: &Document<'_>) -> Result<(), Lesson> {
        let of_script = [
            ("file", self.file.as_ref()),
            ("link", self.link.as_ref()),
            ("tariff", self.tariff.as_ref()),
            ("stack", self.stack.as_ref()),
            ("expect", self.expect.as_ref()),
            ("fetches", self.fetches.as_ref()),
            ("leaves", self.leaves.as_ref()),
            ("sends", self.sends.as_ref()),
            ("never_sends", self.never_sends.as_ref()),
        ];
        let of_answer = [
            ("answer", self.answer.as_ref()),
            ("within", self.within.as_ref()),
            ("holds", self.holds.as_ref()),
            ("solution", self.solution.as_ref()),
            ("given", self.given.as_ref()),
        ];
        let foreign = match self.kind.get_ref().as_str() {
            "script" if self.file.is_none() => {
                return Err(document.lesson(
                    self.kind.span(),
                    "which script is checked?",
                    "add `file = \"…\"`",
                ));
            }
            "script" => of_answer.iter().find(|(_, text)| text.is_some()),
            "answer" if self.answer.is_some() == self.holds.is_some() => {
                let allowed = "one of `answer` and `holds` says what is right";
                return Err(document.lesson(self.id.span(), "which answer is right?", allowed));
            }
            "answer" if self.holds.is_some() && self.solution.is_none() => {
                let allowed = "`solution` gives one answer for which it holds";
                return Err(document.lesson(self.id.span(), "a check by `holds` needs an example", allowed));
            }
            "answer" => of_script.iter().find(|(_, text)| text.is_some()),
            _ => {
                return Err(document.lesson(
                    self.kind.span(),
                    "there is no such kind of check",
                    "script, answer",
                ));
            }
        };
        match foreign {
            Some((key, Some(text))) => {
                let what = format!("`{key}` means nothing in a check of kind {}", self.kind.get_ref());
                Err(document.lesson(text.span(), what, "take it out, or change the kind"))
            }
            _ => Ok(()),
        }
    }
}

/// Can this word name a lab, a value, a run or a check? Small letters, digits and - _, a letter first.
#[must_use]
pub fn is_id(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.len() <= 40
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

fn check_id(document: &Document<'_>, id: &Text) -> Result<(), Lesson> {
    if is_id(id.get_ref()) {
        return Ok(());
    }
    let allowed = "small letters, digits, - and _, a letter first, at most 40";
    Err(document.lesson(id.span(), "this cannot be a name here", allowed))
}

fn within(document: &Document<'_>, number: &Spanned<u32>, low: u32, high: u32) -> Result<(), Lesson> {
    if (low..=high).contains(number.get_ref()) {
        return Ok(());
    }
    let what = format!("{} is out of range here", number.get_ref());
    Err(document.lesson(number.span(), what, format!("{low} to {high}")))
}

fn unique<'a>(document: &Document<'_>, names: impl Iterator<Item = &'a Text>) -> Result<(), Lesson> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        check_id(document, name)?;
        if seen.contains(&name.get_ref().as_str()) {
            return Err(document.lesson(name.span(), "this name stands twice", "each has a name of its own"));
        }
        seen.push(name.get_ref());
    }
    Ok(())
}

/// Where a text stands, for lessons.
pub(super) fn span_of(text: &Text) -> Range<usize> {
    text.span()
}
