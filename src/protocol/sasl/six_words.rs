//! A 64-bit number as six short words, and back (RFC 2289 §6, appendix D): for people who type one-time passwords.

use std::sync::LazyLock;

/// The standard dictionary: 571 words of one to three letters in order, then 1477 of four.
static WORDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("words.txt").split_whitespace().collect());

/// The words, in capitals with single spaces.
#[must_use]
pub fn to_words(password: [u8; 8]) -> String {
    let number = u64::from_be_bytes(password);
    // 64 bits and the checksum's two are six times eleven.
    let bits = u128::from(number) << 2 | u128::from(checksum(number));
    let word = |nth: u32| WORDS.get((bits >> (55 - 11 * nth)) as usize & 2047).copied().unwrap_or("");
    (0..6).map(word).collect::<Vec<_>>().join(" ")
}

/// The number behind six words, in any case of letters and with any blanks; `None` if a word is not in the
/// dictionary or the checksum is wrong.
#[must_use]
pub fn from_words(text: &[u8]) -> Option<[u8; 8]> {
    let text = std::str::from_utf8(text).ok()?;
    let mut bits = 0_u128;
    let mut words = 0;
    for word in text.split_ascii_whitespace() {
        words += 1;
        if words > 6 || word.len() > 4 {
            return None;
        }
        let word = word.to_ascii_uppercase();
        let at = WORDS.iter().position(|known| *known == word)?;
        bits = bits << 11 | at as u128;
    }
    let number = u64::try_from(bits >> 2).ok().filter(|_| words == 6)?;
    (u128::from(checksum(number)) == bits & 3).then(|| number.to_be_bytes())
}

/// The sum of all pairs of bits, modulo four.
fn checksum(number: u64) -> u8 {
    (0..32).map(|pair| (number >> (2 * pair) & 3) as u8).sum::<u8>() & 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_dictionary_is_whole() {
        assert_eq!(WORDS.len(), 2048);
        assert!(
            WORDS[..571].iter().all(|word| word.len() < 4) && WORDS[571..].iter().all(|word| word.len() == 4)
        );
        assert!(WORDS[..571].is_sorted() && WORDS[571..].is_sorted());
    }

    #[test]
    fn a_wrong_checksum_or_word_is_seen() {
        // RFC 2289 appendix C, parity calculations.
        assert_eq!(from_words(b"FOWL KID MASH DEAD DUAL OAF"), Some(0x85c4_3ee0_3857_765b_u64.to_be_bytes()));
        for wrong in [
            "FOWL KID MASH DEAD DUAL NUT",
            "FOWL KID MASH DEAD DUAL O",
            "FOWL KID MASH DEAD DUAL OAK",
            "FOWL KID MASH DEAD DUAL",
            "FOWL KID MASH DEAD DUAL XYZ",
            "FOWL KID MASH DEAD DUAL OAF OAF",
            "",
        ] {
            assert_eq!(from_words(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(
            from_words(b"oust coat foal  mug  beak  tote"),
            from_words(b"OUST COAT FOAL MUG BEAK TOTE")
        );
    }

    proptest! {
        #[test]
        fn words_go_both_ways(password: [u8; 8]) {
            prop_assert_eq!(from_words(to_words(password).as_bytes()), Some(password));
        }
    }
}
