//! What is written down about sessions that are over: their line, what they would have cost, their trace.

use std::fs;
use std::path::PathBuf;

use super::Args;
use crate::cli::{Output, atomic};
use crate::lesson::{Lesson, Place};
use crate::serve::cost::{Cost, Line};
use crate::serve::report::{Ended, Passed};
use crate::time::Instant;
use crate::trace::{HeadKey, Trace};

/// Who writes down what.
#[derive(Debug)]
pub struct Records {
    line: Option<Line>,
    folder: Option<PathBuf>,
}

impl Records {
    /// Makes the folder for traces, if there is to be one.
    pub fn begin(args: &Args, line: Option<Line>) -> Result<Self, Lesson> {
        if let Some(folder) = &args.record {
            fs::create_dir_all(folder).map_err(|error| {
                Lesson::new(format!("the folder for traces cannot be made: {error}"))
                    .at(Place::file(folder.display().to_string()))
                    .hint("name one that you may write to, with `--record DIR`")
            })?;
        }
        Ok(Self { line, folder: args.record.clone() })
    }

    /// True if what sessions say must be kept until they are over. A line in real time keeps it by itself.
    pub fn need_recordings(&self) -> bool {
        match &self.line {
            Some(line) => !line.real_time,
            None => self.folder.is_some(),
        }
    }

    /// The line about a session that is over. Its trace is written.
    pub fn told(&self, ended: &Ended, output: &mut Output) -> String {
        let report = &ended.report;
        let (service, begun) = (report.offer.service, report.opened.since(Instant::START));
        let (cost, trace) = match &ended.passed {
            Passed::Nothing => (None, None),
            Passed::Carried(cost, trace) => (Some(cost.clone()), Some(trace.clone())),
            Passed::Said(recording) => (
                self.line.as_ref().and_then(|line| Cost::of(recording, service, begun, line)),
                self.folder.as_ref().map(|_| recording.trace(service, report.opened)),
            ),
        };
        if matches!(&ended.passed, Passed::Said(recording) if recording.is_incomplete()) {
            let number = report.number;
            output.talk(&format!(
                "note: session {number} was too long to be kept whole: no cost, half a trace"
            ));
        }
        if let Some(trace) = trace {
            self.write(ended, trace, output);
        }
        match cost {
            Some(cost) => format!("{report} {cost}\n"),
            None => format!("{report}\n"),
        }
    }

    fn write(&self, ended: &Ended, trace: Trace, output: &mut Output) {
        let Some(folder) = &self.folder else { return };
        let trace = trace.with(HeadKey::Version, env!("CARGO_PKG_VERSION"));
        let tariff = self.line.as_ref().filter(|line| line.real_time).map(|line| line.tariff.name.clone());
        let trace = match tariff {
            Some(tariff) => trace.with(HeadKey::Tariff, tariff),
            None => trace,
        };
        let name = format!("{:06}-{}.trace", ended.report.number, ended.report.offer.option);
        let text = trace.to_text();
        if let Err(lesson) = atomic::write(&folder.join(name), |file| file.write_all(text.as_bytes())) {
            output.talk(&lesson.to_string());
        }
    }
}
