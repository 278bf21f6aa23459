//! Dates and times as commands write them (RFC 3501 §9, date and date-time).

use jiff::civil;

use crate::mail::date::{Timestamp, month_number};
use crate::protocol::imap::dialect::Dialect;
use crate::protocol::imap::lexer::{Cursor, Read};
use crate::protocol::imap::obsolete;

/// `date`: `d-Mmm-yyyy`, with or without quotes.
pub fn date(cursor: &mut Cursor<'_>) -> Read<civil::Date> {
    let quoted = cursor.skip(b'"');
    let date = date_text(cursor)?;
    if quoted {
        cursor.expect(b'"', "the closing quote of the date")?;
    }
    Ok(date)
}

fn date_text(cursor: &mut Cursor<'_>) -> Read<civil::Date> {
    let start = cursor.at();
    let day = cursor.number("a day of the month, as in 1-Feb-1994")?;
    cursor.expect(b'-', "a date such as 1-Feb-1994")?;
    let month = month_number(cursor.run(|octet| octet.is_ascii_alphabetic()));
    cursor.expect(b'-', "a date such as 1-Feb-1994")?;
    let year_at = cursor.at();
    let year = cursor.number("a year of four digits")?;
    let digits = cursor.at() - year_at;
    // Years of two digits are those of RFC 1176's day, and the next century's where that is not long past.
    let is_short = digits == 2 && cursor.dialect() as u8 <= Dialect::Imap4 as u8;
    let year = match is_short {
        true if year < 50 => 2000 + year,
        true => 1900 + year,
        false => year,
    };
    let date = (|| civil::Date::new(i16::try_from(year).ok()?, month?, i8::try_from(day).ok()?).ok())();
    match date {
        Some(date) if digits == 4 || is_short => Ok(date),
        _ => cursor.fault_at(start, "there is no such day; a date looks like 1-Feb-1994"),
    }
}

/// `date-time`: `"dd-Mmm-yyyy hh:mm:ss +zzzz"`, a day of one digit behind a space.
pub fn date_time(cursor: &mut Cursor<'_>) -> Read<Timestamp> {
    const LOOKS: &str = "a date-time such as \" 1-Feb-1994 20:00:00 +0100\"";
    let start = cursor.at();
    cursor.expect(b'"', LOOKS)?;
    cursor.skip(b' ');
    let date = date_text(cursor)?;
    cursor.space("a time such as 20:00:00")?;
    let mut time = [0_u32; 3];
    for (nth, part) in time.iter_mut().enumerate() {
        if nth > 0 {
            cursor.expect(b':', LOOKS)?;
        }
        let at = cursor.at();
        *part = cursor.number(LOOKS)?;
        if cursor.at() - at != 2 {
            return cursor.fault_at(at, "hours, minutes and seconds have two digits each");
        }
    }
    let zone = match cursor.peek() {
        // RFC 2062, date_time_old: `-PST` behind the time.
        Some(b'-') if cursor.dialect() == Dialect::Imap4 => obsolete::zone(cursor)?,
        _ => numeric_zone(cursor)?,
    };
    cursor.expect(b'"', "the closing quote of the date")?;
    // A leap second is shown as the second before it: the calendar here has none.
    let [hour, minute, second] =
        [time[0], time[1], time[2].min(59)].map(|part| i8::try_from(part).unwrap_or(i8::MAX));
    let local = civil::Time::new(hour, minute, second, 0).ok().map(|time| date.to_datetime(time));
    match local {
        Some(local) if time[2] <= 60 => Ok(Timestamp::from_civil(local, zone)),
        _ => cursor.fault_at(start, "there is no such time"),
    }
}

/// `+0100`, in minutes.
fn numeric_zone(cursor: &mut Cursor<'_>) -> Read<i16> {
    cursor.space("a zone such as +0100")?;
    let start = cursor.at();
    let east = match cursor.peek() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return cursor.fault("expected a zone such as +0100"),
    };
    cursor.skip(if east > 0 { b'+' } else { b'-' });
    let zone_at = cursor.at();
    let zone = cursor.number("a zone such as +0100")?;
    match cursor.at() - zone_at == 4 && zone <= 2359 && zone % 100 < 60 {
        true => Ok(east * (zone / 100 * 60 + zone % 100) as i16),
        false => cursor.fault_at(start, "there is no such zone; one looks like +0100"),
    }
}
