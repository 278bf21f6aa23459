//! Days of the week and hours of the day as data files have them: `mon-fri`, `sun,hol`, `18:00`.

use toml::Spanned;

use crate::config::Document;
use crate::lesson::Lesson;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Days and ranges of days, from Monday, separated by commas; and whether the word `other` is among them.
///
/// # Errors
/// What is no day, with what is allowed.
pub fn days(
    document: &Document<'_>,
    text: &Spanned<String>,
    other: Option<&str>,
) -> Result<([bool; 7], bool), Lesson> {
    let day = |name: &str| DAYS.iter().position(|known| *known == name);
    let (mut week, mut is_other) = ([false; 7], false);
    for part in text.get_ref().split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (day(first), day(last)) {
            _ if other == Some(part) => is_other = true,
            (Some(first), Some(last)) => {
                let length = (last + 7 - first) % 7;
                for (day, is_meant) in week.iter_mut().enumerate() {
                    *is_meant |= (day + 7 - first) % 7 <= length;
                }
            }
            _ => {
                let words = DAYS.into_iter().chain(other).collect::<Vec<_>>().join(" ");
                let allowed = format!("such as mon-fri, or sat,sun; days are {words}");
                return Err(document.lesson(text.span(), "these are no days of the week", allowed));
            }
        }
    }
    Ok((week, is_other))
}

/// A time of day as minutes after midnight, at most `max`.
///
/// # Errors
/// What is no time of day, or a later one.
pub fn minute(document: &Document<'_>, clock: &Spanned<String>, max: u32) -> Result<u32, Lesson> {
    let is_two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let two_digits = |part: &str| part.parse::<u32>().ok().filter(|_| is_two_digits(part));
    let minutes = || {
        let (hour, minute) = clock.get_ref().split_once(':')?;
        let (hour, minute) = (two_digits(hour)?, two_digits(minute)?);
        (minute < 60).then_some(hour * 60 + minute).filter(|minutes| *minutes <= max)
    };
    minutes().ok_or_else(|| {
        let last = format!("00:00 to {:02}:{:02}", max / 60, max % 60);
        document.lesson(clock.span(), "this is no time of day", last)
    })
}
