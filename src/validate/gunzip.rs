//! Files compressed by gzip (RFC 1952), whole in memory.

use crate::lesson::{Lesson, Place};

/// The most octets that a file may grow to.
const MOST: usize = 256 << 20;

/// Unpacks one gzip member; octets that are not gzip's are given back as they are.
///
/// # Errors
/// A damaged or too large file.
pub fn gunzip(file: &str, octets: &[u8]) -> Result<Vec<u8>, Lesson> {
    if octets.get(..2) != Some(&[0x1F, 0x8B]) {
        return Ok(octets.to_vec());
    }
    let damaged = |what: &str| {
        Lesson::new(format!("this gzip file is damaged: {what}"))
            .at(Place::file(file))
            .hint("was it copied whole? `gzip -t` tests it; a plain file without .gz does as well")
    };
    let start = header_octets(octets).ok_or_else(|| damaged("its header is cut short or unknown"))?;
    let end =
        octets.len().checked_sub(8).filter(|end| *end >= start).ok_or_else(|| damaged("it is cut short"))?;
    let plain = miniz_oxide::inflate::decompress_to_vec_with_limit(&octets[start..end], MOST)
        .map_err(|error| damaged(&format!("{error}")))?;
    let word =
        |at: usize| octets[at..at + 4].iter().rev().fold(0_u32, |word, octet| word << 8 | u32::from(*octet));
    if word(end) != crc32(&plain) || word(end + 4) != plain.len() as u32 {
        return Err(damaged("the sum over its octets is wrong"));
    }
    Ok(plain)
}

/// How long the member's header is (RFC 1952 §2.3): ten octets and what the flags announce.
fn header_octets(octets: &[u8]) -> Option<usize> {
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    const CHECK: u8 = 2;
    let (method, flags) = (*octets.get(2)?, *octets.get(3)?);
    if method != 8 || flags & 0xE0 != 0 {
        return None;
    }
    let mut at = 10;
    if flags & EXTRA != 0 {
        at += 2 + usize::from(*octets.get(at)?) + 256 * usize::from(*octets.get(at + 1)?);
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            at += memchr::memchr(0, octets.get(at..)?)? + 1;
        }
    }
    if flags & CHECK != 0 {
        at += 2;
    }
    (at <= octets.len()).then_some(at)
}

/// The cyclic redundancy check of RFC 1952 §8, bit by bit.
fn crc32(octets: &[u8]) -> u32 {
    !octets.iter().fold(!0, |sum, octet| {
        (0..8).fold(sum ^ u32::from(*octet), |sum, _| sum >> 1 ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(plain: &[u8], name: &str) -> Vec<u8> {
        let mut octets = vec![0x1F, 0x8B, 8, if name.is_empty() { 0 } else { 8 }, 0, 0, 0, 0, 0, 3];
        if !name.is_empty() {
            octets.extend_from_slice(name.as_bytes());
            octets.push(0);
        }
        octets.extend(miniz_oxide::deflate::compress_to_vec(plain, 6));
        octets.extend(crc32(plain).to_le_bytes());
        octets.extend((plain.len() as u32).to_le_bytes());
        octets
    }

    #[test]
    fn what_was_packed_comes_out() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926, "the check value of this polynomial");
        for name in ["", "turns.csv"] {
            assert_eq!(gunzip("t", &gzip(b"turn,bytes\n", name)).unwrap(), b"turn,bytes\n");
        }
        assert_eq!(gunzip("t", b"plain").unwrap(), b"plain");
    }

    #[test]
    fn a_damaged_file_gets_a_lesson() {
        let whole = gzip(b"turn,bytes\nturn,bytes\n", "x");
        for cut in 2..whole.len() {
            assert!(gunzip("t", &whole[..cut]).is_err(), "cut at {cut}");
        }
        for at in 2..whole.len() {
            let mut bent = whole.clone();
            bent[at] ^= 0x20;
            // A bent time stamp or name harms nothing; bent data must be found.
            if let Ok(plain) = gunzip("t", &bent) {
                assert_eq!(plain, b"turn,bytes\nturn,bytes\n");
            }
        }
    }
}
