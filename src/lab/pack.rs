//! Class packs: one file with all that a class needs.
//!
//! The students' edition holds texts, starts, the scripts by which answers are measured, the class's salt and its
//! list; no solutions and no teacher's notes. The teacher's edition has these too, and the right answers of each
//! student on the list. What a lab measures it measures on the student's computer, so its formulas are in both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use bytes::Bytes;
use serde::Deserialize;
use toml::Spanned;

use super::manifest::is_id;
use super::progress::Course;
use super::toml_text::{lines, quoted};
use super::{Handout, Lab, files, in_order, seed};
use crate::config::Document;
use crate::lesson::{Lesson, Place};

/// Who a pack is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Without solutions.
    Students,
    /// With solutions, notes and answers.
    Teacher,
}

/// A class's labs.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The class.
    pub course: Course,
    /// Who it is for.
    pub edition: Edition,
    /// The class list; empty if anybody may take part.
    pub students: Vec<String>,
    /// The labs, in the order in which they are meant.
    pub labs: Vec<Lab>,
}

/// A right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whose.
    pub student: String,
    /// In which lab.
    pub lab: String,
    /// To what: `predict NAME` or the check's name.
    pub asks: String,
    /// The answer.
    pub answer: String,
}

/// The largest pack, in octets.
pub const PACK_MAX: usize = 8 << 20;
/// The most labs and students.
const LABS_MAX: usize = 100;
const STUDENTS_MAX: usize = 1_000;

