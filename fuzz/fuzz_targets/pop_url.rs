//! POP URLs: what is read is written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use maillab::protocol::pop3::PopUrl;

fuzz_target!(|text: &str| {
    if let Ok(url) = PopUrl::parse(text) {
        assert_eq!(PopUrl::parse(&url.to_string()), Ok(url));
    }
});
