//! Strict reading of TOML: links, tariffs, scenarios.
//!
//! A file that is read names its format first, has no key that is not known, and gives its numbers exactly: a
//! price is taken from the document's own text, never from the binary fraction nearest to it. Whatever is wrong
//! comes back as a [`Lesson`] with the line and a caret.

use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::lesson::{Lesson, Place, nearest};
use crate::time::Duration;
use crate::units::Money;

/// At most this many characters of a word are quoted in a message; the line below it shows more.
const QUOTED_MAX: usize = 60;

/// A number and where it stands; [`Document::money`] and its companions read it exactly from the text there.
pub type Number = toml::Spanned<f64>;

/// A TOML text and the name of the file it came from.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    file: &'a str,
    text: &'a str,
}

impl<'a> Document<'a> {
    /// The document `text`, called `file` in messages.
    #[must_use]
    pub fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text }
    }

    /// The document in the bytes of a file.
    ///
    /// # Errors
    /// TOML is UTF-8; the lesson says which byte is not.
    pub fn from_bytes(file: &'a str, bytes: &'a [u8]) -> Result<Self, Lesson> {
        let text = std::str::from_utf8(bytes).map_err(|wrong| not_utf8(file, bytes, wrong.valid_up_to()))?;
        Ok(Self { file, text: text.strip_prefix('\u{feff}').unwrap_or(text) })
    }

    /// Reads the whole document as a `T`. Mark `T` and all it holds with `#[serde(deny_unknown_fields)]`, so that
    /// a misspelt key is refused and not ignored.
    ///
    /// # Errors
    /// What is no TOML, an unknown key (with the nearest known one), a missing key, a value of the wrong kind.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Lesson> {
        toml::from_str(self.text).map_err(|error| self.explain(&error))
    }

    /// The whole text.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// True if the first line that is no comment names a format.
    #[must_use]
    pub fn names_format(&self) -> bool {
        let mut lines = self.text.lines().map(str::trim);
        lines.find(|line| !line.is_empty() && !line.starts_with('#')).is_some_and(|line| {
            line.strip_prefix("format").is_some_and(|rest| rest.trim_start().starts_with('='))
        })
    }

    /// Checks that the first line that is no comment names the format: `format = "maillab-scenario/1"`.
    ///
    /// # Errors
    /// No such line, another format, or a version other than `version`.
    pub fn check_format(&self, name: &str, version: u32) -> Result<(), Lesson> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let wanted = format!("format = \"{name}/{version}\"");
        let is_content = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let Some((number, line)) = self.text.lines().enumerate().find(|(_, line)| is_content(line)) else {
            return Err(Lesson::new(format!("the file is empty; it should begin with `{wanted}`"))
                .at(Place::file(self.file))
                .hint(format!("put `{wanted}` into its first line")));
        };
        let place =
            Place::line(self.file, number + 1, line).caret(0, line.chars().count(), format!("`{wanted}`"));
        let Ok(head) = toml::from_str::<Head>(line) else {
            return Err(Lesson::new("the first line does not name the file's format")
                .at(place)
                .hint(format!("put `{wanted}` above it")));
        };
        match head.format.split_once('/') {
            Some((found, v)) if found == name && v == version.to_string() => Ok(()),
            Some((found, v)) if found == name => {
                Err(Lesson::new(format!("version {v} of {name} is not known here")).at(place))
            }
            _ => {
                Err(Lesson::new(format!("this is a file of format {:?}, not {name}", head.format)).at(place))
            }
        }
    }

    /// The bytes `span` of the text as a place to point at.
    #[must_use]
    pub fn place(&self, span: Range<usize>) -> Place {
        Place::span(self.file, self.text, span)
    }

    /// A lesson about the bytes `span`: what is wrong there, and what is allowed.
    #[must_use]
    pub fn lesson(&self, span: Range<usize>, what: impl Into<String>, allowed: impl Into<String>) -> Lesson {
        Lesson::new(what).at(self.place(span).allowed(allowed))
    }

    /// A price: exact, not negative, at most a thousand million of the currency.
    ///
    /// # Errors
    /// A negative or larger amount, an exponent, more than nine digits after the point.
    pub fn money(&self, number: &Number) -> Result<Money, Lesson> {
        self.decimal(number, 1_000_000_000).map(|nanos| Money::from_nanos(nanos.into()))
    }

    /// A span given in seconds, exact to the nanosecond, at most a thousand million of them (31 years).
    ///
    /// # Errors
    /// As for [`Document::money`].
    pub fn seconds(&self, number: &Number) -> Result<Duration, Lesson> {
        self.decimal(number, 1_000_000_000).map(Duration::from_nanos)
    }

    /// A span given in milliseconds, exact to the nanosecond, at most a thousand million of them (11 days).
    ///
    /// # Errors
    /// As for [`Document::money`].
    pub fn millis(&self, number: &Number) -> Result<Duration, Lesson> {
        self.decimal(number, 1_000_000_000).map(|nanos| Duration::from_nanos(nanos / 1000))
    }

    /// A number from 0 to `max` in units of 10⁻⁹, from its decimal text.
    ///
    /// # Errors
    /// As for [`Document::money`].
    pub fn decimal(&self, number: &Number, max: u64) -> Result<u64, Lesson> {
        let written = self.text.get(number.span()).unwrap_or_default();
        let digits = written.trim_start_matches('+').replace('_', "");
        Money::parse(&digits)
            .and_then(|exact| u64::try_from(exact.as_nanos()).ok())
            .filter(|nanos| u128::from(*nanos) <= u128::from(max) * 1_000_000_000)
            .ok_or_else(|| {
                let allowed = format!("0 to {max} in plain decimals, at most nine digits after the point");
                self.lesson(
                    number.span(),
                    format!("`{}` cannot be used as this number", short(written)),
                    allowed,
                )
            })
    }

    /// Turns the reader's complaint into a lesson. Its wording is that of `serde`, which knows no other form.
    fn explain(&self, error: &toml::de::Error) -> Lesson {
        let message = error.message().lines().next().unwrap_or("this is not TOML").trim_end();
        let Some(span) = error.span() else {
            return Lesson::new(message).at(Place::file(self.file));
        };
        if let Some(rest) = message.strip_prefix("unknown field ") {
            return self.unknown(span, "key", rest);
        }
        if let Some(rest) = message.strip_prefix("unknown variant ") {
            return self.unknown(span, "value", rest);
        }
        if let Some(key) = message.strip_prefix("missing field ") {
            return self.lesson(span, format!("the key {key} is missing"), format!("{key} belongs here"));
        }
        match message.strip_prefix("invalid ").and_then(|rest| rest.split_once(", expected ")) {
            Some((_, expected)) => self.lesson(span, "this value is of the wrong kind", in_words(expected)),
            None => Lesson::new(message).at(self.place(span)),
        }
    }

    /// A lesson about a word that is none of the known ones; `rest` quotes it first and then those.
    fn unknown(&self, span: Range<usize>, kind: &str, rest: &str) -> Lesson {
        let mut words = rest.split('`').skip(1).step_by(2);
        let unknown = words.next().unwrap_or_default();
        let known: Vec<&str> = words.collect();
        let what = format!("there is no {kind} `{}` here", short(unknown));
        let lesson = self.lesson(span, what, format!("known {kind}s: {}", known.join(", ")));
        match nearest(unknown, known) {
            Some(near) => lesson.hint(format!("did you mean `{near}`?")),
            None => lesson,
        }
    }
}

