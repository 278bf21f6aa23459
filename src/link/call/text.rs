//! Drops as the command line and the prompt have them: `at=90s`, `byte=10000,call=2`, `rate=0.5`.

use super::{CallPlan, Drop, DropWhen};
use crate::lesson::{Lesson, Place, nearest};
use crate::time::{Duration, NANOS_PER_SECOND};
use crate::units::Money;

/// What is said of every slip.
const FORMS: &str = "`at=90s`, `byte=10000` or `rate=0.5`; `,call=2` or `,call=every` behind the first two";

const KEYS: [&str; 4] = ["at", "byte", "rate", "call"];

/// The most drops by chance in an hour.
const RATE_MAX: i128 = 3600;

impl CallPlan {
    /// Adds the drop that `text` names; `origin` is where it stands, as `--drop`.
    ///
    /// # Errors
    /// What is none of the three forms, with a caret under the slip.
    pub fn with_drop(mut self, text: &str, origin: &str) -> Result<Self, Lesson> {
        let (mut when, mut call, mut column) = (None, Some(1), 0);
        for part in text.split(',') {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let (at, width) = (column + part.chars().count() - value.chars().count(), value.chars().count());
            let wrong = |what: String, column, width: usize, allowed: &str| {
                let place = Place::line(origin, 1, text).caret(column, width.max(1), allowed);
                Lesson::new(what).at(place).hint(FORMS)
            };
            match key.trim() {
                "at" => {
                    let span = span(value).ok_or_else(|| {
                        wrong(
                            format!("`{value}` is no span of time"),
                            at,
                            width,
                            "a number with ms, s, min or h",
                        )
                    })?;
                    when = Some(DropWhen::After(span));
                }
                "byte" => {
                    let byte = value.parse().ok().filter(|byte| *byte > 0).ok_or_else(|| {
                        wrong(format!("`{value}` is no byte of a call"), at, width, "a whole number from 1")
                    })?;
                    when = Some(DropWhen::Byte(byte));
                }
                "rate" => {
                    let rate = Money::parse(value).map(Money::as_nanos);
                    let rate =
                        rate.filter(|rate| (0..=RATE_MAX * i128::from(NANOS_PER_SECOND)).contains(rate));
                    let rate = rate.and_then(|nanos| u64::try_from(nanos / 1000).ok()).ok_or_else(|| {
                        wrong(
                            format!("`{value}` is no number of drops"),
                            at,
                            width,
                            "drops in an hour, 0 to 3600",
                        )
                    })?;
                    self.drops_per_million_hours = Some(rate);
                }
                "call" => {
                    call = match value {
                        "every" => None,
                        number => Some(number.parse().ok().filter(|nth| *nth > 0).ok_or_else(|| {
                            wrong(
                                format!("`{value}` is no call"),
                                at,
                                width,
                                "a whole number from 1, or `every`",
                            )
                        })?),
                    };
                }
                unknown => {
                    let lesson = wrong(
                        format!("a drop has no `{unknown}`"),
                        column,
                        part.chars().count(),
                        "at, byte, rate or call",
                    );
                    return Err(match nearest(unknown, KEYS) {
                        Some(near) => lesson.note(format!("did you mean `{near}`?")),
                        None => lesson,
                    });
                }
            }
            column += part.chars().count() + 1;
        }
        self.drops.extend(when.map(|when| Drop { when, call }));
        Ok(self)
    }
}

/// A span of time: `90s`, `1.5min`, `250ms`, `2h`.
pub(super) fn span(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 4] = [
        ("ms", NANOS_PER_SECOND / 1000),
        ("min", 60 * NANOS_PER_SECOND),
        ("h", 3600 * NANOS_PER_SECOND),
        ("s", NANOS_PER_SECOND),
    ];
    let (number, unit) = UNITS.iter().find_map(|(word, unit)| Some((text.strip_suffix(word)?, *unit)))?;
    let nanos =
        Money::parse(number.trim())?.as_nanos().checked_mul(i128::from(unit))? / i128::from(NANOS_PER_SECOND);
    u64::try_from(nanos).ok().map(Duration::from_nanos)
}
