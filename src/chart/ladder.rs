//! Time-sequence diagrams: two ends, time from top to bottom, an arrow for what goes across.
//!
//! Time is not to scale where nothing happens: a pause takes no more room than it needs to be seen, and the
//! times stand beside their arrows. Both faces, SVG and text, are drawn from the same rungs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Heading;
use super::frame::{self, INNER, MARGIN, SMALL};
use super::palette::{self, AXIS, GRID, INK, QUIET};
use super::svg::{Anchor, Svg, Type, fit, path};

/// A time-sequence diagram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// What stands around it.
    pub heading: Heading,
    /// The name of the end on the left.
    pub left: String,
    /// The name of the end on the right.
    pub right: String,
    /// What happens, in order of time.
    pub rungs: Vec<Rung>,
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rung {
    /// Something goes from one end to the other.
    Arrow(Arrow),
    /// Something happens to both, such as the line coming up: when, in nanoseconds, and what.
    Mark(u64, String),
}

/// Something that goes from one end to the other. Times are nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrow {
    /// From left to right.
    pub to_right: bool,
    /// When its first bit left.
    pub left_at: u64,
    /// When its last bit left, where that is known.
    pub gone_at: Option<u64>,
    /// When it was all there, where that is known.
    pub there_at: Option<u64>,
    /// What it is, in a word or two.
    pub label: String,
    /// What to say about it besides: a tooltip.
    pub about: String,
}

/// No text face is narrower than this.
pub const WIDTH_MIN: usize = 40;
/// A text face without a width of its own.
pub const WIDTH: usize = 78;

/// The height of an arrow's label, and so the least distance of two arrows from one end.
pub(super) const LINE: f64 = 17.0;
/// The most room that a pause takes.
const PAUSE: f64 = 44.0;
/// Where the two ends stand.
const LEFT: f64 = MARGIN + 110.0;
const RIGHT: f64 = MARGIN + INNER - 110.0;

/// Seconds to the tenth of a millisecond.
pub(super) fn seconds(nanos: u64) -> String {
    let tenths = nanos / 100_000 + u64::from(nanos % 100_000 >= 50_000);
    format!("{}.{:04}", tenths / 10_000, tenths % 10_000)
}

impl Rung {
    pub(super) fn begins(&self) -> u64 {
        match self {
            Self::Arrow(arrow) => arrow.left_at,
            Self::Mark(at, _) => *at,
        }
    }
}

