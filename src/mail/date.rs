//! Calendar time: when mail was sent and received, and what the clock on the wall says at a virtual instant.

mod parse;

pub(crate) use parse::is_weekday;

use std::fmt;

use jiff::civil;

use crate::time::{Duration, Instant, NANOS_PER_SECOND};

/// A moment of the calendar with the zone in which it was written, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timestamp {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    pub unix: i64,
    /// The zone: minutes east of UTC.
    pub offset_minutes: i16,
}

pub(crate) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
pub(crate) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Timestamp {
    /// The default start of a scenario, a Monday evening: 1998-03-02 20:00:00, local time without a zone shift.
    pub const DEFAULT_START: Self = Self { unix: 888_868_800, offset_minutes: 0 };

    /// The moment that a clock in zone `offset_minutes` shows as `local`.
    #[must_use]
    pub fn from_civil(local: civil::DateTime, offset_minutes: i16) -> Self {
        let days = i64::from(local.date().since(civil::date(1970, 1, 1)).map_or(0, |span| span.get_days()));
        let time = local.time();
        let seconds =
            i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        Self { unix: days * 86_400 + seconds - i64::from(offset_minutes) * 60, offset_minutes }
    }

    /// What a clock in this zone shows. Outside the years -9999 to 9999 it is pinned to their ends.
    #[must_use]
    pub fn civil(self) -> civil::DateTime {
        let local = self.unix.saturating_add(i64::from(self.offset_minutes) * 60);
        civil::date(1970, 1, 1).at(0, 0, 0, 0).saturating_add(jiff::SignedDuration::from_secs(local))
    }

    /// What the clock shows at `now`, if it shows this moment at the scenario's start.
    #[must_use]
    pub fn at(self, now: Instant) -> Self {
        Self { unix: self.unix.saturating_add((now.as_nanos() / NANOS_PER_SECOND) as i64), ..self }
    }

    /// The moment `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        self.at(Instant::START + span)
    }

    /// As the time stamp line of RFC 821 §4.1.2 has it, in its zone: `2 Mar 98 20:00:00 UT`.
    #[must_use]
    pub fn rfc821(self) -> String {
        let utc = Self { offset_minutes: 0, ..self }.civil();
        format!(
            "{} {} {:02} {:02}:{:02}:{:02} UT",
            utc.day(),
            MONTHS[(utc.month() as usize - 1) % 12],
            utc.year().rem_euclid(100),
            utc.hour(),
            utc.minute(),
            utc.second(),
        )
    }

    /// As a message's `Date` field has it (RFC 5322 §3.3): `Mon, 2 Mar 1998 20:00:00 +0000`.
    #[must_use]
    pub fn rfc5322(self) -> String {
        let local = self.civil();
        format!(
            "{}, {} {} {:04} {:02}:{:02}:{:02} {}",
            WEEKDAYS[local.weekday().to_monday_zero_offset() as usize % 7],
            local.day(),
            MONTHS[(local.month() as usize - 1) % 12],
            local.year(),
            local.hour(),
            local.minute(),
            local.second(),
            self.zone(),
        )
    }

    /// As IMAP's INTERNALDATE has it (RFC 3501 §9, date-time), without the quotes: ` 2-Mar-1998 20:00:00 +0000`.
    #[must_use]
    pub fn imap(self) -> String {
        let local = self.civil();
        format!(
            "{:2}-{}-{:04} {:02}:{:02}:{:02} {}",
            local.day(),
            MONTHS[(local.month() as usize - 1) % 12],
            local.year(),
            local.hour(),
            local.minute(),
            local.second(),
            self.zone(),
        )
    }

    fn zone(self) -> String {
        let minutes = self.offset_minutes.unsigned_abs();
        format!("{}{:02}{:02}", if self.offset_minutes < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
    }
}

impl fmt::Display for Timestamp {
    /// `1998-03-02 20:00:00 +0000`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.civil().date(), self.civil().time(), self.zone())
    }
}

/// The number of the month, 1 to 12, whose English abbreviation is `name` (in any case).
#[must_use]
pub fn month_number(name: &[u8]) -> Option<i8> {
    MONTHS.iter().position(|month| month.as_bytes().eq_ignore_ascii_case(name)).map(|at| at as i8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_start_is_a_monday_evening() {
        assert_eq!(Timestamp::DEFAULT_START.rfc5322(), "Mon, 2 Mar 1998 20:00:00 +0000");
        assert_eq!(Timestamp::DEFAULT_START.imap(), " 2-Mar-1998 20:00:00 +0000");
    }

    #[test]
    fn a_zone_shifts_the_clock_and_not_the_moment() {
        let berlin = Timestamp::from_civil(civil::date(1998, 3, 2).at(20, 0, 0, 0), 60);
        assert_eq!(berlin.unix, Timestamp::DEFAULT_START.unix - 3600);
        assert_eq!(
            berlin.at(Instant::from_nanos(3_661 * NANOS_PER_SECOND)).imap(),
            " 2-Mar-1998 21:01:01 +0100"
        );
        assert_eq!(
            Timestamp { offset_minutes: -330, ..Timestamp::DEFAULT_START }.imap(),
            " 2-Mar-1998 14:30:00 -0530"
        );
    }
}
