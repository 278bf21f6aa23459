//! What all charts share: a page of one width, a heading above, notes below, a legend between.

use super::Heading;
use super::palette::{INK, QUIET};
use super::svg::{Svg, Type, text_width, wrap};

/// The width of every chart in pixels: fits a page and a screen.
pub(super) const WIDTH: f64 = 900.0;
/// The white border.
pub(super) const MARGIN: f64 = 28.0;
/// The width between the borders.
pub(super) const INNER: f64 = WIDTH - 2.0 * MARGIN;

/// Size of the text of labels and values.
pub(super) const LABEL: f64 = 12.0;
/// Size of the text of ticks and notes.
pub(super) const SMALL: f64 = 11.0;

/// Opens a drawing with its heading. Gives the drawing and how far down the heading reaches.
pub(super) fn open(heading: &Heading) -> (Svg, f64) {
    let mut svg = Svg::new(WIDTH);
    let mut y = MARGIN + 14.0;
    for line in wrap(&heading.title, 19.0, INNER / 1.07) {
        svg.text((MARGIN, y), &line, Type::new(19.0, INK).bold());
        y += 24.0;
    }
    for line in wrap(&heading.subtitle, 13.0, INNER) {
        svg.text((MARGIN, y), &line, Type::new(13.0, QUIET));
        y += 18.0;
    }
    (svg, y)
}

/// Writes the notes below `y` and closes the drawing.
pub(super) fn close(mut svg: Svg, y: f64, heading: &Heading, description: &str) -> String {
    let mut y = y + 8.0;
    for note in &heading.notes {
        for line in wrap(note, SMALL, INNER) {
            y += 15.0;
            svg.text((MARGIN, y), &line, Type::new(SMALL, QUIET));
        }
        y += 3.0;
    }
    let description = format!("{} {description} {}", heading.subtitle, heading.notes.join(" "));
    svg.finish(y + MARGIN - 8.0, &heading.title, description.trim())
}

/// What a legend shows before a name.
pub(super) enum Key {
    /// A patch of a fill.
    Patch(String),
    /// A filled dot.
    Dot(&'static str),
    /// An open dot.
    Ring(&'static str),
    /// An upright tick.
    Tick(&'static str),
    /// An upright dashed line.
    Dashes(&'static str),
}

/// A row of keys and names from the left border, on as many lines as it takes. Gives how far down it reaches.
pub(super) fn legend(svg: &mut Svg, y: f64, keys: &[(Key, &str)]) -> f64 {
    let (mut x, mut y) = (MARGIN, y + 14.0);
    for (key, name) in keys {
        let width = 20.0 + text_width(name, LABEL, false);
        if x > MARGIN && x + width > MARGIN + INNER {
            (x, y) = (MARGIN, y + 20.0);
        }
        draw_key(svg, key, (x, y));
        svg.text((x + 20.0, y), name, Type::new(LABEL, INK));
        x += width + 20.0;
    }
    if keys.is_empty() { y - 14.0 } else { y + 8.0 }
}

fn draw_key(svg: &mut Svg, key: &Key, (x, y): (f64, f64)) {
    let middle = y - 4.0;
    match key {
        Key::Patch(fill) => {
            let patch = svg.element("rect").at("x", x).at("y", y - 10.0).at("width", 14.0).at("height", 12.0);
            patch.is("fill", fill).is("stroke", INK).at("stroke-width", 0.5).end();
        }
        Key::Dot(colour) => dot(svg, (x + 7.0, middle), colour),
        Key::Ring(colour) => ring(svg, (x + 7.0, middle), colour),
        Key::Tick(colour) => svg.line((x + 7.0, y - 12.0), (x + 7.0, y + 3.0), colour, 2.0),
        Key::Dashes(colour) => dashed(svg, (x + 7.0, y - 12.0), (x + 7.0, y + 3.0), colour),
    }
}

/// A filled dot with a white rim.
pub(super) fn dot(svg: &mut Svg, (x, y): (f64, f64), colour: &str) {
    let circle = svg.element("circle").at("cx", x).at("cy", y).at("r", 4.5).is("fill", colour);
    circle.is("stroke", "#fff").at("stroke-width", 1.0).end();
}

/// An open dot.
pub(super) fn ring(svg: &mut Svg, (x, y): (f64, f64), colour: &str) {
    let circle = svg.element("circle").at("cx", x).at("cy", y).at("r", 3.7).is("fill", "#fff");
    circle.is("stroke", colour).at("stroke-width", 1.6).end();
}

/// A dashed line.
pub(super) fn dashed(svg: &mut Svg, (x1, y1): (f64, f64), (x2, y2): (f64, f64), colour: &str) {
    let line = svg.element("line").at("x1", x1).at("y1", y1).at("x2", x2).at("y2", y2);
    line.is("stroke", colour).at("stroke-width", 1.2).is("stroke-dasharray", "3 2.5").end();
}
