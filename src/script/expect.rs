//! `:expect turns <= 6 and billed_s < 90`: what a run may take, in the words of every table.

use std::cmp::Ordering;
use std::fmt;

use super::text::Slip;
use crate::lesson::nearest;
use crate::link::tariff::Bill;
use crate::measure::metrics::Metrics;
use crate::units::Money;

/// A figure that can be expected.
#[derive(Clone, Copy)]
pub struct Figure {
    /// Its word, as tables have it.
    pub word: &'static str,
    /// What it counts.
    pub help: &'static str,
    of: fn(&Metrics, &Bill) -> i128,
}

impl Figure {
    /// The figure as text.
    #[must_use]
    pub fn value(&self, metrics: &Metrics, bill: &Bill) -> String {
        number(self.nanos(metrics, bill))
    }

    /// The figure in billionths.
    #[must_use]
    pub fn nanos(&self, metrics: &Metrics, bill: &Bill) -> i128 {
        (self.of)(metrics, bill)
    }

    /// Is it a whole number? The others are seconds and money.
    #[must_use]
    pub fn is_count(&self) -> bool {
        !self.word.ends_with("_s") && self.word != "cost"
    }
}

/// 10⁹ to one: counts, seconds and money are compared in billionths, exactly.
const fn count(number: u64) -> i128 {
    number as i128 * Money::NANOS
}

/// All figures that a script can expect. Those of a reader are missing: a script has none.
#[rustfmt::skip]
pub const FIGURES: &[Figure] = &[
    Figure { word: "turns", help: "client bursts", of: |m, _| count(m.turns) },
    Figure { word: "dir_changes", help: "changes of direction", of: |m, _| count(m.dir_changes) },
    Figure { word: "round_trips", help: "crossings of the link and back in the chain of causes", of: |m, _| count(m.round_trips) },
    Figure { word: "app_bytes_up", help: "TCP payload to the server", of: |m, _| count(m.app_bytes.up) },
    Figure { word: "app_bytes_down", help: "TCP payload to the client", of: |m, _| count(m.app_bytes.down) },
    Figure { word: "ip_bytes_up", help: "IP packets to the server", of: |m, _| count(m.ip_bytes.up) },
    Figure { word: "ip_bytes_down", help: "IP packets to the client", of: |m, _| count(m.ip_bytes.down) },
    Figure { word: "repeated_packets_up", help: "packets sent again to the server", of: |m, _| count(m.repeated_packets.up) },
    Figure { word: "repeated_packets_down", help: "packets sent again to the client", of: |m, _| count(m.repeated_packets.down) },
    Figure { word: "lost_packets_up", help: "packets to the server that did not arrive", of: |m, _| count(m.lost_packets.up) },
    Figure { word: "lost_packets_down", help: "packets to the client that did not arrive", of: |m, _| count(m.lost_packets.down) },
    Figure { word: "line_bytes_up", help: "bytes on the line to the server", of: |m, _| count(m.line_bytes.up) },
    Figure { word: "line_bytes_down", help: "bytes on the line to the client", of: |m, _| count(m.line_bytes.down) },
    Figure { word: "content_bytes_down", help: "messages' own content that arrived", of: |m, _| count(m.content_bytes.down) },
    Figure { word: "connected_s", help: "seconds from answer to hang-up, or until now", of: |m, _| i128::from(m.connected.as_nanos()) },
    Figure { word: "billed_s", help: "seconds bought, after the tariff's rounding", of: |_, b| i128::from(b.billed.as_nanos()) },
    Figure { word: "calls", help: "calls that were answered", of: |m, _| count(m.calls) },
    Figure { word: "cost", help: "what the calls cost, in the tariff's currency", of: |_, b| b.total().as_nanos() },
];

/// What is expected: all conditions at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    conditions: Vec<Condition>,
}

/// One condition.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Condition {
    figure: &'static Figure,
    relation: Relation,
    limit: Money,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Equal,
    Unequal,
    AtLeast,
    More,
}

const RELATIONS: [(&str, Relation); 7] = [
    ("<", Relation::Less),
    ("<=", Relation::AtMost),
    ("=", Relation::Equal),
    ("==", Relation::Equal),
    ("!=", Relation::Unequal),
    (">=", Relation::AtLeast),
    (">", Relation::More),
];

impl Expectation {
    /// Reads conditions joined by `and`.
    ///
    /// # Errors
    /// An unknown word, with the nearest known one; a missing relation or number.
    pub fn parse(text: &str) -> Result<Self, Slip> {
        let words = words(text);
        let mut left = words.as_slice();
        let mut conditions = Vec::new();
        loop {
            let (condition, rest) = condition(left, text)?;
            conditions.push(condition);
            match rest {
                [] => return Ok(Self { conditions }),
                [(_, "and"), more @ ..] => left = more,
                [(column, word), ..] => {
                    return Err(slip(*column, word, "here the expectation should end", "`and`, or nothing"));
                }
            }
        }
    }

    /// The conditions that do not hold, each as expected and as it is.
    #[must_use]
    pub fn unmet(&self, metrics: &Metrics, bill: &Bill) -> Vec<(String, String)> {
        self.conditions
            .iter()
            .filter(|condition| !condition.holds(metrics, bill))
            .map(|condition| {
                let is = number((condition.figure.of)(metrics, bill));
                (condition.to_string(), format!("{} = {is}", condition.figure.word))
            })
            .collect()
    }
}

