//! A small typed writer of SVG: numbers with two decimals, escaped text, no scripts, nothing from outside.

use std::fmt::Write as _;

/// The fonts asked for, in order; all are plain sans-serif faces of like width.
const FONTS: &str = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif";

/// A drawing in the making. Elements are written as they come; [`Svg::finish`] closes the document.
pub(super) struct Svg {
    body: String,
    width: f64,
}

/// Where a text stands in relation to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub colour: &'static str,
    pub anchor: Anchor,
    /// A white rim, so that the text can be read upon lines and hatching.
    pub halo: bool,
}

impl Type {
    pub(super) const fn new(size: f64, colour: &'static str) -> Self {
        Self { size, bold: false, colour, anchor: Anchor::Start, halo: false }
    }

    pub(super) const fn bold(mut self) -> Self {
        self.bold = true;
        self
    }

    pub(super) const fn anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = anchor;
        self
    }

    pub(super) const fn halo(mut self) -> Self {
        self.halo = true;
        self
    }
}

/// One element, written attribute by attribute.
pub(super) struct Element<'a> {
    svg: &'a mut Svg,
}

impl Svg {
    pub(super) fn new(width: f64) -> Self {
        Self { body: String::new(), width }
    }

    /// Begins an element without content; [`Element::end`] ends it.
    pub(super) fn element(&mut self, name: &str) -> Element<'_> {
        let _ = write!(self.body, "<{name}");
        Element { svg: self }
    }

    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str) {
        let size = (width.max(0.0), height.max(0.0));
        self.element("rect")
            .at("x", x)
            .at("y", y)
            .at("width", size.0)
            .at("height", size.1)
            .is("fill", fill)
            .end();
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: &str, width: f64) {
        let line = self.element("line").at("x1", x1).at("y1", y1).at("x2", x2).at("y2", y2);
        line.is("stroke", stroke).at("stroke-width", width).end();
    }

    /// A text whose baseline begins, is centred or ends at the point.
    pub(super) fn text(&mut self, (x, y): (f64, f64), text: &str, look: Type) {
        let anchor = match look.anchor {
            Anchor::Start => None,
            Anchor::Middle => Some("middle"),
            Anchor::End => Some("end"),
        };
        let mut element =
            self.element("text").at("x", x).at("y", y).at("font-size", look.size).is("fill", look.colour);
        if let Some(anchor) = anchor {
            element = element.is("text-anchor", anchor);
        }
        if look.bold {
            element = element.is("font-weight", "600");
        }
        if look.halo {
            element = element.is("stroke", "#fff").at("stroke-width", 3.0).is("stroke-linejoin", "round");
            element = element.is("paint-order", "stroke");
        }
        element.content(text);
    }

    /// A text turned to run upwards, about its point.
    pub(super) fn turned_text(&mut self, (x, y): (f64, f64), text: &str, look: Type) {
        let _ = writeln!(self.body, "<g transform=\"translate({} {}) rotate(-90)\">", number(x), number(y));
        self.text((0.0, 0.0), text, look);
        self.close_group();
    }

    /// Opens a group; its tooltip, if it has one, says its values to a mouse and to a screen reader.
    pub(super) fn open_group(&mut self, tooltip: &str) {
        self.body.push_str("<g>");
        if !tooltip.is_empty() {
            let _ = write!(self.body, "<title>{}</title>", escape(tooltip));
        }
        self.body.push('\n');
    }

    pub(super) fn close_group(&mut self) {
        self.body.push_str("</g>\n");
    }

    /// Writes markup that is ours: pattern definitions.
    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// The whole document, `height` pixels high, with its title and a description for those who cannot see it.
    pub(super) fn finish(self, height: f64, title: &str, description: &str) -> String {
        let (width, height) = (number(self.width), number(height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" font-family=\"{FONTS}\">\n<title>{}</title>\n<desc>{}</desc>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{}</svg>\n",
            escape(title),
            escape(description),
            self.body
        )
    }
}

