//! Tariffs from their data file, and from a user's file of the same form.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::clock::Holiday;
use super::rules::{Reader, RuleRow};
use super::schedule::Schedule;
use super::{Included, MessagePrice, Period, Rounding, Segment, Tariff};
use crate::config::{Document, Number};
use crate::lesson::{Lesson, nearest};
use crate::link::sourced::{Confidence, expand};
use crate::time::Duration;
use crate::units::Money;

/// The tariffs that are built in.
const TARIFFS: &str = include_str!("../../../data/tariffs.toml");

/// A tariff with more holidays than this is a mistake.
const HOLIDAYS_MAX: usize = 64;
/// The highest surcharge in per cent.
const SURCHARGE_MAX: i128 = 1000;

static BUILT_IN: LazyLock<Result<Vec<Tariff>, Lesson>> =
    LazyLock::new(|| Tariff::from_toml(TARIFFS, "data/tariffs.toml"));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "format")]
    _format: String,
    #[serde(default)]
    tariff: Vec<Row>,
    #[serde(default)]
    sources: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub name: Spanned<String>,
    pub currency: Spanned<String>,
    pub rounding: Spanned<Rounding>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    year: u32,
    setup_fee: Option<Number>,
    minimum_charge: Option<Number>,
    minimum_s: Option<Number>,
    pub increment_s: Option<Number>,
    pub unit_price: Option<Number>,
    pub per_minute: Option<Number>,
    /// Added to the price of each minute, whichever rate holds.
    pub surcharge_per_minute: Option<Number>,
    surcharge_percent: Option<Number>,
    /// When a unit is rated: as it begins, or all at the answer.
    #[serde(default)]
    rated: Rated,
    time_zone: Option<Spanned<String>>,
    #[serde(default)]
    holidays: Vec<Spanned<String>>,
    included_units: Option<Spanned<u64>>,
    included_kb: Option<Number>,
    included_money: Option<Number>,
    included_per: Option<Spanned<Period>>,
    per_kb: Option<Number>,
    #[serde(default)]
    kb_block: u32,
    per_segment: Option<Number>,
    segment_bytes: Option<Spanned<u32>>,
    #[serde(default)]
    segment_block: u32,
    first_block_s: Option<Number>,
    first_block_price: Option<Number>,
    per_message: Option<Number>,
    #[serde(default)]
    msg_block_chars: u32,
    #[serde(default)]
    msg_extra_chars: u32,
    msg_extra_price: Option<Number>,
    per_day: Option<Number>,
    monthly: Option<Number>,
    #[serde(default, alias = "rules")]
    windows: Vec<Spanned<RuleRow>>,
    #[serde(default)]
    source: Vec<String>,
    confidence: Option<Confidence>,
    #[serde(default)]
    note: String,
}

impl Tariff {
    /// All tariffs that are built in, in the order of their data file.
    #[must_use]
    pub fn all() -> &'static [Self] {
        BUILT_IN.as_deref().unwrap_or_default()
    }

    /// The built-in tariff called `name`.
    ///
    /// # Errors
    /// No such tariff; the lesson names the nearest.
    pub fn named(name: &str) -> Result<&'static Self, Lesson> {
        let all = BUILT_IN.as_ref().map_err(Lesson::clone)?;
        all.iter().find(|tariff| tariff.name == name).ok_or_else(|| {
            let lesson = Lesson::new(format!("there is no tariff `{name}`"));
            match nearest(name, all.iter().map(|tariff| tariff.name.as_str())) {
                Some(near) => lesson.hint(format!("did you mean `{near}`?")),
                None => lesson.hint("`maillab tariffs --all` lists every one"),
            }
        })
    }

    /// Reads a file of tariffs: `format = "maillab-tariffs/1"`, then a `[[tariff]]` for each, in the form of
    /// `data/tariffs.toml`. A tariff needs `name`, `currency` and `rounding`; all prices default to
    /// nothing, `confidence` to medium.
    ///
    /// # Errors
    /// Whatever is not of this form, and a price that is charged for no unit, with its place in `file`.
    pub fn from_toml(text: &str, file: &str) -> Result<Vec<Self>, Lesson> {
        let document = Document::new(file, text);
        document.check_format("maillab-tariffs", 1)?;
        let read: File = document.read()?;
        let mut names = BTreeSet::new();
        let mut tariffs: Vec<Self> = Vec::with_capacity(read.tariff.len());
        for row in read.tariff {
            if !names.insert(row.name.get_ref().clone()) {
                let what = format!("there are two tariffs `{}`", row.name.get_ref());
                return Err(document.lesson(row.name.span(), what, "each name once"));
            }
            tariffs.push(Reader { document }.tariff(row, &read.sources)?);
        }
        Ok(tariffs)
    }
}

