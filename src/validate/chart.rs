//! Predicted beside measured times, drawn.

use super::report::{Comparison, summary};
use crate::chart::{Dot, DotPanel, Dots, Heading, Unit};

/// A panel for each link, a row for each case and stack: measured as an open dot, predicted as a filled one. Where
/// there are several sessions of a kind (mailboxes, servers, repeats) the first is shown: a row for each would be a
/// picture of mostly empty rows.
#[must_use]
pub fn chart(comparisons: &[Comparison]) -> Dots {
    let kind = |comparison: &Comparison| {
        let row = &comparison.row;
        format!("{} {}", row.case, row.stack.name)
    };
    let names = |name: &dyn Fn(&Comparison) -> String| {
        let mut names: Vec<String> = comparisons.iter().map(name).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let rows = names(&kind);
    let links = names(&|comparison: &Comparison| comparison.row.link_name.clone());
    let panel = |link: String| {
        let dots = rows
            .iter()
            .map(|row| {
                let session = comparisons
                    .iter()
                    .find(|comparison| comparison.row.link_name == link && kind(comparison) == *row)?;
                let predicted = session.predicted.as_ref().ok()?.counts.wall.as_secs_f64();
                Some(Dot { from: Some(session.row.measured.wall.as_secs_f64()), value: predicted })
            })
            .collect();
        DotPanel { name: link, dots, lower_bound: None }
    };
    let mut heading = Heading::new(
        "Predicted against measured",
        "Seconds from the first SYN to the last packet: an open dot was measured, a filled one predicted. Where only \
         the filled one is seen it covers the other.",
    );
    if let Some(all) = summary(comparisons).first() {
        heading = heading.note(format!(
            "{} sessions, median error {:.2} %, worst {:+.2} % ({}).",
            all.sessions, all.median_percent, all.worst_percent, all.worst_id
        ));
    }
    Dots {
        heading,
        unit: Unit::Seconds,
        value_name: "predicted".to_owned(),
        from_name: "measured".to_owned(),
        panels: links.into_iter().map(panel).collect(),
        rows,
    }
}