impl Ladder {
    /// The diagram as text, in lines of `width` characters, but of [`WIDTH_MIN`] at least.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let width = width.max(WIDTH_MIN);
        // Times take eleven characters on each side, with a space towards the rails.
        let inner = width.saturating_sub(2 * TIME + 4).max(8);
        let mut told = String::new();
        let ends = format!(
            "{:<half$}{:>rest$}",
            cut(&self.left, inner / 2),
            cut(&self.right, inner / 2),
            half = (inner + 2) / 2,
            rest = inner + 2 - (inner + 2) / 2
        );
        line(&mut told, &format!("{:>TIME$} {ends} there s", "sent s"));
        let mut before: Option<u64> = None;
        for rung in &self.rungs {
            let at = rung.begins();
            if let Some(gap) = before.and_then(|before| at.checked_sub(before)).filter(|gap| *gap >= QUIET_NS)
            {
                let pause = format!("{} s", seconds(gap));
                line(&mut told, &format!("{:>TIME$} :{:^inner$}:", "", pause));
            }
            match rung {
                Rung::Arrow(arrow) => line(&mut told, &text_arrow(arrow, inner)),
                Rung::Mark(at, what) => {
                    let what = format!(" {} ", cut(what, inner.saturating_sub(2)));
                    line(&mut told, &format!("{:>TIME$} +{what:=^inner$}+", seconds(*at)));
                }
            }
            before = Some(before.unwrap_or(0).max(rung.ends()));
        }
        told
    }

    /// The diagram as SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, y) = frame::open(&self.heading);
        let top = y + 36.0;
        let heights = Heights::of(&self.rungs);
        let bottom = top + heights.whole + LINE;
        svg.text((LEFT, top - 12.0), &self.left, Type::new(13.0, INK).bold().anchor(Anchor::Middle));
        svg.text((RIGHT, top - 12.0), &self.right, Type::new(13.0, INK).bold().anchor(Anchor::Middle));
        let quiet = Type::new(SMALL, QUIET);
        svg.text((LEFT - 10.0, top - 12.0 - 16.0), "s", quiet.anchor(Anchor::End));
        for x in [LEFT, RIGHT] {
            svg.line((x, top - 4.0), (x, bottom), AXIS, 1.5);
        }
        for (from, to, pause) in &heights.pauses {
            let middle = top + (from + to) / 2.0;
            let look = quiet.anchor(Anchor::Middle).halo();
            svg.text(((LEFT + RIGHT) / 2.0, middle + 4.0), &format!("{} s", seconds(*pause)), look);
            for x in [LEFT, RIGHT] {
                // A gap in the rail: here time is not to scale.
                svg.rect((x - 3.0, middle - 5.0), (6.0, 10.0), "#fff");
                frame::dashed(&mut svg, (x, middle - 5.0), (x, middle + 5.0), AXIS);
            }
        }
        let mut same = (u64::MAX, 0.0);
        for rung in &self.rungs {
            // What begins at one moment stands one below the other.
            same = (rung.begins(), if same.0 == rung.begins() { same.1 + LINE } else { 0.0 });
            let shift = same.1;
            match rung {
                Rung::Mark(at, what) => {
                    let y = top + heights.at(*at) + shift;
                    svg.line((LEFT, y), (RIGHT, y), GRID, 2.0);
                    svg.text((LEFT - 10.0, y + 4.0), &seconds(*at), quiet.anchor(Anchor::End));
                    let look = Type::new(SMALL, INK).bold().anchor(Anchor::Middle).halo();
                    svg.text(((LEFT + RIGHT) / 2.0, y + 4.0), what, look);
                }
                Rung::Arrow(arrow) => draw(&mut svg, arrow, (top, shift), &heights),
            }
        }
        frame::close(svg, bottom, &self.heading, &self.description())
    }

    fn description(&self) -> String {
        let arrows = self.rungs.iter().filter_map(|rung| match rung {
            Rung::Arrow(arrow) => Some(arrow.to_right),
            Rung::Mark(..) => None,
        });
        let right = arrows.clone().filter(|to_right| *to_right).count();
        format!("{right} arrows to the {}, {} to the {}.", self.right, arrows.count() - right, self.left)
    }
}

impl Rung {
    pub(super) fn ends(&self) -> u64 {
        match self {
            Self::Arrow(arrow) => {
                arrow.there_at.or(arrow.gone_at).unwrap_or(arrow.left_at).max(arrow.left_at)
            }
            Self::Mark(at, _) => *at,
        }
    }
}

/// Characters of a time.
pub(super) const TIME: usize = 10;

/// A pause this long gets a line of its own.
pub(super) const QUIET_NS: u64 = 1_000_000_000;

pub(super) fn line(told: &mut String, text: &str) {
    let _ = writeln!(told, "{}", text.trim_end());
}

/// As many characters as there is room for.
pub(super) fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

fn text_arrow(arrow: &Arrow, inner: usize) -> String {
    let label = format!(" {} ", cut(&arrow.label, inner.saturating_sub(6)));
    let (sent, there) = (seconds(arrow.left_at), arrow.there_at.map(seconds).unwrap_or_default());
    let shaft = format!("{label:-^width$}", width = inner.saturating_sub(1));
    let shaft = if arrow.to_right { format!("{shaft}>") } else { format!("<{shaft}") };
    // Times stand at the end where they hold.
    let (left, right) = if arrow.to_right { (sent, there) } else { (there, sent) };
    format!("{left:>TIME$} |{shaft}| {right}")
}

