//! The clock on the wall during a call: summer time and holidays.

use jiff::civil::{self, Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Moment, ToSpan};

use super::week::{DAY_MINUTES, MINUTE};
use crate::mail::date::Timestamp;
use crate::time::{Instant, NANOS_PER_SECOND};

/// Nanoseconds in a day of 24 hours.
pub(super) const DAY: i128 = DAY_MINUTES as i128 * MINUTE as i128;

/// A day on which rules for holidays hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holiday {
    /// The same date each year: month and day.
    Yearly(i8, i8),
    /// One day of one year.
    Once(Date),
    /// So many days after Easter Sunday, or before it.
    Easter(i32),
}

impl Holiday {
    /// Reads `12-25`, `1998-06-11`, `easter`, `easter+1` or `easter-2`.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(days) = text.strip_prefix("easter") {
            let days = if days.is_empty() { 0 } else { days.parse().ok()? };
            let is_signed = days == 0 || text.contains(['+', '-']);
            return (is_signed && (-100..=100).contains(&days)).then_some(Self::Easter(days));
        }
        let mut numbers = text.split('-').map(|part| {
            part.parse::<i16>().ok().filter(|_| part.len() > 1 && part.bytes().all(|b| b.is_ascii_digit()))
        });
        match (numbers.next()?, numbers.next()?, numbers.next(), numbers.next()) {
            (Some(month), Some(day), None, None) => {
                let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
                // Of a leap year, so that 29 February is one.
                Date::new(2000, month, day).ok().map(|_| Self::Yearly(month, day))
            }
            (Some(year), Some(month), Some(Some(day)), None) => {
                let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
                Date::new(year, month, day).ok().map(Self::Once)
            }
            _ => None,
        }
    }

    fn is_on(self, date: Date) -> bool {
        match self {
            Self::Yearly(month, day) => (date.month(), date.day()) == (month, day),
            Self::Once(day) => date == day,
            Self::Easter(days) => {
                easter(date.year()).and_then(|sunday| sunday.checked_add(days.days()).ok()) == Some(date)
            }
        }
    }
}

/// Easter Sunday of the Gregorian calendar, by the method of Meeus, Jones and Butcher.
fn easter(year: i16) -> Option<Date> {
    let year = i32::from(year);
    let golden = year.rem_euclid(19);
    let (century, in_century) = (year.div_euclid(100), year.rem_euclid(100));
    let epact =
        (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15).rem_euclid(30);
    let weekday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4).rem_euclid(7);
    let correction = (golden + 11 * epact + 22 * weekday) / 451;
    let days = epact + weekday - 7 * correction + 114;
    Date::new(i16::try_from(year).ok()?, (days / 31) as i8, (days % 31 + 1) as i8).ok()
}

/// What the clock on the wall shows while a call goes on.
#[derive(Clone, Debug)]
pub(super) struct Clock<'a> {
    /// What it shows at the answer, in nanoseconds since 1970 began on it, without changes of summer time.
    answered: i128,
    zone: Option<Zoned<'a>>,
    holidays: &'a [Holiday],
}

/// A clock that is put forward and back.
#[derive(Clone, Debug)]
struct Zoned<'a> {
    rules: &'a TimeZone,
    /// Nanoseconds since 1970 in universal time, at the answer.
    answered: i128,
    /// How far the clock is ahead of universal time, in nanoseconds, and until when that holds (universal time).
    now: Option<(i128, i128)>,
}

/// A moment on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Face {
    /// Nanoseconds since 1970 began on this clock.
    pub local: i128,
    /// Whether it is a holiday.
    pub is_holiday: bool,
    /// For how many nanoseconds the clock runs on without a jump and the day remains of its kind.
    pub holds: u64,
}

impl<'a> Clock<'a> {
    /// The clock during a call that was answered at `answered`. `epoch` is what it shows at [`Instant::START`]; with
    /// a `zone` it is put forward and back from there on.
    pub fn new(
        epoch: Timestamp,
        answered: Instant,
        zone: Option<&'a TimeZone>,
        holidays: &'a [Holiday],
    ) -> Self {
        let shown = epoch.unix.saturating_add(i64::from(epoch.offset_minutes) * 60);
        let since = i128::from(answered.as_nanos());
        let zone = zone.and_then(|rules| {
            let moment = rules.to_ambiguous_timestamp(date_time(shown)?).compatible().ok()?;
            let answered = i128::from(moment.as_second()) * i128::from(NANOS_PER_SECOND) + since;
            Some(Zoned { rules, answered, now: None })
        });
        Self { answered: i128::from(shown) * i128::from(NANOS_PER_SECOND) + since, zone, holidays }
    }

