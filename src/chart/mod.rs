//! Tables of results, and the drawings made from them.
//!
//! ```text
//!   compare, claims, listings  ->  table::Table  ->  text, CSV, JSON
//!                              ->  Bars          ->  bytes per layer and direction
//!                              ->  Dots          ->  seconds or money, a panel a link
//!                              ->  Map           ->  who wins where
//!                              ->  Ladder        ->  what crossed the line when, one below the other
//!                              ->  Ladders       ->  the same for several lines side by side
//!                              ->  Stairs        ->  what a call costs, minute by minute
//! ```
//!
//! A chart is a plain value of strings and numbers with one method, `svg()`. Nothing here knows a protocol, a
//! link or a file. The drawing is our own and small, because it has to be the same bytes on every platform:
//! no mathematics but + − × ÷ and the `libm` crate, coordinates in hundredths of a pixel, and text widths from
//! a table instead of from the machine's fonts.
//!
//! Colour is never the only signal: each fill has a hatching of its own, and what can be named where it stands
//! is named there before any legend.

pub mod bars;
pub mod dots;
pub mod ladder;
pub mod ladders;
pub mod map;
pub mod scale;
pub mod stairs;
pub mod table;

mod frame;
mod palette;
mod regions;
mod svg;
mod unit;

pub use bars::{Bar, BarGroup, Bars, Stack};
pub use dots::{Dot, DotPanel, Dots};
pub use ladder::{Arrow, Ladder, Rung};
pub use ladders::Ladders;
pub use map::{Axis, Map, Marker, Verdict};
pub use stairs::{Crossing, Stair, Stairs};
pub use table::{Cell, Column, Kind, Table};
pub use unit::Unit;

/// What stands around every chart: what it is, what there is to see, and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// What is shown, in a few words: `Who reads the mail sooner`.
    pub title: String,
    /// How to read it, in a sentence or two; wrapped to the chart's width.
    pub subtitle: String,
    /// What the figures rest on: seed, version, presets, tariffs, the model's limits. One paragraph each.
    pub notes: Vec<String>,
}

impl Heading {
    /// A heading without notes.
    #[must_use]
    pub fn new(title: impl Into<String>, subtitle: impl Into<String>) -> Self {
        Self { title: title.into(), subtitle: subtitle.into(), notes: Vec::new() }
    }

    /// Adds what the figures rest on.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}
