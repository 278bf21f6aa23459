//! Dates as mail has them: the `Date` field in all its ages, and the date of an mbox's "From " line.

use jiff::civil;

use super::{Timestamp, WEEKDAYS, month_number};

/// More words than any date has; what follows them is not looked at.
const WORDS_MAX: usize = 12;

impl Timestamp {
    /// The moment that a `Date` field's value names (RFC 5322 §3.3, and the obsolete forms of §4.3).
    ///
    /// The weekday may be missing and is not believed; seconds may be missing; years of two and three digits,
    /// named zones and comments are understood; a zone that nobody knows counts as UTC, as does a missing one.
    /// Beyond the grammar, `2-Mar-1998` is read as well: Usenet's gateways wrote it so. `None` for anything else.
    #[must_use]
    pub fn parse_rfc5322(value: &[u8]) -> Option<Self> {
        let plain = without_comments(value);
        let mut words = words(&plain).peekable();
        if words.peek().is_some_and(|word| is_weekday(word)) {
            words.next();
        }
        let day_word = words.next()?;
        let (day, month, year) = match day_word.iter().position(|octet| *octet == b'-') {
            None => (day_word, words.next()?, words.next()?),
            Some(_) => {
                let mut parts = day_word.splitn(3, |octet| *octet == b'-');
                (parts.next()?, parts.next()?, parts.next()?)
            }
        };
        let date = calendar_date(year_in_full(year)?, month, day)?;
        let time = time_of_day(words.next()?)?;
        let offset = words.next().map_or(Some(0), zone)?;
        Some(at(date, time, offset))
    }

    /// The moment that a "From " line's date names, the form of C's `asctime`: `Mon Mar  2 20:00:00 1998`.
    ///
    /// Seconds may be missing, and a zone may stand before or after the year, as some programs write it. Without a
    /// zone the line says local time of a place unknown; it is taken for UTC. `None` if anything else follows.
    #[must_use]
    pub fn parse_asctime(value: &[u8]) -> Option<Self> {
        let mut words = words(value).peekable();
        words.next().filter(|word| is_weekday(word))?;
        let month = words.next()?;
        let day = words.next()?;
        let time = time_of_day(words.next()?)?;
        let mut offset = None;
        if let Some(before_year) = words.next_if(|word| is_zone(word)) {
            offset = zone(before_year);
            words.next_if(|word| word.eq_ignore_ascii_case(b"DST")); // "MET DST", two words for one zone
        }
        let date = calendar_date(year_in_full(words.next()?)?, month, day)?;
        if let Some(after_year) = words.next_if(|word| is_zone(word)) {
            offset = offset.or(zone(after_year));
        }
        words.next().is_none().then(|| at(date, time, offset.unwrap_or(0)))
    }
}

/// True for the English abbreviation of a weekday, in any case of letters.
pub(crate) fn is_weekday(word: &[u8]) -> bool {
    WEEKDAYS.iter().any(|day| day.as_bytes().eq_ignore_ascii_case(word))
}

fn at(date: civil::Date, (hour, minute, second): (i64, i64, i64), offset_minutes: i16) -> Timestamp {
    let midnight = Timestamp::from_civil(date.at(0, 0, 0, 0), offset_minutes);
    Timestamp { unix: midnight.unix + hour * 3600 + minute * 60 + second, offset_minutes }
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|octet| octet.is_ascii_whitespace() || *octet == b',')
        .filter(|word| !word.is_empty())
        .take(WORDS_MAX)
}

/// The text with each comment, nested ones included, replaced by a space (RFC 5322 §3.2.2).
fn without_comments(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len().min(64));
    let (mut depth, mut quoted) = (0_usize, false);
    for &octet in text {
        match octet {
            _ if quoted => quoted = false,
            b'\\' if depth > 0 => quoted = true,
            b'(' => {
                depth += 1;
                plain.push(b' ');
            }
            b')' if depth > 0 => depth -= 1,
            _ if depth == 0 => plain.push(octet),
            _ => {}
        }
    }
    plain
}

