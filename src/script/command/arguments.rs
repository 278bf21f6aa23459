//! What stands behind a command's word: names, numbers, spans of time, octets.

use std::sync::Arc;

use super::{Command, LabRow, Pace, Proof, Slip, THINK_MAX, Until, Wrong};
use crate::desk::Service;
use crate::lesson::{Lesson, nearest};
use crate::link::call::{CallPlan, DropWhen};
use crate::link::preset;
use crate::link::spec::LinkSpec;
use crate::link::tariff::Tariff;
use crate::protocol::pop3::PopUrl;
use crate::protocol::sasl::Mechanism;
use crate::protocol::{Server, features as feature};
use crate::time::{Duration, Instant};
use crate::units::Money;

/// A word of a command line, with its column.
pub(super) type Word<'a> = (usize, &'a str);

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

pub(super) fn slip(word: Word<'_>, what: impl Into<String>, allowed: impl Into<String>) -> Slip {
    Slip { column: word.0, width: word.1.chars().count().max(1), what: what.into(), allowed: allowed.into() }
}

pub(super) fn none(arguments: &[Word<'_>], row: &LabRow, command: Command) -> Result<Command, Slip> {
    match arguments {
        [] => Ok(command),
        [extra, ..] => Err(slip(*extra, format!("`:{}` takes nothing more", row.word), row.syntax)),
    }
}

pub(super) fn one<'a>(arguments: &[Word<'a>], end: usize, row: &LabRow) -> Result<Word<'a>, Slip> {
    match arguments {
        [only] => Ok(*only),
        [] => Err(slip((end, ""), format!("`:{}` needs one word more", row.word), row.syntax)),
        [_, extra, ..] => Err(slip(*extra, format!("`:{}` takes one word", row.word), row.syntax)),
    }
}

/// The one word, with or without the `--link` that stands before it in `:open`.
pub(super) fn over<'a>(arguments: &[Word<'a>], end: usize, row: &LabRow) -> Result<Word<'a>, Slip> {
    match arguments {
        [(_, "--link"), rest @ ..] => one(rest, end, row),
        words => one(words, end, row),
    }
}

pub(super) fn drops(word: Word<'_>) -> Result<Vec<DropWhen>, Wrong> {
    let plan = CallPlan::default().with_drop(word.1, ":drop").map_err(|lesson| name(word, lesson))?;
    if plan.drops.is_empty() {
        return Err(
            slip(word, "this says no moment and no byte of a call", "`at=90s` or `byte=10000`").into()
        );
    }
    Ok(plan.drops.into_iter().map(|drop| drop.when).collect())
}

pub(super) fn link(word: Word<'_>) -> Result<Arc<LinkSpec>, Wrong> {
    preset::resolve(word.1).map(Arc::new).map_err(|lesson| name(word, lesson))
}

pub(super) fn tariff(word: Word<'_>) -> Result<Arc<Tariff>, Wrong> {
    let tariff = Tariff::named(word.1).map_err(|lesson| name(word, lesson))?;
    tariff.check_calls().map_err(|lesson| name(word, lesson))?;
    Ok(Arc::new(tariff.clone()))
}

fn name(word: Word<'_>, lesson: Lesson) -> Wrong {
    Wrong::Name(word.0, word.1.chars().count().max(1), lesson)
}

