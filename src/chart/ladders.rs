//! Several time-sequence diagrams beside each other over one time: who does what while another one waits.

use super::Heading;
use super::frame::{self, INNER, MARGIN, SMALL};
use super::ladder::{Heights, LINE, QUIET_NS, Rung, TIME, cut, line, seconds};
use super::palette::{self, AXIS, GRID, INK, QUIET};
use super::svg::{Anchor, Svg, Type, fit, path};

/// Several diagrams with one time. On the right of each stands the same end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladders {
    /// What stands around them.
    pub heading: Heading,
    /// The names of the ends on the left, one a diagram.
    pub sides: Vec<String>,
    /// The name of the end that all have in common.
    pub server: String,
    /// What happens, in order of time, and in which diagram, counted from 0.
    pub rungs: Vec<(usize, Rung)>,
}

/// The least that the space between two rails takes as text.
const INNER_MIN: usize = 8;

impl Ladders {
    /// The diagrams as text, in lines of `width` characters, or as many as they need at least.
    #[must_use]
    pub fn text(&self, width: usize) -> String {
        let sides = self.sides.len().max(1);
        // Each diagram takes its two rails and a blank.
        let inner = (width.saturating_sub(TIME) / sides).saturating_sub(3).max(INNER_MIN);
        let mut told = String::new();
        let heads = self.sides.iter().map(|side| {
            let left = cut(side, inner.saturating_sub(1));
            let room = (inner + 2).saturating_sub(left.chars().count() + 1);
            format!(
                " {left} {:>room$}",
                if room > self.server.chars().count() { self.server.as_str() } else { "" }
            )
        });
        line(&mut told, &format!("{:>TIME$}{}", "sent s", heads.collect::<String>()));
        let mut before: Option<u64> = None;
        for (side, rung) in &self.rungs {
            let at = rung.begins();
            if let Some(gap) = before.and_then(|before| at.checked_sub(before)).filter(|gap| *gap >= QUIET_NS)
            {
                let pause = |nth| if nth == 0 { format!("{} s", seconds(gap)) } else { String::new() };
                let gaps: String = (0..sides).map(|nth| format!(" :{:^inner$}:", pause(nth))).collect();
                line(&mut told, &format!("{:>TIME$}{gaps}", ""));
            }
            let columns: String = (0..sides).map(|nth| column(rung, nth == *side, inner)).collect();
            line(&mut told, &format!("{:>TIME$}{columns}", seconds(at)));
            before = Some(before.unwrap_or(0).max(rung.ends()));
        }
        told
    }

    /// The diagrams as SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let (mut svg, y) = frame::open(&self.heading);
        let top = y + 36.0;
        let heights = Heights::of(self.rungs.iter().map(|(_, rung)| rung));
        let bottom = top + heights.whole + LINE;
        let rails: Vec<(f64, f64)> = (0..self.sides.len()).map(|nth| self.rails(nth)).collect();
        for ((left, right), side) in rails.iter().zip(&self.sides) {
            let name = fit(side, 12.0, true, (right - left) * 0.75);
            svg.text((*left, top - 12.0), &name, Type::new(12.0, INK).bold());
            svg.text((*right, top - 12.0), &self.server, Type::new(12.0, INK).bold().anchor(Anchor::End));
            for x in [*left, *right] {
                svg.line((x, top - 4.0), (x, bottom), AXIS, 1.5);
            }
        }
        for (from, to, pause) in &heights.pauses {
            let middle = top + (from + to) / 2.0;
            let look = Type::new(SMALL, QUIET).anchor(Anchor::End);
            svg.text((MARGIN + 60.0, middle + 4.0), &format!("{} s", seconds(*pause)), look);
            for x in rails.iter().flat_map(|(left, right)| [*left, *right]) {
                // A gap in the rail: here time is not to scale.
                svg.rect((x - 3.0, middle - 5.0), (6.0, 10.0), "#fff");
                frame::dashed(&mut svg, (x, middle - 5.0), (x, middle + 5.0), AXIS);
            }
        }
        let mut same = (u64::MAX, 0.0);
        for (side, rung) in &self.rungs {
            same = (rung.begins(), if same.0 == rung.begins() { same.1 + LINE } else { 0.0 });
            if let Some(rails) = rails.get(*side) {
                draw(&mut svg, rung, *rails, (top, same.1), &heights);
            }
        }
        frame::close(svg, bottom, &self.heading, &self.description())
    }

    /// Where the rails of a diagram stand: left of all of them is room for the times.
    fn rails(&self, nth: usize) -> (f64, f64) {
        let left = MARGIN + 70.0;
        let width = (MARGIN + INNER - left) / self.sides.len().max(1) as f64;
        (left + width * nth as f64, left + width * (nth as f64 + 1.0) - 18.0)
    }

    fn description(&self) -> String {
        let of = |side: usize| self.rungs.iter().filter(|(at, _)| *at == side).count();
        let counts = self.sides.iter().enumerate().map(|(nth, side)| format!("{side}: {} arrows", of(nth)));
        format!("{}.", counts.collect::<Vec<_>>().join("; "))
    }
}