/// What is quoted from a file, cut to a length that a message can hold.
fn short(quoted: &str) -> &str {
    quoted.char_indices().nth(QUOTED_MAX).and_then(|(end, _)| quoted.get(..end)).unwrap_or(quoted)
}

/// What `serde` expects, for people.
fn in_words(expected: &str) -> String {
    match expected {
        "f64" | "f32" => "a number, without quotes",
        "u8" | "u16" | "u32" | "u64" | "usize" | "nonzero u32" => "a whole number from 0, without quotes",
        "i8" | "i16" | "i32" | "i64" => "a whole number, without quotes",
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in brackets",
        "a map" => "a table",
        other => other.strip_prefix("struct ").map_or(other, |_| "a table"),
    }
    .to_owned()
}

fn not_utf8(file: &str, bytes: &[u8], at: usize) -> Lesson {
    let good = std::str::from_utf8(bytes.get(..at).unwrap_or_default()).unwrap_or_default();
    let byte = bytes.get(at).copied().unwrap_or_default();
    let line_start = good.rfind('\n').map_or(0, |end| end + 1);
    let line = format!("{}\u{fffd}", good.get(line_start..).unwrap_or_default());
    let (number, column) = (good.matches('\n').count() + 1, line.chars().count() - 1);
    let note = format!("byte 0x{byte:02X} at offset {at} belongs to no UTF-8 character");
    Lesson::new(format!("{file} is not UTF-8, as TOML must be"))
        .at(Place::line(file, number, line).caret(column, 1, note))
        .hint("save the file as UTF-8 (`iconv -f latin1 -t utf-8 OLD > NEW` turns Latin-1 into it)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        price: Number,
        #[serde(default)]
        inner: Inner,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(default)]
        think_s: u32,
        #[serde(default)]
        answers: u32,
        #[serde(default)]
        deletes: Deletes,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Deletes {
        #[default]
        None,
        Read,
    }

    fn price(text: &str) -> Result<Money, Lesson> {
        let text = format!("price = {text} # as quoted\n");
        let document = Document::new("x.toml", &text);
        document.money(&document.read::<Sample>()?.price)
    }

    #[test]
    fn a_price_is_exactly_what_the_text_says() {
        for (text, nanos) in [
            ("0.0493", 49_300_000),
            ("0.1675", 167_500_000),
            ("72000", 72_000_000_000_000),
            ("72_000.5", 72_000_500_000_000),
            ("0.000000001", 1),
        ] {
            assert_eq!(price(text), Ok(Money::from_nanos(nanos)), "{text}");
        }
    }

    #[test]
    fn a_price_that_cannot_be_exact_is_refused_at_its_place() {
        for bad in ["-1", "1e-3", "0.0000000001", "inf", "nan", "1000000001"] {
            let lesson = price(bad).unwrap_err();
            let place = lesson.place().unwrap();
            assert_eq!((place.line, place.column, place.width), (Some(1), 8, bad.len()), "{bad}: {lesson}");
        }
    }

    #[test]
    fn a_misspelt_key_is_shown_with_the_one_that_was_meant() {
        let document = Document::new("s.toml", "price = 1\n\n[inner]\nanswers = 2\ntihnk_s = 3\n");
        let shown = document.read::<Sample>().unwrap_err().to_string();
        assert_eq!(
            shown,
            "error: there is no key `tihnk_s` here\n  --> s.toml:5\n   |\n 5 | tihnk_s = 3\n   | ^^^^^^^ known \
             keys: think_s, answers, deletes\n\nhint: did you mean `think_s`?"
        );
    }

    #[test]
    fn a_misspelt_value_is_shown_with_the_one_that_was_meant() {
        let document = Document::new("s.toml", "price = 1\n[inner]\ndeletes = \"raed\"\n");
        let shown = document.read::<Sample>().unwrap_err().to_string();
        assert!(shown.contains("s.toml:3") && shown.contains("did you mean `read`?"), "{shown}");
        let inner =
            Document::new("s.toml", "price = 1\n[inner]\nanswers = 3\n").read::<Sample>().unwrap().inner;
        assert_eq!(inner, Inner { think_s: 0, answers: 3, deletes: Deletes::None });
    }

    #[test]
    fn broken_toml_points_at_the_break() {
        for (text, line) in
            [("price = \n", 1), ("price = 1\nprice = 2\n", 2), ("price = 'x'\n", 1), ("[inner\n", 1)]
        {
            let lesson = Document::new("s.toml", text).read::<Sample>().unwrap_err();
            assert_eq!(lesson.place().unwrap().line, Some(line), "{lesson}");
        }
        assert!(Document::new("s.toml", "").read::<Sample>().unwrap_err().to_string().contains("price"));
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_told_what_belongs_there() {
        for (text, says) in [
            ("price = \"60 s\"", "^^^^^^ a number, without quotes"),
            ("price = 1\ninner = { think_s = 1.5 }", "^^^ a whole number from 0"),
            ("price = 1\ninner = { think_s = -5 }", "^^ a whole number from 0"),
            ("price = 1\ninner = 3", "^ a table"),
            ("inner = {}", "the key `price` is missing"),
        ] {
            let shown = Document::new("s.toml", text).read::<Sample>().unwrap_err().to_string();
            assert!(shown.contains(says), "{shown}");
        }
    }

    #[test]
    fn text_that_is_not_utf8_is_refused_with_its_byte() {
        let lesson = Document::from_bytes("s.toml", b"a = 1\nname = \"M\xfcller\"\n").unwrap_err();
        let shown = lesson.to_string();
        assert!(shown.contains("s.toml:2") && shown.contains("byte 0xFC at offset 15"), "{shown}");
        assert_eq!(lesson.place().unwrap().column, 9);
        assert!(
            Document::from_bytes("s.toml", "\u{feff}price = 1".as_bytes()).unwrap().read::<Sample>().is_ok()
        );
    }

    #[test]
    fn hostile_text_gets_a_lesson_of_modest_length() {
        let deep = format!("price = {}", "[".repeat(200_000));
        let long = format!("price = {}", "1".repeat(10_000_000));
        let dotted = format!("{}a = 1", "a.".repeat(100_000));
        let keys = format!("price = 1\n{} = 1", "k".repeat(1_000_000));
        for text in [deep, long, dotted, keys] {
            let document = Document::new("s.toml", &text);
            let lesson = match document.read::<Sample>() {
                Ok(sample) => document.money(&sample.price).unwrap_err(),
                Err(lesson) => lesson,
            };
            assert!(lesson.to_string().len() < 2_000, "{}", lesson.to_string().len());
        }
    }

    #[test]
    fn the_first_line_names_the_format() {
        let check = |text: &str| Document::new("s.toml", text).check_format("maillab-scenario", 1);
        assert_eq!(check("# mine\n\nformat = \"maillab-scenario/1\" # ok\nseed = 1\n"), Ok(()));
        for (text, says) in [
            ("", "empty"),
            ("# only a comment\n", "empty"),
            ("seed = 1\nformat = \"maillab-scenario/1\"\n", "does not name"),
            ("format = \"maillab-scenario/2\"\n", "version 2"),
            ("format = \"maillab-scenario/+1\"\n", "version +1"),
            ("format = \"\"\"\nmaillab-scenario/1\"\"\"\n", "does not name"),
            ("format = \"maillab-links/1\"\n", "not maillab-scenario"),
            ("format = 1\n", "does not name"),
        ] {
            let lesson = check(text).unwrap_err();
            assert!(lesson.what().contains(says), "{text}: {lesson}");
        }
    }
}