impl Condition {
    fn holds(&self, metrics: &Metrics, bill: &Bill) -> bool {
        let order = (self.figure.of)(metrics, bill).cmp(&self.limit.as_nanos());
        match self.relation {
            Relation::Less => order == Ordering::Less,
            Relation::AtMost => order != Ordering::Greater,
            Relation::Equal => order == Ordering::Equal,
            Relation::Unequal => order != Ordering::Equal,
            Relation::AtLeast => order != Ordering::Less,
            Relation::More => order == Ordering::Greater,
        }
    }
}

/// Words, relations standing alone even where no space is around them, with their columns.
fn words(text: &str) -> Vec<(usize, &str)> {
    let kind = |c: char| match c {
        ' ' | '\t' => 0,
        '<' | '>' | '=' | '!' => 1,
        _ => 2,
    };
    let mut words = Vec::new();
    let mut start = (0, 0);
    let mut before = 0;
    for (column, (at, c)) in text.char_indices().chain([(text.len(), ' ')]).enumerate() {
        if kind(c) != before {
            if before != 0 {
                words.push((start.0, text.get(start.1..at).unwrap_or_default()));
            }
            start = (column, at);
            before = kind(c);
        }
    }
    words
}

type Words<'a, 'w> = &'w [(usize, &'a str)];

fn condition<'a, 'w>(words: Words<'a, 'w>, text: &str) -> Result<(Condition, Words<'a, 'w>), Slip> {
    let end = (text.chars().count(), "");
    let mut left = words;
    let mut next = || match left {
        [first, rest @ ..] => {
            left = rest;
            *first
        }
        [] => end,
    };
    let (column, word) = next();
    let Some(figure) = FIGURES.iter().find(|figure| figure.word == word) else {
        return Err(unknown_figure(column, word));
    };
    let (column, sign) = next();
    let Some((_, relation)) = RELATIONS.iter().find(|(known, _)| *known == sign) else {
        return Err(slip(column, sign, "here a comparison is missing", "one of < <= = != >= >"));
    };
    let (column, number) = next();
    let Some(limit) = Money::parse(number) else {
        return Err(slip(column, number, "here a number is missing", "a number such as 6 or 12.5"));
    };
    Ok((Condition { figure, relation: *relation, limit }, left))
}

fn unknown_figure(column: usize, word: &str) -> Slip {
    let known = || FIGURES.iter().map(|figure| figure.word);
    let what = match word {
        "" => "here a figure is missing".to_owned(),
        "first_read_s" | "done_s" | "online_s" | "wasted_bytes" | "read" | "answered" => {
            format!("`{word}` needs a reader, and a script has none")
        }
        _ => format!("there is no figure `{word}`"),
    };
    let allowed = match nearest(word, known()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => known().collect::<Vec<_>>().join(", "),
    };
    slip(column, word, &what, &allowed)
}

fn slip(column: usize, word: &str, what: &str, allowed: &str) -> Slip {
    Slip { column, width: word.chars().count().max(1), what: what.to_owned(), allowed: allowed.to_owned() }
}

/// A number in billionths, without digits that say nothing.
fn number(nanos: i128) -> String {
    if nanos % Money::NANOS == 0 {
        (nanos / Money::NANOS).to_string()
    } else {
        Money::from_nanos(nanos).to_string()
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, condition) in self.conditions.iter().enumerate() {
            write!(f, "{}{condition}", if nth == 0 { "" } else { " and " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = RELATIONS.iter().find(|(_, relation)| *relation == self.relation).map_or("=", |(s, _)| s);
        write!(f, "{} {sign} {}", self.figure.word, number(self.limit.as_nanos()))
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)
    }
}

impl PartialEq for Figure {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Duration;

    #[test]
    fn each_condition_that_does_not_hold_is_named_with_its_figure() {
        let metrics = Metrics { turns: 7, connected: Duration::from_millis(1500), ..Metrics::default() };
        let unmet = |text| Expectation::parse(text).unwrap().unmet(&metrics, &Bill::default());
        assert_eq!(unmet("turns <= 7 and connected_s=1.5 and calls<1 and cost = 0"), []);
        assert_eq!(
            unmet("turns < 7 and connected_s > 1.5"),
            [
                ("turns < 7".to_owned(), "turns = 7".to_owned()),
                ("connected_s > 1.50".to_owned(), "connected_s = 1.50".to_owned())
            ]
        );
    }

    #[test]
    fn slips_are_told_where_they_stand() {
        for (text, column, says) in [
            ("", 0, "missing"),
            ("trns <= 6", 0, "no figure `trns`"),
            ("turns", 5, "comparison"),
            ("turns <= six", 9, "number"),
            ("turns <= 6 or calls = 1", 11, "should end"),
            ("turns <= 6 and", 14, "figure is missing"),
            ("done_s < 6", 0, "needs a reader"),
        ] {
            let slip = Expectation::parse(text).unwrap_err();
            assert_eq!(slip.column, column, "{text}: {slip:?}");
            assert!(slip.what.contains(says), "{text}: {slip:?}");
        }
        assert!(Expectation::parse("trns < 6").unwrap_err().allowed.contains("`turns`"));
    }
}
