//! What a repository may say, as a workstation reads it: lists of descriptors, and the file in which it keeps them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maillab::protocol::dmsp::Change;
use maillab::station::{self, Disk, STATE_FILE};

fuzz_target!(|octets: &[u8]| {
    let lines: Vec<Vec<u8>> = octets.split(|octet| *octet == b'\n').map(<[u8]>::to_vec).collect();
    if let Ok(changes) = Change::parse_list(&lines) {
        assert!(changes.len() * 2 <= lines.len(), "more was read than was told");
    }
    // A state that was understood is written so that it is understood again, and as the same.
    if let Ok(found) = station::read(STATE_FILE, octets) {
        let disk = Disk::holding(&found.mail);
        let again = disk.mail().ok().flatten();
        assert_eq!(again.as_ref(), Some(&found.mail));
    }
});
