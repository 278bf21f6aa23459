//! Dots and ranges on a logarithmic axis, a panel a link: seconds or money of each strategy, with the least
//! that is possible marked. All panels share one axis, so that links can be compared by eye.

use super::frame::{self, INNER, Key, LABEL, MARGIN, SMALL};
use super::palette::{self, AXIS, BOUND, GRID, INK, QUIET};
use super::scale::{Scale, Spread, log_extent};
use super::svg::{Anchor, Svg, Type, fit, text_width};
use super::{Heading, Unit};

/// A chart of small multiples.
#[derive(Clone, Debug, PartialEq)]
pub struct Dots {
    /// What stands around the chart.
    pub heading: Heading,
    /// What the dots say; one currency if it is money.
    pub unit: Unit,
    /// What a filled dot means, such as `all wanted mail read`.
    pub value_name: String,
    /// What an open dot means, such as `first message read`.
    pub from_name: String,
    /// The names of the rows, the same in each panel: a strategy each.
    pub rows: Vec<String>,
    /// The panels, in reading order: a link each.
    pub panels: Vec<DotPanel>,
}

/// One panel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DotPanel {
    /// Its heading, such as a link's name.
    pub name: String,
    /// A dot for each of [`Dots::rows`]; `None` where there was no run.
    pub dots: Vec<Option<Dot>>,
    /// The least that is possible for the filled dots.
    pub lower_bound: Option<f64>,
}

/// One row of a panel. Zero has no place on a logarithmic axis; it is drawn at the left border and says so.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dot {
    /// Where the range begins: an open dot.
    pub from: Option<f64>,
    /// Where it ends: a filled dot with its value beside it.
    pub value: f64,
}

const ROW: f64 = 19.0;
const GAP: f64 = 26.0;
const COLUMNS: usize = 2;
const PANEL_HEAD: f64 = 30.0;
const PANEL_FOOT: f64 = 34.0;

impl Dots {
    /// Draws the chart.
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, y) = frame::open(&self.heading);
        let top = frame::legend(&mut svg, y, &self.keys()) + 6.0;
        let height = PANEL_HEAD + ROW * self.rows.len() as f64 + PANEL_FOOT;
        let layout = Layout::new(self);
        for (nth, panel) in self.panels.iter().enumerate() {
            let (row, column) = (nth / COLUMNS, nth % COLUMNS);
            let y = top + row as f64 * height;
            if column == 0 {
                for (nth, name) in self.rows.iter().enumerate() {
                    let label = fit(name, LABEL, false, layout.label_width);
                    svg.text(
                        (MARGIN, y + PANEL_HEAD + ROW * (nth as f64 + 0.5) + 4.0),
                        &label,
                        Type::new(LABEL, INK),
                    );
                }
            }
            layout.panel(&mut svg, self, panel, column, y);
        }
        let rows = self.panels.len().div_ceil(COLUMNS);
        frame::close(svg, top + rows as f64 * height - 8.0, &self.heading, &self.description())
    }

    fn keys(&self) -> Vec<(Key, &str)> {
        let mut keys = vec![(Key::Dot(palette::colour(0)), self.value_name.as_str())];
        if self.panels.iter().flat_map(|p| &p.dots).flatten().any(|dot| dot.from.is_some()) {
            keys.insert(0, (Key::Ring(palette::colour(0)), self.from_name.as_str()));
        }
        if self.panels.iter().any(|panel| panel.lower_bound.is_some()) {
            keys.push((Key::Dashes(BOUND), "the least possible"));
        }
        keys
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.panels.iter().flat_map(|panel| {
            let dots = panel.dots.iter().flatten().flat_map(|dot| [Some(dot.value), dot.from]);
            dots.chain([panel.lower_bound]).flatten()
        })
    }

    fn description(&self) -> String {
        let mut out = String::new();
        for panel in &self.panels {
            for (name, dot) in self.rows.iter().zip(&panel.dots) {
                if let Some(dot) = dot {
                    out += &format!("{}, {name}: {}. ", panel.name, self.unit.say(dot.value));
                }
            }
        }
        out
    }
}

/// Where things stand, the same for each panel but for its column.
struct Layout {
    label_width: f64,
    extent: (f64, f64),
    /// Room at the left of each panel for what costs nothing.
    zero_room: f64,
    /// Nothing is above zero.
    all_zero: bool,
    /// Room at the right of each panel for the value of the last dot.
    value_room: f64,
}

