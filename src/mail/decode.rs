//! What a person would read: transfer encodings, charsets and encoded-words turned into text.
//!
//! IMAP's SEARCH looks into decoded text (RFC 3501 §6.4.4). Everything here is lenient, never fails, and takes
//! time and memory linear in its input: base64 and quoted-printable give back at most what they were given, text
//! at most three octets for one.

use std::borrow::Cow;

use super::mime::{Content, Part};

/// Charsets that can be read. Others are taken for ASCII with unreadable octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// US-ASCII; octets above 127 are unreadable.
    Ascii,
    /// UTF-8 (RFC 3629).
    Utf8,
    /// ISO 8859-1, also called latin1.
    Latin1,
    /// Windows-1252: ISO 8859-1 with letters and quotation marks in place of control characters.
    Windows1252,
}

/// What windows-1252 has at 128 to 159; U+FFFD where it has nothing.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž', '\u{fffd}',
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

impl Charset {
    /// The charset of this name, in any case of letters; `None` if it cannot be read.
    #[must_use]
    pub fn named(name: &[u8]) -> Option<Self> {
        match name.to_ascii_lowercase().as_slice() {
            b"us-ascii" | b"ascii" | b"ansi_x3.4-1968" | b"iso646-us" => Some(Self::Ascii),
            b"utf-8" | b"utf8" => Some(Self::Utf8),
            b"iso-8859-1" | b"iso8859-1" | b"iso_8859-1" | b"latin1" | b"l1" => Some(Self::Latin1),
            b"windows-1252" | b"cp1252" => Some(Self::Windows1252),
            _ => None,
        }
    }

    /// The text that these octets spell. What they cannot spell becomes U+FFFD.
    #[must_use]
    pub fn decode(self, octets: &[u8]) -> String {
        let high = |octet: u8| match self {
            Self::Latin1 => char::from(octet),
            Self::Windows1252 => {
                WINDOWS_1252.get(usize::from(octet) - 128).copied().unwrap_or(char::from(octet))
            }
            Self::Ascii | Self::Utf8 => char::REPLACEMENT_CHARACTER,
        };
        match self {
            Self::Utf8 => String::from_utf8_lossy(octets).into_owned(),
            _ => octets
                .iter()
                .map(|octet| if octet.is_ascii() { char::from(*octet) } else { high(*octet) })
                .collect(),
        }
    }
}

/// The text of a part, if it is text: transfer encoding and charset undone. `message` are the octets of the
/// message that the part's ranges count in.
#[must_use]
pub fn text(message: &[u8], part: &Part) -> Option<String> {
    if part.content != Content::Leaf || !part.kind.eq_ignore_ascii_case("text") {
        return None;
    }
    let body = message.get(part.body.start as usize..part.body.end as usize)?;
    let charset = part.parameter("charset").map_or(Some(Charset::Ascii), Charset::named);
    Some(charset.unwrap_or(Charset::Ascii).decode(&transfer(part.encoding(), body)))
}

/// Octets without their Content-Transfer-Encoding (RFC 2045 §6). An unknown one is left as it is.
#[must_use]
pub fn transfer<'a>(encoding: &[u8], body: &'a [u8]) -> Cow<'a, [u8]> {
    match encoding.to_ascii_lowercase().as_slice() {
        b"quoted-printable" => Cow::Owned(quoted_printable(body)),
        b"base64" => Cow::Owned(base64(body)),
        _ => Cow::Borrowed(body),
    }
}