fn draw(svg: &mut Svg, arrow: &Arrow, (top, shift): (f64, f64), heights: &Heights) {
    let y = |at: u64| top + heights.at(at);
    let (from, to) = if arrow.to_right { (LEFT, RIGHT) } else { (RIGHT, LEFT) };
    let colour = palette::colour(usize::from(!arrow.to_right));
    let sent = y(arrow.left_at) + shift;
    let there = arrow.there_at.map_or(sent, |at| y(at).max(sent));
    svg.open_group(&arrow.about);
    if let (Some(gone), Some(_)) = (arrow.gone_at, arrow.there_at) {
        // The band between first and last bit: what the rate of the line costs. Its first bit arrives as much
        // before the last as it left.
        let gone = y(gone).max(sent);
        let (gone, first) = (gone, (there - (gone - sent)).max(sent));
        let band = path([(from, sent), (to, first), (to, there), (from, gone)], true);
        let fill = if arrow.to_right { "#d3e6f2" } else { "#fbeed0" };
        svg.element("path").is("d", &band).is("fill", fill).end();
    }
    svg.line((from, sent), (to, there), colour, 1.4);
    let back = if arrow.to_right { -9.0 } else { 9.0 };
    let rise = (there - sent) / (RIGHT - LEFT) * 9.0;
    let head = path([(to, there), (to + back, there - rise - 4.0), (to + back, there - rise + 4.0)], true);
    svg.element("path").is("d", &head).is("fill", colour).end();
    let quiet = Type::new(SMALL, QUIET);
    let (near, far) = if arrow.to_right { (LEFT, RIGHT) } else { (RIGHT, LEFT) };
    let time = |svg: &mut Svg, x: f64, y: f64, text: &str| {
        let (x, anchor) =
            if x < (LEFT + RIGHT) / 2.0 { (x - 10.0, Anchor::End) } else { (x + 10.0, Anchor::Start) };
        svg.text((x, y + 4.0), text, quiet.anchor(anchor));
    };
    time(svg, near, sent, &seconds(arrow.left_at));
    if let Some(at) = arrow.there_at {
        time(svg, far, there, &seconds(at));
    }
    // The label stands a third of the way, so that arrows that cross do not cover each other's.
    let at = 0.36;
    let label = fit(&arrow.label, SMALL, false, (RIGHT - LEFT) * 0.6);
    let point = (from + (to - from) * at, sent + (there - sent) * at - 3.0);
    svg.text(point, &label, Type::new(SMALL, INK).anchor(Anchor::Middle).halo());
    svg.close_group();
}

/// How far down each moment stands.
pub(super) struct Heights {
    /// Moments and how far down they are, in order.
    points: Vec<(u64, f64)>,
    /// Where pauses were shortened: from, to, and how long they were.
    pub(super) pauses: Vec<(f64, f64, u64)>,
    pub(super) whole: f64,
}

