//! Errors that teach: what was wrong, where, what is allowed there, and what to try.
//!
//! ```text
//! error: there is no message 7
//!   --> answer.txt:4
//!    |
//!  4 | C: RETR 7
//!    |         ^ this maildrop holds messages 1 to 3 (RFC 1939 §5, RETR)
//!
//! hint: `LIST` gives the scan listing; then try `RETR 1`
//! ```

use std::fmt;

/// What a person needs to hear about a mistake, in the order in which they need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    what: String,
    /// Boxed, so that a result with a lesson as its error stays small.
    place: Option<Box<Place>>,
    notes: Vec<String>,
    hints: Vec<String>,
}

/// A place in a text: which file, which line, and which part of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name as the user gave it, or what the text is (`--link`).
    pub file: String,
    /// Counted from 1; `None` when the whole file is meant.
    pub line: Option<usize>,
    /// The line's own text, without its line end; empty when the whole file is meant.
    pub text: String,
    /// The first character under the caret, counted in characters from 0.
    pub column: usize,
    /// How many characters the caret spans; 0 shows none.
    pub width: usize,
    /// What is allowed there, shown behind the caret.
    pub note: String,
}

impl Lesson {
    /// A lesson that says only what was wrong; add the rest with the other methods.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), place: None, notes: Vec::new(), hints: Vec::new() }
    }

    /// Says where it happened.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// Says what is allowed, or why it is so.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says what to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What was wrong, in one line.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where it was wrong, if it has a place.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        self.place.as_deref()
    }
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, text: String::new(), column: 0, width: 0, note: String::new() }
    }

    /// A whole line of a file; `line` counts from 1.
    #[must_use]
    pub fn line(file: impl Into<String>, line: usize, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: Some(line),
            text: text.into(),
            column: 0,
            width: 0,
            note: String::new(),
        }
    }

    /// The bytes `span` of a whole text, as a place in its line. Bytes beyond the text mean its end.
    #[must_use]
    pub fn span(file: impl Into<String>, text: &str, span: std::ops::Range<usize>) -> Self {
        let floor = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (start, end) = (floor(span.start), floor(span.end));
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        Self {
            file: file.into(),
            line: Some(text[..start].matches('\n').count() + 1),
            text: text[line_start..line_end].trim_end_matches('\r').to_owned(),
            column: text[line_start..start].chars().count(),
            width: text[start..end.clamp(start, line_end)].chars().count().max(1),
            note: String::new(),
        }
    }

    /// Puts a caret under `width` characters from `column` (from 0), with a note behind it.
    #[must_use]
    pub fn caret(mut self, column: usize, width: usize, note: impl Into<String>) -> Self {
        (self.column, self.width, self.note) = (column, width.max(1), note.into());
        self
    }

    /// Says what is allowed there.
    #[must_use]
    pub fn allowed(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

impl fmt::Display for Lesson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", harmless(&self.what))?;
        if let Some(place) = &self.place {
            place.fmt(f)?;
        }
        for note in &self.notes {
            write!(f, "\n  = {}", harmless(note))?;
        }
        for (nth, hint) in self.hints.iter().enumerate() {
            let gap = if nth == 0 { "\n" } else { "" };
            write!(f, "{gap}\nhint: {}", harmless(hint))?;
        }
        Ok(())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(line) = self.line else {
            return write!(f, "\n  --> {}", harmless(&self.file));
        };
        let number = line.to_string();
        let margin = " ".repeat(number.len() + 1);
        let (start, text) = self.excerpt();
        let (file, text) = (harmless(&self.file), printable(&text));
        write!(f, "\n{margin}--> {file}:{line}\n{margin} |\n {number} | {text}")?;
        if self.width > 0 {
            let column = self.column - start;
            let (blank, carets) = (" ".repeat(column), "^".repeat(self.width.min(SHOWN_MAX - column)));
            write!(f, "\n{margin} | {blank}{carets} {}", harmless(&self.note))?;
        }
        Ok(())
    }
}

