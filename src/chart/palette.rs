//! Fills that can be told apart without seeing colour: each colour has a hatching of its own.
//!
//! The colours are those of Okabe and Ito, "Color Universal Design" (2008), chosen to differ for people with
//! each common kind of colour blindness; their bright yellow, which paper swallows, is a brown here.

use std::fmt::Write as _;

use super::svg::Svg;

/// Dark text.
pub(super) const INK: &str = "#1f2328";
/// Text that explains rather than tells.
pub(super) const QUIET: &str = "#59636e";
/// Lines that help the eye along and should not be noticed.
pub(super) const GRID: &str = "#e4e7eb";
/// Axis lines and frames.
pub(super) const AXIS: &str = "#9aa4af";
/// Marks of what no strategy can beat.
pub(super) const BOUND: &str = "#000000";

struct Fill {
    colour: &'static str,
    /// The colour thinned with white, for areas that carry text.
    tint: &'static str,
    hatch: Hatch,
}

#[derive(Clone, Copy)]
enum Hatch {
    None,
    /// Lines at this many degrees.
    Lines(i32),
    Dots,
    Grid(i32),
}

const FILLS: [Fill; 8] = [
    Fill { colour: "#0072b2", tint: "#d3e6f2", hatch: Hatch::None },
    Fill { colour: "#e69f00", tint: "#fbeed0", hatch: Hatch::Lines(45) },
    Fill { colour: "#009e73", tint: "#d0eee5", hatch: Hatch::Dots },
    Fill { colour: "#cc79a7", tint: "#f6e5ee", hatch: Hatch::Lines(-45) },
    Fill { colour: "#56b4e9", tint: "#dff1fb", hatch: Hatch::Lines(90) },
    Fill { colour: "#d55e00", tint: "#f8e0d0", hatch: Hatch::Grid(45) },
    Fill { colour: "#8c6d31", tint: "#e9e2d5", hatch: Hatch::Lines(0) },
    Fill { colour: "#7a828a", tint: "#e6e8ea", hatch: Hatch::Grid(0) },
];

fn fill(nth: usize) -> &'static Fill {
    FILLS.get(nth % FILLS.len()).unwrap_or(&FILLS[0])
}

/// The colour of the `nth` thing, for lines and text marks.
pub(super) fn colour(nth: usize) -> &'static str {
    fill(nth).colour
}

/// A dash pattern of the `nth` line's own; the first is solid.
pub(super) fn dashes(nth: usize) -> Option<&'static str> {
    [
        None,
        Some("7 3"),
        Some("2 3"),
        Some("9 3 2 3"),
        Some("4 2"),
        Some("12 4"),
        Some("6 2 2 2 2 2"),
        Some("1 2"),
    ]
    .get(nth % 8)
    .copied()
    .flatten()
}

/// The fill of the `nth` bar segment; [`define`] must have been told of it.
pub(super) fn strong(nth: usize) -> String {
    format!("url(#strong-{})", nth % FILLS.len())
}

/// The fill of the `nth` region, light enough to write on.
pub(super) fn light(nth: usize) -> String {
    format!("url(#light-{})", nth % FILLS.len())
}

/// The fill of a tie.
pub(super) const TIE: &str = "url(#tie)";
/// The fill of what was not tried.
pub(super) const UNKNOWN: &str = "#ffffff";

/// Defines the fills of the first `count` things, and that of ties.
pub(super) fn define(svg: &mut Svg, count: usize) {
    let mut defs = String::from("<defs>\n");
    for (nth, fill) in FILLS.iter().enumerate().take(count) {
        defs += &pattern(&format!("strong-{nth}"), fill.colour, "#ffffff", 1.6, fill.hatch, 6);
        defs += &pattern(&format!("light-{nth}"), fill.tint, fill.colour, 0.8, fill.hatch, 9);
    }
    defs += &pattern("tie", "#ffffff", "#9aa4af", 1.2, Hatch::Lines(45), 5);
    defs += "</defs>\n";
    svg.raw(&defs);
}

fn pattern(id: &str, ground: &str, line: &str, width: f64, hatch: Hatch, size: u32) -> String {
    let middle = f64::from(size) / 2.0;
    let radius = 0.6 + width * 0.6;
    let (turn, lines) = match hatch {
        Hatch::None => (0, String::new()),
        Hatch::Dots => {
            (0, format!("<circle cx=\"{middle}\" cy=\"{middle}\" r=\"{radius}\" fill=\"{line}\"/>"))
        }
        Hatch::Lines(turn) => {
            (turn, format!("<path d=\"M0 {middle}H{size}\" stroke=\"{line}\" stroke-width=\"{width}\"/>"))
        }
        Hatch::Grid(turn) => {
            let d = format!("M0 {middle}H{size}M{middle} 0V{size}");
            (turn, format!("<path d=\"{d}\" stroke=\"{line}\" stroke-width=\"{width}\"/>"))
        }
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<pattern id=\"{id}\" width=\"{size}\" height=\"{size}\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate({turn})\"><rect width=\"{size}\" height=\"{size}\" fill=\"{ground}\"/>{lines}</pattern>"
    );
    out
}
