//! Maildir: a message is a file, and what is known of it stands in the file's name.
//!
//! ```text
//!   cur/888868800.M4711P42.host:2,RS
//!       ───┬───── ────┬──── ─┬─ ─┬─ ┬
//!          │          │      │   │  └ flags: D draft, F flagged, P passed, R replied, S seen, T trashed
//!          │          │      │   └ the second version of the rules for names; `;2,` or `!2,` where a file's name
//!          │          │      │     cannot hold a colon
//!          │          │      └ host
//!          │          └ what makes the name unique
//!          └ seconds since 1970, when it was delivered
//! ```
//!
//! A message in `new/` has no flags yet.

use std::cmp::Ordering;

use crate::mail::date::Timestamp;
use crate::mail::flags::Flags;

/// What a file's name in a Maildir tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name<'a> {
    /// What stays the same when flags change.
    pub unique: &'a str,
    /// The flags.
    pub flags: Flags,
    /// When the message was delivered, in UTC; `None` if the name begins otherwise.
    pub received: Option<Timestamp>,
}

const INFO: [&str; 3] = [":2,", ";2,", "!2,"];

const FLAGS: [(char, Flags); 5] = [
    ('D', Flags::DRAFT),
    ('F', Flags::FLAGGED),
    ('R', Flags::ANSWERED),
    ('S', Flags::SEEN),
    ('T', Flags::DELETED),
];

/// Takes a file's name apart. Letters that are no flag here (`P`, and keywords in small letters) are passed over.
#[must_use]
pub fn parse(name: &str) -> Name<'_> {
    let info = INFO.iter().filter_map(|mark| name.rfind(mark)).max();
    let (unique, letters) = info.map_or((name, ""), |at| (&name[..at], &name[at + 3..]));
    let mut flags = Flags::NONE;
    for letter in letters.chars() {
        flags |= FLAGS.iter().find(|(known, _)| *known == letter).map_or(Flags::NONE, |(_, flag)| *flag);
    }
    Name { unique, flags, received: delivered(unique).map(|unix| Timestamp { unix, offset_minutes: 0 }) }
}

/// The name of a file for a message: the info suffix stands behind `unique`, its letters in order of the alphabet.
#[must_use]
pub fn name(unique: &str, flags: Flags) -> String {
    let letters = FLAGS.iter().filter(|(_, flag)| flags.contains(*flag)).map(|(letter, _)| *letter);
    format!("{unique}:2,{}", letters.collect::<String>())
}

/// The order in which messages were delivered: by the seconds in front, then by the rest of the name, in which runs
/// of digits compare as numbers, as deliveries within one second count up there.
#[must_use]
pub fn delivery_order(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (parse(a).unique, parse(b).unique);
    loop {
        let (digits_left, digits_right) = (digits(left), digits(right));
        let (number_left, number_right) =
            (digits_left.trim_start_matches('0'), digits_right.trim_start_matches('0'));
        let by_number =
            number_left.len().cmp(&number_right.len()).then_with(|| number_left.cmp(number_right));
        (left, right) = (&left[digits_left.len()..], &right[digits_right.len()..]);
        let (next_left, next_right) = (left.chars().next(), right.chars().next());
        let so_far = by_number.then_with(|| next_left.cmp(&next_right));
        match (next_left, next_right) {
            (Some(l), Some(r)) if so_far == Ordering::Equal => {
                (left, right) = (&left[l.len_utf8()..], &right[r.len_utf8()..]);
            }
            _ => return so_far.then_with(|| a.cmp(b)),
        }
    }
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    &text[..end]
}

/// Seconds since 1970 up to the first dot; up to the year 9999, beyond which a number is something else.
fn delivered(unique: &str) -> Option<i64> {
    let (seconds, _) = unique.split_once('.')?;
    let right = (1..=12).contains(&seconds.len()) && digits(seconds) == seconds;
    seconds.parse().ok().filter(|unix| right && *unix < 253_402_300_800)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_tells_flags_and_date() {
        let name = parse("888868800.M4711P42.host:2,FRSa");
        assert_eq!(name.unique, "888868800.M4711P42.host");
        assert_eq!(name.flags, Flags::FLAGGED | Flags::ANSWERED | Flags::SEEN);
        assert_eq!(name.received, Some(Timestamp::DEFAULT_START));
    }

    #[test]
    fn a_name_that_windows_can_hold_tells_the_same() {
        for name in ["1.a.b;2,ST", "1.a.b!2,ST", "1.a.b:2,ST"] {
            assert_eq!(parse(name).flags, Flags::SEEN | Flags::DELETED, "{name}");
            assert_eq!(parse(name).unique, "1.a.b");
        }
    }

    #[test]
    fn a_name_of_another_kind_tells_nothing() {
        for name in ["message", "x1.a.b", "99999999999999.a.b", "-1.a", "1.a:1,S"] {
            assert_eq!((parse(name).flags, parse(name).unique), (Flags::NONE, name));
        }
        assert_eq!(parse("99999999999999.a.b").received, None);
        assert_eq!(parse("-1.a").received, None);
    }

    #[test]
    fn deliveries_stand_in_order_of_time_and_count() {
        let mut names = ["10.M2P1.h", "9.M1P1.h:2,S", "10.M10P1.h", "10.M2P1_1.h", "9.M1P1.h2"];
        names.sort_by(|a, b| delivery_order(a, b));
        assert_eq!(names, ["9.M1P1.h:2,S", "9.M1P1.h2", "10.M2P1.h", "10.M2P1_1.h", "10.M10P1.h"]);
    }

    proptest! {
        #[test]
        fn a_written_name_is_read_back(letters in "[DFRST]{0,5}", text in "[ -~é]{0,12}") {
            let flags = parse(&format!("1.a:2,{letters}")).flags;
            prop_assert_eq!(parse(&name("1.a", flags)).flags, flags);
            let _ = parse(&text);
        }

        #[test]
        fn the_order_is_an_order(mut names in proptest::collection::vec("[0-2.a:]{0,6}", 3)) {
            names.sort_by(|a, b| delivery_order(a, b));
            prop_assert!(names.windows(2).all(|two| delivery_order(&two[0], &two[1]) != Ordering::Greater));
            prop_assert!(delivery_order(&names[0], &names[2]) != Ordering::Greater);
        }
    }
}
