//! A script's text, read line by line.

use regex_lite::{Regex, RegexBuilder};

use super::command::{self, Command, Wrong, is_name};
use super::text::{self, Pattern, Slip};
use crate::lesson::{Lesson, Place};

/// The longest script, in octets.
pub const SCRIPT_MAX: usize = 1 << 20;

/// What messages call a line typed at a prompt.
pub const PROMPT: &str = "your line";

/// The most lines that do something.
pub const STEPS_MAX: usize = 20_000;

/// A script that has been understood.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file's name, for messages.
    pub file: String,
    /// All lines, as they stand there.
    pub lines: Vec<String>,
    /// What is to be done, in order.
    pub steps: Vec<Step>,
}

/// One line that does something.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its line, counted from 1.
    pub line: usize,
    /// The connection that it names, if it does.
    pub conn: Option<String>,
    /// The column at which the text behind the marker begins, in characters from 0.
    pub column: usize,
    /// What is to be done.
    pub action: Action,
}

/// What a line does.
#[derive(Clone, Debug)]
pub enum Action {
    /// `C:` and `C-`: these octets are sent, line end included if there is one.
    Send(Vec<u8>),
    /// `C{`: the octets of this file are sent.
    File(String),
    /// `S:`: the server's next line is like this.
    Line(Pattern),
    /// `S~`: the server's next line holds this.
    Matching(Regex),
    /// `S..`: the rest of the answer, at least so many lines.
    Rest(u64),
    /// A line that begins with a colon.
    Command(Command),
}

const MARKERS: &str = "C: text, C- text, C{ FILE, S: pattern, S~ regex, S.. [N], :command, or # a remark";

impl Script {
    /// Reads a script called `file` in messages.
    ///
    /// # Errors
    /// A lesson with line and caret: a line that begins with no known marker, an escape that is none, a
    /// command that is not understood, text that is no UTF-8, or too much of it.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, Lesson> {
        if bytes.len() > SCRIPT_MAX {
            return Err(Lesson::new(format!("a script of {} bytes is too long", bytes.len()))
                .at(Place::file(file))
                .note(format!("at most {SCRIPT_MAX} bytes are read"))
                .hint("long octets to send belong in a file of their own: `C{ FILE`"));
        }
        let lines = lines(file, bytes)?;
        let mut steps = Vec::new();
        for (nth, line) in lines.iter().enumerate() {
            let step = step(nth + 1, line).map_err(|wrong| lesson(file, nth + 1, line, wrong))?;
            steps.extend(step);
            if steps.len() > STEPS_MAX {
                return Err(Lesson::new(format!("a script does at most {STEPS_MAX} things"))
                    .at(Place::line(file, nth + 1, line)));
            }
        }
        Ok(Self { file: file.to_owned(), lines, steps })
    }

    /// The files whose octets are sent, and the scripts that are played, in order of mention; true marks a script.
    pub fn files(&self) -> impl Iterator<Item = (&Step, &str, bool)> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::File(name) => Some((step, name.as_str(), false)),
            Action::Command(Command::Play(name)) => Some((step, name.as_str(), true)),
            _ => None,
        })
    }

    /// The place of a step, its text marked.
    #[must_use]
    pub fn place(&self, step: &Step, note: &str) -> Place {
        let text = self.lines.get(step.line.saturating_sub(1)).map_or("", String::as_str);
        let width = text.chars().count().saturating_sub(step.column).max(1);
        Place::line(&self.file, step.line, text).caret(step.column, width, note)
    }
}

fn lines(file: &str, bytes: &[u8]) -> Result<Vec<String>, Lesson> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = Vec::new();
    for (nth, line) in bytes.split(|octet| *octet == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).map_err(|error| {
            let shown = String::from_utf8_lossy(line).into_owned();
            let good = line.get(..error.valid_up_to()).unwrap_or_default();
            let column = String::from_utf8_lossy(good).chars().count();
            Lesson::new("this is no UTF-8")
                .at(Place::line(file, nth + 1, shown).caret(column, 1, "this octet"))
                .hint("write such an octet as \\xNN: `caf\\xE9`")
        })?;
        lines.push(text.to_owned());
    }
    // What stands behind the last line end is no line.
    if lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    Ok(lines)
}

