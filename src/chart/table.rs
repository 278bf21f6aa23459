//! A table of results, and its three faces: text for people, CSV for spreadsheets, JSON for programs.
//!
//! Numbers are exact in all three: integers, and decimals in 10⁻⁹ as [`crate::units::Money`] and
//! [`crate::time::Duration`] have them. The text face rounds a decimal to the places of its column.

mod machine;
mod text;

use crate::time::Duration;
use crate::units::Money;

/// The format name of tables that hold one record a run.
pub const RESULTS: &str = "maillab-results/1";
/// The format name of tables that list what is built in.
pub const LISTING: &str = "maillab-listing/1";

/// Rows under named columns, with a title above and notes below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The name and version of what the records are: [`RESULTS`] or [`LISTING`].
    pub format: String,
    /// What the table shows.
    pub title: String,
    /// The columns from left to right.
    pub columns: Vec<Column>,
    /// The rows from top to bottom: a cell for each column; missing ones are empty.
    pub rows: Vec<Vec<Cell>>,
    /// What the figures rest on, a paragraph each.
    pub notes: Vec<String>,
    /// In the text face each row is a block of lines and shows the columns of detail too: for a few rows of
    /// many columns.
    pub in_blocks: bool,
    /// In the text face the first column is no column: where its cells change, a heading says so. For rows that
    /// stand in order of that column.
    pub in_groups: bool,
}

/// A column's name and how its cells are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The metric's or property's own word, such as `billed_s`: the same in all three faces.
    pub name: String,
    /// The unit, shown under the name; empty where the name says it all.
    pub unit: String,
    /// What the cells hold.
    pub kind: Kind,
    /// Left out of the text face, which has to fit a screen.
    pub detail: bool,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, aligned left.
    Text,
    /// Whole numbers, aligned right.
    Integer,
    /// Numbers with so many decimals in the text face (at most nine), aligned right.
    Decimal(u8),
    /// Yes or no.
    Flag,
}

/// One value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    /// There is none: an empty field, `null` in JSON.
    #[default]
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i128),
    /// A number in 10⁻⁹.
    Nanos(i128),
    /// Yes or no.
    Flag(bool),
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), unit: String::new(), kind: Kind::Text, detail: false }
    }

    /// A column of whole numbers.
    #[must_use]
    pub fn integer(name: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { unit: unit.into(), kind: Kind::Integer, ..Self::text(name) }
    }

    /// A column of numbers with `places` decimals in the text face.
    #[must_use]
    pub fn decimal(name: impl Into<String>, unit: impl Into<String>, places: u8) -> Self {
        Self { unit: unit.into(), kind: Kind::Decimal(places.min(9)), ..Self::text(name) }
    }

    /// A column of yes and no.
    #[must_use]
    pub fn flag(name: impl Into<String>) -> Self {
        Self { kind: Kind::Flag, ..Self::text(name) }
    }

    /// The same column, left out of the text face.
    #[must_use]
    pub fn detail(mut self) -> Self {
        self.detail = true;
        self
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Integer(number as i128)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

/// In seconds.
impl From<Duration> for Cell {
    fn from(span: Duration) -> Self {
        Self::Nanos(span.as_nanos().into())
    }
}

/// In units of the currency, which stands in a column of its own.
impl From<Money> for Cell {
    fn from(amount: Money) -> Self {
        Self::Nanos(amount.as_nanos())
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl Table {
    /// An empty table of results.
    #[must_use]
    pub fn results(title: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { format: RESULTS.to_owned(), title: title.into(), columns, ..Self::default() }
    }

    /// An empty list of what is built in.
    #[must_use]
    pub fn listing(title: impl Into<String>, columns: Vec<Column>) -> Self {
        Self { format: LISTING.to_owned(), ..Self::results(title, columns) }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The table for people, on a screen of `width` characters if one is given: numbers aligned right, long
    /// words wrapped; where the columns do not fit side by side, each row is written as a block of lines.
    #[must_use]
    pub fn to_text(&self, width: Option<usize>) -> String {
        text::render(self, width)
    }

    /// The records as comma-separated values (RFC 4180, lines end in LF): first the columns' names. Units,
    /// title and notes are not in it.
    #[must_use]
    pub fn to_csv(&self) -> String {
        machine::csv(self)
    }

    /// The table as one JSON object: `format`, `title`, `units` by column, `records` (an object each, a line
    /// each) and `notes`. Keys stand in the order of the columns.
    #[must_use]
    pub fn to_json(&self) -> String {
        machine::json(self)
    }

    /// The cell of a row under a column; empty where there is none.
    fn cell(row: &[Cell], column: usize) -> &Cell {
        row.get(column).unwrap_or(&Cell::Empty)
    }
}

/// A number of 10⁻⁹ as decimal text without zeros behind the point: `12`, `0.0493`, `-3.5`.
fn exact(nanos: i128) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let (whole, part) = (nanos.unsigned_abs() / 1_000_000_000, nanos.unsigned_abs() % 1_000_000_000);
    let part = format!("{part:09}");
    match part.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        part => format!("{sign}{whole}.{part}"),
    }
}

/// A number of 10⁻⁹ rounded half up to `places` decimals.
fn rounded(nanos: i128, places: u8) -> String {
    let places = usize::from(places.min(9));
    let unit = 10_u128.pow(9 - places as u32);
    let count = nanos.unsigned_abs().saturating_add(unit / 2) / unit;
    let sign = if nanos < 0 && count > 0 { "-" } else { "" };
    let per_whole = 10_u128.pow(places as u32);
    let (whole, part) = (count / per_whole, count % per_whole);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0places$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_for_programs_and_rounded_for_people() {
        for (nanos, text) in [
            (12_000_000_000, "12"),
            (49_300_000, "0.0493"),
            (-3_500_000_000, "-3.5"),
            (1, "0.000000001"),
            (0, "0"),
        ] {
            assert_eq!(exact(nanos), text);
        }
        for (nanos, places, text) in [
            (49_300_000, 2, "0.05"),
            (999_500_000, 3, "1.000"),
            (1_500_000_000, 0, "2"),
            (-1, 2, "0.00"),
            (-1_250_000_000, 1, "-1.3"),
        ] {
            assert_eq!(rounded(nanos, places), text);
        }
        assert_eq!(rounded(i128::MIN, 9).len(), 41);
    }
}
