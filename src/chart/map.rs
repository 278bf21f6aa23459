//! The map of who wins where: two properties of the mail or the link as axes, the winner as the colour.

use super::frame::{self, INNER, Key, MARGIN, SMALL};
use super::palette::{self, AXIS, INK, QUIET};
use super::regions::{self, Grid, Spot};
use super::scale::{Scale, Spread};
use super::svg::{Anchor, Svg, Type, fit, path, text_width, wrap};
use super::{Heading, Unit};

/// A map over two axes.
///
/// The verdicts are samples at the crossings of grid lines. Borders between them run through `crossings`, the
/// points on grid lines at which bisection found the change; where none is given, half way. Bisect along rows
/// and along columns, or borders that run along the other ones will look like stairs. What comes and goes
/// between two grid lines is not seen: give more lines where the answer changes often.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// What stands around the map.
    pub heading: Heading,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis, growing upwards.
    pub y: Axis,
    /// The strategies that can win; the verdicts count in them.
    pub winners: Vec<String>,
    /// The grid: a row for each of `y.values`, in it a verdict for each of `x.values`.
    pub verdicts: Vec<Vec<Verdict>>,
    /// Points `(x, y)` on grid lines at which the verdict changes, as exact as they are known.
    pub crossings: Vec<(f64, f64)>,
    /// Known places, such as the presets' links.
    pub markers: Vec<Marker>,
    /// What a tie means here, such as `within 1 %` or `the same bill`.
    pub tie_name: String,
}

/// One axis of a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it is called, such as `share of the mail that is read`.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// How its values are spread.
    pub spread: Spread,
    /// The grid lines, ascending; the first and the last are the map's borders.
    pub values: Vec<f64>,
}

/// What holds at a point of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The strategy of this number in [`Map::winners`] is better than the others.
    Winner(usize),
    /// None is better.
    Tie,
    /// It was not tried, or the runs did not end.
    Unknown,
}

/// A known place on the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marker {
    /// Its place on the horizontal axis.
    pub x: f64,
    /// Its place on the vertical axis.
    pub y: f64,
    /// Its name.
    pub name: String,
}

const HEIGHT: f64 = 480.0;
const LEFT: f64 = MARGIN + 74.0;
const NAME_SIZE: f64 = 15.0;

/// A rectangle: left, top, right, bottom.
type Box4 = (f64, f64, f64, f64);

impl Map {
    /// Draws the map.
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, y) = frame::open(&self.heading);
        palette::define(&mut svg, self.winners.len());
        let top = frame::legend(&mut svg, y, &self.keys()) + 12.0;
        let plot = Plot::new(self, top);
        plot.areas(&mut svg, self);
        plot.axes(&mut svg, self);
        let taken = plot.markers(&mut svg, self);
        plot.names(&mut svg, self, &taken);
        frame::close(svg, plot.bottom + 44.0, &self.heading, &self.description())
    }

    fn verdict(&self, row: usize, column: usize) -> Verdict {
        self.verdicts.get(row).and_then(|row| row.get(column)).copied().unwrap_or(Verdict::Unknown)
    }

    fn has(&self, verdict: Verdict) -> bool {
        self.verdicts.iter().flatten().any(|v| *v == verdict)
    }

    fn keys(&self) -> Vec<(Key, &str)> {
        let winners = self.winners.iter().enumerate().filter(|(nth, _)| self.has(Verdict::Winner(*nth)));
        let mut keys: Vec<_> =
            winners.map(|(nth, name)| (Key::Patch(palette::light(nth)), name.as_str())).collect();
        if self.has(Verdict::Tie) {
            keys.push((Key::Patch(palette::TIE.into()), self.tie_name.as_str()));
        }
        if self.has(Verdict::Unknown) {
            keys.push((Key::Patch(palette::UNKNOWN.into()), "not tried"));
        }
        keys
    }

    /// How much of the map each verdict holds, in words.
    fn description(&self) -> String {
        let all = self.verdicts.iter().map(Vec::len).sum::<usize>().max(1);
        let share = |verdict: Verdict| {
            let held = self.verdicts.iter().flatten().filter(|v| **v == verdict).count();
            Unit::Share.say(held as f64 / all as f64)
        };
        let winners = self.winners.iter().enumerate();
        let mut said: Vec<String> = winners
            .map(|(nth, name)| format!("{name} wins at {} of the points", share(Verdict::Winner(nth))))
            .collect();
        said.push(format!("a tie at {}", share(Verdict::Tie)));
        let axis = |axis: &Axis| {
            let ends = axis.values.first().zip(axis.values.last());
            let ends = ends.map(|(a, b)| format!(", {} to {}", axis.unit.say(*a), axis.unit.say(*b)));
            format!("{}{}", axis.name, ends.unwrap_or_default())
        };
        format!("Horizontal: {}. Vertical: {}. {}.", axis(&self.x), axis(&self.y), said.join(", "))
    }
}