fn lesson(file: &str, number: usize, line: &str, wrong: Wrong) -> Lesson {
    match wrong {
        Wrong::Slip(slip) => Lesson::new(slip.what)
            .at(Place::line(file, number, line).caret(slip.column, slip.width, slip.allowed))
            .hint(if file == PROMPT {
                "`:help` lists the lab's commands, `:help open` says what one takes"
            } else {
                "`maillab play --help` shows the language, with an example"
            }),
        Wrong::Name(column, width, lesson) => {
            lesson.at(Place::line(file, number, line).caret(column, width, "this name"))
        }
    }
}

fn step(number: usize, line: &str) -> Result<Option<Step>, Wrong> {
    let text = line.trim_start_matches([' ', '\t']);
    let indent = line.chars().count() - text.chars().count();
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (conn, text, before) = named(text);
    let column = indent + before;
    let (action, start) = match text.strip_prefix(':') {
        Some(_) if conn.is_some() => {
            return Err(Slip {
                column: indent,
                width: before,
                what: "a command of the laboratory stands alone".to_owned(),
                allowed: "only C and S lines name a connection".to_owned(),
            }
            .into());
        }
        Some(rest) => (colon(rest).map_err(|wrong| moved(wrong, column + 1))?, column + 1),
        None => {
            let (action, start) = marked(text).map_err(|wrong| moved(wrong, column))?;
            (action, column + start)
        }
    };
    Ok(Some(Step { line: number, conn, column: start, action }))
}

/// Takes a connection's name off the front: what follows must be a marker.
fn named(text: &str) -> (Option<String>, &str, usize) {
    let none = (None, text, 0);
    let Some((name, rest)) = text.split_once([' ', '\t']) else { return none };
    let marker = rest.trim_start_matches([' ', '\t']);
    let is_marker = ["C:", "C-", "C{", "S:", "S~", "S.", ":"].iter().any(|known| marker.starts_with(known));
    if !is_name(name) || !is_marker {
        return none;
    }
    (Some(name.to_owned()), marker, text.chars().count() - marker.chars().count())
}

fn moved(wrong: Wrong, by: usize) -> Wrong {
    match wrong {
        Wrong::Slip(slip) => Wrong::Slip(Slip { column: slip.column + by, ..slip }),
        Wrong::Name(column, width, lesson) => Wrong::Name(column + by, width, lesson),
    }
}

/// `::text` sends a line that begins with a colon.
fn colon(rest: &str) -> Result<Action, Wrong> {
    if rest.starts_with(':') {
        return Ok(Action::Send(with_line_end(rest)?));
    }
    command::parse(rest).map(Action::Command)
}

fn with_line_end(text: &str) -> Result<Vec<u8>, Slip> {
    let mut octets = text::octets(text)?;
    octets.extend_from_slice(b"\r\n");
    Ok(octets)
}

/// Reads a line that begins with C or S; gives also where its text begins.
fn marked(text: &str) -> Result<(Action, usize), Wrong> {
    let start = |marker: &str, rest: &str| marker.len() + usize::from(rest.starts_with(' '));
    if let Some(rest) = text.strip_prefix("S..") {
        return Ok((Action::Rest(rest_lines(rest)?), 0));
    }
    for (marker, read) in READERS {
        if let Some(rest) = text.strip_prefix(marker) {
            let start = start(marker, rest);
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            return Ok((read(rest).map_err(|slip| moved(slip.into(), start))?, start));
        }
    }
    let word = text.split([' ', '\t']).next().unwrap_or_default();
    let width = word.chars().count().max(1);
    Err(Slip {
        column: 0,
        width,
        what: "this line begins with no marker".to_owned(),
        allowed: MARKERS.to_owned(),
    }
    .into())
}

type Reader = fn(&str) -> Result<Action, Slip>;

const READERS: [(&str, Reader); 5] = [
    ("C:", |rest| with_line_end(rest).map(Action::Send)),
    ("C-", |rest| text::octets(rest).map(Action::Send)),
    ("C{", |rest| match rest.trim() {
        "" => Err(Slip {
            column: 0,
            width: 1,
            what: "which file's octets?".to_owned(),
            allowed: "a file's name".to_owned(),
        }),
        name => Ok(Action::File(name.to_owned())),
    }),
    ("S:", |rest| Pattern::parse(rest).map(Action::Line)),
    ("S~", regex),
];

