//! `maillab lab check`: locks the prediction and checks what has been done.

use std::collections::BTreeMap;

use super::folder::Folder;
use super::say;
use crate::cli::{CliError, Outcome, Output};
use crate::lab::{self, Checked, Decimal, Handout, Lab, Outcome as Found, Report, Started};
use crate::lesson::Lesson;

/// The arguments of `maillab lab check`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The lab [default: the one whose folder this is, or the one begun last]
    #[arg(value_name = "LAB")]
    pub lab: Option<String>,
    /// Your prediction, instead of a line in answers.txt
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub predict: Option<String>,
}

/// Checks a lab.
///
/// # Errors
/// A lab that is not begun, a file that is not understood.
pub(super) fn run(args: &Args, output: &mut Output) -> Result<Outcome, CliError> {
    let mut folder = Folder::find()?;
    let id = folder.meant(args.lab.as_deref())?;
    let labs = folder.labs()?.to_vec();
    let lab = lab::named(&labs, &id)?;
    let (student, started) = folder.started(&id)?;
    let started = started.clone();
    let mut handout = Handout::new(lab, &student, started.seed)?;
    let files = folder.files(&id)?;

    let answers = handout.read_answers(&files)?;
    let mut written = handout.predictions(&answers)?;
    let asked = handout.to_predict()?;
    if let (Some(text), Some((id, ..))) = (&args.predict, asked.first()) {
        let number = Decimal::parse(text).ok_or_else(|| {
            Lesson::new(format!("`{text}` is no number"))
                .hint("a point stands before the decimals: --predict 12.5")
        })?;
        written.insert(id.clone(), number);
    }
    let missing: Vec<_> = asked
        .iter()
        .filter(|(id, ..)| !started.predicted.contains_key(id) && !written.contains_key(id))
        .collect();
    if let Some((predict, ask, unit)) = missing.first() {
        say(output, "", &format!("Predict first, by thinking alone: {ask} ({unit})"))?;
        say(
            output,
            "",
            &format!("Write a number behind `predict {predict}:` in {id}/answers.txt, or say it here:"),
        )?;
        output.data(&format!("  maillab lab check {id} --predict NUMBER\n"))?;
        say(output, "", "It need not be right: that it was made earns the point.")?;
        return Ok(Outcome::CheckFailed);
    }
    for (predict, _, unit) in &asked {
        match (started.predicted.get(predict), written.get(predict)) {
            (None, Some(number)) => {
                say(output, "", &format!("Locked: your prediction of {number} {unit}. One point."))?
            }
            (Some(locked), Some(number)) if locked != number => {
                say(output, "", &format!("Your prediction stays as it was locked: {locked} {unit}."))?;
            }
            _ => {}
        }
    }
    // What is locked stays locked even if the check below cannot be made.
    folder.change(&id, |lab| {
        for (predict, number) in written {
            lab.predicted.entry(predict).or_insert(number);
        }
    })?;
    folder.save()?;

    let report = handout.check(&files)?;
    folder.change(&id, |lab| {
        lab.attempts = lab.attempts.saturating_add(1);
        lab.passed = report
            .checks
            .iter()
            .filter(|check| check.outcome.is_passed())
            .map(|check| check.id.clone())
            .collect();
    })?;
    folder.save()?;
    show(&report, output)?;
    let (_, started) = folder.started(&id)?;
    if !report.is_passed() {
        let used = if started.hints == 0 && lab.hints() > 0 { " `maillab lab hint` helps." } else { "" };
        say(output, "", &format!("{} of {} points.{used}", started.points(lab), lab.points()))?;
        return Ok(Outcome::CheckFailed);
    }
    let (done, next) = (started.clone(), folder.progress().and_then(|progress| progress.next(&labs)));
    finish(lab, &done, &mut handout, next, output)?;
    Ok(Outcome::Fine)
}

/// Every check with its mark; of those that are not passed only the first says more.
fn show(report: &Report, output: &mut Output) -> Result<(), CliError> {
    let mut said = false;
    for (number, check) in (1..).zip(&report.checks) {
        let Checked { ask, outcome, .. } = check;
        match outcome {
            Found::Passed(measured) => {
                say(output, "", &format!("[done] {number}. {ask}"))?;
                if !measured.is_empty() {
                    say(output, "  ", measured)?;
                }
            }
            Found::Open => {
                say(output, "", &format!("[open] {number}. {ask}"))?;
            }
            Found::Failed(reply) | Found::Misconception(_, reply) => {
                say(output, "", &format!("[not yet] {number}. {ask}"))?;
                if !said {
                    say(output, "  ", reply)?;
                    said = true;
                }
            }
        }
    }
    Ok(())
}

/// All is done: what was predicted, what it is, and what comes next.
fn finish(
    lab: &Lab,
    started: &Started,
    handout: &mut Handout<'_>,
    next: Option<&Lab>,
    output: &mut Output,
) -> Result<(), CliError> {
    let measured: BTreeMap<String, Decimal> = handout.measured()?;
    for (id, _, unit) in handout.to_predict()? {
        if let (Some(predicted), Some(measured)) = (started.predicted.get(&id), measured.get(&id)) {
            say(output, "", &format!("Predicted: {predicted} {unit}; measured: {measured} {unit}."))?;
        }
    }
    say(output, "", &format!("Done: {} of {} points.", started.points(lab), lab.points()))?;
    match next {
        Some(next) => {
            say(output, "", &format!("Next: {} ({} minutes).", next.title(), next.minutes()))?;
            output.data(&format!("  maillab lab start {}\n", next.id()))
        }
        None => say(output, "", "That was the last lab."),
    }
}
