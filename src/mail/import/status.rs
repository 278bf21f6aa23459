//! Flags that mail programs keep in header fields of an mbox.

use crate::mail::flags::Flags;
use crate::mail::summary::field;

/// The flags that a stored header tells of.
///
/// `Status` and `X-Status` have a letter for each flag, as elm, Pine and mutt write them; `X-Mozilla-Status` has
/// four hexadecimal digits, as Netscape and Thunderbird write it. The fields stay in the message.
pub(super) fn flags(header: &[u8]) -> Flags {
    let mut flags = Flags::NONE;
    for name in [&b"status"[..], b"x-status"] {
        for letter in field(header, name).unwrap_or_default() {
            flags |= match letter {
                b'R' => Flags::SEEN,
                b'A' => Flags::ANSWERED,
                b'F' => Flags::FLAGGED,
                b'T' => Flags::DRAFT,
                b'D' => Flags::DELETED,
                _ => Flags::NONE,
            };
        }
    }
    let mozilla = field(header, b"x-mozilla-status").unwrap_or_default();
    let bits =
        std::str::from_utf8(&mozilla).ok().and_then(|hex| u16::from_str_radix(hex, 16).ok()).unwrap_or(0);
    for (bit, flag) in
        [(0x0001, Flags::SEEN), (0x0002, Flags::ANSWERED), (0x0004, Flags::FLAGGED), (0x0008, Flags::DELETED)]
    {
        if bits & bit != 0 {
            flags |= flag;
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_old_mail_programs_are_understood() {
        assert_eq!(flags(b"Status: RO\r\nX-Status: AF\r\n"), Flags::SEEN | Flags::ANSWERED | Flags::FLAGGED);
        assert_eq!(flags(b"X-Mozilla-Status: 0009\r\n"), Flags::SEEN | Flags::DELETED);
        assert_eq!(flags(b"X-Mozilla-Status: zz\r\nStatus: O\r\n"), Flags::NONE);
    }
}