fn regex(text: &str) -> Result<Action, Slip> {
    let regex = RegexBuilder::new(text).size_limit(1 << 20).build();
    regex.map(Action::Matching).map_err(|error| Slip {
        column: 0,
        width: text.chars().count().max(1),
        what: "this is no regular expression".to_owned(),
        allowed: error.to_string(),
    })
}

fn rest_lines(rest: &str) -> Result<u64, Slip> {
    match rest.trim() {
        "" => Ok(0),
        number => number.parse().map_err(|_| Slip {
            column: "S..".len() + rest.chars().take_while(|c| c.is_whitespace()).count(),
            width: number.chars().count(),
            what: format!("`{number}` is no number of lines"),
            allowed: "how many lines there are at least, or nothing".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        Script::parse("s.txt", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn every_marker_is_read() {
        let script = "# a remark\n\n:open a=pop3\n a C: USER \\x61\n a S: +OK*\nC- x\\r\nC{ mail.eml\nS~ ^\\+OK\nS.. 3\nS..\n::x\n";
        let script = Script::parse("s.txt", script.as_bytes()).unwrap();
        let shown: Vec<String> = script
            .steps
            .iter()
            .map(|step| match &step.action {
                Action::Send(octets) => text::escaped(octets),
                Action::File(name) => format!("file {name}"),
                Action::Line(pattern) => format!("line {pattern}"),
                Action::Matching(regex) => format!("regex {regex}"),
                Action::Rest(lines) => format!("rest {lines}"),
                Action::Command(_) => "command".to_owned(),
            })
            .collect();
        assert_eq!(
            shown,
            [
                "command",
                r"USER a\r\n",
                "line +OK*",
                r"x\r",
                "file mail.eml",
                r"regex ^\+OK",
                "rest 3",
                "rest 0",
                r":x\r\n"
            ]
        );
        assert_eq!(script.steps[1].conn.as_deref(), Some("a"));
        assert_eq!((script.steps[1].line, script.steps[1].column), (4, 6));
    }

    #[test]
    fn a_slip_is_shown_with_file_line_and_caret() {
        assert_eq!(
            shown("C: ok\n a C: caf\\q\n"),
            "error: a backslash begins an escape, and this is none\n  --> s.txt:2\n   |\n 2 |  a C: caf\\q\n   |          ^^ one \
             of \\xNN \\r \\n \\t \\\\\n\nhint: `maillab play --help` shows the language, with an example"
        );
        for (text, says) in [
            ("USER alice", "no marker"),
            ("c: USER", "no marker"),
            ("S.. many", "number of lines"),
            ("S~ (", "regular expression"),
            ("C{ ", "which file"),
            (":open pop9", "no protocol `pop9`"),
            (":open pop3 --link nosuch", "nosuch"),
            ("a :drop", "stands alone"),
            (":expect turns < x", "number is missing"),
        ] {
            assert!(shown(text).contains(says), "{text}: {}", shown(text));
        }
        let bad = Script::parse("s.txt", b"C: a\nC: caf\xE9\n").unwrap_err().to_string();
        assert!(bad.contains("s.txt:2") && bad.contains("UTF-8"), "{bad}");
    }

    #[test]
    fn a_script_has_an_end() {
        assert!(Script::parse("s", &vec![b'#'; SCRIPT_MAX + 1]).is_err());
        assert!(shown(&":drop\n".repeat(STEPS_MAX + 1)).contains("at most"));
    }

    proptest! {
        #[test]
        fn no_octets_make_the_parser_panic(bytes: Vec<u8>) {
            let _ = Script::parse("s", &bytes);
        }

        #[test]
        fn no_text_of_markers_makes_the_parser_panic(
            lines in proptest::collection::vec("[ a]{0,2}(C:|C-|C\\{|S:|S~|S\\.\\.|:open|:expect|:think|:send|:)[ -~é\\\\]{0,20}", 0..8)
        ) {
            match Script::parse("s", lines.join("\n").as_bytes()) {
                Ok(script) => prop_assert!(script.steps.len() <= lines.len()),
                Err(lesson) => prop_assert!(lesson.to_string().contains("--> s:")),
            }
        }
    }
}
