//! Where a number comes from, and how far to trust it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// How far a row of data can be trusted; a row has the confidence of its weakest important number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A specification, or two documents of the time that agree.
    High,
    /// One document, or a calculation on one.
    Medium,
    /// Recollection or estimate.
    Low,
    /// The price is not sourced: for demonstrations only, kept out of headline results.
    Illustrative,
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Illustrative => "illustrative",
        })
    }
}

/// The sources named `names`, each in full as `sources` has it; a name that is not there stands for itself.
pub(super) fn expand(names: &[String], sources: &BTreeMap<String, String>) -> Vec<String> {
    names.iter().map(|name| sources.get(name).unwrap_or(name).clone()).collect()
}
