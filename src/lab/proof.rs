//! What a lab must show before anybody gets it: that it fails where it teaches, that every misconception gets its own
//! reply, and that its solution passes.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::answers::FILE;
use super::{Checked, Handout, MANIFEST, Outcome};
use crate::lesson::{Lesson, Place};

/// The files of a student's folder, by name.
type Folder = BTreeMap<String, Bytes>;

impl Handout<'_> {
    /// Shows all that a lab must show, with this student's numbers.
    ///
    /// # Errors
    /// What it does not show, in which check, and what to do about it; a lab that is broken.
    pub fn prove(&mut self) -> Result<(), Lesson> {
        self.prove_failure()?;
        self.prove_solution()?;
        self.prove_replies()
    }

    /// As handed out it fails, first at the check that teaches, and with a mistake rather than with nothing.
    ///
    /// # Errors
    /// As [`Handout::prove`].
    pub fn prove_failure(&mut self) -> Result<(), Lesson> {
        let folder: Folder = self.files()?.into_iter().map(|given| (given.name, given.octets)).collect();
        let report = self.check(&folder)?;
        let teaches = self.lab.teaches();
        match report.first_open() {
            None => {
                Err(self
                    .unproven("it passes as it is handed out", "hand out something that is not right yet"))
            }
            Some(first) if first.id != teaches => Err(self.unproven(
                &format!(
                    "as handed out it fails first at `{}`, and not at `{teaches}`, which teaches",
                    first.id
                ),
                "let the check that teaches come first, or let the start pass those before it",
            )),
            Some(Checked { outcome: Outcome::Open, .. }) => Err(self.unproven(
                &format!("as handed out `{teaches}` is only empty"),
                "hand out a mistake: `given = \"FORMULA\"`, or a start that makes it",
            )),
            Some(_) => Ok(()),
        }
    }

    /// With its solution all checks pass.
    ///
    /// # Errors
    /// As [`Handout::prove`].
    pub fn prove_solution(&mut self) -> Result<(), Lesson> {
        let folder = self.solution()?;
        let report = self.check(&folder)?;
        match report.first_open() {
            None => Ok(()),
            Some(first) => {
                let said = match &first.outcome {
                    Outcome::Passed(said) | Outcome::Failed(said) | Outcome::Misconception(_, said) => said,
                    Outcome::Open => "nothing is answered",
                };
                let lesson = self.unproven(
                    &format!("the solution does not pass `{}`", first.id),
                    "put the solution right, or what the check wants",
                );
                Err(lesson.note(said.to_owned()))
            }
        }
    }

    /// Each misconception, in an otherwise right folder, gets its own reply.
    ///
    /// # Errors
    /// As [`Handout::prove`].
    pub fn prove_replies(&mut self) -> Result<(), Lesson> {
        let lab = self.lab;
        let solution = self.solution()?;
        for (nth, (check, believes)) in lab.misconceptions().enumerate() {
            let mut folder = solution.clone();
            match (self.wrong_answer(nth)?, self.wrong_example(nth)?) {
                (Some(answer), None) => answer_with(&mut folder, check, &answer),
                (None, Some((file, text))) => {
                    folder.insert(file, text.into());
                }
                _ => {
                    let what = format!("nobody can tell how \"{believes}\" shows");
                    return Err(self.unproven(&what, "an `answer`, or an `example` in which it shows"));
                }
            }
            let report = self.check(&folder)?;
            let outcome =
                report.checks.into_iter().find(|checked| checked.id == check).map(|found| found.outcome);
            let got = match outcome {
                Some(Outcome::Misconception(found, reply)) if found == nth && !reply.contains("${") => {
                    continue;
                }
                Some(Outcome::Misconception(found, _)) if found == nth => {
                    "the reply has a slot that nothing fills"
                }
                Some(Outcome::Misconception(..)) => "another misconception replies",
                Some(Outcome::Passed(_)) => "the check passes",
                _ => "no misconception replies",
            };
            let lesson = self.unproven(
                &format!("whoever believes \"{believes}\" does not get that reply"),
                "the first [[wrong]] of a check that fits replies: order them, or say more exactly how each shows",
            );
            return Err(lesson.note(format!("at `{check}`: {got}")));
        }
        Ok(())
    }

    fn unproven(&self, what: &str, hint: &str) -> Lesson {
        Lesson::new(format!("the lab {} does not prove itself: {what}", self.lab.id()))
            .at(Place::file(format!("{}/{MANIFEST}", self.lab.origin)))
            .note(format!("tried with the numbers of {}", self.student()))
            .hint(hint)
    }
}

/// Puts another answer into the sheet.
fn answer_with(folder: &mut Folder, id: &str, answer: &str) {
    let sheet =
        folder.get(FILE).map(|octets| String::from_utf8_lossy(octets).into_owned()).unwrap_or_default();
    let begins = format!("{id}:");
    let lines = sheet.lines().map(|line| {
        if line.starts_with(&begins) { format!("{begins} {answer}\n") } else { format!("{line}\n") }
    });
    folder.insert(FILE.to_owned(), lines.collect::<String>().into());
}
