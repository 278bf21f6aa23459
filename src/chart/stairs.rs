//! Cost against time: tariffs as staircases, with the moments marked at which one overtakes another.

use super::frame::{self, INNER, LABEL, MARGIN, SMALL};
use super::palette::{self, AXIS, GRID, INK, QUIET};
use super::scale::{Scale, Spread};
use super::svg::{Anchor, Svg, Type, fit, path, text_width};
use super::{Heading, Unit};

/// A chart of staircases.
#[derive(Clone, Debug, PartialEq)]
pub struct Stairs {
    /// What stands around the chart.
    pub heading: Heading,
    /// What the horizontal axis is called, such as `length of the call`.
    pub x_name: String,
    /// What the horizontal axis counts, usually [`Unit::Seconds`].
    pub x_unit: Unit,
    /// What the steps count, usually money of one currency.
    pub unit: Unit,
    /// Where the horizontal axis ends; it begins at 0.
    pub x_end: f64,
    /// The staircases: a tariff each.
    pub stairs: Vec<Stair>,
    /// Where staircases cross.
    pub crossings: Vec<Crossing>,
    /// Moments worth knowing, such as how long a strategy's call lasts.
    pub moments: Vec<(f64, String)>,
}

/// One staircase.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stair {
    /// The name, written at the right end.
    pub name: String,
    /// `(from, cost)`: from that moment on the cost is so much, until the next step. Ascending in `from`.
    pub steps: Vec<(f64, f64)>,
}

/// A point at which two staircases change places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crossing {
    /// The moment.
    pub x: f64,
    /// The cost there.
    pub y: f64,
    /// What happens, such as `from 5 min: BT is cheaper`.
    pub label: String,
}

const HEIGHT: f64 = 360.0;
const NAME_ROOM: f64 = 190.0;

impl Stairs {
    /// Draws the chart.
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, y) = frame::open(&self.heading);
        let (top, bottom) = (y + 26.0, y + 26.0 + HEIGHT);
        let most = self.stairs.iter().filter_map(|s| self.cost_at_end(s)).fold(0.0, f64::max);
        let crossing_most = self.crossings.iter().map(|c| c.y).filter(|y| y.is_finite()).fold(most, f64::max);
        let x = Scale::new(Spread::Linear, (0.0, self.x_end), (MARGIN + 64.0, MARGIN + INNER - NAME_ROOM));
        let y = Scale::new(Spread::Linear, (0.0, crossing_most.max(1e-9) * 1.06), (bottom, top));
        let plot = Plot { x, y, top, bottom };
        plot.axes(&mut svg, self);
        for (nth, stair) in self.stairs.iter().enumerate() {
            plot.stair(&mut svg, self.x_end, nth, stair);
        }
        plot.names(&mut svg, self);
        let below = plot.crossings(&mut svg, self);
        frame::close(svg, below, &self.heading, &self.description())
    }

    fn cost_at_end(&self, stair: &Stair) -> Option<f64> {
        stair
            .steps
            .iter()
            .filter(|(from, cost)| *from < self.x_end && cost.is_finite())
            .map(|(_, cost)| *cost)
            .next_back()
    }

    fn description(&self) -> String {
        let end = self.x_unit.say(self.x_end);
        let ends = self
            .stairs
            .iter()
            .filter_map(|s| Some(format!("{}: {} at {end}.", s.name, self.unit.say(self.cost_at_end(s)?))));
        let crossings = self.crossings.iter().map(|c| format!("{}.", c.label));
        ends.chain(crossings).collect::<Vec<_>>().join(" ")
    }
}

struct Plot {
    x: Scale,
    y: Scale,
    top: f64,
    bottom: f64,
}

impl Plot {
    fn axes(&self, svg: &mut Svg, chart: &Stairs) {
        let (left, right) = (self.x.at(0.0), self.x.at(chart.x_end));
        for tick in self.y.ticks(&chart.unit, 45.0) {
            let y = self.y.at(tick);
            svg.line((left, y), (right, y), GRID, 1.0);
            svg.text(
                (left - 8.0, y + 4.0),
                &chart.unit.tick(tick),
                Type::new(SMALL, QUIET).anchor(Anchor::End),
            );
        }
        if let Unit::Money(currency) = &chart.unit {
            svg.text((left - 8.0, self.top - 8.0), currency, Type::new(SMALL, INK).anchor(Anchor::End));
        }
        for tick in self.x.ticks(&chart.x_unit, 70.0) {
            let x = self.x.at(tick);
            svg.line((x, self.bottom), (x, self.bottom + 4.0), AXIS, 1.0);
            svg.text(
                (x, self.bottom + 17.0),
                &chart.x_unit.tick(tick),
                Type::new(SMALL, QUIET).anchor(Anchor::Middle),
            );
        }
        svg.line((left, self.bottom), (right, self.bottom), AXIS, 1.0);
        let name = Type::new(LABEL, INK).anchor(Anchor::Middle);
        svg.text(((left + right) / 2.0, self.bottom + 36.0), &chart.x_name, name);
        let mut last_end = f64::NEG_INFINITY;
        let mut moments: Vec<&(f64, String)> =
            chart.moments.iter().filter(|(at, _)| *at <= chart.x_end).collect();
        moments.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (at, label) in moments {
            let x = self.x.at(*at);
            frame::dashed(svg, (x, self.top), (x, self.bottom), QUIET);
            let from = (x - text_width(label, SMALL, false) / 2.0).max(last_end + 10.0);
            svg.text((from, self.top - 8.0), label, Type::new(SMALL, INK));
            last_end = from + text_width(label, SMALL, false);
        }
    }