/// When the rate of a unit is decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rated {
    /// When the unit begins.
    #[default]
    EachUnit,
    /// When the call is answered, for all of it.
    AtAnswer,
}

impl Reader<'_> {
    fn tariff(self, row: Row, sources: &BTreeMap<String, String>) -> Result<Tariff, Lesson> {
        self.check_word(&row.name, "a tariff's name")?;
        self.check_word(&row.currency, "a currency")?;
        let rounding = *row.rounding.get_ref();
        let base = self.base(&row)?;
        let rules = self.rules(&row.windows, base)?;
        let holidays = self.holidays(&row.holidays)?;
        if let Some(rule) =
            row.windows.iter().zip(&rules).find(|(_, rule)| rule.holidays && holidays.is_empty())
        {
            let what = "this rule is for holidays, and the tariff names none";
            return Err(self.document.lesson(rule.0.span(), what, "`holidays = [\"12-25\", \"easter+1\"]`"));
        }
        let minimum = self.seconds(row.minimum_s.as_ref())?;
        if let Some(number) =
            row.minimum_s.as_ref().filter(|_| minimum > Duration::ZERO && rounding != Rounding::Ceil)
        {
            let what = "`minimum_s` goes with `rounding = \"ceil\"` only";
            return Err(self.document.lesson(number.span(), what, "leave it out, or use `minimum_charge`"));
        }
        Ok(Tariff {
            rounding,
            base: base.rate,
            schedule: Schedule::new(base, &rules, row.rated == Rated::AtAnswer),
            zone: row.time_zone.as_ref().map(|zone| self.zone(zone)).transpose()?,
            holidays,
            included: self.included(&row)?,
            segment: self.segment(&row)?,
            surcharge_percent: self.percent(row.surcharge_percent.as_ref())?,
            minimum,
            setup_fee: self.money(row.setup_fee.as_ref())?,
            minimum_charge: self.money(row.minimum_charge.as_ref())?,
            first_block: self.seconds(row.first_block_s.as_ref())?,
            first_block_price: self.first_block_price(&row)?,
            per_kb: self.money(row.per_kb.as_ref())?,
            kb_block: row.kb_block,
            per_day: self.money(row.per_day.as_ref())?,
            message: self.message(&row)?,
            monthly: self.money(row.monthly.as_ref())?,
            sources: expand(&row.source, sources),
            confidence: row.confidence.unwrap_or(Confidence::Medium),
            name: row.name.into_inner(),
            currency: row.currency.into_inner(),
            title: row.title,
            country: row.country,
            year: row.year,
            note: row.note,
        })
    }

    fn first_block_price(self, row: &Row) -> Result<Money, Lesson> {
        let price = self.money(row.first_block_price.as_ref())?;
        match &row.first_block_price {
            Some(number)
                if price > Money::ZERO && self.seconds(row.first_block_s.as_ref())? == Duration::ZERO =>
            {
                let what = "this first block has a price but no length";
                Err(self.document.lesson(number.span(), what, "`first_block_s` above 0, or `setup_fee`"))
            }
            _ => Ok(price),
        }
    }

    fn included(self, row: &Row) -> Result<Option<Included>, Lesson> {
        let included = Included {
            units: row.included_units.as_ref().map_or(0, |units| *units.get_ref()),
            bytes: row.included_kb.as_ref().map_or(Ok(0), |kb| self.kilobytes(kb))?,
            money: self.money(row.included_money.as_ref())?,
            per: row.included_per.as_ref().map_or(Period::Call, |per| *per.get_ref()),
        };
        let is_nothing = (included.units, included.bytes, included.money) == (0, 0, Money::ZERO);
        match row.included_per.as_ref().filter(|_| is_nothing) {
            Some(per) => {
                let what = "this says how often something is included, and nothing is";
                Err(self.document.lesson(
                    per.span(),
                    what,
                    "with `included_units`, `included_kb` or `included_money`",
                ))
            }
            None => Ok((!is_nothing).then_some(included)),
        }
    }

    /// Kilobytes of 1024 bytes, as bytes.
    fn kilobytes(self, number: &Number) -> Result<u64, Lesson> {
        let nanos = self.document.decimal(number, 1_000_000_000)?;
        Ok(u64::try_from(u128::from(nanos) * 1024 / 1_000_000_000).unwrap_or(u64::MAX))
    }

    fn segment(self, row: &Row) -> Result<Option<Segment>, Lesson> {
        let price = self.money(row.per_segment.as_ref())?;
        let bytes = row.segment_bytes.as_ref().map_or(0, |bytes| *bytes.get_ref());
        match (&row.per_segment, &row.segment_bytes) {
            (Some(number), None) => {
                let what = "a segment has a price here but no size";
                Err(self.document.lesson(number.span(), what, "with `segment_bytes`; on X.25 networks 64"))
            }
            (_, Some(size)) if bytes == 0 || bytes > 65_535 => {
                Err(self.document.lesson(size.span(), "no segment has this size", "1 to 65535 bytes"))
            }
            (None, Some(size)) => Err(self.document.lesson(
                size.span(),
                "a segment has a size here but no price",
                "with `per_segment`",
            )),
            _ => Ok((price > Money::ZERO).then_some(Segment { price, bytes, block: row.segment_block })),
        }
    }

    fn percent(self, number: Option<&Number>) -> Result<Money, Lesson> {
        let percent = self.money(number)?;
        match number {
            Some(number) if percent > Money::from_nanos(SURCHARGE_MAX * Money::NANOS) => {
                let allowed = format!("0 to {SURCHARGE_MAX} per cent");
                Err(self.document.lesson(number.span(), "this surcharge is out of range", allowed))
            }
            _ => Ok(percent),
        }
    }

    /// When the clock is put forward and back, as the environment variable TZ of POSIX says it.
    fn zone(self, text: &Spanned<String>) -> Result<TimeZone, Lesson> {
        TimeZone::posix(text.get_ref()).map_err(|error| {
            self.document
                .lesson(text.span(), "this is no rule for a clock", "such as \"CET-1CEST,M3.5.0,M10.5.0/3\"")
                .note(error.to_string())
                .note(
                    "the form is that of TZ in POSIX: name and offset, name in summer, then when summer time begins \
                     and ends; M3.5.0 is the last Sunday of March",
                )
        })
    }

    fn holidays(self, days: &[Spanned<String>]) -> Result<Vec<Holiday>, Lesson> {
        if let Some(day) = days.get(HOLIDAYS_MAX) {
            let what = format!("a tariff has at most {HOLIDAYS_MAX} holidays");
            return Err(self.document.lesson(day.span(), what, "one holiday too many"));
        }
        let holiday = |day: &Spanned<String>| {
            Holiday::parse(day.get_ref()).ok_or_else(|| {
                let allowed = "\"12-25\", \"1998-06-11\", \"easter\", \"easter+1\" or \"easter-2\"";
                self.document.lesson(day.span(), "this is no holiday", allowed)
            })
        };
        days.iter().map(holiday).collect()
    }

    fn message(self, row: &Row) -> Result<Option<MessagePrice>, Lesson> {
        let price = self.money(row.per_message.as_ref())?;
        let extra_price = self.money(row.msg_extra_price.as_ref())?;
        let (characters, extra_characters) = (row.msg_block_chars, row.msg_extra_chars);
        Ok((price > Money::ZERO).then_some(MessagePrice { price, characters, extra_price, extra_characters }))
    }

    pub(super) fn money(self, number: Option<&Number>) -> Result<Money, Lesson> {
        number.map_or(Ok(Money::ZERO), |number| self.document.money(number))
    }

    pub(super) fn seconds(self, number: Option<&Number>) -> Result<Duration, Lesson> {
        number.map_or(Ok(Duration::ZERO), |number| self.document.seconds(number))
    }

    /// A name that can stand in a command line and in a table.
    fn check_word(self, word: &Spanned<String>, kind: &str) -> Result<(), Lesson> {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        let text = word.get_ref();
        if !text.is_empty() && text.chars().count() <= 64 && text.chars().all(fits) {
            return Ok(());
        }
        let allowed = "1 to 64 letters, digits, `-`, `_`, `.`";
        Err(self.document.lesson(word.span(), format!("this cannot be {kind}"), allowed))
    }
}