pub(super) fn open(arguments: &[Word<'_>], end: usize, row: &LabRow) -> Result<Command, Wrong> {
    let (mut link_given, mut tariff_given, mut at_given) = (None, None, None);
    let (mut dialect_given, mut target) = (None, None);
    let mut told: Vec<(Word<'_>, bool)> = Vec::new();
    let mut left = arguments.iter();
    while let Some(word) = left.next() {
        let mut value = || {
            left.next().copied().ok_or_else(|| slip(*word, format!("`{}` needs a name", word.1), row.syntax))
        };
        match word.1 {
            "--at" => at_given = Some(value()?),
            "--link" => link_given = Some(link(value()?)?),
            "--tariff" => tariff_given = Some(tariff(value()?)?),
            "--dialect" => dialect_given = Some(value()?),
            "--with" | "--without" => told.push((value()?, word.1 == "--with")),
            _ if target.is_none() && !word.1.starts_with("--") => target = Some(*word),
            _ => return Err(slip(*word, "this is not understood here", row.syntax).into()),
        }
    }
    let target = target.ok_or_else(|| slip((end, ""), "`:open` needs a protocol", row.syntax))?;
    // `pop://alice@mail.example` (RFC 2384): the connection is called by the user's name. There is one host here.
    let is_url = |text: &str| text.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case("pop://"));
    let (called, url) = match target.1.split_once('=') {
        Some((name, url)) if is_url(url) => (Some(name.to_owned()), url),
        _ => (None, target.1),
    };
    if is_url(url) {
        let url = PopUrl::parse(url).map_err(|why| slip(target, "this is no POP URL", why))?;
        let name = called.or(url.user).filter(|name| is_name(name));
        let name = name.unwrap_or_else(|| Service::Pop3.word().to_owned());
        let dialect = dialect_given.map(|word| dialect(Service::Pop3, word)).transpose()?;
        return Ok(Command::Open {
            name,
            service: Service::Pop3,
            dialect,
            features: features(Service::Pop3, &told)?,
            at: at_given.map(|(_, place)| place.to_owned()),
            link: link_given,
            tariff: tariff_given,
        });
    }
    let (name, protocol) = match target.1.split_once('=') {
        Some((name, protocol)) => (Some(name), protocol),
        None => (None, target.1),
    };
    let Some(service) = Service::named(protocol) else {
        let allowed = match nearest(protocol, Service::ALL.map(Service::word)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => Service::ALL.map(Service::word).join(", "),
        };
        return Err(slip(target, format!("there is no protocol `{protocol}`"), allowed).into());
    };
    // Where there are several workstations, a line's name says which one it is.
    let named = match (name, at_given) {
        (None, Some((column, place))) => (column, place),
        (name, _) => (target.0, name.unwrap_or(service.word())),
    };
    for (column, name) in [Some(named), at_given].into_iter().flatten() {
        if !is_name(name) {
            let word = (column, name);
            let what = format!("`{name}` cannot name a connection or a workstation");
            return Err(slip(word, what, "letters, digits, - and _").into());
        }
    }
    let (name, at) = (named.1.to_owned(), at_given.map(|(_, place)| place.to_owned()));
    let dialect = dialect_given.map(|word| dialect(service, word)).transpose()?;
    let features = features(service, &told)?;
    Ok(Command::Open { name, service, dialect, features, at, link: link_given, tariff: tariff_given })
}

/// What the service is told to have and not to have: words with commas between, each with its column.
fn features(service: Service, told: &[(Word<'_>, bool)]) -> Result<Vec<(String, bool)>, Slip> {
    let mut features = Vec::new();
    for ((column, words), on) in told {
        let mut at = *column;
        for word in words.split(',') {
            feature::check(service, word).map_err(|allowed| {
                slip((at, word), format!("`{}` has no `{word}`", service.word()), allowed)
            })?;
            features.push((word.to_ascii_lowercase(), *on));
            at += word.chars().count() + 1;
        }
    }
    Ok(features)
}

/// A dialect that the service has.
fn dialect(service: Service, word: Word<'_>) -> Result<String, Slip> {
    let known = Server::dialects(service);
    if known.iter().any(|dialect| dialect.eq_ignore_ascii_case(word.1)) {
        return Ok(word.1.to_ascii_lowercase());
    }
    let allowed = match nearest(word.1, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("`{}` has no dialects", service.word()),
        None => known.join(", "),
    };
    Err(slip(word, format!("`{}` knows no dialect `{}`", service.word(), word.1), allowed))
}

/// How somebody logs in: `cram-md5 alice secret`. EXTERNAL and ANONYMOUS need no password.
pub(super) fn auth(arguments: &[Word<'_>], end: usize, row: &LabRow) -> Result<Proof, Slip> {
    let (flags, words): (Vec<Word<'_>>, Vec<Word<'_>>) =
        arguments.iter().partition(|(_, word)| word.starts_with("--"));
    if let Some(flag) = flags.iter().find(|(_, word)| *word != "--sign") {
        return Err(slip(*flag, "this is not understood here", row.syntax));
    }
    let [how, rest @ ..] = &words[..] else {
        return Err(slip((end, ""), "`:auth` needs a mechanism", row.syntax));
    };
    let known = Mechanism::named(how.1.as_bytes());
    if known.is_none() && !how.1.eq_ignore_ascii_case("apop") {
        let allowed = match nearest(&how.1.to_ascii_lowercase(), super::AUTH.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => super::AUTH.join(", "),
        };
        return Err(slip(*how, format!("there is no mechanism `{}`", how.1), allowed));
    }
    let without = matches!(known, Some(Mechanism::External | Mechanism::Anonymous));
    let (name, password) = match rest {
        [] if without => ("", ""),
        [name] if without => (name.1, ""),
        [name, password] => (name.1, password.1),
        [.., last] if rest.len() > 2 => return Err(slip(*last, "this is too much", row.syntax)),
        _ => return Err(slip((end, ""), "a name and a password are needed", row.syntax)),
    };
    Ok(Proof {
        mechanism: known,
        name: name.to_owned(),
        password: password.to_owned(),
        signs: !flags.is_empty(),
    })
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

pub(super) fn hex(arguments: &[Word<'_>], end: usize, row: &LabRow) -> Result<Vec<u8>, Slip> {
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

/// A count; `default` stands for none.
pub(super) fn number(
    arguments: &[Word<'_>],
    end: usize,
    row: &LabRow,
    default: Option<u64>,
) -> Result<u64, Slip> {
    if let (Some(default), []) = (default, arguments) {
        return Ok(default);
    }
    let word = one(arguments, end, row)?;
    word.1.parse().map_err(|_| slip(word, format!("`{}` is no number", word.1), row.syntax))
}

/// What stands behind the command's word, blanks within included: a file's name.
pub(super) fn rest(text: &str, end: usize, row: &LabRow) -> Result<String, Slip> {
    let rest = text.trim_start().get(row.word.len()..).unwrap_or_default().trim();
    if rest.is_empty() {
        return Err(slip((end, ""), format!("`:{}` needs one word more", row.word), row.syntax));
    }
    Ok(rest.to_owned())
}

/// What [`super::Travel::Until`] waits for.
pub(super) fn moment(word: Word<'_>) -> Result<Until, Slip> {
    Ok(match word.1 {
        "packet" => Until::Packet,
        "command" => Until::Command,
        "answer" => Until::Answer,
        "quiet" => Until::Quiet,
        text => match text.strip_prefix('+') {
            Some(span_text) => Until::Passed(span((word.0 + 1, span_text))?),
            None if text.starts_with(|c: char| c.is_ascii_digit()) => {
                Until::Time(Instant::START + span(word)?)
            }
            None => {
                let known = ["packet", "command", "answer", "quiet"];
                let allowed = match nearest(text, known) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "a time such as 24.5s, +2s, packet, command, answer or quiet".to_owned(),
                };
                return Err(slip(word, format!("`{text}` is nothing to wait for"), allowed));
            }
        },
    })
}

/// How fast the screen is.
pub(super) fn pace(word: Word<'_>) -> Result<Pace, Slip> {
    match word.1 {
        "1x" => Ok(Pace::Times(1)),
        "10x" => Ok(Pace::Times(10)),
        "max" => Ok(Pace::Max),
        other => Err(slip(word, format!("`{other}` is no pace"), "1x, 10x or max")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn moments_are_times_spans_and_things_that_happen() {
        assert_eq!(moment((0, "24.5s")), Ok(Until::Time(Instant::START + Duration::from_millis(24_500))));
        assert_eq!(moment((0, "+2s")), Ok(Until::Passed(Duration::from_secs(2))));
        assert_eq!(moment((0, "packet")), Ok(Until::Packet));
        assert!(moment((6, "pakcet")).unwrap_err().allowed.contains("`packet`"));
        assert!(moment((6, "+x")).is_err() && moment((6, "2")).is_err());
    }
}