struct Plot {
    x: Scale,
    y: Scale,
    xs: Vec<f64>,
    ys: Vec<f64>,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Plot {
    fn new(map: &Map, top: f64) -> Self {
        let (right, bottom) = (MARGIN + INNER - 8.0, top + HEIGHT);
        let ends = |axis: &Axis| {
            (axis.values.first().copied().unwrap_or(0.0), axis.values.last().copied().unwrap_or(1.0))
        };
        let x = Scale::new(map.x.spread, ends(&map.x), (LEFT, right));
        let y = Scale::new(map.y.spread, ends(&map.y), (bottom, top));
        let xs = map.x.values.iter().map(|v| x.at(*v)).collect();
        let ys = map.y.values.iter().map(|v| y.at(*v)).collect();
        Self { x, y, xs, ys, top, right, bottom }
    }

    fn areas(&self, svg: &mut Svg, map: &Map) {
        let crossings: Vec<(f64, f64)> =
            map.crossings.iter().map(|(x, y)| (self.x.at(*x), self.y.at(*y))).collect();
        let grid = Grid { xs: &self.xs, ys: &self.ys, verdicts: &map.verdicts, crossings: &crossings };
        for area in regions::areas(&grid) {
            let d: String =
                area.outlines.iter().map(|outline| path(outline.iter().map(pixel), true)).collect();
            let fill = match area.verdict {
                Verdict::Winner(nth) => palette::light(nth),
                Verdict::Tie => palette::TIE.to_owned(),
                Verdict::Unknown => palette::UNKNOWN.to_owned(),
            };
            let shape = svg.element("path").is("d", &d).is("fill", &fill).is("fill-rule", "evenodd");
            shape.is("stroke", INK).at("stroke-width", 1.4).is("stroke-linejoin", "round").end();
        }
    }

    fn axes(&self, svg: &mut Svg, map: &Map) {
        for tick in self.x.ticks(&map.x.unit, 78.0) {
            let x = self.x.at(tick);
            svg.line((x, self.bottom), (x, self.bottom + 5.0), AXIS, 1.0);
            svg.text(
                (x, self.bottom + 18.0),
                &map.x.unit.tick(tick),
                Type::new(SMALL, QUIET).anchor(Anchor::Middle),
            );
        }
        for tick in self.y.ticks(&map.y.unit, 40.0) {
            let y = self.y.at(tick);
            svg.line((LEFT - 5.0, y), (LEFT, y), AXIS, 1.0);
            svg.text(
                (LEFT - 9.0, y + 4.0),
                &map.y.unit.tick(tick),
                Type::new(SMALL, QUIET).anchor(Anchor::End),
            );
        }
        let frame = svg.element("rect").at("x", LEFT).at("y", self.top).at("width", self.right - LEFT);
        frame.at("height", HEIGHT).is("fill", "none").is("stroke", INK).at("stroke-width", 1.4).end();
        let centre = Type::new(13.0, INK).anchor(Anchor::Middle);
        svg.text(((LEFT + self.right) / 2.0, self.bottom + 38.0), &format!("{} →", map.x.name), centre);
        let (x, y) = (MARGIN + 12.0, (self.top + self.bottom) / 2.0);
        svg.turned_text((x, y), &format!("{} →", map.y.name), centre);
    }

    /// Draws the known places, and gives the rectangles that they and their names take up. A name stands to the
    /// right of its place, or to the left, above or below, wherever it meets no other and stays on the map.
    fn markers(&self, svg: &mut Svg, map: &Map) -> Vec<Box4> {
        let on_map: Vec<(f64, f64, &str)> = map
            .markers
            .iter()
            .map(|marker| (self.x.at(marker.x), self.y.at(marker.y), marker.name.as_str()))
            .filter(|(x, y, _)| (LEFT..=self.right).contains(x) && (self.top..=self.bottom).contains(y))
            .collect();
        let mut taken: Vec<Box4> =
            on_map.iter().map(|(x, y, _)| (x - 6.0, y - 6.0, x + 6.0, y + 6.0)).collect();
        for (x, y, name) in on_map {
            let width = text_width(name, SMALL, false);
            let places = [
                (x + 9.0, y + 4.0),
                (x - 9.0 - width, y + 4.0),
                (x - width / 2.0, y - 9.0),
                (x - width / 2.0, y + 17.0),
            ];
            let area = |(x, y): (f64, f64)| (x - 1.0, y - 10.0, x + width + 1.0, y + 3.0);
            let free = places.into_iter().find(|at| {
                let area = area(*at);
                self.holds(area) && !taken.iter().any(|other| overlap(*other, area))
            });
            frame::dot(svg, (x, y), INK);
            if let Some(at) = free {
                svg.text(at, name, Type::new(SMALL, INK).halo());
                taken.push(area(at));
            }
        }
        taken
    }

    fn holds(&self, (left, top, right, bottom): Box4) -> bool {
        left >= LEFT + 2.0
            && right <= self.right - 2.0
            && top >= self.top + 2.0
            && bottom <= self.bottom - 2.0
    }

    /// Writes each winner's name into its largest area, where it is widest and meets nothing else.
    fn names(&self, svg: &mut Svg, map: &Map, taken: &[Box4]) {
        let mut taken = taken.to_vec();
        let winners = map.winners.iter().enumerate().map(|(nth, name)| (Verdict::Winner(nth), name));
        for (verdict, name) in winners.chain([(Verdict::Tie, &map.tie_name)]) {
            for width in [240.0, 150.0, 100.0] {
                let lines = wrap(name, NAME_SIZE, width);
                let Some(place) = self.room_for(map, verdict, &lines, &taken) else { continue };
                let look = Type::new(NAME_SIZE, INK).bold().anchor(Anchor::Middle).halo();
                let (left, top, right, _) = place;
                for (nth, line) in lines.iter().enumerate() {
                    let y = top + 4.0 + NAME_SIZE + 19.0 * nth as f64;
                    svg.text(((left + right) / 2.0, y), &fit(line, NAME_SIZE, true, INNER), look);
                }
                taken.push(place);
                break;
            }
        }
    }

    /// The rectangle for `lines` that lies in areas of `verdict` alone, farthest from their borders.
    fn room_for(&self, map: &Map, verdict: Verdict, lines: &[String], taken: &[Box4]) -> Option<Box4> {
        let width = lines.iter().map(|line| text_width(line, NAME_SIZE, true)).fold(0.0, f64::max) + 12.0;
        let height = 19.0 * lines.len() as f64 + 8.0;
        let mut best: Option<(f64, Box4)> = None;
        for across in 1..32 {
            for down in 1..24 {
                let x = LEFT + (self.right - LEFT) * f64::from(across) / 32.0;
                let y = self.top + HEIGHT * f64::from(down) / 24.0;
                let area = (x - width / 2.0, y - height / 2.0, x + width / 2.0, y + height / 2.0);
                if !self.holds(area) || taken.iter().any(|other| overlap(*other, area)) {
                    continue;
                }
                let air = self.air(map, verdict, area);
                if air > 0.0 && best.is_none_or(|(most, _)| air > most + 0.5) {
                    best = Some((air, area));
                }
            }
        }
        best.map(|(_, area)| area)
    }

    /// How far the nearest point with another verdict, or the map's border, is from the rectangle; 0 if inside.
    fn air(&self, map: &Map, verdict: Verdict, (left, top, right, bottom): Box4) -> f64 {
        let frame = (left - LEFT).min(self.right - right).min(top - self.top).min(self.bottom - bottom);
        let mut least = frame * frame;
        for (row, y) in self.ys.iter().enumerate() {
            for (column, x) in self.xs.iter().enumerate() {
                if map.verdict(row, column) != verdict {
                    let dx = (left - x).max(x - right).max(0.0);
                    let dy = (top - y).max(y - bottom).max(0.0);
                    least = least.min(dx * dx + dy * dy);
                }
            }
        }
        // A border may run half a grid step nearer than the last point beyond it.
        let step =
            (HEIGHT / self.ys.len().max(1) as f64).max((self.right - LEFT) / self.xs.len().max(1) as f64);
        (least.sqrt() - step * 0.6).max(0.0)
    }
}

fn overlap(a: Box4, b: Box4) -> bool {
    a.0 < b.2 && b.0 < a.2 && a.1 < b.3 && b.1 < a.3
}

/// A spot as pixels again.
fn pixel(spot: &Spot) -> (f64, f64) {
    (spot.0 as f64 / 100.0, spot.1 as f64 / 100.0)
}