    fn stair(&self, svg: &mut Svg, end: f64, nth: usize, stair: &Stair) {
        let mut points: Vec<(f64, f64)> = Vec::new();
        for (from, cost) in stair.steps.iter().filter(|(from, cost)| *from < end && cost.is_finite()) {
            let x = self.x.at(from.max(0.0));
            if let Some((_, level)) = points.last().copied() {
                points.push((x, level));
            }
            points.push((x, self.y.at(*cost)));
        }
        let Some((_, level)) = points.last().copied() else { return };
        points.push((self.x.at(end), level));
        svg.open_group(&stair.name);
        let line = svg.element("path").is("d", &path(points, false)).is("fill", "none");
        let line =
            line.is("stroke", palette::colour(nth)).at("stroke-width", 2.2).is("stroke-linejoin", "round");
        match palette::dashes(nth) {
            Some(dashes) => line.is("stroke-dasharray", dashes).end(),
            None => line.end(),
        }
        svg.close_group();
    }

    /// Writes each name at the end of its staircase, moved apart where they would overlap.
    fn names(&self, svg: &mut Svg, chart: &Stairs) {
        let mut ends: Vec<(f64, usize)> = Vec::new();
        for (nth, stair) in chart.stairs.iter().enumerate() {
            if let Some(cost) = chart.cost_at_end(stair) {
                ends.push((self.y.at(cost), nth));
            }
        }
        ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut places =
            spread_apart(&ends.iter().map(|(y, _)| *y).collect::<Vec<_>>(), 30.0, self.bottom).into_iter();
        let x = self.x.at(chart.x_end);
        for (end, nth) in ends {
            let Some(y) = places.next() else { return };
            let Some(stair) = chart.stairs.get(nth) else { continue };
            svg.line((x + 2.0, end), (x + 12.0, y), palette::colour(nth), 1.0);
            let name = fit(&stair.name, LABEL, true, NAME_ROOM - 18.0);
            svg.text((x + 16.0, y + 1.0), &name, Type::new(LABEL, INK).bold());
            let cost = chart.unit.say(chart.cost_at_end(stair).unwrap_or(0.0));
            let said = format!("{cost} at {}", chart.x_unit.say(chart.x_end));
            svg.text((x + 16.0, y + 14.0), &said, Type::new(SMALL, QUIET));
        }
    }

    /// Numbers the crossings, and says in a line each below the axis what happens there. Gives how far down
    /// these lines reach.
    fn crossings(&self, svg: &mut Svg, chart: &Stairs) -> f64 {
        let mut below = self.bottom + 42.0;
        for (nth, crossing) in chart.crossings.iter().enumerate() {
            let number = (nth + 1).to_string();
            numbered(svg, (self.x.at(crossing.x), self.y.at(crossing.y)), &number);
            below += 21.0;
            numbered(svg, (self.x.at(0.0) + 9.0, below - 4.0), &number);
            svg.text((self.x.at(0.0) + 26.0, below), &crossing.label, Type::new(LABEL, INK));
        }
        below + 8.0
    }
}

/// A number in a ring.
fn numbered(svg: &mut Svg, (x, y): (f64, f64), number: &str) {
    let circle = svg.element("circle").at("cx", x).at("cy", y).at("r", 8.0).is("fill", "#fff");
    circle.is("stroke", INK).at("stroke-width", 1.3).end();
    svg.text((x, y + 4.0), number, Type::new(SMALL, INK).bold().anchor(Anchor::Middle));
}

/// Moves ascending places apart until each is `gap` behind the one before, none beyond `end` if they fit.
fn spread_apart(wanted: &[f64], gap: f64, end: f64) -> Vec<f64> {
    let mut places: Vec<f64> = wanted.to_vec();
    let mut least = f64::NEG_INFINITY;
    for place in &mut places {
        *place = place.max(least);
        least = *place + gap;
    }
    let mut most = end;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - gap;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_moved_apart_and_kept_above_the_axis() {
        assert_eq!(spread_apart(&[10.0, 12.0, 90.0], 10.0, 100.0), [10.0, 20.0, 90.0]);
        assert_eq!(spread_apart(&[95.0, 99.0], 10.0, 100.0), [90.0, 100.0]);
    }
}