/// At most this many characters of a line are shown: no file can flood a terminal.
const SHOWN_MAX: usize = 200;

impl Place {
    /// The part of a long line that holds the caret, and the column at which it begins.
    fn excerpt(&self) -> (usize, String) {
        match self.column.checked_sub(SHOWN_MAX / 2) {
            Some(start) if self.column.saturating_add(self.width) > SHOWN_MAX => (
                start,
                std::iter::once('…').chain(self.text.chars().skip(start + 1)).take(SHOWN_MAX).collect(),
            ),
            _ => (0, self.text.chars().take(SHOWN_MAX).collect()),
        }
    }
}

/// The text with each control character replaced by one visible character, so that carets stay in their column
/// and no file can send commands to a terminal. At most 200 characters are shown.
fn printable(text: &str) -> String {
    text.chars()
        .take(200)
        .map(|c| {
            if c == '\t' {
                ' '
            } else if c.is_control() {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

impl std::error::Error for Lesson {}

/// The known word nearest to `word`, if one is near enough to be meant: at most a third of its letters differ.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count().max(3) / 3;
    known
        .into_iter()
        .map(|candidate| (edit_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out, changed or swapped with their neighbour to turn `a` into `b`.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().take(64).collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut best = (last[j] + usize::from(a[i] != b[j])).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// A message that quotes what somebody wrote, without control characters that a terminal would obey.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_shows_what_where_and_what_to_try() {
        let lesson = Lesson::new("there is no message 7")
            .at(Place::line("answer.txt", 4, "C: RETR 7").caret(8, 1, "this maildrop holds messages 1 to 3"))
            .hint("`LIST` gives the scan listing");
        assert_eq!(
            lesson.to_string(),
            "error: there is no message 7\n  --> answer.txt:4\n   |\n 4 | C: RETR 7\n   |         ^ this maildrop \
             holds messages 1 to 3\n\nhint: `LIST` gives the scan listing"
        );
    }

    #[test]
    fn a_very_long_line_is_shown_around_its_caret() {
        let text = format!("{}!{}", "é".repeat(1_000_000), "x".repeat(1_000_000));
        let shown = Lesson::new("long").at(Place::span("f", &text, 2_000_000..2_000_001)).to_string();
        let lines: Vec<&str> = shown.lines().collect();
        let (line, caret) = (lines[3].chars().collect::<Vec<_>>(), lines[4].find('^').unwrap());
        assert_eq!((line[5], line[caret], line.len()), ('…', '!', 205), "{shown}");
        let whole = Lesson::new("long").at(Place::span("f", &text, 0..text.len())).to_string();
        assert!(whole.lines().all(|line| line.chars().count() < 210));
    }

    #[test]
    fn what_a_lesson_quotes_cannot_command_a_terminal() {
        let place = Place::line("\x1b[1m", 1, "\x1b[2m").caret(0, 1, "\x1b[3m");
        let lesson = Lesson::new("no key `\x1b[31m`").at(place).note("\x1b[4m").hint("\x1b[5m");
        assert!(!lesson.to_string().contains('\x1b'), "{lesson:?}");
    }

    #[test]
    fn a_span_finds_its_line_even_at_the_very_end() {
        let place = Place::span("x.toml", "a = 1\nbé = 2\n", 6..9);
        assert_eq!((place.line, place.text.as_str(), place.column, place.width), (Some(2), "bé = 2", 0, 2));
        assert_eq!(Place::span("x.toml", "a", 9..12).line, Some(1));
    }

    #[test]
    fn the_nearest_word_is_a_slip_and_not_another_word() {
        assert_eq!(nearest("v34-2880", ["v34-28800", "v34-33600"]), Some("v34-28800"));
        assert_eq!(nearest("tihnk_s", ["think_s", "answers"]), Some("think_s"));
        assert_eq!(nearest("zebra", ["think_s", "answers"]), None);
    }
}
