//! Reading a scenario file: `format = "maillab-scenario/1"`.
//!
//! ```toml
//! format = "maillab-scenario/1"
//! seed = 1998
//! start = 1998-03-02T20:00:00     # local time: tariffs need it
//! neighbours = ["ned", "dan"]     # other users of the server, each with the password `secret`
//!
//! [mailbox]                       # period and messages, or path, or embedded; without the table: embedded
//! period = "1998"
//! messages = 60
//! attachments = 0.1               # share of messages that have one; without it: the period's own
//! # mean_bytes = 4000             # so that messages have this mean size; or exact_bytes: each of this size
//! # attached_to = 3              # message 3 has an attachment whatever chance says,
//! # attached_bytes = 750000       # of so many bytes before it is encoded,
//! # attached_kind = "picture"     # compressed already; or "document", which compresses; without it: by chance
//! # path = "INBOX.mbox"           # mbox, Maildir or a folder of .eml files
//! # embedded = true               # the default mailbox inside the program
//! # order = "largest-first"       # the largest message stands before the others; else "received"
//!
//! [reader]
//! reads = 0.4                     # a share, a list of numbers from 1, or { subject = "report" }
//! opens = "text"                  # or "all": attachments too
//! think_s = 20                    # time for each message read,
//! think_s_per_kB = 30             # and for each 1,000 octets of its text
//! answers = 0.25                  # a share of those read, how many of them, a list, or { subject = "…" }
//! answer_bytes = 1000             # header included
//! write_s = 120                   # time for each answer
//! deletes = "none"                # or "read", or "all"
//! visits = 1                      # the mailbox comes in as many equal batches, one before each visit
//! every = "24h"
//! workstations = 1
//!
//! [[board]]                       # a bulletin board that everybody may read; as many as are wanted
//! name = "sf-lovers"
//! messages = 30                   # of the mailbox's period
//! # mean_bytes = 1500
//!
//! [call]                          # see calls.rs and the book's page on calls; without it as the link's data say
//! idle_hang_up_s = 600
//! drops = ["at=90s"]              # also "byte=10000,call=2"; drops_per_hour = 0.5 and fails = 0.08 need --chance
//! windows = [{ days = "mon-fri", from = "18:00", to = "08:00" }]
//! outside = "wait"                # or "fail"
//! budget_s = 5400
//! redials = 9
//! pause_s = 60
//!
//! [branch]                        # the mail is that of a branch office, not of one reader
//! people = 20                     # user1 to user20, each with a maildrop at the office
//! for_all = 4                     # messages that are for everybody
//!
//! [run]
//! strategies = ["pop3-fetch-all-delete", "imap-online"]
//! links = ["v34-28800:plain"]
//! tariffs = ["bt-local-1997"]
//! ```

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::answer::ANSWER_OCTETS_MIN;
use super::boards::{self, BoardTable};
use super::calls::{self, CallTable};
use super::others::{BranchTable, branch, neighbours};
use super::{Attached, Choice, Deletes, Habits, MailSource, Opens, Order, Scenario, Size};
use crate::config::{Document, Number};
use crate::lesson::{Lesson, nearest};
use crate::link::preset;
use crate::link::tariff::Tariff;
use crate::mail::date::Timestamp;
use crate::mail::generate::{FileKind, Generator, Period};
use crate::strategy;
use crate::time::Duration;
use crate::units::Money;

