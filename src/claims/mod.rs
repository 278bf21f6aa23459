//! What the sources claim about mail protocols, tried.
//!
//! ```text
//! data/claims.toml ──> Claim ──> Trial ──runs by Workers──> Findings: verdict, region, tables, charts
//! ```
//!
//! Each claim that can be tried is a small experiment over built-in scenarios: a file of its own with one function
//! from [`Workers`] to [`Findings`]. Every figure in what it finds comes from runs, and the verdict is worked out
//! from the figures: change the model, and the verdict may change.

mod bench;
mod list;
mod trials;

use std::fmt;

use crate::chart::Table;
use crate::lesson::Lesson;

pub use bench::{Alone, Stopped, Workers};
pub use list::{Claim, Source, all, named};
pub use trials::{TRIALS, Trial};

/// What a trial says about a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is true wherever it was tried.
    Holds,
    /// It is true nowhere where it was tried.
    Fails,
    /// It is true in one region and not in another: what decides.
    DependsOn(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holds => f.write_str("holds"),
            Self::Fails => f.write_str("fails"),
            Self::DependsOn(what) => write!(f, "depends on {what}"),
        }
    }
}

/// What came of trying a claim.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The verdict.
    pub verdict: Verdict,
    /// Where the claim holds and where not, with numbers: a sentence or two each.
    pub region: Vec<String>,
    /// The figures.
    pub tables: Vec<Table>,
    /// Charts: a file name without its ending, and the SVG.
    pub charts: Vec<(String, String)>,
}

/// Why a trial has no findings.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Something it is made of is broken.
    Lesson(Box<Lesson>),
    /// Somebody stopped the work.
    Stopped,
}

impl From<Lesson> for Failure {
    fn from(lesson: Lesson) -> Self {
        Self::Lesson(Box::new(lesson))
    }
}

impl From<Stopped> for Failure {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}
