//! The same inputs give the same bytes: on one thread and on two, today and after any change that is not meant
//! to change a figure.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it is for")]

use std::fmt::Write;
use std::process::Command;

use md5::{Digest, Md5};

fn json(threads: &str) -> Vec<u8> {
    let args = ["compare", "--format", "json", "--no-files", "--threads", threads];
    let output = Command::new(env!("CARGO_BIN_EXE_maillab")).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The digest of `compare --format json`. It changes whenever any figure of the default comparison does: look at
/// what changed before `UPDATE_GOLDEN=1 cargo test --test determinism` writes it anew.
#[test]
fn the_default_comparison_is_the_committed_one_on_one_thread_and_on_two() {
    let one = json("1");
    assert!(one == json("2"), "the number of threads changes nothing but speed");
    let digest = Md5::digest(&one).iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    });
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/compare.md5");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, format!("{digest}\n")).unwrap();
    }
    let committed = std::fs::read_to_string(golden).unwrap_or_default();
    assert_eq!(digest, committed.trim(), "a figure of the default comparison changed");
}
