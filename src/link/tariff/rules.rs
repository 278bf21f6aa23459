//! The rules of a tariff: what holds at which hours, on which days, after how long a call.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::Rounding;
use super::read::Row;
use super::week::{DAY_MINUTES, MINUTE, Priced, Rate, Rule};
use crate::config::{Document, Number};
use crate::lesson::Lesson;
use crate::link::weekdays;
use crate::time::NANOS_PER_SECOND;
use crate::units::Money;

/// A tariff with more rules than this is a mistake.
const RULES_MAX: usize = 64;

/// The shortest unit of time: a millisecond.
const UNIT_MIN: u64 = NANOS_PER_SECOND / 1000;

/// The highest price of a unit, in whole units of the currency.
const PRICE_MAX: i128 = 1_000_000_000;

/// The word for holidays in a list of days.
const HOLIDAYS: &str = "hol";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleRow {
    days: Option<Spanned<String>>,
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
    after_s: Option<Number>,
    increment_s: Option<Number>,
    unit_price: Option<Number>,
    per_minute: Option<Number>,
    surcharge_per_minute: Option<Number>,
}

/// Turns rows into tariffs, and mistakes into lessons.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub document: Document<'a>,
}

impl Reader<'_> {
    /// The rate where no rule holds.
    pub fn base(self, row: &Row) -> Result<Priced, Lesson> {
        let given = Given {
            unit: self.seconds(row.increment_s.as_ref())?.as_nanos(),
            unit_price: row.unit_price.as_ref().map(|n| self.document.money(n)).transpose()?,
            per_minute: row.per_minute.as_ref().map(|n| self.document.money(n)).transpose()?,
        };
        let rounding = *row.rounding.get_ref();
        let place = [&row.increment_s, &row.unit_price, &row.per_minute].into_iter().flatten().next();
        let place = place.map_or(row.name.span(), Spanned::span);
        let rate = self.rate(rounding, &given, Money::ZERO, place)?;
        let surcharge = self.money(row.surcharge_per_minute.as_ref())?;
        if let Some(number) = row.surcharge_per_minute.as_ref().filter(|_| rate.unit == 0) {
            return Err(self.document.lesson(number.span(), NO_UNIT, "`increment_s` above 0"));
        }
        Ok(Priced { rate, surcharge, by_minute: rounding == Rounding::PerSecond })
    }

    /// All rules, in their order.
    pub fn rules(self, rows: &[Spanned<RuleRow>], base: Priced) -> Result<Vec<Rule>, Lesson> {
        if let Some(row) = rows.get(RULES_MAX) {
            let what = format!("a tariff has at most {RULES_MAX} rules");
            return Err(self.document.lesson(row.span(), what, "one rule too many"));
        }
        rows.iter().map(|row| self.rule(row, base)).collect()
    }

    fn rule(self, spanned: &Spanned<RuleRow>, base: Priced) -> Result<Rule, Lesson> {
        let row = spanned.get_ref();
        let rounding = if base.by_minute { Rounding::PerSecond } else { Rounding::Ceil };
        let (days, holidays) = row
            .days
            .as_ref()
            .map_or(Ok(([true; 7], false)), |days| weekdays::days(&self.document, days, Some(HOLIDAYS)))?;
        let (from, to) = self.hours(row)?;
        let is_priced = row.increment_s.is_some() || row.unit_price.is_some() || row.per_minute.is_some();
        if !is_priced && row.surcharge_per_minute.is_none() {
            let allowed = "`unit_price`, `per_minute`, `increment_s` or `surcharge_per_minute`";
            return Err(self.document.lesson(spanned.span(), "this rule changes nothing", allowed));
        }
        let given = Given {
            unit: row
                .increment_s
                .as_ref()
                .map_or(Ok(base.rate.unit), |n| Ok(self.document.seconds(n)?.as_nanos()))?,
            unit_price: row.unit_price.as_ref().map(|n| self.document.money(n)).transpose()?,
            per_minute: row.per_minute.as_ref().map(|n| self.document.money(n)).transpose()?,
        };
        let rate =
            is_priced.then(|| self.rate(rounding, &given, base.rate.price, spanned.span())).transpose()?;
        let surcharge = self.money(row.surcharge_per_minute.as_ref())?;
        if let Some(number) =
            row.surcharge_per_minute.as_ref().filter(|_| rate.unwrap_or(base.rate).unit == 0)
        {
            return Err(self.document.lesson(number.span(), NO_UNIT, "`increment_s` above 0"));
        }
        let after = self.seconds(row.after_s.as_ref())?.as_nanos();
        Ok(Rule { days, holidays, from, to, after, rate, surcharge })
    }

    /// From when to when a rule holds, in minutes after midnight; without hours all day.
    fn hours(self, row: &RuleRow) -> Result<(u32, u32), Lesson> {
        let from = row
            .from
            .as_ref()
            .map_or(Ok(0), |from| weekdays::minute(&self.document, from, DAY_MINUTES - 1))?;
        let to = row
            .to
            .as_ref()
            .map_or(Ok(DAY_MINUTES), |to| weekdays::minute(&self.document, to, DAY_MINUTES))?;
        match &row.to {
            Some(end) if from == to => {
                Err(self.document.lesson(end.span(), "these hours have no length", "00:00 to 24:00 is a day"))
            }
            _ => Ok((from, to)),
        }
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
                .lesson(place, NO_UNIT, "`increment_s` above 0")
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
}

/// What is wrong with a price of time where no time is sold.
const NO_UNIT: &str = "this tariff has a price for time but no unit of time";

/// What a row or a rule says about the price of time.
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