/// The most messages that a mailbox is generated with.
pub(super) const MESSAGES_MAX: u32 = 1_000_000;
/// The least mean size in octets that mail with headers can have.
pub(super) const MEAN_MIN: u32 = 500;
/// The longest answer in octets.
const ANSWER_OCTETS_MAX: u32 = 64 << 20;
/// The most visits.
const VISITS_MAX: u32 = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    seed: Option<u64>,
    start: Option<Spanned<Value>>,
    #[serde(default)]
    neighbours: Vec<Spanned<String>>,
    mailbox: Option<Spanned<MailboxTable>>,
    #[serde(default)]
    board: Vec<BoardTable>,
    #[serde(default)]
    reader: ReaderTable,
    #[serde(default)]
    call: CallTable,
    branch: Option<BranchTable>,
    #[serde(default)]
    run: RunTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MailboxTable {
    period: Option<Spanned<String>>,
    messages: Option<Spanned<u32>>,
    attachments: Option<Spanned<f64>>,
    mean_bytes: Option<Spanned<u32>>,
    exact_bytes: Option<Spanned<u32>>,
    attached_to: Option<Spanned<u32>>,
    attached_bytes: Option<Spanned<u32>>,
    attached_kind: Option<Spanned<String>>,
    path: Option<Spanned<String>>,
    embedded: Option<Spanned<bool>>,
    order: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReaderTable {
    reads: Option<Spanned<Value>>,
    opens: Option<Spanned<String>>,
    think_s: Option<Number>,
    #[serde(rename = "think_s_per_kB")]
    think_s_per_kb: Option<Number>,
    answers: Option<Spanned<Value>>,
    answer_bytes: Option<Spanned<u32>>,
    write_s: Option<Number>,
    deletes: Option<Spanned<String>>,
    visits: Option<Spanned<u32>>,
    every: Option<Spanned<String>>,
    workstations: Option<Spanned<u32>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunTable {
    #[serde(default)]
    strategies: Vec<Spanned<String>>,
    #[serde(default)]
    links: Vec<Spanned<String>>,
    #[serde(default)]
    tariffs: Vec<Spanned<String>>,
}

/// Reads a scenario called `name`.
///
/// # Errors
/// A lesson with the line and a caret: what is no TOML, an unknown key (with the nearest known one), a value out
/// of its range, an unknown strategy, link or tariff.
pub fn read(name: &str, document: &Document<'_>) -> Result<Scenario, Lesson> {
    document.check_format("maillab-scenario", 1)?;
    let file: File = document.read()?;
    let standard = Scenario::default();
    let (mailbox, order) = match &file.mailbox {
        Some(table) => (mail_source(document, table)?, order(document, table.get_ref())?),
        None => (standard.mailbox, standard.order),
    };
    check_names(document, &file.run.strategies, |name| strategy::named(name).map(drop))?;
    check_names(document, &file.run.links, |name| preset::resolve(name).map(drop))?;
    check_names(document, &file.run.tariffs, |name| {
        // A file of tariffs is for the edge to read.
        if name.ends_with(".toml") { Ok(()) } else { Tariff::named(name).map(drop) }
    })?;
    let (calls, habits) = calls::read(document, &file.call, habits(document, &file.reader)?)?;
    Ok(Scenario {
        name: name.to_owned(),
        seed: file.seed.unwrap_or(standard.seed),
        start: file.start.as_ref().map_or(Ok(standard.start), |start| local_time(document, start))?,
        mailbox,
        order,
        boards: boards::read(document, &file.board)?,
        neighbours: neighbours(document, file.neighbours)?,
        branch: file.branch.as_ref().map(|table| branch(document, table, habits.visits)).transpose()?,
        habits,
        calls,
        strategies: names(file.run.strategies),
        links: names(file.run.links),
        tariffs: names(file.run.tariffs),
    })
}

fn check_names(
    document: &Document<'_>,
    names: &[Spanned<String>],
    known: impl Fn(&str) -> Result<(), Lesson>,
) -> Result<(), Lesson> {
    names
        .iter()
        .try_for_each(|name| known(name.get_ref()).map_err(|lesson| lesson.at(document.place(name.span()))))
}

pub(super) fn names(spanned: Vec<Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(Spanned::into_inner).collect()
}

fn mail_source(document: &Document<'_>, spanned: &Spanned<MailboxTable>) -> Result<MailSource, Lesson> {
    let table = spanned.get_ref();
    let generated = [
        table.period.as_ref().map(|key| ("period", key.span())),
        table.messages.as_ref().map(|key| ("messages", key.span())),
        table.attachments.as_ref().map(|key| ("attachments", key.span())),
        table.mean_bytes.as_ref().map(|key| ("mean_bytes", key.span())),
        table.exact_bytes.as_ref().map(|key| ("exact_bytes", key.span())),
        table.attached_to.as_ref().map(|key| ("attached_to", key.span())),
        table.attached_bytes.as_ref().map(|key| ("attached_bytes", key.span())),
        table.attached_kind.as_ref().map(|key| ("attached_kind", key.span())),
    ];
    let one_of = "give one of `period` with `messages`, `path`, `embedded = true`";
    if let (Some(path), embedded) = (&table.path, &table.embedded) {
        let other = generated.into_iter().flatten().next();
        return match (other, embedded.as_ref().filter(|yes| *yes.get_ref())) {
            (Some((key, span)), _) => {
                Err(document.lesson(span, format!("a mailbox has `path` or `{key}`"), one_of))
            }
            (None, Some(yes)) => {
                Err(document.lesson(yes.span(), "a mailbox has `path` or `embedded`, not both", one_of))
            }
            (None, None) => Ok(MailSource::Path(path.get_ref().clone())),
        };
    }
    if table.embedded.as_ref().is_some_and(|yes| *yes.get_ref()) {
        return match generated.into_iter().flatten().next() {
            Some((key, span)) => {
                let what = format!("the embedded mailbox is as it is: `{key}` cannot change it");
                Err(document.lesson(span, what, one_of))
            }
            None => Ok(MailSource::Embedded),
        };
    }
    let (Some(period), Some(messages)) = (&table.period, &table.messages) else {
        return Err(document.lesson(
            spanned.span(),
            "this table does not say which mailbox is meant",
            one_of,
        ));
    };
    Period::named(period.get_ref()).map_err(|lesson| lesson.at(document.place(period.span())))?;
    generated_mail(document, table, period.get_ref(), within(document, messages, 0, MESSAGES_MAX)?)
}

fn generated_mail(
    document: &Document<'_>,
    table: &MailboxTable,
    period: &str,
    messages: u32,
) -> Result<MailSource, Lesson> {
    let size = match (&table.mean_bytes, &table.exact_bytes) {
        (Some(_), Some(exact)) => {
            let what = "messages have a mean size or an exact one, not both";
            return Err(document.lesson(exact.span(), what, "leave out `exact_bytes` or `mean_bytes`"));
        }
        (Some(mean), None) => Size::Mean(within(document, mean, MEAN_MIN, Generator::EXACT_MAX)?),
        (None, Some(exact)) => {
            Size::Exact(within(document, exact, Generator::EXACT_MIN, Generator::EXACT_MAX)?)
        }
        (None, None) => Size::OfPeriod,
    };
    let attachments = match &table.attachments {
        Some(share) => Some(a_share(document, share.span(), *share.get_ref(), "attachments")?),
        None => None,
    };
    let attached = attached(document, table, messages)?;
    Ok(MailSource::Generated { period: period.to_owned(), messages, attachments, size, attached })
}

fn attached(
    document: &Document<'_>,
    table: &MailboxTable,
    messages: u32,
) -> Result<Option<Attached>, Lesson> {
    match (&table.attached_to, &table.attached_bytes) {
        (None, None) => match &table.attached_kind {
            None => Ok(None),
            Some(kind) => Err(document.lesson(
                kind.span(),
                "which message has it?",
                "`attached_to` and `attached_bytes`",
            )),
        },
        (Some(to), Some(octets)) => {
            let octets = within(document, octets, 1, Generator::EXACT_MAX)?;
            if let Some(exact) = &table.exact_bytes {
                let what = "messages of one exact size have no attachment";
                return Err(document.lesson(exact.span(), what, "leave out `exact_bytes` or `attached_to`"));
            }
            let kind = word(document, table.attached_kind.as_ref(), None, &FileKind::WORDS)?;
            Ok(Some(Attached { to: within(document, to, 1, messages.max(1))?, octets, kind }))
        }
        (Some(one), None) | (None, Some(one)) => {
            let what = "an attachment needs a message and a size";
            Err(document.lesson(one.span(), what, "`attached_to` and `attached_bytes` stand together"))
        }
    }
}

fn order(document: &Document<'_>, table: &MailboxTable) -> Result<Order, Lesson> {
    word(
        document,
        table.order.as_ref(),
        Order::Received,
        &[("received", Order::Received), ("largest-first", Order::LargestFirst)],
    )
}

fn habits(document: &Document<'_>, table: &ReaderTable) -> Result<Habits, Lesson> {
    let standard = Habits::default();
    if let Some(several) = table.workstations.as_ref().filter(|count| *count.get_ref() != 1) {
        return Err(document.lesson(several.span(), "a reader has one workstation here", "1").note(
            "with several, what one device knows of the other's actions has to be tracked: not built yet",
        ));
    }
    Ok(Habits {
        reads: match &table.reads {
            Some(value) => choice(document, value, Whole::Share)?,
            None => standard.reads,
        },
        opens: word(
            document,
            table.opens.as_ref(),
            standard.opens,
            &[("all", Opens::All), ("text", Opens::Text)],
        )?,
        think: seconds(document, table.think_s.as_ref())?,
        think_per_kb: seconds(document, table.think_s_per_kb.as_ref())?,
        answers: match &table.answers {
            Some(value) => choice(document, value, Whole::Count)?,
            None => standard.answers,
        },
        answer_octets: match &table.answer_bytes {
            Some(octets) => within(document, octets, ANSWER_OCTETS_MIN, ANSWER_OCTETS_MAX)?,
            None => standard.answer_octets,
        },
        write: seconds(document, table.write_s.as_ref())?,
        deletes: word(
            document,
            table.deletes.as_ref(),
            standard.deletes,
            &[("none", Deletes::None), ("read", Deletes::Read), ("all", Deletes::All)],
        )?,
        visits: match &table.visits {
            Some(visits) => within(document, visits, 1, VISITS_MAX)?,
            None => standard.visits,
        },
        every: table.every.as_ref().map_or(Ok(standard.every), |span| interval(document, span))?,
        redials: standard.redials,
        redial_pause: standard.redial_pause,
    })
}

/// What a whole number means where messages are chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    /// `reads = 1`: all of them.
    Share,
    /// `answers = 1`: one of them. A share has a decimal point.
    Count,
}

fn choice(document: &Document<'_>, value: &Spanned<Value>, whole: Whole) -> Result<Choice, Lesson> {
    let allowed = match whole {
        Whole::Share => "a share from 0 to 1, a list of numbers from 1, or { subject = \"text\" }",
        Whole::Count => {
            "a share from 0.0 to 1.0, how many, a list of numbers from 1, or { subject = \"text\" }"
        }
    };
    let wrong = || document.lesson(value.span(), "this does not say which messages are meant", allowed);
    match (value.get_ref(), whole) {
        (Value::Float(share), _) if (0.0..=1.0).contains(share) => Ok(Choice::Share(*share)),
        (Value::Integer(share @ 0..=1), Whole::Share) => Ok(Choice::Share(*share as f64)),
        (Value::Integer(count), Whole::Count) => {
            Ok(Choice::Count(u32::try_from(*count).map_err(|_| wrong())?))
        }
        (Value::Array(numbers), _) => {
            let number =
                |value: &Value| value.as_integer().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0);
            numbers
                .iter()
                .map(number)
                .collect::<Option<BTreeSet<u32>>>()
                .map(Choice::Numbers)
                .ok_or_else(wrong)
        }
        (Value::Table(table), _) => match (table.get("subject").and_then(Value::as_str), table.len()) {
            (Some(text), 1) => Ok(Choice::Subject(text.to_owned())),
            _ => Err(wrong()),
        },
        _ => Err(wrong()),
    }
}

