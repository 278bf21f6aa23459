//! Tariffs from their data file, and from a user's file of the same form.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use super::week::{DAY_MINUTES, MINUTE, Rate, Week, Window};
use super::{MessagePrice, Rounding, Tariff};
use crate::config::{Document, Number};
use crate::lesson::{Lesson, nearest};
use crate::link::sourced::{Confidence, expand};
use crate::time::{Duration, NANOS_PER_SECOND};
use crate::units::Money;

/// The tariffs that are built in.
const TARIFFS: &str = include_str!("../../../data/tariffs.toml");

/// A tariff with more windows of time than this is a mistake.
const WINDOWS_MAX: usize = 64;

/// The shortest unit of time: a millisecond.
const UNIT_MIN: u64 = NANOS_PER_SECOND / 1000;

/// The highest price of a unit, in whole units of the currency.
const PRICE_MAX: i128 = 1_000_000_000;

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
struct Row {
    name: Spanned<String>,
    currency: Spanned<String>,
    rounding: Spanned<Rounding>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    country: String,
    #[serde(default)]
    year: u32,
    setup_fee: Option<Number>,
    minimum_charge: Option<Number>,
    minimum_s: Option<Number>,
    increment_s: Option<Number>,
    unit_price: Option<Number>,
    per_minute: Option<Number>,
    per_kb: Option<Number>,
    #[serde(default)]
    kb_block: u32,
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
    #[serde(default)]
    windows: Vec<Spanned<WindowRow>>,
    #[serde(default)]
    source: Vec<String>,
    confidence: Option<Confidence>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowRow {
    days: Spanned<String>,
    from: Spanned<String>,
    to: Spanned<String>,
    increment_s: Option<Number>,
    unit_price: Option<Number>,
    per_minute: Option<Number>,
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
    /// `data/tariffs.toml`. A tariff needs `name`, `currency` and `rounding`; all prices default
    /// to nothing, `confidence` to medium.
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

/// Turns rows into tariffs, and mistakes into lessons.
#[derive(Clone, Copy)]
struct Reader<'a> {
    document: Document<'a>,
}

impl Reader<'_> {
    fn tariff(self, row: Row, sources: &BTreeMap<String, String>) -> Result<Tariff, Lesson> {
        self.check_word(&row.name, "a tariff's name")?;
        self.check_word(&row.currency, "a currency")?;
        let rounding = *row.rounding.get_ref();
        let base = self.base(&row)?;
        let windows = self.windows(&row.windows, rounding, base)?;
        let minimum = self.seconds(row.minimum_s.as_ref())?;
        if let Some(number) =
            row.minimum_s.as_ref().filter(|_| minimum > Duration::ZERO && rounding != Rounding::Ceil)
        {
            let what = "`minimum_s` goes with `rounding = \"ceil\"` only";
            return Err(self.document.lesson(number.span(), what, "leave it out, or use `minimum_charge`"));
        }
        Ok(Tariff {
            rounding,
            base,
            week: Week::new(base, &windows),
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

    /// The rate outside all windows.
    fn base(self, row: &Row) -> Result<Rate, Lesson> {
        let unit = self.seconds(row.increment_s.as_ref())?.as_nanos();
        let given = Given {
            unit,
            unit_price: row.unit_price.as_ref().map(|n| self.document.money(n)).transpose()?,
            per_minute: row.per_minute.as_ref().map(|n| self.document.money(n)).transpose()?,
        };
        let place = [&row.increment_s, &row.unit_price, &row.per_minute].into_iter().flatten().next();
        let place = place.map_or(row.name.span(), Spanned::span);
        self.rate(*row.rounding.get_ref(), &given, Money::ZERO, place)
    }

    fn windows(
        self,
        rows: &[Spanned<WindowRow>],
        rounding: Rounding,
        base: Rate,
    ) -> Result<Vec<Window>, Lesson> {
        if let Some(row) = rows.get(WINDOWS_MAX) {
            let what = format!("a tariff has at most {WINDOWS_MAX} windows of time");
            return Err(self.document.lesson(row.span(), what, "one window too many"));
        }
        rows.iter().map(|row| self.window(row, rounding, base)).collect()
    }

    fn window(self, spanned: &Spanned<WindowRow>, rounding: Rounding, base: Rate) -> Result<Window, Lesson> {
        let row = spanned.get_ref();
        let given = Given {
            unit: row
                .increment_s
                .as_ref()
                .map_or(Ok(base.unit), |n| Ok(self.document.seconds(n)?.as_nanos()))?,
            unit_price: row.unit_price.as_ref().map(|n| self.document.money(n)).transpose()?,
            per_minute: row.per_minute.as_ref().map(|n| self.document.money(n)).transpose()?,
        };
        let (from, to) = (self.minute(&row.from, DAY_MINUTES - 1)?, self.minute(&row.to, DAY_MINUTES)?);
        if from == to {
            return Err(self.document.lesson(
                row.to.span(),
                "this window has no length",
                "00:00 to 24:00 is a day",
            ));
        }
        let rate = self.rate(rounding, &given, base.price, spanned.span())?;
        Ok(Window { days: self.days(&row.days)?, from, to, rate })
    }

    /// The rate of what is given; `price` holds where no price is.
    fn rate(
        self,
        rounding: Rounding,
        given: &Given,
        price: Money,
        place: Range<usize>,
    ) -> Result<Rate, Lesson> {
        let Given { unit, unit_price, per_minute } = *given;
        if unit > 0 && unit < UNIT_MIN {
            return Err(self.document.lesson(place, "a unit of time is too short", "at least 0.001 s"));
        }
        if rounding == Rounding::PerSecond {
            let unit = if unit == 0 { NANOS_PER_SECOND } else { unit };
            let from_unit = unit_price.map(|price| scaled(price, MINUTE, unit));
            return self.bounded(Rate { price: per_minute.or(from_unit).unwrap_or(price), unit }, place);
        }
        let is_priced = [unit_price, per_minute].into_iter().flatten().any(|price| price > Money::ZERO);
        if unit == 0
            && unit_price.is_none_or(|price| price > Money::ZERO)
            && (is_priced || price > Money::ZERO)
        {
            return Err(self
                .document
                .lesson(
                    place,
                    "this tariff has a price for time but no unit of time",
                    "`increment_s` above 0",
                )
                .hint("`increment_s = 60` sells started minutes; a price of 0 makes time free"));
        }
        let from_minute = per_minute.map(|price| scaled(price, unit, MINUTE));
        self.bounded(Rate { price: unit_price.or(from_minute).unwrap_or(price), unit }, place)
    }

    /// A price that is worked out is held to the bound of those that are read, so that no bill can overflow.
    fn bounded(self, rate: Rate, place: Range<usize>) -> Result<Rate, Lesson> {
        if rate.price <= Money::from_nanos(PRICE_MAX * Money::NANOS) {
            return Ok(rate);
        }
        let allowed = format!("at most {PRICE_MAX} of the currency");
        Err(self.document.lesson(place, format!("a unit would cost {} here", rate.price), allowed))
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

    fn message(self, row: &Row) -> Result<Option<MessagePrice>, Lesson> {
        let price = self.money(row.per_message.as_ref())?;
        let extra_price = self.money(row.msg_extra_price.as_ref())?;
        let (characters, extra_characters) = (row.msg_block_chars, row.msg_extra_chars);
        Ok((price > Money::ZERO).then_some(MessagePrice { price, characters, extra_price, extra_characters }))
    }

    fn money(self, number: Option<&Number>) -> Result<Money, Lesson> {
        number.map_or(Ok(Money::ZERO), |number| self.document.money(number))
    }

    fn seconds(self, number: Option<&Number>) -> Result<Duration, Lesson> {
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

    /// A time of day as minutes after midnight, at most `max`.
    fn minute(self, clock: &Spanned<String>, max: u32) -> Result<u32, Lesson> {
        let is_two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        let two_digits = |part: &str| part.parse::<u32>().ok().filter(|_| is_two_digits(part));
        let minutes = || {
            let (hour, minute) = clock.get_ref().split_once(':')?;
            let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
            (minute < 60).then_some(hour * 60 + minute).filter(|minutes| *minutes <= max)
        };
        minutes().ok_or_else(|| {
            let (what, last) =
                ("this is no time of day", format!("00:00 to {:02}:{:02}", max / 60, max % 60));
            self.document.lesson(clock.span(), what, last)
        })
    }

    /// A day or a range of days, from Monday.
    fn days(self, days: &Spanned<String>) -> Result<[bool; 7], Lesson> {
        let day = |name: &str| DAYS.iter().position(|known| *known == name);
        let (first, last) = days.get_ref().split_once('-').unwrap_or((days.get_ref(), days.get_ref()));
        let (Some(first), Some(last)) = (day(first), day(last)) else {
            let allowed = format!("a day or a range such as mon-fri; days are {}", DAYS.join(" "));
            return Err(self.document.lesson(days.span(), "these are no days of the week", allowed));
        };
        let length = (last + 7 - first) % 7;
        Ok(std::array::from_fn(|day| (day + 7 - first) % 7 <= length))
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What a row or a window says about the price of time.
struct Given {
    unit: u64,
    unit_price: Option<Money>,
    per_minute: Option<Money>,
}

/// The price of `of` where `whole` costs `price`, rounded to the nearest 10⁻⁹ of the currency.
fn scaled(price: Money, of: u64, whole: u64) -> Money {
    let (of, whole) = (i128::from(of), i128::from(whole.max(1)));
    Money::from_nanos((price.as_nanos() * of + whole / 2) / whole)
}
