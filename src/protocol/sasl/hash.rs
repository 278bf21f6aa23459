//! The hash functions that the mechanisms use, under one name.

use hmac::{Hmac, KeyInit, Mac};
use md5::Digest;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// MD5 (RFC 1321): 16 octets. Collisions have been made since 2004.
    Md5,
    /// SHA-1 (RFC 3174): 20 octets. Collisions have been made since 2017.
    Sha1,
    /// SHA-256 (RFC 6234): 32 octets.
    Sha256,
}

macro_rules! with_hash {
    ($hash:expr, $function:ident => $result:expr) => {
        match $hash {
            Hash::Md5 => {
                type $function = md5::Md5;
                $result
            }
            Hash::Sha1 => {
                type $function = sha1::Sha1;
                $result
            }
            Hash::Sha256 => {
                type $function = sha2::Sha256;
                $result
            }
        }
    };
}

impl Hash {
    /// The hash of some pieces, one behind the other.
    #[must_use]
    pub fn of(self, pieces: &[&[u8]]) -> Vec<u8> {
        with_hash!(self, D => pieces.iter().fold(D::new(), |hash, piece| hash.chain_update(piece)).finalize().to_vec())
    }

    /// `HMAC(key, pieces)` (RFC 2104).
    #[must_use]
    pub fn keyed(self, key: &[u8], pieces: &[&[u8]]) -> Vec<u8> {
        with_hash!(self, D => {
            // A key may have any length: this cannot fail.
            let Ok(mac) = Hmac::<D>::new_from_slice(key) else { return Vec::new() };
            pieces.iter().fold(mac, |mac, piece| mac.chain_update(piece)).finalize().into_bytes().to_vec()
        })
    }

    /// `Hi(str, salt, i)`: a password made slow to guess (RFC 5802 §2.2; PBKDF2 with one block of output).
    #[must_use]
    pub fn stretched(self, password: &[u8], salt: &[u8], iterations: u32) -> Vec<u8> {
        with_hash!(self, D => {
            let Ok(keyed) = Hmac::<D>::new_from_slice(password) else { return Vec::new() };
            let mut last = keyed.clone().chain_update(salt).chain_update(1_u32.to_be_bytes()).finalize().into_bytes();
            let mut all = last;
            for _ in 1..iterations {
                last = keyed.clone().chain_update(last).finalize().into_bytes();
                all.iter_mut().zip(&last).for_each(|(sum, octet)| *sum ^= octet);
            }
            all.to_vec()
        })
    }
}

/// Octets as hexadecimal digits of lower case.
#[must_use]
pub fn hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    octets.iter().flat_map(|octet| [digit(octet >> 4), digit(*octet)]).collect()
}

/// What hexadecimal digits stand for, blanks between them left out; `None` if anything else is there.
#[must_use]
pub fn unhexed(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text
        .iter()
        .filter(|octet| !matches!(octet, b' ' | b'\t'))
        .map(|octet| char::from(*octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    digits
        .len()
        .is_multiple_of(2)
        .then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_2202_and_4231_hold() {
        let key = b"Jefe";
        let text: &[&[u8]] = &[b"what do ya want ", b"for nothing?"];
        for (hash, keyed) in [
            (Hash::Md5, "750c783e6ab0b503eaa86e310a5db738"),
            (Hash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (Hash::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ] {
            assert_eq!(hex(&hash.keyed(key, text)), keyed);
        }
        assert_eq!(hex(&Hash::Md5.of(&[b"message ", b"digest"])), "f96b697d7cb7938d525a2f31aaf161d0");
    }

    #[test]
    fn the_vectors_of_rfc_6070_hold() {
        for (iterations, key) in [
            (1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            (4096, "4b007901b765489abead49d926f721d065a429c1"),
        ] {
            assert_eq!(hex(&Hash::Sha1.stretched(b"password", b"salt", iterations)), key);
        }
    }

    #[test]
    fn hexadecimal_goes_both_ways() {
        assert_eq!(
            unhexed(b"47 9 A68 28 4C 9D 0 1BC"),
            Some(0x479a_6828_4c9d_01bc_u64.to_be_bytes().to_vec())
        );
        assert_eq!((unhexed(b"abc"), unhexed(b"0x"), unhexed(b"")), (None, None, Some(Vec::new())));
    }
}