impl Heights {
    /// Moments at which something begins or ends are at least a label apart at each end; what lies between is to
    /// scale, but no pause takes more than [`PAUSE`].
    pub(super) fn of<'a>(rungs: impl IntoIterator<Item = &'a Rung>) -> Self {
        let mut moments: Vec<(u64, bool)> = Vec::new();
        let mut begin: BTreeMap<u64, usize> = BTreeMap::new();
        for rung in rungs {
            *begin.entry(rung.begins()).or_default() += 1;
            moments.push((rung.begins(), true));
            moments.push((rung.ends(), false));
        }
        moments.sort_by_key(|(at, begins)| (*at, !begins));
        moments.dedup_by_key(|(at, _)| *at);
        let mut gaps: Vec<u64> =
            moments.windows(2).filter_map(|two| two[1].0.checked_sub(two[0].0)).collect();
        gaps.sort_unstable();
        let typical = gaps.get(gaps.len() / 2).copied().unwrap_or(1).max(1);
        let (mut points, mut pauses, mut y) = (Vec::new(), Vec::new(), 0.0);
        let mut before: Option<u64> = None;
        for (at, begins) in moments {
            if let Some(before) = before {
                let gap = at - before;
                let room = LINE * gap as f64 / typical as f64;
                let least = if begins { LINE } else { LINE * 0.6 };
                let taken = room.clamp(least, PAUSE);
                if room > PAUSE && gap >= QUIET_NS {
                    let from = y + LINE * begin.get(&before).map_or(0, |many| many - 1) as f64;
                    pauses.push((from, from + taken, gap));
                }
                y += taken + LINE * begin.get(&before).map_or(0, |many| many - 1) as f64;
            }
            points.push((at, y));
            before = Some(at);
        }
        let last = before.and_then(|before| begin.get(&before)).map_or(0, |many| many - 1);
        Self { points, pauses, whole: y + LINE * last as f64 }
    }

    pub(super) fn at(&self, moment: u64) -> f64 {
        let after = self.points.partition_point(|(at, _)| *at < moment);
        match (after.checked_sub(1).and_then(|nth| self.points.get(nth)), self.points.get(after)) {
            (_, Some((at, y))) if *at == moment => *y,
            (Some((from, low)), Some((to, high))) => {
                low + (high - low) * (moment - from) as f64 / (to - from).max(1) as f64
            }
            (Some((_, y)), None) => *y,
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ladder() -> Ladder {
        let arrow = |to_right, left_at: u64, there_at: Option<u64>, label: &str| {
            Rung::Arrow(Arrow {
                to_right,
                left_at: left_at * 1_000_000,
                gone_at: None,
                there_at: there_at.map(|at| at * 1_000_000),
                label: label.into(),
                about: String::new(),
            })
        };
        Ladder {
            heading: Heading::new("A session", ""),
            left: "client".into(),
            right: "server".into(),
            rungs: vec![
                Rung::Mark(0, "up".into()),
                arrow(true, 10, Some(60), "STAT"),
                arrow(false, 60, Some(140), "+OK 2 320"),
                arrow(true, 20_140, None, "a label that is far longer than any line on a small screen"),
            ],
        }
    }

    #[test]
    fn times_stand_at_the_end_where_they_hold() {
        let text = ladder().text(60);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].contains("0.0000 +") && lines[1].contains(" up "), "{text}");
        assert!(lines[2].contains("0.0100 |--") && lines[2].ends_with(">| 0.0600"), "{text}");
        assert!(lines[3].contains("0.1400 |<") && lines[3].ends_with("| 0.0600"), "{text}");
        assert!(lines[4].contains("20.0000 s"), "the pause is said\n{text}");
        assert!(lines[5].ends_with(">|"), "nobody knows when it came\n{text}");
    }

    #[test]
    fn no_line_is_longer_than_the_screen() {
        for width in [0, 40, 41, 79, 200] {
            let text = ladder().text(width);
            let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(longest <= width.max(WIDTH_MIN), "{width}: {longest}\n{text}");
        }
    }

    #[test]
    fn later_things_stand_lower_and_pauses_are_short() {
        let heights = Heights::of(&ladder().rungs);
        let y: Vec<f64> = [0, 10, 60, 140, 20_140].map(|at| heights.at(at * 1_000_000)).to_vec();
        assert!(y.windows(2).all(|two| two[0] < two[1]), "{y:?}");
        assert!(y[4] - y[3] <= PAUSE);
        assert_eq!(heights.pauses.len(), 1);
        assert!(ladder().svg().contains("20.0000 s"));
    }

    #[test]
    fn nothing_to_draw_is_a_drawing() {
        assert!(Ladder::default().svg().ends_with("</svg>\n"));
        assert_eq!(Ladder::default().text(40).lines().count(), 1);
    }
}
