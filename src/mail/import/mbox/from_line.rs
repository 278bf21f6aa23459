//! The "From " line that begins a message in an mbox.

use crate::mail::date::{Timestamp, is_weekday};
use crate::mail::import::lines::content;

/// A longer line is text, whatever it begins with: sender and date need far less.
pub(super) const LENGTH_MAX: usize = 1_000;

/// True if the line begins as a "From " line does. Whether it is one is another question.
pub(super) fn begins(line: &[u8]) -> bool {
    line.starts_with(b"From ") && line.len() <= LENGTH_MAX
}

/// The date of a line of the form `From sender date`; `None` if it has another form.
///
/// The sender may be any words, `-` among them. The date is `asctime`'s with an optional zone; UUCP's
/// `remote from host` may follow it. Nothing else may: text such as "From here on Mon Mar 2 …" has other words
/// behind the date, or no date at all.
pub(super) fn date(line: &[u8]) -> Option<Timestamp> {
    let rest = begins(line).then(|| content(line).strip_prefix(b"From "))??;
    let rest = match memchr::memmem::rfind(rest, b" remote from ") {
        Some(at) => rest.get(..at)?,
        None => rest,
    };
    let mut seen_sender = false;
    let mut at = 0;
    for word in rest.split(|octet| *octet == b' ' || *octet == b'\t') {
        if seen_sender
            && is_weekday(word)
            && let Some(date) = Timestamp::parse_asctime(rest.get(at..)?)
        {
            return Some(date);
        }
        seen_sender |= !word.is_empty();
        at += word.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sender_and_date_make_a_from_line() {
        for yes in [
            "From alice@example.org Mon Mar  2 20:00:00 1998",
            "From - Mon Mar  2 20:00:00 1998\r\n",
            "From Mon Mon Mar  2 20:00:00 1998\n",
            "From uunet!alice Mon Mar  2 20:00 EST 1998 remote from uunet\n",
            "From 1500000000000000001@xxx Mon Mar 02 20:00:00 +0000 1998\n",
        ] {
            assert!(date(yes.as_bytes()).is_some(), "{yes}");
        }
        for no in [
            "From the start it was clear\n",
            "From Mon Mar  2 20:00:00 1998\n",
            "From alice Mon Mar  2 20:00:00 1998 she was away\n",
            "from alice Mon Mar  2 20:00:00 1998\n",
            ">From alice Mon Mar  2 20:00:00 1998\n",
            "From: alice Mon Mar  2 20:00:00 1998\n",
        ] {
            assert_eq!(date(no.as_bytes()), None, "{no}");
        }
    }
}
