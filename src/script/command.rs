//! The commands of the laboratory itself: lines that begin with a colon, in scripts and at the prompt.

use std::sync::Arc;

use super::expect::Expectation;
use super::text::Slip;
use crate::desk::Service;
use crate::lesson::{Lesson, nearest};
use crate::link::preset;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::time::Duration;
use crate::units::Money;

/// One command: the one place where its word, its syntax and its help stand.
#[derive(Clone, Copy, Debug)]
pub struct LabRow {
    /// The word behind the colon.
    pub word: &'static str,
    /// The whole command as a person writes it.
    pub syntax: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
}

const fn row(word: &'static str, syntax: &'static str, help: &'static str) -> LabRow {
    LabRow { word, syntax, help }
}

/// The commands that scripts and the prompt share.
#[rustfmt::skip]
pub const COMMANDS: &[LabRow] = &[
    row("open", ":open [NAME=]pop3|imap|smtp [--link L] [--tariff T]", "dial if no call is up, and connect to a service"),
    row("use", ":use NAME", "speak on this connection from here on"),
    row("link", ":link NAME", "put another link under the next call"),
    row("tariff", ":tariff NAME", "let calls be charged by another tariff"),
    row("think", ":think 20s", "let time pass: ms, s, min or h"),
    row("expect", ":expect turns <= 6 and billed_s < 90", "check figures of the session so far"),
    row("send", ":send HEX", "send octets as they are, without CR LF"),
    row("deliver", ":deliver", "a message from outside arrives in the INBOX"),
    row("drop", ":drop", "the line drops, as if somebody had picked up the other telephone"),
    row("close", ":close [NAME]", "close a connection from this end"),
    row("hangup", ":hangup", "end the call"),
];

/// One command with its arguments.
#[derive(Clone, Debug)]
pub enum Command {
    /// Connect to a service, and dial before that if no call is up.
    Open {
        /// What lines will call the connection; the protocol's name unless told otherwise.
        name: String,
        /// The service.
        service: Service,
        /// Another link under the call.
        link: Option<Arc<LinkSpec>>,
        /// Another tariff.
        tariff: Option<Arc<Tariff>>,
    },
    /// Lines without a name speak on this connection from here on.
    Use(String),
    /// Another link under the next call.
    Link(Arc<LinkSpec>),
    /// Another tariff for all calls.
    Tariff(Arc<Tariff>),
    /// Time passes.
    Think(Duration),
    /// Figures are checked.
    Expect(Expectation),
    /// Octets are sent.
    Send(Vec<u8>),
    /// Mail comes in from outside.
    Deliver,
    /// The line drops.
    Drop,
    /// A connection is closed from this end: the one named, or the current one.
    Close(Option<String>),
    /// The call ends.
    HangUp,
}

/// The longest time that may pass at once.
pub const THINK_MAX: Duration = Duration::from_secs(30 * 86_400);

/// What is wrong with a command.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// A slip in its text.
    Slip(Slip),
    /// A name that somebody else knows more about: the first character, how many, and what they say.
    Name(usize, usize, Lesson),
}

impl From<Slip> for Wrong {
    fn from(slip: Slip) -> Self {
        Self::Slip(slip)
    }
}

/// A word of a command line, with its column.
type Word<'a> = (usize, &'a str);

/// The row of a word, if there is one.
#[must_use]
pub fn row_named(word: &str) -> Option<&'static LabRow> {
    COMMANDS.iter().find(|row| row.word == word)
}

/// Reads a command without its colon. Columns count from the first character behind the colon.
///
/// # Errors
/// An unknown word, with the nearest known one; arguments that are missing, too many or not understood.
pub fn parse(text: &str) -> Result<Command, Wrong> {
    let words = words(text);
    let (first, arguments) = match words.split_first() {
        Some(((_, first), arguments)) => (*first, arguments),
        None => ("", &words[..]),
    };
    let Some(row) = row_named(first) else { return Err(unknown(first).into()) };
    let end = text.chars().count();
    Ok(match row.word {
        "open" => return open(arguments, end, row),
        "use" => Command::Use(one(arguments, end, row)?.1.to_owned()),
        "link" => Command::Link(link(one(arguments, end, row)?)?),
        "tariff" => Command::Tariff(tariff(one(arguments, end, row)?)?),
        "think" => Command::Think(span(one(arguments, end, row)?)?),
        "expect" => {
            let start = "expect".len();
            Command::Expect(
                Expectation::parse(text.get(start..).unwrap_or_default())
                    .map_err(|slip| Slip { column: slip.column + start, ..slip })?,
            )
        }
        "send" => Command::Send(hex(arguments, end, row)?),
        "close" if arguments.is_empty() => Command::Close(None),
        "close" => Command::Close(Some(one(arguments, end, row)?.1.to_owned())),
        "deliver" => none(arguments, row, Command::Deliver)?,
        "drop" => none(arguments, row, Command::Drop)?,
        _ => none(arguments, row, Command::HangUp)?,
    })
}

