//! One password for another.

use super::*;
use crate::mail::date::Timestamp;
use crate::protocol::testing::{Dialogue, Lab, dialogue};

fn check(text: &str) -> Lab {
    let mut store = Store::new(Timestamp::DEFAULT_START);
    store.add_user("alice", "old secret").unwrap();
    dialogue(&Dialogue { store: &store, text, burst: false }, || Poppassd::new(PoppassdSettings::default()))
}

fn password(lab: &Lab) -> Vec<u8> {
    lab.store.password(lab.store.user(b"alice").unwrap()).to_vec()
}

const KNOWN: &str = "S: 200 poppassd hello, who are you?
    C: user alice
    S: 200 Your password please.
    C: PASS old secret
    S: 200 Your new password please.\n";

#[test]
fn a_password_is_changed_and_never_shown() {
    let lab = check(&format!(
        "{KNOWN}C: newpass  new one\nS: 200 Password changed, thank-you.\nC: quit\nS: 200 Bye.\nS. close"
    ));
    assert_eq!(password(&lab), b" new one");
    assert_eq!(lab.conns[0].commands, ["user alice", "PASS ***", "newpass ***", "quit"]);
}

#[test]
fn a_failure_closes_and_changes_nothing() {
    for (text, why) in [
        ("S: <*>\nC: pass x\n", "Username required."),
        ("S: <*>\nC: user alice\nS: <*>\nC: newpass x\n", "Password required."),
        ("S: <*>\nC: user alice\nS: <*>\nC: pass wrong\n", "Old password is incorrect."),
        ("S: <*>\nC: user nobody\nS: <*>\nC: pass old secret\n", "Old password is incorrect."),
        (&format!("{KNOWN}C: pass old secret\n"), "New password required."),
        (&format!("{KNOWN}C: newpass\n"), "New password required."),
        (
            &format!("{KNOWN}C: newpass a\\0b\n"),
            "Server error, password not changed: no line end and no NUL, please.",
        ),
        (&format!("S: <*>\nC: user {}\n", "x".repeat(506)), "That line is too long."),
    ] {
        let lab = check(&format!("{text}S: 500 {why}\nS. close"));
        assert_eq!(password(&lab), b"old secret", "{text}");
    }
    let lab =
        check(&format!("{KNOWN}C: newpass x\nS: 200 <*>\nC: newpass y\nS: 500 Quit required.\nS. close"));
    assert_eq!(password(&lab), b"x", "changed is changed");
    check("S: <*>\nT: 60\nS. close");
}
