//! A response from a hostile server: understood or not, and never more than that.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maillab::protocol::imap::response::{Pieces, understand};

fuzz_target!(|octets: &[u8]| {
    // Lines and literals in turn, cut at a mark.
    let pieces = octets.split(|octet| *octet == 0xff).map(|piece| piece.to_vec().into()).collect();
    let _ = understand(&Pieces { pieces });
});
