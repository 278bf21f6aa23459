//! `answers.txt`: predictions and answers, a line each.
//!
//! ```text
//! # How many turns does it take?
//! predict turns: 12
//!
//! # 1. How long does the answer take? (seconds)
//! seconds: 54.6      # what a colleague worked out
//! ```

use std::collections::BTreeMap;

use super::Handout;
use super::decimal::Decimal;
use super::manifest::{CheckTable, Manifest};
use crate::lesson::{Lesson, Place, nearest};

/// The file's name in the student's folder of the lab.
pub const FILE: &str = "answers.txt";

/// The largest file that is read, and the longest answer.
const FILE_MAX: usize = 1 << 16;
const ANSWER_MAX: usize = 200;

/// What a student wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// By the prediction's name.
    pub predicted: BTreeMap<String, Line>,
    /// By the check's name.
    pub answered: BTreeMap<String, Line>,
}

/// One line with something behind its colon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What stands there, without blanks around it and remarks behind it.
    pub text: String,
    /// Where.
    pub place: Place,
}

impl Answers {
    /// Reads the file's octets; `file` is what messages call it.
    ///
    /// # Errors
    /// A line without a colon, a name that this lab does not ask for (with the nearest that it does), a name that
    /// stands twice, text that is no UTF-8.
    pub(super) fn parse(file: &str, octets: &[u8], manifest: &Manifest) -> Result<Self, Lesson> {
        if octets.len() > FILE_MAX {
            return Err(Lesson::new("these are too many answers").at(Place::file(file)));
        }
        let text = std::str::from_utf8(octets).map_err(|_| {
            Lesson::new("the answers are no UTF-8").at(Place::file(file)).hint("save the file as UTF-8")
        })?;
        let mut answers = Self::default();
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let content = line.split('#').next().unwrap_or_default();
            if content.trim().is_empty() {
                continue;
            }
            let place = |from: usize, width: usize, note: String| {
                Place::line(file, number, line).caret(from, width, note)
            };
            let Some((name, answer)) = content.split_once(':') else {
                return Err(Lesson::new("this line has no colon")
                    .at(place(0, content.trim_end().chars().count(), "NAME: your answer".to_owned()))
                    .hint("remarks begin with #"));
            };
            let width = name.trim_end().chars().count();
            let words: Vec<&str> = name.split_whitespace().collect();
            let (predicts, id) = match words.as_slice() {
                ["predict", id] => (true, *id),
                [id] => (false, *id),
                _ => (false, ""),
            };
            let known = asked(manifest, predicts);
            if !known.contains(&id) {
                let lesson = Lesson::new(format!("this lab does not ask for `{}`", name.trim()));
                let lesson = lesson.at(place(0, width, format!("one of {}", all_asked(manifest))));
                return Err(match nearest(id, known) {
                    Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                    None => lesson,
                });
            }
            let lead = answer.chars().take_while(|c| c.is_whitespace()).count();
            let answer = answer.trim();
            if answer.is_empty() {
                continue;
            }
            let place = place(name.chars().count() + 1 + lead, answer.chars().count(), String::new());
            if answer.chars().count() > ANSWER_MAX {
                return Err(Lesson::new("this answer is too long").at(place));
            }
            let list = if predicts { &mut answers.predicted } else { &mut answers.answered };
            let line = Line { text: answer.to_owned(), place };
            if let Some(before) = list.insert(id.to_owned(), line) {
                return Err(Lesson::new(format!("`{}` is answered twice", name.trim()))
                    .at(before.place.allowed("here, and once more below"))
                    .hint("take one of the two lines away"));
            }
        }
        Ok(answers)
    }
}

impl Line {
    /// The number that stands there; a unit behind it is passed over.
    ///
    /// # Errors
    /// No number; a comma, where a point belongs.
    pub(super) fn number(&self, unit: &str) -> Result<Decimal, Lesson> {
        let text = self.text.strip_suffix(unit).map_or(self.text.as_str(), str::trim_end);
        let text = text.strip_suffix(['s', '%', '×']).map_or(text, str::trim_end);
        Decimal::parse(text).ok_or_else(|| {
            let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
            let lesson = Lesson::new(format!("`{}` is no number", self.text))
                .at(self.place.clone().allowed(format!("a number such as 12.5{unit}")));
            if text.contains(',') {
                return lesson
                    .hint("a point stands before the decimals, and nothing between thousands: 1234.5");
            }
            lesson
        })
    }
}

