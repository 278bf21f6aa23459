//! Horizontal stacked bars, diverging from one axis: to the left what went up, to the right what came down.
//!
//! Made for the bytes of each layer (content, protocol, TCP/IP headers, framing, start-stop bits), grouped by
//! link, a bar a strategy; as good for seconds by whose second it is.

use super::frame::{self, INNER, Key, LABEL, MARGIN, SMALL};
use super::palette::{self, AXIS, BOUND, GRID, INK, QUIET};
use super::scale::{Scale, Spread};
use super::svg::{Anchor, Svg, Type, fit, text_width};
use super::{Heading, Unit};

/// A chart of stacked bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// What stands around the chart.
    pub heading: Heading,
    /// What the bars count.
    pub unit: Unit,
    /// The names of the parts of each stack, from the axis outwards.
    pub layers: Vec<String>,
    /// What lies to the left of the axis, such as `up, to the server`; not shown if no bar has such a part.
    pub left: String,
    /// What lies to the right of the axis, such as `down, to the reader`.
    pub right: String,
    /// The groups from top to bottom: a link each.
    pub groups: Vec<BarGroup>,
}

/// Bars under one heading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarGroup {
    /// The heading, such as a link's name.
    pub name: String,
    /// The bars from top to bottom: a strategy each.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// The name before the bar.
    pub name: String,
    /// What goes left.
    pub left: Stack,
    /// What goes right.
    pub right: Stack,
}

/// One half of a bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stack {
    /// The size of each layer's part, in the order of [`Bars::layers`]; none is negative.
    pub parts: Vec<f64>,
    /// The least that is possible for the sum of the parts, marked by a tick.
    pub lower_bound: Option<f64>,
}

impl Stack {
    fn total(&self) -> f64 {
        self.parts.iter().map(|part| clean(*part)).sum()
    }

    fn reach(&self) -> f64 {
        self.total().max(clean(self.lower_bound.unwrap_or(0.0)))
    }
}

const ROW: f64 = 22.0;
const BAR: f64 = 14.0;
const VALUE_ROOM: f64 = 62.0;

/// A size that can be drawn: no negative, no infinite one.
fn clean(size: f64) -> f64 {
    if size.is_finite() { size.max(0.0) } else { 0.0 }
}

impl Bars {
    /// Draws the chart.
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, y) = frame::open(&self.heading);
        palette::define(&mut svg, self.layers.len());
        let y = frame::legend(&mut svg, y, &self.keys());
        let plot = Plot::new(self);
        let top = y + 34.0;
        let bottom = top + self.height();
        plot.axis(&mut svg, self, (top, bottom));
        let mut y = top;
        for group in &self.groups {
            svg.text((MARGIN, y + 18.0), &group.name, Type::new(13.0, INK).bold());
            y += 26.0;
            for bar in &group.bars {
                plot.bar(&mut svg, self, &group.name, bar, y);
                y += ROW;
            }
            y += 8.0;
        }
        svg.line((plot.right.at(0.0), top), (plot.right.at(0.0), bottom), AXIS, 1.0);
        frame::close(svg, bottom, &self.heading, &self.description())
    }

    fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.groups.iter().flat_map(|group| &group.bars)
    }

    fn height(&self) -> f64 {
        self.groups.iter().map(|group| 34.0 + ROW * group.bars.len() as f64).sum()
    }

    fn keys(&self) -> Vec<(Key, &str)> {
        let patches = self.layers.iter().enumerate();
        let mut keys: Vec<_> =
            patches.map(|(nth, name)| (Key::Patch(palette::strong(nth)), name.as_str())).collect();
        if self.bars().any(|bar| bar.left.lower_bound.is_some() || bar.right.lower_bound.is_some()) {
            keys.push((Key::Tick(BOUND), "the least possible"));
        }
        keys
    }

    /// The totals in words, for those who cannot see the bars.
    fn description(&self) -> String {
        let mut out = String::new();
        for group in &self.groups {
            for bar in &group.bars {
                let right = self.unit.say(bar.right.total());
                out += &format!("{}, {}: {right} {}", group.name, bar.name, self.right);
                if bar.left.total() > 0.0 {
                    out += &format!(", {} {}", self.unit.say(bar.left.total()), self.left);
                }
                out += ". ";
            }
        }
        out
    }
}

/// Where things stand: one scale for both halves, so that a byte up is as long as a byte down.
struct Plot {
    left: Scale,
    right: Scale,
    left_shown: bool,
    label_width: f64,
    end: f64,
}