/// One diagram's part of a line of text.
fn column(rung: &Rung, is_here: bool, inner: usize) -> String {
    match rung {
        Rung::Arrow(arrow) if is_here => {
            let label = format!(" {} ", cut(&arrow.label, inner.saturating_sub(5)));
            let shaft = format!("{label:-^width$}", width = inner.saturating_sub(1));
            if arrow.to_right { format!(" |{shaft}>|") } else { format!(" |<{shaft}|") }
        }
        Rung::Mark(_, what) if is_here => {
            let what = format!(" {} ", cut(what, inner.saturating_sub(2)));
            format!(" +{what:=^inner$}+")
        }
        _ => format!(" |{:inner$}|", ""),
    }
}

fn draw(svg: &mut Svg, rung: &Rung, (left, right): (f64, f64), (top, shift): (f64, f64), heights: &Heights) {
    let y = |at: u64| top + heights.at(at) + shift;
    let time = Type::new(SMALL, QUIET).anchor(Anchor::End);
    svg.text((MARGIN + 60.0, y(rung.begins()) + 4.0), &seconds(rung.begins()), time);
    let middle = (left + right) / 2.0;
    let label = Type::new(SMALL, INK).anchor(Anchor::Middle).halo();
    match rung {
        Rung::Mark(at, what) => {
            svg.line((left, y(*at)), (right, y(*at)), GRID, 2.0);
            svg.text((middle, y(*at) + 4.0), &fit(what, SMALL, true, right - left), label.bold());
        }
        Rung::Arrow(arrow) => {
            let colour = palette::colour(usize::from(!arrow.to_right));
            let (from, to) = if arrow.to_right { (left, right) } else { (right, left) };
            let (sent, there) = (y(arrow.left_at), y(arrow.there_at.unwrap_or_else(|| rung.ends())));
            svg.line((from, sent), (to, there), colour, 1.4);
            let back = if arrow.to_right { -8.0 } else { 8.0 };
            let head = path([(to, there), (to + back, there - 4.0), (to + back, there + 4.0)], true);
            svg.element("path").is("d", &head).is("fill", colour).end();
            let shown = fit(&arrow.label, SMALL, false, (right - left) * 0.8);
            svg.text((middle, (sent + there) / 2.0 - 3.0), &shown, label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ladder::Arrow;
    use super::*;

    fn ladders() -> Ladders {
        let arrow = |side, to_right, left_at: u64, label: &str| {
            let (left_at, there_at) = (left_at * 1_000_000, Some((left_at + 50) * 1_000_000));
            (
                side,
                Rung::Arrow(Arrow { to_right, left_at, there_at, label: label.into(), ..Arrow::default() }),
            )
        };
        Ladders {
            heading: Heading::new("Two", ""),
            sides: vec!["home".into(), "office, with a very long name for a narrow column".into()],
            server: "server".into(),
            rungs: vec![
                (0, Rung::Mark(0, "up".into())),
                arrow(0, true, 10, "STAT"),
                arrow(1, true, 20, "a1 NOOP"),
                arrow(1, false, 4_000, "* 3 EXPUNGE, and a label that is far longer than its column"),
            ],
        }
    }

    #[test]
    fn each_arrow_stands_in_the_column_of_its_line() {
        let text = ladders().text(80);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("home") && lines[0].contains("office"), "{text}");
        let (first, second) = (lines[2].find("STAT").unwrap(), lines[3].find("a1 NOOP").unwrap());
        assert!(first < 40 && second > 40, "{text}");
        assert!(lines[4].contains("3.9300 s"), "the pause is said\n{text}");
        assert!(lines[5].contains("|<-"), "{text}");
    }

    #[test]
    fn no_line_is_longer_than_the_screen() {
        for width in [60, 79, 80, 200] {
            let text = ladders().text(width);
            assert!(text.lines().all(|line| line.chars().count() <= width), "{width}\n{text}");
        }
        assert_eq!(Ladders::default().text(10).lines().count(), 1);
    }

    #[test]
    fn the_drawing_names_every_side_and_ends() {
        let svg = ladders().svg();
        assert!(svg.contains(">home<") && svg.contains("a1 NOOP") && svg.ends_with("</svg>\n"));
        assert!(Ladders::default().svg().ends_with("</svg>\n"));
    }
}