fn asked(manifest: &Manifest, predicts: bool) -> Vec<&str> {
    if predicts {
        return manifest.predict.iter().map(|predict| predict.id.get_ref().as_str()).collect();
    }
    manifest
        .check
        .iter()
        .filter(|check| !check.is_script())
        .map(|check| check.id.get_ref().as_str())
        .collect()
}

fn all_asked(manifest: &Manifest) -> String {
    let predictions = asked(manifest, true).into_iter().map(|id| format!("predict {id}"));
    predictions.chain(asked(manifest, false).into_iter().map(str::to_owned)).collect::<Vec<_>>().join(", ")
}

/// The sheet as it is handed out.
pub(super) fn sheet(handout: &mut Handout<'_>) -> Result<String, Lesson> {
    written(
        handout,
        |_, _| Ok(String::new()),
        |handout, check| {
            let Some(given) = &check.given else { return Ok(String::new()) };
            let text = if check.is_words() || check.holds.is_some() {
                handout.filled(given, None)?
            } else {
                shown(handout.value(given, None)?)
            };
            let by = match &check.given_by {
                Some(by) => format!("    # {}", handout.filled(by, None)?),
                None => String::new(),
            };
            Ok(format!(" {text}{by}"))
        },
    )
}

/// A given number as somebody would write it: three digits or more, so that whoever checks recognises it.
fn shown(number: Decimal) -> String {
    let places = match number.0.abs() {
        small if small < Decimal::ONE => 3,
        some if some < 10 * Decimal::ONE => 2,
        _ => 1,
    };
    number.to_places(places).to_string()
}

/// The sheet with right answers.
pub(super) fn solved(handout: &mut Handout<'_>) -> Result<String, Lesson> {
    written(
        handout,
        |handout, measured| Ok(format!(" {}", handout.value(measured, None)?)),
        |handout, check| right(handout, check).map(|answer| format!(" {answer}")),
    )
}

/// A right answer to a check of kind answer, as a student would write it.
pub(super) fn right(handout: &mut Handout<'_>, check: &CheckTable) -> Result<String, Lesson> {
    match (&check.answer, &check.solution) {
        (Some(answer), _) if check.options.is_some() => handout.filled(answer, None),
        (Some(answer), _) if !check.is_words() => Ok(handout.value(answer, None)?.to_string()),
        (Some(answer), _) => handout.filled(answer, None),
        (None, Some(solution)) => handout.filled(solution, None),
        (None, None) => Ok(String::new()),
    }
}

impl CheckTable {
    /// Is the answer a word that must be met, and not a number?
    pub(super) fn is_words(&self) -> bool {
        self.options.is_some()
            || self.answer.as_ref().is_some_and(|answer| answer.get_ref().starts_with("${"))
    }
}

fn written(
    handout: &mut Handout<'_>,
    mut prediction: impl FnMut(&mut Handout<'_>, &super::Text) -> Result<String, Lesson>,
    mut answer: impl FnMut(&mut Handout<'_>, &CheckTable) -> Result<String, Lesson>,
) -> Result<String, Lesson> {
    let lab = handout.lab;
    let mut sheet = format!(
        "# {}: the answers of {}\n# Write behind the colons. What stands behind # is a remark.\n",
        lab.title(),
        handout.student()
    );
    sheet.push_str(
        "\n# Predict first, by thinking alone. The first check locks it; that it was made earns a point.\n",
    );
    for predict in &lab.manifest.predict {
        let ask = handout.filled(&predict.ask, None)?;
        sheet.push_str(&remark(&format!("{ask} ({})", predict.unit)));
        sheet.push_str(&format!(
            "predict {}:{}\n",
            predict.id.get_ref(),
            prediction(handout, &predict.measured)?
        ));
    }
    for (number, check) in (1..).zip(&lab.manifest.check) {
        let ask = handout.filled(&check.ask, None)?;
        let number = format!("{number}. {ask}");
        sheet.push('\n');
        if let Some(file) = &check.file {
            sheet.push_str(&remark(&format!("{number} (in {})", file.get_ref())));
            continue;
        }
        let unit = match &check.options {
            Some(options) => options.get_ref().join(", "),
            None => check.unit.clone(),
        };
        let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
        sheet.push_str(&remark(&format!("{number}{unit}")));
        sheet.push_str(&format!("{}:{}\n", check.id.get_ref(), answer(handout, check)?));
    }
    Ok(sheet)
}

/// A paragraph as remarks of at most seventy-six characters.
fn remark(paragraph: &str) -> String {
    let mut text = String::new();
    let mut line = String::from("#");
    for word in paragraph.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > 76 {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
    text
}
