//! Base64 as SASL's profiles want it (RFC 4648 §4): no line ends, whole groups, padding where it belongs, and
//! nothing that a lenient reader would skip.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Octets as base64.
#[must_use]
pub fn encoded(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().div_ceil(3) * 4);
    for group in octets.chunks(3) {
        let octet = |nth: usize| u32::from(group.get(nth).copied().unwrap_or(0));
        let bits = octet(0) << 16 | octet(1) << 8 | octet(2);
        for nth in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * nth) & 63) as usize];
            text.push(if nth <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

/// What base64 stands for; `None` if it is anything but whole groups with exact padding.
#[must_use]
pub fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let mut octets = Vec::with_capacity(text.len() / 4 * 3);
    let groups = text.len() / 4;
    for (nth, group) in text.chunks_exact(4).enumerate() {
        let padding = group.iter().rev().take_while(|letter| **letter == b'=').count();
        if padding > 2 || (padding > 0 && nth + 1 < groups) {
            return None;
        }
        let mut bits = 0;
        for letter in &group[..4 - padding] {
            bits = bits << 6 | u32::from(sextet(*letter)?);
        }
        bits <<= 6 * padding;
        // Bits that padding leaves over are zero, or two texts would stand for the same octets.
        if bits & ((1 << (8 * padding)) - 1) != 0 {
            return None;
        }
        octets.extend_from_slice(&bits.to_be_bytes()[1..4 - padding]);
    }
    Some(octets)
}

fn sextet(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_vectors_of_rfc_4648_hold() {
        for (octets, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(encoded(octets.as_bytes()), text);
            assert_eq!(decoded(text.as_bytes()).as_deref(), Some(octets.as_bytes()));
        }
    }

    #[test]
    fn nothing_is_skipped_and_nothing_guessed() {
        for wrong in [
            "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9", "Zm9v\r\n",
            "Zm9*", "=Zm9",
        ] {
            assert_eq!(decoded(wrong.as_bytes()), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(octets in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(decoded(encoded(&octets).as_bytes()), Some(octets));
        }

        #[test]
        fn any_text_has_one_meaning_or_none(text in "[A-Za-z0-9+/=]{0,24}") {
            if let Some(octets) = decoded(text.as_bytes()) {
                prop_assert_eq!(encoded(&octets), text);
            }
        }
    }
}