/// Undoes base64 (RFC 2045 §6.8). What is no letter of it is skipped; padding ends a group, not the text, for
/// some programs encoded line by line.
#[must_use]
pub fn base64(coded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(coded.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0);
    for octet in coded {
        let six = match octet {
            b'A'..=b'Z' => octet - b'A',
            b'a'..=b'z' => octet - b'a' + 26,
            b'0'..=b'9' => octet - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                (bits, count) = (0, 0);
                continue;
            }
            _ => continue,
        };
        bits = bits << 6 | u32::from(six);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

/// Undoes quoted-printable (RFC 2045 §6.7). White space at the end of a line is no part of it (rule 3), a line
/// ended by `=` goes on in the next; an `=` that spells nothing stands for itself.
#[must_use]
pub fn quoted_printable(coded: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(coded.len());
    for line in coded.split_inclusive(|octet| *octet == b'\n') {
        let text = line.trim_ascii_end();
        let end = line.strip_suffix(b"\r\n").map_or_else(|| line.strip_suffix(b"\n").map_or(0, |_| 1), |_| 2);
        let (text, line_end) = match text.strip_suffix(b"=") {
            Some(text) => (text, &b""[..]),
            None => (text, &line[line.len() - end..]),
        };
        unescape(text, b'=', &mut out);
        out.extend_from_slice(line_end);
    }
    out
}

/// Turns `=E9` (with `=` as the mark) into the octet it spells.
fn unescape(text: &[u8], mark: u8, out: &mut Vec<u8>) {
    let digit = |at: usize| text.get(at).and_then(|octet| char::from(*octet).to_digit(16));
    let mut at = 0;
    while let Some(octet) = text.get(at) {
        match (*octet == mark, digit(at + 1), digit(at + 2)) {
            (true, Some(high), Some(low)) => {
                out.push((high << 4 | low) as u8);
                at += 3;
            }
            _ => {
                out.push(*octet);
                at += 1;
            }
        }
    }
}

/// The text of a header field's value: encoded-words (RFC 2047) read, white space between two of them left out.
/// Octets above 127 outside of them are read as UTF-8 if they are, else as iso-8859-1.
#[must_use]
pub fn header(value: &[u8]) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    // White space between encoded-words is held back until it is known what follows it.
    let mut after_word = false;
    while let Some(at) = memchr::memmem::find(rest, b"=?") {
        let (before, word) = rest.split_at(at);
        match encoded_word(word) {
            Some((text, behind)) => {
                if !after_word || !before.trim_ascii().is_empty() {
                    out.push_str(&unlabelled(before));
                }
                out.push_str(&text);
                rest = behind;
                after_word = true;
            }
            None => {
                let (plain, behind) = rest.split_at(at + 2);
                out.push_str(&unlabelled(plain));
                rest = behind;
                after_word = false;
            }
        }
    }
    out.push_str(&unlabelled(rest));
    out
}

/// The longest encoded-word that is read. RFC 2047 §2 allows 75; a limit keeps a header full of `=?` cheap.
const ENCODED_WORD_MAX: usize = 300;

/// Reads `=?charset?encoding?text?=` (RFC 2047 §2) and gives the text and what stands behind it.
fn encoded_word(octets: &[u8]) -> Option<(String, &[u8])> {
    let window = octets.get(2..octets.len().min(ENCODED_WORD_MAX))?;
    let mut fields = window.splitn(3, |octet| *octet == b'?');
    let (name, encoding, text) = (fields.next()?, fields.next()?, fields.next()?);
    let end = memchr::memmem::find(text, b"?=")?;
    let text = text.get(..end)?;
    if name.is_empty() || text.iter().any(u8::is_ascii_whitespace) {
        return None;
    }
    // A language may follow the charset: `iso-8859-1*de` (RFC 2231 §5).
    let charset = Charset::named(name.split(|octet| *octet == b'*').next()?)?;
    let decoded = match encoding {
        b"b" | b"B" => base64(text),
        b"q" | b"Q" => {
            let spaced: Vec<u8> =
                text.iter().map(|octet| if *octet == b'_' { b' ' } else { *octet }).collect();
            let mut out = Vec::with_capacity(spaced.len());
            unescape(&spaced, b'=', &mut out);
            out
        }
        _ => return None,
    };
    let behind = 2 + name.len() + 1 + encoding.len() + 1 + end + 2;
    Some((charset.decode(&decoded), octets.get(behind..)?))
}