fn a_share(
    document: &Document<'_>,
    span: std::ops::Range<usize>,
    share: f64,
    key: &str,
) -> Result<f64, Lesson> {
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    Err(document.lesson(span, format!("`{key}` is a share of the messages"), "0 to 1, say 0.1"))
}

pub(super) fn within(
    document: &Document<'_>,
    number: &Spanned<u32>,
    low: u32,
    high: u32,
) -> Result<u32, Lesson> {
    let value = *number.get_ref();
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(document.lesson(number.span(), format!("{value} is out of range here"), format!("{low} to {high}")))
}

fn seconds(document: &Document<'_>, number: Option<&Number>) -> Result<Duration, Lesson> {
    number.map_or(Ok(Duration::ZERO), |number| document.seconds(number))
}

fn word<T: Copy>(
    document: &Document<'_>,
    given: Option<&Spanned<String>>,
    otherwise: T,
    known: &[(&str, T)],
) -> Result<T, Lesson> {
    let Some(given) = given else { return Ok(otherwise) };
    let word = given.get_ref().as_str();
    if let Some((_, meaning)) = known.iter().find(|(name, _)| *name == word) {
        return Ok(*meaning);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let lesson = document.lesson(given.span(), format!("`{word}` is not known here"), names.join(", "));
    Err(match nearest(word, names) {
        Some(near) => lesson.hint(format!("did you mean `{near}`?")),
        None => lesson,
    })
}

/// A span of time as `every` has it: a number and its unit.
fn interval(document: &Document<'_>, given: &Spanned<String>) -> Result<Duration, Lesson> {
    const UNITS: [(&str, u64); 5] = [("min", 60), ("h", 3600), ("d", 86_400), ("w", 604_800), ("s", 1)];
    let text = given.get_ref().trim();
    UNITS
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?.trim(), *seconds)))
        .and_then(|(number, seconds)| Some((u64::try_from(Money::parse(number)?.as_nanos()).ok()?, seconds)))
        .and_then(|(nanos, seconds)| nanos.checked_mul(seconds))
        .map(Duration::from_nanos)
        .ok_or_else(|| {
            let what = format!("`{text}` is no span of time");
            document.lesson(given.span(), what, "a number and s, min, h, d or w: \"24h\"")
        })
}

/// The time on the wall, with or without its zone.
fn local_time(document: &Document<'_>, given: &Spanned<Value>) -> Result<Timestamp, Lesson> {
    let written = match given.get_ref() {
        Value::Datetime(written) => Some(*written),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    written.and_then(timestamp).ok_or_else(|| {
        document.lesson(
            given.span(),
            "this is no moment of the calendar",
            "a date and a time: 1998-03-02T20:00:00",
        )
    })
}

fn timestamp(written: toml::value::Datetime) -> Option<Timestamp> {
    let (date, time) = (written.date?, written.time?);
    let narrow = |value: u8| i8::try_from(value).ok();
    let local = jiff::civil::DateTime::new(
        i16::try_from(date.year).ok()?,
        narrow(date.month)?,
        narrow(date.day)?,
        narrow(time.hour)?,
        narrow(time.minute)?,
        // A leap second has no place of its own in the count of seconds.
        narrow(time.second.unwrap_or(0))?.min(59),
        0,
    )
    .ok()?;
    let offset = match written.offset {
        Some(toml::value::Offset::Custom { minutes }) => minutes,
        Some(toml::value::Offset::Z) | None => 0,
    };
    Some(Timestamp::from_civil(local, offset))
}