impl Plot {
    fn new(chart: &Bars) -> Self {
        let widest = chart.bars().map(|bar| text_width(&bar.name, LABEL, false)).fold(60.0, f64::max);
        let label_width = widest.min(230.0);
        let most = |half: fn(&Bar) -> &Stack| chart.bars().map(|bar| half(bar).reach()).fold(0.0, f64::max);
        let (most_left, most_right) = (most(|bar| &bar.left), most(|bar| &bar.right));
        let left_shown = most_left > 0.0;
        let start = MARGIN + label_width + 12.0 + if left_shown { VALUE_ROOM } else { 0.0 };
        let end = MARGIN + INNER - VALUE_ROOM;
        let zero = start + (end - start) * most_left / (most_left + most_right).max(1e-9);
        Self {
            left: Scale::new(Spread::Linear, (0.0, most_left.max(1e-9)), (zero, start)),
            right: Scale::new(Spread::Linear, (0.0, most_right.max(1e-9)), (zero, end)),
            left_shown,
            label_width,
            end,
        }
    }

    fn axis(&self, svg: &mut Svg, chart: &Bars, (top, bottom): (f64, f64)) {
        let zero = self.right.at(0.0);
        for tick in self.right.ticks(&chart.unit, 90.0) {
            let x = self.right.at(tick);
            svg.line((x, top), (x, bottom), GRID, 1.0);
            svg.text((x, top - 6.0), &chart.unit.tick(tick), Type::new(SMALL, QUIET).anchor(Anchor::Middle));
        }
        let note = Type::new(SMALL, INK);
        if self.left_shown {
            svg.text((zero - 6.0, top - 22.0), &format!("← {}", chart.left), note.anchor(Anchor::End));
        }
        if !chart.right.is_empty() {
            svg.text((zero + 6.0, top - 22.0), &format!("{} →", chart.right), note);
        }
        svg.line((zero, top), (self.end, top), AXIS, 1.0);
    }

    fn bar(&self, svg: &mut Svg, chart: &Bars, group: &str, bar: &Bar, y: f64) {
        let say = |size: f64| chart.unit.say(size);
        svg.open_group(&tooltip(chart, group, bar));
        let label = fit(&bar.name, LABEL, false, self.label_width);
        svg.text((MARGIN, y + 15.0), &label, Type::new(LABEL, INK));
        let value = Type::new(SMALL, INK).halo();
        stack(svg, &self.right, &bar.right, y + 4.0);
        svg.text((self.right.at(bar.right.reach()) + 6.0, y + 15.0), &say(bar.right.total()), value);
        if self.left_shown {
            stack(svg, &self.left, &bar.left, y + 4.0);
            let x = self.left.at(bar.left.reach()) - 6.0;
            svg.text((x, y + 15.0), &say(bar.left.total()), value.anchor(Anchor::End));
        }
        svg.close_group();
    }
}

/// Draws the parts of a stack one behind the other, and the tick of its lower bound.
fn stack(svg: &mut Svg, scale: &Scale, stack: &Stack, y: f64) {
    let mut from = 0.0;
    for (nth, part) in stack.parts.iter().enumerate() {
        let to = from + clean(*part);
        let (a, b) = (scale.at(from), scale.at(to));
        if (b - a).abs() >= 0.05 {
            svg.rect((a.min(b), y), ((b - a).abs(), BAR), &palette::strong(nth));
        }
        from = to;
    }
    if let Some(bound) = stack.lower_bound {
        let x = scale.at(clean(bound));
        svg.line((x, y - 4.0), (x, y + BAR + 4.0), "#fff", 4.0);
        svg.line((x, y - 3.0), (x, y + BAR + 3.0), BOUND, 2.0);
    }
}

fn tooltip(chart: &Bars, group: &str, bar: &Bar) -> String {
    let half = |name: &str, stack: &Stack| {
        let parts = chart.layers.iter().zip(&stack.parts).filter(|(_, part)| **part > 0.0);
        let parts: Vec<String> =
            parts.map(|(layer, part)| format!("{layer} {}", chart.unit.say(*part))).collect();
        let bound =
            stack.lower_bound.map(|b| format!("; at least {}", chart.unit.say(b))).unwrap_or_default();
        format!("{name}: {} ({}{bound})", chart.unit.say(stack.total()), parts.join(", "))
    };
    let left =
        if bar.left.parts.is_empty() { String::new() } else { format!(". {}", half(&chart.left, &bar.left)) };
    format!("{group}, {}. {}{left}", bar.name, half(&chart.right, &bar.right))
}