fn unlabelled(octets: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(octets).map_or_else(|_| Cow::Owned(Charset::Latin1.decode(octets)), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::mime;
    use proptest::prelude::*;

    #[test]
    fn base64_is_read_through_noise() {
        for (coded, text) in [
            ("Zm9vYmFy", "foobar"),
            ("Zm9v\r\nYg==\r\n", "foob"),
            ("Zm8=Zm8=", "fofo"),
            ("*Z m-8", "fo"),
            ("Z", ""),
            ("", ""),
        ] {
            assert_eq!(base64(coded.as_bytes()), text.as_bytes(), "{coded}");
        }
    }

    #[test]
    fn quoted_printable_is_read() {
        for (coded, text) in [
            ("caf=E9=\r\n!\r\n", &b"caf\xe9!\r\n"[..]),
            ("a =3d b  \t\r\nc=20\r\n", b"a = b\r\nc \r\n"),
            ("soft = \nbreak", b"soft break"),
            ("50=% =zz =4", b"50=% =zz =4"),
            ("=", b""),
        ] {
            assert_eq!(quoted_printable(coded.as_bytes()), text, "{coded}");
        }
    }

    #[test]
    fn encoded_words_are_read() {
        // Among them the examples of RFC 2047 §8.
        for (value, text) in [
            ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a?=\r\n   =?ISO-8859-1?Q?b?=", "ab"),
            ("=?ISO-8859-1?Q?a_b?= c", "a b c"),
            ("=?iso-8859-1*de?q?Gr=FC=DFe?= aus =?utf-8?B?S8O2bG4=?=", "Grüße aus Köln"),
            (
                "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= =?ISO-8859-2?B?x?=",
                "If you can read this yo =?ISO-8859-2?B?x?=",
            ),
            ("=?utf-8?X?a?= =? =??= =?a?b", "=?utf-8?X?a?= =? =??= =?a?b"),
            ("plain", "plain"),
        ] {
            assert_eq!(header(value.as_bytes()), text, "{value}");
        }
        assert_eq!(header(b"Z\xfcrich"), "Zürich");
        assert_eq!(header("Zürich".as_bytes()), "Zürich");
    }

    #[test]
    fn a_header_full_of_beginnings_is_read_in_linear_time() {
        let value = b"=?a?q?".repeat(500_000);
        assert_eq!(header(&value).len(), value.len());
    }

    #[test]
    fn charsets_are_read() {
        assert_eq!(Charset::named(b"UTF-8"), Some(Charset::Utf8));
        assert_eq!(Charset::named(b"koi8-r"), None);
        assert_eq!(Charset::Windows1252.decode(b"\x80 \x93a\x94 \xe9"), "€ “a” é");
        assert_eq!(Charset::Latin1.decode(b"\xe9"), "é");
        assert_eq!(Charset::Ascii.decode(b"a\xe9"), "a\u{fffd}");
        assert_eq!(Charset::Utf8.decode(b"\xc3\xa9\xff"), "é\u{fffd}");
    }

    #[test]
    fn the_text_of_a_part_is_read_and_nothing_else() {
        let octets = b"Content-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: Quoted-Printable\r\n\r\nGr=FC=DFe\r\n";
        assert_eq!(text(octets, &mime::parse(octets)).as_deref(), Some("Grüße\r\n"));
        let octets = b"Content-Type: image/gif\r\n\r\nR0lG";
        assert_eq!(text(octets, &mime::parse(octets)), None);
        assert_eq!(text(b"", &mime::parse(b"\r\nlonger than nothing")), None);
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_growing_much(octets in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(base64(&octets).len() <= octets.len());
            prop_assert!(quoted_printable(&octets).len() <= octets.len());
            prop_assert!(header(&octets).len() <= 3 * octets.len());
        }

        #[test]
        fn what_the_generator_encodes_is_read_back(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            use crate::mail::generate::encode;
            let (mut sixes, mut line) = (Vec::new(), Vec::new());
            encode::base64(&octets, &mut sixes);
            prop_assert_eq!(base64(&sixes), octets.clone());
            let octets: Vec<u8> = octets.into_iter().filter(|octet| *octet != b'\n').collect();
            encode::quoted_printable_line(&octets, &mut line);
            prop_assert_eq!(quoted_printable(&line), [&octets[..], b"\r\n"].concat());
        }
    }
}
