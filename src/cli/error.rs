//! How a run ends, and what can go wrong at the edge.

use std::fmt;
use std::io;

use crate::lesson::Lesson;

/// How a run ended that could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is done, and as it should be.
    Fine,
    /// All is done, and an expectation was not met.
    CheckFailed,
    /// It was interrupted; what was finished has been printed and marked partial.
    Partial,
}

impl Outcome {
    /// The exit code: 0 fine, 1 a check failed, 2 not all was done.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::CheckFailed => 1,
            Self::Partial => 2,
        }
    }
}

/// Why a run could not be made or not be finished.
#[derive(Debug)]
pub enum CliError {
    /// Bad usage or bad input, said so that it can be put right.
    Lesson(Box<Lesson>),
    /// Whoever read the output closed it: no fault of anybody, exit code 0.
    ClosedPipe,
    /// The output could not be written: a full disk, say.
    Write(io::Error),
}

impl CliError {
    /// The exit code.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::ClosedPipe => 0,
            Self::Lesson(_) | Self::Write(_) => 2,
        }
    }
}

impl From<Lesson> for CliError {
    fn from(lesson: Lesson) -> Self {
        Self::Lesson(Box::new(lesson))
    }
}

impl From<Box<Lesson>> for CliError {
    fn from(lesson: Box<Lesson>) -> Self {
        Self::Lesson(lesson)
    }
}

/// An error of writing to stdout.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::ClosedPipe } else { Self::Write(error) }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lesson(lesson) => lesson.fmt(f),
            Self::ClosedPipe => write!(f, "error: the output was closed by its reader"),
            Self::Write(error) => Lesson::new(format!("the output could not be written: {error}"))
                .hint("is the disk full, or the file read-only?")
                .fmt(f),
        }
    }
}

impl std::error::Error for CliError {}
