//! What a student has done: a small file in the student's folder, `maillab-labs.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Deserialize;
use toml::Spanned;

use super::decimal::Decimal;
use super::manifest::is_id;
use super::toml_text::quoted;
use super::{Lab, seed};
use crate::config::Document;
use crate::lesson::{Lesson, Place};

/// Whose class it is, and what makes its numbers differ from those of other classes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// The class's name; empty without a class.
    pub class: String,
    /// Part of every seed.
    pub salt: u32,
}

/// What one student has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The student's name.
    pub student: String,
    /// The class.
    pub course: Course,
    /// Which version of maillab wrote the file last.
    pub version: String,
    /// Labs that were started, in that order.
    pub labs: Vec<Started>,
}

/// What one student has done in one lab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Started {
    /// The lab.
    pub id: String,
    /// The seed of the student's numbers.
    pub seed: u32,
    /// How often it was checked, after the prediction.
    pub attempts: u32,
    /// How many hints were given.
    pub hints: u32,
    /// Predictions, locked.
    pub predicted: BTreeMap<String, Decimal>,
    /// Checks that have passed once.
    pub passed: BTreeSet<String>,
}

/// The file's name.
pub const FILE: &str = "maillab-labs.toml";

/// The largest file that is read.
const FILE_MAX: usize = 1 << 20;
/// The most labs.
const LABS_MAX: usize = 500;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    version: Spanned<String>,
    student: Spanned<String>,
    #[serde(default)]
    class: String,
    #[serde(default)]
    salt: u32,
    #[serde(default)]
    lab: Vec<LabTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabTable {
    id: Spanned<String>,
    seed: u32,
    #[serde(default)]
    attempts: u32,
    #[serde(default)]
    hints: u32,
    #[serde(default)]
    passed: BTreeSet<String>,
    #[serde(default)]
    predicted: BTreeMap<String, Spanned<String>>,
}

impl Progress {
    /// Of a student who has done nothing yet.
    #[must_use]
    pub fn new(student: String, course: Course) -> Self {
        Self { student, course, version: env!("CARGO_PKG_VERSION").to_owned(), labs: Vec::new() }
    }

    /// Reads the file's octets; `file` is what messages call it.
    ///
    /// # Errors
    /// A lesson with line and caret for whatever the program has not written.
    pub fn parse(file: &str, octets: &[u8]) -> Result<Self, Lesson> {
        let mended = |lesson: Lesson| {
            lesson.hint("this file is written by `maillab lab`: put back the last good one, or move it away and start anew")
        };
        if octets.len() > FILE_MAX {
            return Err(mended(Lesson::new("this file is too large").at(Place::file(file))));
        }
        let document = Document::from_bytes(file, octets)?;
        Self::read(&document).map_err(mended)
    }

    fn read(document: &Document<'_>) -> Result<Self, Lesson> {
        document.check_format("maillab-progress", 1)?;
        let table: File = document.read()?;
        let student = seed::student_name(table.student.get_ref())
            .map_err(|lesson| lesson.at(document.place(table.student.span())))?;
        let version = table.version.get_ref().clone();
        if version.len() > 40 || !version.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b)) {
            return Err(document.lesson(table.version.span(), "this is no version", "such as 0.1.0"));
        }
        if table.lab.len() > LABS_MAX {
            return Err(document.lesson(
                table.student.span(),
                "these are too many labs",
                format!("at most {LABS_MAX}"),
            ));
        }
        let mut labs: Vec<Started> = Vec::new();
        for lab in table.lab {
            let id = lab.id.get_ref();
            if !is_id(id) || labs.iter().any(|known| known.id == *id) {
                return Err(document.lesson(
                    lab.id.span(),
                    "this names no lab, or one twice",
                    "a lab's name, once",
                ));
            }
            let mut predicted = BTreeMap::new();
            for (name, number) in lab.predicted {
                let decimal = Decimal::parse(number.get_ref()).ok_or_else(|| {
                    document.lesson(number.span(), "this is no number", "plain decimals in quotes")
                })?;
                predicted.insert(name, decimal);
            }
            labs.push(Started {
                id: id.clone(),
                seed: lab.seed,
                attempts: lab.attempts,
                hints: lab.hints,
                predicted,
                passed: lab.passed,
            });
        }
        Ok(Self { student, course: Course { class: table.class, salt: table.salt }, version, labs })
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "format = \"maillab-progress/1\"\n# Written by `maillab lab`; your teacher reads it with `maillab lab marks`.\n\
             version = {}\nstudent = {}\nclass = {}\nsalt = {}\n",
            quoted(env!("CARGO_PKG_VERSION")),
            quoted(&self.student),
            quoted(&self.course.class),
            self.course.salt,
        );
        for lab in &self.labs {
            let passed: Vec<String> = lab.passed.iter().map(|id| quoted(id)).collect();
            // Writing into a string cannot fail.
            let _ = write!(
                text,
                "\n[[lab]]\nid = {}\nseed = {}\nattempts = {}\nhints = {}\npassed = [{}]\n",
                quoted(&lab.id),
                lab.seed,
                lab.attempts,
                lab.hints,
                passed.join(", ")
            );
            if !lab.predicted.is_empty() {
                text.push_str("[lab.predicted]\n");
                for (id, number) in &lab.predicted {
                    let _ = writeln!(text, "{} = {}", quoted(id), quoted(&number.with_places(9)));
                }
            }
        }
        text
    }

    /// A lab that was started.
    #[must_use]
    pub fn lab(&self, id: &str) -> Option<&Started> {
        self.labs.iter().find(|lab| lab.id == id)
    }

    /// The same, to write on.
    pub fn lab_mut(&mut self, id: &str) -> Option<&mut Started> {
        self.labs.iter_mut().find(|lab| lab.id == id)
    }

    /// The seed of this student's numbers in a lab.
    #[must_use]
    pub fn seed(&self, lab: &str) -> u32 {
        seed::seed(self.course.salt, lab, &self.student)
    }

    /// Has the student passed every check of a lab?
    #[must_use]
    pub fn has_done(&self, lab: &Lab) -> bool {
        self.lab(lab.id()).is_some_and(|started| started.passed.len() >= lab.checks())
    }

    /// The lab to do next: one that was begun, else the first one whose needs are met, else the first one left.
    #[must_use]
    pub fn next<'a>(&self, labs: &'a [Lab]) -> Option<&'a Lab> {
        let left = || labs.iter().filter(|lab| !self.has_done(lab));
        let met = |lab: &&Lab| {
            lab.needs()
                .all(|id| labs.iter().find(|known| known.id() == id).is_none_or(|need| self.has_done(need)))
        };
        left().find(|lab| self.lab(lab.id()).is_some()).or_else(|| left().find(met)).or_else(|| left().next())
    }
}

impl Started {
    /// The points for predictions and for checks that have passed.
    #[must_use]
    pub fn points(&self, lab: &Lab) -> u32 {
        let checks = lab.manifest.check.iter().filter(|check| self.passed.contains(check.id.get_ref()));
        let predicted = lab.manifest.predict.iter().filter(|p| self.predicted.contains_key(p.id.get_ref()));
        predicted.count() as u32 + checks.map(|check| check.points).sum::<u32>()
    }
}