impl Layout {
    fn new(chart: &Dots) -> Self {
        let widest = chart.rows.iter().map(|name| text_width(name, LABEL, false)).fold(60.0, f64::max);
        let all_zero = chart.values().all(|v| v <= 0.0);
        let zero_room = if chart.values().any(|v| v <= 0.0) { 26.0 } else { 0.0 };
        let dots = chart.panels.iter().flat_map(|panel| panel.dots.iter().flatten());
        let values = dots.map(|dot| text_width(&chart.unit.say(dot.value), SMALL, true));
        let value_room = values.fold(0.0, f64::max) - 4.0;
        Self {
            label_width: widest.min(220.0),
            extent: log_extent(chart.values()),
            zero_room,
            all_zero,
            value_room,
        }
    }

    /// The left and right border of the panels of a column.
    fn span(&self, column: usize) -> (f64, f64) {
        let start = MARGIN + self.label_width + 14.0;
        let width = (MARGIN + INNER - start - GAP * (COLUMNS - 1) as f64) / COLUMNS as f64;
        let left = start + column as f64 * (width + GAP);
        (left, left + width)
    }

    fn panel(&self, svg: &mut Svg, chart: &Dots, panel: &DotPanel, column: usize, y: f64) {
        let (left, right) = self.span(column);
        let scale = Scale::new(Spread::Log, self.extent, (left + self.zero_room, right - self.value_room));
        let (top, bottom) = (y + PANEL_HEAD, y + PANEL_HEAD + ROW * chart.rows.len() as f64);
        svg.text((left, y + 18.0), &fit(&panel.name, 13.0, true, right - left), Type::new(13.0, INK).bold());
        svg.rect((left, top), (right - left, bottom - top), "#fafbfc");
        // Where all is zero no other tick means anything, and the zero's label needs its place.
        let ticks = if self.all_zero { Vec::new() } else { scale.ticks(&chart.unit, 50.0) };
        for tick in ticks {
            let x = scale.at(tick);
            if self.zero_room > 0.0 && x < left + self.zero_room + 14.0 {
                continue;
            }
            svg.line((x, top), (x, bottom), GRID, 1.0);
            svg.text(
                (x, bottom + 14.0),
                &chart.unit.say(tick),
                Type::new(SMALL, QUIET).anchor(Anchor::Middle),
            );
        }
        if self.zero_room > 0.0 {
            svg.text((left + 10.0, bottom + 14.0), "0", Type::new(SMALL, QUIET).anchor(Anchor::Middle));
            svg.line((left + 10.0, top), (left + 10.0, bottom), GRID, 1.0);
        }
        svg.line((left, bottom), (right, bottom), AXIS, 1.0);
        let place = |value: f64| if value > 0.0 { scale.at(value) } else { left + 10.0 };
        if let Some(bound) = panel.lower_bound {
            frame::dashed(svg, (place(bound), top), (place(bound), bottom), BOUND);
        }
        let best = panel.dots.iter().flatten().map(|dot| dot.value).fold(f64::INFINITY, f64::min);
        for (nth, dot) in panel.dots.iter().enumerate().take(chart.rows.len()) {
            let middle = top + ROW * (nth as f64 + 0.5);
            match dot {
                Some(dot) => draw_dot(svg, chart, *dot, dot.value <= best, &place, middle),
                None => svg.text((left + 6.0, middle + 4.0), "no run", Type::new(SMALL, QUIET)),
            }
        }
    }
}

/// One range with its value beside the dot; the best value of a panel is set bold.
fn draw_dot(svg: &mut Svg, chart: &Dots, dot: Dot, best: bool, place: &impl Fn(f64) -> f64, y: f64) {
    let colour = palette::colour(0);
    let x = place(dot.value);
    // The open dot may lie on either side; where both are one, the filled one is shown.
    let from = dot.from.map(place).filter(|from| (from - x).abs() > 0.05);
    if let Some(from) = from {
        svg.line((from, y), (x, y), colour, 1.6);
        frame::ring(svg, (from, y), colour);
    }
    frame::dot(svg, (x, y), colour);
    let look = Type::new(SMALL, INK).halo();
    svg.text(
        (from.unwrap_or(x).max(x) + 9.0, y + 4.0),
        &chart.unit.say(dot.value),
        if best { look.bold() } else { look },
    );
}