    /// The moment `after` nanoseconds behind the answer. Moments are asked for in order.
    pub fn at(&mut self, after: u64) -> Face {
        let mut face = match &mut self.zone {
            Some(zone) => zone.at(after),
            None => Face { local: self.answered + i128::from(after), is_holiday: false, holds: u64::MAX },
        };
        if !self.holidays.is_empty() {
            let date = date(face.local.div_euclid(DAY));
            face.is_holiday = date.is_some_and(|date| self.holidays.iter().any(|day| day.is_on(date)));
            face.holds = face.holds.min((DAY - face.local.rem_euclid(DAY)) as u64);
        }
        face
    }
}

impl Zoned<'_> {
    fn at(&mut self, after: u64) -> Face {
        let at = self.answered + i128::from(after);
        let (offset, until) = match self.now {
            Some((offset, until)) if at < until => (offset, until),
            _ => {
                let now = self.look_up(at);
                self.now = Some(now);
                now
            }
        };
        Face { local: at + offset, is_holiday: false, holds: u64::try_from(until - at).unwrap_or(u64::MAX) }
    }

    /// How far ahead the clock is from `at` on, and when it is next put forward or back.
    fn look_up(&self, at: i128) -> (i128, i128) {
        let second = i128::from(NANOS_PER_SECOND);
        let Some(moment) =
            i64::try_from(at.div_euclid(second)).ok().and_then(|s| Moment::from_second(s).ok())
        else {
            return (0, i128::MAX);
        };
        let offset = i128::from(self.rules.to_offset(moment).seconds()) * second;
        let next = self.rules.following(moment).next();
        let until = next.map_or(i128::MAX, |next| i128::from(next.timestamp().as_second()) * second);
        (offset, if until > at { until } else { i128::MAX })
    }
}

/// The calendar's day, `days` after 1 January 1970.
pub(super) fn date(days: i128) -> Option<Date> {
    let days = i64::try_from(days).ok()?;
    civil::date(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok()
}

fn date_time(shown: i64) -> Option<DateTime> {
    let seconds = Span::new().try_seconds(shown).ok()?;
    civil::date(1970, 1, 1).at(0, 0, 0, 0).checked_add(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        for (year, month, day) in [(1981, 4, 19), (1989, 3, 26), (1998, 4, 12), (2000, 4, 23), (2011, 4, 24)]
        {
            assert_eq!(easter(year), Some(civil::date(year, month, day)));
        }
    }

    #[test]
    fn holidays_are_read_in_their_three_forms() {
        let (good_friday, whit_monday) =
            (Holiday::parse("easter-2").unwrap(), Holiday::parse("easter+50").unwrap());
        assert!(good_friday.is_on(civil::date(1998, 4, 10)) && whit_monday.is_on(civil::date(1998, 6, 1)));
        assert!(Holiday::parse("12-25").unwrap().is_on(civil::date(2001, 12, 25)));
        let jubilee = Holiday::parse("1977-06-07").unwrap();
        assert!(jubilee.is_on(civil::date(1977, 6, 7)) && !jubilee.is_on(civil::date(1978, 6, 7)));
        for wrong in
            ["", "easter1", "easter+101", "13-01", "02-30", "1-2-3-4", "+1-05", "1998-02-29", "easter+", "-"]
        {
            assert_eq!(Holiday::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_clock_is_put_forward_and_back() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let hour = 60 * MINUTE;
        for (month, day, jump) in [(3, 29, 3), (10, 25, 2)] {
            let one = Timestamp::from_civil(civil::date(1998, month, day).at(1, 0, 0, 0), 0);
            let mut clock = Clock::new(one, Instant::START, Some(&berlin), &[]);
            let first = clock.at(0);
            let hours = |face: Face| face.local.rem_euclid(DAY) / i128::from(hour);
            assert_eq!((hours(first), first.holds), (1, if month == 3 { hour } else { 2 * hour }));
            assert_eq!(hours(clock.at(first.holds)), jump);
        }
    }
}