impl Element<'_> {
    /// An attribute with a number.
    pub(super) fn at(self, name: &str, value: f64) -> Self {
        let _ = write!(self.svg.body, " {name}=\"{}\"", number(value));
        self
    }

    /// An attribute with a text.
    pub(super) fn is(self, name: &str, value: &str) -> Self {
        let _ = write!(self.svg.body, " {name}=\"{}\"", escape(value));
        self
    }

    /// Ends the element.
    pub(super) fn end(self) {
        self.svg.body.push_str("/>\n");
    }

    /// Ends a `text` element with its text inside.
    fn content(self, text: &str) {
        let _ = writeln!(self.svg.body, ">{}</text>", escape(text));
    }
}

/// A path through points, for the attribute `d`; closed if asked.
pub(super) fn path(points: impl IntoIterator<Item = (f64, f64)>, closed: bool) -> String {
    let mut d = String::new();
    for (nth, (x, y)) in points.into_iter().enumerate() {
        let _ = write!(d, "{}{} {}", if nth == 0 { "M" } else { "L" }, number(x), number(y));
    }
    if closed && !d.is_empty() {
        d.push('Z');
    }
    d
}

/// A coordinate in hundredths, without zeros behind the point: the same text on every platform.
/// What is not a number becomes 0.
pub(super) fn number(value: f64) -> String {
    let hundredths = libm::round(value.clamp(-1e7, 1e7) * 100.0) as i64; // NaN becomes 0
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, part) = (hundredths.unsigned_abs() / 100, hundredths.unsigned_abs() % 100);
    match part {
        0 => format!("{sign}{whole}"),
        part if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        part => format!("{sign}{whole}.{part:02}"),
    }
}

/// The text as it may stand in markup and in a quoted attribute; control characters are not allowed in XML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// About how wide a text is, in pixels: the widths of Helvetica, rounded up a little because the reader's
/// machine may have a wider face.
pub(super) fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let thousandths: u32 =
        text.chars()
            .map(|c| match c {
                'i' | 'j' | 'l' | '|' | '\'' => 222,
                'f' | 't' | 'I' | ' ' | '.' | ',' | ':' | ';' | '!' | '/' | '-' | '(' | ')' | '[' | ']'
                | '·' => 300,
                'r' | '*' => 350,
                'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 500,
                'm' | 'M' | '%' | '@' | 'w' | 'W' => 830,
                'A'..='Z' => 700,
                _ => 560,
            })
            .sum();
    f64::from(thousandths) / 1000.0 * size * if bold { 1.07 } else { 1.01 }
}

/// The text in lines no wider than `width` pixels, cut between words; a word wider than that stands alone.
pub(super) fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line)
                if text_width(line, size, false) + text_width(word, size, false) + 0.3 * size <= width =>
            {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text, or as much of its beginning as fits into `width` pixels with an ellipsis behind it.
pub(super) fn fit(text: &str, size: f64, bold: bool, width: f64) -> String {
    if text_width(text, size, bold) <= width {
        return text.to_owned();
    }
    let mut kept: Vec<char> = text.chars().take(200).collect();
    while !kept.is_empty() {
        kept.pop();
        let shorter = kept.iter().collect::<String>().trim_end().to_owned() + "…";
        if text_width(&shorter, size, bold) <= width {
            return shorter;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_have_at_most_two_decimals_and_no_minus_zero() {
        for (value, text) in [
            (1.0, "1"),
            (1.005_1, "1.01"),
            (-0.001, "0"),
            (2.5, "2.5"),
            (-7.12159, "-7.12"),
            (f64::NAN, "0"),
            (1e300, "10000000"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_hostile_name_cannot_leave_its_place() {
        let mut svg = Svg::new(100.0);
        svg.text((0.0, 0.0), "</text><script>alert(\"1\")</script>\u{0}&", Type::new(10.0, "#000"));
        let drawing = svg.finish(50.0, "<t>", "d\"");
        assert!(!drawing.contains("<script"));
        assert!(
            drawing.contains("&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;\u{fffd}&amp;")
        );
    }

    #[test]
    fn long_text_is_wrapped_between_words_and_cut_with_an_ellipsis() {
        let lines = wrap("one two three four five six", 10.0, 60.0);
        assert!(lines.len() > 1 && lines.iter().all(|l| text_width(l, 10.0, false) <= 60.0));
        assert_eq!(lines.join(" "), "one two three four five six");
        assert!(fit("a rather long name", 10.0, false, 40.0).ends_with('…'));
        assert_eq!(fit("short", 10.0, false, 40.0), "short");
    }
}