/// The words of a line, with their columns in characters.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    for (column, (at, c)) in text.char_indices().chain([(text.len(), ' ')]).enumerate() {
        match (c == ' ' || c == '\t', start) {
            (false, None) => start = Some((column, at)),
            (true, Some((from, byte))) => {
                words.push((from, text.get(byte..at).unwrap_or_default()));
                start = None;
            }
            _ => {}
        }
    }
    words
}

fn slip(word: Word<'_>, what: impl Into<String>, allowed: impl Into<String>) -> Slip {
    Slip { column: word.0, width: word.1.chars().count().max(1), what: what.into(), allowed: allowed.into() }
}

fn unknown(word: &str) -> Slip {
    let known = || COMMANDS.iter().map(|row| row.word);
    let allowed = match nearest(word, known()) {
        Some(near) => format!("did you mean `:{near}`?"),
        None => format!("there are {}", known().map(|word| format!(":{word}")).collect::<Vec<_>>().join(" ")),
    };
    slip((0, word), format!("there is no command `:{word}`"), allowed)
}

fn none(arguments: &[Word<'_>], row: &LabRow, command: Command) -> Result<Command, Slip> {
    match arguments {
        [] => Ok(command),
        [extra, ..] => Err(slip(*extra, format!("`:{}` takes nothing more", row.word), row.syntax)),
    }
}

fn one<'a>(arguments: &[Word<'a>], end: usize, row: &LabRow) -> Result<Word<'a>, Slip> {
    match arguments {
        [only] => Ok(*only),
        [] => Err(slip((end, ""), format!("`:{}` needs one word more", row.word), row.syntax)),
        [_, extra, ..] => Err(slip(*extra, format!("`:{}` takes one word", row.word), row.syntax)),
    }
}

fn link(word: Word<'_>) -> Result<Arc<LinkSpec>, Wrong> {
    preset::resolve(word.1).map(Arc::new).map_err(|lesson| name(word, lesson))
}

fn tariff(word: Word<'_>) -> Result<Arc<Tariff>, Wrong> {
    let tariff = Tariff::named(word.1).map_err(|lesson| name(word, lesson))?;
    tariff.check_calls().map_err(|lesson| name(word, lesson))?;
    Ok(Arc::new(tariff.clone()))
}

fn name(word: Word<'_>, lesson: Lesson) -> Wrong {
    Wrong::Name(word.0, word.1.chars().count().max(1), lesson)
}

fn open(arguments: &[Word<'_>], end: usize, row: &LabRow) -> Result<Command, Wrong> {
    let (mut link_given, mut tariff_given, mut target) = (None, None, None);
    let mut left = arguments.iter();
    while let Some(word) = left.next() {
        let mut value = || {
            left.next().copied().ok_or_else(|| slip(*word, format!("`{}` needs a name", word.1), row.syntax))
        };
        match word.1 {
            "--link" => link_given = Some(link(value()?)?),
            "--tariff" => tariff_given = Some(tariff(value()?)?),
            _ if target.is_none() && !word.1.starts_with("--") => target = Some(*word),
            _ => return Err(slip(*word, "this is not understood here", row.syntax).into()),
        }
    }
    let target = target.ok_or_else(|| slip((end, ""), "`:open` needs a protocol", row.syntax))?;
    let (name, protocol) = match target.1.split_once('=') {
        Some((name, protocol)) => (Some(name), protocol),
        None => (None, target.1),
    };
    let Some(service) = Service::named(protocol) else {
        let allowed = match nearest(protocol, Service::ALL.map(Service::word)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "pop3, imap, smtp or dmsp".to_owned(),
        };
        return Err(slip(target, format!("there is no protocol `{protocol}`"), allowed).into());
    };
    let name = name.unwrap_or(service.word());
    if !is_name(name) {
        return Err(
            slip(target, format!("`{name}` cannot name a connection"), "letters, digits, - and _").into()
        );
    }
    Ok(Command::Open { name: name.to_owned(), service, link: link_given, tariff: tariff_given })
}

/// Can this word name a connection?
#[must_use]
pub fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.len() <= 32
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

const UNITS: [(&str, i128); 4] = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];

