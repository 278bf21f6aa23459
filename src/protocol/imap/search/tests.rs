//! What is left out of a search must not be found by it.

use proptest::prelude::*;

use super::*;

fn passes(value: &[u8], text: &str) -> bool {
    may_hold_apart(value, &decode::header(value).to_lowercase(), text)
}

#[test]
fn what_no_address_holds_is_not_looked_for_in_each() {
    assert!(!passes(b"Bob <bob@example.org>", "nobody"));
    assert!(!passes(b"\"Bob B.\" <bob@example.org>", "nobody@example.org"));
}

#[test]
fn what_a_quotation_or_a_comment_breaks_up_is_looked_for() {
    for (value, text) in [
        (&b"\"Jo\\hn\" <john@example.org>"[..], "john"),
        (b"bob@example.org (Bob)", "bob <bob@example.org>"),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= <g@example.org>", "gr\u{fc}\u{df}e <g@example.org>"),
        (b"\"Bob\" <bob@example.org>", "bob <bob"),
    ] {
        assert!(passes(value, text) && holds_apart(value, text), "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_is_missed(value in r#"[abB"<>@.,:;()\\ \t=?-]{0,24}"#, text in "[ab<>@. ]{0,4}") {
        prop_assert!(!holds_apart(value.as_bytes(), &text) || passes(value.as_bytes(), &text));
    }
}
