//! Any octets as a message: its structure is taken, and stays within it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maillab::mail::message::Message;

fuzz_target!(|octets: &[u8]| {
    let message = Message::new(octets.to_vec());
    for part in message.structure().leaves() {
        assert!(part.body.start <= part.body.end && part.body.end as usize <= octets.len());
    }
});
