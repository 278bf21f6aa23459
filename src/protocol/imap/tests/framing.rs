//! FETCH.

use super::*;

#[test]
fn placeholder() {
    let _ = selected;
    let _ = opened;
}