/// A span such as `20s`; a bare number is refused, for nobody could tell its unit.
pub(super) fn span(word: Word<'_>) -> Result<Duration, Slip> {
    let digits = word.1.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.1.len());
    let (number, unit) = word.1.split_at(digits);
    let refuse = |what: String| slip(word, what, "a number and its unit: 500ms, 20s, 2min, 1h");
    let millis = UNITS.iter().find(|(known, _)| *known == unit).map(|(_, millis)| millis);
    // Money counts billionths of one unit, which is just what seconds need.
    match (millis, Money::parse(number)) {
        (Some(millis), Some(number)) => number
            .as_nanos()
            .checked_mul(*millis)
            .and_then(|nanos| u64::try_from(nanos / 1_000).ok())
            .map(Duration::from_nanos)
            .filter(|span| *span <= THINK_MAX)
            .ok_or_else(|| refuse(format!("{} is more than {THINK_MAX}", word.1))),
        _ => Err(refuse(format!("`{}` is no span of time", word.1))),
    }
}

fn hex(arguments: &[Word<'_>], end: usize, row: &LabRow) -> Result<Vec<u8>, Slip> {
    if arguments.is_empty() {
        return Err(slip((end, ""), "`:send` needs octets", row.syntax));
    }
    let mut octets = Vec::new();
    for word in arguments {
        let refuse = || slip(*word, "octets are pairs of hexadecimal digits", ":send 51 55 49 54 0D 0A");
        let digits: Vec<u32> =
            word.1.chars().map(|c| c.to_digit(16)).collect::<Option<_>>().ok_or_else(refuse)?;
        for pair in digits.chunks(2) {
            let [high, low] = pair else { return Err(refuse()) };
            octets.push(u8::try_from(high * 16 + low).map_err(|_| refuse())?);
        }
    }
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_understood_as_its_syntax_shows_it() {
        for row in COMMANDS {
            let example = row
                .syntax
                .replace(
                    "[NAME=]pop3|imap|smtp [--link L] [--tariff T]",
                    "a=pop3 --link v22bis-2400 --tariff bt-local-1997",
                )
                .replace(":link NAME", ":link v22bis-2400")
                .replace(":tariff NAME", ":tariff bt-local-1997")
                .replace("HEX", "0D0A")
                .replace("[NAME]", "a");
            assert!(parse(&example[1..]).is_ok(), "{example}: {:?}", parse(&example[1..]));
        }
    }

    #[test]
    fn spans_have_units_and_ends() {
        assert_eq!(span((0, "1.5s")), Ok(Duration::from_millis(1500)));
        assert_eq!(span((0, "2min")), Ok(Duration::from_secs(120)));
        assert_eq!(span((0, "0.25ms")), Ok(Duration::from_micros(250)));
        for bad in ["20", "s", "-1s", "1e3s", "721h", "99999999999999999999s", "5 s", "5sec"] {
            assert!(span((0, bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn slips_say_what_is_allowed() {
        for (text, says) in [
            ("opne pop3", "did you mean `:open`?"),
            ("open pop4", "did you mean `pop3`?"),
            ("open", "[NAME=]"),
            ("open 1a=pop3", "letters"),
            ("open pop3 imap", "[NAME=]"),
            ("think", "20s"),
            ("drop it", ":drop"),
            ("send 5", "pairs"),
            ("", ":open"),
        ] {
            let Err(Wrong::Slip(slip)) = parse(text) else { panic!("{text}") };
            assert!(format!("{} {}", slip.what, slip.allowed).contains(says), "{text}: {slip:?}");
        }
        assert!(matches!(parse("open pop3 --link v34-28888"), Err(Wrong::Name(17, 9, _))));
        assert!(matches!(parse("tariff bt"), Err(Wrong::Name(7, 2, _))));
    }
}