/// A number of one to `digits_max` decimal digits and nothing else.
fn number(word: &[u8], digits_max: usize) -> Option<i64> {
    let right = (1..=digits_max).contains(&word.len()) && word.iter().all(u8::is_ascii_digit);
    right.then(|| word.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

/// 00 to 49 are this century's, 50 to 99 and years of three digits count from 1900 (RFC 5322 §4.3).
fn year_in_full(word: &[u8]) -> Option<i16> {
    let year = number(word, 4)?;
    let full = match (word.len(), year) {
        (2, 0..=49) => year + 2000,
        (2 | 3, _) => year + 1900,
        (4, 1..) => year,
        _ => return None,
    };
    i16::try_from(full).ok()
}

fn calendar_date(year: i16, month: &[u8], day: &[u8]) -> Option<civil::Date> {
    let day = i8::try_from(number(day, 2)?).ok()?;
    civil::Date::new(year, month_number(month)?, day).ok()
}

/// `hh:mm` or `hh:mm:ss`; a leap second counts as the first second of the next minute.
fn time_of_day(word: &[u8]) -> Option<(i64, i64, i64)> {
    let mut parts = word.split(|octet| *octet == b':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |part| number(part, 2))?;
    (parts.next().is_none() && hour < 24 && minute < 60 && second <= 60).then_some((hour, minute, second))
}

fn is_zone(word: &[u8]) -> bool {
    match word.first() {
        Some(b'+' | b'-') => zone(word).is_some(),
        Some(_) => word.len() <= 5 && word.iter().all(u8::is_ascii_alphabetic),
        None => false,
    }
}

/// Minutes east of UTC: `+hhmm`, or a name. A name that says nothing certain, the one-letter ones among them,
/// counts as UTC (RFC 5322 §4.3).
fn zone(word: &[u8]) -> Option<i16> {
    let named = match word {
        [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 4 => {
            let (hours, minutes) = (number(digits.get(..2)?, 2)?, number(digits.get(2..)?, 2)?);
            let east = i16::try_from(hours * 60 + minutes).ok().filter(|_| hours < 24 && minutes < 60)?;
            return Some(if *sign == b'-' { -east } else { east });
        }
        [b'+' | b'-', ..] => return None,
        name => name.to_ascii_uppercase(),
    };
    let hours = match named.as_slice() {
        b"EDT" => -4,
        b"EST" | b"CDT" => -5,
        b"CST" | b"MDT" => -6,
        b"MST" | b"PDT" => -7,
        b"PST" => -8,
        _ => 0,
    };
    Some(hours * 60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(value: &str) -> Option<String> {
        Timestamp::parse_rfc5322(value.as_bytes()).map(|moment| moment.to_string())
    }

    fn from_line(value: &str) -> Option<String> {
        Timestamp::parse_asctime(value.as_bytes()).map(|moment| moment.to_string())
    }

    #[test]
    fn a_date_field_of_any_age_is_read() {
        for (written, read) in [
            ("Mon, 2 Mar 1998 20:00:00 +0100", "1998-03-02 20:00:00 +0100"),
            ("2 Mar 98 20:00 EST", "1998-03-02 20:00:00 -0500"),
            ("Tue,2 mar 1998 20:00:00 pdt", "1998-03-02 20:00:00 -0700"),
            ("02 Mar 49 20:00:00 Z", "2049-03-02 20:00:00 +0000"),
            ("2 Mar 098 20:00:00 A", "1998-03-02 20:00:00 +0000"),
            (
                "Mon (a \\) (nested) one), 2 (b)Mar(c) 1998\r\n 20:00:00 -0330 (NST)",
                "1998-03-02 20:00:00 -0330",
            ),
            ("2-Mar-1998 20:00:00 GMT", "1998-03-02 20:00:00 +0000"),
            ("2 Mar 1998 20:00:00", "1998-03-02 20:00:00 +0000"),
            ("31 Dec 1998 23:59:60 UT", "1999-01-01 00:00:00 +0000"),
        ] {
            assert_eq!(field(written).as_deref(), Some(read), "{written}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for bad in [
            "",
            "Mon",
            "yesterday",
            "30 Feb 1998 20:00:00 +0000",
            "2 Mar 1998 24:00:00 +0000",
            "2 Mar 1998 20 +0000",
            "2 Mar 1998 20:00:00 +9900",
            "2 Mar 1998 20:00:00 +01",
            "2 Mar 10000 20:00:00 +0000",
            "2 Mar 0 1:00 UT",
            "+2 Mar 1998 20:00:00 +0000",
            "2 Mar 1998 20:00:00:00 +0000",
            "(2 Mar 1998 20:00:00 +0000",
        ] {
            assert_eq!(field(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_date_of_a_from_line_may_carry_a_zone_on_either_side_of_the_year() {
        for (written, read) in [
            ("Mon Mar  2 20:00:00 1998", "1998-03-02 20:00:00 +0000"),
            ("Mon Mar 02 20:00 98", "1998-03-02 20:00:00 +0000"),
            ("Mon Mar  2 20:00:00 PST 1998", "1998-03-02 20:00:00 -0800"),
            ("Mon Mar  2 20:00:00 MET DST 1998", "1998-03-02 20:00:00 +0000"),
            ("Mon Mar  2 20:00:00 1998 -0500", "1998-03-02 20:00:00 -0500"),
            ("Mon Mar  2 20:00:00 +0000 1998", "1998-03-02 20:00:00 +0000"),
        ] {
            assert_eq!(from_line(written).as_deref(), Some(read), "{written}");
        }
        for bad in ["Mar  2 20:00:00 1998", "Mon Mar 2 1998", "Mon Mar  2 20:00:00 1998 and then we went"] {
            assert_eq!(from_line(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_octets_can_make_a_date_panic(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = (Timestamp::parse_rfc5322(&octets), Timestamp::parse_asctime(&octets));
        }

        #[test]
        fn nearly_right_dates_do_not_panic_either(text in "(Mon,? )?[0-9]{0,3}[ -](Mar|Feb)[ -][0-9]{0,5} [0-9:]{0,9} [-+A-Z0-9]{0,6}") {
            let _ = (Timestamp::parse_rfc5322(text.as_bytes()), Timestamp::parse_asctime(text.as_bytes()));
        }

        #[test]
        fn what_is_printed_is_read_back(unix in 0_i64..4_000_000_000, offset_minutes in -1439_i16..1440) {
            let moment = Timestamp { unix, offset_minutes };
            prop_assert_eq!(Timestamp::parse_rfc5322(moment.rfc5322().as_bytes()), Some(moment));
        }
    }
}