/// Folders and files of a lab that only a teacher gets.
const TEACHERS: [&str; 3] = ["solution/", "wrong/", "teacher.md"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "version")]
    _version: String,
    class: Spanned<String>,
    salt: u32,
    edition: Spanned<String>,
    #[serde(default)]
    students: Vec<Spanned<String>>,
    #[serde(default)]
    lab: Vec<LabTable>,
    #[serde(default, rename = "key")]
    _key: Vec<KeyTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabTable {
    id: Spanned<String>,
    #[serde(default)]
    file: Vec<FileTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileTable {
    name: Spanned<String>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyTable {
    #[serde(rename = "student")]
    _student: String,
    #[serde(rename = "lab")]
    _lab: String,
    #[serde(rename = "asks")]
    _asks: String,
    #[serde(rename = "answer")]
    _answer: String,
}

impl Pack {
    /// Reads a pack's octets; `file` is what messages call it.
    ///
    /// # Errors
    /// A lesson with line and caret: another format, an unknown key, a file whose name leaves its folder, a lab
    /// that is broken (with the place in its own `lab.toml`), too much of anything.
    pub fn read(file: &str, octets: &[u8]) -> Result<Self, Lesson> {
        if octets.len() > PACK_MAX {
            return Err(Lesson::new("this class pack is too large")
                .at(Place::file(file))
                .note(format!("at most {PACK_MAX} bytes")));
        }
        let document = Document::from_bytes(file, octets)?;
        document.check_format("maillab-pack", 1)?;
        let table: File = document.read()?;
        let class = class_name(table.class.get_ref())
            .map_err(|lesson| lesson.at(document.place(table.class.span())))?;
        let edition = match table.edition.get_ref().as_str() {
            "students" => Edition::Students,
            "teacher" => Edition::Teacher,
            _ => {
                return Err(document.lesson(
                    table.edition.span(),
                    "there is no such edition",
                    "students, teacher",
                ));
            }
        };
        let limits = [("labs", table.lab.len(), LABS_MAX), ("students", table.students.len(), STUDENTS_MAX)];
        for (what, count, most) in limits {
            if count > most {
                let what = format!("this pack has {count} {what}");
                return Err(document.lesson(table.class.span(), what, format!("at most {most}")));
            }
        }
        let mut students = Vec::new();
        for student in &table.students {
            let name = seed::student_name(student.get_ref())
                .map_err(|lesson| lesson.at(document.place(student.span())))?;
            students.push(name);
        }
        let mut ids = BTreeSet::new();
        let mut labs = Vec::new();
        for lab in &table.lab {
            if !is_id(lab.id.get_ref()) || !ids.insert(lab.id.get_ref()) {
                let allowed = "small letters, digits and -, each lab once";
                return Err(document.lesson(lab.id.span(), "this cannot name a lab here", allowed));
            }
            labs.push(read_lab(file, &document, lab)?);
        }
        Ok(Self { course: Course { class, salt: table.salt }, edition, students, labs: in_order(labs) })
    }

    /// The pack as a file's text. The teacher's edition gets `keys`.
    #[must_use]
    pub fn to_text(&self, keys: &[Key]) -> String {
        let (edition, for_whom) = match self.edition {
            Edition::Students => ("students", "for the class: `maillab lab start ID --pack FILE`"),
            Edition::Teacher => ("teacher", "with solutions: not for the class"),
        };
        let names: Vec<String> =
            self.students.iter().map(|name| format!("    {},\n", quoted(name))).collect();
        let students = if names.is_empty() { "[]".to_owned() } else { format!("[\n{}]", names.concat()) };
        let mut text = format!(
            "format = \"maillab-pack/1\"\n# A class pack of maillab labs, {for_whom}.\nversion = {}\nclass = {}\n\
             salt = {}\nedition = \"{edition}\"\nstudents = {students}\n",
            quoted(env!("CARGO_PKG_VERSION")),
            quoted(&self.course.class),
            self.course.salt,
        );
        // Writing into a string cannot fail.
        for key in keys.iter().filter(|_| self.edition == Edition::Teacher) {
            let _ = write!(
                text,
                "\n[[key]]\nstudent = {}\nlab = {}\nasks = {}\nanswer = {}\n",
                quoted(&key.student),
                quoted(&key.lab),
                quoted(&key.asks),
                quoted(&key.answer)
            );
        }
        for lab in &self.labs {
            let _ = write!(text, "\n[[lab]]\nid = {}\n", quoted(lab.id()));
            for (name, octets) in lab.files() {
                if self.edition == Edition::Students && TEACHERS.iter().any(|theirs| name.starts_with(theirs))
                {
                    continue;
                }
                let octets = if self.edition == Edition::Students && name == super::MANIFEST {
                    without_examples(octets)
                } else {
                    octets.clone()
                };
                let body = lines(&String::from_utf8_lossy(&octets));
                let _ = write!(text, "[[lab.file]]\nname = {}\ntext = {body}\n", quoted(name));
            }
        }
        text
    }

    /// The right answers of every student on the list.
    ///
    /// # Errors
    /// A lab that is broken.
    pub fn keys(&self) -> Result<Vec<Key>, Lesson> {
        let mut keys = Vec::new();
        for student in &self.students {
            for lab in &self.labs {
                let mut handout =
                    Handout::new(lab, student, seed::seed(self.course.salt, lab.id(), student))?;
                let measured = handout.measured()?.into_iter();
                let predictions = measured.map(|(id, number)| (format!("predict {id}"), number.to_string()));
                let answers = predictions.chain(handout.right_answers()?);
                keys.extend(answers.map(|(asks, answer)| Key {
                    student: student.clone(),
                    lab: lab.id().to_owned(),
                    asks,
                    answer,
                }));
            }
        }
        Ok(keys)
    }
}

/// Checks a class's name as a student's is: it goes into files and tables.
fn class_name(name: &str) -> Result<String, Lesson> {
    if name.is_empty() { Ok(String::new()) } else { seed::student_name(name) }
}

fn read_lab(file: &str, document: &Document<'_>, table: &LabTable) -> Result<Lab, Lesson> {
    let mut named: BTreeMap<String, Bytes> = BTreeMap::new();
    // Two names that differ in the case of a letter are one file on some systems.
    let mut taken = BTreeSet::new();
    for entry in &table.file {
        let name = entry.name.get_ref();
        if let Some(allowed) = files::refused(name) {
            return Err(document
                .lesson(entry.name.span(), "a file of a class pack may not have this name", allowed)
                .note("nothing was written"));
        }
        if !taken.insert(name.to_ascii_lowercase()) {
            return Err(document.lesson(entry.name.span(), "this file stands twice", "each name once"));
        }
        named.insert(name.clone(), Bytes::from(entry.text.clone()));
    }
    let lab = Lab::read(&format!("{file}: {}", table.id.get_ref()), named)?;
    if lab.id() != table.id.get_ref() {
        let what = format!("the lab in it calls itself `{}`", lab.id());
        return Err(document.lesson(table.id.span(), what, "both names alike"));
    }
    Ok(lab)
}

/// The manifest without the names of files that only a teacher gets.
fn without_examples(manifest: &Bytes) -> Bytes {
    let text = String::from_utf8_lossy(manifest);
    let kept = text.lines().filter(|line| !line.trim_start().starts_with("example ="));
    Bytes::from(kept.map(|line| format!("{line}\n")).collect::<String>())
}
